// "Did you mean": the nearest of the words that are known.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace mayfly {

// The candidate with the smallest edit distance to `word`, if that is at most a third of its
// length (and at least 1 is always allowed); else an empty string. Transposed letters count 1.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

} // namespace mayfly
