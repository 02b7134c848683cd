#include "core/tree.h"
#include "core/fd_table.h"
#include "core/pages.h"

namespace mayfly {
namespace {

constexpr u32 kHashMin = 256;
constexpr u32 kSeedTries = 4;

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

// Index of the free slot for a name with this hash; `cap` when it is too far from the name's home.
MAYFLY_INLINE u32 free_slot(const HashSlot *table, u32 cap, u32 hash) {
  u32 i = hash_home(hash, cap), last = i + reach_max(cap);
  for (; table[i & (cap - 1)].dentry; i++)
    if (MAYFLY_UNLIKELY(i == last)) return cap;
  return i & (cap - 1);
}

// Fills an empty table with all names, hashed anew with `seed` if that is not the present one. False when a name
// would lie too far from its home.
MAYFLY_COLD bool fill(Fs &fs, HashSlot *table, u32 cap, u64 seed) {
  const HashSlot *old = fs.at<HashSlot>(fs.hash_table);
  for (u32 i = 0; i < fs.hash_cap; i++) {
    HashSlot slot = old[i];
    if (!slot.dentry) continue;
    const Dentry &d = *fs.at<Dentry>(slot.dentry);
    if (seed != fs.name_seed) slot.hash = hash_name(seed, d.parent, d.name(), d.len);
    u32 to = free_slot(table, cap, slot.hash);
    if (to == cap) return false;
    table[to] = slot;
  }
  return true;
}

// A seed that depends on all names, so that nobody can choose names for it.
MAYFLY_COLD u64 next_seed(Fs &fs, u64 seed) {
  const HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  for (u32 i = 0; i < fs.hash_cap; i++) seed = hash_word(seed, u64{table[i].hash} << 32 | table[i].dentry);
  return seed | 1;
}

// Moves all names to a table of `cap` slots. They get another seed when `reseed` says so or when they would lie too far
// from home otherwise. More than a few tries are needed only if names were made for seeds to come. nospc, and nothing
// changed.
MAYFLY_COLD Errno rehash(Fs &fs, u32 cap, bool reseed) {
  Off to = alloc_object(fs, cap * sizeof(HashSlot));
  if (!to) return Errno::nospc;
  HashSlot *table = fs.at<HashSlot>(to);
  u64 seed = fs.name_seed;
  for (u32 tries = 0;; tries++) {
    if (reseed) seed = next_seed(fs, seed);
    if (fill(fs, table, cap, seed)) break;
    if (tries == kSeedTries) {
      free_object(fs, to, cap * sizeof(HashSlot));
      return Errno::nospc;
    }
    zero_words(table, cap * sizeof(HashSlot));
    reseed = true;
  }
  if (reseed)
    for (u32 i = 0; i < cap; i++)
      if (table[i].dentry) fs.change(*fs.at<Dentry>(table[i].dentry)).hash = table[i].hash;
  if (fs.hash_cap) free_object(fs, fs.hash_table, fs.hash_cap * sizeof(HashSlot));
  fs.mark(0);
  fs.hash_table = to;
  fs.hash_cap = cap;
  fs.name_seed = seed;
  return Errno::ok;
}

// As find_place, when the name would lie too far from its home: with another seed.
MAYFLY_COLD Errno find_place_anew(Fs &fs, InodeId parent, Name &name, u32 &at) {
  MAYFLY_CHECK(change_seed(fs));
  name.hash = hash_name(fs.name_seed, parent, name.ptr, name.len);
  at = free_slot(fs.at<HashSlot>(fs.hash_table), fs.hash_cap, name.hash);
  return at != fs.hash_cap ? Errno::ok : Errno::nospc;
}

// Finds the free slot for a name that is to be added. nospc.
MAYFLY_INLINE Errno find_place(Fs &fs, InodeId parent, Name &name, u32 &at) {
  at = free_slot(fs.at<HashSlot>(fs.hash_table), fs.hash_cap, name.hash);
  return MAYFLY_LIKELY(at != fs.hash_cap) ? Errno::ok : find_place_anew(fs, parent, name, at);
}

HashSlot &slot_of(Fs &fs, const Dentry &d) {
  HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  u32 mask = fs.hash_cap - 1, i = hash_home(d.hash, fs.hash_cap);
  Off self = fs.off_of(&d);
  while (table[i].dentry != self) i = (i + 1) & mask;
  return table[i];
}

MAYFLY_INLINE void hash_put(Fs &fs, u32 at, const Dentry &d) {
  fs.change(fs.at<HashSlot>(fs.hash_table)[at]) = {d.hash, fs.off_of(&d), d.inode, d.type, d.len};
  fs.hash_used++;
  fs.mark(0);
}

// Backward-shift deletion: no tombstones, so the table never decays. No name is farther from its home than
// reach_max, so there is none to shift behind that. Each slot that is passed brings a name nearer to its home; in
// the long run, therefore, the names that were added have paid for it.
void hash_erase(Fs &fs, HashSlot &slot) {
  HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  u32 mask = fs.hash_cap - 1, reach = reach_max(fs.hash_cap), i = static_cast<u32>(&slot - table);
  for (u32 j = (i + 1) & mask; table[j].dentry && ((j - i) & mask) <= reach; j = (j + 1) & mask) {
    u32 home = hash_home(table[j].hash, fs.hash_cap);
    if (((j - home) & mask) < ((j - i) & mask)) continue;
    fs.change(table[i]) = table[j];
    i = j;
  }
  fs.change(table[i]) = {};
  fs.hash_used--;
  fs.mark(0);
  if (fs.hash_cap > kHashMin && fs.hash_used < fs.hash_cap / 16) (void)rehash(fs, fs.hash_cap / 4, false);
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

u32 hash_name(u64 seed, InodeId parent, const char *p, u32 len) {
  u64 h = hash_start(seed, parent);
  for (; len >= 8; p += 8, len -= 8) h = hash_word(h, load_word(p));
  return hash_end(h, len ? low_bytes(load_word(p), len) : 0);
}

MAYFLY_COLD Errno change_seed(Fs &fs) { return rehash(fs, fs.hash_cap, true); }

Errno init_names(Fs &fs) { return rehash(fs, kHashMin, false); }

MAYFLY_COLD Errno reserve_names(Fs &fs, u32 more) {
  u64 want = static_cast<u64>(fs.hash_used) + more;
  u64 cap = fs.hash_cap;
  while (want * 4 > cap * 3) cap *= 2;
  if (cap == fs.hash_cap) return Errno::ok;
  return cap <= 1u << 27 ? rehash(fs, static_cast<u32>(cap), false) : Errno::nospc;
}

Errno add_entry(Fs &fs, InodeId parent, Name &name, InodeId inode) {
  Inode &p = fs.inode(parent);
  if (p.nlink == 0) return Errno::noent;
  if (fs.hash_used * u64{4} + 4 > fs.hash_cap * u64{3}) {
    MAYFLY_CHECK(reserve_names(fs, 1));
    name.hash = hash_name(fs.name_seed, parent, name.ptr, name.len);
  }
  u32 at;
  MAYFLY_CHECK(find_place(fs, parent, name, at));
  MAYFLY_CHECK(reserve_slot(fs, p.dir));
  Off off = alloc_object(fs, dentry_bytes(name.len));
  if (!off) return Errno::nospc;
  Dentry &d = *fs.at<Dentry>(off);
  put_name(d, name);
  d.parent = parent;
  d.inode = inode;
  const Inode &target = fs.inode(inode);
  d.type = target.mode & mode::type_mask;
  hash_put(fs, at, d);
  append_slot(fs, p.dir, d);
  if (is_dir(target)) adopt(fs, parent, inode, d);
  touch(fs, p, kTimeM | kTimeC);
  return Errno::ok;
}

void remove_entry(Fs &fs, Dentry *d) {
  Inode &p = fs.inode(d->parent);
  if (d->type == mode::directory) disown(fs, d->parent, d->inode);
  hash_erase(fs, slot_of(fs, *d));
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

MAYFLY_COLD Errno rename_entry(Fs &fs, Dentry *d, Name &name) {
  Inode &p = fs.inode(d->parent);
  u32 at;
  MAYFLY_CHECK(find_place(fs, d->parent, name, at));
  Dentry *to = d;
  if (dentry_bytes(name.len) != dentry_bytes(d->len)) {
    Off off = alloc_object(fs, dentry_bytes(name.len));
    if (!off) return Errno::nospc;
    to = fs.at<Dentry>(off);
    to->parent = d->parent;
    to->inode = d->inode;
    to->slot = d->slot;
    to->type = d->type;
  }
  // From here on nothing can fail. For a moment the old and the new name are both in the table.
  HashSlot &old = slot_of(fs, *d);
  u32 old_len = d->len;
  put_name(fs.change(*to), name);
  hash_put(fs, at, *to);
  hash_erase(fs, old);
  if (d->type == mode::directory) host::walk_cache().flush();
  if (to != d) {
    fs.change(fs.at<DirSlot>(p.dir.slots)[to->slot]).dentry = fs.off_of(to);
    if (to->type == mode::directory) fs.change(fs.inode(to->inode)).dir.dentry = fs.off_of(to);
    free_object(fs, fs.off_of(d), dentry_bytes(old_len));
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
  i.uid = fs.user_id();
  i.gid = fs.group_id();
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
  if (i.mode & 010 || !fs.in_group(i.gid)) drop |= mode::setgid;
  i.mode &= static_cast<u16>(~drop);
}

MAYFLY_COLD bool permitted(const Fs &fs, const Inode &i, u32 rwx) {
  if (fs.user() == 0) return !(rwx & 1) || is_dir(i) || (i.mode & 0111);
  u32 bits = i.mode;
  if (fs.user_id() == i.uid) bits >>= 6;
  else if (fs.in_group(i.gid)) bits >>= 3;
  return (bits & rwx) == rwx;
}

} // namespace mayfly
