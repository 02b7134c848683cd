// Walks instructions and decodes their immediates: which types, functions, memories and other indices an
// instruction names. The operands on the stack are checked elsewhere (wasm/validate.h).
//
// Every standardized proposal is known: sign extension, saturating conversions, bulk
// memory, reference types, tail calls, SIMD and relaxed SIMD, exceptions (both forms),
// threads, garbage collection, typed function references, multi-memory, 64-bit memories,
// wide arithmetic. Any other opcode is an error with its offset, because a byte of unknown
// meaning could be an index that the linker has to change.
//
// A visitor has
//   void index(Space, const uint8_t *instr, const uint8_t *at, uint32_t value)
//     an index immediate; its LEB128 is [at, cursor position). Labels and locals too.
//   void memarg(const uint8_t *instr, const uint8_t *at, MemArg)
//     the alignment, memory index and offset of a load, store or atomic.
//   void opcode(const uint8_t *instr, uint32_t op)   before the instruction's immediates;
//     op is the byte, or prefix << 16 | number.
//   bool heap_index(const uint8_t *at, uint32_t type)  a type index in a signed position
//     (block type, heap type); false makes it an error.
// and, if it wants instructions whole,
//   void instruction(const uint8_t *instr, uint32_t op, const Immediates &)   after its immediates
//   void branch_target(uint32_t label)                 each of a br_table, before it
//   void catch_clause(uint8_t kind, uint32_t tag, uint32_t label)   each of a try_table
//   void select_type(ValType)                          each of a typed select
// All are called in file order. To stop, a visitor fails the cursor.
//
// The walk takes linear time and does not recurse. The depth of blocks is one counter, which is also enough
// for the legacy `delegate`, so a module with hostile nesting costs nothing extra.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

#include "base/parallel.h"
#include "wasm/cursor.h"
#include "wasm/module.h"
#include "wasm/opcodes.h"

