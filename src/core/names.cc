// Operations on names: mkdir, rmdir, unlink, link, symlink, readlink. Error order follows
// Linux's namei.c, which programs have come to rely on. rename is rename.cc.
#include "core/fd_table.h"
#include "core/names.h"
#include "core/pages.h"
#include "core/path.h"

namespace mayfly {

Errno may_create_writable(Fs &fs, const Walk &w) {
  if (w.inode) return Errno::exist;
  if (fs.read_only()) return Errno::rofs;
  if (fs.inode(w.dir).nlink == 0) return Errno::noent;
  if (fs.inode(w.dir).flags & kDevFd) return Errno::perm; // what it lists is the descriptors
  return may(fs, fs.inode(w.dir), 3) ? Errno::ok : Errno::acces;
}

Errno may_remove_writable(Fs &fs, InodeId dir, InodeId id) {
  if (fs.read_only()) return Errno::rofs;
  const Inode &d = fs.inode(dir), &i = fs.inode(id);
  if (!may(fs, d, 3)) return Errno::acces;
  if (d.mode & mode::sticky && fs.user() != 0 && fs.user_id() != i.uid && fs.user_id() != d.uid) return Errno::perm;
  return Errno::ok;
}

void unlink_inode(Fs &fs, InodeId id) {
  Inode &i = fs.change(fs.inode(id));
  if (is_dir(i)) {
    i.nlink = 0;
    i.dir.parent = 0;
  } else {
    i.nlink--;
  }
  i.flags |= kTimeC;
  drop_inode(fs, id);
}

Errno mkdir_at(Fs &fs, At at, const Path &path, u32 bits) {
  Walk w;
  MAYFLY_CHECK(walk(fs, at, path, walk_how::parent, w));
  if (w.last != Walk::normal) return Errno::exist;
  MAYFLY_CHECK(may_create(fs, w));
  const Inode &dir = fs.inode(w.dir);
  u32 setgid = dir.mode & mode::setgid;
  MAYFLY_TRY(id, new_inode(fs, mode::directory | setgid | (bits & (mode::sticky | 0777) & ~fs.umask)));
  inherit_group(dir, fs.inode(id));
  Errno e = add_entry(fs, w.dir, w.name, id);
  if (e != Errno::ok) free_inode(fs, id);
  return e;
}

Errno rmdir_at(Fs &fs, At at, const Path &path) {
  Walk w;
  MAYFLY_CHECK(walk(fs, at, path, walk_how::parent, w));
  if (w.last == Walk::dotdot) return Errno::notempty;
  if (w.last == Walk::dot) return Errno::inval;
  if (w.last == Walk::root) return Errno::busy;
  if (!w.inode) return Errno::noent;
  if (!w.entry) return Errno::perm; // /dev/fd/N
  MAYFLY_CHECK(may_remove(fs, w.dir, w.inode));
  Inode &i = fs.inode(w.inode);
  if (!is_dir(i)) return Errno::notdir;
  if (i.dir.live) return Errno::notempty;
  remove_entry(fs, w.entry);
  unlink_inode(fs, w.inode);
  return Errno::ok;
}

Errno unlink_at(Fs &fs, At at, const Path &path) {
  Walk w;
  MAYFLY_CHECK(walk(fs, at, path, walk_how::parent, w));
  if (w.last != Walk::normal) return Errno::isdir;
  if (!w.inode) return Errno::noent;
  if (!w.entry) return Errno::perm;
  bool dir = w.entry->type == mode::directory;
  if (w.trailing) return dir ? Errno::isdir : Errno::notdir;
  MAYFLY_CHECK(may_remove(fs, w.dir, w.inode));
  if (dir) return Errno::isdir;
  remove_entry(fs, w.entry);
  unlink_inode(fs, w.inode);
  return Errno::ok;
}

Errno link_at(Fs &fs, At at_old, const Path &old_path, At at_new, const Path &new_path) {
  Walk from;
  MAYFLY_CHECK(walk(fs, at_old, old_path, at_old.flags & At::nofollow ? 0 : walk_how::follow, from));
  Walk to;
  MAYFLY_CHECK(walk(fs, at_new, new_path, walk_how::parent, to));
  if (to.last != Walk::normal) return Errno::exist;
  if (to.inode) return Errno::exist;
  if (to.trailing) return Errno::noent;
  MAYFLY_CHECK(may_create(fs, to));
  Inode &i = fs.inode(from.inode);
  if (is_dir(i)) return Errno::perm;
  if (i.nlink == ~0u) return Errno::mlink;
  if (i.nlink == 0) return Errno::noent;
  MAYFLY_CHECK(add_entry(fs, to.dir, to.name, from.inode));
  touch(fs, i, kTimeC);
  i.nlink++;
  return Errno::ok;
}

Errno set_target(Fs &fs, InodeId id, const Path &target) {
  Inode &i = fs.change(fs.inode(id));
  i.size = target.len;
  if (target.len <= kInlineMax) {
    i.kind = Data::inline_;
    for (u32 b = 0; b < target.len; b++) i.bytes[b] = static_cast<u8>(target.bytes[b]);
    return Errno::ok;
  }
  Off object = alloc_object(fs, target.len);
  if (!object) return Errno::nospc;
  fs.mark(object);
  fs.mark(object + target.len - 1);
  __builtin_memcpy(fs.at<char>(object), target.bytes, target.len);
  i.kind = Data::object;
  i.object = object;
  return Errno::ok;
}

Errno symlink_at(Fs &fs, const Path &target, At at, const Path &path, bool absolute_ok) {
  if (target.len == 0) return Errno::noent;
  Walk w;
  MAYFLY_CHECK(walk(fs, at, path, walk_how::parent, w));
  if (w.last != Walk::normal) return Errno::exist;
  if (!w.inode && w.trailing) return Errno::noent;
  MAYFLY_CHECK(may_create(fs, w));
  MAYFLY_TRY(id, new_inode(fs, mode::symlink | 0777));
  inherit_group(fs.inode(w.dir), fs.inode(id));
  Errno e = set_target(fs, id, target);
  if (e == Errno::ok) {
    if (absolute_ok) fs.inode(id).flags |= kAbsoluteOk;
    e = add_entry(fs, w.dir, w.name, id);
    if (e != Errno::ok) free_data(fs, id);
  }
  if (e != Errno::ok) free_inode(fs, id);
  return e;
}

Result<u32> readlink_inode(Fs &fs, InodeId id, StrView &target) {
  const Inode &i = fs.inode(id);
  if (!is_symlink(i)) return Errno::inval;
  target = symlink_target(fs, i);
  return target.len;
}

// What the link /dev/fd/N says: one of the paths of what N has open, "removed" where there is none, "host" for what the
// host has open. An inode does not know its names, so each step looks through all entries: this call is rare.
static MAYFLY_COLD StrView dev_fd_target(Fs &fs, Fd fd, Path &out) {
  InodeId id = ofd_of(fs, *fd_slot(fs, fd)).inode;
  if (!id) return "host";
  const HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  u32 at = kPathMax; // the path is built from its end
  while (id != fs.root) {
    u32 i = 0;
    while (i < fs.hash_cap && (!table[i].dentry || table[i].inode != id)) i++;
    if (i == fs.hash_cap || table[i].len >= at) return "removed";
    const Dentry &entry = *fs.at<Dentry>(table[i].dentry);
    at -= entry.len;
    __builtin_memcpy(out.bytes + at, entry.name(), entry.len);
    out.bytes[--at] = '/';
    id = entry.parent;
  }
  if (at == kPathMax) return "/";
  return {out.bytes + at, kPathMax - at};
}

Result<u32> readlink_at(Fs &fs, At at, const Path &path, AppPtr to, u32 len) {
  Walk w;
  MAYFLY_CHECK(walk(fs, at, path, 0, w));
  StrView target;
  if (MAYFLY_UNLIKELY(w.dev_fd == Walk::link)) target = dev_fd_target(fs, w.fd, w.scratch);
  else MAYFLY_CHECK(readlink_inode(fs, w.inode, target).error());
  u32 n = target.len < len ? target.len : len;
  if (n) host::app_copy_out(to, target.ptr, n);
  return n;
}

Errno chdir_at(Fs &fs, At at, const Path &path) {
  MAYFLY_TRY(id, resolve(fs, at, path));
  Inode &i = fs.inode(id);
  if (!is_dir(i)) return Errno::notdir;
  if (!may(fs, i, 1)) return Errno::acces;
  InodeId old = fs.cwd;
  fs.change(fs.cwd) = id;
  if (fs.inode(old).nlink == 0) drop_orphan(fs, old);
  return Errno::ok;
}

Errno fchdir(Fs &fs, Ofd &ofd) {
  if (ofd.kind == Ofd::host) return Errno::badf;
  bool held = ofd.kind == Ofd::directory || (ofd.kind == Ofd::path && is_dir(fs.inode(ofd.inode)));
  if (!held) return Errno::notdir;
  Path dot;
  MAYFLY_CHECK(dot.assign(".", 1));
  return chdir_at(fs, At{ofd.inode}, dot);
}

Errno dir_path(Fs &fs, InodeId dir, Path &out) {
  // Built from the end: every directory knows the one entry that names it.
  u32 at = kPathMax - 1;
  while (dir != fs.root) {
    const DirData &d = fs.inode(dir).dir;
    if (!d.dentry || !d.parent) return Errno::noent;
    const Dentry &e = *fs.at<Dentry>(d.dentry);
    if (e.len + 1u > at) return Errno::nametoolong;
    at -= e.len;
    __builtin_memcpy(out.bytes + at, e.name(), e.len);
    out.bytes[--at] = '/';
    dir = d.parent;
  }
  u32 len = kPathMax - 1 - at;
  if (len == 0) return out.assign("/", 1);
  __builtin_memmove(out.bytes, out.bytes + at, len);
  return out.assign(out.bytes, len);
}

} // namespace mayfly
