// A layer for the linker's tests: every intrinsic, static data, a shadow stack, downcalls
// and the region, each behind a function of the import module "test".
#include "core/host.h"

using namespace mayfly;
using namespace mayfly::host;

#define SERVE(name) extern "C" __attribute__((export_name(name)))

extern "C" {
__attribute__((import_module("test"), import_name("notify"))) u32 down_notify(u32);
__attribute__((import_module("test"), import_name("absent"))) u32 down_absent(u32);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write")))
u32 down_fd_write(u32, u32, u32, u32);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_seek")))
u32 down_fd_seek(u32, u64, u32, u32);
__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"))) void down_proc_exit(u32);
}

static u32 counter = 41;
static char zeros[256];
static const u32 words[4] = {11, 22, 33, 44};

SERVE("test.load") u64 load(u32 width, u32 at) {
  switch (width) {
  case 1:
    return app_load_u8(at);
  case 2:
    return app_load_u16(at);
  case 4:
    return app_load_u32(at);
  default:
    return app_load_u64(at);
  }
}

SERVE("test.store") void store(u32 width, u32 at, u64 value) {
  switch (width) {
  case 1:
    return app_store_u8(at, static_cast<u32>(value));
  case 2:
    return app_store_u16(at, static_cast<u32>(value));
  case 4:
    return app_store_u32(at, static_cast<u32>(value));
  default:
    return app_store_u64(at, value);
  }
}

// Application → static data → shadow stack → application.
SERVE("test.through") void through(u32 dst, u32 src, u32 len) {
  if (len > sizeof zeros) return;
  app_copy_in(zeros, src, len);
  volatile char copy[256];
  for (u32 i = 0; i < len; ++i) copy[i] = zeros[i];
  app_copy_out(dst, const_cast<const char *>(copy), len);
  for (u32 i = 0; i < len; ++i) zeros[i] = 0;
}

SERVE("test.fill") void fill(u32 dst, u32 byte, u32 len) { app_fill(dst, static_cast<u8>(byte), len); }
SERVE("test.pages") u32 pages() { return static_cast<u32>(app_bytes() >> 16); }
SERVE("test.count") u32 count() { return ++counter; }
SERVE("test.word") u32 word(u32 i) { return words[i & 3]; }
SERVE("test.region_get") u32 region_get(u32 at) {
  return *reinterpret_cast<u32 *>(static_cast<char *>(region_base()) + at);
}
SERVE("test.region_set") void region_set(u32 at, u32 value) {
  *reinterpret_cast<u32 *>(static_cast<char *>(region_base()) + at) = value;
}
SERVE("test.region_extend") u32 extend(u32 size, u32 bytes) {
  return region_extend(static_cast<char *>(region_base()) + size, bytes);
}
SERVE("test.content_to_app") void to_app(u32 dst, u32 at, u32 len) { content_to_app(dst, at, len); }
SERVE("test.content_sum") u32 content_sum(u32 at, u32 len) {
  char buffer[64];
  if (len > sizeof buffer) return 0;
  content_to_layer(buffer, at, len);
  u32 sum = 0;
  for (u32 i = 0; i < len; ++i) sum += static_cast<u8>(buffer[i]);
  return sum;
}

SERVE("test.notify") u32 notify(u32 x) {
  char here[16];
  here[x & 15] = static_cast<char>(x);
  asm volatile("" ::"r"(here) : "memory");
  u32 entered = mayfly_host_enter();
  u32 answer = down_notify(x);
  mayfly_host_leave(entered);
  return answer + static_cast<u32>(here[x & 15]);
}
SERVE("test.absent") u32 absent(u32 x) { return down_absent(x); }

SERVE("wasi_snapshot_preview1.fd_write") u32 fd_write(u32 fd, u32 iovs, u32 n, u32 out) {
  if (fd > 2) return 8;
  u32 entered = mayfly_host_enter();
  u32 error = down_fd_write(fd, iovs, n, out);
  mayfly_host_leave(entered);
  return error;
}
SERVE("wasi_snapshot_preview1.fd_seek") u32 fd_seek(u32 fd, u64 offset, u32 whence, u32 out) {
  return down_fd_seek(fd, offset, whence, out);
}
SERVE("wasi_unstable.fd_write") u32 fd_write_0(u32 fd, u32 iovs, u32 n, u32 out) {
  return fd_write(fd, iovs, n, out);
}
SERVE("wasi_unstable.fd_seek") u32 fd_seek_0(u32 fd, u64 offset, u32 whence, u32 out) {
  return down_fd_seek(fd, offset, whence, out);
}
SERVE("wasi_snapshot_preview1.proc_exit") void proc_exit(u32 code) { down_proc_exit(code); }
SERVE("mayfly_peek") u32 peek(u32 at) { return region_get(at); }

// The tracer's side. Configuration: the number of parameters of each hooked function.
extern "C" {
__attribute__((import_module("mayfly"), import_name("config"))) const u32 *config(void);
__attribute__((import_module("mayfly.optional"), import_name("extra"))) u32 optional_extra(u32);
__attribute__((import_module("test"), import_name("log"))) void down_log(u32, u64);
}
SERVE("mayfly.optional.extra") u32 extra(u32 n) { return n + 1000; }

// Logs the parameters; a first parameter of 13 is answered with 99 here.
SERVE("mayfly.trace.enter") u32 trace_enter(u32 call, u64 *frame) {
  u32 n = config()[call];
  for (u32 i = 0; i < n; ++i) {
    u32 entered = mayfly_host_enter();
    down_log(optional_extra(call), frame[i]);
    mayfly_host_leave(entered);
  }
  if (n == 0 || frame[0] != 13) return 0;
  frame[n] = 99;
  return 1;
}
SERVE("mayfly.trace.exit") void trace_exit(u32 call, const u64 *frame) {
  u32 entered = mayfly_host_enter();
  down_log(call, frame[config()[call]]);
  mayfly_host_leave(entered);
}
SERVE("mayfly.trace.finish") void trace_finish() { down_log(7777, 0); }