namespace mayfly::wasm {

enum class Space : uint8_t { type, func, table, memory, global, tag, element, data, local, label, field };
const char *space_name(Space space);

struct MemArg {
  uint32_t flags = 0; // log2 of the alignment, without the multi-memory bit
  uint32_t memory = 0;
  uint64_t offset = 0;
};

void read_heap_type(Cursor &c, int64_t &heap);
ValType read_val_type(Cursor &c);

// The immediates of one instruction, for visitors that want it whole.
struct Immediates {
  uint32_t a = 0, b = 0; // indices, in the order of the encoding
  uint32_t label = 0;
  uint8_t lane = 0;
  ValType block; // block types: a value type, or code 0x40 for none; unused when `block_index` ≥ 0
  int64_t block_index = -1;
  int64_t heap = 0; // ref.null, ref.test, ref.cast; the target of br_on_cast
  MemArg memory;
};

namespace detail {

void unknown_opcode(Cursor &c, const uint8_t *instr, uint8_t prefix, uint32_t sub);

// Bounds of `parts` runs of bodies of about equal bytes: parts + 1 indices into Module::code.
std::vector<size_t> split_bodies(const Module &m, size_t parts);

inline Imm prefixed(uint8_t prefix, uint32_t sub) {
  switch (prefix) {
  case 0xfb:
    return opcodes_gc.at(sub);
  case 0xfc:
    return opcodes_misc.at(sub);
  case 0xfd:
    return opcodes_simd.at(sub);
  default:
    return opcodes_atomic.at(sub);
  }
}

template <class V> class Walker {
  static constexpr bool whole = requires(V v, Immediates i) { v.instruction(nullptr, 0u, i); };

public:
  Walker(Cursor &cursor, V &visitor) : c_(cursor), v_(visitor) {}

  // Until the end of the cursor's range, which must be where the outermost block ends.
  void body() {
    while (!c_.at_end() && depth_ > 0) instruction();
    if (!c_.ok()) return;
    if (depth_ > 0)
      c_.fail("a function or expression ends without `end`");
    else if (!c_.at_end())
      c_.fail("there are bytes after the final `end`");
  }

  // One constant expression; stops after its `end`.
  void expression() {
    while (c_.ok() && depth_ > 0) instruction();
  }

private:
  [[gnu::always_inline]] void index(Space space) {
    const uint8_t *at = c_.pos();
    uint32_t value;
    bool good = c_.small(value);
    if (!good) [[unlikely]] {
      value = c_.u32();
      good = c_.ok();
    }
    if constexpr (whole) imm_.a = value;
    if (good) v_.index(space, instr_, at, value);
  }
  // As index(), for the second of two.
  [[gnu::always_inline]] void index2(Space space) {
    uint32_t first = imm_.a;
    index(space);
    if constexpr (whole) {
      imm_.b = imm_.a;
      imm_.a = first;
    }
  }

  [[gnu::always_inline]] void label() {
    const uint8_t *at = c_.pos();
    uint32_t value = c_.u32();
    if constexpr (whole) imm_.label = value;
    if (value >= depth_ && c_.ok()) c_.fail(at, "a branch goes to a label that does not exist");
  }

  void heap() {
    const uint8_t *at = c_.pos();
    int64_t heap;
    read_heap_type(c_, heap);
    imm_.heap = heap;
    if (c_.ok() && heap >= 0) heap_index(at, heap);
  }
  void heap_index(const uint8_t *at, int64_t value) {
    if (!v_.heap_index(at, static_cast<uint32_t>(value))) c_.fail(at, "a type index is out of range");
  }

  void val_type() {
    const uint8_t *at = c_.pos();
    ValType t = read_val_type(c_);
    imm_.block = t;
    if (c_.ok() && (t.code == 0x63 || t.code == 0x64) && t.heap >= 0) heap_index(at + 1, t.heap);
  }

  void block_type() {
    const uint8_t *at = c_.pos();
    if (c_.at_end()) return c_.fail("the bytes end in the middle of an instruction");
    uint8_t b = *at;
    imm_.block_index = -1;
    imm_.block.code = b;
    if (b == 0x40) return c_.skip(1);
    // A type index is a non-negative s33: its first byte has bit 6 clear, or a continuation.
    if ((b & 0xc0) == 0x40) return val_type();
    int64_t value = c_.s33();
    if (!c_.ok()) return;
    if (value < 0) return c_.fail(at, "unknown block type");
    imm_.block_index = value;
    heap_index(at, value);
  }

  void open_block() {
    block_type();
    ++depth_;
  }

  [[gnu::always_inline]] void memarg() {
    const uint8_t *at = c_.pos();
    MemArg m;
    // Nearly all have one byte for each number, and no memory index.
    uint32_t flags, near;
    if (c_.small(flags) && flags < 0x20 && c_.small(near)) [[likely]] {
      m.flags = flags;
      m.offset = near;
      if constexpr (whole) imm_.memory = m;
      v_.index(Space::memory, instr_, nullptr, 0);
      if (c_.ok()) v_.memarg(instr_, at, m);
      return;
    }
    c_.back_to(at);
    m.flags = c_.u32();
    if (m.flags & 0x40) {
      m.flags &= ~0x40u;
      const uint8_t *memory_at = c_.pos();
      m.memory = c_.u32();
      if (c_.ok()) v_.index(Space::memory, instr_, memory_at, m.memory);
    } else if (c_.ok()) {
      v_.index(Space::memory, instr_, nullptr, 0);
    }
    if (m.flags > 31) return c_.fail(at, "an alignment is out of range");
    m.offset = c_.u64();
    if constexpr (whole) imm_.memory = m;
    if (c_.ok()) v_.memarg(instr_, at, m);
  }

  void catches() {
    uint32_t n = c_.count("catch clauses", 2);
    for (uint32_t i = 0; i < n && c_.ok(); ++i) {
      const uint8_t *at = c_.pos();
      uint8_t kind = c_.byte();
      if (kind > 3) return c_.fail(at, "unknown kind of catch clause");
      if (kind < 2) index(Space::tag);
      label();
      if constexpr (whole)
        if (c_.ok()) v_.catch_clause(kind, imm_.a, imm_.label);
    }
  }

  [[gnu::always_inline]] void instruction() {
    instr_ = c_.pos();
    uint8_t op = c_.byte();
    Imm imm = opcodes_plain.of[op];
    uint32_t code = op;
    if (imm == Imm::prefix) [[unlikely]] {
      uint32_t sub = c_.u32();
      if (!c_.ok()) return;
      imm = prefixed(op, sub);
      if (imm == Imm::unknown) return unknown_opcode(c_, instr_, op, sub);
      code = uint32_t{op} << 16 | sub;
    } else if (imm == Imm::unknown) [[unlikely]] {
      return unknown_opcode(c_, instr_, 0, op);
    }
    v_.opcode(instr_, code);
    immediates(imm);
    if constexpr (whole)
      if (c_.ok()) v_.instruction(instr_, code, imm_);
  }

  [[gnu::always_inline]] void immediates(Imm imm) {
    switch (imm) {
    case Imm::none:
      return;
    case Imm::block:
      return open_block();
    case Imm::end:
      --depth_;
      return;
    case Imm::delegate:
      // Closes its `try`; the label counts from outside that block.
      --depth_;
      return label();
    case Imm::label:
      return label();
    case Imm::label_table: {
      uint32_t n = c_.count("branch targets");
      for (uint32_t i = 0; i < n && c_.ok(); ++i) {
        label();
        if constexpr (whole)
          if (c_.ok()) v_.branch_target(imm_.label);
      }
      return label();
    }
    case Imm::call:
    case Imm::ref_func:
      return index(Space::func);
    case Imm::call_indirect:
      index(Space::type);
      return index2(Space::table);
    case Imm::type:
      return index(Space::type);
    case Imm::type2:
      index(Space::type);
      return index2(Space::type);
    case Imm::type_field:
      index(Space::type);
      return index2(Space::field);
    case Imm::type_count:
      index(Space::type);
      imm_.b = c_.u32();
      return;
    case Imm::type_data:
      index(Space::type);
      return index2(Space::data);
    case Imm::type_element:
      index(Space::type);
      return index2(Space::element);
    case Imm::table:
      return index(Space::table);
    case Imm::table2:
      index(Space::table);
      return index2(Space::table);
    case Imm::global:
      return index(Space::global);
    case Imm::local:
      return index(Space::local);
    case Imm::memory:
      return index(Space::memory);
    case Imm::memory2:
      index(Space::memory);
      return index2(Space::memory);
    case Imm::memarg:
      return memarg();
    case Imm::memarg_lane:
      memarg();
      imm_.lane = c_.byte();
      return;
    case Imm::i32:
      c_.s32();
      return;
    case Imm::i64:
      c_.s64();
      return;
    case Imm::f32:
      return c_.skip(4);
    case Imm::f64:
      return c_.skip(8);
    case Imm::v128:
      return c_.skip(16);
    case Imm::lane:
      imm_.lane = c_.byte();
      return;
    case Imm::tag:
      return index(Space::tag);
    case Imm::select: {
      uint32_t n = c_.count("types of a select");
      for (uint32_t i = 0; i < n && c_.ok(); ++i) {
        val_type();
        if constexpr (whole)
          if (c_.ok()) v_.select_type(imm_.block);
      }
      return;
    }
    case Imm::try_table:
      block_type();
      catches();
      ++depth_;
      return;
    case Imm::heap:
      return heap();
    case Imm::data:
      return index(Space::data);
    case Imm::data_memory:
      index(Space::data);
      return index2(Space::memory);
    case Imm::element:
      return index(Space::element);
    case Imm::element_table:
      index(Space::element);
      return index2(Space::table);
    case Imm::cast:
      if (c_.byte() > 3) return c_.fail(instr_, "unknown flags of a br_on_cast");
      label();
      heap();
      return heap();
    case Imm::fence:
      if (c_.byte() != 0) c_.fail(instr_, "atomic.fence with an unknown ordering");
      return;
    case Imm::unknown:
    case Imm::prefix:
      return;
    }
  }

  Cursor &c_;
  V &v_;
  const uint8_t *instr_ = nullptr;
  Immediates imm_;
  uint32_t depth_ = 1;
};

} // namespace detail

// Walks the instructions from the cursor to its end, as of a function body after its locals.
template <class V> void walk_body(Cursor &c, V &visitor) { detail::Walker<V>(c, visitor).body(); }

// Walks one constant expression.
template <class V> void walk_expression(Cursor &c, V &visitor) { detail::Walker<V>(c, visitor).expression(); }

// Reads one element segment and passes its indices to the visitor: those of plain function lists (with
// Space::func) and those in expressions. If the visitor has begin_expression(type), it is called for each
// expression; if it has active_elements(at, table, type), it is called for the table. Returns the type of the
// elements.
template <class V> ValType walk_element(Cursor &c, V &visitor) {
  const uint8_t *at = c.pos();
  uint32_t flags = c.u32();
  ValType type{0x70};
  if (flags > 7) {
    c.fail(at, "unknown kind of element segment " + hex(flags));
    return type;
  }
  bool active = !(flags & 1), explicit_table = flags & 2, expressions = flags & 4;
  uint32_t table = 0;
  auto index = [&](Space space) {
    const uint8_t *index_at = c.pos();
    uint32_t value = c.u32();
    if (c.ok()) visitor.index(space, index_at, index_at, value);
    return value;
  };
  auto expression = [&](const ValType &wanted) {
    if constexpr (requires { visitor.begin_expression(wanted); }) visitor.begin_expression(wanted);
    walk_expression(c, visitor);
  };
  if (active && explicit_table) table = index(Space::table);
  if (active && !explicit_table && c.ok()) visitor.index(Space::table, at, nullptr, 0);
  if (active && c.ok()) expression(visitor.module.tables[table].limits.is64 ? i64 : i32);
  if (flags & 3) {
    const uint8_t *kind_at = c.pos();
    if (expressions)
      type = read_val_type(c);
    else if (c.byte() != 0)
      c.fail(kind_at, "unknown kind of elements");
    if (type.numeric() && c.ok()) c.fail(kind_at, "elements that are not references");
    if ((type.code == 0x63 || type.code == 0x64) && type.heap >= 0 && c.ok() &&
        type.heap >= static_cast<int64_t>(visitor.module.types.size()))
      c.fail(kind_at, "a type index is out of range");
  }
  if (active && c.ok())
    if constexpr (requires { visitor.active_elements(at, table, type); })
      visitor.active_elements(at, table, type);
  uint32_t n = c.count("elements");
  for (uint32_t i = 0; i < n && c.ok(); ++i) {
    if (expressions)
      expression(type);
    else
      index(Space::func);
  }
  return type;
}

namespace detail {

template <class V> bool walk_declarations(const Module &m, Cursor &c, V &visitor) {
  if (const Section *s = m.section(section_table)) {
    c = Cursor(m.file, s->payload.begin, s->payload.end, "table");
    uint32_t n = c.u32();
    for (uint32_t i = 0; i < n && c.ok(); ++i) {
      bool with_init = *c.pos() == 0x40;
      if (with_init) c.skip(2);
      ValType type = read_val_type(c);
      uint8_t flags = c.byte();
      for (int k = 0; k < 1 + (flags & 1); ++k) c.u64();
      if (!with_init) continue;
      visitor.begin_expression(type);
      walk_expression(c, visitor);
    }
    if (!c.ok()) return false;
  }
  for (const Global &g : m.globals) {
    if (g.imported) continue;
    c = Cursor(m.file, g.init.begin, g.init.end, "global");
    visitor.begin_expression(g.type.type);
    walk_expression(c, visitor);
    if (!c.ok()) return false;
  }
  if (const Section *s = m.section(section_element)) {
    c = Cursor(m.file, s->payload.begin, s->payload.end, "element");
    uint32_t n = c.u32();
    for (uint32_t i = 0; i < n && c.ok(); ++i) walk_element(c, visitor);
    if (!c.ok()) return false;
  }
  return true;
}

template <class V> bool walk_bodies(const Module &m, size_t first, size_t end, Cursor &c, V &visitor) {
  for (size_t i = first; i < end; ++i) {
    c = Cursor(m.file, m.code[i].body.begin, m.code[i].body.end, "code");
    visitor.begin_body(m.imported_funcs + static_cast<uint32_t>(i));
    walk_body(c, visitor);
    if (!c.ok()) return false;
  }
  return true;
}

template <class V> bool walk_data_offsets(const Module &m, Cursor &c, V &visitor) {
  for (const Data &d : m.data) {
    if (!d.active) continue;
    c = Cursor(m.file, d.offset.begin, d.offset.end, "data");
    visitor.begin_expression(m.memories[d.memory].limits.is64 ? i64 : i32);
    walk_expression(c, visitor);
    if (!c.ok()) return false;
  }
  return true;
}

} // namespace detail

// Walks all expressions and bodies of a module: tables' initialisers, globals, elements, code, data
// offsets, in the order of the file. `c` is the cursor that the visitor was made with. The visitor has
// begin_expression(const ValType &) and begin_body(uint32_t func), which reads the locals.
template <class V> std::expected<void, Error> walk_module(const Module &m, Cursor &c, V &visitor) {
  if (!detail::walk_declarations(m, c, visitor) || !detail::walk_bodies(m, 0, m.code.size(), c, visitor) ||
      !detail::walk_data_offsets(m, c, visitor))
    return std::unexpected(c.take_error());
  return {};
}

// A part of a walk: a run of the function bodies, with a cursor and a visitor of its own. The first part has
// also what stands before the code, and the last what stands after it.
template <class V> struct WalkPart {
  template <class Make>
  WalkPart(const Module &m, Make &make) : cursor(m.file, 0, 0, ""), visitor(make(cursor)) {}
  Cursor cursor;
  V visitor;
};

// How many parts are worth their threads: at most `processors`, and at most one for each 256 KiB of code.
size_t walk_parts(const Module &m, size_t processors);

// As walk_module, with the bodies shared out among `parts` threads. `make(cursor)` makes a part's visitor;
// visitors must not write to anything that they share. Returned in the order of the file. An error is the
// first in that order, so neither the result nor an error depends on the number of parts.
template <class V, class Make>
std::expected<std::vector<std::unique_ptr<WalkPart<V>>>, Error>
walk_module_in_parts(const Module &m, size_t parts, Make make) {
  std::vector<std::unique_ptr<WalkPart<V>>> all;
  for (size_t k = 0; k < parts; ++k) all.push_back(std::make_unique<WalkPart<V>>(m, make));
  std::vector<size_t> bounds = detail::split_bodies(m, parts);
  in_parallel(parts, [&](size_t k) {
    Cursor &c = all[k]->cursor;
    V &visitor = all[k]->visitor;
    if (k == 0 && !detail::walk_declarations(m, c, visitor)) return;
    if (!detail::walk_bodies(m, bounds[k], bounds[k + 1], c, visitor)) return;
    if (k + 1 == parts) detail::walk_data_offsets(m, c, visitor);
  });
  for (auto &part : all)
    if (!part->cursor.ok()) return std::unexpected(part->cursor.take_error());
  return all;
}

// Reads a body's local declarations; the number of locals without parameters. More than
// 50,000 are refused, as every engine does.
uint32_t read_locals(Cursor &c);

// Checks every index against a module. The base of visitors that also do something.
// The file's data count is required for data indices in code, as the specification says.
struct IndexCheck {
  const Module &module;
  Cursor &c;
  uint32_t locals = 0;
  uint32_t limit[11];

