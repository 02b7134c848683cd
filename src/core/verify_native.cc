// Is this region sound? The one reader of regions that come from outside.
//
// It promises: for any bytes whatever, it ends, reads nothing outside of them, and answers. When it accepts, every
// operation of vfs.h on the region keeps inside of it, ends, and meets no count, list or reference that is wrong;
// when it refuses, it says why and where. The answer depends on the bytes alone.
// Cost: time linear in the region's size, but for one sort of the directory entries; scratch memory smaller than the region.
//
// How: every object that can be reached is claimed exactly once. What the bitmaps call in use and nothing claimed,
// or the other way round, is an error, and free space must be zero.
//
// Native only: a module does not distrust the bytes it was linked with.
#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/alloc.h"
#include "core/fd_table.h"
#include "core/tree.h"
#include "core/vfs.h"

namespace mayfly {
namespace {

struct Fault {
  const char *what;
  Off where;
};

// Thrown inside this file only and caught in verify(): one exit from deeply nested checks.
[[noreturn]] void fail(const char *what, u64 where) { throw Fault{what, static_cast<Off>(where)}; }
void expect(bool sound, const char *what, u64 where) {
  if (!sound) fail(what, where);
}

class Verifier {
public:
  Verifier(const void *bytes, u64 size, u32 content_bytes)
      : base_(static_cast<const char *>(bytes)), bytes_(size), content_bytes_(content_bytes) {}

  void run() {
    superblock();
    process();
    claim_pages(0, 1 + kProcessPagesMin, "superblock and process");
    bitmap();
    process_pages();
    partial_lists();
    tree();
    orphans();
    hash_table();
    names();
    descriptors();
    strings();
    references();
    space();
  }

private:
  template <class T> const T &get(Off off) const { return *reinterpret_cast<const T *>(base_ + off); }
  const Superblock &sb() const { return get<Superblock>(0); }
  const Process &pr() const { return get<Process>(kProcessOff); }
  u32 total() const { return sb().size >> kPageShift; }

  bool all_zero(u64 off, u64 len) const {
    const char *p = base_ + off;
    return len == 0 || (p[0] == 0 && std::memcmp(p, p + 1, len - 1) == 0);
  }

  // ---- claims ----
  enum class Page : u8 { free, data, slab };

  void claim_pages(Off off, u64 n, const char *what) {
    expect(off % kPageBytes == 0, "a page reference is not page-aligned", off);
    u64 page = off >> kPageShift;
    expect(n <= total() && page <= total() - n, "a page reference leaves the region", off);
    for (u64 p = page; p < page + n; p++) {
      expect(pages_[p] == Page::free, what, off);
      pages_[p] = Page::data;
    }
    claimed_pages_ += n;
  }

  static u32 cell_bytes(u32 c) { return c == kInodeClass ? 128 : kSlabSizes[c]; }
  static u32 cells_start(u32 c) { return c == kInodeClass ? 128 : 32; }
  static u32 cells_in_page(u32 c) { return (kPageBytes - cells_start(c)) / cell_bytes(c); }
  static u32 class_of(u32 bytes) {
    u32 c = 0;
    while (kSlabSizes[c] < bytes) c++;
    return c;
  }

  void claim_slab(Off page, u32 c) {
    u32 index = page >> kPageShift;
    expect(index < total() && index != 0, "an object lies outside the region", page);
    if (pages_[index] == Page::slab) {
      expect(get<SlabHeader>(page).class_ == c, "an object is of another size class than its page", page);
      return;
    }
    expect(pages_[index] == Page::free, "an object lies in a page with another use", page);
    expect(get<SlabHeader>(page).class_ == c, "an object is of another size class than its page", page);
    pages_[index] = Page::slab;
    claimed_pages_++;
    slabs_.push_back(page);
  }

