// The linker: puts layers under an application module. Library code: no I/O, no exit.
// What it relies on and what it produces is docs/layer-contract.md.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "link/host.h"
#include "link/scan.h"
#include "wasm/error.h"

namespace mayfly::link {

enum class Placement : uint8_t {
  shared,   // region in the application's own memory, above it; runs everywhere
  isolated, // region in a memory of its own; needs multi-memory
};

// The filesystem's initial state, as the native core wrote it.
struct Image {
  std::span<const uint8_t>
      region; // whole region; size a multiple of 4096. Trailing and long inner zero runs are not stored.
  std::span<const uint8_t> content; // packed file bytes: one passive segment. May be empty.
};

// What takes the place of an import that the host shall not be asked for.
struct Stub {
  std::string module, field;
  bool trap = false; // else it returns `value`, or zero of each result type
  int64_t value = 0;
  std::string shown; // for the report: "trap", "errno EACCES", "zero"
};

// A downcall of the layer that a function of the application itself answers.
struct Binding {
  std::string module, field;
  uint32_t func; // function index in the application, imported or not
};

struct Options {
  Placement placement = Placement::shared;
  std::span<const uint8_t> layer; // the layer module's bytes (docs/layer-contract.md)
  std::string layer_name;         // of a user's layer, for messages; empty: a built-in one
  Image image;
  const CodeScan *scan = nullptr; // of the application, made beforehand by scan_code(); read only while link() runs
  uint32_t stack_bytes = 32768;     // shadow stack of the layer, multiple of 16
  uint32_t gap_pages = 4;           // shared: what a growing application finds free above it at first
  uint64_t region_max_bytes = 0;    // shared: the most that the region may grow to; 0: not known
  uint32_t isolated_max_pages = 0;  // maximum of the region's own memory in 64 KiB pages; 0: none
  std::vector<std::string> forward; // names of downcalls that may still go to the host
  std::vector<std::string>
      exports; // layer exports ("mayfly_…") to add to the output's exports; missing ones are errors
  std::span<const uint8_t> config; // bytes that the layer finds at mayfly.config
  // Optional functions of the layer (mayfly.optional.NAME) that are left out, and what a call of each
  // answers.
  std::vector<std::pair<std::string, int64_t>> optional_off;
  std::vector<std::string> unserved; // imports ("MODULE.FIELD") left to the host though the layer serves them
  std::vector<std::string> keep; // layer exports ("MODULE.FIELD") kept and recorded though nothing calls them

  // The host's side.
  Host host;
  std::vector<Stub> stubs;      // instead of these imports, wherever the output would have them
  std::vector<uint32_t> unused; // function indices of imports that nothing can reach: removed
  bool open_downcalls =
      false; // every downcall may go to the host, imported if need be; `forward` is not read
  std::vector<std::string>
      may_import;             // downcalls ("MODULE.FIELD") that may become imports the application had not
  std::vector<Binding> below; // downcalls answered by the application's own functions, before all else

  // Tracing: calls of these functions of the application (indices, imported or not) go through the layer's
  // exports mayfly.trace.enter and .exit, with the position in this list as the call's number.
  std::vector<uint32_t> hooks;
  std::string finish_after; // the exported function after which mayfly.trace.finish is called; may be empty

  bool hermetic = false;  // no import may be left: any that would be is an error naming it
  bool keep_names = true; // keep and extend the name section
};

// An import of the application and what became of it.
struct ImportFate {
  std::string module, field;
  std::string kind;       // "func", "memory", "table", "global", "tag"
  bool served = false;    // by the layer
  bool in_output = false; // still imported by the output
  bool unused = false;    // removed: nothing could reach it
  std::string stub;       // what answers in the host's place, where that was asked for
  std::string why;        // one clause when in_output: "standard streams", "not a filesystem function", …
};

struct Report {
  std::vector<ImportFate> imports;           // in the application's order
  std::vector<std::string> added_imports;    // "MODULE.FIELD" that the application had not
  std::vector<std::string> dropped_sections; // custom sections dropped because their offsets no longer hold
  std::vector<std::string> notes;            // sentences for -v ("isolated placement was chosen: …")
  Placement placement = Placement::shared;   // the one used
  uint64_t code_bytes_added = 0;             // code section growth (layer functions and synthesized ones)
  uint64_t region_bytes = 0;                 // stored bytes of the region's data segments
  uint64_t content_bytes = 0;
  uint64_t output_bytes = 0;
  uint32_t layer_functions_kept = 0, layer_functions_total = 0;
  uint32_t memory_min_before = 0, memory_min_after = 0; // application memory, 64 KiB pages
};

// Links `options.layer` under the module `app`. Same inputs, same bytes.
// Where nothing reaches the layer, nothing is added: no layer, no region, no content, and the memory stays as
// it is. The output is then `app`, but for imports that the options cut.
// Errors name section, hex offset and entity. On error nothing is produced.
// Refused with a sentence of their own: components, modules with a shared memory or a 64-bit memory,
// an import the layer serves under a different signature.
std::expected<std::vector<uint8_t>, wasm::Error> link(std::span<const uint8_t> app, const Options &options,
                                                      Report &report);

} // namespace mayfly::link
