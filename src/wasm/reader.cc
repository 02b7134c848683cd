// Reads a module's sections. One function per section; each reads with a cursor over just
// that section, so a wrong count or length cannot reach into the next one.
//
// What is checked here: the shape of every entry and every index between entries. What is
// not: the types of expressions on the operand stack (the engine does that).
#include <algorithm>
#include <cstring>

#include "wasm/module.h"
#include "wasm/unknown.h"
#include "wasm/walk.h"

namespace mayfly::wasm {

namespace {

using Status = std::expected<void, Error>;

class Reader {
public:
  explicit Reader(Bytes file) { m_.file = file; }

  std::expected<Module, Error> read() {
    if (Status s = header(); !s) return std::unexpected(s.error());
    if (Status s = frame(); !s) return std::unexpected(s.error());
    for (const Section &section : m_.sections) {
      if (section.id == section_custom) continue;
      Cursor c(m_.file, section.payload.begin, section.payload.end, section_name(section.id));
      contents(section.id, c);
      if (c.ok() && !c.at_end()) c.fail("there are bytes after the section's last entry");
      if (!c.ok()) return std::unexpected(c.take_error());
    }
    if (Status s = whole(); !s) return std::unexpected(s.error());
    return std::move(m_);
  }

private:
  static std::unexpected<Error> error(std::string message, uint64_t offset, std::string section = "") {
    return std::unexpected(Error{std::move(message), offset, std::move(section)});
  }

  Status header() const {
    Bytes f = m_.file;
    static constexpr uint8_t magic[4] = {0, 'a', 's', 'm'};
    if (f.empty()) return error("the file is empty, not a WebAssembly module", 0);
    if (f.size() > 0xffffffffu)
      return error("the file is larger than 4 GiB, which no WebAssembly module may be", 0);
    if (std::memcmp(f.data(), magic, std::min<size_t>(4, f.size())) != 0) {
      std::string hint;
      if (f[0] == '(') hint = "; it looks like WebAssembly text: run wat2wasm first";
      return error(
          "the file is not a WebAssembly module: it does not start with the bytes 00 61 73 6d" + hint, 0);
    }
    if (f.size() < 8) return error("the file is cut off inside the 8-byte module header", f.size());
    uint32_t version = f[4] | f[5] << 8, layer = f[6] | f[7] << 8;
    if (layer == 1)
      return error("the file is a WebAssembly component, not a core module; "
                   "extract its core module, or build for wasm32-wasip1",
                   4);
    if (version != 1 || layer != 0)
      return error("unknown WebAssembly version " + std::to_string(version) + "; version 1 is expected", 4);
    return {};
  }

  // Cuts the file into sections and checks their order.
  Status frame() {
    Cursor c(m_.file, 8, m_.file.size(), "");
    unsigned last_rank = 0;
    while (!c.at_end()) {
      Section s;
      s.header = c.offset();
      s.id = c.byte();
      uint32_t size = c.u32();
      if (!c.ok()) return error("the file is cut off inside a section header", s.header);
      unsigned rank = section_rank(s.id);
      if (s.id != section_custom && rank == 0) return error(unknown_text(Encoding::section, s.id), s.header);
      if (size > c.left())
        return error(std::string("the file is cut off: the ") + section_name(s.id) + " section wants " +
                         std::to_string(size) + " bytes, " + std::to_string(c.left()) + " are left",
                     s.header, section_name(s.id));
      s.payload = {c.offset(), c.offset() + size};
      c.skip(size);
      if (s.id == section_custom) {
        Cursor n(m_.file, s.payload.begin, s.payload.end, "custom");
        s.name = n.name();
        if (!n.ok()) return std::unexpected(n.take_error());
        s.content = n.offset();
      } else if (rank <= last_rank) {
        return error(std::string("the ") + section_name(s.id) + " section is repeated or out of order",
                     s.header, section_name(s.id));
      } else {
        last_rank = rank;
      }
      m_.sections.push_back(s);
    }
    return {};
  }

  void contents(uint8_t id, Cursor &c) {
    switch (id) {
    case section_type:
      return types(c);
    case section_import:
      return imports(c);
    case section_function:
      return functions(c);
    case section_table:
      return tables(c);
    case section_memory:
      return memories(c);
    case section_tag:
      return tags(c);
    case section_global:
      return globals(c);
    case section_export:
      return exports(c);
    case section_start:
      return start(c);
    case section_element:
      return elements(c);
    case section_data_count:
      m_.data_count = c.u32();
      return;
    case section_code:
      return code(c);
    case section_data:
      return data(c);
    }
  }

