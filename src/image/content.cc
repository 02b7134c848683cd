#include "image/content.h"

#ifndef __wasm__
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace mayfly::image {

#ifdef __wasm__ // no mappings: the allocator's growth copies
Content::~Content() { std::free(data_); }

bool Content::grow(uint64_t capacity) {
  if (capacity != static_cast<size_t>(capacity)) return false;
  void *data = std::realloc(data_, static_cast<size_t>(capacity));
  if (!data) return false;
  data_ = static_cast<uint8_t *>(data);
  capacity_ = capacity;
  return true;
}
#else
Content::~Content() {
  if (data_) munmap(data_, capacity_);
}

bool Content::grow(uint64_t capacity) {
  void *data = data_ ? mremap(data_, capacity_, capacity, MREMAP_MAYMOVE)
                     : mmap(nullptr, capacity, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return false;
  data_ = static_cast<uint8_t *>(data);
  capacity_ = capacity;
  return true;
}
#endif

namespace {

constexpr uint64_t kPage = 4096, kLine = 64;

// Where a file of `length` bytes begins: at a page if it spans several, so that a read of a page touches
// one page of the machine's; at a cache line if it spans several of those; else anywhere.
uint64_t aligned(uint64_t at, uint64_t length) {
  uint64_t unit = length >= 4 * kPage ? kPage : length >= 4 * kLine ? kLine : 1;
  return (at + unit - 1) / unit * unit;
}

} // namespace

std::expected<std::span<uint8_t>, std::string> Content::room(uint64_t bytes) {
  if (bytes > kContentBytesMax || size_ + bytes + kPage > kContentBytesMax)
    return std::unexpected("with it the packed files are larger than the 4 GiB that one module can hold");
  if (uint64_t need = size_ + bytes + kPage; need > capacity_) { // a page more: take() may align
    uint64_t capacity = std::max<uint64_t>({need, capacity_ * 2, uint64_t{1} << 20});
    capacity = (capacity + 0xffff) & ~uint64_t{0xffff};
    if (!grow(capacity)) return std::unexpected("out of memory for the packed files");
  }
  return std::span<uint8_t>(data_ + size_, static_cast<size_t>(capacity_ - size_));
}

Extent Content::take(uint32_t length) {
  taken_++;
  if (length == 0) return {};
  Extent extent{static_cast<uint32_t>(size_), length};
  auto [it, is_new] = by_hash_.try_emplace(hash({data_ + size_, length}), extent);
  if (!is_new && it->second.length == length &&
      !std::memcmp(data_ + it->second.offset, data_ + size_, length)) {
    saved_ += length;
    return it->second;
  }
  if (uint64_t at = aligned(size_, length); at != size_) {
    std::memmove(data_ + at, data_ + size_, length);
    std::memset(data_ + size_, 0, at - size_);
    it->second.offset = extent.offset = static_cast<uint32_t>(at);
    size_ = at;
  }
  size_ += length;
  return extent;
}

void Content::keep_only(std::span<Extent *const> used) {
  std::map<uint32_t, uint32_t> kept; // offset -> length; extents are equal or disjoint, never overlapping
  for (const Extent *extent : used)
    if (extent->length) kept.emplace(extent->offset, extent->length);
  std::map<uint32_t, uint32_t> moved;
  uint64_t end = 0;
  for (auto [offset, length] : kept) {
    uint64_t at = aligned(end, length);
    if (at != offset) std::memmove(data_ + at, data_ + offset, length);
    std::memset(data_ + end, 0, at - end);
    end = at;
    moved.emplace(offset, static_cast<uint32_t>(end));
    end += length;
  }
  for (Extent *extent : used)
    if (extent->length) extent->offset = moved.at(extent->offset);
  if (end != size_) by_hash_.clear(); // its extents are stale; nothing is taken after this
  size_ = end;
}

} // namespace mayfly::image
