// From an application and options to a packed module, in memory. Shared by pack and run.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/failure.h"
#include "base/progress.h"
#include "link/link.h"
#include "link/stack.h"
#include "pack/options.h"

namespace mayfly::cli {

struct PackRequest {
  std::string app;    // path of the application's module, or "-" for stdin
  std::string output; // path of the output when there is one: it is left out of packed directories
  PackOptions options;
  std::vector<std::string> keep; // calls that stay in the module though it does not make them: link::Options
};

// What was done, for people and for --json.
struct PackReport {
  std::string app;
  uint64_t app_bytes = 0;
  link::Report link;
  std::vector<link::StoreyReport> layers; // top to bottom, when there are others than the filesystem's
  std::string platform; // what the application was made for: platform.h
  uint32_t files = 0, directories = 0, symlinks = 0;
  uint64_t file_bytes = 0; // of packed files, before equal ones were joined
  uint64_t content_bytes = 0;
  uint64_t region_bytes = 0; // as the module holds it in memory
  std::vector<std::string> preopens;
  std::vector<std::string> notes;  // sentences, in addition to link.notes
  std::vector<std::string> asides; // sentences for those who pack; who runs the module has no use for them
  uint64_t output_bytes = 0;
  bool optimized = false;
};

struct Packed {
  std::vector<uint8_t> bytes;
  PackReport report;
};

// Reads a whole file, or stdin for "-".
std::expected<std::vector<uint8_t>, Failure> read_app(const std::string &path);

std::expected<Packed, Failure> pack(const PackRequest &request, Progress &progress);
// The same for an application that was read already.
std::expected<Packed, Failure> pack(const PackRequest &request, std::span<const uint8_t> app,
                                    Progress &progress);

} // namespace mayfly::cli
