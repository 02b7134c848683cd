// What a build of the filesystem can do. The native core and the layer `vfs_full` have everything; the other
// layers are the same sources with some of it off, so that a pack that cannot use a thing carries no code for
// it (docs/sizes.md). cmake/layers.cmake names the builds, pack/layers.cc chooses between them.
#pragma once

namespace mayfly::build {

// Changes. Without them the region is one whose pack was read-only (kConfigReadOnly; every file packed, no
// time marked), nothing is ever given back to it, and changed pages are not marked.
#ifdef MAYFLY_WITHOUT_WRITES
inline constexpr bool writes = false;
#else
inline constexpr bool writes = true;
#endif

// Users other than root, and with them permissions.
#ifdef MAYFLY_WITHOUT_USERS
inline constexpr bool users = false;
#else
inline constexpr bool users = true;
#endif

// Directories of the host's (--host-dir).
#ifdef MAYFLY_WITHOUT_HOST_DIRS
inline constexpr bool host_dirs = false;
#else
inline constexpr bool host_dirs = true;
#endif

} // namespace mayfly::build
