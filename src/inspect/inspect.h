// What a WebAssembly file is, without running it: who made it, what it asks of its host and
// whether it ever can, what it needs of an engine. Library code: no I/O. The file is untrusted;
// everything here is bounded by its size.
//
// Facts are values; text, JSON and the page are made from them (json.h, page.h, cli/inspect_text.h).
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/proposals.h"
#include "wasm/module.h"

namespace mayfly::inspect {

struct Tool {
  std::string field; // "language", "processed-by", "sdk"
  std::string name, version;
};

struct Toolchain {
  std::string name;                  // "Rust 1.63.0", "Emscripten", …; "unknown"
  std::vector<Tool> producers;       // the producers section
  std::vector<std::string> features; // the target_features section: "+simd128", "-threads"
  std::vector<std::string> evidence; // what told; sentences without a period
  std::string packed_by;             // version of mayfly that packed it; empty: not packed
};

// What its imports are made for. Where several are mixed, the one that decides what can be done.
enum class Platform : uint8_t {
  bare,
  wasi_p1,
  wasi_unstable,
  wasi_threads,
  wasix,
  emscripten,
  emscripten_minified,
  go_js,
  wasm_bindgen,
  component_core, // a core module as it lies in a component: it imports canonical functions
};
const char *platform_id(Platform);   // stable, for JSON
const char *platform_name(Platform); // for people

enum class Shape : uint8_t { command, reactor, library };
const char *shape_id(Shape);

struct ImportFacts {
  std::string module, field;
  std::string kind;    // "func", "memory", "table", "global", "tag"
  std::string type;    // "(i32 i64) -> i32", "1.. pages", …
  std::string name;    // the original name where it was minified and the glue told; else empty
  bool likely = false; // `name` was told by what the glue's function does, not by a name
  std::string origin;  // id of the family it belongs to: family_name()
  std::string group;   // of the ABI table: "file", "clock", …; empty when unknown
  std::string meaning; // a clause; empty when unknown
  bool reachable = false;
  std::vector<uint32_t> from;  // entries (ModuleFacts::entries) that reach it, ascending
  std::vector<uint32_t> chain; // shortest way: the entry, then function indices down to the import's
  uint32_t callers = 0;        // functions that call it directly or take its reference
};

// How the host, or the engine, can get into a module.
struct Entry {
  enum Kind : uint8_t { export_, start, table, global, others } kind = export_;
  std::string name; // of the export; "start"
};

struct ExportFacts {
  std::string name, kind, type;
};

struct MemoryFacts {
  uint64_t min = 0;
  std::optional<uint64_t> max;
  bool imported = false, shared = false, is64 = false;
  std::optional<uint32_t> page_log2;
  std::string exported_as;
};

struct SectionFacts {
  std::string name; // "code", "custom: name"
  uint64_t bytes = 0;
};

struct Threads {
  bool shared_memory = false;
  uint32_t atomics = 0; // instructions
  bool spawns = false;  // imports a function that starts threads
  bool used() const { return shared_memory || spawns; }
};

struct ModuleFacts {
  uint64_t bytes = 0;
  Toolchain toolchain;
  Platform platform = Platform::bare;
  std::string platform_detail; // "system calls of Emscripten 3.1.10 or newer"
  Shape shape = Shape::library;
  std::string entry; // export that starts it: "_start", "_initialize", "main"; may be empty
  bool start_section = false;
  std::vector<ImportFacts> imports;
  std::vector<Entry> entries;
  std::vector<ExportFacts> exports;
  std::vector<MemoryFacts> memories;
  uint32_t tables = 0;
  Threads threads;
  Proposals proposals;
  std::vector<SectionFacts> sections;
  uint32_t functions_imported = 0, functions_defined = 0, functions_reachable = 0;
  bool has_names = false, has_debug_info = false;
  bool entries_merged = false; // too many entries to follow each: the rest is one entry, "others"
  std::map<uint32_t, std::string> function_names; // of those in chains
};

struct ComponentFacts {
  std::vector<std::string> imports, exports; // interface names, in order
  std::string wasi;                          // "0.2.3", "0.3.0", "none"; the highest found
  std::string world;                         // "wasi:cli/command", "wasi:http/proxy", "library", …
  uint32_t components = 0;                   // nested ones
  uint32_t modules_total = 0;
  std::vector<Tool> producers;
  std::vector<ModuleFacts> modules; // nested core modules, in file order; up to kModulesMax
  static constexpr uint32_t kModulesMax = 64;
};

struct Facts {
  uint64_t bytes = 0;
  std::optional<ModuleFacts> module;
  std::optional<ComponentFacts> component; // one of the two
};

// Reads `file` (a core module or a component). Errors as of wasm::read_module.
std::expected<Facts, wasm::Error> inspect(wasm::Bytes file);

// Puts names from Emscripten's JavaScript onto minified imports. Returns how many were named; nothing
// when the text has no table of imports that fits. Never fails otherwise, whatever the text is.
struct GlueResult {
  uint32_t named = 0, likely = 0, unnamed = 0;
};
std::optional<GlueResult> apply_glue(ModuleFacts &, std::string_view javascript);

// "WASI preview 1" for an ImportFacts::origin.
std::string family_name(std::string_view origin);

// What the interface "wasi:filesystem/types@0.2.3" is about; empty when unknown.
std::string interface_meaning(const std::string &name);

// The name of a function for people: its name section's, else "func[12]".
std::string function_label(const ModuleFacts &, uint32_t function);

} // namespace mayfly::inspect
