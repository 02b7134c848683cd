// Components: their interfaces by name, and where their core modules lie.
#pragma once
#include "inspect/inspect.h"

namespace mayfly::inspect {

// Whether the preamble is a component's.
bool is_component(wasm::Bytes file);
// Reads the outermost component; nested ones only for their modules.
std::expected<ComponentFacts, wasm::Error> read_component(wasm::Bytes file);
// Facts of one core module: `file` is its bytes alone.
std::expected<ModuleFacts, wasm::Error> read_module_facts(wasm::Bytes file);

} // namespace mayfly::inspect
