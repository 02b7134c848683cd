// SHA-256 (FIPS 180-4) without a library, for builds that have none: the pack library in a browser. Where a
// library with the processor's instructions is at hand, as in the command line, it takes this function's
// place.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace mayfly::image {

using Sha256 = std::array<uint8_t, 32>;
Sha256 sha256_of(std::span<const uint8_t> bytes);

} // namespace mayfly::image
