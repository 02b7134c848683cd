#include "cli/program.h"

#include "cli/runnable.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>

extern char **environ;

namespace mayfly::cli {
namespace {

bool is_wasi(std::string_view module) {
  return module == "wasi_snapshot_preview1" || module == "wasi_unstable";
}

bool imports(const wasm::Module &module, std::string_view field) {
  return std::ranges::any_of(module.imports,
                             [&](const wasm::Import &i) { return is_wasi(i.module) && i.field == field; });
}

const wasm::Export *exported(const wasm::Module &module, std::string_view name) {
  auto found = std::ranges::find_if(
      module.exports, [&](const wasm::Export &e) { return e.kind == wasm::Kind::func && e.name == name; });
  return found == module.exports.end() ? nullptr : &*found;
}

Failure cannot_run(std::string where, std::string message, std::string hint = "") {
  return {std::move(where), std::move(message), std::move(hint), kExitCannotRun};
}

// A host that is not ours makes no memory for the module.
std::expected<void, Failure> check_imports(const std::string &app, const wasm::Module &module,
                                           bool our_host) {
  if (auto fine = check_runnable(app, module); !fine)
    return std::unexpected(cannot_run(fine.error().where, fine.error().message, fine.error().hint));
  for (const wasm::Import &i : module.imports)
    if (i.kind == wasm::Kind::memory && !our_host)
      return std::unexpected(cannot_run(
          app,
          fmt::format("imports its memory ({}.{}), which this runtime does not offer", i.module, i.field),
          "--runtime node, deno or bun"));
  return {};
}

template <class T> bool is_number(const std::string &text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

// strtod(3) and not from_chars, which clang's library does not have for these.
bool is_real(const std::string &text) {
  char *end = nullptr;
  if (text.empty() || std::isspace(static_cast<unsigned char>(text[0]))) return false;
  (void)std::strtod(text.c_str(), &end);
  return end == text.c_str() + text.size();
}

// As Wasmtime reads them: whole numbers with or without a sign, floating-point numbers.
bool is_value(const std::string &text, char type) {
  switch (type) {
  case 'i':
    return is_number<int32_t>(text) || is_number<uint32_t>(text);
  case 'I':
    return is_number<int64_t>(text) || is_number<uint64_t>(text);
  default:
    return is_real(text);
  }
}

char letter_of(wasm::ValType type) {
  return type == wasm::i32   ? 'i'
         : type == wasm::i64 ? 'I'
         : type == wasm::f32 ? 'f'
         : type == wasm::f64 ? 'F'
                             : 0;
}

std::string word_of(char letter) {
  return letter == 'i' ? "i32" : letter == 'I' ? "i64" : letter == 'f' ? "f32" : "f64";
}

} // namespace

void ProgramArguments::add_to(CLI::App &command) {
  command_ = &command;
  command.add_option("ARGS", words_, "the program's arguments; put -- before those that start with -")
      ->type_name("");
  command
      .add_option("--runtime", runtime_,
                  "node, deno, bun, wasmtime, wasmer, wazero, iwasm, wasmedge, or a path")
      ->type_name("R")
      ->envname("MAYFLY_RUNTIME");
  command.add_flag("--env-inherit", inherit_,
                   "the program gets the environment of this command; --env adds to it");
}

void ProgramArguments::add_invoke_to(CLI::App &command) {
  command
      .add_option("--invoke", invoke_,
                  "call this export with ARGS as its arguments, and print what it returns")
      ->type_name("EXPORT");
}

bool ProgramArguments::names_runtime() const {
  return std::ranges::any_of(command_->parse_order(),
                             [](const CLI::Option *o) { return o->get_name() == "--runtime"; });
}

std::expected<runtime::Runtime, Failure> ProgramArguments::runtime() const {
  auto found = runtime::find(runtime_);
  if (!found) return std::unexpected(Failure{"--runtime", found.error(), ""});
  return *found;
}

std::expected<void, Failure> ProgramArguments::take(PackSettings &settings,
                                                    const std::vector<std::string> &after_dashes) {
  PackOptions &pack = settings.pack;
  args_ = pack.args.value_or(std::vector<std::string>{});
  args_.insert(args_.end(), words_.begin(), words_.end());
  args_.insert(args_.end(), after_dashes.begin(), after_dashes.end());
  explicit_env_ = pack.env && !pack.env->empty();
  if (inherit_)
    for (char **variable = environ; *variable; variable++)
      if (const char *equals = std::strchr(*variable, '='); equals && equals != *variable)
        env_.push_back(*variable);
  if (pack.env)
    for (const std::string &variable : *pack.env) {
      std::string key = variable.substr(0, variable.find('=') + 1);
      std::erase_if(env_, [&](const std::string &old) { return old.starts_with(key); });
      env_.push_back(variable);
    }
  if (pack.hermetic && invoke_.empty()) {
    pack.args = std::move(args_);
    pack.env = std::move(env_);
    args_.clear();
    env_.clear();
    explicit_env_ = false;
  } else {
    pack.args.reset();
    pack.env.reset();
    if (pack.hermetic) pack.args.emplace(), pack.env.emplace();
  }
  dirs_ = settings.host_paths;
  for (const auto &[guest, host] : dirs_) {
    std::error_code error;
    if (!std::filesystem::is_directory(host, error))
      return std::unexpected(
          Failure{"--host-dir " + guest,
                  fmt::format("{} is no directory of this machine", host.empty() ? "\"\"" : host),
                  "--host-dir GUEST=HOST"});
  }
  return {};
}

std::expected<void, Failure> ProgramArguments::check(const std::string &app, const wasm::Module &module,
                                                     bool packed, const runtime::Runtime &runtime) {
  bool our_host = runtime::has_our_host(runtime.kind);
  if (!invoke_.empty()) {
    if (auto fine = check_invoke(app, module, runtime); !fine) return fine;
  } else if (!exported(module, "_start") && !exported(module, "_initialize")) {
    return std::unexpected(cannot_run(app, "exports neither _start nor _initialize: there is nothing to run",
                                      "--invoke EXPORT calls one of its functions"));
  }
  if (auto fine = check_imports(app, module, our_host); !fine) return fine;
  const char *baked =
      packed ? "they were baked in when it was packed, or it never asks for them" : "it never asks for them";
  if (invoke_.empty() && !args_.empty() && !imports(module, "args_get"))
    return std::unexpected(
        usage(args_[0], fmt::format("{} takes no arguments: {}", app, baked), "leave it out"));
  if (explicit_env_ && !imports(module, "environ_get"))
    return std::unexpected(
        usage("--env", fmt::format("{} takes no environment variables: {}", app, baked), "leave it out"));
  if (!dirs_.empty() && !imports(module, "fd_prestat_get"))
    return std::unexpected(usage("--host-dir", fmt::format("{} asks its host for no directories", app),
                                 packed ? "it has to be packed with --host-dir " + dirs_[0].first : ""));
  if (!our_host && exported(module, "mayfly_read"))
    return std::unexpected(usage(
        "--runtime",
        fmt::format("{} cannot show what the module writes: it goes to /.mayfly/stdout inside", runtime.path),
        "--runtime node, deno or bun"));
  return {};
}

std::expected<void, Failure> ProgramArguments::check_invoke(const std::string &app,
                                                            const wasm::Module &module,
                                                            const runtime::Runtime &runtime) {
  std::string where = "--invoke " + invoke_;
  if (!runtime::can_invoke(runtime.kind))
    return std::unexpected(usage("--invoke", fmt::format("{} can only run whole programs", runtime.path),
                                 "--runtime node, deno, bun, wasmtime, wasmer, iwasm or wasmedge"));
  const wasm::Export *entry = exported(module, invoke_);
  if (!entry) return std::unexpected(usage(where, fmt::format("{} exports no such function", app)));
  const wasm::Type &type = module.types[module.functions[entry->index]];
  invoke_types_.clear();
  for (wasm::ValType t : module.params(type)) {
    if (!letter_of(t))
      return std::unexpected(
          usage(where, "has a parameter that is no number, so nothing can be given for it"));
    invoke_types_ += letter_of(t);
  }
  if (args_.size() != invoke_types_.size())
    return std::unexpected(
        usage(where, fmt::format("takes {} argument{}, and {} {} given", invoke_types_.size(),
                                 invoke_types_.size() == 1 ? "" : "s", args_.size(),
                                 args_.size() == 1 ? "is" : "are")));
  for (size_t i = 0; i < args_.size(); i++)
    if (!is_value(args_[i], invoke_types_[i]))
      return std::unexpected(
          usage(where, fmt::format("\"{}\" is not an {}", args_[i], word_of(invoke_types_[i]))));
  return {};
}

runtime::Request ProgramArguments::request(const std::string &app, std::span<const uint8_t> bytes) const {
  runtime::Request request;
  request.path = app == "-" ? "app.wasm" : app;
  request.shown = request.path;
  request.bytes = bytes;
  request.args = args_;
  request.env = env_;
  request.dirs = dirs_;
  request.invoke = invoke_;
  request.invoke_types = invoke_types_;
  return request;
}

} // namespace mayfly::cli
