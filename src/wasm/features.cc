// Features show in declarations (types, limits, segments) and in opcodes; each is a bit.
#include "wasm/features.h"

#include <algorithm>

#include "wasm/walk.h"

namespace mayfly::wasm {

namespace {

using enum Feature;

class Collector : public IndexCheck {
public:
  Collector(const Module &m, Cursor &cursor) : IndexCheck(m, cursor) {}

  void uses(Feature f) { bits_ |= 1u << static_cast<unsigned>(f); }
  void uses(Feature f, bool when) {
    if (when) uses(f);
  }
  uint32_t bits() const { return bits_; }

  void begin_expression(const ValType &type) {
    value(type);
    constant_ = true;
  }
  void begin_body(uint32_t) {
    constant_ = false;
    set_locals(~0u); // bounds of locals are the validator's business
    uint32_t groups = c.count("local declarations", 2);
    for (uint32_t i = 0; i < groups && c.ok(); ++i) {
      c.u32();
      value(read_val_type(c));
    }
  }

  void value(const ValType &type) {
    uint8_t t = type.code;
    uses(simd128, t == 0x7b);
    uses(reference_types, t == 0x6f || t == 0x70);
    uses(exception_handling, t == 0x69 || t == 0x74);
    uses(typed_references, t == 0x63 || t == 0x64);
    uses(gc, (t >= 0x6a && t <= 0x6e) || (t >= 0x71 && t <= 0x73));
  }

  void limits(const Limits &l) {
    uses(threads, l.shared);
    uses(memory64, l.is64);
    uses(custom_page_sizes, l.page_log2.has_value());
  }

  void index(Space space, const uint8_t *instr, const uint8_t *at, uint32_t index) {
    IndexCheck::index(space, instr, at, index);
    uses(multimemory, space == Space::memory && index > 0);
    bool old_call = space == Space::table && *instr == 0x11;
    uses(reference_types, space == Space::table && index > 0 && (old_call || !constant_));
  }
  bool heap_index(const uint8_t *at, uint32_t type) {
    // A block type that is an index, or a reference to a type of the module.
    bool block = (op_ >= 0x02 && op_ <= 0x06) || op_ == 0x1f;
    uses(block ? multivalue : typed_references);
    return IndexCheck::heap_index(at, type);
  }

  void opcode(const uint8_t *, uint32_t op) {
    op_ = op;
    uses(extended_const,
         constant_ && (op == 0x6a || op == 0x6b || op == 0x6c || op == 0x7c || op == 0x7d || op == 0x7e));
    if (op < 0x06 || (op >= 0x1a && op < 0xc0 && op != 0x1c && op != 0x1f && op != 0x25 && op != 0x26))
      return;
    switch (op >> 16) {
    case 0:
      return plain(op);
    case 0xfb:
      return uses(gc);
    case 0xfc:
      return misc(op & 0xffff);
    case 0xfd:
      return uses((op & 0xffff) >= 0x100 ? relaxed_simd : simd128);
    default:
      return uses(threads);
    }
  }

private:
  void plain(uint32_t op) {
    uses(legacy_exceptions, op == 0x06 || op == 0x07 || op == 0x09 || op == 0x18 || op == 0x19);
    uses(exception_handling, op == 0x0a || op == 0x1f);
    uses(tail_call, op == 0x12 || op == 0x13 || op == 0x15);
    uses(typed_references, op == 0x14 || op == 0x15 || (op >= 0xd4 && op <= 0xd6));
    uses(reference_types, op == 0x1c || op == 0x25 || op == 0x26 || (op >= 0xd0 && op <= 0xd2));
    uses(gc, op == 0xd3);
    uses(sign_ext, op >= 0xc0 && op <= 0xc4);
  }

  void misc(uint32_t sub) {
    uses(nontrapping_fptoint, sub < 8);
    uses(bulk_memory, sub >= 8 && sub <= 0x0e);
    uses(reference_types, sub >= 0x0f && sub <= 0x11);
    uses(wide_arithmetic, sub >= 0x13);
  }

  bool constant_ = false;
  uint32_t op_ = 0;
  uint32_t bits_ = 0;
};

void declarations(const Module &m, Collector &v) {
  for (const Type &t : m.types) {
    if (t.kind != TypeKind::func)
      v.uses(gc);
    else if (t.results > 1)
      v.uses(multivalue);
  }
  for (const ValType &t : m.type_pool) v.value(t);
  for (const Memory &memory : m.memories) v.limits(memory.limits);
  v.uses(multimemory, m.memories.size() > 1);
  for (const Table &table : m.tables) {
    v.limits(table.limits);
    if (table.element.code != 0x70) v.value(table.element);
  }
  v.uses(reference_types, m.tables.size() > 1);
  for (const Import &im : m.imports) v.uses(mutable_globals, im.kind == Kind::global && im.global.is_mutable);
  for (const Export &e : m.exports)
    v.uses(mutable_globals, e.kind == Kind::global && m.globals[e.index].type.is_mutable);
  v.uses(bulk_memory, m.data_count.has_value() ||
                          std::any_of(m.data.begin(), m.data.end(), [](auto &d) { return !d.active; }));
}

} // namespace

std::string_view feature_name(Feature feature) {
  static constexpr std::string_view names[feature_count] = {"mutable-globals",
                                                            "sign-ext",
                                                            "nontrapping-fptoint",
                                                            "multivalue",
                                                            "bulk-memory",
                                                            "reference-types",
                                                            "simd128",
                                                            "tail-call",
                                                            "extended-const",
                                                            "relaxed-simd",
                                                            "legacy-exceptions",
                                                            "exception-handling",
                                                            "threads",
                                                            "multimemory",
                                                            "memory64",
                                                            "typed-function-references",
                                                            "gc",
                                                            "custom-page-sizes",
                                                            "wide-arithmetic"};
  return names[static_cast<unsigned>(feature)];
}

std::expected<std::vector<Feature>, Error> features_used(const Module &module) {
  Cursor c(module.file, 0, 0, "");
  Collector walker(module, c);
  declarations(module, walker);
  if (auto ok = walk_module(module, c, walker); !ok) return std::unexpected(ok.error());
  std::vector<Feature> used;
  for (unsigned i = 0; i < feature_count; ++i)
    if (walker.bits() & (1u << i)) used.push_back(static_cast<Feature>(i));
  return used;
}

} // namespace mayfly::wasm
