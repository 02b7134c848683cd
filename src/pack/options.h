// What can be said about a pack.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "image/region.h"
#include "link/link.h"
#include "pack/cut.h"
#include "pack/user_layers.h"

namespace mayfly::cli {

struct Source {
  enum Kind : uint8_t { directory, file, archive } kind;
  std::string host;       // a path here
  std::string name;       // the guest path as it was written
  image::GuestPath guest; // the same, taken apart
};

// Where the times of files come from (--clock).
enum class Clock : uint8_t {
  automatic, // the host for a program that can change files and look at their times; else what the program
             // has
  host,      // the host, and its clock_time_get is imported
  counter,   // the counter, for the program's own looks at the clock as well: the host's clock is never asked
};

// Options with their meaning checked. Defaults are the command line's.
struct PackOptions {
  std::vector<Source> sources; // in the order of the command line: later ones overlay earlier ones
  image::RegionOptions region; // args and env without the program's name
  image::Owner owner;          // of packed files
  link::Placement placement = link::Placement::shared;
  bool host_dirs = false; // some --host-dir was given: every WASI function may reach the host
  Clock clock = Clock::automatic;
  // --host-dir when the module is run: the name that it knows, and the directory here.
  std::vector<std::pair<std::string, std::string>> host_paths;
  bool optimize = false;
  UserLayers layers;        // --layer
  CutOptions cut;           // --stub, --deny
  bool keep_unused = false; // imports that nothing reaches stay
  std::string glue;         // name of Emscripten's JavaScript of the module; empty: none was given
  std::string glue_text;    // and what is in it
  int64_t time_ns = 0;      // SOURCE_DATE_EPOCH, else 0: directories that nobody brought, hermetic clock
  std::optional<int64_t> mtime_ns_max; // SOURCE_DATE_EPOCH: later times become this one
};

} // namespace mayfly::cli
