// `producers` and `target_features` follow the tool conventions: a list of (field, list of
// (name, version)), and a list of (prefix, feature). A malformed one is dropped and started anew.
#include "link/metadata.h"

#include <algorithm>
#include <array>

namespace mayfly::link {

using wasm::Buffer;
using wasm::Cursor;

namespace {

constexpr std::string_view processed_by = "processed-by";

void put_ourselves(Buffer &out) { out.name("mayfly").name(MAYFLY_VERSION); }

// One field's list with this tool in it, replacing an entry of an earlier link.
void put_processed_by(Buffer &out,
                      const std::vector<std::pair<std::string_view, std::string_view>> &entries) {
  Buffer list;
  uint32_t n = 1;
  for (const auto &[name, version] : entries) {
    if (name == "mayfly") continue;
    list.name(name).name(version);
    ++n;
  }
  put_ourselves(list);
  out.name(processed_by).leb(n).append(list);
}

} // namespace

bool holds_offsets(std::string_view name) {
  constexpr std::array<std::string_view, 3> exact{"external_debug_info", "sourceMappingURL", "linking"};
  constexpr std::array<std::string_view, 3> prefixes{".debug_", "reloc.", "metadata.code."};
  return std::find(exact.begin(), exact.end(), name) != exact.end() ||
         std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view p) { return name.starts_with(p); });
}

Buffer producers(const Plan &plan, const wasm::Section *section) {
  Buffer out;
  if (!section) {
    out.leb(1);
    put_processed_by(out, {});
    return out;
  }
  Cursor c(plan.app.file, section->content, section->payload.end, "producers");
  Buffer fields;
  uint32_t n = c.count("fields", 2);
  bool ours = false;
  for (uint32_t i = 0; i < n && c.ok(); ++i) {
    std::string_view field = c.name();
    uint32_t m = c.count("values", 2);
    std::vector<std::pair<std::string_view, std::string_view>> entries;
    for (uint32_t k = 0; k < m && c.ok(); ++k) {
      std::string_view name = c.name();
      entries.emplace_back(name, c.name());
    }
    if (field == processed_by && !ours) {
      put_processed_by(fields, entries);
      ours = true;
      continue;
    }
    fields.name(field).leb(m);
    for (const auto &[name, version] : entries) fields.name(name).name(version);
  }
  if (!c.ok() || !c.at_end()) return producers(plan, nullptr);
  if (!ours) put_processed_by(fields, {});
  return std::move(out.leb(n + !ours).append(fields));
}

Buffer target_features(const Plan &plan, const wasm::Section &section) {
  std::vector<std::string_view> wanted{"bulk-memory", "mutable-globals"};
  if (plan.layer_memory != plan.app_memory) wanted.push_back("multimemory");
  const std::vector<std::string_view> all = wanted;
  Cursor c(plan.app.file, section.content, section.payload.end, "target_features");
  Buffer list, out;
  uint32_t n = c.count("features", 2), kept = 0;
  for (uint32_t i = 0; i < n && c.ok(); ++i) {
    uint8_t prefix = c.byte();
    if (prefix != '+' && prefix != '-' && prefix != '=') c.fail("unknown prefix of a feature");
    std::string_view name = c.name();
    auto mine = std::find(wanted.begin(), wanted.end(), name);
    // "-feature" forbids it; the output uses it, so only "+" can stay.
    if (mine != wanted.end() && prefix == '-') continue;
    if (mine != wanted.end()) wanted.erase(mine);
    list.u8(prefix).name(name);
    ++kept;
  }
  if (!c.ok() || !c.at_end()) {
    list = {};
    kept = 0;
    wanted = all;
  }
  for (std::string_view name : wanted) list.u8('+').name(name);
  return std::move(out.leb(kept + wanted.size()).append(list));
}

} // namespace mayfly::link
