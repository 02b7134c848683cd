// A WebAssembly module as read from a file: everything but the instructions, which stay
// raw bytes (wasm/walk.h reads those). All views point into the file's bytes, which must
// outlive the Module. Positions are byte offsets in the file.
//
// read_module() bounds every count and every index it meets, so code that uses a Module
// may follow type, function, table, memory, global, tag, element and data indices freely.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/cursor.h"
#include "wasm/error.h"

namespace mayfly::wasm {

enum SectionId : uint8_t {
  section_custom = 0,
  section_type = 1,
  section_import = 2,
  section_function = 3,
  section_table = 4,
  section_memory = 5,
  section_global = 6,
  section_export = 7,
  section_start = 8,
  section_element = 9,
  section_code = 10,
  section_data = 11,
  section_data_count = 12,
  section_tag = 13,
};
constexpr unsigned section_ids = 14;

// Where a section stands in a module; 0 for ids that do not exist. Custom sections: anywhere.
unsigned section_rank(uint8_t id);
const char *section_name(uint8_t id);

struct Range {
  uint32_t begin = 0, end = 0;
  uint32_t size() const { return end - begin; }
};

struct Section {
  uint8_t id = 0;
  uint32_t header = 0;   // offset of the id byte
  Range payload;         // without id and size; for a custom section it starts at the name's length
  std::string_view name; // custom sections only
  uint32_t content = 0;  // custom sections: offset after the name
};

// A value type's first byte, and the heap type of the two-part reference types 0x63 and 0x64.
struct ValType {
  uint8_t code = 0;
  int64_t heap = 0;
  bool operator==(const ValType &) const = default;
  bool numeric() const { return code >= 0x7b && code <= 0x7f; }
};
constexpr ValType i32{0x7f}, i64{0x7e}, f32{0x7d}, f64{0x7c}, v128{0x7b};

enum class TypeKind : uint8_t { func, structure, array };

struct Type {
  TypeKind kind = TypeKind::func;
  // A function type alone in its recursion group, final, without supertype, over numbers only: two of
  // these with the same signature are the same type, so such a type may be shared between modules.
  bool plain = false;
  uint32_t first = 0; // in Module::type_pool: parameters, then results
  uint32_t params = 0, results = 0;
};

struct Limits {
  uint64_t min = 0;
  std::optional<uint64_t> max;
  bool shared = false, is64 = false;
  std::optional<uint32_t> page_log2; // custom page size
};

enum class Kind : uint8_t { func = 0, table = 1, memory = 2, global = 3, tag = 4 };
const char *kind_name(Kind kind);

struct GlobalType {
  ValType type;
  bool is_mutable = false;
};

struct Import {
  std::string_view module, field;
  Kind kind = Kind::func;
  uint32_t type = 0; // func, tag: type index
  Limits limits;     // table, memory
  GlobalType global; // global; for a table `global.type` is the element type
  Range raw;         // the whole entry
};

struct Export {
  std::string_view name;
  Kind kind = Kind::func;
  uint32_t index = 0;
  Range index_at; // where the index is encoded
};

struct Memory {
  Limits limits;
  Range raw; // of the limits; empty for an imported memory
  bool imported = false;
};

struct Table {
  ValType element;
  Limits limits;
  bool imported = false;
};

struct Global {
  GlobalType type;
  bool imported = false;
  Range init; // the expression with its `end`; empty for an imported global
};

struct Code {
  uint32_t size_at = 0; // offset of the body's size
  Range body;           // local declarations and instructions
};

struct Data {
  bool active = false;
  uint32_t memory = 0;
  Range offset; // the expression with its `end`; active only
  Range bytes;
};

struct Module {
  Bytes file;
  std::vector<Section> sections;            // in file order
  const Section *section(uint8_t id) const; // a known section, or null; valid while `sections` is unchanged
  const Section *custom(std::string_view name) const;

  std::vector<Type> types;
  std::vector<ValType> type_pool;
  uint32_t type_groups = 0; // entries of the type section: recursion groups count once

  std::vector<Import> imports;
  uint32_t imported_funcs = 0, imported_globals = 0;
  std::vector<uint32_t> functions; // type index of every function, imported ones first
  std::vector<Table> tables;
  std::vector<Memory> memories;
  std::vector<Global> globals;
  std::vector<uint32_t> tags; // type index
  std::vector<Export> exports;
  std::optional<uint32_t> start;
  Range start_at;
  uint32_t elements = 0; // number of element segments
  std::vector<ValType> element_types;
  std::optional<uint32_t> data_count;
  std::vector<Code> code; // of the functions that are not imported
  std::vector<Data> data;

  uint32_t defined_funcs() const { return static_cast<uint32_t>(functions.size()) - imported_funcs; }
  std::span<const ValType> params(const Type &t) const { return {type_pool.data() + t.first, t.params}; }
  std::span<const ValType> results(const Type &t) const {
    return {type_pool.data() + t.first + t.params, t.results};
  }
  bool is_func_type(uint32_t index) const {
    return index < types.size() && types[index].kind == TypeKind::func;
  }
};

// Reads a core module, version 1. Instructions of function bodies are not looked at.
// Components, text, other files, truncated and empty ones each get a message of their own.
std::expected<Module, Error> read_module(Bytes file);

// "(i32 i64) -> i32", for messages.
std::string signature_text(const Module &module, uint32_t type);
std::string val_type_text(ValType type);

// Two function types, maybe of different modules, with equal parameters and results. Types
// that mention other types (indices) are never equal across modules.
bool same_signature(const Module &a, uint32_t type_a, const Module &b, uint32_t type_b);

} // namespace mayfly::wasm
