// mayfly run
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/optimize.h"
#include "cli/pack_options.h"
#include "cli/runnable.h"
#include "inspect/toolchain.h"
#include "pack/pack.h"
#include "runtime/runtime.h"

namespace mayfly::cli {
namespace {

class RunCommand final : public Command {
public:
  explicit RunCommand(CLI::App &tool) {
    app =
        tool.add_subcommand("run", "run a module on a runtime of this machine, packing it first if need be");
    app->add_option("APP", request_.app, "the module, packed or not")->required()->type_name("");
    app->add_option("ARGS", args_, "the program's arguments; put -- before those that start with -")
        ->type_name("");
    app->add_option("--runtime", runtime_,
                    "node, deno, bun, wasmtime, wasmer, wazero, iwasm, wasmedge, or a path")
        ->type_name("R")
        ->envname("MAYFLY_RUNTIME");
    arguments_.add_to(*app);
    app->footer("Examples:\n"
                "  mayfly run out.wasm -- --help\n"
                "  mayfly run app.wasm --dir ./assets::/assets --runtime bun -- /assets/input");
  }

  std::expected<int, Failure> run(const std::vector<std::string> &after_dashes) override {
    auto options = arguments_.read();
    if (!options) return std::unexpected(options.error());
    request_.options = std::move(*options);
    auto runtime = runtime::find(runtime_);
    if (!runtime) return std::unexpected(Failure{"--runtime", runtime.error(), ""});

    auto bytes = module();
    if (!bytes) return std::unexpected(bytes.error());
    if (auto to_run = wasm::read_module(*bytes))
      if (auto fine = check_runnable(request_.app, *to_run); !fine) return std::unexpected(fine.error());
    std::vector<std::string> args = args_;
    args.insert(args.end(), after_dashes.begin(), after_dashes.end());
    runtime::Request to_run{
        .path = request_.app == "-" ? "app.wasm" : request_.app, .bytes = *bytes, .args = args, .env = env_};
    auto code = runtime::run(*runtime, to_run);
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
      if (auto env = request_.options.region.env) env_ = std::move(*env);
      if (auto args = request_.options.region.args) args_.insert(args_.begin(), args->begin(), args->end());
      return app_bytes;
    }
    ProgressLine progress;
    auto packed = pack(request_, *app_bytes, progress);
    if (!packed) return std::unexpected(packed.error());
    if (request_.options.optimize)
      if (auto done = optimize(*packed, progress); !done) return std::unexpected(done.error());
    for (const std::string &sentence : packed->report.notes) note(sentence);
    return std::move(packed->bytes);
  }

  PackRequest request_;
  PackArguments arguments_;
  std::vector<std::string> args_, env_;
  std::string runtime_;
};

} // namespace

std::unique_ptr<Command> make_run_command(CLI::App &tool) { return std::make_unique<RunCommand>(tool); }

} // namespace mayfly::cli
