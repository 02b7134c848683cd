#include "cli/optimize.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "cli/output_file.h"
#include "cli/temporary.h"

extern char **environ;

namespace mayfly::cli {
namespace {

// Runs a program found on PATH with stdout and stderr in `log`. Gives its wait status, or errno.
std::expected<int, int> run(const std::vector<std::string> &words, const std::string &log) {
  std::vector<char *> argv;
  for (const std::string &word : words) argv.push_back(const_cast<char *>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = 0;
  int error = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error) return std::unexpected(error);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return std::unexpected(errno);
  return status;
}

template <class T> T slurp(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return T(std::istreambuf_iterator<char>(in), {});
}

} // namespace

std::expected<std::vector<uint8_t>, Failure> optimize(std::span<const uint8_t> module, Placement placement) {
  auto directory = Temporary::directory();
  if (!directory) return std::unexpected(directory.error());
  std::string input = directory->file("in.wasm"), output = directory->file("out.wasm"),
              log = directory->file("log");
  if (auto done = write_output(input, module); !done) return std::unexpected(done.error());

  // wasm-opt reads the features from the module's target_features section; what the link itself
  // uses is added. A module without that section may need more: then everything is allowed.
  std::vector<std::string> words{"wasm-opt", "-O2", "--enable-bulk-memory", "--enable-mutable-globals"};
  if (placement == Placement::isolated) words.push_back("--enable-multimemory");
  std::vector<std::string> files{input, "-o", output};
  for (bool all_features : {false, true}) {
    std::vector<std::string> command = words;
    if (all_features) command.push_back("--all-features");
    command.insert(command.end(), files.begin(), files.end());
    auto status = run(command, log);
    if (!status) {
      if (status.error() == ENOENT)
        return std::unexpected(Failure{"-O", "wasm-opt is not on PATH", "install Binaryen, or leave out -O"});
      return std::unexpected(
          Failure{"-O", fmt::format("wasm-opt cannot be started: {}", std::strerror(status.error())), ""});
    }
    if (*status == 0) return slurp<std::vector<uint8_t>>(output);
  }
  std::string text = slurp<std::string>(log);
  return std::unexpected(
      Failure{"-O", fmt::format("wasm-opt failed: {}", text.substr(0, text.find('\n'))),
              placement == Placement::isolated
                  ? "older releases of Binaryen cannot do multi-memory; leave out -O or --isolate"
                  : "leave out -O"});
}

std::expected<void, Failure> optimize(Packed &packed, Progress &progress) {
  progress.phase("optimizing (wasm-opt)");
  auto optimized = optimize(packed.bytes, packed.report.placement);
  if (!optimized) return std::unexpected(optimized.error());
  packed.bytes = std::move(*optimized);
  packed.report.output_bytes = packed.bytes.size();
  return {};
}

} // namespace mayfly::cli
