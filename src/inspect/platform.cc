#include "inspect/platform.h"

#include <algorithm>
#include <cctype>

#include "abi/table.h"

namespace mayfly::inspect {
namespace {

StrView view(std::string_view s) { return {s.data(), static_cast<u32>(std::min<size_t>(s.size(), 4096))}; }
std::string str(StrView s) { return std::string(s.ptr, s.len); }

bool is_wasi(std::string_view module) {
  for (u32 m = 0; m < abi::kModules; m++)
    if (str(abi::module_name(static_cast<abi::Module>(m))) == module) return abi::is_wasi(static_cast<abi::Module>(m));
  return false;
}

bool is_interface(std::string_view module) {
  size_t colon = module.find(':');
  return colon != module.npos && colon > 0 && module.find('/', colon) != module.npos;
}

// Emscripten's JavaScript has no other way to import than this when it is minified.
bool looks_minified(const wasm::Module &m) {
  size_t functions = 0;
  for (const wasm::Import &i : m.imports) {
    if (i.module != "a" || i.field.size() > 3) return false;
    functions += i.kind == wasm::Kind::func;
  }
  return functions >= 2 ||
         (functions == 1 && m.exports.size() > 2 &&
          std::ranges::all_of(m.exports, [](const wasm::Export &e) { return e.name.size() <= 2; }));
}

// This is the only import of Emscripten's that a module made with -sSTANDALONE_WASM has. Such a module is
// for WASI.
bool is_only_told_of_growth(std::string_view field) { return field == "emscripten_notify_memory_growth"; }

bool is_emscripten_field(std::string_view field) {
  if (is_only_told_of_growth(field)) return false;
  return field.starts_with("__syscall") || field.starts_with("__sys_") || field.starts_with("emscripten_") ||
         field.starts_with("_emscripten_") || field.starts_with("__emscripten_") ||
         field.starts_with("invoke_") || field.starts_with("_embind_") || field.starts_with("_emval_") ||
         field == "_abort_js" || field == "setTempRet0";
}

bool is_node_api(std::string_view module, std::string_view field) {
  return (module == "env" || module == "napi") &&
         (field.starts_with("napi_") || field.starts_with("node_api_"));
}

} // namespace

Platform platform_of(const wasm::Module &m) {
  bool p1 = false, unstable = false, emscripten = false, threads = false, bindgen = false, canonical = false;
  for (const wasm::Import &i : m.imports) {
    if (i.module == "gojs" ||
        (i.module == "go" && (i.field.starts_with("syscall/js") || i.field.starts_with("runtime."))))
      return Platform::go_js;
    if (i.module.starts_with("wasix_")) return Platform::wasix;
    threads |= i.module == "wasi" && i.field == "thread-spawn";
    emscripten |= i.module == "env" && i.kind == wasm::Kind::func && is_emscripten_field(i.field);
    bindgen |= i.module.starts_with("__wbindgen") || i.module == "wbg" || i.field.starts_with("__wbindgen") ||
               i.field.starts_with("__wbg_");
    canonical |= is_interface(i.module) || i.module == "$root" || i.module.starts_with("[export]");
    p1 |= i.module == "wasi_snapshot_preview1";
    unstable |= i.module == "wasi_unstable";
  }
  if (threads) return Platform::wasi_threads;
  if (emscripten) return Platform::emscripten;
  if (canonical) return Platform::component_core;
  if (bindgen) return Platform::wasm_bindgen;
  if (p1) return Platform::wasi_p1;
  if (unstable) return Platform::wasi_unstable;
  for (const wasm::Import &i : m.imports)
    if (i.module == "env" && is_only_told_of_growth(i.field)) return Platform::emscripten;
  return looks_minified(m) ? Platform::emscripten_minified : Platform::bare;
}

Linking linking_of(const wasm::Module &m) {
  if (!m.custom("dylink.0") && !m.custom("dylink")) return Linking::alone;
  // Libraries import malloc and the rest of the C library; the main program brings them, and is told by its
  // loader where the heap begins or asks it to grow the memory.
  bool main = std::ranges::any_of(m.imports, [](const wasm::Import &i) {
    return (i.module == "GOT.mem" && i.field == "__heap_base") || i.field == "emscripten_resize_heap" ||
           i.field == "emscripten_notify_memory_growth";
  });
  return main ? Linking::main : Linking::library;
}

namespace {

const wasm::Export *function_export(const wasm::Module &m, std::string_view name) {
  auto at = std::ranges::find_if(
      m.exports, [&](const wasm::Export &e) { return e.kind == wasm::Kind::func && e.name == name; });
  return at == m.exports.end() ? nullptr : &*at;
}

void find_shape(ModuleFacts &facts, const wasm::Module &m) {
  struct Known {
    const char *name;
    Shape shape;
  };
  static constexpr Known known[] = {
      {"_start", Shape::command}, {"_initialize", Shape::reactor}, {"__original_main", Shape::command},
      {"main", Shape::command},   {"_main", Shape::command},       {"__main_argc_argv", Shape::command}};
  for (const Known &k : known) {
    if (!function_export(m, k.name)) continue;
    facts.shape = k.shape;
    facts.entry = k.name;
    return;
  }
  if (facts.platform == Platform::go_js && function_export(m, "run")) {
    facts.shape = Shape::command;
    facts.entry = "run";
  }
  if (auto e = std::ranges::find_if(
          m.exports, [](const wasm::Export &e) { return e.name.starts_with("wasi:cli/run@"); });
      e != m.exports.end()) {
    facts.shape = Shape::command;
    facts.entry = e->name;
  }
}

// Clauses for interfaces of WASI 0.2 and 0.3, by what stands between "wasi:" and "@".
struct InterfaceMeaning {
  std::string_view prefix, group, meaning;
};
constexpr InterfaceMeaning kInterfaces[] = {
    {"filesystem/types", "file", "files and directories"},
    {"filesystem/preopens", "file", "directories that the host gives"},
    {"filesystem", "file", "files and directories"},
    {"io/streams", "desc", "byte streams"},
    {"io/poll", "poll", "wait for events"},
    {"io/error", "desc", "errors of streams"},
    {"cli/stdin", "desc", "standard input"},
    {"cli/stdout", "desc", "standard output"},
    {"cli/stderr", "desc", "standard error"},
    {"cli/terminal", "desc", "whether a stream is a terminal"},
    {"cli/environment", "env", "arguments and environment"},
    {"cli/exit", "process", "end the program"},
    {"cli/run", "process", "start the program"},
    {"cli", "process", "a command's world"},
    {"clocks", "clock", "clocks"},
    {"random", "random", "random bytes"},
    {"sockets", "socket", "network"},
    {"http/outgoing-handler", "socket", "send HTTP requests"},
    {"http", "socket", "HTTP"},
    {"config", "env", "configuration"},
    {"keyvalue", "", "key-value store"},
    {"logging", "", "logging"},
    {"nn", "", "machine learning"},
};

void explain_interface(ImportFacts &i) {
  i.origin = "component";
  std::string_view module = i.module;
  if (!module.starts_with("wasi:")) {
    i.meaning = module.starts_with("[export]") ? "the component model's resources" : "";
    return;
  }
  i.origin = module.find("@0.3") != module.npos ? "wasi_0_3" : "wasi_0_2";
  module.remove_prefix(5);
  for (const InterfaceMeaning &k : kInterfaces) {
    if (!module.starts_with(k.prefix)) continue;
    i.group = k.group;
    i.meaning = k.meaning;
    return;
  }
}

void explain_wasi(ImportFacts &i, std::string_view module, std::string_view field) {
  const abi::Function *f = abi::find(view(module), view(field));
  if (!f) return;
  i.group = str(abi::group_name(f->group));
  i.meaning = str(f->meaning);
}

void explain_emscripten(ImportFacts &i, std::string_view field) {
  i.origin = "emscripten";
  if (const abi::Function *f = abi::find(abi::Module::env, view(field))) {
    i.group = str(abi::group_name(f->group));
    i.meaning = str(f->meaning);
    return;
  }
  // Recovered names have lost their module: WASI's functions are known by name.
  if (abi::find(abi::Module::wasi_snapshot_preview1, view(field))) {
    i.origin = "wasi_snapshot_preview1";
    return explain_wasi(i, "wasi_snapshot_preview1", field);
  }
  if (const abi::RuntimeFunction *f = abi::find_runtime(view(field))) i.meaning = str(f->meaning);
  if (field == "emscripten_resize_heap") i.group = "memory";
}

void explain_go(ImportFacts &i) {
  i.origin = "go_js";
  std::string_view f = i.field;
  if (f.starts_with("syscall/js."))
    i.meaning = "use a JavaScript object (files go through these)";
  else if (f == "runtime.wasmWrite")
    i.meaning = "write to a stream";
  else if (f == "runtime.wasmExit")
    i.meaning = "end the program";
  else if (f.starts_with("runtime.nanotime") || f == "runtime.walltime")
    i.meaning = "time";
  else if (f.find("andom") != f.npos)
    i.meaning = "random bytes";
  else if (f == "runtime.resetMemoryDataView")
    i.meaning = "tell JavaScript that the memory has grown";
  else if (f.ends_with("TimeoutEvent"))
    i.meaning = "a timer";
}

} // namespace

const char *platform_id(Platform p) {
  static constexpr const char *ids[] = {
      "bare",  "wasi_p1",      "wasi_unstable", "wasi_threads", "wasix", "emscripten", "emscripten_minified",
      "go_js", "wasm_bindgen", "component_core"};
  return ids[static_cast<size_t>(p)];
}
const char *platform_name(Platform p) {
  static constexpr const char *names[] = {"none: it asks nothing of a known host",
                                          "WASI preview 1",
                                          "WASI preview 0 (wasi_unstable)",
                                          "WASI preview 1 with threads",
                                          "WASIX",
                                          "Emscripten",
                                          "Emscripten, minified",
                                          "Go for JavaScript (GOOS=js)",
                                          "JavaScript (wasm-bindgen)",
                                          "the component model"};
  return names[static_cast<size_t>(p)];
}
const char *shape_id(Shape s) {
  return s == Shape::command ? "command" : s == Shape::reactor ? "reactor" : "library";
}

std::string family_name(std::string_view origin) {
  static constexpr std::pair<std::string_view, const char *> names[] = {
      {"wasi_snapshot_preview1", "WASI preview 1"},
      {"wasi_unstable", "WASI preview 0"},
      {"wasi_threads", "WASI threads"},
      {"wasix", "WASIX"},
      {"emscripten", "Emscripten"},
      {"minified", "minified names"},
      {"go_js", "Go for JavaScript"},
      {"wasm_bindgen", "wasm-bindgen"},
      {"wasi_0_2", "WASI 0.2"},
      {"wasi_0_3", "WASI 0.3"},
      {"component", "component model"},
      {"node_api", "Node-API"},
      {"assemblyscript", "AssemblyScript"},
      {"other", "the host's own"}};
  for (const auto &[id, name] : names)
    if (id == origin) return name;
  return std::string(origin);
}

std::string interface_meaning(const std::string &name) {
  ImportFacts import;
  import.module = name;
  explain_interface(import);
  return import.meaning;
}

void explain(ImportFacts &i, Platform platform) {
  i.origin = "other";
  if (is_wasi(i.module)) {
    i.origin = i.module;
    explain_wasi(i, i.module, i.field);
    return;
  }
  if (i.module.starts_with("wasix_")) {
    i.origin = "wasix";
    explain_wasi(i, "wasi_snapshot_preview1", i.field);
    if (i.meaning.empty()) i.meaning = "an addition of WASIX";
    return;
  }
  if (i.module == "wasi" && i.field == "thread-spawn") {
    i.origin = "wasi_threads";
    i.meaning = "start a thread";
    return;
  }
  if (platform == Platform::go_js) return explain_go(i);
  if (is_interface(i.module) || i.module == "$root" || i.module.starts_with("[export]"))
    return explain_interface(i);
  if (platform == Platform::wasm_bindgen && (i.module != "env")) {
    i.origin = "wasm_bindgen";
    i.meaning = i.field.starts_with("__wbindgen_") ? "wasm-bindgen's own" : "a function of JavaScript";
    return;
  }
  bool minified = platform == Platform::emscripten_minified && i.module == "a";
  if (i.kind != "func") {
    bool known = minified || platform == Platform::emscripten;
    if (known) i.origin = minified && i.name.empty() ? "minified" : "emscripten";
    i.meaning = i.kind == "memory"  ? "the memory, made by the host"
                : i.kind == "table" ? "the table of functions, made by the host"
                                    : "";
    return;
  }
  if (minified && i.name.empty()) {
    i.origin = "minified";
    i.group = i.meaning = "";
    return;
  }
  if (platform == Platform::emscripten || minified) {
    bool from_js = i.module == "env" || minified;
    if (from_js) return explain_emscripten(i, minified ? i.name : i.field);
  }
  if (is_node_api(i.module, i.field)) {
    i.origin = "node_api";
    i.meaning = "values and calls of JavaScript, as add-ons of Node see them";
    return;
  }
  if (i.module == "env" && i.field == "abort" && i.type == "(i32 i32 i32 i32)") {
    i.origin = "assemblyscript";
    i.meaning = "end the program with a message";
  }
}

void find_emscripten_generation(ModuleFacts &facts) {
  auto has = [&](std::string_view field) {
    return std::ranges::any_of(facts.imports,
                               [&](const ImportFacts &i) { return i.field == field || i.name == field; });
  };
  auto has_prefix = [&](std::string_view prefix) {
    return std::ranges::any_of(facts.imports, [&](const ImportFacts &i) {
      return i.field.starts_with(prefix) || i.name.starts_with(prefix);
    });
  };
  auto numbered = [](const std::string &f) {
    return f.starts_with("__syscall") && f.size() > 9 && std::isdigit(static_cast<unsigned char>(f[9]));
  };
  std::string text;
  if (has("__syscall_epoll_create1") || has("__syscall_epoll_ctl"))
    text = "6.0.8 or newer";
  else if (has("__syscall_pipe2"))
    text = "a version after 5.0";
  else if (has("__syscall_openat") || has("__syscall_newfstatat") || has("__syscall_mkdirat") ||
           has("__syscall_unlinkat")) {
    text = "3.1.10 or newer";
    if (has("__syscall_rename"))
      text = "3.1.10 to 3.1.30";
    else if (has("__syscall_symlink"))
      text = "3.1.10 to 3.1.74";
    else if (has("__syscall_fchmodat2"))
      text = "3.1.41 or newer";
  } else if (has("__syscall_open") || has("__syscall_fstatat64") || has("__syscall_unlink") ||
             has("__syscall_mkdir"))
    text = "2.0.32 to 3.1.9";
  else if (has_prefix("__sys_"))
    text = "1.39.14 to 2.0.31";
  else if (std::ranges::any_of(facts.imports,
                               [&](const ImportFacts &i) { return numbered(i.field) || numbered(i.name); }))
    text = "before 1.39.14";
  else if (has_prefix("_wasmfs_"))
    text = "with WasmFS: its filesystem is inside already";
  facts.platform_detail = text.empty() ? "" : has_prefix("_wasmfs_") ? text : "system calls of " + text;
  for (const ImportFacts &i : facts.imports) {
    if (i.field != "fd_seek" && i.name != "fd_seek") continue;
    if (i.type == "(i32 i32 i32 i32 i32) -> i32")
      facts.platform_detail +=
          (text.empty() ? "" : "; ") + std::string("64-bit numbers in two halves (no WASM_BIGINT)");
  }
  bool named = std::ranges::any_of(facts.imports, [](const ImportFacts &i) { return !i.name.empty(); });
  if (facts.platform == Platform::emscripten_minified && text.empty() && !named)
    facts.platform_detail = "names were minified; --glue APP.js recovers them";
}

void find_platform(ModuleFacts &facts, const wasm::Module &m) {
  facts.platform = platform_of(m);
  for (ImportFacts &i : facts.imports) {
    explain(i, facts.platform);
    facts.threads.spawns |= i.field == "thread-spawn" || i.field == "thread_spawn" ||
                            i.field == "pthread_create" || i.field == "__pthread_create_js";
  }
  find_shape(facts, m);
  if (facts.platform == Platform::emscripten || facts.platform == Platform::emscripten_minified)
    find_emscripten_generation(facts);
  if (facts.platform == Platform::component_core)
    facts.platform_detail = "a core module as it lies inside a component";
  Linking linking = linking_of(m);
  if (linking == Linking::alone) return;
  facts.platform_detail +=
      (facts.platform_detail.empty() ? "" : "; ") +
      std::string(linking == Linking::main ? "the main program of dynamic linking, which loads libraries"
                                           : "a dynamic library, which a main program loads");
}

} // namespace mayfly::inspect
