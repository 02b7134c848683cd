#include "base/parallel.h"

#include <algorithm>

#if defined(__wasm__)

namespace mayfly {

size_t processors() { return 1; }

void in_parallel(size_t parts, const std::function<void(size_t)> &work) {
  for (size_t k = 0; k < parts; ++k) work(k);
}

} // namespace mayfly

#else

#include <system_error>
#include <thread>
#include <vector>

namespace mayfly {

size_t processors() { return std::max(std::thread::hardware_concurrency(), 1u); }

void in_parallel(size_t parts, const std::function<void(size_t)> &work) {
  std::vector<std::jthread> threads;
  size_t started = 1;
  try {
    for (; started < parts; ++started) threads.emplace_back([&work, started] { work(started); });
  } catch (const std::system_error &) {
    // No more threads are to be had: the rest is done here.
  }
  if (parts > 0) work(0);
  for (; started < parts; ++started) work(started);
}

} // namespace mayfly

#endif
