// Downcalls: the same ABI from the next layer, usually the host. Arguments are application
// addresses and the host's descriptor numbers.
//
// In a wasm layer each is an import that the linker binds (docs/layer-contract.md). A function the host lacks or
// may not be asked for answers ENOSYS (proc_exit traps). Natively they go to the BelowHost that is current on
// this thread.
//
// The host may call back, throw, or suspend the call: meanwhile the application's memory may grow and the region
// move, and it may be that nothing ever comes back. So whoever makes a downcall holds nothing across it: no
// frame on the layer's stack (tests/frames holds the built layers to that), and no address in the region
// or in static data; what comes after starts from fs_after_downcall(). The tracer, which cannot keep
// this rule, brackets its downcalls (trace/sink.cc).
#pragma once
#include "abi/expand.h"
#include "core/host.h"

namespace mayfly::wasi_p1 {

#if defined(__wasm__) && !defined(MAYFLY_LIBRARY)
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
    return mayfly_below_##name(MAYFLY_ARGUMENTS(__VA_ARGS__));                                               \
  }
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
