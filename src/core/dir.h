// A directory's next entry, inline: a listing is this loop and the front end's stores.
#pragma once
#include "core/vfs.h"

namespace mayfly {

inline constexpr u32 kDots = 2; // cursor 0 is ".", 1 is "..", then the slots

// Number of the link /dev/fd/0, which has no inode, and so on upwards: higher than any inode's, and of 32 bits.
inline constexpr u32 kDevFdIno = 1u << 30;
static_assert(kDevFdIno > ~u32{0} / sizeof(Inode));

// The dots, /dev/fd, and directories that were removed.
bool dir_next_rare(Fs &, Ofd &, DirCursor &, DirEntry &);

// dir_next of vfs.h.
MAYFLY_INLINE bool dir_next_inline(Fs &fs, Ofd &ofd, DirCursor &cursor, DirEntry &entry) {
  const Inode &i = fs.inode(ofd.inode);
  if (MAYFLY_UNLIKELY(cursor.index < kDots || i.nlink == 0 || i.flags & kDevFd)) {
    DirCursor at = cursor; // copies, so that the caller's own can stay in registers
    DirEntry rare;
    bool more = dir_next_rare(fs, ofd, at, rare);
    cursor = at, entry = rare;
    return more;
  }
  const DirSlot *slots = fs.at<DirSlot>(i.dir.slots);
  u32 at = cursor.index - kDots;
  while (at < i.dir.slots_used && !slots[at].dentry) at++;
  // What was made after the last rewind is not shown: a program that makes a file for each entry ends.
  if (at >= i.dir.slots_used || (ofd.dir_limit && slots[at].cookie >= ofd.dir_limit)) return false;
  const Dentry &d = *fs.at<Dentry>(slots[at].dentry);
  entry = {d.inode / sizeof(Inode), d.type, StrView(d.name(), d.len), slots[at].cookie};
  cursor.index = at + 1 + kDots;
  return true;
}

} // namespace mayfly