  void claim_cell(Off off, u32 c) {
    expect(off < sb().size, "an object lies outside the region", off);
    Off page = off & ~(kPageBytes - 1);
    claim_slab(page, c);
    u32 in = off - page;
    expect(in >= cells_start(c) && (in - cells_start(c)) % cell_bytes(c) == 0, "an object is not at a cell boundary", off);
    u32 cell = (in - cells_start(c)) / cell_bytes(c);
    expect(cell < cells_in_page(c), "an object is beyond the last cell of its page", off);
    expect(get<SlabHeader>(page).taken[cell >> 6] >> (cell & 63) & 1, "an object lies in a free cell", off);
    expect(!cells_[off / 16], "two references to one object", off);
    cells_[off / 16] = true;
    claimed_cells_[page >> kPageShift]++;
  }

  void claim_object(Off off, u64 bytes) {
    if (bytes > 2032) claim_pages(off, (bytes + kPageBytes - 1) >> kPageShift, "two uses of one page");
    else claim_cell(off, class_of(static_cast<u32>(bytes)));
  }

  // ---- parts ----
  void superblock() {
    expect(bytes_ >= kFormatBytesMin, "shorter than the smallest region", 0);
    const Superblock &s = sb();
    expect(s.magic == kMagic, "not a Mayfly region: wrong magic number", 0);
    expect(s.version == kFormatVersion, "a format version this program does not know", 8);
    expect(s.features == 0, "a feature this program does not know", 12);
    expect(s.size == bytes_ && s.size % kPageBytes == 0, "the size in the superblock is not the region's", 16);
    expect(s.content_bytes == content_bytes_ || s.content_bytes == 0, "the packed content has another size", 20);
    expect(all_zero(sizeof s, kPageBytes - sizeof s), "bytes behind the superblock are not zero", sizeof s);
    pages_.assign(total(), Page::free);
    cells_.assign(s.size / 16, false);
    claimed_cells_.assign(total(), 0);
    links_.assign(s.size / sizeof(Inode), 0);
    entry_at_.assign(s.size / 16, false);
    in_table_.assign(s.size / 16, false);
  }

  void process() {
    const Process &p = pr();
    expect((p.config & ~63u) == 0, "a configuration bit this program does not know", kProcessOff);
    expect(p.pages_max <= 1u << 20, "the page limit is beyond 4 GiB", kProcessOff);
    expect(p.fd_max <= kFdMax, "the limit on descriptors is beyond what a region can have", kProcessOff);
    expect(p.umask <= 0777, "the umask has other bits than permissions", kProcessOff);
    expect(all_zero(kProcessOff + sizeof p, kPageBytes - sizeof p), "bytes behind the process are not zero", kProcessOff);
  }

  void bitmap() {
    const Superblock &s = sb();
    constexpr u32 per_page = kPageBytes * 8;
    u32 capacity = s.page_capacity;
    expect(capacity % per_page == 0 && capacity >= total() && capacity <= 1u << 20, "the page bitmap has a wrong capacity", 0);
    claim_pages(s.page_bitmap, capacity / per_page, "the page bitmap overlaps something");
  }

  void process_pages() {
    const Superblock &s = sb();
    u64 pages = kProcessPagesMin;
    expect(s.fd_extents[0] == kFdExtentOff, "the first descriptors are not where they belong", 0);
    u32 k = 1;
    for (; k < kFdExtents && s.fd_extents[k]; k++) {
      claim_pages(s.fd_extents[k], fd_extent_pages(k), "two uses of one page");
      pages += fd_extent_pages(k);
    }
    expect(pr().fd_cap == fd_extent_first(k), "the number of records for descriptors is wrong", kProcessOff);
    for (; k < kFdExtents; k++) expect(s.fd_extents[k] == 0, "a gap in the table of descriptors", 0);
    if (s.strings) {
      expect(s.strings_pages != 0, "strings without pages", 0);
      claim_pages(s.strings, s.strings_pages, "two uses of one page");
      pages += s.strings_pages;
    } else {
      expect(s.strings_pages == 0, "no strings, but pages of them", 0);
    }
    expect(pr().strings_used <= u64{s.strings_pages} << kPageShift, "the strings leave their pages", kProcessOff);
    expect(pages == s.process_pages, "the number of the process's pages is wrong", 0);
    process_claimed_ = pages;
  }

