// Owns a file descriptor of the host. Native only.
#pragma once
#include <unistd.h>

#include <utility>

namespace mayfly {

class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {} // below zero: none, as open gives it
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  // As close(2). Network and quota filesystems report some write errors only here.
  int close() { return ::close(std::exchange(fd_, -1)); }

private:
  int fd_;
};

} // namespace mayfly
