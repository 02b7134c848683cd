// The state that the phases of the linker hand on. Each phase fills the fields of its own
// block and reads those above it; link.cc calls them in this order.
#pragma once
#include <cstdint>
#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "link/layer.h"
#include "link/link.h"
#include "wasm/cursor.h"
#include "wasm/module.h"

namespace mayfly::link {

using Status = std::expected<void, wasm::Error>;

inline std::unexpected<wasm::Error> failure(std::string message, uint64_t offset = wasm::Error::no_offset,
                                            std::string section = "") {
  return std::unexpected(wasm::Error{std::move(message), offset, std::move(section)});
}

constexpr uint32_t page_bytes = 65536;

// Bytes that replace others. Edits are sorted and do not overlap.
struct Edit {
  uint32_t offset;
  uint8_t old_length, new_length;
  uint8_t bytes[10];
};

// A stored run of the layer area's or the region's initial bytes.
struct Run {
  uint32_t offset; // from the start of the layer area
  wasm::Bytes bytes;
};

// A function that the output has and the application had not.
struct NewFunction {
  uint32_t type = 0;     // output type index
  uint32_t layer = none; // the layer function it is, or none: synthesized
  std::string name;
  wasm::Buffer body; // locals and instructions
};

struct Plan {
  const Options &options;
  Report &report;
  wasm::Module app;
  Layer layer;

  // place: which memory is whose
  Placement placement = Placement::shared;
  std::string obstacle; // why shared placement was given up, if it was
  bool app_has_memory = false;
  uint32_t app_memory = 0;      // A
  uint32_t layer_memory = 0;    // L
  bool imported_memory = false; // shared placement in an imported memory: laid out by the start function
  uint32_t app_min = 0, app_max = 65536; // pages

  // scan: one pass over the application's code
  bool may_shift = false; // imports may be added: every reference to a function is a site
  std::vector<Site> sites;
  bool app_grows = false; // has a memory.grow of A

  // resolve: per import of the application, and per imported function of the layer
  std::vector<uint32_t> served_by; // layer function, or none
  std::vector<bool> import_kept;
  std::vector<uint32_t> func_import; // app function index below imported_funcs → index in app.imports
  std::vector<uint32_t> import_stub; // per import: of options.stubs, or none; meaningful when not kept
  std::vector<bool> import_unused;   // per import: nothing reaches it
  std::vector<bool> asked;           // per import: the output calls the host for it (import or stub)
  std::vector<uint32_t> downcall;    // per layer function import: app function index, or none (answer ENOSYS)
  struct AddedImport {
    std::string_view module, field;
    uint32_t layer_import; // the layer function it answers
  };
  std::vector<AddedImport> added_imports;
  uint32_t f_layer_enter = none, f_layer_exit = none, f_layer_finish = none; // layer functions of the tracer
  struct AddedExport {
    std::string_view name;
    uint32_t layer_func;
  };
  std::vector<AddedExport> added_exports;

  // shake
  std::vector<bool> live;        // per layer function (imported ones too)
  std::vector<bool> live_global; // per layer global
  std::vector<bool> live_type;   // per layer type: named by a live body
  bool live_tables = false;      // tables, element segments and references to functions
  bool live_passive = false;     // passive data segments
  std::set<uint32_t> referenced; // layer functions that a live body takes a reference to
  bool brackets = false;         // a live body brackets its calls of the host (host_enter, or guarded by us)
  std::vector<bool> guarded;     // per layer function: looks at its entry whether the layer's stack has room
  bool layer_grows = false;      // a live body of the layer has a memory.grow
  bool reached = false;          // something reaches the layer; else nothing of it, and no region, is placed
  bool uses_memory = false;      // the layer needs a memory, or there is a region to place

  // hooks
  uint32_t finish_of = none;     // the application's function after which the tracer finishes
  std::vector<uint32_t> hook_of; // per application function: its hook, or none; empty without hooks

  // layout: addresses; base is 0 and unused when imported_memory
  uint32_t stack_bytes = 0;
  uint32_t area_bytes = 0;
  uint32_t config_at = 0;    // in the layer area
  uint32_t base = 0;         // of the layer area
  uint32_t placed_pages = 0; // layer area and region
  uint32_t memory_min = 0;   // of the memory that holds the region
  bool movable = false;      // the region may move at run time
  bool lowered = false;      // the layer's addresses need the base added (lower.cc)
  bool base_in_global() const { return movable || imported_memory; }

