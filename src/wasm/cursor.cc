// The slow paths of Cursor, and text helpers for error messages.
#include "wasm/cursor.h"

namespace mayfly::wasm {

uint64_t Cursor::unsigned_leb(unsigned bits) {
  const uint8_t *start = p_;
  uint64_t value = 0;
  for (unsigned shift = 0; shift < bits; shift += 7) {
    uint8_t b = byte();
    if (!ok()) return 0;
    value |= static_cast<uint64_t>(b & 0x7f) << shift;
    if (b & 0x80) continue;
    // The last allowed byte holds fewer than seven payload bits; the rest must be clear.
    if (bits - shift < 7 && (b >> (bits - shift)) != 0) break;
    return value;
  }
  fail(start, "a LEB128 number does not fit in " + std::to_string(bits) + " bits");
  return 0;
}

int64_t Cursor::signed_leb(unsigned bits) {
  const uint8_t *start = p_;
  uint64_t value = 0;
  for (unsigned shift = 0; shift < bits; shift += 7) {
    uint8_t b = byte();
    if (!ok()) return 0;
    value |= static_cast<uint64_t>(b & 0x7f) << shift;
    if (b & 0x80) continue;
    unsigned payload = bits - shift;
    if (payload < 7) {
      // All bits from the sign bit up must agree.
      uint8_t high = (b & 0x7f) >> (payload - 1);
      if (high != 0 && high != (0x7f >> (payload - 1))) break;
    }
    unsigned used = shift + 7;
    if (used < 64 && (b & 0x40)) value |= ~uint64_t{0} << used;
    return static_cast<int64_t>(value);
  }
  fail(start, "a LEB128 number does not fit in " + std::to_string(bits) + " bits");
  return 0;
}

std::string_view Cursor::name() {
  const uint8_t *at = p_;
  uint32_t n = u32();
  Bytes raw = bytes(n);
  std::string_view text(reinterpret_cast<const char *>(raw.data()), raw.size());
  if (ok() && !valid_utf8(text)) {
    fail(at, "a name is not valid UTF-8");
    return {};
  }
  return text;
}

// The table of well-formed byte sequences of the Unicode Standard (3-7): no surrogates, no
// overlong forms, nothing above U+10FFFF.
bool valid_utf8(std::string_view text) {
  size_t i = 0, n = text.size();
  auto at = [&](size_t k) { return static_cast<uint8_t>(text[k]); };
  while (i < n) {
    uint8_t b = at(i);
    if (b < 0x80) {
      ++i;
      continue;
    }
    unsigned extra = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
    if (b < 0xc2 || b > 0xf4 || n - i <= extra) return false;
    uint8_t low = 0x80, high = 0xbf;
    if (b == 0xe0) low = 0xa0;
    if (b == 0xed) high = 0x9f;
    if (b == 0xf0) low = 0x90;
    if (b == 0xf4) high = 0x8f;
    if (at(i + 1) < low || at(i + 1) > high) return false;
    for (unsigned k = 2; k <= extra; ++k)
      if ((at(i + k) & 0xc0) != 0x80) return false;
    i += extra + 1;
  }
  return true;
}

std::string hex(uint64_t value) {
  static const char digits[] = "0123456789abcdef";
  std::string out;
  do out.insert(out.begin(), digits[value & 15]);
  while (value >>= 4);
  return "0x" + out;
}

std::string printable(std::string_view name) {
  static const char digits[] = "0123456789abcdef";
  constexpr size_t longest = 120;
  std::string out;
  for (char ch : name.substr(0, longest)) {
    uint8_t b = static_cast<uint8_t>(ch);
    if (b < 0x20 || b == 0x7f) {
      out += "\\x";
      out += digits[b >> 4];
      out += digits[b & 15];
    } else {
      out += ch;
    }
  }
  if (name.size() > longest) out += "...";
  return out;
}

} // namespace mayfly::wasm
