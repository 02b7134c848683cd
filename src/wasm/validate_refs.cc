// The typing rules of references and of the garbage collection proposal.
#include <initializer_list>

#include "wasm/validate.h"

namespace mayfly::wasm {

namespace {

constexpr uint8_t t_i32 = 0x7f;

} // namespace

void Validator::reference(uint32_t op, const Immediates &imm) {
  auto pop_reference = [&] {
    uint8_t t = pop_any();
    if (is_number(t)) fail("an instruction takes a reference where there is a number");
    return t;
  };
  switch (op) {
  case 0x14:
  case 0x15:
    if (!is_func_type(imm.a)) return;
    pop_reference();
    return call(imm.a, op == 0x15);
  case 0xd0:
    return push(TypeFacts::heap(imm.heap));
  case 0xd1:
    pop_reference();
    return push(t_i32);
  case 0xd2:
    if (!constant_ && !facts_.declared[imm.a])
      return fail("ref.func names a function that no export, element segment or global declares");
    return push(funcref);
  case 0xd3:
    pop_reference();
    pop_reference();
    return push(t_i32);
  case 0xd4:
    return push(pop_reference());
  case 0xd5: {
    uint8_t t = pop_reference();
    branch_keeping(imm.label, label_types(frame(imm.label)));
    return push(t);
  }
  case 0xd6: {
    pop_reference();
    Types types = label_types(frame(imm.label));
    if (types.empty()) return fail("br_on_non_null goes to a label that takes nothing");
    return branch_keeping(imm.label, types.first(types.size() - 1));
  }
  default:
    return fail("an instruction is not known to the validator");
  }
}

void Validator::collected(uint32_t sub, const Immediates &imm) {
  auto kind_is = [&](TypeKind kind) {
    if (module.types[imm.a].kind == kind) return true;
    fail("an instruction names a type of another kind");
    return false;
  };
  auto pop_many = [&](std::initializer_list<uint8_t> types) {
    for (uint8_t t : types) pop(t);
  };
  constexpr uint8_t ref = any_ref;
  if (sub <= 0x05) {
    if (!kind_is(TypeKind::structure)) return;
    Types fields = params(imm.a);
    if (sub >= 2 && imm.b >= fields.size()) return fail("a field does not exist");
    if (sub == 0) pop_all(fields);
    if (sub == 5) pop(fields[imm.b]);
    if (sub >= 2) pop(ref);
    if (sub < 2) return push(ref);
    if (sub < 5) push(fields[imm.b]);
    return;
  }
  bool array = sub <= 0x13 && sub != 0x0f;
  if (array && !kind_is(TypeKind::array)) return;
  uint8_t element = array ? params(imm.a)[0] : ref;
  switch (sub) {
  case 0x06:
    pop_many({t_i32, element});
    return push(ref);
  case 0x07:
    pop(t_i32);
    return push(ref);
  case 0x08:
    if (imm.b > 10000) return fail("array.new_fixed with more than the 10000 elements that engines allow");
    for (uint32_t i = 0; i < imm.b && c.ok(); ++i) pop(element);
    return push(ref);
  case 0x09:
  case 0x0a:
    pop_many({t_i32, t_i32});
    return push(ref);
  case 0x0b:
  case 0x0c:
  case 0x0d:
    pop_many({t_i32, ref});
    return push(element);
  case 0x0e:
    return pop_many({element, t_i32, ref});
  case 0x0f:
    pop(ref);
    return push(t_i32);
  case 0x10:
    return pop_many({t_i32, element, t_i32, ref});
  case 0x11:
    return pop_many({t_i32, t_i32, ref, t_i32, ref});
  case 0x12:
  case 0x13:
    return pop_many({t_i32, t_i32, t_i32, ref});
  case 0x14:
  case 0x15:
    pop(ref);
    return push(t_i32);
  case 0x16:
  case 0x17:
    pop(ref);
    return push(TypeFacts::heap(imm.heap));
  case 0x18:
  case 0x19: {
    pop(ref);
    Types types = label_types(frame(imm.label));
    if (types.empty()) return fail("br_on_cast goes to a label that takes nothing");
    branch_keeping(imm.label, types.first(types.size() - 1));
    return push(ref);
  }
  case 0x1a:
    pop(externref);
    return push(ref);
  case 0x1b:
    pop(ref);
    return push(externref);
  case 0x1c:
    pop(t_i32);
    return push(ref);
  default:
    pop(ref);
    return push(t_i32); // i31.get
  }
}

} // namespace mayfly::wasm
