#include "cli/reference.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace mayfly::cli {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

bool takes_value(const CLI::Option &option) { return option.get_items_expected_max() > 0; }
bool is_repeatable(const CLI::Option &option) { return option.get_expected_max() > 1; }

// "-o", "--output".
std::vector<std::string> names_of(const CLI::Option &option) {
  std::vector<std::string> names;
  for (const std::string &name : option.get_snames()) names.push_back("-" + name);
  for (const std::string &name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<const CLI::Option *> options_of(const CLI::App &app) {
  std::vector<const CLI::Option *> options;
  for (const CLI::Option *option : app.get_options())
    if (option->nonpositional()) options.push_back(option);
  return options;
}
std::vector<const CLI::Option *> positionals_of(const CLI::App &app) {
  std::vector<const CLI::Option *> options;
  for (const CLI::Option *option : app.get_options())
    if (option->get_positional()) options.push_back(option);
  return options;
}
std::vector<const CLI::App *> commands_of(const CLI::App &tool) { return tool.get_subcommands({}); }

// ---- man pages

std::string roff(std::string text) {
  text = replaced(std::move(text), "\\", "\\e");
  text = replaced(std::move(text), "-", "\\-");
  text = replaced(std::move(text), "…", "\\[u2026]");
  // A line that begins with one of these would be a request.
  if (text.starts_with(".") || text.starts_with("'")) text = "\\&" + text;
  return replaced(std::move(text), "\n.", "\n\\&.");
}

std::string option_entry(const CLI::Option &option) {
  std::string names;
  for (const std::string &name : names_of(option))
    names += (names.empty() ? "" : ", ") + fmt::format("\\fB{}\\fR", roff(name));
  if (takes_value(option)) names += fmt::format(" \\fI{}\\fR", roff(option.get_type_name()));
  if (is_repeatable(option)) names += " ...";
  return fmt::format(".TP\n{}\n{}\n", names, roff(option.get_description()));
}

std::string synopsis(const CLI::App &command) {
  std::string line = fmt::format(".B mayfly {}\n[\\fIOPTIONS\\fR]", command.get_name());
  for (const CLI::Option *positional : positionals_of(command)) {
    std::string name =
        fmt::format("\\fI{}\\fR", positional->get_name(true)) + (is_repeatable(*positional) ? "..." : "");
    line += positional->get_required() ? " " + name : fmt::format(" [{}]", name);
  }
  return line + "\n";
}

std::string examples(const std::string &footer) {
  std::string body = footer.substr(std::min(footer.find('\n'), footer.size()));
  if (body.empty()) return "";
  return fmt::format(".SH EXAMPLES\n.nf\n{}\n.fi\n", roff(body.substr(1)));
}

// ---- completions

// What a value of an option is, as far as a shell can help with it.
enum class Value { none, file, directory, runtime, word };

Value value_of(const CLI::Option &option) {
  if (!takes_value(option)) return Value::none;
  std::string type = option.get_type_name();
  if (option.check_name("--runtime")) return Value::runtime;
  if (option.check_name("--dir")) return Value::directory;
  for (const char *file : {"FILE", "HOST", "OUT", "APP"})
    if (type.starts_with(file)) return Value::file;
  return Value::word;
}
constexpr std::string_view kRuntimes = "node deno bun wasmtime wasmer wazero iwasm wasmedge";

std::string shell_word(std::string_view text) {
  return "'" + replaced(std::string(text), "'", "'\\''") + "'";
}

std::string bash(const CLI::App &tool) {
  std::string commands, cases;
  for (const CLI::App *command : commands_of(tool)) {
    commands += (commands.empty() ? "" : " ") + command->get_name();
    std::string words, words_only;
    for (const CLI::Option *option : options_of(*command))
      for (const std::string &name : names_of(*option)) {
        words += (words.empty() ? "" : " ") + name;
        if (value_of(*option) == Value::word) words_only += (words_only.empty() ? "" : "|") + name;
      }
    cases += fmt::format("    {})\n      options={}\n      words={}\n      ;;\n", command->get_name(),
                         shell_word(words), shell_word(words_only));
  }
  std::string top;
  for (const CLI::Option *option : options_of(tool))
    for (const std::string &name : names_of(*option)) top += " " + name;
  return fmt::format(R"(# Completions of mayfly for bash. Made by: mayfly completion bash
_mayfly() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} options words word
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:0:COMP_CWORD}}"; do
    [ "$word" = -- ] && return # what follows is the program's
  done
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W {} -- "$current"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{}    *) return ;;
  esac
  case $previous in
    --runtime) COMPREPLY=($(compgen -W {} -- "$current")); return ;;
    --dir) COMPREPLY=($(compgen -d -- "$current")); return ;;
  esac
  case "|$words|" in
    *"|$previous|"*) return ;;
  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}}
complete -o filenames -F _mayfly mayfly
)",
                     shell_word(commands + top), cases, shell_word(kRuntimes));
}

// A description in the brackets of zsh's _arguments.
std::string bracketed(std::string text) {
  for (std::string_view special : {"\\", "[", "]", ":"})
    text = replaced(std::move(text), special, "\\" + std::string(special));
  return text;
}

