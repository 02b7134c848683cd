// Making and printing operations. Weights favour what interacts: few names, so that most
// paths exist; few descriptors, so that most are open; sizes around the borders of pages
// and of inline files.
#include "operation.h"

#include <algorithm>
#include <cstdio>

#include "core/vfs.h"

namespace mayfly::model {
namespace {

const char *kind_name(Kind kind) {
  static const char *const names[] = {
      "open",     "close",     "read",       "write",  "pread",  "pwrite",  "seek",     "ftruncate",
      "truncate", "fallocate", "copy_range", "fsync",  "flock",  "fstat",   "stat",     "readdir",
      "link",     "symlink",   "readlink",   "unlink", "rename", "mkdir",   "rmdir",    "chmod",
      "fchmod",   "chown",     "fchown",     "umask",  "access", "utimens", "futimens", "dup",
      "dup2",     "chdir",     "fchdir",     "getcwd", "become"};
  return names[static_cast<int>(kind)];
}

std::string quoted(const std::string &raw) {
  std::string s;
  for (unsigned char c : raw) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, c < 32 || c > 126 ? "\\x%02x" : "%c", c);
    s += escaped;
  }
  if (s.size() > 80) return "'" + s.substr(0, 40) + "...' (" + std::to_string(s.size()) + " bytes)";
  return "'" + s + "'";
}

std::string where(int dir) { return dir < 0 ? "cwd" : "fd" + std::to_string(dir); }

struct Weighted {
  Kind kind;
  unsigned weight;
};
constexpr Weighted kWeights[] = {
    {Kind::open, 16},      {Kind::close, 7},  {Kind::read, 4},      {Kind::write, 6},    {Kind::pread, 4},
    {Kind::pwrite, 6},     {Kind::seek, 6},   {Kind::ftruncate, 3}, {Kind::truncate, 3}, {Kind::fallocate, 3},
    {Kind::copy_range, 3}, {Kind::fsync, 1},  {Kind::flock, 3},     {Kind::fstat, 3},    {Kind::stat, 6},
    {Kind::readdir, 2},    {Kind::link, 5},   {Kind::symlink, 5},   {Kind::readlink, 3}, {Kind::unlink, 6},
    {Kind::rename, 12},    {Kind::mkdir, 9},  {Kind::rmdir, 4},     {Kind::chmod, 4},    {Kind::fchmod, 1},
    {Kind::chown, 2},      {Kind::fchown, 1}, {Kind::umask, 1},     {Kind::access, 3},   {Kind::utimens, 2},
    {Kind::futimens, 1},   {Kind::dup, 2},    {Kind::dup2, 2},      {Kind::chdir, 1},    {Kind::fchdir, 1},
    {Kind::getcwd, 1},     {Kind::become, 2},
};

Kind weighted_kind(uint64_t random) {
  uint64_t total = 0;
  for (const Weighted &w : kWeights) total += w.weight;
  uint64_t left = random % total;
  for (const Weighted &w : kWeights) {
    if (left < w.weight) return w.kind;
    left -= w.weight;
  }
  return Kind::getcwd;
}

} // namespace

std::vector<uint8_t> payload(uint8_t fill, uint32_t length) {
  std::vector<uint8_t> bytes(length);
  // Never zero, so that a lost byte cannot pass for a hole.
  for (uint32_t i = 0; i < length; ++i) bytes[i] = static_cast<uint8_t>((fill + i * 7 + (i >> 8)) | 1);
  return bytes;
}

int Generator::fd() { return static_cast<int>(below(chance(95) ? 9 : 14)); }
int Generator::dir() { return chance(80) ? -1 : fd(); }

std::string Generator::name() {
  if (chance(1)) return std::string(255 + below(2), 'n');
  if (chance(1)) return "\xff\x01 name";
  static const char *const names[] = {"a", "b", "c", "d", "e", "longer-name-0123456789"};
  return names[below(std::size(names))];
}

