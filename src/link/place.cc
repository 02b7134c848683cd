// Placement: which memory is the application's (A), which holds the region (L), and where.
//
//     shared:    application memory | gap | layer area | region |        L = A
//     isolated:  L is a memory of its own, appended as the last one
//
// A is the memory that is exported as "memory", or else memory 0. Hosts look for that name, and the
// pointers that an application passes refer to that memory. An application without any memory can pass no
// valid pointer. The region's memory is then the only one, whatever the option says, and every pointer
// check fails because the size of the application's memory is zero.
//
// In shared placement only the linker's code may grow the memory. Where something else may grow it, isolated
// placement is used instead, and the report says so:
//   - an imported memory with a maximum: the region would eat into the application's allowance,
//   - growth by the host (the options tell by which import), which grows the exported memory
//   itself.
//
// The gap: an application that grows takes pages from the gap first; only when it is used up
// does the region move. At the start it is small, because moving a young region is
// cheap and every page counts for a thousand idle instances; later gaps are proportional
// (synthesize.cc). An application without memory.grow gets no gap, and every address is a constant.
#include "link/plan.h"

#include <algorithm>

namespace mayfly::link {

using wasm::Kind;

namespace {

// Modules that cannot be changed. Where nothing is added they are not: they pass as they are.
Status refuse_modules(const wasm::Module &app) {
  for (const char *name : {"dylink.0", "dylink"})
    if (const wasm::Section *s = app.custom(name))
      return failure(std::string("the module is for a dynamic linker (it has a ") + name +
                         " section), which lays out its memory",
                     s->header, name);
  for (const wasm::Memory &m : app.memories) {
    uint64_t at = m.imported ? wasm::Error::no_offset : m.raw.begin;
    if (m.limits.shared)
      return failure("the module has a shared memory (threads): only single-threaded modules are supported",
                     at, "memory");
    if (m.limits.is64)
      return failure("the module has a 64-bit memory: only 32-bit memories are supported", at, "memory");
    if (m.limits.page_log2)
      return failure("the module has a memory with a custom page size: only 64 KiB pages are supported", at,
                     "memory");
  }
  return {};
}

// The import by which the host grows the application's memory; empty: there is none.
std::string growth_by_host(const Plan &plan) {
  for (const wasm::Import &im : plan.app.imports) {
    std::string name = std::string(im.module) + "." + std::string(im.field);
    if (im.kind == Kind::func && std::ranges::find(plan.options.host.grow_memory, name) !=
                                     plan.options.host.grow_memory.end())
      return name;
  }
  return "";
}

// Why shared placement cannot work; empty: it can.
std::string obstacle(const Plan &plan) {
  const wasm::Memory &a = plan.app.memories[plan.app_memory];
  if (a.imported && a.limits.max)
    return "isolated placement was chosen: the module imports a memory with a maximum, which leaves no room "
           "for the region";
  if (std::string import = growth_by_host(plan); !import.empty())
    return "isolated placement was chosen: the host grows the module's memory itself (" + import + ")";
  return "";
}

// An active segment beyond the application's own memory traps in the original; in the
// packed module it would write over the region instead.
Status check_segments(const Plan &plan) {
  for (size_t i = 0; i < plan.app.data.size(); ++i) {
    const wasm::Data &d = plan.app.data[i];
    if (!d.active || d.memory != plan.app_memory) continue;
    wasm::Cursor c(plan.app.file, d.offset.begin, d.offset.end, "data");
    if (c.byte() != 0x41) continue;
    uint64_t offset = static_cast<uint32_t>(c.s32());
    if (c.byte() != 0x0b || offset + d.bytes.size() <= uint64_t{plan.app_min} * page_bytes) continue;
    return failure("data segment " + std::to_string(i) + " does not fit in the module's memory of " +
                       std::to_string(plan.app_min) + " pages",
                   d.offset.begin, "data");
  }
  return {};
}

uint32_t pages_for(uint64_t bytes) { return static_cast<uint32_t>((bytes + page_bytes - 1) / page_bytes); }

// A layer that nothing reaches, or that only looks at the application's memory, needs none: the application
// keeps its own as it is.
Status leave_memory_alone(Plan &plan) {
  std::erase_if(plan.sites, [](const Site &s) {
    return s.kind == SiteKind::memory_size || s.kind == SiteKind::memory_grow;
  });
  plan.app_grows = plan.imported_memory = plan.lowered = false;
  plan.placement = Placement::isolated; // the instructions for the application's memory are then its own
  plan.layer_memory = plan.app_memory;
  plan.stack_bytes = 0;
  plan.layer.data.clear();
  plan.report.memory_min_after = plan.app_min;
  return {};
}

} // namespace

Status choose_placement(Plan &plan) {
  plan.placement = plan.options.placement;
  const wasm::Module &app = plan.app;
  plan.app_has_memory = !app.memories.empty();
  if (!plan.app_has_memory) {
    plan.app_max = 0;
    plan.report.placement = plan.placement;
    return {};
  }
  for (const wasm::Export &e : app.exports)
    if (e.kind == Kind::memory && e.name == "memory") plan.app_memory = e.index;
  const wasm::Memory &a = app.memories[plan.app_memory];
  plan.app_min = static_cast<uint32_t>(a.limits.min);
  if (a.limits.max) plan.app_max = static_cast<uint32_t>(*a.limits.max);
  if (plan.placement == Placement::shared) plan.obstacle = obstacle(plan);
  if (!plan.obstacle.empty()) plan.placement = Placement::isolated;
  bool isolated = plan.placement == Placement::isolated;
  plan.layer_memory = isolated ? static_cast<uint32_t>(app.memories.size()) : plan.app_memory;
  plan.imported_memory = !isolated && a.imported;
  plan.report.placement = plan.placement;
  plan.report.memory_min_before = plan.app_min;
  return {};
}

Status lay_out(Plan &plan) {
  if (Status s = refuse_modules(plan.app); !s) return s;
  const Options &o = plan.options;
  if (o.image.region.size() % 4096) return failure("internal: the region is not a whole number of pages");
  if (o.stack_bytes % 16 || o.stack_bytes > 0x1000000)
    return failure("internal: the layer's stack size is not valid");
  bool own = plan.placement == Placement::isolated || !plan.app_has_memory;
  plan.lowered = plan.layer.fixed && !own;
  bool may_grow = plan.lowered && plan.layer_grows;
  uint32_t data_bytes = plan.layer.data_bytes;
  if (plan.layer.fixed) data_bytes = (may_grow ? plan.layer.area_pages : plan.layer.pages) * page_bytes;
  plan.stack_bytes = plan.layer.fixed ? 0 : o.stack_bytes;
  if (!plan.uses_memory && (plan.app_has_memory || !plan.reached)) return leave_memory_alone(plan);
  plan.uses_memory = true;
  if (!plan.obstacle.empty()) plan.report.notes.push_back(plan.obstacle);
  if (!own && !plan.imported_memory)
    if (Status s = check_segments(plan); !s) return s;
  if (o.config.size() > 0x1000000)
    return failure("internal: the layer's configuration is larger than 16 MiB");
  uint32_t config_bytes = (static_cast<uint32_t>(o.config.size()) + 15) & ~15u;
  plan.config_at = data_bytes;
  plan.area_bytes = (data_bytes + config_bytes + plan.stack_bytes + 4095) & ~4095u;
  uint64_t bytes = uint64_t{plan.area_bytes} + o.image.region.size();
  if (bytes > uint64_t{65536} * page_bytes) return failure("the filesystem is larger than a 32-bit memory");
  plan.placed_pages = pages_for(bytes);

  plan.movable = !own && plan.app_grows;
  uint64_t below = 0;
  if (!own && !plan.imported_memory) {
    uint32_t gap = plan.movable ? std::min(o.gap_pages, plan.app_max - plan.app_min) : 0;
    below = uint64_t{plan.app_min} + gap;
  }
  uint64_t total = below + plan.placed_pages + (plan.imported_memory ? plan.app_min : 0);
  if (total > 65535)
    return failure("the application's memory (" + std::to_string(plan.app_min) +
                   " pages) and the filesystem (" + std::to_string(plan.placed_pages) +
                   " pages) do not fit in one 32-bit memory together; use isolated placement");
  if (own && o.isolated_max_pages && plan.placed_pages > o.isolated_max_pages)
    return failure("the filesystem needs " + std::to_string(plan.placed_pages) +
                   " pages, more than its maximum of " + std::to_string(o.isolated_max_pages));
  plan.base = static_cast<uint32_t>(below * page_bytes);
  plan.memory_min = static_cast<uint32_t>(below + plan.placed_pages);
  bool grew = !own && !plan.imported_memory;
  plan.report.memory_min_after = grew ? plan.memory_min : plan.app_min;
  return {};
}

} // namespace mayfly::link
