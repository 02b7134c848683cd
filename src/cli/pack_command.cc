// mayfly pack
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/optimize.h"
#include "cli/output_file.h"
#include "cli/pack_files.h"
#include "cli/pack_options.h"
#include "cli/pack_report.h"
#include "runtime/runtime.h"

namespace mayfly::cli {
namespace {

// "app.wasm" in whatever directory -> "app.packed.wasm" in this one.
std::string default_output(const std::string &app) {
  std::string name = app.substr(app.rfind('/') + 1);
  if (name.ends_with(".wasm")) name.resize(name.size() - 5);
  return name + ".packed.wasm";
}

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

class PackCommand final : public Command {
public:
  explicit PackCommand(CLI::App &tool) {
    app = tool.add_subcommand("pack", "put a read-write filesystem into a wasm module");
    app->add_option("APP", request_.app, "the module (WASI preview 1), or - for stdin")
        ->required()
        ->type_name("");
    app->add_option("-o,--output", output_, "the packed module, or - for stdout [APP.packed.wasm, here]")
        ->type_name("OUT");
    arguments_.add_to(*app);
    app->add_option("--js", js_,
                    "write the JavaScript host that the module needs in a page, a worker, Node, Deno or Bun")
        ->type_name("OUT.mjs")
        ->group("The output");
    app->add_flag("-v,--verbose", verbose_,
                  "say what was virtualized, what is still imported and why, what it costs")
        ->group("The output");
    app->add_flag("--json", json_, "the same as JSON, on stdout")->group("The output");
    app->footer("Examples:\n"
                "  mayfly pack app.wasm --dir ./assets::/assets -o out.wasm\n"
                "  mayfly pack app.wasm --tar rootfs.tar.zst --file config.ini::/etc/config.ini\n"
                "  mayfly pack tool.wasm --dir ./src --hermetic --arg=--check --arg=/src -o check.wasm");
  }

  std::expected<int, Failure> run(const std::vector<std::string> &after_dashes) override {
    if (!after_dashes.empty())
      return std::unexpected(
          usage(after_dashes[0], "pack takes nothing after --", "bake arguments in with --arg"));
    auto options = arguments_.read();
    if (!options) return std::unexpected(options.error());
    request_.settings = std::move(*options);
    request_.output =
        output_.empty() ? default_output(request_.app == "-" ? "app.wasm" : request_.app) : output_;
    if (json_ && request_.output == "-")
      return std::unexpected(usage("--json", "stdout is taken by -o -", "name an output file"));
    for (const std::string &output : {request_.output, js_})
      if (!output.empty())
        if (auto fine = check_output(output); !fine) return std::unexpected(fine.error());
    if (!js_.empty() && (js_ == request_.output || js_ == "-"))
      return std::unexpected(
          usage("--js", js_ + ": is not a file of its own", "name a file for the JavaScript host"));

    std::expected<Packed, PackError> packed;
    {
      ProgressLine progress;
      progress.phase("reading " + request_.app);
      auto app_bytes = read_app(request_.app);
      if (!app_bytes) return std::unexpected(app_bytes.error());
      packed = cli::pack(request_, *app_bytes, progress);
      if (!packed) return std::unexpected(failure_of(packed.error()));
      if (request_.settings.optimize)
        if (auto done = optimize(*packed, progress); !done) return std::unexpected(done.error());
      progress.phase("writing " + request_.output);
      if (auto done = write_output(request_.output, packed->bytes); !done)
        return std::unexpected(done.error());
      if (!js_.empty())
        if (auto done = write_output(js_, as_bytes(runtime::host_source())); !done)
          return std::unexpected(done.error());
    }
    return tell(packed->report);
  }

private:
  std::expected<int, Failure> tell(const PackReport &report) const {
    if (json_) {
      std::string json = json_of(report, request_.output, request_.settings.optimize);
      if (std::fputs(json.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
        return std::unexpected(Failure{"--json", "standard output cannot be written", ""});
    }
    if (verbose_) {
      std::fputs(text_of(report, request_.output, request_.settings.optimize).c_str(), stderr);
      return 0;
    }
    for (const auto *sentences : {&report.notes, &report.asides})
      for (const std::string &sentence : *sentences) note(sentence);
    if (!json_ && isatty(STDERR_FILENO)) std::fputs(summary_of(report, request_.output).c_str(), stderr);
    return 0;
  }

  PackRequest request_;
  PackArguments arguments_;
  std::string output_, js_;
  bool verbose_ = false, json_ = false;
};

} // namespace

std::unique_ptr<Command> make_pack_command(CLI::App &tool) { return std::make_unique<PackCommand>(tool); }

} // namespace mayfly::cli
