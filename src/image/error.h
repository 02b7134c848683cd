// What went wrong with an input of a pack: a host file, an archive entry, an option.
#pragma once
#include <string>

namespace mayfly::image {

struct Error {
  std::string where;   // host path, "ARCHIVE: entry NAME", or option; never empty
  std::string message; // what was found; no trailing period
  std::string hint;    // what to do instead; may be empty
};

} // namespace mayfly::image
