// The path walk: from a start directory and bytes to a parent directory, a last component and an inode.
#pragma once
#include "core/tree.h"
#include "core/vfs.h"

namespace mayfly {

struct Walk {
  enum Last : u8 { normal, dot, dotdot, root };
  // Whether the path ended at the link /dev/fd/N, and where it leads: `held`, followed to the inode of descriptor N.
  // The other two have no inode, and `inode` is that of /dev/fd: `link`, not followed; `host`, followed to what the host has open.
  enum DevFd : u8 { elsewhere, held, link, host };

  InodeId dir;   // directory that holds the last component (for dot and root: the directory itself)
  InodeId inode; // what the path names; 0: the last component does not exist
  Dentry *entry; // its entry; null for ., .., the root and /dev/fd/N
  Name name;             // the last component as written
  Last last;
  bool trailing; // slashes follow the last component
  DevFd dev_fd;
  Fd fd; // N, unless dev_fd is elsewhere

  // Holds what is left to walk once a symlink was met; `name` may point into it.
  Path scratch;
  Walk() {} // walk() fills it; scratch is 4 KiB that most walks never touch
};

namespace walk_how {
inline constexpr u32 follow = 1; // a symlink as last component is followed
inline constexpr u32 parent = 2; // the last component need not exist, and trailing slashes after it or
                                 // a symlink before them are the caller's business
}

// Errors: the common ones of vfs.h. With `parent`, a missing last component is ok with inode 0.
Errno walk(Fs &, const At &, const Path &, u32 how, Walk &);

// Makes of the stat of w.inode the one of what has no inode. Precondition: w.dev_fd is link or host.
void stat_dev_fd(Fs &, const Walk &w, Stat &);

// The target of a symlink.
StrView symlink_target(const Fs &, const Inode &);

} // namespace mayfly
