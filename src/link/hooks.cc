// Hooks: the tracer's wrappers around functions of the application.
//
// Every reference of the application to a hooked function (a call, an entry of a table, an
// export) is a reference to its wrapper instead:
//
//     if the tracer is inside one of its own calls of the host: return the function(parameters)
//     frame: parameters, a result of zero, four zeros for the layer
//     answered = enter(call, frame)
//     if (!answered) result = the function(parameters)
//     frame: parameters, result, what enter left in the four
//     exit(call, frame)
//     return result
//
// A frame consists of 8-byte slots on the layer's stack. It exists only while enter or exit runs; while the
// function runs, the contents wait in locals. A function that throws, never returns or calls itself through
// the host therefore leaves nothing on that stack, and the region may move while the function runs.
//
// Only enter and exit use the stack, and they call the host only inside a bracket (host_enter). While
// host_depth is zero, the layer therefore has nothing on its stack, and the frame goes to the top of it.
//
// When host_depth is not zero, one of two things has happened. Either the host, to which the tracer is
// writing, has called back; then its calls are not traced. Or the host has thrown, and nothing will ever
// lower the depth again. The wrapper cannot tell the two apart. After `skipped_max` calls without a trace
// it assumes that the host has thrown, and sets the depth to zero. If the tracer's call returns after all,
// host_leave finds that its bracket is gone. It then traps, because other calls have used the stack in the
// meantime.
//
// Values other than numbers of at most 8 bytes (v128, references) do not fit into a slot. They are passed
// on from their locals, and the layer sees a zero. Of several results the layer sees none. A call that
// returns such values is always made, so the result of enter is then ignored.
#include "link/assembler.h"
#include "link/plan.h"

namespace mayfly::link {

using wasm::Buffer;
using wasm::ValType;

namespace {

constexpr uint32_t layer_slots = 4;
constexpr uint32_t skipped_max = 100;

bool fits_slot(ValType t) { return t == wasm::i32 || t == wasm::i64 || t == wasm::f32 || t == wasm::f64; }

class Wrapper {
public:
  Wrapper(const Plan &plan, uint32_t hook)
      : p_(plan), hook_(hook), func_(plan.options.hooks[hook]),
        type_(plan.app.types[plan.app.functions[func_]]), params_(plan.app.params(type_)),
        results_(plan.app.results(type_)), count_(static_cast<uint32_t>(params_.size())),
        frame_bytes_((8 * (count_ + 1 + layer_slots) + 15) & ~15u), a_(plan.layer_memory) {}

  Buffer body() {
    a_.locals(layer_slots, wasm::i64).locals(1, wasm::i32);
    if (single()) a_.locals(1, results_[0]);
    a_.end_locals();
    skip_inside_the_host();
    push();
    store_params();
    zero(count_);
    for (uint32_t k = 0; k < layer_slots; ++k) zero(layer_slot(k));
    call_layer(p_.f_layer_enter);
    if (!single() && !results_.empty()) {
      a_.drop();
      keep_layer_slots();
      pop();
      call_function(); // several results, or one that no local of ours keeps, stay on the operand stack
    } else {
      a_.is_zero().begin_if();
      keep_layer_slots();
      pop();
      call_function();
      if (single()) a_.set(result());
      a_.otherwise();
      if (single()) a_.get(frame()).load(results_[0], 8 * count_).set(result());
      keep_layer_slots();
      pop();
      a_.end();
    }
    // It was zero when this call began, so what was raised since is over.
    a_.constant(0).set_global(p_.g_host_depth);
    push();
    store_params();
    zero(count_);
    if (single()) a_.get(frame()).get(result()).store(results_[0], 8 * count_);
    for (uint32_t k = 0; k < layer_slots; ++k)
      a_.get(frame()).get(kept(k)).store(wasm::i64, 8 * layer_slot(k));
    call_layer(p_.f_layer_exit);
    if (single()) a_.get(frame()).load(results_[0], 8 * count_); // as exit left it
    pop();
    return a_.end().take();
  }

private:
  bool single() const { return results_.size() == 1 && fits_slot(results_[0]); }
  uint32_t layer_slot(uint32_t k) const { return count_ + 1 + k; }
  // Locals, after the parameters.
  uint32_t kept(uint32_t k) const { return count_ + k; }
  uint32_t frame() const { return count_ + layer_slots; }
  uint32_t result() const { return frame() + 1; }

  void skip_inside_the_host() {
    a_.get_global(p_.g_host_depth).begin_if();
    a_.get_global(p_.g_skipped).constant(1).add().set_global(p_.g_skipped);
    a_.get_global(p_.g_skipped).constant(skipped_max).less_or_equal().begin_if();
    call_function();
    a_.give_back().end();
    a_.constant(0).set_global(p_.g_host_depth).end();
    a_.constant(0).set_global(p_.g_skipped);
  }

  // The frame at the top of the stack, where nothing else is.
  void push() {
    if (p_.base_in_global())
      a_.get_global(p_.g_memory_base).constant(p_.area_bytes - frame_bytes_).add();
    else
      a_.constant(p_.base + p_.area_bytes - frame_bytes_);
    a_.tee(frame()).set_global(p_.g_stack_pointer);
  }
  void pop() { a_.get(frame()).constant(frame_bytes_).add().set_global(p_.g_stack_pointer); }

  void store_params() {
    for (uint32_t i = 0; i < count_; ++i) {
      bool whole = params_[i] == wasm::i64 || params_[i] == wasm::f64;
      if (!whole) zero(i);
      if (fits_slot(params_[i])) a_.get(frame()).get(i).store(params_[i], 8 * i);
    }
  }
  void zero(uint32_t slot) { a_.get(frame()).constant64(0).store(wasm::i64, 8 * slot); }
  void keep_layer_slots() {
    for (uint32_t k = 0; k < layer_slots; ++k)
      a_.get(frame()).load(wasm::i64, 8 * layer_slot(k)).set(kept(k));
  }

  void call_layer(uint32_t layer_func) { a_.constant(hook_).get(frame()).call(p_.layer_func[layer_func]); }
  void call_function() {
    for (uint32_t i = 0; i < count_; ++i) a_.get(i);
    a_.call(p_.unhooked(func_));
  }

  const Plan &p_;
  uint32_t hook_, func_;
  const wasm::Type &type_;
  std::span<const ValType> params_, results_;
  uint32_t count_, frame_bytes_;
  Assembler a_;
};

// Calls the application's `func`, then the tracer's last word.
Buffer finish(const Plan &p, uint32_t func) {
  return Assembler().no_locals().call(p.mapped(func)).call(p.layer_func[p.f_layer_finish]).end().take();
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
