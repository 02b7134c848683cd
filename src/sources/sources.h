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
#include <string_view>
#include <vector>

#include "pack/pack.h"

namespace mayfly::sources {

struct Options {
  // A host file to leave out, by device and inode: the output itself, when it lies in a packed directory.
  dev_t skip_device = 0;
  ino_t skip_inode = 0;
  uint64_t skipped = 0; // how often it was met
  // What to leave out of directories and archives: patterns of glob(7), for a name at any depth, or, with a
  // slash in it, for the path below the place of the source, where * matches no slash. A directory goes with
  // all below it.
  struct Exclusion {
    std::string pattern;
    uint64_t met = 0; // how often it matched
  };
  std::vector<Exclusion> exclude;
  int64_t stream_mtime_ns = 0; // of a file that was read from a stream, which has no time of its own
  // Called now and then with the bytes read so far; may be empty.
  std::function<void(uint64_t bytes)> progress;
};

using Status = std::expected<void, PackError>;

// Whether an exclusion matches this path ("a/b", "/a/b" or "./a/b"), or a directory that it lies in.
bool excluded(Options &options, std::string_view path);

// The directory `host` with all below it, as the place of the source. Symlinks are kept, never followed
// (`host` itself may be one); hard links within the directory stay hard links. Refused, naming the file:
// devices, sockets, pipes, what cannot be read, what changes or vanishes while it is read.
Status add_directory(EntrySink &sink, const std::string &host, Options &options);

// One file (a symlink is followed) as `path` below the place of the source. It may be a pipe, which is read
// to its end; `host` "-" is the standard input. Both get the mode 0644.
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
