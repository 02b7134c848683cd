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

constexpr const char *kAbout = "mayfly gives any WebAssembly module a read-write filesystem inside itself";
constexpr const char *kFooter = "Try:\n"
                                "  mayfly pack app.wasm --dir ./assets::/assets -o out.wasm -v\n"
                                "  mayfly run out.wasm\n"
                                "  mayfly help COMMAND";

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

// An option that stands behind the module of a command that runs it is likely the program's.
std::string dashes_hint(const CLI::App &command, const std::string &word, const std::vector<std::string> &words) {
  bool runs = command.get_name() == "run" || command.get_name() == "strace";
  const CLI::Option *module = runs ? command.get_option("APP") : nullptr;
  if (!module || module->count() == 0) return "";
  auto behind = std::ranges::find(words, module->as<std::string>());
  if (std::ranges::find(behind, words.end(), word) == words.end()) return "";
  return fmt::format("put -- before the program's options: mayfly {} {} -- {}", command.get_name(), *behind, word);
}

// strace(1) has an -f that follows processes, and takes no word.
bool means_another_format(const CLI::App &command) {
  if (command.get_name() != "strace" || command.get_option("-f")->count() == 0) return false;
  std::string format = command.get_option("-f")->as<std::string>();
  return format != "text" && format != "json" && format != "chrome";
}

// Lines of at most 80 columns, what continues one below its text; groups apart by one empty line.
std::string wrapped(const std::string &help) {
  constexpr size_t kColumns = 80, kText = 30;
  std::string out;
  size_t empty = 1;
  for (size_t from = 0; from < help.size();) {
    size_t to = std::min(help.find('\n', from), help.size());
    std::string line = help.substr(from, to - from);
    from = to + 1;
    empty = line.empty() ? empty + 1 : 0;
    if (empty > 1) continue;
    auto columns = [](std::string_view s) {
      return static_cast<size_t>(std::ranges::count_if(s, [](char c) { return (c & 0xc0) != 0x80; }));
    };
    bool option = line.starts_with("  ") && line.size() > kText && (line[kText - 1] == ' ');
    while (columns(line) > kColumns) {
      size_t cut = line.size();
      do cut = line.rfind(' ', cut - 1);
      while (cut != line.npos && cut > 0 && columns(std::string_view(line).substr(0, cut)) > kColumns);
      size_t least = option ? kText : 4;
      if (cut == line.npos || cut < least) break;
      out += line.substr(0, cut) + "\n";
      line = std::string(least, ' ') + line.substr(cut + 1);
    }
    out += line + "\n";
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

Failure failure_of(const CLI::App &app, const CLI::ParseError &error, const std::vector<std::string> &words) {
  auto chosen = app.get_subcommands();
  const CLI::App *command = chosen.empty() ? nullptr : chosen.front();
  std::string help = fmt::format("see mayfly {}--help", command ? command->get_name() + " " : "");
  if (dynamic_cast<const CLI::ExtrasError *>(&error)) {
    // An option that is not there takes its value along, so it is the one to talk about.
    std::vector<std::string> extras = app.remaining(true);
    auto option = std::ranges::find_if(extras, [](const std::string &word) { return word.starts_with("-"); });
    std::string word = option != extras.end() ? *option : extras.empty() ? "" : extras.front();
    std::string hint = suggestion(app, command, word);
    if (std::string dashes = command ? dashes_hint(*command, word, words) : ""; !dashes.empty())
      hint = hint.empty() || !word.starts_with("--") ? dashes : hint + " Else " + dashes;
    return usage(word, word.starts_with("-") ? "there is no such option" : command ? "this word is not expected" : "there is no such command",
                 hint.empty() ? help : hint);
  }
  if (command && dynamic_cast<const CLI::RequiredError *>(&error) && means_another_format(*command))
    return usage("-f " + command->get_option("-f")->as<std::string>(),
                 "-f is the format here, one of text, json and chrome",
                 "a module has no child processes that strace's -f could follow");
  std::string text = error.what();
  if (!text.empty() && text.back() == '.') text.pop_back();
  return usage(command ? command->get_name() : "", text, help);
}

} // namespace

int run_tool(int argc, const char *const *argv) {
  // For option texts only: numbers and messages stay those of the C locale.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  CLI::App app{kAbout, "mayfly"};
  app.set_version_flag("-V,--version", "mayfly " MAYFLY_VERSION)->description("the version");
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
    // `mayfly help` and `mayfly help COMMAND`, as other tools have it.
    if (!words.empty() && words[0] == "help") {
      words.erase(words.begin());
      // A word that is no command stays alone, so that the parser says so.
      auto named = [&](const auto &command) { return command->app->get_name() == words[0]; };
      if (words.empty() || std::ranges::any_of(commands, named)) words.push_back("--help");
    }
    std::ranges::reverse(words); // what parse() of a vector wants
    app.parse(words);
  } catch (const CLI::Success &success) {
    if (dynamic_cast<const CLI::CallForHelp *>(&success)) {
      std::fputs(wrapped(app.help()).c_str(), stdout);
      return 0;
    }
    return app.exit(success); // version
  } catch (const CLI::ParseError &error) {
    print(failure_of(app, error, std::vector<std::string>(argv + std::min(argc, 1), dashes)));
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
  std::fputs(wrapped(app.help()).c_str(), stdout);
  return 0;
}

} // namespace mayfly::cli
