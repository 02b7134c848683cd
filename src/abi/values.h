// Named values of the ABIs: flags, choices and the like. values.def has them all; this header makes of it
//   - constants for code:        abi::value::fdflags::append
//   - the list of all sets:      abi::Set::fdflags
//   - names for what is printed: abi::values_of(Set::fdflags)
#pragma once
#include "base/types.h"

namespace mayfly::abi {

namespace value {
#define SET(name, type, zero)                                                                                \
  namespace name {                                                                                           \
  using Type = type;
#define VALUE(id, number, shown) inline constexpr Type id = number;
#define END }
#include "abi/values.def"
} // namespace value

enum class Set : u8 {
  none,
#define SET(name, type, zero) name,
#define VALUE(id, number, shown)
#define END
#include "abi/values.def"
};

struct Value {
  u32 value; // of flags the bits, of choices the number
  StrView name;
};
struct Values {
  const Value *values = nullptr;
  u32 count = 0;
  u32 zero_mask = 0; // flags: where none of these bits is set, the value 0 has a name, too: O_RDONLY

  constexpr const Value *begin() const { return values; }
  constexpr const Value *end() const { return values + count; }
};
Values values_of(Set);

} // namespace mayfly::abi
