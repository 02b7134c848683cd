// What the front end's functions share: range checks on application memory, descriptors with
// their rights, and the host's number of a forwarded descriptor. Internal to abi/wasi_p1.
#pragma once
#include "abi/wasi_p1/below.h"
#include "abi/wasi_p1/wasi_p1.h"

namespace mayfly {
struct Walk;
}

namespace mayfly::wasi_p1 {

// Whether [p, p + n) lies in the application's memory. An empty range must, too: memory.copy
// and memory.fill trap on a position outside even when there is nothing to move.
MAYFLY_INLINE bool in_app(AppPtr p, u32 n) {
  return MAYFLY_LIKELY(static_cast<u64>(p) + n <= host::app_bytes());
}

MAYFLY_INLINE bool has(const FdSlot &slot, u64 rights) { return (slot.rights_base & rights) == rights; }

// Host descriptor numbers of our table that mean a directory of the host's that was asked for
// by name (--host-dir) and not looked for yet, or looked for and not found.
inline constexpr u32 kHostDirUnresolved = ~u32{0}, kHostDirMissing = ~u32{0} - 1;

// Standard streams stay descriptors of ours in every respect but reading, writing and polling.
MAYFLY_INLINE bool is_stdio(const Ofd &ofd) { return ofd.host_fd <= 2; }

// The host's number behind a slot of kind host. Finds a --host-dir directory among the host's
// preopens at its first use; kHostDirMissing, which no host has open, when there is none.
u32 find_host_fd(Fs &, const FdSlot &);
MAYFLY_INLINE u32 host_fd_of(Fs &fs, const FdSlot &slot) {
  return build::host_dirs ? find_host_fd(fs, slot) : ofd_of(fs, slot).host_fd;
}

// A downcall that is only ever allowed for a directory of the host's or what was opened in one.
#define MAYFLY_TO_HOST_DIR(call) (build::host_dirs ? (call) : num(Errno::nosys))

// The slot of `fd` if it holds `rights`. Errors: badf; `posix` where POSIX has an errno of its own for the
// lack: a right to write of a descriptor that was not opened for writing, a right that no directory has;
// `of_stdio`, unless it is ok, for a standard stream of the host's; notcapable. The result is the slot's
// offset: in one register, where a pair would go through memory.
Result<Off> slot_with(Fs &, Fd fd, u64 rights, Errno posix, Errno of_stdio);

// in_app for calls that nobody times, out of line.
bool covers(AppPtr, u32 bytes);
// The same for a buffer that the application gave: an empty one may lie anywhere, as what an empty
// slice points to is nobody's business (Rust passes 1, Zig 0xaaaaaaaa). Not to be handed on when empty.
bool covers_buffer(AppPtr, u32 bytes);

// filestat at `out`, a checked range.
void store_filestat(AppPtr out, const Stat &, Dialect);
// Stats the inode into the checked range `out`; 0. Precondition: not wants_time(inode). `dev_fd` is a walk
// that ended where no inode is (Walk::dev_fd).
u32 filestat_of(Fs &, InodeId, AppPtr out, Dialect, const Walk *dev_fd = nullptr);

// The fst_flags of the set_times calls. inval: contradictory or unknown flags, times beyond 2^63 ns.
Errno decode_times(u64 atim, u64 mtim, u32 fstflags, SetTime &atime, SetTime &mtime);
bool times_are_valid(u64 atim, u64 mtim, u32 fstflags); // whether that is ok

// Element i of a list of buffers, which lies in the application's memory.
MAYFLY_INLINE AppPtr iovec_buf(AppPtr iovs, u32 i) {
  return host::app_load_u32(iovs + i * kIovecBytes + offset_of(Record::iovec, "buf"));
}
MAYFLY_INLINE u32 iovec_len(AppPtr iovs, u32 i) {
  return host::app_load_u32(iovs + i * kIovecBytes + offset_of(Record::iovec, "buf_len"));
}

// Checks a whole iovec list and gives the sum of its lengths.
// Errors: inval (more than kIovMax, sum beyond 32 bits), fault.
Result<u32> check_iovecs(AppPtr iovs, u32 count);

// The filesystem after a downcall. The region may have moved. A host that called back may have closed
// descriptors and removed files. Whatever a call needs afterwards has to be looked up again.
MAYFLY_INLINE Fs &fs_after_downcall() { return *static_cast<Fs *>(host::region_base_again()); }

// Borrowed bytes of the application's memory, at a low address. They are needed because a downcall takes
// addresses in that memory. lend() saves the bytes that are there and gives a ticket (0 if the memory is
// too small); give_back() puts them back. Read the arguments of the call before lend(), and store its
// results after give_back(). The saved bytes lie beside the stack, because the layer must have nothing on
// the stack during a downcall. If the host calls back and lend() is called again, the first loan ends:
// give_back() of its ticket is then false, and the answer of the host is lost. The same holds when the host
// threw.
inline constexpr AppPtr kLent = 16;
inline constexpr u32 kLentMax = 264;
u32 lend(u32 bytes);
bool give_back(u32 ticket);

// --- The time of marked timestamps (core/host.h, clock_ns)
//
// A layer's core cannot ask the host for the time where it needs it, deep inside of an operation. So a call
// that will resolve the marked times of `inode` finds that out before it changes anything, fetches the time,
// and starts anew.
MAYFLY_INLINE bool wants_time(const Inode &inode) {
  return host::kClockIsFetched && build::writes && MAYFLY_UNLIKELY(inode.flags & kTimeAll) && !time_is_known();
}
void fetch_time(Fs &);

// Random bytes for a checked range: the host's, or the seeded generator's. A downcall.
void random_to(AppPtr, u32 len);

} // namespace mayfly::wasi_p1
