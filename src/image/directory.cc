// Host directories and files as sources. Everything is opened relative to a directory
// descriptor and without following symlinks, so that a tree that changes while it is read
// can give an error but never a file from outside it.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
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
#include "image/source.h"

namespace mayfly::image {
namespace {

using Stream = std::unique_ptr<DIR, int (*)(DIR *)>;

Error os_error(const std::string &where, std::string_view what, int error) {
  std::string hint;
  if (error == EACCES || error == EPERM) hint = "everything that is packed must be readable";
  if (error == EMFILE || error == ENFILE) hint = "raise the limit of open files (ulimit -n)";
  return {where, fmt::format("{}: {}", what, std::strerror(error)), hint};
}

// For what was there a moment ago.
Error vanished_or(const std::string &where, std::string_view what, int error) {
  if (error == ENOENT || error == ENOTDIR || error == ELOOP)
    return {where, "vanished or changed while the directory was being read",
            "pack when nothing writes to it"};
  return os_error(where, what, error);
}

Error changed(const std::string &where) {
  return {where, "changed while it was being read", "pack when nothing writes to it"};
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

std::expected<std::vector<std::string>, Error> sorted_names(DIR *stream, const std::string &host) {
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
  explicit Scan(Builder &builder) : builder_(builder) {}

  // Puts what is in `directory` into the node `into`. `host` is its path, `guest_bytes` the
  // length of its guest path, which bounds the depth.
  std::expected<void, Error> directory(Stream directory, const std::string &host, NodeId into,
                                       size_t guest_bytes) {
    auto names = sorted_names(directory.get(), host);
    if (!names) return std::unexpected(names.error());
    for (const std::string &name : *names) {
      auto done = entry(dirfd(directory.get()), name, host + '/' + name, into, guest_bytes + 1 + name.size());
      if (!done) return done;
    }
    return {};
  }

  Attributes attributes_of(const struct stat &st) const {
    return {st.st_mode & 07777u, builder_.owner, std::min(nanoseconds(st.st_mtim), builder_.mtime_ns_max)};
  }

  // Reads a file whose size is not known into the room; its length.
  std::expected<uint64_t, Error> read_unsized(const Descriptor &file, const std::string &host) {
    uint64_t have = 0;
    for (;;) {
      auto room = builder_.content.room(have + 65536);
      if (!room) return std::unexpected(Error{host, room.error(), ""});
      ssize_t n = ::read(file.fd(), room->data() + have, 65536);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::unexpected(os_error(host, "cannot be read", errno));
      if (n == 0) return have;
      have += static_cast<uint64_t>(n);
      bytes_read_ += static_cast<uint64_t>(n);
    }
  }

  // An open regular file, read to its end.
  std::expected<Node, Error> file(const Descriptor &file, const struct stat &before,
                                  const std::string &host) {
    uint64_t size = static_cast<uint64_t>(before.st_size);
    auto room = builder_.content.room(size);
    if (!room) return std::unexpected(Error{host, room.error(), ""});
    uint64_t have = 0;
    if (size == 0) { // empty, or one that does not tell its size, as in /proc
      auto unsized = read_unsized(file, host);
      if (!unsized) return std::unexpected(unsized.error());
      size = have = *unsized;
    }
    while (have < size) {
      ssize_t n = ::read(file.fd(), room->data() + have, std::min<uint64_t>(size - have, 16u << 20));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::unexpected(os_error(host, "cannot be read", errno));
      if (n == 0) return std::unexpected(changed(host)); // shorter than it was
      have += static_cast<uint64_t>(n);
      bytes_read_ += static_cast<uint64_t>(n);
      if (builder_.progress) builder_.progress(bytes_read_);
    }
    struct stat after;
    if (fstat(file.fd(), &after) != 0) return std::unexpected(os_error(host, "cannot be read", errno));
    if (!unchanged(before, after)) return std::unexpected(changed(host));
    return Node{.type = Type::file,
                .attributes = attributes_of(before),
                .content = builder_.content.take(static_cast<uint32_t>(size))};
  }

private:
  std::expected<void, Error> entry(int parent, const std::string &name, const std::string &host, NodeId into,
                                   size_t guest_bytes) {
    struct stat st;
    if (fstatat(parent, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0)
      return std::unexpected(vanished_or(host, "cannot be looked at", errno));
    if (const char *kind = refused_kind(st.st_mode))
      return std::unexpected(Error{host, fmt::format("is {}, which cannot be packed", kind),
                                   "remove it, or pack a directory without it"});
    if (st.st_dev == builder_.skip_device && st.st_ino == builder_.skip_inode) {
      builder_.skipped++;
      return {};
    }
    if (name.size() > kNameBytesMax || guest_bytes > kPathBytesMax)
      return std::unexpected(
          Error{host,
                fmt::format("its path inside the filesystem would have {} bytes, more than {}", guest_bytes,
                            kPathBytesMax),
                "pack it under a shorter GUEST path"});
    if (S_ISDIR(st.st_mode)) return subdirectory(parent, name, st, host, into, guest_bytes);

    std::pair identity{st.st_dev, st.st_ino};
    if (auto it = linked_.find(identity); st.st_nlink > 1 && it != linked_.end()) {
      builder_.tree.put_link(into, name, it->second);
      return {};
    }
    auto node = S_ISLNK(st.st_mode) ? symlink(parent, name, st, host) : regular(parent, name, st, host);
    if (!node) return std::unexpected(node.error());
    NodeId id = builder_.tree.put(into, name, std::move(*node));
    if (st.st_nlink > 1) linked_.emplace(identity, id);
    return {};
  }

  std::expected<void, Error> subdirectory(int parent, const std::string &name, const struct stat &st,
                                          const std::string &host, NodeId into, size_t guest_bytes) {
    int fd = openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return std::unexpected(vanished_or(host, "cannot be opened", errno));
    Stream stream(fdopendir(fd), closedir);
    if (!stream) {
      ::close(fd);
      return std::unexpected(Error{host, "cannot be listed: out of memory", ""});
    }
    struct stat opened;
    if (fstat(fd, &opened) != 0 || !same_file(st, opened)) return std::unexpected(changed(host));
    NodeId id = builder_.tree.put(into, name, {.type = Type::directory, .attributes = attributes_of(st)});
    return directory(std::move(stream), host, id, guest_bytes);
  }

  std::expected<Node, Error> symlink(int parent, const std::string &name, const struct stat &st,
                                     const std::string &host) {
    std::string target(kPathBytesMax + 1, '\0');
    ssize_t n = readlinkat(parent, name.c_str(), target.data(), target.size());
    if (n < 0)
      return std::unexpected(errno == EINVAL ? changed(host) : vanished_or(host, "cannot be read", errno));
    target.resize(static_cast<size_t>(n));
    if (target.empty() || target.size() > kPathBytesMax)
      return std::unexpected(
          Error{host, fmt::format("is a symlink whose target has {} bytes", target.size()), ""});
    return Node{.type = Type::symlink, .attributes = attributes_of(st), .target = std::move(target)};
  }

  std::expected<Node, Error> regular(int parent, const std::string &name, const struct stat &st,
                                     const std::string &host) {
    // O_NONBLOCK: if a pipe took the file's place meanwhile, opening it must not wait.
    Descriptor opened(openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!opened) return std::unexpected(vanished_or(host, "cannot be opened", errno));
    struct stat now;
    if (fstat(opened.fd(), &now) != 0) return std::unexpected(os_error(host, "cannot be read", errno));
    if (!unchanged(st, now)) return std::unexpected(changed(host));
    return file(opened, now, host);
  }

  Builder &builder_;
  std::map<std::pair<dev_t, ino_t>, NodeId> linked_; // files with several names
  uint64_t bytes_read_ = 0;
};

Error symlink_loop(const GuestPath &guest) {
  return {to_string(guest), "leads through more than 40 symlinks of the packed tree", ""};
}

} // namespace

std::expected<void, Error> add_directory(Builder &builder, const std::string &host, const GuestPath &guest) {
  int fd = ::open(host.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOTDIR)
      return std::unexpected(
          Error{host, "is not a directory", "use --file for a single file, --tar for an archive"});
    return std::unexpected(os_error(host, "cannot be opened", errno));
  }
  Stream stream(fdopendir(fd), closedir);
  struct stat st;
  if (!stream || fstat(fd, &st) != 0) {
    int error = errno;
    if (!stream) ::close(fd);
    return std::unexpected(os_error(host, "cannot be listed", error));
  }
  NodeId id = builder.tree.make_directory(guest);
  if (id == Tree::none) return std::unexpected(symlink_loop(guest));
  Scan scan(builder);
  builder.tree[id].attributes = scan.attributes_of(st);
  std::string base = host;
  while (base.size() > 1 && base.ends_with('/')) base.pop_back();
  return scan.directory(std::move(stream), base == "/" ? "" : base, id,
                        guest.empty() ? 0 : to_string(guest).size());
}

std::expected<void, Error> add_file(Builder &builder, const std::string &host, const GuestPath &guest) {
  Descriptor opened(::open(host.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!opened) return std::unexpected(os_error(host, "cannot be opened", errno));
  struct stat st;
  if (fstat(opened.fd(), &st) != 0) return std::unexpected(os_error(host, "cannot be read", errno));
  if (S_ISDIR(st.st_mode)) return std::unexpected(Error{host, "is a directory", "use --dir for a directory"});
  if (const char *kind = refused_kind(st.st_mode))
    return std::unexpected(Error{host, fmt::format("is {}, which cannot be packed", kind), ""});
  auto node = Scan(builder).file(opened, st, host);
  if (!node) return std::unexpected(node.error());
  NodeId parent = builder.tree.make_parent(guest);
  if (parent == Tree::none) return std::unexpected(symlink_loop(guest));
  builder.tree.put(parent, guest.back(), std::move(*node));
  return {};
}

void drop_hidden_content(Builder &builder) {
  std::vector<Extent *> shown;
  std::vector<NodeId> ids;
  builder.tree.walk([&](const std::string &, NodeId id) { ids.push_back(id); });
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end()); // a hard link is walked more than once
  for (NodeId id : ids)
    if (builder.tree[id].type == Type::file) shown.push_back(&builder.tree[id].content);
  builder.content.keep_only(shown);
}

} // namespace mayfly::image
