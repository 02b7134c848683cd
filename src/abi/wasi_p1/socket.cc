// Sockets are always the host's. Our descriptors and the standard streams are none (ENOTSOCK).
#include "abi/wasi_p1/call.h"

namespace mayfly::wasi_p1 {
namespace {

// The host's number of the socket `fd`.
MAYFLY_NOINLINE Result<u32> socket_of(Fs &fs, Fd fd, u64 rights) {
  FdSlot *slot = fd_slot(fs, fd);
  if (slot == nullptr) return Errno::badf;
  Ofd &ofd = ofd_of(fs, *slot);
  if (ofd.kind != Ofd::host || is_stdio(ofd)) return Errno::notsock;
  if (!has(*slot, rights)) return Errno::notcapable;
  return host_fd_of(fs, *slot);
}

u32 answer(u32 error) { return error == num(Errno::nosys) ? num(Errno::notsock) : error; }

} // namespace

u32 sock_accept(Fs &fs, Fd fd, u32 flags, AppPtr out) {
  Result<u32> socket = socket_of(fs, fd, right::sock_accept);
  if (!socket.ok()) return num(socket.error());
  if (flags & ~fdflag::all) return num(Errno::inval);
  if (!covers(out, 4)) return num(Errno::fault);
  u32 error = below::sock_accept(socket.value(), flags, out);
  if (error) return answer(error);
  u32 host_fd = host::app_load_u32(out);
  Result<Fd> accepted = open_host(fs_after_downcall(), host_fd, right::all, right::all);
  if (!accepted.ok()) {
    below::fd_close(host_fd);
    return num(accepted.error());
  }
  host::app_store_u32(out, accepted.value());
  return 0;
}

u32 sock_recv(Fs &fs, Fd fd, AppPtr iovs, u32 count, u32 flags, AppPtr out_size, AppPtr out_flags) {
  Result<u32> socket = socket_of(fs, fd, right::fd_read);
  if (!socket.ok()) return num(socket.error());
  Result<u32> total = check_iovecs(iovs, count);
  if (!total.ok()) return num(total.error());
  if (!covers(out_size, 4) || !covers(out_flags, 2)) return num(Errno::fault);
  return answer(below::sock_recv(socket.value(), iovs, count, flags, out_size, out_flags));
}

u32 sock_send(Fs &fs, Fd fd, AppPtr iovs, u32 count, u32 flags, AppPtr out_size) {
  Result<u32> socket = socket_of(fs, fd, right::fd_write);
  if (!socket.ok()) return num(socket.error());
  Result<u32> total = check_iovecs(iovs, count);
  if (!total.ok()) return num(total.error());
  if (!covers(out_size, 4)) return num(Errno::fault);
  return answer(below::sock_send(socket.value(), iovs, count, flags, out_size));
}

u32 sock_shutdown(Fs &fs, Fd fd, u32 how) {
  Result<u32> socket = socket_of(fs, fd, right::sock_shutdown);
  if (!socket.ok()) return num(socket.error());
  return answer(below::sock_shutdown(socket.value(), how));
}

} // namespace mayfly::wasi_p1
