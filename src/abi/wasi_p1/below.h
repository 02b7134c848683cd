// Downcalls: the same ABI from the next layer, usually the host. Arguments are application
// addresses and the host's descriptor numbers.
//
// In a wasm layer each is an import that the linker binds (docs/layer-contract.md), bracketed
// by host_enter/host_leave because the host may re-enter the application, whose memory must
// then not move. A function the host lacks or may not be asked for answers ENOSYS (proc_exit
// traps). Natively they go to the BelowHost that is current on this thread.
#pragma once
#include "core/host.h"

// X(import module, field, C++ name, parameters, arguments). The four functions that differ
// between the dialects are there twice; the linker takes the others from either module.
#define MAYFLY_DOWNCALLS(X)                                                                                  \
  X("wasi_snapshot_preview1", "args_get", args_get, (AppPtr a, AppPtr b), (a, b))                            \
  X("wasi_snapshot_preview1", "args_sizes_get", args_sizes_get, (AppPtr a, AppPtr b), (a, b))                \
  X("wasi_snapshot_preview1", "environ_get", environ_get, (AppPtr a, AppPtr b), (a, b))                      \
  X("wasi_snapshot_preview1", "environ_sizes_get", environ_sizes_get, (AppPtr a, AppPtr b), (a, b))          \
  X("wasi_snapshot_preview1", "clock_res_get", clock_res_get, (u32 id, AppPtr out), (id, out))               \
  X("wasi_snapshot_preview1", "clock_time_get", clock_time_get, (u32 id, u64 precision, AppPtr out),         \
    (id, precision, out))                                                                                    \
  X("wasi_snapshot_preview1", "random_get", random_get, (AppPtr p, u32 n), (p, n))                           \
  X("wasi_snapshot_preview1", "sched_yield", sched_yield, (), ())                                            \
  X("wasi_snapshot_preview1", "proc_raise", proc_raise, (u32 sig), (sig))                                    \
  X("wasi_snapshot_preview1", "poll_oneoff", poll_oneoff, (AppPtr in, AppPtr out, u32 n, AppPtr size),       \
    (in, out, n, size))                                                                                      \
  X("wasi_unstable", "poll_oneoff", unstable_poll_oneoff, (AppPtr in, AppPtr out, u32 n, AppPtr size),       \
    (in, out, n, size))                                                                                      \
  X("wasi_snapshot_preview1", "sock_accept", sock_accept, (u32 fd, u32 flags, AppPtr out), (fd, flags, out)) \
  X("wasi_snapshot_preview1", "sock_recv", sock_recv,                                                        \
    (u32 fd, AppPtr iovs, u32 n, u32 flags, AppPtr size, AppPtr oflags), (fd, iovs, n, flags, size, oflags)) \
  X("wasi_snapshot_preview1", "sock_send", sock_send, (u32 fd, AppPtr iovs, u32 n, u32 flags, AppPtr size),  \
    (fd, iovs, n, flags, size))                                                                              \
  X("wasi_snapshot_preview1", "sock_shutdown", sock_shutdown, (u32 fd, u32 how), (fd, how))                  \
  X("wasi_snapshot_preview1", "fd_advise", fd_advise, (u32 fd, u64 off, u64 len, u32 advice),                \
    (fd, off, len, advice))                                                                                  \
  X("wasi_snapshot_preview1", "fd_allocate", fd_allocate, (u32 fd, u64 off, u64 len), (fd, off, len))        \
  X("wasi_snapshot_preview1", "fd_close", fd_close, (u32 fd), (fd))                                          \
  X("wasi_snapshot_preview1", "fd_datasync", fd_datasync, (u32 fd), (fd))                                    \
  X("wasi_snapshot_preview1", "fd_sync", fd_sync, (u32 fd), (fd))                                            \
  X("wasi_snapshot_preview1", "fd_fdstat_get", fd_fdstat_get, (u32 fd, AppPtr out), (fd, out))               \
  X("wasi_snapshot_preview1", "fd_fdstat_set_flags", fd_fdstat_set_flags, (u32 fd, u32 flags), (fd, flags))  \
  X("wasi_snapshot_preview1", "fd_filestat_get", fd_filestat_get, (u32 fd, AppPtr out), (fd, out))           \
  X("wasi_unstable", "fd_filestat_get", unstable_fd_filestat_get, (u32 fd, AppPtr out), (fd, out))           \
  X("wasi_snapshot_preview1", "fd_filestat_set_size", fd_filestat_set_size, (u32 fd, u64 size), (fd, size))  \
  X("wasi_snapshot_preview1", "fd_filestat_set_times", fd_filestat_set_times,                                \
    (u32 fd, u64 atim, u64 mtim, u32 flags), (fd, atim, mtim, flags))                                        \
  X("wasi_snapshot_preview1", "fd_pread", fd_pread, (u32 fd, AppPtr iovs, u32 n, u64 off, AppPtr size),      \
    (fd, iovs, n, off, size))                                                                                \
  X("wasi_snapshot_preview1", "fd_pwrite", fd_pwrite, (u32 fd, AppPtr iovs, u32 n, u64 off, AppPtr size),    \
    (fd, iovs, n, off, size))                                                                                \
  X("wasi_snapshot_preview1", "fd_read", fd_read, (u32 fd, AppPtr iovs, u32 n, AppPtr size),                 \
    (fd, iovs, n, size))                                                                                     \
  X("wasi_snapshot_preview1", "fd_write", fd_write, (u32 fd, AppPtr iovs, u32 n, AppPtr size),               \
    (fd, iovs, n, size))                                                                                     \
  X("wasi_snapshot_preview1", "fd_readdir", fd_readdir,                                                      \
    (u32 fd, AppPtr buf, u32 n, u64 cookie, AppPtr size), (fd, buf, n, cookie, size))                        \
  X("wasi_snapshot_preview1", "fd_seek", fd_seek, (u32 fd, i64 delta, u32 whence, AppPtr out),               \
    (fd, delta, whence, out))                                                                                \
  X("wasi_unstable", "fd_seek", unstable_fd_seek, (u32 fd, i64 delta, u32 whence, AppPtr out),               \
    (fd, delta, whence, out))                                                                                \
  X("wasi_snapshot_preview1", "fd_tell", fd_tell, (u32 fd, AppPtr out), (fd, out))                           \
  X("wasi_snapshot_preview1", "fd_prestat_get", fd_prestat_get, (u32 fd, AppPtr out), (fd, out))             \
  X("wasi_snapshot_preview1", "fd_prestat_dir_name", fd_prestat_dir_name, (u32 fd, AppPtr p, u32 n),         \
    (fd, p, n))                                                                                              \
  X("wasi_snapshot_preview1", "path_create_directory", path_create_directory, (u32 fd, AppPtr p, u32 n),     \
    (fd, p, n))                                                                                              \
  X("wasi_snapshot_preview1", "path_filestat_get", path_filestat_get,                                        \
    (u32 fd, u32 flags, AppPtr p, u32 n, AppPtr out), (fd, flags, p, n, out))                                \
  X("wasi_unstable", "path_filestat_get", unstable_path_filestat_get,                                        \
    (u32 fd, u32 flags, AppPtr p, u32 n, AppPtr out), (fd, flags, p, n, out))                                \
  X("wasi_snapshot_preview1", "path_filestat_set_times", path_filestat_set_times,                            \
    (u32 fd, u32 flags, AppPtr p, u32 n, u64 atim, u64 mtim, u32 fst), (fd, flags, p, n, atim, mtim, fst))   \
  X("wasi_snapshot_preview1", "path_link", path_link,                                                        \
    (u32 fd, u32 flags, AppPtr p, u32 n, u32 fd2, AppPtr p2, u32 n2), (fd, flags, p, n, fd2, p2, n2))        \
  X("wasi_snapshot_preview1", "path_open", path_open,                                                        \
    (u32 fd, u32 flags, AppPtr p, u32 n, u32 oflags, u64 base, u64 inh, u32 fdflags, AppPtr out),            \
    (fd, flags, p, n, oflags, base, inh, fdflags, out))                                                      \
  X("wasi_snapshot_preview1", "path_readlink", path_readlink,                                                \
    (u32 fd, AppPtr p, u32 n, AppPtr buf, u32 len, AppPtr size), (fd, p, n, buf, len, size))                 \
  X("wasi_snapshot_preview1", "path_remove_directory", path_remove_directory, (u32 fd, AppPtr p, u32 n),     \
    (fd, p, n))                                                                                              \
  X("wasi_snapshot_preview1", "path_rename", path_rename,                                                    \
    (u32 fd, AppPtr p, u32 n, u32 fd2, AppPtr p2, u32 n2), (fd, p, n, fd2, p2, n2))                          \
  X("wasi_snapshot_preview1", "path_symlink", path_symlink,                                                  \
    (AppPtr target, u32 len, u32 fd, AppPtr p, u32 n), (target, len, fd, p, n))                              \
  X("wasi_snapshot_preview1", "path_unlink_file", path_unlink_file, (u32 fd, AppPtr p, u32 n), (fd, p, n))

