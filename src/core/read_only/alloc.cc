// Space in a build without writes, in place of core/alloc.cc: for descriptors, which are all that comes and
// goes there.
//
// Pages are taken behind the region and never given back. Descriptions are cells of whole pages, at first of
// the one that the pack left; free ones form a list. So a program that opens and closes takes space the first
// time at most.
#include "core/alloc.h"
#include "core/host.h"

namespace mayfly {
namespace {

constexpr u32 kOfdClass = 1;
static_assert(kSlabSizes[kOfdClass] == sizeof(Ofd));

// The list of free descriptions begins where the class of no size has its pages; Ofd::inode is the link.
Off &free_ofds(Fs &fs) { return fs.slab_partial[10]; }
static_assert(kSlabSizes[10] == 0);

Off take_pages(Fs &fs, u32 n) {
  u32 bytes = n << kPageShift;
  if (n > fs.pages_max || fs.pages_used > fs.pages_max - n) return 0;
  Off off = fs.size;
  if (!host::region_extend(fs.at<char>(off), bytes)) return 0;
  fs.size += bytes;
  fs.pages_used += n;
  return off;
}

void put_ofd(Fs &fs, Off off) {
  fs.at<Ofd>(off)->inode = free_ofds(fs);
  free_ofds(fs) = off;
}

// Puts the free cells of a page on the list: first those of the page that the pack left, then fresh pages'.
bool add_ofds(Fs &fs) {
  Off page = fs.slab_partial[kOfdClass];
  fs.slab_partial[kOfdClass] = 0;
  if (!page) page = take_pages(fs, 1);
  if (!page) return false;
  const u8 *taken = reinterpret_cast<const u8 *>(fs.at<SlabHeader>(page)->taken);
  for (u32 cell = (kPageBytes - sizeof(SlabHeader)) / sizeof(Ofd); cell-- > 0;)
    if (!(taken[cell >> 3] >> (cell & 7) & 1)) put_ofd(fs, page + sizeof(SlabHeader) + cell * sizeof(Ofd));
  return true;
}

} // namespace

MAYFLY_COLD Off alloc_object(Fs &fs, u32 bytes) {
  if (bytes != sizeof(Ofd)) return take_pages(fs, (bytes + kPageBytes - 1) >> kPageShift);
  while (!free_ofds(fs))
    if (!add_ofds(fs)) return 0;
  Off off = free_ofds(fs);
  free_ofds(fs) = fs.at<Ofd>(off)->inode;
  fs.at<Ofd>(off)->inode = 0;
  return off;
}

MAYFLY_COLD void free_object(Fs &fs, Off off, u32 bytes) {
  if (bytes != sizeof(Ofd)) return; // a table that was outgrown
  zero_words(fs.at<Ofd>(off), sizeof(Ofd));
  put_ofd(fs, off);
}

} // namespace mayfly
