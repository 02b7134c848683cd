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

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace mayfly {
namespace {

// Waits for its thread. As std::jthread, which clang's library has only as an experiment.
struct Joined {
  std::thread thread;
  explicit Joined(std::thread started) : thread(std::move(started)) {}
  Joined(Joined &&) = default;
  ~Joined() {
    if (thread.joinable()) thread.join();
  }
};

} // namespace

size_t processors() { return std::max(std::thread::hardware_concurrency(), 1u); }

void in_parallel(size_t parts, const std::function<void(size_t)> &work) {
  std::exception_ptr thrown; // the first one: of a lack of memory, for instance
  std::mutex mutex;
  auto guarded = [&](size_t part) {
    try {
      work(part);
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!thrown) thrown = std::current_exception();
    }
  };
  {
    std::vector<Joined> threads;
    threads.reserve(parts);
    size_t started = 1;
    try {
      for (; started < parts; ++started) threads.emplace_back(std::thread(guarded, started));
    } catch (const std::system_error &) {
      // No more threads are to be had: the rest is done here.
    }
    if (parts > 0) guarded(0);
    for (; started < parts; ++started) guarded(started);
  }
  if (thrown) std::rethrow_exception(thrown);
}

} // namespace mayfly

#endif
