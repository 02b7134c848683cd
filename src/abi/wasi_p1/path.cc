// Paths: everything that names a file relative to a directory descriptor.
//
// A path may not leave its directory (At::beneath): absolute paths, `..` above it and symlinks
// that point out of it are ENOTCAPABLE. Only absolute links that were packed resolve, inside the tree.
#include "abi/wasi_p1/call.h"

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

MAYFLY_NOINLINE u32 host_fd_of(Fs &fs, Fd fd) { return wasi_p1::host_fd_of(fs, *fd_slot(fs, fd)); }

MAYFLY_INLINE At beneath(InodeId dir, bool follow) {
  return At{dir, At::beneath | (follow ? 0 : At::nofollow)};
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

u32 path_create_directory(Fs &fs, Fd fd, AppPtr from, u32 len) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_create_directory, from, len, path);
  if (!dir.ok()) return num(dir.error());
  if (is_forward(dir.value())) return below::path_create_directory(host_fd_of(fs, fd), from, len);
  return num(mkdir_at(fs, beneath(dir.value(), false), path, 0777));
}

u32 path_remove_directory(Fs &fs, Fd fd, AppPtr from, u32 len) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_remove_directory, from, len, path);
  if (!dir.ok()) return num(dir.error());
  if (is_forward(dir.value())) return below::path_remove_directory(host_fd_of(fs, fd), from, len);
  return num(rmdir_at(fs, beneath(dir.value(), false), path));
}

u32 path_unlink_file(Fs &fs, Fd fd, AppPtr from, u32 len) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_unlink_file, from, len, path);
  if (!dir.ok()) return num(dir.error());
  if (is_forward(dir.value())) return below::path_unlink_file(host_fd_of(fs, fd), from, len);
  return num(unlink_at(fs, beneath(dir.value(), false), path));
}

u32 path_filestat_get(Fs &fs, Fd fd, u32 lookup, AppPtr from, u32 len, AppPtr out, Dialect dialect) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_filestat_get, from, len, path);
  if (!dir.ok()) return num(dir.error());
  if (lookup & ~kSymlinkFollow) return num(Errno::inval);
  if (!in_app(out, filestat_bytes(dialect))) return num(Errno::fault);
  if (is_forward(dir.value())) {
    u32 host = host_fd_of(fs, fd);
    return dialect == Dialect::snapshot ? below::path_filestat_get(host, lookup, from, len, out)
                                        : below::unstable_path_filestat_get(host, lookup, from, len, out);
  }
  Stat st;
  Errno failed = stat_at(fs, beneath(dir.value(), lookup & kSymlinkFollow), path, st);
  if (failed != Errno::ok) return num(failed);
  store_filestat(out, st, dialect);
  return 0;
}

u32 path_filestat_set_times(Fs &fs, Fd fd, u32 lookup, AppPtr from, u32 len, u64 atim, u64 mtim, u32 flags) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_filestat_set_times, from, len, path);
  if (!dir.ok()) return num(dir.error());
  SetTime atime, mtime;
  Errno bad = lookup & ~kSymlinkFollow ? Errno::inval : decode_times(atim, mtim, flags, atime, mtime);
  if (bad != Errno::ok) return num(bad);
  if (is_forward(dir.value()))
    return below::path_filestat_set_times(host_fd_of(fs, fd), lookup, from, len, atim, mtim, flags);
  return num(utimens_at(fs, beneath(dir.value(), lookup & kSymlinkFollow), path, atime, mtime));
}

u32 path_readlink(Fs &fs, Fd fd, AppPtr from, u32 len, AppPtr buf, u32 buf_len, AppPtr out) {
  Path path;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_readlink, from, len, path);
  if (!dir.ok()) return num(dir.error());
  if (!covers_buffer(buf, buf_len) || !covers(out, 4)) return num(Errno::fault);
  if (buf_len == 0) buf = 0;
  if (is_forward(dir.value())) return below::path_readlink(host_fd_of(fs, fd), from, len, buf, buf_len, out);
  Result<u32> copied = readlink_at(fs, beneath(dir.value(), false), path, buf, buf_len);
  if (!copied.ok()) return num(copied.error());
  host::app_store_u32(out, copied.value());
  return 0;
}

