// Where a packed tree comes from: directories and files of the host, and archives.
//
// Each function overlays one source on `Builder::tree` (rules: image/tree.h) and appends the
// bytes to `Builder::content`, both in an order that depends on the source alone. On an error
// the builder is in an unspecified state and is to be thrown away.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <limits>
#include <string>

#include "image/content.h"
#include "image/error.h"
#include "image/tree.h"

namespace mayfly::image {

struct Builder {
  Tree tree;
  Content content;
  Owner owner; // of everything that a source brings
  int64_t mtime_ns_max =
      std::numeric_limits<int64_t>::max(); // later times become this one (SOURCE_DATE_EPOCH)
  // A host file to leave out, by device and inode: the output itself, when it lies in a packed directory.
  dev_t skip_device = 0;
  ino_t skip_inode = 0;
  uint64_t skipped = 0;
  // Called now and then with the bytes read so far; may be empty.
  std::function<void(uint64_t bytes)> progress;

  explicit Builder(const Attributes &made) : tree(made), owner(made.owner) {}
};

// The directory `host` with all below it, at `guest`. Symlinks are kept, never followed (`host`
// itself may be one); hard links within the directory stay hard links. Refused, naming the file:
// devices, sockets, pipes, what cannot be read, what changes or vanishes while it is read.
std::expected<void, Error> add_directory(Builder &builder, const std::string &host, const GuestPath &guest);

// One regular file (a symlink is followed) as `guest`, which is not the root.
std::expected<void, Error> add_file(Builder &builder, const std::string &host, const GuestPath &guest);

// An archive (tar, pax, zip; gzip, zstd, bzip2, xz) unpacked at `guest`. The archive is untrusted:
// names that leave `guest` are refused, and so is one that unpacks to far more than it is.
std::expected<void, Error> add_archive(Builder &builder, const std::string &host, const GuestPath &guest);
// The same from memory; `name` is for messages.
std::expected<void, Error> add_archive(Builder &builder, const std::string &name, const uint8_t *bytes,
                                       size_t size, const GuestPath &guest);

// Drops file bytes that no file of the tree shows any more. Call once, after the last source.
void drop_hidden_content(Builder &builder);

} // namespace mayfly::image