  bool page_taken(u32 page) const { return get<u64>(sb().page_bitmap + (page >> 6) * 8) >> (page & 63) & 1; }

  void partial_lists() {
    for (u32 c = 0; c < kSlabClasses; c++) {
      Off previous = 0;
      for (Off page = sb().slab_partial[c]; page; previous = page, page = get<SlabHeader>(page).next) {
        expect((c < 10 || c == kInodeClass) && page % kPageBytes == 0, "a slab list leads nowhere", page);
        expect(page < sb().size && pages_[page >> kPageShift] == Page::free, "a slab list is circular or leaves the region", page);
        claim_slab(page, c);
        const SlabHeader &h = get<SlabHeader>(page);
        expect(h.prev == previous && h.used < cells_in_page(c), "a slab list is broken", page);
        listed_++;
      }
    }
  }

  void inode_claim(InodeId id) {
    expect(id != 0, "a reference to no inode", 0);
    claim_cell(id, kInodeClass);
    inodes_.push_back(id);
  }

  const Inode &known_inode(InodeId id) const {
    expect(id % 128 == 0 && id < sb().size && cells_[id / 16] && get<SlabHeader>(id & ~(kPageBytes - 1)).class_ == kInodeClass,
           "a reference to something that is not an inode", id);
    return get<Inode>(id);
  }

  // ---- the process ----
  static Off slot_off(const Superblock &s, Fd fd) {
    u32 k = 31 - static_cast<u32>(std::countl_zero(fd / kFdsMin + 1));
    return s.fd_extents[k] + (fd - fd_extent_first(k)) * static_cast<u32>(sizeof(FdRecord));
  }
  static Off ofd_off(const Superblock &s, u32 n) { return slot_off(s, n) + static_cast<u32>(sizeof(FdSlot)); }
  // The number of the description at `off`; fd_cap when there is none.
  u32 ofd_number(Off off) const {
    for (u32 k = 0; k < kFdExtents && sb().fd_extents[k]; k++) {
      Off first = sb().fd_extents[k] + static_cast<u32>(sizeof(FdSlot)), in = off - first;
      if (off >= first && in < fd_extent_pages(k) << kPageShift && in % sizeof(FdRecord) == 0)
        return fd_extent_first(k) + in / static_cast<u32>(sizeof(FdRecord));
    }
    return pr().fd_cap;
  }

  bool in_strings(Off off, u64 bytes) const {
    const Superblock &s = sb();
    return off >= s.strings && s.strings && off - s.strings <= pr().strings_used && bytes <= pr().strings_used - (off - s.strings);
  }

  void descriptors() {
    const Process &p = pr();
    ofd_refs_.assign(p.fd_cap, 0);
    u32 used = 0;
    for (Fd fd = 0; fd < p.fd_cap; fd++) {
      Off off = slot_off(sb(), fd);
      const FdSlot &slot = get<FdSlot>(off);
      if (!slot.ofd) {
        expect(all_zero(off, sizeof slot), "a closed descriptor is not empty", off);
        expect(fd >= p.fd_hint, "a free descriptor lies below the hint", off);
        continue;
      }
      used++;
      u32 number = ofd_number(slot.ofd);
      expect(number < p.fd_cap, "a descriptor leads to no description", off);
      ofd_refs_[number]++;
      if (!slot.preopen_name) continue;
      expect(slot.preopen_name % 8 == 0 && in_strings(slot.preopen_name, 4), "a preopen's name lies outside the strings", off);
      u32 len = get<u32>(slot.preopen_name);
      expect(len < kPathMax && in_strings(slot.preopen_name, u64{len} + 4), "a preopen's name is too long", off);
    }
    expect(used == p.fd_used, "the number of open descriptors is wrong", kProcessOff);
    expect(p.fd_hint <= p.fd_cap, "the descriptor hint is beyond the table", kProcessOff);
    for (u32 n = 0; n < p.fd_cap; n++) description(n);
    holders();
  }

