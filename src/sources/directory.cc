// Host directories and files as sources. Everything is opened relative to a directory
// descriptor and without following symlinks, so that a tree that changes while it is read
// can give an error but never a file from outside it.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/descriptor.h"
#include "image/guest_path.h"
#include "sources/sources.h"

namespace mayfly::sources {
namespace {

using Stream = std::unique_ptr<DIR, int (*)(DIR *)>;

PackError failure(std::string where, std::string message, std::string hint = "") {
  return {PackError::Kind::source, std::move(where), std::move(message), std::move(hint)};
}

PackError os_error(const std::string &where, std::string_view what, int error) {
  std::string hint;
  if (error == EACCES || error == EPERM) hint = "everything that is packed must be readable";
  if (error == EMFILE || error == ENFILE) hint = "raise the limit of open files (ulimit -n)";
  return failure(where, fmt::format("{}: {}", what, std::strerror(error)), hint);
}

// For what was there a moment ago.
PackError vanished_or(const std::string &where, std::string_view what, int error) {
  if (error == ENOENT || error == ENOTDIR || error == ELOOP)
    return failure(where, "vanished or changed while the directory was being read",
                   "pack when nothing writes to it");
  return os_error(where, what, error);
}

PackError changed(const std::string &where) {
  return failure(where, "changed while it was being read", "pack when nothing writes to it");
}

int64_t nanoseconds(const timespec &t) {
  int64_t seconds = std::clamp<int64_t>(t.tv_sec, -9'000'000'000, 9'000'000'000);
  return seconds * 1'000'000'000 + t.tv_nsec;
}

bool same_file(const struct stat &a, const struct stat &b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && (a.st_mode & S_IFMT) == (b.st_mode & S_IFMT);
}

bool unchanged(const struct stat &a, const struct stat &b) {
  return same_file(a, b) && a.st_size == b.st_size && nanoseconds(a.st_mtim) == nanoseconds(b.st_mtim);
}

// A kind that has no place in a packed tree, or null.
const char *refused_kind(mode_t mode) {
  switch (mode & S_IFMT) {
  case S_IFREG:
  case S_IFDIR:
  case S_IFLNK:
    return nullptr;
  case S_IFSOCK:
    return "a socket";
  case S_IFIFO:
    return "a named pipe";
  case S_IFCHR:
    return "a character device";
  case S_IFBLK:
    return "a block device";
  default:
    return "of an unknown kind";
  }
}

std::expected<std::vector<std::string>, PackError> sorted_names(DIR *stream, const std::string &host) {
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent *entry = readdir(stream);
    if (!entry) break;
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno) return std::unexpected(os_error(host, "cannot be listed", errno));
  std::ranges::sort(names);
  return names;
}

// Reads one directory tree. One object per source, so that hard links are found within it only.
class Scan {
public:
  Scan(EntrySink &sink, Options &options) : sink_(sink), options_(options) {}

  // Gives what is in `directory`. `host` is its path, `path` the one below the place of the source: "" or
  // "/a/b".
  Status directory(Stream directory, const std::string &host, const std::string &path) {
    auto names = sorted_names(directory.get(), host);
    if (!names) return std::unexpected(names.error());
    for (const std::string &name : *names) {
      auto done = entry(dirfd(directory.get()), name, host + '/' + name, path + '/' + name);
      if (!done) return done;
    }
    return {};
  }

  static Entry entry_of(Entry::Type type, const struct stat &st, const std::string &host,
                        const std::string &path) {
    return {.type = type,
            .path = path,
            .mode = st.st_mode & 07777u,
            .mtime_ns = nanoseconds(st.st_mtim),
            .where = host};
  }

