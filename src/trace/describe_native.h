// What the layer is told of one function: the ABI tables' description in the terms of the config
// block. Native only.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "abi/table.h"
#include "trace/block_native.h"
#include "trace/options.h"

namespace mayfly::trace {

// A described function, called with the types that the description says.
struct Known {
  const abi::Function *function = nullptr;
  abi::Module module{};
  bool split = false; // 64-bit parameters are two i32

  explicit operator bool() const { return function != nullptr; }
};
Known look_up(const Function &);
// Whether the function of that name changes which descriptor is what.
bool tracks(std::string_view module, std::string_view field);

// How a call comes back, and what it does to descriptors, into the fields of `call` that say so. Complete for
// functions that need no arguments printed.
void describe_effects(const Function &, const Known &, Call &call);

Show shown(abi::As);

// The arguments and the result's value of one function after the other.
class Describer {
public:
  Describer(Block &block, bool verbose, bool old_emscripten)
      : block_(block), verbose_(verbose), old_emscripten_(old_emscripten) {}
  // Fills in args, arg_count and result_….
  void describe(const Function &, const Known &, Call &);
  // Sets of the Kinds and Shows that were used.
  uint32_t kinds() const { return kinds_; }
  uint32_t shows() const { return shows_; }

private:
  // A described function's parameter and the slot of its (first) core parameter.
  struct Placed {
    const abi::Param *param;
    u8 slot;
  };
  void described(const Known &, Call &, std::vector<Arg> &);
  void raw(const Function &, Call &, std::vector<Arg> &);
  Arg argument_of(std::span<const Placed> params, size_t i, const Known &);
  Arg further(const abi::Param &, u8 slot);
  void open_flags(std::span<const Placed>, std::vector<Arg> &);

  // layouts_native.cc
  Ref values(abi::Set);
  Ref record(abi::Record, abi::Module);
  Ref layout(const abi::Structure &, Ref otherwise);
  Ref further_of_control();

  Block &block_;
  bool verbose_, old_emscripten_;
  uint32_t kinds_ = 0, shows_ = 0;
};

} // namespace mayfly::trace
