// Archives as sources, through libarchive. An archive is untrusted: what it may cost is
// bounded (kEntriesMax, kRatioMax), the sink checks names like any guest path, and nothing of it
// ever touches the host's filesystem.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "image/content.h"
#include "sources/sources.h"

namespace mayfly::sources {
namespace {

constexpr size_t kEntriesMax = 4'000'000;
constexpr uint64_t kFreeBytes = uint64_t{256} << 20; // unpacking to this much is always fine
constexpr uint64_t kRatioMax = 250;                  // beyond that: bytes out per byte in

bool is_bomb(uint64_t in, uint64_t out) {
  return out > kFreeBytes && out / std::max<uint64_t>(in, 1) > kRatioMax;
}

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

PackError failure(std::string where, std::string message, std::string hint = "") {
  return {PackError::Kind::source, std::move(where), std::move(message), std::move(hint)};
}

PackError not_readable(archive *reader, const std::string &where) {
  const char *text = archive_error_string(reader);
  return failure(
      where, fmt::format("is not a tar or zip archive, or is damaged: {}", text ? text : "no more is known"),
      "tar, tar.gz, tar.bz2, tar.xz, tar.zst and zip are read");
}

Reader new_reader() {
  Reader reader(archive_read_new(), archive_read_free);
  // Named one by one: "all" would include filters that start other programs.
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  return reader;
}

// The bytes of an archive, from a file, a pipe or memory. libarchive reads gzip itself, but does not look at
// its checksums, so that a damaged file would be packed without a word: zlib, which does, decompresses gzip
// here. Errors reach the caller as libarchive's, with a text.
class Input {
public:
  explicit Input(int fd) : fd_(fd), buffer_(kChunkBytes) {}
  explicit Input(std::span<const uint8_t> bytes) : memory_(bytes) {}
  ~Input() {
    if (gzip_) inflateEnd(&stream_);
  }
  Input(const Input &) = delete;
  Input &operator=(const Input &) = delete;

  // Makes `reader` read from here; this must outlive it. A status of libarchive.
  int open(archive *reader) {
    if (!next(reader, head_)) return ARCHIVE_FATAL;
    if (head_.size() >= 2 && head_[0] == 0x1f && head_[1] == 0x8b) {
      if (inflateInit2(&stream_, 15 + 16) != Z_OK) return ARCHIVE_FATAL; // 16: with gzip's header and trailer
      gzip_ = true;
      unpacked_.resize(kChunkBytes);
      return archive_read_open(reader, this, nullptr, read_gzip, nullptr);
    }
    if (fd_ < 0) return archive_read_open_memory(reader, head_.data(), head_.size());
    // A zip file's directory is at its end, so that libarchive wants to seek where that is possible.
    if (lseek(fd_, 0, SEEK_SET) == 0) return archive_read_open_fd(reader, fd_, kChunkBytes);
    return archive_read_open(reader, this, nullptr, read_plain, nullptr);
  }

  // Reads what stands behind the archive's own end: gzip's checksum comes last. A status of libarchive.
  int finish(archive *reader) {
    for (uint64_t unpacked = 0; gzip_;) {
      la_ssize_t n = inflate_some(reader);
      if (n == 0) break;
      unpacked += static_cast<uint64_t>(std::max<la_ssize_t>(n, 0));
      if (n < 0 || is_bomb(read_, unpacked)) return ARCHIVE_FATAL;
    }
    return ARCHIVE_OK;
  }

  // How many bytes of the archive itself were read.
  uint64_t bytes_read(archive *reader) const {
    return gzip_ ? read_ : static_cast<uint64_t>(std::max<la_int64_t>(archive_filter_bytes(reader, -1), 0));
  }

private:
  static constexpr size_t kChunkBytes = 1 << 16;

  // The next bytes as they are; empty at the end.
  bool next(archive *reader, std::span<const uint8_t> &chunk) {
    if (fd_ < 0) {
      chunk = std::exchange(memory_, {});
    } else {
      ssize_t n;
      do n = ::read(fd_, buffer_.data(), buffer_.size());
      while (n < 0 && errno == EINTR);
      if (n < 0) return archive_set_error(reader, errno, "cannot be read: %s", std::strerror(errno)), false;
      chunk = {buffer_.data(), static_cast<size_t>(n)};
    }
    read_ += chunk.size();
    return true;
  }

