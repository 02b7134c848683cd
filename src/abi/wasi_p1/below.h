// Downcalls: the same ABI from the next layer, usually the host. Arguments are application
// addresses and the host's descriptor numbers.
//
// In a wasm layer each is an import that the linker binds (docs/layer-contract.md), bracketed
// by host_enter/host_leave because the host may re-enter the application, whose memory must
// then not move. A function the host lacks or may not be asked for answers ENOSYS (proc_exit
// traps). Natively they go to the BelowHost that is current on this thread.
#pragma once
#include "abi/expand.h"
#include "core/host.h"

namespace mayfly::wasi_p1 {

#ifdef __wasm__
#define DOWNCALL(module, field, name, ...)                                                                   \
  extern "C" __attribute__((import_module(module), import_name(field)))                                      \
  u32 mayfly_below_##name(MAYFLY_PARAMETERS(__VA_ARGS__));
#define END_DOWNCALL(module, field, name, ...)                                                               \
  extern "C" __attribute__((import_module(module), import_name(field)))                                      \
  void mayfly_below_##name(MAYFLY_PARAMETERS(__VA_ARGS__));
#include "abi/wasi_p1/downcalls.def"

namespace below {
#define DOWNCALL(module, field, name, ...)                                                                   \
  MAYFLY_INLINE u32 name(MAYFLY_PARAMETERS(__VA_ARGS__)) {                                                   \
    host::mayfly_host_enter();                                                                               \
    u32 result = mayfly_below_##name(MAYFLY_ARGUMENTS(__VA_ARGS__));                                         \
    host::mayfly_host_leave();                                                                               \
    return result;                                                                                           \
  }
// Not bracketed: JavaScript hosts throw out of it, which would leave the count raised, and
// nothing of the layer's runs after it that a move could hurt.
#define END_DOWNCALL(module, field, name, ...)                                                               \
  MAYFLY_INLINE void name(MAYFLY_PARAMETERS(__VA_ARGS__)) {                                                  \
    mayfly_below_##name(MAYFLY_ARGUMENTS(__VA_ARGS__));                                                      \
  }
#include "abi/wasi_p1/downcalls.def"
} // namespace below
#else
// A host for native builds; what is not overridden answers ENOSYS. Current on this thread from
// construction to destruction, when the one before becomes current again.
class BelowHost {
public:
  BelowHost();
  virtual ~BelowHost();
  BelowHost(const BelowHost &) = delete;
  BelowHost &operator=(const BelowHost &) = delete;
#define DOWNCALL(module, field, name, ...) virtual u32 name(MAYFLY_PARAMETERS(__VA_ARGS__));
#define END_DOWNCALL(module, field, name, ...) virtual void name(MAYFLY_PARAMETERS(__VA_ARGS__));
#include "abi/wasi_p1/downcalls.def"

private:
  BelowHost *previous_;
};

namespace below {
#define DOWNCALL(module, field, name, ...) u32 name(MAYFLY_PARAMETERS(__VA_ARGS__));
#define END_DOWNCALL(module, field, name, ...) void name(MAYFLY_PARAMETERS(__VA_ARGS__));
#include "abi/wasi_p1/downcalls.def"
} // namespace below
#endif

} // namespace mayfly::wasi_p1
