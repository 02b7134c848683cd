// What the command line tells about itself, besides its help: man pages, and completions for shells. Both are
// made from the same declarations as the help, so that they cannot say anything else.
#pragma once
#include <string>

namespace CLI {
class App;
}

namespace mayfly::cli {

// A manual page in roff, with man(7)'s macros: of the whole tool, or of one of its commands.
std::string man_page(const CLI::App &tool, const CLI::App *command);

enum class Shell { bash, zsh, fish };
// A script that the shell sources, or loads from its directory of completions.
std::string completion(const CLI::App &tool, Shell);

} // namespace mayfly::cli
