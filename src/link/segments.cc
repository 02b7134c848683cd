// Cuts the layer's static data and the region into data segments, leaving out zeros.
//
// A region is mostly empty pages, and fresh memory is zero, so only the runs between long
// stretches of zeros are stored. A segment costs up to 11 bytes of header (more as a
// memory.init in a start function) and an engine's bookkeeping, so short stretches stay in.
// When a fragmented region would give more than `segments_max`, the stretch that cuts is doubled
// until it does not: engines limit the number (V8 to 100,000, wizer to 10,000).
#include "link/plan.h"

#include <cstring>

namespace mayfly::link {

namespace {

constexpr size_t segments_max = 10000;
constexpr size_t first_stretch = 64;

// Index of the first byte at or after `i` that is zero (or not zero), or the size.
size_t find_nonzero(wasm::Bytes b, size_t i) {
  for (; i % 8 && i < b.size(); ++i)
    if (b[i]) return i;
  for (; i + 8 <= b.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, b.data() + i, 8);
    if (word) break;
  }
  while (i < b.size() && !b[i]) ++i;
  return i;
}

void cut(std::vector<Run> &runs, wasm::Bytes bytes, uint32_t at, size_t stretch) {
  size_t begin = find_nonzero(bytes, 0);
  while (begin < bytes.size()) {
    size_t end = begin, next = begin;
    for (;;) {
      while (next < bytes.size() && bytes[next]) ++next;
      end = next;
      next = find_nonzero(bytes, end);
      if (next == bytes.size() || next - end > stretch) break;
    }
    runs.push_back({static_cast<uint32_t>(at + begin), bytes.subspan(begin, end - begin)});
    begin = next;
  }
}

} // namespace

void cut_runs(Plan &plan) {
  for (size_t stretch = first_stretch;; stretch *= 2) {
    plan.runs.clear();
    for (const Layer::Data &d : plan.layer.data)
      cut(plan.runs, plan.layer.module.file.subspan(d.bytes.begin, d.bytes.size()), d.offset, stretch);
    cut(plan.runs, plan.config(), plan.config_at, stretch);
    size_t layer_runs = plan.runs.size();
    cut(plan.runs, plan.region(), plan.area_bytes, stretch);
    if (plan.runs.size() > segments_max && stretch < plan.region().size()) continue;
    plan.report.region_bytes = 0;
    for (size_t i = layer_runs; i < plan.runs.size(); ++i)
      plan.report.region_bytes += plan.runs[i].bytes.size();
    return;
  }
}

} // namespace mayfly::link
