#include "base/suggest.h"

#include <algorithm>
#include <vector>

namespace mayfly {
namespace {

// Optimal string alignment distance, three rows at a time.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); j++) last[j] = j;
  for (size_t i = 1; i <= a.size(); i++) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); j++) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

} // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  size_t limit = std::max<size_t>(1, word.size() / 3);
  if (word.size() > 64) return best;
  for (const std::string &candidate : candidates) {
    size_t d = distance(word, candidate);
    if (d > limit || (!best.empty() && d == limit)) continue;
    limit = d;
    best = candidate;
  }
  return best;
}

} // namespace mayfly