  static la_ssize_t read_plain(archive *reader, void *self, const void **data) {
    Input &input = *static_cast<Input *>(self);
    std::span<const uint8_t> chunk = std::exchange(input.head_, {});
    if (chunk.empty() && !input.next(reader, chunk)) return ARCHIVE_FATAL;
    *data = chunk.data();
    return static_cast<la_ssize_t>(chunk.size());
  }

  static la_ssize_t read_gzip(archive *reader, void *self, const void **data) {
    Input &input = *static_cast<Input *>(self);
    la_ssize_t n = input.inflate_some(reader);
    *data = input.unpacked_.data();
    return n;
  }

  // Fills `unpacked_`. A gzip file may have several members, one behind the other.
  la_ssize_t inflate_some(archive *reader) {
    z_stream &z = stream_;
    z.next_out = unpacked_.data();
    z.avail_out = static_cast<uInt>(unpacked_.size());
    while (z.avail_out && !ended_) {
      if (head_.empty() && !next(reader, head_)) return ARCHIVE_FATAL;
      if (head_.empty()) {
        if (between_members_) break;
        archive_set_error(reader, EINVAL, "the gzip data ends in the middle");
        return ARCHIVE_FATAL;
      }
      // Zeros behind the last member pad it, as tapes and some tools do.
      if (between_members_ && head_[0] != 0x1f) {
        ended_ = true;
        break;
      }
      between_members_ = false;
      z.next_in = const_cast<Bytef *>(head_.data());
      z.avail_in = static_cast<uInt>(head_.size());
      int status = inflate(&z, Z_NO_FLUSH);
      head_ = head_.last(z.avail_in);
      if (status == Z_STREAM_END) {
        between_members_ = true;
        inflateReset(&z);
      } else if (status != Z_OK) {
        archive_set_error(reader, EINVAL, "the gzip data is damaged (%s)", z.msg ? z.msg : "zlib");
        return ARCHIVE_FATAL;
      }
    }
    return static_cast<la_ssize_t>(unpacked_.size() - z.avail_out);
  }

  int fd_ = -1;
  std::span<const uint8_t> memory_; // what is still to come, without a file
  std::vector<uint8_t> buffer_;     // of the file
  std::span<const uint8_t> head_;   // read, but not used yet
  uint64_t read_ = 0;
  bool gzip_ = false, between_members_ = false, ended_ = false;
  z_stream stream_{};
  std::vector<uint8_t> unpacked_;
};

class Unpack {
public:
  Unpack(EntrySink &sink, Input &input, archive *reader, std::string name, Options &options)
      : sink_(sink), input_(input), reader_(reader), name_(std::move(name)), options_(options) {}

  Status all() {
    for (size_t count = 0;; count++) {
      archive_entry *entry = nullptr;
      int status = archive_read_next_header(reader_, &entry);
      if (status == ARCHIVE_EOF) break;
      // A warning is, for instance, an attribute that has no place here; without a name there is no entry.
      if (status < ARCHIVE_WARN) return std::unexpected(damaged(name_));
      if (count >= kEntriesMax)
        return std::unexpected(failure(name_, fmt::format("has more than {} entries", kEntriesMax)));
      if (auto done = one(entry); !done) return done;
      if (is_bomb()) return std::unexpected(bomb());
    }
    if (input_.finish(reader_) != ARCHIVE_OK) return std::unexpected(damaged(name_));
    return {};
  }

private:
  PackError damaged(const std::string &where) const { return not_readable(reader_, where); }
  PackError bomb() const {
    return failure(
        name_,
        fmt::format("unpacks to more than {} times its size: refused as a decompression bomb", kRatioMax));
  }
  bool is_bomb() const {
    uint64_t out = std::max<uint64_t>(
        static_cast<uint64_t>(std::max<la_int64_t>(archive_filter_bytes(reader_, 0), 0)), unpacked_);
    return sources::is_bomb(input_.bytes_read(reader_), out);
  }

  static int64_t mtime_of(archive_entry *entry) {
    if (!archive_entry_mtime_is_set(entry)) return 0;
    int64_t seconds = std::clamp<int64_t>(archive_entry_mtime(entry), -9'000'000'000, 9'000'000'000);
    return seconds * 1'000'000'000 + std::clamp<int64_t>(archive_entry_mtime_nsec(entry), 0, 999'999'999);
  }

