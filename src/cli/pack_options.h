// What a person can say about a pack, on the command lines of pack and run.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "cli/report.h"
#include "image/guest_path.h"
#include "pack/pack.h"

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace mayfly::cli {

// A source as the command line names it.
struct SourceWords {
  enum Kind : uint8_t { directory, file, archive } kind;
  std::string host;       // a path here
  std::string name;       // the guest path as it was written
  image::GuestPath guest; // the same, taken apart
};

// Files of the user's layers, top to bottom.
struct LayerFiles {
  std::vector<std::string> above, below;
};

// From the values of --layer, in their order: "vfs" names the place of the filesystem, which is below all
// others when it is not named. Errors are usage errors.
std::expected<LayerFiles, Failure> parse_layers(const std::vector<std::string> &values);

// A command line with its meaning checked: what the library takes, and what is done on this side of it.
struct PackSettings {
  PackOptions pack;                 // without name, layers and callbacks
  std::vector<SourceWords> sources; // in the order of the command line: later ones overlay earlier ones
  LayerFiles layers;                // --layer
  // --host-dir when the module is run: the name that it knows, and the directory here.
  std::vector<std::pair<std::string, std::string>> host_paths;
  std::vector<std::string> exclude; // --exclude
  bool optimize = false;
};

// The raw words of a command line, and the options that read them.
class PackArguments {
public:
  // Declares the options on `command`, which this must outlive. `runs`: the module is started at once, so
  // that
  // --host-dir says which directory is meant.
  void add_to(CLI::App &command, bool runs = false);

  // After parsing. Errors are usage errors that name the option.
  std::expected<PackSettings, Failure> read() const;

  // The first option given (of those of add_to) that has no meaning for a module that is packed already, or
  // "".
  // (--env, --arg and --host-dir have: they are for the run; --glue tells names.) `but`: neither has this
  // one.
  std::string first_that_packs(std::string_view but = "") const;

private:
  std::expected<void, Failure> read_glue(PackSettings &settings) const;
  std::expected<void, Failure> read_sources(PackSettings &settings) const;
  std::expected<void, Failure> read_preopens(PackSettings &settings) const;
  std::expected<void, Failure> read_limits(PackSettings &settings) const;
  std::expected<void, Failure> read_identity(PackSettings &settings) const;
  std::expected<void, Failure> read_world(PackSettings &settings) const;
  std::expected<void, Failure> read_cuts(PackSettings &settings) const;

  const CLI::App *command_ = nullptr;
  bool runs_ = false;
  std::vector<const CLI::Option *> own_;
  std::vector<std::string> layers_;
  std::vector<std::string> dirs_, files_, tars_, exclude_, preopens_, host_dirs_, env_, args_, stubs_, denied_;
  std::string stdio_, user_, owner_, umask_, max_bytes_, max_inodes_, max_fds_, seed_, glue_, clock_;
  bool isolate_ = false, no_root_ = false, read_only_ = false, hermetic_ = false, optimize_ = false,
       keep_unused_ = false;
};

} // namespace mayfly::cli
