#include "inspect/toolchain.h"

#include <algorithm>
#include <optional>

#include "inspect/platform.h"

namespace mayfly::inspect {
namespace {

constexpr size_t kToolsMax = 200; // in a sane section; more are not listed

std::vector<std::string> features_of(const wasm::Module &m) {
  std::vector<std::string> features;
  const wasm::Section *s = m.custom("target_features");
  if (!s) return features;
  wasm::Cursor c(m.file, s->content, s->payload.end, "target_features");
  uint32_t n = c.count("features", 2);
  for (uint32_t i = 0; i < n && c.ok() && i < kToolsMax; i++) {
    char prefix = static_cast<char>(c.byte());
    std::string name(c.name());
    if (c.ok() && (prefix == '+' || prefix == '-' || prefix == '=')) features.push_back(prefix + name);
  }
  return features;
}

const Tool *find(const std::vector<Tool> &tools, std::string_view name) {
  auto at = std::ranges::find_if(tools, [&](const Tool &t) { return t.name == name; });
  return at == tools.end() ? nullptr : &*at;
}

// "1.63.0 (4b91a6ea7 2022-08-08)" -> "1.63.0"
std::string short_version(const Tool &tool) {
  size_t from = 0;
  if (tool.version.starts_with("go1")) from = 2;
  return tool.version.substr(from, tool.version.find_first_of(" (-+", from) - from);
}

std::string with_version(std::string_view name, const Tool *tool) {
  std::string version = tool ? short_version(*tool) : "";
  return std::string(name) + (version.empty() ? "" : " " + version);
}

// What is looked up in a module's exports, imports and function names.
struct Telltales {
  const wasm::Module &m;
  const std::vector<std::pair<uint32_t, std::string_view>> &names;

