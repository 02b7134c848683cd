// The custom section "mayfly.calls": which functions of a packed module answer which calls, so
// that a tracer finds them after the imports are gone.
//
//     u32 version (1), u32 size of the code section, u32 number of functions, then a vector of
//     { name module, name field, u32 function, u32 level }        all numbers LEB128
//
// Level 0 is what the application calls; layers that lie deeper have higher ones. Tools
// that renumber functions do not know this section: the two sizes tell when it no longer holds.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "wasm/module.h"

namespace mayfly::link {

constexpr std::string_view calls_section = "mayfly.calls";

struct Call {
  std::string_view module, field;
  uint32_t func = 0; // function index
  uint32_t level = 0;
};

enum class CallsState : uint8_t { absent, stale, valid };
struct Calls {
  CallsState state = CallsState::absent;
  std::vector<Call> calls; // only when valid
};

// Never an error: what cannot be read is stale.
Calls read_calls(const wasm::Module &module);

wasm::Buffer encode_calls(const std::vector<Call> &calls, uint64_t code_bytes, uint64_t functions);

} // namespace mayfly::link
