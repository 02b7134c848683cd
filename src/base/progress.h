// Where a long work says how far it is.
#pragma once
#include <cstdint>
#include <string>

namespace mayfly {

class Progress {
public:
  virtual ~Progress() = default;
  // Starts a phase; `total` 0: not known.
  virtual void phase(std::string name, uint64_t total = 0) = 0;
  // Cheap enough for every file.
  virtual void at(uint64_t done) = 0;
};

} // namespace mayfly
