// What a module was made for, told from its imports before anything is done with it.
#pragma once
#include <string>

#include "wasm/module.h"

namespace mayfly::cli {

enum class Platform : uint8_t {
  wasi,                // preview 1 or the older wasi_unstable: what this tool serves
  none,                // no imports that any platform here knows
  emscripten,          // file calls of Emscripten's JavaScript
  emscripten_minified, // the same with one-letter names
  go_js,               // Go's GOOS=js
  wasm_bindgen,        // Rust's wasm-bindgen
  wasix,
  threads, // wasi-threads
};

Platform platform_of(const wasm::Module &module);
const char *name_of(Platform platform);

// Was this module made by a pack? (Its producers section says so.)
bool is_packed(const wasm::Module &module);

} // namespace mayfly::cli
