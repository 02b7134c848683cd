// Space in a build without writes, in place of core/alloc.cc: for more descriptors, which are all that comes there.
// It is taken behind the region and stays.
#include "core/alloc.h"
#include "core/host.h"

namespace mayfly {

MAYFLY_COLD Off alloc_process_pages(Fs &fs, u32 n) {
  Off off = fs.size;
  u32 page = off >> kPageShift;
  if (page + n > fs.page_capacity || !host::region_extend(fs.at<char>(off), n << kPageShift)) return 0;
  for (u32 i = page; i < page + n; i++) fs.at<u8>(fs.page_bitmap)[i >> 3] |= static_cast<u8>(1 << (i & 7));
  fs.size += n << kPageShift;
  fs.process_pages += n;
  return off;
}

} // namespace mayfly
