// The table of every function of the supported ABIs: what it is called, its core wasm
// signature, what each argument means, who answers it. It drives what is printed about a module
// (inspect, strace, docs) and which calls a pack may send on to the host.
//
// Constant data and constexpr lookups, freestanding: a wasm layer may compute from it at
// compile time (it holds pointers, so a layer cannot carry it as data).
#pragma once
#include "base/errno.h"
#include "base/types.h"

namespace mayfly::abi {

// An import module. The two WASI ones differ in a few encodings: Function::differs.
enum class Module : u8 { wasi_snapshot_preview1, wasi_unstable };
inline constexpr u32 kModules = 2;
StrView module_name(Module);

enum class CoreType : u8 { i32 = 0x7f, i64 = 0x7e }; // numbers of the binary format

// What an argument means. It stands for one or two core parameters.
enum class Kind : u8 {
  // values
  fd,       // i32  descriptor
  number32, // i32
  number64, // i64  unsigned: offset, length, cookie
  delta,    // i64  signed
  time,     // i64  ns
  flags32,  // i32  Param::set
  flags64,  // i64  Param::set
  choice,   // i32  Param::set: one of the names
  // memory that the call reads
  path,          // i32 i32  address and length of a path
  iovecs_write,  // i32 i32  list of buffers to take bytes from, and their number
  subscriptions, // i32      list; their number is the next number32
  // memory that the call fills; how much of it is the value of the next out_size, or all of it
  buffer,       // i32 i32  address and size
  dirents,      // i32 i32  the same, with directory entries in it
  iovecs_read,  // i32 i32  list of buffers to fill, and their number
  events,       // i32      list, as long as the list of subscriptions
  strings,      // i32      list of addresses into the next string_bytes
  string_bytes, // i32     NUL-terminated strings; the size is what ..._sizes_get said
  // memory where one value is stored when the call succeeds
  out_fd,       // i32 -> u32
  out_size,     // i32 -> u32
  out_number64, // i32 -> u64
  out_time,     // i32 -> u64 ns
  out_flags16,  // i32 -> u16  Param::set
  out_fdstat,
  out_filestat,
  out_prestat, // i32 -> struct
};

// Named values. A flag's bit number, or a choice's value, is the index of its name.
enum class Set : u8 {
  none,
  rights,
  fdflags,
  oflags,
  lookupflags,
  fstflags,
  riflags,
  roflags,
  siflags,
  sdflags,
  whence,
  whence_unstable,
  advice,
  clockid,
  signal,
  filetype,
  eventtype,
  subclockflags,
  eventrwflags,
};
struct Names {
  const StrView *names = nullptr;
  u32 count = 0;
};
Names names_of(Set);
// The set as it is numbered in that module.
constexpr Set set_in(Set set, Module m) {
  return set == Set::whence && m == Module::wasi_unstable ? Set::whence_unstable : set;
}

struct Param {
  Kind kind;
  StrView name; // as in the specification
  Set set = Set::none;
};

enum class Group : u8 { file, desc, clock, random, args, env, process, socket, poll, sched };
StrView group_name(Group);

// When a packed module may send the call on to its host. A set; empty: never.
namespace forward {
inline constexpr u8 streams = 1, // for the standard streams
    service = 2,                 // a service that is the host's unless an option says otherwise
    sockets = 4,                 // for descriptors of sockets
    host_dirs = 8;               // for what lies under --host-dir
}

inline constexpr u32 kParamsMax = 8, kCoreParamsMax = 9;

struct Function {
  StrView name;
  Group group;
  bool inside;      // the filesystem layer answers for descriptors and paths of its own
  u8 forwarded;     // forward::...
  bool in_unstable; // wasi_unstable has it too
  bool differs;     // ... with another encoding of an argument or result
  bool returns;     // an i32 errno; false: no result
  StrView meaning;  // a clause for people
  Param params[kParamsMax];
  u8 param_count;
};

inline constexpr u32 kFunctions = 46; // of wasi_snapshot_preview1; wasi_unstable has one less
const Function *functions();          // kFunctions of them, sorted by name
// Null when the module has no such function (or we do not know the module).
const Function *find(StrView module, StrView name);
const Function *find(Module module, StrView name);

struct CoreParams {
  CoreType types[2];
  u32 count;
};
constexpr CoreParams core_params(Kind kind) {
  switch (kind) {
  case Kind::number64:
  case Kind::delta:
  case Kind::time:
  case Kind::flags64:
    return {{CoreType::i64}, 1};
  case Kind::path:
  case Kind::iovecs_write:
  case Kind::buffer:
  case Kind::dirents:
  case Kind::iovecs_read:
    return {{CoreType::i32, CoreType::i32}, 2};
  default:
    return {{CoreType::i32}, 1};
  }
}
// The core parameters of a function into `types` (kCoreParamsMax of them); how many.
u32 signature(const Function &, CoreType *types);

// Bytes that the kind `out_...` stores; 0 for other kinds.
u32 stored_bytes(Kind, Module);
constexpr bool is_out(Kind kind) { return kind >= Kind::out_fd; }
// The parameter whose stored value is the call's result in the way a C function would return
// it: `path_open(...) = 4`. Null: the call only succeeds or fails, or stores a struct.
const Param *result_of(const Function &);

// "EBADF"; empty for numbers without a name. 0 is "ESUCCESS".
StrView errno_name(u32 wasi_errno);

} // namespace mayfly::abi
