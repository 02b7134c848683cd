// The typing rules, instruction group by instruction group.
#include "wasm/validate.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace mayfly::wasm {

namespace {

constexpr uint8_t t_i32 = 0x7f, t_i64 = 0x7e, t_v128 = 0x7b;
// No compiler makes as many open blocks or values. Without these limits each byte of a hostile body could
// cost 50 or even 1,000 bytes of memory here.
constexpr size_t nesting_max = 500000, stack_max = size_t{1} << 24;

// One-element type lists without storage: &singles[code].
struct Singles {
  uint8_t of[256];
  constexpr Singles() : of() {
    for (int i = 0; i < 256; ++i) of[i] = static_cast<uint8_t>(i);
  }
};
constexpr Singles singles;

std::span<const uint8_t> single(uint8_t code) { return {&singles.of[code], 1}; }

const char *type_text(uint8_t code) {
  switch (code) {
  case t_i32:
    return "i32";
  case t_i64:
    return "i64";
  case 0x7d:
    return "f32";
  case 0x7c:
    return "f64";
  case t_v128:
    return "v128";
  case funcref:
    return "funcref";
  case externref:
    return "externref";
  case exnref:
    return "exnref";
  default:
    return "a reference";
  }
}

bool match(std::span<const uint8_t> have, std::span<const uint8_t> want) {
  return have.size() == want.size() && std::equal(have.begin(), have.end(), want.begin(), subtype);
}

// The top of an abstract type's hierarchy.
uint8_t top(uint8_t type) {
  switch (type) {
  case 0x69:
  case 0x74:
    return 0x69; // exn, noexn
  case 0x6f:
  case 0x72:
    return 0x6f; // extern, noextern
  case 0x70:
  case 0x73:
    return 0x70; // func, nofunc
  default:
    return type >= 0x6a && type <= 0x71 ? 0x6e : type; // any: eq, i31, struct, array, none
  }
}

} // namespace

bool subtype(uint8_t have, uint8_t want) {
  if (have == want || have == any_ref || want == any_ref) return true;
  if (is_number(have) || is_number(want) || top(have) != top(want)) return false;
  bool bottom = have >= 0x71 && have <= 0x74;
  return want == top(want) || bottom || (want == 0x6d && have >= 0x6a && have <= 0x6c);
}

uint8_t TypeFacts::code(const ValType &type) {
  if (type.code == 0x78 || type.code == 0x77) return t_i32; // packed fields
  if (type.code == 0x63) return heap(type.heap);
  return type.code == 0x64 ? any_ref : type.code;
}

TypeFacts::TypeFacts(const Module &module) {
  pool.reserve(module.type_pool.size());
  for (const ValType &t : module.type_pool) pool.push_back(code(t));

  // Declared: named by an export, an initialiser or an element segment.
  declared.assign(module.functions.size(), false);
  for (const Export &e : module.exports)
    if (e.kind == Kind::func) declared[e.index] = true;
  struct Declare : IndexCheck {
    std::vector<uint8_t> &declared;
    Declare(const Module &m, Cursor &cursor, std::vector<uint8_t> &d) : IndexCheck(m, cursor), declared(d) {}
    void index(Space space, const uint8_t *, const uint8_t *, uint32_t value) {
      if (space == Space::func && value < declared.size()) declared[value] = true;
    }
  };
  Cursor c(module.file, 0, 0, "");
  Declare declare(module, c, declared);
  for (const Global &g : module.globals) {
    if (g.imported) continue;
    c = Cursor(module.file, g.init.begin, g.init.end, "global");
    walk_expression(c, declare);
  }
  if (const Section *s = module.section(section_element)) {
    c = Cursor(module.file, s->payload.begin, s->payload.end, "element");
    uint32_t n = c.u32();
    for (uint32_t i = 0; i < n && c.ok(); ++i) walk_element(c, declare);
  }
}

// --- the operand stack --------------------------------------------------------------

