// The layer's exports by their C++ names, for native tests.
#pragma once
#include "base/types.h"

namespace mayfly::trace {

u32 mayfly_trace_enter(u32 call, u64 *slots);
void mayfly_trace_exit(u32 call, u64 *slots);
void mayfly_trace_finish();
void mayfly_trace_trapped();

} // namespace mayfly::trace
