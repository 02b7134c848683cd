// docs/inspect-json.md is this file in words: change both.
#include <nlohmann/json.hpp>

#include "inspect/document.h"

namespace mayfly::inspect {
namespace {

using Json = nlohmann::ordered_json;

Json tools_json(const std::vector<Tool> &tools) {
  Json list = Json::array();
  for (const Tool &t : tools) list.push_back({{"field", t.field}, {"name", t.name}, {"version", t.version}});
  return list;
}

Json proposals_json(const Proposals &proposals) {
  Json list = Json::array();
  for (size_t i = 0; i < kProposals; i++) {
    Proposal p = static_cast<Proposal>(i);
    if (proposals.has(p))
      list.push_back({{"id", proposal_id(p)}, {"name", proposal_name(p)}, {"uses", proposals.uses[i]}});
  }
  return list;
}

Json runtimes_json(const Proposals &proposals) {
  Json list = Json::array();
  for (const RuntimeVerdict &v : runtimes_for(proposals)) {
    Json item{{"name", v.name}, {"runs", v.runs}};
    if (v.runs && !v.since.empty()) item["since"] = v.since;
    if (!v.missing.empty()) item["missing"] = v.missing;
    if (!v.flags.empty()) item["switches"] = v.flags;
    list.push_back(std::move(item));
  }
  return list;
}

const char *entry_kind(const Entry &e) {
  static constexpr const char *kinds[] = {"export", "start", "table", "global", "others"};
  return kinds[e.kind];
}

Json import_json(const ModuleFacts &m, size_t index, const Plan *plan) {
  const ImportFacts &i = m.imports[index];
  Json item{{"module", i.module}, {"field", i.field}, {"kind", i.kind}, {"type", i.type}};
  if (!i.name.empty()) {
    item["name"] = i.name;
    item["name_certain"] = !i.likely;
  }
  item["origin"] = i.origin;
  if (!i.group.empty()) item["group"] = i.group;
  if (!i.meaning.empty()) item["meaning"] = i.meaning;
  item["reachable"] = i.reachable;
  if (i.kind == "func") {
    item["entries"] = i.from;
    item["callers"] = i.callers;
    Json chain = Json::array();
    for (uint32_t f : i.chain) chain.push_back({{"index", f}, {"name", function_label(m, f)}});
    item["chain"] = std::move(chain);
  }
  if (plan && plan->possible && index < plan->fates.size()) {
    const Fate &fate = plan->fates[index];
    item["plan"] = {{"served", fate.served}, {"imported", fate.imported}};
    if (fate.unused) item["plan"]["unused"] = true;
    if (!fate.stub.empty()) item["plan"]["stub"] = fate.stub;
    if (!fate.why.empty()) item["plan"]["why"] = fate.why;
  }
  return item;
}

Json memories_json(const ModuleFacts &m) {
  Json list = Json::array();
  for (const MemoryFacts &memory : m.memories) {
    Json item{{"min_pages", memory.min}};
    item["max_pages"] = memory.max ? Json(*memory.max) : Json(nullptr);
    item["imported"] = memory.imported;
    item["exported_as"] = memory.exported_as.empty() ? Json(nullptr) : Json(memory.exported_as);
    item["shared"] = memory.shared;
    item["memory64"] = memory.is64;
    if (memory.page_log2) item["page_bytes_log2"] = *memory.page_log2;
    list.push_back(std::move(item));
  }
  return list;
}

Json module_json(const ModuleFacts &m, const Plan *plan) {
  Json json{{"bytes", m.bytes}};
  json["toolchain"] = {
      {"name", m.toolchain.name},
      {"evidence", m.toolchain.evidence},
      {"producers", tools_json(m.toolchain.producers)},
      {"target_features", m.toolchain.features},
      {"packed_by", m.toolchain.packed_by.empty() ? Json(nullptr) : Json(m.toolchain.packed_by)}};
  json["platform"] = {
      {"id", platform_id(m.platform)}, {"name", platform_name(m.platform)}, {"detail", m.platform_detail}};
  json["shape"] = {{"kind", shape_id(m.shape)},
                   {"entry", m.entry.empty() ? Json(nullptr) : Json(m.entry)},
                   {"start_section", m.start_section}};
  json["functions"] = {{"imported", m.functions_imported},
                       {"defined", m.functions_defined},
                       {"reachable", m.functions_reachable},
                       {"named", m.has_names},
                       {"debug_info", m.has_debug_info}};
  Json entries = Json::array();
  for (const Entry &e : m.entries) entries.push_back({{"kind", entry_kind(e)}, {"name", e.name}});
  json["entries"] = std::move(entries);
  json["entries_merged"] = m.entries_merged;
  Json imports = Json::array();
  for (size_t i = 0; i < m.imports.size(); i++) imports.push_back(import_json(m, i, plan));
  json["imports"] = std::move(imports);
  Json exports = Json::array();
  for (const ExportFacts &e : m.exports)
    exports.push_back({{"name", e.name}, {"kind", e.kind}, {"type", e.type}});
  json["exports"] = std::move(exports);
  json["memories"] = memories_json(m);
  json["tables"] = m.tables;
  json["threads"] = {{"used", m.threads.used()},
                     {"shared_memory", m.threads.shared_memory},
                     {"atomic_instructions", m.threads.atomics},
                     {"spawns", m.threads.spawns}};
  json["proposals"] = proposals_json(m.proposals);
  json["runtimes"] = runtimes_json(m.proposals);
  Json sections = Json::array();
  for (const SectionFacts &s : m.sections) sections.push_back({{"name", s.name}, {"bytes", s.bytes}});
  json["sections"] = std::move(sections);
  return json;
}

Json plan_json(const Document &d) {
  const Plan &plan = *d.plan;
  if (!plan.possible) return {{"possible", false}, {"error", plan.error}, {"hint", plan.hint}};
  Json json{{"possible", true},
            {"placements", plan.placements},
            {"placement", plan.placement},
            {"added",
             {{"code_bytes", plan.code_bytes},
              {"region_bytes", plan.region_bytes},
              {"content_bytes", plan.content_bytes}}},
            {"output_bytes", plan.output_bytes},
            {"layer_functions", {{"kept", plan.layer_functions_kept}, {"total", plan.layer_functions_total}}},
            {"memory_pages", {{"before", plan.memory_pages_before}, {"after", plan.memory_pages_after}}}};
  Json runtimes = Json::object();
  for (const std::string &placement : plan.placements)
    runtimes[placement] = runtimes_json(packed_proposals(d.facts.module->proposals, placement));
  json["runtimes"] = std::move(runtimes);
  json["notes"] = plan.notes;
  return json;
}

// Nesting is as deep as the tree is; the printer recurses, so it is limited here.
Json node_json(const Node &n, unsigned depth) {
  static constexpr const char *kinds[] = {"directory", "file", "symlink", "device"};
  Json json{{"name", n.name}, {"kind", kinds[n.kind]}, {"bytes", n.bytes}};
  if (n.kind != Node::directory) return json;
  bool folded = n.folded || (depth == 0 && !n.children.empty());
  json["files"] = n.files;
  if (folded) json["folded"] = true;
  Json children = Json::array();
  if (!folded)
    for (const Node &child : n.children) children.push_back(node_json(child, depth - 1));
  json["children"] = std::move(children);
  return json;
}

Json content_json(const Content &c) {
  return {{"files", c.files},
          {"directories", c.directories},
          {"symlinks", c.symlinks},
          {"file_bytes", c.file_bytes},
          {"content_bytes", c.content_bytes},
          {"region_bytes", c.region_bytes},
          {"read_only", c.read_only},
          {"hermetic", c.hermetic},
          {"preopens", c.preopens},
          {"tree", node_json(c.root, 64)}};
}

Json interfaces_json(const std::vector<std::string> &names) {
  Json list = Json::array();
  for (const std::string &name : names) {
    Json item{{"name", name}};
    if (std::string meaning = interface_meaning(name); !meaning.empty()) item["meaning"] = meaning;
    list.push_back(std::move(item));
  }
  return list;
}

Json component_json(const ComponentFacts &c) {
  Json modules = Json::array();
  for (const ModuleFacts &m : c.modules) modules.push_back(module_json(m, nullptr));
  return {{"wasi", c.wasi == "none" ? Json(nullptr) : Json(c.wasi)},
          {"world", c.world},
          {"imports", interfaces_json(c.imports)},
          {"exports", interfaces_json(c.exports)},
          {"producers", tools_json(c.producers)},
          {"nested_components", c.components},
          {"core_modules", c.modules_total},
          {"modules", std::move(modules)}};
}

} // namespace

Proposals packed_proposals(const Proposals &proposals, std::string_view placement) {
  Proposals p = proposals;
  p[Proposal::bulk_memory]++;
  if (placement == "isolated") p[Proposal::multi_memory]++;
  return p;
}

std::string json_of(const Document &d) {
  Json json{{"schema", kSchema},
            {"mayfly", MAYFLY_VERSION},
            {"path", d.path},
            {"bytes", d.facts.bytes},
            {"kind", d.facts.module ? "module" : "component"}};
  if (d.facts.module) json["module"] = module_json(*d.facts.module, d.plan ? &*d.plan : nullptr);
  if (d.facts.component) json["component"] = component_json(*d.facts.component);
  if (d.plan) json["plan"] = plan_json(d);
  if (d.content) json["content"] = content_json(*d.content);
  if (!d.content_error.empty()) json["content_error"] = d.content_error;
  if (d.glue)
    json["glue"] = {{"named", d.glue->named}, {"likely", d.glue->likely}, {"unnamed", d.glue->unnamed}};
  json["notes"] = d.notes;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace mayfly::inspect
