// An empty filesystem: the superblock, its tables, the root, and /dev.
#include "core/alloc.h"
#include "core/fd_table.h"
#include "core/path.h"

namespace mayfly {
namespace {

constexpr u32 kFirstCapacity = kPageBytes * 8; // pages that the first bitmap has room for: 128 MiB

void stamp(Inode &i, i64 ns) {
  i.atime = i.mtime = i.ctime = i.btime = ns;
  i.flags &= static_cast<u8>(~kTimeAll);
}

Result<InodeId> make(Fs &fs, InodeId dir, StrView name, u32 mode, Device device, i64 ns) {
  MAYFLY_TRY(id, new_inode(fs, mode));
  Inode &i = fs.inode(id);
  i.uid = i.gid = 0;
  if (is_char(i)) i.device = device;
  Path path;
  MAYFLY_CHECK(path.assign(name.ptr, name.len));
  Name entry{path.bytes, name.len, hash_name(fs.name_seed, dir, path.bytes, name.len)};
  MAYFLY_CHECK(add_entry(fs, dir, entry, id));
  stamp(fs.inode(id), ns);
  stamp(fs.inode(dir), ns);
  return id;
}

Errno make_link(Fs &fs, InodeId dir, StrView name, StrView target, i64 ns) {
  Path to, path;
  MAYFLY_CHECK(to.assign(target.ptr, target.len));
  MAYFLY_CHECK(path.assign(name.ptr, name.len));
  MAYFLY_CHECK(symlink_at(fs, to, At{dir}, path));
  MAYFLY_TRY(id, resolve(fs, At{dir, At::nofollow}, path));
  fs.inode(id).uid = fs.inode(id).gid = 0;
  stamp(fs.inode(id), ns);
  stamp(fs.inode(dir), ns);
  return Errno::ok;
}

Errno make_devices(Fs &fs, i64 ns) {
  MAYFLY_TRY(dev, make(fs, fs.root, "dev", mode::directory | 0755, Device::none, ns));
  constexpr u32 character = mode::character | 0666;
  MAYFLY_CHECK(make(fs, dev, "null", character, Device::null, ns).error());
  MAYFLY_CHECK(make(fs, dev, "zero", character, Device::zero, ns).error());
  MAYFLY_CHECK(make(fs, dev, "full", character, Device::full, ns).error());
  MAYFLY_CHECK(make(fs, dev, "random", character, Device::random, ns).error());
  MAYFLY_CHECK(make(fs, dev, "urandom", character, Device::random, ns).error());
  MAYFLY_TRY(fds, make(fs, dev, "fd", mode::directory | 0555, Device::none, ns));
  fs.inode(fds).flags |= kDevFd;
  MAYFLY_CHECK(make_link(fs, dev, "stdin", "fd/0", ns));
  MAYFLY_CHECK(make_link(fs, dev, "stdout", "fd/1", ns));
  return make_link(fs, dev, "stderr", "fd/2", ns);
}

// The pages of the process are zero. The working directory is left to the caller.
void init_process(Fs &fs, const FormatOptions &options) {
  u64 pages = options.max_bytes >> kPageShift;
  fs.pages_max = pages > (1u << 20) ? 1u << 20 : static_cast<u32>(pages);
  fs.inodes_max = options.max_inodes;
  fs.fd_max = options.max_fds < kFdMax ? options.max_fds : kFdMax;
  fs.uid = options.uid;
  fs.gid = options.gid;
  fs.umask = options.umask & 0777;
  fs.clock_base = options.time_ns;
  fs.random_state = options.seed;
  init_fds(fs);
}

} // namespace

Errno format(void *base, u32 size, const FormatOptions &options) {
  if (size < kFormatBytesMin || size % kPageBytes) return Errno::inval;
  Fs &fs = *static_cast<Fs *>(base);
  fs.magic = kMagic;
  fs.version = kFormatVersion;
  fs.size = size;
  fs.name_seed = options.name_seed | 1;
  u32 capacity = kFirstCapacity;
  while (capacity < size >> kPageShift) capacity *= 2;
  init_pages(fs, capacity);
  init_process(fs, options);
  fs.uid = fs.gid = 0; // who makes the first files
  MAYFLY_CHECK(init_names(fs));
  MAYFLY_TRY(root, new_inode(fs, mode::directory | 0755));
  fs.root = fs.cwd = root;
  Inode &i = fs.inode(root);
  i.dir.parent = root;
  stamp(i, options.time_ns);
  if (options.devices) MAYFLY_CHECK(make_devices(fs, options.time_ns));
  fs.uid = options.uid;
  fs.gid = options.gid;
  return Errno::ok;
}

void renew_process(Fs &fs, const FormatOptions &options) {
  for (u32 k = 1; k < kFdExtents && fs.fd_extents[k]; k++) {
    free_process_pages(fs, fs.fd_extents[k], fd_extent_pages(k));
    fs.fd_extents[k] = 0;
  }
  if (fs.strings) free_process_pages(fs, fs.strings, fs.strings_pages);
  fs.strings = fs.strings_pages = 0;
  fs.mark(0);
  for (Off page = kProcessOff; page < kProcessOff + (kProcessPagesMin << kPageShift); page += kPageBytes) fs.mark(page);
  __builtin_memset(fs.at<char>(kProcessOff), 0, kProcessPagesMin << kPageShift);
  init_process(fs, options);
  fs.cwd = fs.root;
  while (fs.orphans) drop_orphan(fs, fs.orphans);
}

} // namespace mayfly
