// The builds of the filesystem layer that the tool carries (cmake/layers.cmake), and which one a pack takes.
#pragma once
#include <cstdint>
#include <span>

#include "pack/pack.h"

namespace mayfly {

// Whether every function of WASI may reach the host.
bool has_host_directories(const PackOptions &options);

// The smallest build (core/build.h) that can do everything that a pack with these options can be asked for.
std::span<const uint8_t> filesystem_layer(const PackOptions &options);

} // namespace mayfly