std::string zsh(const CLI::App &tool) {
  std::string commands, cases;
  for (const CLI::App *command : commands_of(tool)) {
    commands += fmt::format(
        "    {}\n", shell_word(command->get_name() + ":" + replaced(command->get_description(), ":", "\\:")));
    std::string arguments;
    for (const CLI::Option *option : options_of(*command)) {
      std::string action;
      switch (value_of(*option)) {
      case Value::none:
        break;
      case Value::file:
        action = ":file:_files";
        break;
      case Value::directory:
        action = ":directory:_files -/";
        break;
      case Value::runtime:
        action = fmt::format(":runtime:({})", kRuntimes);
        break;
      case Value::word:
        action = ":value:";
        break;
      }
      for (const std::string &name : names_of(*option))
        arguments += fmt::format(" \\\n        {}",
                                 shell_word(fmt::format("{}{}[{}]{}", is_repeatable(*option) ? "*" : "", name,
                                                        bracketed(option->get_description()), action)));
    }
    cases += fmt::format(
        "    {})\n      _arguments -S{} \\\n        '1:module:_files' '*:argument:_files'\n      ;;\n",
        command->get_name(), arguments);
  }
  return fmt::format(R"(#compdef mayfly
# Completions of mayfly for zsh. Made by: mayfly completion zsh
_mayfly() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{}  esac
}}
if [ "$funcstack[1]" = _mayfly ]; then
  _mayfly "$@"
else
  compdef _mayfly mayfly
fi
)",
                     commands, cases);
}

std::string fish(const CLI::App &tool) {
  std::string script = "# Completions of mayfly for fish. Made by: mayfly completion fish\n";
  std::string all;
  for (const CLI::App *command : commands_of(tool)) all += (all.empty() ? "" : " ") + command->get_name();
  for (const CLI::App *command : commands_of(tool))
    script += fmt::format("complete -c mayfly -n 'not __fish_seen_subcommand_from {}' -f -a {} -d {}\n", all,
                          command->get_name(), shell_word(command->get_description()));
  for (const CLI::App *command : commands_of(tool))
    for (const CLI::Option *option : options_of(*command)) {
      std::string line =
          fmt::format("complete -c mayfly -n '__fish_seen_subcommand_from {}'", command->get_name());
      for (const std::string &name : option->get_snames()) line += " -s " + name;
      for (const std::string &name : option->get_lnames()) line += " -l " + name;
      switch (value_of(*option)) {
      case Value::none:
        break;
      case Value::file:
        line += " -r -F";
        break;
      case Value::directory:
        line += " -x -a '(__fish_complete_directories)'";
        break;
      case Value::runtime:
        line += fmt::format(" -x -a '{}'", kRuntimes);
        break;
      case Value::word:
        line += " -x";
        break;
      }
      script += fmt::format("{} -d {}\n", line, shell_word(option->get_description()));
    }
  return script;
}

} // namespace

std::string man_page(const CLI::App &tool, const CLI::App *command) {
  const CLI::App &app = command ? *command : tool;
  std::string name = command ? "mayfly-" + command->get_name() : "mayfly";
  std::string title = name;
  std::ranges::transform(title, title.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  std::string page =
      fmt::format(".TH {} 1 \"\" \"mayfly {}\" \"Mayfly\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n", title,
                  MAYFLY_VERSION, roff(name), roff(app.get_description()));
  if (command) {
    page += synopsis(*command);
  } else {
    page += ".B mayfly\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
    for (const CLI::App *each : commands_of(tool))
      page +=
          fmt::format(".TP\n\\fBmayfly\\-{}\\fR(1)\n{}\n", each->get_name(), roff(each->get_description()));
  }
  if (auto positionals = positionals_of(app); !positionals.empty()) {
    page += ".SH ARGUMENTS\n";
    for (const CLI::Option *option : positionals)
      page += fmt::format(".TP\n\\fI{}\\fR\n{}\n", option->get_name(true), roff(option->get_description()));
  }
  std::vector<std::string> groups;
  for (const CLI::Option *option : options_of(app))
    if (std::ranges::find(groups, option->get_group()) == groups.end()) groups.push_back(option->get_group());
  for (const std::string &group : groups) {
    page += group == "Options" ? ".SH OPTIONS\n" : fmt::format(".SS {}\n", roff(group));
    for (const CLI::Option *option : options_of(app))
      if (option->get_group() == group) page += option_entry(*option);
  }
  page += ".SH EXIT STATUS\n.TP\n0\nDone. For run and strace: the exit status of the program.\n.TP\n1\nThe "
          "work failed.\n"
          ".TP\n2\nThe command line is wrong.\n";
  page += examples(app.get_footer());
  page += ".SH SEE ALSO\n";
  if (command) page += "\\fBmayfly\\fR(1), ";
  return page + "the documents that are installed with mayfly\n";
}

std::string completion(const CLI::App &tool, Shell shell) {
  switch (shell) {
  case Shell::bash:
    return bash(tool);
  case Shell::zsh:
    return zsh(tool);
  case Shell::fish:
    return fish(tool);
  }
  return "";
}

} // namespace mayfly::cli
