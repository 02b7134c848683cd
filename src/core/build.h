// What a build of the filesystem can do. The native core has everything. The layers that packs carry are the
// same sources with some of it off, so that a pack that cannot use a thing carries no code for it
// (docs/sizes.md). cmake/layers.cmake names these builds, pack/layers.cc chooses between them.
#pragma once

namespace mayfly::build {

// Changes. Without them the region is one whose pack was read-only (kConfigReadOnly; every file packed, no
// time marked), and nothing is ever given back to it.
#ifdef MAYFLY_WITHOUT_WRITES
inline constexpr bool writes = false;
#else
inline constexpr bool writes = true;
#endif

// Marks of the pages that changed since the base. Only what will save states or go back to its base needs
// them: native programs, and packs that are asked for it.
#if (!defined(__wasm__) || defined(MAYFLY_LIBRARY)) && !defined(MAYFLY_WITHOUT_WRITES)
#define MAYFLY_WITH_MARKS
#endif
#ifdef MAYFLY_WITH_MARKS
inline constexpr bool marks = true;
#else
inline constexpr bool marks = false;
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
