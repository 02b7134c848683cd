// Numbering: every index of the output.
//
// The trick that makes a link cheap: removing an import would shift every function of
// the application down by one and so touch every call in its code. Instead, the
// functions that the link adds take the freed numbers:
//
//     application:   import 0..n-1                                | own n..
//     output:        kept imports 0..m-1 | added functions m..n-1 | own n.. | more added functions
//
// So the application's own functions keep their numbers, and only names of imports change;
// these stay below n, so their encodings keep their length almost always. There are always enough
// added functions: each removed import gets one of its own, a trampoline where two imports are
// served by the same layer function.
//
// Types, tables, memories, globals, tags, elements and data segments are only appended to.
//
// A function that serves an import is declared with the application's own type index, not
// merely an equal signature: with recursion groups and subtypes, equal signatures may be different
// types, and the application may test the type of a reference to it.
#include "link/assembler.h"
#include "link/plan.h"
#include "wasm/names.h"

#include <algorithm>
#include <array>

namespace mayfly::link {

using wasm::Buffer;
using wasm::Kind;

namespace {

// The bytes of a function type: 60, parameters, results.
Buffer encode_func_type(std::span<const wasm::ValType> params, std::span<const wasm::ValType> results) {
  Buffer b;
  b.u8(0x60).leb(params.size());
  for (wasm::ValType t : params) b.u8(t.code);
  b.leb(results.size());
  for (wasm::ValType t : results) b.u8(t.code);
  return b;
}

// For the name section: what a function serves, else its name in the layer.
std::vector<std::string> layer_names(const wasm::Module &layer, const std::string &layer_name) {
  std::string prefix = (layer_name.empty() ? "mayfly" : layer_name) + ":";
  std::vector<std::string> names(layer.functions.size());
  for (auto [index, name] : wasm::function_names(layer))
    if (index < names.size()) names[index] = prefix + std::string(name);
  for (const wasm::Export &e : layer.exports)
    if (e.kind == Kind::func) names[e.index] = prefix + std::string(e.name);
  return names;
}

class Numbering {
public:
  explicit Numbering(Plan &plan)
      : p_(plan), app_(plan.app), layer_(plan.layer.module),
        names_(layer_names(plan.layer.module, plan.options.layer_name)) {}

  Status run() {
    number_imports();
    if (Status s = check_layer_types(); !s) return s;
    number_types();
    number_served();
    number_removed();
    number_helpers();
    number_downcalls();
    number_hooks(p_);
    number_globals();
    number_synthesized();
    number_data();
    return {};
  }

private:
  void number_imports() {
    uint32_t kept = 0;
    p_.import_func.assign(app_.imported_funcs, none);
    for (uint32_t f = 0; f < app_.imported_funcs; ++f)
      if (p_.import_kept[p_.func_import[f]]) p_.import_func[f] = kept++;
    p_.output_imports = kept + static_cast<uint32_t>(p_.added_imports.size());
    p_.slots = app_.imported_funcs - std::min(p_.output_imports, app_.imported_funcs);
    p_.shift = p_.output_imports - std::min(p_.output_imports, app_.imported_funcs);
    p_.app_func = p_.import_func;
    first_added_ = kept;
    p_.layer_func.assign(layer_.functions.size(), none);
  }

  // A function of other types would need them carried over; no layer has such.
  Status check_layer_types() const {
    for (uint32_t f = 0; f < layer_.functions.size(); ++f)
      if (p_.live[f] && !layer_.types[layer_.functions[f]].plain)
        return failure("the layer module has a function with a type that is not over numbers only");
    return {};
  }

  // Of multi-value blocks and call_indirect.
  void number_types() {
    p_.layer_type.assign(layer_.types.size(), none);
    for (uint32_t t = 0; t < layer_.types.size(); ++t)
      if (p_.live_type[t])
        p_.layer_type[t] = p_.intern_type(layer_.params(layer_.types[t]), layer_.results(layer_.types[t]));
  }

  uint32_t add(NewFunction f) {
    p_.functions.push_back(std::move(f));
    return p_.new_func_index(static_cast<uint32_t>(p_.functions.size() - 1));
  }

  uint32_t type_of_layer(uint32_t func) {
    const wasm::Type &t = p_.layer.type_of(func);
    return p_.intern_type(layer_.params(t), layer_.results(t));
  }

  void number_served() {
    for (uint32_t f = 0; f < app_.imported_funcs; ++f) {
      const wasm::Import &im = app_.imports[p_.func_import[f]];
      uint32_t func = p_.served_by[p_.func_import[f]];
      if (func == none) continue;
      if (p_.layer_func[func] == none)
        p_.app_func[f] = p_.layer_func[func] = add({im.type, func, names_[func], {}});
      else
        p_.app_func[f] = add({im.type, none, "mayfly:again." + std::string(im.field), trampoline(func)});
    }
  }

