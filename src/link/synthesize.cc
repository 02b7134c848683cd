// The functions that the linker writes itself, in shared placement.
//
// mayfly:memory_grow replaces the application's memory.grow. The application must see what the
// specification promises of a memory: pages are consecutive, new pages are zero, the maximum is the
// application's own, and the result is the old size.
//
//     application | gap | layer area, region |          n pages fit in the gap: count them, done
//
//     application | n       | slack | layer area, region |    else: grow by what is missing and a slack, move
//     up, clear
//
// How much slack. M pages move (layer area and region), and the application has A pages. A move costs the
// copy of M pages. It also leaves min(missing + slack, M) pages behind, which stay resident because wasm
// cannot give pages back. Pages of the gap that were never touched cost only address space.
//   - A small region is cheap to move, and its slack costs at most M resident pages, however large the
//     slack is. Below 64 pages (4 MiB) the slack is therefore 4 M. A page from the gap then costs at most a
//     quarter of a page copied.
//   - A large region would double if it moved by its own size. The slack is therefore M / 8 plus 256 pages
//     (16 MiB). A move keeps an eighth more resident (0.2 GB for 1.5 GB of files), and copies at most eight
//     pages for each page that the application gets.
//   - A large application gets much more slack: a quarter of its size. A heap that grows page by page then
//     moves the region a logarithmic number of times, whatever the size of the region.
//   - There is no slack beyond the application's own maximum, because it could never be used.
// The slack is the larger of these two numbers. When the engine refuses so much (near 4 GiB, or at a limit
// of its own), half of the slack is tried, then half of that, and so on. Each move thus takes at least half
// of the room that is left, so moves stay rare to the last page. A large region moves up by less than its
// own size. The copy then overwrites the old place, so there are never two copies of the region.
//
// The filesystem's layer holds nothing across its calls of the host (docs/layer-contract.md), so the region
// may move during them. Layers that do hold addresses (the tracer, position-independent ones of users)
// bracket their calls of the host: while host_depth > 0, growth comes from the gap or fails.
//
// A host may grow the exported memory itself. Its pages then lie behind the region. mayfly:pages counts the
// pages that this module asked for, so a difference from memory.size shows that this happened. The region
// does not move then.
//
// The vacated pages are cleared. Old bytes are only in the part of the old place that the new place does
// not cover; pages that the engine has just added are zero already.
//
// mayfly:start places the region when the memory is imported, because its size is known only at
// instantiation. The bytes of the region come from passive segments, because the offset of an active
// segment must be constant. After that it runs the start functions of a user's layer, and then the
// application's own start function. When the host's memory cannot grow by so much, the module traps. A trap
// has no text of its own, but engines print the names of the functions on the stack. The function that
// traps is therefore named after the reason.
#include "link/assembler.h"
#include "link/plan.h"

