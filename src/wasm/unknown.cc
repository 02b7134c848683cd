#include "wasm/unknown.h"

#include "wasm/cursor.h"

namespace mayfly::wasm {
namespace {

constexpr const char *kStacks = "stack switching", *kShared = "shared-everything threads",
                     *kDescriptors = "custom descriptors", *kStrings = "reference-typed strings";

struct Row {
  Encoding encoding;
  uint32_t from, to;
  const char *proposal;
};
constexpr Row kRows[] = {
    {Encoding::type_form, 0x5d, 0x5d, kStacks},
    {Encoding::type_form, 0x65, 0x65, kShared},
    {Encoding::type_form, 0x4c, 0x4d, kDescriptors},
    {Encoding::value_type, 0x68, 0x68, kStacks},
    {Encoding::value_type, 0x75, 0x75, kStacks},
    {Encoding::value_type, 0x60, 0x61, kStrings},
    {Encoding::value_type, 0x66, 0x67, kStrings},
    {Encoding::heap_type, 0x68, 0x68, kStacks},
    {Encoding::heap_type, 0x75, 0x75, kStacks},
    {Encoding::heap_type, 0x60, 0x61, kStrings},
    {Encoding::heap_type, 0x66, 0x67, kStrings},
    {Encoding::heap_type, 0x65, 0x65, kShared},
    {Encoding::heap_type, 0x62, 0x62, kDescriptors},
    {Encoding::import_kind, 0x20, 0x20, kDescriptors},
    {Encoding::import_kind, 0x7e, 0x7f, "compact import section"},
    {Encoding::section, 14, 14, kStrings},
    {Encoding::mutability, 2, 3, kShared},
};

struct Instructions {
  uint8_t prefix;
  uint32_t from, to;
  const char *proposal;
};
constexpr Instructions kInstructions[] = {
    {0, 0xe0, 0xe6, kStacks},
    {0xfb, 0x20, 0x26, kDescriptors},
    {0xfb, 0x80, 0xb7, kStrings},
    {0xfc, 0x12, 0x12, "memory control"},
    {0xfd, 0x120, 0x14f, "half precision"},
    {0xfe, 0x04, 0x04, kShared},
    {0xfe, 0x4f, 0x73, kShared},
};

const char *what(Encoding encoding) {
  switch (encoding) {
  case Encoding::type_form:
    return "unknown form of type ";
  case Encoding::value_type:
    return "unknown value type ";
  case Encoding::heap_type:
    return "unknown heap type ";
  case Encoding::import_kind:
    return "unknown kind of import ";
  case Encoding::section:
    return "unknown section id ";
  case Encoding::mutability:
    return "unknown mutability flags ";
  }
  return "";
}

std::string of(const char *proposal) {
  return std::string(": it is of the ") + proposal + " proposal, which this version does not know";
}

} // namespace

std::string unknown_text(Encoding encoding, uint32_t code) {
  std::string text = what(encoding) + (encoding == Encoding::section ? std::to_string(code) : hex(code));
  for (const Row &row : kRows)
    if (row.encoding == encoding && code >= row.from && code <= row.to) return text + of(row.proposal);
  return encoding == Encoding::section ? text + ": the file is corrupt or uses a future proposal" : text;
}

std::string unknown_instruction_text(uint8_t prefix, uint32_t code) {
  std::string text = "unknown instruction " + (prefix ? hex(prefix) + " " : "") + hex(code);
  for (const Instructions &row : kInstructions)
    if (row.prefix == prefix && code >= row.from && code <= row.to) return text + of(row.proposal);
  return text + ": the module uses a proposal that this version does not know";
}

} // namespace mayfly::wasm
