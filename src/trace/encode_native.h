// From the options and the functions to trace to the trace layer's config block. Native only.
#pragma once
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/options.h"

namespace mayfly::trace {

struct Encoded {
  std::vector<uint8_t> config;  // the i-th call of the block is the i-th function
  std::vector<std::string> off; // optional functions of the layer that nothing here needs
};

// Whether -y must see the function, because it makes, names, moves or closes descriptors.
bool follows_descriptors(std::string_view module, std::string_view field);
// Whether the layer prints the function by what its arguments mean; else as raw values.
bool is_described(const Function &);
// Whether a fault can be injected: the function answers with an errno.
bool can_fail(const Function &);

// Functions whose types are not those of the table are printed raw. Deterministic.
// Errors (a sentence): string_max or list_max too large, a path that is too long, a summary with JSON or
// Chrome, a fault for a function that cannot fail or with an error that has no number, a block of over 16
// MiB.
std::expected<Encoded, std::string> encode(const Options &, std::span<const Function>);

} // namespace mayfly::trace