std::string Generator::path() {
  if (chance(1)) return "";
  if (chance(1)) { // around PATH_MAX
    std::string s;
    while (s.size() < 4080) s += "./";
    return s + std::string(13 + below(5), 'a');
  }
  std::string s;
  if (options_.absolute_paths && chance(15)) s = "/";
  uint64_t parts = pick({1, 1, 1, 2, 2, 2, 3, 3, 4, 5});
  for (uint64_t i = 0; i < parts; ++i) {
    if (i != 0) s += chance(4) ? "//" : "/";
    uint64_t what = below(100);
    s += what < 5 ? "." : what < 12 ? ".." : name();
  }
  if (chance(7)) s += chance(20) ? "//" : "/";
  if (chance(2)) s = chance(50) ? "." : "..";
  if (options_.absolute_paths && chance(1)) s = "/";
  return s;
}

uint32_t Generator::mode() {
  if (chance(60)) return pick({0644u, 0755u, 0777u, 0700u});
  if (chance(80)) return static_cast<uint32_t>(below(01000));
  return static_cast<uint32_t>(below(010000));
}

uint64_t Generator::offset() {
  uint64_t what = below(100);
  if (what < 35) return below(130);
  if (what < 60) return below(4) * 4096 + pick({0u, 1u, 4095u, 2048u});
  if (what < 85) return below(96 * 1024);
  if (what < 90) return (1u << 22) + below(8192);
  if (what < 93) return (uint64_t{1} << 32) + below(8192);
  if (what < 96) return (uint64_t{1} << 40) + below(8192);
  if (what < 98) return 0x7fff'ffff'ffff'ffffull - below(2 * 4096);
  if (what < 99) return 0x7fff'ffff'ffff'ffffull;
  return 0x8000'0000'0000'0000ull + below(3);
}

uint32_t Generator::length() {
  uint64_t what = below(100);
  if (what < 4) return 0;
  if (what < 50) return static_cast<uint32_t>(below(80));
  if (what < 80) return static_cast<uint32_t>(below(5000));
  if (what < 90) return 4096 * static_cast<uint32_t>(1 + below(3));
  return static_cast<uint32_t>(below(30000));
}

uint32_t Generator::open_flag_set() {
  namespace f = open_flags;
  uint32_t flags = pick({f::read, f::write, f::read | f::write, f::read | f::write});
  if (chance(25)) { // any combination at all
    for (uint32_t flag : {f::create, f::excl, f::trunc, f::append, f::dsync, f::nonblock, f::rsync, f::sync,
                          f::directory, f::nofollow})
      if (chance(50)) flags |= flag;
    if (chance(20)) flags |= f::tmpfile;
    if (chance(20)) flags |= f::path;
    return flags;
  }
  if (chance(3)) return f::path | (chance(30) ? f::directory : 0u) | (chance(40) ? f::nofollow : 0u);
  if (chance(45)) flags |= f::create;
  if (chance(12)) flags |= f::excl;
  if (chance(10)) flags |= f::nofollow;
  if (chance(12)) flags |= f::append;
  if (flags & f::write && chance(12)) flags |= f::trunc;
  if (chance(3)) flags |= f::sync;
  if (chance(3)) flags |= f::nonblock;
  if (!(flags & f::create) && chance(20)) {
    flags |= f::directory;
    if (chance(70)) flags = (flags & ~(f::write | f::trunc)) | f::read;
  }
  if (chance(5)) flags = (flags & ~(f::create | f::directory | f::trunc | f::nofollow)) | f::tmpfile;
  return flags;
}

