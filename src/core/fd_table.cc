#include "core/fd_table.h"
#include "core/alloc.h"

namespace mayfly {
namespace {

// The extent that record `n` lies in.
u32 extent_of(u32 n) { return 31 - static_cast<u32>(__builtin_clz(n / kFdsMin + 1)); }

// Records up to `fd`, which is below the limit. nomem.
MAYFLY_COLD Errno add_extents(Fs &fs, Fd fd) {
  while (fs.fd_cap <= fd) {
    u32 k = extent_of(fs.fd_cap);
    Off off = alloc_process_pages(fs, fd_extent_pages(k));
    if (!off) return Errno::nomem;
    fs.change(fs.fd_extents[k]) = off;
    fs.change(fs.fd_cap) = fd_extent_first(k + 1);
  }
  return Errno::ok;
}

// Sees to it that descriptor `fd` has a record. mfile, nomem.
Errno make_record(Fs &fs, Fd fd) {
  if (fd >= fs.fd_max) return Errno::mfile;
  return MAYFLY_LIKELY(fd < fs.fd_cap) ? Errno::ok : add_extents(fs, fd);
}

Fd clear_slot(Fs &fs, Fd fd) {
  FdSlot &slot = fs.change(record_at(fs, fd).slot);
  zero_words(&slot, sizeof slot);
  fs.fd_used--;
  if (fd < fs.fd_hint) fs.fd_hint = fd;
  fs.mark_process();
  return fd;
}

} // namespace

MAYFLY_COLD FdRecord &far_record(Fs &fs, u32 n) {
  u32 k = extent_of(n);
  return fs.at<FdRecord>(fs.fd_extents[k])[n - fd_extent_first(k)];
}

MAYFLY_COLD FdSlot *far_slot(Fs &fs, Fd fd) {
  if (fd >= fs.fd_cap) return nullptr;
  FdSlot &slot = far_record(fs, fd).slot;
  return slot.ofd ? &slot : nullptr;
}

MAYFLY_COLD Fd number_of(const Fs &fs, const FdSlot &slot) {
  Off off = fs.off_of(&slot);
  u32 k = 0; // every slot lies in an extent
  while (off < fs.fd_extents[k] || off >= fs.fd_extents[k] + fd_extent_pages(k) * kPageBytes) k++;
  return fd_extent_first(k) + (off - fs.fd_extents[k]) / static_cast<u32>(sizeof(FdRecord));
}

void init_fds(Fs &fs) {
  fs.fd_extents[0] = kFdExtentOff;
  fs.fd_cap = kFdsMin;
}

MAYFLY_COLD Result<Fd> lowest_free_fd(Fs &fs, Fd lowest) {
  Fd fd = lowest > fs.fd_hint ? lowest : fs.fd_hint;
  while (fd < fs.fd_cap && record_at(fs, fd).slot.ofd) fd++;
  if (lowest <= fs.fd_hint && fs.fd_hint != fd) fs.change(fs.fd_hint) = fd;
  MAYFLY_CHECK(make_record(fs, fd));
  return fd;
}

MAYFLY_NOINLINE Off new_ofd(Fs &fs, Fd fd) {
  // That of the descriptor's own number, unless another descriptor still has it.
  const FdRecord *record = &record_at(fs, fd);
  for (u32 n = 0; MAYFLY_UNLIKELY(record->ofd.refs != 0); n++) record = &far_record(fs, n);
  return fs.off_of(&record->ofd);
}

MAYFLY_NOINLINE void release(Fs &fs, Ofd &ofd) {
  Off self = fs.off_of(&ofd);
  Off &from = ofd.prev ? fs.at<Ofd>(ofd.prev)->next : holders_of(fs, ofd.inode);
  if (from != self) return;
  fs.change(from) = ofd.next;
  if (ofd.next) fs.change(*fs.at<Ofd>(ofd.next)).prev = ofd.prev;
}

bool held(Fs &fs, InodeId id) {
  if (fs.cwd == id) return true;
  for (Off off = holders_of(fs, id); off; off = fs.at<Ofd>(off)->next)
    if (fs.at<Ofd>(off)->inode == id) return true;
  return false;
}

void install_fd(Fs &fs, Fd fd, Off ofd, u64 rights_base, u64 rights_inheriting) {
  FdSlot &slot = fs.change(record_at(fs, fd).slot);
  slot.ofd = ofd;
  slot.rights_base = rights_base;
  slot.rights_inheriting = rights_inheriting;
  fs.change(*fs.at<Ofd>(ofd)).refs++;
  fs.fd_used++;
  if (fd == fs.fd_hint) fs.fd_hint = fd + 1;
  fs.mark_process();
}

void bind_ofd(Fs &fs, Ofd &ofd, InodeId id, u8 access, u32 status) {
  Inode &i = fs.inode(id);
  fs.mark(fs.off_of(&ofd));
  ofd.kind = is_dir(i) ? Ofd::directory : is_char(i) ? Ofd::device : Ofd::file;
  if (status & open_flags::path) ofd.kind = Ofd::path;
  ofd.access = access;
  ofd.status = static_cast<u16>(status & kStatusMask);
  ofd.inode = id;
  ofd.device_id = is_char(i) ? i.device : Device::none;
  if constexpr (build::writes) {
    Off self = fs.off_of(&ofd), &list = fs.change(holders_of(fs, id));
    ofd.next = list;
    if (list) fs.change(*fs.at<Ofd>(list)).prev = self;
    list = self;
  }
}

MAYFLY_NOINLINE Errno close(Fs &fs, Fd fd) {
  FdSlot *slot = fd_slot(fs, fd);
  if (!slot) return Errno::badf;
  Off off = slot->ofd;
  Ofd &ofd = fs.change(*fs.at<Ofd>(off));
  clear_slot(fs, fd);
  if (--ofd.refs) return Errno::ok;
  InodeId id = ofd.inode;
  if constexpr (build::writes) release(fs, ofd);
  zero_words(&ofd, sizeof ofd);
  if (!build::writes || !id) return Errno::ok; // where nothing is removed, nothing has to be held
  Inode &i = fs.inode(id);
  if (MAYFLY_UNLIKELY(i.nlink == 0)) drop_orphan(fs, id);
  // A file that was only read keeps its access time marked until somebody looks.
  else if (i.flags & (kTimeM | kTimeC | kTimeB)) resolve_times(fs, i);
  return Errno::ok;
}

Result<Fd> dup(Fs &fs, Fd fd, Fd lowest) {
  const FdSlot *slot = fd_slot(fs, fd);
  if (!slot) return Errno::badf;
  if (lowest >= fs.fd_max) return Errno::inval;
  MAYFLY_TRY(to, lowest_free_fd(fs, lowest));
  install_fd(fs, to, slot->ofd, slot->rights_base, slot->rights_inheriting);
  return to;
}

MAYFLY_COLD Errno dup2(Fs &fs, Fd from, Fd to) {
  const FdSlot *slot = fd_slot(fs, from);
  if (!slot || to >= fs.fd_max) return Errno::badf;
  if (from == to) return Errno::ok;
  MAYFLY_CHECK(make_record(fs, to));
  Off ofd = slot->ofd;
  u64 base = slot->rights_base, inheriting = slot->rights_inheriting;
  fs.at<Ofd>(ofd)->refs++; // survives the close of `to` even if that is its only other name
  if (fd_slot(fs, to)) (void)close(fs, to);
  fs.at<Ofd>(ofd)->refs--;
  install_fd(fs, to, ofd, base, inheriting);
  return Errno::ok;
}

MAYFLY_COLD Errno renumber(Fs &fs, Fd from, Fd to) {
  if (!fd_slot(fs, from) || !fd_slot(fs, to)) return Errno::badf;
  if (from == to) return Errno::ok;
  (void)close(fs, to);
  FdSlot moved = record_at(fs, from).slot;
  clear_slot(fs, from);
  fs.change(record_at(fs, to).slot) = moved;
  fs.fd_used++;
  if (to == fs.fd_hint) fs.fd_hint++;
  fs.mark_process();
  return Errno::ok;
}

MAYFLY_COLD Errno open_host_at(Fs &fs, Fd fd, u32 host_fd, u64 rights_base, u64 rights_inheriting) {
  MAYFLY_CHECK(make_record(fs, fd));
  Off off = new_ofd(fs, fd);
  Ofd &ofd = fs.change(*fs.at<Ofd>(off));
  ofd.kind = Ofd::host;
  ofd.host_fd = host_fd;
  ofd.access = kRead | kWrite;
  install_fd(fs, fd, off, rights_base, rights_inheriting);
  return Errno::ok;
}

Result<Fd> open_host(Fs &fs, u32 host_fd, u64 rights_base, u64 rights_inheriting) {
  MAYFLY_TRY(fd, lowest_free_fd(fs));
  MAYFLY_CHECK(open_host_at(fs, fd, host_fd, rights_base, rights_inheriting));
  return fd;
}

Errno open_inode_at(Fs &fs, Fd fd, InodeId id, u8 access, u32 status) {
  MAYFLY_CHECK(make_record(fs, fd));
  Off off = new_ofd(fs, fd);
  bind_ofd(fs, *fs.at<Ofd>(off), id, access, status);
  install_fd(fs, fd, off, ~u64{0}, ~u64{0});
  return Errno::ok;
}

Result<Fd> open_preopen(Fs &fs, InodeId dir, StrView name, u64 rights_base, u64 rights_inheriting) {
  if (!is_dir(fs.inode(dir))) return Errno::notdir;
  if (name.len >= kPathMax) return Errno::nametoolong;
  MAYFLY_TRY(fd, lowest_free_fd(fs));
  Off copy = put_string(fs, name, true);
  if (!copy) return Errno::nomem;
  MAYFLY_CHECK(open_inode_at(fs, fd, dir, kRead, 0));
  FdSlot &slot = record_at(fs, fd).slot;
  slot.preopen_name = copy;
  slot.rights_base = rights_base;
  slot.rights_inheriting = rights_inheriting;
  return fd;
}

MAYFLY_COLD Errno flock(Fs &fs, Ofd &ofd, Lock want) {
  if (ofd.kind == Ofd::host || ofd.kind == Ofd::path) return Errno::badf;
  bool shared = false, exclusive = false; // held by other descriptions of the file
  for (Fd fd = 0; fd < fs.fd_cap; fd++) {
    const FdSlot *slot = fd_slot(fs, fd);
    if (!slot || &ofd_of(fs, *slot) == &ofd || ofd_of(fs, *slot).inode != ofd.inode) continue;
    shared |= ofd_of(fs, *slot).lock == 1;
    exclusive |= ofd_of(fs, *slot).lock == 2;
  }
  // Linux, flock(2): a conversion first gives up the lock that is held, also when it is then refused.
  fs.change(ofd).lock = 0;
  if (exclusive ? want != Lock::unlock : shared && want == Lock::exclusive) return Errno::again;
  ofd.lock = static_cast<u8>(want);
  return Errno::ok;
}

// The strings of a process are written by whoever makes it, never by the application, so they are only added to. Their pages
// move when they grow; what refers to them moves along.
MAYFLY_COLD static Errno grow_strings(Fs &fs, u32 bytes) {
  u32 pages = (fs.strings_used + bytes + kPageBytes - 1) >> kPageShift;
  if (pages <= fs.strings_pages) return Errno::ok;
  if (pages < fs.strings_pages * 2) pages = fs.strings_pages * 2;
  Off to = alloc_process_pages(fs, pages), old = fs.strings;
  if (!to) return Errno::nomem;
  __builtin_memcpy(fs.at<char>(to), fs.at<char>(old), old ? fs.strings_used : 0);
  for (Fd fd = 0; fd < fs.fd_cap; fd++)
    if (record_at(fs, fd).slot.preopen_name) fs.change(record_at(fs, fd).slot).preopen_name += to - old;
  if (fs.args.off) fs.args.off += to - old;
  if (fs.env.off) fs.env.off += to - old;
  if (old) free_process_pages(fs, old, fs.strings_pages);
  fs.mark(0);
  fs.mark_process();
  fs.strings = to;
  fs.strings_pages = pages;
  return Errno::ok;
}

MAYFLY_COLD Off put_string(Fs &fs, StrView bytes, bool with_length) {
  constexpr u32 kMost = 1u << 30;
  if (bytes.len > kMost || grow_strings(fs, bytes.len + 12) != Errno::ok) return 0;
  u32 before = with_length ? 4 : 0;
  Off off = fs.strings + fs.strings_used;
  if (with_length) *fs.at<u32>(off) = bytes.len;
  if (bytes.len) __builtin_memcpy(fs.at<char>(off) + before, bytes.ptr, bytes.len);
  for (Off page = off & ~(kPageBytes - 1); page < off + before + bytes.len; page += kPageBytes) fs.mark(page);
  fs.strings_used += (before + bytes.len + 7) & ~7u;
  return off;
}

} // namespace mayfly
