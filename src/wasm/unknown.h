// Names the proposal of an encoding that this version cannot read. A linker must not guess what follows an
// unknown byte, so such a module is refused. The name of the proposal tells its owner which feature to
// switch off.
#pragma once
#include <cstdint>
#include <string>

namespace mayfly::wasm {

enum class Encoding : uint8_t { type_form, value_type, heap_type, import_kind, section, mutability };

// "unknown form of type 0x5d: it is of the stack switching proposal, which this version does not know".
// Without the second half when no proposal is known to use `code`.
std::string unknown_text(Encoding encoding, uint32_t code);

// The same for an instruction; `prefix` is 0 or 0xfb to 0xfe.
std::string unknown_instruction_text(uint8_t prefix, uint32_t code);

} // namespace mayfly::wasm
