// A layer that upper-cases what the program writes to its standard output.
//
// The layers below read the bytes from the application's memory, so that is where the changed
// ones have to be while they are called. The originals are put back: they may be a constant of the program.
#include "../mayfly.h"

namespace {

constexpr uint32_t stdout_fd = 1, fault = 21, bytes_max = 4096;
char original[bytes_max], changed[bytes_max];

char upper(char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; }

} // namespace

extern "C" {

MAYFLY_BELOW("wasi_snapshot_preview1", "fd_write")
uint32_t below_fd_write(uint32_t fd, mayfly_app iovs, uint32_t count, mayfly_app written);

// Writes at most `bytes_max` bytes of the first buffer that is not empty. A shorter write than asked for is
// allowed, and programs go on with the rest.
MAYFLY_SERVES("wasi_snapshot_preview1.fd_write")
uint32_t fd_write(uint32_t fd, mayfly_app iovs, uint32_t count, mayfly_app written) {
  if (fd != stdout_fd) return below_fd_write(fd, iovs, count, written);
  for (; count; --count, iovs += 8) {
    if (!app_has(iovs, 8)) return fault;
    mayfly_app buffer = app_load_u32(iovs);
    uint32_t bytes = app_load_u32(iovs + 4), part = bytes < bytes_max ? bytes : bytes_max;
    if (bytes == 0) continue;
    if (!app_has(buffer, bytes)) return fault;

    app_copy_in(original, buffer, part);
    for (uint32_t i = 0; i < part; ++i) changed[i] = upper(original[i]);
    app_copy_out(buffer, changed, part);
    app_store_u32(iovs + 4, part);
    uint32_t error = below_fd_write(fd, iovs, 1, written);
    app_store_u32(iovs + 4, bytes);
    app_copy_out(buffer, original, part);
    return error;
  }
  return below_fd_write(fd, iovs, 0, written);
}
}
