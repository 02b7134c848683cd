#include "trace/block_native.h"

#include <cstdio>

namespace mayfly::trace {
namespace {

// Bytes of the UTF-8 sequence at the start of `s`; 0: none is there. Names come from modules that were
// validated, so this only keeps a caller's mistake out of the JSON.
size_t sequence(std::string_view s) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  if (byte(0) < 0x80) return 1;
  size_t n = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || s.size() < n) return 0;
  for (size_t i = 1; i < n; i++)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return n;
}

std::string escaped(std::string_view s, Format format) {
  std::string out;
  bool json = format != Format::text;
  while (!s.empty()) {
    size_t n = sequence(s);
    auto byte = static_cast<unsigned char>(s[0]);
    char code[8];
    if (n == 0) {
      out += json ? "\\ufffd" : "\\x";
      if (!json) std::snprintf(code, sizeof code, "%02x", byte), out += code;
    } else if (byte < ' ' || byte == 0x7f) {
      std::snprintf(code, sizeof code, json ? "\\u%04x" : "\\x%02x", byte);
      out += code;
    } else {
      if (json && (byte == '"' || byte == '\\')) out += '\\';
      out += s.substr(0, n);
    }
    s.remove_prefix(n == 0 ? 1 : n);
  }
  return out;
}

} // namespace

Text Block::text(std::string_view s) {
  if (s.empty()) return {};
  auto [found, fresh] = texts_.try_emplace(std::string(s), static_cast<Ref>(bytes_.size()));
  if (fresh) bytes_.insert(bytes_.end(), s.begin(), s.end());
  return {found->second, static_cast<u32>(s.size())};
}

Text Block::name(std::string_view s) { return text(escaped(s, format_)); }

Ref Block::set(std::span<const std::pair<uint32_t, std::string>> names, uint32_t zero_mask,
               std::string_view zero_name) {
  std::string bytes(sizeof(Set) + names.size() * sizeof(Name), '\0');
  Set head{static_cast<u32>(names.size()), zero_mask, text(zero_name)};
  std::memcpy(bytes.data(), &head, sizeof head);
  for (size_t i = 0; i < names.size(); i++) {
    Name entry{names[i].first, name(names[i].second)};
    std::memcpy(&bytes[sizeof head + i * sizeof entry], &entry, sizeof entry);
  }
  return append(bytes.data(), bytes.size());
}

Ref Block::layout(Layout head, std::span<const Field> fields) {
  head.field_count = static_cast<u16>(fields.size());
  std::string bytes(sizeof head + fields.size_bytes(), '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(&bytes[sizeof head], fields.data(), fields.size_bytes());
  return append(bytes.data(), bytes.size());
}

Ref Block::append(const void *data, size_t size) {
  auto place = [&] {
    bytes_.resize((bytes_.size() + 7) & ~size_t{7});
    return static_cast<Ref>(bytes_.size());
  };
  if (data == nullptr) { // to be written to: never shared
    Ref at = place();
    bytes_.resize(bytes_.size() + size);
    return at;
  }
  std::string key(static_cast<const char *>(data), size);
  if (auto found = stored_.find(key); found != stored_.end()) return found->second;
  Ref at = place();
  bytes_.insert(bytes_.end(), key.begin(), key.end());
  stored_.emplace(std::move(key), at);
  return at;
}

} // namespace mayfly::trace
