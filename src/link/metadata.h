// The custom sections that say how a module came to be.
#pragma once
#include <string_view>

#include "link/plan.h"

namespace mayfly::link {

// A custom section whose byte offsets no longer hold after a link, so it is dropped.
bool holds_offsets(std::string_view custom_section);

// The content (after the section's name) of the output's `producers`, with this tool among
// those that processed the module. `section` is the application's, or null.
wasm::Buffer producers(const Plan &plan, const wasm::Section *section);

// The content of the output's `target_features`: the application's, and what the link brings in.
wasm::Buffer target_features(const Plan &plan, const wasm::Section &section);

} // namespace mayfly::link
