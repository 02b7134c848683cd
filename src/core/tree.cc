#include "core/tree.h"
#include "core/fd_table.h"
#include "core/pages.h"

namespace mayfly {
namespace {

constexpr u32 kHashMin = 256;

u32 dentry_bytes(u32 len) { return static_cast<u32>(sizeof(Dentry)) + ((len + 7) & ~7u); }

void put_name(Dentry &d, const Name &name) {
  d.hash = name.hash;
  d.len = static_cast<u16>(name.len);
  char *to = d.name();
  const char *from = name.ptr;
  u32 left = name.len;
  for (; left >= 8; to += 8, from += 8, left -= 8) __builtin_memcpy(to, from, 8);
  if (left) {
    u64 w = low_bytes(load_word(from), left);
    __builtin_memcpy(to, &w, 8);
  }
}

void hash_put(HashSlot *table, u32 cap, HashSlot slot) {
  u32 i = hash_home(slot.hash, cap);
  while (table[i].dentry) i = (i + 1) & (cap - 1);
  table[i] = slot;
}

MAYFLY_COLD Errno rehash(Fs &fs, u32 cap) {
  Off to = alloc_object(fs, cap * sizeof(HashSlot));
  if (!to) return Errno::nospc;
  HashSlot *table = fs.at<HashSlot>(to);
  const HashSlot *old = fs.at<HashSlot>(fs.hash_table);
  for (u32 i = 0; i < fs.hash_cap; i++)
    if (old[i].dentry) hash_put(table, cap, old[i]);
  if (fs.hash_cap) free_object(fs, fs.hash_table, fs.hash_cap * sizeof(HashSlot));
  fs.mark(0);
  fs.hash_table = to;
  fs.hash_cap = cap;
  return Errno::ok;
}

HashSlot &slot_of(Fs &fs, const Dentry &d) {
  HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  u32 mask = fs.hash_cap - 1, i = hash_home(d.hash, fs.hash_cap);
  Off self = fs.off_of(&d);
  while (table[i].dentry != self) i = (i + 1) & mask;
  return table[i];
}

void hash_insert(Fs &fs, Dentry &d) {
  HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  u32 mask = fs.hash_cap - 1, i = hash_home(d.hash, fs.hash_cap);
  while (table[i].dentry) i = (i + 1) & mask;
  fs.change(table[i]) = {d.hash, fs.off_of(&d), d.inode, d.type, d.len};
  fs.hash_used++;
  fs.mark(0);
}

// Backward-shift deletion: no tombstones, so the table never decays.
void hash_erase(Fs &fs, const Dentry &d) {
  HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  u32 mask = fs.hash_cap - 1, i = static_cast<u32>(&slot_of(fs, d) - table);
  for (u32 j = (i + 1) & mask; table[j].dentry; j = (j + 1) & mask) {
    u32 home = hash_home(table[j].hash, fs.hash_cap);
    if (((j - home) & mask) < ((j - i) & mask)) continue;
    fs.change(table[i]) = table[j];
    i = j;
  }
  fs.change(table[i]) = {};
  fs.hash_used--;
  fs.mark(0);
  if (fs.hash_cap > kHashMin && fs.hash_used < fs.hash_cap / 16) (void)rehash(fs, fs.hash_cap / 4);
}

u32 slots_bytes(u32 cap) { return cap * static_cast<u32>(sizeof(DirSlot)); }

// Drops the removed slots. With `renumber`, cookies start over (once in 2^31 creations).
MAYFLY_COLD void compact_slots(Fs &fs, DirData &dir, bool renumber) {
  DirSlot *slots = fs.at<DirSlot>(dir.slots);
  u32 n = 0;
  for (u32 i = 0; i < dir.slots_used; i++) {
    if (!slots[i].dentry) continue;
    fs.change(slots[n]) = {slots[i].dentry, renumber ? n + 3 : slots[i].cookie};
    fs.change(*fs.at<Dentry>(slots[n].dentry)).slot = n;
    n++;
  }
  for (u32 i = n; i < dir.slots_used; i++) fs.change(slots[i]) = {0, 0};
  fs.mark(fs.off_of(&dir));
  dir.slots_used = n;
  dir.first = 0;
  if (renumber) dir.next_cookie = n + 3;
}

MAYFLY_COLD Errno grow_slots(Fs &fs, DirData &dir) {
  if (dir.live < dir.slots_used / 2) {
    compact_slots(fs, dir, false);
    return Errno::ok;
  }
  // Sizes that fill an object or whole pages.
  u32 cap = dir.slots_cap == 0    ? 4
            : dir.slots_cap < 12  ? 12
            : dir.slots_cap < 36  ? 36
            : dir.slots_cap < 126 ? 126
            : dir.slots_cap < 512 ? 512
                                  : dir.slots_cap * 2;
  Off to = alloc_object(fs, slots_bytes(cap));
  if (!to) return Errno::nospc;
  DirSlot *slots = fs.at<DirSlot>(to);
  const DirSlot *old = fs.at<DirSlot>(dir.slots);
  for (u32 i = 0; i < dir.slots_used; i++) slots[i] = old[i];
  if (dir.slots_cap) free_object(fs, dir.slots, slots_bytes(dir.slots_cap));
  fs.mark(fs.off_of(&dir));
  dir.slots = to;
  dir.slots_cap = cap;
  return Errno::ok;
}

// Room for one more slot. nospc.
Errno reserve_slot(Fs &fs, DirData &dir) {
  if (MAYFLY_UNLIKELY(dir.next_cookie >= 0x7fff'fff0u)) compact_slots(fs, dir, true);
  return MAYFLY_LIKELY(dir.slots_used < dir.slots_cap) ? Errno::ok : grow_slots(fs, dir);
}

void append_slot(Fs &fs, DirData &dir, Dentry &d) {
  d.slot = dir.slots_used;
  fs.change(fs.at<DirSlot>(dir.slots)[dir.slots_used]) = {fs.off_of(&d), dir.next_cookie};
  fs.mark(fs.off_of(&dir));
  dir.next_cookie++;
  dir.slots_used++;
  dir.live++;
}

void remove_slot(Fs &fs, DirData &dir, u32 index) {
  DirSlot *slots = fs.at<DirSlot>(dir.slots);
  fs.change(slots[index]).dentry = 0;
  fs.mark(fs.off_of(&dir));
  dir.live--;
  // Cookies are never handed out twice, so the tail can go at once.
  while (dir.slots_used && !slots[dir.slots_used - 1].dentry) {
    fs.change(slots[dir.slots_used - 1]).cookie = 0;
    dir.slots_used--;
  }
  if (dir.slots_used == 0) dir.first = 0;
  if (dir.slots_used >= 64 && dir.live < dir.slots_used / 4) compact_slots(fs, dir, false);
}

// A directory's own share in its parent's counts.
void adopt(Fs &fs, InodeId parent, InodeId child, Dentry &d) {
  Inode &p = fs.change(fs.inode(parent)), &c = fs.change(fs.inode(child));
  p.nlink++;
  p.dir.subdirs++;
  c.dir.parent = parent;
  c.dir.dentry = fs.off_of(&d);
}
void disown(Fs &fs, InodeId parent, InodeId child) {
  Inode &p = fs.change(fs.inode(parent)), &c = fs.change(fs.inode(child));
  p.nlink--;
  p.dir.subdirs--;
  c.dir.dentry = 0;
  host::walk_cache().flush();
}

} // namespace

Errno init_names(Fs &fs) { return rehash(fs, kHashMin); }

MAYFLY_COLD Errno reserve_names(Fs &fs, u32 more) {
  u64 want = static_cast<u64>(fs.hash_used) + more;
  u64 cap = fs.hash_cap;
  while (want * 4 > cap * 3) cap *= 2;
  if (cap == fs.hash_cap) return Errno::ok;
  return cap <= 1u << 27 ? rehash(fs, static_cast<u32>(cap)) : Errno::nospc;
}

Errno add_entry(Fs &fs, InodeId parent, const Name &name, InodeId inode) {
  Inode &p = fs.inode(parent);
  if (p.nlink == 0) return Errno::noent;
  if (fs.hash_used * u64{4} + 4 > fs.hash_cap * u64{3}) MAYFLY_CHECK(reserve_names(fs, 1));
  MAYFLY_CHECK(reserve_slot(fs, p.dir));
  Off off = alloc_object(fs, dentry_bytes(name.len));
  if (!off) return Errno::nospc;
  Dentry &d = *fs.at<Dentry>(off);
  put_name(d, name);
  d.parent = parent;
  d.inode = inode;
  const Inode &target = fs.inode(inode);
  d.type = target.mode & mode::type_mask;
  hash_insert(fs, d);
  append_slot(fs, p.dir, d);
  if (is_dir(target)) adopt(fs, parent, inode, d);
  touch(fs, p, kTimeM | kTimeC);
  return Errno::ok;
}

void remove_entry(Fs &fs, Dentry *d) {
  Inode &p = fs.inode(d->parent);
  if (d->type == mode::directory) disown(fs, d->parent, d->inode);
  hash_erase(fs, *d);
  remove_slot(fs, p.dir, d->slot);
  free_object(fs, fs.off_of(d), dentry_bytes(d->len));
  touch(fs, p, kTimeM | kTimeC);
}

MAYFLY_COLD void retarget_entry(Fs &fs, Dentry *d, InodeId inode) {
  if (d->type == mode::directory) disown(fs, d->parent, d->inode);
  fs.mark(fs.off_of(d));
  d->inode = inode;
  d->type = fs.inode(inode).mode & mode::type_mask;
  HashSlot &slot = fs.change(slot_of(fs, *d));
  slot.inode = inode;
  slot.type = d->type;
  if (d->type == mode::directory) adopt(fs, d->parent, inode, *d);
  touch(fs, fs.inode(d->parent), kTimeM | kTimeC);
}

MAYFLY_COLD Errno rename_entry(Fs &fs, Dentry *d, const Name &name) {
  Inode &p = fs.inode(d->parent);
  if (d->type == mode::directory) host::walk_cache().flush();
  if (dentry_bytes(name.len) == dentry_bytes(d->len)) {
    hash_erase(fs, *d);
    put_name(fs.change(*d), name);
    hash_insert(fs, *d);
  } else {
    Off off = alloc_object(fs, dentry_bytes(name.len));
    if (!off) return Errno::nospc;
    Dentry &fresh = *fs.at<Dentry>(off);
    put_name(fresh, name);
    fresh.parent = d->parent;
    fresh.inode = d->inode;
    fresh.slot = d->slot;
    fresh.type = d->type;
    hash_erase(fs, *d);
    hash_insert(fs, fresh);
    fs.change(fs.at<DirSlot>(p.dir.slots)[d->slot]).dentry = off;
    if (d->type == mode::directory) fs.change(fs.inode(d->inode)).dir.dentry = off;
    free_object(fs, fs.off_of(d), dentry_bytes(d->len));
  }
  touch(fs, p, kTimeM | kTimeC);
  return Errno::ok;
}

Result<InodeId> new_inode(Fs &fs, u32 mode) {
  InodeId id = alloc_inode(fs);
  if (!id) return Errno::nospc;
  Inode &i = fs.inode(id);
  i.mode = static_cast<u16>(mode);
  i.flags = kTimeAll;
  i.uid = fs.uid;
  i.gid = fs.gid;
  if (is_dir(i)) {
    i.kind = Data::dir;
    i.nlink = 2;
    i.dir.next_cookie = 3;
  } else {
    i.kind = Data::none;
    i.nlink = 1;
  }
  return id;
}

MAYFLY_COLD void free_data(Fs &fs, InodeId id) {
  Inode &i = fs.change(fs.inode(id));
  if (i.kind == Data::mapped) free_map(fs, i);
  else if (i.kind == Data::dir) {
    if (i.dir.slots_cap) free_object(fs, i.dir.slots, slots_bytes(i.dir.slots_cap));
  } else if (i.kind == Data::object) free_object(fs, i.object, static_cast<u32>(i.size));
  zero_words(i.bytes, kInlineMax);
  i.kind = Data::none;
}

static void free_whole_inode(Fs &fs, InodeId id) {
  free_data(fs, id);
  free_inode(fs, id);
}

void drop_inode(Fs &fs, InodeId id) {
  if (fs.inode(id).nlink) return;
  if (held(fs, id)) add_orphan(fs, id);
  else free_whole_inode(fs, id);
}

MAYFLY_COLD void add_orphan(Fs &fs, InodeId id) {
  Inode &i = fs.change(fs.inode(id));
  i.orphan_next = fs.orphans;
  if (fs.orphans) fs.change(fs.inode(fs.orphans)).orphan_prev = id;
  fs.change(fs.orphans) = id;
}

MAYFLY_COLD void drop_orphan(Fs &fs, InodeId id) {
  if (held(fs, id)) return;
  const Inode &i = fs.inode(id);
  fs.change(i.orphan_prev ? fs.inode(i.orphan_prev).orphan_next : fs.orphans) = i.orphan_next;
  if (i.orphan_next) fs.change(fs.inode(i.orphan_next)).orphan_prev = i.orphan_prev;
  free_whole_inode(fs, id);
}

MAYFLY_COLD void resolve_times(Fs &fs, Inode &i) {
  if (!(i.flags & kTimeAll)) return;
  i64 now = host::clock_ns();
  fs.mark(fs.off_of(&i));
  if (i.flags & kTimeA) i.atime = now;
  if (i.flags & kTimeM) i.mtime = now;
  if (i.flags & kTimeC) i.ctime = now;
  if (i.flags & kTimeB) i.btime = now;
  i.flags &= static_cast<u8>(~kTimeAll);
}

void drop_set_ids_slow(const Fs &fs, Inode &i) {
  u32 drop = mode::setuid;
  if (i.mode & 010 || fs.gid != i.gid) drop |= mode::setgid;
  i.mode &= static_cast<u16>(~drop);
}

MAYFLY_COLD bool permitted(const Fs &fs, const Inode &i, u32 rwx) {
  if (fs.user() == 0) return !(rwx & 1) || is_dir(i) || (i.mode & 0111);
  u32 bits = i.mode;
  if (fs.uid == i.uid) bits >>= 6;
  else if (fs.gid == i.gid) bits >>= 3;
  return (bits & rwx) == rwx;
}

} // namespace mayfly
