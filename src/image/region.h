// From a tree to a region: the native core makes the filesystem that the packed module is
// born with. Deterministic: the same tree, content and options give the same bytes.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/failure.h"
#include "core/host_native.h"
#include "image/builder.h"

namespace mayfly::image {

// What descriptors 0, 1 and 2 are.
enum class Stdio : uint8_t {
  host, // the host's
  null, // /dev/null
  file, // the files stdin, stdout and stderr of /.mayfly; an stdin file that was packed there is kept
};

// A name by which the application finds a directory (fd_prestat_dir_name).
struct Preopen {
  std::string name; // reported exactly so
  GuestPath path;
  bool host = false; // what the host has open under this name, instead of the tree's
};

// How the front end that will serve the application names what descriptors may do: the bits of its rights.
struct DescriptorRights {
  uint64_t all = 0, of_directory = 0;
  uint32_t host_directory = 0; // Ofd::host_fd of a host's directory that was not asked for yet
};

struct RegionOptions {
  DescriptorRights rights;
  FormatOptions format; // limits, user, umask, time of the root, seed; the tree's names decide name_seed
  std::vector<Preopen> preopens; // descriptors 3, 4, … in this order; missing directories are made
  Stdio stdio = Stdio::host;
  std::optional<std::vector<std::string>> args; // argv, program's name first; unset: the host's
  std::optional<std::vector<std::string>> env;  // "KEY=VALUE"; unset: the host's
  bool read_only = false;                       // every change is EROFS
  bool counter_clock = false;                   // time is the counter's, whatever the host has
  bool hermetic = false;                        // clock, random and exit need no host either
};

// A finished region. Its bytes live in the native host that made it.
struct Region {
  std::unique_ptr<NativeHost> host;
  uint32_t bytes = 0;
  uint32_t files = 0, directories = 0, symlinks = 0; // of the tree; a hard link counts again

  std::span<const uint8_t> span() const { return {reinterpret_cast<const uint8_t *>(&host->fs()), bytes}; }
};

// Adds what the options need to the tree (preopened directories, stdio files). Failure: a preopen
// that names a file.
std::expected<void, Failure> complete_tree(Builder &builder, const RegionOptions &options);

// Formats and fills a region. `builder` is complete and its content final. Errors: a limit in
// the options that is too small, a path the filesystem refuses.
std::expected<Region, Failure> build_region(const Builder &builder, const RegionOptions &options);

} // namespace mayfly::image