namespace mayfly::link {

using wasm::Buffer;

namespace {

constexpr uint32_t small_region = 64; // pages

Buffer memory_grow(const Plan &p) {
  enum : uint32_t { n, old, gap, moved, missing, room, extra, slack };
  Assembler a(p.app_memory);
  a.locals(slack, wasm::i32).end_locals();
  a.get_global(p.g_app_pages).set(old);
  bool bounded = p.app_max < 65536;

  // More than the application's own maximum allows.
  a.get(n).constant(p.app_max).get(old).sub().greater().begin_if().constant(~0u).give_back().end();

  a.get_global(p.g_memory_base).shift_right(16).tee(moved).get(old).sub().set(gap);
  a.get(n).get(gap).greater().begin_if();

  if (p.g_host_depth != none)
    a.get_global(p.g_host_depth).begin_if().constant(~0u).give_back().end();
  a.memory_size().get_global(p.g_pages).not_equal().begin_if().constant(~0u).give_back().end();

  // room: what the application could still use beyond this growth
  a.get(n).get(gap).sub().set(missing);
  if (bounded) a.constant(p.app_max).get(moved).sub().get(missing).sub().set(room); // moved: where the area begins
  a.get_global(p.g_pages).get(moved).sub().set(moved);

  // slack = min(max(old / 4, moved < 64 ? 4 * moved : 256 + moved / 8), room)
  a.get(old).shift_right(2).set(slack);
  // The options may ask for more room above the application than usual. Each move then adds that much again.
  if (p.options.gap_pages > Options{}.gap_pages) a.get(slack).constant(p.options.gap_pages).add().set(slack);
  a.get(moved).shift_left(2).get(moved).shift_right(3).constant(4 * small_region).add();
  a.get(moved).constant(small_region).less().select().set(extra);
  a.larger(slack, extra).set(slack);
  if (bounded) a.smaller(slack, room).set(slack);

  // memory.grow by what is missing and the slack; as long as that is refused, by half the slack
  a.begin_loop();
  a.get(missing).get(slack).add().tee(extra).memory_grow().constant(~0u).equal().begin_if();
  a.get(slack).is_zero().begin_if().constant(~0u).give_back().end();
  a.get(slack).shift_right(1).set(slack).branch(1).end();
  a.end();

  // memory.copy(base + extra, base, moved); memory.fill(base, 0, min(extra, moved))
  a.get_global(p.g_memory_base).get(extra).shift_left(16).add();
  a.get_global(p.g_memory_base).get(moved).shift_left(16).memory_copy();
  a.get_global(p.g_memory_base).constant(0).smaller(extra, moved).shift_left(16).memory_fill();

  a.increase(p.g_pages, extra);
  a.get(extra).shift_left(16).set(extra);
  a.increase(p.g_memory_base, extra).increase(p.g_stack_pointer, extra).increase(p.g_region_base, extra);
  a.end();
  a.get(old).get(n).add().set_global(p.g_app_pages).get(old).end();
  return a.take();
}

// memory.grow for the layer.
Buffer region_grow(const Plan &p) {
  enum : uint32_t { n, old };
  Assembler a(p.layer_memory);
  a.locals(1, wasm::i32).end_locals();
  a.get(n).memory_grow().tee(old).constant(~0u).not_equal().begin_if().increase(p.g_pages, n).end();
  return a.get(old).end().take();
}

// memory.grow for a lowered layer: its area has room for as much as it may have.
Buffer layer_grow(const Plan &p) {
  enum : uint32_t { n, old };
  Assembler a(p.layer_memory);
  a.locals(1, wasm::i32).end_locals();
  a.get(n).constant(p.layer.area_pages).get_global(p.g_layer_pages).tee(old).sub().greater();
  a.begin_if().constant(~0u).give_back().end();
  return a.increase(p.g_layer_pages, n).get(old).end().take();
}

void place_in_imported_memory(const Plan &p, Assembler &a) {
  a.constant(p.placed_pages).memory_grow().set_global(p.g_app_pages);
  a.get_global(p.g_app_pages).constant(~0u).equal().begin_if().call(p.f_no_room).end();
  a.get_global(p.g_app_pages).shift_left(16).set_global(p.g_memory_base);
  if (p.movable) a.get_global(p.g_app_pages).constant(p.placed_pages).add().set_global(p.g_pages);
  for (uint32_t global : {p.g_stack_pointer, p.g_region_base})
    a.get_global(p.g_memory_base).constant(p.area_bytes).add().set_global(global);
  for (uint32_t i = 0; i < p.runs.size(); ++i) {
    a.get_global(p.g_memory_base).constant(p.runs[i].offset).add();
    a.constant(0).constant(static_cast<uint32_t>(p.runs[i].bytes.size())).memory_init(p.d_first + i);
  }
}

Buffer start(const Plan &p) {
  Assembler a(p.app_memory);
  a.no_locals();
  if (p.imported_memory) place_in_imported_memory(p, a);
  if (p.starts_layer())
    for (uint32_t func : p.layer.init) a.call(p.layer_func[func]);
  if (p.app.start) a.call(p.mapped(*p.app.start));
  return a.end().take();
}

} // namespace

void synthesize(Plan &plan) {
  synthesize_hooks(plan);
  for (uint32_t k = 0; k < plan.functions.size(); ++k) {
    uint32_t index = plan.new_func_index(k);
    if (index == plan.f_grow) plan.functions[k].body = memory_grow(plan);
    if (index == plan.f_region_grow) plan.functions[k].body = region_grow(plan);
    if (index == plan.f_layer_grow) plan.functions[k].body = layer_grow(plan);
    if (index == plan.f_no_room) plan.functions[k].body = Assembler().no_locals().trap().end().take();
    if (index == plan.f_start) plan.functions[k].body = start(plan);
  }
}

} // namespace mayfly::link
