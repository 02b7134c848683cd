// mayfly inspect
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/command.h"
#include "cli/inspect_text.h"
#include "cli/output_file.h"
#include "cli/pack_files.h"
#include "cli/pack_options.h"
#include "inspect/document.h"

namespace mayfly::cli {
namespace {

// The dry run, as the plan of the document.
inspect::Plan plan_of(const Packed &packed) {
  const PackReport &report = packed.report;
  inspect::Plan plan;
  plan.possible = true;
  bool shared = report.placement == Placement::shared;
  plan.placement = shared ? "shared" : "isolated";
  plan.output_bytes = packed.bytes.size();
  plan.code_bytes = report.code_bytes;
  plan.region_bytes = report.region_bytes;
  plan.content_bytes = report.content_bytes;
  plan.layer_functions_kept = report.layer_functions_kept;
  plan.layer_functions_total = report.layer_functions_total;
  plan.memory_pages_before = report.memory_pages_before;
  plan.memory_pages_after = report.memory_pages_after;
  for (const ImportReport &import : report.imports)
    plan.fates.push_back({import.served, import.imported, import.unused, import.stub, import.why});
  plan.notes = report.remarks;
  return plan;
}

class InspectCommand final : public Command {
public:
  explicit InspectCommand(CLI::App &tool) {
    app = tool.add_subcommand("inspect",
                              "what a module is made of, what it asks of its host, and what a pack would do");
    app->add_option("APP", request_.app, "any module or component, packed or not, or - for stdin")
        ->required()
        ->type_name("");
    app->add_option("--html", html_, "write a page for a browser, that needs nothing else")
        ->type_name("FILE");
    app->add_flag("--json", json_, "everything as JSON, on stdout (docs/inspect-json.md)");
    app->add_flag("-v,--verbose", verbose_, "every import, and the way from an entry to each");
    arguments_.add_to(*app);
    app->footer(
        "The pack options are those of mayfly pack; they only change what the plan and the page show.\n"
        "Examples:\n"
        "  mayfly inspect app.wasm\n"
        "  mayfly inspect app.wasm --dir ./assets::/assets --html app.html\n"
        "  mayfly inspect sql-wasm.wasm --glue sql-wasm.js");
  }

  std::expected<int, Failure> run(const std::vector<std::string> &after_dashes) override {
    if (!after_dashes.empty())
      return std::unexpected(
          usage(after_dashes[0], "inspect takes nothing after --", "see mayfly inspect --help"));
    if (json_ && html_ == "-")
      return std::unexpected(usage("--json", "stdout is taken by --html -", "name a file for the page"));
    auto options = arguments_.read();
    if (!options) return std::unexpected(options.error());
    options->optimize = false;
    request_.settings = std::move(*options);
    if (!html_.empty())
      if (auto fine = check_output(html_); !fine) return std::unexpected(fine.error());

    auto app_bytes = read_app(request_.app);
    if (!app_bytes) return std::unexpected(app_bytes.error());
    auto document = read(*app_bytes);
    if (!document) return std::unexpected(document.error());
    return write(*document);
  }

private:
  std::expected<inspect::Document, Failure> read(std::span<const uint8_t> bytes) {
    ProgressLine progress;
    progress.phase("reading " + request_.app);
    inspect::Document document;
    document.path = request_.app;
    auto facts = inspect::inspect(bytes);
    if (!facts) return std::unexpected(failure_of(request_.app, facts.error()));
    document.facts = std::move(*facts);
    if (!request_.settings.pack.glue.empty())
      if (auto done = read_glue(document); !done) return std::unexpected(done.error());
    if (!document.facts.module) return document;

    const inspect::ModuleFacts &m = *document.facts.module;
    if (!m.toolchain.packed_by.empty()) {
      if (std::string option = first_pack_option(); !option.empty())
        return std::unexpected(usage(option, request_.app + " is packed already; nothing can be added to it",
                                     "inspect the original module"));
      read_tree(document, bytes);
      return document;
    }
    auto packed = cli::pack(request_, bytes, progress);
    if (packed) {
      document.plan = plan_of(*packed);
      // What works shared works isolated; the linker says when shared does not.
      bool shared_works = packed->report.placement == Placement::shared || isolated_was_asked();
      if (shared_works)
        document.plan->placements = {"shared", "isolated"};
      else
        document.plan->placements = {"isolated"};
      if (!request_.settings.sources.empty()) read_tree(document, packed->bytes);
    } else if (packed.error().kind == PackError::Kind::module) {
      document.plan = inspect::Plan{.error = packed.error().message, .hint = packed.error().hint};
    } else {
      return std::unexpected(failure_of(packed.error()));
    }
    return document;
  }

  // The first option given that is about packing, or "".
  std::string first_pack_option() const {
    static constexpr std::string_view own[] = {"--glue", "--html", "--json", "--verbose", "-v"};
    for (const CLI::Option *option : app->parse_order())
      if (!option->get_positional() && std::ranges::find(own, option->get_name()) == std::end(own))
        return option->get_name();
    return "";
  }

  bool isolated_was_asked() const { return request_.settings.pack.placement == Placement::isolated; }

  std::expected<void, Failure> read_glue(inspect::Document &document) {
    if (!document.facts.module)
      return std::unexpected(usage("--glue", "is for modules; " + request_.app + " is a component", ""));
    document.glue = inspect::apply_glue(*document.facts.module, request_.settings.pack.glue_text);
    if (!document.glue)
      return std::unexpected(Failure{
          request_.settings.pack.glue, fmt::format("has no table of imports that fits {}", request_.app),
          "name the JavaScript file that Emscripten wrote together with the module"});
    return {};
  }

  static void read_tree(inspect::Document &document, std::span<const uint8_t> bytes) {
    auto module = wasm::read_module(bytes);
    if (!module) return;
    auto content = inspect::read_content(*module);
    if (!content)
      document.content_error = content.error();
    else
      document.content = std::move(*content);
  }

  std::expected<int, Failure> write(const inspect::Document &document) {
    if (!html_.empty()) {
      std::string page = inspect::page_of(document);
      std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t *>(page.data()), page.size());
      if (auto done = write_output(html_, bytes); !done) return std::unexpected(done.error());
      if (html_ == "-") return 0;
    }
    bool terminal = isatty(STDOUT_FILENO);
    if (!html_.empty() && !json_ && !verbose_) {
      if (terminal) std::fprintf(stdout, "%s\n", html_.c_str());
      return 0;
    }
    std::string text =
        json_ ? inspect::json_of(document)
              : text_of(document, {.colours = terminal && !std::getenv("NO_COLOR"), .verbose = verbose_});
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
      return std::unexpected(Failure{"", "standard output cannot be written", ""});
    return 0;
  }

  PackRequest request_;
  PackArguments arguments_;
  std::string html_;
  bool json_ = false, verbose_ = false;
};

} // namespace

std::unique_ptr<Command> make_inspect_command(CLI::App &tool) {
  return std::make_unique<InspectCommand>(tool);
}

} // namespace mayfly::cli
