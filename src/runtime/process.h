// One child process in the foreground.
#pragma once
#include <expected>
#include <string>
#include <vector>

namespace mayfly::runtime {

// Runs `argv` (argv[0] is a path) with our standard streams and waits for its end. SIGINT, SIGTERM, SIGHUP
// and SIGQUIT that another process sends to us are passed on to the child. Signals of the terminal reach
// the child without that. Gives the exit code or 128 + signal. Not reentrant: one child at a time.
std::expected<int, std::string> run_foreground(const std::vector<std::string> &argv);

} // namespace mayfly::runtime