  // Before the code section is known to be complete `in_code` is false: constant expressions.
  IndexCheck(const Module &m, Cursor &cursor) : module(m), c(cursor) {
    limit[static_cast<int>(Space::type)] = static_cast<uint32_t>(m.types.size());
    limit[static_cast<int>(Space::func)] = static_cast<uint32_t>(m.functions.size());
    limit[static_cast<int>(Space::table)] = static_cast<uint32_t>(m.tables.size());
    limit[static_cast<int>(Space::memory)] = static_cast<uint32_t>(m.memories.size());
    limit[static_cast<int>(Space::global)] = static_cast<uint32_t>(m.globals.size());
    limit[static_cast<int>(Space::tag)] = static_cast<uint32_t>(m.tags.size());
    limit[static_cast<int>(Space::element)] = m.elements;
    limit[static_cast<int>(Space::data)] = m.data_count.value_or(0);
    limit[static_cast<int>(Space::local)] = 0;
    limit[static_cast<int>(Space::label)] = limit[static_cast<int>(Space::field)] = ~0u;
  }

  void set_locals(uint32_t n) { limit[static_cast<int>(Space::local)] = n; }
  void index(Space space, const uint8_t *instr, const uint8_t *, uint32_t value) {
    if (value >= limit[static_cast<int>(space)]) [[unlikely]]
      out_of_range(space, instr, value);
  }
  void memarg(const uint8_t *, const uint8_t *, const MemArg &) {}
  void opcode(const uint8_t *, uint32_t) {}
  bool heap_index(const uint8_t *, uint32_t type) { return type < limit[static_cast<int>(Space::type)]; }
  void out_of_range(Space space, const uint8_t *instr, uint32_t value);
};

} // namespace mayfly::wasm
