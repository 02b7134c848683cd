// The command line as a whole: which command, help, version, and what to say about mistakes.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <new>

#include "cli/command.h"
#include "base/suggest.h"

namespace mayfly::cli {
namespace {

constexpr const char *kAbout = "mayfly gives any WebAssembly module a read-write in-memory filesystem inside itself";
constexpr const char *kFooter = "Try:\n"
                                "  mayfly pack app.wasm --dir ./assets::/assets -o out.wasm -v\n"
                                "  mayfly run out.wasm\n"
                                "  mayfly COMMAND --help";

// The words that would have been right where `word` is not: option names after a dash, else commands.
std::string suggestion(const CLI::App &app, const CLI::App *chosen, const std::string &word) {
  std::vector<std::string> known;
  if (word.starts_with("-")) {
    for (const CLI::Option *option : (chosen ? chosen : &app)->get_options()) {
      for (const std::string &name : option->get_lnames()) known.push_back("--" + name);
      for (const std::string &name : option->get_snames()) known.push_back("-" + name);
    }
  } else if (!chosen) {
    for (const CLI::App *command : app.get_subcommands({})) known.push_back(command->get_name());
  }
  std::string best = nearest(word.substr(0, word.find('=')), known);
  return best.empty() ? "" : fmt::format("did you mean {}?", best);
}

Failure failure_of(const CLI::App &app, const CLI::ParseError &error) {
  auto chosen = app.get_subcommands();
  const CLI::App *command = chosen.empty() ? nullptr : chosen.front();
  std::string help = fmt::format("see mayfly {}--help", command ? command->get_name() + " " : "");
  if (dynamic_cast<const CLI::ExtrasError *>(&error)) {
    // An option that is not there takes its value along, so it is the one to talk about.
    std::vector<std::string> extras = app.remaining(true);
    auto option = std::ranges::find_if(extras, [](const std::string &word) { return word.starts_with("-"); });
    std::string word = option != extras.end() ? *option : extras.empty() ? "" : extras.front();
    std::string hint = suggestion(app, command, word);
    return usage(word, word.starts_with("-") ? "there is no such option" : command ? "this word is not expected" : "there is no such command",
                 hint.empty() ? help : hint);
  }
  std::string text = error.what();
  if (!text.empty() && text.back() == '.') text.pop_back();
  return usage(command ? command->get_name() : "", text, help);
}

} // namespace

int run_tool(int argc, const char *const *argv) {
  // For option texts only: numbers and messages stay those of the C locale.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  CLI::App app{kAbout, "mayfly"};
  app.set_version_flag("--version", "mayfly " MAYFLY_VERSION)->description("the version");
  app.set_help_flag("-h,--help", "this text");
  app.require_subcommand(0, 1);
  app.footer(kFooter);
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_pack_command(app));
  commands.push_back(make_run_command(app));
  commands.push_back(make_inspect_command(app));
  commands.push_back(make_strace_command(app));
  commands.push_back(make_completion_command(app));
  commands.push_back(make_man_command(app));

  // Everything behind the first "--" is the program's business and not parsed here.
  const char *const *dashes = std::find_if(argv + std::min(argc, 1), argv + argc, [](std::string_view word) { return word == "--"; });
  std::vector<std::string> after(dashes == argv + argc ? dashes : dashes + 1, argv + argc);
  try {
    std::vector<std::string> words(argv + std::min(argc, 1), dashes);
    std::ranges::reverse(words); // what parse() of a vector wants
    app.parse(words);
  } catch (const CLI::Success &success) {
    return app.exit(success); // help and version
  } catch (const CLI::ParseError &error) {
    print(failure_of(app, error));
    return kExitUsage;
  }
  try {
    for (auto &command : commands) {
      if (!command->app->parsed()) continue;
      auto code = command->run(after);
      if (code) return *code;
      print(code.error());
      return code.error().exit_code;
    }
  } catch (const std::bad_alloc &) {
    print({"", "out of memory", ""});
    return kExitFailure;
  }
  std::fputs(app.help().c_str(), stdout);
  return 0;
}

} // namespace mayfly::cli