  // Agreements between sections.
  Status whole() {
    if (m_.code.size() != m_.defined_funcs())
      return error("the function section declares " + std::to_string(m_.defined_funcs()) +
                       " functions, the code section has " + std::to_string(m_.code.size()),
                   m_.file.size(), "code");
    if (m_.data_count && *m_.data_count != m_.data.size())
      return error("the data count section says " + std::to_string(*m_.data_count) + " segments, there are " +
                       std::to_string(m_.data.size()),
                   m_.file.size(), "data");
    std::vector<std::string_view> names;
    names.reserve(m_.exports.size());
    for (const Export &e : m_.exports) names.push_back(e.name);
    std::sort(names.begin(), names.end());
    auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end())
      return error("the name \"" + printable(*twice) + "\" is exported twice", section_begin(section_export),
                   "export");
    return {};
  }

  uint64_t section_begin(uint8_t id) const {
    const Section *s = m_.section(id);
    return s ? s->header : Error::no_offset;
  }

  // --- types -------------------------------------------------------------------------

  void types(Cursor &c) {
    m_.type_groups = c.count("types", 2);
    m_.types.reserve(m_.type_groups);
    for (uint32_t i = 0; i < m_.type_groups && c.ok(); ++i) {
      if (!c.at_end() && *c.pos() == 0x4e) {
        c.byte();
        uint32_t n = c.count("types of a recursion group", 2);
        for (uint32_t k = 0; k < n && c.ok(); ++k) sub_type(c, false);
      } else {
        sub_type(c, true);
      }
    }
    for (const ValType &t : m_.type_pool)
      if (c.ok() && t.heap >= static_cast<int64_t>(m_.types.size()))
        c.fail("a type refers to a type that does not exist");
  }

  void sub_type(Cursor &c, bool alone) {
    Type t;
    bool declared_sub = false;
    if (!c.at_end() && (*c.pos() == 0x50 || *c.pos() == 0x4f)) {
      declared_sub = true;
      c.byte();
      uint32_t supers = c.count("supertypes");
      for (uint32_t i = 0; i < supers && c.ok(); ++i) {
        const uint8_t *at = c.pos();
        if (c.u32() >= m_.types.size() && c.ok()) c.fail(at, "a supertype does not exist");
      }
    }
    composite(c, t);
    t.plain = alone && !declared_sub && t.kind == TypeKind::func;
    for (uint32_t i = t.first; t.plain && i < m_.type_pool.size(); ++i) t.plain = m_.type_pool[i].numeric();
    if (c.ok()) m_.types.push_back(t);
  }

  void composite(Cursor &c, Type &t) {
    const uint8_t *at = c.pos();
    uint8_t form = c.byte();
    t.first = static_cast<uint32_t>(m_.type_pool.size());
    switch (form) {
    case 0x60:
      t.params = val_types(c, "parameters");
      t.results = val_types(c, "results");
      return;
    case 0x5f: {
      t.kind = TypeKind::structure;
      uint32_t n = c.count("fields", 2);
      for (uint32_t i = 0; i < n && c.ok(); ++i) field(c);
      t.params = n;
      return;
    }
    case 0x5e:
      t.kind = TypeKind::array;
      t.params = 1;
      return field(c);
    default:
      if (c.ok()) c.fail(at, unknown_text(Encoding::type_form, form));
    }
  }

  uint32_t val_types(Cursor &c, const char *what) {
    const uint8_t *at = c.pos();
    uint32_t n = c.count(what);
    if (n > 1000)
      c.fail(at, std::string("a function type with more than the 1000 ") + what + " that engines allow");
    for (uint32_t i = 0; i < n && c.ok(); ++i) m_.type_pool.push_back(read_val_type(c));
    return n;
  }

  void field(Cursor &c) {
    if (!c.at_end() && (*c.pos() == 0x78 || *c.pos() == 0x77))
      m_.type_pool.push_back(ValType{c.byte()}); // i8, i16
    else
      m_.type_pool.push_back(read_val_type(c));
    mutability(c);
  }

