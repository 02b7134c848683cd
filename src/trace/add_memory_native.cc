#include "trace/add_memory_native.h"

#include <utility>

#include "wasm/cursor.h"

namespace mayfly::trace {
namespace {

using wasm::Buffer;

void section(Buffer &out, uint8_t id, const Buffer &payload) {
  out.u8(id).leb(payload.size());
  out.append(payload);
}

// Whether a section of number `id` stands behind the memory section (with `behind_exports`: behind the export
// section).
bool is_behind(uint8_t id, bool behind_exports) {
  switch (id) {
  case wasm::section_tag:
  case wasm::section_global:
  case wasm::section_export:
    return !behind_exports;
  case wasm::section_start:
  case wasm::section_element:
  case wasm::section_data_count:
  case wasm::section_code:
  case wasm::section_data:
    return true;
  default:
    return false;
  }
}

} // namespace

std::vector<uint8_t> with_memory(const wasm::Module &m) {
  Buffer memory, entry;
  memory.leb(1).u8(0).leb(1); // one memory of at least one page
  entry.name("memory").u8(2).leb(0);

  Buffer out;
  out.append(m.file.first(8));
  bool has_exports = m.section(wasm::section_export), memory_done = false, exports_done = false;
  auto add_exports = [&](uint32_t count, wasm::Bytes others) {
    Buffer exports;
    exports.leb(count + 1);
    exports.append(others);
    exports.append(entry);
    section(out, wasm::section_export, exports);
    exports_done = true;
  };
  for (const wasm::Section &s : m.sections) {
    if (!memory_done && is_behind(s.id, false)) {
      section(out, wasm::section_memory, memory);
      memory_done = true;
    }
    if (!exports_done && !has_exports && is_behind(s.id, true)) add_exports(0, {});
    if (s.id == wasm::section_export) {
      wasm::Cursor c(m.file, s.payload.begin, s.payload.end, "export");
      uint32_t count = c.u32();
      add_exports(count, m.file.subspan(c.offset(), s.payload.end - c.offset()));
    } else {
      out.append(m.file.subspan(s.header, s.payload.end - s.header));
    }
  }
  if (!memory_done) section(out, wasm::section_memory, memory);
  if (!exports_done) add_exports(0, {});
  return std::move(out.bytes);
}

} // namespace mayfly::trace