void Validator::begin_body(uint32_t func) {
  uint32_t type = module.functions[func];
  Types in = params(type);
  constant_ = false;
  stack_.clear();
  frames_.clear();
  targets_.clear();
  select_types_.clear();
  locals_.assign(in.begin(), in.end());
  const uint8_t *at = c.pos();
  uint32_t groups = c.count("local declarations", 2);
  for (uint32_t i = 0; i < groups && c.ok(); ++i) {
    uint32_t n = c.u32();
    const uint8_t *type_at = c.pos();
    ValType t = read_val_type(c);
    if (t.heap > 0 && !heap_index(type_at, static_cast<uint32_t>(t.heap)) && c.ok())
      c.fail(type_at, "a type index is out of range");
    if (c.ok() && uint64_t{n} + locals_.size() - in.size() > 50000)
      c.fail(at, "a function declares more locals than the 50000 that engines allow");
    if (c.ok()) locals_.insert(locals_.end(), n, TypeFacts::code(t));
  }
  set_locals(static_cast<uint32_t>(locals_.size()));
  open(0x02, {}, results(type));
}

void Validator::begin_expression(const ValType &type) {
  constant_ = true;
  stack_.clear();
  frames_.clear();
  set_locals(0);
  open(0x02, {}, single(TypeFacts::code(type)));
}

void Validator::mismatch(uint8_t want, uint8_t have) {
  c.fail(instr_,
         std::string("an instruction takes ") + type_text(want) + " where there is " + type_text(have));
}

void Validator::pop_all(Types types) {
  const Frame &f = frames_.back();
  size_t n = types.size();
  if (stack_.size() - f.height >= n &&
      (n == 0 || std::memcmp(stack_.data() + stack_.size() - n, types.data(), n) == 0)) {
    stack_.resize(stack_.size() - n);
    return;
  }
  for (size_t i = n; i-- > 0 && c.ok();) pop(types[i]);
}

void Validator::push_all(Types types) {
  if (stack_.size() + types.size() > stack_max)
    return fail("a function has too many values on its operand stack");
  stack_.insert(stack_.end(), types.begin(), types.end());
}

void Validator::open(uint8_t op, Types in, Types out) {
  if (frames_.size() >= nesting_max) return fail("blocks are nested too deeply");
  frames_.push_back({op, false, stack_.size(), in, out});
  push_all(in);
}

// The innermost block must have exactly its results left.
void Validator::close() {
  pop_all(frames_.back().results);
  if (c.ok() && stack_.size() != frames_.back().height) fail("a block leaves more values than its type says");
}

void Validator::unreachable() {
  stack_.resize(frames_.back().height);
  frames_.back().unreachable = true;
}

// --- dispatch ------------------------------------------------------------------------

void Validator::special(uint32_t op, const Immediates &imm) {
  switch (op >> 16) {
  case 0:
    return op >= 0xd0 || op == 0x14 || op == 0x15 ? reference(op, imm) : control(op, imm);
  case 0xfb:
    return collected(op & 0xffff, imm);
  case 0xfc:
    return misc(op & 0xffff, imm);
  case 0xfd:
    return vector(op & 0xffff, imm);
  default:
    return atomic(op & 0xffff, imm);
  }
}

