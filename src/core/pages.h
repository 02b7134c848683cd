// File data: which bytes are in the inode, in pages of the region, in the packed content, or nowhere.
//
// Invariants: bytes of a data page at or beyond the end of file are zero; packed_len never exceeds
// the size; entry 0 inside packed_len means packed content, outside it a hole.
#pragma once
#include "core/region.h"
#include "core/host.h"

namespace mayfly {

// Moves bytes at [pos, pos+len) to the application's memory, or to the layer's own. `len` is already cut at the end of file.
void read_data(Fs &, const Inode &, u64 pos, AppPtr to, u32 len);
void read_data(Fs &, const Inode &, u64 pos, char *to, u32 len);
// Writes and extends the size. Returns bytes written; nospc when none could be. pos + len <= kFileSizeMax.
Result<u32> write_data(Fs &, Inode &, u64 pos, AppPtr from, u32 len);
Result<u32> write_data(Fs &, Inode &, u64 pos, const char *from, u32 len);
// Sets the size: frees what is behind it, or extends with a hole. nospc (an inode-held file that leaves the inode).
Errno resize(Fs &, Inode &, u64 size);
// Makes [pos, pos+len) a hole, size unchanged. nospc.
Errno punch(Fs &, Inode &, u64 pos, u64 len);
// Gives every hole in [pos, pos+len) a zeroed page, all or none. nospc.
Errno allocate(Fs &, Inode &, u64 pos, u64 len);
// First position >= pos that is data (or a hole), at most the size; the size when there is none.
u64 next_data(Fs &, const Inode &, u64 pos);
u64 next_hole(Fs &, const Inode &, u64 pos);
// Copies within the region; both ranges are inside in's size. Returns bytes copied; nospc when none.
Result<u32> copy_data(Fs &, const Inode &in, u64 in_pos, Inode &out, u64 out_pos, u32 len);
// Frees the page map.
void free_map(Fs &, Inode &);
// st_blocks / 8.
u64 data_pages(const Inode &);

} // namespace mayfly
