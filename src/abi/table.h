// The description of the ABIs that Mayfly knows: every function with its parameters, what each of them means,
// and what a call does. It is said here and nowhere else. From it come
//   - the declarations of the front end, its downcalls and the layer's exports (abi/expand.h),
//   - what a pack may send on to the host, and --stub and --deny (src/pack),
//   - what inspect and strace print, and docs/abi.md.
//
// wasi.def and emscripten.def have the functions, values.def the named values, structures.h the structures.
// Constant data and constexpr look-ups, freestanding: a wasm layer may compute from it at compile time (it
// holds pointers, so a layer cannot carry it as data).
#pragma once
#include "abi/structures.h"
#include "abi/values.h"
#include "base/errno.h"
#include "base/types.h"

namespace mayfly::abi {

// An import module whose functions are described.
enum class Module : u8 { wasi_snapshot_preview1, wasi_unstable, env };
inline constexpr u32 kModules = 3;
StrView module_name(Module);
constexpr bool is_wasi(Module m) { return m != Module::env; }
// How a WASI module lays structures out.
constexpr Dialect dialect_of(Module m) {
  return m == Module::wasi_unstable ? Dialect::unstable : Dialect::snapshot;
}

enum class CoreType : u8 { i32 = 0x7f, i64 = 0x7e }; // numbers of the binary format

// What a core parameter means.
enum class Kind : u8 {
  // Values.
  fd,        // i32  descriptor
  dirfd,     // i32  descriptor of a directory, or -100: AT_FDCWD
  number32,  // i32  unsigned
  integer32, // i32  signed
  number64,  // i64  unsigned: offset, length, cookie
  integer64, // i64  signed
  time,      // i64  ns
  mode,      // i32  octal
  flags32,   // i32  Param::set
  flags64,   // i64  Param::set
  choice,    // i32  Param::set: one of the names
  address,   // i32  of memory that is not described further
  length,    // i32  bytes, or elements, of what the parameter before points to
  // Memory that the call reads.
  path,         // i32  of a path; a length follows
  path_nul,     // i32  of a path that a NUL ends
  text_nul,     // i32  the same, but no path: the target of a symbolic link
  data,         // i32  bytes; a length follows
  iovecs_write, // i32  list of buffers to take bytes from; a length follows
  records,      // i32  list of Param::record; their number is the next number32 or integer32
  record_pair,  // i32  two of Param::record, or 0
  varargs,      // i32  of the further arguments of a C function, Param::further; may be 0
  // Memory that the call fills; how much of it is the value of the next out_size, or the result.
  buffer,       // i32  bytes; a length follows
  path_buffer,  // i32  a path, ended by a NUL
  dirents,      // i32  directory entries, Param::record; a length follows
  iovecs_read,  // i32  list of buffers to fill; a length follows
  out_records,  // i32  list of Param::record; their number is the next number32
  strings,      // i32  list of addresses into the next string_bytes
  string_bytes, // i32  strings, each ended by a NUL; the size is what ..._sizes_get said
  // Memory where one value is stored when the call succeeds.
  out_fd,        // i32 -> u32
  out_size,      // i32 -> u32
  out_integer32, // i32 -> i32
  out_number64,  // i32 -> u64
  out_time,      // i32 -> u64 ns
  out_flags16,   // i32 -> u16  Param::set
  out_record,    // i32 -> Param::record
};

constexpr CoreType core_type(Kind kind) {
  bool is_64 =
      kind == Kind::number64 || kind == Kind::integer64 || kind == Kind::time || kind == Kind::flags64;
  return is_64 ? CoreType::i64 : CoreType::i32;
}

// What `varargs` points to. The parameter before it decides.
enum class Further : u8 {
  nothing,
  unknown, // an i32
  mode,    // a mode where the flags create a file (openat)
  control, // what the command takes (fcntl)
};

// The set as it is numbered in that module.
constexpr Set set_in(Set set, Module m) {
  return set == Set::whence && m == Module::wasi_unstable ? Set::whence_unstable : set;
}

struct Param {
  Kind kind{};
  StrView name; // as in the specification
  Set set = Set::none;
  Record record = Record::none;
  Further further = Further::nothing;

