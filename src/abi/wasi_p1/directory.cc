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

// The name's length and the type are stored as one word.
constexpr u32 kNextAt = offset_of(Record::dirent, "d_next"), kInoAt = offset_of(Record::dirent, "d_ino"),
              kNamelenAt = offset_of(Record::dirent, "d_namlen");
static_assert(offset_of(Record::dirent, "d_type") == kNamelenAt + 4);

constexpr u64 namelen_and_type(u32 namelen, u32 mode) {
  return namelen | static_cast<u64>(filetype_of(mode)) << 32;
}

// As much of an entry as there is room for. The length of that.
MAYFLY_NOINLINE u32 store_entry(AppPtr to, u32 room, const DirEntry &entry) {
  static_assert(kNextAt == 0 && kInoAt == 8 && kNamelenAt == 16);
  u64 header[3] = {entry.next_cookie, entry.ino, namelen_and_type(entry.name.len, entry.type)};
  u32 head = room < kDirentBytes ? room : kDirentBytes;
  u32 tail = room - head < entry.name.len ? room - head : entry.name.len;
  host::app_copy_out(to, header, head);
  if (tail) host::app_copy_out(to + head, entry.name.ptr, tail);
  return head + tail;
}

// Entries of a directory of ours, into a checked buffer. Where an entry is cut, the buffer is filled to the
// last byte: so the caller knows that there is more.
MAYFLY_NOINLINE u32 list(Fs &fs, Ofd &ofd, AppPtr buf, u32 buf_len, u64 cookie, AppPtr out) {
  const Inode &i = fs.inode(ofd.inode);
  if (i.nlink == 0) return num(Errno::noent); // removed: as getdents(2)
  DirCursor cursor = dir_seek(fs, ofd, cookie);
  u32 used = 0;
  while (dir_is_rare(i, cursor)) {
    DirEntry entry;
    if (used == buf_len || !dir_next_rare(fs, ofd, cursor, entry)) {
      host::app_store_u32(out, used);
      return 0;
    }
    used += store_entry(buf + used, buf_len - used, entry);
  }
  const DirRun run = dir_run(fs, ofd, cursor);
  AppPtr to = buf + used;
  const AppPtr end = buf + buf_len; // 0 where the buffer ends with an address space of 4 GiB
  for (const DirSlot *slot = run.at; slot < run.end && to != end; slot++) {
    const u32 dentry = slot->dentry, next = slot->cookie;
    if (!dentry) continue;
    if (next >= run.limit) break;
    // Read before anything is stored: the compiler cannot know that the application's memory and the region
    // are apart.
    const Dentry &d = *fs.at<Dentry>(dentry);
    const u32 ino = d.inode / sizeof(Inode), len = d.len, type = d.type;
    // Names are padded to whole words, and what is stored beyond an entry's end is overwritten by the next.
    if (MAYFLY_UNLIKELY(end - to < kDirentBytes + (len + 7) / 8 * 8)) {
      to += store_entry(to, end - to, {ino, type, StrView(d.name(), len), next});
      continue;
    }
    const u64 word = load_word(d.name());
    host::app_store_u64(to + kNextAt, next);
    host::app_store_u64(to + kInoAt, ino);
    host::app_store_u64(to + kNamelenAt, namelen_and_type(len, type));
    host::app_store_u64(to + kDirentBytes, word);
    for (u32 k = 8; k < len; k += 8) host::app_store_u64(to + kDirentBytes + k, load_word(d.name() + k));
    to += kDirentBytes + len;
  }
  host::app_store_u32(out, to - buf);
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
