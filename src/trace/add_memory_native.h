// A memory for modules that have none: a line has to lie somewhere when the host is asked to print it.
#pragma once
#include <cstdint>
#include <vector>

#include "wasm/module.h"

namespace mayfly::trace {

// The same module with a memory of one page, exported as "memory". Precondition: it has no memory, and no
// export of that name.
std::vector<uint8_t> with_memory(const wasm::Module &);

} // namespace mayfly::trace
