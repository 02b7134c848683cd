// A directory's entries for a listing, inline: it is a loop over them and the front end's stores.
#pragma once
#include "core/vfs.h"

namespace mayfly {

inline constexpr u32 kDots = 2; // cursor 0 is ".", 1 is "..", then the slots

// Number of the link /dev/fd/0, which has no inode, and so on upwards: higher than any inode's, and of 32
// bits.
inline constexpr u32 kDevFdIno = 1u << 30;
static_assert(kDevFdIno > ~u32{0} / sizeof(Inode));

// The dots, /dev/fd, and directories that were removed.
bool dir_next_rare(Fs &, Ofd &, DirCursor &, DirEntry &);

// The entries of a directory from a position on, as they lie in the region: what a listing walks without
// looking anything up again. Slots without an entry are among them. Valid until the region changes.
struct DirRun {
  const DirSlot *at, *end;
  u32 limit; // entries whose cookies are not below it were made after the last rewind and are not shown
};

// Whether the entry at `cursor` is not a slot's, so that dir_next_rare has it.
MAYFLY_INLINE bool dir_is_rare(const Inode &i, DirCursor cursor) {
  return cursor.index < kDots || i.nlink == 0 || i.flags & kDevFd;
}

// The entries from `cursor` on. Only for a position for which dir_is_rare() is false.
MAYFLY_INLINE DirRun dir_run(const Fs &fs, const Ofd &ofd, DirCursor cursor) {
  const Inode &i = fs.inode(ofd.inode);
  const DirSlot *slots = fs.at<DirSlot>(i.dir.slots);
  // The limit lets a program come to an end that makes a new file for each entry it is shown.
  return {slots + (cursor.index - kDots), slots + i.dir.slots_used, ofd.dir_limit ? ofd.dir_limit : ~u32{0}};
}

} // namespace mayfly
