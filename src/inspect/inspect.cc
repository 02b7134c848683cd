#include "inspect/inspect.h"

#include <algorithm>

#include "inspect/component.h"
#include "inspect/platform.h"
#include "inspect/reach.h"
#include "inspect/scan.h"
#include "inspect/toolchain.h"
#include "wasm/names.h"

namespace mayfly::inspect {
namespace {

std::string limits_text(const wasm::Limits &l, const char *unit) {
  std::string text =
      std::to_string(l.min) + (l.max ? " to " + std::to_string(*l.max) : " or more") + " " + unit;
  if (l.is64) text += ", 64-bit";
  if (l.shared) text += ", shared";
  return text;
}

std::string global_text(const wasm::GlobalType &g) {
  return (g.is_mutable ? "mutable " : "") + wasm::val_type_text(g.type);
}

std::string type_text(const wasm::Module &m, const wasm::Import &i) {
  switch (i.kind) {
  case wasm::Kind::func:
  case wasm::Kind::tag:
    return wasm::signature_text(m, i.type);
  case wasm::Kind::table:
    return limits_text(i.limits, wasm::val_type_text(i.global.type).c_str());
  case wasm::Kind::memory:
    return limits_text(i.limits, "pages");
  case wasm::Kind::global:
    return global_text(i.global);
  }
  return "";
}

std::string type_text(const wasm::Module &m, const wasm::Export &e) {
  switch (e.kind) {
  case wasm::Kind::func:
    return wasm::signature_text(m, m.functions[e.index]);
  case wasm::Kind::tag:
    return wasm::signature_text(m, m.tags[e.index]);
  case wasm::Kind::table:
    return limits_text(m.tables[e.index].limits, wasm::val_type_text(m.tables[e.index].element).c_str());
  case wasm::Kind::memory:
    return limits_text(m.memories[e.index].limits, "pages");
  case wasm::Kind::global:
    return global_text(m.globals[e.index].type);
  }
  return "";
}

void read_declarations(ModuleFacts &facts, const wasm::Module &m) {
  for (const wasm::Import &i : m.imports) {
    ImportFacts import;
    import.module = i.module;
    import.field = i.field;
    import.kind = wasm::kind_name(i.kind);
    import.type = type_text(m, i);
    facts.imports.push_back(std::move(import));
  }
  for (const wasm::Export &e : m.exports)
    facts.exports.push_back({std::string(e.name), wasm::kind_name(e.kind), type_text(m, e)});
  for (uint32_t i = 0; i < m.memories.size(); i++) {
    const wasm::Limits &l = m.memories[i].limits;
    MemoryFacts memory{l.min, l.max, m.memories[i].imported, l.shared, l.is64, l.page_log2, ""};
    for (const wasm::Export &e : m.exports)
      if (e.kind == wasm::Kind::memory && e.index == i && memory.exported_as.empty())
        memory.exported_as = e.name;
    facts.threads.shared_memory |= l.shared;
    facts.memories.push_back(std::move(memory));
  }
  for (const wasm::Section &s : m.sections)
    facts.sections.push_back(
        {s.id == 0 ? "custom: " + std::string(s.name) : wasm::section_name(s.id), s.payload.size()});
  facts.tables = static_cast<uint32_t>(m.tables.size());
  facts.functions_imported = m.imported_funcs;
  facts.functions_defined = m.defined_funcs();
  facts.start_section = m.start.has_value();
}

// Names for the functions that chains go through: name section, import, export.
void name_chains(ModuleFacts &facts, const wasm::Module &m,
                 const std::vector<std::pair<uint32_t, std::string_view>> &names) {
  auto &wanted = facts.function_names;
  for (const ImportFacts &i : facts.imports)
    for (uint32_t f : i.chain) wanted[f];
  for (const auto &[index, name] : names)
    if (auto at = wanted.find(index); at != wanted.end() && index >= m.imported_funcs) at->second = name;
  for (const wasm::Export &e : m.exports) {
    if (e.kind != wasm::Kind::func) continue;
    if (auto at = wanted.find(e.index); at != wanted.end() && at->second.empty()) at->second = e.name;
  }
  uint32_t f = 0;
  for (const wasm::Import &i : m.imports) {
    if (i.kind != wasm::Kind::func) continue;
    if (auto at = wanted.find(f++); at != wanted.end())
      at->second = std::string(i.module) + "." + std::string(i.field);
  }
}

} // namespace

std::expected<ModuleFacts, wasm::Error> read_module_facts(wasm::Bytes file) {
  auto module = wasm::read_module(file);
  if (!module) return std::unexpected(module.error());
  auto scanned = scan(*module);
  if (!scanned) return std::unexpected(scanned.error());
  ModuleFacts facts;
  facts.bytes = file.size();
  read_declarations(facts, *module);
  facts.proposals = scanned->proposals;
  facts.threads.atomics = scanned->atomics;
  find_platform(facts, *module);
  auto names = wasm::function_names(*module);
  find_toolchain(facts, *module, names);
  find_reachable(facts, *module, scanned->graph);
  name_chains(facts, *module, names);
  return facts;
}

std::expected<Facts, wasm::Error> inspect(wasm::Bytes file) {
  Facts facts;
  facts.bytes = file.size();
  if (is_component(file)) {
    auto component = read_component(file);
    if (!component) return std::unexpected(component.error());
    facts.component = std::move(*component);
    return facts;
  }
  auto module = read_module_facts(file);
  if (!module) return std::unexpected(module.error());
  facts.module = std::move(*module);
  return facts;
}

namespace {

// "_ZN3std2rt10lang_start17h0123456789abcdefE" -> "std::rt::lang_start". Names with templates stay as they
// are.
std::string readable(std::string_view name) {
  if (!name.starts_with("_ZN")) return std::string(name);
  std::string out;
  std::string_view rest = name.substr(3);
  while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
    size_t length = 0, digits = 0;
    while (digits < rest.size() && digits < 4 && rest[digits] >= '0' && rest[digits] <= '9')
      length = length * 10 + static_cast<size_t>(rest[digits++] - '0');
    if (length == 0 || length > rest.size() - digits) return std::string(name);
    std::string_view part = rest.substr(digits, length);
    rest.remove_prefix(digits + length);
    bool hash = length == 17 && part[0] == 'h' && rest.starts_with("E");
    if (!hash) (out += out.empty() ? "" : "::") += part;
  }
  return rest.starts_with("E") && !out.empty() ? out : std::string(name);
}

} // namespace

std::string function_label(const ModuleFacts &facts, uint32_t function) {
  auto at = facts.function_names.find(function);
  return at != facts.function_names.end() && !at->second.empty() ? readable(at->second)
                                                                 : "func[" + std::to_string(function) + "]";
}

} // namespace mayfly::inspect