// An absolute target would mean another file on every host, so WASI forbids to create one. EPERM and not
// ENOTCAPABLE: no right would allow it, and WASI 0.2's symlink-at answers not-permitted.
u32 path_symlink(Fs &fs, AppPtr target_from, u32 target_len, Fd fd, AppPtr from, u32 len) {
  if (!covers(target_from, target_len)) return num(Errno::fault);
  Path path, target;
  Result<InodeId> dir = directory_and_path(fs, fd, right::path_symlink, from, len, path);
  if (!dir.ok()) return num(dir.error());
  if (is_forward(dir.value()))
    return below::path_symlink(target_from, target_len, host_fd_of(fs, fd), from, len);
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

u32 path_link(Fs &fs, Fd old_fd, u32 old_lookup, AppPtr old_from, u32 old_len, Fd new_fd, AppPtr new_from,
              u32 new_len) {
  TwoPaths two;
  Errno bad = two.load(fs, old_fd, right::path_link_source, old_from, old_len, new_fd,
                       right::path_link_target, new_from, new_len);
  if (bad == Errno::ok && (old_lookup & ~kSymlinkFollow)) bad = Errno::inval;
  if (bad != Errno::ok) return num(bad);
  if (is_forward(two.old_dir))
    return below::path_link(host_fd_of(fs, old_fd), old_lookup, old_from, old_len, host_fd_of(fs, new_fd),
                            new_from, new_len);
  return num(link_at(fs, beneath(two.old_dir, old_lookup & kSymlinkFollow), two.old_path,
                     beneath(two.new_dir, false), two.new_path));
}

u32 path_rename(Fs &fs, Fd old_fd, AppPtr old_from, u32 old_len, Fd new_fd, AppPtr new_from, u32 new_len) {
  TwoPaths two;
  Errno bad = two.load(fs, old_fd, right::path_rename_source, old_from, old_len, new_fd,
                       right::path_rename_target, new_from, new_len);
  if (bad != Errno::ok) return num(bad);
  if (is_forward(two.old_dir))
    return below::path_rename(host_fd_of(fs, old_fd), old_from, old_len, host_fd_of(fs, new_fd), new_from,
                              new_len);
  return num(
      rename_at(fs, beneath(two.old_dir, false), two.old_path, beneath(two.new_dir, false), two.new_path, 0));
}

namespace {

// A file opened on the host gets a descriptor of ours.
MAYFLY_NOINLINE u32 open_below(Fs &fs, Fd dir_fd, u32 lookup, AppPtr from, u32 len, u32 oflags, u64 base,
                               u64 inheriting, u32 fdflags, AppPtr out) {
  if (!covers(out, 4)) return num(Errno::fault);
  u32 error =
      below::path_open(host_fd_of(fs, dir_fd), lookup, from, len, oflags, base, inheriting, fdflags, out);
  if (error) return error;
  u32 host_fd = host::app_load_u32(out);
  Result<Fd> fd = open_host(fs, host_fd, base, inheriting);
  if (!fd.ok()) {
    below::fd_close(host_fd);
    return num(fd.error());
  }
  host::app_store_u32(out, fd.value());
  return 0;
}

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

u32 path_open(Fs &fs, Fd dir_fd, u32 lookup, AppPtr from, u32 len, u32 oflags, u64 base, u64 inheriting,
              u32 fdflags, AppPtr out) {
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
  if (MAYFLY_UNLIKELY(is_forward(dir.value())))
    return open_below(fs, dir_fd, lookup, from, len, oflags, base, inheriting, fdflags, out);
  if (MAYFLY_UNLIKELY(!in_app(out, 4))) return num(Errno::fault);

  u32 flags = flags_of(lookup, oflags, base, fdflags);
  // Only fd_write itself asks to write a directory; the other writing rights cannot apply to one.
  if (!(base & right::fd_write) && !(oflags & oflag::trunc)) flags |= open_flags::read_if_directory;
  Result<Fd> fd = open(fs, beneath(dir.value(), true), path, flags, 0666);
  if (MAYFLY_UNLIKELY(!fd.ok())) return num(fd.error());
  // open() has just marked the pages of the slot and of the description as changed.
  FdSlot &slot = *fd_slot(fs, fd.value());
  Ofd &ofd = ofd_of(fs, slot);
  if (ofd.kind == Ofd::directory) {
    slot.rights_base = base & right::of_directory;
    slot.rights_inheriting = inheriting & right::all;
  } else {
    slot.rights_base = base & right::of_file;
    slot.rights_inheriting = inheriting & right::of_file;
    // Access that is not in the rights was for opening and truncating. (/dev/fd/N shares another's description.)
    if (ofd.refs == 1) ofd.access = static_cast<u8>((base & right::fd_read ? kRead : 0) | (base & right::writes ? kWrite : 0));
  }
  host::app_store_u32(out, fd.value());
  return 0;
}

} // namespace mayfly::wasi_p1
