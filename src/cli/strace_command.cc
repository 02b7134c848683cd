// mayfly strace
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "base/suggest.h"
#include "cli/command.h"
#include "cli/output_file.h"
#include "cli/pack_options.h"
#include "cli/runnable.h"
#include "inspect/platform.h"
#include "inspect/toolchain.h"
#include "pack/pack.h"
#include "runtime/runtime.h"
#include "trace/link_native.h"

namespace mayfly::cli {
namespace {

// A descriptor that no program comes to, for the lines: they are apart from its own standard error.
constexpr uint32_t kTraceFd = 0x7fff'fffe;

// "app.wasm" in whatever directory -> "app.traced.wasm" in this one.
std::string default_output(const std::string &app) {
  std::string name = app == "-" ? "app.wasm" : app.substr(app.rfind('/') + 1);
  if (name.ends_with(".wasm")) name.resize(name.size() - 5);
  return name + ".traced.wasm";
}

using inspect::Platform;

class StraceCommand final : public Command {
public:
  explicit StraceCommand(CLI::App &tool) {
    app = tool.add_subcommand("strace", "run a module and show the calls that it makes, as strace does");
    app->add_option("APP", request_.app, "any module, packed or not, or - for stdin")
        ->required()
        ->type_name("");
    app->add_option("ARGS", args_, "the program's arguments; put -- before those that start with -")
        ->type_name("");
    declare_what();
    declare_where();
    app->add_option("--runtime", runtime_,
                    "node, deno, bun, wasmtime, wasmer, wazero, iwasm, wasmedge, or a path")
        ->type_name("R")
        ->envname("MAYFLY_RUNTIME");
    app->add_flag("--no-pack", no_pack_, "put no filesystem into a module that has none");
    arguments_.add_to(*app);
    app->footer("The other options are those of mayfly pack, for a module that is not packed.\n"
                "Examples:\n"
                "  mayfly strace app.wasm --dir ./assets::/assets -- /assets/input\n"
                "  mayfly strace -e trace=file,fd_write -y -o trace.txt out.wasm\n"
                "  mayfly strace -e fault=fd_write:error=ENOSPC:when=3+ out.wasm\n"
                "  mayfly strace -c out.wasm\n"
                "  mayfly strace --link-only -o traced.wasm app.wasm");
  }

  std::expected<int, Failure> run(const std::vector<std::string> &after_dashes) override {
    // 1. The command line.
    if (auto fine = read_options(); !fine) return std::unexpected(fine.error());
    auto runtime = find_runtime();
    if (!runtime) return std::unexpected(runtime.error());
    if (auto fine = place_lines(*runtime); !fine) return std::unexpected(fine.error());

    // 2. The module, with a filesystem inside where it wants one.
    auto bytes = module();
    if (!bytes) return std::unexpected(bytes.error());

    // 3. The tracer around its calls.
    auto traced = trace_module(*bytes, trace_);
    if (!traced) return std::unexpected(traced.error());
    for (const std::string &sentence : traced->notes) note(sentence);
    for (const std::string &sentence : traced->link.notes)
      if (!sentence.starts_with("debug information")) note(sentence);
    if (traced->calls == 0 && !trace_.filter.wants_nothing())
      note("the module has none of the calls that -e asks for");

    // 4. To a file, or to a runtime.
    if (link_only_) return write(*traced);
    if (auto to_run = wasm::read_module(traced->bytes))
      if (auto fine = check_runnable(request_.app, *to_run); !fine) return std::unexpected(fine.error());
    args_.insert(args_.end(), after_dashes.begin(), after_dashes.end());
    runtime::Request to_run{.path = request_.app == "-" ? "app.wasm" : request_.app,
                            .bytes = traced->bytes,
                            .args = args_,
                            .env = env_,
                            .trace_fd = own_descriptor_ ? kTraceFd : 0,
                            .trace_file = own_descriptor_ ? output_ : ""};
    auto code = runtime::run(*runtime, to_run);
    if (!code) return std::unexpected(Failure{"", code.error(), ""});
    return *code;
  }

private:
  using Status = std::expected<void, Failure>;

  void declare_what() {
    const char *what = "What is shown";
    app->add_option(
           "-e", expressions_,
           "trace=CALLS: these calls or groups (file, desc, clock, random, args, env, process, socket, "
           "poll, sched, host, all), ! for all others; fault=CALLS:error=E:when=N: make calls fail")
        ->type_name("EXPR")
        ->allow_extra_args(false)
        ->group(what);
    app->add_flag("-y", trace_.options.show_paths, "descriptors with their paths")->group(what);
    app->add_flag("-r", trace_.options.relative_time, "time since the call before")->group(what);
    app->add_flag("-T", trace_.options.spent_time, "time in the call")->group(what);
    app->add_option("-s", string_max_, "most bytes of a string that are shown [32]")
        ->type_name("N")
        ->group(what);
    app->add_flag("-v", trace_.options.verbose, "all arguments: rights of descriptors, too")->group(what);
    app->add_flag("-c", only_counts_, "no lines, but a table of counts, errors and times at the end")
        ->group(what);
    app->add_flag("-C", also_counts_, "lines and the table")->group(what);
    app->add_option("-f", format_, "text, json (an object a line), or chrome (a trace-event file) [text]")
        ->type_name("FORMAT")
        ->group(what);
  }