  // An open regular file, read to its end.
  Status file(const Descriptor &file, const struct stat &before, const std::string &host,
              const std::string &path) {
    Entry entry = entry_of(Entry::Type::file, before, host, path);
    if (!S_ISREG(before.st_mode)) {
      entry.mode = 0644;
      entry.mtime_ns = options_.stream_mtime_ns;
    }
    entry.read = [&](ContentRoom &room) { return read(file, before, host, room); };
    return sink_.add(entry);
  }

private:
  std::expected<uint64_t, PackError> read(const Descriptor &file, const struct stat &before,
                                          const std::string &host, ContentRoom &content) {
    uint64_t size = static_cast<uint64_t>(before.st_size);
    auto room = content.at_least(size);
    if (!room) return std::unexpected(room.error());
    uint64_t have = 0;
    if (size == 0) { // empty, or one that does not tell its size, as in /proc
      auto unsized = read_unsized(file, host, content);
      if (!unsized) return unsized;
      size = have = *unsized;
    }
    while (have < size) {
      ssize_t n = ::read(file.fd(), room->data() + have, std::min<uint64_t>(size - have, 16u << 20));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::unexpected(os_error(host, "cannot be read", errno));
      if (n == 0) return std::unexpected(changed(host)); // shorter than it was
      have += static_cast<uint64_t>(n);
      bytes_read_ += static_cast<uint64_t>(n);
      if (options_.progress) options_.progress(bytes_read_);
    }
    if (!S_ISREG(before.st_mode)) return size; // a stream changes as it is read
    struct stat after;
    if (fstat(file.fd(), &after) != 0) return std::unexpected(os_error(host, "cannot be read", errno));
    if (!unchanged(before, after)) return std::unexpected(changed(host));
    return size;
  }

  // Reads a file whose size is not known into the room; its length.
  std::expected<uint64_t, PackError> read_unsized(const Descriptor &file, const std::string &host,
                                                  ContentRoom &content) {
    uint64_t have = 0;
    for (;;) {
      auto room = content.at_least(have + 65536);
      if (!room) return std::unexpected(room.error());
      ssize_t n = ::read(file.fd(), room->data() + have, 65536);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::unexpected(os_error(host, "cannot be read", errno));
      if (n == 0) return have;
      have += static_cast<uint64_t>(n);
      bytes_read_ += static_cast<uint64_t>(n);
    }
  }

