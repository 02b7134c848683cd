// A layer between the guest and its filesystem: fd_readdir's answers are recorded once and from then on copied.
//
// With it, listing the same directory again costs what the C library costs, and a copy: the floor of every
// filesystem below. It serves one unchanging directory, which is all that `fsbench list` has.
#include "../../examples/layers/mayfly.h"

enum { answers_max = 64, bytes_max = 4096, ok = 0, fault = 21 };

static struct answer {
  uint64_t cookie;
  uint32_t size, used;
  char bytes[bytes_max];
} answers[answers_max];
static uint32_t count;

MAYFLY_BELOW("wasi_snapshot_preview1", "fd_readdir")
uint32_t below_fd_readdir(uint32_t fd, mayfly_app buffer, uint32_t size, uint64_t cookie, mayfly_app used);

MAYFLY_SERVES("wasi_snapshot_preview1.fd_readdir")
uint32_t fd_readdir(uint32_t fd, mayfly_app buffer, uint32_t size, uint64_t cookie, mayfly_app used) {
  static uint32_t next; // where the answer is found that follows the last one
  for (uint32_t tried = 0; tried < count; tried++, next = next + 1 < count ? next + 1 : 0) {
    const struct answer *answer = &answers[next];
    if (answer->cookie != cookie || answer->size != size) continue;
    if (!app_has(buffer, answer->used) || !app_has(used, 4)) return fault;
    app_copy_out(buffer, answer->bytes, answer->used);
    app_store_u32(used, answer->used);
    return ok;
  }
  uint32_t error = below_fd_readdir(fd, buffer, size, cookie, used);
  if (error == ok && count < answers_max && size <= bytes_max) {
    struct answer *answer = &answers[count++];
    answer->cookie = cookie;
    answer->size = size;
    answer->used = app_load_u32(used);
    app_copy_in(answer->bytes, buffer, answer->used);
  }
  return error;
}
