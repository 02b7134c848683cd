// fd_readdir: entries straight into the application's buffer.
#include "abi/wasi_p1/call.h"
#include "core/dir.h"

namespace mayfly::wasi_p1 {
namespace {

u64 load_word(const char *p) {
  u64 word;
  __builtin_memcpy(&word, p, 8);
  return word;
}

// A name of any length, in words. The last word overlaps the one before it, which is cheaper
// than a loop over the rest and never touches a byte outside either side.
MAYFLY_INLINE void store_name(AppPtr to, StrView name) {
  if (name.len >= 8) {
    u32 i = 0;
    for (; i + 8 <= name.len; i += 8) host::app_store_u64(to + i, load_word(name.ptr + i));
    if (i < name.len) host::app_store_u64(to + name.len - 8, load_word(name.ptr + name.len - 8));
    return;
  }
  for (u32 i = 0; i < name.len; i++) host::app_store_u8(to + i, static_cast<u8>(name.ptr[i]));
}

// The name's length and the type are stored as one word.
constexpr u32 kNextAt = offset_of(Record::dirent, "d_next"), kInoAt = offset_of(Record::dirent, "d_ino"),
              kNamelenAt = offset_of(Record::dirent, "d_namlen");
static_assert(offset_of(Record::dirent, "d_type") == kNamelenAt + 4);

MAYFLY_INLINE void store_entry(AppPtr to, const DirEntry &entry) {
  host::app_store_u64(to + kNextAt, entry.next_cookie);
  host::app_store_u64(to + kInoAt, entry.ino);
  host::app_store_u64(to + kNamelenAt, entry.name.len | static_cast<u64>(filetype_of(entry.type)) << 32);
  store_name(to + kDirentBytes, entry.name);
}

// The first `room` bytes of an entry that is longer than that.
void store_cut_entry(AppPtr to, u32 room, const DirEntry &entry) {
  static_assert(kNextAt == 0 && kInoAt == 8 && kNamelenAt == 16);
  u64 header[3] = {entry.next_cookie, entry.ino,
                   entry.name.len | static_cast<u64>(filetype_of(entry.type)) << 32};
  u32 head = room < kDirentBytes ? room : kDirentBytes;
  host::app_copy_out(to, header, head);
  if (room > kDirentBytes) host::app_copy_out(to + kDirentBytes, entry.name.ptr, room - kDirentBytes);
}

// Entries of a directory of ours, into a checked buffer.
MAYFLY_NOINLINE u32 list(Fs &fs, Ofd &ofd, AppPtr buf, u32 buf_len, u64 cookie, AppPtr out) {
  if (fs.inode(ofd.inode).nlink == 0) return num(Errno::noent); // removed: as getdents(2)
  DirCursor cursor = dir_seek(fs, ofd, cookie);
  DirEntry entry;
  u32 used = 0;
  while (used < buf_len && dir_next_inline(fs, ofd, cursor, entry)) {
    u32 room = buf_len - used;
    if (room < kDirentBytes + entry.name.len) {
      // Filled to the last byte: how the caller knows that there is more.
      DirEntry cut = entry;
      store_cut_entry(buf + used, room, cut);
      used = buf_len;
      break;
    }
    store_entry(buf + used, entry);
    used += kDirentBytes + entry.name.len;
  }
  host::app_store_u32(out, used);
  return 0;
}

} // namespace

u32 fd_readdir(Fs &fs, Fd fd, AppPtr buf, u32 buf_len, u64 cookie, AppPtr out) {
  FdSlot *slot = fd_slot(fs, fd);
  if (slot == nullptr) return num(Errno::badf);
  Ofd &ofd = ofd_of(fs, *slot);
  bool of_host = build::host_dirs && ofd.kind == Ofd::host && !is_stdio(ofd);
  if (ofd.kind != Ofd::directory && !of_host) return num(Errno::notdir);
  if (!has(*slot, right::fd_readdir)) return num(Errno::notcapable);
  if (!covers_buffer(buf, buf_len) || !covers(out, 4)) return num(Errno::fault);
  if (of_host) return below::fd_readdir(host_fd_of(fs, *slot), buf, buf_len, cookie, out);
  return list(fs, ofd, buf, buf_len, cookie, out);
}

} // namespace mayfly::wasi_p1
