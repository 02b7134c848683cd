#include "replay.h"

#include <cstring>

#include "abi/wasi_p1/below.h"
#include "abi/wasi_p1/wasi_p1.h"

#ifdef MAYFLY_WITHOUT_WRITES
// The world of the core without writes: what core/host_native.cc is to the other, less all that makes
// filesystems.
namespace mayfly::host {
namespace {

std::vector<uint8_t> app;
const std::vector<uint8_t> *packed;
WalkCache cache;
alignas(4096) uint8_t region[4 << 20];
uint64_t region_bytes;

template <class T> T load(AppPtr p) {
  T value;
  std::memcpy(&value, &app.at(p), sizeof value);
  return value;
}
template <class T> void store(AppPtr p, T value) { std::memcpy(&app.at(p), &value, sizeof value); }

} // namespace

u32 app_load_u8(AppPtr p) { return load<u8>(p); }
u32 app_load_u16(AppPtr p) { return load<u16>(p); }
u32 app_load_u32(AppPtr p) { return load<u32>(p); }
u64 app_load_u64(AppPtr p) { return load<u64>(p); }
void app_store_u8(AppPtr p, u32 v) { store(p, static_cast<u8>(v)); }
void app_store_u16(AppPtr p, u32 v) { store(p, static_cast<u16>(v)); }
void app_store_u32(AppPtr p, u32 v) { store(p, v); }
void app_store_u64(AppPtr p, u64 v) { store(p, v); }
void app_copy_in(void *to, AppPtr from, u32 n) {
  if (n) std::memcpy(to, &app.at(from), n);
}
void app_copy_out(AppPtr to, const void *from, u32 n) {
  if (n) std::memcpy(&app.at(to), from, n);
}
void app_fill(AppPtr to, u8 byte, u32 n) {
  if (n) std::memset(&app.at(to), byte, n);
}
u64 app_bytes() { return app.size(); }
void content_to_app(AppPtr to, u32 from, u32 n) { app_copy_out(to, &packed->at(from), n); }
void content_to_layer(void *to, u32 from, u32 n) { std::memcpy(to, &packed->at(from), n); }
void *region_base() { return region; }
bool region_extend(const void *end, u32 bytes) {
  if (end != region + region_bytes || bytes > sizeof region - region_bytes) return false;
  region_bytes += bytes;
  return true;
}
WalkCache &walk_cache() { return cache; }
i64 clock_ns() { return 0; }
void random_to_app(AppPtr to, u32 n) { app_fill(to, 1, n); }

} // namespace mayfly::host
#else
#include "core/host_native.h"
#endif

namespace mayfly {
namespace {

constexpr u32 kAppBytes = 1 << 16, kPathAt = 0x100, kOtherAt = 0x400, kIovAt = 0x800, kOutAt = 0x900,
              kBufAt = 0x1000;
const char *const kPaths[] = {
    ".",
    "d",
    "d/hello.txt",
    "d/empty",
    "d/big.bin",
    "d/sub/deep/file.txt",
    "d/sub/../hello.txt",
    "d//hello.txt",
    "d/hello.txt/",
    "d/hello.txt/x",
    "nothing",
    "d/nothing",
    "d/nothing/x",
    "link",
    "loop",
    "absolute",
    "dangling",
    "to-directory/hello.txt",
    "d/sub/deep/long-enough-to-be-remembered/file.txt",
    "dev/null",
    "dev/zero",
    "dev/full",
    "dev/fd",
    "dev/fd/3",
    "dev/fd/5",
    "dev/fd/x",
    "dev/stdout",
    "",
    "..",
    "../x",
    "/d/hello.txt",
    "d/",
};

// One replay: the region at work, the numbers that decide, and the text.
class Program {
public:
  Program(const std::vector<uint8_t> &region, const std::vector<uint8_t> &content, uint64_t seed)
#ifdef MAYFLY_WITHOUT_WRITES
      : state_(seed) {
    host::app.assign(kAppBytes, 0);
    host::packed = &content;
    host::cache = {};
    host::region_bytes = region.size();
    std::memset(host::region, 0, sizeof host::region);
    std::memcpy(host::region, region.data(), region.size());
  }
  Fs &fs() { return *reinterpret_cast<Fs *>(host::region); }
  const std::vector<uint8_t> &app() { return host::app; }
#else
      : state_(seed), host_({}, {.app_bytes = kAppBytes, .reserve_bytes = 4 << 20}) {
    host_.content = content.data();
    host_.content_bytes = static_cast<uint32_t>(content.size());
    if (!host_.load(region.data(), region.size())) text_ = "the region is not loaded";
  }
  Fs &fs() { return host_.fs(); }
  const std::vector<uint8_t> &app() { return host_.app; }
#endif

  std::string run(int calls) {
    for (int i = 0; i < calls; i++) step();
    return std::move(text_);
  }

private:
  u32 below(u32 n) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<u32>(state_ >> 33) % n;
  }
  // Never 3, the preopened root: without it nothing more would happen.
  u32 fd() {
    u32 n = below(8) ? 4 + below(12) : below(60);
    return n == 3 ? 4 : n;
  }
  u64 rights() { return below(4) ? ~u64{0} : u64{1} << below(30) | u64{1} << below(30); }
  u64 offset() { return below(6) ? below(9000) : ~u64{0} >> below(3); }
  u32 length() { return below(4) ? below(64) : below(9000); }
  u32 path(AppPtr at) {
    const char *p = kPaths[below(sizeof kPaths / sizeof *kPaths)];
    host::app_copy_out(at, p, static_cast<u32>(std::strlen(p)));
    return static_cast<u32>(std::strlen(p));
  }
  u32 iovecs() {
    u32 n = below(4) ? 1 : below(4);
    for (u32 i = 0; i < n; i++) {
      host::app_store_u32(kIovAt + i * 8, below(40) ? kBufAt + i * 0x2800 : kAppBytes - 16);
      host::app_store_u32(kIovAt + i * 8 + 4, length());
    }
    return n;
  }

