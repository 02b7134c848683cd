// A function body in the making: the instructions that the linker writes itself, by name.
#pragma once
#include <cstdint>
#include <utility>

#include "wasm/module.h"

namespace mayfly::link {

class Assembler {
public:
  // `memory`: what loads, stores and the memory instructions mean.
  explicit Assembler(uint32_t memory = 0) : memory_(memory) {}

  // The declarations come first: `count` more locals of a type.
  Assembler &no_locals() { return code_.leb(0), *this; }
  Assembler &locals(uint32_t count, wasm::ValType type) {
    declared_.leb(count).u8(type.code);
    ++groups_;
    return *this;
  }
  Assembler &end_locals() { return code_.leb(groups_).append(declared_), *this; }

  Assembler &get(uint32_t local) { return code_.u8(0x20).leb(local), *this; }
  Assembler &set(uint32_t local) { return code_.u8(0x21).leb(local), *this; }
  Assembler &tee(uint32_t local) { return code_.u8(0x22).leb(local), *this; }
  Assembler &get_global(uint32_t global) { return code_.u8(0x23).leb(global), *this; }
  Assembler &set_global(uint32_t global) { return code_.u8(0x24).leb(global), *this; }
  Assembler &constant(uint32_t value) { return code_.u8(0x41).sleb(static_cast<int32_t>(value)), *this; }
  Assembler &constant64(uint64_t value) { return code_.u8(0x42).sleb(static_cast<int64_t>(value)), *this; }

  Assembler &add() { return op(0x6a); }
  Assembler &sub() { return op(0x6b); }
  Assembler &shift_left(uint32_t bits) { return constant(bits).op(0x74); }
  Assembler &shift_right(uint32_t bits) { return constant(bits).op(0x76); }
  Assembler &is_zero() { return op(0x45); }
  Assembler &equal() { return op(0x46); }
  Assembler &not_equal() { return op(0x47); }
  Assembler &less() { return op(0x49); } // all comparisons are unsigned
  Assembler &greater() { return op(0x4b); }
  Assembler &less_or_equal() { return op(0x4d); }
  Assembler &drop() { return op(0x1a); }
  Assembler &select() { return op(0x1b); }

  Assembler &begin_if() { return op(0x04).op(0x40); }
  Assembler &begin_loop() { return op(0x03).op(0x40); }
  Assembler &branch(uint32_t depth) { return code_.u8(0x0c).leb(depth), *this; }
  Assembler &otherwise() { return op(0x05); }
  Assembler &end() { return op(0x0b); }
  Assembler &give_back() { return op(0x0f); } // return
  Assembler &trap() { return op(0x00); }
  Assembler &call(uint32_t func) { return code_.u8(0x10).leb(func), *this; }

  // A number of at most 8 bytes at the address on the stack, plus `offset`.
  Assembler &load(wasm::ValType type, uint32_t offset) { return access(0x28, type, offset); }
  Assembler &store(wasm::ValType type, uint32_t offset) { return access(0x36, type, offset); }

  Assembler &memory_size() { return code_.u8(0x3f).leb(memory_), *this; }
  Assembler &memory_grow() { return code_.u8(0x40).leb(memory_), *this; }
  Assembler &memory_copy() { return code_.u8(0xfc).u8(0x0a).leb(memory_).leb(memory_), *this; }
  Assembler &memory_fill() { return code_.u8(0xfc).u8(0x0b).leb(memory_), *this; }
  Assembler &memory_init(uint32_t segment) {
    return code_.u8(0xfc).u8(0x08).leb(segment).leb(memory_), *this;
  }

  // The larger or the smaller of two locals.
  Assembler &larger(uint32_t a, uint32_t b) { return get(a).get(b).get(a).get(b).greater().select(); }
  Assembler &smaller(uint32_t a, uint32_t b) { return get(a).get(b).get(a).get(b).less().select(); }
  Assembler &increase(uint32_t global, uint32_t local) {
    return get_global(global).get(local).add().set_global(global);
  }

  const wasm::Buffer &code() const { return code_; }
  wasm::Buffer take() { return std::move(code_); }

private:
  Assembler &op(uint8_t byte) { return code_.u8(byte), *this; }
  // The opcodes of the four number types follow each other.
  Assembler &access(uint8_t first, wasm::ValType type, uint32_t offset) {
    code_.u8(static_cast<uint8_t>(first + (wasm::i32.code - type.code)));
    if (memory_)
      code_.leb(0x40).leb(memory_);
    else
      code_.leb(0);
    return code_.leb(offset), *this;
  }

  wasm::Buffer code_, declared_;
  uint32_t memory_, groups_ = 0;
};

} // namespace mayfly::link