  Buffer trampoline(uint32_t func) const {
    Assembler a;
    a.no_locals();
    for (uint32_t i = 0; i < p_.layer.type_of(func).params; ++i) a.get(i);
    return a.call(p_.layer_func[func]).end().take();
  }

  void number_helpers() {
    for (uint32_t f = layer_.imported_funcs; f < layer_.functions.size(); ++f)
      if (p_.live[f] && p_.layer_func[f] == none)
        p_.layer_func[f] = add({type_of_layer(f), f, names_[f], {}});
  }

  // Imports that are not in the output and that nothing serves: a stub, or what nothing can reach.
  void number_removed() {
    for (uint32_t f = 0; f < app_.imported_funcs; ++f) {
      uint32_t i = p_.func_import[f];
      const wasm::Import &im = app_.imports[i];
      if (p_.import_stub[i] != none) {
        const Stub &stub = p_.options.stubs[p_.import_stub[i]];
        Buffer body = stub.trap ? trap() : constants(app_.results(app_.types[im.type]), stub.value);
        p_.import_func[f] = add({im.type, none, "mayfly:cut." + std::string(im.field), std::move(body)});
        if (p_.app_func[f] == none) p_.app_func[f] = p_.import_func[f];
      } else if (p_.import_unused[i] && !p_.asked[i]) {
        p_.app_func[f] = add({im.type, none, "mayfly:unused." + std::string(im.field), trap()});
      }
    }
  }

  // Optional functions: the layer's own, or a constant. Downcalls: a function of the application, its import,
  // or ENOSYS. Equal constants are one function.
  void number_downcalls() {
    for (uint32_t k = 0; k < layer_.imported_funcs; ++k) {
      if (!p_.live[k]) continue;
      if (p_.layer.intrinsic[k] == Intrinsic::optional) {
        const auto *off = p_.switched_off(k);
        p_.layer_func[k] = off ? constant(k, off->second, "mayfly:off") : p_.layer_func[p_.layer.optional[k]];
      } else if (p_.layer.intrinsic[k] == Intrinsic::downcall) {
        uint32_t f = p_.downcall[k];
        p_.layer_func[k] = f != none ? p_.unhooked(f) : constant(k, p_.options.host.missing, "mayfly:enosys");
      }
    }
    for (uint32_t a = 0; a < p_.added_imports.size(); ++a) {
      p_.added_import_type(p_.added_imports[a]); // the types are final before the first section is written
      p_.layer_func[p_.added_imports[a].layer_import] = first_added_ + a;
    }
  }

  uint32_t constant(uint32_t layer_func, int64_t value, const char *name) {
    const wasm::Type &t = p_.layer.type_of(layer_func);
    std::span<const wasm::ValType> results = layer_.results(t);
    // A missing downcall without a result is one that does not return.
    bool traps = p_.layer.intrinsic[layer_func] == Intrinsic::downcall &&
                 !(results.size() == 1 && results[0] == wasm::i32);
    Buffer body = traps ? trap() : constants(results, value);
    uint32_t type = type_of_layer(layer_func);
    for (const Constant &c : constants_)
      if (c.type == type && c.body == body.bytes) return c.func;
    constants_.push_back({type, body.bytes, 0});
    return constants_.back().func = add({type, none, name, std::move(body)});
  }

  static Buffer trap() { return Assembler().no_locals().trap().end().take(); }
  static Buffer constants(std::span<const wasm::ValType> results, int64_t value) {
    Buffer b;
    b.leb(0);
    for (wasm::ValType v : results) {
      if (v == wasm::i32)
        b.u8(0x41).sleb(static_cast<int32_t>(value));
      else if (v == wasm::i64)
        b.u8(0x42).sleb(value);
      else if (v == wasm::f32)
        b.u8(0x43).u8(0).u8(0).u8(0).u8(0);
      else if (v == wasm::f64)
        b.u8(0x44).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0);
      else
        b.u8(0xfd).u8(12).append(std::array<uint8_t, 16>{}); // v128.const
    }
    return std::move(b.u8(0x0b));
  }

  uint32_t add_global(const char *name, bool is_mutable, int64_t value) {
    Buffer b;
    b.u8(0x7f).u8(is_mutable).u8(0x41).sleb(value).u8(0x0b);
    p_.new_globals.emplace_back(name, std::move(b));
    return static_cast<uint32_t>(app_.globals.size() + p_.new_globals.size() - 1);
  }

