// Names inside the packed tree, from options and from archives (which are untrusted).
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mayfly::image {

inline constexpr size_t kNameBytesMax = 255;  // one component
inline constexpr size_t kPathBytesMax = 4095; // "/a/b/c" without the NUL

// Components of a path below the root: no empty ones, no "." or "..". Empty: the root itself.
using GuestPath = std::vector<std::string>;

// Reads "/a/b", "a/b/", "./a//b" alike. The error is a clause that says what is wrong:
// a "..", a NUL byte, a component or the whole that is too long. `bytes_max`: of the whole, where the caller
// says it otherwise.
std::expected<GuestPath, std::string> parse_guest_path(std::string_view text,
                                                       size_t bytes_max = kPathBytesMax);

// "/a/b"; "/" for the root.
std::string to_string(const GuestPath &path);

} // namespace mayfly::image
