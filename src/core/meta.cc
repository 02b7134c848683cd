// Metadata: stat, modes, owners, times, access, statfs.
#include "core/dir.h"
#include "core/pages.h"
#include "core/path.h"

namespace mayfly {
namespace {

bool owner(const Fs &fs, const Inode &i) { return fs.user() == 0 || fs.user() == i.uid; }

Errno set_mode(Fs &fs, InodeId id, u32 bits) {
  Inode &i = fs.inode(id);
  if (fs.read_only()) return Errno::rofs;
  if (!owner(fs, i)) return Errno::perm;
  if (is_symlink(i)) return Errno::notsup;
  bits &= mode::permission_mask;
  // POSIX: who is not in the file's group cannot set its set-group-ID bit.
  if (fs.user() != 0 && !fs.in_group(i.gid)) bits &= ~mode::setgid;
  touch(fs, i, kTimeC);
  i.mode = static_cast<u16>((i.mode & mode::type_mask) | bits);
  return Errno::ok;
}

Errno set_owner(Fs &fs, InodeId id, u32 uid, u32 gid) {
  Inode &i = fs.inode(id);
  if (fs.read_only()) return Errno::rofs;
  // Linux clears the set-ID bits of an executable whoever changes the owner; set-group-ID without
  // group execute is mandatory locking's and stays, for root and the group's members.
  u32 drop = 0;
  if (!is_dir(i)) {
    drop = mode::setuid;
    if (i.mode & 010 || (fs.user() != 0 && !fs.in_group(i.gid))) drop |= mode::setgid;
    drop &= i.mode;
  }
  if (fs.user() != 0) {
    bool same_uid = uid == ~0u || uid == i.uid, own_gid = gid == ~0u || fs.in_group(gid) || gid == i.gid;
    // To change nothing is allowed to everybody, unless bits are cleared: only the owner may change a mode.
    bool nothing = uid == ~0u && gid == ~0u && !drop;
    if (!(owner(fs, i) && same_uid && own_gid) && !nothing) return Errno::perm;
  }
  touch(fs, i, kTimeC);
  i.mode &= static_cast<u16>(~drop);
  if (uid != ~0u) i.uid = uid;
  if (gid != ~0u) i.gid = gid;
  return Errno::ok;
}

Errno set_times(Fs &fs, InodeId id, SetTime atime, SetTime mtime) {
  Inode &i = fs.inode(id);
  if (fs.read_only()) return Errno::rofs;
  if (atime.how == SetTime::omit && mtime.how == SetTime::omit) return Errno::ok;
  bool both_now = atime.how == SetTime::now && mtime.how == SetTime::now;
  if (!owner(fs, i)) {
    if (!both_now) return Errno::perm;
    if (!may(fs, i, 2)) return Errno::acces;
  }
  touch(fs, i, kTimeC);
  if (atime.how == SetTime::now) i.flags |= kTimeA;
  if (mtime.how == SetTime::now) i.flags |= kTimeM;
  if (atime.how == SetTime::value) i.atime = atime.ns, i.flags &= static_cast<u8>(~kTimeA);
  if (mtime.how == SetTime::value) i.mtime = mtime.ns, i.flags &= static_cast<u8>(~kTimeM);
  return Errno::ok;
}

bool detached(const Ofd &ofd) { return ofd.kind == Ofd::path || ofd.kind == Ofd::host; }

} // namespace

void stat_inode(Fs &fs, InodeId id, Stat &st) {
  Inode &i = fs.inode(id);
  if (build::writes && MAYFLY_UNLIKELY(i.flags & kTimeAll)) resolve_times(fs, i);
  st.dev = 1;
  st.ino = id / sizeof(Inode);
  st.mode = i.mode;
  st.uid = i.uid;
  st.gid = i.gid;
  st.blksize = kPageBytes;
  st.nlink = i.nlink;
  st.size = is_dir(i) ? kPageBytes : i.size;
  st.blocks = data_pages(i) * (kPageBytes / 512);
  st.rdev = is_char(i) ? 0x100 + static_cast<u64>(i.device) : 0;
  st.atime_ns = i.atime;
  st.mtime_ns = i.mtime;
  st.ctime_ns = i.ctime;
  st.btime_ns = i.btime;
}

// What has no inode, with the owner and the times of /dev/fd: the link /dev/fd/N, and what the host has open there.
MAYFLY_COLD void stat_dev_fd(Fs &fs, const Walk &w, Stat &st) {
  constexpr u32 kLinkBytes = 64; // as Linux says: the target is known to readlink only
  bool link = w.dev_fd == Walk::link;
  u32 host_fd = ofd_of(fs, *fd_slot(fs, w.fd)).host_fd;
  st.nlink = 1;
  st.blocks = 0;
  st.size = link ? kLinkBytes : 0;
  st.ino = link ? kDevFdIno + w.fd : host_fd;
  st.mode = link ? mode::symlink | 0777u : host_fd <= 2 ? mode::character + 0u : 0u;
}

Errno stat_at(Fs &fs, At at, const Path &path, Stat &st) {
  Walk w;
  MAYFLY_CHECK(walk(fs, at, path, at.flags & At::nofollow ? 0 : walk_how::follow, w));
  stat_inode(fs, w.inode, st);
  if (MAYFLY_UNLIKELY(w.dev_fd > Walk::held)) stat_dev_fd(fs, w, st);
  return Errno::ok;
}

Errno fstat(Fs &fs, Ofd &ofd, Stat &st) {
  if (ofd.kind == Ofd::host) return Errno::badf;
  stat_inode(fs, ofd.inode, st);
  return Errno::ok;
}

Errno truncate_at(Fs &fs, At at, const Path &path, u64 size) {
  if (size > kFileSizeMax) return Errno::inval;
  MAYFLY_TRY(id, resolve(fs, at, path));
  Inode &i = fs.inode(id);
  if (is_dir(i)) return Errno::isdir;
  if (!is_regular(i)) return Errno::inval;
  if (fs.read_only()) return Errno::rofs;
  if (!may(fs, i, 2)) return Errno::acces;
  // POSIX leaves open whether a size that stays marks the times: tmpfs does where there is data, ftruncate always.
  bool changes = size != i.size || i.kind == Data::inline_ || (i.kind == Data::mapped && i.file.pages);
  MAYFLY_CHECK(resize(fs, i, size));
  if (changes) touch(fs, i, kTimeM | kTimeC);
  drop_set_ids(fs, i);
  return Errno::ok;
}

Errno chmod_at(Fs &fs, At at, const Path &path, u32 bits) {
  MAYFLY_TRY(id, resolve(fs, at, path));
  return set_mode(fs, id, bits);
}

Errno chown_at(Fs &fs, At at, const Path &path, u32 uid, u32 gid) {
  MAYFLY_TRY(id, resolve(fs, at, path));
  return set_owner(fs, id, uid, gid);
}

Errno fchmod(Fs &fs, Ofd &ofd, u32 bits) {
  return detached(ofd) ? Errno::badf : set_mode(fs, ofd.inode, bits);
}

Errno fchown(Fs &fs, Ofd &ofd, u32 uid, u32 gid) {
  return detached(ofd) ? Errno::badf : set_owner(fs, ofd.inode, uid, gid);
}

Errno access_at(Fs &fs, At at, const Path &path, u32 rwx) {
  if (rwx & ~7u) return Errno::inval;
  MAYFLY_TRY(id, resolve(fs, at, path));
  const Inode &i = fs.inode(id);
  if (!may(fs, i, rwx)) return Errno::acces;
  if (rwx & 2 && fs.read_only() && !is_char(i)) return Errno::rofs;
  return Errno::ok;
}

Errno utimens_at(Fs &fs, At at, const Path &path, SetTime atime, SetTime mtime) {
  MAYFLY_TRY(id, resolve(fs, at, path));
  return set_times(fs, id, atime, mtime);
}

Errno futimens(Fs &fs, Ofd &ofd, SetTime atime, SetTime mtime) {
  return detached(ofd) ? Errno::badf : set_times(fs, ofd.inode, atime, mtime);
}

void statfs(const Fs &fs, StatFs &st) {
  st.block_bytes = kPageBytes;
  st.name_max = kNameMax;
  st.blocks = fs.pages_max;
  st.blocks_free = fs.pages_max > fs.pages_used ? fs.pages_max - fs.pages_used : 0;
  st.files = fs.inodes_max;
  st.files_free = fs.inodes_max - fs.inodes_used;
}

} // namespace mayfly
