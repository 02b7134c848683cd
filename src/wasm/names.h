// The name section: reading it for reports, and carrying it through a renumbering.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wasm/module.h"

namespace mayfly::wasm {

// Names of functions by index, as the module's name section gives them; empty when there is no
// such section or it is malformed (names are advice, never an error).
std::vector<std::pair<uint32_t, std::string_view>> function_names(const Module &module);

struct NameChanges {
  static constexpr uint32_t removed = ~0u;
  // New indices of functions 0 … size-1, or `removed`; the others keep theirs.
  std::span<const uint32_t> functions;
  // Names to add, by new index, ascending.
  std::vector<std::pair<uint32_t, std::string>> added_functions, added_globals, added_memories;
};

// The content of a name section (after the custom section's own name) under `changes`.
// Nothing when the section is malformed.
std::optional<Buffer> change_names(const Module &module, const Section &names, const NameChanges &changes);

} // namespace mayfly::wasm
