// Large allocations ask the system for huge pages. A pack writes each byte of its large buffers once, and with pages of 4 KiB
// the page faults of that took a tenth of the whole time. Replaces the global operator new of the command, as C++ allows
// ([replacement.functions]); the sanitizers bring their own, which finds more.
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(MADV_HUGEPAGE) && !defined(__SANITIZE_ADDRESS__)

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

void *allocate(std::size_t bytes) {
  for (;;) {
    void *p = nullptr;
    if (bytes < 2 * kHugePage) {
      p = std::malloc(bytes ? bytes : 1);
    } else if (bytes <= SIZE_MAX - kHugePage) {
      p = std::aligned_alloc(kHugePage, (bytes + kHugePage - 1) / kHugePage * kHugePage);
      if (p) madvise(p, bytes, MADV_HUGEPAGE); // only advice: an error changes nothing
    }
    if (p) return p;
    std::new_handler handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

} // namespace

void *operator new(std::size_t bytes) { return allocate(bytes); }
void operator delete(void *p) noexcept { std::free(p); }
void operator delete(void *p, std::size_t) noexcept { std::free(p); }

#endif
