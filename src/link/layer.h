// A layer module, read and checked against docs/layer-contract.md.
#pragma once
#include <cstdint>
#include <expected>
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
};

constexpr uint32_t none = ~0u;

struct Layer {
  wasm::Module module;
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

  // The function exported as `name`, or `none`.
  uint32_t find(std::string_view name) const;
  const wasm::Type &type_of(uint32_t func) const { return module.types[module.functions[func]]; }
};

std::expected<Layer, wasm::Error> read_layer(wasm::Bytes file);

} // namespace mayfly::link
