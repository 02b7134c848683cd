#include "wasm/failure.h"

#include <cstdio>

namespace mayfly {

Failure failure_of(const std::string &file, const wasm::Error &error) {
  std::string where = file;
  if (!error.section.empty()) where += ": " + error.section + " section";
  if (error.offset != wasm::Error::no_offset) {
    char place[32];
    std::snprintf(place, sizeof place, " at 0x%llx", static_cast<unsigned long long>(error.offset));
    where += place;
  }
  return {where, error.message, ""};
}

} // namespace mayfly
