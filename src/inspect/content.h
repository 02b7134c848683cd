// Lists the files of a packed module. The region and the content are taken out of its data segments,
// verified, and walked.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "wasm/module.h"

namespace mayfly::inspect {

// A file or directory. Sizes are of all below.
struct Node {
  std::string name;
  enum Kind : uint8_t { directory, file, symlink, device } kind = file;
  uint64_t bytes = 0;
  uint32_t files = 0;  // in it; 1 for a file
  bool folded = false; // a directory whose entries are left out
  std::vector<Node> children;
};

struct Content {
  Node root;
  uint32_t files = 0, directories = 0, symlinks = 0;
  uint64_t file_bytes = 0;    // sum of sizes
  uint64_t content_bytes = 0; // the packed segment
  uint64_t region_bytes = 0;  // in memory
  bool read_only = false, hermetic = false;
  std::vector<std::string> preopens;
};

// Nothing when the module holds no region. Error: it holds one that is not sound (a sentence).
// At most `nodes_max` nodes are kept; larger trees have their deepest directories folded.
std::expected<std::optional<Content>, std::string> read_content(const wasm::Module &,
                                                                size_t nodes_max = 20'000);

} // namespace mayfly::inspect
