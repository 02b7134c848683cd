#include "trace/link_native.h"

#include <fmt/format.h>

#include <algorithm>

#include "abi/table.h"
#include "inspect/content.h"
#include "inspect/host.h"
#include "inspect/inspect.h"
#include "inspect/toolchain.h"
#include "link/calls.h"
#include "trace/add_memory_native.h"
#include "trace/encode_native.h"
#include "wasm/failure.h"
#include "wasm/module.h"

// Embedded by cmake/layers.cmake.
extern "C" const uint8_t mayfly_layer_trace_begin[], mayfly_layer_trace_end[];

namespace mayfly::cli {
namespace {

constexpr std::string_view kPreview1 = "wasi_snapshot_preview1", kUnstable = "wasi_unstable";
constexpr std::string_view kFinish = "mayfly.trace.finish", kTrapped = "mayfly_trace_trapped";
// The trace may go to a file in the module's own filesystem. That file grows while the tracer is on the
// stack, when the memory cannot grow. So room for it is reserved beforehand.
constexpr uint32_t kIntoGapPages = 256;

std::string_view view(StrView s) { return {s.ptr, s.len}; }

// A function that can be traced.
struct Candidate {
  trace::Function function;
  TraceTarget target;
  uint32_t func = 0;
  bool sure = true;    // false: its name was told by what the glue's function does
  bool inside = false; // a packed module answers it itself
};

class Tracer {
public:
  Tracer(const wasm::Module &module, const TraceRequest &request)
      : m_(module), request_(request), calls_(link::read_calls(module)), packed_(inspect::is_packed(module)) {}

  std::expected<Traced, Failure> run() {
    for (auto phase : {&Tracer::check_module, &Tracer::find_candidates, &Tracer::choose, &Tracer::bind_file,
                       &Tracer::link})
      if (auto done = (this->*phase)(); !done) return std::unexpected(done.error());
    return std::move(out_);
  }

private:
  using Status = std::expected<void, Failure>;

  Failure failure(std::string message, std::string hint = "") const {
    return {request_.app, std::move(message), std::move(hint)};
  }

  Status check_module() {
    bool traced = std::ranges::any_of(m_.exports, [](const wasm::Export &e) { return e.name == kFinish; });
    if (traced)
      return std::unexpected(failure("is traced already", "trace the module that it was made from"));
    if (packed_ && calls_.state == link::CallsState::stale)
      out_.notes.push_back(
          "another tool (wasm-opt?) has renumbered the functions of this packed module: only "
          "what reaches the host can be traced");
    if (packed_ && calls_.state == link::CallsState::absent)
      out_.notes.push_back("this packed module does not say which of its functions answer which calls: only "
                           "what reaches the host can be traced");
    return {};
  }

  // --- what can be traced

  Status find_candidates() {
    std::vector<inspect::ImportFacts> names;
    if (!request_.glue.empty()) {
      auto facts = inspect::inspect(m_.file);
      if (!facts) return std::unexpected(failure_of(request_.app, facts.error()));
      if (!facts->module || !inspect::apply_glue(*facts->module, request_.glue_text))
        return std::unexpected(
            Failure{request_.glue, fmt::format("has no table of imports that fits {}", request_.app),
                    "name the JavaScript file that Emscripten wrote together with the module"});
      names = std::move(facts->module->imports);
    }
    uint32_t func = 0;
    for (size_t i = 0; i < m_.imports.size(); i++) {
      const wasm::Import &import = m_.imports[i];
      if (import.kind != wasm::Kind::func) continue;
      Candidate c = candidate(import.module, import.field, func++);
      if (!names.empty() && !names[i].name.empty()) recover(c, names[i]);
      c.function.reaches_host = packed_;
      c.target.host = true;
      add(std::move(c));
    }
    for (const link::Call &call : outermost_calls()) {
      Candidate c = candidate(call.module, call.field, call.func);
      c.inside = true;
      add(std::move(c));
    }
    return {};
  }

  Candidate candidate(std::string_view module, std::string_view field, uint32_t func) const {
    Candidate c;
    c.func = func;
    c.function.module = c.target.module = module;
    c.function.field = c.target.field = field;
    const wasm::Type &type = m_.types[m_.functions[func]];
    for (wasm::ValType t : m_.params(type)) c.function.params.push_back(t.code);
    for (wasm::ValType t : m_.results(type)) c.function.results.push_back(t.code);
    return c;
  }

