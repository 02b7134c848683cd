#include "core/fd_table.h"

namespace mayfly {
namespace {

constexpr u32 kFdsMin = 16;
u32 table_bytes(u32 cap) { return cap * static_cast<u32>(sizeof(FdSlot)); }

MAYFLY_COLD Errno grow_table(Fs &fs, Fd fd) {
  if (fd >= fs.fd_max) return Errno::mfile;
  u32 cap = fs.fd_cap ? fs.fd_cap : kFdsMin;
  while (cap <= fd) cap *= 2;
  Off to = alloc_object(fs, table_bytes(cap));
  if (!to) return Errno::nospc;
  if (fs.fd_cap) __builtin_memcpy(fs.at<char>(to), fs.at<char>(fs.fd_table), table_bytes(fs.fd_cap));
  if (fs.fd_cap) free_object(fs, fs.fd_table, table_bytes(fs.fd_cap));
  fs.mark(0);
  fs.fd_table = to;
  fs.fd_cap = cap;
  return Errno::ok;
}

void unlock(Fs &fs, Ofd &ofd) {
  if (!build::writes || !ofd.lock) return;
  Inode &i = fs.change(fs.inode(ofd.inode));
  i.lock = ofd.lock == 2 ? 0 : i.lock - 1;
  ofd.lock = 0;
}

void free_name(Fs &fs, FdSlot &slot) {
  if (build::writes && slot.preopen_name) free_object(fs, slot.preopen_name, *fs.at<u32>(slot.preopen_name) + 4);
}

Fd clear_slot(Fs &fs, Fd fd) {
  FdSlot &slot = fs.change(fs.at<FdSlot>(fs.fd_table)[fd]);
  free_name(fs, slot);
  zero_words(&slot, sizeof slot);
  fs.fd_used--;
  if (fd < fs.fd_hint) fs.fd_hint = fd;
  fs.mark(0);
  return fd;
}

} // namespace

Errno init_fds(Fs &fs) { return fs.fd_max ? grow_table(fs, 0) : Errno::ok; }

MAYFLY_COLD Result<Fd> lowest_free_fd(Fs &fs, Fd lowest) {
  Fd fd = lowest > fs.fd_hint ? lowest : fs.fd_hint;
  const FdSlot *slots = fs.at<FdSlot>(fs.fd_table);
  while (fd < fs.fd_cap && slots[fd].ofd) fd++;
  if (lowest <= fs.fd_hint && fs.fd_hint != fd) fs.change(fs.fd_hint) = fd;
  if (MAYFLY_UNLIKELY(fd >= fs.fd_max)) return Errno::mfile;
  if (MAYFLY_UNLIKELY(fd >= fs.fd_cap)) MAYFLY_CHECK(grow_table(fs, fd));
  return fd;
}

Result<Off> new_ofd(Fs &fs) {
  Off off = alloc_object(fs, sizeof(Ofd));
  if (!off) return Errno::nospc;
  return off;
}

void free_ofd(Fs &fs, Off off) { free_object(fs, off, sizeof(Ofd)); }

void install_fd(Fs &fs, Fd fd, Off ofd, u64 rights_base, u64 rights_inheriting) {
  FdSlot &slot = fs.change(fs.at<FdSlot>(fs.fd_table)[fd]);
  slot.ofd = ofd;
  slot.rights_base = rights_base;
  slot.rights_inheriting = rights_inheriting;
  fs.change(*fs.at<Ofd>(ofd)).refs++;
  fs.fd_used++;
  if (fd == fs.fd_hint) fs.fd_hint = fd + 1;
  fs.mark(0);
}

void bind_ofd(Fs &fs, Ofd &ofd, InodeId id, u8 access, u32 status) {
  Inode &i = fs.inode(id);
  ofd.kind = is_dir(i) ? Ofd::directory : is_char(i) ? Ofd::device : Ofd::file;
  if (status & open_flags::path) ofd.kind = Ofd::path;
  ofd.access = access;
  ofd.status = static_cast<u16>(status & kStatusMask);
  ofd.inode = id;
  ofd.device_id = is_char(i) ? i.device : Device::none;
  if constexpr (build::writes) fs.change(i).opens++;
}

Errno close(Fs &fs, Fd fd) {
  FdSlot *slot = fd_slot(fs, fd);
  if (!slot) return Errno::badf;
  Off off = slot->ofd;
  Ofd &ofd = fs.change(*fs.at<Ofd>(off));
  clear_slot(fs, fd);
  if (--ofd.refs) return Errno::ok;
  unlock(fs, ofd);
  InodeId id = ofd.inode;
  free_ofd(fs, off);
  if (!build::writes || !id) return Errno::ok; // where nothing is removed, nobody asks what is held
  Inode &i = fs.change(fs.inode(id));
  i.opens--;
  if (MAYFLY_UNLIKELY(i.nlink == 0)) drop_inode(fs, id);
  // A file that was only read keeps its access time marked until somebody looks.
  else if (i.flags & (kTimeM | kTimeC | kTimeB)) resolve_times(fs, i);
  return Errno::ok;
}

Result<Fd> dup(Fs &fs, Fd fd, Fd lowest) {
  const FdSlot *slot = fd_slot(fs, fd);
  if (!slot) return Errno::badf;
  if (lowest >= fs.fd_max) return Errno::inval;
  MAYFLY_TRY(to, lowest_free_fd(fs, lowest));
  slot = fd_slot(fs, fd); // the table may have moved
  install_fd(fs, to, slot->ofd, slot->rights_base, slot->rights_inheriting);
  return to;
}

MAYFLY_COLD Errno dup2(Fs &fs, Fd from, Fd to) {
  const FdSlot *slot = fd_slot(fs, from);
  if (!slot || to >= fs.fd_max) return Errno::badf;
  if (from == to) return Errno::ok;
  if (to >= fs.fd_cap) MAYFLY_CHECK(grow_table(fs, to));
  slot = fd_slot(fs, from);
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
  FdSlot *slots = fs.at<FdSlot>(fs.fd_table);
  FdSlot moved = slots[from];
  slots[from].preopen_name = 0; // goes along
  clear_slot(fs, from);
  fs.change(slots[to]) = moved;
  fs.fd_used++;
  if (to == fs.fd_hint) fs.fd_hint++;
  return Errno::ok;
}

MAYFLY_COLD Errno open_host_at(Fs &fs, Fd fd, u32 host_fd, u64 rights_base, u64 rights_inheriting) {
  if (fd >= fs.fd_cap) MAYFLY_CHECK(grow_table(fs, fd));
  MAYFLY_TRY(off, new_ofd(fs));
  Ofd &ofd = *fs.at<Ofd>(off);
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
  if (fd >= fs.fd_cap) MAYFLY_CHECK(grow_table(fs, fd));
  MAYFLY_TRY(off, new_ofd(fs));
  bind_ofd(fs, *fs.at<Ofd>(off), id, access, status);
  install_fd(fs, fd, off, ~u64{0}, ~u64{0});
  return Errno::ok;
}

Result<Fd> open_preopen(Fs &fs, InodeId dir, StrView name, u64 rights_base, u64 rights_inheriting) {
  if (!is_dir(fs.inode(dir))) return Errno::notdir;
  if (name.len >= kPathMax) return Errno::nametoolong;
  MAYFLY_TRY(fd, lowest_free_fd(fs));
  Off object = alloc_object(fs, name.len + 4);
  if (!object) return Errno::nospc;
  Errno e = open_inode_at(fs, fd, dir, kRead, 0);
  if (e != Errno::ok) {
    free_object(fs, object, name.len + 4);
    return e;
  }
  *fs.at<u32>(object) = name.len;
  __builtin_memcpy(fs.at<char>(object) + 4, name.ptr, name.len);
  FdSlot &slot = *fd_slot(fs, fd);
  slot.preopen_name = object;
  slot.rights_base = rights_base;
  slot.rights_inheriting = rights_inheriting;
  return fd;
}

MAYFLY_COLD Errno flock(Fs &fs, Ofd &ofd, Lock want) {
  if (ofd.kind == Ofd::host || ofd.kind == Ofd::path) return Errno::badf;
  Inode &i = fs.change(fs.inode(ofd.inode));
  // Others' share of the lock; converting is allowed when nobody else is in the way.
  u32 others = ofd.lock == 2 ? 0 : ofd.lock == 1 ? i.lock - 1 : i.lock;
  bool refused = want == Lock::shared ? others == ~0u : want == Lock::exclusive && others != 0;
  // Linux, flock(2): a conversion first gives up the lock that is held, also when it is then refused.
  fs.mark(fs.off_of(&ofd));
  unlock(fs, ofd);
  if (refused) return Errno::again;
  if (want == Lock::shared) i.lock++;
  if (want == Lock::exclusive) i.lock = ~0u;
  ofd.lock = static_cast<u32>(want);
  return Errno::ok;
}

} // namespace mayfly
