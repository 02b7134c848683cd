// Numbers of WASI preview 1 as the front end uses them (abi/values.def and abi/structures.h have them), and their
// translation to the core's.
#pragma once
#include "abi/structures.h"
#include "abi/values.h"
#include "base/errno.h"
#include "core/vfs.h"

namespace mayfly::wasi_p1 {

using abi::Dialect;
using abi::Record;

namespace right {
using namespace abi::value::rights;
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
using namespace abi::value::fdflags;
inline constexpr u32 all = append | dsync | nonblock | rsync | sync;
} // namespace fdflag
namespace oflag {
using namespace abi::value::oflags;
inline constexpr u32 all = creat | directory | excl | trunc;
} // namespace oflag
namespace fstflag {
using namespace abi::value::fstflags;
inline constexpr u32 all = atim | atim_now | mtim | mtim_now;
} // namespace fstflag
namespace filetype = abi::value::filetype;

inline constexpr u32 kSymlinkFollow = abi::value::lookupflags::symlink_follow;
inline constexpr u32 kAdviceMax = abi::value::advice::noreuse, kClockMax = abi::value::clockid::thread_cputime;
inline constexpr u32 kIovMax = 1024;

// A structure that is the same in both dialects.
consteval u32 bytes_of(Record record) { return abi::bytes_of(record, Dialect::snapshot); }
consteval u32 offset_of(Record record, StrView field) {
  return abi::offset_of(record, Dialect::snapshot, field);
}
inline constexpr u32 kFdstatBytes = bytes_of(Record::fdstat), kPrestatBytes = bytes_of(Record::prestat),
                     kDirentBytes = bytes_of(Record::dirent), kEventBytes = bytes_of(Record::event),
                     kIovecBytes = bytes_of(Record::iovec);
MAYFLY_INLINE constexpr u32 filestat_bytes(Dialect d) {
  return d == Dialect::snapshot ? abi::bytes_of(Record::filestat, Dialect::snapshot)
                                : abi::bytes_of(Record::filestat, Dialect::unstable);
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