  Status one(archive_entry *from) {
    const char *path = archive_entry_pathname(from);
    if (!path || !*path) return std::unexpected(failure(name_, "has an entry without a readable name"));
    if (excluded(options_, path)) return {};
    // A leading slash is dropped by the sink, as tar does.
    Entry entry{.path = path,
                .mode = static_cast<uint32_t>(archive_entry_perm(from)) & 07777u,
                .mtime_ns = mtime_of(from),
                .where = fmt::format("{}: entry {}", name_, path)};
    const char *existing = archive_entry_hardlink(from);
    if (existing && archive_entry_filetype(from) != AE_IFDIR) {
      entry.type = Entry::Type::hard_link;
      entry.target = existing;
      if (entry.target.empty())
        return std::unexpected(failure(name_, "has an entry without a readable hard link target"));
      return sink_.add(entry);
    }
    if (archive_entry_is_encrypted(from))
      return std::unexpected(failure(entry.where, "is encrypted", "decrypt the archive first"));
    switch (archive_entry_filetype(from)) {
    case AE_IFDIR:
      entry.type = Entry::Type::directory;
      break;
    case AE_IFLNK:
      entry.type = Entry::Type::symlink;
      if (const char *target = archive_entry_symlink(from)) entry.target = target;
      break;
    case AE_IFREG:
      entry.read = [&](ContentRoom &room) { return data(entry.where, room); };
      break;
    default:
      return std::unexpected(failure(entry.where, "is a device, socket or pipe, which cannot be packed",
                                     "remove it from the archive"));
    }
    return sink_.add(entry);
  }

  // The entry's bytes into the content's room; holes of a sparse entry become zeros.
  std::expected<uint64_t, PackError> data(const std::string &where, ContentRoom &content) {
    uint64_t end = 0;
    std::span<uint8_t> room;
    auto extend = [&](uint64_t to) -> Status {
      if (to <= room.size() && room.data()) return {};
      // Sizes in headers are claims; the room grows with the bytes that really come.
      auto more = content.at_least(std::max<uint64_t>(to, 1));
      if (!more) return std::unexpected(more.error());
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
      } else if (status < ARCHIVE_OK) {
        // A warning about data is a checksum or a size that does not hold.
        return std::unexpected(damaged(where));
      }
      if (offset < 0 || static_cast<uint64_t>(offset) < end)
        return std::unexpected(failure(where, "has overlapping data"));
      uint64_t from = static_cast<uint64_t>(offset);
      if (from > image::kContentBytesMax || size > image::kContentBytesMax)
        return std::unexpected(failure(where, "is larger than the 4 GiB that one module can hold"));
      unpacked_ += from + size - end;
      if (is_bomb()) return std::unexpected(bomb());
      if (auto done = extend(from + size); !done) return std::unexpected(done.error());
      std::memset(room.data() + end, 0, from - end);
      if (size) std::memcpy(room.data() + from, block, size);
      end = from + size;
      if (options_.progress) options_.progress(unpacked_);
      if (status == ARCHIVE_EOF) break;
    }
    return end;
  }

  EntrySink &sink_;
  Input &input_;
  archive *reader_;
  std::string name_;
  Options &options_;
  uint64_t unpacked_ = 0;
};

Status unpack(EntrySink &sink, Input &input, const std::string &name, Options &options) {
  Utf8Locale locale;
  Reader reader = new_reader();
  if (input.open(reader.get()) != ARCHIVE_OK) return std::unexpected(not_readable(reader.get(), name));
  return Unpack(sink, input, reader.get(), name, options).all();
}

} // namespace

Status add_archive(EntrySink &sink, const std::string &name, std::span<const uint8_t> bytes,
                   Options &options) {
  Input input(bytes);
  return unpack(sink, input, name, options);
}

Status add_archive(EntrySink &sink, const std::string &host, Options &options) {
  struct stat st;
  Descriptor file(::open(host.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::unexpected(failure(host, fmt::format("cannot be opened: {}", std::strerror(errno))));
  if (fstat(file.fd(), &st) == 0 && S_ISDIR(st.st_mode))
    return std::unexpected(failure(host, "is a directory", "use --dir for a directory"));
  Input input(file.fd());
  return unpack(sink, input, host, options);
}

} // namespace mayfly::sources
