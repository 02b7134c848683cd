// The kernel's side of the model test: plain system calls in a process whose root directory
// is a fresh directory of a tmpfs. Descriptor numbers are the core's plus kBase, because
// everything below kBase is kept occupied.
#include "side.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mayfly::model {
namespace {

constexpr int kBase = 10;

std::string errno_word(int e) {
  struct Pair {
    int number;
    Errno name;
  };
  static const Pair pairs[] = {
      {EACCES, Errno::acces},   {EAGAIN, Errno::again},       {EBADF, Errno::badf},
      {EBUSY, Errno::busy},     {EEXIST, Errno::exist},       {EFBIG, Errno::fbig},
      {EINVAL, Errno::inval},   {EISDIR, Errno::isdir},       {ELOOP, Errno::loop},
      {EMFILE, Errno::mfile},   {EMLINK, Errno::mlink},       {ENAMETOOLONG, Errno::nametoolong},
      {ENODEV, Errno::nodev},   {ENOENT, Errno::noent},       {ENOSPC, Errno::nospc},
      {ENOTDIR, Errno::notdir}, {ENOTEMPTY, Errno::notempty}, {EOPNOTSUPP, Errno::notsup},
      {ENXIO, Errno::nxio},     {EOVERFLOW, Errno::overflow}, {EPERM, Errno::perm},
      {EROFS, Errno::rofs},     {ESPIPE, Errno::spipe},       {ETXTBSY, Errno::txtbsy},
      {EXDEV, Errno::xdev},     {ENOTTY, Errno::notty},       {ENOSYS, Errno::nosys},
      {ENOMEM, Errno::nomem}};
  for (const Pair &p : pairs)
    if (p.number == e) return errno_name(p.name);
  return "errno " + std::to_string(e);
}

Outcome outcome(int64_t result) {
  if (result < 0) return {.error = errno_word(errno)};
  return {.value = result};
}

int kernel_fd(int fd) { return fd < 0 ? AT_FDCWD : fd + kBase; }

int open_flags_of(uint32_t flags) {
  namespace f = open_flags;
  int o = (flags & f::read) && (flags & f::write) ? O_RDWR : flags & f::write ? O_WRONLY : O_RDONLY;
  if (flags & f::create) o |= O_CREAT;
  if (flags & f::excl) o |= O_EXCL;
  if (flags & f::trunc) o |= O_TRUNC;
  if (flags & f::append) o |= O_APPEND;
  if (flags & f::directory) o |= O_DIRECTORY;
  if (flags & f::nofollow) o |= O_NOFOLLOW;
  // O_TMPFILE contains O_DIRECTORY, the one of the two that O_PATH does not ignore.
  if (flags & f::tmpfile) o |= flags & f::path ? O_TMPFILE & ~O_DIRECTORY : O_TMPFILE;
  if (flags & f::nonblock) o |= O_NONBLOCK;
  if (flags & f::dsync) o |= O_DSYNC;
  if (flags & f::rsync) o |= O_RSYNC;
  if (flags & f::sync) o |= O_SYNC;
  if (flags & f::path) o |= O_PATH;
  return o;
}

int64_t ns(const timespec &t) { return t.tv_sec * 1'000'000'000ll + t.tv_nsec; }

std::string words(const struct stat &s) {
  return stat_words(s.st_mode, s.st_nlink, s.st_uid, s.st_gid, static_cast<uint64_t>(s.st_size),
                    ns(s.st_mtim));
}

timespec time_spec(uint8_t how, int64_t value) {
  if (how == SetTime::omit) return {0, UTIME_OMIT};
  if (how == SetTime::now) return {0, UTIME_NOW};
  return {value / 1'000'000'000, value % 1'000'000'000};
}

void limit_descriptors(int count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = static_cast<rlim_t>(count);
  setrlimit(RLIMIT_NOFILE, &limit);
}

// All names of a directory with their d_type, by getdents64 from its start.
int64_t list_names(int fd, std::vector<std::string> &names, bool with_type) {
  alignas(8) char buffer[32768];
  if (lseek(fd, 0, SEEK_SET) < 0) return -1;
  for (;;) {
    int64_t n = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
    if (n <= 0) return n;
    for (int64_t at = 0; at < n;) {
      auto *entry = reinterpret_cast<dirent64 *>(buffer + at);
      names.push_back(entry->d_name + (with_type ? ":" + std::to_string(entry->d_type) : std::string()));
      at += entry->d_reclen;
    }
  }
}

} // namespace

bool KernelSide::enter(const std::string &root, uint32_t root_mode) {
  if (mkdir(root.c_str(), 0700) != 0 || chmod(root.c_str(), root_mode) != 0) return false;
  timespec zero[2] = {};
  if (utimensat(AT_FDCWD, root.c_str(), zero, 0) != 0) return false;
  if (chroot(root.c_str()) != 0 || chdir("/") != 0 || setgroups(0, nullptr) != 0) return false;
  ::umask(022);
  for (int fd = 3; fd < kBase; ++fd)
    if (::dup2(2, fd) < 0) return false;
  for (int fd = kBase; fd < 256; ++fd) ::close(fd);
  limit_descriptors(kBase + kDescriptorLimit);
  return true;
}

Outcome KernelSide::apply(const Operation &op) {
  Outcome o;
  switch (op.kind) {
  case Kind::umask:
    return {.value = static_cast<int64_t>(::umask(op.mode))};
  case Kind::become:
    setfsgid(op.gid);
    setfsuid(op.uid);
    return {};
  case Kind::getcwd: {
    char buffer[PATH_MAX + 1];
    if (syscall(SYS_getcwd, buffer, sizeof buffer) < 0) return outcome(-1);
    return {.text = buffer};
  }
  case Kind::close:
  case Kind::read:
  case Kind::write:
  case Kind::pread:
  case Kind::pwrite:
  case Kind::seek:
  case Kind::ftruncate:
  case Kind::fallocate:
  case Kind::copy_range:
  case Kind::fsync:
  case Kind::flock:
  case Kind::fstat:
  case Kind::readdir:
  case Kind::fchmod:
  case Kind::fchown:
  case Kind::futimens:
  case Kind::dup:
  case Kind::dup2:
  case Kind::fchdir:
    o = on_descriptor(op);
    break;
  default:
    o = on_paths(op);
    break;
  }
  if (o.error == "nospc" || o.error == "nomem") out_of_space_ = true;
  note_holes(op, o);
  return o;
}

Outcome KernelSide::on_descriptor(const Operation &op) {
  int fd = kernel_fd(op.fd);
  std::vector<uint8_t> buffer;
  auto bytes_out = [&](int64_t n) {
    Outcome o = outcome(n);
    if (n > 0) o.text.assign(buffer.begin(), buffer.begin() + n);
    return o;
  };
  auto offset = static_cast<off_t>(op.offset);
  switch (op.kind) {
  case Kind::close:
    return outcome(::close(fd));
  case Kind::read:
    buffer.resize(op.length + 1);
    return bytes_out(::read(fd, buffer.data(), op.length));
  case Kind::pread:
    buffer.resize(op.length + 1);
    return bytes_out(::pread(fd, buffer.data(), op.length, offset));
  case Kind::write:
    buffer = payload(op.fill, op.length);
    return outcome(::write(fd, buffer.data(), op.length));
  case Kind::pwrite:
    buffer = payload(op.fill, op.length);
    return outcome(::pwrite(fd, buffer.data(), op.length, offset));
  case Kind::seek: {
    static const int whences[] = {SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE};
    return outcome(lseek(fd, op.delta, whences[op.mode]));
  }
  case Kind::ftruncate:
    return outcome(::ftruncate(fd, offset));
  case Kind::fallocate: {
    int mode = (op.flags & fallocate_mode::keep_size ? FALLOC_FL_KEEP_SIZE : 0) |
               (op.flags & fallocate_mode::punch_hole ? FALLOC_FL_PUNCH_HOLE : 0);
    return outcome(syscall(SYS_fallocate, fd, mode, offset, static_cast<off_t>(op.offset2)));
  }
  case Kind::copy_range: {
    loff_t from = static_cast<loff_t>(op.offset), to = static_cast<loff_t>(op.offset2);
    Outcome o = outcome(copy_file_range(fd, op.explicit_offsets ? &from : nullptr, kernel_fd(op.fd2),
                                        op.explicit_offsets ? &to : nullptr, op.length, 0));
    if (op.explicit_offsets && o.error == "ok") o.text = std::to_string(from) + "," + std::to_string(to);
    return o;
  }
  case Kind::fsync:
    return outcome(::fsync(fd));
  case Kind::flock: {
    static const int locks[] = {LOCK_UN, LOCK_SH, LOCK_EX};
    return outcome(::flock(fd, locks[op.mode] | LOCK_NB));
  }
  case Kind::fstat: {
    struct stat s;
    Outcome o = outcome(::fstat(fd, &s));
    if (o.error == "ok") o.text = words(s);
    return o;
  }
  case Kind::readdir: {
    std::vector<std::string> names;
    // Before the rewind, which would move a file: a descriptor that cannot list says so itself.
    alignas(8) char probe[32768];
    if (syscall(SYS_getdents64, fd, probe, sizeof probe) < 0) return outcome(-1);
    if (list_names(fd, names, true) < 0) return outcome(-1);
    lseek(fd, 0, SEEK_SET);
    std::sort(names.begin(), names.end());
    Outcome o{.value = static_cast<int64_t>(names.size())};
    for (const std::string &name : names) o.text += name + "|";
    return o;
  }
  case Kind::fchmod:
    return outcome(::fchmod(fd, op.mode));
  case Kind::fchown:
    return outcome(::fchown(fd, op.uid, op.gid));
  case Kind::futimens: {
    timespec times[2] = {time_spec(op.how_atime, op.atime_ns), time_spec(op.how_mtime, op.mtime_ns)};
    return outcome(::futimens(fd, times));
  }
  case Kind::dup: {
    Outcome o = outcome(fcntl(fd, F_DUPFD, kernel_fd(op.fd2)));
    if (o.error == "ok") o.value -= kBase;
    return o;
  }
  case Kind::dup2: {
    Outcome o = outcome(::dup2(fd, kernel_fd(op.fd2)));
    if (o.error == "ok") o.value -= kBase;
    return o;
  }
  case Kind::fchdir:
    return outcome(::fchdir(fd));
  default:
    return {.error = "nosys"};
  }
}

Outcome KernelSide::on_paths(const Operation &op) {
  int dir = kernel_fd(op.dir), dir2 = kernel_fd(op.dir2);
  const char *path = op.path.c_str(), *path2 = op.path2.c_str();
  int nofollow = op.follow ? 0 : AT_SYMLINK_NOFOLLOW;
  switch (op.kind) {
  case Kind::open: {
    Outcome o = outcome(openat(dir, path, open_flags_of(op.flags), op.mode));
    if (o.error == "ok") o.value -= kBase;
    return o;
  }
  case Kind::truncate:
    return outcome(::truncate(path, static_cast<off_t>(op.offset)));
  case Kind::stat: {
    struct stat s;
    Outcome o = outcome(fstatat(dir, path, &s, nofollow));
    if (o.error == "ok") o.text = words(s);
    return o;
  }
  case Kind::link:
    return outcome(linkat(dir, path, dir2, path2, op.follow ? AT_SYMLINK_FOLLOW : 0));
  case Kind::symlink:
    return outcome(symlinkat(path, dir2, path2));
  case Kind::readlink: {
    char buffer[PATH_MAX];
    Outcome o = outcome(readlinkat(dir, path, buffer, sizeof buffer));
    if (o.error == "ok") o.text.assign(buffer, static_cast<size_t>(o.value));
    return o;
  }
  case Kind::unlink:
    return outcome(unlinkat(dir, path, 0));
  case Kind::rename: {
    unsigned flags = (op.flags & rename_flags::noreplace ? RENAME_NOREPLACE : 0) |
                     (op.flags & rename_flags::exchange ? RENAME_EXCHANGE : 0);
    return outcome(renameat2(dir, path, dir2, path2, flags));
  }
  case Kind::mkdir:
    return outcome(mkdirat(dir, path, op.mode));
  case Kind::rmdir:
    return outcome(unlinkat(dir, path, AT_REMOVEDIR));
  case Kind::chmod:
    return outcome(fchmodat(dir, path, op.mode, 0));
  case Kind::chown:
    return outcome(fchownat(dir, path, op.uid, op.gid, nofollow));
  case Kind::access:
    return outcome(faccessat(dir, path, static_cast<int>(op.mode), AT_EACCESS));
  case Kind::utimens: {
    timespec times[2] = {time_spec(op.how_atime, op.atime_ns), time_spec(op.how_mtime, op.mtime_ns)};
    Outcome o = outcome(utimensat(dir, path, times, nofollow));
    struct stat s;
    if (o.error == "ok" && fstatat(dir, path, &s, nofollow) == 0)
      o.text = (op.how_atime == SetTime::omit || S_ISLNK(s.st_mode) ? "" : time_word(ns(s.st_atim))) + " " +
               time_word(ns(s.st_mtim));
    return o;
  }
  case Kind::chdir:
    return outcome(::chdir(path));
  default:
    return {.error = "nosys"};
  }
}

void KernelSide::note_holes(const Operation &op, const Outcome &o) {
  struct stat s;
  bool found = false;
  switch (op.kind) {
  case Kind::ftruncate:
  case Kind::fallocate:
    found = ::fstat(kernel_fd(op.fd), &s) == 0;
    break;
  case Kind::copy_range:
    found = ::fstat(kernel_fd(op.fd2), &s) == 0;
    break;
  case Kind::truncate:
    found = ::stat(op.path.c_str(), &s) == 0;
    break;
  default:
    return;
  }
  if (!found || o.error != "ok") return;
  bool may_be_inline = s.st_size > 0 && s.st_size <= static_cast<off_t>(kInlineMax);
  bool truncated = op.kind == Kind::ftruncate || op.kind == Kind::truncate ||
                   (op.kind == Kind::fallocate && op.flags & fallocate_mode::punch_hole);
  if (!truncated || may_be_inline) holes_differ_.insert(s.st_ino);
}

bool KernelSide::holes_differ(int fd) {
  struct stat s;
  if (::fstat(kernel_fd(fd), &s) != 0) return false;
  bool in_last_page = static_cast<uint64_t>(s.st_size) > kFileSizeMax - kPageBytes;
  return in_last_page || holes_differ_.contains(s.st_ino);
}

bool KernelSide::link_is_protected(const Operation &op) {
  struct stat s;
  uid_t user = static_cast<uid_t>(setfsuid(~0u)); // an invalid id changes nothing and tells the present one
  return user != 0 &&
         fstatat(kernel_fd(op.dir), op.path.c_str(), &s, op.follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
         s.st_uid != user;
}

std::string KernelSide::content(const std::string &name) {
  int fd = ::open(name.c_str(), O_RDONLY);
  if (fd < 0) return " open: " + errno_word(errno);
  std::string out;
  uint8_t buffer[kPageBytes];
  for (uint64_t at = 0;;) {
    off_t data = lseek(fd, static_cast<off_t>(at), SEEK_DATA);
    constexpr uint64_t last_page = kFileSizeMax / kPageBytes;
    if (data < 0 && at <= last_page * kPageBytes) data = last_page * kPageBytes; // SEEK_DATA never finds it
    if (data < 0) break;
    uint64_t page = static_cast<uint64_t>(data) / kPageBytes;
    ssize_t count = ::pread(fd, buffer, page_read_bytes(page), static_cast<off_t>(page * kPageBytes));
    if (count < 0) return out + " read: " + errno_word(errno);
    fingerprint_page(page, buffer, static_cast<size_t>(count), out);
    at = (page + 1) * kPageBytes;
    if (at > kFileSizeMax) break;
  }
  ::close(fd);
  return out;
}

void KernelSide::describe_tree(const std::string &name, std::string &out) {
  struct stat s;
  if (lstat(name.c_str(), &s) != 0) {
    out += name + " lstat: " + errno_word(errno) + "\n";
    return;
  }
  out += name + " #" + std::to_string(identity(seen_, static_cast<uint64_t>(s.st_ino))) + " " + words(s);
  if (S_ISLNK(s.st_mode)) {
    char target[PATH_MAX];
    ssize_t n = ::readlink(name.c_str(), target, sizeof target);
    out += " -> " + std::string(target, n < 0 ? 0 : static_cast<size_t>(n));
  }
  if (S_ISREG(s.st_mode)) out += content(name);
  out += '\n';
  if (!S_ISDIR(s.st_mode)) return;
  std::vector<std::string> names;
  int fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY);
  list_names(fd, names, false);
  ::close(fd);
  std::sort(names.begin(), names.end());
  for (const std::string &child : names)
    if (child != "." && child != "..") describe_tree((name == "/" ? "" : name) + "/" + child, out);
}

std::string KernelSide::state() {
  uid_t user = static_cast<uid_t>(setfsuid(~0u));
  setfsuid(0);
  limit_descriptors(kBase + kDescriptorLimit + 4);
  std::string out;
  seen_.clear();
  describe_tree("/", out);
  limit_descriptors(kBase + kDescriptorLimit);
  for (int fd = 0; fd < kDescriptorLimit; ++fd) {
    struct stat s;
    if (::fstat(kernel_fd(fd), &s) != 0) continue;
    int flags = fcntl(kernel_fd(fd), F_GETFL);
    out += "fd" + std::to_string(fd) + " " + words(s);
    if (S_ISREG(s.st_mode) && !(flags & O_PATH))
      out += " at " + std::to_string(lseek(kernel_fd(fd), 0, SEEK_CUR));
    if (flags & O_APPEND) out += " append";
    out += '\n';
  }
  setfsuid(user);
  return out;
}

} // namespace mayfly::model
