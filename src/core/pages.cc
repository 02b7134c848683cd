// The page map: a node is an array of u32. At height 1 it is as short as the file allows (8 to
// 1024 entries); above, a radix tree of 1024-entry nodes, so one byte at 1 TiB costs three nodes
// and a page. Runs of adjacent pages are moved by one copy.
//
// At random offsets in a large file, the map entry of a page is in no cache. Waiting for it takes a quarter
// of the time that copying a cold page takes. In a map of height 2, bit kRun of an entry of the root
// therefore says that all 1024 pages of the leaf are own pages and adjacent. The first entry of the leaf
// then gives the address of every page. The bit must be cleared before one of these entries changes.
#include "core/pages.h"
#include "core/alloc.h"
#include "core/tree.h"

namespace mayfly {
namespace {

constexpr u32 kPageMask = kPageBytes - 1;
constexpr u32 kLeafMask = kNodeEntries - 1;

u32 min_u32(u64 a, u64 b) { return static_cast<u32>(a < b ? a : b); }
u64 pages_for(u64 bytes) { return (bytes + kPageMask) >> kPageShift; }
bool own(u32 entry) { return entry > kHole; }

u32 node_bytes(u32 entries) { return entries * 4; }
u32 entries_for(u64 index) {
  return index < 8 ? 8 : index < 24 ? 24 : index < 72 ? 72 : index < 252 ? 252 : kNodeEntries;
}

// The page of `index` where its leaf is a run, and how many follow in it with this one; else 0.
MAYFLY_INLINE Off run_at(Fs &fs, const FileData &f, u64 index, u32 *pages) {
  if (MAYFLY_LIKELY(f.height != 2) || index >> 20) return 0;
  Off leaf = fs.at<u32>(f.root)[index >> 10];
  if (!(leaf & kRun)) return 0;
  u32 at = static_cast<u32>(index & kLeafMask);
  *pages = kNodeEntries - at;
  return *fs.at<u32>(leaf - kRun) + (at << kPageShift);
}

// Sets the bit if the leaf of page `index` has become a run. To be called when the last page of the leaf
// got a place.
MAYFLY_COLD void note_run(Fs &fs, const FileData &f, u64 index) {
  if (f.height != 2) return;
  u32 &entry = fs.at<u32>(f.root)[index >> 10];
  const u32 *leaf = fs.at<u32>(entry & ~kRun);
  for (u32 e = 0; e < kNodeEntries; e++)
    if (!own(leaf[e]) || leaf[e] != *leaf + (e << kPageShift)) return;
  fs.change(entry) |= kRun;
}

// Clears the bits of the runs that have pages [first, last]. To be called before one of their entries
// changes.
MAYFLY_COLD void break_runs(Fs &fs, const FileData &f, u64 first, u64 last) {
  if (f.height != 2) return;
  for (u64 at = first >> 10; at < kNodeEntries && at <= last >> 10; at++) {
    u32 &entry = fs.at<u32>(f.root)[at];
    if (entry & kRun) fs.change(entry) &= ~kRun;
  }
}

// The entry of page `index` in a map of nodes of nodes, or null.
MAYFLY_NOINLINE u32 *deep_leaf(Fs &fs, const FileData &f, u64 index) {
  if (f.height == 0 || (index >> (10 * f.height)) != 0) return nullptr;
  Off node = f.root;
  for (u32 h = f.height - 1; h; h--) {
    node = fs.at<u32>(node)[(index >> (10 * h)) & kLeafMask];
    if (!node) return nullptr;
  }
  return fs.at<u32>(node & ~kRun) + (index & kLeafMask);
}

// The leaf node that covers page `index` and how many of its entries follow from there; null when there is
// none.
MAYFLY_INLINE u32 *leaf_at(Fs &fs, const FileData &f, u64 index, u32 *left) {
  if (MAYFLY_LIKELY(f.height == 1)) {
    if (index >= f.root_entries) return nullptr;
    *left = f.root_entries - static_cast<u32>(index);
    return fs.at<u32>(f.root) + index;
  }
  *left = kNodeEntries - static_cast<u32>(index & kLeafMask);
  return deep_leaf(fs, f, index);
}

// The same out of line, for all but the busiest callers.
MAYFLY_COLD u32 *find_leaf(Fs &fs, const FileData &f, u64 index, u32 *left) { return leaf_at(fs, f, index, left); }

// Moves a height-1 root to a larger node. nospc.
MAYFLY_COLD Errno widen_root(Fs &fs, Inode &i, u32 entries) {
  FileData &f = i.file;
  Off to = alloc_object(fs, node_bytes(entries));
  if (!to) return Errno::nospc;
  u32 *fresh = fs.at<u32>(to), *old = fs.at<u32>(f.root);
  for (u32 e = 0; e < f.root_entries; e++) fresh[e] = old[e];
  if (f.root) free_object(fs, f.root, node_bytes(f.root_entries));
  f.root = to;
  f.root_entries = entries;
  f.height = 1;
  return Errno::ok;
}

// The leaf entry of page `index`, making nodes on the way; null when out of space (nodes made so far stay).
MAYFLY_COLD u32 *make_leaf(Fs &fs, Inode &i, u64 index, u32 *left) {
  FileData &f = i.file;
  fs.mark(fs.off_of(&i));
  u32 need = 1;
  while (need < 7 && index >> (10 * need)) need++;
  if (f.height == 0 && need > 1) {
    Off root = alloc_pages(fs, 1);
    if (!root) return nullptr;
    f.root = root, f.root_entries = kNodeEntries, f.height = need;
  }
  if (f.height <= 1 && need == 1) {
    if ((f.height == 0 || index >= f.root_entries) && widen_root(fs, i, entries_for(index)) != Errno::ok)
      return nullptr;
  } else {
    if (f.root_entries != kNodeEntries && widen_root(fs, i, kNodeEntries) != Errno::ok) return nullptr;
    while (f.height < need) {
      Off root = alloc_pages(fs, 1);
      if (!root) return nullptr;
      break_runs(fs, f, 0, ~u64{0});
      *fs.at<u32>(root) = f.root;
      f.root = root;
      f.height++;
      note_run(fs, f, 0);
    }
    Off node = f.root;
    for (u32 h = f.height - 1; h; h--) {
      u32 *entry = fs.at<u32>(node) + ((index >> (10 * h)) & kLeafMask);
      if (!*entry) {
        Off fresh = alloc_pages(fs, 1);
        if (!fresh) return nullptr;
        fs.change(*entry) = fresh;
      }
      node = *entry & ~kRun;
    }
  }
  return find_leaf(fs, f, index, left);
}

// Moves the bytes of an inode-held file to a page (or nothing to a map without pages). nospc.
MAYFLY_COLD Errno leave_inode(Fs &fs, Inode &i) {
  fs.mark(fs.off_of(&i));
  if (i.kind == Data::none) {
    i.kind = Data::mapped;
    return Errno::ok;
  }
  Off page = alloc_pages(fs, 1);
  if (!page) return Errno::nospc;
  Off node = alloc_object(fs, node_bytes(8));
  if (!node) {
    free_pages(fs, page, 1);
    return Errno::nospc;
  }
  u64 *to = fs.at<u64>(page);
  for (u32 w = 0; w < kInlineMax / 8; w++) to[w] = reinterpret_cast<const u64 *>(i.bytes)[w];
  zero_words(i.bytes, kInlineMax);
  *fs.at<u32>(node) = page;
  i.file.root = node;
  i.file.root_entries = 8;
  i.file.height = 1;
  i.file.pages = 1;
  i.kind = Data::mapped;
  return Errno::ok;
}

// Short ranges by words, the last one overlapping: a bulk-memory instruction is a call in V8.
constexpr u32 kShort = 64;
MAYFLY_INLINE void copy_in(char *to, AppPtr from, u32 n) {
  if (n > kShort) return host::app_copy_in(to, from, n);
  if (n >= 8) {
    for (u32 at = 0; at < n - 8; at += 8) {
      u64 w = host::app_load_u64(from + at);
      __builtin_memcpy(to + at, &w, 8);
    }
    u64 w = host::app_load_u64(from + n - 8);
    __builtin_memcpy(to + n - 8, &w, 8);
    return;
  }
  for (u32 at = 0; at < n; at++) to[at] = static_cast<char>(host::app_load_u8(from + at));
}
MAYFLY_INLINE void copy_out(AppPtr to, const char *from, u32 n) {
  if (n > kShort) return host::app_copy_out(to, from, n);
  if (n >= 8) {
    for (u32 at = 0; at < n - 8; at += 8) host::app_store_u64(to + at, load_word(from + at));
    return host::app_store_u64(to + n - 8, load_word(from + n - 8));
  }
  for (u32 at = 0; at < n; at++) host::app_store_u8(to + at, static_cast<u8>(from[at]));
}

// Bytes that an inode holds. This is a function, so that a pack contains these loops twice and not four
// times.
MAYFLY_NOINLINE void copy_in_short(char *to, AppPtr from, u32 n) { copy_in(to, from, n); }
MAYFLY_NOINLINE void copy_out_short(AppPtr to, const char *from, u32 n) { copy_out(to, from, n); }

// The same with the layer's own memory.
MAYFLY_INLINE void copy_in(char *to, const char *from, u32 n) { __builtin_memcpy(to, from, n); }
MAYFLY_INLINE void copy_out(char *to, const char *from, u32 n) { __builtin_memcpy(to, from, n); }
MAYFLY_INLINE void copy_in_short(char *to, const char *from, u32 n) { copy_in(to, from, n); }
MAYFLY_INLINE void copy_out_short(char *to, const char *from, u32 n) { copy_out(to, from, n); }
MAYFLY_INLINE void fill_zero(AppPtr to, u32 n) { host::app_fill(to, 0, n); }
MAYFLY_INLINE void fill_zero(char *to, u32 n) { __builtin_memset(to, 0, n); }
MAYFLY_INLINE void content_to(AppPtr to, u32 offset, u32 n) { host::content_to_app(to, offset, n); }
MAYFLY_INLINE void content_to(char *to, u32 offset, u32 n) { host::content_to_layer(to, offset, n); }

// Does packed content show through at page `index`?
bool packed_at(const FileData &f, u64 index) { return index << kPageShift < f.packed_len; }

// Fills a fresh page with the packed bytes that it takes over.
MAYFLY_COLD void take_packed(Fs &fs, const FileData &f, u64 index, Off page) {
  u64 pos = index << kPageShift;
  if (pos >= f.packed_len) return;
  host::content_to_layer(fs.at<char>(page), f.packed_off + static_cast<u32>(pos),
                         min_u32(kPageBytes, f.packed_len - pos));
}

// A run of pages of a file that get a place, none of which has one. Their entries are in one leaf.
struct Fill {
  u64 index;  // the first page
  u32 n = 1;  // how many
  u32 goal = 0; // the page of the region where the run had best begin; 0: anywhere
  bool keeps_first = false, keeps_last = false; // its old bytes, because it will be overwritten only partly
};

// Gives the pages from `entry` a place, as far as space goes. Returns how many.
u32 fill_entries(Fs &fs, FileData &f, u32 *entry, const Fill &fill) {
  u32 got = 0, last = fill.n - 1;
  Off page = alloc_run(fs, fill.n, fill.goal, &got);
  if (!page) return 0;
  if (fill.keeps_first && entry[0] != kHole) take_packed(fs, f, fill.index, page);
  if (fill.keeps_last && got == fill.n && (last || !fill.keeps_first) && entry[last] != kHole)
    take_packed(fs, f, fill.index + last, page + (last << kPageShift));
  for (u32 e = 0; e < got; e++) {
    if (entry[e] == kHole || !packed_at(f, fill.index + e)) f.pages++;
    fs.change(entry[e]) = page + (e << kPageShift);
  }
  return got;
}

void mark_range(Fs &fs, Off from, u32 len) {
  if constexpr (build::marks)
    for (u32 p = from >> kPageShift; p <= (from + len - 1) >> kPageShift; p++) fs.mark(p << kPageShift);
}

// A page of its own for `index`, with its old bytes unless `whole`. 0: no space.
MAYFLY_COLD Off page_for_write(Fs &fs, Inode &i, u64 index, bool whole) {
  u32 left;
  u32 *entry = make_leaf(fs, i, index, &left);
  if (!entry) return 0;
  if (!own(*entry) && !fill_entries(fs, i.file, entry, {.index = index, .keeps_first = !whole})) return 0;
  fs.mark(*entry);
  return *entry;
}

// Frees own pages from `first` on in a subtree; returns true when nothing is left in the node.
MAYFLY_COLD bool trim_node(Fs &fs, FileData &f, Off node, u32 entries, u32 height, u64 first) {
  bool empty = true;
  for (u32 e = 0; e < entries; e++) {
    u32 &entry = fs.at<u32>(node)[e];
    if (!entry) continue;
    if (height > 1) {
      u64 span = u64{1} << (10 * (height - 1));
      u64 base = e * span;
      Off child = entry & ~kRun;
      if (base + span > first) fs.change(entry) = child;
      if (base + span <= first || !trim_node(fs, f, child, kNodeEntries, height - 1, first > base ? first - base : 0)) {
        empty = false;
        continue;
      }
      free_pages(fs, child, 1);
    } else {
      if (e < first) {
        empty = false;
        continue;
      }
      if (own(entry)) {
        free_pages(fs, entry, 1);
        f.pages--;
      }
    }
    fs.change(fs.at<u32>(node)[e]) = 0;
  }
  return empty;
}

// Packed pages in [from, to) that show through; own and punched ones do not.
MAYFLY_COLD u32 packed_shown(Fs &fs, const FileData &f, u64 from, u64 to) {
  u32 n = 0;
  while (from < to) {
    u32 left;
    const u32 *entry = find_leaf(fs, f, from, &left);
    if (!entry) {
      u64 step = f.height > 1 ? kNodeEntries - (from & kLeafMask) : to - from;
      if (step > to - from) step = to - from;
      n += static_cast<u32>(step);
      from += step;
      continue;
    }
    for (; left && from < to; left--, from++) n += *entry++ == 0;
  }
  return n;
}

MAYFLY_COLD void drop_map(Fs &fs, FileData &f) {
  if (f.height == 1) free_object(fs, f.root, node_bytes(f.root_entries));
  else if (f.height) free_pages(fs, f.root, 1);
  f.root = f.root_entries = f.height = 0;
}

MAYFLY_COLD void shrink(Fs &fs, Inode &i, u64 size) {
  FileData &f = i.file;
  u64 first = pages_for(size);
  if (size < f.packed_len) {
    f.pages -= packed_shown(fs, f, first, pages_for(f.packed_len));
    f.packed_len = static_cast<u32>(size);
  }
  if (f.height && trim_node(fs, f, f.root, f.root_entries, f.height, first)) drop_map(fs, f);
  u32 left, tail = static_cast<u32>(size & kPageMask);
  const u32 *entry = tail ? find_leaf(fs, f, size >> kPageShift, &left) : nullptr;
  if (entry && own(*entry)) {
    fs.mark(*entry);
    __builtin_memset(fs.at<char>(*entry) + tail, 0, kPageBytes - tail);
  }
}

// Lowest index >= from with an entry other than 0 below `node`, or `none`.
constexpr u64 kNone = ~u64{0};
MAYFLY_COLD u64 next_entry(Fs &fs, Off node, u32 entries, u32 height, u64 from) {
  u64 span = u64{1} << (10 * (height - 1));
  for (u64 e = from / span; e < entries; e++) {
    u32 entry = fs.at<u32>(node)[e];
    if (!entry) continue;
    if (height == 1) return e;
    u64 base = e * span;
    u64 found = next_entry(fs, entry & ~kRun, kNodeEntries, height - 1, from > base ? from - base : 0);
    if (found != kNone) return base + found;
  }
  return kNone;
}

MAYFLY_COLD u64 next_mapped(Fs &fs, const FileData &f, u64 from) {
  if (!f.height || (f.height < 7 && from >> (10 * f.height))) return kNone;
  return next_entry(fs, f.root, f.root_entries, f.height, from);
}

} // namespace

template <class To> MAYFLY_INLINE void read_to(Fs &fs, const Inode &i, u64 pos, To to, u32 len) {
  if (i.kind == Data::inline_) {
    copy_out_short(to, reinterpret_cast<const char *>(i.bytes) + pos, len);
    return;
  }
  if (i.kind != Data::mapped) {
    if (len) fill_zero(to, len);
    return;
  }
  const FileData &f = i.file;
  while (len) {
    u32 in = static_cast<u32>(pos & kPageMask), left = 0;
    u32 first = run_at(fs, f, pos >> kPageShift, &left);
    u64 room = (u64{left} << kPageShift) - in; // bytes that are of the same kind from pos on
    if (!first) {
      const u32 *entry = leaf_at(fs, f, pos >> kPageShift, &left);
      if (MAYFLY_LIKELY(entry != nullptr)) {
        first = *entry;
        room = kPageBytes - in;
        u32 step = own(first) ? kPageBytes : 0;
        for (u32 e = 1; room < len && e < left && entry[e] == first + e * step; e++) room += kPageBytes;
      } else {
        room = f.height > 1 ? (static_cast<u64>(kNodeEntries - ((pos >> kPageShift) & kLeafMask)) << kPageShift) - in : len;
      }
    }
    u32 n = min_u32(room, len);
    if (MAYFLY_LIKELY(own(first))) {
      copy_out(to, fs.at<char>(first) + in, n);
      pos += n, to += n, len -= n;
      continue;
    }
    u32 shown = first == 0 && pos < f.packed_len ? min_u32(n, f.packed_len - pos) : 0;
    if (shown) content_to(to, f.packed_off + static_cast<u32>(pos), shown);
    if (n > shown) fill_zero(to + shown, n - shown);
    pos += n, to += n, len -= n;
  }
}

void read_data(Fs &fs, const Inode &i, u64 pos, AppPtr to, u32 len) { read_to(fs, i, pos, to, len); }
void read_data(Fs &fs, const Inode &i, u64 pos, char *to, u32 len) { read_to(fs, i, pos, to, len); }

// Pages for a write of `rest` bytes at `pos`, as many as it covers in this leaf, where the first has none of its own;
// at page `goal` if that is not 0, else behind the page before. False when there is no space at all.
MAYFLY_COLD static bool make_room(Fs &fs, Inode &i, u64 pos, u32 rest, u32 goal) {
  FileData &f = i.file;
  u64 index = pos >> kPageShift, last = (pos + rest - 1) >> kPageShift;
  u32 left;
  if (index >> 10 != last >> 10) last = index | kLeafMask;
  if (!goal && index) {
    const u32 *before = find_leaf(fs, f, index - 1, &left);
    if (before && own(*before)) goal = (*before >> kPageShift) + 1;
  }
  if (last != index && !make_leaf(fs, i, last, &left)) return false;
  u32 *entry = make_leaf(fs, i, index, &left);
  if (!entry) return false;
  u32 n = 0, want = min_u32(last - index + 1, left);
  while (n < want && !own(entry[n])) n++;
  bool first = (pos & kPageMask) != 0 || rest < kPageBytes;
  bool end = ((pos + rest) & kPageMask) != 0 && index + n - 1 == (pos + rest - 1) >> kPageShift;
  u32 got = fill_entries(fs, f, entry, {.index = index, .n = n, .goal = goal, .keeps_first = first, .keeps_last = end});
  if (got && ((index + got) & kLeafMask) == 0) note_run(fs, f, index);
  return got != 0;
}

template <class From> MAYFLY_INLINE Result<u32> write_from(Fs &fs, Inode &i, u64 pos, From from, u32 len) {
  u64 end = pos + len;
  fs.mark(fs.off_of(&i));
  if (i.kind != Data::mapped) {
    if (end <= kInlineMax && (i.kind == Data::inline_ || i.size == 0)) {
      i.kind = Data::inline_;
      copy_in_short(reinterpret_cast<char *>(i.bytes) + pos, from, len);
      if (end > i.size) i.size = end;
      return len;
    }
    MAYFLY_CHECK(leave_inode(fs, i));
  }
  FileData &f = i.file;
  u32 done = 0, goal = 0;
  while (done < len) {
    u32 in = static_cast<u32>(pos & kPageMask), left = 0, rest = len - done;
    u64 index = pos >> kPageShift;
    u32 first = run_at(fs, f, index, &left);
    u64 room = (u64{left} << kPageShift) - in;
    u32 *entry = nullptr;
    if (!first) {
      entry = leaf_at(fs, f, index, &left);
      if (entry && own(*entry)) {
        first = *entry;
        room = kPageBytes - in;
        for (u32 e = 1; room < rest && e < left && entry[e] == first + (e << kPageShift); e++) room += kPageBytes;
      }
    }
    if (first) {
      u32 n = min_u32(room, rest);
      mark_range(fs, first + in, n);
      copy_in(fs.at<char>(first) + in, from, n);
      goal = static_cast<u32>((first + in + n + kPageMask) >> kPageShift);
      pos += n, from += n, done += n;
      continue;
    }
    if (!make_room(fs, i, pos, rest, goal)) break;
  }
  if (pos > i.size) i.size = pos;
  if (done == 0) return Errno::nospc;
  return done;
}

Result<u32> write_data(Fs &fs, Inode &i, u64 pos, AppPtr from, u32 len) { return write_from(fs, i, pos, from, len); }
Result<u32> write_data(Fs &fs, Inode &i, u64 pos, const char *from, u32 len) { return write_from(fs, i, pos, from, len); }

MAYFLY_COLD Errno resize(Fs &fs, Inode &i, u64 size) {
  fs.mark(fs.off_of(&i));
  if (i.kind == Data::inline_ && size <= kInlineMax && size <= i.size) {
    for (u64 b = size; b < i.size; b++) i.bytes[b] = 0;
    if (size == 0) i.kind = Data::none;
  } else {
    if (i.kind != Data::mapped && size > 0) MAYFLY_CHECK(leave_inode(fs, i));
    // Pages that fallocate kept beyond the end go as well, as on Linux, even when the size stays.
    if (i.kind == Data::mapped && size <= i.size) shrink(fs, i, size);
  }
  i.size = size;
  if (size == 0 && i.kind == Data::mapped) {
    free_map(fs, i);
    zero_words(i.bytes, kInlineMax);
    i.kind = Data::none;
  }
  return Errno::ok;
}

namespace {

// Zeroes a part of a page in place; a packed page becomes one of the file's own first. nospc.
MAYFLY_COLD Errno zero_part(Fs &fs, Inode &i, u64 from, u64 to) {
  u64 index = from >> kPageShift;
  u32 left;
  const u32 *entry = find_leaf(fs, i.file, index, &left);
  bool shown = packed_at(i.file, index) && (!entry || *entry == 0);
  if (!shown && !(entry && own(*entry))) return Errno::ok;
  Off page = page_for_write(fs, i, index, false);
  if (!page) return Errno::nospc;
  __builtin_memset(fs.at<char>(page) + (from & kPageMask), 0, static_cast<usize>(to - from));
  return Errno::ok;
}

// Punches whole pages [first, last) where packed content may show through: each needs an entry that says hole. nospc.
MAYFLY_COLD Errno punch_packed(Fs &fs, Inode &i, u64 first, u64 last) {
  for (u64 index = first; index < last; index++) {
    u32 left;
    u32 *entry = make_leaf(fs, i, index, &left);
    if (!entry) return Errno::nospc;
    if (*entry == kHole) continue;
    if (own(*entry)) free_pages(fs, *entry, 1);
    i.file.pages--;
    fs.change(*entry) = kHole;
  }
  return Errno::ok;
}

// Punches whole pages [first, last) behind the packed content: what has no entry is a hole already.
MAYFLY_COLD void punch_mapped(Fs &fs, Inode &i, u64 first, u64 last) {
  for (u64 index = first; index < last && (index = next_mapped(fs, i.file, index)) < last; index++) {
    u32 left;
    u32 *entry = find_leaf(fs, i.file, index, &left);
    if (own(*entry)) {
      free_pages(fs, *entry, 1);
      i.file.pages--;
    }
    fs.change(*entry) = 0;
  }
}

} // namespace

MAYFLY_COLD Errno punch(Fs &fs, Inode &i, u64 pos, u64 len) {
  fs.mark(fs.off_of(&i));
  u64 end = pos + len;
  if (i.kind == Data::none) return Errno::ok;
  if (i.kind == Data::inline_) {
    for (u64 b = pos; b < end && b < i.size; b++) i.bytes[b] = 0;
    if (pos == 0 && end >= kPageBytes) i.kind = Data::mapped; // all zeros by now: a map without pages
    return Errno::ok;
  }
  FileData &f = i.file;
  // Packed pages need map entries, and partial ones pages of their own: all of it must be there beforehand.
  if (packed_at(f, pos >> kPageShift)) {
    MAYFLY_CHECK(reserve_pages(fs, 12 + (pages_for(f.packed_len) - (pos >> kPageShift)) / kNodeEntries));
  }
  u64 first = pages_for(pos), last = end >> kPageShift; // whole pages [first, last)
  if (first > last) return zero_part(fs, i, pos, end);
  if (pos & kPageMask) MAYFLY_CHECK(zero_part(fs, i, pos, first << kPageShift));
  if (end & kPageMask) MAYFLY_CHECK(zero_part(fs, i, last << kPageShift, end));
  if (first < last) break_runs(fs, f, first, last - 1);
  u64 packed_end = pages_for(f.packed_len);
  MAYFLY_CHECK(punch_packed(fs, i, first, last < packed_end ? last : packed_end));
  punch_mapped(fs, i, first > packed_end ? first : packed_end, last);
  return Errno::ok;
}

MAYFLY_COLD Errno allocate(Fs &fs, Inode &i, u64 pos, u64 len) {
  u64 first = pos >> kPageShift, end = pages_for(pos + len);
  // What is a hole now, plus the nodes to reach it, must be there before anything changes.
  u64 have = 0;
  if (i.kind == Data::mapped) {
    for (u64 index = first; index < end;) {
      if (packed_at(i.file, index)) {
        u32 left;
        const u32 *entry = find_leaf(fs, i.file, index, &left);
        have += !(entry && *entry == kHole);
        index++;
        continue;
      }
      index = next_mapped(fs, i.file, index);
      if (index >= end) break;
      have++, index++;
    }
  }
  u64 holes = end - first - have;
  MAYFLY_CHECK(reserve_pages(fs, holes + (holes ? (end - first) / kNodeEntries + 16 : 0)));
  if (i.kind != Data::mapped) MAYFLY_CHECK(leave_inode(fs, i));
  u32 goal = 0;
  for (u64 index = first; index < end; index++) {
    u32 left;
    u32 *entry = find_leaf(fs, i.file, index, &left);
    if (entry ? own(*entry) || (*entry == 0 && packed_at(i.file, index)) : packed_at(i.file, index)) continue;
    entry = make_leaf(fs, i, index, &left);
    if (!entry || !fill_entries(fs, i.file, entry, {.index = index, .goal = goal})) return Errno::nospc;
    goal = (*entry >> kPageShift) + 1;
  }
  return Errno::ok;
}

MAYFLY_COLD u64 next_data(Fs &fs, const Inode &i, u64 pos) {
  if (i.kind == Data::inline_ || pos >= i.size) return pos < i.size ? pos : i.size;
  if (i.kind != Data::mapped) return i.size;
  const FileData &f = i.file;
  for (u64 index = pos >> kPageShift;; index++) {
    u64 at = index << kPageShift;
    if (at >= i.size) return i.size;
    if (packed_at(f, index)) {
      u32 left;
      const u32 *entry = find_leaf(fs, f, index, &left);
      if (entry && *entry == kHole) continue;
    } else {
      index = next_mapped(fs, f, index);
      if (index == kNone) return i.size;
      at = index << kPageShift;
      u32 left;
      if (!own(*find_leaf(fs, f, index, &left))) continue;
    }
    if (at < pos) at = pos;
    return at < i.size ? at : i.size;
  }
}

MAYFLY_COLD u64 next_hole(Fs &fs, const Inode &i, u64 pos) {
  if (i.kind == Data::inline_ || pos >= i.size) return i.size;
  if (i.kind != Data::mapped) return pos;
  const FileData &f = i.file;
  for (u64 index = pos >> kPageShift;; index++) {
    u64 at = index << kPageShift;
    if (at >= i.size) return i.size;
    if (at < pos) at = pos;
    u32 left;
    const u32 *entry = find_leaf(fs, f, index, &left);
    bool data = entry && own(*entry);
    if (!data && packed_at(f, index)) data = !(entry && *entry == kHole);
    if (!data) return at;
  }
}

MAYFLY_COLD Result<u32> copy_data(Fs &fs, const Inode &in, u64 in_pos, Inode &out, u64 out_pos, u32 len) {
  if (out.kind != Data::mapped) {
    // An inode-held source that is the destination as well moves with it.
    MAYFLY_CHECK(leave_inode(fs, out));
  }
  u32 done = 0;
  while (done < len) {
    u32 from = static_cast<u32>(in_pos & kPageMask), to = static_cast<u32>(out_pos & kPageMask);
    u32 n = min_u32(kPageBytes - (from > to ? from : to), len - done);
    Off page = page_for_write(fs, out, out_pos >> kPageShift, n == kPageBytes);
    if (!page) break;
    char *target = fs.at<char>(page) + to;
    u32 left;
    const u32 *entry = in.kind == Data::mapped ? find_leaf(fs, in.file, in_pos >> kPageShift, &left) : nullptr;
    if (in.kind == Data::inline_) {
      __builtin_memcpy(target, in.bytes + in_pos, n);
    } else if (entry && own(*entry)) {
      __builtin_memcpy(target, fs.at<char>(*entry) + from, n);
    } else {
      u32 shown = 0;
      if (in.kind == Data::mapped && !(entry && *entry == kHole) && in_pos < in.file.packed_len)
        shown = min_u32(n, in.file.packed_len - in_pos);
      if (shown) host::content_to_layer(target, in.file.packed_off + static_cast<u32>(in_pos), shown);
      __builtin_memset(target + shown, 0, n - shown);
    }
    in_pos += n, out_pos += n, done += n;
    if (out_pos > out.size) out.size = out_pos;
  }
  if (done == 0 && len) return Errno::nospc;
  return done;
}

void free_map(Fs &fs, Inode &i) {
  fs.mark(fs.off_of(&i));
  if (!i.file.height) return;
  trim_node(fs, i.file, i.file.root, i.file.root_entries, i.file.height, 0);
  drop_map(fs, i.file);
}

u64 data_pages(const Inode &i) {
  if (i.kind == Data::mapped) return i.file.pages;
  return i.kind == Data::inline_ && i.size ? 1 : 0;
}

} // namespace mayfly
