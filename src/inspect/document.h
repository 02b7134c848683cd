// Everything that `mayfly inspect` says about a file, and its two written forms: JSON
// (docs/inspect-json.md) and a page. The text for terminals is cli/inspect_text.h.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "inspect/content.h"
#include "inspect/inspect.h"

namespace mayfly::inspect {

inline constexpr int kSchema = 1; // of the JSON; docs/inspect-json.md says when it changes

// What a pack would do with an import.
struct Fate {
  bool served = false, imported = false;
  bool unused = false; // removed: nothing reaches it
  std::string stub;    // what answers in the host's place: --stub, --deny
  std::string why;
};

// What a pack would do: the result of a dry run.
struct Plan {
  bool possible = false;
  std::string error, hint;             // when it is not
  std::vector<std::string> placements; // that work: "shared", "isolated"
  std::string placement;               // the one of the figures below
  uint64_t output_bytes = 0, code_bytes = 0, region_bytes = 0, content_bytes = 0;
  uint32_t layer_functions_kept = 0, layer_functions_total = 0;
  uint32_t memory_pages_before = 0, memory_pages_after = 0;
  std::vector<Fate> fates; // by import
  std::vector<std::string> notes;
};

struct Document {
  std::string path;
  Facts facts;
  std::optional<Plan> plan;       // of a core module
  std::optional<Content> content; // of a packed module, or of the plan when it was given files
  std::string content_error;      // why there is none although the module is packed
  std::optional<GlueResult> glue;
  std::vector<std::string> notes;
};

// What the module needs of an engine once packed in `placement` ("shared" or "isolated").
Proposals packed_proposals(const Proposals &, std::string_view placement);

// Pretty-printed, ends with a newline. Strings that are no UTF-8 get replacement characters.
std::string json_of(const Document &);
// A page that needs nothing but itself.
std::string page_of(const Document &);

} // namespace mayfly::inspect
