// Archives as sources, through libarchive. An archive is untrusted: what it may cost is
// bounded (kEntriesMax, kRatioMax), names are checked like any guest path, and nothing of it
// ever touches the host's filesystem.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "image/source.h"

namespace mayfly::image {
namespace {

constexpr size_t kEntriesMax = 4'000'000;
constexpr uint64_t kFreeBytes = uint64_t{256} << 20; // unpacking to this much is always fine
constexpr uint64_t kRatioMax = 250;                  // beyond that: bytes out per byte in

using Reader = std::unique_ptr<archive, int (*)(archive *)>;

// libarchive converts pax names through the thread's locale; in "C" it would refuse UTF-8.
class Utf8Locale {
public:
  Utf8Locale()
      : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)),
        before_(locale_ ? uselocale(locale_) : nullptr) {}
  ~Utf8Locale() {
    if (!locale_) return;
    uselocale(before_);
    freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale &) = delete;
  Utf8Locale &operator=(const Utf8Locale &) = delete;

private:
  locale_t locale_, before_;
};

Reader new_reader() {
  Reader reader(archive_read_new(), archive_read_free);
  // Named one by one: "all" would include filters that start other programs.
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  return reader;
}

class Unpack {
public:
  Unpack(Builder &builder, archive *reader, std::string name, const GuestPath &guest)
      : builder_(builder), reader_(reader), name_(std::move(name)), guest_(guest) {}

  std::expected<void, Error> all() {
    for (size_t count = 0;; count++) {
      archive_entry *entry = nullptr;
      int status = archive_read_next_header(reader_, &entry);
      if (status == ARCHIVE_EOF) break;
      // A warning is, for instance, an attribute that has no place here; without a name there is no entry.
      if (status < ARCHIVE_WARN) return std::unexpected(damaged(name_));
      if (count >= kEntriesMax)
        return std::unexpected(Error{name_, fmt::format("has more than {} entries", kEntriesMax), ""});
      if (auto done = one(entry); !done) return done;
      if (is_bomb()) return std::unexpected(bomb());
    }
    return {};
  }

private:
  Error damaged(const std::string &where) const {
    const char *text = archive_error_string(reader_);
    return {where,
            fmt::format("is not a tar or zip archive, or is damaged: {}", text ? text : "no more is known"),
            "tar, tar.gz, tar.bz2, tar.xz, tar.zst and zip are read"};
  }
  Error bomb() const {
    return {name_,
            fmt::format("unpacks to more than {} times its size: refused as a decompression bomb", kRatioMax),
            ""};
  }
  bool is_bomb() const {
    uint64_t in = static_cast<uint64_t>(std::max<la_int64_t>(archive_filter_bytes(reader_, -1), 1));
    uint64_t out = std::max<uint64_t>(
        static_cast<uint64_t>(std::max<la_int64_t>(archive_filter_bytes(reader_, 0), 0)), unpacked_);
    return out > kFreeBytes && out / in > kRatioMax;
  }

  std::expected<GuestPath, Error> path_of(const char *text, std::string_view role) const {
    if (!text || !*text)
      return std::unexpected(Error{name_, fmt::format("has an entry without a readable {}", role), ""});
    auto path = parse_guest_path(text); // a leading slash is dropped, as tar does
    if (!path) return std::unexpected(Error{fmt::format("{}: entry {}", name_, text), path.error(), ""});
    GuestPath full = guest_;
    full.insert(full.end(), path->begin(), path->end());
    if (to_string(full).size() > kPathBytesMax)
      return std::unexpected(
          Error{fmt::format("{}: entry {}", name_, text),
                fmt::format("its path inside the filesystem is longer than {} bytes", kPathBytesMax), ""});
    return full;
  }

  Attributes attributes_of(archive_entry *entry) const {
    int64_t ns = 0;
    if (archive_entry_mtime_is_set(entry)) {
      int64_t seconds = std::clamp<int64_t>(archive_entry_mtime(entry), -9'000'000'000, 9'000'000'000);
      ns = seconds * 1'000'000'000 + std::clamp<int64_t>(archive_entry_mtime_nsec(entry), 0, 999'999'999);
    }
    return {static_cast<uint32_t>(archive_entry_perm(entry)) & 07777u, builder_.owner,
            std::min(ns, builder_.mtime_ns_max)};
  }

  std::expected<void, Error> one(archive_entry *entry) {
    auto path = path_of(archive_entry_pathname(entry), "name");
    if (!path) return std::unexpected(path.error());
    std::string where = fmt::format("{}: entry {}", name_, archive_entry_pathname(entry));
    Tree &tree = builder_.tree;

    if (archive_entry_filetype(entry) == AE_IFDIR) return directory(*path, attributes_of(entry), where);
    if (path->size() == guest_.size())
      return std::unexpected(Error{where, "would replace the directory it is unpacked in", ""});
    NodeId parent = tree.make_parent(*path);
    if (parent == Tree::none) return std::unexpected(Error{where, "leads through more than 40 symlinks", ""});
    if (const char *existing = archive_entry_hardlink(entry))
      return hard_link(parent, path->back(), existing, where);

    Node node{.attributes = attributes_of(entry)};
    switch (archive_entry_filetype(entry)) {
    case AE_IFLNK: {
      const char *target = archive_entry_symlink(entry);
      node.type = Type::symlink;
      node.target = target ? target : "";
      if (node.target.empty() || node.target.size() > kPathBytesMax)
        return std::unexpected(
            Error{where, fmt::format("is a symlink whose target has {} bytes", node.target.size()), ""});
      break;
    }
    case AE_IFREG: {
      node.type = Type::file;
      auto length = data(where);
      if (!length) return std::unexpected(length.error());
      node.content = builder_.content.take(static_cast<uint32_t>(*length));
      break;
    }
    default:
      return std::unexpected(
          Error{where, "is a device, socket or pipe, which cannot be packed", "remove it from the archive"});
    }
    tree.put(parent, path->back(), std::move(node));
    return {};
  }

