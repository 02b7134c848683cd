// What a person can say about a pack, on the command lines of pack and run.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/numbers.h"
#include "cli/report.h"
#include "pack/options.h"

namespace CLI {
class App;
class Option;
}

namespace mayfly::cli {

// The raw words of a command line, and the options that read them.
class PackArguments {
public:
  // Declares the options on `command`, which this must outlive. `runs`: the module is started at once, so that
  // --host-dir says which directory is meant.
  void add_to(CLI::App &command, bool runs = false);

  // After parsing. Errors are usage errors that name the option.
  std::expected<PackOptions, Failure> read() const;

  // The first option given (of those of add_to) that has no meaning for a module that is packed already, or "".
  // (--env, --arg and --host-dir have: they are for the run; --glue tells names.) `but`: neither has this one.
  std::string first_that_packs(std::string_view but = "") const;

private:
  std::expected<void, Failure> read_glue(PackOptions &options) const;
  std::expected<void, Failure> read_sources(PackOptions &options) const;
  std::expected<void, Failure> read_preopens(PackOptions &options) const;
  std::expected<void, Failure> read_limits(PackOptions &options) const;
  std::expected<void, Failure> read_identity(PackOptions &options) const;
  std::expected<void, Failure> read_world(PackOptions &options) const;
  std::expected<void, Failure> read_cuts(PackOptions &options) const;

  const CLI::App *command_ = nullptr;
  bool runs_ = false;
  std::vector<const CLI::Option *> own_;
  std::vector<std::string> layers_;
  std::vector<std::string> dirs_, files_, tars_, preopens_, host_dirs_, env_, args_, stubs_, denied_;
  std::string stdio_, user_, owner_, umask_, max_bytes_, max_inodes_, max_fds_, seed_, glue_, clock_;
  bool isolate_ = false, no_root_ = false, read_only_ = false, hermetic_ = false, optimize_ = false, keep_unused_ = false;
};

} // namespace mayfly::cli
