// What the core's tests share: a filesystem in a NativeHost with short names for the
// operations, a dump of the whole tree for before/after comparisons, and printable errnos.
// Only for tests, fuzzers and the model test.
#pragma once
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/host_native.h"
#include "core/vfs.h"

namespace mayfly {

inline const char *errno_name(Errno e) {
  static const char *const names[] = {
      "ok",          "toobig",         "acces",       "addrinuse",   "addrnotavail",
      "afnosupport", "again",          "already",     "badf",        "badmsg",
      "busy",        "canceled",       "child",       "connaborted", "connrefused",
      "connreset",   "deadlk",         "destaddrreq", "dom",         "dquot",
      "exist",       "fault",          "fbig",        "hostunreach", "idrm",
      "ilseq",       "inprogress",     "intr",        "inval",       "io",
      "isconn",      "isdir",          "loop",        "mfile",       "mlink",
      "msgsize",     "multihop",       "nametoolong", "netdown",     "netreset",
      "netunreach",  "nfile",          "nobufs",      "nodev",       "noent",
      "noexec",      "nolck",          "nolink",      "nomem",       "nomsg",
      "noprotoopt",  "nospc",          "nosys",       "notconn",     "notdir",
      "notempty",    "notrecoverable", "notsock",     "notsup",      "notty",
      "nxio",        "overflow",       "ownerdead",   "perm",        "pipe",
      "proto",       "protonosupport", "prototype",   "range",       "rofs",
      "spipe",       "srch",           "stale",       "timedout",    "txtbsy",
      "xdev",        "notcapable"};
  auto index = static_cast<u16>(e);
  return index < std::size(names) ? names[index] : "?";
}

// open_flags whose full names are also operations.
inline constexpr u32 rd = open_flags::read, wr = open_flags::write;

// GoogleTest prints values with this.
inline void PrintTo(Errno e, std::ostream *out) { *out << errno_name(e); }

// A filesystem of its own, current on this thread, with everything addressed by path.
// Helpers return the core's errno, or the value they are named after; a helper that cannot
// fail in a correct test aborts through `must`.
class Sandbox : public NativeHost {
public:
  static constexpr AppPtr kBuffer = 0; // application memory used by read/write helpers: all of it

  Sandbox() : Sandbox(without_devices()) {}
  explicit Sandbox(const FormatOptions &format) : NativeHost(format) {}
  Sandbox(const FormatOptions &format, const Options &options) : NativeHost(format, options) {}

  static FormatOptions without_devices() {
    FormatOptions format;
    format.devices = false;
    return format;
  }

  static Path path(std::string_view text) {
    Path p;
    must(p.assign(text.data(), static_cast<u32>(text.size())));
    return p;
  }

  static void must(Errno e) {
    if (e == Errno::ok) return;
    std::fprintf(stderr, "a test's set-up failed: %s\n", errno_name(e));
    std::abort();
  }
  template <class T> static T must(Result<T> r) {
    must(r.error());
    return r.value();
  }

  At root(u32 flags = 0) { return {fs().root, flags}; }
  At cwd(u32 flags = 0) { return {fs().cwd, flags}; }
  At at(Fd dir, u32 flags = 0) { return {ofd(dir).inode, flags}; }

  Ofd &ofd(Fd fd) {
    FdSlot *slot = fd_slot(fs(), fd);
    if (slot == nullptr) must(Errno::badf);
    return ofd_of(fs(), *slot);
  }

  Result<Fd> open(std::string_view name, u32 flags, u32 mode = 0644) {
    return mayfly::open(fs(), cwd(), path(name), flags, mode);
  }
  Fd must_open(std::string_view name, u32 flags = open_flags::read, u32 mode = 0644) {
    return must(open(name, flags, mode));
  }
  // The errno of opening; what was opened is closed again.
  Errno try_open(std::string_view name, u32 flags = open_flags::read, u32 mode = 0644) {
    Result<Fd> fd = open(name, flags, mode);
    return fd.ok() ? mayfly::close(fs(), fd.value()) : fd.error();
  }
  Errno close(Fd fd) { return mayfly::close(fs(), fd); }

  Result<u32> write(Fd fd, std::string_view data) {
    std::memcpy(app.data(), data.data(), data.size());
    return mayfly::write(fs(), ofd(fd), kBuffer, static_cast<u32>(data.size()));
  }
  Result<u32> pwrite(Fd fd, std::string_view data, u64 offset) {
    std::memcpy(app.data(), data.data(), data.size());
    return mayfly::pwrite(fs(), ofd(fd), kBuffer, static_cast<u32>(data.size()), offset);
  }
  // The bytes read; the test wants them, so an errno is fatal.
  std::string read(Fd fd, u32 length) { return taken(mayfly::read(fs(), ofd(fd), kBuffer, length)); }
  std::string pread(Fd fd, u32 length, u64 offset) {
    return taken(mayfly::pread(fs(), ofd(fd), kBuffer, length, offset));
  }
  Result<u64> seek(Fd fd, i64 delta, Whence whence) { return mayfly::seek(fs(), ofd(fd), delta, whence); }

  // Makes or replaces a file with these bytes.
  void put(std::string_view name, std::string_view data, u32 mode = 0644) {
    using namespace open_flags;
    Fd fd = must_open(name, open_flags::write | create | trunc, mode);
    if (must(write(fd, data)) != data.size()) must(Errno::nospc);
    must(close(fd));
  }
  std::string get(std::string_view name) {
    Fd fd = must_open(name);
    std::string all, part;
    while (!(part = read(fd, 65536)).empty()) all += part;
    must(close(fd));
    return all;
  }

