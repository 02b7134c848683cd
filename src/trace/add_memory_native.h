// Adds a memory to modules that have none. The tracer needs it, because a line must lie in the module's
// memory when the host prints it.
#pragma once
#include <cstdint>
#include <vector>

#include "wasm/module.h"

namespace mayfly::trace {

// The same module with a memory of one page, exported as "memory". Precondition: it has no memory, and no
// export of that name.
std::vector<uint8_t> with_memory(const wasm::Module &);

} // namespace mayfly::trace
