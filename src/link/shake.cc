// Shaking: only those parts of a layer that the application can reach go into the output.
//
// The roots are the layer functions that serve an import, those that the options keep, and the exports that
// the options ask for. A call of an optional function is followed only if the options leave that function
// on.
//
// A built-in layer has no tables (layer.cc), so its call graph is exactly its `call` instructions. Each
// body is walked once, when it is first reached, with a worklist instead of recursion. A user's layer may
// have tables. As soon as a live body touches a table, all tables and all functions in them are live.
//
// A global is kept when a kept body names it. Static data is kept as a whole when a live body uses its
// address, because a linked module does not record which function uses which byte. (The built-in layers
// therefore have almost no static data: the texts of the tracer are in its code.)
#include "link/plan.h"
#include "wasm/walk.h"

namespace mayfly::link {

using wasm::Cursor;
using wasm::IndexCheck;
using wasm::Space;

namespace {

// Which functions have frames on the layer's stack, and which functions they call: for guard_entries().
struct StackUse {
  std::vector<bool> frames; // per layer function
  struct Call {
    uint32_t from, to;
  };
  std::vector<Call> calls;
};

struct Reach : IndexCheck {
  Plan &plan;
  std::vector<uint32_t> &work;
  StackUse &use;
  uint32_t caller;

  Reach(Plan &p, Cursor &cursor, std::vector<uint32_t> &worklist, StackUse &stack_use, uint32_t function)
      : IndexCheck(p.layer.module, cursor), plan(p), work(worklist), use(stack_use), caller(function) {}

  void index(Space space, const uint8_t *instr, const uint8_t *at, uint32_t value) {
    IndexCheck::index(space, instr, at, value);
    if (!c.ok()) return;
    if (space == Space::func) {
      use.calls.push_back({caller, value});
      if (!plan.live[value]) work.push_back(value);
      plan.live[value] = true;
      if (value < plan.layer.module.imported_funcs) called(value);
    }
    if (space == Space::func && *instr == 0xd2) plan.referenced.insert(value);
    if (space == Space::global) plan.live_global[value] = true;
    if (space == Space::global && value == plan.layer.stack_pointer) use.frames[caller] = true;
    if (space == Space::memory) plan.uses_memory = true;
    if (space == Space::memory && *instr == 0x40) plan.layer_grows = true;
    if (space == Space::global && value < module.imported_globals) plan.uses_memory = true;
    bool foreign = space == Space::table || space == Space::tag || space == Space::element ||
                   space == Space::data || space == Space::type || (space == Space::func && *instr == 0xd2);
    if (foreign && !(plan.layer.fixed && own(space, value)))
      c.fail(instr, std::string("a layer may not refer to a ") + wasm::space_name(space) + " here");
  }

  void opcode(const uint8_t *instr, uint32_t op) {
    if (plan.layer.fixed && op >> 16 == 0xfe) c.fail(instr, "a layer may not use atomic instructions");
  }

  bool heap_index(const uint8_t *, uint32_t type) { return own(Space::type, type); }

  // What of a layer's own, beyond functions and globals, is carried into the output.
  bool own(Space space, uint32_t value) {
    if (space == Space::type) {
      if (value >= plan.live_type.size() || !plan.layer.module.types[value].plain) return false;
      return plan.live_type[value] = true;
    }
    if (space == Space::data) return plan.layer.passive[value] != none && (plan.live_passive = true);
    return space != Space::tag && (plan.live_tables = true);
  }

