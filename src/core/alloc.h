// Space in the region: pages, runs of pages, and objects smaller than a page.
//
// Invariant: every free page and every free cell is all zeros. So fresh space needs no
// clearing, equal histories give equal bytes, and nothing secret survives its file.
#pragma once
#include "core/region.h"

namespace mayfly {

// `n` adjacent zeroed pages, marked as changed, or 0 when the limit or the memory is reached.
Off alloc_pages(Fs &, u32 n);
// At least 1 and at most `want` adjacent zeroed pages, `*got` of them; at page `goal` if that is free
// (so that a file written in order is one run). 0 when there is no page to be had.
Off alloc_run(Fs &, u32 want, u32 goal, u32 *got);
// Zeroes and frees.
void free_pages(Fs &, Off, u32 n);
// Makes sure that `n` single pages can be allocated without failing. nospc.
Errno reserve_pages(Fs &, u64 n);

// A zeroed object of `bytes` (more than 2032: whole pages), marked as changed, or 0. Freed with the same size.
Off alloc_object(Fs &, u32 bytes);
void free_object(Fs &, Off, u32 bytes);

// A zeroed inode cell, or 0: the inode limit counts here.
InodeId alloc_inode(Fs &);
void free_inode(Fs &, InodeId);

// `n` adjacent zeroed pages for the process (superblock, region.h), which no limit on the tree's bytes counts.
// 0 when the memory is reached. The caller names them in the superblock.
Off alloc_process_pages(Fs &, u32 n);
void free_process_pages(Fs &, Off, u32 n);

// Sets up the page bitmap in a region that is otherwise zero, behind the superblock and the process's first pages.
void init_pages(Fs &, u32 capacity);

// Zero and copy for small objects: word loops, because a bulk-memory instruction costs a
// call in V8. `bytes` is a multiple of 8, pointers 8-aligned.
MAYFLY_INLINE void zero_words(void *p, u32 bytes) {
  u64 *w = static_cast<u64 *>(p);
  for (u32 i = 0; i < bytes / 8; i++) w[i] = 0;
}

} // namespace mayfly
