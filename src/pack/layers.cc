#include "pack/layers.h"

#include <algorithm>

// Embedded by cmake/layers.cmake.
#define LAYER(name) extern "C" const uint8_t mayfly_layer_##name##_begin[], mayfly_layer_##name##_end[]
LAYER(vfs);           // everything
LAYER(vfs_root);      // without users and directories of the host's
LAYER(vfs_read_only); // without changes as well
#undef LAYER

namespace mayfly {

bool has_host_directories(const PackOptions &options) {
  return std::ranges::any_of(options.preopens, &Preopen::host);
}

std::span<const uint8_t> filesystem_layer(const PackOptions &options) {
  // Nothing changes the user at run time, and nothing stops root.
  if (has_host_directories(options) || options.uid != 0)
    return {mayfly_layer_vfs_begin, mayfly_layer_vfs_end};
  // With --stdio file even a read-only filesystem would have two files that are written.
  if (options.read_only && options.stdio != Stdio::file)
    return {mayfly_layer_vfs_read_only_begin, mayfly_layer_vfs_read_only_end};
  return {mayfly_layer_vfs_root_begin, mayfly_layer_vfs_root_end};
}

} // namespace mayfly
