// The region: every byte of a filesystem's state, as docs/region-format.md describes it.
//
// One relocatable run of 4 KiB pages. Every reference is a u32 byte offset from the region's
// start (0: none), little-endian. The structs below are the format: they are read and written
// in place, natively and in wasm.
//
// Each page belongs either to the tree (page 0 is its superblock) or to the process (page 1):
// descriptors, open file descriptions, working directory, user, limits, what stands in for a
// host. No page holds something of both, so "the tree only" is a choice of pages.
//
// What is not the filesystem lies beside the region and never in it: which pages changed
// (host::mark) and the cache of walked directories (host::walk_cache).
#pragma once
#include "base/errno.h"
#include "base/types.h"
#include "core/build.h"
#include "core/host.h"

namespace mayfly {

using Off = u32;     // byte offset from the start of the region; 0: none
using InodeId = u32; // the Off of an Inode, a multiple of 128. st_ino is InodeId / 128
using Fd = u32;      // a descriptor number: an index of the descriptor table

inline constexpr u32 kFormatVersion = 3;
inline constexpr u64 kMagic = 0x53'46'59'4c'46'59'41'4dull; // "MAYFLYFS"
inline constexpr u32 kNameMax = 255;                         // POSIX NAME_MAX
inline constexpr u32 kPathMax = 4096;                        // POSIX PATH_MAX, with the NUL
inline constexpr u32 kSymlinkMax = 40;                       // links followed in one walk, as Linux
inline constexpr u64 kFileSizeMax = 0x7fff'ffff'ffff'ffffull;
inline constexpr u32 kNodeEntries = 1024;                    // entries of one page-map node
inline constexpr u32 kInlineMax = 64;                        // bytes of a file kept in its inode

// File type and permission bits of Inode::mode; the numbers of Linux <sys/stat.h>.
namespace mode {
inline constexpr u32 type_mask = 0170000, socket = 0140000, symlink = 0120000, regular = 0100000,
                     block = 0060000, directory = 0040000, character = 0020000, fifo = 0010000;
inline constexpr u32 setuid = 04000, setgid = 02000, sticky = 01000, permission_mask = 07777;
} // namespace mode

// Character devices of /dev: Inode::device and Ofd::device_id.
enum class Device : u8 { none = 0, null = 1, zero = 2, full = 3, random = 4, fd_dir = 5, tty = 6 };

// What Inode's union holds.
enum class Data : u8 {
  none = 0,    // empty file, device
  inline_ = 1, // `size` bytes in Inode::bytes (files and symlinks of up to 64)
  mapped = 2,  // file: page map and/or packed content
  dir = 3,     // directory
  object = 4,  // symlink target of more than 64 bytes, in an object
};

// Inode::flags
inline constexpr u8 kTimeA = 1, kTimeM = 2, kTimeC = 4, kTimeB = 8; // marked, not yet resolved
inline constexpr u8 kTimeAll = 15;
inline constexpr u8 kAbsoluteOk = 16; // symlink: packed; an absolute target resolves inside the tree
inline constexpr u8 kDevFd = 32;      // the directory /dev/fd, whose entries are links to what is open

struct FileData {
  Off root;         // top node of the page map; 0: no map
  u32 root_entries; // entries of the root node: 8, 24, 72, 252 or 1024 (above height 1 always 1024)
  u32 height;       // levels of nodes; leaf entries: 0 packed content or hole, kHole, or a data page
  u32 packed_off;   // this file's bytes in the packed content
  u32 packed_len;   // bytes of it that still show through where the map has no page
  u32 pages;        // pages that hold data, own or packed: st_blocks / 8
};
inline constexpr u32 kRun = 1;  // page-map entry of a root of height 2: this bit beside the leaf, whose 1024 pages are own and adjacent
inline constexpr u32 kHole = 1; // page-map entry: a hole even though packed content lies there

struct DirSlot {
  Off dentry; // 0: removed
  u32 cookie; // ascending through the array; 3 or more
};

struct DirData {
  Off slots;       // array of DirSlot in creation order
  u32 slots_used;  // with removed ones
  u32 slots_cap;
  u32 live;        // entries, without . and ..
  u32 next_cookie; // below 2^31
  InodeId parent;  // of the root: itself; 0 once removed
  Off dentry;      // the entry that names this directory; 0 for the root
  u32 subdirs;
  u32 first;       // slots before this one are removed
};

struct Inode { // 128 bytes, aligned to 128
  u16 mode;
  Data kind;
  u8 flags;
  u32 uid, gid;
  u32 nlink;
  u64 size;
  i64 atime, mtime, ctime, btime; // ns since the epoch
  InodeId orphan_next, orphan_prev; // the list at Superblock::orphans; 0 while the inode has a name
  union {
    FileData file;
    DirData dir;
    Device device;
    Off object;
    u8 bytes[kInlineMax];
  };
};
static_assert(sizeof(Inode) == 128);

struct Dentry {
  u32 hash;
  InodeId parent, inode;
  u32 slot; // index in the parent's slots
  u16 len;
  u16 type; // mode & type_mask of the inode, so that a walk need not load it
  u32 reserved;
  // name follows: len bytes, zero-padded to a multiple of 8
  char *name() { return reinterpret_cast<char *>(this + 1); }
  const char *name() const { return reinterpret_cast<const char *>(this + 1); }
};
static_assert(sizeof(Dentry) == 24);

// 16 bytes: with the inode beside the entry, a lookup in a large directory waits for two cache
// misses (the slot; the entry's name and the inode together) and not for three.
struct HashSlot {
  u32 hash;
  Off dentry; // 0: empty
  InodeId inode;
  u16 type, len; // as in the entry
};
static_assert(sizeof(HashSlot) == 16);

// Open file description: shared by dup'ed descriptors (POSIX 2.5). 64 bytes, all zero while it is free.
struct Ofd {
  enum Kind : u8 { file = 0, directory = 1, device = 2, host = 3, path = 4 };
  Kind kind;
  u8 access;      // kRead | kWrite
  u16 status;     // status flags, see vfs.h
  u32 refs;       // descriptors that point here; 0: free
  InodeId inode;  // 0 for host
  u32 host_fd;    // kind host: the host's number
  u64 offset;     // file position; always below 2^63
  u32 dir_limit;  // directory: entries with larger cookies came after the last rewind
  u8 lock;        // flock held: 0, 1 shared, 2 exclusive
  Device device_id;
  u16 reserved2;
  Off next, prev; // of the list in Process::holders that this description's inode belongs to
  u32 reserved[6];
};
static_assert(sizeof(Ofd) == 64);

// A descriptor. The rights are WASI preview 1's and are kept here for that front end.
struct FdSlot { // 32 bytes, all zero while it is closed
  Off ofd;          // 0: closed
  Off preopen_name; // in Process::strings: u32 length, then the bytes; 0: not a preopen
  u64 rights_base;
  u64 rights_inheriting;
  u32 fd_flags;
  u32 reserved;
};
static_assert(sizeof(FdSlot) == 32);

// A descriptor's slot and a description lie in one record: there are as many descriptions as descriptors, so one can
// always be had, and mostly that of the same number is free. Extents of records: extent k has kFdsMin << k. Extent 0
// is part of every region; the others come when they are needed and stay. So no record ever moves.
struct FdRecord {
  FdSlot slot;
  Ofd ofd;
};
inline constexpr u32 kFdsMin = 128;
inline constexpr u32 kFdExtents = 14;
inline constexpr u32 kFdMax = 1u << 20; // most descriptors that a region can have
constexpr u32 fd_extent_pages(u32 k) { return 3u << k; }
constexpr u32 fd_extent_first(u32 k) { return kFdsMin * ((1u << k) - 1); } // number of its first record
static_assert(kFdsMin * sizeof(FdRecord) == 3 * kPageBytes && fd_extent_first(kFdExtents) >= kFdMax);

// Objects smaller than a page are cells of slab pages, one class a page.
inline constexpr u32 kSlabClasses = 12;
inline constexpr u16 kSlabSizes[kSlabClasses] = {32, 48, 64, 96, 128, 192, 288, 512, 1008, 2032, 0, 0};
inline constexpr u32 kInodeClass = 11; // 128-byte cells at 128-byte alignment
struct SlabHeader {                    // first 32 bytes of a slab page
  u16 class_;
  u16 used;
  Off prev, next; // pages of the class with free cells
  u32 reserved;
  u64 taken[2]; // bit i: cell i is in use
};
static_assert(sizeof(SlabHeader) == 32);

struct Blob { // NUL-terminated strings one after the other (args, environment), in Process::strings
  Off off;
  u32 bytes;
  u32 count;
};

// Process::config
inline constexpr u32 kConfigArgs = 1;     // argument vector is baked in: `args`
inline constexpr u32 kConfigEnv = 2;      // environment is baked in: `env`
inline constexpr u32 kConfigReadOnly = 4; // every change is EROFS
inline constexpr u32 kConfigNoHostClock = 8;  // timestamps come from the counter even if the host has a clock
inline constexpr u32 kConfigSeededRandom = 16; // random bytes come from the seeded generator
inline constexpr u32 kConfigHermetic = 32;     // all of the above; exit is recorded

// Page 0: the tree, and the space that tree and process share.
struct Superblock {
  u64 magic;
  u32 version;
  u32 features;
  u32 size;          // bytes of the region: a multiple of 4096
  u32 content_bytes; // size of the packed content
  u8 content_sha256[32]; // and its identity; zeros when there is none

