// The filesystem's operations: Linux's semantics and errnos over one region.
//
// Front ends translate an ABI into these calls and back. Every operation leaves the region
// as it was when it fails, unless its comment says otherwise. None traps, aborts, or loops
// without bound. Not thread-safe: one instance, one thread.
//
// Conventions
//  - Paths arrive as `Path`: bytes in the layer's own memory, at most kPathMax - 1 of them.
//  - File bytes move between the region (or the packed content) and the application's memory, at an AppPtr
//    that the front end has checked, or bytes of the caller's own (ByteSpan, StrView).
//  - `At` is where a relative path starts. An absolute path starts at the root.
//  - Errors common to all path operations: noent (empty path, missing component),
//    notdir, acces (search permission), loop, nametoolong, and with At::beneath
//    notcapable (the path leaves the start directory).
#pragma once
#include "core/host.h"
#include "core/region.h"

namespace mayfly {

// ---- lifecycle ---------------------------------------------------------------------------

struct FormatOptions {
  u64 max_bytes = ~u64{0};  // limit on the tree's pages; rounded down to whole pages. ENOSPC above it. Descriptors do not count
  u32 max_inodes = ~u32{0}; // ENOSPC
  u32 max_fds = 4096;       // EMFILE above it; more than kFdMax is kFdMax. 96 bytes each, once there were so many
  u32 uid = 0, gid = 0;     // who the application is; uid 0 bypasses permission checks
  u32 umask = 022;
  i64 time_ns = 0;          // timestamps of the root and /dev, and where the counter clock starts
  u64 seed = 0;             // of the seeded random generator
  u64 name_seed = 0x9e37'79b9'7f4a'7c15ull; // of the hashes of names; made odd. Best what nobody can guess
  bool devices = true;      // make /dev with null zero full random urandom fd stdin stdout stderr
};

inline constexpr u32 kFormatBytesMin = 64 * 1024;

// Makes an empty filesystem in the zeroed bytes [base, base + size). `base` is 4096-aligned;
// size a multiple of 4096, at least kFormatBytesMin. Descriptors: none are open.
Errno format(void *base, u32 size, const FormatOptions &options);

// Makes the value that is the tree alone: gives the region a new process, as format() would, in place of the one
// it has. Then no descriptor is open, the working directory is the root, nothing of what the old process left
// stays (not in free pages either), and what only an open descriptor held is freed.
// Two regions of equal origin that went through equal changes of the tree are equal bytes afterwards, whatever was
// opened, duplicated, locked, sought or closed in one of them, provided that in both at most kFdsMin descriptors
// were open at a time, no file lost its last name while it was open, and marked times took the same values.
void renew_process(Fs &, const FormatOptions &);

// Is this region sound? Checks every offset, count, link and bound, so that no later
// operation can leave the region. `bytes` is 8-aligned and `size` bytes long.
// On failure `*what` (if not null) is a static sentence and `*where` an offset.
bool verify(const void *bytes, u64 size, u32 content_bytes, const char **what, u32 *where);

// ---- callers -----------------------------------------------------------------------------

// A module has one caller, whose identity is in the region. A mount has many callers: it makes an ActAs for each request.
// While an ActAs exists, `who` is the caller of all operations on the filesystem that is current on the thread. That
// decides which permissions apply and who owns a new file. `who` must exist as long as the ActAs. The umask stays the
// region's. ActAs may be nested. It is native only: no layer in a module has it.
class ActAs {
public:
  explicit ActAs(const Identity &who);
  ~ActAs();
  ActAs(const ActAs &) = delete;
  ActAs &operator=(const ActAs &) = delete;

private:
  class NativeHost &host_;
  const Identity *before_;
};

// ---- paths -------------------------------------------------------------------------------

// A path in the layer's memory. `bytes[len .. len+7]` are '/' (a sentinel for the walk).
struct Path {
  u32 len;
  char bytes[kPathMax + 8];

