// WASI preview 1 over the core: decode arguments, call one core operation, encode the result.
//
// One function per WASI function, with its parameters behind the filesystem; the result is a
// WASI errno (= Errno). Pointers are application addresses. Guarantees for all of them:
//  - any argument value is safe; a pointer range that leaves the application's memory is
//    EFAULT before anything was changed;
//  - a descriptor of the host's (Ofd::host) is forwarded to the next layer (below.h), except
//    for what only our descriptor table knows;
//  - ENOTCAPABLE is for a missing right and for a path that leaves its directory, nothing else.
// Where the two dialects differ, the function takes a Dialect.
#pragma once
#include "abi/expand.h"
#include "abi/wasi_p1/types.h"

namespace mayfly::wasi_p1 {

// u32 fd_read(Fs &fs, u32 fd, AppPtr iovs, u32 iovs_len, AppPtr nread) and the others: abi/wasi.def has them all.
// fd_* are in data.cc, descriptor.cc and directory.cc, path_* in path.cc, sock_* in socket.cc, poll_oneoff in
// poll.cc, the rest in process.cc.
#define FUNCTION(name, group, forward, effect, meaning, ...)                                                 \
  u32 name(Fs &fs MAYFLY_AND_PARAMETERS(__VA_ARGS__));
#define DIFFERS(name, group, forward, effect, meaning, ...)                                                  \
  u32 name(Fs &fs MAYFLY_AND_PARAMETERS(__VA_ARGS__), Dialect);
// proc_exit records the exit in a hermetic module, else forwards. It returns only in native builds and where the
// next layer's proc_exit returns; the layer then traps.
#define ENDS(name, group, forward, effect, meaning, ...)                                                     \
  void name(Fs &fs MAYFLY_AND_PARAMETERS(__VA_ARGS__));
#include "abi/wasi.def"

// For a layer's host::clock_ns and host::random_to_app (process.cc).
// Time for timestamps: the host's clock, or the counter clock where that is missing or forbidden. A downcall.
i64 wall_clock_ns(Fs &);
// What a call fetched from it before it began (call.h), handed out once.
bool time_is_known();
i64 take_time();
// The counter clock: fixed start, every look advances it by a microsecond.
i64 counter_clock_ns(Fs &);
// `len` bytes of the seeded generator at `dst`, a range inside the application's memory.
void seeded_random(Fs &, AppPtr dst, u32 len);

// For hosts of hermetic modules (process.cc; docs/hermetic.md): bytes [offset, offset + len) of
// the file at an absolute path go to `buf`. How many were copied, or an errno; symlinks are followed.
Result<u32> read_file(Fs &, AppPtr path, u32 path_len, u64 offset, AppPtr buf, u32 len);

} // namespace mayfly::wasi_p1
