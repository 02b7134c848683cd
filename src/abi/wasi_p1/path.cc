// Paths: everything that names a file relative to a directory descriptor.
//
// A path may not leave its directory (At::beneath): absolute paths, `..` above it and symlinks
// that point out of it are ENOTCAPABLE. Only absolute links that were packed resolve, inside the tree.
#include "abi/wasi_p1/call.h"
#include "core/path.h"

namespace mayfly::wasi_p1 {
namespace {

constexpr InodeId kForward = 0; // no inode has this number: the directory is the host's
MAYFLY_INLINE bool is_forward(InodeId dir) { return build::host_dirs && dir == kForward; }

// The directory behind `fd`, if it holds `rights`; kForward for one of the host's.
MAYFLY_INLINE Result<InodeId> directory_with(Fs &fs, Fd fd, u64 rights) {
  FdSlot *slot = fd_slot(fs, fd);
  if (MAYFLY_UNLIKELY(slot == nullptr)) return Errno::badf;
  const Ofd &ofd = ofd_of(fs, *slot);
  bool host = build::host_dirs && ofd.kind == Ofd::host;
  if (MAYFLY_UNLIKELY(ofd.kind != Ofd::directory)) {
    if (host ? is_stdio(ofd) : !(ofd.kind == Ofd::path && is_dir(fs.inode(ofd.inode)))) return Errno::notdir;
  }
  if (MAYFLY_UNLIKELY(!has(*slot, rights))) return Errno::notcapable;
  return host ? kForward : ofd.inode;
}

// A Path lies on the layer's stack, and a downcall is made without anything there. So each call comes in two:
// what goes to a directory of the host's is sent on first, and the rest (MAYFLY_OWN) is a function of its own in
// builds that have such directories.
#ifdef MAYFLY_WITHOUT_HOST_DIRS
#define MAYFLY_OWN MAYFLY_INLINE
#else
#define MAYFLY_OWN MAYFLY_NOINLINE
#endif

MAYFLY_NOINLINE u32 host_fd_of(Fs &fs, Fd fd) {
  FdSlot *slot = fd_slot(fs, fd);
  return slot != nullptr ? wasi_p1::host_fd_of(fs, *slot) : kHostDirMissing; // closed while the host was asked
}

MAYFLY_INLINE At beneath(InodeId dir, bool follow) {
  return At{dir, At::beneath | (follow ? 0 : At::nofollow)};
}

// The host's directory that the call is for and may have, rights and path being checked; 0 when it is none.
MAYFLY_NOINLINE u32 find_host_dir(Fs &fs, Fd fd, u64 rights, AppPtr from, u32 len) {
  Result<InodeId> dir = directory_with(fs, fd, rights);
  return dir.ok() && dir.value() == kForward && in_app(from, len) ? host_fd_of(fs, fd) : 0;
}
MAYFLY_INLINE u32 host_dir(Fs &fs, Fd fd, u64 rights, AppPtr from, u32 len) {
  return build::host_dirs ? find_host_dir(fs, fd, rights, from, len) : 0;
}

// The start of every path call: the directory of `fd` with `rights`, and the path loaded, unless
// the directory is the host's (kForward). Out of line: eight callers, and the call costs a nanosecond.
MAYFLY_NOINLINE Result<InodeId> directory_and_path(Fs &fs, Fd fd, u64 rights, AppPtr from, u32 len,
                                                   Path &path) {
  MAYFLY_TRY(dir, directory_with(fs, fd, rights));
  if (MAYFLY_UNLIKELY(!in_app(from, len))) return Errno::fault;
  if (MAYFLY_UNLIKELY(is_forward(dir))) return kForward;
  MAYFLY_CHECK(path.assign_app(from, len));
  return dir;
}

} // namespace

namespace {

MAYFLY_OWN u32 own_create_directory(Fs &fs, Fd fd, AppPtr from, u32 len) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_create_directory, from, len, path);
  return num(dir.ok() ? mkdir_at(fs, beneath(dir.value(), false), path, 0777) : dir.error());
}

