// Where the characters go: to a descriptor of the next layer, or into a file that it keeps.
//
// A downcall's pointers are the application's, so a piece of the application's memory is borrowed
// for its time and put back: [kAt, +8) a buffer's address and size, [+8, +12) a result,
// [+16, …) the bytes. Errors are nobody's business: a program must not notice that it is traced.
//
// This layer has frames on its stack and addresses in its hands when it calls down, so each downcall is bracketed
// (docs/layer-contract.md). A host that throws leaves the bracket open, and with it state.busy and what was
// borrowed; the next call that is traced (src/link/hooks.cc tells when that is) puts both right.
#include "abi/wasi_p1/below.h"
#include "base/errno.h"
#include "trace/layer.h"

namespace mayfly::trace {
namespace {

namespace below = wasi_p1::below;

constexpr AppPtr kAt = 16, kOut = kAt + 8, kData = kAt + 16;

// The next layer, bracketed.
template <class Call> MAYFLY_INLINE u32 bracketed(Call call) {
  u32 entered = host::host_enter();
  u32 error = call();
  host::host_leave(entered);
  return error;
}
constexpr u32 kAgainMax = 1000; // a pipe that is full and does not block

u32 num(Errno e) { return static_cast<u32>(e); }

// All of the line, which lies at kData, to `fd`; false: it does not take it.
bool write_all(u32 fd, u32 len) {
  for (u32 done = 0, again = 0; done < len;) {
    host::app_store_u32(kAt, kData + done);
    host::app_store_u32(kAt + 4, len - done);
    u32 error = bracketed([&] { return below::fd_write(fd, kAt, 1, kOut); });
    if (error == num(Errno::again) || error == num(Errno::intr)) {
      if (++again > kAgainMax) return true; // this line is lost; the next may not be
      continue;
    }
    if (error != 0) return false;
    u32 n = host::app_load_u32(kOut);
    if (n == 0 || n > len - done) return false;
    done += n;
    state.torn = done < len;
    again = 0;
  }
  return true;
}

bool write_line() {
  u32 fd = config().sink_fd;
  bool into = on(config_flag::into);
  if (into) {
    u32 opened = open_into(kData, kOut);
    if (opened == 0) return false;
    fd = opened - 1;
  }
  host::app_copy_out(kData, state.line, state.used);
  bool taken = write_all(fd, state.used);
  if (into) close_into(fd);
  return taken;
}

} // namespace

// The file's descriptor + 1, or 0. It is opened anew for each line: a descriptor that stayed open would
// take a number from the application, and one that closes everything it does not know would close it.
MAYFLY_OPTIONAL_BODY(u32, open_into, AppPtr scratch, AppPtr out_fd) {
  constexpr u32 kFollow = 1, kCreate = 1, kTruncate = 8, kAppend = 1, kRightWrite = 1u << 6;
  const Config &c = config();
  host::app_copy_out(scratch, at<char>(c.into_path.at), c.into_path.len);
  u32 oflags = kCreate | (state.into_made ? 0 : kTruncate);
  u32 error = bracketed([&] {
    return below::path_open(c.into_fd, kFollow, scratch, c.into_path.len, oflags, kRightWrite, 0, kAppend,
                            out_fd);
  });
  if (error != 0) return 0;
  state.into_made = true;
  return host::app_load_u32(out_fd) + 1;
}

MAYFLY_OPTIONAL_BODY(void, close_into, u32 fd) {
  bracketed([&] { return below::fd_close(fd); });
}

// A file in the module's own filesystem may be full for a while.
MAYFLY_OPTIONAL_BODY(void, tell_lost) {
  u32 lost = state.lost;
  if (lost == 0) return;
  if (state.torn) put('\n');
  json() ? put("{\"lost\":"_w) : put("... "_w);
  decimal(lost);
  json() ? put("}\n"_w) : put(" lines lost: no room in the file\n"_w);
  flush();
  state.lost = state.lost == lost ? 0 : lost;
}

void flush() {
  u32 len = state.used;
  u32 borrow = kData - kAt + (len > kIntoPathMax ? len : kIntoPathMax);
  if (len != 0 && !state.failed && readable(kAt, borrow)) {
    state.busy = true;
    state.borrows = borrow;
    host::app_copy_in(state.borrowed, kAt, borrow);
    bool taken = write_line();
    if (!taken && on(config_flag::into))
      state.lost++;
    else
      state.failed = !taken;
    host::app_copy_out(kAt, state.borrowed, borrow);
    state.borrows = 0;
    state.busy = false;
  }
  state.used = 0;
}

// After a downcall that never returned. The program has run on meanwhile: only bytes of the line that are still
// there are replaced by what they had covered.
void recover() {
  for (u32 i = kData - kAt; i < state.borrows; i++) {
    u32 of_line = i - (kData - kAt);
    if (of_line < state.used && host::app_load_u8(kAt + i) == static_cast<u8>(state.line[of_line]))
      host::app_store_u8(kAt + i, static_cast<u8>(state.borrowed[i]));
  }
  state.borrows = 0;
  state.busy = false;
  state.used = 0;
}

namespace {

bool read_clock(u32 clock, u64 &now) {
  if (!on(config_flag::clock) || !readable(kAt, 8)) return false;
  u64 saved = host::app_load_u64(kAt);
  state.busy = true;
  bool known = bracketed([&] { return below::clock_time_get(clock, 1, kAt); }) == 0;
  state.busy = false;
  now = host::app_load_u64(kAt);
  host::app_store_u64(kAt, saved);
  return known;
}

} // namespace

MAYFLY_OPTIONAL_BODY(u64, now_ns) {
  constexpr u32 kMonotonic = 1;
  u64 now;
  if (read_clock(kMonotonic, now)) {
    if (state.base_ns == 0) state.base_ns = now;
    // A clock that goes back would give durations of centuries.
    if (now - state.base_ns > state.last_ns && now > state.base_ns) state.last_ns = now - state.base_ns;
  }
  return state.last_ns;
}

// Once: a clock that is set while the program runs gives no times that go back.
MAYFLY_OPTIONAL_BODY(void, read_wall) {
  constexpr u32 kTimeOfDay = 0;
  if (!on(config_flag::wall)) return;
  u64 since_start = now_ns(), now;
  if (read_clock(kTimeOfDay, now)) state.wall_ns = now - since_start;
}

// Looks at the clock until the time is over. poll_oneoff would leave the processor to others, but it is one
// import more, which many hosts of modules that are not WASI's do not have. A clock that stands still ends it.
MAYFLY_OPTIONAL_BODY(void, delay, u32 us) {
  constexpr u32 kLooksMax = 1u << 22;
  u64 begin = now_ns(), now = begin;
  for (u32 still = 0; now - begin < u64{us} * 1000 && still < kLooksMax;) {
    u64 next = now_ns();
    still = next == now ? still + 1 : 0;
    now = next;
  }
}

} // namespace mayfly::trace
