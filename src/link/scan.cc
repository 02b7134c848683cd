// The scan: the one pass over the application's instructions.
//
// Almost every byte of an application survives a link unchanged, because the numbering of
// functions is chosen for that (number.cc). The scan finds the few places that do not:
// names of imported functions, and memory.size / memory.grow of A in shared placement. It also
// checks every index and the nesting of every body, so that garbage is an error here and never a
// broken output. Sections are scanned in file order, so the sites come out sorted.
#include "link/plan.h"
#include "wasm/walk.h"

namespace mayfly::link {

using wasm::Cursor;
using wasm::IndexCheck;
using wasm::Range;
using wasm::Space;

namespace {

struct Scanner : IndexCheck {
  Plan &plan;
  uint32_t imported;
  bool virtual_memory; // A's size is ours to tell
  uint8_t op = 0;

  Scanner(Plan &p, Cursor &cursor)
      : IndexCheck(p.app, cursor), plan(p), imported(p.app.imported_funcs),
        virtual_memory(p.placement == Placement::shared && p.app_has_memory) {}

  void index(Space space, const uint8_t *instr, const uint8_t *at, uint32_t value) {
    if (value >= limit[static_cast<int>(space)]) [[unlikely]] return out_of_range(space, instr, value);
    if (space == Space::func && value < imported) [[unlikely]]
      plan.sites.push_back({offset(at), static_cast<uint8_t>(c.pos() - at), SiteKind::func_index, value});
    else if (space == Space::memory && value == plan.app_memory) [[unlikely]]
      memory(instr);
  }

  void memory(const uint8_t *instr) {
    if (!virtual_memory || (*instr != 0x3f && *instr != 0x40)) return;
    bool grow = *instr == 0x40;
    plan.app_grows |= grow;
    plan.sites.push_back({offset(instr), static_cast<uint8_t>(c.pos() - instr),
                          grow ? SiteKind::memory_grow : SiteKind::memory_size, 0});
  }

  uint32_t offset(const uint8_t *at) const { return static_cast<uint32_t>(at - c.file()); }
};

Status expression(Plan &plan, Range range, const char *section) {
  Cursor c(plan.app.file, range.begin, range.end, section);
  Scanner scanner(plan, c);
  wasm::walk_expression(c, scanner);
  if (!c.ok()) return std::unexpected(c.take_error());
  return {};
}

Status tables(Plan &plan) {
  // Table entries are not kept by the reader; their initialisers may name functions.
  const wasm::Section *s = plan.app.section(wasm::section_table);
  if (!s) return {};
  Cursor c(plan.app.file, s->payload.begin, s->payload.end, "table");
  Scanner scanner(plan, c);
  uint32_t n = c.u32();
  for (uint32_t i = 0; i < n && c.ok(); ++i) {
    bool with_init = *c.pos() == 0x40;
    if (with_init) c.skip(2);
    wasm::read_val_type(c);
    uint8_t flags = c.byte();
    for (int k = 0; k < 1 + (flags & 1); ++k) c.u64();
    if (with_init) wasm::walk_expression(c, scanner);
  }
  if (!c.ok()) return std::unexpected(c.take_error());
  return {};
}

Status elements(Plan &plan) {
  const wasm::Section *s = plan.app.section(wasm::section_element);
  if (!s) return {};
  Cursor c(plan.app.file, s->payload.begin, s->payload.end, "element");
  Scanner scanner(plan, c);
  uint32_t n = c.u32();
  for (uint32_t i = 0; i < n && c.ok(); ++i) wasm::walk_element(c, scanner);
  if (!c.ok()) return std::unexpected(c.take_error());
  return {};
}

void exports(Plan &plan) {
  auto site = [&](Range at, uint32_t func) {
    if (func < plan.app.imported_funcs)
      plan.sites.push_back({at.begin, static_cast<uint8_t>(at.size()), SiteKind::func_index, func});
  };
  for (const wasm::Export &e : plan.app.exports)
    if (e.kind == wasm::Kind::func) site(e.index_at, e.index);
  if (plan.app.start) site(plan.app.start_at, *plan.app.start);
}

Status code(Plan &plan) {
  const wasm::Module &app = plan.app;
  for (uint32_t i = 0; i < app.code.size(); ++i) {
    const wasm::Code &body = app.code[i];
    Cursor c(app.file, body.body.begin, body.body.end, "code");
    Scanner scanner(plan, c);
    uint32_t params = app.types[app.functions[app.imported_funcs + i]].params;
    scanner.set_locals(params + wasm::read_locals(c));
    wasm::walk_body(c, scanner);
    if (!c.ok()) return std::unexpected(c.take_error());
  }
  return {};
}

} // namespace

Status scan_app(Plan &plan) {
  if (Status s = tables(plan); !s) return s;
  for (const wasm::Global &g : plan.app.globals)
    if (!g.imported)
      if (Status s = expression(plan, g.init, "global"); !s) return s;
  exports(plan);
  if (Status s = elements(plan); !s) return s;
  return code(plan);
}

} // namespace mayfly::link