MAYFLY_OWN u32 own_remove_directory(Fs &fs, Fd fd, AppPtr from, u32 len) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_remove_directory, from, len, path);
  return num(dir.ok() ? rmdir_at(fs, beneath(dir.value(), false), path) : dir.error());
}

MAYFLY_OWN u32 own_unlink_file(Fs &fs, Fd fd, AppPtr from, u32 len) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_unlink_file, from, len, path);
  return num(dir.ok() ? unlink_at(fs, beneath(dir.value(), false), path) : dir.error());
}

// kWantsTime: nothing was done, and the time is needed first.
constexpr u32 kWantsTime = ~u32{0};
MAYFLY_NOINLINE u32 own_filestat_get(Fs &fs, Fd fd, u32 lookup, AppPtr from, u32 len, AppPtr out,
                                     Dialect dialect) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_filestat_get, from, len, path);
  if (!dir.ok()) return num(dir.error());
  if (lookup & ~kSymlinkFollow) return num(Errno::inval);
  if (!in_app(out, filestat_bytes(dialect))) return num(Errno::fault);
  At at = beneath(dir.value(), lookup & kSymlinkFollow);
  Walk w;
  Errno failed = walk(fs, at, path, at.flags & At::nofollow ? 0 : walk_how::follow, w);
  if (failed != Errno::ok) return num(failed);
  if (wants_time(fs.inode(w.inode))) return kWantsTime;
  return filestat_of(fs, w.inode, out, dialect, w.dev_fd > Walk::held ? &w : nullptr);
}

MAYFLY_OWN u32 own_filestat_set_times(Fs &fs, Fd fd, u32 lookup, AppPtr from, u32 len, u64 atim, u64 mtim,
                                      u32 flags) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_filestat_set_times, from, len, path);
  if (!dir.ok()) return num(dir.error());
  SetTime atime, mtime;
  Errno bad = lookup & ~kSymlinkFollow ? Errno::inval : decode_times(atim, mtim, flags, atime, mtime);
  if (bad != Errno::ok) return num(bad);
  return num(utimens_at(fs, beneath(dir.value(), lookup & kSymlinkFollow), path, atime, mtime));
}

MAYFLY_OWN u32 own_readlink(Fs &fs, Fd fd, AppPtr from, u32 len, AppPtr buf, u32 buf_len, AppPtr out) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_readlink, from, len, path);
  if (!dir.ok()) return num(dir.error());
  if (!covers_buffer(buf, buf_len) || !covers(out, 4)) return num(Errno::fault);
  if (buf_len == 0) buf = 0;
  Result<u32> copied = readlink_at(fs, beneath(dir.value(), false), path, buf, buf_len);
  if (!copied.ok()) return num(copied.error());
  host::app_store_u32(out, copied.value());
  return 0;
}

MAYFLY_COLD u32 times_to_host(u32 host, u32 lookup, AppPtr from, u32 len, u64 atim, u64 mtim, u32 flags) {
  if ((lookup & ~kSymlinkFollow) || !times_are_valid(atim, mtim, flags)) return num(Errno::inval);
  return below::path_filestat_set_times(host, lookup, from, len, atim, mtim, flags);
}

} // namespace

u32 path_create_directory(Fs &fs, Fd fd, AppPtr from, u32 len) {
  if (u32 host = host_dir(fs, fd, right::path_create_directory, from, len))
    return below::path_create_directory(host, from, len);
  return own_create_directory(fs, fd, from, len);
}

u32 path_remove_directory(Fs &fs, Fd fd, AppPtr from, u32 len) {
  if (u32 host = host_dir(fs, fd, right::path_remove_directory, from, len))
    return below::path_remove_directory(host, from, len);
  return own_remove_directory(fs, fd, from, len);
}

u32 path_unlink_file(Fs &fs, Fd fd, AppPtr from, u32 len) {
  if (u32 host = host_dir(fs, fd, right::path_unlink_file, from, len))
    return below::path_unlink_file(host, from, len);
  return own_unlink_file(fs, fd, from, len);
}

