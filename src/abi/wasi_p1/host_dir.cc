// Directories of the host's that a pack lets through under a name (--host-dir).
//
// Which number the host gave such a preopen is known only at run time, and asking at start
// would need a start function. So the table holds kHostDirUnresolved, and the first use of the
// descriptor looks through the host's preopens for the one with the descriptor's preopen name.
#include "abi/wasi_p1/call.h"

namespace mayfly::wasi_p1 {
namespace {

constexpr u32 kNameBytes = 256; // longer names cannot be let through
constexpr u32 kFirstPreopen = 3, kPreopensMax = 1024;

bool equal(const char *a, const char *b, u32 n) {
  for (u32 i = 0; i < n; i++)
    if (a[i] != b[i]) return false;
  return true;
}

// The host's preopen called `name`.
u32 find_preopen(StrView name) {
  Scratch<kPrestatBytes + kNameBytes> scratch;
  if (!scratch.usable() || name.len > kNameBytes) return kHostDirMissing;
  AppPtr prestat = scratch.address, bytes = prestat + kPrestatBytes;
  for (u32 fd = kFirstPreopen; fd < kFirstPreopen + kPreopensMax; fd++) {
    if (below::fd_prestat_get(fd, prestat) != 0) break;
    if (host::app_load_u8(prestat + offset_of(Record::prestat, "pr_type")) != abi::value::preopentype::dir ||
        host::app_load_u32(prestat + offset_of(Record::prestat, "pr_name_len")) != name.len)
      continue;
    if (below::fd_prestat_dir_name(fd, bytes, name.len) != 0) continue;
    char found[kNameBytes];
    host::app_copy_in(found, bytes, name.len);
    if (equal(found, name.ptr, name.len)) return fd;
  }
  return kHostDirMissing;
}

} // namespace

u32 find_host_fd(Fs &fs, const FdSlot &slot) {
  Ofd &ofd = ofd_of(fs, slot);
  if (ofd.host_fd != kHostDirUnresolved) return ofd.host_fd;
  StrView name;
  if (slot.preopen_name != 0) {
    name.len = *fs.at<u32>(slot.preopen_name);
    name.ptr = fs.at<char>(slot.preopen_name + 4);
  }
  return fs.change(ofd).host_fd = find_preopen(name);
}

} // namespace mayfly::wasi_p1
