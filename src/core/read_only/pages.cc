// File data in a build without writes, in place of core/pages.cc: all of it is packed content.
#include "core/pages.h"

namespace mayfly {

void read_data(Fs &, const Inode &i, u64 pos, AppPtr to, u32 len) {
  host::content_to_app(to, i.file.packed_off + static_cast<u32>(pos), len);
}

u64 data_pages(const Inode &i) { return i.kind == Data::mapped ? i.file.pages : i.kind == Data::inline_; }

} // namespace mayfly
