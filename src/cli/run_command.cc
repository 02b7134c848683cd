// mayfly run
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.h"
#include "cli/optimize.h"
#include "cli/pack_files.h"
#include "cli/pack_options.h"
#include "cli/pack_report.h"
#include "cli/program.h"
#include "inspect/toolchain.h"
#include "runtime/runtime.h"

namespace mayfly::cli {
namespace {

class RunCommand final : public Command {
public:
  explicit RunCommand(CLI::App &tool) {
    app =
        tool.add_subcommand("run", "run a module on a runtime of this machine, packing it first if need be");
    app->add_option("APP", request_.app, "the module, packed or not")->required()->type_name("");
    program_.add_to(*app);
    program_.add_invoke_to(*app);
    app->add_flag("-v,--verbose", verbose_, "say what was packed, and on which runtime it runs");
    arguments_.add_to(*app, true);
    app->footer("Examples:\n"
                "  mayfly run out.wasm -- --help\n"
                "  mayfly run app.wasm --dir ./assets::/assets --runtime bun -- /assets/input\n"
                "  mayfly run library.wasm --invoke add 2 3");
  }

  std::expected<int, Failure> run(const std::vector<std::string> &after_dashes) override {
    auto options = arguments_.read();
    if (!options) return std::unexpected(options.error());
    request_.settings = std::move(*options);
    if (auto fine = program_.take(request_.settings, after_dashes); !fine)
      return std::unexpected(fine.error());
    auto runtime = program_.runtime();
    if (!runtime) return std::unexpected(runtime.error());

    auto bytes = module();
    if (!bytes) return std::unexpected(bytes.error());
    auto read = wasm::read_module(*bytes);
    if (!read) return std::unexpected(failure_of(request_.app, read.error()));
    if (auto fine = program_.check(request_.app, *read, packed_before_, *runtime); !fine)
      return std::unexpected(fine.error());
    if (verbose_) note(fmt::format("runs on {}", runtime->path));
    auto code = runtime::run(*runtime, program_.request(request_.app, *bytes));
    if (!code) return std::unexpected(Failure{"", code.error(), ""});
    return *code;
  }

private:
  // The packed module: the file itself when a pack made it, else what a pack makes of it now.
  std::expected<std::vector<uint8_t>, Failure> module() {
    auto app_bytes = read_app(request_.app);
    if (!app_bytes) return std::unexpected(app_bytes.error());
    auto read = wasm::read_module(*app_bytes);
    if (read && inspect::is_packed(*read)) {
      if (!arguments_.first_that_packs().empty())
        return std::unexpected(usage(request_.app, "is packed already; nothing can be added to it",
                                     "leave out the pack options"));
      packed_before_ = true;
      return app_bytes;
    }
    ProgressLine progress;
    auto packed = cli::pack(request_, *app_bytes, progress);
    if (!packed) return std::unexpected(failure_of(packed.error()));
    if (request_.settings.optimize)
      if (auto done = optimize(*packed, progress); !done) return std::unexpected(done.error());
    if (verbose_) {
      std::fputs(text_of(packed->report, "memory", request_.settings.optimize).c_str(), stderr);
    } else {
      for (const std::string &sentence : packed->report.notes) note(sentence);
    }
    return std::move(packed->bytes);
  }

  PackRequest request_;
  PackArguments arguments_;
  ProgramArguments program_;
  bool verbose_ = false, packed_before_ = false;
};

} // namespace

std::unique_ptr<Command> make_run_command(CLI::App &tool) { return std::make_unique<RunCommand>(tool); }

} // namespace mayfly::cli
