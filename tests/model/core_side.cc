// The core's side of the model test: what a front end would do, without an ABI in between.
#include "side.h"

#include <cstdio>

namespace mayfly::model {
namespace {

constexpr AppPtr kBuffer = 0;

FormatOptions format_options() {
  FormatOptions o;
  o.devices = false;
  o.max_fds = kDescriptorLimit;
  return o;
}

template <class T> Outcome outcome(Result<T> r) {
  Outcome o;
  o.error = errno_name(r.error());
  if (r.ok()) o.value = static_cast<int64_t>(r.value());
  return o;
}
Outcome outcome(Errno e) { return {.error = errno_name(e)}; }

std::string words(const Stat &s) { return stat_words(s.mode, s.nlink, s.uid, s.gid, s.size, s.mtime_ns); }

// Besides O_PATH open(2) looks at two flags only; a front end leaves the others out.
uint32_t core_open_flags(uint32_t flags) {
  namespace f = open_flags;
  return flags & f::path ? flags & (f::path | f::directory | f::nofollow) : flags;
}

SetTime set_time(uint8_t how, int64_t ns) { return {static_cast<SetTime::How>(how), ns}; }

} // namespace

std::string time_word(int64_t ns) { return ns >= kNowStarts_ns ? "now" : std::to_string(ns); }

std::string stat_words(uint32_t mode, uint64_t links, uint32_t uid, uint32_t gid, uint64_t size,
                       int64_t mtime_ns) {
  char text[160];
  bool dir = (mode & mode::type_mask) == mode::directory;
  std::snprintf(text, sizeof text, "%o x%llu %u:%u %llu ", mode, static_cast<unsigned long long>(links), uid,
                gid, static_cast<unsigned long long>(dir ? 0 : size));
  return text + time_word(mtime_ns);
}

void fingerprint_page(uint64_t page, const uint8_t *bytes, size_t length, std::string &out) {
  uint64_t hash = 1469598103934665603ull;
  bool any = false;
  for (size_t i = 0; i < length; ++i) {
    any |= bytes[i] != 0;
    if (bytes[i] != 0) hash = (hash ^ bytes[i] ^ (i << 8)) * 1099511628211ull;
  }
  if (!any) return;
  char text[64];
  std::snprintf(text, sizeof text, " %llx=%08x", static_cast<unsigned long long>(page),
                static_cast<unsigned>(hash ^ (hash >> 32)));
  out += text;
}

CoreSide::CoreSide() : box_(format_options()) { box_.now_ns = 4'000'000'000'000'000'000; }

bool CoreSide::is_open_directory(int fd) {
  return is_open(fd) && is_dir(box_.fs().inode(box_.ofd(static_cast<Fd>(fd)).inode));
}

bool CoreSide::starts_nowhere(int dir) {
  if (dir >= 0 && !is_open(dir)) return false;
  return box_.fs().inode(dir < 0 ? box_.fs().cwd : box_.ofd(static_cast<Fd>(dir)).inode).nlink == 0;
}

Errno CoreSide::start(int dir, const std::string &path, bool for_open, At &at) {
  at.flags = 0;
  at.dir = box_.fs().cwd;
  if (path.empty() || path[0] == '/' || dir < 0) return Errno::ok;
  bool full = true;
  for (int fd = 0; fd < kDescriptorLimit; ++fd) full &= is_open(fd);
  if (!is_open(dir))
    return for_open && full ? Errno::mfile : Errno::badf; // open(2) takes its descriptor first
  at.dir = box_.ofd(static_cast<Fd>(dir)).inode;
  return Errno::ok;
}

Outcome CoreSide::apply(const Operation &op) {
  Fs &fs = box_.fs();
  switch (op.kind) {
  case Kind::umask: {
    Outcome old{.value = fs.umask};
    fs.change(fs.umask) = op.mode & 0777;
    return old;
  }
  case Kind::become:
    box_.become(op.uid, op.gid);
    return {};
  case Kind::getcwd: {
    Path path;
    Outcome o = outcome(dir_path(fs, fs.cwd, path));
    if (o.error == "ok") o.text.assign(path.bytes, path.len);
    return o;
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
    return on_descriptor(op);
  default:
    return on_paths(op);
  }
}

Outcome CoreSide::on_descriptor(const Operation &op) {
  Fs &fs = box_.fs();
  // A system call looks at its offset before its descriptor.
  if ((op.kind == Kind::pread || op.kind == Kind::pwrite || op.kind == Kind::ftruncate) &&
      op.offset > kFileSizeMax)
    return outcome(Errno::inval);
  if (!is_open(op.fd)) return outcome(Errno::badf);
  Fd fd = static_cast<Fd>(op.fd);
  Ofd &ofd = box_.ofd(fd);
  auto bytes_out = [&](Outcome o) {
    if (o.error == "ok") o.text.assign(box_.app.begin(), box_.app.begin() + o.value);
    return o;
  };
  auto bytes_in = [&] {
    auto bytes = payload(op.fill, op.length);
    std::copy(bytes.begin(), bytes.end(), box_.app.begin());
  };
  switch (op.kind) {
  case Kind::close:
    return outcome(box_.close(fd));
  case Kind::read:
    return bytes_out(outcome(mayfly::read(fs, ofd, kBuffer, op.length)));
  case Kind::pread:
    return bytes_out(outcome(mayfly::pread(fs, ofd, kBuffer, op.length, op.offset)));
  case Kind::write:
    bytes_in();
    return outcome(mayfly::write(fs, ofd, kBuffer, op.length));
  case Kind::pwrite:
    bytes_in();
    return outcome(mayfly::pwrite(fs, ofd, kBuffer, op.length, op.offset));
  case Kind::seek:
    return outcome(mayfly::seek(fs, ofd, op.delta, static_cast<Whence>(op.mode)));
  case Kind::ftruncate:
    return outcome(mayfly::ftruncate(fs, ofd, op.offset));
  case Kind::fallocate:
    return outcome(mayfly::fallocate(fs, ofd, op.flags, op.offset, op.offset2));
  case Kind::copy_range: {
    if (!is_open(op.fd2)) return outcome(Errno::badf);
    u64 from = op.offset, to = op.offset2;
    Outcome o = outcome(mayfly::copy_range(fs, ofd, op.explicit_offsets ? &from : nullptr,
                                           box_.ofd(static_cast<Fd>(op.fd2)),
                                           op.explicit_offsets ? &to : nullptr, op.length));
    if (op.explicit_offsets && o.error == "ok") o.text = std::to_string(from) + "," + std::to_string(to);
    return o;
  }
  case Kind::fsync:
    return outcome(mayfly::fsync(fs, ofd));
  case Kind::flock:
    return outcome(mayfly::flock(fs, ofd, static_cast<Lock>(op.mode)));
  case Kind::fstat: {
    Stat s;
    Outcome o = outcome(mayfly::fstat(fs, ofd, s));
    if (o.error == "ok") o.text = words(s);
    return o;
  }
  case Kind::readdir:
    return list(ofd);
  case Kind::fchmod:
    return outcome(mayfly::fchmod(fs, ofd, op.mode));
  case Kind::fchown:
    return outcome(mayfly::fchown(fs, ofd, op.uid, op.gid));
  case Kind::futimens:
    return outcome(
        mayfly::futimens(fs, ofd, set_time(op.how_atime, op.atime_ns), set_time(op.how_mtime, op.mtime_ns)));
  case Kind::dup:
    return outcome(mayfly::dup(fs, fd, static_cast<Fd>(op.fd2)));
  case Kind::dup2: {
    Outcome o = outcome(mayfly::dup2(fs, fd, static_cast<Fd>(op.fd2)));
    if (o.error == "ok") o.value = op.fd2;
    return o;
  }
  case Kind::fchdir:
    return outcome(mayfly::fchdir(fs, ofd));
  default:
    return outcome(Errno::nosys);
  }
}

Outcome CoreSide::list(Ofd &ofd) {
  if (ofd.kind == Ofd::path) return outcome(Errno::badf);
  if (ofd.kind != Ofd::directory) return outcome(Errno::notdir);
  if (box_.fs().inode(ofd.inode).nlink == 0)
    return outcome(Errno::noent); // getdents(2) of a removed directory
  std::vector<std::string> names;
  DirCursor cursor = dir_seek(box_.fs(), ofd, 0);
  DirEntry e;
  while (dir_next(box_.fs(), ofd, cursor, e))
    names.push_back(std::string(e.name.ptr, e.name.len) + ":" + std::to_string(e.type >> 12));
  std::sort(names.begin(), names.end());
  Outcome o{.value = static_cast<int64_t>(names.size())};
  for (const std::string &name : names) o.text += name + "|";
  return o;
}

Outcome CoreSide::on_paths(const Operation &op) {
  Fs &fs = box_.fs();
  Path path, path2;
  if (op.kind == Kind::truncate && op.offset > kFileSizeMax) return outcome(Errno::inval);
  if (Errno e = path.assign(op.path.data(), static_cast<u32>(op.path.size())); e != Errno::ok)
    return outcome(e);
  if (Errno e = path2.assign(op.path2.data(), static_cast<u32>(op.path2.size())); e != Errno::ok)
    return outcome(e);
  At at, at2;
  u32 follow = op.follow ? 0 : At::nofollow;
  if (op.kind != Kind::symlink)
    if (Errno e = start(op.dir, op.path, op.kind == Kind::open, at); e != Errno::ok) return outcome(e);
  if (op.kind == Kind::symlink || op.kind == Kind::link || op.kind == Kind::rename)
    if (Errno e = start(op.dir2, op.path2, false, at2); e != Errno::ok) return outcome(e);
  At at_follow{at.dir, follow};
  switch (op.kind) {
  case Kind::open:
    return outcome(mayfly::open(fs, at, path, core_open_flags(op.flags), op.mode));
  case Kind::truncate:
    return outcome(truncate_at(fs, at, path, op.offset));
  case Kind::stat: {
    Stat s;
    Outcome o = outcome(stat_at(fs, at_follow, path, s));
    if (o.error == "ok") o.text = words(s);
    return o;
  }
  case Kind::link:
    return outcome(link_at(fs, at_follow, path, at2, path2));
  case Kind::symlink:
    return outcome(symlink_at(fs, path, at2, path2));
  case Kind::readlink: {
    Outcome o = outcome(readlink_at(fs, at, path, kBuffer, kPathMax));
    if (o.error == "ok") o.text.assign(box_.app.begin(), box_.app.begin() + o.value);
    return o;
  }
  case Kind::unlink:
    return outcome(unlink_at(fs, at, path));
  case Kind::rename:
    return outcome(rename_at(fs, at, path, at2, path2, op.flags));
  case Kind::mkdir:
    return outcome(mkdir_at(fs, at, path, op.mode));
  case Kind::rmdir:
    return outcome(rmdir_at(fs, at, path));
  case Kind::chmod:
    return outcome(chmod_at(fs, at, path, op.mode));
  case Kind::chown:
    return outcome(chown_at(fs, at_follow, path, op.uid, op.gid));
  case Kind::access:
    return outcome(access_at(fs, at, path, op.mode));
  case Kind::utimens: {
    Outcome o = outcome(utimens_at(fs, at_follow, path, set_time(op.how_atime, op.atime_ns),
                                   set_time(op.how_mtime, op.mtime_ns)));
    Stat s;
    if (o.error == "ok" && stat_at(fs, at_follow, path, s) == Errno::ok)
      o.text = (op.how_atime == SetTime::omit || (s.mode & mode::type_mask) == mode::symlink
                    ? ""
                    : time_word(s.atime_ns)) +
               " " + time_word(s.mtime_ns);
    return o;
  }
  case Kind::chdir:
    return outcome(chdir_at(fs, at, path));
  default:
    return outcome(Errno::nosys);
  }
}

std::string CoreSide::content(const std::string &name) {
  Fd fd = box_.must_open(name);
  std::string out;
  for (u64 at = 0;;) {
    Result<u64> data = box_.seek(fd, static_cast<i64>(at), Whence::data);
    if (!data.ok()) break;
    u64 page = data.value() / kPageBytes;
    Result<u32> count =
        mayfly::pread(box_.fs(), box_.ofd(fd), kBuffer, page_read_bytes(page), page * kPageBytes);
    if (!count.ok()) return out + " read: " + errno_name(count.error());
    fingerprint_page(page, box_.app.data(), count.value(), out);
    at = (page + 1) * kPageBytes;
    if (at > kFileSizeMax) break;
  }
  Sandbox::must(box_.close(fd));
  return out;
}

void CoreSide::describe_tree(const std::string &name, std::string &out) {
  Stat s = box_.stat(name, At::nofollow);
  out += name + " #" + std::to_string(identity(seen_, s.ino)) + " " + words(s);
  u32 type = s.mode & mode::type_mask;
  if (type == mode::symlink) out += " -> " + box_.readlink(name);
  if (type == mode::regular) out += content(name);
  out += '\n';
  if (type != mode::directory) return;
  for (const std::string &child : box_.list(name))
    describe_tree((name == "/" ? "" : name) + "/" + child, out);
}

std::string CoreSide::state() {
  Fs &fs = box_.fs();
  u32 uid = fs.uid, fd_max = fs.fd_max;
  fs.uid = 0;
  fs.fd_max += 1;
  std::string out;
  seen_.clear();
  describe_tree("/", out);
  for (int fd = 0; fd < kDescriptorLimit; ++fd) {
    if (!is_open(fd)) continue;
    Ofd &ofd = box_.ofd(static_cast<Fd>(fd));
    out += "fd" + std::to_string(fd) + " " + words(box_.fstat(static_cast<Fd>(fd)));
    if (ofd.kind == Ofd::file) out += " at " + std::to_string(ofd.offset);
    if (ofd.status & open_flags::append) out += " append";
    out += '\n';
  }
  fs.uid = uid;
  fs.fd_max = fd_max;
  return out;
}

} // namespace mayfly::model
