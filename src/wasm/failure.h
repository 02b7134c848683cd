// What is wrong with a module, as a failure: the file, the section and the place, as far as they are known.
#pragma once
#include <string>

#include "base/failure.h"
#include "wasm/error.h"

namespace mayfly {

Failure failure_of(const std::string &file, const wasm::Error &error);

} // namespace mayfly
