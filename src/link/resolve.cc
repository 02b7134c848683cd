// Resolution: who serves each import of the application, and what each downcall of a layer becomes.
//
// An import (M, F) is served when the layer exports "M.F" with the same signature. A
// downcall goes to an import that the application itself has, because a pack must never
// ask a host for more than the application did; otherwise it answers an error. The options may allow more:
// the tracer has to write somewhere, and a user's own layer may ask for what it likes.
//
// The host's side comes last: an import that the output would have may be answered by a stub instead.
//
// A call may be the same in several import modules (the options say which, link/host.h). A downcall then may
// use the application's import from any of them.
#include "link/plan.h"

#include <algorithm>

namespace mayfly::link {

using wasm::Kind;

namespace {

std::string dotted(std::string_view module, std::string_view field) {
  return std::string(module) + "." + std::string(field);
}

std::string shown(const wasm::Import &im) {
  return wasm::printable(im.module) + "." + wasm::printable(im.field);
}

void tell_unused(Plan &plan) {
  constexpr size_t shown_max = 8;
  std::vector<std::string> names = plan.layer.serves();
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), shown_max); ++i)
    list += (i ? ", " : "") + wasm::printable(names[i]);
  if (names.size() > shown_max) list += ", …";
  plan.report.notes.push_back("the layer " + plan.options.layer_name +
                              " is not used: nothing above it imports what it serves (" + list + ")");
}

Status serve(Plan &plan) {
  const wasm::Module &app = plan.app;
  plan.served_by.assign(app.imports.size(), none);
  plan.import_unused.assign(app.imports.size(), false);
  for (uint32_t f = 0, i = 0; i < app.imports.size(); ++i) {
    if (app.imports[i].kind != Kind::func) continue;
    plan.import_unused[i] = std::ranges::find(plan.options.unused, f++) != plan.options.unused.end();
  }
  for (size_t i = 0; i < app.imports.size(); ++i) {
    const wasm::Import &im = app.imports[i];
    if (im.kind != Kind::func) continue;
    plan.func_import.push_back(static_cast<uint32_t>(i));
    const std::vector<std::string> &unserved = plan.options.unserved;
    if (plan.import_unused[i] || std::ranges::find(unserved, dotted(im.module, im.field)) != unserved.end())
      continue;
    uint32_t func = plan.layer.find(dotted(im.module, im.field));
    if (func == none) continue;
    uint32_t layer_type = plan.layer.module.functions[func];
    if (!wasm::same_signature(app, im.type, plan.layer.module, layer_type))
      return failure("the import " + shown(im) + " has the signature " + wasm::signature_text(app, im.type) +
                         ", but " +
                         (plan.layer.user ? "the layer " + plan.options.layer_name : "the filesystem") +
                         " serves it as " + wasm::signature_text(plan.layer.module, layer_type) +
                         (plan.layer.user ? "; the two must be the same"
                                          : "; the module was built for another version of this interface"),
                     im.raw.begin, "import");
    plan.served_by[i] = func;
  }
  bool used = std::ranges::any_of(plan.served_by, [](uint32_t func) { return func != none; });
  if (plan.layer.user && !used) tell_unused(plan);
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

const HostCall *host_call(const Plan &plan, std::string_view field) {
  auto call = std::ranges::find(plan.options.host.calls, field, &HostCall::field);
  return call == plan.options.host.calls.end() ? nullptr : &*call;
}

// Whether `other` imports the same call as the module and field.
bool is_sibling(const Plan &plan, const wasm::Import &other, std::string_view module,
                std::string_view field) {
  const HostCall *call = host_call(plan, field);
  return call && other.field == field && std::ranges::find(call->modules, module) != call->modules.end() &&
         std::ranges::find(call->modules, other.module) != call->modules.end();
}

// The application's function index of an import that answers the downcall `im` with the same type: its own,
// or a sibling's.
uint32_t find_import(const Plan &plan, const wasm::Import &im) {
  uint32_t sibling = none;
  for (uint32_t f = 0; f < plan.func_import.size(); ++f) {
    const wasm::Import &other = plan.app.imports[plan.func_import[f]];
    if (!wasm::same_signature(plan.app, other.type, plan.layer.module, im.type)) continue;
    if (other.module == im.module && other.field == im.field) return f;
    if (sibling == none && is_sibling(plan, other, im.module, im.field)) sibling = f;
  }
  return sibling;
}

std::string reason(const Plan &plan, std::string_view field) {
  const HostCall *call = host_call(plan, field);
  return call ? call->why : "the layer passes it on";
}

void tell_fates(Plan &plan) {
  for (size_t i = 0; i < plan.app.imports.size(); ++i) {
    const wasm::Import &im = plan.app.imports[i];
    ImportFate fate{wasm::printable(im.module), wasm::printable(im.field), wasm::kind_name(im.kind)};
    fate.served = plan.served_by[i] != none;
    fate.in_output = plan.import_kept[i];
    fate.unused = plan.import_unused[i] && !plan.asked[i];
    if (plan.import_stub[i] != none) fate.stub = plan.options.stubs[plan.import_stub[i]].shown;
    if (fate.in_output) {
      if (fate.served)
        fate.why = reason(plan, im.field);
      else
        fate.why = im.kind == Kind::func ? "not a filesystem function"
                                         : std::string("a ") + wasm::kind_name(im.kind) + " of the host";
    }
    plan.report.imports.push_back(std::move(fate));
  }
}

Status require_hermetic(const Plan &plan) {
  std::string list;
  for (const std::string &name : plan.report.added_imports) list += (list.empty() ? "" : ", ") + name;
  for (const ImportFate &f : plan.report.imports)
    if (f.in_output)
      list += (list.empty() ? "" : ", ") + f.module + "." + f.field +
              (f.kind == "func" ? "" : " (" + f.kind + ")");
  if (list.empty()) return {};
  return failure("a hermetic module may have no imports, but these cannot be served: " + list);
}

uint32_t stub_for(const Plan &plan, const wasm::Import &im) {
  const std::vector<Stub> &stubs = plan.options.stubs;
  for (uint32_t s = 0; im.kind == Kind::func && s < stubs.size(); ++s)
    if (stubs[s].module == im.module && stubs[s].field == im.field) return s;
  return none;
}

// An error number needs a result to be given in.
Status check_stub(const Plan &plan, const wasm::Import &im, const Stub &stub) {
  const wasm::Type &t = plan.app.types[im.type];
  bool number = t.results == 1 && plan.app.results(t)[0] == wasm::i32;
  if (stub.trap || stub.value == 0 || number) {
    for (wasm::ValType v : plan.app.results(t))
      if (!v.numeric() && !stub.trap)
        return failure(shown(im) + " returns a reference, which a stub cannot make up; use trap",
                       im.raw.begin, "import");
    return {};
  }
  return failure(shown(im) + " has the signature " + wasm::signature_text(plan.app, im.type) +
                     ", so it cannot answer " + stub.shown + "; use trap or zero",
                 im.raw.begin, "import");
}

// Downcall k of the layer, which is live.
Status bind_downcall(Plan &plan, uint32_t k) {
  const wasm::Import &im = *plan.layer.import[k];
  for (const Binding &b : plan.options.below) {
    if (b.module != im.module || b.field != im.field) continue;
    if (b.func >= plan.app.functions.size() ||
        !wasm::same_signature(plan.app, plan.app.functions[b.func], plan.layer.module, im.type))
      return failure("internal: the layer's " + shown(im) + " is bound to a function of another signature");
    plan.downcall[k] = b.func;
    if (b.func < plan.app.imported_funcs) plan.asked[plan.func_import[b.func]] = true;
    return {};
  }
  const std::vector<std::string> &more = plan.options.may_import;
  bool may_add =
      plan.options.open_downcalls || std::ranges::find(more, dotted(im.module, im.field)) != more.end();
  if (!may_add && !forwarded(plan, im.field)) return {};
  uint32_t f = find_import(plan, im);
  if (f != none) {
    plan.downcall[k] = f;
    plan.asked[plan.func_import[f]] = true;
  } else if (may_add && stub_for(plan, im) == none) {
    plan.added_imports.push_back({im.module, im.field, k});
    plan.report.added_imports.push_back(shown(im));
  }
  return {};
}

} // namespace

