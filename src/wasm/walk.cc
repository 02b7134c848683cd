// The cold paths of the instruction walk, and value types.
#include "wasm/walk.h"

#include <algorithm>

#include "wasm/unknown.h"

namespace mayfly::wasm {

const char *space_name(Space space) {
  switch (space) {
  case Space::type:
    return "type";
  case Space::func:
    return "function";
  case Space::table:
    return "table";
  case Space::memory:
    return "memory";
  case Space::global:
    return "global";
  case Space::tag:
    return "tag";
  case Space::element:
    return "element segment";
  case Space::data:
    return "data segment";
  case Space::local:
    return "local";
  case Space::label:
    return "label";
  case Space::field:
    return "field";
  }
  return "index";
}

// Abstract heap types are negative one-byte numbers: 0x69 exn … 0x74 noexn as s33.
void read_heap_type(Cursor &c, int64_t &heap) {
  const uint8_t *at = c.pos();
  heap = c.s33();
  if (!c.ok() || heap >= 0) return;
  int64_t code = heap & 0x7f;
  bool known = heap >= -64 && ((code >= 0x69 && code <= 0x74));
  if (!known) c.fail(at, unknown_text(Encoding::heap_type, static_cast<uint32_t>(code)));
}

ValType read_val_type(Cursor &c) {
  const uint8_t *at = c.pos();
  ValType t{c.byte()};
  if (!c.ok()) return t;
  if (t.code == 0x63 || t.code == 0x64) {
    read_heap_type(c, t.heap);
    return t;
  }
  bool known = t.numeric() || (t.code >= 0x69 && t.code <= 0x74);
  if (!known) c.fail(at, unknown_text(Encoding::value_type, t.code));
  return t;
}

uint32_t read_locals(Cursor &c) {
  const uint8_t *at = c.pos();
  uint32_t groups = c.count("local declarations", 2);
  uint64_t total = 0;
  for (uint32_t i = 0; i < groups && c.ok(); ++i) {
    total += c.u32();
    read_val_type(c);
  }
  if (c.ok() && total > 50000) {
    c.fail(at, "a function declares " + std::to_string(total) + " locals; engines allow 50000");
    return 0;
  }
  return static_cast<uint32_t>(total);
}

namespace detail {

std::vector<size_t> split_bodies(const Module &m, size_t parts) {
  uint64_t total = 0, done = 0;
  for (const Code &code : m.code) total += code.body.size();
  std::vector<size_t> bounds{0};
  for (size_t i = 0; i < m.code.size(); ++i) {
    while (bounds.size() < parts && done >= total / parts * bounds.size()) bounds.push_back(i);
    done += m.code[i].body.size();
  }
  bounds.resize(parts + 1, m.code.size());
  return bounds;
}

void unknown_opcode(Cursor &c, const uint8_t *instr, uint8_t prefix, uint32_t sub) {
  c.fail(instr, unknown_instruction_text(prefix, sub));
}

} // namespace detail

void IndexCheck::out_of_range(Space space, const uint8_t *instr, uint32_t value) {
  if (space == Space::data && !module.data_count) {
    c.fail(instr, "an instruction names a data segment, but the module has no data count section");
    return;
  }
  c.fail(instr, std::string(space_name(space)) + " " + std::to_string(value) + " does not exist");
}

size_t walk_parts(const Module &m, size_t processors) {
  constexpr uint64_t kBytesMin = 256 << 10;
  uint64_t total = 0;
  for (const Code &code : m.code) total += code.body.size();
  return std::clamp<uint64_t>(total / kBytesMin, 1, std::max<size_t>(processors, 1));
}

} // namespace mayfly::wasm
