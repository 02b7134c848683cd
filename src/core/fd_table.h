// Descriptors and open file descriptions (POSIX 2.5): two tables, so that dup shares a position.
#pragma once
#include "core/tree.h"
#include "core/vfs.h"

namespace mayfly {

// The lowest free descriptor at or above `lowest`, with its slot in place. mfile, nospc.
Result<Fd> lowest_free_fd(Fs &, Fd lowest = 0);
// A zeroed description without references, or nospc.
Result<Off> new_ofd(Fs &);
void free_ofd(Fs &, Off);
// Points the free descriptor `fd` at the description.
void install_fd(Fs &, Fd, Off ofd, u64 rights_base, u64 rights_inheriting);
// Fills a description for an inode; holds the inode.
void bind_ofd(Fs &, Ofd &, InodeId, u8 access, u32 status);

Errno init_fds(Fs &);

} // namespace mayfly
