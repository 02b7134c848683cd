// Whether a runtime can run a module at all: are there imports that no runtime offers?
#pragma once
#include <expected>
#include <string>

#include "base/failure.h"
#include "wasm/module.h"

namespace mayfly::cli {

// An error names the imports that are missing. `app` is what messages call the module. Memories are not asked
// for: JavaScript runtimes make those that a module imports.
std::expected<void, Failure> check_runnable(const std::string &app, const wasm::Module &);

} // namespace mayfly::cli
