// The linker's phases, in order. Each is a file with its reasons; the state they share is plan.h.
#include "link/link.h"

#include "link/plan.h"

#include <algorithm>

namespace mayfly::link {

namespace {

// Nothing of the layer is reached, and no import was cut: the output is the input.
bool adds_nothing(const Plan &plan) {
  return !plan.reached && plan.options.keep_names &&
         std::ranges::all_of(plan.import_kept, [](bool kept) { return kept; });
}

} // namespace

std::expected<std::vector<uint8_t>, wasm::Error> link(std::span<const uint8_t> app, const Options &options,
                                                      Report &report) {
  report = {};
  auto module = wasm::read_module(app);
  if (!module) return std::unexpected(module.error());
  auto layer = read_layer(options.layer, !options.layer_name.empty());
  if (!layer) return std::unexpected(layer.error());

  Plan plan{options, report, std::move(*module), std::move(*layer)};

  // What needs no numbers: whose memory is whose, what the code names, who serves what,
  // and what of the layer that reaches.
  for (auto phase : {choose_placement, prepare_hooks, scan_app, resolve, shake, bind_imports})
    if (Status s = phase(plan); !s) return std::unexpected(s.error());
  // From here the imports of the output are final.

  if (adds_nothing(plan)) {
    report.output_bytes = app.size();
    report.memory_min_after = report.memory_min_before;
    return std::vector<uint8_t>(app.begin(), app.end());
  }

  if (Status s = lay_out(plan); !s) return std::unexpected(s.error());
  // From here every address is final.

  cut_runs(plan);
  merge_app_data(plan);
  if (Status s = number(plan); !s) return std::unexpected(s.error());
  // From here every index of the output is final.

  synthesize(plan);
  if (Status s = rewrite_layer(plan); !s) return std::unexpected(s.error());
  rewrite_app(plan);
  auto out = emit(plan);
  if (out && !report.dropped_sections.empty())
    report.notes.push_back("debug information was dropped: its code offsets no longer hold (" +
                           std::to_string(report.dropped_sections.size()) + " sections)");
  return out;
}

} // namespace mayfly::link
