// From which entries each imported function can be reached.
#pragma once
#include "inspect/inspect.h"
#include "inspect/scan.h"

namespace mayfly::inspect {

// Fills entries, functions_reachable, entries_merged, and of each import reachable, from, chain and callers.
// `facts.imports` is in the module's order.
void find_reachable(ModuleFacts &facts, const wasm::Module &, const CallGraph &);

// By function: whether the start function, an export, or what tables and globals give out can lead to it.
std::vector<bool> reached_functions(const wasm::Module &, const CallGraph &);

} // namespace mayfly::inspect
