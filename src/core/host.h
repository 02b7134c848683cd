// The core's whole view of the world outside the region. Everything else it does is
// arithmetic on the region's bytes.
//
// In a wasm layer each of these is an imported function of module "mayfly" that the linker
// replaces by the one instruction it stands for (docs/layer-contract.md), so a call costs
// nothing. In a native build they act on the `NativeHost` that is current on this thread
// (core/host_native.h): tests, fuzzers, the packer and mount supply the application's
// memory, the packed content and the clock.
#pragma once
#include "base/types.h"
#include "core/build.h"

namespace mayfly {

inline constexpr u32 kPageShift = 12; // of the region's pages
inline constexpr u32 kPageBytes = 1u << kPageShift;

// An address in the application's memory. Never dereferenced by the core or a front end:
// only handed to the functions below, after the front end checked it against app_bytes().
using AppPtr = u32;

// Who calls, as far as permissions go. uid 0 bypasses them. The memory of `groups` is the caller's.
struct Identity {
  u32 uid = 0, gid = 0;
  const u32 *groups = nullptr; // supplementary groups, `group_count` of them
  u32 group_count = 0;

  bool in_group(u32 group) const {
    if (group == gid) return true;
    for (u32 k = 0; k < group_count; k++)
      if (groups[k] == group) return true;
    return false;
  }
};

// Directories that paths led to before, by start directory and the bytes before the last
// component. Not part of the filesystem's value: it lives beside the region, and every removal
// or renaming of a directory empties it. Only paths without symlinks and dots are kept.
struct WalkCache {
  static constexpr u32 kEntries = 32, kPrefixMax = 240;
  struct Entry {
    u32 stamp; // flushes + 1 when it was made; anything else is stale
    u32 start; // inode the path started from
    u32 dir;   // inode of the directory
    u32 len;
    char prefix[kPrefixMax];
  };
  u32 flushes;
  u32 reserved;
  Entry entries[kEntries];

