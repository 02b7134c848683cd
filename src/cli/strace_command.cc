// mayfly strace
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "base/suggest.h"
#include "cli/command.h"
#include "cli/output_file.h"
#include "cli/pack_files.h"
#include "cli/pack_options.h"
#include "cli/program.h"
#include "inspect/platform.h"
#include "inspect/toolchain.h"
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
    program_.add_to(*app);
    declare_what();
    declare_where();
    app->add_flag("--no-pack", no_pack_, "put no filesystem into a module that has none");
    arguments_.add_to(*app, true);
    app->footer("The other options are those of mayfly pack, for a module that is not packed.\n"
                "Examples:\n"
                "  mayfly strace app.wasm --dir ./assets::/assets -- /assets/input\n"
                "  mayfly strace -e trace=file,fd_write -y -o trace.txt out.wasm\n"
                "  mayfly strace -P /etc/hosts -k -tt out.wasm\n"
                "  mayfly strace -e fault=fd_write:error=ENOSPC:when=3+ out.wasm\n"
                "  mayfly strace -c out.wasm\n"
                "  mayfly strace --link-only -o traced.wasm app.wasm");
  }

  std::expected<int, Failure> run(const std::vector<std::string> &after_dashes) override {
    // 1. The command line.
    if (auto fine = read_options(); !fine) return std::unexpected(fine.error());
    if (auto fine = program_.take(request_.settings, after_dashes); !fine)
      return std::unexpected(fine.error());
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
    if (auto fine = check_run(*bytes, *runtime); !fine) return std::unexpected(fine.error());
    runtime::Request to_run = program_.request(request_.app, traced->bytes);
    to_run.trace_fd = own_descriptor_ ? kTraceFd : 0;
    to_run.trace_file = own_descriptor_ ? output_ : "";
    to_run.trace_stack = stack_ ? traced->own_functions : 0;
    auto code = runtime::run(*runtime, to_run);
    if (!code) return std::unexpected(Failure{"", code.error(), ""});
    return *code;
  }

