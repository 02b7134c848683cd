// Resolution: who serves each import of the application, and what each downcall of a layer becomes.
//
// An import (M, F) is served when the layer exports "M.F" with the same signature. A
// downcall goes to an import that the application itself has, because a pack must never
// ask a host for more than the application did; otherwise it answers ENOSYS.
//
// The two WASI modules of preview 1 share the ABI of every function but four, so a downcall
// may use the sibling's import. Those four differ in structures or constants
// (whence, filestat, the subscription's clock), so they may not.
#include "link/plan.h"

#include <algorithm>
#include <array>

namespace mayfly::link {

using wasm::Kind;

namespace {

std::string dotted(std::string_view module, std::string_view field) {
  return std::string(module) + "." + std::string(field);
}

std::string shown(const wasm::Import &im) {
  return wasm::printable(im.module) + "." + wasm::printable(im.field);
}

Status serve(Plan &plan) {
  const wasm::Module &app = plan.app;
  plan.served_by.assign(app.imports.size(), none);
  for (size_t i = 0; i < app.imports.size(); ++i) {
    const wasm::Import &im = app.imports[i];
    if (im.kind != Kind::func) continue;
    plan.func_import.push_back(static_cast<uint32_t>(i));
    uint32_t func = plan.layer.find(dotted(im.module, im.field));
    if (func == none) continue;
    uint32_t layer_type = plan.layer.module.functions[func];
    if (!wasm::same_signature(app, im.type, plan.layer.module, layer_type))
      return failure("the import " + shown(im) + " has the signature " + wasm::signature_text(app, im.type) +
                         ", but the filesystem serves it as " +
                         wasm::signature_text(plan.layer.module, layer_type) +
                         "; the module was built for another version of this interface",
                     im.raw.begin, "import");
    plan.served_by[i] = func;
  }
  return {};
}

Status find_exports(Plan &plan) {
  for (const std::string &name : plan.options.exports) {
    uint32_t func = plan.layer.find(name);
    if (func == none) return failure("there is no export \"" + name + "\" in the layer");
    for (const wasm::Export &e : plan.app.exports)
      if (e.name == name)
        return failure("the module already exports \"" + wasm::printable(name) + "\"", e.index_at.begin,
                       "export");
    bool repeated = std::any_of(plan.added_exports.begin(), plan.added_exports.end(),
                                [&](const auto &a) { return a.name == name; });
    if (!repeated) plan.added_exports.push_back({name, func});
  }
  return {};
}

bool forwarded(const Plan &plan, std::string_view field) {
  return std::find(plan.options.forward.begin(), plan.options.forward.end(), field) !=
         plan.options.forward.end();
}

std::string_view sibling(std::string_view module, std::string_view field) {
  constexpr std::array<std::string_view, 4> different{"fd_seek", "fd_filestat_get", "path_filestat_get",
                                                      "poll_oneoff"};
  if (std::find(different.begin(), different.end(), field) != different.end()) return {};
  if (module == "wasi_snapshot_preview1") return "wasi_unstable";
  if (module == "wasi_unstable") return "wasi_snapshot_preview1";
  return {};
}

// The application's function index of its import (module, field) with the type of the downcall.
uint32_t find_import(const Plan &plan, std::string_view module, std::string_view field, uint32_t type) {
  for (uint32_t f = 0; f < plan.func_import.size(); ++f) {
    const wasm::Import &im = plan.app.imports[plan.func_import[f]];
    if (im.module == module && im.field == field &&
        wasm::same_signature(plan.app, im.type, plan.layer.module, type))
      return f;
  }
  return none;
}

std::string_view reason(std::string_view f) {
  if (f == "fd_write" || f == "fd_read" || f.starts_with("fd_"))
    return "standard streams and other descriptors of the host";
  if (f.starts_with("clock_")) return "the host's clock";
  if (f == "random_get") return "the host's random source";
  if (f.starts_with("args_") || f.starts_with("environ_")) return "arguments and environment";
  if (f == "proc_exit" || f == "proc_raise" || f == "sched_yield") return "process control";
  if (f.starts_with("sock_")) return "sockets";
  if (f == "poll_oneoff") return "waiting for the host";
  if (f.starts_with("path_")) return "directories of the host";
  return "the layer passes it on";
}

void tell_fates(Plan &plan) {
  for (size_t i = 0; i < plan.app.imports.size(); ++i) {
    const wasm::Import &im = plan.app.imports[i];
    ImportFate fate{wasm::printable(im.module), wasm::printable(im.field), wasm::kind_name(im.kind)};
    fate.served = plan.served_by[i] != none;
    fate.in_output = plan.import_kept[i];
    if (fate.in_output) {
      if (fate.served)
        fate.why = reason(im.field);
      else
        fate.why = im.kind == Kind::func ? "not a filesystem function"
                                         : std::string("a ") + wasm::kind_name(im.kind) + " of the host";
    }
    plan.report.imports.push_back(std::move(fate));
  }
}

Status require_hermetic(const Plan &plan) {
  std::string list;
  for (const ImportFate &f : plan.report.imports)
    if (f.in_output)
      list += (list.empty() ? "" : ", ") + f.module + "." + f.field +
              (f.kind == "func" ? "" : " (" + f.kind + ")");
  if (list.empty()) return {};
  return failure("a hermetic module may have no imports, but these cannot be served: " + list);
}

} // namespace

Status resolve(Plan &plan) {
  if (Status s = serve(plan); !s) return s;
  return find_exports(plan);
}

Status bind_imports(Plan &plan) {
  plan.import_kept.resize(plan.app.imports.size());
  for (size_t i = 0; i < plan.app.imports.size(); ++i) plan.import_kept[i] = plan.served_by[i] == none;
  const wasm::Module &layer = plan.layer.module;
  plan.downcall.assign(layer.imported_funcs, none);
  for (uint32_t k = 0; k < layer.imported_funcs; ++k) {
    const wasm::Import &im = *plan.layer.import[k];
    if (plan.layer.intrinsic[k] != Intrinsic::downcall || !plan.live[k] || !forwarded(plan, im.field))
      continue;
    uint32_t f = find_import(plan, im.module, im.field, im.type);
    if (f == none) f = find_import(plan, sibling(im.module, im.field), im.field, im.type);
    if (f == none) continue;
    plan.downcall[k] = f;
    plan.import_kept[plan.func_import[f]] = true;
  }
  tell_fates(plan);
  return plan.options.hermetic ? require_hermetic(plan) : Status{};
}

} // namespace mayfly::link
