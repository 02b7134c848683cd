// A command of the tool: declares its options, and runs when it was chosen. One file each.
// Adding one: CONTRIBUTING.md, "Adding a command".
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "cli/report.h"

namespace CLI {
class App;
}

namespace mayfly::cli {

class Command {
public:
  virtual ~Command() = default;
  CLI::App *app = nullptr; // set by the factory

  // After parsing. `after_dashes`: the words behind a lone "--". Gives the exit code.
  virtual std::expected<int, Failure> run(const std::vector<std::string> &after_dashes) = 0;
};

std::unique_ptr<Command> make_pack_command(CLI::App &tool);
std::unique_ptr<Command> make_run_command(CLI::App &tool);
std::unique_ptr<Command> make_inspect_command(CLI::App &tool);
std::unique_ptr<Command> make_strace_command(CLI::App &tool);
std::unique_ptr<Command> make_completion_command(CLI::App &tool);
std::unique_ptr<Command> make_man_command(CLI::App &tool);

// The whole tool. Prints what there is to say and gives the exit code.
int run_tool(int argc, const char *const *argv);

} // namespace mayfly::cli
