// open(2): find or make the inode, then a description and a descriptor. Whatever can fail is
// taken before anything visible changes.
#include "core/fd_table.h"
#include "core/names.h"
#include "core/pages.h"

namespace mayfly {
namespace {

namespace of = open_flags;

u8 access_of(u32 flags) {
  return flags & of::path
             ? 0
             : static_cast<u8>((flags & of::read ? kRead : 0) | (flags & of::write ? kWrite : 0));
}

// Another descriptor for the description of `from`: what opening /dev/fd/N is.
MAYFLY_COLD Result<Fd> share_fd(Fs &fs, Fd fd, Fd from) {
  const FdSlot &slot = *fd_slot(fs, from);
  install_fd(fs, fd, slot.ofd, slot.rights_base, slot.rights_inheriting);
  return fd;
}

// Cutting to nothing only frees; it cannot fail.
MAYFLY_COLD void empty_file(Fs &fs, Inode &i) {
  if (i.size) (void)resize(fs, i, 0);
  touch(fs, i, kTimeM | kTimeC);
  drop_set_ids(fs, i);
}

// A regular file in `dir`; without a name (O_TMPFILE) it lives as long as it is open.
MAYFLY_NOINLINE Result<InodeId> create_file(Fs &fs, InodeId dir, Name *name, u32 mode) {
  // What has no name can be made in a removed directory, too.
  if (name && fs.inode(dir).nlink == 0) return Errno::noent;
  if (!may(fs, fs.inode(dir), 3) || fs.inode(dir).flags & kDevFd) return Errno::acces;
  // Linux: a directory that hands its group down makes no set-group-ID executables for who is not in the group.
  constexpr u32 executable = mode::setgid | 010;
  if (MAYFLY_UNLIKELY(fs.user() != 0) && (mode & executable) == executable && fs.inode(dir).mode & mode::setgid &&
      !fs.in_group(fs.inode(dir).gid))
    mode &= ~mode::setgid;
  MAYFLY_TRY(id, new_inode(fs, mode::regular | (mode & mode::permission_mask & ~fs.umask)));
  inherit_group(fs.inode(dir), fs.inode(id));
  if (!name) {
    fs.inode(id).nlink = 0;
    add_orphan(fs, id);
    return id;
  }
  Errno e = add_entry(fs, dir, *name, id);
  if (e == Errno::ok) return id;
  free_inode(fs, id);
  return e;
}

// What may_open and friends check on an inode that exists.
Errno may_open(Fs &fs, const Inode &i, u32 flags) {
  bool dir = is_dir(i);
  if (flags & of::directory && !dir) return Errno::notdir;
  if (is_symlink(i)) return flags & of::path ? Errno::ok : Errno::loop;
  if (flags & of::path) return Errno::ok;
  if (dir && flags & of::read_if_directory) flags = (flags & ~of::write) | of::read;
  if (dir && flags & (of::write | of::trunc | of::create)) return Errno::isdir;
  u32 want = (flags & of::read ? 4u : 0u) | (flags & (of::write | of::trunc) ? 2u : 0u);
  if (MAYFLY_UNLIKELY(fs.user() != 0) && !may(fs, i, want)) return Errno::acces;
  if (want & 2 && !is_char(i) && fs.read_only()) return Errno::rofs;
  return Errno::ok;
}

} // namespace

Result<Fd> open(Fs &fs, At at, const Path &path_, u32 flags, u32 mode) {
  // Linux refuses contradicting flags before it looks at anything else.
  if (flags & of::create && flags & (of::directory | (build::writes ? of::tmpfile : 0))) return Errno::inval;
  if (build::writes && flags & of::tmpfile && !(flags & of::write)) return Errno::inval;
  // Linux: a descriptor is found first, so EMFILE comes before what the path would say.
  if (MAYFLY_UNLIKELY(path_.len == 0)) return Errno::noent;
  MAYFLY_TRY(fd, lowest_free_fd(fs));
  bool exclusive = (flags & (of::create | of::excl)) == (of::create | of::excl);
  u32 how = (flags & of::create ? walk_how::parent : 0) |
            (flags & of::nofollow || at.flags & At::nofollow || exclusive ? 0 : walk_how::follow);
  Walk w;
  MAYFLY_CHECK(walk(fs, at, path_, how, w));

  bool tmpfile = build::writes && MAYFLY_UNLIKELY(flags & of::tmpfile), make = tmpfile;
  if (tmpfile) {
    if (!is_dir(fs.inode(w.inode))) return Errno::notdir;
  } else if (flags & of::create) {
    if (w.last != Walk::normal) return exclusive ? Errno::exist : Errno::isdir;
    if (w.trailing) return Errno::isdir;
    make = !w.inode;
    if (!make && exclusive) return Errno::exist;
  }
  if (make) {
    if (fs.read_only()) return Errno::rofs;
  } else {
    if (MAYFLY_UNLIKELY(w.dev_fd)) return w.dev_fd == Walk::link ? Errno::loop : share_fd(fs, fd, w.fd);
    MAYFLY_CHECK(may_open(fs, fs.inode(w.inode), flags));
  }
  InodeId id = w.inode;
  if (make) {
    MAYFLY_TRY(made, create_file(fs, tmpfile ? w.inode : w.dir, tmpfile ? nullptr : &w.name, mode));
    id = made;
  } else if (build::writes && flags & of::trunc && is_regular(fs.inode(id))) {
    empty_file(fs, fs.inode(id));
  }
  if (flags & of::read_if_directory && is_dir(fs.inode(id))) flags = (flags & ~of::write) | of::read;
  Off ofd = new_ofd(fs, fd);
  bind_ofd(fs, *fs.at<Ofd>(ofd), id, access_of(flags), flags);
  install_fd(fs, fd, ofd, ~u64{0}, ~u64{0});
  return fd;
}

} // namespace mayfly
