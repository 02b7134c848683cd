// What the layer is told of one function: the ABI tables' description in the terms of the config
// block. Native only.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "abi/emscripten.h"
#include "abi/table.h"
#include "trace/block_native.h"
#include "trace/options.h"

namespace mayfly::trace {

// A function in one of the tables with the types that the table says.
struct Known {
  const abi::Function *wasi = nullptr;
  abi::Module module{};
  const abi::emscripten::Function *emscripten = nullptr;
  bool split = false; // Emscripten: 64-bit parameters are two i32

  explicit operator bool() const { return wasi != nullptr || emscripten != nullptr; }
};
Known look_up(const Function &);
// Whether the function of that name changes which descriptor is what.
bool tracks(std::string_view module, std::string_view field);

// How a call comes back, and what it does to descriptors, into the fields of `call` that say so. Complete for
// functions that need no arguments printed.
void describe_effects(const Function &, const Known &, Call &call);

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
  void wasi(const abi::Function &, abi::Module, Call &, std::vector<Arg> &);
  void emscripten(const abi::emscripten::Function &, bool split, std::vector<Arg> &);
  void raw(const Function &, Call &, std::vector<Arg> &);
  Arg wasi_argument(const abi::Param &, abi::Module, u8 slot);
  Arg emscripten_argument(const abi::emscripten::Param &, u8 slot);
  void open_flags(u8 oflags, u8 rights, u8 fdflags, u8 lookup, std::vector<Arg> &);

  Ref bits(abi::Set, abi::Module = abi::Module::wasi_snapshot_preview1);
  Ref choices(abi::Set, abi::Module = abi::Module::wasi_snapshot_preview1);
  Ref values(abi::emscripten::Set);
  Ref errnos();
  Ref filestat(abi::Module);
  Ref fdstat();
  Ref prestat();
  Ref subscription(abi::Module);
  Ref event();
  Ref stat();
  Ref statfs();
  Ref pollfd();
  Ref times();
  Ref two_fds();
  Ref wasi_dirent();
  Ref dirent();
  Field field(std::string_view name, unsigned at, unsigned width, Show = Show::decimal, Ref set = 0,
              unsigned when = kAlways);

  Block &block_;
  bool verbose_, old_emscripten_;
  uint32_t kinds_ = 0, shows_ = 0;
};

} // namespace mayfly::trace
