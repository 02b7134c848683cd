#include "cli/runnable.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "inspect/platform.h"

namespace mayfly::cli {
namespace {

constexpr size_t kShownMax = 8;

// WASI's own module names: a runtime that lacks a function of them says so itself.
bool is_offered(const wasm::Import &im) {
  return im.kind == wasm::Kind::memory || im.module == "wasi_snapshot_preview1" ||
         im.module == "wasi_unstable" || im.module == "wasi" || im.module.starts_with("wasix_");
}

const char *way_out(inspect::Platform platform) {
  switch (platform) {
  case inspect::Platform::emscripten:
  case inspect::Platform::emscripten_minified:
  case inspect::Platform::wasm_bindgen:
  case inspect::Platform::go_js:
    return "load it with the JavaScript that was made together with it";
  case inspect::Platform::component_core:
    return "run the component that it lies in";
  default:
    return "load it from a program that offers them, or answer them in the module: --stub MODULE.NAME=zero";
  }
}

} // namespace

std::expected<void, Failure> check_runnable(const std::string &app, const wasm::Module &m) {
  std::vector<std::string> missing;
  for (const wasm::Import &im : m.imports) {
    if (is_offered(im)) continue;
    std::string name = wasm::printable(im.module) + "." + wasm::printable(im.field);
    if (im.kind != wasm::Kind::func) name += fmt::format(" (a {})", wasm::kind_name(im.kind));
    missing.push_back(std::move(name));
  }
  if (missing.empty()) return {};
  std::string list;
  for (size_t i = 0; i < std::min(missing.size(), kShownMax); ++i) list += (i ? ", " : "") + missing[i];
  if (missing.size() > kShownMax) list += fmt::format(" and {} more", missing.size() - kShownMax);
  return std::unexpected(Failure{app, fmt::format("imports what no runtime offers: {}", list),
                                 way_out(inspect::platform_of(m))});
}

} // namespace mayfly::cli
