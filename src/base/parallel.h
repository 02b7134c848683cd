// Work that falls into independent parts, on as many threads.
#pragma once
#include <cstddef>
#include <functional>

namespace mayfly {

// Processors of this machine; at least 1. Always 1 where there are no threads (wasm32).
size_t processors();

// Calls work(0) … work(parts - 1), each once, and returns when all have returned. The calls are on different
// threads where the system gives threads, else one after the other: what they do must not depend on that. What a call throws is
// thrown again here, when all have returned.
void in_parallel(size_t parts, const std::function<void(size_t)> &work);

} // namespace mayfly
