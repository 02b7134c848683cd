// Operand types of the instructions that have fixed ones, alignments of memory accesses and lane counts.
//
// A signature is written "pops:push" with i i32, l i64, f f32, d f64, v v128, and a for an
// address of the memory the instruction names.
#pragma once
#include <cstdint>
#include <initializer_list>

namespace mayfly::wasm {

struct Signature {
  uint8_t pops = 0;
  bool known = false;
  uint8_t pop[3] = {}; // in push order
  uint8_t push = 0;    // value type code, 0 for none
  uint8_t align = 0;   // natural alignment of a memory access, log2
  uint8_t lanes = 0;   // number of lanes a lane index selects from
};

constexpr uint8_t address_type = 1; // stands for 'a' until the memory is known

namespace detail {

constexpr uint8_t signature_type(char c) {
  switch (c) {
  case 'i':
    return 0x7f;
  case 'l':
    return 0x7e;
  case 'f':
    return 0x7d;
  case 'd':
    return 0x7c;
  case 'v':
    return 0x7b;
  default:
    return address_type;
  }
}

constexpr Signature signature(const char *text, uint8_t align = 0, uint8_t lanes = 0) {
  Signature s;
  s.known = true;
  while (*text != ':') s.pop[s.pops++] = signature_type(*text++);
  if (text[1]) s.push = signature_type(text[1]);
  s.align = align;
  s.lanes = lanes;
  return s;
}

template <uint32_t N> struct Signatures {
  Signature of[N] = {};
  constexpr Signatures &set(uint32_t from, uint32_t to, const char *text, uint8_t align = 0,
                            uint8_t lanes = 0) {
    for (uint32_t i = from; i <= to; ++i) of[i] = signature(text, align, lanes);
    return *this;
  }
  constexpr Signatures &set(uint32_t at, const char *text, uint8_t align = 0, uint8_t lanes = 0) {
    return set(at, at, text, align, lanes);
  }
};

constexpr Signatures<256> plain_signatures() {
  Signatures<256> t;
  t.set(0x01, ":");
  t.set(0x28, "a:i", 2).set(0x29, "a:l", 3).set(0x2a, "a:f", 2).set(0x2b, "a:d", 3);
  t.set(0x2c, 0x2d, "a:i", 0).set(0x2e, 0x2f, "a:i", 1);
  t.set(0x30, 0x31, "a:l", 0).set(0x32, 0x33, "a:l", 1).set(0x34, 0x35, "a:l", 2);
  t.set(0x36, "ai:", 2).set(0x37, "al:", 3).set(0x38, "af:", 2).set(0x39, "ad:", 3);
  t.set(0x3a, "ai:", 0).set(0x3b, "ai:", 1).set(0x3c, "al:", 0).set(0x3d, "al:", 1).set(0x3e, "al:", 2);
  t.set(0x41, ":i").set(0x42, ":l").set(0x43, ":f").set(0x44, ":d");
  t.set(0x45, "i:i").set(0x46, 0x4f, "ii:i").set(0x50, "l:i").set(0x51, 0x5a, "ll:i");
  t.set(0x5b, 0x60, "ff:i").set(0x61, 0x66, "dd:i");
  t.set(0x67, 0x69, "i:i").set(0x6a, 0x78, "ii:i").set(0x79, 0x7b, "l:l").set(0x7c, 0x8a, "ll:l");
  t.set(0x8b, 0x91, "f:f").set(0x92, 0x98, "ff:f").set(0x99, 0x9f, "d:d").set(0xa0, 0xa6, "dd:d");
  t.set(0xa7, "l:i").set(0xa8, 0xa9, "f:i").set(0xaa, 0xab, "d:i");
  t.set(0xac, 0xad, "i:l").set(0xae, 0xaf, "f:l").set(0xb0, 0xb1, "d:l");
  t.set(0xb2, 0xb3, "i:f").set(0xb4, 0xb5, "l:f").set(0xb6, "d:f");
  t.set(0xb7, 0xb8, "i:d").set(0xb9, 0xba, "l:d").set(0xbb, "f:d");
  t.set(0xbc, "f:i").set(0xbd, "d:l").set(0xbe, "i:f").set(0xbf, "l:d");
  t.set(0xc0, 0xc1, "i:i").set(0xc2, 0xc4, "l:l");
  return t;
}

constexpr Signatures<0x114> simd_signatures() {
  Signatures<0x114> t;
  t.set(0x00, 0x113, "vv:v");
  t.set(0x00, "a:v", 4).set(0x01, 0x06, "a:v", 3);
  t.set(0x07, "a:v", 0).set(0x08, "a:v", 1).set(0x09, "a:v", 2).set(0x0a, "a:v", 3).set(0x0b, "av:", 4);
  t.set(0x0c, ":v");
  t.set(0x0f, 0x11, "i:v").set(0x12, "l:v").set(0x13, "f:v").set(0x14, "d:v");
  t.set(0x15, 0x16, "v:i", 0, 16)
      .set(0x17, "vi:v", 0, 16)
      .set(0x18, 0x19, "v:i", 0, 8)
      .set(0x1a, "vi:v", 0, 8);
  t.set(0x1b, "v:i", 0, 4).set(0x1c, "vi:v", 0, 4).set(0x1d, "v:l", 0, 2).set(0x1e, "vl:v", 0, 2);
  t.set(0x1f, "v:f", 0, 4).set(0x20, "vf:v", 0, 4).set(0x21, "v:d", 0, 2).set(0x22, "vd:v", 0, 2);
  t.set(0x4d, "v:v").set(0x52, "vvv:v").set(0x53, "v:i");
  for (uint8_t k = 0; k < 4; ++k) {
    t.set(0x54 + k, "av:v", k, static_cast<uint8_t>(16 >> k));
    t.set(0x58 + k, "av:", k, static_cast<uint8_t>(16 >> k));
  }
  t.set(0x5c, "a:v", 2).set(0x5d, "a:v", 3);
  for (uint32_t unary : {0x5e, 0x5f, 0x60, 0x61, 0x62, 0x67, 0x68, 0x69, 0x6a, 0x74, 0x75, 0x7a, 0x7c, 0x7d,
                         0x7e, 0x7f, 0x80, 0x81, 0x87, 0x88, 0x89, 0x8a, 0x94, 0xa0, 0xa1, 0xa7, 0xa8, 0xa9,
                         0xaa, 0xc0, 0xc1, 0xc7, 0xc8, 0xc9, 0xca, 0xe0, 0xe1, 0xe3, 0xec, 0xed, 0xef})
    t.set(unary, "v:v");
  t.set(0xf8, 0xff, "v:v").set(0x101, 0x104, "v:v");
  for (uint32_t base : {0x63, 0x83, 0xa3, 0xc3}) t.set(base, base + 1, "v:i");  // all_true, bitmask
  for (uint32_t base : {0x6b, 0x8b, 0xab, 0xcb}) t.set(base, base + 2, "vi:v"); // shifts
  t.set(0x105, 0x10c, "vvv:v").set(0x113, "vvv:v");
  return t;
}

constexpr Signatures<0x4f> atomic_signatures() {
  Signatures<0x4f> t;
  t.set(0x00, "ai:i", 2).set(0x01, "ail:i", 2).set(0x02, "all:i", 3).set(0x03, ":");
  constexpr char type[] = "iliilll"; // of each group of seven
  constexpr uint8_t align[] = {2, 3, 0, 1, 0, 1, 2};
  for (uint32_t k = 0; k < 7; ++k) {
    bool wide = type[k] == 'l';
    t.set(0x10 + k, wide ? "a:l" : "a:i", align[k]);
    t.set(0x17 + k, wide ? "al:" : "ai:", align[k]);
    for (uint32_t group = 0; group < 6; ++group)
      t.set(0x1e + group * 7 + k, wide ? "al:l" : "ai:i", align[k]);
    t.set(0x48 + k, wide ? "all:l" : "aii:i", align[k]);
  }
  return t;
}

constexpr Signatures<8> misc_signatures() {
  Signatures<8> t;
  return t.set(0, 1, "f:i").set(2, 3, "d:i").set(4, 5, "f:l").set(6, 7, "d:l");
}

} // namespace detail

inline constexpr auto signatures_plain = detail::plain_signatures();
inline constexpr auto signatures_simd = detail::simd_signatures();
inline constexpr auto signatures_atomic = detail::atomic_signatures();
inline constexpr auto signatures_misc = detail::misc_signatures();

} // namespace mayfly::wasm
