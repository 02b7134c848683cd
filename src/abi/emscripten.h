// The part of the table that describes Emscripten: the system calls of its C library (module
// "env", answered by its JavaScript), and the other functions that its JavaScript provides.
// For inspect and the tracer; nothing here is served by a packed module.
//
// Differences from WASI: paths are NUL-terminated; a result is a count or 0, or a *negative*
// errno (the numbers are WASI's); open flags are Linux's. A 64-bit parameter is two i32 (low, high)
// in modules built without WASM_BIGINT, the default before Emscripten 4.0: the import's own type
// tells. In 3.1.6 truncate64 and ftruncate64 are split even where nothing else is.
#pragma once
#include "abi/table.h"

namespace mayfly::abi::emscripten {

enum class Kind : u8 {
  // values
  fd,       // i32
  dirfd,    // i32  a descriptor, or -100: AT_FDCWD
  number,   // i32
  number64, // i64, or i32 i32
  mode,     // i32  octal
  flags,    // i32  Param::set
  choice,   // i32  Param::set
  // memory that the call reads
  path,    // i32  NUL-terminated
  text,    // i32  the same, but no path: the target of a symlink
  varargs, // i32  address of the further C arguments; may be 0
  times,   // i32  two timespecs, or 0 for now
  pollfds, // i32  records of 8 bytes; their number is the next parameter. Filled too
  address, // i32  anything else
  // memory that the call fills
  buffer,     // i32 i32  address and size
  dirents,    // i32 i32  records of 280 bytes
  out_stat,   // i32  88, 112 or 96 bytes, by Emscripten's version
  out_statfs, // i32  64, or 88 bytes since 4.0.12
  out_fds,    // i32  two i32
  out_i32,    // i32
};

// Named values; for flags the value of a bit, for choices the value itself.
enum class Set : u8 { none, open, at, access, fcntl, advice, prot, map };
struct Value {
  u32 value;
  StrView name;
};
struct Values {
  const Value *values = nullptr;
  u32 count = 0;
};
Values values_of(Set);

struct Param {
  Kind kind;
  StrView name;
  Set set = Set::none;
};

inline constexpr u32 kParamsMax = 7;

struct Function {
  StrView name;
  Group group;
  StrView meaning;
  StrView versions; // in which Emscripten it is found, where that says something; for people
  Param params[kParamsMax];
  u8 param_count;
};

extern const u32 kFunctions;
const Function *functions(); // sorted by name
// A system call by its import name in "env"; also __sys_NAME of Emscripten before 2.0.32. Null: unknown.
const Function *find(StrView name);
// The core parameters with 64-bit ones whole, or split; how many. `types` has room for 9.
u32 signature(const Function &, bool split, CoreType *types);

// Other functions of Emscripten's JavaScript: a clause for people; empty when unknown. Covers
// families (invoke_…, __cxa_…, _embind_…) by prefix.
StrView meaning_of_runtime(StrView name);

} // namespace mayfly::abi::emscripten