  // Takes `n` bytes; nametoolong when n >= kPathMax, inval when one of them is NUL.
  Errno assign(const char *from, u32 n);
  // The same from application memory; fault is the caller's check.
  Errno assign_app(AppPtr from, u32 n);
};

struct At {
  InodeId dir;   // start of a relative path: a directory (else notdir)
  u32 flags = 0; // of the following
  static constexpr u32 beneath = 1;  // WASI: the path may not leave `dir`; absolute paths and absolute
                                     // symlinks are notcapable, except packed ones (kAbsoluteOk)
  static constexpr u32 nofollow = 2; // a symlink as last component is not followed
};

// The inode a path names. Errors: the common ones; perm for the link /dev/fd/N itself and for what the host has open.
Result<InodeId> resolve(Fs &, At, const Path &);

// ---- descriptors -------------------------------------------------------------------------

inline constexpr u8 kRead = 1, kWrite = 2; // Ofd::access
namespace open_flags {
// append to sync are in the order of WASI's fdflags, so that translating them is a shift.
inline constexpr u32 read = 1, write = 2, create = 4, excl = 8, trunc = 16, append = 32, dsync = 64, nonblock = 128,
                     rsync = 256, sync = 512, directory = 1024, nofollow = 2048, tmpfile = 4096,
                     path = 8192, // a descriptor for *at and fstat only; besides it only directory and nofollow are set
                     read_if_directory = 16384; // not of POSIX: a directory is opened for reading despite `write`
}
// Ofd::status keeps append, nonblock, sync, dsync, rsync of open_flags (same bits).
inline constexpr u32 kStatusMask = open_flags::append | open_flags::nonblock | open_flags::sync |
                                   open_flags::dsync | open_flags::rsync;

// Opens as open(2). The new descriptor is the lowest free one, with all rights. Opening /dev/fd/N is dup: another
// descriptor, with N's rights, of the same open file description (Linux opens the file anew).
// Errors: common; exist, isdir (write to a directory, create a directory), notdir (directory),
// loop (nofollow on a symlink), mfile, nomem (no memory for more descriptors), nospc, acces, rofs, inval (create
// with directory or tmpfile, whatever stands at the path; tmpfile without write), noent (/dev/fd/N of a closed N).
Result<Fd> open(Fs &, At, const Path &, u32 flags, u32 mode);

// The record of a number below Process::fd_cap, in use or not. It never moves.
FdRecord &far_record(Fs &, u32 n); // for a number that may be in any extent
MAYFLY_INLINE FdRecord &record_at(Fs &fs, u32 n) {
  return MAYFLY_LIKELY(n < kFdsMin) ? fs.at<FdRecord>(kFdExtentOff)[n] : far_record(fs, n);
}
// The slot of an open descriptor, or null (badf).
FdSlot *far_slot(Fs &, Fd);
MAYFLY_INLINE FdSlot *fd_slot(Fs &fs, Fd fd) {
  if (MAYFLY_UNLIKELY(fd >= kFdsMin)) return far_slot(fs, fd);
  FdSlot &slot = fs.at<FdRecord>(kFdExtentOff)[fd].slot;
  return MAYFLY_LIKELY(slot.ofd != 0) ? &slot : nullptr;
}
MAYFLY_INLINE Ofd &ofd_of(Fs &fs, const FdSlot &slot) { return *fs.at<Ofd>(slot.ofd); }
Fd number_of(const Fs &, const FdSlot &); // the descriptor of a slot that fd_slot() gave

Errno close(Fs &, Fd);                    // badf. The last close of an unlinked file frees it
Result<Fd> dup(Fs &, Fd, Fd lowest);      // badf, mfile, nomem, inval (lowest beyond the limit)
Errno dup2(Fs &, Fd from, Fd to);         // badf, also for `to` beyond the limit; nomem; from == to does nothing
Errno renumber(Fs &, Fd from, Fd to);     // WASI fd_renumber: both open (badf); `from` is closed
// A descriptor for something the host has open (stdio, sockets, passed-through directories).
Result<Fd> open_host(Fs &, u32 host_fd, u64 rights_base, u64 rights_inheriting); // mfile, nomem
// A descriptor for a directory that fd_prestat_get reports under `name`.
Result<Fd> open_preopen(Fs &, InodeId dir, StrView name, u64 rights_base, u64 rights_inheriting);
// Puts `device` or an inode at descriptor `fd` exactly (stdio set-up). fd must be closed.
Errno open_inode_at(Fs &, Fd fd, InodeId, u8 access, u32 status);
Errno open_host_at(Fs &, Fd fd, u32 host_fd, u64 rights_base, u64 rights_inheriting);

// ---- data --------------------------------------------------------------------------------
// The Ofd is one of an open descriptor of kind file or device (for others: isdir for a
// directory, badf without the access needed, badf for path). `len` may be 0. Counts are what was moved;
// a short count only at end of file or when space ran out after some bytes.

// All four: inval when offset or position plus `len` is beyond kFileSizeMax, as on Linux.
Result<u32> read(Fs &, Ofd &, AppPtr to, u32 len);
Result<u32> write(Fs &, Ofd &, AppPtr from, u32 len); // nospc; fbig when appending to a file of kFileSizeMax
Result<u32> pread(Fs &, Ofd &, AppPtr to, u32 len, u64 offset);
// As Linux, an append descriptor appends whatever `offset` says.
Result<u32> pwrite(Fs &, Ofd &, AppPtr from, u32 len, u64 offset);

// The same four for callers that have no application, for instance a mount: the bytes are in memory of the caller's own,
// which does not overlap the region.
struct ByteSpan {
  char *ptr;
  u32 len;
};
Result<u32> read(Fs &, Ofd &, ByteSpan to);
Result<u32> write(Fs &, Ofd &, StrView from);
Result<u32> pread(Fs &, Ofd &, ByteSpan to, u64 offset);
Result<u32> pwrite(Fs &, Ofd &, StrView from, u64 offset);

enum class Whence : u8 { set = 0, cur = 1, end = 2, data = 3, hole = 4 };
// inval (result negative or too large, directory with `end`/data/hole), nxio (data/hole beyond the end). A device answers 0, as Linux's do.
// Directories: `set` 0 rewinds and stores the position, as Linux.
Result<u64> seek(Fs &, Ofd &, i64 delta, Whence);
// The same for set, cur and end only: what an ABI without data and hole needs.
Result<u64> seek_position(Fs &, Ofd &, i64 delta, Whence);

Errno ftruncate(Fs &, Ofd &, u64 size);                          // inval (not writable, directory), fbig
namespace fallocate_mode { inline constexpr u32 keep_size = 1, punch_hole = 2; }
Errno fallocate(Fs &, Ofd &, u32 mode, u64 offset, u64 len);     // inval (len 0), fbig, nospc, notsup, badf, nodev
// Copies between two files (copy_file_range, sendfile). A null offset pointer uses and moves the position.
Result<u32> copy_range(Fs &, Ofd &in, u64 *in_offset, Ofd &out, u64 *out_offset, u32 len); // inval on overlap
Errno fsync(Fs &, Ofd &);                                        // resolves marked times. inval for devices that cannot
enum class Lock : u8 { unlock = 0, shared = 1, exclusive = 2 };
Errno flock(Fs &, Ofd &, Lock);                                  // again when another description holds it; a lock held here is lost then, as on Linux

// ---- metadata ----------------------------------------------------------------------------

struct Stat {
  u64 dev, ino;
  u32 mode, uid, gid, blksize;
  u64 nlink, size, blocks, rdev; // blocks: of 512 bytes
  i64 atime_ns, mtime_ns, ctime_ns, btime_ns;
};
void stat_inode(Fs &, InodeId, Stat &); // resolves marked times
Errno stat_at(Fs &, At, const Path &, Stat &);
Errno fstat(Fs &, Ofd &, Stat &); // badf for kind host

// Marks no time where the size stays and there is no data, as tmpfs.
Errno truncate_at(Fs &, At, const Path &, u64 size);
Errno chmod_at(Fs &, At, const Path &, u32 mode);            // perm
Errno chown_at(Fs &, At, const Path &, u32 uid, u32 gid);    // perm; ~0 leaves one as it is. Clears set-ID bits of files
Errno fchmod(Fs &, Ofd &, u32 mode);
Errno fchown(Fs &, Ofd &, u32 uid, u32 gid);
Errno access_at(Fs &, At, const Path &, u32 rwx);            // acces, rofs

struct SetTime {
  enum How : u8 { omit, now, value } how = omit;
  i64 ns = 0;
};
Errno utimens_at(Fs &, At, const Path &, SetTime atime, SetTime mtime); // perm, acces
Errno futimens(Fs &, Ofd &, SetTime atime, SetTime mtime);

struct StatFs { u64 blocks, blocks_free, files, files_free; u32 block_bytes, name_max; };
void statfs(const Fs &, StatFs &);

// ---- the tree ----------------------------------------------------------------------------

Errno mkdir_at(Fs &, At, const Path &, u32 mode);            // exist, nospc, rofs, acces
Errno rmdir_at(Fs &, At, const Path &);                      // notempty, inval (.), notempty (..), busy (root), notdir
Errno unlink_at(Fs &, At, const Path &);                     // isdir, perm (sticky), notdir (trailing slash)
// at_old.flags without nofollow follows a symlink as last component (linkat AT_SYMLINK_FOLLOW).
Errno link_at(Fs &, At at_old, const Path &old_path, At at_new, const Path &new_path); // exist, perm (directory), mlink
// `absolute_ok` marks a packed link whose absolute target may be followed beneath.
Errno symlink_at(Fs &, const Path &target, At, const Path &, bool absolute_ok = false); // exist, noent (empty target)
// Copies up to `len` bytes of the target, no NUL; returns how many. inval when not a symlink.
Result<u32> readlink_at(Fs &, At, const Path &, AppPtr to, u32 len);
// The target itself; valid until the region changes.
Result<u32> readlink_inode(Fs &, InodeId, StrView &target);
namespace rename_flags { inline constexpr u32 noreplace = 1, exchange = 2; }
Errno rename_at(Fs &, At at_old, const Path &old_path, At at_new, const Path &new_path, u32 flags);

struct DirEntry {
  u64 ino;
  u32 type;        // mode & type_mask
  StrView name;    // valid until the region changes
  u64 next_cookie; // resumes after this entry; below 2^31
};
struct DirCursor { u32 index; };
// Where the entry after `cookie` is; 0 starts (and remembers which entries exist now). Any other value is
// accepted: it is a position, not a reference, so it survives removal of the entry it came from.
DirCursor dir_seek(Fs &, Ofd &, u64 cookie);
// The next entry ("." and ".." first); false at the end. Linear over a whole listing.
bool dir_next(Fs &, Ofd &, DirCursor &, DirEntry &);

Errno chdir_at(Fs &, At, const Path &);
Errno fchdir(Fs &, Ofd &);
// Path of a directory from the root into `out` (also for strace and inspect); noent when it was removed.
Errno dir_path(Fs &, InodeId dir, Path &out);

// ---- for the packer (native) ---------------------------------------------------------------
// These skip permission checks and take times explicitly. Parents must exist.

struct Attributes { u32 mode, uid, gid; i64 mtime_ns; }; // mode without type bits; all four times become mtime_ns
// Makes (or, for a directory, updates) the last component; replaces a non-directory that is in the way
// (exist when a directory is). Packed bytes [content_off, content_off + len) become the file's content.
Result<InodeId> pack_file(Fs &, const Path &, const Attributes &, u32 content_off, u32 len);
Result<InodeId> pack_dir(Fs &, const Path &, const Attributes &);
Result<InodeId> pack_symlink(Fs &, const Path &, const Attributes &, const Path &target);
Result<InodeId> pack_link(Fs &, const Path &existing, const Path &new_path);
Errno pack_remove(Fs &, const Path &); // a whole subtree, for overlays that replace a directory
// Bakes in the argument vector or the environment: `count` NUL-terminated strings in `bytes`.
Errno pack_args(Fs &, StrView bytes, u32 count);
Errno pack_env(Fs &, StrView bytes, u32 count);
// Ends packing: clears the dirty map, gives back free pages at the end down to a multiple of 64 KiB
// (less any slack), and returns the region's final size in bytes.
u32 pack_finish(Fs &);

} // namespace mayfly