  void description(u32 n) {
    Off off = ofd_off(sb(), n);
    const Ofd &o = get<Ofd>(off);
    expect(o.refs == ofd_refs_[n], "a description's reference count is wrong", off);
    if (!o.refs) {
      return expect(all_zero(off, sizeof o), "a free description is not empty", off);
    }
    expect(o.kind <= Ofd::path && o.access <= 3 && o.offset <= kFileSizeMax && o.lock <= 2, "a description holds impossible values", off);
    expect(static_cast<u32>(o.device_id) <= 6, "a description of an unknown device", off);
    if (o.kind == Ofd::host)
      return expect(o.inode == 0 && o.lock == 0 && o.next == 0 && o.prev == 0, "a host descriptor names an inode", off);
    const Inode &i = known_inode(o.inode);
    u8 kind = is_dir(i) ? Ofd::directory : is_char(i) ? Ofd::device : Ofd::file;
    expect(o.kind == kind || o.kind == Ofd::path, "a description is of another kind than its inode", off);
    expect(o.kind != Ofd::file || is_regular(i), "an open file is not a regular file", off);
    expect(o.device_id == (is_char(i) ? i.device : Device::none), "a description of another device", off);
  }

  // Each open description of an inode is in the list of its inode, once. In a read-only region it may be in none.
  void holders() {
    std::vector<bool> listed(pr().fd_cap, false);
    for (u32 list = 0; list < std::size(pr().holders); list++) {
      Off before = 0;
      for (Off off = pr().holders[list]; off; before = off, off = get<Ofd>(off).next) {
        u32 n = ofd_number(off);
        expect(n < pr().fd_cap && ofd_refs_[n] && !listed[n], "a list of open inodes is broken", off);
        listed[n] = true;
        const Ofd &o = get<Ofd>(off);
        expect(o.inode && o.inode / sizeof(Inode) % std::size(pr().holders) == list && o.prev == before, "a description is in the wrong list", off);
      }
    }
    for (u32 n = 0; n < pr().fd_cap; n++) {
      const Ofd &o = get<Ofd>(ofd_off(sb(), n));
      if (!o.inode || listed[n]) continue;
      expect((pr().config & kConfigReadOnly) && o.next == 0 && o.prev == 0, "an open inode is in no list", ofd_off(sb(), n));
    }
  }

  void strings() {
    for (const Blob &blob : {pr().args, pr().env}) {
      if (!blob.bytes) {
        expect(blob.off == 0 && blob.count == 0, "an empty list of strings is not empty", blob.off);
        continue;
      }
      expect(blob.off % 8 == 0 && in_strings(blob.off, blob.bytes), "a list of strings lies outside the strings", blob.off);
      const char *first = base_ + blob.off;
      expect(std::count(first, first + blob.bytes, '\0') == blob.count && first[blob.bytes - 1] == 0, "a list of strings has another length", blob.off);
    }
    u64 used = pr().strings_used, all = u64{sb().strings_pages} << kPageShift;
    expect(all_zero(sb().strings + used, all - used), "bytes behind the strings are not zero", sb().strings);
  }

  // ---- the tree ----
  void tree() {
    const Superblock &s = sb();
    inode_claim(s.root);
    const Inode &root = get<Inode>(s.root);
    expect(is_dir(root) && root.dir.parent == s.root && root.dir.dentry == 0 && root.nlink >= 2, "the root is no root directory", s.root);
    std::vector<InodeId> todo{s.root};
    while (!todo.empty()) {
      InodeId dir = todo.back();
      todo.pop_back();
      directory(dir, todo);
    }
  }

