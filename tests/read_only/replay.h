// A random program of WASI calls over a read-only filesystem, told as text: every call, its answer, and the
// application's memory afterwards. `after` takes the region as the program left it. Compiled twice (CMakeLists.txt): by the whole core, and by the one without
// writes.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace mayfly {

std::string replay(const std::vector<uint8_t> &region, const std::vector<uint8_t> &content, uint64_t seed,
                   int calls, std::vector<uint8_t> *after = nullptr);

} // namespace mayfly
