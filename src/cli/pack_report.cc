#include "cli/pack_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/report.h"

namespace mayfly::cli {
namespace {

const char *text_of(link::Placement placement) {
  return placement == link::Placement::shared ? "shared" : "isolated";
}

std::string name_of(const link::ImportFate &fate) {
  return fate.kind == "func" ? fmt::format("{}.{}", fate.module, fate.field)
                             : fmt::format("{}.{} ({})", fate.module, fate.field, fate.kind);
}

// Names of one module run together: "fd_read fd_write …", wrapped at 96 columns.
std::string wrapped(const std::vector<std::string> &words, std::string_view indent) {
  std::string text, line(indent);
  for (const std::string &word : words) {
    if (line.size() > indent.size() && line.size() + 1 + word.size() > 96) {
      text += line + '\n';
      line = indent;
    }
    if (line.size() > indent.size()) line += ' ';
    line += word;
  }
  return line.size() > indent.size() ? text + line + '\n' : text;
}

// Less than nothing where debug sections were dropped or wasm-opt found something.
std::vector<std::string> difference_row(const PackReport &report) {
  bool smaller = report.output_bytes < report.app_bytes;
  uint64_t size = smaller ? report.app_bytes - report.output_bytes : report.output_bytes - report.app_bytes;
  return {"in all", (smaller ? "-" : "") + with_commas(size),
          report.optimized ? "after wasm-opt"
          : smaller        ? "with the dropped sections"
                           : ""};
}

std::string layers_text(const PackReport &report) {
  std::vector<std::vector<std::string>> rows;
  for (const link::StoreyReport &layer : report.layers) {
    std::string what = fmt::format("serves {}", count_text(layer.serves.size(), "call", "calls"));
    for (const std::string &name : layer.added_imports) what += (&name == &layer.added_imports[0] ? "; imports " : " ") + name;
    rows.push_back({layer.name, with_commas(layer.code_bytes_added), "bytes of code", what});
  }
  return rows.empty() ? "" : "layers, top to bottom:\n" + table(rows, {1});
}

std::string imports_text(const PackReport &report) {
  std::vector<std::string> served;
  std::vector<std::vector<std::string>> left, cut;
  std::vector<std::string> unused;
  for (const link::ImportFate &fate : report.link.imports) {
    if (fate.served) served.push_back(fate.field);
    if (fate.in_output) left.push_back({name_of(fate), fate.why});
    if (fate.unused) unused.push_back(name_of(fate));
    if (!fate.stub.empty()) cut.push_back({name_of(fate), fate.stub});
  }
  for (const std::string &name : report.link.added_imports) left.push_back({name, "added: a layer calls it"});
  std::string text;
  if (!served.empty()) text += fmt::format("served inside ({}):\n{}", served.size(), wrapped(served, "  "));
  if (!unused.empty())
    text += fmt::format("removed, nothing reaches them ({}):\n{}", unused.size(), wrapped(unused, "  "));
  if (!cut.empty()) text += fmt::format("answered instead of the host ({}):\n{}", cut.size(), table(cut));
  if (left.empty())
    text += "still imported: nothing\n";
  else
    text += fmt::format("still imported ({}):\n{}", left.size(), table(left));
  return text;
}

} // namespace

std::string text_of(const PackReport &report, const std::string &output) {
  const link::Report &link = report.link;
  std::string text = fmt::format("{} ({}, {}) -> {} ({})\n", report.app, report.platform,
                                 size_text(report.app_bytes), output, size_text(report.output_bytes));
  text += layers_text(report);
  text += imports_text(report);
  std::string preopens;
  for (const std::string &name : report.preopens) preopens += (preopens.empty() ? "" : " ") + name;
  text += fmt::format("filesystem: {}, {}, {}; preopened: {}\n", count_text(report.files, "file", "files"),
                      count_text(report.directories, "directory", "directories"),
                      count_text(report.symlinks, "symlink", "symlinks"),
                      preopens.empty() ? "nothing" : preopens);
  text += fmt::format("placement: {}; memory of the application at start: {} -> {} pages of 64 KiB\n",
                      text_of(link.placement), link.memory_min_before, link.memory_min_after);
  auto row = [](const char *what, uint64_t bytes, std::string remark) {
    return std::vector<std::string>{what, with_commas(bytes), std::move(remark)};
  };
  std::string joined = report.file_bytes > report.content_bytes
                           ? fmt::format("{} of files, equal ones once", with_commas(report.file_bytes))
                           : "";
  text += "bytes added:\n" + table({row("code", link.code_bytes_added,
                                        fmt::format("{} of the layer's {} functions",
                                                    link.layer_functions_kept, link.layer_functions_total)),
                                    row("region", link.region_bytes,
                                        fmt::format("of {} in memory", with_commas(report.region_bytes))),
                                    row("content", report.content_bytes, joined), difference_row(report)},
                                   {1});
  if (!link.dropped_sections.empty()) {
    text += "custom sections dropped, because their offsets no longer hold:";
    for (const std::string &name : link.dropped_sections) text += " " + name;
    text += '\n';
  }
  for (const auto *notes : {&link.notes, &report.notes, &report.asides})
    for (const std::string &sentence : *notes) text += "note: " + sentence + '\n';
  return text;
}

std::string summary_of(const PackReport &report, const std::string &output) {
  return fmt::format("{}: {} ({}; code +{}, region +{}, content +{})\n", output,
                     size_text(report.output_bytes), count_text(report.files, "file", "files"),
                     size_text(report.link.code_bytes_added), size_text(report.link.region_bytes),
                     size_text(report.content_bytes));
}

std::string json_of(const PackReport &report, const std::string &output) {
  using nlohmann::ordered_json;
  const link::Report &link = report.link;
  ordered_json imports = ordered_json::array();
  for (const link::ImportFate &fate : link.imports) {
    ordered_json item{{"module", fate.module},
                      {"field", fate.field},
                      {"kind", fate.kind},
                      {"served", fate.served},
                      {"imported", fate.in_output}};
    if (fate.unused) item["unused"] = true;
    if (!fate.stub.empty()) item["stub"] = fate.stub;
    if (!fate.why.empty()) item["why"] = fate.why;
    imports.push_back(std::move(item));
  }
  std::vector<std::string> notes = link.notes;
  notes.insert(notes.end(), report.notes.begin(), report.notes.end());
  notes.insert(notes.end(), report.asides.begin(), report.asides.end());
  ordered_json json{
      {"schema", 1},
      {"mayfly", MAYFLY_VERSION},
      {"input", {{"path", report.app}, {"bytes", report.app_bytes}, {"platform", report.platform}}},
      {"output", {{"path", output}, {"bytes", report.output_bytes}, {"optimized", report.optimized}}},
      {"placement", text_of(link.placement)},
      {"imports", std::move(imports)},
      {"added_imports", link.added_imports},
      {"filesystem",
       {{"files", report.files},
        {"directories", report.directories},
        {"symlinks", report.symlinks},
        {"file_bytes", report.file_bytes},
        {"preopens", report.preopens}}},
      {"added",
       {{"code_bytes", link.code_bytes_added},
        {"region_bytes", link.region_bytes},
        {"content_bytes", report.content_bytes}}},
      {"layer_functions", {{"kept", link.layer_functions_kept}, {"total", link.layer_functions_total}}},
      {"memory_pages", {{"before", link.memory_min_before}, {"after", link.memory_min_after}}},
      {"region_memory_bytes", report.region_bytes},
      {"dropped_sections", link.dropped_sections},
      {"notes", notes},
  };
  for (const link::StoreyReport &layer : report.layers)
    json["layers"].push_back({{"name", layer.name},
                              {"user", layer.user},
                              {"serves", layer.serves},
                              {"added_imports", layer.added_imports},
                              {"code_bytes", layer.code_bytes_added}});
  // File names may be any bytes; JSON may not.
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace mayfly::cli
