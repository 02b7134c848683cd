// Hooks: the tracer's wrappers around functions of the application.
//
// Every reference of the application to a hooked function (a call, an entry of a table, an
// export) is a reference to its wrapper instead:
//
//     frame = 8-byte slots on the layer's stack: parameters, the result, four for the layer, all else zero
//     if (enter(call, frame) == 0) frame.result = the function(parameters)
//     exit(call, frame)
//     return frame.result
//
// The function may make the region move (it may grow the application's memory), and the frame with it. So
// the wrapper keeps the frame's distance from the layer area, never its address.
//
// Values that are not numbers of at most 8 bytes (v128, references) do not fit a slot: they
// are passed on from their locals, and the layer sees a zero. Of several results the layer sees none, and a
// call that returns such a value cannot be kept from happening: enter's answer is then not asked.
#include "link/plan.h"

namespace mayfly::link {

using wasm::Buffer;
using wasm::ValType;

namespace {

constexpr uint32_t layer_slots = 4;

uint32_t slot_bytes(ValType t) { return t == wasm::i64 || t == wasm::f64 ? 8 : 4; }

bool fits_slot(ValType t) { return t == wasm::i32 || t == wasm::i64 || t == wasm::f32 || t == wasm::f64; }

uint8_t store_of(ValType t) {
  return t == wasm::i32 ? 0x36 : t == wasm::i64 ? 0x37 : t == wasm::f32 ? 0x38 : 0x39;
}
uint8_t load_of(ValType t) {
  return t == wasm::i32 ? 0x28 : t == wasm::i64 ? 0x29 : t == wasm::f32 ? 0x2a : 0x2b;
}

class Wrapper {
public:
  Wrapper(const Plan &plan, uint32_t hook)
      : p_(plan), hook_(hook), func_(plan.options.hooks[hook]),
        type_(plan.app.types[plan.app.functions[func_]]), params_(plan.app.params(type_)),
        results_(plan.app.results(type_)),
        frame_bytes_((8 * (static_cast<uint32_t>(params_.size()) + 1 + layer_slots) + 15) & ~15u),
        frame_(static_cast<uint32_t>(params_.size())) {}

  Buffer body() {
    // Locals: the frame's distance, and the result.
    b_.leb(single() ? 2 : 1).leb(1).u8(0x7f);
    if (single()) b_.leb(1).u8(results_[0].code);
    b_.u8(0x23).leb(p_.g_stack_pointer);
    constant(frame_bytes_).u8(0x6b).u8(0x22).leb(frame_).u8(0x24).leb(p_.g_stack_pointer);
    b_.u8(0x20).leb(frame_);
    area().u8(0x6b).u8(0x21).leb(frame_);
    for (uint32_t i = 0; i < params_.size(); ++i) store_param(i);
    for (uint32_t k = 0; k <= layer_slots; ++k) zero(result_slot() + k);
    call_layer(p_.f_layer_enter);
    if (single() || results_.empty())
      replaceable();
    else
      observed();
    return std::move(b_.u8(0x0b));
  }

private:
  bool single() const { return results_.size() == 1 && fits_slot(results_[0]); }
  uint32_t result_slot() const { return static_cast<uint32_t>(params_.size()); }
  Buffer &constant(uint32_t value) { return b_.u8(0x41).sleb(static_cast<int32_t>(value)); }

  Buffer &area() {
    if (p_.base_in_global()) return b_.u8(0x23).leb(p_.g_memory_base);
    return constant(p_.base);
  }
  Buffer &frame() {
    b_.u8(0x20).leb(frame_);
    return area().u8(0x6a);
  }
  void access(uint8_t op, uint32_t slot) {
    b_.u8(op);
    if (p_.layer_memory)
      b_.leb(0x40).leb(p_.layer_memory);
    else
      b_.leb(0);
    b_.leb(8 * slot);
  }

  void store_param(uint32_t i) {
    if (!fits_slot(params_[i])) return zero(i);
    if (slot_bytes(params_[i]) == 4) zero(i);
    frame().u8(0x20).leb(i);
    access(store_of(params_[i]), i);
  }
  void zero(uint32_t slot) {
    frame().u8(0x42).u8(0);
    access(0x37, slot);
  }