  void declare_where() {
    const char *where = "Where it goes";
    app->add_option("-o", output_, "the lines to this file [standard error]; with --link-only, the module")
        ->type_name("FILE")
        ->group(where);
    app->add_option("--into", into_, "the lines to this file of the module's own filesystem")
        ->type_name("FILE")
        ->group(where);
    app->add_flag("--link-only", link_only_, "do not run it: write the traced module [APP.traced.wasm, here]")
        ->group(where);
  }

  // --- the command line

  Status read_options() {
    auto options = arguments_.read();
    if (!options) return std::unexpected(options.error());
    if (options->optimize)
      return std::unexpected(usage("-O",
                                   "cannot be combined with strace: wasm-opt renumbers the functions that "
                                   "are traced",
                                   "run wasm-opt on the output of --link-only"));
    request_.options = std::move(*options);
    trace_.app = request_.app;
    trace_.placement = request_.options.placement;
    trace_.glue = request_.options.glue;
    trace_.glue_text = request_.options.glue_text;
    for (auto part : {&StraceCommand::read_format, &StraceCommand::read_filter, &StraceCommand::read_into})
      if (auto done = (this->*part)(); !done) return done;
    return {};
  }

  Status read_format() {
    static const std::string formats[] = {"text", "json", "chrome"};
    auto format = std::ranges::find(formats, format_);
    if (format == std::end(formats)) {
      std::string best = nearest(format_, formats);
      return std::unexpected(usage("-f " + format_, "is none of text, json, chrome",
                                   best.empty() ? "" : fmt::format("did you mean {}?", best)));
    }
    trace::Options &o = trace_.options;
    o.format = static_cast<trace::Format>(format - std::begin(formats));
    if (only_counts_ && also_counts_)
      return std::unexpected(usage("-c", "is without lines, -C with them", "give one of the two"));
    o.summary = only_counts_   ? trace::Summary::only
                : also_counts_ ? trace::Summary::both
                               : trace::Summary::none;
    if (o.summary != trace::Summary::none && o.format != trace::Format::text)
      return std::unexpected(usage(only_counts_ ? "-c" : "-C",
                                   "the table is text, so -f " + format_ + " cannot have it",
                                   "leave out one of the two"));
    if (string_max_.empty()) return {};
    auto most = parse_size(string_max_);
    if (!most || *most > trace::kStringMax)
      return std::unexpected(
          usage("-s", fmt::format("\"{}\" is not a number of at most {}", string_max_, trace::kStringMax)));
    o.string_max = static_cast<uint32_t>(*most);
    return {};
  }

  Status read_filter() {
    for (const std::string &expression : expressions_)
      if (auto done = trace_.filter.add(expression); !done) return done;
    return {};
  }

  Status read_into() {
    if (into_.empty()) return {};
    if (!into_.starts_with('/'))
      return std::unexpected(
          usage("--into " + into_, "is not an absolute path", fmt::format("for instance --into /{}", into_)));
    if (request_.options.region.read_only)
      return std::unexpected(usage("--into", "a filesystem that is --read-only takes no trace"));
    bool timed = trace_.options.relative_time || trace_.options.spent_time ||
                 trace_.options.summary != trace::Summary::none ||
                 trace_.options.format != trace::Format::text;
    if (timed && request_.options.region.hermetic)
      return std::unexpected(usage("--into",
                                   "a hermetic module has no clock but its own, which every look at "
                                   "moves: no times can be had",
                                   "leave out -r, -T, -c, -C and -f"));
    trace_.options.into_path = into_.substr(1);
    for (const std::string &call : calls_behind_into()) request_.keep.push_back(call);
    return {};
  }

  // --- where the lines go

  // Before the work, so that a missing one is told at once. Any will do when nothing is run.
  std::expected<runtime::Runtime, Failure> find_runtime() const {
    if (link_only_) {
      if (!runtime_.empty() && app->get_option("--runtime")->count() != 0 && !from_environment())
        return std::unexpected(
            usage("--runtime", "nothing is run with --link-only", "leave out one of the two"));
      return runtime::Runtime{};
    }
    auto runtime = runtime::find(runtime_);
    if (!runtime) return std::unexpected(Failure{"--runtime", runtime.error(), ""});
    return *runtime;
  }
  bool from_environment() const {
    return std::ranges::none_of(app->parse_order(),
                                [](const CLI::Option *o) { return o->get_name() == "--runtime"; });
  }