  static void recover(Candidate &c, const inspect::ImportFacts &facts) {
    StrView name(facts.name.data(), static_cast<u32>(facts.name.size()));
    bool wasi = abi::find(abi::Module::wasi_snapshot_preview1, name) != nullptr;
    c.function.known_module = c.target.module = wasi ? kPreview1 : "env";
    c.function.known_field = c.target.field = facts.name;
    c.sure = !facts.likely;
  }

  void add(Candidate c) {
    const TraceTarget &t = c.target;
    StrView field(t.field.data(), static_cast<u32>(t.field.size()));
    const abi::Function *f = abi::find(StrView(t.module.data(), static_cast<u32>(t.module.size())), field);
    if (f) c.target.group = view(abi::group_name(f->group));
    // One function may answer several names; it has one hook.
    if (std::ranges::none_of(candidates_, [&](const Candidate &o) { return o.func == c.func; }))
      candidates_.push_back(std::move(c));
  }

  // What the application calls: of each call that the module answers, the entry nearest to it.
  std::vector<link::Call> outermost_calls() const {
    std::vector<link::Call> out;
    for (const link::Call &call : calls_.calls) {
      auto same = std::ranges::find_if(
          out, [&](const link::Call &o) { return o.module == call.module && o.field == call.field; });
      if (same == out.end())
        out.push_back(call);
      else if (call.level < same->level)
        *same = call;
    }
    return out;
  }

  // --- what is traced

  Status choose() {
    std::vector<TraceTarget> targets;
    for (const Candidate &c : candidates_) targets.push_back(c.target);
    if (auto fine = request_.filter.check(targets); !fine) return fine;
    for (Candidate &c : candidates_) {
      bool wanted = request_.filter.traces(c.target);
      if (auto injected = request_.filter.fault_of(c.target); injected && is_first_to_answer(c)) {
        bool possible = injected->fault.error == 0 || trace::can_fail(c.function);
        if (!possible && injected->by_name)
          return std::unexpected(usage("-e fault=" + c.target.field, "this call has no error to answer"));
        if (possible) {
          c.function.fault = injected->fault;
          wanted = true;
        }
      }
      c.function.traced = wanted;
    }
    for (const Candidate &c : candidates_)
      if (is_hooked(c)) {
        functions_.push_back(c.function);
        hooks_.push_back(c.func);
        out_.calls += c.function.traced;
      }
    return {};
  }

  // A fault is injected into the call that the application makes, and only there.
  bool is_first_to_answer(const Candidate &c) const {
    return c.inside || std::ranges::none_of(candidates_, [&](const Candidate &o) {
             return o.inside && o.target.module == c.target.module && o.target.field == c.target.field;
           });
  }

  static bool ends_program(const Candidate &c) { return c.target.field == "proc_exit"; }

  bool is_hooked(const Candidate &c) const {
    if (ends_program(c)) return c.func == exit_func();
    if (c.function.traced) return true;
    bool application_calls_it = c.inside || is_first_to_answer(c);
    return trace::follows(request_.options) && application_calls_it &&
           trace::follows_descriptors(c.target.module, c.target.field);
  }

  // The end of the program is seen by one hook, traced or not: the first that -e asks for, or the
  // application's.
  uint32_t exit_func() const {
    const Candidate *best = nullptr;
    for (const Candidate &c : candidates_) {
      if (!ends_program(c)) continue;
      bool better = !best || c.function.traced > best->function.traced ||
                    (c.function.traced == best->function.traced && c.inside && !best->inside);
      if (better) best = &c;
    }
    return best ? best->func : 0;
  }

  // --- where the lines go

  // The module's own file: the deepest function that answers, so that no other layer changes the lines.
  Status bind_file() {
    if (!request_.options.into_path) return {};
    auto names = preopens();
    auto root = std::ranges::find(names, "/", &std::pair<uint32_t, std::string>::second);
    if (packed_ && root == names.end())
      return std::unexpected(failure("was packed with --no-root, and --into needs the root", ""));
    if (packed_) into_fd_ = root->first;
    for (const std::string &dotted : calls_behind_into()) {
      std::string_view field = std::string_view(dotted).substr(dotted.find('.') + 1);
      const link::Call *found = nullptr;
      for (const link::Call &call : calls_.calls)
        if (call.field == field && (call.module == kPreview1 || call.module == kUnstable) &&
            (!found || call.level > found->level))
          found = &call;
      if (!found)
        return std::unexpected(
            failure(packed_ ? fmt::format("was packed without {}, which --into needs", field)
                            : "has no filesystem inside, so --into has no place to write to",
                    packed_ ? "trace the original module with the pack options" : "leave out --no-pack"));
      bindings_.push_back({std::string(kPreview1), std::string(field), found->func});
    }
    return {};
  }

