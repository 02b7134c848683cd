// Who made a module: what it says itself, and what gives it away.
#pragma once
#include "inspect/inspect.h"

namespace mayfly::inspect {

// The producers section's entries; empty when there is none or it is malformed.
std::vector<Tool> producers_in(wasm::Bytes file, uint32_t begin, uint32_t end);
// Was this module made by a pack? (Its producers section says so.)
bool is_packed(const wasm::Module &);
// Fills facts.toolchain, has_names and has_debug_info. Needs facts.platform.
void find_toolchain(ModuleFacts &facts, const wasm::Module &,
                    const std::vector<std::pair<uint32_t, std::string_view>> &names);

} // namespace mayfly::inspect