  void flush() {
    if (++flushes < ~0u) return;
    for (Entry &e : entries) e.stamp = 0;
    flushes = 0;
  }
};
static_assert(sizeof(WalkCache::Entry) == 256);

namespace host {

#if defined(__wasm__) && !defined(MAYFLY_LIBRARY)
#define MAYFLY_INTRINSIC(name) __attribute__((import_module("mayfly"), import_name(#name)))
extern "C" {
MAYFLY_INTRINSIC(app_load_u8) u32 mayfly_app_load_u8(AppPtr);
MAYFLY_INTRINSIC(app_load_u16) u32 mayfly_app_load_u16(AppPtr);
MAYFLY_INTRINSIC(app_load_u32) u32 mayfly_app_load_u32(AppPtr);
MAYFLY_INTRINSIC(app_load_u64) u64 mayfly_app_load_u64(AppPtr);
MAYFLY_INTRINSIC(app_store_u8) void mayfly_app_store_u8(AppPtr, u32);
MAYFLY_INTRINSIC(app_store_u16) void mayfly_app_store_u16(AppPtr, u32);
MAYFLY_INTRINSIC(app_store_u32) void mayfly_app_store_u32(AppPtr, u32);
MAYFLY_INTRINSIC(app_store_u64) void mayfly_app_store_u64(AppPtr, u64);
MAYFLY_INTRINSIC(app_copy_in) void mayfly_app_copy_in(void *dst, AppPtr src, u32 len);
MAYFLY_INTRINSIC(app_copy_out) void mayfly_app_copy_out(AppPtr dst, const void *src, u32 len);
MAYFLY_INTRINSIC(app_fill) void mayfly_app_fill(AppPtr dst, u32 byte, u32 len);
MAYFLY_INTRINSIC(app_pages) u32 mayfly_app_pages(void);
MAYFLY_INTRINSIC(content_to_app) void mayfly_content_to_app(AppPtr dst, u32 offset, u32 len);
MAYFLY_INTRINSIC(content_to_layer) void mayfly_content_to_layer(void *dst, u32 offset, u32 len);
// "const" holds between two downcalls: only in a downcall can the region move. Behind one, ask again.
__attribute__((const)) MAYFLY_INTRINSIC(region_base) void *mayfly_region_base(void);
MAYFLY_INTRINSIC(region_base) void *mayfly_region_base_again(void);
// Around a downcall during which the region must stay where it is: enter's answer is what leave takes.
MAYFLY_INTRINSIC(host_enter) u32 mayfly_host_enter(void);
MAYFLY_INTRINSIC(host_leave) void mayfly_host_leave(u32 entered);
#ifdef MAYFLY_WITH_MARKS // no layer has it yet, and the linker does not know it
MAYFLY_INTRINSIC(mark) void mayfly_mark(u32 off);
#endif
}
MAYFLY_INLINE u32 app_load_u8(AppPtr p) { return mayfly_app_load_u8(p); }
MAYFLY_INLINE u32 app_load_u16(AppPtr p) { return mayfly_app_load_u16(p); }
MAYFLY_INLINE u32 app_load_u32(AppPtr p) { return mayfly_app_load_u32(p); }
MAYFLY_INLINE u64 app_load_u64(AppPtr p) { return mayfly_app_load_u64(p); }
MAYFLY_INLINE void app_store_u8(AppPtr p, u32 v) { mayfly_app_store_u8(p, v); }
MAYFLY_INLINE void app_store_u16(AppPtr p, u32 v) { mayfly_app_store_u16(p, v); }
MAYFLY_INLINE void app_store_u32(AppPtr p, u32 v) { mayfly_app_store_u32(p, v); }
MAYFLY_INLINE void app_store_u64(AppPtr p, u64 v) { mayfly_app_store_u64(p, v); }
MAYFLY_INLINE void app_copy_in(void *dst, AppPtr src, u32 n) { mayfly_app_copy_in(dst, src, n); }
MAYFLY_INLINE void app_copy_out(AppPtr dst, const void *src, u32 n) { mayfly_app_copy_out(dst, src, n); }
MAYFLY_INLINE void app_fill(AppPtr dst, u8 byte, u32 n) { mayfly_app_fill(dst, byte, n); }
MAYFLY_INLINE u64 app_bytes() { return static_cast<u64>(mayfly_app_pages()) << 16; }
MAYFLY_INLINE void content_to_app(AppPtr dst, u32 off, u32 n) { mayfly_content_to_app(dst, off, n); }
MAYFLY_INLINE void content_to_layer(void *dst, u32 off, u32 n) { mayfly_content_to_layer(dst, off, n); }
MAYFLY_INLINE void *region_base() { return mayfly_region_base(); }
MAYFLY_INLINE void *region_base_again() { return mayfly_region_base_again(); }
MAYFLY_INLINE u32 host_enter() { return mayfly_host_enter(); }
MAYFLY_INLINE void host_leave(u32 entered) { mayfly_host_leave(entered); }
#ifdef MAYFLY_WITH_MARKS
MAYFLY_INLINE void mark(u32 off) { mayfly_mark(off); }
#else
MAYFLY_INLINE void mark(u32) {}
#endif
// Grows the memory behind a region that ends at `end`. True when `bytes` more, all zero,
// follow it; false and no change when the engine refuses or somebody else grew the memory.
MAYFLY_INLINE bool region_extend(const void *end, u32 bytes) {
  u32 have = static_cast<u32>(__builtin_wasm_memory_size(0)), at = reinterpret_cast<u32>(end);
  u32 slack = (0u - at) & 0xffff;                      // of the last wasm page
  if ((at >> 16) + (slack != 0) != have) return false; // foreign pages follow the region
  if (bytes <= slack) return true;
  u32 more = ((bytes - slack - 1) >> 16) + 1;
  return more <= 65535 - have && __builtin_wasm_memory_grow(0, more) == have;
}
#else
// Loads and stores are little-endian and unaligned. Preconditions, checked by assert in
// the native build: the range lies inside the application's memory (content: inside the
// packed content; layer pointers: inside the region or the caller's own storage).
u32 app_load_u8(AppPtr);
u32 app_load_u16(AppPtr);
u32 app_load_u32(AppPtr);
u64 app_load_u64(AppPtr);
void app_store_u8(AppPtr, u32);
void app_store_u16(AppPtr, u32);
void app_store_u32(AppPtr, u32);
void app_store_u64(AppPtr, u64);
void app_copy_in(void *dst, AppPtr src, u32 len);
void app_copy_out(AppPtr dst, const void *src, u32 len);
void app_fill(AppPtr dst, u8 byte, u32 len);
u64 app_bytes();
void content_to_app(AppPtr dst, u32 offset, u32 len);
void content_to_layer(void *dst, u32 offset, u32 len);
void *region_base();
inline void *region_base_again() { return region_base(); } // a native region never moves
inline u32 host_enter() { return 0; }
inline void host_leave(u32) {}
// The page at this offset of the region is about to change. Which pages did is kept beside the region.
void mark(u32 off);
bool region_extend(const void *end, u32 bytes);
#endif

// The cache that goes with the current region; zero at first.
#if defined(__wasm__) && !defined(MAYFLY_LIBRARY)
inline WalkCache walk_cache_storage; // static data of the layer: moves with the region
MAYFLY_INLINE WalkCache &walk_cache() { return walk_cache_storage; }
#else
WalkCache &walk_cache();
#endif

// Who calls, where an ActAs (vfs.h) says so; else null: the process of the region. A layer in a module has one caller.
#if defined(__wasm__) && !defined(MAYFLY_LIBRARY)
MAYFLY_INLINE const Identity *caller() { return nullptr; }
#else
const Identity *caller();
#endif

// To be called after the region's bytes were replaced, because what lies beside the region describes other
// bytes then. Afterwards no page is marked and no walk is remembered.
#if defined(__wasm__) && !defined(MAYFLY_LIBRARY)
MAYFLY_INLINE void reset_side() { walk_cache().flush(); }
#else
void reset_side();
#endif

// Wall-clock time in ns since the epoch for timestamps. Supplied by the front end's layer
// (the host's clock where the application itself imports one, else a counter) and by
// NativeHost. Called only when somebody looks at a marked time: stat, last close, fsync.
i64 clock_ns();
#if defined(__wasm__) && !defined(MAYFLY_LIBRARY)
inline constexpr bool kClockIsFetched =
    true; // by the front end, before it calls the core (abi/wasi_p1/call.h)
#else
inline constexpr bool kClockIsFetched = false;
#endif
// Fills `len` bytes of application memory for /dev/random and /dev/urandom.
void random_to_app(AppPtr dst, u32 len);
void random_to_layer(void *dst, u32 len); // native only

} // namespace host
} // namespace mayfly