  // number: output indices
  std::vector<uint32_t> app_func;    // per app function below imported_funcs: what its callers call
  std::vector<uint32_t> import_func; // the same, as an import of the output; none when removed
  std::vector<uint32_t> layer_func;  // per layer function; none when dead
  std::vector<uint32_t> layer_global;
  std::vector<uint32_t> layer_type; // per layer type; none when nothing live names it
  uint32_t layer_table(uint32_t t) const { return static_cast<uint32_t>(app.tables.size()) + t; }
  uint32_t layer_element(uint32_t e) const { return app.elements + e; }
  bool starts_layer() const { return !layer.init.empty() && live[layer.init[0]]; }
  std::span<const wasm::Range> layer_segments() const {
    if (!live_passive) return {};
    return layer.passive_bytes;
  }
  std::vector<std::pair<std::string, wasm::Buffer>> new_globals; // name, encoded entry
  std::vector<NewFunction> functions; // the first `slots` stand before the application's own
  uint32_t slots = 0;
  uint32_t output_imports = 0; // imported functions of the output
  uint32_t shift = 0;          // the application's own functions move up by this: more imports than it had
  std::vector<uint32_t> hook_func; // per hook: output index of its wrapper
  std::vector<wasm::Buffer> new_types;
  uint32_t g_memory_base = none, g_stack_pointer = none, g_region_base = none, g_app_pages = none,
           g_host_depth = none, g_skipped = none, g_pages = none, g_layer_pages = none;
  uint32_t f_grow = none, f_region_grow = none, f_start = none, f_finish = none, f_layer_grow = none,
           f_no_room = none;
  uint32_t d_content = none, d_first = none, d_passive = none; // data segment indices: content, first run,
                                                               // the layer's first passive segment
  std::vector<Run> runs;
  wasm::Buffer merged_data;    // the application's data entries when some had to be joined; else empty
  uint32_t app_data_count = 0; // data segments of the application in the output

  // rewrite
  std::vector<Edit> edits;

  // What is placed beside the layer: nothing where nothing reaches it.
  std::span<const uint8_t> region() const { return reached ? options.image.region : wasm::Bytes{}; }
  std::span<const uint8_t> content() const { return reached ? options.image.content : wasm::Bytes{}; }
  std::span<const uint8_t> config() const { return reached ? options.config : wasm::Bytes{}; }

  // Whether references to the application's function f may have to change.
  bool is_site(uint32_t f) const {
    return f < app.imported_funcs || may_shift || (!hook_of.empty() && hook_of[f] != none);
  }

  // What the options say of an optional function of the layer, by the import it is called through.
  const std::pair<std::string, int64_t> *switched_off(uint32_t layer_import) const {
    for (const auto &off : options.optional_off)
      if (off.first == layer.import[layer_import]->field) return &off;
    return nullptr;
  }

  uint32_t added_import_type(const AddedImport &a) {
    const wasm::Type &t = layer.type_of(a.layer_import);
    return intern_type(layer.module.params(t), layer.module.results(t));
  }

  // Index in the output of the type with this signature, over numbers: found in the application or added.
  uint32_t intern_type(std::span<const wasm::ValType> params, std::span<const wasm::ValType> results);
  uint32_t new_func_index(uint32_t k) const {
    return k < slots ? output_imports + k : static_cast<uint32_t>(app.functions.size()) + shift + (k - slots);
  }
  wasm::Buffer &body_of(uint32_t index) {
    bool early = index < output_imports + slots;
    return functions[early ? index - output_imports
                           : index - static_cast<uint32_t>(app.functions.size()) - shift + slots]
        .body;
  }
  // What the application's function f is called in the output, hooks aside.
  uint32_t unhooked(uint32_t f) const { return f < app.imported_funcs ? import_func[f] : f + shift; }
  // ... and what the application's references to it become.
  uint32_t mapped(uint32_t f) const {
    if (!hook_of.empty() && hook_of[f] != none) return hook_func[hook_of[f]];
    return f < app.imported_funcs ? app_func[f] : f + shift;
  }
};

Status choose_placement(Plan &plan); // place.cc
Status scan_app(Plan &plan);         // scan.cc
Status resolve(Plan &plan);          // resolve.cc
Status prepare_hooks(Plan &plan);    // hooks.cc, before the scan
void number_hooks(Plan &plan);       // hooks.cc, in number
void synthesize_hooks(Plan &plan);   // hooks.cc, in synthesize
Status shake(Plan &plan);            // shake.cc
Status bind_imports(Plan &plan);     // resolve.cc, after shake: which imports stay
Status lay_out(Plan &plan);          // place.cc
void cut_runs(Plan &plan);           // segments.cc
void merge_app_data(Plan &plan);     // merge_data.cc
Status number(Plan &plan);           // number.cc
void synthesize(Plan &plan);         // synthesize.cc
Status rewrite_layer(Plan &plan);    // rewrite_layer.cc
void rewrite_app(Plan &plan);        // rewrite_app.cc
std::expected<std::vector<uint8_t>, wasm::Error> emit(Plan &plan); // emit.cc

// What the layer adds to the table and element sections; nothing when nothing live needs it. layer_tables.cc
struct Entries {
  uint32_t count = 0;
  wasm::Buffer bytes;
};
Entries layer_tables(const Plan &plan);
Entries layer_elements(const Plan &plan);

} // namespace mayfly::link
