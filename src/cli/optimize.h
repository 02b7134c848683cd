// The last step of `pack -O`: Binaryen's wasm-opt, when the machine has it.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "cli/report.h"
#include "pack/pack.h"

namespace mayfly::cli {

// `module` through `wasm-opt -O2`. Errors: wasm-opt is not on PATH; what it said.
std::expected<std::vector<uint8_t>, Failure> optimize(std::span<const uint8_t> module, Placement placement);

// The same for what a pack made, its report with it.
std::expected<void, Failure> optimize(Packed &packed, Progress &progress);

} // namespace mayfly::cli
