// Which proposals beyond the first version of WebAssembly a module makes use of: what a
// runtime must support to run it. For `pack -v` and `inspect`.
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "wasm/module.h"

namespace mayfly::wasm {

// Names as the tool conventions and runtimes' flags write them, in the order of their standardization.
enum class Feature : uint8_t {
  mutable_globals,
  sign_ext,
  nontrapping_fptoint,
  multivalue,
  bulk_memory,
  reference_types,
  simd128,
  tail_call,
  extended_const,
  relaxed_simd,
  legacy_exceptions,
  exception_handling,
  threads,
  multimemory,
  memory64,
  typed_references,
  gc,
  custom_page_sizes,
  wide_arithmetic,
};
constexpr unsigned feature_count = 19;
std::string_view feature_name(Feature feature);

// Reads all code once (about 10 ms per megabyte at most). Errors as the walk gives them.
std::expected<std::vector<Feature>, Error> features_used(const Module &module);

} // namespace mayfly::wasm
