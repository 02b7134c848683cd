// The functions that the linker writes itself, in shared placement.
//
// mayfly:memory_grow takes the place of the application's memory.grow. The application must
// see what the specification promises of a memory of its own: consecutive pages, new ones all
// zero, its own maximum, the old size as the result.
//
//     application | gap | layer area, region |          n pages fit in the gap: count them, done
//
//     application | n       | slack | layer area, region |    else: grow by what is missing and a slack, move
//     up, clear
//
// The slack is the larger of what moves and a quarter of the application, so that the bytes moved
// per page given out stay bounded (a move of s pages is followed by at least s pages from
// the gap) and a heap that grows page by page moves the region a logarithmic number of times. When the engine
// refuses that much, the exact need is tried.
//
// While a function of a layer is on the stack (host_depth > 0: it called the host, which called back)
// its pointers into the region are live, so then growth comes from the gap or fails.
//
// A host may grow the exported memory itself and keep its pages behind the region. mayfly:pages
// counts what we asked for, so that this shows: then the region stays where it is.
//
// The vacated pages are cleared: only what the old place and the new one do not share
// holds old bytes, pages that the engine has just added are zero already.
//
// mayfly:start lays the region out where the size of an imported memory is known only now. The
// region's bytes come from passive segments, because the offset of an active one must be
// constant; then what a user's layer runs at the start, then the application's own start function.
// When the host's memory cannot grow by so much, the module ends there. A trap has no text of its own, but engines
// print the names of the functions that they were in, so the one that traps is named after the reason.
#include "link/plan.h"

namespace mayfly::link {

using wasm::Buffer;

namespace {

// Thin vocabulary over the opcodes used below.
class Assembler {
public:
  explicit Assembler(uint32_t memory) : memory_(memory) {}
  Buffer code;

