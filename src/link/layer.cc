// Reads a layer: a position-independent module as `wasm-ld --experimental-pic -shared`
// makes it. The linker replaces its imports, so what a layer may contain is exactly what the contract
// lists; anything else is refused here, with the rule it breaks, and the later phases do
// not check again.
#include "link/layer.h"

#include <array>
#include <utility>

#include "wasm/validate.h"

namespace mayfly::link {

using wasm::Cursor;
using wasm::Error;
using wasm::Kind;

namespace {

struct IntrinsicEntry {
  std::string_view name;
  Intrinsic op;
  std::string_view signature; // parameters, a colon, the result; i = i32, l = i64
};

constexpr std::array<IntrinsicEntry, 18> intrinsics{{
    {"app_load_u8", Intrinsic::app_load_u8, "i:i"},
    {"app_load_u16", Intrinsic::app_load_u16, "i:i"},
    {"app_load_u32", Intrinsic::app_load_u32, "i:i"},
    {"app_load_u64", Intrinsic::app_load_u64, "i:l"},
    {"app_store_u8", Intrinsic::app_store_u8, "ii:"},
    {"app_store_u16", Intrinsic::app_store_u16, "ii:"},
    {"app_store_u32", Intrinsic::app_store_u32, "ii:"},
    {"app_store_u64", Intrinsic::app_store_u64, "il:"},
    {"app_copy_in", Intrinsic::app_copy_in, "iii:"},
    {"app_copy_out", Intrinsic::app_copy_out, "iii:"},
    {"app_fill", Intrinsic::app_fill, "iii:"},
    {"content_to_app", Intrinsic::content_to_app, "iii:"},
    {"content_to_layer", Intrinsic::content_to_layer, "iii:"},
    {"app_pages", Intrinsic::app_pages, ":i"},
    {"region_base", Intrinsic::region_base, ":i"},
    {"host_enter", Intrinsic::host_enter, ":i"},
    {"host_leave", Intrinsic::host_leave, "i:"},
    {"config", Intrinsic::config, ":i"},
}};

constexpr std::string_view optional_module = "mayfly.optional";

std::unexpected<Error> refuse(std::string message, uint64_t offset = Error::no_offset) {
  return std::unexpected(Error{"the layer module " + std::move(message), offset, ""});
}

std::string short_signature(const wasm::Module &m, uint32_t type) {
  const wasm::Type &t = m.types[type];
  auto letter = [](wasm::ValType v) { return v == wasm::i32 ? 'i' : v == wasm::i64 ? 'l' : '?'; };
  std::string out;
  for (wasm::ValType v : m.params(t)) out += letter(v);
  out += ':';
  for (wasm::ValType v : m.results(t)) out += letter(v);
  return out;
}

// "ii:l" as wasm::signature_text shows it: (i32 i32) -> i64.
std::string long_signature(std::string_view letters) {
  std::string text = "(";
  for (char c : letters) {
    if (c == ':')
      text += letters.back() == ':' ? ")" : ") -> ";
    else
      text += std::string(text.back() == '(' || text.back() == ' ' ? "" : " ") + (c == 'i' ? "i32" : "i64");
  }
  return text;
}

using Status = std::expected<void, Error>;

// "mayfly.optional".NAME is the layer's own export "mayfly.optional.NAME".
Status classify_optional(Layer &layer, const wasm::Import &im) {
  uint32_t target = layer.find(std::string(optional_module) + "." + std::string(im.field));
  if (target == none || target < layer.module.imported_funcs)
    return refuse("has no export \"" + std::string(optional_module) + "." + wasm::printable(im.field) +
                      "\" for its import of that name",
                  im.raw.begin);
  if (!wasm::same_signature(layer.module, im.type, layer.module, layer.module.functions[target]))
    return refuse("imports " + std::string(optional_module) + "." + wasm::printable(im.field) +
                      " with another signature than it exports it",
                  im.raw.begin);
  layer.optional.back() = target;
  layer.intrinsic.push_back(Intrinsic::optional);
  return {};
}

// clang's undefined symbols are imports of env, too, so a position-independent layer has to serve what it
// calls there. AssemblyScript's abort never returns and its arguments are the layer's own addresses: it is a
// trap.
Status classify_downcall(Layer &layer, const wasm::Import &im) {
  bool is_abort = layer.fixed && im.module == "env" && im.field == "abort" &&
                  short_signature(layer.module, im.type) == "iiii:";
  bool undefined = im.module == "env" && !layer.fixed &&
                   (!layer.user || layer.find("env." + std::string(im.field)) == none);
  if (undefined || im.module.starts_with("GOT."))
    return refuse("imports the function " + std::string(im.module) + "." + wasm::printable(im.field) +
                      ": an undefined symbol",
                  im.raw.begin);
  layer.intrinsic.push_back(is_abort ? Intrinsic::abort : Intrinsic::downcall);
  return {};
}

// What only the filesystem's and the tracer's own layers have behind it.
bool is_internal(Intrinsic op) {
  return op == Intrinsic::content_to_app || op == Intrinsic::content_to_layer ||
         op == Intrinsic::region_base || op == Intrinsic::config;
}

Status classify_function(Layer &layer, const wasm::Import &im) {
  layer.import.push_back(&im);
  layer.optional.push_back(none);
  if (im.module == optional_module) return classify_optional(layer, im);
  if (im.module != "mayfly") return classify_downcall(layer, im);
  for (const IntrinsicEntry &e : intrinsics) {
    if (e.name != im.field) continue;
    if (short_signature(layer.module, im.type) != e.signature)
      return refuse("imports mayfly." + std::string(im.field) + " with the signature " +
                        wasm::signature_text(layer.module, im.type) + ", not " + long_signature(e.signature),
                    im.raw.begin);
    if (layer.user && is_internal(e.op))
      return refuse("imports mayfly." + std::string(im.field) + ", which is for built-in layers only",
                    im.raw.begin);
    layer.intrinsic.push_back(e.op);
    return {};
  }
  return refuse("imports mayfly." + wasm::printable(im.field) + ", which is not an intrinsic", im.raw.begin);
}

Status classify_imports(Layer &layer) {
  uint32_t globals = 0;
  for (const wasm::Import &im : layer.module.imports) {
    if (im.kind == Kind::func) {
      if (Status s = classify_function(layer, im); !s) return s;
    } else if (im.kind == Kind::global) {
      uint32_t index = globals++;
      if (im.module == "env" && im.field == "__memory_base")
        layer.memory_base = index;
      else if (im.module == "env" && im.field == "__stack_pointer")
        layer.stack_pointer = index;
      else if (im.module != "env" || im.field != "__table_base")
        return refuse("imports the global " + wasm::printable(im.module) + "." + wasm::printable(im.field),
                      im.raw.begin);
    } else if (im.kind == Kind::tag) {
      return refuse("imports a tag", im.raw.begin);
    }
  }
  return {};
}

// dylink.0: subsection 1 holds the sizes of static data and of the table.
Status read_dylink(Layer &layer) {
  const wasm::Section *s = layer.module.custom("dylink.0");
  if (!s) return refuse("has no dylink.0 section: link it with wasm-ld --experimental-pic -shared");
  Cursor c(layer.module.file, s->content, s->payload.end, "dylink.0");
  while (c.ok() && !c.at_end()) {
    uint8_t id = c.byte();
    uint32_t size = c.u32();
    Cursor sub(layer.module.file, c.offset(), c.offset() + (size <= c.left() ? size : 0), "dylink.0");
    c.skip(size);
    if (id != 1 || !c.ok()) continue;
    uint32_t bytes = sub.u32();
    sub.u32();
    uint32_t table = sub.u32();
    if (!sub.ok()) return std::unexpected(sub.take_error());
    if (table)
      return refuse("uses a table: a position-independent layer cannot have function pointers or virtual "
                    "functions; build it without -fPIC");
    if (bytes > 0x10000000) return refuse("has more than 256 MiB of static data");
    layer.data_bytes = (bytes + 15) & ~15u;
  }
  if (!c.ok()) return std::unexpected(c.take_error());
  return {};
}

// Constructors or relocations would have to run before the first call of the application.
Status check_no_initialisation(const Layer &layer) {
  const wasm::Module &m = layer.module;
  if (m.start) return refuse("has a start function");
  if (m.elements) return refuse("uses a table: it has element segments");
  for (const wasm::Export &e : m.exports) {
    if (e.name != "__wasm_call_ctors" && e.name != "__wasm_apply_data_relocs") continue;
    if (e.kind != Kind::func || e.index < m.imported_funcs)
      return refuse("exports " + std::string(e.name) + " strangely");
    const wasm::Code &code = m.code[e.index - m.imported_funcs];
    // No locals and the end; wasm-opt writes a nop for nothing.
    bool empty = code.body.size() == 2 || (code.body.size() == 3 && m.file[code.body.begin + 1] == 0x01);
    if (!empty)
      return refuse(
          "needs initialisation at run time (" + std::string(e.name) +
              " is not empty): static constructors and pointers in static data need a layer that is "
              "built without -fPIC",
          code.body.begin);
  }
  return {};
}

// Active segments at __memory_base, or __memory_base plus a constant.
Status read_data(Layer &layer) {
  const wasm::Module &m = layer.module;
  for (const wasm::Data &d : m.data) {
    if (!d.active) return refuse("has a passive data segment", d.bytes.begin);
    Cursor c(m.file, d.offset.begin, d.offset.end, "data");
    bool based = c.byte() == 0x23 && c.u32() == layer.memory_base && layer.memory_base != none;
    uint32_t offset = 0;
    uint8_t op = c.byte();
    if (op == 0x41) {
      offset = static_cast<uint32_t>(c.s32());
      based = based && c.byte() == 0x6a;
      op = c.byte();
    }
    if (!based || op != 0x0b || !c.ok())
      return refuse("has a data segment that is not at __memory_base", d.offset.begin);
    if (uint64_t{offset} + d.bytes.size() > layer.data_bytes)
      return refuse("has a data segment outside its static data", d.bytes.begin);
    layer.data.push_back({offset, d.bytes});
  }
  return {};
}

Status read_relocatable(Layer &layer) {
  for (Status s : {read_dylink(layer), check_no_initialisation(layer)})
    if (!s) return s;
  return read_data(layer);
}

Status check_globals(const Layer &layer) {
  const wasm::Module &m = layer.module;
  for (uint32_t i = m.imported_globals; i < m.globals.size(); ++i) {
    // Only numbers: an initialiser that names another global would need it kept and ordered.
    Cursor c(m.file, m.globals[i].init.begin, m.globals[i].init.end, "global");
    uint8_t op = c.byte();
    if (op == 0x41 || op == 0x42)
      c.s64();
    else if (op == 0x43 || op == 0x44)
      c.skip(op == 0x43 ? 4 : 8);
    if (op < 0x41 || op > 0x44 || c.byte() != 0x0b || !c.ok())
      return refuse("has a global that does not start as a number", m.globals[i].init.begin);
  }
  return {};
}

} // namespace

std::vector<std::string> Layer::serves() const {
  std::vector<std::string> names;
  for (const wasm::Export &e : module.exports) {
    size_t at = e.name.find('.');
    if (at == e.name.npos) at = e.name.find('$');
    if (e.kind != Kind::func || at == e.name.npos || e.name.starts_with(optional_module)) continue;
    names.emplace_back(e.name);
    names.back()[at] = '.';
  }
  return names;
}

uint32_t Layer::find(std::string_view name) const {
  uint32_t found = none;
  for (const wasm::Export &e : module.exports) {
    if (e.kind != Kind::func || e.name.size() != name.size()) continue;
    if (e.name == name) return e.index;
    size_t dollar = e.name.find('$');
    if (dollar != e.name.npos && name[dollar] == '.' && e.name.substr(0, dollar) == name.substr(0, dollar) &&
        e.name.substr(dollar + 1) == name.substr(dollar + 1))
      found = e.index;
  }
  return found;
}

std::expected<Layer, Error> read_layer(wasm::Bytes file, bool user) {
  auto module = wasm::read_module(file);
  if (!module) {
    Error e = module.error();
    e.message = "the layer module: " + e.message;
    return std::unexpected(std::move(e));
  }
  // Once per link, a millisecond: a user's own layer is as untrusted as an application.
  if (auto valid = wasm::validate(*module); !valid) {
    Error e = valid.error();
    e.message = "the layer module: " + e.message;
    return std::unexpected(std::move(e));
  }
  Layer layer;
  layer.module = std::move(*module);
  layer.user = user;
  layer.fixed = user && !layer.module.custom("dylink.0");
  if (layer.module.memories.size() > 1) return refuse("has more than one memory");
  for (const wasm::Memory &m : layer.module.memories)
    if (m.limits.is64 || m.limits.shared || m.limits.page_log2)
      return refuse("has a memory that is 64-bit, shared between threads, or of another page size");
  if (Status s = classify_imports(layer); !s) return std::unexpected(s.error());
  if (Status s = layer.fixed ? read_fixed_layer(layer) : read_relocatable(layer); !s)
    return std::unexpected(s.error());
  if (Status s = check_globals(layer); !s) return std::unexpected(s.error());
  if (user && layer.serves().empty())
    return refuse("exports no function that is named MODULE.FIELD after the import it serves");
  for (const wasm::Export &e : layer.module.exports)
    if (e.kind == Kind::func && e.index < layer.module.imported_funcs)
      return refuse("exports the imported function " + wasm::printable(e.name));
  return layer;
}

} // namespace mayfly::link
