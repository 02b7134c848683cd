// What the name operations share.
#pragma once
#include "core/path.h"

namespace mayfly {

// May an entry be made where the walk ended? exist, rofs, noent (directory removed), acces.
Errno may_create_writable(Fs &, const Walk &);
MAYFLY_INLINE Errno may_create(Fs &fs, const Walk &w) {
  if constexpr (!build::writes) return w.inode ? Errno::exist : Errno::rofs;
  return may_create_writable(fs, w);
}
// May the entry of `id` be taken out of `dir`? rofs, acces, perm (sticky).
Errno may_remove_writable(Fs &, InodeId dir, InodeId id);
MAYFLY_INLINE Errno may_remove(Fs &fs, InodeId dir, InodeId id) {
  if constexpr (!build::writes) return Errno::rofs;
  return may_remove_writable(fs, dir, id);
}
// One link less (a directory: none left), after its entry is gone.
void unlink_inode(Fs &, InodeId);
// A set-group-ID directory hands its group down to what is made in it.
MAYFLY_INLINE void inherit_group(const Inode &dir, Inode &fresh) {
  if (dir.mode & mode::setgid) fresh.gid = dir.gid;
}
// Gives a fresh symlink its target. nospc.
Errno set_target(Fs &, InodeId, const Path &target);

} // namespace mayfly