void Validator::control(uint32_t op, const Immediates &imm) {
  switch (op) {
  case 0x00:
    return unreachable();
  case 0x04:
    pop(t_i32);
    return open_block(0x04, imm);
  case 0x02:
  case 0x03:
  case 0x06:
  case 0x1f:
    return open_block(static_cast<uint8_t>(op), imm);
  case 0x05:
    return otherwise();
  case 0x07:
  case 0x19:
    return handler(op, imm.a);
  case 0x08:
    pop_all(params(module.tags[imm.a]));
    return unreachable();
  case 0x09: {
    uint8_t target = frame(imm.label).op;
    if (target != 0x07 && target != 0x19) return fail("rethrow goes to a block that is not a catch");
    return unreachable();
  }
  case 0x0a:
    pop(exnref);
    return unreachable();
  case 0x0b:
    return end();
  case 0x18:
    if (frames_.back().op != 0x06) return fail("delegate without a try");
    return end();
  case 0x0c:
    return branch(imm.label);
  case 0x0d:
    pop(t_i32);
    return branch_keeping(imm.label, label_types(frame(imm.label)));
  case 0x0e:
    return branch_table(imm.label);
  case 0x0f:
    pop_all(frames_.front().results);
    return unreachable();
  case 0x10:
    return call(module.functions[imm.a], false);
  case 0x12:
    return call(module.functions[imm.a], true);
  case 0x11:
  case 0x13:
    if (!is_func_type(imm.a)) return;
    if (!subtype(table_type(imm.b), funcref))
      return fail("call_indirect through a table that does not hold functions");
    pop(table_address(imm.b));
    return call(imm.a, op == 0x13);
  case 0x1a:
    pop_any();
    return;
  case 0x1b:
    return select();
  case 0x1c:
    return typed_select();
  case 0x23: {
    const Global &g = module.globals[imm.a];
    if (constant_ && g.type.is_mutable) return fail("a constant expression reads a mutable global");
    return push(TypeFacts::code(g.type.type));
  }
  case 0x24:
    if (!module.globals[imm.a].type.is_mutable) return fail("global.set of an immutable global");
    return pop(TypeFacts::code(module.globals[imm.a].type.type));
  case 0x25:
    pop(table_address(imm.a));
    return push(table_type(imm.a));
  case 0x26:
    pop(table_type(imm.a));
    return pop(table_address(imm.a));
  case 0x3f:
    return push(address(imm.a));
  case 0x40:
    pop(address(imm.a));
    return push(address(imm.a));
  default:
    return fail("an instruction is not known to the validator");
  }
}

// --- blocks and branches -------------------------------------------------------------

bool Validator::is_func_type(uint32_t type) {
  if (module.is_func_type(type)) return true;
  fail("an instruction names a type that is not a function type");
  return false;
}

void Validator::open_block(uint8_t op, const Immediates &imm) {
  Types in, out;
  if (imm.block_index >= 0) {
    uint32_t type = static_cast<uint32_t>(imm.block_index);
    if (!is_func_type(type)) return;
    in = params(type);
    out = results(type);
  } else if (imm.block.code != 0x40) {
    out = single(TypeFacts::code(imm.block));
  }
  pop_all(in);
  if (c.ok()) open(op, in, out);
}

void Validator::end() {
  close();
  if (!c.ok()) return;
  Frame f = frames_.back();
  if (f.op == 0x04 && !match(f.params, f.results))
    return fail("an `if` without `else` must leave what it takes");
  frames_.pop_back();
  push_all(f.results);
}

void Validator::otherwise() {
  if (frames_.back().op != 0x04) return fail("`else` without `if`");
  close();
  if (!c.ok()) return;
  Frame f = frames_.back();
  frames_.pop_back();
  open(0x05, f.params, f.results);
}

void Validator::handler(uint32_t op, uint32_t tag) {
  uint8_t before = frames_.back().op;
  if (before != 0x06 && before != 0x07) return fail("a catch without a try");
  close();
  if (!c.ok()) return;
  Frame f = frames_.back();
  frames_.pop_back();
  open(static_cast<uint8_t>(op), {}, f.results);
  if (op == 0x07) push_all(params(module.tags[tag]));
}

void Validator::catch_clause(uint8_t kind, uint32_t tag, uint32_t label) {
  std::vector<uint8_t> values;
  if (kind < 2) {
    Types p = params(module.tags[tag]);
    values.assign(p.begin(), p.end());
  }
  if (kind == 1 || kind == 3) values.push_back(exnref);
  if (!match(values, label_types(frame(label))))
    fail("a catch clause gives other values than its label takes");
}

void Validator::branch(uint32_t label) {
  pop_all(label_types(frame(label)));
  unreachable();
}

// A branch that may fall through: what the label takes stays.
void Validator::branch_keeping(uint32_t, Types types) {
  pop_all(types);
  push_all(types);
}

void Validator::branch_target(uint32_t label) { targets_.push_back(label); }

