// The packed content: the bytes of every file, one after the other, each distinct content once.
// It becomes one passive data segment, and a file in the region is an extent of it.
#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "image/sha256.h"

namespace mayfly::image {

// The region's references into the content are 32-bit.
inline constexpr uint64_t kContentBytesMax = 0xffff'0000;

struct Extent {
  uint32_t offset = 0;
  uint32_t length = 0;
  bool operator==(const Extent &) const = default;
};

// A growing buffer. Where the system has mappings, growth moves pages and never bytes, so that reading a tree
// takes its size once. Files are read straight into it.
class Content {
public:
  // The hash finds equal files; it gets their bytes. `sha256_of`, or a faster one with equal results.
  using Hash = std::function<Sha256(std::span<const uint8_t>)>;
  Hash hash = sha256_of;

  Content() = default;
  ~Content();
  Content(const Content &) = delete;
  Content &operator=(const Content &) = delete;

  // At least `bytes` writable bytes behind the ones taken; valid until the next call. What
  // they hold is unspecified. The error is a clause ("more than 4 GiB of file content", "out of memory").
  std::expected<std::span<uint8_t>, std::string> room(uint64_t bytes);

  // Makes the first `length` bytes of the room a file's content. When the same bytes are here
  // already that extent is given and the room stays free.
  Extent take(uint32_t length);

  // Drops every byte that no extent of `used` covers and rewrites the extents to match.
  // Overlays leave such bytes: a file that a later source replaced.
  void keep_only(std::span<Extent *const> used);

  std::span<const uint8_t> bytes() const { return {data_, static_cast<size_t>(size_)}; }
  Sha256 sha256() const { return hash(bytes()); }
  uint64_t files_taken() const { return taken_; }
  uint64_t bytes_saved() const { return saved_; } // by giving equal files the same bytes

private:
  bool grow(uint64_t capacity);

  uint8_t *data_ = nullptr;
  uint64_t size_ = 0, capacity_ = 0;
  uint64_t taken_ = 0, saved_ = 0;
  std::map<Sha256, Extent> by_hash_;
};

} // namespace mayfly::image
