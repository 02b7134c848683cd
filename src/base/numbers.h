// Numbers in the words of a command line.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace mayfly {

// "4096", "64K": whole numbers with an optional K, M, G or T (powers of 1,024).
std::optional<uint64_t> parse_size(std::string_view text);
// A whole decimal number up to `max`.
std::optional<uint64_t> parse_number(std::string_view text, uint64_t max);

} // namespace mayfly