  Status entry(int parent, const std::string &name, const std::string &host, const std::string &path) {
    if (excluded(options_, path)) return {};
    struct stat st;
    if (fstatat(parent, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0)
      return std::unexpected(vanished_or(host, "cannot be looked at", errno));
    if (const char *kind = refused_kind(st.st_mode))
      return std::unexpected(failure(host, fmt::format("is {}, which cannot be packed", kind),
                                     "remove it, or pack a directory without it"));
    if (st.st_dev == options_.skip_device && st.st_ino == options_.skip_inode) {
      options_.skipped++;
      return {};
    }
    if (S_ISDIR(st.st_mode)) return subdirectory(parent, name, st, host, path);

    std::pair identity{st.st_dev, st.st_ino};
    if (auto it = linked_.find(identity); st.st_nlink > 1 && it != linked_.end()) {
      Entry link = entry_of(Entry::Type::hard_link, st, host, path);
      link.target = it->second;
      return sink_.add(link);
    }
    auto done =
        S_ISLNK(st.st_mode) ? symlink(parent, name, st, host, path) : regular(parent, name, st, host, path);
    if (done && st.st_nlink > 1) linked_.emplace(identity, path);
    return done;
  }

  Status subdirectory(int parent, const std::string &name, const struct stat &st, const std::string &host,
                      const std::string &path) {
    int fd = openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return std::unexpected(vanished_or(host, "cannot be opened", errno));
    Stream stream(fdopendir(fd), closedir);
    if (!stream) {
      ::close(fd);
      return std::unexpected(failure(host, "cannot be listed: out of memory"));
    }
    struct stat opened;
    if (fstat(fd, &opened) != 0 || !same_file(st, opened)) return std::unexpected(changed(host));
    // The sink refuses a path that is too long, which bounds the depth.
    if (auto done = sink_.add(entry_of(Entry::Type::directory, st, host, path)); !done) return done;
    return directory(std::move(stream), host, path);
  }

  Status symlink(int parent, const std::string &name, const struct stat &st, const std::string &host,
                 const std::string &path) {
    std::string target(image::kPathBytesMax + 1, '\0');
    ssize_t n = readlinkat(parent, name.c_str(), target.data(), target.size());
    if (n < 0)
      return std::unexpected(errno == EINVAL ? changed(host) : vanished_or(host, "cannot be read", errno));
    target.resize(static_cast<size_t>(n));
    Entry entry = entry_of(Entry::Type::symlink, st, host, path);
    entry.target = std::move(target);
    return sink_.add(entry);
  }

  Status regular(int parent, const std::string &name, const struct stat &st, const std::string &host,
                 const std::string &path) {
    // O_NONBLOCK: if a pipe took the file's place meanwhile, opening it must not wait.
    Descriptor opened(openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!opened) return std::unexpected(vanished_or(host, "cannot be opened", errno));
    struct stat now;
    if (fstat(opened.fd(), &now) != 0) return std::unexpected(os_error(host, "cannot be read", errno));
    if (!unchanged(st, now)) return std::unexpected(changed(host));
    return file(opened, now, host, path);
  }

  EntrySink &sink_;
  Options &options_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_; // the first path of files with several names
  uint64_t bytes_read_ = 0;
};

} // namespace

bool excluded(Options &options, std::string_view path) {
  while (path.starts_with("./") || path.starts_with('/')) path.remove_prefix(path[0] == '/' ? 1 : 2);
  for (Options::Exclusion &exclusion : options.exclude) {
    bool whole = exclusion.pattern.find('/') != std::string::npos;
    const char *pattern = exclusion.pattern.c_str() + exclusion.pattern.starts_with('/');
    for (size_t from = 0, to; from < path.size(); from = to + 1) {
      to = std::min(path.find('/', from), path.size());
      std::string part(whole ? path.substr(0, to) : path.substr(from, to - from));
      if (fnmatch(pattern, part.c_str(), FNM_PATHNAME) != 0) continue;
      exclusion.met++;
      return true;
    }
  }
  return false;
}

Status add_directory(EntrySink &sink, const std::string &host, Options &options) {
  int fd = ::open(host.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOTDIR)
      return std::unexpected(
          failure(host, "is not a directory", "use --file for a single file, --tar for an archive"));
    return std::unexpected(os_error(host, "cannot be opened", errno));
  }
  Stream stream(fdopendir(fd), closedir);
  struct stat st;
  if (!stream || fstat(fd, &st) != 0) {
    int error = errno;
    if (!stream) ::close(fd);
    return std::unexpected(os_error(host, "cannot be listed", error));
  }
  Scan scan(sink, options);
  if (auto done = sink.add(Scan::entry_of(Entry::Type::directory, st, host, "")); !done) return done;
  std::string base = host;
  while (base.size() > 1 && base.ends_with('/')) base.pop_back();
  return scan.directory(std::move(stream), base == "/" ? "" : base, "");
}

Status add_file(EntrySink &sink, const std::string &host, const std::string &path, Options &options) {
  struct stat st;
  // A pipe is waited for; nothing else may make us wait.
  bool stream = host == "-" || (stat(host.c_str(), &st) == 0 && S_ISFIFO(st.st_mode));
  Descriptor opened(host == "-" ? ::dup(STDIN_FILENO)
                                : ::open(host.c_str(), O_RDONLY | (stream ? 0 : O_NONBLOCK) | O_CLOEXEC));
  if (!opened) return std::unexpected(os_error(host, "cannot be opened", errno));
  if (fstat(opened.fd(), &st) != 0) return std::unexpected(os_error(host, "cannot be read", errno));
  if (S_ISDIR(st.st_mode))
    return std::unexpected(failure(host, "is a directory", "use --dir for a directory"));
  if (const char *kind = stream ? nullptr : refused_kind(st.st_mode))
    return std::unexpected(failure(host, fmt::format("is {}, which cannot be packed", kind)));
  return Scan(sink, options).file(opened, st, host, path);
}

} // namespace mayfly::sources