  bool exports(std::string_view name) const {
    return std::ranges::any_of(m.exports, [&](const wasm::Export &e) { return e.name == name; });
  }
  bool imports_from(std::string_view module) const {
    return std::ranges::any_of(m.imports, [&](const wasm::Import &i) { return i.module == module; });
  }
  bool imports(std::string_view module, std::string_view field) const {
    return std::ranges::any_of(m.imports,
                               [&](const wasm::Import &i) { return i.module == module && i.field == field; });
  }
  bool exports_with(std::string_view prefix) const {
    return std::ranges::any_of(m.exports, [&](const wasm::Export &e) { return e.name.starts_with(prefix); });
  }
  bool imports_with(std::string_view module, std::string_view prefix) const {
    return std::ranges::any_of(
        m.imports, [&](const wasm::Import &i) { return i.module == module && i.field.starts_with(prefix); });
  }
  bool section(std::string_view name) const { return m.custom(name) != nullptr; }
  bool function_starts(std::string_view prefix) const {
    return std::ranges::any_of(names, [&](const auto &n) { return n.second.starts_with(prefix); });
  }
};

struct Verdict {
  std::string name, evidence;
};

// The compilers that say nothing themselves, or say more than the clang behind them.
Verdict by_telltales(const Telltales &t, Platform platform) {
  if (platform == Platform::emscripten_minified)
    return {"Emscripten", "imports with one-letter names from module \"a\""};
  if (t.section("emscripten_metadata")) return {"Emscripten", "an emscripten_metadata section"};
  if (platform == Platform::emscripten) return {"Emscripten", "imports of Emscripten's JavaScript"};
  for (std::string_view name :
       {"emscripten_stack_get_current", "_emscripten_stack_restore", "emscripten_stack_init", "stackSave"})
    if (t.exports(name)) return {"Emscripten", "the export " + std::string(name)};
  if (t.exports_with("__napi_register__")) return {"Rust (napi-rs)", "exports of napi-rs"};
  if (t.section("go:buildid") || platform == Platform::go_js)
    return {"Go", t.section("go:buildid") ? "a go:buildid section" : "imports of Go's js"};
  if (t.function_starts("(*runtime.") || t.function_starts("runtime.alloc") || t.exports("tinygo_unwind") ||
      t.exports("tinygo_launch"))
    return {"TinyGo", "TinyGo's runtime"};
  if (t.exports("__new") && t.exports("__pin")) return {"AssemblyScript", "the exports __new and __pin"};
  if (t.function_starts("~lib/")) return {"AssemblyScript", "functions of ~lib/"};
  if (t.exports("__rtti_base")) return {"AssemblyScript", "the export __rtti_base"};
  if (platform == Platform::wasm_bindgen) return {"Rust (wasm-bindgen)", "imports of wasm-bindgen"};
  if (t.imports_from("dart2wasm")) return {"Dart", "imports of dart2wasm"};
  if (t.imports_from("teavmMath") || t.imports_from("teavm")) return {"Java (TeaVM)", "imports of teavm"};
  if (t.function_starts("kotlin.")) return {"Kotlin", "functions of kotlin"};
  if (t.function_starts("mono_wasm_") || t.exports("mono_wasm_load_runtime"))
    return {".NET (Mono)", "Mono's functions"};
  if (t.function_starts("swift_retain") || t.function_starts("$ss")) return {"Swift", "Swift's runtime"};
  if (t.exports("hs_init") || t.function_starts("hs_init")) return {"Haskell (GHC)", "GHC's runtime"};
  if (t.imports_from("moonbit:ffi")) return {"MoonBit", "imports of moonbit:ffi"};
  return {};
}

// What compilers leave in a module's static data, however much of the rest was stripped.
struct Text {
  std::string_view text;
  const char *name, *evidence;
};
using namespace std::literals;
constexpr Text kTexts[] = {
    {"/rustc/"sv, "Rust", "paths of Rust's library in the data"},
    {"library/std/src/"sv, "Rust", "paths of Rust's library in the data"},
    {"library/core/src/"sv, "Rust", "paths of Rust's library in the data"},
    {"library/alloc/src/"sv, "Rust", "paths of Rust's library in the data"},
    {"called `Option::unwrap()` on a `None` value"sv, "Rust", "a message of Rust's library in the data"},
    {"~\0l\0i\0b\0/\0"sv, "AssemblyScript", "paths of AssemblyScript's library in the data"},
    {"/emsdk/emscripten/"sv, "Emscripten", "paths of Emscripten's library in the data"},
};

Verdict by_data(const wasm::Module &m) {
  for (const Text &t : kTexts)
    for (const wasm::Data &d : m.data) {
      std::string_view bytes(reinterpret_cast<const char *>(m.file.data()) + d.bytes.begin, d.bytes.size());
      if (bytes.find(t.text) != bytes.npos) return {t.name, t.evidence};
    }
  return {};
}

// The C library that clang links for WASI and Emscripten alike is musl: its table of error messages.
bool has_musl(const wasm::Module &m) {
  for (const wasm::Data &d : m.data) {
    std::string_view bytes(reinterpret_cast<const char *>(m.file.data()) + d.bytes.begin, d.bytes.size());
    if (bytes.find("Bad file descriptor\0"sv) != bytes.npos &&
        bytes.find("No child process\0"sv) != bytes.npos)
      return true;
  }
  return false;
}

// The value of a constant expression `i32.const N`; nothing for any other.
std::optional<uint32_t> constant(const wasm::Module &m, wasm::Range expression) {
  wasm::Cursor c(m.file, expression.begin, expression.end, "");
  if (c.byte() != 0x41) return {};
  uint32_t value = static_cast<uint32_t>(c.s32());
  return c.byte() == 0x0b && c.ok() ? std::optional(value) : std::nullopt;
}

// wasm-ld makes the stack pointer the first global: mutable, aligned, and set to the end of a stack that lies
// below the static data (or above it, which then begins at 1024).
bool has_stack_of_wasm_ld(const wasm::Module &m) {
  if (m.imported_globals == m.globals.size()) return false;
  const wasm::Global &first = m.globals[m.imported_globals];
  if (!first.type.is_mutable || first.type.type.code != 0x7f) return false;
  std::optional<uint32_t> stack = constant(m, first.init);
  if (!stack || *stack < 4096 || *stack % 16) return false;
  auto lowest = ~uint32_t{0};
  bool passive = false;
  for (const wasm::Data &d : m.data) {
    passive |= !d.active;
    if (auto at = d.active ? constant(m, d.offset) : std::nullopt) lowest = std::min(lowest, *at);
  }
  bool above = lowest >= 1024 && lowest < 1040, below = lowest >= *stack && lowest - *stack < 64;
  return m.data.empty() || passive || above || below;
}

// What the linker of clang, Rust and others leaves in every module.
Verdict by_linker(const Telltales &t, Platform platform) {
  if (t.imports_with("env", "napi_")) return {"C or C++ (Node-API)", "imports of Node-API"};
  if (linking_of(t.m) != Linking::alone) return {"LLVM (wasm-ld), a dynamic library", "a dylink section"};
  for (std::string_view name : {"__heap_base", "__data_end", "__wasm_call_ctors"})
    if (t.exports(name)) return {"LLVM (wasm-ld)", "the export " + std::string(name)};
  if (!has_stack_of_wasm_ld(t.m)) return {};
  bool wasi = platform == Platform::wasi_p1 || platform == Platform::wasi_unstable;
  if (wasi && has_musl(t.m))
    return {"C or C++ (clang, wasi-libc)",
            "wasi-libc's error messages in the data, and a stack as wasm-ld lays it out"};
  return {"LLVM (wasm-ld)", "a stack as wasm-ld lays it out"};
}

// From the producers section.
Verdict by_producers(const std::vector<Tool> &tools) {
  // "clang", "Debian clang", "Apple clang".
  auto at = std::ranges::find_if(tools, [](const Tool &t) {
    return t.field == "processed-by" && (t.name == "clang" || t.name.ends_with(" clang"));
  });
  const Tool *clang = at == tools.end() ? nullptr : &*at;
  if (const Tool *t = find(tools, "rustc"))
    return {with_version("Rust", t) + (clang ? with_version(", with clang", clang) : ""),
            "the producers section names rustc"};
  if (find(tools, "TinyGo"))
    return {with_version("TinyGo", find(tools, "TinyGo")), "the producers section names TinyGo"};
  if (const Tool *t = find(tools, "Go cmd/compile"))
    return {with_version("Go", t), "the producers section names Go cmd/compile"};
  if (find(tools, "Swift")) return {"Swift", "the producers section names Swift"};
  for (const Tool &t : tools)
    if (t.field == "language" &&
        (t.name == "Zig" || t.name == "Kotlin" || t.name == "Dart" || t.name == "JavaScript"))
      return {t.name, "the producers section names the language " + t.name};
  for (const Tool &t : tools) {
    if (t.field == "language" && t.name.starts_with("C_plus_plus"))
      return {with_version("C++, clang", clang), "the producers section names C++"};
  }
  if (clang) return {with_version("C, clang", clang), "the producers section names clang"};
  for (std::string_view name : {"wit-component", "wasm-tools", "wizer", "binaryen", "mayfly"})
    if (const Tool *t = find(tools, name))
      return {with_version(name, t), "the producers section names " + std::string(name)};
  return {};
}

} // namespace

std::vector<Tool> producers_in(wasm::Bytes file, uint32_t begin, uint32_t end) {
  std::vector<Tool> tools;
  wasm::Cursor c(file, begin, end, "producers");
  uint32_t fields = c.count("fields", 2);
  for (uint32_t i = 0; i < fields && c.ok(); i++) {
    std::string field(c.name());
    uint32_t n = c.count("values", 2);
    for (uint32_t k = 0; k < n && c.ok(); k++) {
      std::string name(c.name());
      std::string version(c.name());
      if (c.ok() && tools.size() < kToolsMax) tools.push_back({field, std::move(name), std::move(version)});
    }
  }
  return tools;
}

bool is_packed(const wasm::Module &m) {
  const wasm::Section *s = m.custom("producers");
  return s && find(producers_in(m.file, s->content, s->payload.end), "mayfly");
}

void find_toolchain(ModuleFacts &facts, const wasm::Module &m,
                    const std::vector<std::pair<uint32_t, std::string_view>> &names) {
  Toolchain &t = facts.toolchain;
  facts.has_names = !names.empty();
  facts.has_debug_info = std::ranges::any_of(
      m.sections, [](const wasm::Section &s) { return s.id == 0 && s.name.starts_with(".debug_"); });
  if (const wasm::Section *s = m.custom("producers"))
    t.producers = producers_in(m.file, s->content, s->payload.end);
  t.features = features_of(m);
  if (const Tool *packer = find(t.producers, "mayfly")) t.packed_by = packer->version;

  Telltales telltales{m, names};
  Verdict told = by_producers(t.producers), seen = by_telltales(telltales, facts.platform);
  if (told.name.empty() && seen.name.empty()) seen = by_data(m);
  if (told.name.empty() && seen.name.empty()) seen = by_linker(telltales, facts.platform);
  for (const Verdict *v : {&told, &seen})
    if (!v->evidence.empty()) t.evidence.push_back(v->evidence);
  // clang stands behind Emscripten and others: the telltale is the better name, clang the addition.
  bool behind = told.name.starts_with("C, clang") || told.name.starts_with("C++, clang");
  if (seen.name.empty())
    t.name = told.name;
  else if (told.name.empty() || told.name == seen.name)
    t.name = seen.name;
  else if (behind)
    t.name = seen.name + " (" + told.name + ")";
  else
    t.name = told.name;
  if (telltales.exports("pack_fs") || telltales.exports("wasi_vfs_pack_fs"))
    t.evidence.push_back("wasi-vfs is linked in");
  if (telltales.exports("asyncify_start_unwind")) t.evidence.push_back("Binaryen's Asyncify was applied");
  if (t.name.empty()) t.name = "unknown";
}

} // namespace mayfly::inspect
