// PackOptions::stubs and denied: calls that shall not reach the host, and what answers in its place.
#pragma once
#include <expected>
#include <string>
#include <vector>

#include "base/failure.h"
#include "link/link.h"
#include "pack/pack.h"
#include "wasm/module.h"

namespace mayfly {

// MODULE.NAME=trap|zero|errno:E, as --stub takes it. Errors are usage errors that name the option.
std::expected<Stub, Failure> parse_stub(const std::string &text);
std::expected<void, Failure> check_group(const std::string &name);

// What messages call it.
std::string stub_text(const Stub &stub);

// The stubs for this module's imports: a --stub of its own before the --deny of its group. A
// denied call answers EPERM in the manner of its interface, or traps where it has no way to say so.
// A --stub of what the module does not import is an error with the nearest name.
std::expected<std::vector<link::Stub>, Failure> stubs_for(const wasm::Module &, const PackOptions &);

} // namespace mayfly
