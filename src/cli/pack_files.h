// The library's pack (pack/pack.h) on the files of this machine. Shared by the commands that pack.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "cli/pack_options.h"
#include "cli/report.h"
#include "pack/pack.h"

namespace mayfly::cli {

struct PackRequest {
  std::string app;    // path of the application's module, or "-" for stdin
  std::string output; // path of the output when there is one: it is left out of packed directories
  PackSettings settings;
};

// Reads a whole file, or stdin for "-".
std::expected<std::vector<uint8_t>, Failure> read_app(const std::string &path);

// `app`: the bytes of the application.
std::expected<Packed, PackError> pack(const PackRequest &request, std::span<const uint8_t> app,
                                      Progress &progress);

using mayfly::failure_of;
// As the command line prints it.
Failure failure_of(const PackError &error);

} // namespace mayfly::cli
