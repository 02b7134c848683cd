// Lowering: what makes a layer with fixed addresses run inside the application's memory (lower.cc).
#pragma once
#include <cstdint>

#include "link/plan.h"
#include "wasm/walk.h"

namespace mayfly::link {

// Code for one function body of the layer. `locals`: parameters and declared locals of that function.
class Lowering {
public:
  Lowering(const Plan &plan, wasm::Buffer &out, uint32_t locals) : plan_(plan), out_(out), locals_(locals) {}

  bool active() const { return plan_.lowered; }

  // Whether `op` (as walk.h gives it) is a load, a store or a SIMD access with an address on the stack.
  static bool is_access(uint32_t op);

  // Code that goes in front of the access `op` with constant offset `offset`; returns the offset to encode.
  // Preconditions: active(), is_access(op), and everything before the instruction is in `out`.
  uint64_t before_access(uint32_t op, uint64_t offset);

  // The same for an operation on three i32, (destination, source or value, length): adds the base to those
  // that are addresses of the layer.
  void before_bulk(bool destination, bool source);

  // memory.size and memory.grow of the layer.
  void memory_size();
  void memory_grow();

  // A local for a moment, of no use to lowering then.
  uint32_t spare_i32() { return temp(second_i32); }

  // The local declarations with those that lowering needed. `declared` is the function's own vector.
  wasm::Buffer declarations(wasm::Bytes declared) const;

private:
  enum Temp : uint8_t { first_i32, second_i32, temp_i64, temp_f32, temp_f64, temp_v128, temps };
  uint32_t temp(Temp which);
  static Temp temp_of(uint8_t value_type);
  void set(Temp t) { out_.u8(0x21).leb(temp(t)); }
  void get(Temp t) { out_.u8(0x20).leb(temp(t)); }
  void add_base();

  const Plan &plan_;
  wasm::Buffer &out_;
  uint32_t locals_;
  uint32_t index_[temps] = {none, none, none, none, none, none};
  wasm::Buffer added_; // declarations, one local each
  uint32_t added_count_ = 0;
};

} // namespace mayfly::link