  // An imported function is called.
  void called(uint32_t import) {
    Intrinsic op = plan.layer.intrinsic[import];
    plan.uses_memory |= op == Intrinsic::app_copy_in || op == Intrinsic::app_copy_out;
    plan.brackets |= op == Intrinsic::host_enter;
    plan.brackets |= op == Intrinsic::downcall && plan.layer.user && !plan.layer.fixed;
    uint32_t target = plan.layer.optional[import];
    if (target == none || plan.switched_off(import) || plan.live[target]) return;
    plan.live[target] = true;
    work.push_back(target);
    use.calls.push_back({caller, target});
  }
};

// Its type would have to be carried over.
bool has_typed_reference(Cursor c) {
  for (uint32_t groups = c.u32(); groups-- > 0 && c.ok();) {
    c.u32();
    wasm::ValType t = wasm::read_val_type(c);
    if ((t.code == 0x63 || t.code == 0x64) && t.heap >= 0) return true;
  }
  return false;
}

Status reach_from(Plan &plan, uint32_t func, std::vector<uint32_t> &work, StackUse &use) {
  const wasm::Module &layer = plan.layer.module;
  const wasm::Code &code = layer.code[func - layer.imported_funcs];
  Cursor c(layer.file, code.body.begin, code.body.end, "code");
  if (has_typed_reference(c))
    return failure("the layer module: a local is a reference to one of its types", code.body.begin, "code");
  Reach reach(plan, c, work, use, func);
  uint32_t params = layer.types[layer.functions[func]].params;
  reach.set_locals(params + wasm::read_locals(c));
  wasm::walk_body(c, reach);
  if (c.ok()) return {};
  wasm::Error e = c.take_error();
  e.message = "the layer module: " + e.message;
  return std::unexpected(std::move(e));
}

// Static data of a position-independent layer is reached through __memory_base alone.
void drop_data(Plan &plan) {
  uint32_t base = plan.layer.memory_base;
  if (plan.layer.fixed || (base != none && plan.live_global[base])) return;
  plan.layer.data.clear();
  plan.layer.data_bytes = 0;
}

// `from`, and everything that calls it, directly or not.
std::vector<bool> callers_of(std::vector<bool> from, const std::vector<StackUse::Call> &calls) {
  for (bool more = true; more;) {
    more = false;
    for (const StackUse::Call &call : calls) {
      if (!from[call.to] || from[call.from]) continue;
      from[call.from] = more = true;
    }
  }
  return from;
}

// The host may call back while the layer has frames on its stack. Every such call makes the stack deeper,
// and below the stack lies the application's memory. Each entry of a user's layer that may have frames on
// the stack during a downcall therefore checks that half of the stack is left. The filesystem layer needs
// no check, because it keeps no frame across a downcall (tests/frames). The tracer is called only when it
// has nothing on the stack (hooks.cc).
void guard_entries(Plan &plan, const StackUse &use) {
  const wasm::Module &layer = plan.layer.module;
  plan.guarded.assign(layer.functions.size(), false);
  if (!plan.layer.user || plan.layer.fixed || plan.layer.stack_pointer == none) return;
  std::vector<bool> leaves(layer.functions.size(), false);
  for (uint32_t f = 0; f < layer.imported_funcs; ++f)
    leaves[f] = plan.live[f] && plan.layer.intrinsic[f] == Intrinsic::downcall;
  std::vector<bool> reaches_host = callers_of(leaves, use.calls), stacks = callers_of(use.frames, use.calls);
  bool holds = false;
  for (uint32_t f = layer.imported_funcs; f < layer.functions.size(); ++f)
    holds |= plan.live[f] && use.frames[f] && reaches_host[f];
  if (!holds) return;
  auto guard = [&](uint32_t func) {
    if (func != none && stacks[func]) plan.guarded[func] = true;
  };
  for (uint32_t func : plan.served_by) guard(func);
  for (const std::string &name : plan.options.keep) guard(plan.layer.find(name));
  for (const Plan::AddedExport &e : plan.added_exports) guard(e.layer_func);
}

} // namespace

Status shake(Plan &plan) {
  const wasm::Module &layer = plan.layer.module;
  plan.live.assign(layer.functions.size(), false);
  plan.live_global.assign(layer.globals.size(), false);
  plan.live_type.assign(layer.types.size(), false);
  std::vector<uint32_t> work;
  auto root = [&](uint32_t func) {
    if (func == none || plan.live[func]) return;
    plan.live[func] = true;
    work.push_back(func);
  };
  for (uint32_t func : plan.served_by) root(func);
  for (const std::string &name : plan.options.keep) root(plan.layer.find(name));
  for (uint32_t func : {plan.f_layer_enter, plan.f_layer_exit, plan.f_layer_finish}) root(func);
  for (const Plan::AddedExport &e : plan.added_exports) root(e.layer_func);

  plan.reached = !work.empty();
  plan.uses_memory = plan.reached && (!plan.layer.user || !plan.options.image.region.empty());

  // Start functions are kept only if the layer has a function that the application can call later.
  if (plan.reached)
    for (uint32_t func : plan.layer.init) root(func);

  StackUse use{std::vector<bool>(layer.functions.size(), false), {}};
  bool tables = false;
  while (!work.empty()) {
    uint32_t func = work.back();
    work.pop_back();
    if (func >= layer.imported_funcs)
      if (Status s = reach_from(plan, func, work, use); !s) return s;
    if (!plan.live_tables || tables) continue;
    tables = true;
    for (const Layer::Elements &e : plan.layer.elements)
      for (uint32_t element : e.functions) root(element);
  }
  if (plan.live_tables && !layer.tables.empty() && !plan.app.tables.empty())
    plan.report.notes.push_back("the layer " + plan.options.layer_name +
                                " brings a table of its own: the output needs reference types");
  for (uint32_t i = 0; i < layer.imported_globals; ++i)
    if (plan.live_global[i] && i != plan.layer.memory_base && i != plan.layer.stack_pointer)
      return failure("the layer module uses a table (__table_base)");
  drop_data(plan);
  guard_entries(plan, use);
  return {};
}

} // namespace mayfly::link