  void number_globals() {
    auto i32_bits = [](uint32_t v) { return static_cast<int32_t>(v); };
    uint32_t region = p_.base + p_.area_bytes;
    p_.layer_global.assign(layer_.globals.size(), none);
    bool uses_stack = !p_.options.hooks.empty();
    uses_stack |= p_.layer.stack_pointer != none && p_.live_global[p_.layer.stack_pointer];
    if (uses_stack || p_.base_in_global())
      p_.g_stack_pointer =
          add_global("mayfly:stack_pointer", true, i32_bits(p_.imported_memory ? 0 : region));
    if (p_.base_in_global()) {
      p_.g_memory_base = add_global("mayfly:memory_base", true, i32_bits(p_.base));
      p_.g_region_base = add_global("mayfly:region_base", true, i32_bits(p_.imported_memory ? 0 : region));
      p_.g_app_pages = add_global("mayfly:app_pages", true, i32_bits(p_.app_min));
    }
    bool hooked = !p_.options.hooks.empty();
    if (hooked || (p_.movable && p_.brackets)) p_.g_host_depth = add_global("mayfly:host_depth", true, 0);
    if (hooked) p_.g_skipped = add_global("mayfly:skipped", true, 0);
    if (p_.movable) {
      p_.g_pages = add_global("mayfly:pages", true, i32_bits(p_.memory_min));
    }
    if (p_.lowered && p_.layer_grows && p_.layer.area_pages > p_.layer.pages)
      p_.g_layer_pages = add_global("mayfly:layer_pages", true, p_.layer.pages);
    if (p_.layer.stack_pointer != none) p_.layer_global[p_.layer.stack_pointer] = p_.g_stack_pointer;
    if (p_.layer.memory_base != none) p_.layer_global[p_.layer.memory_base] = p_.g_memory_base;
    for (uint32_t g = layer_.imported_globals; g < layer_.globals.size(); ++g) {
      if (!p_.live_global[g]) continue;
      const wasm::Global &global = layer_.globals[g];
      Buffer b;
      b.u8(global.type.type.code).u8(global.type.is_mutable);
      b.append(layer_.file.subspan(global.init.begin, global.init.size()));
      p_.new_globals.emplace_back("", std::move(b));
      p_.layer_global[g] = static_cast<uint32_t>(app_.globals.size() + p_.new_globals.size() - 1);
    }
  }

  void number_synthesized() {
    static constexpr wasm::ValType i32[1] = {wasm::i32};
    if (p_.movable) {
      p_.f_grow = add({p_.intern_type(i32, i32), none, "mayfly:memory_grow", {}});
      p_.f_region_grow = add({p_.intern_type(i32, i32), none, "mayfly:region_grow", {}});
    }
    if (p_.g_layer_pages != none)
      p_.f_layer_grow = add({p_.intern_type(i32, i32), none, "mayfly:layer_grow", {}});
    if (p_.imported_memory)
      p_.f_no_room = add({p_.intern_type({}, {}), none,
                          "mayfly: the imported memory cannot grow by " + std::to_string(p_.placed_pages) +
                              " pages for the filesystem; give it more room or pack with --isolate",
                          {}});
    if (p_.imported_memory || p_.starts_layer())
      p_.f_start = add({p_.intern_type({}, {}), none, "mayfly:start", {}});
  }

  void number_data() {
    p_.d_first = p_.app_data_count;
    p_.d_passive = static_cast<uint32_t>(p_.d_first + p_.runs.size());
    if (!p_.content().empty())
      p_.d_content = p_.d_passive + static_cast<uint32_t>(p_.layer_segments().size());
  }

  Plan &p_;
  const wasm::Module &app_, &layer_;
  std::vector<std::string> names_;
  uint32_t first_added_ = 0; // output index of the first added import
  struct Constant {
    uint32_t type;
    std::vector<uint8_t> body;
    uint32_t func;
  };
  std::vector<Constant> constants_;
};

} // namespace

uint32_t Plan::intern_type(std::span<const wasm::ValType> params, std::span<const wasm::ValType> results) {
  auto same = [](std::span<const wasm::ValType> a, std::span<const wasm::ValType> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  };
  for (uint32_t i = 0; i < app.types.size(); ++i) {
    const wasm::Type &t = app.types[i];
    if (t.plain && same(app.params(t), params) && same(app.results(t), results)) return i;
  }
  Buffer encoded = encode_func_type(params, results);
  for (uint32_t i = 0; i < new_types.size(); ++i)
    if (new_types[i].bytes == encoded.bytes) return static_cast<uint32_t>(app.types.size()) + i;
  new_types.push_back(std::move(encoded));
  return static_cast<uint32_t>(app.types.size() + new_types.size() - 1);
}

Status number(Plan &plan) { return Numbering(plan).run(); }

} // namespace mayfly::link
