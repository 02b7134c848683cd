#include "cli/inspect_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/report.h"
#include "wasm/cursor.h"

namespace mayfly::cli {
namespace {

using namespace inspect;
using wasm::printable;

constexpr size_t kImportsShown = 40, kNamesShown = 30, kWidth = 100;

constexpr const char *kPlain = "", *kBold = "\033[1m", *kDim = "\033[2m", *kGreen = "\033[32m",
                     *kYellow = "\033[33m", *kRed = "\033[31m", *kCyan = "\033[36m";

struct Cell {
  std::string text;
  const char *colour = "";
};
using Row = std::vector<Cell>;

size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

class Writer {
public:
  explicit Writer(const TextStyle &style) : style_(style) {}

  std::string paint(std::string_view text, const char *colour) const {
    return style_.colours && *colour && !text.empty() ? fmt::format("{}{}\033[0m", colour, text)
                                                      : std::string(text);
  }
  void line(std::string_view text = "") { (out_ += text) += '\n'; }
  void heading(std::string_view title, std::string_view rest = "") {
    line();
    line(paint(title, kBold) + (rest.empty() ? "" : "  " + std::string(rest)));
  }
  // Columns padded to the widest cell, the last one not at all.
  void table(const std::vector<Row> &rows, std::string_view indent = "  ") {
    std::vector<size_t> widths;
    for (const Row &row : rows)
      for (size_t i = 0; i < row.size(); i++) {
        if (widths.size() <= i) widths.push_back(0);
        widths[i] = std::max(widths[i], width_of(row[i].text));
      }
    for (const Row &row : rows) {
      std::string text(indent);
      size_t last = row.size();
      while (last && row[last - 1].text.empty()) last--;
      for (size_t i = 0; i < last; i++) {
        text += paint(row[i].text, row[i].colour);
        if (i + 1 < last) text.append(widths[i] - width_of(row[i].text) + 2, ' ');
      }
      line(text);
    }
  }
  // "label     words, wrapped with a hanging indent".
  void field(std::string_view label, const std::vector<std::string> &words,
             std::string_view separator = ", ") {
    if (words.empty()) return;
    std::string text =
        "  " + paint(label, kDim) + std::string(label.size() < 10 ? 10 - label.size() : 1, ' ');
    size_t column = 12;
    for (size_t i = 0; i < words.size(); i++) {
      std::string word =
          words[i] +
          (i + 1 < words.size() ? std::string(separator.substr(0, separator.find_last_not_of(' ') + 1)) : "");
      if (i && column + 1 + width_of(word) > kWidth) {
        text += "\n            ";
        column = 12;
      } else if (i) {
        text += ' ';
        column++;
      }
      text += word;
      column += width_of(word);
    }
    line(text);
  }
  void field(std::string_view label, std::string text) {
    field(label, std::vector<std::string>{std::move(text)});
  }

