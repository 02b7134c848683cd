#include "image/guest_path.h"

#include <fmt/format.h>

namespace mayfly::image {

std::expected<GuestPath, std::string> parse_guest_path(std::string_view text, size_t bytes_max) {
  GuestPath path;
  size_t total = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('/', at);
    if (end == text.npos) end = text.size();
    std::string_view name = text.substr(at, end - at);
    at = end + 1;
    if (name.empty() || name == ".") continue;
    if (name == "..") return std::unexpected("a path inside the filesystem may not contain \"..\"");
    if (name.find('\0') != name.npos) return std::unexpected("a path may not contain a NUL byte");
    if (name.size() > kNameBytesMax)
      return std::unexpected(fmt::format("a name of {} bytes is longer than the {} that are allowed",
                                         name.size(), kNameBytesMax));
    total += name.size() + 1;
    if (total > bytes_max)
      return std::unexpected(fmt::format("the path is longer than the {} bytes that are allowed", bytes_max));
    path.emplace_back(name);
  }
  return path;
}

std::string to_string(const GuestPath &path) {
  if (path.empty()) return "/";
  std::string text;
  for (const std::string &name : path) text += '/' + name;
  return text;
}

} // namespace mayfly::image