  std::expected<void, Error> directory(const GuestPath &path, const Attributes &attributes,
                                       const std::string &where) {
    Tree &tree = builder_.tree;
    if (path.size() == guest_.size()) { // "./": the place it is unpacked in
      NodeId id = tree.make_directory(path);
      if (id == Tree::none) return std::unexpected(Error{where, "leads through more than 40 symlinks", ""});
      tree[id].attributes = attributes;
      return {};
    }
    NodeId parent = tree.make_parent(path);
    if (parent == Tree::none) return std::unexpected(Error{where, "leads through more than 40 symlinks", ""});
    tree.put(parent, path.back(), {.type = Type::directory, .attributes = attributes});
    return {};
  }

  std::expected<void, Error> hard_link(NodeId parent, const std::string &name, const char *existing,
                                       const std::string &where) {
    auto path = path_of(existing, "hard link target");
    if (!path) return std::unexpected(path.error());
    NodeId id = builder_.tree.find(*path);
    if (id == Tree::none)
      return std::unexpected(
          Error{where, fmt::format("is a hard link to {}, which is no earlier entry", existing), ""});
    if (builder_.tree[id].type == Type::directory)
      return std::unexpected(
          Error{where, fmt::format("is a hard link to {}, which is a directory", existing), ""});
    builder_.tree.put_link(parent, name, id);
    return {};
  }

  // The entry's bytes into the content's room; holes of a sparse entry become zeros.
  std::expected<uint64_t, Error> data(const std::string &where) {
    uint64_t end = 0;
    std::span<uint8_t> room;
    auto extend = [&](uint64_t to) -> std::expected<void, Error> {
      if (to <= room.size() && room.data()) return {};
      // Sizes in headers are claims; the room grows with the bytes that really come.
      auto more = builder_.content.room(std::max<uint64_t>(to, 1));
      if (!more) return std::unexpected(Error{where, more.error(), ""});
      room = *more;
      return {};
    };
    for (;;) {
      const void *block = nullptr;
      size_t size = 0;
      la_int64_t offset = 0;
      int status = archive_read_data_block(reader_, &block, &size, &offset);
      if (status == ARCHIVE_EOF) {
        // A sparse entry that ends in a hole: the last block says where.
        if (offset > 0 && static_cast<uint64_t>(offset) > end)
          size = 0;
        else
          break;
      } else if (status < ARCHIVE_WARN) {
        return std::unexpected(damaged(where));
      }
      if (offset < 0 || static_cast<uint64_t>(offset) < end)
        return std::unexpected(Error{where, "has overlapping data", ""});
      uint64_t from = static_cast<uint64_t>(offset);
      if (from > kContentBytesMax || size > kContentBytesMax)
        return std::unexpected(Error{where, "is larger than the 4 GiB that one module can hold", ""});
      unpacked_ += from + size - end;
      if (is_bomb()) return std::unexpected(bomb());
      if (auto done = extend(from + size); !done) return std::unexpected(done.error());
      std::memset(room.data() + end, 0, from - end);
      if (size) std::memcpy(room.data() + from, block, size);
      end = from + size;
      if (builder_.progress) builder_.progress(unpacked_);
      if (status == ARCHIVE_EOF) break;
    }
    return end;
  }

  Builder &builder_;
  archive *reader_;
  std::string name_;
  const GuestPath &guest_;
  uint64_t unpacked_ = 0;
};

} // namespace

std::expected<void, Error> add_archive(Builder &builder, const std::string &name, const uint8_t *bytes,
                                       size_t size, const GuestPath &guest) {
  Utf8Locale locale;
  Reader reader = new_reader();
  if (archive_read_open_memory(reader.get(), bytes, size) != ARCHIVE_OK) {
    const char *text = archive_error_string(reader.get());
    return std::unexpected(Error{
        name, fmt::format("is not a tar or zip archive, or is damaged: {}", text ? text : "no more is known"),
        "tar, tar.gz, tar.bz2, tar.xz, tar.zst and zip are read"});
  }
  return Unpack(builder, reader.get(), name, guest).all();
}

std::expected<void, Error> add_archive(Builder &builder, const std::string &host, const GuestPath &guest) {
  struct stat st;
  int fd = ::open(host.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return std::unexpected(Error{host, fmt::format("cannot be opened: {}", std::strerror(errno)), ""});
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } closer{fd};
  if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
    return std::unexpected(Error{host, "is a directory", "use --dir for a directory"});
  Utf8Locale locale;
  Reader reader = new_reader();
  if (archive_read_open_fd(reader.get(), fd, 1 << 16) != ARCHIVE_OK) {
    const char *text = archive_error_string(reader.get());
    return std::unexpected(Error{
        host, fmt::format("is not a tar or zip archive, or is damaged: {}", text ? text : "no more is known"),
        "tar, tar.gz, tar.bz2, tar.xz, tar.zst and zip are read"});
  }
  return Unpack(builder, reader.get(), host, guest).all();
}

} // namespace mayfly::image
