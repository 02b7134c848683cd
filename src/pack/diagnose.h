// What is this module, and what can a pack do for it? This is decided from the module alone, while the
// sources are read on another thread (pack.cc).
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/failure.h"
#include "inspect/inspect.h"
#include "pack/pack.h"
#include "wasm/module.h"

namespace mayfly {

struct Diagnosis {
  inspect::Platform platform = inspect::Platform::bare;
  bool opens_files = true;           // false: no call of the module can get at a file; nothing is virtualized
  std::vector<uint32_t> unused;      // link::Options::unused
  std::vector<std::string> unserved; // link::Options::unserved
  std::vector<std::string> notes;    // PackReport::notes
  std::vector<std::string> asides;   // PackReport::asides
};

// A failure says why a pack would do harm: the output would run, and not find its files.
std::expected<Diagnosis, Failure> diagnose(const wasm::Module &, const PackOptions &);

} // namespace mayfly
