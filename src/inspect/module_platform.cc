#include "inspect/module_platform.h"

#include <algorithm>

namespace mayfly::cli {
namespace {

bool is_wasi(const wasm::Import &i) {
  return i.module == "wasi_snapshot_preview1" || i.module == "wasi_unstable";
}

// Emscripten's -O3 renames module and fields to one or two letters: module "a", fields "a", "b", …
bool looks_minified(const wasm::Module &module) {
  size_t functions = 0;
  for (const wasm::Import &i : module.imports) {
    if (i.module != "a" || i.field.size() > 2) return false;
    functions += i.kind == wasm::Kind::func;
  }
  return functions >= 2;
}

} // namespace

Platform platform_of(const wasm::Module &module) {
  bool wasi = false;
  for (const wasm::Import &i : module.imports) {
    // A field of Emscripten's decides even beside WASI's: its JavaScript shares descriptors between both.
    if (i.module == "env" && i.field.starts_with("__syscall_")) return Platform::emscripten;
    if (i.module == "gojs" ||
        (i.module == "go" && (i.field.starts_with("syscall/js") || i.field.starts_with("runtime."))))
      return Platform::go_js;
    if (i.module.starts_with("wasix_")) return Platform::wasix;
    if (i.module == "wasi" && i.field == "thread-spawn") return Platform::threads;
    wasi |= is_wasi(i);
  }
  if (wasi) return Platform::wasi;
  for (const wasm::Import &i : module.imports) {
    if (i.module == "env" && (i.field.starts_with("emscripten_") || i.field.starts_with("_emscripten_") ||
                              i.field.starts_with("invoke_")))
      return Platform::emscripten;
    if (i.module.starts_with("__wbindgen") || i.field.starts_with("__wbindgen") ||
        i.field.starts_with("__wbg_"))
      return Platform::wasm_bindgen;
  }
  return looks_minified(module) ? Platform::emscripten_minified : Platform::none;
}

const char *name_of(Platform platform) {
  switch (platform) {
  case Platform::wasi:
    return "WASI preview 1";
  case Platform::none:
    return "no known platform";
  case Platform::emscripten:
    return "Emscripten";
  case Platform::emscripten_minified:
    return "Emscripten, minified";
  case Platform::go_js:
    return "Go for JavaScript (GOOS=js)";
  case Platform::wasm_bindgen:
    return "wasm-bindgen";
  case Platform::wasix:
    return "WASIX";
  case Platform::threads:
    return "WASI threads";
  }
  return "";
}

bool is_packed(const wasm::Module &module) {
  const wasm::Section *producers = module.custom("producers");
  if (!producers) return false;
  // Fields of (name, values of (name, version)), each a length and bytes. Every length here is
  // below 128 in a section that this tool wrote, so the name stands behind the byte 6.
  std::string_view bytes(reinterpret_cast<const char *>(module.file.data()) + producers->content,
                         producers->payload.end - producers->content);
  return bytes.find("\x06mayfly") != bytes.npos;
}

} // namespace mayfly::cli
