// Descriptors: state, metadata, preopens, closing and renumbering.
#include "abi/wasi_p1/call.h"
#include "core/path.h"

namespace mayfly::wasi_p1 {

MAYFLY_NOINLINE Result<Off> slot_with(Fs &fs, Fd fd, u64 rights, Errno posix, Errno of_stdio) {
  FdSlot *slot = fd_slot(fs, fd);
  if (slot == nullptr) return Errno::badf;
  const Ofd &ofd = ofd_of(fs, *slot);
  if (rights & right::writes ? !(ofd.access & kWrite) : rights & right::bytes_only && ofd.kind == Ofd::directory)
    return posix;
  if (!has(*slot, rights)) return Errno::notcapable;
  if (ofd.kind == Ofd::host && is_stdio(ofd) && of_stdio != Errno::ok) return of_stdio;
  return fs.off_of(slot);
}

// The dialects have the same fields after the link count, which has 32 bits in one and 64 in the other.
MAYFLY_NOINLINE void store_filestat(AppPtr out, const Stat &st, Dialect dialect) {
  constexpr auto at = [](StrView field) consteval {
    return abi::offset_of(Record::filestat, Dialect::snapshot, field);
  };
  constexpr u32 kTypeAt = at("filetype"), kUnstableSize = abi::offset_of(Record::filestat, Dialect::unstable, "size");
  static_assert(abi::offset_of(Record::filestat, Dialect::unstable, "nlink") == kTypeAt + 4);
  host::app_store_u64(out + at("dev"), st.dev);
  host::app_store_u64(out + at("ino"), st.ino);
  u64 type = filetype_of(st.mode);
  AppPtr rest = out + at("size");
  if (dialect == Dialect::unstable) {
    u64 nlink = st.nlink > ~u32{0} ? ~u32{0} : st.nlink;
    host::app_store_u64(out + kTypeAt, type | nlink << 32);
    rest = out + kUnstableSize;
  } else {
    host::app_store_u64(out + kTypeAt, type);
    host::app_store_u64(out + at("nlink"), st.nlink);
  }
  host::app_store_u64(rest, st.size);
  host::app_store_u64(rest + (at("atim") - at("size")), static_cast<u64>(st.atime_ns));
  host::app_store_u64(rest + (at("mtim") - at("size")), static_cast<u64>(st.mtime_ns));
  host::app_store_u64(rest + (at("ctim") - at("size")), static_cast<u64>(st.ctime_ns));
}

static bool decode_time(u64 value, bool set, bool now, SetTime &out) {
  out.how = set ? SetTime::value : now ? SetTime::now : SetTime::omit;
  out.ns = static_cast<i64>(value);
  return !(set && now) && !(set && out.ns < 0);
}

MAYFLY_NOINLINE Errno decode_times(u64 atim, u64 mtim, u32 flags, SetTime &atime, SetTime &mtime) {
  if (flags & ~fstflag::all) return Errno::inval;
  bool ok = decode_time(atim, flags & fstflag::atim, flags & fstflag::atim_now, atime) &&
            decode_time(mtim, flags & fstflag::mtim, flags & fstflag::mtim_now, mtime);
  return ok ? Errno::ok : Errno::inval;
}

MAYFLY_COLD bool times_are_valid(u64 atim, u64 mtim, u32 flags) {
  SetTime atime, mtime;
  return decode_times(atim, mtim, flags, atime, mtime) == Errno::ok;
}

u32 fd_advise(Fs &fs, Fd fd, u64 offset, u64 len, u32 advice) {
  Result<Off> found = slot_with(fs, fd, right::fd_advise, Errno::badf, Errno::spipe);
  if (!found.ok()) return num(found.error());
  if (advice > kAdviceMax || ((offset | len) & ~kFileSizeMax)) return num(Errno::inval);
  const FdSlot &slot = *fs.at<FdSlot>(found.value());
  if (ofd_of(fs, slot).kind == Ofd::host) return MAYFLY_TO_HOST_DIR(below::fd_advise(host_fd_of(fs, slot), offset, len, advice));
  return 0;
}

u32 fd_allocate(Fs &fs, Fd fd, u64 offset, u64 len) {
  Result<Off> found = slot_with(fs, fd, right::fd_allocate, Errno::badf, Errno::spipe);
  if (!found.ok()) return num(found.error());
  const FdSlot &slot = *fs.at<FdSlot>(found.value());
  Ofd &ofd = ofd_of(fs, slot);
  if (ofd.kind == Ofd::host) return MAYFLY_TO_HOST_DIR(below::fd_allocate(host_fd_of(fs, slot), offset, len));
  return num(fallocate(fs, ofd, 0, offset, len));
}

// The host's descriptor goes when the last of ours for it does; its standard streams never do.
static MAYFLY_COLD u32 release_host(const Ofd &ofd) {
  if (ofd.kind != Ofd::host || is_stdio(ofd) || ofd.refs > 1 || ofd.host_fd >= kHostDirMissing) return 0;
  return MAYFLY_TO_HOST_DIR(below::fd_close(ofd.host_fd));
}

// Fetches the time if the close of a descriptor of `ofd` resolves marked times: the last one of a file that was
// changed.
static MAYFLY_COLD void fetch_time_of_close(Fs &fs, const Ofd &ofd) {
  if (ofd.refs > 1 || ofd.inode == 0) return;
  const Inode &inode = fs.inode(ofd.inode);
  if (inode.nlink != 0 && (inode.flags & (kTimeM | kTimeC | kTimeB))) fetch_time(fs);
}

// What goes before the end of a descriptor. The host's error.
static MAYFLY_INLINE u32 prepare_close(Fs &fs, const Ofd &ofd) {
  if (MAYFLY_UNLIKELY(ofd.kind == Ofd::host)) return release_host(ofd);
  if (host::kClockIsFetched && build::writes) fetch_time_of_close(fs, ofd);
  return 0;
}

u32 fd_close(Fs &fs, Fd fd) {
  FdSlot *slot = fd_slot(fs, fd);
  if (MAYFLY_UNLIKELY(slot == nullptr)) return num(Errno::badf);
  u32 below_error = prepare_close(fs, ofd_of(fs, *slot));
  u32 error = num(close(fs_after_downcall(), fd));
  return below_error ? below_error : error;
}

u32 fd_renumber(Fs &fs, Fd from, Fd to) {
  FdSlot *source = fd_slot(fs, from), *target = fd_slot(fs, to);
  if (source == nullptr || target == nullptr) return num(Errno::badf);
  if (source->ofd != target->ofd) prepare_close(fs, ofd_of(fs, *target));
  return num(renumber(fs_after_downcall(), from, to));
}

// The right to sync includes the right to sync the data. Standard streams: as fsync(2) of a pipe.
static u32 synchronize(Fs &fs, Fd fd, bool data_only) {
  Result<Off> found = slot_with(fs, fd, right::fd_sync, Errno::ok, Errno::inval);
  if (data_only && found.error() == Errno::notcapable)
    found = slot_with(fs, fd, right::fd_datasync, Errno::ok, Errno::inval);
  if (!found.ok()) return num(found.error());
  const FdSlot &slot = *fs.at<FdSlot>(found.value());
  Ofd &ofd = ofd_of(fs, slot);
  if (ofd.kind != Ofd::host) {
    if (ofd.kind == Ofd::device || !wants_time(fs.inode(ofd.inode))) return num(fsync(fs, ofd));
    fetch_time(fs);
    return synchronize(fs_after_downcall(), fd, data_only);
  }
  u32 below_fd = host_fd_of(fs, slot);
  return MAYFLY_TO_HOST_DIR(data_only ? below::fd_datasync(below_fd) : below::fd_sync(below_fd));
}

u32 fd_sync(Fs &fs, Fd fd) { return synchronize(fs, fd, false); }
u32 fd_datasync(Fs &fs, Fd fd) { return synchronize(fs, fd, true); }

MAYFLY_COLD u32 fd_fdstat_get(Fs &fs, Fd fd, AppPtr out) {
  constexpr u32 kBaseAt = offset_of(Record::fdstat, "fs_rights_base"),
                kInheritingAt = offset_of(Record::fdstat, "fs_rights_inheriting");
  static_assert(offset_of(Record::fdstat, "fs_filetype") == 0 && offset_of(Record::fdstat, "fs_flags") == 2);
  FdSlot *slot = fd_slot(fs, fd);
  if (slot == nullptr) return num(Errno::badf);
  if (!covers(out, kFdstatBytes)) return num(Errno::fault);
  Ofd &ofd = ofd_of(fs, *slot);
  u64 head, base = slot->rights_base, inheriting = slot->rights_inheriting & right::all;
  bool stream = ofd.kind == Ofd::device && ofd.device_id == Device::tty;
  if (ofd.kind == Ofd::host) {
    bool standard = is_stdio(ofd);
    u32 error = below::fd_fdstat_get(host_fd_of(fs, *slot), out);
    if (error == 0) { // our table may hold fewer rights than the host gives
      head = host::app_load_u64(out);
      base &= host::app_load_u64(out + kBaseAt);
      inheriting &= host::app_load_u64(out + kInheritingAt);
    } else if (error == num(Errno::nosys) && standard) {
      head = filetype::character;
      base &= right::of_file;
      inheriting = 0;
      stream = true;
    } else {
      return error;
    }
  } else {
    u32 type = filetype_of(fs.inode(ofd.inode).mode);
    head = type | fdflags_of_status(ofd.status) << 16;
    base &= type == filetype::directory ? right::of_directory : right::of_file;
  }
  // No seek, no tell: what C libraries take for a terminal.
  if (stream) base &= ~(right::fd_seek | right::fd_tell);
  host::app_store_u64(out, head);
  host::app_store_u64(out + kBaseAt, base);
  host::app_store_u64(out + kInheritingAt, inheriting);
  return 0;
}

u32 fd_fdstat_set_flags(Fs &fs, Fd fd, u32 flags) {
  Result<Off> found = slot_with(fs, fd, right::fd_fdstat_set_flags, Errno::ok, Errno::ok);
  if (!found.ok()) return num(found.error());
  if (flags & ~fdflag::all) return num(Errno::inval);
  const FdSlot &slot = *fs.at<FdSlot>(found.value());
  Ofd &ofd = ofd_of(fs, slot);
  if (ofd.kind == Ofd::host) {
    if (!build::host_dirs || is_stdio(ofd)) return num(flags & fdflag::nonblock ? Errno::notsup : Errno::ok);
    return below::fd_fdstat_set_flags(host_fd_of(fs, slot), flags);
  }
  fs.change(ofd).status = static_cast<u16>((ofd.status & ~kStatusMask) | status_of_fdflags(flags));
  return 0;
}

u32 fd_fdstat_set_rights(Fs &fs, Fd fd, u64 base, u64 inheriting) {
  FdSlot *slot = fd_slot(fs, fd);
  if (slot == nullptr) return num(Errno::badf);
  if ((base & ~slot->rights_base) || (inheriting & ~slot->rights_inheriting)) return num(Errno::notcapable);
  FdSlot &changed = fs.change(*slot);
  changed.rights_base = base;
  changed.rights_inheriting = inheriting;
  return 0;
}

static MAYFLY_COLD u32 filestat_of_stream(u32 host_fd, AppPtr out, Dialect dialect) {
  Stat st = {};
  st.mode = mode::character;
  st.ino = host_fd;
  st.nlink = 1;
  store_filestat(out, st, dialect);
  return 0;
}

static MAYFLY_NOINLINE u32 filestat_of_host(Fs &fs, const FdSlot &slot, AppPtr out, Dialect dialect) {
  const Ofd &ofd = ofd_of(fs, slot);
  if (is_stdio(ofd)) return filestat_of_stream(ofd.host_fd, out, dialect);
  u32 fd = host_fd_of(fs, slot);
  return MAYFLY_TO_HOST_DIR(dialect == Dialect::snapshot ? below::fd_filestat_get(fd, out)
                                                         : below::unstable_fd_filestat_get(fd, out));
}

MAYFLY_NOINLINE u32 filestat_of(Fs &fs, InodeId id, AppPtr out, Dialect dialect, const Walk *dev_fd) {
  Stat st;
  stat_inode(fs, id, st);
  if (MAYFLY_UNLIKELY(dev_fd != nullptr)) stat_dev_fd(fs, *dev_fd, st);
  store_filestat(out, st, dialect);
  return 0;
}

u32 fd_filestat_get(Fs &fs, Fd fd, AppPtr out, Dialect dialect) {
  FdSlot *slot = fd_slot(fs, fd);
  if (MAYFLY_UNLIKELY(slot == nullptr)) return num(Errno::badf);
  if (MAYFLY_UNLIKELY(!has(*slot, right::fd_filestat_get))) return num(Errno::notcapable);
  if (MAYFLY_UNLIKELY(!in_app(out, filestat_bytes(dialect)))) return num(Errno::fault);
  Ofd &ofd = ofd_of(fs, *slot);
  if (MAYFLY_UNLIKELY(ofd.kind == Ofd::host)) return filestat_of_host(fs, *slot, out, dialect);
  if (wants_time(fs.inode(ofd.inode))) {
    fetch_time(fs);
    return fd_filestat_get(fs_after_downcall(), fd, out, dialect);
  }
  return filestat_of(fs, ofd.inode, out, dialect);
}

u32 fd_filestat_set_size(Fs &fs, Fd fd, u64 size) {
  Result<Off> found = slot_with(fs, fd, right::fd_filestat_set_size, Errno::inval, Errno::inval);
  if (!found.ok()) return num(found.error());
  if (size > kFileSizeMax) return num(Errno::inval);
  const FdSlot &slot = *fs.at<FdSlot>(found.value());
  Ofd &ofd = ofd_of(fs, slot);
  if (ofd.kind == Ofd::host) return MAYFLY_TO_HOST_DIR(below::fd_filestat_set_size(host_fd_of(fs, slot), size));
  return num(ftruncate(fs, ofd, size));
}

static MAYFLY_NOINLINE u32 set_times(Fs &fs, Ofd &ofd, u64 atim, u64 mtim, u32 flags) {
  SetTime atime, mtime;
  (void)decode_times(atim, mtim, flags, atime, mtime);
  return num(futimens(fs, ofd, atime, mtime));
}

u32 fd_filestat_set_times(Fs &fs, Fd fd, u64 atim, u64 mtim, u32 flags) {
  Result<Off> found = slot_with(fs, fd, right::fd_filestat_set_times, Errno::ok, Errno::inval);
  if (!found.ok()) return num(found.error());
  if (!times_are_valid(atim, mtim, flags)) return num(Errno::inval);
  const FdSlot &slot = *fs.at<FdSlot>(found.value());
  Ofd &ofd = ofd_of(fs, slot);
  if (ofd.kind == Ofd::host)
    return MAYFLY_TO_HOST_DIR(below::fd_filestat_set_times(host_fd_of(fs, slot), atim, mtim, flags));
  return set_times(fs, ofd, atim, mtim, flags);
}

// EBADF for a descriptor that is no preopen: it ends a C library's scan for them.
MAYFLY_COLD u32 fd_prestat_get(Fs &fs, Fd fd, AppPtr out) {
  FdSlot *slot = fd_slot(fs, fd);
  if (slot == nullptr || slot->preopen_name == 0) return num(Errno::badf);
  if (!covers(out, kPrestatBytes)) return num(Errno::fault);
  host::app_store_u64(out, static_cast<u64>(*fs.at<u32>(slot->preopen_name)) << 32); // tag 0: a directory
  return 0;
}

MAYFLY_COLD u32 fd_prestat_dir_name(Fs &fs, Fd fd, AppPtr path, u32 path_len) {
  FdSlot *slot = fd_slot(fs, fd);
  if (slot == nullptr || slot->preopen_name == 0) return num(Errno::badf);
  const u32 *name = fs.at<u32>(slot->preopen_name);
  if (path_len < *name) return num(Errno::nametoolong);
  if (!covers(path, *name)) return num(Errno::fault);
  host::app_copy_out(path, name + 1, *name);
  return 0;
}

} // namespace mayfly::wasi_p1
