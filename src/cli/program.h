// How a module is started: what `run` and `strace` have in common. The program's words and environment, the
// directories of the host's, the runtime, and what is said when one of them cannot take effect.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "base/failure.h"
#include "cli/pack_options.h"
#include "runtime/runtime.h"
#include "wasm/module.h"

namespace CLI {
class App;
}

namespace mayfly::cli {

// Exit codes of `run` and `strace` that are not the program's (docs/cli.md).
inline constexpr int kExitCannotRun = 126;

class ProgramArguments {
public:
  // Declares ARGS, --runtime and --env-inherit on `command`, which this must outlive.
  void add_to(CLI::App &command);
  void add_invoke_to(CLI::App &command);

  bool names_runtime() const;                               // on the command line
  std::expected<runtime::Runtime, Failure> runtime() const; // that --runtime names, or the first there is

  // Takes from the options of a pack what concerns the run: arguments, environment, directories. Where
  // nothing may reach the host (`hermetic`), arguments and environment stay baked in, and the words are added
  // to them.
  std::expected<void, Failure> take(PackSettings &settings, const std::vector<std::string> &after_dashes);

  // Whether everything that was given can take effect in the module that is to be started. `given`: it was
  // packed before, so that nothing of it can be changed.
  std::expected<void, Failure> check(const std::string &app, const wasm::Module &module, bool packed,
                                     const runtime::Runtime &runtime);

  // For runtime::run. Borrows the bytes.
  runtime::Request request(const std::string &app, std::span<const uint8_t> bytes) const;

  const std::vector<std::string> &args() const { return args_; }
  const std::vector<std::string> &env() const { return env_; }

private:
  std::expected<void, Failure> check_invoke(const std::string &app, const wasm::Module &module,
                                            const runtime::Runtime &runtime);

  const CLI::App *command_ = nullptr;
  std::vector<std::string> words_;      // of the command line
  std::vector<std::string> args_, env_; // of the program
  bool explicit_env_ = false, inherit_ = false;
  std::vector<std::pair<std::string, std::string>> dirs_;
  std::string runtime_, invoke_, invoke_types_;
};

} // namespace mayfly::cli