  bool mutability(Cursor &c) {
    const uint8_t *at = c.pos();
    uint8_t flags = c.byte();
    if (flags > 1) c.fail(at, unknown_text(Encoding::mutability, flags));
    return flags == 1;
  }

  // --- imports and declarations ------------------------------------------------------

  Limits limits(Cursor &c, bool memory) {
    const uint8_t *at = c.pos();
    Limits l;
    uint8_t flags = c.byte();
    if (flags > (memory ? 0x0f : 0x05) || (!memory && (flags & 2))) {
      c.fail(at, "unknown limits flags " + hex(flags));
      return l;
    }
    l.shared = flags & 2;
    l.is64 = flags & 4;
    l.min = l.is64 ? c.u64() : c.u32();
    if (flags & 1) l.max = l.is64 ? c.u64() : c.u32();
    if (flags & 8) l.page_log2 = c.u32();
    if (!c.ok()) return l;
    if (l.max && *l.max < l.min) c.fail(at, "limits with a maximum below the minimum");
    uint64_t most = l.is64 ? uint64_t{1} << 48 : 65536;
    if (memory && !l.page_log2 && (l.min > most || (l.max && *l.max > most)))
      c.fail(at, "a memory of more than " + std::to_string(most) + " pages");
    if (memory && l.shared && !l.max) c.fail(at, "a shared memory without a maximum");
    return l;
  }

  uint32_t type_index(Cursor &c) {
    const uint8_t *at = c.pos();
    uint32_t t = c.u32();
    if (c.ok() && !m_.is_func_type(t)) c.fail(at, "type " + std::to_string(t) + " is not a function type");
    return t;
  }

  uint32_t tag_type(Cursor &c) {
    const uint8_t *at = c.pos();
    if (c.byte() != 0) c.fail(at, "unknown kind of tag");
    uint32_t type = type_index(c);
    if (c.ok() && m_.types[type].results) c.fail(at, "a tag whose type returns something");
    return type;
  }

  ValType reference_type(Cursor &c) {
    const uint8_t *at = c.pos();
    ValType t = read_val_type(c);
    if (c.ok() && t.numeric()) c.fail(at, "a table of something that is not a reference");
    check_heap(c, at, t);
    return t;
  }

  void check_heap(Cursor &c, const uint8_t *at, const ValType &t) {
    if (t.heap >= 0 && (t.code == 0x63 || t.code == 0x64) && t.heap >= static_cast<int64_t>(m_.types.size()))
      c.fail(at, "a type index is out of range");
  }

  GlobalType global_type(Cursor &c) {
    const uint8_t *at = c.pos();
    GlobalType g;
    g.type = read_val_type(c);
    check_heap(c, at, g.type);
    g.is_mutable = mutability(c);
    return g;
  }

  void imports(Cursor &c) {
    uint32_t n = c.count("imports", 4);
    m_.imports.reserve(n);
    for (uint32_t i = 0; i < n && c.ok(); ++i) {
      Import im;
      im.raw.begin = c.offset();
      im.module = c.name();
      im.field = c.name();
      const uint8_t *at = c.pos();
      uint8_t kind = c.byte();
      if (kind > 4) return c.fail(at, unknown_text(Encoding::import_kind, kind));
      im.kind = static_cast<Kind>(kind);
      import_type(c, im);
      im.raw.end = c.offset();
      if (c.ok()) m_.imports.push_back(im);
    }
    m_.imported_funcs = static_cast<uint32_t>(m_.functions.size());
    m_.imported_globals = static_cast<uint32_t>(m_.globals.size());
  }

  void import_type(Cursor &c, Import &im) {
    switch (im.kind) {
    case Kind::func:
      im.type = type_index(c);
      m_.functions.push_back(im.type);
      return;
    case Kind::table:
      im.global.type = reference_type(c);
      im.limits = limits(c, false);
      m_.tables.push_back({im.global.type, im.limits, true});
      return;
    case Kind::memory:
      im.limits = limits(c, true);
      m_.memories.push_back({im.limits, {}, true});
      return;
    case Kind::global:
      im.global = global_type(c);
      m_.globals.push_back({im.global, true, {}});
      return;
    case Kind::tag:
      im.type = tag_type(c);
      m_.tags.push_back(im.type);
      return;
    }
  }

