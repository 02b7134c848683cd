// Puts a config block together: texts, sets, layouts and arguments are appended once each and
// referred to by their offsets. Native only.
#pragma once
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/config.h"

namespace mayfly::trace {

class Block {
public:
  explicit Block(Format format) : format_(format) { bytes_.resize(sizeof(Config)); }

  // As it is; the same text is stored once.
  Text text(std::string_view);
  // For the output: what would break a line (text) or a string (JSON) is escaped.
  Text name(std::string_view);

  Ref set(std::span<const std::pair<uint32_t, std::string>> names, uint32_t zero_mask = 0,
          std::string_view zero_name = {});
  Ref layout(Layout, std::span<const Field>);
  template <class T> Ref array(std::span<const T> items) { return append(items.data(), items.size_bytes()); }
  Ref zeros(size_t size) { return append(nullptr, size); }
  template <class T> void store(Ref at, const T &value) { std::memcpy(&bytes_[at], &value, sizeof value); }

  size_t size() const { return bytes_.size(); }
  std::vector<uint8_t> take() { return std::move(bytes_); }

private:
  Ref append(const void *, size_t size); // aligned to 8, never 0; the same bytes are stored once

  Format format_;
  std::vector<uint8_t> bytes_;
  std::map<std::string, Ref, std::less<>> texts_, stored_;
};

} // namespace mayfly::trace
