// Descriptors and open file descriptions (POSIX 2.5): two tables, so that dup shares a position.
#pragma once
#include "core/tree.h"
#include "core/vfs.h"

namespace mayfly {

// The lowest free descriptor at or above `lowest`, with its slot in place. mfile, nomem.
Result<Fd> lowest_free_fd(Fs &, Fd lowest = 0);
// A description, zeroed and without references, for the free descriptor `fd`. There is one for every descriptor, so
// this cannot fail. It is taken once install_fd has given it a reference.
Off new_ofd(Fs &, Fd fd);
// Points the free descriptor `fd` at the description.
void install_fd(Fs &, Fd, Off ofd, u64 rights_base, u64 rights_inheriting);
// Fills a description for an inode; holds the inode.
void bind_ofd(Fs &, Ofd &, InodeId, u8 access, u32 status);

// The list of the open descriptions of this inode and of others that share it.
MAYFLY_INLINE Off &holders_of(Fs &fs, InodeId id) { return fs.holders[id / sizeof(Inode) % 256]; }
// Is the inode open, or the working directory?
bool held(Fs &, InodeId);
// Takes a description out of the list of its inode, if it is in one.
void release(Fs &, Ofd &);

// Copies bytes, behind their length as a u32 if asked for, to the process's strings. 0: no memory.
Off put_string(Fs &, StrView, bool with_length);

// Slots and descriptions of a new process: none is open. The pages are zero.
void init_fds(Fs &);

} // namespace mayfly