  Status place_lines(const runtime::Runtime &runtime) {
    if (link_only_) {
      if (output_.empty()) output_ = default_output(request_.app);
      return check_output(output_);
    }
    if (!into_.empty()) {
      if (!output_.empty())
        return std::unexpected(
            usage("-o", "the lines go to a file in the module already (--into)", "leave out one of the two"));
      return {};
    }
    own_descriptor_ = runtime::has_trace_descriptor(runtime.kind);
    if (own_descriptor_) trace_.options.sink_fd = kTraceFd;
    if (output_.empty()) return {};
    if (!own_descriptor_)
      return std::unexpected(
          usage("-o",
                fmt::format("{} gives a module no descriptor but the standard ones, so the lines can only go "
                            "to standard error",
                            runtime.path),
                "2> FILE, --into FILE, or --runtime node, deno or bun"));
    if (output_ == "-") output_ = "/dev/stdout";
    return check_output(output_);
  }

  // --- the module

  std::expected<std::vector<uint8_t>, Failure> module() {
    auto bytes = read_app(request_.app);
    if (!bytes) return bytes;
    auto read = wasm::read_module(*bytes);
    if (!read) return bytes; // the tracer says what is wrong
    Platform platform = inspect::platform_of(*read);
    bool packed = inspect::is_packed(*read);
    minified_ = platform == Platform::emscripten_minified;
    std::string option = arguments_.first_that_packs("--isolate"); // which the tracer has a use for, too
    if (auto fine = check_can_run(platform, packed); !fine) return std::unexpected(fine.error());
    if (packed && !option.empty())
      return std::unexpected(usage(request_.app,
                                   fmt::format("is packed already; {} can add nothing to it", option),
                                   "leave out the pack options"));
    if (no_pack_ && !option.empty())
      return std::unexpected(
          usage("--no-pack", fmt::format("{} is about a pack", option), "leave out one of the two"));
    bool wasi = platform == Platform::wasi_p1 || platform == Platform::wasi_unstable;
    bool wants_files = wasi && (!link_only_ || !into_.empty());
    if (packed || no_pack_ || (!wants_files && option.empty())) {
      if (!packed && !into_.empty())
        return std::unexpected(
            usage("--into", request_.app + " has no filesystem inside", "leave out --no-pack"));
      if (auto env = request_.options.region.env) env_ = std::move(*env);
      if (auto args = request_.options.region.args) args_.insert(args_.begin(), args->begin(), args->end());
      return bytes;
    }
    return pack_it(*bytes);
  }

  std::expected<std::vector<uint8_t>, Failure> pack_it(std::span<const uint8_t> bytes) {
    ProgressLine progress;
    auto packed = pack(request_, bytes, progress);
    if (!packed) return std::unexpected(packed.error());
    for (const std::string &sentence : packed->report.notes) note(sentence);
    return std::move(packed->bytes);
  }

  // Modules that only their own JavaScript can run.
  Status check_can_run(Platform platform, bool packed) const {
    if (link_only_ || packed) return {};
    switch (platform) {
    case Platform::emscripten:
    case Platform::emscripten_minified:
    case Platform::go_js:
    case Platform::wasm_bindgen:
      return std::unexpected(
          Failure{request_.app,
                  fmt::format("is a module of {}, which only its own JavaScript can run",
                              inspect::platform_name(platform)),
                  fmt::format("mayfly strace --link-only -o {}, and put that in the place of the module",
                              default_output(request_.app))});
    default:
      return {};
    }
  }

  std::expected<int, Failure> write(const Traced &traced) const {
    if (auto done = write_output(output_, traced.bytes); !done) return std::unexpected(done.error());
    for (const std::string &import : traced.link.added_imports)
      note(fmt::format(
          "{} imports {}, which {} did not: its host has to have it{}", output_, import, request_.app,
          minified_ && trace_.glue.empty() ? ", unless --glue APP.js tells which of the imports it is" : ""));
    return 0;
  }

  PackRequest request_;
  PackArguments arguments_;
  TraceRequest trace_;
  std::vector<std::string> args_, env_, expressions_;
  std::string runtime_, output_, into_, format_ = "text", string_max_;
  bool only_counts_ = false, also_counts_ = false, link_only_ = false, no_pack_ = false;
  bool minified_ = false;       // its imports have names of one letter
  bool own_descriptor_ = false; // the runtime gives the lines a descriptor of their own
};

} // namespace

std::unique_ptr<Command> make_strace_command(CLI::App &tool) { return std::make_unique<StraceCommand>(tool); }

} // namespace mayfly::cli
