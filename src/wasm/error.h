// What went wrong with a wasm module, and where.
#pragma once
#include <cstdint>
#include <string>

namespace mayfly::wasm {

struct Error {
  static constexpr uint64_t no_offset = ~uint64_t{0};
  std::string message;         // what was found, what was expected, and the way out; no trailing period
  uint64_t offset = no_offset; // byte offset in the input file; printed in hex
  std::string section;         // "code", "import", …; empty when none
};

} // namespace mayfly::wasm
