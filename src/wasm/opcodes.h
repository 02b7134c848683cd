// What immediates follow each opcode: the binary format's tables, one per prefix.
#pragma once
#include <cstdint>

namespace mayfly::wasm {

enum class Imm : uint8_t {
  unknown,
  none,
  block,
  end,
  label,
  label_table,
  call,
  call_indirect,
  type,
  type2,
  type_field,
  type_count,
  type_data,
  type_element,
  table,
  global,
  local,
  memory,
  memarg,
  i32,
  i64,
  f32,
  f64,
  tag,
  select,
  try_table,
  heap,
  ref_func,
  data,
  data_memory,
  memory2,
  element,
  element_table,
  table2,
  v128,
  lane,
  memarg_lane,
  cast,
  fence,
  delegate,
  prefix,
};

template <uint32_t N> struct OpcodeTable {
  Imm of[N] = {};

  constexpr OpcodeTable &set(uint32_t from, uint32_t to, Imm imm) {
    for (uint32_t i = from; i <= to; ++i) of[i] = imm;
    return *this;
  }
  constexpr OpcodeTable &set(uint32_t at, Imm imm) { return set(at, at, imm); }
  constexpr Imm at(uint32_t op) const { return op < N ? of[op] : Imm::unknown; }
};

inline constexpr OpcodeTable<256> opcodes_plain =
    OpcodeTable<256>()
        .set(0x00, 0x01, Imm::none) // unreachable, nop
        .set(0x02, 0x04, Imm::block)
        .set(0x05, Imm::none)      // else
        .set(0x06, Imm::block)     // try
        .set(0x07, 0x08, Imm::tag) // catch, throw
        .set(0x09, Imm::label)     // rethrow
        .set(0x0a, Imm::none)      // throw_ref
        .set(0x0b, Imm::end)
        .set(0x0c, 0x0d, Imm::label)
        .set(0x0e, Imm::label_table)
        .set(0x0f, Imm::none)
        .set(0x10, Imm::call)
        .set(0x11, Imm::call_indirect)
        .set(0x12, Imm::call)
        .set(0x13, Imm::call_indirect)
        .set(0x14, 0x15, Imm::type) // call_ref, return_call_ref
        .set(0x18, Imm::delegate)
        .set(0x19, 0x1b, Imm::none) // catch_all, drop, select
        .set(0x1c, Imm::select)
        .set(0x1f, Imm::try_table)
        .set(0x20, 0x22, Imm::local)
        .set(0x23, 0x24, Imm::global)
        .set(0x25, 0x26, Imm::table)
        .set(0x28, 0x3e, Imm::memarg)
        .set(0x3f, 0x40, Imm::memory)
        .set(0x41, Imm::i32)
        .set(0x42, Imm::i64)
        .set(0x43, Imm::f32)
        .set(0x44, Imm::f64)
        .set(0x45, 0xc4, Imm::none)
        .set(0xd0, Imm::heap) // ref.null
        .set(0xd1, Imm::none) // ref.is_null
        .set(0xd2, Imm::ref_func)
        .set(0xd3, 0xd4, Imm::none)  // ref.eq, ref.as_non_null
        .set(0xd5, 0xd6, Imm::label) // br_on_null, br_on_non_null
        .set(0xfb, 0xfe, Imm::prefix);

inline constexpr OpcodeTable<0x1f> opcodes_gc =
    OpcodeTable<0x1f>()
        .set(0x00, 0x01, Imm::type)       // struct.new, struct.new_default
        .set(0x02, 0x05, Imm::type_field) // struct.get*, struct.set
        .set(0x06, 0x07, Imm::type)       // array.new, array.new_default
        .set(0x08, Imm::type_count)       // array.new_fixed
        .set(0x09, Imm::type_data)
        .set(0x0a, Imm::type_element)
        .set(0x0b, 0x0e, Imm::type) // array.get*, array.set
        .set(0x0f, Imm::none)       // array.len
        .set(0x10, Imm::type)       // array.fill
        .set(0x11, Imm::type2)      // array.copy
        .set(0x12, Imm::type_data)
        .set(0x13, Imm::type_element)
        .set(0x14, 0x17, Imm::heap) // ref.test, ref.cast
        .set(0x18, 0x19, Imm::cast) // br_on_cast, br_on_cast_fail
        .set(0x1a, 0x1e, Imm::none);

inline constexpr OpcodeTable<0x17> opcodes_misc = OpcodeTable<0x17>()
                                                      .set(0x00, 0x07, Imm::none) // saturating conversions
                                                      .set(0x08, Imm::data_memory)
                                                      .set(0x09, Imm::data)
                                                      .set(0x0a, Imm::memory2)
                                                      .set(0x0b, Imm::memory)
                                                      .set(0x0c, Imm::element_table)
                                                      .set(0x0d, Imm::element)
                                                      .set(0x0e, Imm::table2)
                                                      .set(0x0f, 0x11, Imm::table)
                                                      .set(0x13, 0x16, Imm::none); // wide arithmetic

inline constexpr OpcodeTable<0x114> opcodes_simd = [] {
  OpcodeTable<0x114> t;
  t.set(0x00, 0x113, Imm::none);
  t.set(0x00, 0x0b, Imm::memarg);
  t.set(0x0c, 0x0d, Imm::v128); // v128.const, i8x16.shuffle
  t.set(0x15, 0x22, Imm::lane);
  t.set(0x54, 0x5b, Imm::memarg_lane);
  t.set(0x5c, 0x5d, Imm::memarg);
  for (uint32_t hole : {0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb,
                        0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2, 0xee})
    t.set(hole, Imm::unknown);
  return t;
}();

inline constexpr OpcodeTable<0x4f> opcodes_atomic =
    OpcodeTable<0x4f>().set(0x00, 0x02, Imm::memarg).set(0x03, Imm::fence).set(0x10, 0x4e, Imm::memarg);

} // namespace mayfly::wasm