  Stat stat(std::string_view name, u32 at_flags = 0) {
    Stat s;
    must(stat_at(fs(), cwd(at_flags), path(name), s));
    return s;
  }
  Stat fstat(Fd fd) {
    Stat s;
    must(mayfly::fstat(fs(), ofd(fd), s));
    return s;
  }
  Errno exists(std::string_view name, u32 at_flags = At::nofollow) {
    Stat s;
    return stat_at(fs(), cwd(at_flags), path(name), s);
  }

  Errno mkdir(std::string_view name, u32 mode = 0755) { return mkdir_at(fs(), cwd(), path(name), mode); }
  Errno rmdir(std::string_view name) { return rmdir_at(fs(), cwd(), path(name)); }
  Errno unlink(std::string_view name) { return unlink_at(fs(), cwd(), path(name)); }
  Errno symlink(std::string_view target, std::string_view name) {
    return symlink_at(fs(), path(target), cwd(), path(name));
  }
  Errno link(std::string_view old_name, std::string_view new_name, u32 at_flags = At::nofollow) {
    return link_at(fs(), cwd(at_flags), path(old_name), cwd(), path(new_name));
  }
  Errno rename(std::string_view from, std::string_view to, u32 flags = 0) {
    return rename_at(fs(), cwd(), path(from), cwd(), path(to), flags);
  }
  Errno chmod(std::string_view name, u32 mode) { return chmod_at(fs(), cwd(), path(name), mode); }
  Errno chown(std::string_view name, u32 uid, u32 gid, u32 at_flags = 0) {
    return chown_at(fs(), cwd(at_flags), path(name), uid, gid);
  }
  Errno access(std::string_view name, u32 rwx) { return access_at(fs(), cwd(), path(name), rwx); }
  Errno truncate(std::string_view name, u64 size) { return truncate_at(fs(), cwd(), path(name), size); }
  std::string readlink(std::string_view name) {
    return taken(readlink_at(fs(), cwd(), path(name), kBuffer, kPathMax));
  }

  void become(u32 uid, u32 gid) {
    fs().mark(0);
    fs().uid = uid;
    fs().gid = gid;
  }

  struct Entry {
    std::string name;
    u32 type;
    u64 ino, next_cookie;
  };
  // Everything from `cookie` on, "." and ".." included, at most `most` entries.
  std::vector<Entry> entries(Fd fd, u64 cookie = 0, size_t most = ~size_t{0}) {
    std::vector<Entry> found;
    DirCursor cursor = dir_seek(fs(), ofd(fd), cookie);
    DirEntry e;
    while (found.size() < most && dir_next(fs(), ofd(fd), cursor, e))
      found.push_back({std::string(e.name.ptr, e.name.len), e.type, e.ino, e.next_cookie});
    return found;
  }
  // Sorted names without "." and "..".
  std::vector<std::string> list(std::string_view name) {
    Fd fd = must_open(name, open_flags::read | open_flags::directory);
    std::vector<std::string> names;
    for (const Entry &e : entries(fd))
      if (e.name != "." && e.name != "..") names.push_back(e.name);
    must(close(fd));
    std::sort(names.begin(), names.end());
    return names;
  }

  // The whole tree as text: path, type and mode, links, owner, size, first bytes. Taken as the superuser and
  // without touching the descriptor limit; atimes may change.
  std::string dump() {
    u32 uid = fs().uid, fd_max = fs().fd_max;
    fs().uid = 0;
    fs().fd_max += 1;
    std::string out;
    dump_into("/", out);
    fs().uid = uid;
    fs().fd_max = fd_max;
    return out;
  }

  // Empty when the region is sound, else verify's sentence and offset.
  std::string unsound() {
    const char *what = "?";
    u32 where = 0;
    if (mayfly::verify(&fs(), fs().size, content_bytes, &what, &where)) return {};
    return std::string(what) + " at " + std::to_string(where);
  }

  std::vector<uint8_t> bytes() {
    auto *first = reinterpret_cast<const uint8_t *>(&fs());
    return {first, first + fs().size};
  }

private:
  std::string taken(Result<u32> count) {
    return std::string(reinterpret_cast<const char *>(app.data()), must(count));
  }

  void dump_into(const std::string &name, std::string &out) {
    Stat s = stat(name, At::nofollow);
    char line[160];
    std::snprintf(
        line, sizeof line, " %o links %llu owner %u:%u size %llu", s.mode,
        static_cast<unsigned long long>(s.nlink), s.uid, s.gid,
        static_cast<unsigned long long>((s.mode & mode::type_mask) == mode::directory ? 0 : s.size));
    out += name + line;
    switch (s.mode & mode::type_mask) {
    case mode::symlink:
      out += " -> " + readlink(name);
      break;
    case mode::regular: {
      Fd fd = must_open(name);
      out += " : " + read(fd, 4096);
      must(close(fd));
      break;
    }
    default:
      break;
    }
    out += '\n';
    if ((s.mode & mode::type_mask) != mode::directory) return;
    for (const std::string &child : list(name)) dump_into((name == "/" ? "" : name) + "/" + child, out);
  }
};

} // namespace mayfly
