// Checks that function bodies and constant expressions are well typed: the specification's
// validation algorithm, as a visitor of the instruction walk.
//
// Why a linker validates: a module that was damaged or made by a broken tool would otherwise
// be packed without a message and fail later, in a browser. It costs little, because it is part of the one
// pass over the code that the linker makes anyway.
//
// The check is exact for numbers, vectors and the abstract reference types. For references to a type of the
// module (garbage collection, typed function references) it only checks that a reference is there: all of
// them count as one type, `any_ref`, that matches every other. A module is never refused for using them.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "wasm/signatures.h"
#include "wasm/walk.h"

namespace mayfly::wasm {

constexpr uint8_t any_ref = 0;
constexpr uint8_t funcref = 0x70, externref = 0x6f, exnref = 0x69;

constexpr bool is_number(uint8_t type) { return type >= 0x7b; }

// Is a value of type `have` one of type `want`? Codes as TypeFacts::code gives them.
bool subtype(uint8_t have, uint8_t want);

// What validation needs to know about a module, computed once.
struct TypeFacts {
  explicit TypeFacts(const Module &module);
  std::vector<uint8_t> pool;     // Module::type_pool by code, with any_ref for the lenient ones
  std::vector<uint8_t> declared; // per function: may ref.func name it in a body?
  static uint8_t code(const ValType &type);
  static uint8_t heap(int64_t type) { return type < 0 ? type & 0x7f : any_ref; }
};

class Validator : public IndexCheck {
public:
  Validator(const Module &m, const TypeFacts &facts, Cursor &cursor) : IndexCheck(m, cursor), facts_(facts) {}

  // Prepares for the body of function `func` (an index among all functions): reads the local
  // declarations at the cursor. Then walk_body().
  void begin_body(uint32_t func);
  // Prepares for a constant expression that leaves a value of `type`. Then walk_expression().
  void begin_expression(const ValType &type);

  void active_elements(const uint8_t *at, uint32_t table, const ValType &type) {
    if (!subtype(TypeFacts::code(type), table_type(table)))
      c.fail(at, "the elements are of another type than their table");
  }

  void instruction(const uint8_t *instr, uint32_t op, const Immediates &imm) {
    instr_ = instr;
    if (op < 256) {
      const Signature &s = signatures_plain.of[op];
      if (s.known) [[likely]] {
        if (op >= 0x28 && op <= 0x3e) check_access(s, imm);
        return apply(s, imm);
      }
      if (op >= 0x20 && op <= 0x22) return local(op, imm.a);
    }
    special(op, imm);
  }
  void branch_target(uint32_t label);
  void catch_clause(uint8_t kind, uint32_t tag, uint32_t label);
  void select_type(ValType type) { select_types_.push_back(TypeFacts::code(type)); }

private:
  using Types = std::span<const uint8_t>;
  struct Frame {
    uint8_t op;
    bool unreachable;
    size_t height;
    Types params, results;
  };

  void fail(const char *message) { c.fail(instr_, message); }

  void push(uint8_t type) { stack_.push_back(type); }
  uint8_t pop_any() {
    const Frame &f = frames_.back();
    if (stack_.size() > f.height) [[likely]] {
      uint8_t t = stack_.back();
      stack_.pop_back();
      return t;
    }
    if (!f.unreachable) fail("an instruction takes more values than there are");
    return any_ref;
  }
  void pop(uint8_t want) {
    uint8_t have = pop_any();
    if (have != want && !subtype(have, want)) [[unlikely]]
      mismatch(want, have);
  }
  void pop_all(Types types);
  void push_all(Types types);
  void mismatch(uint8_t want, uint8_t have);

  void apply(const Signature &s, const Immediates &imm) {
    for (int i = s.pops; i-- > 0;) pop(s.pop[i] == address_type ? address(imm.memory.memory) : s.pop[i]);
    if (s.push) push(s.push);
  }
  uint8_t address(uint32_t memory) const { return module.memories[memory].limits.is64 ? 0x7e : 0x7f; }
  void check_access(const Signature &s, const Immediates &imm) {
    if (imm.memory.flags > s.align) fail("an access is aligned to more than its size");
    if (imm.memory.offset > 0xffffffffu && !module.memories[imm.memory.memory].limits.is64)
      fail("an offset is out of range of a 32-bit memory");
  }
  void local(uint32_t op, uint32_t index) {
    uint8_t type = locals_[index];
    if (op == 0x20) return push(type);
    pop(type);
    if (op == 0x22) push(type);
  }

  Types params(uint32_t type) const {
    const Type &t = module.types[type];
    return {facts_.pool.data() + t.first, t.params};
  }
  Types results(uint32_t type) const {
    const Type &t = module.types[type];
    return {facts_.pool.data() + t.first + t.params, t.results};
  }
  Types label_types(const Frame &f) const { return f.op == 0x03 ? f.params : f.results; }
  Frame &frame(uint32_t label) { return frames_[frames_.size() - 1 - label]; }

  void special(uint32_t op, const Immediates &imm);
  void control(uint32_t op, const Immediates &imm);
  void misc(uint32_t sub, const Immediates &imm);
  void vector(uint32_t sub, const Immediates &imm);
  void atomic(uint32_t sub, const Immediates &imm);
  void collected(uint32_t sub, const Immediates &imm);
  void reference(uint32_t op, const Immediates &imm);
  void open(uint8_t op, Types params, Types results);
  void open_block(uint8_t op, const Immediates &imm);
  void close();
  void end();
  void otherwise();
  void handler(uint32_t op, uint32_t tag);
  void unreachable();
  void branch(uint32_t label);
  void branch_keeping(uint32_t label, Types types);
  void branch_table(uint32_t label);
  void call(uint32_t type, bool tail);
  void select();
  void typed_select();
  void bulk_memory(uint8_t first, uint8_t second, uint8_t third);
  bool is_func_type(uint32_t type);
  uint8_t table_type(uint32_t table) const { return TypeFacts::code(module.tables[table].element); }
  uint8_t table_address(uint32_t table) const { return module.tables[table].limits.is64 ? 0x7e : 0x7f; }

  const TypeFacts &facts_;
  const uint8_t *instr_ = nullptr;
  bool constant_ = false;
  std::vector<uint8_t> stack_, locals_, select_types_;
  std::vector<uint32_t> targets_;
  std::vector<Frame> frames_;
};

// Validates everything in a module that read_module() did not: segments, initialisers, bodies.
std::expected<void, Error> validate(const Module &module);

} // namespace mayfly::wasm
