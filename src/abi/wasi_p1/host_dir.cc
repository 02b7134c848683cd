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
constexpr AppPtr kPrestat = kLent, kFoundName = kPrestat + kPrestatBytes;
static_assert(kPrestatBytes + kNameBytes <= kLentMax);

// The preopen name of our descriptor `fd`.
MAYFLY_COLD StrView name_of(Fs &fs, Fd fd) {
  StrView name;
  if (const FdSlot *slot = fd_slot(fs, fd); slot != nullptr && slot->preopen_name != 0) {
    name.len = *fs.at<u32>(slot->preopen_name);
    name.ptr = fs.at<char>(slot->preopen_name + 4);
  }
  return name;
}

MAYFLY_COLD u32 name_length(Fs &fs, Fd fd) { return name_of(fs, fd).len; }

MAYFLY_COLD bool is_name_of(Fs &fs, Fd fd, u32 len) {
  StrView name = name_of(fs, fd);
  if (name.len != len) return false;
  for (u32 i = 0; i < len; i++)
    if (static_cast<u8>(name.ptr[i]) != host::app_load_u8(kFoundName + i)) return false;
  return true;
}

// Writes down what was found, unless our descriptor is another one by now.
MAYFLY_COLD u32 remember(Fs &fs, Fd fd, u32 found) {
  FdSlot *slot = fd_slot(fs, fd);
  if (slot == nullptr || ofd_of(fs, *slot).host_fd != kHostDirUnresolved) return kHostDirMissing;
  return fs.change(ofd_of(fs, *slot)).host_fd = found;
}

enum class Found : u32 { no, yes, end };

// Whether the host's descriptor is a preopen with the name, of `len` bytes, of our descriptor `fd`.
MAYFLY_COLD Found ask(u32 host_fd, Fd fd, u32 len) {
  u32 ticket = lend(kPrestatBytes + kNameBytes);
  if (ticket == 0) return Found::end;
  bool open = below::fd_prestat_get(host_fd, kPrestat) == 0;
  bool same = open && host::app_load_u8(kPrestat + offset_of(Record::prestat, "pr_type")) == abi::value::preopentype::dir &&
              host::app_load_u32(kPrestat + offset_of(Record::prestat, "pr_name_len")) == len &&
              below::fd_prestat_dir_name(host_fd, kFoundName, len) == 0 && is_name_of(fs_after_downcall(), fd, len);
  if (!give_back(ticket) || !open) return Found::end;
  return same ? Found::yes : Found::no;
}

} // namespace

u32 find_host_fd(Fs &fs, const FdSlot &slot) {
  u32 known = ofd_of(fs, slot).host_fd;
  if (known != kHostDirUnresolved) return known;
  Fd fd = number_of(fs, slot);
  u32 len = name_length(fs, fd), found = kHostDirMissing;
  for (u32 host_fd = kFirstPreopen; len <= kNameBytes && host_fd < kFirstPreopen + kPreopensMax; host_fd++) {
    Found answer = ask(host_fd, fd, len);
    if (answer == Found::yes) found = host_fd;
    if (answer != Found::no) break;
  }
  return remember(fs_after_downcall(), fd, found);
}

} // namespace mayfly::wasi_p1
