// The one error type of the core, the front ends and the region: a POSIX error name.
// The numbers are WASI preview 1's, so that front end's map is the identity. All of them are in errno.def.
#pragma once
#include "base/types.h"

namespace mayfly {

enum class [[nodiscard]] Errno : u32 { // u32: 16 bits would be masked at every call
  ok = 0,
#define ERRNO(id, number, name, message) id = number,
#include "base/errno.def"
};

// A non-negative value of at most 63 bits, or an Errno. One i64 on purpose: the wasm32
// calling convention passes a one-scalar struct in a register, while a pair would go
// through the shadow stack on every call.
//
// RawError is one on its way up: it becomes the caller's Errno or Result without being taken apart and put together.
struct RawError {
  i64 raw;
  constexpr operator Errno() const { return static_cast<Errno>(-raw); }
};
template <class T> struct [[nodiscard]] Result {
  i64 raw;

  constexpr Result(RawError e) : raw(e.raw) {}

  constexpr Result(T value) : raw(static_cast<i64>(value)) {}
  constexpr Result(Errno e) : raw(-static_cast<i64>(static_cast<u32>(e))) {}

  constexpr bool ok() const { return raw >= 0; }
  // Errno::ok when a value is held.
  constexpr Errno error() const { return raw >= 0 ? Errno::ok : static_cast<Errno>(-raw); }
  // Only when ok().
  constexpr T value() const { return static_cast<T>(raw); }
};

} // namespace mayfly

// `MAYFLY_TRY(name, expr)`: declares `name` with the value of the Result `expr`, or returns its Errno.
// `MAYFLY_CHECK(expr)`: returns the Errno `expr` unless it is Errno::ok.
#define MAYFLY_TRY(name, expr)                                                                     \
  auto name##_result = (expr);                                                                     \
  if (MAYFLY_UNLIKELY(!name##_result.ok())) return ::mayfly::RawError{name##_result.raw};          \
  auto name = name##_result.value()
#define MAYFLY_CHECK(expr)                                                                         \
  do {                                                                                             \
    ::mayfly::Errno mayfly_check_e = (expr);                                                       \
    if (MAYFLY_UNLIKELY(mayfly_check_e != ::mayfly::Errno::ok)) return mayfly_check_e;             \
  } while (0)