  void call_layer(uint32_t layer_func) {
    constant(hook_);
    frame().u8(0x10).leb(p_.layer_func[layer_func]);
  }
  void call_function() {
    for (uint32_t i = 0; i < params_.size(); ++i) b_.u8(0x20).leb(i);
    b_.u8(0x10).leb(p_.unhooked(func_));
  }
  void leave() {
    call_layer(p_.f_layer_exit);
    frame();
    constant(frame_bytes_).u8(0x6a).u8(0x24).leb(p_.g_stack_pointer);
  }

  void replaceable() {
    b_.u8(0x45).u8(0x04).u8(0x40); // when enter has not answered itself
    call_function();
    if (single()) {
      b_.u8(0x21).leb(frame_ + 1);
      frame().u8(0x20).leb(frame_ + 1);
      access(store_of(results_[0]), result_slot());
    }
    b_.u8(0x0b);
    leave();
    if (!single()) return;
    // Above the stack pointer no more, but nothing has run since.
    frame();
    access(load_of(results_[0]), result_slot());
  }

  void observed() {
    b_.u8(0x1a);
    call_function();
    leave();
  }

  const Plan &p_;
  uint32_t hook_, func_;
  const wasm::Type &type_;
  std::span<const ValType> params_, results_;
  uint32_t frame_bytes_, frame_;
  Buffer b_;
};

// Calls the application's `func`, then the tracer's last word.
Buffer finish(const Plan &p, uint32_t func) {
  Buffer b;
  b.leb(0).u8(0x10).leb(p.mapped(func));
  return std::move(b.u8(0x10).leb(p.layer_func[p.f_layer_finish]).u8(0x0b));
}

Status find_layer_function(const Plan &p, const char *name, std::string_view signature, uint32_t &func) {
  func = p.layer.find(name);
  if (func == none) return failure(std::string("the layer has no export \"") + name + "\"");
  uint32_t type = p.layer.module.functions[func];
  if (wasm::signature_text(p.layer.module, type) != signature)
    return failure(std::string("the layer exports \"") + name + "\" with the signature " +
                   wasm::signature_text(p.layer.module, type));
  return {};
}

} // namespace

Status prepare_hooks(Plan &plan) {
  const Options &o = plan.options;
  plan.may_shift = o.open_downcalls || !o.may_import.empty();
  if (!o.finish_after.empty())
    for (const wasm::Export &e : plan.app.exports) {
      if (e.kind != wasm::Kind::func || e.name != o.finish_after) continue;
      const wasm::Type &t = plan.app.types[plan.app.functions[e.index]];
      if (t.params == 0 && t.results == 0) plan.finish_of = e.index;
    }
  if (o.hooks.empty() && plan.finish_of == none) return {};
  if (Status s = find_layer_function(plan, "mayfly.trace.finish", "()", plan.f_layer_finish); !s) return s;
  if (Status s = find_layer_function(plan, "mayfly.trace.enter", "(i32 i32) -> i32", plan.f_layer_enter); !s)
    return s;
  if (Status s = find_layer_function(plan, "mayfly.trace.exit", "(i32 i32)", plan.f_layer_exit); !s) return s;
  plan.hook_of.assign(plan.app.functions.size(), none);
  for (uint32_t h = 0; h < o.hooks.size(); ++h) {
    if (o.hooks[h] >= plan.app.functions.size() || plan.hook_of[o.hooks[h]] != none)
      return failure("internal: hook " + std::to_string(h) + " is of no function, or of one with a hook");
    plan.hook_of[o.hooks[h]] = h;
  }
  return {};
}

void number_hooks(Plan &plan) {
  for (uint32_t func : plan.options.hooks) {
    plan.functions.push_back({plan.app.functions[func], none, "mayfly:traced", {}});
    plan.hook_func.push_back(plan.new_func_index(static_cast<uint32_t>(plan.functions.size() - 1)));
  }
  if (plan.finish_of == none) return;
  plan.functions.push_back({plan.app.functions[plan.finish_of], none, "mayfly:finish", {}});
  plan.f_finish = plan.new_func_index(static_cast<uint32_t>(plan.functions.size() - 1));
}

void synthesize_hooks(Plan &plan) {
  for (uint32_t h = 0; h < plan.hook_func.size(); ++h)
    plan.body_of(plan.hook_func[h]) = Wrapper(plan, h).body();
  if (plan.f_finish != none) plan.body_of(plan.f_finish) = finish(plan, plan.finish_of);
}

} // namespace mayfly::link
