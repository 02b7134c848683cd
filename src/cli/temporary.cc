#include "cli/temporary.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace mayfly::cli {
namespace {

// A signal handler may neither allocate nor lock, so the live paths stand in fixed slots.
// They are filled before `live` is set and read after it was seen.
constexpr size_t kSlots = 8;
struct Slot {
  volatile std::sig_atomic_t live = 0;
  char path[4096];
};
Slot slots[kSlots];

void remember(const std::string &path) {
  for (Slot &slot : slots) {
    if (slot.live || path.size() >= sizeof slot.path) continue;
    std::memcpy(slot.path, path.c_str(), path.size() + 1);
    slot.live = 1;
    return;
  }
}

void forget(const std::string &path) {
  for (Slot &slot : slots)
    if (slot.live && path == slot.path) slot.live = 0;
}

// Last remembered first: files of a directory before it.
void remove_all_live() {
  for (size_t i = kSlots; i-- > 0;) {
    if (!slots[i].live) continue;
    if (unlink(slots[i].path) != 0) rmdir(slots[i].path);
  }
}

void on_signal(int signal) {
  remove_all_live();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

} // namespace

void install_signal_cleanup() {
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction now {
    }, ours{};
    sigaction(signal, nullptr, &now);
    if (now.sa_handler == SIG_IGN) continue;
    ours.sa_handler = on_signal;
    sigemptyset(&ours.sa_mask);
    for (int other : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&ours.sa_mask, other);
    // The handler raises the signal again for the default end; NODEFER lets it through at once.
    ours.sa_flags = SA_NODEFER;
    sigdelset(&ours.sa_mask, signal);
    sigaction(signal, &ours, nullptr);
  }
}

Temporary::Temporary(std::string path) : path_(std::move(path)) { remember(path_); }

std::expected<Temporary, Failure> Temporary::directory() {
  const char *base = std::getenv("TMPDIR");
  std::string path = fmt::format("{}/mayfly-XXXXXX", base && *base ? base : "/tmp");
  if (!mkdtemp(path.data()))
    return std::unexpected(Failure{path,
                                   fmt::format("cannot make a temporary directory: {}", std::strerror(errno)),
                                   "set TMPDIR to a directory that can be written"});
  return Temporary(std::move(path));
}

Temporary::Temporary(Temporary &&other) noexcept : path_(std::exchange(other.path_, {})) {}

Temporary::~Temporary() {
  if (path_.empty()) return;
  for (size_t i = kSlots; i-- > 0;) {
    std::string_view inside = slots[i].path;
    if (!slots[i].live || !inside.starts_with(path_ + "/")) continue;
    unlink(slots[i].path);
    slots[i].live = 0;
  }
  if (unlink(path_.c_str()) != 0) rmdir(path_.c_str());
  forget(path_);
}

void Temporary::let_go() {
  forget(path_);
  path_.clear();
}

std::string Temporary::file(const std::string &name) {
  std::string path = path_ + "/" + name;
  remember(path);
  return path;
}

} // namespace mayfly::cli
