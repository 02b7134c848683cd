// Layers of the caller's own, above and below the filesystem.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "link/stack.h"
#include "pack/pack.h"

namespace mayfly {

// Links the filesystem, as `filesystem` says, and the layers of `options` under `app`. Of `filesystem`, what
// concerns the whole stack (unused, stubs, hermetic) is applied to it.
std::expected<std::vector<uint8_t>, PackError> link_layers(std::span<const uint8_t> app,
                                                           const PackOptions &options,
                                                           link::Options filesystem,
                                                           link::StackReport &report);

} // namespace mayfly
