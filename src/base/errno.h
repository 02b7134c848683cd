// The one error type of the core, the front ends and the region: a POSIX error name.
// The numbers are WASI preview 1's (witx typename $errno), so that front end's map is
// the identity; every other ABI has a table of its own (src/abi/*/errno_map.h).
// The names are the POSIX names in lower case without the E, because the upper-case
// ones are macros in <errno.h>.
#pragma once
#include "base/types.h"

namespace mayfly {

enum class [[nodiscard]] Errno : u32 { // u32: 16 bits would be masked at every call
  ok = 0, toobig = 1, acces = 2, addrinuse = 3, addrnotavail = 4, afnosupport = 5,
  again = 6, already = 7, badf = 8, badmsg = 9, busy = 10, canceled = 11, child = 12,
  connaborted = 13, connrefused = 14, connreset = 15, deadlk = 16, destaddrreq = 17,
  dom = 18, dquot = 19, exist = 20, fault = 21, fbig = 22, hostunreach = 23, idrm = 24,
  ilseq = 25, inprogress = 26, intr = 27, inval = 28, io = 29, isconn = 30, isdir = 31,
  loop = 32, mfile = 33, mlink = 34, msgsize = 35, multihop = 36, nametoolong = 37,
  netdown = 38, netreset = 39, netunreach = 40, nfile = 41, nobufs = 42, nodev = 43,
  noent = 44, noexec = 45, nolck = 46, nolink = 47, nomem = 48, nomsg = 49,
  noprotoopt = 50, nospc = 51, nosys = 52, notconn = 53, notdir = 54, notempty = 55,
  notrecoverable = 56, notsock = 57, notsup = 58, notty = 59, nxio = 60, overflow = 61,
  ownerdead = 62, perm = 63, pipe = 64, proto = 65, protonosupport = 66, prototype = 67,
  range = 68, rofs = 69, spipe = 70, srch = 71, stale = 72, timedout = 73, txtbsy = 74,
  xdev = 75, notcapable = 76,
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
