// Downcalls of native builds: to the BelowHost that is current on this thread.
#include "abi/wasi_p1/below.h"

#include "base/errno.h"

namespace mayfly::wasi_p1 {
namespace {
thread_local BelowHost *current = nullptr;
constexpr u32 kNosys = static_cast<u32>(Errno::nosys);
} // namespace

BelowHost::BelowHost() : previous_(current) { current = this; }
BelowHost::~BelowHost() { current = previous_; }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define DOWNCALL(module, field, name, ...)                                                                   \
  u32 BelowHost::name(MAYFLY_PARAMETERS(__VA_ARGS__)) { return kNosys; }
#define END_DOWNCALL(module, field, name, ...)                                                               \
  void BelowHost::name(MAYFLY_PARAMETERS(__VA_ARGS__)) {}
#include "abi/wasi_p1/downcalls.def"
#pragma GCC diagnostic pop

namespace below {
#define DOWNCALL(module, field, name, ...)                                                                   \
  u32 name(MAYFLY_PARAMETERS(__VA_ARGS__)) {                                                                 \
    return current ? current->name(MAYFLY_ARGUMENTS(__VA_ARGS__)) : kNosys;                                  \
  }
#define END_DOWNCALL(module, field, name, ...)                                                               \
  void name(MAYFLY_PARAMETERS(__VA_ARGS__)) {                                                                \
    if (current) current->name(MAYFLY_ARGUMENTS(__VA_ARGS__));                                               \
  }
#include "abi/wasi_p1/downcalls.def"
} // namespace below

} // namespace mayfly::wasi_p1
