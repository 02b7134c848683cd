// Numbers of WASI preview 1 (witx of wasi_snapshot_preview1, and of its predecessor
// wasi_unstable where that differs), and their translation to the core's.
#pragma once
#include "base/errno.h"
#include "core/vfs.h"

namespace mayfly::wasi_p1 {

// The two import modules of preview 1. They differ in fd_seek's whence, in the filestat
// (link count of 32 bits) and in the subscription of poll_oneoff.
enum class Dialect : u32 { snapshot = 0, unstable = 1 };

namespace right {
inline constexpr u64 fd_datasync = 1u << 0, fd_read = 1u << 1, fd_seek = 1u << 2,
                     fd_fdstat_set_flags = 1u << 3, fd_sync = 1u << 4, fd_tell = 1u << 5, fd_write = 1u << 6,
                     fd_advise = 1u << 7, fd_allocate = 1u << 8, path_create_directory = 1u << 9,
                     path_create_file = 1u << 10, path_link_source = 1u << 11, path_link_target = 1u << 12,
                     path_open = 1u << 13, fd_readdir = 1u << 14, path_readlink = 1u << 15,
                     path_rename_source = 1u << 16, path_rename_target = 1u << 17,
                     path_filestat_get = 1u << 18, path_filestat_set_size = 1u << 19,
                     path_filestat_set_times = 1u << 20, fd_filestat_get = 1u << 21,
                     fd_filestat_set_size = 1u << 22, fd_filestat_set_times = 1u << 23,
                     path_symlink = 1u << 24, path_remove_directory = 1u << 25, path_unlink_file = 1u << 26,
                     poll_fd_readwrite = 1u << 27, sock_shutdown = 1u << 28, sock_accept = 1u << 29;
inline constexpr u64 all = (1u << 30) - 1;
inline constexpr u64 sockets = sock_shutdown | sock_accept;
// What only something with bytes can hold: a directory never does.
inline constexpr u64 bytes_only =
    fd_read | fd_seek | fd_tell | fd_write | fd_advise | fd_allocate | fd_filestat_set_size;
// What only a directory can hold.
inline constexpr u64 directory_only =
    path_create_directory | path_create_file | path_link_source | path_link_target | path_open | fd_readdir |
    path_readlink | path_rename_source | path_rename_target | path_filestat_get | path_filestat_set_size |
    path_filestat_set_times | path_symlink | path_remove_directory | path_unlink_file;
inline constexpr u64 of_directory = all & ~bytes_only & ~sockets;
inline constexpr u64 of_file = all & ~directory_only & ~sockets;
// Rights that ask path_open for a descriptor that can write.
inline constexpr u64 writes = fd_write | fd_allocate | fd_filestat_set_size;
} // namespace right

namespace fdflag {
inline constexpr u32 append = 1, dsync = 2, nonblock = 4, rsync = 8, sync = 16, all = 31;
}
namespace oflag {
inline constexpr u32 creat = 1, directory = 2, excl = 4, trunc = 8, all = 15;
}
namespace fstflag {
inline constexpr u32 atim = 1, atim_now = 2, mtim = 4, mtim_now = 8, all = 15;
}
inline constexpr u32 kSymlinkFollow = 1; // lookupflags
inline constexpr u32 kAdviceMax = 5, kClockMax = 3, kIovMax = 1024;
inline constexpr u32 kFdstatBytes = 24, kPrestatBytes = 8, kDirentBytes = 24, kEventBytes = 32;
MAYFLY_INLINE constexpr u32 filestat_bytes(Dialect d) { return d == Dialect::snapshot ? 64 : 56; }

namespace filetype {
inline constexpr u32 unknown = 0, block = 1, character = 2, directory = 3, regular = 4, socket_stream = 6,
                     symlink = 7;
}

// Filetype of a mode. One nibble for each value of the mode's four type bits, in a constant:
// a switch would become a table in the layer's data.
MAYFLY_INLINE constexpr u32 filetype_of(u32 mode) {
  constexpr u64 nibbles = (u64{filetype::character} << 4 * 2) | (u64{filetype::directory} << 4 * 4) |
                          (u64{filetype::block} << 4 * 6) | (u64{filetype::regular} << 4 * 8) |
                          (u64{filetype::symlink} << 4 * 10) | (u64{filetype::socket_stream} << 4 * 12);
  return static_cast<u32>(nibbles >> ((mode >> 12 & 15) * 4)) & 15;
}
static_assert(filetype_of(mode::regular | 0644) == 4 && filetype_of(mode::directory) == 3 &&
              filetype_of(mode::symlink) == 7 && filetype_of(mode::character) == 2 &&
              filetype_of(mode::block) == 1 && filetype_of(mode::socket) == 6 &&
              filetype_of(mode::fifo) == 0);

// The core keeps the flags in the same order, five bits further up.
MAYFLY_INLINE constexpr u32 status_of_fdflags(u32 f) { return f << 5; }
MAYFLY_INLINE constexpr u32 fdflags_of_status(u32 s) { return (s & kStatusMask) >> 5; }
static_assert(status_of_fdflags(fdflag::append) == open_flags::append &&
              status_of_fdflags(fdflag::dsync) == open_flags::dsync &&
              status_of_fdflags(fdflag::nonblock) == open_flags::nonblock &&
              status_of_fdflags(fdflag::rsync) == open_flags::rsync &&
              status_of_fdflags(fdflag::sync) == open_flags::sync && kStatusMask >> 5 == fdflag::all);

MAYFLY_INLINE constexpr u32 num(Errno e) { return static_cast<u32>(e); }

} // namespace mayfly::wasi_p1
