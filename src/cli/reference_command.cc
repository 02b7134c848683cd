// mayfly completion and mayfly man: what packagers install, and what somebody who built the tool sources.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>

#include "cli/command.h"
#include "cli/reference.h"

namespace mayfly::cli {
namespace {

std::expected<int, Failure> show(const std::string &text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return std::unexpected(Failure{"", "standard output cannot be written", ""});
  return 0;
}

class CompletionCommand final : public Command {
public:
  explicit CompletionCommand(CLI::App &tool) : tool_(tool) {
    app = tool.add_subcommand("completion", "print a script that completes mayfly's words in a shell");
    app->add_option("SHELL", shell_, "bash, zsh or fish")->required()->type_name("");
    app->footer("Examples:\n"
                "  source <(mayfly completion bash)\n"
                "  mayfly completion zsh > ~/.zfunc/_mayfly\n"
                "  mayfly completion fish > ~/.config/fish/completions/mayfly.fish");
  }

  std::expected<int, Failure> run(const std::vector<std::string> &) override {
    static const std::map<std::string, Shell> shells{
        {"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}};
    auto found = shells.find(shell_);
    if (found == shells.end())
      return std::unexpected(
          usage("completion", shell_ + ": there are no completions for it", "bash, zsh or fish"));
    return show(completion(tool_, found->second));
  }

private:
  CLI::App &tool_;
  std::string shell_;
};

class ManCommand final : public Command {
public:
  explicit ManCommand(CLI::App &tool) : tool_(tool) {
    app = tool.add_subcommand("man", "print the manual page of mayfly or of a command, for man -l -");
    app->add_option("COMMAND", command_, "one of mayfly's commands")->type_name("");
    app->footer("Examples:\n"
                "  mayfly man pack | man -l -");
  }

  std::expected<int, Failure> run(const std::vector<std::string> &) override {
    if (command_.empty()) return show(man_page(tool_, nullptr));
    for (const CLI::App *command : tool_.get_subcommands({}))
      if (command->get_name() == command_) return show(man_page(tool_, command));
    return std::unexpected(usage("man", command_ + ": there is no such command", "see mayfly --help"));
  }

private:
  CLI::App &tool_;
  std::string command_;
};

} // namespace

std::unique_ptr<Command> make_completion_command(CLI::App &tool) {
  return std::make_unique<CompletionCommand>(tool);
}
std::unique_ptr<Command> make_man_command(CLI::App &tool) { return std::make_unique<ManCommand>(tool); }

} // namespace mayfly::cli