  void told(const char *name, u32 result) {
    u64 hash = 14695981039346656037u;
    for (size_t i = 0; i < app().size(); i += 8) {
      u64 word;
      std::memcpy(&word, &app()[i], 8);
      hash = (hash ^ word) * 1099511628211u;
    }
    text_ += std::string(name) + " = " + std::to_string(result) + ", memory " + std::to_string(hash) + "\n";
  }

  void step() {
    using namespace wasi_p1;
    constexpr Dialect dialect = Dialect::snapshot;
#define CALL(name, ...) return told(#name, name(fs(), __VA_ARGS__))
    u32 a = fd(), b = fd();
    switch (below(40)) {
    case 0:
      CALL(fd_close, a);
    case 1:
      CALL(fd_renumber, a, b);
    case 2:
      CALL(fd_seek, a, static_cast<i64>(offset()) - 4000, below(4), kOutAt, dialect);
    case 3:
      CALL(fd_tell, a, kOutAt);
    case 4:
      CALL(fd_fdstat_get, a, kOutAt);
    case 5:
      CALL(fd_fdstat_set_flags, a, below(33));
    case 6:
      CALL(fd_fdstat_set_rights, a, rights(), rights());
    case 7:
      CALL(fd_filestat_get, a, kOutAt, dialect);
    case 8:
      CALL(fd_filestat_set_size, a, offset());
    case 9:
      CALL(fd_filestat_set_times, a, offset(), offset(), below(17));
    case 10:
      CALL(fd_allocate, a, offset(), offset());
    case 11:
      CALL(fd_advise, a, offset(), offset(), below(7));
    case 12:
      CALL(fd_sync, a);
    case 13:
      CALL(fd_datasync, a);
    case 14:
      CALL(fd_prestat_get, a, kOutAt);
    case 15:
      CALL(fd_prestat_dir_name, a, kOutAt, below(8));
    case 16:
      CALL(fd_readdir, a, kBufAt, length(), below(3) ? 0 : below(9), kOutAt);
    case 17:
    case 18: {
      u32 n = iovecs();
      CALL(fd_write, a, kIovAt, n, kOutAt);
    }
    case 19: {
      u32 n = iovecs();
      CALL(fd_pwrite, a, kIovAt, n, offset(), kOutAt);
    }
    case 20:
    case 21:
    case 22: {
      u32 n = iovecs();
      CALL(fd_read, a, kIovAt, n, kOutAt);
    }
    case 23: {
      u32 n = iovecs();
      CALL(fd_pread, a, kIovAt, n, offset(), kOutAt);
    }
    case 24: {
      u32 n = path(kPathAt);
      CALL(path_create_directory, 3, kPathAt, n);
    }
    case 25: {
      u32 n = path(kPathAt);
      CALL(path_remove_directory, 3, kPathAt, n);
    }
    case 26: {
      u32 n = path(kPathAt);
      CALL(path_unlink_file, 3, kPathAt, n);
    }
    case 27: {
      u32 n = path(kPathAt);
      CALL(path_filestat_get, below(9) ? 3 : a, below(3), kPathAt, n, kOutAt, dialect);
    }
    case 28: {
      u32 n = path(kPathAt);
      CALL(path_filestat_set_times, 3, below(2), kPathAt, n, offset(), 5, below(16));
    }
    case 29: {
      u32 n = path(kPathAt);
      CALL(path_readlink, 3, kPathAt, n, kBufAt, length(), kOutAt);
    }
    case 30: {
      u32 n = path(kPathAt), m = path(kOtherAt);
      CALL(path_symlink, kOtherAt, m, 3, kPathAt, n);
    }
    case 31: {
      u32 n = path(kPathAt), m = path(kOtherAt);
      CALL(path_link, 3, below(2), kPathAt, n, 3, kOtherAt, m);
    }
    case 32: {
      u32 n = path(kPathAt), m = path(kOtherAt);
      CALL(path_rename, 3, kPathAt, n, 3, kOtherAt, m);
    }
    default: {
      u32 n = path(kPathAt);
      u32 oflags = below(2) ? 0 : below(17), flags = below(3) ? 0 : below(33);
      CALL(path_open, below(9) ? 3 : a, below(2), kPathAt, n, oflags,
           below(3) ? u64{right::fd_read} : rights(), rights(), flags, kOutAt);
    }
    }
#undef CALL
  }

  uint64_t state_;
#ifndef MAYFLY_WITHOUT_WRITES
  NativeHost host_;
#endif
  wasi_p1::BelowHost host_below_; // answers ENOSYS
  std::string text_;
};

} // namespace

std::string replay(const std::vector<uint8_t> &region, const std::vector<uint8_t> &content, uint64_t seed,
                   int calls, std::vector<uint8_t> *after) {
  Program program(region, content, seed);
  std::string text = program.run(calls);
  const auto *first = reinterpret_cast<const uint8_t *>(&program.fs());
  if (after) after->assign(first, first + program.fs().size);
  return text;
}

} // namespace mayfly