  void functions(Cursor &c) {
    uint32_t n = c.count("functions");
    m_.functions.reserve(m_.functions.size() + n);
    for (uint32_t i = 0; i < n && c.ok(); ++i) m_.functions.push_back(type_index(c));
  }

  void tables(Cursor &c) {
    uint32_t n = c.count("tables", 3);
    for (uint32_t i = 0; i < n && c.ok(); ++i) {
      bool with_init = !c.at_end() && *c.pos() == 0x40;
      if (with_init) {
        c.byte();
        const uint8_t *at = c.pos();
        if (c.byte() != 0) return c.fail(at, "unknown form of table");
      }
      Table t;
      t.element = reference_type(c);
      t.limits = limits(c, false);
      if (with_init) expression(c);
      m_.tables.push_back(t);
    }
  }

  void memories(Cursor &c) {
    uint32_t n = c.count("memories", 2);
    for (uint32_t i = 0; i < n && c.ok(); ++i) {
      Memory memory;
      memory.raw.begin = c.offset();
      memory.limits = limits(c, true);
      memory.raw.end = c.offset();
      m_.memories.push_back(memory);
    }
  }

  void tags(Cursor &c) {
    uint32_t n = c.count("tags", 2);
    for (uint32_t i = 0; i < n && c.ok(); ++i) m_.tags.push_back(tag_type(c));
  }

  void globals(Cursor &c) {
    uint32_t n = c.count("globals", 3);
    for (uint32_t i = 0; i < n && c.ok(); ++i) {
      Global g;
      g.type = global_type(c);
      g.init = expression(c);
      m_.globals.push_back(g);
    }
  }

  // A constant expression: only instructions that the specification allows there.
  struct ConstCheck : IndexCheck {
    using IndexCheck::IndexCheck;
    void opcode(const uint8_t *instr, uint32_t op) {
      bool allowed = op == 0x0b || op == 0x23 || (op >= 0x41 && op <= 0x44) || op == 0x6a || op == 0x6b ||
                     op == 0x6c || op == 0x7c || op == 0x7d || op == 0x7e || op == 0xd0 || op == 0xd2 ||
                     op == 0xfd000c || (op >= 0xfb0000 && op <= 0xfb0001) ||
                     (op >= 0xfb0006 && op <= 0xfb0008) || (op >= 0xfb001a && op <= 0xfb001c);
      if (!allowed) c.fail(instr, "instruction " + hex(op) + " is not allowed in a constant expression");
    }
  };

  Range expression(Cursor &c) {
    Range r{c.offset(), 0};
    // Functions may be named before the function section's end is known to match; globals
    // only those declared so far.
    ConstCheck check(m_, c);
    walk_expression(c, check);
    r.end = c.offset();
    return r;
  }

  uint32_t size_of(Kind kind) const {
    size_t n = kind == Kind::func     ? m_.functions.size()
               : kind == Kind::table  ? m_.tables.size()
               : kind == Kind::memory ? m_.memories.size()
               : kind == Kind::global ? m_.globals.size()
                                      : m_.tags.size();
    return static_cast<uint32_t>(n);
  }

  void exports(Cursor &c) {
    uint32_t n = c.count("exports", 3);
    m_.exports.reserve(n);
    for (uint32_t i = 0; i < n && c.ok(); ++i) {
      Export e;
      e.name = c.name();
      const uint8_t *at = c.pos();
      uint8_t kind = c.byte();
      if (kind > 4) return c.fail(at, "unknown kind of export " + hex(kind));
      e.kind = static_cast<Kind>(kind);
      e.index_at.begin = c.offset();
      e.index = c.u32();
      e.index_at.end = c.offset();
      if (c.ok() && e.index >= size_of(e.kind))
        return c.fail(at, "the export \"" + printable(e.name) + "\" names " + kind_name(e.kind) + " " +
                              std::to_string(e.index) + ", which does not exist");
      m_.exports.push_back(e);
    }
  }

  void start(Cursor &c) {
    m_.start_at.begin = c.offset();
    const uint8_t *at = c.pos();
    m_.start = c.u32();
    m_.start_at.end = c.offset();
    if (!c.ok()) return;
    if (*m_.start >= m_.functions.size()) return c.fail(at, "the start function does not exist");
    const Type &t = m_.types[m_.functions[*m_.start]];
    if (t.params || t.results) c.fail(at, "the start function takes or returns something");
  }

