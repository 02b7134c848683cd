// Bytes and positions: fd_read, fd_write, fd_pread, fd_pwrite, fd_seek, fd_tell.
//
// One buffer on one of our own descriptors is nearly every call, so each function starts with
// that case and leaves everything else (lists, the host's descriptors, errors) to one shared,
// out-of-line function.
#include "abi/wasi_p1/call.h"

namespace mayfly::wasi_p1 {

MAYFLY_NOINLINE bool covers(AppPtr p, u32 n) { return in_app(p, n); }
bool covers_buffer(AppPtr p, u32 n) { return n == 0 || covers(p, n); }

MAYFLY_NOINLINE Result<u32> check_iovecs(AppPtr iovs, u32 count) {
  if (count > kIovMax) return Errno::inval;
  if (!covers_buffer(iovs, count * kIovecBytes)) return Errno::fault;
  u64 total = 0;
  for (u32 i = 0; i < count; i++) {
    u32 len = iovec_len(iovs, i);
    if (!covers_buffer(iovec_buf(iovs, i), len)) return Errno::fault;
    total += len;
  }
  if (total > ~u32{0}) return Errno::inval;
  return static_cast<u32>(total);
}

namespace {

enum class Op : u32 { read, write, pread, pwrite };
constexpr bool is_write(Op op) { return op == Op::write || op == Op::pwrite; }
constexpr bool is_at(Op op) { return op == Op::pread || op == Op::pwrite; }
constexpr u64 rights_of(Op op) {
  return (is_write(op) ? right::fd_write : right::fd_read) | (is_at(op) ? right::fd_seek : 0);
}

MAYFLY_INLINE Result<u32> run(Fs &fs, Ofd &ofd, Op op, AppPtr buf, u32 len, u64 offset) {
  if (op == Op::read) return read(fs, ofd, buf, len);
  if (op == Op::write) return write(fs, ofd, buf, len);
  if (op == Op::pread) return pread(fs, ofd, buf, len, offset);
  return pwrite(fs, ofd, buf, len, offset);
}

// Why a descriptor cannot be read or written: POSIX's reason if it has one, else the right.
Errno check_access(const FdSlot &slot, const Ofd &ofd, Op op) {
  u8 need = is_write(op) ? kWrite : kRead;
  if (ofd.kind == Ofd::directory) return is_write(op) ? Errno::badf : Errno::isdir;
  if (ofd.kind == Ofd::path || (ofd.kind != Ofd::host && !(ofd.access & need))) return Errno::badf;
  return has(slot, rights_of(op)) ? Errno::ok : Errno::notcapable;
}

u32 forward(u32 fd, Op op, AppPtr iovs, u32 count, u64 offset, AppPtr out) {
  if (op == Op::read) return below::fd_read(fd, iovs, count, out);
  if (op == Op::write) return below::fd_write(fd, iovs, count, out);
  if (op == Op::pread) return MAYFLY_TO_HOST_DIR(below::fd_pread(fd, iovs, count, offset, out));
  return MAYFLY_TO_HOST_DIR(below::fd_pwrite(fd, iovs, count, offset, out));
}

// The general case. A buffer may overlap the list itself, so each element is checked again
// when its turn comes; the transfer ends early where it no longer holds.
MAYFLY_COLD u32 transfer(Fs &fs, Fd fd, Op op, AppPtr iovs, u32 count, u64 offset, AppPtr out) {
  FdSlot *slot = fd_slot(fs, fd);
  if (slot == nullptr) return num(Errno::badf);
  Result<u32> total = check_iovecs(iovs, count);
  if (!total.ok()) return num(total.error());
  if (!covers(out, 4)) return num(Errno::fault);
  Ofd &ofd = ofd_of(fs, *slot);
  bool beyond = is_at(op) && offset > kFileSizeMax;
  if (beyond && ofd.kind == Ofd::file) return num(Errno::inval); // Linux looks at the position before all else
  Errno access = check_access(*slot, ofd, op);
  if (access != Errno::ok) return num(access);
  if (ofd.kind == Ofd::host) {
    if (is_at(op) && (!build::host_dirs || is_stdio(ofd))) return num(Errno::spipe);
    return forward(host_fd_of(fs, *slot), op, iovs, count, offset, out);
  }
  // /dev/urandom may ask the host: nothing of `fs` and `ofd` is used once that has begun.
  bool random = ofd.device_id == Device::random && !is_write(op);
  // At a position: the description is there for the time of the transfer, so that this function needs read and
  // write only, and a program without the calls at a position does without them.
  u64 position = ofd.offset;
  if (beyond) return num(Errno::inval);
  if (is_at(op) && !random) fs.change(ofd).offset = offset;
  u32 done = 0;
  Errno failed = Errno::ok;
  // An empty list still asks whether the transfer would be allowed.
  for (u32 i = 0; i < count || i == 0; i++) {
    u32 len = count ? iovec_len(iovs, i) : 0;
    AppPtr buf = len ? iovec_buf(iovs, i) : 0;
    if (!covers(buf, len)) break;
    if (random) {
      random_to(buf, len);
      done += len;
      continue;
    }
    Result<u32> moved = is_write(op) ? write(fs, ofd, buf, len) : read(fs, ofd, buf, len);
    if (!moved.ok()) {
      if (!done) failed = moved.error();
      break;
    }
    done += moved.value();
    if (moved.value() < len) break;
  }
  if (is_at(op) && !random) ofd.offset = position;
  if (failed == Errno::ok) host::app_store_u32(out, done);
  return num(failed);
}

template <Op op>
MAYFLY_INLINE u32 transfer_one(Fs &fs, Fd fd, AppPtr iovs, u32 count, u64 offset, AppPtr out) {
  FdSlot *slot = fd_slot(fs, fd);
  constexpr bool file = build::writes || !is_write(op); // else only devices and streams can be written
  if (MAYFLY_LIKELY(file && slot != nullptr && count == 1 && has(*slot, rights_of(op)) && in_app(iovs, kIovecBytes) &&
                    in_app(out, 4))) {
    Ofd &ofd = ofd_of(fs, *slot);
    AppPtr buf = iovec_buf(iovs, 0);
    u32 len = iovec_len(iovs, 0);
    if (MAYFLY_LIKELY(ofd.kind == Ofd::file && in_app(buf, len))) {
      Result<u32> moved = run(fs, ofd, op, buf, len, offset);
      if (MAYFLY_UNLIKELY(!moved.ok())) return num(moved.error());
      host::app_store_u32(out, moved.value());
      return 0;
    }
  }
  return transfer(fs, fd, op, iovs, count, offset, out);
}

MAYFLY_COLD u32 seek_of_host(Fs &fs, const FdSlot &slot, i64 delta, u32 whence, AppPtr out,
                                 Dialect dialect) {
  if (is_stdio(ofd_of(fs, slot))) return num(Errno::spipe);
  u32 fd = host_fd_of(fs, slot);
  return MAYFLY_TO_HOST_DIR(dialect == Dialect::snapshot ? below::fd_seek(fd, delta, whence, out)
                                                         : below::unstable_fd_seek(fd, delta, whence, out));
}

} // namespace

u32 fd_read(Fs &fs, Fd fd, AppPtr iovs, u32 count, AppPtr out) {
  return transfer_one<Op::read>(fs, fd, iovs, count, 0, out);
}
u32 fd_write(Fs &fs, Fd fd, AppPtr iovs, u32 count, AppPtr out) {
  return transfer_one<Op::write>(fs, fd, iovs, count, 0, out);
}
u32 fd_pread(Fs &fs, Fd fd, AppPtr iovs, u32 count, u64 offset, AppPtr out) {
  return transfer_one<Op::pread>(fs, fd, iovs, count, offset, out);
}
u32 fd_pwrite(Fs &fs, Fd fd, AppPtr iovs, u32 count, u64 offset, AppPtr out) {
  return transfer_one<Op::pwrite>(fs, fd, iovs, count, offset, out);
}

u32 fd_seek(Fs &fs, Fd fd, i64 delta, u32 whence, AppPtr out, Dialect dialect) {
  FdSlot *slot = fd_slot(fs, fd);
  if (MAYFLY_UNLIKELY(slot == nullptr)) return num(Errno::badf);
  if (MAYFLY_UNLIKELY(whence > 2)) return num(Errno::inval);
  u32 core_whence = whence;
  if (dialect == Dialect::unstable) core_whence = whence == 2 ? 0 : whence + 1; // cur, end, set
  Ofd &ofd = ofd_of(fs, *slot);
  // Directories are not seekable at this ABI (their position is the cookie); the public
  // test suite wants EISDIR, EBADF or ENOTCAPABLE here, and EISDIR says what is wrong.
  if (MAYFLY_UNLIKELY(ofd.kind == Ofd::directory)) return num(Errno::isdir);
  if (MAYFLY_UNLIKELY(!has(*slot, right::fd_seek))) { // to look (a move by 0) the right to tell is enough
    bool look = delta == 0 && core_whence == static_cast<u32>(Whence::cur);
    if (!look || !has(*slot, right::fd_tell)) return num(Errno::notcapable);
  }
  if (MAYFLY_UNLIKELY(!in_app(out, 8))) return num(Errno::fault);
  if (MAYFLY_UNLIKELY(ofd.kind == Ofd::host)) return seek_of_host(fs, *slot, delta, whence, out, dialect);
  Result<u64> position = seek_position(fs, ofd, delta, static_cast<Whence>(core_whence));
  if (MAYFLY_UNLIKELY(!position.ok())) return num(position.error());
  host::app_store_u64(out, position.value());
  return 0;
}

MAYFLY_COLD u32 fd_tell(Fs &fs, Fd fd, AppPtr out) {
  // A move by nothing, but forwarded as what it is.
  FdSlot *slot = fd_slot(fs, fd);
  if (slot != nullptr && ofd_of(fs, *slot).kind == Ofd::host && !is_stdio(ofd_of(fs, *slot))) {
    if (!(slot->rights_base & (right::fd_tell | right::fd_seek))) return num(Errno::notcapable);
    return covers(out, 8) ? MAYFLY_TO_HOST_DIR(below::fd_tell(host_fd_of(fs, *slot), out)) : num(Errno::fault);
  }
  return fd_seek(fs, fd, 0, static_cast<u32>(Whence::cur), out, Dialect::snapshot);
}

} // namespace mayfly::wasi_p1
