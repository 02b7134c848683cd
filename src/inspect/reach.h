// From which entries each imported function can be reached.
#pragma once
#include "inspect/inspect.h"
#include "inspect/scan.h"

namespace mayfly::inspect {

// Fills entries, functions_reachable, entries_merged, and of each import reachable, from, chain and callers.
// `facts.imports` is in the module's order.
void find_reachable(ModuleFacts &facts, const wasm::Module &, const CallGraph &);

} // namespace mayfly::inspect