  // Pages. A set bit of the bitmap: in use.
  Off page_bitmap;
  u32 page_capacity; // pages the bitmap has room for
  u32 pages_used;    // by the tree; Process::pages_max limits these
  u32 page_hint;     // no free page below
  Off slab_partial[kSlabClasses];

  // The pages of the process behind page 4, by kind: what is not named here belongs to the tree.
  u32 process_pages;          // how many pages are the process's, pages 1 to 4 included
  Off fd_extents[kFdExtents]; // [0] is kFdExtentOff
  Off strings;                // names of preopened directories, arguments, environment; 0: none
  u32 strings_pages;

  // Names: one open-addressed table for the whole tree, keyed by (parent, name).
  Off hash_table;
  u64 name_seed; // of the hashes, see FormatOptions. When names collide another one is taken
  u32 hash_cap;  // slots, a power of two
  u32 hash_used;

  InodeId root;
  u32 inodes_used;
  InodeId orphans; // list of the inodes without a name that were open when they lost it, or never had one
};
static_assert(sizeof(Superblock) <= kPageBytes);

// Page 1: what a POSIX process has beside the tree. A saved tree gets a fresh one.
struct Process {
  u32 config;
  u32 pages_max;  // most pages of the tree; ENOSPC above
  u32 inodes_max; // ENOSPC above
  u32 fd_max;     // EMFILE above; at most kFdMax