  // A host that is not ours gets what the module's own fd_write is called there.
  void bind_minified(link::Options &options) {
    for (const Candidate &c : candidates_) {
      bool recovered = !c.function.known_field.empty() && c.sure && c.target.module == kPreview1;
      if (!recovered || (c.target.field != "fd_write" && c.target.field != "clock_time_get")) continue;
      if (trace::is_described(c.function))
        options.below.push_back({std::string(kPreview1), c.target.field, c.func});
    }
  }

  Status link() {
    trace::Options options = request_.options;
    options.into_fd = into_fd_;
    options.statuses |= request_.filter.statuses();
    if (trace::follows(options) && options.descriptors.empty()) options.descriptors = preopens();
    auto encoded = trace::encode(options, functions_);
    if (!encoded) return std::unexpected(failure(encoded.error()));

    link::Options o{.placement = request_.placement,
                    .layer = {mayfly_layer_trace_begin, mayfly_layer_trace_end},
                    .exports = {std::string(kFinish), std::string(kTrapped)},
                    .config = encoded->config,
                    .host = inspect::described_host()};
    for (const std::string &name : encoded->off) o.optional_off.push_back({name, 0});
    o.hooks = hooks_;
    o.below = bindings_;
    bind_minified(o);
    o.may_import = {"wasi_snapshot_preview1.clock_time_get"};
    if (!options.into_path) o.may_import.push_back("wasi_snapshot_preview1.fd_write");
    if (options.into_path) {
      o.gap_pages = kIntoGapPages;
      o.hermetic = m_.imports.empty();
    }
    for (const wasm::Export &e : m_.exports)
      if (e.kind == wasm::Kind::func && e.name == "_start") o.finish_after = e.name;
    auto linked = link::link(m_.file, o, out_.link);
    if (!linked) return std::unexpected(failure_of(request_.app, linked.error()));
    out_.bytes = std::move(*linked);
    // The tracer's functions come after all others; imports may have been added before them.
    if (auto traced = wasm::read_module(out_.bytes)) {
      auto is_func = [](const wasm::Import &i) { return i.kind == wasm::Kind::func; };
      auto imported = std::ranges::count_if(traced->imports, is_func);
      auto before = std::ranges::count_if(m_.imports, is_func);
      out_.own_functions = static_cast<uint32_t>(m_.functions.size() + imported - before);
    }
    return {};
  }

  // What the filesystem of a packed module calls the descriptors from 3 on.
  std::vector<std::pair<uint32_t, std::string>> preopens() const {
    std::vector<std::pair<uint32_t, std::string>> out;
    if (!packed_) return out;
    auto content = inspect::read_content(m_, 1);
    if (!content || !*content) return out;
    for (const std::string &name : (*content)->preopens)
      out.push_back({static_cast<uint32_t>(3 + out.size()), name});
    return out;
  }

  const wasm::Module &m_;
  const TraceRequest &request_;
  link::Calls calls_;
  bool packed_;
  std::vector<Candidate> candidates_;
  std::vector<trace::Function> functions_;
  std::vector<uint32_t> hooks_;
  std::vector<link::Binding> bindings_;
  uint32_t into_fd_ = 3;
  Traced out_;
};

} // namespace

std::span<const std::string> calls_behind_into() {
  static const std::string calls[] = {"wasi_snapshot_preview1.path_open", "wasi_snapshot_preview1.fd_write",
                                      "wasi_snapshot_preview1.fd_close"};
  return calls;
}

std::expected<Traced, Failure> trace_module(std::span<const uint8_t> bytes, const TraceRequest &request) {
  auto module = wasm::read_module(bytes);
  if (!module) return std::unexpected(failure_of(request.app, module.error()));
  if (!module->memories.empty()) return Tracer(*module, request).run();
  if (std::ranges::any_of(module->exports, [](const wasm::Export &e) { return e.name == "memory"; }))
    return std::unexpected(Failure{request.app,
                                   "has no memory, and exports something else by that name: there is no place "
                                   "from which a line could be printed",
                                   ""});
  std::vector<uint8_t> with = trace::with_memory(*module);
  auto larger = wasm::read_module(with);
  if (!larger) return std::unexpected(failure_of(request.app, larger.error()));
  auto traced = Tracer(*larger, request).run();
  if (traced)
    traced->notes.push_back(request.app + " has no memory: one of 64 KiB was added, from which lines are printed");
  return traced;
}

} // namespace mayfly::cli