void Generator::fill_times(Operation &op) {
  auto one = [&](uint8_t &how, int64_t &ns) {
    how = static_cast<uint8_t>(below(10) < 6 ? 2 : below(2));
    ns = static_cast<int64_t>(below(1'000'000'000)) * 1'000'000'000 +
         static_cast<int64_t>(below(1'000'000'000));
  };
  one(op.how_atime, op.atime_ns);
  one(op.how_mtime, op.mtime_ns);
}

void Generator::fill_data(Operation &op) {
  op.fd = fd();
  op.fd2 = fd();
  op.offset = offset();
  op.offset2 = offset();
  op.length = length();
  op.fill = static_cast<uint8_t>(random_());
  op.explicit_offsets = chance(60);
  op.delta = static_cast<int64_t>(chance(70) ? offset() : -offset());
  if (op.kind == Kind::seek) op.mode = static_cast<uint32_t>(below(5));
  if (op.kind == Kind::flock) op.mode = static_cast<uint32_t>(below(3));
  if (op.kind == Kind::fallocate) {
    op.flags =
        pick({0u, fallocate_mode::keep_size, fallocate_mode::keep_size | fallocate_mode::punch_hole,
              fallocate_mode::keep_size | fallocate_mode::punch_hole, fallocate_mode::punch_hole + 0u});
    op.offset2 = length(); // as the length; large only where nothing is allocated
    if (op.flags & fallocate_mode::punch_hole && chance(30)) op.offset2 = offset();
  }
  // A gap of many pages costs memory in a copy: the kernel copies holes as zeros.
  if (op.kind == Kind::copy_range) op.offset = below(20000), op.offset2 = below(20000);
}

void Generator::fill_tree(Operation &op) {
  op.dir = dir();
  op.dir2 = dir();
  op.path = path();
  op.path2 = path();
  op.follow = chance(50);
  op.mode = op.kind == Kind::access ? static_cast<uint32_t>(below(8)) : mode();
  if (op.kind == Kind::open) op.flags = open_flag_set();
  if (op.kind == Kind::rename)
    op.flags = chance(70) ? 0u
                          : pick({rename_flags::noreplace, rename_flags::exchange, rename_flags::exchange,
                                  rename_flags::exchange | rename_flags::noreplace});
}

void Generator::fill_metadata(Operation &op) {
  op.fd = fd();
  op.fd2 = fd();
  op.mode = mode();
  auto id = [&] { return chance(15) ? ~0u : pick({0u, 1000u, 1001u}); };
  op.uid = id();
  op.gid = id();
  if (op.kind == Kind::become) {
    // Mostly back to root: without it a tree soon freezes.
    op.uid = options_.users ? pick({0u, 0u, 0u, 1000u, 1001u}) : 0;
    op.gid = op.uid;
  }
  if (op.kind == Kind::umask) op.mode = pick({0u, 022u, 077u, 002u, 0777u, 022u});
  if (op.kind == Kind::truncate) op.offset = offset();
  fill_times(op);
}

Operation Generator::next() {
  Operation op{.kind = weighted_kind(random_())};
  fill_data(op);
  uint64_t offset = op.offset, length_wide = op.offset2;
  uint32_t data_flags = op.flags, data_mode = op.mode;
  fill_metadata(op);
  uint32_t metadata_mode = op.mode;
  fill_tree(op);
  switch (op.kind) {
  case Kind::seek:
  case Kind::flock:
    op.mode = data_mode;
    break;
  case Kind::fallocate:
    op.flags = data_flags;
    break;
  case Kind::umask:
    op.mode = metadata_mode;
    break;
  default:
    break;
  }
  if (op.kind != Kind::truncate) op.offset = offset;
  op.offset2 = length_wide;
  return op;
}

std::string describe(const Operation &op) {
  std::string s = kind_name(op.kind);
  auto add = [&](const std::string &text) { s += " " + text; };
  auto add_fd = [&](int fd) { add("fd" + std::to_string(fd)); };
  auto add_number = [&](const char *label, uint64_t n) { add(std::string(label) + "=" + std::to_string(n)); };
  auto add_octal = [&](uint32_t m) {
    char text[16];
    std::snprintf(text, sizeof text, "0%o", m);
    add(text);
  };
  auto add_path = [&](int dir, const std::string &path) { add(where(dir) + ":" + quoted(path)); };
  switch (op.kind) {
  case Kind::open:
    add_path(op.dir, op.path);
    for (auto [bit, label] : {std::pair{open_flags::read, "read"},
                              {open_flags::write, "write"},
                              {open_flags::create, "create"},
                              {open_flags::excl, "excl"},
                              {open_flags::trunc, "trunc"},
                              {open_flags::append, "append"},
                              {open_flags::directory, "directory"},
                              {open_flags::nofollow, "nofollow"},
                              {open_flags::tmpfile, "tmpfile"},
                              {open_flags::nonblock, "nonblock"},
                              {open_flags::sync, "sync"},
                              {open_flags::dsync, "dsync"},
                              {open_flags::rsync, "rsync"},
                              {open_flags::path, "path"}})
      if (op.flags & bit) add(label);
    add_octal(op.mode);
    break;
  case Kind::read:
  case Kind::write:
    add_fd(op.fd), add_number("length", op.length);
    break;
  case Kind::pread:
  case Kind::pwrite:
    add_fd(op.fd), add_number("length", op.length), add_number("offset", op.offset);
    break;
  case Kind::seek:
    add_fd(op.fd), add(std::to_string(op.delta)), add_number("whence", op.mode);
    break;
  case Kind::ftruncate:
    add_fd(op.fd), add_number("size", op.offset);
    break;
  case Kind::truncate:
    add_path(op.dir, op.path), add_number("size", op.offset);
    break;
  case Kind::fallocate:
    add_fd(op.fd), add_number("flags", op.flags), add_number("offset", op.offset),
        add_number("length", op.offset2);
    break;
  case Kind::copy_range:
    add_fd(op.fd), add_fd(op.fd2), add_number("length", op.length);
    if (op.explicit_offsets) add_number("from", op.offset), add_number("to", op.offset2);
    break;
  case Kind::flock:
    add_fd(op.fd), add_number("lock", op.mode);
    break;
  case Kind::fchmod:
    add_fd(op.fd), add_octal(op.mode);
    break;
  case Kind::fchown:
    add_fd(op.fd), add_number("uid", op.uid), add_number("gid", op.gid);
    break;
  case Kind::umask:
    add_octal(op.mode);
    break;
  case Kind::become:
    add_number("uid", op.uid);
    break;
  case Kind::dup:
  case Kind::dup2:
    add_fd(op.fd), add_fd(op.fd2);
    break;
  case Kind::link:
  case Kind::rename:
    add_path(op.dir, op.path), add_path(op.dir2, op.path2);
    if (op.kind == Kind::rename)
      add_number("flags", op.flags);
    else if (op.follow)
      add("follow");
    break;
  case Kind::symlink:
    add(quoted(op.path)), add_path(op.dir2, op.path2);
    break;
  case Kind::mkdir:
    add_path(op.dir, op.path), add_octal(op.mode);
    break;
  case Kind::chmod:
    add_path(op.dir, op.path), add_octal(op.mode);
    break;
  case Kind::chown:
    add_path(op.dir, op.path), add_number("uid", op.uid), add_number("gid", op.gid),
        add(op.follow ? "follow" : "");
    break;
  case Kind::access:
    add_path(op.dir, op.path), add_octal(op.mode);
    break;
  case Kind::stat:
    add_path(op.dir, op.path), add(op.follow ? "follow" : "");
    break;
  case Kind::utimens:
  case Kind::futimens:
    if (op.kind == Kind::futimens)
      add_fd(op.fd);
    else
      add_path(op.dir, op.path), add(op.follow ? "follow" : "");
    add_number("atime", op.how_atime), add(std::to_string(op.atime_ns));
    add_number("mtime", op.how_mtime), add(std::to_string(op.mtime_ns));
    break;
  case Kind::readlink:
  case Kind::unlink:
  case Kind::rmdir:
  case Kind::chdir:
    add_path(op.dir, op.path);
    break;
  case Kind::getcwd:
    break;
  default:
    add_fd(op.fd);
    break;
  }
  return s;
}

std::string describe(const Outcome &o) {
  std::string s = o.error + " " + std::to_string(o.value);
  if (!o.text.empty()) s += " " + quoted(o.text);
  return s;
}

} // namespace mayfly::model