  constexpr Param() = default;
  constexpr Param(Kind k, StrView n) : kind(k), name(n) {}
  constexpr Param(Kind k, StrView n, Set s) : kind(k), name(n), set(s) {}
  constexpr Param(Kind k, StrView n, Record r) : kind(k), name(n), record(r) {}
  constexpr Param(Kind k, StrView n, Further f) : kind(k), name(n), further(f) {}
};

enum class Group : u8 { file, desc, clock, random, args, env, process, socket, poll, sched };
inline constexpr u32 kGroups = 10;
StrView group_name(Group);

// When a packed module may send the call on to its host.
enum class Forward : u8 {
  never,
  always,    // a service that is the host's; only a hermetic module has its own
  args,      // unless the arguments are baked in
  env,       // unless the environment is
  streams,   // for the host's standard streams, and for what lies under --host-dir
  host_dirs, // for what lies under --host-dir
};
// What of the host a packed module may use.
struct HostUse {
  bool services = false; // false: nothing at all
  bool args = false, env = false, streams = false, host_dirs = false;
};
constexpr bool may_forward(Forward f, const HostUse &use) {
  switch (f) {
  case Forward::never:
    return false;
  case Forward::always:
    return use.services;
  case Forward::args:
    return use.services && use.args;
  case Forward::env:
    return use.services && use.env;
  case Forward::streams:
    return use.services && (use.streams || use.host_dirs);
  case Forward::host_dirs:
    return use.services && use.host_dirs;
  }
  return false;
}
// For what a packed module asks its host with a call of that group: a clause for people.
StrView forward_reason(Group);

// What a successful call does to descriptors. "First" and "second" count the parameters that are descriptors.
enum class Effect : u8 {
  none,
  opens,          // makes a descriptor: out_fd, or the result. With a path: seen from the first, or from the
                  // working directory
  names,          // says under which path (the buffer) the application knows the first
  closes,         // the first
  renumbers,      // the first becomes the second
  duplicates,     // the result is another number of the first
  duplicates_to,  // the second is another number of the first
  duplicates_for, // as `duplicates`, when the choice is F_DUPFD or F_DUPFD_CLOEXEC
  enters_path,    // the working directory becomes that of the path
  enters,         // the working directory becomes the first
};

enum class Returns : u8 {
  error,    // i32: an errno, 0 for success; values are stored behind out_ parameters
  negative, // i32: a value, or a negative errno
  never,    // no result: the call ends the program, with the status in its parameter
};

inline constexpr u32 kParamsMax = 9;

struct Function {
  StrView name;
  Group group;
  Forward forward;
  Effect effect;
  Returns returns;
  bool in_unstable; // wasi_unstable has it, too
  bool differs;     // ... with another encoding of an argument or result
  StrView versions; // in which Emscripten it is found, where that says something
  StrView meaning;  // a clause for people
  Param params[kParamsMax];
  u8 param_count;

  constexpr const Param *begin() const { return params; }
  constexpr const Param *end() const { return params + param_count; }
};

// Emscripten's system calls that take a path only. With them times are of 32 bits.
inline constexpr StrView kOldEmscripten = "2.0.32 to 3.1.9";

struct Functions {
  const Function *functions;
  u32 count;

  constexpr const Function *begin() const { return functions; }
  constexpr const Function *end() const { return functions + count; }
};
// Of the module or its sibling: those of both WASI modules are one table. Sorted by name.
Functions functions(Module);
// Null when the module has no such function (or we do not know the module). Emscripten's system calls are
// found under the names that they had before 2.0.32, too: __sys_NAME.
const Function *find(StrView module, StrView name);
const Function *find(Module module, StrView name);

// The core parameters of a function into `types`; how many. `split`: 64-bit parameters are two i32, low and
// high (what Emscripten's JavaScript gets without WASM_BIGINT, the default before 4.0).
inline constexpr u32 kCoreParamsMax = 12;
u32 signature(const Function &, bool split, CoreType *types);
// Whether a function of those types is the one that is described; `types`: `count` parameters.
bool has_signature(const Function &, bool split, const u8 *types, u32 count, bool returns_i32);

constexpr bool is_out(Kind kind) { return kind >= Kind::out_fd; }
// How many bytes the kind `out_...` stores; 0 for other kinds.
u32 stored_bytes(const Param &, Dialect);
// The parameter whose stored value is the call's result in the way a C function would return
// it: `path_open(...) = 4`. Null: the call only succeeds or fails, or stores more.
const Param *result_of(const Function &);

// "EBADF"; empty for numbers without a name. 0 is "ESUCCESS".
StrView errno_name(u32 number);
inline constexpr u32 kErrnos = static_cast<u32>(Errno::notcapable) + 1;

// The other functions of Emscripten's JavaScript.
struct RuntimeFunction {
  StrView name;
  StrView meaning;     // a clause for people
  bool family = false; // `name` is what the names begin with: invoke_…, _embind_…
  bool returns = true; // false: the call does not come back
  bool exits = false;  // ... and ends the program, with the status in its parameter
};
// Null: unknown.
const RuntimeFunction *find_runtime(StrView name);

} // namespace mayfly::abi
