// Where the entries of a pack come from on a host: directories, files, archives. Each feeds the sink of
// pack/pack.h, in an order that depends on the source alone.
#pragma once
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>

#include "pack/pack.h"

namespace mayfly::sources {

struct Options {
  // A host file to leave out, by device and inode: the output itself, when it lies in a packed directory.
  dev_t skip_device = 0;
  ino_t skip_inode = 0;
  uint64_t skipped = 0; // how often it was met
  // Called now and then with the bytes read so far; may be empty.
  std::function<void(uint64_t bytes)> progress;
};

using Status = std::expected<void, PackError>;

// The directory `host` with all below it, as the place of the source. Symlinks are kept, never followed
// (`host` itself may be one); hard links within the directory stay hard links. Refused, naming the file:
// devices, sockets, pipes, what cannot be read, what changes or vanishes while it is read.
Status add_directory(EntrySink &sink, const std::string &host, Options &options);

// One regular file (a symlink is followed) as `path` below the place of the source.
Status add_file(EntrySink &sink, const std::string &host, const std::string &path, Options &options);

// An archive (tar, pax, zip; gzip, zstd, bzip2, xz) unpacked at the place of the source. The archive is
// untrusted: one that unpacks to far more than it is is refused, and the sink refuses names that leave the
// place.
Status add_archive(EntrySink &sink, const std::string &host, Options &options);
// The same from memory; `name` is for messages.
Status add_archive(EntrySink &sink, const std::string &name, std::span<const uint8_t> bytes,
                   Options &options);

// With the instructions of the processor.
std::array<uint8_t, 32> sha256(std::span<const uint8_t> bytes);

} // namespace mayfly::sources
