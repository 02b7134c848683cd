// --layer: layers of the user's own, above and below the filesystem.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "base/failure.h"
#include "link/stack.h"

namespace mayfly::cli {

// Files, top to bottom.
struct UserLayers {
  std::vector<std::string> above, below;
  bool any() const { return !above.empty() || !below.empty(); }
};

// From the values of --layer, in their order: "vfs" names the place of the filesystem, which is below all
// others when it is not named. Errors are usage errors.
std::expected<UserLayers, Failure> parse_layers(const std::vector<std::string> &values);

// Links the filesystem, as `filesystem` says, and the user's layers under `app`. Of `filesystem`, what
// concerns the whole stack (unused, stubs, hermetic) is applied to it. `file` is the application's name for
// errors.
std::expected<std::vector<uint8_t>, Failure> link_layers(const std::string &file,
                                                         std::span<const uint8_t> app,
                                                         const UserLayers &layers, link::Options filesystem,
                                                         link::StackReport &report);

} // namespace mayfly::cli
