// One step of the model test: a filesystem operation with its arguments, made from a seed,
// and what came of it. The same Operation is applied to the core and to the kernel.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace mayfly::model {

enum class Kind {
  open,
  close,
  read,
  write,
  pread,
  pwrite,
  seek,
  ftruncate,
  truncate,
  fallocate,
  copy_range,
  fsync,
  flock,
  fstat,
  stat,
  readdir,
  link,
  symlink,
  readlink,
  unlink,
  rename,
  mkdir,
  rmdir,
  chmod,
  fchmod,
  chown,
  fchown,
  umask,
  access,
  utimens,
  futimens,
  dup,
  dup2,
  chdir,
  fchdir,
  getcwd,
  become,
};

struct Operation {
  Kind kind;
  int fd = 0, fd2 = 0;     // descriptors operated on; negative never occurs here
  int dir = -1, dir2 = -1; // descriptors that relative paths start at; -1: the current directory
  std::string path, path2;
  uint32_t flags = 0;  // open: open_flags; rename: rename_flags; fallocate: fallocate_mode
  bool follow = false; // the last component is followed when it is a symlink
  uint32_t mode = 0;   // permission bits; access: rwx; flock: Lock; seek: Whence
  uint64_t offset = 0, offset2 = 0;
  int64_t delta = 0;
  bool explicit_offsets = false; // copy_range
  uint32_t length = 0;
  uint8_t fill = 0; // seed of the bytes written
  uint32_t uid = 0, gid = 0;
  uint8_t how_atime = 0, how_mtime = 0; // SetTime::How
  int64_t atime_ns = 0, mtime_ns = 0;
};

// What an operation gave: an errno name ("ok"), a count or offset, and everything else as text.
struct Outcome {
  std::string error = "ok";
  int64_t value = 0;
  std::string text;
  bool operator==(const Outcome &) const = default;
};

std::string describe(const Operation &);
std::string describe(const Outcome &);

// The bytes a write of `length` with this `fill` carries.
std::vector<uint8_t> payload(uint8_t fill, uint32_t length);

struct GeneratorOptions {
  bool absolute_paths = true; // only when the kernel side has a root of its own
  bool users = true;          // switch between root and two other users
};

// An endless sequence of operations; equal seeds give equal sequences.
class Generator {
public:
  Generator(uint64_t seed, const GeneratorOptions &options) : random_(seed), options_(options) {}
  Operation next();

private:
  uint64_t below(uint64_t n) { return random_() % n; } // not std::uniform: that differs between libraries
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T> T pick(std::initializer_list<T> list) { return list.begin()[below(list.size())]; }
  int fd();
  int dir();
  std::string name();
  std::string path();
  uint32_t mode();
  uint64_t offset();
  uint32_t length();
  uint32_t open_flag_set();
  void fill_times(Operation &);
  void fill_data(Operation &);
  void fill_tree(Operation &);
  void fill_metadata(Operation &);

  std::mt19937_64 random_;
  GeneratorOptions options_;
};

} // namespace mayfly::model
