// A layer module, read and checked against docs/layer-contract.md.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/module.h"

namespace mayfly::link {

// What an imported function of a layer stands for.
enum class Intrinsic : uint8_t {
  downcall, // not an intrinsic: a call of the next layer
  optional, // not an intrinsic: a function of the layer itself, unless it is switched off
  app_load_u8,
  app_load_u16,
  app_load_u32,
  app_load_u64,
  app_store_u8,
  app_store_u16,
  app_store_u32,
  app_store_u64,
  app_copy_in,
  app_copy_out,
  app_fill,
  content_to_app,
  content_to_layer,
  app_pages,
  region_base,
  host_enter,
  host_leave,
  config,
  abort, // AssemblyScript's env.abort
};

constexpr uint32_t none = ~0u;

struct Layer {
  wasm::Module module;
  bool user = false;                                 // somebody else's: see read_layer()
  uint32_t data_bytes = 0;                           // static data, zeros included, rounded up to 16
  std::vector<Intrinsic> intrinsic;                  // per imported function
  std::vector<const wasm::Import *> import;          // per imported function
  std::vector<uint32_t> optional;                    // per imported function: the layer's own function behind
                                                     // an optional one, else none
  uint32_t memory_base = none, stack_pointer = none; // global indices; none when not imported
  struct Data {
    uint32_t offset; // from __memory_base
    wasm::Range bytes;
  };
  std::vector<Data> data;

  // A layer of any toolchain, with fixed addresses (fixed_layer.cc). `data` is then relative to 0, and
  // data_bytes the room for its memory.
  bool fixed = false;
  uint32_t pages = 0, area_pages = 0; // its memory at the start, and what it may grow to where it is lowered
  std::optional<uint32_t> pages_max;  // as declared
  std::vector<uint32_t> init;         // functions to run at the start, in this order
  std::vector<uint32_t> passive;      // per data segment: index in passive_bytes, or none for an active one
  std::vector<wasm::Range> passive_bytes;
  struct Elements {
    bool active = false, declared = false;
    uint32_t table = 0, offset = 0;
    uint8_t type = 0x70;
    std::vector<uint32_t> functions; // none: null
  };
  std::vector<Elements> elements;

  // What it exports as MODULE.FIELD, in the order of its exports.
  std::vector<std::string> serves() const;
  // The function exported as `name` ("MODULE.FIELD", which languages without dots in names may spell
  // "MODULE$FIELD"), or `none`.
  uint32_t find(std::string_view name) const;
  const wasm::Type &type_of(uint32_t func) const { return module.types[module.functions[func]]; }
};

// `user`: a layer that somebody else wrote. It may be of any toolchain, and has no use for the
// intrinsics of the built-in ones.
std::expected<Layer, wasm::Error> read_layer(wasm::Bytes file, bool user);

// What read_layer() does for a layer with fixed addresses; its imports are classified already.
std::expected<void, wasm::Error> read_fixed_layer(Layer &layer);

} // namespace mayfly::link