u32 path_filestat_get(Fs &fs, Fd fd, u32 lookup, AppPtr from, u32 len, AppPtr out, Dialect dialect) {
  if (u32 host = host_dir(fs, fd, right::path_filestat_get, from, len)) {
    if (lookup & ~kSymlinkFollow) return num(Errno::inval);
    if (!in_app(out, filestat_bytes(dialect))) return num(Errno::fault);
    return dialect == Dialect::snapshot ? below::path_filestat_get(host, lookup, from, len, out)
                                        : below::unstable_path_filestat_get(host, lookup, from, len, out);
  }
  u32 answer = own_filestat_get(fs, fd, lookup, from, len, out, dialect);
  if (MAYFLY_LIKELY(!build::writes || answer != kWantsTime)) return answer;
  fetch_time(fs);
  return path_filestat_get(fs_after_downcall(), fd, lookup, from, len, out, dialect);
}

u32 path_filestat_set_times(Fs &fs, Fd fd, u32 lookup, AppPtr from, u32 len, u64 atim, u64 mtim, u32 flags) {
  if (u32 host = host_dir(fs, fd, right::path_filestat_set_times, from, len))
    return times_to_host(host, lookup, from, len, atim, mtim, flags);
  return own_filestat_set_times(fs, fd, lookup, from, len, atim, mtim, flags);
}

u32 path_readlink(Fs &fs, Fd fd, AppPtr from, u32 len, AppPtr buf, u32 buf_len, AppPtr out) {
  if (u32 host = host_dir(fs, fd, right::path_readlink, from, len)) {
    if (!covers_buffer(buf, buf_len) || !covers(out, 4)) return num(Errno::fault);
    return below::path_readlink(host, from, len, buf_len ? buf : 0, buf_len, out);
  }
  return own_readlink(fs, fd, from, len, buf, buf_len, out);
}

namespace {

// An absolute target would mean another file on every host, so WASI forbids to create one. EPERM and not
// ENOTCAPABLE: no right would allow it, and WASI 0.2's symlink-at answers not-permitted.
MAYFLY_OWN u32 own_symlink(Fs &fs, AppPtr target_from, u32 target_len, Fd fd, AppPtr from, u32 len) {
  Path path, target;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_symlink, from, len, path);
  if (!dir.ok()) return num(dir.error());
  Errno bad = target.assign_app(target_from, target_len);
  if (bad != Errno::ok) return num(bad);
  if (target.len != 0 && target.bytes[0] == '/') return num(Errno::perm);
  return num(symlink_at(fs, target, beneath(dir.value(), false), path));
}

// Two directories, each one's right, and both paths. EXDEV between ours and the host's.
struct TwoPaths {
  Path old_path, new_path;
  InodeId old_dir, new_dir;

  MAYFLY_NOINLINE Errno load(Fs &fs, Fd old_fd, u64 old_right, AppPtr old_from, u32 old_len, Fd new_fd,
                             u64 new_right, AppPtr new_from, u32 new_len) {
    MAYFLY_TRY(first, directory_and_path(fs, old_fd, old_right, old_from, old_len, old_path));
    MAYFLY_TRY(second, directory_and_path(fs, new_fd, new_right, new_from, new_len, new_path));
    if (is_forward(first) != is_forward(second)) return Errno::xdev;
    old_dir = first;
    new_dir = second;
    return Errno::ok;
  }
};

MAYFLY_OWN u32 own_link(Fs &fs, Fd old_fd, u32 old_lookup, AppPtr old_from, u32 old_len, Fd new_fd,
                        AppPtr new_from, u32 new_len) {
  TwoPaths two;
  Errno bad = two.load(fs, old_fd, right::path_link_source, old_from, old_len, new_fd,
                       right::path_link_target, new_from, new_len);
  if (bad == Errno::ok && (old_lookup & ~kSymlinkFollow)) bad = Errno::inval;
  if (bad != Errno::ok) return num(bad);
  return num(link_at(fs, beneath(two.old_dir, old_lookup & kSymlinkFollow), two.old_path,
                     beneath(two.new_dir, false), two.new_path));
}

