// --stub and --deny: calls that shall not reach the host, and what answers in its place.
#pragma once
#include <expected>
#include <string>
#include <vector>

#include "base/failure.h"
#include "link/link.h"
#include "wasm/module.h"

namespace mayfly::cli {

// --stub MODULE.NAME=trap|zero|errno:E
struct StubOption {
  std::string text; // as it was given, for messages
  std::string module, field;
  enum Answer : uint8_t { trap, zero, error } answer = zero;
  int error_number = 0; // WASI's
  std::string error_name;
};

struct CutOptions {
  std::vector<StubOption> stubs;
  std::vector<std::string> denied; // groups of the ABI table, and "all"
  bool any() const { return !stubs.empty() || !denied.empty(); }
};

// Errors are usage errors that name the option.
std::expected<StubOption, Failure> parse_stub(const std::string &text);
std::expected<void, Failure> check_group(const std::string &name);

// The stubs for this module's imports: a --stub of its own before the --deny of its group. A
// denied call answers EPERM in the manner of its interface, or traps where it has no way to say so.
// A --stub of what the module does not import is an error with the nearest name.
std::expected<std::vector<link::Stub>, Failure> stubs_for(const wasm::Module &, const CutOptions &);

} // namespace mayfly::cli