  void directory(InodeId dir, std::vector<InodeId> &todo) {
    const Inode &i = get<Inode>(dir);
    const DirData &d = i.dir;
    expect(i.kind == Data::dir, "a directory without entries of its own", dir);
    expect(d.slots_cap <= sb().size / sizeof(DirSlot) && d.slots_used <= d.slots_cap, "a directory is larger than the region", dir);
    expect(d.next_cookie >= 3 && d.next_cookie <= 0x7fff'fff0u, "a directory's next cookie is out of range", dir);
    if (d.slots_cap) claim_object(d.slots, u64{d.slots_cap} * sizeof(DirSlot));
    else expect(d.slots == 0, "an empty directory has slots", dir);
    u32 live = 0, subdirs = 0, cookie = 2, first = 0;
    for (u32 at = 0; at < d.slots_cap; at++) {
      Off off = d.slots + at * static_cast<u32>(sizeof(DirSlot));
      const DirSlot slot = get<DirSlot>(off);
      if (at >= d.slots_used) {
        expect(slot.dentry == 0 && slot.cookie == 0, "an unused slot is not empty", off);
        continue;
      }
      expect(slot.cookie > cookie && slot.cookie < d.next_cookie, "cookies do not ascend", off);
      cookie = slot.cookie;
      if (!slot.dentry) continue;
      if (live++ == 0) first = at;
      subdirs += entry(dir, slot.dentry, at, todo);
    }
    expect(d.slots_used == 0 || get<DirSlot>(d.slots + (d.slots_used - 1) * static_cast<u32>(sizeof(DirSlot))).dentry,
           "the last slot in use is empty", dir);
    expect(d.first <= first, "a directory's first slots are not removed", dir);
    expect(live == d.live && subdirs == d.subdirs, "a directory's counts are wrong", dir);
    expect(i.nlink == 2 + subdirs || (i.nlink == 0 && live == 0), "a directory's link count is wrong", dir);
    expect(!(i.flags & kDevFd) || live == 0, "/dev/fd has entries", dir);
  }

  // Returns 1 for a directory.
  u32 entry(InodeId dir, Off off, u32 slot, std::vector<InodeId> &todo) {
    expect(off % 16 == 0 && off < sb().size && sb().size - off >= sizeof(Dentry), "an entry lies outside the region", off);
    const Dentry &d = get<Dentry>(off);
    expect(d.len >= 1 && d.len <= kNameMax, "an entry's name is empty or too long", off);
    claim_object(off, sizeof(Dentry) + ((d.len + 7u) & ~7u));
    std::string_view name(d.name(), d.len);
    expect(name.find('/') == name.npos && name.find('\0') == name.npos && name != "." && name != "..", "an entry's name is none", off);
    expect(all_zero(off + sizeof(Dentry) + d.len, ((d.len + 7u) & ~7u) - d.len), "an entry's name is not zero-padded", off);
    expect(d.parent == dir && d.slot == slot, "an entry does not know its place", off);
    expect(d.hash == hash_name(sb().name_seed, dir, d.name(), d.len), "an entry's hash is wrong", off);
    dentries_.push_back(off);
    entry_at_[off / 16] = true;
    expect(d.inode % sizeof(Inode) == 0 && d.inode < sb().size, "an entry leads to no inode", off);
    if (!links_[d.inode / sizeof(Inode)]++) inode_claim(d.inode);
    const Inode &i = get<Inode>(d.inode);
    expect(d.type == (i.mode & mode::type_mask), "an entry's type is not its inode's", off);
    if (!is_dir(i)) return 0;
    expect(links_[d.inode / sizeof(Inode)] == 1 && i.nlink >= 2 && i.dir.parent == dir && i.dir.dentry == off, "a directory has two names or another parent", off);
    todo.push_back(d.inode);
    return 1;
  }

  // Inodes without a name. What holds them may be gone already: then they are freed by renew_process.
  void orphans() {
    InodeId before = 0;
    for (InodeId id = sb().orphans; id; before = id, id = get<Inode>(id).orphan_next) {
      expect(id % sizeof(Inode) == 0 && id < sb().size && !cells_[id / 16], "the list of orphans is broken", id);
      inode_claim(id);
      const Inode &i = get<Inode>(id);
      expect(i.nlink == 0 && i.orphan_prev == before, "an orphan has links, or the list of orphans is broken", id);
      if (!is_dir(i)) continue;
      expect(i.dir.parent == 0 && i.dir.dentry == 0, "a removed directory has a parent", id);
      std::vector<InodeId> none;
      directory(id, none);
    }
  }

  void references() {
    expect(is_dir(known_inode(pr().cwd)), "the working directory is no directory", pr().cwd);
    expect(inodes_.size() == sb().inodes_used, "the number of inodes is wrong", 0);
    for (InodeId id : inodes_) inode(id);
  }

  void inode(InodeId id) {
    const Inode &i = get<Inode>(id);
    u32 type = i.mode & mode::type_mask;
    expect(i.size <= kFileSizeMax, "a file is larger than files can be", id);
    expect(i.nlink == 0 || (i.orphan_next == 0 && i.orphan_prev == 0), "an inode with a name is an orphan", id);
    if (type == mode::directory) return expect(i.size == 0, "a directory has bytes", id);
    expect(i.nlink == links_[id / sizeof(Inode)], "an inode's link count is wrong", id);
    switch (type) {
    case mode::regular: return file(id, i);
    case mode::symlink: return symlink(id, i);
    case mode::character:
      return expect(i.kind == Data::none && i.size == 0 && static_cast<u32>(i.device) <= 6 && all_zero(id + 65, 63), "a device with data", id);
    default: fail("an inode of a type that is not made here", id);
    }
  }

  void symlink(InodeId id, const Inode &i) {
    expect(i.size >= 1 && i.size < kPathMax, "a symlink's target is empty or too long", id);
    if (i.kind == Data::inline_) return expect(i.size <= kInlineMax && all_zero(id + 64 + i.size, kInlineMax - i.size), "a symlink in its inode", id);
    expect(i.kind == Data::object && i.size > kInlineMax, "a symlink without a target", id);
    claim_object(i.object, i.size);
    expect(all_zero(id + 68, 60), "a symlink with further data", id);
  }

  void file(InodeId id, const Inode &i) {
    if (i.kind == Data::none) return expect(i.size == 0 && all_zero(id + 64, kInlineMax), "an empty file with data", id);
    if (i.kind == Data::inline_)
      return expect(i.size >= 1 && i.size <= kInlineMax && all_zero(id + 64 + i.size, kInlineMax - i.size), "a file in its inode", id);
    expect(i.kind == Data::mapped, "a file with data of another kind", id);
    const FileData &f = i.file;
    expect(all_zero(id + 64 + sizeof f, kInlineMax - sizeof f), "a file with further data", id);
    expect(f.packed_len <= i.size && u64{f.packed_off} + f.packed_len <= content_bytes_, "packed bytes beyond the content", id);
    expect(f.height <= 6, "a page map that is too high", id);
    u64 packed_pages = (u64{f.packed_len} + kPageBytes - 1) >> kPageShift;
    pages_seen_ = 0;
    packed_hidden_ = 0;
    if (f.height == 0) {
      expect(f.root == 0 && f.root_entries == 0, "a file without a map has a root", id);
    } else {
      bool wide = f.root_entries == kNodeEntries;
      expect(wide || (f.height == 1 && (f.root_entries == 8 || f.root_entries == 24 || f.root_entries == 72 || f.root_entries == 252)),
             "a page map's root has an odd size", id);
      node(i, f.root, f.root_entries, f.height, 0, packed_pages);
    }
    expect(f.pages == pages_seen_ + packed_pages - packed_hidden_, "a file's number of pages is wrong", id);
  }

  void run(Off leaf) {
    u32 first = get<u32>(leaf);
    for (u32 e = 0; e < kNodeEntries; e++)
      expect(first > kHole && get<u32>(leaf + e * 4) == first + (e << kPageShift), "a run of pages that is none", leaf);
  }

  void node(const Inode &i, Off off, u32 entries, u32 height, u64 base, u64 packed_pages) {
    claim_object(off, u64{entries} * 4);
    u64 span = u64{1} << (10 * (height - 1));
    for (u32 e = 0; e < entries; e++) {
      u32 entry = get<u32>(off + e * 4);
      if (!entry) continue;
      u64 index = base + e * span;
      expect(index <= kFileSizeMax >> kPageShift, "a page beyond the largest file", off);
      if (height > 1) {
        Off child = i.file.height == 2 ? entry & ~kRun : entry;
        node(i, child, kNodeEntries, height - 1, index, packed_pages);
        if (child != entry) run(child);
        continue;
      }
      if (index < packed_pages) packed_hidden_++;
      if (entry == kHole) {
        expect(index < packed_pages, "a hole is marked where no packed content is", off);
        continue;
      }
      claim_pages(entry, 1, "two uses of one page");
      pages_seen_++;
      u64 at = index << kPageShift, shown = i.size > at ? i.size - at : 0;
      if (shown < kPageBytes) expect(all_zero(entry + shown, kPageBytes - shown), "bytes behind the end of a file are not zero", entry);
    }
  }

  void hash_table() {
    const Superblock &s = sb();
    expect(std::has_single_bit(s.hash_cap) && s.hash_cap >= 8 && s.hash_cap <= s.size / sizeof(HashSlot), "the name table has an odd size", 0);
    expect(s.name_seed & 1, "the seed of the names is even", 0);
    claim_object(s.hash_table, u64{s.hash_cap} * sizeof(HashSlot));
    u32 used = 0;
    for (u32 at = 0; at < s.hash_cap; at++) {
      const HashSlot slot = get<HashSlot>(s.hash_table + at * static_cast<u32>(sizeof(HashSlot)));
      if (!slot.dentry) {
        expect(slot.hash == 0 && slot.inode == 0 && slot.type == 0 && slot.len == 0, "an empty slot of the name table is not zero", s.hash_table);
        continue;
      }
      used++;
      expect(slot.dentry % 16 == 0 && slot.dentry < s.size && entry_at_[slot.dentry / 16] && !in_table_[slot.dentry / 16],
             "the name table holds something that is no entry", slot.dentry);
      in_table_[slot.dentry / 16] = true;
      const Dentry &d = get<Dentry>(slot.dentry);
      expect(slot.hash == d.hash && slot.inode == d.inode && slot.type == d.type && slot.len == d.len,
             "the name table disagrees with an entry", slot.dentry);
    }
    expect(used == s.hash_used && used == dentries_.size() && used <= s.hash_cap / 4 * 3, "the number of names is wrong", 0);
    probes();
  }

  const HashSlot &hash_slot(u32 at) const { return get<HashSlot>(sb().hash_table + at * static_cast<u32>(sizeof(HashSlot))); }

  // Every entry is found by its name: from its home slot to its own there is no empty one. The table has an empty
  // slot. Seen from behind it, the slots since the last empty one are the only homes an entry can have.
  void probes() {
    u32 cap = sb().hash_cap, start = 0, run = 0;
    while (hash_slot(start).dentry) start++;
    for (u32 n = 1; n < cap; n++) {
      u32 at = (start + n) & (cap - 1);
      if (!hash_slot(at).dentry) {
        run = 0;
        continue;
      }
      u32 away = (at - hash_home(hash_slot(at).hash, cap)) & (cap - 1);
      expect(away <= run++ && away <= reach_max(cap), "an entry cannot be found by its name", hash_slot(at).dentry);
    }
  }

  // No directory has two entries of one name. Equal names have equal hashes.
  void names() {
    auto before = [&](Off a, Off b) {
      const Dentry &x = get<Dentry>(a), &y = get<Dentry>(b);
      if (x.hash != y.hash) return x.hash < y.hash;
      if (x.parent != y.parent) return x.parent < y.parent;
      return std::string_view(x.name(), x.len) < std::string_view(y.name(), y.len);
    };
    std::sort(dentries_.begin(), dentries_.end(), before);
    for (size_t at = 1; at < dentries_.size(); at++)
      expect(before(dentries_[at - 1], dentries_[at]), "two entries of one name", dentries_[at]);
  }

  void space() {
    const Superblock &s = sb();
    expect(claimed_pages_ == s.pages_used + process_claimed_, "the number of pages in use is wrong", 0);
    for (u32 p = 0; p < total(); p++) {
      expect(page_taken(p) == (pages_[p] != Page::free), "the page bitmap disagrees with what is in use", u64{p} << kPageShift);
      if (pages_[p] != Page::free) continue;
      expect(p >= s.page_hint, "a free page lies below the hint", u64{p} << kPageShift);
      expect(all_zero(u64{p} << kPageShift, kPageBytes), "a free page is not zero", u64{p} << kPageShift);
    }
    expect(s.page_hint <= total(), "the page hint is beyond the region", 0);
    for (u32 p = total(); p < s.page_capacity; p++) expect(!page_taken(p), "a page beyond the region is in use", 0);
    u64 partial = 0;
    for (Off page : slabs_) partial += slab(page);
    expect(partial == listed_, "a slab page with free cells is not listed", 0);
  }

  // Returns 1 when the page has free cells.
  u32 slab(Off page) {
    const SlabHeader &h = get<SlabHeader>(page);
    u32 c = h.class_, n = cells_in_page(c);
    u32 taken = static_cast<u32>(std::popcount(h.taken[0]) + std::popcount(h.taken[1]));
    expect(taken == h.used && taken == claimed_cells_[page >> kPageShift], "a slab page has taken cells that nothing refers to", page);
    for (u32 cell = 0; cell < 128; cell++) {
      bool is_taken = h.taken[cell >> 6] >> (cell & 63) & 1;
      expect(cell < n || !is_taken, "a cell beyond the last is taken", page);
      if (cell < n && !is_taken) expect(all_zero(page + cells_start(c) + cell * cell_bytes(c), cell_bytes(c)), "a free cell is not zero", page);
    }
    return h.used < n;
  }

  const char *base_;
  u64 bytes_;
  u32 content_bytes_;
  std::vector<Page> pages_;
  std::vector<bool> cells_; // a bit for each 16 bytes: an object starts here
  std::vector<Off> slabs_, dentries_;
  std::vector<InodeId> inodes_;
  std::vector<bool> entry_at_;      // by 16 bytes, as cells_: a directory has this entry
  std::vector<bool> in_table_;      // and so has the name table
  std::vector<u16> claimed_cells_;  // by page
  std::vector<u32> links_;          // by inode number: entries that lead there
  std::vector<u32> ofd_refs_;       // by number of the description
  u64 claimed_pages_ = 0, process_claimed_ = 0, listed_ = 0, pages_seen_ = 0, packed_hidden_ = 0;
};

} // namespace

bool verify(const void *bytes, u64 size, u32 content_bytes, const char **what, u32 *where) {
  try {
    Verifier(bytes, size, content_bytes).run();
    return true;
  } catch (const Fault &fault) {
    if (what) *what = fault.what;
    if (where) *where = fault.where;
    return false;
  }
}

} // namespace mayfly
