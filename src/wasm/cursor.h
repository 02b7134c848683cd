// A bounds-checked reader over untrusted wasm bytes, and the LEB128 writers.
//
// A Cursor remembers its first failure. From then on it stands at the end of its range and every read gives
// zero. Callers may therefore decode several fields and look at ok() once. A loop that stops when the
// cursor is not ok() or empty always ends, because a failed cursor is also empty.
#pragma once
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wasm/error.h"

namespace mayfly::wasm {

using Bytes = std::span<const uint8_t>;

class Cursor {
public:
  // Reads file[begin, end). `section` names the place in errors and must outlive the cursor.
  Cursor(Bytes file, size_t begin, size_t end, std::string_view section)
      : file_(file.data()), p_(file.data() + begin), end_(file.data() + end), section_(section) {}

  bool ok() const { return !error_; }
  bool at_end() const { return p_ == end_; }
  size_t left() const { return static_cast<size_t>(end_ - p_); }
  const uint8_t *pos() const { return p_; }
  const uint8_t *end() const { return end_; }
  const uint8_t *file() const { return file_; }
  uint32_t offset() const { return static_cast<uint32_t>(p_ - file_); }

  // The first failure wins. `at` is where the offending bytes start.
  void fail(const uint8_t *at, std::string message) {
    if (!error_) error_ = Error{std::move(message), static_cast<uint64_t>(at - file_), std::string(section_)};
    p_ = end_;
  }
  void fail(std::string message) { fail(p_, std::move(message)); }
  Error take_error() { return error_ ? std::move(*error_) : Error{}; }

  uint8_t byte() {
    if (p_ == end_) [[unlikely]] {
      truncated();
      return 0;
    }
    return *p_++;
  }

  void skip(uint64_t n) {
    if (n > left()) [[unlikely]]
      truncated();
    else
      p_ += n;
  }

  Bytes bytes(uint64_t n) {
    const uint8_t *at = p_;
    skip(n);
    return ok() ? Bytes(at, n) : Bytes();
  }

  uint32_t u32() {
    if (p_ != end_ && *p_ < 0x80) [[likely]]
      return *p_++;
    return static_cast<uint32_t>(unsigned_leb(32));
  }
  uint64_t u64() {
    if (p_ != end_ && *p_ < 0x80) [[likely]]
      return *p_++;
    return unsigned_leb(64);
  }
  int32_t s32() { return static_cast<int32_t>(signed_number(32)); }
  int64_t s33() { return signed_number(33); }
  int64_t s64() { return signed_number(64); }

  // An unsigned number where it has one byte, as most do. A failed cursor has no byte left, so true also
  // means ok().
  bool small(uint32_t &value) {
    if (p_ == end_ || *p_ >= 0x80) return false;
    value = *p_++;
    return true;
  }

  // Reads again from `at`, which was the position once. Nothing where the cursor has failed.
  void back_to(const uint8_t *at) {
    if (ok()) p_ = at;
  }

  // A vector's length: every item takes at least `item_min` bytes, so a count that the
  // range cannot hold is an error here and never sizes an allocation.
  uint32_t count(const char *what, size_t item_min = 1) {
    const uint8_t *at = p_;
    uint32_t n = u32();
    if (ok() && n > left() / item_min) {
      fail(at, std::string("the number of ") + what + " (" + std::to_string(n) +
                   ") is more than the section can hold");
      return 0;
    }
    return n;
  }

  // A length-prefixed UTF-8 string, as a view of the file.
  std::string_view name();

private:
  void truncated() { fail("the bytes end in the middle of an entry"); }
  // Most numbers have one byte; bit 6 of it is the sign.
  int64_t signed_number(unsigned bits) {
    if (p_ != end_ && *p_ < 0x80) [[likely]]
      return static_cast<int8_t>(*p_++ << 1) >> 1;
    return signed_leb(bits);
  }
  uint64_t unsigned_leb(unsigned bits);
  int64_t signed_leb(unsigned bits);

  const uint8_t *file_;
  const uint8_t *p_;
  const uint8_t *end_;
  std::string_view section_;
  std::optional<Error> error_;
};

bool valid_utf8(std::string_view text);

// A name from an untrusted file, fit for a terminal: control characters as \xNN, cut at 120 bytes.
std::string printable(std::string_view name);

// "0x1a2b", for messages.
std::string hex(uint64_t value);

constexpr unsigned leb_size(uint64_t value) {
  unsigned n = 1;
  while (value >>= 7) ++n;
  return n;
}

// Writes the unsigned LEB128 of `value` in exactly `width` bytes (padded), or in the fewest when width is 0.
// Returns the number of bytes written. `out` has room for 10.
inline unsigned put_leb(uint8_t *out, uint64_t value, unsigned width = 0) {
  unsigned n = 0;
  do {
    uint8_t low = value & 0x7f;
    value >>= 7;
    ++n;
    out[n - 1] = value != 0 || n < width ? low | 0x80 : low;
  } while (value != 0 || n < width);
  return n;
}

inline unsigned put_sleb(uint8_t *out, int64_t value) {
  unsigned n = 0;
  for (;;) {
    uint8_t low = value & 0x7f;
    value >>= 7;
    bool last = (value == 0 && !(low & 0x40)) || (value == -1 && (low & 0x40));
    out[n++] = last ? low : low | 0x80;
    if (last) return n;
  }
}

// An append-only byte buffer with the encodings of the binary format.
class Buffer {
public:
  std::vector<uint8_t> bytes;

  size_t size() const { return bytes.size(); }
  operator Bytes() const { return bytes; }

  Buffer &u8(uint8_t b) {
    bytes.push_back(b);
    return *this;
  }
  Buffer &leb(uint64_t value) {
    uint8_t tmp[10];
    unsigned n = put_leb(tmp, value);
    return append(Bytes(tmp, n));
  }
  Buffer &sleb(int64_t value) {
    uint8_t tmp[10];
    unsigned n = put_sleb(tmp, value);
    return append(Bytes(tmp, n));
  }
  Buffer &append(Bytes more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return *this;
  }
  Buffer &append(const uint8_t *from, const uint8_t *to) {
    bytes.insert(bytes.end(), from, to);
    return *this;
  }
  Buffer &name(std::string_view text) {
    leb(text.size());
    return append(Bytes(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
  }
};

} // namespace mayfly::wasm
