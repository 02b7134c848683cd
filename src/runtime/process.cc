#include "runtime/process.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mayfly::runtime {
namespace {

constexpr std::array passed_on = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
std::atomic<pid_t> child_pid{0}; // read by the signal handler

// The terminal sends its signals to the whole foreground group, which includes the child (si_code > 0). If we
// passed them on, the child would take the second copy for a second Ctrl-C.
void pass_on(int signal, siginfo_t *info, void *) {
  pid_t pid = child_pid.load();
  if (pid > 0 && info->si_code <= 0) kill(pid, signal);
}

class PassSignals {
public:
  PassSignals() {
    struct sigaction action = {};
    action.sa_sigaction = pass_on;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    // Blocked until the child's number is known (`ready`): a signal in between waits and is not lost.
    sigset_t blocked;
    sigemptyset(&blocked);
    for (int signal : passed_on) sigaddset(&blocked, signal);
    sigprocmask(SIG_BLOCK, &blocked, &mask_before_);
    for (size_t i = 0; i < passed_on.size(); i++) sigaction(passed_on[i], &action, &before_[i]);
  }
  ~PassSignals() {
    child_pid = 0;
    for (size_t i = 0; i < passed_on.size(); i++) sigaction(passed_on[i], &before_[i], nullptr);
  }
  PassSignals(const PassSignals &) = delete;
  PassSignals &operator=(const PassSignals &) = delete;

  void ready() const { sigprocmask(SIG_SETMASK, &mask_before_, nullptr); }

  // In the child, before exec: whatever we were told to ignore stays ignored there too, but not what
  // this tool ignores for its own sake (writes that answer EPIPE and EFBIG).
  void restore_in_child() const {
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    for (size_t i = 0; i < passed_on.size(); i++) sigaction(passed_on[i], &before_[i], nullptr);
    ready();
  }

private:
  std::array<struct sigaction, passed_on.size()> before_;
  sigset_t mask_before_;
};

[[noreturn]] void become(const std::vector<char *> &argv, int failure_fd) {
  execv(argv[0], argv.data());
  int error = errno;
  // A failed exec is told to the parent through the pipe; a lost byte would only lose the reason.
  [[maybe_unused]] auto sent = write(failure_fd, &error, sizeof error);
  _exit(127);
}

} // namespace

std::expected<int, std::string> run_foreground(const std::vector<std::string> &argv) {
  std::vector<char *> pointers;
  for (const auto &arg : argv) pointers.push_back(const_cast<char *>(arg.c_str()));
  pointers.push_back(nullptr);

  int failure[2]; // closed by a successful exec
  if (pipe2(failure, O_CLOEXEC) != 0) return std::unexpected(std::string("pipe: ") + std::strerror(errno));
  PassSignals signals;
  pid_t pid = fork();
  if (pid == 0) {
    signals.restore_in_child();
    become(pointers, failure[1]);
  }
  int fork_error = errno;
  close(failure[1]);
  child_pid = pid < 0 ? 0 : pid;
  signals.ready();
  if (pid < 0) {
    close(failure[0]);
    return std::unexpected(std::string("fork: ") + std::strerror(fork_error));
  }
  int exec_error = 0;
  ssize_t got;
  do got = read(failure[0], &exec_error, sizeof exec_error);
  while (got < 0 && errno == EINTR);
  close(failure[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (got == sizeof exec_error)
    return std::unexpected(argv[0] + ": cannot be started: " + std::strerror(exec_error));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace mayfly::runtime
