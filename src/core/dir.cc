// Listing: a position is a cookie, found again by binary search, so it survives whatever happens
// to the entry it came from.
#include "core/dir.h"
#include "core/fd_table.h"

namespace mayfly {
namespace {

// /dev/fd lists a symbolic link for each open descriptor; cursor kDots + N is descriptor N, its cookie N + 3.
bool next_dev_fd(Fs &fs, const Ofd &ofd, DirCursor &cursor, DirEntry &entry) {
  u32 fd = cursor.index - kDots;
  while (fd < fs.fd_cap && !record_at(fs, fd).slot.ofd) fd++;
  if (fd >= fs.fd_cap) return false;
  // The number's digits live in the scratch half of the description until the next call.
  static_assert(sizeof(Ofd::reserved) >= 8);
  char *digits = reinterpret_cast<char *>(const_cast<u32 *>(ofd.reserved));
  u32 n = 0, power = 1;
  fs.mark(fs.off_of(&ofd));
  while (power <= fd / 10) power *= 10;
  for (; power; power /= 10) digits[n++] = static_cast<char>('0' + fd / power % 10);
  entry = {kDevFdIno + fd, mode::symlink, StrView(digits, n), fd + 3};
  cursor.index = fd + 1 + kDots;
  return true;
}

// Moves the directory's first slot to its first entry. Without it "rewind, take the first entry, remove it"
// would pass over all that was removed each time.
void skip_removed(Fs &fs, Inode &i) {
  const DirSlot *slots = fs.at<DirSlot>(i.dir.slots);
  u32 first = i.dir.first;
  while (first < i.dir.slots_used && !slots[first].dentry) first++;
  if (first != i.dir.first) fs.change(i).dir.first = first;
}

} // namespace

DirCursor dir_seek(Fs &fs, Ofd &ofd, u64 cookie) {
  const Inode &i = fs.inode(ofd.inode);
  if (cookie == 0) fs.change(ofd).dir_limit = i.dir.next_cookie;
  if (cookie < kDots) return {static_cast<u32>(cookie)};
  if (i.flags & kDevFd) return {cookie < fs.fd_cap + 3 ? static_cast<u32>(cookie) : fs.fd_cap + kDots};
  const DirSlot *slots = fs.at<DirSlot>(i.dir.slots);
  u32 low = i.dir.first, high = i.dir.slots_used;
  while (low < high) {
    u32 middle = low + (high - low) / 2;
    if (slots[middle].cookie <= cookie)
      low = middle + 1;
    else
      high = middle;
  }
  return {low + kDots};
}

bool dir_next_rare(Fs &fs, Ofd &ofd, DirCursor &cursor, DirEntry &entry) {
  const Inode &i = fs.inode(ofd.inode);
  if (i.nlink == 0) return false; // removed: nothing left, not even the dots
  if (cursor.index >= kDots) return next_dev_fd(fs, ofd, cursor, entry);
  bool up = cursor.index == 1;
  if (build::writes && up) skip_removed(fs, fs.inode(ofd.inode));
  InodeId id = up ? i.dir.parent : ofd.inode;
  entry = {id / sizeof(Inode), mode::directory, up ? StrView("..") : StrView("."), cursor.index + 1};
  cursor.index = up ? i.dir.first + kDots : 1;
  return true;
}

bool dir_next(Fs &fs, Ofd &ofd, DirCursor &cursor, DirEntry &entry) {
  if (dir_is_rare(fs.inode(ofd.inode), cursor)) return dir_next_rare(fs, ofd, cursor, entry);
  DirRun run = dir_run(fs, ofd, cursor);
  const DirSlot *first = run.at;
  while (run.at < run.end && !run.at->dentry) run.at++;
  if (run.at >= run.end || run.at->cookie >= run.limit) return false;
  const Dentry &d = *fs.at<Dentry>(run.at->dentry);
  entry = {d.inode / sizeof(Inode), d.type, StrView(d.name(), d.len), run.at->cookie};
  cursor.index += static_cast<u32>(run.at - first) + 1;
  return true;
}

} // namespace mayfly
