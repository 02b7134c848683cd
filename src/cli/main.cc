// The only place that chooses when the process ends.
#include <sys/resource.h>

#include <csignal>

#include "cli/command.h"
#include "cli/temporary.h"

int main(int argc, char **argv) {
  std::signal(SIGPIPE, SIG_IGN); // writes answer EPIPE and EFBIG instead of ending the process
  std::signal(SIGXFSZ, SIG_IGN);
  mayfly::cli::install_signal_cleanup();
  // Deep directory trees keep one descriptor a level.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max : 65536;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  return mayfly::cli::run_tool(argc, argv);
}