void Validator::branch_table(uint32_t label) {
  pop(t_i32);
  std::sort(targets_.begin(), targets_.end());
  targets_.erase(std::unique(targets_.begin(), targets_.end()), targets_.end());
  Types fallback = label_types(frame(label));
  const Frame &f = frames_.back();
  size_t have = stack_.size() - f.height;
  for (uint32_t target : targets_) {
    Types types = label_types(frame(target));
    if (types.size() != fallback.size())
      return fail("the labels of a br_table take different numbers of values");
    size_t n = std::min(types.size(), have);
    if (n < types.size() && !f.unreachable) return fail("an instruction takes more values than there are");
    if (!match(Types(stack_.data() + stack_.size() - n, n), types.last(n)))
      return fail("a label of a br_table takes other values");
  }
  targets_.clear();
  branch(label);
}

void Validator::call(uint32_t type, bool tail) {
  pop_all(params(type));
  if (!tail) return push_all(results(type));
  if (!match(results(type), frames_.front().results))
    return fail("a tail call returns something else than its function");
  unreachable();
}

void Validator::select() {
  pop(t_i32);
  uint8_t a = pop_any(), b = pop_any();
  if ((a != any_ref && !is_number(a)) || (b != any_ref && !is_number(b)))
    return fail("a select of references needs a type");
  if (!subtype(a, b)) return mismatch(a, b);
  push(a == any_ref ? b : a);
}

void Validator::typed_select() {
  if (select_types_.size() != 1) return fail("a select with a list of types that is not one type");
  uint8_t type = select_types_[0];
  select_types_.clear();
  pop(t_i32);
  pop(type);
  pop(type);
  push(type);
}

// --- prefixed groups -------------------------------------------------------------------

void Validator::bulk_memory(uint8_t first, uint8_t second, uint8_t third) {
  pop(third);
  pop(second);
  pop(first);
}

void Validator::misc(uint32_t sub, const Immediates &imm) {
  if (sub < 8) return apply(signatures_misc.of[sub], imm);
  switch (sub) {
  case 0x08:
    return bulk_memory(address(imm.b), t_i32, t_i32);
  case 0x09:
  case 0x0d:
    return;
  case 0x0a: {
    uint8_t to = address(imm.a), from = address(imm.b);
    return bulk_memory(to, from, to == t_i64 ? from : to);
  }
  case 0x0b:
    return bulk_memory(address(imm.a), t_i32, address(imm.a));
  case 0x0c:
    if (!subtype(TypeFacts::code(module.element_types[imm.a]), table_type(imm.b)))
      return fail("table.init of elements of another type");
    return bulk_memory(table_address(imm.b), t_i32, t_i32);
  case 0x0e: {
    if (!subtype(table_type(imm.b), table_type(imm.a)))
      return fail("table.copy between tables of different types");
    uint8_t to = table_address(imm.a), from = table_address(imm.b);
    return bulk_memory(to, from, to == t_i64 ? from : to);
  }
  case 0x0f:
    pop(table_address(imm.a));
    pop(table_type(imm.a));
    return push(table_address(imm.a));
  case 0x10:
    return push(table_address(imm.a));
  case 0x11:
    return bulk_memory(table_address(imm.a), table_type(imm.a), table_address(imm.a));
  default: // wide arithmetic: 128-bit operands are two values each
    for (int i = 0; i < (sub <= 0x14 ? 4 : 2); ++i) pop(t_i64);
    push(t_i64);
    return push(t_i64);
  }
}

void Validator::vector(uint32_t sub, const Immediates &imm) {
  const Signature &s = signatures_simd.of[sub];
  if (sub <= 0x0b || (sub >= 0x54 && sub <= 0x5d)) check_access(s, imm);
  if (s.lanes && imm.lane >= s.lanes) return fail("a lane does not exist");
  if (sub == 0x0d && std::any_of(c.pos() - 16, c.pos(), [](uint8_t lane) { return lane >= 32; }))
    return fail("a lane does not exist");
  apply(s, imm);
}

void Validator::atomic(uint32_t sub, const Immediates &imm) {
  const Signature &s = signatures_atomic.of[sub];
  if (sub != 3 && imm.memory.flags != s.align) return fail("an atomic access is not aligned to its size");
  if (sub != 3) check_access(s, imm);
  apply(s, imm);
}

std::expected<void, Error> validate(const Module &module) {
  TypeFacts facts(module);
  Cursor c(module.file, 0, 0, "");
  Validator v(module, facts, c);
  return walk_module(module, c, v);
}

} // namespace mayfly::wasm
