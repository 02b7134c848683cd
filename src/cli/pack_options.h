// What a person can say about a pack, on the command lines of pack and run.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "cli/cut.h"
#include "cli/report.h"
#include "cli/user_layers.h"
#include "image/region.h"
#include "link/link.h"

namespace CLI {
class App;
class Option;
}

namespace mayfly::cli {

struct Source {
  enum Kind : uint8_t { directory, file, archive } kind;
  std::string host;       // a path here
  std::string name;       // the guest path as it was written
  image::GuestPath guest; // the same, taken apart
};

// Options with their meaning checked. Defaults are the command line's.
struct PackOptions {
  std::vector<Source> sources; // in the order of the command line: later ones overlay earlier ones
  image::RegionOptions region; // args and env without the program's name
  image::Owner owner;          // of packed files
  link::Placement placement = link::Placement::shared;
  bool host_dirs = false; // some --host-dir was given: every WASI function may reach the host
  bool optimize = false;
  UserLayers layers;        // --layer
  CutOptions cut;           // --stub, --deny
  bool keep_unused = false; // imports that nothing reaches stay
  int64_t time_ns = 0; // SOURCE_DATE_EPOCH, else 0: directories that nobody brought, hermetic clock
  std::optional<int64_t> mtime_ns_max; // SOURCE_DATE_EPOCH: later times become this one
};

// The raw words of a command line, and the options that read them.
class PackArguments {
public:
  // Declares the options on `command`, which this must outlive.
  void add_to(CLI::App &command);

  // After parsing. Errors are usage errors that name the option.
  std::expected<PackOptions, Failure> read() const;

  // The first option given (of those of add_to) that has no meaning for a module that is packed already, or "".
  // (--env and --arg have: they go to the program at run time.) `but`: neither has this one.
  std::string first_that_packs(std::string_view but = "") const;

private:
  std::expected<void, Failure> read_sources(PackOptions &options) const;
  std::expected<void, Failure> read_preopens(PackOptions &options) const;
  std::expected<void, Failure> read_limits(PackOptions &options) const;
  std::expected<void, Failure> read_identity(PackOptions &options) const;
  std::expected<void, Failure> read_world(PackOptions &options) const;
  std::expected<void, Failure> read_cuts(PackOptions &options) const;

  const CLI::App *command_ = nullptr;
  std::vector<const CLI::Option *> own_;
  std::vector<std::string> layers_;
  std::vector<std::string> dirs_, files_, tars_, preopens_, host_dirs_, env_, args_, stubs_, denied_;
  std::string stdio_, user_, owner_, umask_, max_bytes_, max_inodes_, max_fds_, seed_;
  bool isolate_ = false, no_root_ = false, read_only_ = false, hermetic_ = false, optimize_ = false, keep_unused_ = false;
};

// "4096", "64K": whole numbers with an optional K, M, G or T (powers of 1,024).
std::optional<uint64_t> parse_size(std::string_view text);
// A whole decimal number up to `max`.
std::optional<uint64_t> parse_number(std::string_view text, uint64_t max);

} // namespace mayfly::cli
