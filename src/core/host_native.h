// The world of a native core: a simulated application memory, the packed content, a clock
// and entropy, as core/host.h wants them. For the packer, tests, fuzzers and mount.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "core/vfs.h"

namespace mayfly {

// One region and its surroundings. Current on this thread between construction (or
// make_current) and destruction. The region's address never changes: address space for
// `reserve_bytes` is reserved up front and made accessible as the region grows.
class NativeHost {
public:
  struct Options {
    uint32_t app_bytes = 1u << 20;       // simulated application memory
    uint64_t reserve_bytes = 1ull << 30; // most the region can grow to; region_extend refuses beyond
  };
  NativeHost(const FormatOptions &format, const Options &options);
  explicit NativeHost(const FormatOptions &format = {}) : NativeHost(format, Options{}) {}
  ~NativeHost();
  NativeHost(const NativeHost &) = delete;
  NativeHost &operator=(const NativeHost &) = delete;

  Fs &fs() { return *static_cast<Fs *>(base_); }
  void make_current();
  // Replaces the region by a copy of `size` bytes (whole pages), and resets what lies beside it. False, and no
  // change, when they are more than the reserve or not whole pages. Untrusted bytes must have passed verify
  // before any operation.
  bool load(const void *bytes, uint64_t size);

  // Did the core tell that this page (its number) was about to change, since the host was made, load() or
  // host::reset_side()? One byte a page, for as many pages as the region can have.
  bool marked(uint32_t page) const { return marks_[page] != 0; }

  std::vector<uint8_t> app; // application memory; AppPtr is an index
  const uint8_t *content = nullptr;
  uint32_t content_bytes = 0;
  int64_t now_ns = 1'000'000'000; // manual clock: each clock_ns() returns it and adds clock_step_ns
  int64_t clock_step_ns = 1;
  uint64_t random_state = 1;
  uint64_t clock_calls = 0; // how often the core asked
  bool refuse_growth = false;

private:
  friend bool host::region_extend(const void *, u32);
  friend void *host::region_base();
  friend void host::mark(u32);
  friend void host::reset_side();
  friend WalkCache &host::walk_cache();
  friend const Identity *host::caller();
  friend class ActAs;
  struct Free {
    void operator()(void *p) const { std::free(p); }
  };
  WalkCache walk_cache_{};
  const Identity *caller_ = nullptr;
  std::unique_ptr<uint8_t[], Free> marks_; // from calloc, so that what is never marked takes no memory
  void *base_ = nullptr;
  uint64_t reserved_ = 0;
  uint64_t accessible_ = 0;
};

} // namespace mayfly
