// The filesystem layer's exports for both modules of WASI preview 1, and for hosts of hermetic
// modules (docs/hermetic.md). Each finds the filesystem and calls the front end; the linker
// keeps those that an application imports.
#include "abi/wasi_p1/wasi_p1.h"

namespace mayfly {
namespace {

MAYFLY_INLINE Fs &fs() { return *static_cast<Fs *>(host::region_base()); }
using wasi_p1::Dialect;

} // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(name)))

// EXPORTED(module, field, exported name, parameters, call)
#define EXPORTED(module, field, name, parameters, ...)                                                       \
  EXPORT(module "." field) u32 name(MAYFLY_PARAMETERS parameters) { return wasi_p1::__VA_ARGS__; }
// An application expects the call not to return.
#define EXPORTED_END(module, field, name, parameters, ...)                                                   \
  EXPORT(module "." field) void name(MAYFLY_PARAMETERS parameters) {                                         \
    wasi_p1::__VA_ARGS__;                                                                                    \
    __builtin_trap();                                                                                        \
  }

// The functions of abi/wasi.def under both module names. wasm-opt makes one of the two that are the same, and the
// output names it after the last.
#define FUNCTION(name, group, forward, effect, meaning, ...)                                                 \
  EXPORTED("wasi_unstable", #name, mayfly_p0_##name, (__VA_ARGS__),                                          \
           name(fs() MAYFLY_AND_ARGUMENTS(__VA_ARGS__)))                                                     \
  PREVIEW1(name, group, forward, effect, meaning, __VA_ARGS__)
#define PREVIEW1(name, group, forward, effect, meaning, ...)                                                 \
  EXPORTED("wasi_snapshot_preview1", #name, mayfly_p1_##name, (__VA_ARGS__),                                 \
           name(fs() MAYFLY_AND_ARGUMENTS(__VA_ARGS__)))
#define DIFFERS(name, group, forward, effect, meaning, ...)                                                  \
  EXPORTED("wasi_unstable", #name, mayfly_p0_##name, (__VA_ARGS__),                                          \
           name(fs() MAYFLY_AND_ARGUMENTS(__VA_ARGS__), Dialect::unstable))                                  \
  EXPORTED("wasi_snapshot_preview1", #name, mayfly_p1_##name, (__VA_ARGS__),                                 \
           name(fs() MAYFLY_AND_ARGUMENTS(__VA_ARGS__), Dialect::snapshot))
#define ENDS(name, group, forward, effect, meaning, ...)                                                     \
  EXPORTED_END("wasi_unstable", #name, mayfly_p0_##name, (__VA_ARGS__),                                      \
               name(fs() MAYFLY_AND_ARGUMENTS(__VA_ARGS__)))                                                 \
  EXPORTED_END("wasi_snapshot_preview1", #name, mayfly_p1_##name, (__VA_ARGS__),                             \
               name(fs() MAYFLY_AND_ARGUMENTS(__VA_ARGS__)))
#include "abi/wasi.def"

EXPORT("mayfly_exited") u32 mayfly_exited() { return fs().exited; }
EXPORT("mayfly_exit_code") u32 mayfly_exit_code() { return fs().exit_code; }
// The count, or a negative errno.
EXPORT("mayfly_read") i32 mayfly_read(AppPtr path, u32 path_len, u64 offset, AppPtr buf, u32 len) {
  if (len > 0x7fffffff) len = 0x7fffffff;
  return static_cast<i32>(wasi_p1::read_file(fs(), path, path_len, offset, buf, len).raw);
}

} // namespace mayfly
