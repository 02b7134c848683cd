// renameat2(2). An existing target keeps its directory entry and is pointed at the other inode, so
// replacing allocates nothing; a rename within one directory keeps its place in listings.
#include "core/names.h"

namespace mayfly {
namespace {

// Is `dir` the directory `id` or below it?
bool inside(const Fs &fs, InodeId dir, InodeId id) {
  for (;;) {
    if (dir == id) return true;
    InodeId up = fs.inode(dir).dir.parent;
    if (up == dir || !up) return false;
    dir = up;
  }
}

Errno exchange_entries(Fs &fs, Walk &from, Walk &to) {
  InodeId a = from.inode, b = to.inode;
  retarget_entry(fs, from.entry, b);
  retarget_entry(fs, to.entry, a);
  // The first call took b's own share out of to.dir's entry as well; what names each is set last.
  if (is_dir(fs.inode(a)))
    fs.change(fs.inode(a)).dir.dentry = fs.off_of(to.entry), fs.inode(a).dir.parent = to.dir;
  if (is_dir(fs.inode(b)))
    fs.change(fs.inode(b)).dir.dentry = fs.off_of(from.entry), fs.inode(b).dir.parent = from.dir;
  touch(fs, fs.inode(a), kTimeC);
  touch(fs, fs.inode(b), kTimeC);
  return Errno::ok;
}

Errno replace(Fs &fs, Walk &from, Walk &to) {
  InodeId id = from.inode, old = to.inode;
  // Out of the old place first: a directory's counts follow its entry.
  remove_entry(fs, from.entry);
  retarget_entry(fs, to.entry, id);
  touch(fs, fs.inode(id), kTimeC);
  unlink_inode(fs, old);
  return Errno::ok;
}

Errno move(Fs &fs, Walk &from, Walk &to) {
  InodeId id = from.inode;
  if (from.dir == to.dir) {
    MAYFLY_CHECK(rename_entry(fs, from.entry, to.name));
  } else {
    bool dir = from.entry->type == mode::directory;
    MAYFLY_CHECK(add_entry(fs, to.dir, to.name, id));
    Off named = dir ? fs.inode(id).dir.dentry : 0;
    remove_entry(fs, from.entry);
    if (dir) {
      Inode &i = fs.change(fs.inode(id));
      i.dir.parent = to.dir;
      i.dir.dentry = named;
    }
  }
  touch(fs, fs.inode(id), kTimeC);
  return Errno::ok;
}

} // namespace

Errno rename_at(Fs &fs, At at_old, const Path &old_path, At at_new, const Path &new_path, u32 flags) {
  using namespace rename_flags;
  if (flags & ~(noreplace | exchange) || flags == (noreplace | exchange)) return Errno::inval;
  Walk from;
  MAYFLY_CHECK(walk(fs, at_old, old_path, walk_how::parent, from));
  Walk to;
  MAYFLY_CHECK(walk(fs, at_new, new_path, walk_how::parent, to));
  if (from.last != Walk::normal) return Errno::busy;
  if (to.last != Walk::normal) return flags & noreplace ? Errno::exist : Errno::busy;
  if (!from.inode || fs.inode(to.dir).nlink == 0) return Errno::noent; // in a removed directory nothing is found
  if (!from.entry || (to.inode && !to.entry)) return Errno::perm; // /dev/fd/N
  if (flags & noreplace && to.inode) return Errno::exist;
  if (flags & exchange && !to.inode) return Errno::noent;
  bool from_dir = from.entry->type == mode::directory;
  bool to_dir = to.inode && to.entry->type == mode::directory;
  if (flags & exchange && to.trailing && !to_dir) return Errno::notdir;
  if (!from_dir) {
    if (from.trailing) return Errno::notdir;
    if (!(flags & exchange) && to.trailing) return Errno::notdir;
  }
  // A directory cannot go below itself; nor can one that holds the source be replaced.
  if (from_dir && inside(fs, to.dir, from.inode)) return Errno::inval;
  if (to_dir && inside(fs, from.dir, to.inode)) return flags & exchange ? Errno::inval : Errno::notempty;
  if (from.inode == to.inode) return Errno::ok; // the same file: nothing to do, POSIX rename

  MAYFLY_CHECK(may_remove(fs, from.dir, from.inode));
  if (to.inode) {
    MAYFLY_CHECK(may_remove(fs, to.dir, to.inode));
    if (!(flags & exchange)) {
      if (from_dir && !to_dir) return Errno::notdir;
      if (!from_dir && to_dir) return Errno::isdir;
    }
  } else {
    MAYFLY_CHECK(may_create(fs, to));
  }
  // A moved directory's .. changes: its own write permission is needed, as on Linux.
  if (from.dir != to.dir && from_dir && !may(fs, fs.inode(from.inode), 2)) return Errno::acces;
  if (flags & exchange) {
    if (from.dir != to.dir && to_dir && !may(fs, fs.inode(to.inode), 2)) return Errno::acces;
    return exchange_entries(fs, from, to);
  }
  if (to_dir && fs.inode(to.inode).dir.live) return Errno::notempty;
  return to.inode ? replace(fs, from, to) : move(fs, from, to);
}

} // namespace mayfly