  // --- segments and code -------------------------------------------------------------

  void elements(Cursor &c) {
    m_.elements = c.count("element segments", 2);
    ConstCheck check(m_, c);
    for (uint32_t i = 0; i < m_.elements && c.ok(); ++i) m_.element_types.push_back(walk_element(c, check));
  }

  void code(Cursor &c) {
    uint32_t n = c.count("function bodies", 2);
    m_.code.reserve(n);
    for (uint32_t i = 0; i < n && c.ok(); ++i) {
      Code body;
      body.size_at = c.offset();
      uint32_t size = c.u32();
      body.body.begin = c.offset();
      c.skip(size);
      body.body.end = c.offset();
      m_.code.push_back(body);
    }
  }

  void data(Cursor &c) {
    uint32_t n = c.count("data segments", 2);
    m_.data.reserve(n);
    for (uint32_t i = 0; i < n && c.ok(); ++i) {
      Data d;
      const uint8_t *at = c.pos();
      uint32_t flags = c.u32();
      if (flags > 2) return c.fail(at, "unknown kind of data segment " + hex(flags));
      d.active = flags != 1;
      if (flags == 2) d.memory = c.u32();
      if (c.ok() && d.active && d.memory >= m_.memories.size())
        return c.fail(at,
                      "a data segment is for memory " + std::to_string(d.memory) + ", which does not exist");
      if (d.active) d.offset = expression(c);
      uint32_t size = c.u32();
      d.bytes.begin = c.offset();
      c.skip(size);
      d.bytes.end = c.offset();
      m_.data.push_back(d);
    }
  }

  Module m_;
};

} // namespace

unsigned section_rank(uint8_t id) {
  // Tags stand between memories and globals, the data count before the code.
  static constexpr uint8_t rank[section_ids] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6};
  return id < section_ids ? rank[id] : 0;
}

const char *section_name(uint8_t id) {
  static constexpr const char *names[section_ids] = {"custom", "type",   "import",     "function", "table",
                                                     "memory", "global", "export",     "start",    "element",
                                                     "code",   "data",   "data count", "tag"};
  return id < section_ids ? names[id] : "unknown";
}

const char *kind_name(Kind kind) {
  switch (kind) {
  case Kind::func:
    return "func";
  case Kind::table:
    return "table";
  case Kind::memory:
    return "memory";
  case Kind::global:
    return "global";
  case Kind::tag:
    return "tag";
  }
  return "unknown";
}

const Section *Module::section(uint8_t id) const {
  for (const Section &s : sections)
    if (s.id == id) return &s;
  return nullptr;
}

const Section *Module::custom(std::string_view name) const {
  for (const Section &s : sections)
    if (s.id == section_custom && s.name == name) return &s;
  return nullptr;
}

std::expected<Module, Error> read_module(Bytes file) { return Reader(file).read(); }

std::string val_type_text(ValType type) {
  switch (type.code) {
  case 0x7f:
    return "i32";
  case 0x7e:
    return "i64";
  case 0x7d:
    return "f32";
  case 0x7c:
    return "f64";
  case 0x7b:
    return "v128";
  case 0x70:
    return "funcref";
  case 0x6f:
    return "externref";
  default:
    return "ref";
  }
}

static std::string list_text(std::span<const ValType> types) {
  std::string out = "(";
  for (const ValType &t : types) out += (out.size() > 1 ? " " : "") + val_type_text(t);
  return out + ")";
}

std::string signature_text(const Module &module, uint32_t type) {
  const Type &t = module.types[type];
  std::string out = list_text(module.params(t));
  if (t.results == 1) return out + " -> " + val_type_text(module.results(t)[0]);
  return out + (t.results ? " -> " + list_text(module.results(t)) : "");
}

bool same_signature(const Module &a, uint32_t type_a, const Module &b, uint32_t type_b) {
  const Type &x = a.types[type_a], &y = b.types[type_b];
  if (x.params != y.params || x.results != y.results) return false;
  for (uint32_t i = 0; i < x.params + x.results; ++i) {
    ValType s = a.type_pool[x.first + i], t = b.type_pool[y.first + i];
    if (!(s == t) || s.code == 0x63 || s.code == 0x64) return false;
  }
  return true;
}

} // namespace mayfly::wasm