private:
  using Status = std::expected<void, Failure>;

  void declare_what() {
    const char *what = "What is shown";
    app->add_option("-e", expressions_,
                    "trace=CALLS: these calls or groups (file, desc, clock, random, args, env, process, "
                    "socket, poll, sched, host, all; ! for all others). status=failed or successful: calls "
                    "that end so. fault=CALLS:error=E:when=N: make calls fail. "
                    "inject=CALLS:delay_enter=20ms: make them slow")
        ->type_name("EXPR")
        ->allow_extra_args(false)
        ->group(what);
    app->add_option("-P", only_, "only calls about this path")
        ->type_name("PATH")
        ->allow_extra_args(false)
        ->group(what);
    app->add_flag("-z", only_successful_, "only calls that succeed: -e status=successful")->group(what);
    app->add_flag("-Z", only_failed_, "only calls that fail: -e status=failed")->group(what);
    app->add_flag("-y", trace_.options.show_paths, "descriptors with their paths")->group(what);
    app->add_flag("-k", stack_, "below each call the functions on the stack (node, deno)")->group(what);
    app->add_flag("-t", trace_.options.wall_time,
                  "time of day, in UTC; -tt with microseconds, -ttt in seconds since 1970")
        ->group(what);
    app->add_flag("-r", trace_.options.relative_time, "time since the call before began")->group(what);
    app->add_flag("-T", trace_.options.spent_time, "time in the call")->group(what);
    app->add_option("-s", string_max_, "most bytes of a string that are shown [32]")
        ->type_name("N")
        ->group(what);
    app->add_flag("-v", trace_.options.verbose, "all arguments: rights of descriptors, too")->group(what);
    app->add_flag("-c", only_counts_, "no lines, but a table of counts, errors and times at the end")
        ->group(what);
    app->add_flag("-C", also_counts_, "lines and the table")->group(what);
    app->add_option("-f", format_,
                    "the format: text, json (an object a line), or chrome (a trace-event file) [text]")
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
    request_.settings = std::move(*options);
    trace_.app = request_.app;
    const PackOptions &pack = request_.settings.pack;
    trace_.placement =
        pack.placement == Placement::shared ? link::Placement::shared : link::Placement::isolated;
    trace_.glue = pack.glue;
    trace_.glue_text = pack.glue_text;
    for (auto part : {&StraceCommand::read_format, &StraceCommand::read_times, &StraceCommand::read_filter,
                      &StraceCommand::read_into})
      if (auto done = (this->*part)(); !done) return done;
    return {};
  }

  Status read_format() {
    static const std::string formats[] = {"text", "json", "chrome"};
    auto format = std::ranges::find(formats, format_);
    if (format == std::end(formats)) {
      std::string best = nearest(format_, formats);
      return std::unexpected(usage("-f " + format_, "-f is the format here, one of text, json and chrome",
                                   best.empty()
                                       ? "a module has no child processes that strace's -f could follow"
                                       : fmt::format("did you mean {}?", best)));
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

  Status read_times() {
    trace::Options &o = trace_.options;
    o.wall_time = std::min(o.wall_time, 3u);
    if (o.wall_time != 0 && o.format != trace::Format::text)
      return std::unexpected(usage(
          "-t", fmt::format("-f {} has times of its own: start_ns and ts count from the first call", format_),
          "leave out -t"));
    bool no_lines = o.summary == trace::Summary::only;
    if (stack_ && (no_lines || o.format != trace::Format::text || link_only_ || !into_.empty()))
      return std::unexpected(
          usage("-k", "the stack is the JavaScript host's, which writes it below each line of text",
                no_lines         ? "leave out -c"
                : link_only_     ? "leave out --link-only"
                : !into_.empty() ? "leave out --into"
                                 : "leave out -f " + format_));
    return {};
  }

  Status read_filter() {
    for (const std::string &expression : expressions_)
      if (auto done = trace_.filter.add(expression); !done) return done;
    if (only_successful_) trace_.options.statuses |= trace::status::successful;
    if (only_failed_) trace_.options.statuses |= trace::status::failed;
    for (std::string path : only_) {
      // As the tracer puts paths together: no slash is doubled, none is at the end.
      std::string plain;
      for (char c : path)
        if (c != '/' || !plain.ends_with('/')) plain += c;
      if (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
      if (plain.empty())
        return std::unexpected(usage("-P", "the path is empty", "for instance -P /etc/hosts"));
      trace_.options.only.push_back(std::move(plain));
    }
    return {};
  }

  Status read_into() {
    if (into_.empty()) return {};
    if (!into_.starts_with('/'))
      return std::unexpected(
          usage("--into " + into_, "is not an absolute path", fmt::format("for instance --into /{}", into_)));
    if (request_.settings.pack.read_only)
      return std::unexpected(usage("--into", "a filesystem that is --read-only takes no trace"));
    bool timed = trace_.options.relative_time || trace_.options.spent_time || trace_.options.wall_time != 0 ||
                 trace_.filter.delays() || trace_.options.summary != trace::Summary::none ||
                 trace_.options.format != trace::Format::text;
    if (timed && request_.settings.pack.hermetic)
      return std::unexpected(usage("--into",
                                   "a hermetic module has no clock but its own, which every look at "
                                   "moves: no times can be had",
                                   "leave out -t, -r, -T, -c, -C, -f and delays"));
    trace_.options.into_path = into_.substr(1);
    for (const std::string &call : calls_behind_into()) request_.settings.pack.keep.push_back(call);
    return {};
  }

  // --- where the lines go

  // Before the work, so that a missing one is told at once. Any will do when nothing is run.
  std::expected<runtime::Runtime, Failure> find_runtime() const {
    if (link_only_) {
      if (program_.names_runtime())
        return std::unexpected(
            usage("--runtime", "nothing is run with --link-only", "leave out one of the two"));
      return runtime::Runtime{};
    }
    return program_.runtime();
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
    if (stack_ && !runtime::has_stack(runtime.kind))
      return std::unexpected(
          usage("-k", fmt::format("{} does not tell which functions are on the stack", runtime.path),
                "--runtime node or deno"));
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
      packed_before_ = packed;
      return bytes;
    }
    return pack_it(*bytes);
  }

  std::expected<std::vector<uint8_t>, Failure> pack_it(std::span<const uint8_t> bytes) {
    ProgressLine progress;
    auto packed = cli::pack(request_, bytes, progress);
    if (!packed) return std::unexpected(failure_of(packed.error()));
    for (const std::string &sentence : packed->report.notes) note(sentence);
    return std::move(packed->bytes);
  }

  Status check_run(std::span<const uint8_t> bytes, const runtime::Runtime &runtime) {
    auto read = wasm::read_module(bytes);
    if (!read) return std::unexpected(failure_of(request_.app, read.error()));
    return program_.check(request_.app, *read, packed_before_, runtime);
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
  ProgramArguments program_;
  std::vector<std::string> expressions_, only_;
  std::string output_, into_, format_ = "text", string_max_;
  bool only_counts_ = false, also_counts_ = false, link_only_ = false, no_pack_ = false;
  bool only_successful_ = false, only_failed_ = false, stack_ = false;
  bool packed_before_ = false;  // not by this command
  bool minified_ = false;       // its imports have names of one letter
  bool own_descriptor_ = false; // the runtime gives the lines a descriptor of their own
};

} // namespace

std::unique_ptr<Command> make_strace_command(CLI::App &tool) { return std::make_unique<StraceCommand>(tool); }

} // namespace mayfly::cli
