// The world of a native core (core/host_native.h): a reserved range of address space that
// becomes accessible as the region grows, a vector for the application's memory, the packed
// content, a manual clock and a seeded generator.
//
// Preconditions of core/host.h are checked in every build, not only in debug builds: a core
// that hands out a bad range has a defect that must stop a test, a fuzzer or the packer here
// and not corrupt its memory. The bytes behind the region stay inaccessible, so a stray
// access there faults.
#include "core/host_native.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#ifndef __wasm__
#include <sys/mman.h>
#endif

namespace mayfly {
namespace {

thread_local NativeHost *current = nullptr;

[[noreturn]] void violated(const char *rule, uint64_t value, uint64_t length) {
  std::fprintf(stderr, "mayfly host contract violated: %s (at %" PRIu64 ", %" PRIu64 " bytes)\n", rule, value,
               length);
  std::abort();
}

void require(bool holds, const char *rule, uint64_t value = 0, uint64_t length = 0) {
  if (MAYFLY_UNLIKELY(!holds)) violated(rule, value, length);
}

NativeHost &here() {
  require(current != nullptr, "a NativeHost is current on this thread");
  return *current;
}

uint8_t *app_range(AppPtr at, uint64_t length) {
  NativeHost &host = here();
  require(at + length <= host.app.size(), "the range lies in the application's memory", at, length);
  return host.app.data() + at;
}

const uint8_t *content_range(uint32_t offset, uint64_t length) {
  NativeHost &host = here();
  require(offset + length <= host.content_bytes, "the range lies in the packed content", offset, length);
  return host.content + offset;
}

template <class T> T load(AppPtr from) {
  T value;
  std::memcpy(&value, app_range(from, sizeof value), sizeof value);
  return value;
}

template <class T> void store(AppPtr to, T value) {
  std::memcpy(app_range(to, sizeof value), &value, sizeof value);
}

// memcpy's pointers may not be null even when nothing is copied.
void move_bytes(void *to, const void *from, uint64_t length) {
  if (length != 0) std::memmove(to, from, length);
}

#ifdef __wasm__ // The pack library in a browser: the reserve is memory, and nothing guards its end.
void *reserve(uint64_t bytes) {
  void *base = bytes == static_cast<size_t>(bytes)
                   ? std::aligned_alloc(kPageBytes, static_cast<size_t>(bytes))
                   : nullptr;
  if (base) std::memset(base, 0, static_cast<size_t>(bytes));
  return base;
}
bool make_accessible(void *, uint64_t) { return true; }
bool renew(void *base, uint64_t bytes) {
  std::memset(base, 0, static_cast<size_t>(bytes));
  return true;
}
void release(void *base, uint64_t) { std::free(base); }
#else
constexpr int kReserved = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
void *reserve(uint64_t bytes) {
  void *base = mmap(nullptr, bytes, PROT_NONE, kReserved, -1, 0);
  return base == MAP_FAILED ? nullptr : base;
}
bool make_accessible(void *from, uint64_t bytes) {
  return mprotect(from, bytes, PROT_READ | PROT_WRITE) == 0;
}
bool renew(void *base, uint64_t bytes) {
  return mmap(base, bytes, PROT_NONE, kReserved | MAP_FIXED, -1, 0) == base;
}
void release(void *base, uint64_t bytes) { munmap(base, bytes); }
#endif

uint64_t whole_pages(uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

} // namespace

NativeHost::NativeHost(const FormatOptions &format_options, const Options &options) : app(options.app_bytes) {
  reserved_ = whole_pages(options.reserve_bytes);
  require(reserved_ >= kFormatBytesMin, "the reserve holds an empty filesystem", reserved_);
  // Under a limit on address space (ulimit -v) the region can grow less far, which is ENOSPC later.
  constexpr uint64_t kEnough = 16u << 20;
  for (;; reserved_ = whole_pages(reserved_ / 2)) {
    base_ = reserve(reserved_);
    if (base_ || reserved_ <= kEnough) break;
  }
  require(base_ != nullptr, "address space for the region can be reserved", 0, reserved_);
  require(make_accessible(base_, kFormatBytesMin), "memory for the region is available");
  accessible_ = kFormatBytesMin;
  marks_.reset(static_cast<uint8_t *>(std::calloc(reserved_ / kPageBytes, 1)));
  require(marks_ != nullptr, "memory for the marks is available");
  make_current();
  require(format(base_, kFormatBytesMin, format_options) == Errno::ok, "the format options are valid");
  host::reset_side();
}

NativeHost::~NativeHost() {
  if (current == this) current = nullptr;
  release(base_, reserved_);
}

void NativeHost::make_current() { current = this; }

bool NativeHost::load(const void *bytes, uint64_t size) {
  if (size > reserved_ || size % kPageBytes != 0 || size == 0) return false;
  NativeHost *before = current;
  make_current();
  host::reset_side();
  current = before;
  // Fresh pages, so that what follows the copied bytes is zero and the rest inaccessible.
  require(renew(base_, reserved_), "the region's range can be renewed", 0, reserved_);
  require(make_accessible(base_, size), "memory for the region is available", 0, size);
  accessible_ = size;
  std::memcpy(base_, bytes, size);
  return true;
}

// What the cache remembers, one caller was allowed to walk and another may not be.
ActAs::ActAs(const Identity &who) : host_(here()), before_(host_.caller_) {
  host_.caller_ = &who;
  host_.walk_cache_.flush();
}
ActAs::~ActAs() {
  host_.caller_ = before_;
  host_.walk_cache_.flush();
}

namespace host {

u32 app_load_u8(AppPtr p) { return mayfly::load<u8>(p); }
u32 app_load_u16(AppPtr p) { return mayfly::load<u16>(p); }
u32 app_load_u32(AppPtr p) { return mayfly::load<u32>(p); }
u64 app_load_u64(AppPtr p) { return mayfly::load<u64>(p); }
void app_store_u8(AppPtr p, u32 v) { mayfly::store(p, static_cast<u8>(v)); }
void app_store_u16(AppPtr p, u32 v) { mayfly::store(p, static_cast<u16>(v)); }
void app_store_u32(AppPtr p, u32 v) { mayfly::store(p, v); }
void app_store_u64(AppPtr p, u64 v) { mayfly::store(p, v); }

void app_copy_in(void *dst, AppPtr src, u32 len) { move_bytes(dst, app_range(src, len), len); }
void app_copy_out(AppPtr dst, const void *src, u32 len) { move_bytes(app_range(dst, len), src, len); }
void app_fill(AppPtr dst, u8 byte, u32 len) {
  if (uint8_t *to = app_range(dst, len); len != 0) std::memset(to, byte, len);
}
u64 app_bytes() { return here().app.size(); }

void content_to_app(AppPtr dst, u32 offset, u32 len) {
  move_bytes(app_range(dst, len), content_range(offset, len), len);
}
void content_to_layer(void *dst, u32 offset, u32 len) { move_bytes(dst, content_range(offset, len), len); }

void *region_base() { return here().base_; }
void mark(u32 off) { here().marks_[off >> kPageShift] = 1; }
WalkCache &walk_cache() { return here().walk_cache_; }
const Identity *caller() { return here().caller_; }
void reset_side() {
  NativeHost &host = here();
  host.walk_cache_.flush();
  std::memset(host.marks_.get(), 0, host.accessible_ / kPageBytes);
}

bool region_extend(const void *end, u32 bytes) {
  NativeHost &host = here();
  uint64_t at = static_cast<uint64_t>(static_cast<const char *>(end) - static_cast<const char *>(host.base_));
  require(at <= host.accessible_, "the region's end lies in the region", at, bytes);
  uint64_t want = whole_pages(at + bytes);
  if (host.refuse_growth || want > host.reserved_) return false;
  if (want <= host.accessible_) return true; // given back by an earlier shrink
  char *from = static_cast<char *>(host.base_) + host.accessible_;
  if (!make_accessible(from, want - host.accessible_)) return false;
  host.accessible_ = want;
  return true;
}

i64 clock_ns() {
  NativeHost &host = here();
  ++host.clock_calls;
  int64_t now = host.now_ns;
  host.now_ns += host.clock_step_ns;
  return now;
}

// splitmix64, so that equal seeds give equal bytes.
void random_to_layer(void *dst, u32 len) {
  uint64_t &state = here().random_state;
  uint8_t *to = static_cast<uint8_t *>(dst);
  for (u32 i = 0; i < len; ++i) {
    uint64_t z = (state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    to[i] = static_cast<uint8_t>(z ^ (z >> 31));
  }
}
void random_to_app(AppPtr dst, u32 len) { random_to_layer(app_range(dst, len), len); }

} // namespace host
} // namespace mayfly
