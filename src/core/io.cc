// Bytes in and out of open descriptions: files, and the devices of /dev.
#include "core/fd_table.h"
#include "core/pages.h"
#include "core/vfs.h"

namespace mayfly {
namespace {

MAYFLY_COLD Result<u32> read_device(Ofd &ofd, AppPtr to, u32 len) {
  switch (ofd.device_id) {
  case Device::null: return u32{0};
  case Device::zero:
  case Device::full: host::app_fill(to, 0, len); return len;
  case Device::random: host::random_to_app(to, len); return len;
  default: return Errno::io;
  }
}
MAYFLY_COLD Result<u32> read_device(Ofd &ofd, char *to, u32 len) {
  switch (ofd.device_id) {
  case Device::null: return u32{0};
  case Device::zero:
  case Device::full: __builtin_memset(to, 0, len); return len;
  case Device::random: host::random_to_layer(to, len); return len;
  default: return Errno::io;
  }
}

MAYFLY_COLD Result<u32> write_device(Ofd &ofd, u32 len) {
  if (ofd.device_id == Device::full) return len ? Result<u32>(Errno::nospc) : Result<u32>(u32{0});
  return len;
}

// The answer when the description is no regular file.
MAYFLY_COLD Errno not_a_file(const Ofd &ofd) { return ofd.kind == Ofd::directory ? Errno::isdir : Errno::badf; }

// Access time as relatime has it: marked when the data changed since the last reading.
MAYFLY_INLINE void mark_read(Fs &fs, Inode &i) {
  if (i.flags & kTimeA) return;
  bool stale = i.atime <= i.mtime || i.atime <= i.ctime || (i.flags & (kTimeM | kTimeC));
  if (stale && !fs.read_only()) touch(fs, i, kTimeA);
}

template <class To> Result<u32> read_at(Fs &fs, Ofd &ofd, To to, u32 len, u64 offset) {
  Inode &i = fs.inode(ofd.inode);
  // Linux looks at where the read would end even when there is nothing to read.
  if (MAYFLY_UNLIKELY(len > kFileSizeMax - offset)) return Errno::inval;
  if (len == 0 || offset >= i.size) return u32{0};
  u64 left = i.size - offset;
  u32 n = left < len ? static_cast<u32>(left) : len;
  read_data(fs, i, offset, to, n);
  mark_read(fs, i);
  return n;
}

template <class From> Result<u32> write_at(Fs &fs, Ofd &ofd, From from, u32 len, u64 offset) {
  if (len == 0) return u32{0};
  if (MAYFLY_UNLIKELY(len > kFileSizeMax - offset)) { // appending only, see below
    if (offset == kFileSizeMax) return Errno::fbig;
    len = static_cast<u32>(kFileSizeMax - offset);
  }
  Inode &i = fs.inode(ofd.inode);
  auto n = write_data(fs, i, offset, from, len);
  if (MAYFLY_LIKELY(n.ok())) {
    i.flags |= kTimeM | kTimeC; // write_data marked the page
    drop_set_ids(fs, i);
  }
  return n;
}

// write(2) on a file that was opened for writing implies that changes are allowed: open refused otherwise.
Errno writable_file(const Ofd &ofd) {
  if (ofd.kind == Ofd::directory) return Errno::badf;
  return ofd.access & kWrite ? Errno::ok : Errno::badf;
}

template <class To> MAYFLY_INLINE Result<u32> read_any(Fs &fs, Ofd &ofd, To to, u32 len) {
  if (MAYFLY_UNLIKELY(!(ofd.access & kRead))) return Errno::badf;
  if (MAYFLY_UNLIKELY(ofd.kind != Ofd::file))
    return ofd.kind == Ofd::device ? read_device(ofd, to, len) : Result<u32>(not_a_file(ofd));
  auto n = read_at(fs, ofd, to, len, ofd.offset);
  if (n.ok()) fs.change(ofd).offset += n.value();
  return n;
}

template <class To> MAYFLY_INLINE Result<u32> pread_any(Fs &fs, Ofd &ofd, To to, u32 len, u64 offset) {
  if (MAYFLY_UNLIKELY(offset > kFileSizeMax)) return Errno::inval;
  if (MAYFLY_UNLIKELY(!(ofd.access & kRead))) return Errno::badf;
  if (MAYFLY_UNLIKELY(ofd.kind != Ofd::file))
    return ofd.kind == Ofd::device ? read_device(ofd, to, len) : Result<u32>(not_a_file(ofd));
  return read_at(fs, ofd, to, len, offset);
}

template <class From> MAYFLY_INLINE Result<u32> write_any(Fs &fs, Ofd &ofd, From from, u32 len) {
  if (MAYFLY_UNLIKELY(!(ofd.access & kWrite))) return Errno::badf;
  if (MAYFLY_UNLIKELY(ofd.kind != Ofd::file))
    return ofd.kind == Ofd::device ? write_device(ofd, len) : Result<u32>(Errno::badf);
  if constexpr (!build::writes) return Errno::badf;
  if (MAYFLY_UNLIKELY(len > kFileSizeMax - ofd.offset)) return Errno::inval; // Linux: not EFBIG
  u64 at = ofd.status & open_flags::append ? fs.inode(ofd.inode).size : ofd.offset;
  auto n = write_at(fs, ofd, from, len, at);
  if (n.ok() && len) fs.change(ofd).offset = at + n.value();
  return n;
}

template <class From> MAYFLY_INLINE Result<u32> pwrite_any(Fs &fs, Ofd &ofd, From from, u32 len, u64 offset) {
  if (MAYFLY_UNLIKELY(offset > kFileSizeMax)) return Errno::inval;
  if (MAYFLY_UNLIKELY(!(ofd.access & kWrite))) return Errno::badf;
  if (MAYFLY_UNLIKELY(ofd.kind != Ofd::file))
    return ofd.kind == Ofd::device ? write_device(ofd, len) : Result<u32>(Errno::badf);
  if constexpr (!build::writes) return Errno::badf;
  if (MAYFLY_UNLIKELY(len > kFileSizeMax - offset)) return Errno::inval;
  u64 at = ofd.status & open_flags::append ? fs.inode(ofd.inode).size : offset;
  return write_at(fs, ofd, from, len, at);
}

} // namespace

Result<u32> read(Fs &fs, Ofd &ofd, AppPtr to, u32 len) { return read_any(fs, ofd, to, len); }
Result<u32> pread(Fs &fs, Ofd &ofd, AppPtr to, u32 len, u64 offset) { return pread_any(fs, ofd, to, len, offset); }
Result<u32> write(Fs &fs, Ofd &ofd, AppPtr from, u32 len) { return write_any(fs, ofd, from, len); }
Result<u32> pwrite(Fs &fs, Ofd &ofd, AppPtr from, u32 len, u64 offset) {
  return pwrite_any(fs, ofd, from, len, offset);
}
Result<u32> read(Fs &fs, Ofd &ofd, ByteSpan to) { return read_any(fs, ofd, to.ptr, to.len); }
Result<u32> pread(Fs &fs, Ofd &ofd, ByteSpan to, u64 offset) { return pread_any(fs, ofd, to.ptr, to.len, offset); }
Result<u32> write(Fs &fs, Ofd &ofd, StrView from) { return write_any(fs, ofd, from.ptr, from.len); }
Result<u32> pwrite(Fs &fs, Ofd &ofd, StrView from, u64 offset) {
  return pwrite_any(fs, ofd, from.ptr, from.len, offset);
}

Result<u64> seek_position(Fs &fs, Ofd &ofd, i64 delta, Whence whence) {
  if (MAYFLY_UNLIKELY(ofd.kind != Ofd::file)) {
    if (ofd.kind == Ofd::path || ofd.kind == Ofd::host) return Errno::badf;
    if (ofd.kind == Ofd::device) return u64{0}; // Linux: accepted, always 0
    if (whence == Whence::end) return Errno::inval;
  }
  u64 base = whence == Whence::set ? 0 : whence == Whence::cur ? ofd.offset : fs.inode(ofd.inode).size;
  i64 pos;
  if (__builtin_add_overflow(static_cast<i64>(base), delta, &pos)) return Errno::inval;
  if (pos < 0) return Errno::inval;
  fs.change(ofd).offset = static_cast<u64>(pos);
  return static_cast<u64>(pos);
}

Result<u64> seek(Fs &fs, Ofd &ofd, i64 delta, Whence whence) {
  if (whence <= Whence::end) return seek_position(fs, ofd, delta, whence);
  if (whence > Whence::hole) return Errno::inval;
  if (ofd.kind == Ofd::path || ofd.kind == Ofd::host) return Errno::badf;
  if (ofd.kind == Ofd::device) return u64{0};
  if (ofd.kind == Ofd::directory) return Errno::inval;
  const Inode &i = fs.inode(ofd.inode);
  if (delta < 0 || static_cast<u64>(delta) >= i.size) return Errno::nxio;
  u64 pos = static_cast<u64>(delta);
  u64 found = whence == Whence::data ? next_data(fs, i, pos) : next_hole(fs, i, pos);
  if (whence == Whence::data && found >= i.size) return Errno::nxio;
  fs.change(ofd).offset = found;
  return found;
}

Errno ftruncate(Fs &fs, Ofd &ofd, u64 size) {
  if (ofd.kind == Ofd::path || ofd.kind == Ofd::host) return Errno::badf;
  if (ofd.kind != Ofd::file || !(ofd.access & kWrite)) return Errno::inval;
  if (!build::writes || size > kFileSizeMax) return Errno::inval;
  Inode &i = fs.inode(ofd.inode);
  MAYFLY_CHECK(resize(fs, i, size));
  touch(fs, i, kTimeM | kTimeC);
  drop_set_ids(fs, i);
  return Errno::ok;
}

Errno fallocate(Fs &fs, Ofd &ofd, u32 how, u64 offset, u64 len) {
  using namespace fallocate_mode;
  if (ofd.kind == Ofd::path || ofd.kind == Ofd::host) return Errno::badf;
  if (offset > kFileSizeMax || len == 0 || len > kFileSizeMax) return Errno::inval;
  if (how & ~(keep_size | punch_hole)) return Errno::notsup;
  if (how == punch_hole) return Errno::notsup; // Linux wants KEEP_SIZE with it
  MAYFLY_CHECK(writable_file(ofd));
  if (!build::writes || ofd.kind != Ofd::file) return Errno::nodev;
  if (len > kFileSizeMax - offset) return Errno::fbig;
  Inode &i = fs.inode(ofd.inode);
  if (how & punch_hole) {
    MAYFLY_CHECK(punch(fs, i, offset, len));
  } else {
    MAYFLY_CHECK(allocate(fs, i, offset, len));
    fs.mark(ofd.inode);
    if (!(how & keep_size) && offset + len > i.size) i.size = offset + len;
  }
  touch(fs, i, kTimeM | kTimeC);
  drop_set_ids(fs, i);
  return Errno::ok;
}

Result<u32> copy_range(Fs &fs, Ofd &in, u64 *in_offset, Ofd &out, u64 *out_offset, u32 len) {
  if (in.kind >= Ofd::host || out.kind >= Ofd::host) return Errno::badf; // host and path
  if (in.kind == Ofd::directory || out.kind == Ofd::directory) return Errno::isdir;
  if (in.kind != Ofd::file || out.kind != Ofd::file) return Errno::inval;
  if (!(in.access & kRead) || !(out.access & kWrite) || out.status & open_flags::append) return Errno::badf;
  u64 from = in_offset ? *in_offset : in.offset, to = out_offset ? *out_offset : out.offset;
  if (from > kFileSizeMax || to > kFileSizeMax) return Errno::inval;
  const Inode &source = fs.inode(in.inode);
  Inode &target = fs.inode(out.inode);
  if (to >= kFileSizeMax) return Errno::fbig;
  if (from >= source.size) return u32{0};
  if (len > source.size - from) len = static_cast<u32>(source.size - from);
  if (len > kFileSizeMax - to) len = static_cast<u32>(kFileSizeMax - to);
  if (in.inode == out.inode && from < to + len && to < from + len) return Errno::inval;
  if (len == 0) return u32{0};
  MAYFLY_TRY(n, copy_data(fs, source, from, target, to, len));
  touch(fs, target, kTimeM | kTimeC);
  drop_set_ids(fs, target);
  mark_read(fs, fs.inode(in.inode));
  if (in_offset) *in_offset = from + n;
  else fs.change(in).offset = from + n;
  if (out_offset) *out_offset = to + n;
  else fs.change(out).offset = to + n;
  return n;
}

Errno fsync(Fs &fs, Ofd &ofd) {
  if (ofd.kind == Ofd::path || ofd.kind == Ofd::host) return Errno::badf;
  if (ofd.kind == Ofd::device) return Errno::inval;
  if constexpr (build::writes) resolve_times(fs, fs.inode(ofd.inode));
  return Errno::ok;
}

} // namespace mayfly
