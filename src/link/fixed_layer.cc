// Reads what a layer of any toolchain has and a position-independent one has not: a memory of
// its own from address 0, tables, segments of both kinds, and functions to run at the start.
//
// A layer without a dylink.0 section is such a layer. As in layer.cc, all that the later phases rely
// on is checked here: they meet no offset that is not a constant, no segment outside of the memory.
#include "link/layer.h"

#include <algorithm>

#include "wasm/walk.h"

namespace mayfly::link {

using wasm::Cursor;
using wasm::Error;
using wasm::Kind;

namespace {

using Status = std::expected<void, Error>;

constexpr uint32_t pages_max = 16384;  // 1 GiB
constexpr uint32_t reserve_max = 1024; // 64 MiB

std::unexpected<Error> refuse(std::string message, uint64_t offset = Error::no_offset) {
  return std::unexpected(Error{"the layer module " + std::move(message), offset, ""});
}

// A declared maximum is room that the layer may grow into; memory.grow of any other layer fails.
Status read_memory(Layer &layer) {
  if (layer.module.memories.empty()) return {};
  const wasm::Memory &m = layer.module.memories[0];
  uint64_t at = m.imported ? Error::no_offset : m.raw.begin;
  if (m.limits.min > pages_max)
    return refuse("has a memory of " + std::to_string(m.limits.min) + " pages; " + std::to_string(pages_max) +
                      " are the most for a layer",
                  at);
  layer.pages = static_cast<uint32_t>(m.limits.min);
  if (m.limits.max) layer.pages_max = static_cast<uint32_t>(*m.limits.max);
  layer.area_pages = layer.pages;
  if (layer.pages_max && *layer.pages_max > layer.pages)
    layer.area_pages = std::min(*layer.pages_max, layer.pages + reserve_max);
  layer.data_bytes = layer.area_pages << 16;
  return {};
}

// i32.const and end; nothing else says where a segment is before the module runs.
bool read_constant(Cursor &c, uint32_t &value) {
  if (c.byte() != 0x41) return false;
  value = static_cast<uint32_t>(c.s32());
  return c.byte() == 0x0b && c.ok();
}

Status read_segments(Layer &layer) {
  const wasm::Module &m = layer.module;
  uint64_t end = 0;
  for (const wasm::Data &d : m.data) {
    layer.passive.push_back(none);
    if (!d.active) {
      layer.passive.back() = static_cast<uint32_t>(layer.passive_bytes.size());
      layer.passive_bytes.push_back(d.bytes);
      continue;
    }
    Cursor c(m.file, d.offset.begin, d.offset.end, "data");
    uint32_t at = 0;
    if (!read_constant(c, at))
      return refuse("has a data segment whose place is not a number", d.offset.begin);
    if (uint64_t{at} + d.bytes.size() > uint64_t{layer.pages} << 16)
      return refuse("has a data segment outside its memory", d.offset.begin);
    // Zeros are left out of the output, so the order in which segments are written must not matter.
    if (d.bytes.size() && at < end)
      return refuse("has data segments that overlap or are not in ascending order", d.offset.begin);
    end = uint64_t{at} + d.bytes.size();
    layer.data.push_back({at, d.bytes});
  }
  return {};
}

Status read_tables(const Layer &layer) {
  const wasm::Module &m = layer.module;
  for (const wasm::Table &t : m.tables) {
    bool known = t.element.code == 0x70 || t.element.code == 0x6f;
    if (!known || t.limits.is64) return refuse("has a table of another kind than funcref or externref");
  }
  const wasm::Section *s = m.section(wasm::section_table);
  if (!s) return {};
  Cursor c(m.file, s->payload.begin, s->payload.end, "table");
  for (uint32_t n = c.u32(); n-- > 0 && c.ok();) {
    uint32_t at = c.offset();
    if (c.byte() == 0x40) return refuse("has a table with an initialiser", at);
    uint8_t flags = c.byte();
    for (int k = 0; k < 1 + (flags & 1); ++k) c.u64();
  }
  return {};
}

// One element as an expression: ref.func or ref.null.
bool read_reference(Cursor &c, uint32_t &func) {
  uint8_t op = c.byte();
  func = none;
  if (op == 0xd2)
    func = c.u32();
  else if (op == 0xd0)
    c.s33();
  else
    return false;
  return c.byte() == 0x0b && c.ok();
}

bool read_element(Cursor &c, Layer::Elements &e) {
  uint32_t flags = c.u32();
  e.active = !(flags & 1);
  e.declared = (flags & 3) == 3;
  if (e.active && (flags & 2)) e.table = c.u32();
  if (e.active && !read_constant(c, e.offset)) return false;
  bool expressions = flags & 4;
  if (flags & 3) {
    uint8_t kind = c.byte();
    if (expressions) e.type = kind;
  }
  if (e.type != 0x70 && e.type != 0x6f) return false;
  uint32_t n = c.count("elements");
  for (uint32_t i = 0; i < n && c.ok(); ++i) {
    uint32_t func = none;
    if (!expressions)
      func = c.u32();
    else if (!read_reference(c, func))
      return false;
    e.functions.push_back(func);
  }
  return c.ok();
}

Status read_elements(Layer &layer) {
  const wasm::Module &m = layer.module;
  const wasm::Section *s = m.section(wasm::section_element);
  if (!s) return {};
  Cursor c(m.file, s->payload.begin, s->payload.end, "element");
  for (uint32_t n = c.u32(); n-- > 0 && c.ok();) {
    uint32_t at = c.offset();
    Layer::Elements e;
    if (!read_element(c, e)) return refuse("has an element segment that is not a list of its functions", at);
    for (uint32_t func : e.functions)
      if (func != none && func < m.imported_funcs && layer.intrinsic[func] != Intrinsic::downcall)
        return refuse("has an intrinsic in a table", at);
    layer.elements.push_back(std::move(e));
  }
  return {};
}

Status add_init(Layer &layer, uint32_t func, const char *what) {
  const wasm::Module &m = layer.module;
  if (func < m.imported_funcs) return refuse(std::string("has an imported function as its ") + what);
  const wasm::Type &t = layer.type_of(func);
  if (t.params || t.results)
    return refuse(std::string("has a function as its ") + what + " that is not () -> ()");
  if (m.code[func - m.imported_funcs].body.size() > 2) layer.init.push_back(func);
  return {};
}

// The start function, and what a host would call before anything else.
Status read_initialisation(Layer &layer) {
  if (layer.module.start)
    if (Status s = add_init(layer, *layer.module.start, "start function"); !s) return s;
  for (const char *name : {"_initialize", "__wasm_call_ctors"})
    if (uint32_t func = layer.find(name); func != none) return add_init(layer, func, name);
  return {};
}

} // namespace

Status read_fixed_layer(Layer &layer) {
  if (layer.module.imported_globals)
    return refuse(
        "imports a global; only position-independent layers do (wasm-ld --experimental-pic -shared)");
  if (!layer.module.tags.empty()) return refuse("uses exceptions: build it without (-fno-exceptions)");
  for (Status (*part)(Layer &) : {read_memory, read_segments, read_elements, read_initialisation})
    if (Status s = part(layer); !s) return s;
  return read_tables(layer);
}

} // namespace mayfly::link