  Assembler &op(uint8_t byte) { return code.u8(byte), *this; }
  Assembler &get(uint32_t local) { return code.u8(0x20).leb(local), *this; }
  Assembler &set(uint32_t local) { return code.u8(0x21).leb(local), *this; }
  Assembler &tee(uint32_t local) { return code.u8(0x22).leb(local), *this; }
  Assembler &load(uint32_t global) { return code.u8(0x23).leb(global), *this; }
  Assembler &store(uint32_t global) { return code.u8(0x24).leb(global), *this; }
  Assembler &constant(uint32_t value) { return code.u8(0x41).sleb(static_cast<int32_t>(value)), *this; }
  Assembler &add() { return op(0x6a); }
  Assembler &sub() { return op(0x6b); }
  Assembler &pages_to_bytes() { return constant(16).op(0x74); }
  Assembler &bytes_to_pages() { return constant(16).op(0x76); }
  Assembler &begin_if() { return op(0x04).op(0x40); }
  Assembler &end() { return op(0x0b); }
  Assembler &call(uint32_t func) { return code.u8(0x10).leb(func), *this; }
  Assembler &give_back() { return op(0x0f); }
  Assembler &memory_size() { return code.u8(0x3f).leb(memory_), *this; }
  Assembler &memory_grow() { return code.u8(0x40).leb(memory_), *this; }
  Assembler &memory_copy() { return code.u8(0xfc).u8(0x0a).leb(memory_).leb(memory_), *this; }
  Assembler &memory_fill() { return code.u8(0xfc).u8(0x0b).leb(memory_), *this; }
  Assembler &memory_init(uint32_t segment) { return code.u8(0xfc).u8(0x08).leb(segment).leb(memory_), *this; }
  // The larger (op 0x4b: unsigned >) or smaller (0x49: unsigned <) of two locals.
  Assembler &choose(uint32_t a, uint32_t b, uint8_t comparison) {
    return get(a).get(b).get(a).get(b).op(comparison).op(0x1b);
  }
  Assembler &increase(uint32_t global, uint32_t local) { return load(global).get(local).add().store(global); }

private:
  uint32_t memory_;
};

constexpr uint8_t gt_u = 0x4b, lt_u = 0x49, le_u = 0x4d, eq = 0x46, ne = 0x47;

Buffer memory_grow(const Plan &p) {
  // Locals: n (parameter), old size, pages in the gap, pages to move, extra pages, slack.
  enum : uint32_t { n, old, gap, moved, extra, slack };
  Assembler a(p.app_memory);
  a.code.leb(1).leb(5).u8(0x7f);
  a.load(p.g_app_pages).set(old);

  // More than the application's own maximum allows.
  a.get(n).constant(p.app_max).get(old).sub().op(gt_u).begin_if().constant(~0u).give_back().end();

  a.load(p.g_memory_base).bytes_to_pages().tee(moved).get(old).sub().set(gap);
  a.get(n).get(gap).op(le_u).begin_if();
  a.get(old).get(n).add().store(p.g_app_pages).get(old).give_back().end();

  a.load(p.g_host_depth).begin_if().constant(~0u).give_back().end();

  a.memory_size().load(p.g_pages).op(ne).begin_if().constant(~0u).give_back().end();

  a.load(p.g_pages).get(moved).sub().set(moved);
  a.get(n).get(gap).sub().set(gap); // from here: the pages that are missing
  a.get(old).constant(2).op(0x76).set(slack);
  // Who asked for more room above the application wants it again after each move.
  if (p.options.gap_pages > Options{}.gap_pages) a.get(slack).constant(p.options.gap_pages).add().set(slack);
  a.choose(moved, slack, gt_u).get(gap).add().tee(extra);
  a.memory_grow().constant(~0u).op(eq).begin_if();
  a.get(gap).tee(extra).memory_grow().constant(~0u).op(eq).begin_if().constant(~0u).give_back().end().end();

  // memory.copy(base + extra, base, moved); memory.fill(base, 0, min(extra, moved))
  a.load(p.g_memory_base)
      .get(extra)
      .pages_to_bytes()
      .add()
      .load(p.g_memory_base)
      .get(moved)
      .pages_to_bytes()
      .memory_copy();
  a.load(p.g_memory_base).constant(0).choose(extra, moved, lt_u).pages_to_bytes().memory_fill();

  a.increase(p.g_pages, extra);
  a.get(extra).pages_to_bytes().set(extra);
  a.increase(p.g_memory_base, extra).increase(p.g_stack_pointer, extra).increase(p.g_region_base, extra);
  a.get(old).get(n).add().store(p.g_app_pages).get(old).end();
  return std::move(a.code);
}

// memory.grow for the layer.
Buffer region_grow(const Plan &p) {
  enum : uint32_t { n, old };
  Assembler a(p.layer_memory);
  a.code.leb(1).leb(1).u8(0x7f);
  a.get(n).memory_grow().tee(old).constant(~0u).op(ne).begin_if().increase(p.g_pages, n).end();
  a.get(old).end();
  return std::move(a.code);
}

// memory.grow for a lowered layer: its area has room for as much as it may have.
Buffer layer_grow(const Plan &p) {
  enum : uint32_t { n, old };
  Assembler a(p.layer_memory);
  a.code.leb(1).leb(1).u8(0x7f);
  a.get(n).constant(p.layer.area_pages).load(p.g_layer_pages).tee(old).sub().op(gt_u);
  a.begin_if().constant(~0u).give_back().end();
  a.increase(p.g_layer_pages, n).get(old).end();
  return std::move(a.code);
}

void place_in_imported_memory(const Plan &p, Assembler &a) {
  a.constant(p.placed_pages).memory_grow();
  a.store(p.g_app_pages).load(p.g_app_pages).constant(~0u).op(eq).begin_if();
  a.call(p.f_no_room).end();
  a.load(p.g_app_pages).pages_to_bytes().store(p.g_memory_base);
  if (p.movable) a.load(p.g_app_pages).constant(p.placed_pages).add().store(p.g_pages);
  for (uint32_t global : {p.g_stack_pointer, p.g_region_base})
    a.load(p.g_memory_base).constant(p.area_bytes).add().store(global);
  for (uint32_t i = 0; i < p.runs.size(); ++i) {
    a.load(p.g_memory_base).constant(p.runs[i].offset).add();
    a.constant(0).constant(static_cast<uint32_t>(p.runs[i].bytes.size())).memory_init(p.d_first + i);
  }
}

Buffer start(const Plan &p) {
  Assembler a(p.app_memory);
  a.code.leb(0);
  if (p.imported_memory) place_in_imported_memory(p, a);
  if (p.starts_layer())
    for (uint32_t func : p.layer.init) a.call(p.layer_func[func]);
  if (p.app.start) a.call(p.mapped(*p.app.start));
  a.end();
  return std::move(a.code);
}

} // namespace

void synthesize(Plan &plan) {
  synthesize_hooks(plan);
  for (uint32_t k = 0; k < plan.functions.size(); ++k) {
    uint32_t index = plan.new_func_index(k);
    if (index == plan.f_grow) plan.functions[k].body = memory_grow(plan);
    if (index == plan.f_region_grow) plan.functions[k].body = region_grow(plan);
    if (index == plan.f_layer_grow) plan.functions[k].body = layer_grow(plan);
    if (index == plan.f_no_room) plan.functions[k].body.leb(0).u8(0x00).u8(0x0b); // unreachable
    if (index == plan.f_start) plan.functions[k].body = start(plan);
  }
}

} // namespace mayfly::link