  const TextStyle &style() const { return style_; }
  std::string take() { return std::move(out_); }

private:
  TextStyle style_;
  std::string out_;
};

std::string plural(uint64_t n, std::string_view word) {
  return fmt::format("{} {}{}", with_commas(n), word, n == 1 ? "" : "s");
}

std::string shape_text(const ModuleFacts &m) {
  std::string text = m.shape == Shape::library
                         ? "a library: the host calls its exports"
                         : fmt::format("a {} ({})", shape_id(m.shape), printable(m.entry));
  return m.start_section ? text + ", with a start section" : text;
}

std::string memory_text(const MemoryFacts &m) {
  uint64_t page = m.page_log2 ? uint64_t{1} << std::min(*m.page_log2, 16u) : 65536;
  std::string text = plural(m.min, "page");
  if (m.min < (uint64_t{1} << 40)) text += fmt::format(" ({})", size_text(m.min * page));
  if (m.max) text += fmt::format(", at most {}", with_commas(*m.max));
  if (m.imported) text += ", imported";
  if (!m.exported_as.empty()) text += fmt::format(", exported as \"{}\"", printable(m.exported_as));
  if (m.shared) text += ", shared between threads";
  if (m.is64) text += ", 64-bit";
  if (m.page_log2) text += fmt::format(", pages of {} bytes", page);
  return text;
}

std::string threads_text(const Threads &t) {
  if (!t.used()) return t.atomics ? "none started, but " + plural(t.atomics, "atomic instruction") : "";
  std::string text = t.shared_memory ? "its memory is shared" : "";
  if (t.spawns) text += (text.empty() ? "" : ", and ") + std::string("it starts threads");
  return text + "; " + plural(t.atomics, "atomic instruction");
}

std::vector<std::string> runtime_words(const Writer &w, const Proposals &proposals,
                                       std::vector<std::string> *not_on) {
  std::vector<std::string> on;
  for (const RuntimeVerdict &v : runtimes_for(proposals)) {
    if (v.runs)
      on.push_back(v.name + (v.since.empty() ? "" : " " + v.since));
    else if (!v.missing.empty())
      not_on->push_back(fmt::format("{} ({})", v.name, fmt::join(v.missing, ", ")));
    else
      on.push_back(w.paint(fmt::format("{} with a switch ({})", v.name, fmt::join(v.flags, ", ")), kYellow));
  }
  return on;
}

void runtimes(Writer &w, std::string_view label, const Proposals &proposals) {
  std::vector<std::string> not_on;
  w.field(label, runtime_words(w, proposals, &not_on));
  w.field("not on", not_on);
}

void module_fields(Writer &w, const ModuleFacts &m) {
  std::string made = m.toolchain.name;
  if (!m.toolchain.packed_by.empty())
    made += fmt::format(", packed by mayfly {}", printable(m.toolchain.packed_by));
  w.field("made by", printable(made));
  w.field("platform", std::string(platform_name(m.platform)) +
                          (m.platform_detail.empty() ? "" : "; " + m.platform_detail));
  w.field("shape", shape_text(m));
  for (const MemoryFacts &memory : m.memories) w.field("memory", memory_text(memory));
  if (m.memories.empty()) w.field("memory", "none");
  w.field("threads",
          std::vector<std::string>(threads_text(m.threads).empty() ? 0 : 1, threads_text(m.threads)));
  w.field("functions", fmt::format("{}, of them {} reachable{}",
                                   with_commas(uint64_t{m.functions_imported} + m.functions_defined),
                                   with_commas(m.functions_reachable), m.has_names ? "" : "; no names"));
  std::vector<std::string> uses;
  for (size_t i = 0; i < kProposals; i++)
    if (m.proposals.uses[i]) uses.push_back(proposal_name(static_cast<Proposal>(i)));
  if (uses.empty()) uses.push_back("WebAssembly 1.0 alone");
  w.field("uses", uses);
  runtimes(w, "runs on", m.proposals);
}

// The first `columns` characters.
std::string cut(std::string text, size_t columns) {
  if (width_of(text) <= columns) return text;
  size_t bytes = 0;
  for (size_t seen = 0; bytes < text.size(); bytes++)
    if ((text[bytes] & 0xc0) != 0x80 && seen++ == columns - 1) break;
  return text.substr(0, bytes) + "~";
}

std::string from_text(const ModuleFacts &m, const ImportFacts &i) {
  if (i.kind != "func") return "";
  if (!i.reachable) return "unreachable";
  if (i.from.empty()) return "";
  const Entry &first = m.entries[i.from[0]];
  std::string text = first.kind == Entry::table    ? "the table"
                     : first.kind == Entry::global ? "a global"
                     : first.kind == Entry::start  ? "start section"
                                                   : printable(first.name);
  text = cut(text, 24);
  return i.from.size() > 1 ? fmt::format("{} +{}", text, i.from.size() - 1) : text;
}

Cell fate_cell(const ImportFacts &import, const Fate &fate) {
  if (fate.unused) return {"unused: removed", kDim};
  if (!fate.stub.empty())
    return {(fate.served ? "inside; host cut: " : "cut: ") + fate.stub, fate.served ? kCyan : kGreen};
  if (fate.served && fate.imported) return {"inside; host: " + fate.why, kCyan};
  if (fate.served) return {"inside", kGreen};
  if (fate.imported) return {fate.why.empty() ? "host" : "host: " + fate.why, kYellow};
  return {import.reachable ? "inside" : "unused", import.reachable ? kGreen : kDim};
}

std::string import_name(const Writer &w, const ImportFacts &i) {
  std::string name = printable(i.field);
  if (!w.style().verbose) name = cut(name, 44);
  if (!i.name.empty()) name += fmt::format(" = {}{}", printable(i.name), i.likely ? "?" : "");
  return i.kind == "func" ? name : fmt::format("{} ({})", name, i.kind);
}

void chain_line(Writer &w, const ModuleFacts &m, const ImportFacts &i) {
  if (i.chain.size() < 2) return;
  std::vector<std::string> steps;
  for (uint32_t f : i.chain) steps.push_back(printable(function_label(m, f)));
  if (steps.size() > 8) steps.erase(steps.begin() + 4, steps.end() - 3), steps.insert(steps.begin() + 4, "…");
  w.line("      " + w.paint(fmt::format("{}", fmt::join(steps, " > ")), kDim));
}

void imports(Writer &w, const ModuleFacts &m, const Plan *plan) {
  if (m.imports.empty()) {
    w.heading("Imports", "none");
    return;
  }
  size_t dead = static_cast<size_t>(
      std::ranges::count_if(m.imports, [](const ImportFacts &i) { return !i.reachable; }));
  std::string unreachable =
      dead ? fmt::format(", {} of them out of reach of every export", with_commas(dead)) : "";
  w.heading("Imports", plural(m.imports.size(), "import") + unreachable);

  std::vector<std::string> modules; // in the order of their first import
  std::map<std::string, std::vector<size_t>> of_module;
  for (size_t k = 0; k < m.imports.size(); k++) {
    auto &list = of_module[m.imports[k].module];
    if (list.empty()) modules.push_back(m.imports[k].module);
    list.push_back(k);
  }
  size_t shown = 0, limit = w.style().verbose ? ~size_t{0} : kImportsShown;
  bool planned = plan && plan->possible;
  std::vector<Row> rows;
  std::vector<const ImportFacts *> of_row;
  for (const std::string &module : modules) {
    if (shown >= limit) break;
    rows.push_back({{printable(module), kBold}});
    of_row.push_back(nullptr);
    for (size_t k : of_module[module]) {
      if (shown++ == limit) break;
      const ImportFacts &i = m.imports[k];
      const char *colour = i.reachable ? kPlain : kDim;
      std::string meaning = i.meaning.empty() ? i.type : i.meaning;
      if (!w.style().verbose) meaning = cut(meaning, 54);
      Row row{{"  " + import_name(w, i), colour}, {meaning, kDim}, {from_text(m, i), colour}};
      if (planned && k < plan->fates.size()) row.push_back(fate_cell(i, plan->fates[k]));
      rows.push_back(std::move(row));
      of_row.push_back(&i);
    }
  }
  if (w.style().verbose) {
    // A way below each row: widths are still those of the whole table.
    Writer aligned(w.style());
    aligned.table(rows);
    std::string text = aligned.take();
    size_t at = 0;
    for (const ImportFacts *i : of_row) {
      size_t end = text.find('\n', at);
      w.line(std::string_view(text).substr(at, end - at));
      at = end + 1;
      if (i) chain_line(w, m, *i);
    }
  } else {
    w.table(rows);
  }
  shown = std::min(shown, limit);
  if (shown < m.imports.size())
    w.line(fmt::format("  … {} more; -v shows all", with_commas(m.imports.size() - shown)));
}

void plan_text(Writer &w, const Document &d) {
  const Plan &plan = *d.plan;
  if (!plan.possible) {
    w.heading("Packing", w.paint("is not possible", kRed));
    // Errors of a pack are about a file that their place names: "app.wasm: is …".
    bool about_it = plan.error.starts_with("is ") || plan.error.starts_with("starts ");
    w.field("because", (about_it ? "the module " : "") + printable(plan.error));
    return;
  }
  size_t served = static_cast<size_t>(std::ranges::count_if(plan.fates, &Fate::served));
  size_t left = static_cast<size_t>(std::ranges::count_if(plan.fates, &Fate::imported));
  w.heading("Packing", served ? w.paint("works", kGreen)
                              : w.paint("changes nothing: no import is a file call", kYellow));
  w.field("imports",
          fmt::format("{} served inside, {} still the host's", with_commas(served), with_commas(left)));
  w.field("adds",
          fmt::format("{} of code ({} of {} functions), {} of filesystem{}", size_text(plan.code_bytes),
                      plan.layer_functions_kept, plan.layer_functions_total, size_text(plan.region_bytes),
                      plan.content_bytes ? fmt::format(", {} of files", size_text(plan.content_bytes)) : ""));
  w.field("placement", plan.placements.size() == 2
                           ? "shared (runs everywhere) or isolated (--isolate: a memory of its own)"
                           : "isolated only: the filesystem needs a memory of its own");
  runtimes(w, plan.placements.size() == 2 ? "shared" : "runs on",
           packed_proposals(d.facts.module->proposals, plan.placements[0]));
  if (plan.placements.size() == 2)
    runtimes(w, "isolated", packed_proposals(d.facts.module->proposals, "isolated"));
  for (const std::string &note : plan.notes) w.field("note", printable(note));
}

void content_text(Writer &w, const Content &c) {
  w.heading("Filesystem",
            fmt::format("{}, {}, {}", plural(c.files, "file"), size_text(c.file_bytes),
                        c.directories == 1 ? "1 directory" : with_commas(c.directories) + " directories"));
  std::vector<const Node *> top;
  for (const Node &n : c.root.children)
    if (n.kind != Node::device && n.name != "dev") top.push_back(&n);
  std::ranges::stable_sort(top, std::greater{}, &Node::bytes);
  std::vector<Row> rows;
  for (const Node *n : top) {
    if (rows.size() == 12) break;
    rows.push_back({{"/" + printable(n->name) + (n->kind == Node::directory ? "/" : "")},
                    {size_text(n->bytes)},
                    {n->kind == Node::directory ? plural(n->files, "file") : "", kDim}});
  }
  w.table(rows);
  if (top.size() > rows.size()) w.line(fmt::format("  … {} more", top.size() - rows.size()));
  std::vector<std::string> preopens;
  for (const std::string &p : c.preopens) preopens.push_back(printable(p));
  w.field("preopened", preopens);
  if (c.read_only) w.field("rules", "read-only");
}

std::string quoted(const std::string &path) {
  bool plain = !path.empty() && std::ranges::all_of(path, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("._-/+@").find(c) != std::string_view::npos;
  });
  if (plain) return path;
  std::string out = "'";
  for (char c : printable(path)) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

void next_steps(Writer &w, const Document &d) {
  std::vector<std::string> steps;
  std::string path = quoted(d.path);
  const ModuleFacts *m = d.facts.module ? &*d.facts.module : nullptr;
  if (m && !m->toolchain.packed_by.empty())
    steps.push_back(fmt::format("mayfly run {}", path));
  else if (m && m->platform == Platform::emscripten_minified && !d.glue)
    steps.push_back(fmt::format("mayfly inspect {} --glue APP.js", path));
  else if (d.plan && d.plan->possible && std::ranges::none_of(d.plan->fates, &Fate::served)) {
    // Nothing that a filesystem could serve.
  } else if (d.plan && d.plan->possible) {
    bool isolated = d.plan->placements.size() == 1;
    steps.push_back(fmt::format("mayfly pack {} --dir ./assets::/assets{} -o out.wasm", path,
                                isolated ? " --isolate" : ""));
  } else if (d.plan && !d.plan->hint.empty())
    steps.push_back(printable(d.plan->hint));
  else if (!m)
    steps.push_back("packing takes core modules: build for wasm32-wasip1, or pack the core module before it "
                    "becomes a component");
  if (steps.empty()) return;
  w.heading("Next");
  for (const std::string &step : steps) w.line("  " + step);
}

void component_text(Writer &w, const ComponentFacts &c) {
  std::vector<std::string> made;
  for (const Tool &t : c.producers)
    made.push_back(printable(t.name + (t.version.empty() ? "" : " " + t.version)));
  w.field("made by", made);
  w.field("platform", c.wasi == "none" ? "the component model, without WASI"
                                       : "WASI " + printable(c.wasi) + " (component model)");
  w.field("world", printable(c.world));
  w.field("modules", plural(c.modules_total, "core module") +
                         (c.components ? ", some in " + plural(c.components, "nested component") : ""));
  for (bool exported : {false, true}) {
    const auto &names = exported ? c.exports : c.imports;
    w.heading(exported ? "Exports" : "Imports", names.empty() ? "none" : with_commas(names.size()));
    size_t limit = w.style().verbose ? names.size() : std::min(names.size(), kNamesShown);
    std::vector<Row> rows;
    for (size_t i = 0; i < limit; i++)
      rows.push_back({{printable(names[i])}, {interface_meaning(names[i]), kDim}});
    w.table(rows);
    if (limit < names.size()) w.line(fmt::format("  … {} more; -v shows all", names.size() - limit));
  }
  if (c.modules.empty()) return;
  w.heading("Core modules");
  std::vector<Row> rows;
  for (const ModuleFacts &m : c.modules) {
    size_t used = static_cast<size_t>(std::ranges::count_if(m.imports, &ImportFacts::reachable));
    rows.push_back({{fmt::format("#{}", rows.size())},
                    {size_text(m.bytes)},
                    {printable(m.toolchain.name), kDim},
                    {plural(m.functions_defined, "function")},
                    {fmt::format("{} of {} imports reachable", used, m.imports.size())}});
  }
  w.table(rows);
}

} // namespace

std::string text_of(const Document &d, const TextStyle &style) {
  Writer w(style);
  bool component = d.facts.component.has_value();
  w.line(w.paint(printable(d.path), kBold) +
         fmt::format("  {}, {}", component ? "component" : "core module", size_text(d.facts.bytes)));
  if (component)
    component_text(w, *d.facts.component);
  else {
    const ModuleFacts &m = *d.facts.module;
    module_fields(w, m);
    imports(w, m, d.plan ? &*d.plan : nullptr);
    if (d.glue)
      w.line(fmt::format("  names from the glue: {} of {} imports{}", d.glue->named, m.imports.size(),
                         d.glue->likely
                             ? fmt::format(", {} of them (?) told by what the function does", d.glue->likely)
                             : ""));
    if (d.plan) plan_text(w, d);
  }
  if (d.content) content_text(w, *d.content);
  if (!d.content_error.empty()) w.heading("Filesystem", printable(d.content_error));
  for (const std::string &note : d.notes) w.line("  note: " + printable(note));
  next_steps(w, d);
  return w.take();
}

} // namespace mayfly::cli
