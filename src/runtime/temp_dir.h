// A directory of our own under TMPDIR that is gone when its owner is.
#pragma once
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <expected>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>

namespace mayfly::runtime {

class TempDir {
public:
  static std::expected<TempDir, std::string> create() {
    const char *base = std::getenv("TMPDIR");
    std::string path = std::string(base && *base ? base : "/tmp") + "/mayfly-run-XXXXXX";
    if (!mkdtemp(path.data()))
      return std::unexpected(path + ": " + std::strerror(errno) +
                             " (set TMPDIR to a directory that can be written)");
    return TempDir(std::move(path));
  }
  TempDir(TempDir &&other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempDir &operator=(TempDir &&) = delete;
  ~TempDir() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  const std::string &path() const { return path_; }

  // Gives the new file's path.
  std::expected<std::string, std::string> write(const std::string &name, std::span<const char> bytes) const {
    std::string file = path_ + "/" + name;
    std::ofstream out(file, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) return std::unexpected(file + ": cannot be written: " + std::strerror(errno));
    return file;
  }

private:
  explicit TempDir(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

} // namespace mayfly::runtime
