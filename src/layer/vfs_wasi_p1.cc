// The filesystem layer's exports for both modules of WASI preview 1, and for hosts of hermetic
// modules (docs/hermetic.md). Each finds the filesystem and calls the front end; the linker
// keeps those that an application imports.
#include "abi/wasi_p1/wasi_p1.h"

namespace mayfly {
namespace {

MAYFLY_INLINE Fs &fs() { return *static_cast<Fs *>(host::region_base()); }
using wasi_p1::Dialect;

} // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(name)))

// BOTH(field, parameters, call): the same function under both module names. wasm-opt makes one of the two,
// and the output names it after the last.
#define BOTH(field, params, call)                                                                            \
  EXPORT("wasi_unstable." #field) u32 mayfly_p0_##field params { return wasi_p1::call; }                     \
  EXPORT("wasi_snapshot_preview1." #field) u32 mayfly_p1_##field params { return wasi_p1::call; }
// EACH: the same where the dialects differ; `call` uses `dialect`.
#define EACH(field, params, call)                                                                            \
  EXPORT("wasi_snapshot_preview1." #field) u32 mayfly_p1_##field params {                                    \
    constexpr Dialect dialect = Dialect::snapshot;                                                           \
    return wasi_p1::call;                                                                                    \
  }                                                                                                          \
  EXPORT("wasi_unstable." #field) u32 mayfly_p0_##field params {                                             \
    constexpr Dialect dialect = Dialect::unstable;                                                           \
    return wasi_p1::call;                                                                                    \
  }

BOTH(args_get, (AppPtr argv, AppPtr buf), args_get(fs(), argv, buf))
BOTH(args_sizes_get, (AppPtr count, AppPtr size), args_sizes_get(fs(), count, size))
BOTH(environ_get, (AppPtr environ, AppPtr buf), environ_get(fs(), environ, buf))
BOTH(environ_sizes_get, (AppPtr count, AppPtr size), environ_sizes_get(fs(), count, size))
BOTH(clock_res_get, (u32 id, AppPtr out), clock_res_get(fs(), id, out))
BOTH(clock_time_get, (u32 id, u64 precision, AppPtr out), clock_time_get(fs(), id, precision, out))
BOTH(random_get, (AppPtr buf, u32 len), random_get(fs(), buf, len))
BOTH(sched_yield, (), sched_yield(fs()))
BOTH(proc_raise, (u32 signal), proc_raise(fs(), signal))

BOTH(fd_advise, (u32 fd, u64 offset, u64 len, u32 advice), fd_advise(fs(), fd, offset, len, advice))
BOTH(fd_allocate, (u32 fd, u64 offset, u64 len), fd_allocate(fs(), fd, offset, len))
BOTH(fd_close, (u32 fd), fd_close(fs(), fd))
BOTH(fd_datasync, (u32 fd), fd_datasync(fs(), fd))
BOTH(fd_fdstat_get, (u32 fd, AppPtr out), fd_fdstat_get(fs(), fd, out))
BOTH(fd_fdstat_set_flags, (u32 fd, u32 flags), fd_fdstat_set_flags(fs(), fd, flags))
BOTH(fd_fdstat_set_rights, (u32 fd, u64 base, u64 inheriting),
     fd_fdstat_set_rights(fs(), fd, base, inheriting))
EACH(fd_filestat_get, (u32 fd, AppPtr out), fd_filestat_get(fs(), fd, out, dialect))
BOTH(fd_filestat_set_size, (u32 fd, u64 size), fd_filestat_set_size(fs(), fd, size))
BOTH(fd_filestat_set_times, (u32 fd, u64 atim, u64 mtim, u32 flags),
     fd_filestat_set_times(fs(), fd, atim, mtim, flags))
BOTH(fd_pread, (u32 fd, AppPtr iovs, u32 n, u64 offset, AppPtr out), fd_pread(fs(), fd, iovs, n, offset, out))
BOTH(fd_prestat_get, (u32 fd, AppPtr out), fd_prestat_get(fs(), fd, out))
BOTH(fd_prestat_dir_name, (u32 fd, AppPtr path, u32 len), fd_prestat_dir_name(fs(), fd, path, len))
BOTH(fd_pwrite, (u32 fd, AppPtr iovs, u32 n, u64 offset, AppPtr out),
     fd_pwrite(fs(), fd, iovs, n, offset, out))
BOTH(fd_read, (u32 fd, AppPtr iovs, u32 n, AppPtr out), fd_read(fs(), fd, iovs, n, out))
BOTH(fd_readdir, (u32 fd, AppPtr buf, u32 len, u64 cookie, AppPtr out),
     fd_readdir(fs(), fd, buf, len, cookie, out))
BOTH(fd_renumber, (u32 from, u32 to), fd_renumber(fs(), from, to))
EACH(fd_seek, (u32 fd, i64 delta, u32 whence, AppPtr out), fd_seek(fs(), fd, delta, whence, out, dialect))
BOTH(fd_sync, (u32 fd), fd_sync(fs(), fd))
BOTH(fd_tell, (u32 fd, AppPtr out), fd_tell(fs(), fd, out))
BOTH(fd_write, (u32 fd, AppPtr iovs, u32 n, AppPtr out), fd_write(fs(), fd, iovs, n, out))

BOTH(path_create_directory, (u32 fd, AppPtr path, u32 len), path_create_directory(fs(), fd, path, len))
EACH(path_filestat_get, (u32 fd, u32 lookup, AppPtr path, u32 len, AppPtr out),
     path_filestat_get(fs(), fd, lookup, path, len, out, dialect))
BOTH(path_filestat_set_times, (u32 fd, u32 lookup, AppPtr path, u32 len, u64 atim, u64 mtim, u32 flags),
     path_filestat_set_times(fs(), fd, lookup, path, len, atim, mtim, flags))
BOTH(path_link, (u32 old_fd, u32 lookup, AppPtr old_path, u32 old_len, u32 fd, AppPtr path, u32 len),
     path_link(fs(), old_fd, lookup, old_path, old_len, fd, path, len))
BOTH(path_open,
     (u32 fd, u32 lookup, AppPtr path, u32 len, u32 oflags, u64 base, u64 inheriting, u32 fdflags,
      AppPtr out),
     path_open(fs(), fd, lookup, path, len, oflags, base, inheriting, fdflags, out))
BOTH(path_readlink, (u32 fd, AppPtr path, u32 len, AppPtr buf, u32 buf_len, AppPtr out),
     path_readlink(fs(), fd, path, len, buf, buf_len, out))
BOTH(path_remove_directory, (u32 fd, AppPtr path, u32 len), path_remove_directory(fs(), fd, path, len))
BOTH(path_rename, (u32 old_fd, AppPtr old_path, u32 old_len, u32 fd, AppPtr path, u32 len),
     path_rename(fs(), old_fd, old_path, old_len, fd, path, len))
BOTH(path_symlink, (AppPtr target, u32 target_len, u32 fd, AppPtr path, u32 len),
     path_symlink(fs(), target, target_len, fd, path, len))
BOTH(path_unlink_file, (u32 fd, AppPtr path, u32 len), path_unlink_file(fs(), fd, path, len))

EACH(poll_oneoff, (AppPtr in, AppPtr out, u32 n, AppPtr size), poll_oneoff(fs(), in, out, n, size, dialect))

EXPORT("wasi_snapshot_preview1.sock_accept") u32 mayfly_p1_sock_accept(u32 fd, u32 flags, AppPtr out) {
  return wasi_p1::sock_accept(fs(), fd, flags, out);
}
BOTH(sock_recv, (u32 fd, AppPtr iovs, u32 n, u32 flags, AppPtr size, AppPtr out_flags),
     sock_recv(fs(), fd, iovs, n, flags, size, out_flags))
BOTH(sock_send, (u32 fd, AppPtr iovs, u32 n, u32 flags, AppPtr size),
     sock_send(fs(), fd, iovs, n, flags, size))
BOTH(sock_shutdown, (u32 fd, u32 how), sock_shutdown(fs(), fd, how))

[[noreturn]] static void leave(u32 code) {
  wasi_p1::proc_exit(fs(), code);
  __builtin_trap(); // an application expects proc_exit not to return
}
EXPORT("wasi_unstable.proc_exit") void mayfly_p0_proc_exit(u32 code) { leave(code); }
EXPORT("wasi_snapshot_preview1.proc_exit") void mayfly_p1_proc_exit(u32 code) { leave(code); }

EXPORT("mayfly_exited") u32 mayfly_exited() { return fs().exited; }
EXPORT("mayfly_exit_code") u32 mayfly_exit_code() { return fs().exit_code; }
// The count, or a negative errno.
EXPORT("mayfly_read") i32 mayfly_read(AppPtr path, u32 path_len, u64 offset, AppPtr buf, u32 len) {
  if (len > 0x7fffffff) len = 0x7fffffff;
  return static_cast<i32>(wasi_p1::read_file(fs(), path, path_len, offset, buf, len).raw);
}

} // namespace mayfly
