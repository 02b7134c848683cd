// Lowering: a layer that is not position-independent, inside the application's memory.
//
// Any toolchain's module can be a layer. It has fixed addresses, from 0 of a memory of its own. In isolated
// placement it gets that memory. In shared placement its memory becomes the layer area, somewhere above the
// application, and every access has the base added:
//
//     i32.load offset=8                       base a constant B:   i32.load offset=8+B
//                                             base in a global:    global.get $base  i32.add  i32.load
//                                             offset=8
//
//     i64.store offset=8                      base in a global:    local.set $value
//                                                                  global.get $base  i32.add
//                                                                  local.get $value  i64.store offset=8
//
// A constant base costs nothing, because the offset takes it. Otherwise the value above the address waits in
// a local: one per value type and function, two for the bulk operations. The base is read anew at every
// access, so the region may move between any two of them; nothing the layer holds is an absolute address.
//
// Kept: the order of evaluation, alignment hints, and traps of accesses beyond the whole memory. Not kept:
// an address outside of the layer's own memory no longer traps if it falls into the application's or
// another layer's. With the base in a global the sum may even wrap around. A layer is trusted code. For a
// layer that is not trusted, isolated placement is the right one: nothing is lowered there, and the engine
// checks every access.
//
// Rejected: a check before every access (a third of the speed of code that is all loads), and lowering
// isolated layers as well, to the base 0.
#include "link/lower.h"

#include "wasm/signatures.h"

namespace mayfly::link {

namespace {

constexpr uint32_t simd = 0xfd;

const wasm::Signature *signature_of(uint32_t op) {
  if (op >= 0x28 && op <= 0x3e) return &wasm::signatures_plain.of[op];
  if (op >> 16 != simd) return nullptr;
  uint32_t sub = op & 0xffff;
  bool access = sub <= 0x0b || (sub >= 0x54 && sub <= 0x5d);
  return access ? &wasm::signatures_simd.of[sub] : nullptr;
}

} // namespace

bool Lowering::is_access(uint32_t op) { return signature_of(op) != nullptr; }

Lowering::Temp Lowering::temp_of(uint8_t value_type) {
  switch (value_type) {
  case 0x7f:
    return first_i32;
  case 0x7e:
    return temp_i64;
  case 0x7d:
    return temp_f32;
  case 0x7c:
    return temp_f64;
  default:
    return temp_v128;
  }
}

uint32_t Lowering::temp(Temp which) {
  constexpr uint8_t type[temps] = {0x7f, 0x7f, 0x7e, 0x7d, 0x7c, 0x7b};
  if (index_[which] == none) {
    index_[which] = locals_ + added_count_++;
    added_.leb(1).u8(type[which]);
  }
  return index_[which];
}

void Lowering::add_base() {
  if (plan_.base_in_global())
    out_.u8(0x23).leb(plan_.g_memory_base);
  else
    out_.u8(0x41).sleb(static_cast<int32_t>(plan_.base));
  out_.u8(0x6a);
}

uint64_t Lowering::before_access(uint32_t op, uint64_t offset) {
  if (!plan_.base_in_global()) {
    // No memory is that large, so the original access traps, too.
    if (offset + plan_.base > 0xffffffffu) {
      out_.u8(0x00);
      return offset;
    }
    return offset + plan_.base;
  }
  const wasm::Signature &s = *signature_of(op);
  bool value_above = s.pops == 2;
  Temp value = value_above ? temp_of(s.pop[1]) : temps;
  if (value_above) set(value);
  add_base();
  if (value_above) get(value);
  return offset;
}

void Lowering::before_bulk(bool destination, bool source) {
  set(first_i32); // the length
  if (source) add_base();
  if (destination) {
    set(second_i32);
    add_base();
    get(second_i32);
  }
  get(first_i32);
}

void Lowering::memory_size() {
  if (plan_.g_layer_pages != none)
    out_.u8(0x23).leb(plan_.g_layer_pages);
  else
    out_.u8(0x41).sleb(plan_.layer.pages);
}

void Lowering::memory_grow() {
  if (plan_.f_layer_grow != none)
    out_.u8(0x10).leb(plan_.f_layer_grow);
  else
    out_.u8(0x1a).u8(0x41).sleb(-1);
}

wasm::Buffer Lowering::declarations(wasm::Bytes declared) const {
  wasm::Buffer result;
  wasm::Cursor c(declared, 0, static_cast<uint32_t>(declared.size()), "code");
  uint32_t groups = c.u32();
  result.leb(uint64_t{groups} + added_count_);
  return std::move(result.append(declared.subspan(c.offset())).append(added_));
}

} // namespace mayfly::link
