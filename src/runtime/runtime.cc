#include "runtime/runtime.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/process.h"
#include "runtime/temp_dir.h"

namespace mayfly::runtime {
namespace {

// In the order of preference: what most machines have first. Indexed by Kind.
constexpr std::array<std::string_view, 8> known = {"node",   "deno",   "bun",   "wasmtime",
                                                   "wasmer", "wazero", "iwasm", "wasmedge"};

bool is_executable_file(const std::string &path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> on_path(std::string_view name) {
  const char *path = std::getenv("PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    size_t colon = rest.find(':');
    std::string_view dir = rest.substr(0, colon);
    rest = colon == rest.npos ? "" : rest.substr(colon + 1);
    std::string file = fmt::format("{}/{}", dir.empty() ? "." : dir, name);
    if (is_executable_file(file)) return file;
  }
  return std::nullopt;
}

// "node-26" and "wasmtime.exe" are still node and wasmtime. The longest name wins, should one ever be
// the beginning of another.
std::optional<Kind> kind_of(std::string_view base_name) {
  std::optional<size_t> best;
  for (size_t i = 0; i < known.size(); i++) {
    if (base_name.starts_with(known[i]) && (!best || known[i].size() > known[*best].size())) best = i;
  }
  return best ? std::optional(static_cast<Kind>(*best)) : std::nullopt;
}

bool is_javascript(Kind kind) { return kind == Kind::node || kind == Kind::deno || kind == Kind::bun; }

using Command = std::vector<std::string>;

void append(Command &to, const Command &more) { to.insert(to.end(), more.begin(), more.end()); }

// One option per variable, in the runtime's own spelling.
void append_env(Command &to, std::string_view option, const std::vector<std::string> &env) {
  for (const auto &variable : env) {
    if (option.ends_with('=')) {
      to.push_back(fmt::format("{}{}", option, variable));
    } else {
      append(to, {std::string(option), variable});
    }
  }
}

Command javascript_options(Kind kind, const Request &request) {
  // Devices are all or nothing to Deno.
  if (kind == Kind::deno && request.trace_file.starts_with("/dev/"))
    return {"run",       "--quiet",     "--no-prompt", "--no-config",
            "--no-lock", "--no-remote", "--no-npm",    "--allow-all"};
  // Deno: only the module's file and the host are read; nothing is asked for and nothing looked up.
  if (kind != Kind::deno) return {};
  Command command = {"run",       "--quiet",     "--no-prompt", "--no-config",
                     "--no-lock", "--no-remote", "--no-npm",    "--allow-read"};
  std::vector<std::string> written;
  if (!request.trace_file.empty()) written.push_back(request.trace_file);
  for (const auto &[guest, host] : request.dirs) written.push_back(host);
  // The list of paths knows no way to write a comma; the module can reach no other file either way.
  bool listed = std::ranges::none_of(written, [](const std::string &s) { return s.find(',') != s.npos; });
  if (!written.empty())
    command.push_back(listed ? fmt::format("--allow-write={}", fmt::join(written, ",")) : "--allow-write");
  return command;
}

void append_trace(Command &to, const Request &request) {
  if (request.trace_fd == 0) return;
  append(to, {"--trace-fd", std::to_string(request.trace_fd)});
  if (!request.trace_file.empty()) append(to, {"--trace-file", request.trace_file});
  if (request.trace_stack != 0) append(to, {"--trace-stack", std::to_string(request.trace_stack)});
}

// What the launcher knows beyond arguments and environment.
void append_launch_options(Command &to, const Request &request) {
  append(to, {"--shown", request.shown.empty() ? request.path : request.shown});
  for (const auto &[guest, host] : request.dirs) append(to, {"--dir", fmt::format("{}={}", guest, host)});
  if (!request.invoke.empty()) append(to, {"--invoke", request.invoke + ":" + request.invoke_types});
  append_trace(to, request);
}

// How a native runtime is told about the environment.
struct Dialect {
  Command before;
  std::string_view env;
  std::string_view dir;    // how a directory is given: {0} its name for the module, {1} the path here
  std::string_view invoke; // the option that names an export; empty: there is none
  Command after_file;      // between the file and the program's arguments
};

Dialect dialect(Kind kind) {
  switch (kind) {
  case Kind::wasmtime:
    return {{"run"}, "--env", "--dir={1}::{0}", "--invoke", {}};
  case Kind::wasmer:
    return {{"run"}, "--env", "--mapdir={0}:{1}", "--invoke", {"--"}};
  case Kind::wazero:
    return {{"run"}, "-env=", "-mount={1}:{0}", "", {}};
  case Kind::iwasm:
    return {{}, "--env=", "--map-dir={0}::{1}", "-f", {}};
  default:
    return {{"--enable-multi-memory"}, "--env", "--dir={0}:{1}", "", {}}; // wasmedge
  }
}

} // namespace

std::span<const std::string_view> names() { return known; }

bool has_trace_descriptor(Kind kind) { return is_javascript(kind); }

bool has_stack(Kind kind) { return kind == Kind::node || kind == Kind::deno; }

bool has_our_host(Kind kind) { return is_javascript(kind); }

bool can_invoke(Kind kind) {
  return is_javascript(kind) || kind == Kind::wasmedge || !dialect(kind).invoke.empty();
}

std::expected<Runtime, std::string> find(std::string_view wanted) {
  if (wanted.empty()) {
    for (size_t i = 0; i < known.size(); i++) {
      if (auto path = on_path(known[i])) return Runtime{static_cast<Kind>(i), *path};
    }
    return std::unexpected(
        fmt::format("no WebAssembly runtime on PATH (looked for {}): install one, or name it "
                    "with --runtime or MAYFLY_RUNTIME",
                    fmt::join(known, ", ")));
  }
  auto kind = kind_of(std::filesystem::path(wanted).filename().string());
  if (!kind) {
    return std::unexpected(
        fmt::format("{}: not a runtime mayfly knows how to start; the file's name has to begin "
                    "with one of {}",
                    wanted, fmt::join(known, ", ")));
  }
  if (wanted.find('/') != wanted.npos) {
    if (is_executable_file(std::string(wanted))) return Runtime{*kind, std::string(wanted)};
    return std::unexpected(fmt::format("{}: no such executable file", wanted));
  }
  if (auto path = on_path(wanted)) return Runtime{*kind, *path};
  return std::unexpected(fmt::format("{}: not found on PATH", wanted));
}

std::vector<std::string> command_line(const Runtime &runtime, const Request &request, std::string_view file,
                                      std::string_view host_dir) {
  Command command = {runtime.path};
  if (is_javascript(runtime.kind)) {
    append(command, javascript_options(runtime.kind, request));
    command.push_back(fmt::format("{}/launch.mjs", host_dir));
    append_launch_options(command, request);
    append_env(command, "--env", request.env);
    command.push_back(std::string(file));
  } else {
    Dialect words = dialect(runtime.kind);
    append(command, words.before);
    append_env(command, words.env, request.env);
    for (const auto &[guest, host] : request.dirs)
      command.push_back(fmt::format(fmt::runtime(words.dir), guest, host));
    bool reactor = !request.invoke.empty() && runtime.kind == Kind::wasmedge;
    if (reactor) command.push_back("--reactor");
    if (!request.invoke.empty() && !reactor) append(command, {std::string(words.invoke), request.invoke});
    command.push_back(std::string(file));
    if (reactor) command.push_back(request.invoke);
    append(command, words.after_file);
  }
  append(command, request.args);
  return command;
}

std::expected<int, std::string> run(const Runtime &runtime, const Request &request) {
  auto dir = TempDir::create();
  if (!dir) return std::unexpected(dir.error());
  std::string file = request.path;
  if (!request.bytes.empty()) {
    // In a directory of its own: the program's name is the file's, and must not clash with ours.
    std::string name = std::filesystem::path(request.path).filename().string();
    std::string module_dir = dir->path() + "/module";
    std::error_code error;
    std::filesystem::create_directory(module_dir, error);
    auto bytes = std::span(reinterpret_cast<const char *>(request.bytes.data()), request.bytes.size());
    auto written = dir->write("module/" + (name.empty() ? "a.wasm" : name), bytes);
    if (!written) return std::unexpected(written.error());
    file = *written;
  }
  if (!std::filesystem::path(file).has_parent_path()) file = "./" + file; // a name like "-v" is not an option
  if (is_javascript(runtime.kind)) {
    for (auto [name, text] :
         {std::pair{"host.mjs", host_source()}, std::pair{"launch.mjs", launch_source()}}) {
      auto written = dir->write(name, text);
      if (!written) return std::unexpected(written.error());
    }
  }
  return run_foreground(command_line(runtime, request, file, dir->path()));
}

} // namespace mayfly::runtime
