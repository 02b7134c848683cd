// Where the characters go: to a descriptor of the next layer, or into a file that it keeps.
//
// The pointers that a downcall takes are addresses in the application's memory. The tracer therefore
// borrows a piece of that memory during the call and puts the old bytes back: [kAt, +8) has the address and
// size of a buffer, [+8, +12) a result, [+16, …) the bytes of the line. Errors of the downcall are ignored,
// because a program must not notice that it is traced.
//
// While this layer calls down it has frames on its stack and holds addresses, so each downcall is bracketed
// (docs/layer-contract.md). When the host throws, the bracket stays open, state.busy stays set and the
// borrowed bytes are not put back. The next call that is traced puts this right (src/link/hooks.cc says
// when that is).
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

// Writes the whole line, which lies at kData, to `fd`. False when `fd` does not take it.
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

// Gives the descriptor of the file + 1, or 0. The file is opened anew for each line: a descriptor that
// stayed open would take a number from the application, and an application that closes all unknown
// descriptors would close it.
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

// Puts borrowed bytes back after a downcall that never returned. The program may have changed these bytes
// in the meantime, so the old bytes are put back only where the bytes of the line are still there.
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

// Asked once only: if the clock is set while the program runs, times still never go back.
MAYFLY_OPTIONAL_BODY(void, read_wall) {
  constexpr u32 kTimeOfDay = 0;
  if (!on(config_flag::wall)) return;
  u64 since_start = now_ns(), now;
  if (read_clock(kTimeOfDay, now)) state.wall_ns = now - since_start;
}

// Looks at the clock until the time is over. poll_oneoff would leave the processor to other programs, but
// it would be one more import, which many hosts of modules other than WASI's do not have. If the clock
// stands still, the wait ends.
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