  u32 uid, gid, umask;
  InodeId cwd;

  u32 fd_cap; // descriptors that there are records for
  u32 fd_used;
  Fd fd_hint; // no free descriptor below
  u32 strings_used; // bytes of Superblock::strings

  i64 clock_base;   // ns; the counter clock's next value
  u64 random_state; // seeded generator
  Blob args, env;
  u32 exit_code; // hermetic: what proc_exit was given
  u32 exited;    // hermetic: 1 once proc_exit was called

  // Which inodes are open: lists of the descriptions by inode (holders_of). A region that only ever is read
  // needs none (kConfigReadOnly): there, a description may be in no list.
  Off holders[256];
};
static_assert(sizeof(Process) <= kPageBytes);
inline constexpr Off kProcessOff = kPageBytes, kFdExtentOff = 2 * kPageBytes;
inline constexpr u32 kProcessPagesMin = 1 + fd_extent_pages(0); // pages 1 to 4

struct SuperblockPage : Superblock {
  u8 rest[kPageBytes - sizeof(Superblock)];
};

// The filesystem is its first two pages: a reference to them is the handle for every operation.
struct Fs : SuperblockPage, Process {
  template <class T> MAYFLY_INLINE T *at(Off off) {
    return reinterpret_cast<T *>(reinterpret_cast<char *>(this) + off);
  }
  template <class T> MAYFLY_INLINE const T *at(Off off) const {
    return reinterpret_cast<const T *>(reinterpret_cast<const char *>(this) + off);
  }
  MAYFLY_INLINE Off off_of(const void *p) const {
    return static_cast<Off>(reinterpret_cast<const char *>(p) - reinterpret_cast<const char *>(this));
  }
  MAYFLY_INLINE Inode &inode(InodeId id) { return *at<Inode>(id); }
  MAYFLY_INLINE const Inode &inode(InodeId id) const { return *at<Inode>(id); }
  MAYFLY_INLINE bool read_only() const { return !build::writes || (config & kConfigReadOnly); }
  // Who calls: the process of the region, or who an ActAs (vfs.h) names.
  MAYFLY_INLINE u32 user_id() const {
    const Identity *caller = host::caller();
    return caller ? caller->uid : uid;
  }
  MAYFLY_INLINE u32 group_id() const {
    const Identity *caller = host::caller();
    return caller ? caller->gid : gid;
  }
  MAYFLY_INLINE bool in_group(u32 group) const {
    const Identity *caller = host::caller();
    return caller ? caller->in_group(group) : group == gid;
  }
  // The caller's user as far as permissions go: 0 bypasses them.
  MAYFLY_INLINE u32 user() const { return build::users ? user_id() : 0; }
  // Tells that the page of `off` is about to change. In a build without marks this is nothing.
  MAYFLY_INLINE void mark(Off off) {
    if constexpr (build::marks) host::mark(off);
  }
  MAYFLY_INLINE void mark_process() { mark(kProcessOff); }
  template <class T> MAYFLY_INLINE T &change(T &object) {
    mark(off_of(&object));
    return object;
  }
};

static_assert(sizeof(Fs) == kPageBytes + sizeof(Process));

MAYFLY_INLINE bool is_dir(const Inode &i) { return (i.mode & mode::type_mask) == mode::directory; }
MAYFLY_INLINE bool is_regular(const Inode &i) { return (i.mode & mode::type_mask) == mode::regular; }
MAYFLY_INLINE bool is_symlink(const Inode &i) { return (i.mode & mode::type_mask) == mode::symlink; }
MAYFLY_INLINE bool is_char(const Inode &i) { return (i.mode & mode::type_mask) == mode::character; }

} // namespace mayfly