namespace mayfly::wasi_p1 {

#ifdef __wasm__
#define X(module, field, name, params, args)                                                                 \
  extern "C" __attribute__((import_module(module), import_name(field))) u32 mayfly_below_##name params;
MAYFLY_DOWNCALLS(X)
#undef X
extern "C" __attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"))) void
mayfly_below_proc_exit(u32 code);

namespace below {
#define X(module, field, name, params, args)                                                                 \
  MAYFLY_INLINE u32 name params {                                                                            \
    host::mayfly_host_enter();                                                                               \
    u32 result = mayfly_below_##name args;                                                                   \
    host::mayfly_host_leave();                                                                               \
    return result;                                                                                           \
  }
MAYFLY_DOWNCALLS(X)
#undef X
// Not bracketed: JavaScript hosts throw out of it, which would leave the count raised, and
// nothing of the layer's runs after it that a move could hurt.
MAYFLY_INLINE void proc_exit(u32 code) { mayfly_below_proc_exit(code); }
} // namespace below
#else
// A host for native builds; what is not overridden answers ENOSYS. Current on this thread from
// construction to destruction, when the one before becomes current again.
class BelowHost {
public:
  BelowHost();
  virtual ~BelowHost();
  BelowHost(const BelowHost &) = delete;
  BelowHost &operator=(const BelowHost &) = delete;
#define X(module, field, name, params, args) virtual u32 name params;
  MAYFLY_DOWNCALLS(X)
#undef X
  virtual void proc_exit(u32 code);

private:
  BelowHost *previous_;
};

namespace below {
#define X(module, field, name, params, args) u32 name params;
MAYFLY_DOWNCALLS(X)
#undef X
void proc_exit(u32 code);
} // namespace below
#endif

} // namespace mayfly::wasi_p1
