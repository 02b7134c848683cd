// Which platform's ABI a module speaks, and what each of its imports means there.
#pragma once
#include "inspect/inspect.h"

namespace mayfly::inspect {

// Fills facts.platform, platform_detail, shape, entry, threads.spawns.
void find_platform(ModuleFacts &facts, const wasm::Module &);
// Fills origin, group and meaning of an import from module, field (or name) and the platform. Again after
// names were recovered.
void explain(ImportFacts &import, Platform platform);
// platform_detail of Emscripten modules, from the system calls that the imports name.
void find_emscripten_generation(ModuleFacts &facts);

} // namespace mayfly::inspect
