// Packing: building the tree natively, with the attributes that the source has.
#include "core/names.h"
#include "core/alloc.h"
#include "core/fd_table.h"
#include "core/vfs.h"

namespace mayfly {
namespace {

// Packing must not leave marks: a directory keeps the times it was given while entries come and go.
class KeepTimes {
public:
  KeepTimes(Fs &fs, InodeId id) : inode_(fs.inode(id)), saved_(inode_) {}
  ~KeepTimes() {
    inode_.flags = saved_.flags;
    inode_.atime = saved_.atime, inode_.mtime = saved_.mtime;
    inode_.ctime = saved_.ctime, inode_.btime = saved_.btime;
  }

private:
  Inode &inode_;
  Inode saved_;
};

void set_attributes(Fs &fs, InodeId id, const Attributes &a) {
  Inode &i = fs.inode(id);
  i.mode = static_cast<u16>((i.mode & mode::type_mask) | (a.mode & mode::permission_mask));
  i.uid = a.uid;
  i.gid = a.gid;
  i.atime = i.mtime = i.ctime = i.btime = a.mtime_ns;
  i.flags &= static_cast<u8>(~kTimeAll);
}

void remove_tree(Fs &fs, Dentry *entry) {
  InodeId id = entry->inode;
  if (entry->type == mode::directory) {
    DirData &d = fs.inode(id).dir;
    while (d.slots_used) remove_tree(fs, fs.at<Dentry>(fs.at<DirSlot>(d.slots)[d.slots_used - 1].dentry));
  }
  remove_entry(fs, entry);
  unlink_inode(fs, id);
}

// Walks to where `path` is to be made; with `clear`, a non-directory in the way is removed.
Errno make_room(Fs &fs, const Path &path, Walk &w, bool clear) {
  MAYFLY_CHECK(walk(fs, At{fs.root}, path, walk_how::parent, w));
  if (w.last != Walk::normal || !w.inode) return Errno::ok;
  if (is_dir(fs.inode(w.inode)) || !w.entry) return Errno::exist;
  if (!clear) return Errno::exist;
  KeepTimes keep(fs, w.dir);
  InodeId old = w.inode;
  remove_entry(fs, w.entry);
  unlink_inode(fs, old);
  w.name.hash = hash_name(fs.name_seed, w.dir, w.name.ptr, w.name.len);
  w.inode = 0;
  w.entry = nullptr;
  return Errno::ok;
}

Result<InodeId> add(Fs &fs, Walk &w, u32 mode) {
  KeepTimes keep(fs, w.dir);
  MAYFLY_TRY(id, new_inode(fs, mode));
  Errno e = add_entry(fs, w.dir, w.name, id);
  if (e != Errno::ok) {
    free_inode(fs, id);
    return e;
  }
  return id;
}

Errno pack_blob(Fs &fs, Blob &blob, StrView bytes, u32 count, u32 config) {
  Off off = bytes.len ? put_string(fs, bytes, false) : 0;
  if (bytes.len && !off) return Errno::nomem;
  blob = {off, bytes.len, count};
  fs.config |= config;
  return Errno::ok;
}

// A region that is only read keeps no lists of what is open (Process::holders).
void forget_holders(Fs &fs) {
  for (Off &list : fs.holders) list = 0;
  for (Fd fd = 0; fd < fs.fd_cap; fd++)
    if (FdSlot *slot = fd_slot(fs, fd)) ofd_of(fs, *slot).next = ofd_of(fs, *slot).prev = 0;
}

} // namespace

Result<InodeId> pack_file(Fs &fs, const Path &path, const Attributes &a, u32 content_off, u32 len) {
  Walk w;
  MAYFLY_CHECK(make_room(fs, path, w, true));
  if (w.last != Walk::normal) return Errno::exist;
  MAYFLY_TRY(id, add(fs, w, mode::regular));
  Inode &i = fs.inode(id);
  if (len) {
    i.kind = Data::mapped;
    i.size = len;
    i.file.packed_off = content_off;
    i.file.packed_len = len;
    i.file.pages = static_cast<u32>((static_cast<u64>(len) + kPageBytes - 1) >> kPageShift);
  }
  set_attributes(fs, id, a);
  return id;
}

Result<InodeId> pack_dir(Fs &fs, const Path &path, const Attributes &a) {
  Walk w;
  Errno e = make_room(fs, path, w, true);
  InodeId id = w.inode;
  if (e == Errno::exist && !w.entry) return e; // /dev/fd/N
  if (e != Errno::exist) {
    MAYFLY_CHECK(e);
    if (w.last == Walk::normal) {
      MAYFLY_TRY(made, add(fs, w, mode::directory));
      id = made;
    }
  }
  set_attributes(fs, id, a);
  return id;
}

Result<InodeId> pack_symlink(Fs &fs, const Path &path, const Attributes &a, const Path &target) {
  if (target.len == 0) return Errno::noent;
  Walk w;
  MAYFLY_CHECK(make_room(fs, path, w, true));
  if (w.last != Walk::normal) return Errno::exist;
  MAYFLY_TRY(id, add(fs, w, mode::symlink));
  MAYFLY_CHECK(set_target(fs, id, target));
  Attributes link = a;
  link.mode = 0777;
  set_attributes(fs, id, link);
  fs.inode(id).flags |= kAbsoluteOk;
  return id;
}

Result<InodeId> pack_link(Fs &fs, const Path &existing, const Path &new_path) {
  MAYFLY_TRY(id, resolve(fs, At{fs.root, At::nofollow}, existing));
  if (is_dir(fs.inode(id))) return Errno::perm;
  Walk w;
  MAYFLY_CHECK(walk(fs, At{fs.root}, new_path, walk_how::parent, w));
  if (w.inode == id) return id;
  fs.inode(id).nlink++; // so that clearing the way cannot free it
  Errno e = make_room(fs, new_path, w, true);
  if (e == Errno::ok && w.last != Walk::normal) e = Errno::exist;
  if (e == Errno::ok) {
    KeepTimes keep(fs, w.dir);
    e = add_entry(fs, w.dir, w.name, id);
  }
  if (e != Errno::ok) {
    fs.inode(id).nlink--;
    return e;
  }
  return id;
}

Errno pack_remove(Fs &fs, const Path &path) {
  Walk w;
  MAYFLY_CHECK(walk(fs, At{fs.root}, path, walk_how::parent, w));
  if (w.last != Walk::normal) return Errno::busy;
  if (!w.inode) return Errno::noent;
  if (!w.entry) return Errno::perm;
  KeepTimes keep(fs, w.dir);
  remove_tree(fs, w.entry);
  return Errno::ok;
}

Errno pack_args(Fs &fs, StrView bytes, u32 count) { return pack_blob(fs, fs.args, bytes, count, kConfigArgs); }
Errno pack_env(Fs &fs, StrView bytes, u32 count) { return pack_blob(fs, fs.env, bytes, count, kConfigEnv); }

u32 pack_finish(Fs &fs) {
  u32 last = fs.size >> kPageShift;
  const u64 *bits = fs.at<u64>(fs.page_bitmap);
  while (last > 0 && !(bits[(last - 1) >> 6] >> ((last - 1) & 63) & 1)) last--;
  u32 pages = (last + 15) & ~15u;
  if (pages < fs.size >> kPageShift) fs.size = pages << kPageShift;
  if (fs.page_hint > pages) fs.page_hint = pages;
  if (fs.config & kConfigReadOnly) forget_holders(fs);
  host::reset_side();
  return fs.size;
}

} // namespace mayfly
