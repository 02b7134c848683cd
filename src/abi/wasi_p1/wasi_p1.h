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
#include "abi/wasi_p1/types.h"

namespace mayfly::wasi_p1 {

// data.cc
u32 fd_read(Fs &, Fd, AppPtr iovs, u32 count, AppPtr out_size);
u32 fd_write(Fs &, Fd, AppPtr iovs, u32 count, AppPtr out_size);
u32 fd_pread(Fs &, Fd, AppPtr iovs, u32 count, u64 offset, AppPtr out_size);
u32 fd_pwrite(Fs &, Fd, AppPtr iovs, u32 count, u64 offset, AppPtr out_size);
u32 fd_seek(Fs &, Fd, i64 delta, u32 whence, AppPtr out_offset, Dialect);
u32 fd_tell(Fs &, Fd, AppPtr out_offset);

// descriptor.cc
u32 fd_advise(Fs &, Fd, u64 offset, u64 len, u32 advice);
u32 fd_allocate(Fs &, Fd, u64 offset, u64 len);
u32 fd_close(Fs &, Fd);
u32 fd_datasync(Fs &, Fd);
u32 fd_sync(Fs &, Fd);
u32 fd_fdstat_get(Fs &, Fd, AppPtr out_fdstat);
u32 fd_fdstat_set_flags(Fs &, Fd, u32 flags);
u32 fd_fdstat_set_rights(Fs &, Fd, u64 base, u64 inheriting);
u32 fd_filestat_get(Fs &, Fd, AppPtr out_filestat, Dialect);
u32 fd_filestat_set_size(Fs &, Fd, u64 size);
u32 fd_filestat_set_times(Fs &, Fd, u64 atim, u64 mtim, u32 fstflags);
u32 fd_prestat_get(Fs &, Fd, AppPtr out_prestat);
u32 fd_prestat_dir_name(Fs &, Fd, AppPtr path, u32 path_len);
u32 fd_renumber(Fs &, Fd from, Fd to);

// directory.cc
u32 fd_readdir(Fs &, Fd, AppPtr buf, u32 buf_len, u64 cookie, AppPtr out_size);

// path.cc
u32 path_create_directory(Fs &, Fd, AppPtr path, u32 path_len);
u32 path_filestat_get(Fs &, Fd, u32 lookup, AppPtr path, u32 path_len, AppPtr out_filestat, Dialect);
u32 path_filestat_set_times(Fs &, Fd, u32 lookup, AppPtr path, u32 path_len, u64 atim, u64 mtim,
                            u32 fstflags);
u32 path_link(Fs &, Fd old_fd, u32 old_lookup, AppPtr old_path, u32 old_len, Fd new_fd, AppPtr new_path,
              u32 new_len);
u32 path_open(Fs &, Fd, u32 lookup, AppPtr path, u32 path_len, u32 oflags, u64 base, u64 inheriting,
              u32 fdflags, AppPtr out_fd);
u32 path_readlink(Fs &, Fd, AppPtr path, u32 path_len, AppPtr buf, u32 buf_len, AppPtr out_size);
u32 path_remove_directory(Fs &, Fd, AppPtr path, u32 path_len);
u32 path_rename(Fs &, Fd old_fd, AppPtr old_path, u32 old_len, Fd new_fd, AppPtr new_path, u32 new_len);
u32 path_symlink(Fs &, AppPtr target, u32 target_len, Fd, AppPtr path, u32 path_len);
u32 path_unlink_file(Fs &, Fd, AppPtr path, u32 path_len);

// poll.cc
u32 poll_oneoff(Fs &, AppPtr in, AppPtr out, u32 count, AppPtr out_size, Dialect);

// process.cc
u32 args_get(Fs &, AppPtr argv, AppPtr buf);
u32 args_sizes_get(Fs &, AppPtr out_count, AppPtr out_size);
u32 environ_get(Fs &, AppPtr environ, AppPtr buf);
u32 environ_sizes_get(Fs &, AppPtr out_count, AppPtr out_size);
u32 clock_res_get(Fs &, u32 id, AppPtr out_timestamp);
u32 clock_time_get(Fs &, u32 id, u64 precision, AppPtr out_timestamp);
u32 random_get(Fs &, AppPtr buf, u32 len);
u32 sched_yield(Fs &);
u32 proc_raise(Fs &, u32 signal);
// Records the exit in a hermetic module, else forwards. Returns only in native builds and
// where the next layer's proc_exit returns; the layer then traps.
void proc_exit(Fs &, u32 code);

// socket.cc
u32 sock_accept(Fs &, Fd, u32 flags, AppPtr out_fd);
u32 sock_recv(Fs &, Fd, AppPtr iovs, u32 count, u32 flags, AppPtr out_size, AppPtr out_flags);
u32 sock_send(Fs &, Fd, AppPtr iovs, u32 count, u32 flags, AppPtr out_size);
u32 sock_shutdown(Fs &, Fd, u32 how);

// For a layer's host::clock_ns and host::random_to_app (process.cc).
// Time for timestamps: the host's clock, or the counter clock where that is missing or forbidden.
i64 wall_clock_ns(Fs &);
// The counter clock: fixed start, every look advances it by a microsecond.
i64 counter_clock_ns(Fs &);
// `len` random bytes at `dst`, a range inside the application's memory.
void fill_random(Fs &, AppPtr dst, u32 len);

// For hosts of hermetic modules (process.cc; docs/hermetic.md): bytes [offset, offset + len) of
// the file at an absolute path go to `buf`. How many were copied, or an errno; symlinks are followed.
Result<u32> read_file(Fs &, AppPtr path, u32 path_len, u64 offset, AppPtr buf, u32 len);

} // namespace mayfly::wasi_p1
