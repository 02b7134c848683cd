#include "cli/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "base/descriptor.h"
#include "cli/temporary.h"

namespace mayfly::cli {
namespace {

Failure os_failure(const std::string &path, std::string_view what, int error, uint64_t bytes = 0) {
  std::string hint;
  if (error == ENOSPC || error == EDQUOT) hint = fmt::format("the output needs {}", size_text(bytes));
  if (error == EFBIG) hint = fmt::format("the output needs {}; the limit is ulimit -f", size_text(bytes));
  return {path, fmt::format("{}: {}", what, std::strerror(error)), hint};
}

std::expected<void, Failure> write_all(int fd, const std::string &path, std::span<const uint8_t> bytes) {
  for (size_t at = 0; at < bytes.size();) {
    ssize_t n = ::write(fd, bytes.data() + at, std::min<size_t>(bytes.size() - at, 64u << 20));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(os_failure(path, "cannot be written", errno, bytes.size()));
    at += static_cast<size_t>(n);
  }
  return {};
}

std::string directory_of(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// Where a symlink leads, so that the link itself stays.
std::string target_of(const std::string &path) {
  struct stat st;
  if (lstat(path.c_str(), &st) != 0 || !S_ISLNK(st.st_mode)) return path;
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) ? resolved : path;
}

std::optional<struct stat> stat_of(const std::string &path) {
  struct stat st;
  if (stat(path.c_str(), &st) != 0) return {};
  return st;
}

std::expected<void, Failure> in_place(const std::string &path, std::span<const uint8_t> bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (file.fd() < 0) return std::unexpected(os_failure(path, "cannot be opened for writing", errno));
  if (auto done = write_all(file.fd(), path, bytes); !done) return done;
  if (file.close() != 0) return std::unexpected(os_failure(path, "cannot be written", errno, bytes.size()));
  return {};
}

std::string temporary_name(const std::string &directory) {
  static unsigned count = 0;
  return fmt::format("{}/.mayfly-{}-{}.tmp", directory, getpid(), count++);
}

// Everything that must be on disk before a name points to it.
std::expected<void, Failure> fill(int fd, const std::string &path, std::span<const uint8_t> bytes,
                                  const std::optional<struct stat> &old) {
  if (auto done = write_all(fd, path, bytes); !done) return done;
  if (old && fchmod(fd, old->st_mode & 07777) != 0)
    return std::unexpected(os_failure(path, "cannot take the mode of the old file", errno));
  // Some filesystems have nothing to sync and say EINVAL.
  if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
    return std::unexpected(os_failure(path, "cannot be written", errno, bytes.size()));
  return {};
}

std::expected<void, Failure> rename_over(Temporary &temporary, const std::string &path) {
  if (::rename(temporary.path().c_str(), path.c_str()) != 0)
    return std::unexpected(os_failure(path, "cannot be replaced", errno));
  temporary.let_go();
  return {};
}

// O_TMPFILE: the file has no name until it is complete, so that not even SIGKILL leaves one.
// Gives false where the filesystem cannot do this.
std::expected<bool, Failure> through_unnamed(const std::string &path, std::span<const uint8_t> bytes,
                                             const std::optional<struct stat> &old) {
  std::string directory = directory_of(path);
  Descriptor file(::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
  if (file.fd() < 0) return false;
  if (auto done = fill(file.fd(), path, bytes, old); !done) return std::unexpected(done.error());
  std::string self = fmt::format("/proc/self/fd/{}", file.fd());
  if (!old && linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
  // A link cannot replace, a rename can.
  Temporary temporary(temporary_name(directory));
  if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary.path().c_str(), AT_SYMLINK_FOLLOW) != 0) {
    if (errno == ENOENT || errno == EPERM || errno == EACCES || errno == EXDEV) return false; // no /proc, say
    return std::unexpected(os_failure(path, "cannot be written", errno, bytes.size()));
  }
  if (auto done = rename_over(temporary, path); !done) return std::unexpected(done.error());
  return true;
}

std::expected<void, Failure> through_named(const std::string &path, std::span<const uint8_t> bytes,
                                           const std::optional<struct stat> &old) {
  Temporary temporary(temporary_name(directory_of(path)));
  Descriptor file(::open(temporary.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.fd() < 0) {
    int error = errno;
    temporary.let_go();
    return std::unexpected(os_failure(path, "cannot be made", error, bytes.size()));
  }
  if (auto done = fill(file.fd(), path, bytes, old); !done) return done;
  if (file.close() != 0) return std::unexpected(os_failure(path, "cannot be written", errno, bytes.size()));
  return rename_over(temporary, path);
}

} // namespace

std::expected<void, Failure> check_output(const std::string &path) {
  if (path == "-") {
    if (isatty(STDOUT_FILENO))
      return std::unexpected(
          usage("-o -", "a wasm module is not written to a terminal", "redirect stdout, or name a file"));
    return {};
  }
  if (path.empty()) return std::unexpected(usage("-o", "the output's name is empty"));
  auto there = stat_of(path);
  if (there && S_ISDIR(there->st_mode))
    return std::unexpected(
        Failure{path, "is a directory", fmt::format("name a file, for instance {}/out.wasm", path)});
  std::string directory = directory_of(target_of(path));
  auto parent = stat_of(directory);
  if (!parent)
    return std::unexpected(Failure{
        path, fmt::format("its directory {} cannot be used: {}", directory, std::strerror(errno)), ""});
  if (!S_ISDIR(parent->st_mode))
    return std::unexpected(Failure{path, fmt::format("{} is not a directory", directory), ""});
  return {};
}

std::expected<void, Failure> write_output(const std::string &name, std::span<const uint8_t> bytes,
                                          WriteMethod method) {
  if (name == "-") return write_all(STDOUT_FILENO, "standard output", bytes);
  if (auto checked = check_output(name); !checked) return checked;
  std::string path = target_of(name);
  auto old = stat_of(path);
  if (old && !S_ISREG(old->st_mode)) return in_place(path, bytes);
  if (method == WriteMethod::best) {
    auto unnamed = through_unnamed(path, bytes, old);
    if (!unnamed) return std::unexpected(unnamed.error());
    if (*unnamed) return {};
  }
  return through_named(path, bytes, old);
}

} // namespace mayfly::cli
