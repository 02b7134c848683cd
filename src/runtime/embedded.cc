// host.mjs and launch.mjs as bytes of this binary: so that mayfly needs no other file.
#include "runtime/runtime.h"

// ccache:disable - it does not see the files behind .incbin and would give old ones.
#define MAYFLY_EMBED(name, file)                                                                             \
  asm(".section .rodata\n"                                                                                   \
      ".global mayfly_" #name "_begin\n.global mayfly_" #name "_end\n"                                       \
      "mayfly_" #name "_begin:\n.incbin \"" MAYFLY_HOST_JS_DIR "/" file "\"\nmayfly_" #name "_end:\n"        \
      ".previous\n");                                                                                        \
  extern "C" __attribute__((visibility("hidden"))) const char mayfly_##name##_begin[], mayfly_##name##_end[]

MAYFLY_EMBED(host_mjs, "host.mjs");
MAYFLY_EMBED(launch_mjs, "launch.mjs");

namespace mayfly::runtime {

std::string_view host_source() { return {mayfly_host_mjs_begin, mayfly_host_mjs_end}; }
std::string_view launch_source() { return {mayfly_launch_mjs_begin, mayfly_launch_mjs_end}; }

} // namespace mayfly::runtime
