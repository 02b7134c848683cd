// The two sides of the model test: the core in this process, and the kernel's tmpfs below a
// root directory of its own. Both take the same operations and describe themselves in the
// same words, so that the runner compares text.
//
// Deliberate differences, which the sides leave out or the runner skips (each is pinned by
// a unit test of the core instead):
//  - st_size and st_blocks of directories, st_blocks of files, st_dev, st_ino: only the
//    identity of inodes is compared (which names are the same file).
//  - Timestamps: an explicitly set one must be reported exactly; any later one counts as "now". atime
//    only directly after it was set, and not of symlinks: following one does not count as an access here.
//  - SEEK_DATA and SEEK_HOLE of files whose holes the kernel and the core keep differently: up to 64 bytes
//    (inline in the inode), preallocated, or copied by copy_file_range; and the very last page of the largest
//    file, which the kernel's SEEK_DATA cannot see. Their content is still compared.
//  - ".." of a removed directory: ENOENT here, the former parent on Linux.
//  - A symlink whose target and the rest of the path exceed PATH_MAX together: ENAMETOOLONG here, as POSIX
//  says.
//  - utimensat(2) with nothing to set does not look at its path on Linux. readlinkat(2) of "" is a Linux
//  extension.
//  - Order and cookies of directory entries; positions inside directories.
//  - link(2) on somebody else's file: the kernel's protected_hardlinks policy is not part of POSIX.
#pragma once
#include <set>
#include <string>

#include "core/test_support.h"
#include "operation.h"

namespace mayfly::model {

inline constexpr int kDescriptorLimit = 12;
inline constexpr int64_t kNowStarts_ns = 1'200'000'000'000'000'000; // later times are "now"

class CoreSide {
public:
  CoreSide();
  Outcome apply(const Operation &);
  // Every name, type, mode, link count, owner, size, content and identity; then every descriptor.
  std::string state();
  std::string unsound() { return box_.unsound(); }
  bool is_open(int fd) { return fd >= 0 && fd_slot(box_.fs(), static_cast<Fd>(fd)) != nullptr; }
  bool is_open_directory(int fd);
  // Does a relative path that starts at `dir` start in a directory that was removed?
  bool starts_nowhere(int dir);
  uint32_t root_mode() { return box_.stat("/").mode & mode::permission_mask; }

private:
  Outcome on_descriptor(const Operation &);
  Outcome on_paths(const Operation &);
  Outcome list(Ofd &);
  // Where a path of `op` starts; badf as the kernel says it: only for a relative, non-empty path.
  Errno start(int dir, const std::string &path, bool for_open, At &at);
  void describe_tree(const std::string &name, std::string &out);
  std::string content(const std::string &name);

  Sandbox box_;
  std::vector<u64> seen_;
};

class KernelSide {
public:
  // Changes the root of this process to `root` (on a tmpfs) and takes all descriptors from 3 on.
  // False when the machine does not allow it.
  static bool enter(const std::string &root, uint32_t root_mode);
  Outcome apply(const Operation &);
  std::string state();
  // Whether the core may place this file's holes differently (see above).
  bool holes_differ(int fd);
  // Whether link(2) on this would meet the protected_hardlinks policy.
  bool link_is_protected(const Operation &);
  bool out_of_space() const { return out_of_space_; }

private:
  Outcome on_descriptor(const Operation &);
  Outcome on_paths(const Operation &);
  void note_holes(const Operation &, const Outcome &);
  void describe_tree(const std::string &name, std::string &out);
  std::string content(const std::string &name);

  std::vector<uint64_t> seen_;
  std::set<uint64_t> holes_differ_;
  bool out_of_space_ = false;
};

// "mode links uid:gid size mtime", the same words for both.
std::string stat_words(uint32_t mode, uint64_t links, uint32_t uid, uint32_t gid, uint64_t size,
                       int64_t mtime_ns);
std::string time_word(int64_t ns);
// Appends a page's fingerprint to `out` unless all its bytes are zero.
void fingerprint_page(uint64_t page, const uint8_t *bytes, size_t length, std::string &out);
// A page's length, less at the very end of the largest file: a read may not end beyond it.
inline uint32_t page_read_bytes(uint64_t page) {
  return page == kFileSizeMax / kPageBytes ? kPageBytes - 1 : kPageBytes;
}
// A small number that names the inode: the order in which the walk met it.
template <class T> size_t identity(std::vector<T> &seen, T inode) {
  for (size_t i = 0; i < seen.size(); ++i)
    if (seen[i] == inode) return i;
  seen.push_back(inode);
  return seen.size() - 1;
}

} // namespace mayfly::model
