// The tables and element segments of a layer, in the output.
//
// A layer's tables are appended to the application's, so its call_indirect names another table and the
// two cannot see each other's functions. They are carried whole or not at all: when some live function of the
// layer touches a table or takes a reference to a function, every function in its element segments is live.
#include "link/plan.h"

namespace mayfly::link {

using wasm::Buffer;

namespace {

void put_limits(Buffer &b, const wasm::Limits &limits) {
  b.u8(limits.max ? 1 : 0).leb(limits.min);
  if (limits.max) b.leb(*limits.max);
}

// The plain form of a list of functions where there is no null, else one expression an element.
Buffer encode(const Plan &plan, const Layer::Elements &e) {
  bool expressions = e.type != 0x70;
  for (uint32_t func : e.functions) expressions |= func == none;
  Buffer b;
  b.leb((e.active ? 2u : e.declared ? 3u : 1u) | (expressions ? 4u : 0u));
  if (e.active) b.leb(plan.layer_table(e.table)).u8(0x41).sleb(static_cast<int32_t>(e.offset)).u8(0x0b);
  b.u8(expressions ? e.type : 0).leb(e.functions.size());
  for (uint32_t func : e.functions) {
    if (!expressions)
      b.leb(plan.layer_func[func]);
    else if (func == none)
      b.u8(0xd0).u8(e.type).u8(0x0b);
    else
      b.u8(0xd2).leb(plan.layer_func[func]).u8(0x0b);
  }
  return b;
}

} // namespace

Entries layer_tables(const Plan &plan) {
  Entries all;
  if (!plan.live_tables) return all;
  for (const wasm::Table &t : plan.layer.module.tables) {
    all.bytes.u8(t.element.code);
    put_limits(all.bytes, t.limits);
    ++all.count;
  }
  return all;
}

// A layer may declare what it takes references to by an export, which is not carried over.
Entries layer_elements(const Plan &plan) {
  Entries all;
  if (!plan.live_tables) return all;
  std::vector<Layer::Elements> list = plan.layer.elements;
  if (!plan.referenced.empty())
    list.push_back({.declared = true, .functions = {plan.referenced.begin(), plan.referenced.end()}});
  for (const Layer::Elements &e : list) all.bytes.append(encode(plan, e));
  all.count = static_cast<uint32_t>(list.size());
  return all;
}

} // namespace mayfly::link
