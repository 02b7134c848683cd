// Which platform's ABI a module speaks, and what each of its imports means there.
#pragma once
#include "inspect/inspect.h"

namespace mayfly::inspect {

// Every command uses this one rule. If a module has imports of several platforms, the answer is the
// platform that decides what a pack can do with the module.
Platform platform_of(const wasm::Module &);

// A module with a dylink section is laid out in memory when it is loaded, by a program's own loader.
enum class Linking : uint8_t {
  alone,   // an ordinary module
  main,    // the main program of dynamic linking: it loads libraries, its memory is made by JavaScript
  library, // a library that some main program loads
};
Linking linking_of(const wasm::Module &);

// Fills facts.platform, platform_detail, shape, entry, threads.spawns.
void find_platform(ModuleFacts &facts, const wasm::Module &);
// Fills origin, group and meaning of an import from module, field (or name) and the platform. Again after
// names were recovered.
void explain(ImportFacts &import, Platform platform);
// platform_detail of Emscripten modules, from the system calls that the imports name.
void find_emscripten_generation(ModuleFacts &facts);

} // namespace mayfly::inspect
