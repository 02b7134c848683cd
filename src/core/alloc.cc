// Pages: a bitmap with a lower hint, scanned a word at a time; the region grows at its end.
// Objects: slab pages of one size class with a bitmap of taken cells, so that a freed cell
// holds no link and the lowest free cell is always the next one, whatever the order of frees.
#include "core/alloc.h"
#include "core/host.h"

namespace mayfly {
namespace {

constexpr u32 kPagesPerMap = kPageBytes * 8, kPagesMax = 1u << 20;
constexpr u32 kGrowPagesMin = 16, kGrowPagesMax = 4096;

u32 total_pages(const Fs &fs) { return fs.size >> kPageShift; }
u64 *bitmap(Fs &fs) { return fs.at<u64>(fs.page_bitmap); }

bool page_free(Fs &fs, u32 page) { return !(bitmap(fs)[page >> 6] >> (page & 63) & 1); }

void mark_map(Fs &fs, u32 page) {
  fs.mark(fs.page_bitmap + page / 8);
  fs.mark(0);
}

void mark_pages(Fs &fs, Off off, u32 n) {
  if constexpr (build::marks)
    for (u32 i = 0; i < n; i++) fs.mark(off + (i << kPageShift));
}

MAYFLY_COLD void take(Fs &fs, u32 page, u32 n) {
  for (u32 i = page; i < page + n; i++) bitmap(fs)[i >> 6] |= u64{1} << (i & 63);
  mark_map(fs, page);
  mark_map(fs, page + n - 1);
  fs.pages_used += n;
  if (fs.page_hint == page) fs.page_hint = page + n;
}

MAYFLY_COLD void release(Fs &fs, u32 page, u32 n) {
  for (u32 i = page; i < page + n; i++) bitmap(fs)[i >> 6] &= ~(u64{1} << (i & 63));
  mark_map(fs, page);
  mark_map(fs, page + n - 1);
  fs.pages_used -= n;
  if (page < fs.page_hint) fs.page_hint = page;
}

// Capacities are multiples of what one page of bitmap describes.
u32 map_pages(u32 capacity) { return capacity / kPagesPerMap; }

u32 free_page_count(const Fs &fs) { return total_pages(fs) - fs.pages_used - fs.process_pages; }

// First page of a free run of `n` at or above the hint; total_pages when there is none.
// Words that are wholly free or wholly taken are stepped over at once.
u32 find_run(Fs &fs, u32 n) {
  u32 total = total_pages(fs), run = 0;
  bool first = true;
  fs.mark(0); // the hint moves
  for (u32 page = fs.page_hint; page < total;) {
    u64 word = bitmap(fs)[page >> 6] >> (page & 63);
    u32 left = 64 - (page & 63);
    if (word == 0) {
      u32 step = left < total - page ? left : total - page;
      if (first) fs.page_hint = page, first = false;
      run += step;
      if (run >= n) return page + step - run;
      page += step;
      continue;
    }
    u32 zeros = static_cast<u32>(__builtin_ctzll(word));
    if (zeros) {
      if (first) fs.page_hint = page, first = false;
      if (zeros > total - page) zeros = total - page;
      run += zeros;
      if (run >= n) return page + zeros - run;
      page += zeros;
      continue;
    }
    u64 inverted = ~word;
    u32 ones = inverted ? static_cast<u32>(__builtin_ctzll(inverted)) : 64;
    page += ones < left ? ones : left;
    run = 0;
  }
  if (first) fs.page_hint = total;
  return total;
}

// Adds at least `need` adjacent free pages at the region's end.
MAYFLY_COLD bool grow(Fs &fs, u32 need) {
  u32 total = total_pages(fs);
  u32 slack = total / 4;
  if (slack < kGrowPagesMin) slack = kGrowPagesMin;
  if (slack > kGrowPagesMax) slack = kGrowPagesMax;
  const u32 amounts[] = {need > slack ? need : slack, need};
  for (u32 extra : amounts) {
    u32 capacity = fs.page_capacity, maps = 0;
    if (static_cast<u64>(total) + extra > capacity) {
      while (capacity < kPagesMax && capacity < static_cast<u64>(total) + extra + map_pages(capacity)) capacity *= 2;
      maps = map_pages(capacity);
    }
    u64 bytes = (static_cast<u64>(extra) + maps) << kPageShift;
    if (static_cast<u64>(total) + extra + maps > capacity || fs.size + bytes > 0xffff'0000ull) continue;
    char *end = reinterpret_cast<char *>(&fs) + fs.size;
    if (!host::region_extend(end, static_cast<u32>(bytes))) continue;
    fs.size += static_cast<u32>(bytes);
    if (maps) {
      Off old = fs.page_bitmap;
      u32 old_pages = map_pages(fs.page_capacity);
      fs.page_bitmap = total << kPageShift;
      fs.page_capacity = capacity;
      mark_pages(fs, fs.page_bitmap, maps);
      __builtin_memcpy(fs.at<char>(fs.page_bitmap), fs.at<char>(old), old_pages << kPageShift);
      take(fs, total, maps);
      free_pages(fs, old, old_pages);
    }
    fs.mark(0);
    return true;
  }
  return false;
}

// First page of a free run of `n`, with the region grown where there was none; 0: the memory is reached.
u32 find_or_grow(Fs &fs, u32 n) {
  u32 page = find_run(fs, n);
  if (page != total_pages(fs)) return page;
  if (!grow(fs, n)) return 0;
  page = find_run(fs, n);
  return page != total_pages(fs) ? page : 0;
}

bool within_limit(Fs &fs, u32 n) { return n <= fs.pages_max && fs.pages_used <= fs.pages_max - n; }

// Size class that holds `bytes`; the inode class is never the answer.
u32 class_of(u32 bytes) {
  if (bytes <= 48) return bytes <= 32 ? 0 : 1;
  u32 c = 2;
  while (kSlabSizes[c] < bytes) c++;
  return c;
}
// What a class's pages look like; computed once, because a division by a variable is dear.
struct SlabClass {
  u32 bytes, start, cells;
  u32 reciprocal; // of bytes, scaled by 2^20: exact for multiples below 4096
};
constexpr SlabClass slab_class(u32 bytes, u32 start) {
  return {bytes, start, (kPageBytes - start) / bytes, (1u << 20) / bytes + 1};
}
constexpr SlabClass kClasses[kSlabClasses] = {
    slab_class(32, 32),   slab_class(48, 32),   slab_class(64, 32), slab_class(96, 32),
    slab_class(128, 32),  slab_class(192, 32),  slab_class(288, 32), slab_class(512, 32),
    slab_class(1008, 32), slab_class(2032, 32), {},                  slab_class(128, 128),
};
static_assert(kClasses[9].bytes == kSlabSizes[9] && kClasses[6].bytes == kSlabSizes[6]);

MAYFLY_COLD void push_partial(Fs &fs, u32 c, Off page) {
  SlabHeader &h = *fs.at<SlabHeader>(page);
  h.prev = 0;
  h.next = fs.slab_partial[c];
  fs.mark(page);
  if (h.next) fs.change(*fs.at<SlabHeader>(h.next)).prev = page;
  fs.slab_partial[c] = page;
  fs.mark(0);
}

MAYFLY_COLD void drop_partial(Fs &fs, u32 c, Off page) {
  SlabHeader &h = *fs.at<SlabHeader>(page);
  if (h.prev) fs.change(*fs.at<SlabHeader>(h.prev)).next = h.next;
  else fs.slab_partial[c] = h.next;
  if (h.next) fs.change(*fs.at<SlabHeader>(h.next)).prev = h.prev;
  h.prev = h.next = 0;
  fs.mark(page);
  fs.mark(0);
}

Off alloc_cell(Fs &fs, u32 c) {
  Off page = fs.slab_partial[c];
  if (MAYFLY_UNLIKELY(!page)) {
    page = alloc_pages(fs, 1);
    if (!page) return 0;
    fs.at<SlabHeader>(page)->class_ = static_cast<u16>(c);
    push_partial(fs, c, page);
  }
  SlabHeader &h = fs.change(*fs.at<SlabHeader>(page));
  u32 word = ~h.taken[0] ? 0 : 1;
  u32 cell = word * 64 + static_cast<u32>(__builtin_ctzll(~h.taken[word]));
  h.taken[word] |= u64{1} << (cell & 63);
  if (++h.used == kClasses[c].cells) drop_partial(fs, c, page);
  Off off = page + kClasses[c].start + cell * kClasses[c].bytes;
  fs.mark(off);
  return off;
}

void free_cell(Fs &fs, u32 c, Off off) {
  Off page = off & ~(kPageBytes - 1);
  SlabHeader &h = fs.change(*fs.at<SlabHeader>(page));
  zero_words(fs.at<char>(off), kClasses[c].bytes);
  u32 cell = ((off - page - kClasses[c].start) * kClasses[c].reciprocal) >> 20;
  h.taken[cell >> 6] &= ~(u64{1} << (cell & 63));
  if (h.used-- == kClasses[c].cells) push_partial(fs, c, page);
  // The last page of a class stays, so that make-remove-make costs no page each time.
  if (h.used == 0 && (h.next || h.prev)) {
    drop_partial(fs, c, page);
    zero_words(&h, sizeof h);
    release(fs, page >> kPageShift, 1);
  }
}

} // namespace

MAYFLY_COLD Off alloc_pages(Fs &fs, u32 n) {
  if (!within_limit(fs, n)) return 0;
  u32 page = find_or_grow(fs, n);
  if (!page || !within_limit(fs, n)) return 0; // a larger bitmap may have taken the last of the limit
  take(fs, page, n);
  mark_pages(fs, page << kPageShift, n);
  return page << kPageShift;
}

MAYFLY_COLD Off alloc_run(Fs &fs, u32 want, u32 goal, u32 *got) {
  if (!within_limit(fs, 1)) return 0;
  u32 room = fs.pages_max - fs.pages_used, page, n;
  if (want > room) want = room;
  for (bool grown = false;; grown = true) {
    u32 total = total_pages(fs);
    page = goal && goal < total && page_free(fs, goal) ? goal : find_run(fs, 1);
    for (n = 0; n < want && page + n < total && page_free(fs, page + n); n++) {
    }
    // At the region's end it can become longer, once.
    if (n == want || page + n < total || grown) break;
    if (!grow(fs, want - n) && (n || !grow(fs, 1))) break;
  }
  room = fs.pages_max > fs.pages_used ? fs.pages_max - fs.pages_used : 0; // larger maps take of it, too
  if (n > room) n = room;
  if (!n) return 0;
  take(fs, page, n);
  *got = n;
  return page << kPageShift;
}

MAYFLY_COLD void free_pages(Fs &fs, Off off, u32 n) {
  __builtin_memset(fs.at<char>(off), 0, static_cast<usize>(n) << kPageShift);
  mark_pages(fs, off, n);
  release(fs, off >> kPageShift, n);
}

MAYFLY_COLD Errno reserve_pages(Fs &fs, u64 n) {
  if (n > fs.pages_max || fs.pages_used > fs.pages_max - n) return Errno::nospc;
  u64 free = free_page_count(fs);
  if (free < n && !grow(fs, static_cast<u32>(n - free))) return Errno::nospc;
  return fs.pages_used <= fs.pages_max - n ? Errno::ok : Errno::nospc;
}

Off alloc_object(Fs &fs, u32 bytes) {
  if (bytes > 2032) return alloc_pages(fs, (bytes + kPageBytes - 1) >> kPageShift);
  return alloc_cell(fs, class_of(bytes));
}

void free_object(Fs &fs, Off off, u32 bytes) {
  if (bytes > 2032) return free_pages(fs, off, (bytes + kPageBytes - 1) >> kPageShift);
  free_cell(fs, class_of(bytes), off);
}

InodeId alloc_inode(Fs &fs) {
  if (fs.inodes_used >= fs.inodes_max) return 0;
  InodeId id = alloc_cell(fs, kInodeClass);
  if (id) fs.inodes_used++;
  return id;
}

void free_inode(Fs &fs, InodeId id) {
  free_cell(fs, kInodeClass, id);
  fs.inodes_used--;
}

MAYFLY_COLD Off alloc_process_pages(Fs &fs, u32 n) {
  u32 page = find_or_grow(fs, n);
  if (!page) return 0;
  take(fs, page, n);
  fs.pages_used -= n; // take() counted them as the tree's
  fs.process_pages += n;
  mark_pages(fs, page << kPageShift, n);
  return page << kPageShift;
}

MAYFLY_COLD void free_process_pages(Fs &fs, Off off, u32 n) {
  fs.process_pages -= n;
  fs.pages_used += n;
  free_pages(fs, off, n);
}

void init_pages(Fs &fs, u32 capacity) {
  u32 maps = map_pages(capacity), used = 1 + kProcessPagesMin + maps;
  fs.page_bitmap = (used - maps) << kPageShift;
  fs.page_capacity = capacity;
  u64 *bits = bitmap(fs);
  for (u32 i = 0; i < used; i++) bits[i >> 6] |= u64{1} << (i & 63);
  fs.page_hint = used;
  fs.pages_used = 1 + maps;
  fs.process_pages = kProcessPagesMin;
}

} // namespace mayfly
