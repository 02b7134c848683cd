#include "cli/pack_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/report.h"

namespace mayfly::cli {
namespace {

const char *text_of(Placement placement) { return placement == Placement::shared ? "shared" : "isolated"; }

std::string name_of(const ImportReport &fate) {
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
std::vector<std::string> difference_row(const PackReport &report, bool optimized) {
  bool smaller = report.output_bytes < report.input_bytes;
  uint64_t size =
      smaller ? report.input_bytes - report.output_bytes : report.output_bytes - report.input_bytes;
  return {"in all", (smaller ? "-" : "") + with_commas(size),
          optimized ? "after wasm-opt"
          : smaller ? "with the dropped sections"
                    : ""};
}

std::string layers_text(const PackReport &report) {
  std::vector<std::vector<std::string>> rows;
  for (const LayerReport &layer : report.layers) {
    std::string what = fmt::format("serves {}", count_text(layer.serves.size(), "call", "calls"));
    for (const std::string &name : layer.added_imports)
      what += (&name == &layer.added_imports[0] ? "; imports " : " ") + name;
    rows.push_back({layer.name, with_commas(layer.code_bytes), "bytes of code", what});
  }
  return rows.empty() ? "" : "layers, top to bottom:\n" + table(rows, {1});
}

std::string imports_text(const PackReport &report) {
  std::vector<std::string> served;
  std::vector<std::vector<std::string>> left, cut;
  std::vector<std::string> unused;
  for (const ImportReport &fate : report.imports) {
    if (fate.served) served.push_back(fate.field);
    if (fate.imported) left.push_back({name_of(fate), fate.why});
    if (fate.unused) unused.push_back(name_of(fate));
    if (!fate.stub.empty()) cut.push_back({name_of(fate), fate.stub});
  }
  for (const std::string &name : report.added_imports) left.push_back({name, "added: a layer calls it"});
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

std::string text_of(const PackReport &report, const std::string &output, bool optimized) {
  std::string text = fmt::format("{} ({}, {}) -> {} ({})\n", report.name, report.platform,
                                 size_text(report.input_bytes), output, size_text(report.output_bytes));
  text += layers_text(report);
  text += imports_text(report);
  std::string preopens;
  for (const std::string &name : report.preopens) preopens += (preopens.empty() ? "" : " ") + name;
  text += fmt::format("filesystem: {}, {}, {}; preopened: {}\n", count_text(report.files, "file", "files"),
                      count_text(report.directories, "directory", "directories"),
                      count_text(report.symlinks, "symlink", "symlinks"),
                      preopens.empty() ? "nothing" : preopens);
  text += fmt::format("placement: {}; memory of the application at start: {} -> {} pages of 64 KiB\n",
                      text_of(report.placement), report.memory_pages_before, report.memory_pages_after);
  auto row = [](const char *what, uint64_t bytes, std::string remark) {
    return std::vector<std::string>{what, with_commas(bytes), std::move(remark)};
  };
  std::string joined = report.file_bytes > report.content_bytes
                           ? fmt::format("{} of files, equal ones once", with_commas(report.file_bytes))
                           : "";
  text += "bytes added:\n" +
          table({row("code", report.code_bytes,
                     fmt::format("{} of the layer's {} functions", report.layer_functions_kept,
                                 report.layer_functions_total)),
                 row("region", report.region_bytes,
                     fmt::format("of {} in memory", with_commas(report.region_memory_bytes))),
                 row("content", report.content_bytes, joined), difference_row(report, optimized)},
                {1});
  if (!report.dropped_sections.empty()) {
    text += "custom sections dropped, because their offsets no longer hold:";
    for (const std::string &name : report.dropped_sections) text += " " + name;
    text += '\n';
  }
  for (const auto *notes : {&report.remarks, &report.notes, &report.asides})
    for (const std::string &sentence : *notes) text += "note: " + sentence + '\n';
  return text;
}

std::string summary_of(const PackReport &report, const std::string &output) {
  return fmt::format("{}: {} ({}; code +{}, region +{}, content +{})\n", output,
                     size_text(report.output_bytes), count_text(report.files, "file", "files"),
                     size_text(report.code_bytes), size_text(report.region_bytes),
                     size_text(report.content_bytes));
}

std::string json_of(const PackReport &report, const std::string &output, bool optimized) {
  using nlohmann::ordered_json;
  ordered_json imports = ordered_json::array();
  for (const ImportReport &fate : report.imports) {
    ordered_json item{{"module", fate.module},
                      {"field", fate.field},
                      {"kind", fate.kind},
                      {"served", fate.served},
                      {"imported", fate.imported}};
    if (fate.unused) item["unused"] = true;
    if (!fate.stub.empty()) item["stub"] = fate.stub;
    if (!fate.why.empty()) item["why"] = fate.why;
    imports.push_back(std::move(item));
  }
  std::vector<std::string> notes = report.remarks;
  notes.insert(notes.end(), report.notes.begin(), report.notes.end());
  notes.insert(notes.end(), report.asides.begin(), report.asides.end());
  ordered_json json{
      {"schema", 1},
      {"mayfly", MAYFLY_VERSION},
      {"input", {{"path", report.name}, {"bytes", report.input_bytes}, {"platform", report.platform}}},
      {"output", {{"path", output}, {"bytes", report.output_bytes}, {"optimized", optimized}}},
      {"placement", text_of(report.placement)},
      {"imports", std::move(imports)},
      {"added_imports", report.added_imports},
      {"filesystem",
       {{"files", report.files},
        {"directories", report.directories},
        {"symlinks", report.symlinks},
        {"file_bytes", report.file_bytes},
        {"preopens", report.preopens}}},
      {"added",
       {{"code_bytes", report.code_bytes},
        {"region_bytes", report.region_bytes},
        {"content_bytes", report.content_bytes}}},
      {"layer_functions", {{"kept", report.layer_functions_kept}, {"total", report.layer_functions_total}}},
      {"memory_pages", {{"before", report.memory_pages_before}, {"after", report.memory_pages_after}}},
      {"region_memory_bytes", report.region_memory_bytes},
      {"dropped_sections", report.dropped_sections},
      {"notes", notes},
  };
  for (const LayerReport &layer : report.layers)
    json["layers"].push_back({{"name", layer.name},
                              {"user", layer.user},
                              {"serves", layer.serves},
                              {"added_imports", layer.added_imports},
                              {"code_bytes", layer.code_bytes}});
  // File names may be any bytes; JSON may not.
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace mayfly::cli
