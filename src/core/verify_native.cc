// Is this region sound? Every object that can be reached is claimed exactly once; what the
// bitmaps call in use and nobody claimed, or the other way round, is an error; free space must be
// zero. After that no operation can leave the region, loop, or meet a count that is wrong.
//
// Native only: it needs scratch memory in proportion to the region, and a module does not
// distrust the bytes it was linked with.
#include <bit>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/alloc.h"
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
    claim_pages(0, 1, "superblock");
    maps();
    partial_lists();
    descriptors();
    tree();
    unlinked();
    hash_table();
    blobs();
    references();
    space();
  }

private:
  template <class T> const T &get(Off off) const { return *reinterpret_cast<const T *>(base_ + off); }
  const Superblock &sb() const { return get<Superblock>(0); }
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
    claimed_cells_[page]++;
  }

  void claim_object(Off off, u64 bytes) {
    if (bytes > 2032) claim_pages(off, (bytes + kPageBytes - 1) >> kPageShift, "two uses of one page");
    else claim_cell(off, class_of(static_cast<u32>(bytes)));
  }

  // ---- parts ----
  void superblock() {
    expect(bytes_ >= kPageBytes, "shorter than a page", 0);
    const Superblock &s = sb();
    expect(s.magic == kMagic, "not a Mayfly region: wrong magic number", 0);
    expect(s.version == kFormatVersion, "a format version this program does not know", 8);
    expect(s.features == 0, "a feature this program does not know", 12);
    expect(s.size == bytes_ && s.size % kPageBytes == 0, "the size in the superblock is not the region's", 16);
    expect((s.config & ~63u) == 0, "a configuration bit this program does not know", 20);
    expect(s.content_bytes == content_bytes_ || s.content_bytes == 0, "the packed content has another size", 56);
    expect(s.pages_max <= 1u << 20, "the page limit is beyond 4 GiB", 0);
    expect(s.umask <= 0777, "the umask has other bits than permissions", 0);
    pages_.assign(total(), Page::free);
    cells_.assign(s.size / 16, false);
  }

  void maps() {
    const Superblock &s = sb();
    u32 capacity = s.page_capacity;
    expect(capacity % 4096 == 0 && capacity >= total() && capacity <= 1u << 20, "the page maps have a wrong capacity", 0);
    u32 bitmap_pages = (capacity / 8 + kPageBytes - 1) / kPageBytes;
    u64 map_pages = bitmap_pages + capacity / kPageBytes;
    claim_pages(s.page_bitmap, map_pages, "the page maps overlap something");
    expect(s.dirty_map == s.page_bitmap + bitmap_pages * kPageBytes, "the dirty map is not behind the bitmap", 0);
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

  void descriptors() {
    const Superblock &s = sb();
    if (s.fd_cap) {
      expect(s.fd_cap <= s.size / sizeof(FdSlot), "the descriptor table is larger than the region", 0);
      claim_object(s.fd_table, u64{s.fd_cap} * sizeof(FdSlot));
    }
    u32 used = 0;
    for (Fd fd = 0; fd < s.fd_cap; fd++) {
      Off off = s.fd_table + fd * static_cast<u32>(sizeof(FdSlot));
      const FdSlot &slot = get<FdSlot>(off);
      if (!slot.ofd) {
        expect(all_zero(off, sizeof slot), "a closed descriptor is not empty", off);
        expect(fd >= s.fd_hint, "a free descriptor lies below the hint", off);
        continue;
      }
      used++;
      if (!ofd_refs_[slot.ofd]++) {
        claim_object(slot.ofd, sizeof(Ofd));
        ofds_.push_back(slot.ofd);
      }
      if (slot.preopen_name) {
        expect(slot.preopen_name < s.size - 4 && slot.preopen_name % 8 == 0, "a preopen's name lies outside the region", off);
        u32 len = get<u32>(slot.preopen_name);
        expect(len < kPathMax, "a preopen's name is too long", off);
        claim_object(slot.preopen_name, len + 4);
      }
    }
    expect(used == s.fd_used, "the number of open descriptors is wrong", 0);
    expect(s.fd_hint <= s.fd_cap, "the descriptor hint is beyond the table", 0);
    for (Off off : ofds_) description(off);
  }

  void description(Off off) {
    const Ofd &o = get<Ofd>(off);
    expect(o.refs == ofd_refs_[off], "a description's reference count is wrong", off);
    expect(o.kind <= Ofd::path && o.access <= 3 && o.offset <= kFileSizeMax && o.lock <= 2, "a description holds impossible values", off);
    expect(static_cast<u32>(o.device_id) <= 6, "a description of an unknown device", off);
    if (o.kind == Ofd::host) return expect(o.inode == 0 && o.lock == 0, "a host descriptor names an inode", off);
    expect(o.inode != 0 && o.inode < sb().size && o.inode % 128 == 0, "a description of no inode", off);
    opens_[o.inode]++;
    if (o.lock == 2) exclusive_[o.inode]++;
    if (o.lock == 1) shared_[o.inode]++;
  }

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
    expect(d.hash == hash_name(dir, d.name(), d.len), "an entry's hash is wrong", off);
    entries_++;
    dentries_.insert({off, false});
    auto seen = links_.find(d.inode);
    if (seen == links_.end()) {
      inode_claim(d.inode);
      links_[d.inode] = 1;
    } else {
      seen->second++;
    }
    const Inode &i = get<Inode>(d.inode);
    expect(d.type == (i.mode & mode::type_mask), "an entry's type is not its inode's", off);
    if (!is_dir(i)) return 0;
    expect(links_[d.inode] == 1 && i.nlink >= 2 && i.dir.parent == dir && i.dir.dentry == off, "a directory has two names or another parent", off);
    todo.push_back(d.inode);
    return 1;
  }

  // Inodes without a name that something holds open.
  void unlinked() {
    opens_[sb().cwd]++;
    std::vector<InodeId> held;
    for (auto [id, n] : opens_) held.push_back(id);
    for (InodeId id : held) {
      expect(id % 128 == 0 && id != 0 && id < sb().size, "an open inode lies outside the region", id);
      if (cells_[id / 16]) continue;
      inode_claim(id);
      const Inode &i = get<Inode>(id);
      expect(i.nlink == 0, "an inode without a name has links", id);
      links_[id] = 0;
      if (is_dir(i)) {
        expect(i.dir.parent == 0 && i.dir.dentry == 0, "a removed directory has a parent", id);
        std::vector<InodeId> none;
        directory(id, none);
      }
    }
  }

  void references() {
    const Superblock &s = sb();
    expect(is_dir(known_inode(s.cwd)), "the working directory is no directory", s.cwd);
    expect(inodes_.size() == s.inodes_used, "the number of inodes is wrong", 0);
    for (InodeId id : inodes_) inode(id);
    for (Off off : ofds_) {
      const Ofd &o = get<Ofd>(off);
      if (o.kind == Ofd::host) continue;
      const Inode &i = known_inode(o.inode);
      u8 kind = is_dir(i) ? Ofd::directory : is_char(i) ? Ofd::device : Ofd::file;
      expect(o.kind == kind || o.kind == Ofd::path, "a description is of another kind than its inode", off);
      expect(o.kind != Ofd::file || is_regular(i), "an open file is not a regular file", off);
      expect(o.device_id == (is_char(i) ? i.device : Device::none), "a description of another device", off);
    }
  }

  void inode(InodeId id) {
    const Inode &i = get<Inode>(id);
    u32 type = i.mode & mode::type_mask;
    expect(i.size <= kFileSizeMax, "a file is larger than files can be", id);
    expect(i.opens == opens_[id], "an inode's open count is wrong", id);
    expect(i.lock == (exclusive_[id] ? ~0u : shared_[id]) && exclusive_[id] <= 1 && !(exclusive_[id] && shared_[id]),
           "an inode's lock count is wrong", id);
    if (type == mode::directory) return expect(i.size == 0, "a directory has bytes", id);
    expect(i.nlink == links_count(id), "an inode's link count is wrong", id);
    expect(i.nlink || i.opens, "an inode nobody holds", id);
    switch (type) {
    case mode::regular: return file(id, i);
    case mode::symlink: return symlink(id, i);
    case mode::character:
      return expect(i.kind == Data::none && i.size == 0 && static_cast<u32>(i.device) <= 6 && all_zero(id + 68, 60), "a device with data", id);
    default: fail("an inode of a type that is not made here", id);
    }
  }

  u32 links_count(InodeId id) const {
    auto found = links_.find(id);
    return found == links_.end() ? 0 : found->second;
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
    claim_object(s.hash_table, u64{s.hash_cap} * sizeof(HashSlot));
    u32 used = 0;
    for (u32 at = 0; at < s.hash_cap; at++) {
      const HashSlot slot = get<HashSlot>(s.hash_table + at * static_cast<u32>(sizeof(HashSlot)));
      if (!slot.dentry) {
        expect(slot.hash == 0 && slot.inode == 0 && slot.type == 0 && slot.len == 0, "an empty slot of the name table is not zero", s.hash_table);
        continue;
      }
      used++;
      auto found = dentries_.find(slot.dentry);
      expect(found != dentries_.end() && !found->second, "the name table holds something that is no entry", slot.dentry);
      found->second = true;
      const Dentry &d = get<Dentry>(slot.dentry);
      expect(slot.hash == d.hash && slot.inode == d.inode && slot.type == d.type && slot.len == d.len,
             "the name table disagrees with an entry", slot.dentry);
    }
    expect(used == s.hash_used && used == entries_ && used <= s.hash_cap / 4 * 3, "the number of names is wrong", 0);
    for (auto [off, in_table] : dentries_) findable(off);
  }

  // From its home slot on there is no gap before an entry, and no other entry of the same name.
  void findable(Off off) {
    const Superblock &s = sb();
    const Dentry &d = get<Dentry>(off);
    for (u32 at = hash_home(d.hash, s.hash_cap);; at = (at + 1) & (s.hash_cap - 1)) {
      Off there = get<HashSlot>(s.hash_table + at * static_cast<u32>(sizeof(HashSlot))).dentry;
      expect(there != 0, "an entry cannot be found by its name", off);
      if (there == off) return;
      const Dentry &other = get<Dentry>(there);
      expect(other.parent != d.parent || other.len != d.len || std::memcmp(other.name(), d.name(), d.len) != 0, "two entries of one name", off);
    }
  }

  void blobs() {
    for (const Blob &blob : {sb().args, sb().env}) {
      if (!blob.bytes) {
        expect(blob.off == 0 && blob.count == 0, "an empty list of strings is not empty", blob.off);
        continue;
      }
      expect(blob.bytes <= sb().size && blob.off < sb().size && blob.off % 8 == 0, "a list of strings leaves the region", blob.off);
      claim_object(blob.off, blob.bytes);
      u32 strings = 0;
      for (u32 b = 0; b < blob.bytes; b++) strings += get<char>(blob.off + b) == 0;
      expect(strings == blob.count && get<char>(blob.off + blob.bytes - 1) == 0, "a list of strings has another length", blob.off);
    }
  }

  void space() {
    const Superblock &s = sb();
    expect(claimed_pages_ == s.pages_used, "the number of pages in use is wrong", 0);
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
    expect(taken == h.used && taken == claimed_cells_[page], "a slab page has taken cells that nothing refers to", page);
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
  std::vector<Off> slabs_, ofds_;
  std::vector<InodeId> inodes_;
  std::unordered_map<Off, u32> claimed_cells_, ofd_refs_, opens_, exclusive_, shared_, links_;
  std::unordered_map<Off, bool> dentries_; // value: seen in the name table
  u64 claimed_pages_ = 0, listed_ = 0, entries_ = 0, pages_seen_ = 0, packed_hidden_ = 0;
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