MAYFLY_OWN u32 own_rename(Fs &fs, Fd old_fd, AppPtr old_from, u32 old_len, Fd new_fd, AppPtr new_from,
                          u32 new_len) {
  TwoPaths two;
  Errno bad = two.load(fs, old_fd, right::path_rename_source, old_from, old_len, new_fd,
                       right::path_rename_target, new_from, new_len);
  if (bad != Errno::ok) return num(bad);
  return num(
      rename_at(fs, beneath(two.old_dir, false), two.old_path, beneath(two.new_dir, false), two.new_path, 0));
}

} // namespace

u32 path_symlink(Fs &fs, AppPtr target_from, u32 target_len, Fd fd, AppPtr from, u32 len) {
  if (!covers(target_from, target_len)) return num(Errno::fault);
  if (u32 host = host_dir(fs, fd, right::path_symlink, from, len))
    return below::path_symlink(target_from, target_len, host, from, len);
  return own_symlink(fs, target_from, target_len, fd, from, len);
}

// Both directories are the host's.
u32 path_link(Fs &fs, Fd old_fd, u32 old_lookup, AppPtr old_from, u32 old_len, Fd new_fd, AppPtr new_from,
              u32 new_len) {
  u32 old_host = host_dir(fs, old_fd, right::path_link_source, old_from, old_len);
  u32 new_host =
      old_host ? host_dir(fs_after_downcall(), new_fd, right::path_link_target, new_from, new_len) : 0;
  if (new_host != 0) {
    if (old_lookup & ~kSymlinkFollow) return num(Errno::inval);
    return below::path_link(old_host, old_lookup, old_from, old_len, new_host, new_from, new_len);
  }
  return own_link(fs_after_downcall(), old_fd, old_lookup, old_from, old_len, new_fd, new_from, new_len);
}

u32 path_rename(Fs &fs, Fd old_fd, AppPtr old_from, u32 old_len, Fd new_fd, AppPtr new_from, u32 new_len) {
  u32 old_host = host_dir(fs, old_fd, right::path_rename_source, old_from, old_len);
  u32 new_host =
      old_host ? host_dir(fs_after_downcall(), new_fd, right::path_rename_target, new_from, new_len) : 0;
  if (new_host != 0) return below::path_rename(old_host, old_from, old_len, new_host, new_from, new_len);
  return own_rename(fs_after_downcall(), old_fd, old_from, old_len, new_fd, new_from, new_len);
}

namespace {

// The rights of `dir` that opening with these flags takes: its own (first), and ones that it must pass on.
MAYFLY_INLINE Errno check_open_rights(const FdSlot &dir, u32 oflags, u32 fdflags) {
  u64 own = right::path_open | (oflags & oflag::creat ? right::path_create_file : 0) |
            (oflags & oflag::trunc ? right::path_filestat_set_size : 0);
  u64 passed = (fdflags & fdflag::dsync ? right::fd_datasync : 0) |
               (fdflags & (fdflag::rsync | fdflag::sync) ? right::fd_sync : 0);
  bool ok = has(dir, own) && (dir.rights_inheriting & passed) == passed;
  return ok ? Errno::ok : Errno::notcapable;
}

// The core's flags for what the rights ask for. Without any of them a file is opened for
// reading, as O_RDONLY is what open(2) does when nothing is asked.
MAYFLY_INLINE u32 flags_of(u32 lookup, u32 oflags, u64 base, u32 fdflags) {
  u32 flags = status_of_fdflags(fdflags);
  bool write = base & right::writes;
  if (write || (oflags & oflag::trunc)) flags |= open_flags::write;
  if (!write || (base & (right::fd_read | right::fd_readdir))) flags |= open_flags::read;
  static_assert(oflag::excl << 1 == open_flags::excl && oflag::trunc << 1 == open_flags::trunc &&
                oflag::creat << 2 == open_flags::create && oflag::directory << 9 == open_flags::directory);
  flags |= (oflags & (oflag::excl | oflag::trunc)) << 1 | (oflags & oflag::creat) << 2 |
           (oflags & oflag::directory) << 9;
  if (!(lookup & kSymlinkFollow)) flags |= open_flags::nofollow;
  return flags;
}

} // namespace