Status resolve(Plan &plan) {
  if (Status s = serve(plan); !s) return s;
  return find_exports(plan);
}

Status bind_imports(Plan &plan) {
  size_t n = plan.app.imports.size();
  plan.asked.resize(n);
  for (size_t i = 0; i < n; ++i) plan.asked[i] = plan.served_by[i] == none && !plan.import_unused[i];
  for (uint32_t func : plan.options.hooks)
    if (func < plan.app.imported_funcs) plan.asked[plan.func_import[func]] = true;
  const wasm::Module &layer = plan.layer.module;
  plan.downcall.assign(layer.imported_funcs, none);
  for (uint32_t k = 0; k < layer.imported_funcs; ++k)
    if (plan.layer.intrinsic[k] == Intrinsic::downcall && plan.live[k])
      if (Status s = bind_downcall(plan, k); !s) return s;

  plan.import_kept.resize(n);
  plan.import_stub.assign(n, none);
  for (size_t i = 0; i < n; ++i) {
    if (plan.asked[i]) plan.import_stub[i] = stub_for(plan, plan.app.imports[i]);
    plan.import_kept[i] = plan.asked[i] && plan.import_stub[i] == none;
    if (plan.import_stub[i] != none)
      if (Status s = check_stub(plan, plan.app.imports[i], plan.options.stubs[plan.import_stub[i]]); !s)
        return s;
  }
  tell_fates(plan);
  return plan.options.hermetic ? require_hermetic(plan) : Status{};
}

} // namespace mayfly::link
