// Names: directory entries, the hash table that finds them, and inodes coming and going.
#pragma once
#include "core/alloc.h"
#include "core/host.h"
#include "core/region.h"

namespace mayfly {

// The hash of one component, mixed 8 bytes at a time. The tail word is masked, so `p` must be
// readable up to the next multiple of 8 bytes (Path's sentinel and Dentry's padding see to that).
//
// No set of names is known to collide under every seed. The parent is multiplied by the seed, so the hashes
// of names in different directories start from different secrets. Each whole word is multiplied by its own
// upper half. If that factor were a constant, a difference in the top bit of a word would be a difference in
// the top bit of the product, whatever the seed, and the next word could cancel it. The last product spreads
// every bit to the top bits, which are a name's place in the table. Both products with a shift or a half of
// themselves also keep numbered directories and names from lying next to each other in the table.
MAYFLY_INLINE u64 hash_start(u64 seed, InodeId parent) { // the seed is odd
  u64 h = parent * seed;
  return h ^ (h >> 32);
}
MAYFLY_INLINE u64 hash_word(u64 h, u64 word) {
  u64 x = h ^ word;
  return x * ((x >> 32) + 1);
}
MAYFLY_INLINE u64 load_word(const char *p) {
  u64 w;
  __builtin_memcpy(&w, p, 8);
  return w;
}
MAYFLY_INLINE u64 low_bytes(u64 w, u32 n) { return w & ((u64{1} << (n * 8)) - 1); } // n in 0..7
// `tail`: the last 0 to 7 bytes.
MAYFLY_INLINE u32 hash_end(u64 h, u64 tail) { return static_cast<u32>(((h ^ tail) * 0xd6e8feb86659fd93ull) >> 32); }
u32 hash_name(u64 seed, InodeId parent, const char *p, u32 len);
// Where a hash belongs in a table of `cap` slots (a power of two, at least 2): its top bits.
// So slots are in the order of their hashes, and a rehash is a sweep over both tables.
MAYFLY_INLINE u32 hash_home(u32 hash, u32 cap) { return hash >> (__builtin_clz(cap) + 1); }

// No name lies farther from its home slot than this: about eight times the square root of the table's size.
// When a name would, the table takes another seed. By chance, names hardly ever come near this bound. A
// program that makes colliding names on purpose needs, for each new seed, about as many of them as a search
// takes steps at most (docs/region-format.md).
MAYFLY_INLINE u32 reach_max(u32 cap) { return 8u << ((__builtin_ctz(cap) + 1) / 2); }

// A component as a walk found it: bytes (readable past the end, see above), length, hash under its parent.
// The hash holds until an entry is added or removed, since that may change the seed.
struct Name {
  const char *ptr;
  u32 len;
  u32 hash;
};

// The slot of `name` in `parent`, or null.
MAYFLY_INLINE const HashSlot *find_entry(Fs &fs, InodeId parent, const Name &name) {
  const HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  u32 mask = fs.hash_cap - 1, left = reach_max(fs.hash_cap);
  for (u32 i = hash_home(name.hash, fs.hash_cap); table[i].dentry; i = (i + 1) & mask) {
    if (table[i].hash == name.hash && table[i].len == name.len) {
      const Dentry *d = fs.at<Dentry>(table[i].dentry);
      if (d->parent != parent) goto next;
      const char *a = d->name(), *b = name.ptr;
      u32 rest = name.len;
      for (; rest >= 8; a += 8, b += 8, rest -= 8)
        if (load_word(a) != load_word(b)) goto next;
      if (rest == 0 || load_word(a) == low_bytes(load_word(b), rest)) return &table[i];
    }
  next:
    // In a read-only region no name is ever added, and the packer's seed keeps the runs of used slots short.
    if (build::writes && MAYFLY_UNLIKELY(left-- == 0)) break;
  }
  return nullptr;
}

// Puts `inode` under `name` into `parent`: nospc, mlink, noent (parent was removed). Counts links of
// directories (nlink, subdirs, parent); for others the caller sets nlink. Marks the parent's times.
// Where the seed changes, `name` gets its new hash; here and in rename_entry.
Errno add_entry(Fs &, InodeId parent, Name &, InodeId inode);
// Takes the entry out. The inode's nlink is the caller's, except a directory's share in its parent.
void remove_entry(Fs &, Dentry *);
// Lets an existing entry name another inode (rename over, exchange).
void retarget_entry(Fs &, Dentry *, InodeId inode);
// Renames an entry inside its directory, keeping its place in listings. nospc.
Errno rename_entry(Fs &, Dentry *, Name &);

// A new inode with all times marked; mode has its type bits. nospc.
Result<InodeId> new_inode(Fs &, u32 mode);
// To be called when an inode may have lost its last name: one that is open becomes an orphan, another one
// is freed.
void drop_inode(Fs &, InodeId);
// Orphans are the inodes without a name. They are in a list in the tree, so that they can be found in a
// saved tree, which has no descriptors.
void add_orphan(Fs &, InodeId);
// Frees the orphan unless something still holds it.
void drop_orphan(Fs &, InodeId);
// Frees data, keeping the inode.
void free_data(Fs &, InodeId);

Errno init_names(Fs &);
// Room for `more` further names without rehashing. nospc.
Errno reserve_names(Fs &, u32 more);
// Gives the names another seed, which depends on all of them. Done when names collide. nospc.
Errno change_seed(Fs &);

MAYFLY_INLINE void touch(Fs &fs, Inode &inode, u8 times) {
  fs.mark(fs.off_of(&inode));
  inode.flags |= times;
}
// Gives every marked time of the inode the time of now.
void resolve_times(Fs &, Inode &);

// The set-ID bits that remain when a user other than root changes a file's bytes. Set-user-ID never remains.
// Set-group-ID remains only for a member of the group, and only if the group may not execute the file.
MAYFLY_NOINLINE void drop_set_ids_slow(const Fs &, Inode &);
MAYFLY_INLINE void drop_set_ids(const Fs &fs, Inode &i) {
  if (MAYFLY_UNLIKELY(fs.user() != 0)) drop_set_ids_slow(fs, i);
}

// May the application do `rwx` (4 2 1) with this inode?
bool permitted(const Fs &, const Inode &, u32 rwx);
MAYFLY_INLINE bool may(const Fs &fs, const Inode &inode, u32 rwx) {
  return MAYFLY_LIKELY(fs.user() == 0 && !(rwx & 1)) || (fs.user() == 0 && is_dir(inode)) ||
         permitted(fs, inode, rwx);
}

} // namespace mayfly