namespace {

// A file opened on the host gets a descriptor of ours.
MAYFLY_NOINLINE u32 open_below(u32 host, Fd dir_fd, u32 lookup, AppPtr from, u32 len, u32 oflags, u64 base,
                               u64 inheriting, u32 fdflags, AppPtr out) {
  if ((lookup & ~kSymlinkFollow) || (oflags & ~oflag::all) || (fdflags & ~fdflag::all)) return num(Errno::inval);
  Fs &fs = fs_after_downcall();
  const FdSlot *dir = fd_slot(fs, dir_fd);
  if (dir == nullptr) return num(Errno::badf);
  const FdSlot &dir_slot = *dir;
  Errno denied = check_open_rights(dir_slot, oflags, fdflags);
  if (denied != Errno::ok) return num(denied);
  base &= dir_slot.rights_inheriting;
  inheriting &= dir_slot.rights_inheriting;
  if (!covers(out, 4)) return num(Errno::fault);
  u32 error =
      below::path_open(host, lookup, from, len, oflags, base, inheriting, fdflags, out);
  if (error) return error;
  u32 host_fd = host::app_load_u32(out);
  Result<Fd> fd = open_host(fs_after_downcall(), host_fd, base, inheriting);
  if (!fd.ok()) {
    below::fd_close(host_fd);
    return num(fd.error());
  }
  host::app_store_u32(out, fd.value());
  return 0;
}

MAYFLY_OWN u32 own_open(Fs &fs, Fd dir_fd, u32 lookup, AppPtr from, u32 len, u32 oflags, u64 base,
                        u64 inheriting, u32 fdflags, AppPtr out) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, dir_fd, right::path_open, from, len, path);
  if (MAYFLY_UNLIKELY(!dir.ok())) return num(dir.error());
  if (MAYFLY_UNLIKELY((lookup & ~kSymlinkFollow) || (oflags & ~oflag::all) || (fdflags & ~fdflag::all)))
    return num(Errno::inval);
  const FdSlot &dir_slot = *fd_slot(fs, dir_fd);
  Errno denied = check_open_rights(dir_slot, oflags, fdflags);
  if (MAYFLY_UNLIKELY(denied != Errno::ok)) return num(denied);
  // More than the directory passes on is not an error: toolchains ask for everything.
  base &= dir_slot.rights_inheriting;
  inheriting &= dir_slot.rights_inheriting;
  if (MAYFLY_UNLIKELY(!in_app(out, 4))) return num(Errno::fault);

  u32 flags = flags_of(lookup, oflags, base, fdflags);
  // Only fd_write itself asks to write a directory; the other writing rights cannot apply to one.
  if (!(base & right::fd_write) && !(oflags & oflag::trunc)) flags |= open_flags::read_if_directory;
  Result<Fd> fd = open(fs, beneath(dir.value(), true), path, flags, 0666);
  if (MAYFLY_UNLIKELY(!fd.ok())) return num(fd.error());
  // open() has just marked the pages of the slot and of the description as changed.
  FdSlot &slot = *fd_slot(fs, fd.value());
  Ofd &ofd = ofd_of(fs, slot);
  // A descriptor opened again through /dev/fd/N keeps no right that N has not.
  u64 rights = slot.rights_base & base;
  slot.rights_inheriting &= inheriting;
  if (ofd.kind == Ofd::directory) {
    slot.rights_base = rights & right::of_directory;
  } else {
    slot.rights_base = rights & right::of_file;
    slot.rights_inheriting &= right::of_file;
    // Access that is not in the rights was for opening and truncating. A shared description is the host's.
    if (ofd.refs == 1) ofd.access = static_cast<u8>((rights & right::fd_read ? kRead : 0) | (rights & right::writes ? kWrite : 0));
  }
  host::app_store_u32(out, fd.value());
  return 0;
}

} // namespace

u32 path_open(Fs &fs, Fd dir_fd, u32 lookup, AppPtr from, u32 len, u32 oflags, u64 base, u64 inheriting,
              u32 fdflags, AppPtr out) {
  if (u32 host = host_dir(fs, dir_fd, right::path_open, from, len))
    return open_below(host, dir_fd, lookup, from, len, oflags, base, inheriting, fdflags, out);
  return own_open(fs, dir_fd, lookup, from, len, oflags, base, inheriting, fdflags, out);
}

} // namespace mayfly::wasi_p1
