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
void BelowHost::proc_exit(u32) {}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define X(module, field, name, params, args)                                                                 \
  u32 BelowHost::name params { return kNosys; }
MAYFLY_DOWNCALLS(X)
#undef X
#pragma GCC diagnostic pop

namespace below {
#define X(module, field, name, params, args)                                                                 \
  u32 name params { return current ? current->name args : kNosys; }
MAYFLY_DOWNCALLS(X)
#undef X
void proc_exit(u32 code) {
  if (current) current->proc_exit(code);
}
} // namespace below

} // namespace mayfly::wasi_p1
