// Vocabulary of fixed-width types. Freestanding: included by code that is compiled
// natively and to wasm32 without a C library, so nothing here may need one.
// Why not <cstdint>, <span>, <expected>: docs/rationale.md, "Own vocabulary types".
#pragma once

namespace mayfly {

using u8 = __UINT8_TYPE__;
using u16 = __UINT16_TYPE__;
using u32 = __UINT32_TYPE__;
using u64 = __UINT64_TYPE__;
using i8 = __INT8_TYPE__;
using i16 = __INT16_TYPE__;
using i32 = __INT32_TYPE__;
using i64 = __INT64_TYPE__;
using usize = __SIZE_TYPE__;

#define MAYFLY_INLINE inline __attribute__((always_inline))
#define MAYFLY_NOINLINE __attribute__((noinline))
// Rare: out of line and, where the compiler can, for size. A pack carries this code in every module.
#ifdef __clang__
#define MAYFLY_COLD __attribute__((noinline, minsize))
#else
#define MAYFLY_COLD __attribute__((noinline))
#endif
#define MAYFLY_LIKELY(x) __builtin_expect(!!(x), 1)
#define MAYFLY_UNLIKELY(x) __builtin_expect(!!(x), 0)

// A byte string that somebody else owns. Not NUL-terminated; may contain any byte.
struct StrView {
  const char *ptr = nullptr;
  u32 len = 0;

  constexpr StrView() = default;
  constexpr StrView(const char *p, u32 n) : ptr(p), len(n) {}
  template <usize N>
  constexpr StrView(const char (&literal)[N]) : ptr(literal), len(static_cast<u32>(N - 1)) {}
};

} // namespace mayfly
