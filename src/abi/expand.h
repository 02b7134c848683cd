// Parameter lists of C++ from the rows of wasi.def and emscripten.def. A parameter there is (kind, name) or
// (kind, name, what it refers to).
//
//   MAYFLY_PARAMETERS((fd, fd), (number64, offset))      u32 fd, u64 offset
//   MAYFLY_AND_PARAMETERS(…)                             the same after a comma, if there are any
//   MAYFLY_ARGUMENTS((fd, fd), (number64, offset))       fd, offset
//   MAYFLY_AND_ARGUMENTS(…)                              the same after a comma, if there are any
//   MAYFLY_ROWS((fd, fd), (choice, id, Set::clockid))    {Kind::fd, "fd"}, {Kind::choice, "id", Set::clockid}
#pragma once
#include "abi/table.h"

namespace mayfly::abi {

// The C++ type of a parameter of that kind.
template <Kind kKind> consteval auto core_value() {
  if constexpr (kKind == Kind::integer64)
    return i64{};
  else if constexpr (core_type(kKind) == CoreType::i64)
    return u64{};
  else
    return u32{};
}
template <Kind kKind> using Core = decltype(core_value<kKind>());

} // namespace mayfly::abi

#define MAYFLY_PARAMETER(kind, name, ...) ::mayfly::abi::Core<::mayfly::abi::Kind::kind> name
#define MAYFLY_ARGUMENT(kind, name, ...) name
#define MAYFLY_ROW(kind, name, ...)                                                                          \
  ::mayfly::abi::Param(::mayfly::abi::Kind::kind, #name __VA_OPT__(, __VA_ARGS__))

#define MAYFLY_PARAMETERS(...) MAYFLY_EACH(MAYFLY_PARAMETER, __VA_ARGS__)
#define MAYFLY_AND_PARAMETERS(...) __VA_OPT__(, ) MAYFLY_EACH(MAYFLY_PARAMETER, __VA_ARGS__)
#define MAYFLY_ARGUMENTS(...) MAYFLY_EACH(MAYFLY_ARGUMENT, __VA_ARGS__)
#define MAYFLY_AND_ARGUMENTS(...) __VA_OPT__(, ) MAYFLY_EACH(MAYFLY_ARGUMENT, __VA_ARGS__)
#define MAYFLY_ROWS(...) MAYFLY_EACH(MAYFLY_ROW, __VA_ARGS__)

// MAYFLY_EACH(M, (a, b), (c, d)) is M(a, b), M(c, d): for at most 9 elements.
#define MAYFLY_EACH(M, ...) __VA_OPT__(MAYFLY_EACH_9(M, __VA_ARGS__))
#define MAYFLY_EACH_9(M, p, ...) M p __VA_OPT__(, MAYFLY_EACH_8(M, __VA_ARGS__))
#define MAYFLY_EACH_8(M, p, ...) M p __VA_OPT__(, MAYFLY_EACH_7(M, __VA_ARGS__))
#define MAYFLY_EACH_7(M, p, ...) M p __VA_OPT__(, MAYFLY_EACH_6(M, __VA_ARGS__))
#define MAYFLY_EACH_6(M, p, ...) M p __VA_OPT__(, MAYFLY_EACH_5(M, __VA_ARGS__))
#define MAYFLY_EACH_5(M, p, ...) M p __VA_OPT__(, MAYFLY_EACH_4(M, __VA_ARGS__))
#define MAYFLY_EACH_4(M, p, ...) M p __VA_OPT__(, MAYFLY_EACH_3(M, __VA_ARGS__))
#define MAYFLY_EACH_3(M, p, ...) M p __VA_OPT__(, MAYFLY_EACH_2(M, __VA_ARGS__))
#define MAYFLY_EACH_2(M, p, ...) M p __VA_OPT__(, MAYFLY_EACH_1(M, __VA_ARGS__))
#define MAYFLY_EACH_1(M, p) M p
