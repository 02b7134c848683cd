// Why something could not be done, for the person who asked for it.
#pragma once
#include <string>
#include <utility>

namespace mayfly {

inline constexpr int kExitFailure = 1, kExitUsage = 2;

// Functions return it; main prints it and chooses the exit code.
struct Failure {
  std::string where;   // file, file and section, or option; may be empty
  std::string message; // what is wrong; no trailing period
  std::string hint;    // what to do instead; may be empty
  int exit_code = kExitFailure;
};

inline Failure usage(std::string where, std::string message, std::string hint = "") {
  return {std::move(where), std::move(message), std::move(hint), kExitUsage};
}

} // namespace mayfly
