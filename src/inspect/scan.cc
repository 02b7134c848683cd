#include "inspect/scan.h"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "wasm/walk.h"

namespace mayfly::inspect {
namespace {

using wasm::Cursor;
using wasm::Space;
using wasm::ValType;

constexpr uint32_t kNoFunction = ~0u;

// Function types with equal parameters and results are one class; those that may be
// subtypes of each other are all one, the last.
struct TypeClasses {
  std::vector<uint32_t> of; // by type index
  uint32_t count = 0;

  explicit TypeClasses(const wasm::Module &m) {
    std::map<std::string, uint32_t> known;
    of.resize(m.types.size(), ~0u);
    for (size_t i = 0; i < m.types.size(); i++) {
      const wasm::Type &t = m.types[i];
      if (t.kind != wasm::TypeKind::func || !t.plain) continue;
      std::string key;
      for (const ValType &v : m.params(t)) key += static_cast<char>(v.code);
      key += '>';
      for (const ValType &v : m.results(t)) key += static_cast<char>(v.code);
      of[i] = known.try_emplace(std::move(key), static_cast<uint32_t>(known.size())).first->second;
    }
    count = static_cast<uint32_t>(known.size()) + 1;
    for (uint32_t &c : of)
      if (c == ~0u) c = count - 1;
  }
};

class Scanner : public wasm::IndexCheck {
public:
  Scanner(const wasm::Module &m, const TypeClasses &classes, Cursor &cursor)
      : IndexCheck(m, cursor), classes_(classes), last_(m.functions.size() + classes_.count, kNoFunction),
        callers_(m.functions.size()), referenced_(m.functions.size()), tabled_(m.functions.size()),
        global_(m.functions.size()) {
    if (const wasm::Section *s = m.section(wasm::section_element))
      elements_ = {m.file.data() + s->payload.begin, m.file.data() + s->payload.end};
  }

  void begin_expression(const ValType &) {
    set_locals(0);
    close_body();
    constant_ = true;
  }
  void begin_body(uint32_t function) {
    close_body();
    constant_ = false;
    current_ = function;
    set_locals(wasm::read_locals(c) + module.types[module.functions[function]].params);
  }

  void opcode(const uint8_t *, uint32_t op) {
    op_ = op;
    if (op < 256) {
      if (kPlain[op] != kNothing) proposals_.uses[kPlain[op]]++;
      if (constant_ && op >= 0x6a && op <= 0x7e) count(Proposal::extended_const);
      return;
    }
    uint32_t sub = op & 0xffff;
    switch (op >> 16) {
    case 0xfb:
      return count(Proposal::gc);
    case 0xfc:
      return count(sub < 8    ? Proposal::saturating_float
                   : sub < 15 ? Proposal::bulk_memory
                   : sub < 18 ? Proposal::reference_types
                              : Proposal::wide_arithmetic);
    case 0xfd:
      return count(sub < 0x100 ? Proposal::simd : Proposal::relaxed_simd);
    case 0xfe:
      atomics_++;
      return count(Proposal::threads);
    }
  }

  void index(Space space, const uint8_t *instr, const uint8_t *at, uint32_t value) {
    IndexCheck::index(space, instr, at, value);
    if (!c.ok()) return;
    if (space == Space::func) return function(value, at);
    if (space == Space::table && (op_ == 0x11 || op_ == 0x13) && value != 0)
      return count(Proposal::reference_types);
    bool by_type = op_ == 0x11 || op_ == 0x13 || op_ == 0x14 || op_ == 0x15;
    if (space == Space::type && by_type && !constant_ && current_ != kNoFunction)
      edge(static_cast<uint32_t>(module.functions.size()) + classes_.of[value]);
  }

  bool heap_index(const uint8_t *at, uint32_t type) {
    bool block = op_ == 0x02 || op_ == 0x03 || op_ == 0x04 || op_ == 0x06 || op_ == 0x1f;
    if (block && type < module.types.size()) {
      const wasm::Type &t = module.types[type];
      if (t.kind == wasm::TypeKind::func && (t.params || t.results > 1)) count(Proposal::multi_value);
    }
    return IndexCheck::heap_index(at, type);
  }

  // After the walk of this part.
  void finish() { close_body(); }

private:
  static constexpr uint8_t kNothing = 255;
  static constexpr auto kPlain = [] {
    std::array<uint8_t, 256> table{};
    table.fill(kNothing);
    auto set = [&](std::initializer_list<int> ops, Proposal p) {
      for (int op : ops) table[static_cast<size_t>(op)] = static_cast<uint8_t>(p);
    };
    set({0x06, 0x07, 0x09, 0x18, 0x19}, Proposal::exceptions_legacy);
    set({0x0a, 0x1f}, Proposal::exceptions);
    set({0x12, 0x13, 0x15}, Proposal::tail_call);
    set({0x14, 0xd4, 0xd5, 0xd6}, Proposal::function_references);
    set({0xd3}, Proposal::gc);
    set({0x1c, 0x25, 0x26, 0xd0, 0xd1, 0xd2}, Proposal::reference_types);
    set({0xc0, 0xc1, 0xc2, 0xc3, 0xc4}, Proposal::sign_extension);
    return table;
  }();

  void count(Proposal p) { proposals_[p]++; }

  // A function's index: a call, a ref.func, or an entry of an element segment.
  void function(uint32_t value, const uint8_t *at) {
    bool call = !constant_ && (op_ == 0x10 || op_ == 0x12);
    if (!call) referenced_[value] = true;
    if (constant_ || current_ == kNoFunction) {
      (at >= elements_.first && at < elements_.second ? tabled_ : global_)[value] = true;
      return;
    }
    if (last_[value] != current_) callers_[value] += value != current_;
    edge(value);
  }

  void edge(uint32_t to) {
    if (last_[to] == current_) return;
    last_[to] = current_;
    targets_.push_back(to);
  }

  void close_body() {
    if (current_ == kNoFunction) return;
    ends_.push_back(targets_.size());
    current_ = kNoFunction;
  }

  friend void merge(const wasm::Module &, const TypeClasses &,
                    std::span<const std::unique_ptr<wasm::WalkPart<Scanner>>>, Scan &);

  const TypeClasses &classes_;
  Proposals proposals_;
  uint32_t atomics_ = 0;
  std::vector<uint32_t> targets_; // of the edges from the bodies of this part, body after body
  std::vector<uint64_t> ends_;    // by body: where its edges end
  std::vector<uint32_t> last_;    // by node: the function whose edge to it was added last
  std::vector<uint32_t> callers_;
  std::vector<bool> referenced_, tabled_, global_;
  uint32_t op_ = 0, current_ = kNoFunction;
  bool constant_ = true;
  std::pair<const uint8_t *, const uint8_t *> elements_{}; // where the element section lies
};

// The graph of all parts, with the nodes of the type classes, and who is referenced.
void merge(const wasm::Module &m, const TypeClasses &classes,
           std::span<const std::unique_ptr<wasm::WalkPart<Scanner>>> parts, Scan &out) {
  CallGraph &g = out.graph;
  g.functions = static_cast<uint32_t>(m.functions.size());
  g.classes = classes.count;
  g.callers.resize(g.functions);
  g.first.assign(m.imported_funcs + size_t{1}, 0); // imported functions call nothing that we see
  std::vector<bool> referenced(g.functions), tabled(g.functions), global(g.functions);
  for (const auto &part : parts) {
    Scanner &s = part->visitor;
    s.finish();
    for (uint64_t end : s.ends_) g.first.push_back(g.targets.size() + end);
    g.targets.insert(g.targets.end(), s.targets_.begin(), s.targets_.end());
    for (size_t k = 0; k < out.proposals.uses.size(); k++) out.proposals.uses[k] += s.proposals_.uses[k];
    out.atomics += s.atomics_;
    for (uint32_t f = 0; f < g.functions; f++) {
      g.callers[f] += s.callers_[f];
      if (s.referenced_[f]) referenced[f] = true;
      if (s.tabled_[f]) tabled[f] = true;
      if (s.global_[f]) global[f] = true;
    }
  }
  std::vector<std::vector<uint32_t>> members(classes.count);
  for (uint32_t f = 0; f < g.functions; f++) {
    if (referenced[f]) members[classes.of[m.functions[f]]].push_back(f);
    if (tabled[f]) g.in_tables.push_back(f);
    if (global[f]) g.in_globals.push_back(f);
  }
  for (const auto &list : members) {
    g.targets.insert(g.targets.end(), list.begin(), list.end());
    g.first.push_back(g.targets.size());
  }
}

void count_type(const ValType &v, Proposals &p) {
  uint8_t code = v.code;
  if (code == 0x7b) p[Proposal::simd]++;
  if (code == 0x6f) p[Proposal::reference_types]++;
  if (code == 0x69 || code == 0x74) p[Proposal::exceptions]++;
  if (code == 0x63 || code == 0x64) p[v.heap >= 0 ? Proposal::function_references : Proposal::gc]++;
  if ((code >= 0x6a && code <= 0x6e) || (code >= 0x71 && code <= 0x73)) p[Proposal::gc]++;
}

// What declarations alone tell.
void count_declarations(const wasm::Module &m, Proposals &p) {
  for (const wasm::Import &i : m.imports)
    if (i.kind == wasm::Kind::global && i.global.is_mutable) p[Proposal::mutable_globals]++;
  for (const wasm::Export &e : m.exports)
    if (e.kind == wasm::Kind::global && m.globals[e.index].type.is_mutable) p[Proposal::mutable_globals]++;
  for (const wasm::Type &t : m.types) {
    if (t.kind == wasm::TypeKind::func && t.results > 1) p[Proposal::multi_value]++;
    if (t.kind == wasm::TypeKind::structure || t.kind == wasm::TypeKind::array) p[Proposal::gc]++;
  }
  for (const ValType &v : m.type_pool) count_type(v, p);
  for (const wasm::Global &g : m.globals) count_type(g.type.type, p);
  if (m.tables.size() > 1) p[Proposal::reference_types]++;
  for (const wasm::Table &t : m.tables) {
    count_type(t.element, p);
    if (t.limits.is64) p[Proposal::memory64]++;
  }
  for (const wasm::Memory &memory : m.memories) {
    if (memory.limits.shared) p[Proposal::threads]++;
    if (memory.limits.is64) p[Proposal::memory64]++;
    if (memory.limits.page_log2) p[Proposal::custom_page_sizes]++;
  }
  if (m.memories.size() > 1) p[Proposal::multi_memory] += static_cast<uint32_t>(m.memories.size()) - 1;
  for (const wasm::Data &d : m.data) p[Proposal::bulk_memory] += !d.active;
  if (!m.tags.empty() && !p.has(Proposal::exceptions))
    p[Proposal::exceptions_legacy] += static_cast<uint32_t>(m.tags.size());
}

} // namespace

std::expected<Scan, wasm::Error> scan(const wasm::Module &m) {
  Scan out;
  TypeClasses classes(m);
  auto parts = wasm::walk_module_in_parts<Scanner>(
      m, wasm::walk_parts(m, processors()), [&](Cursor &cursor) { return Scanner(m, classes, cursor); });
  if (!parts) return std::unexpected(parts.error());
  merge(m, classes, *parts, out);
  if (out.proposals.has(Proposal::exceptions) && !m.tags.empty()) {
    // `throw` exists in both forms; with try_table the newer one is meant.
    Proposals &p = out.proposals;
    if (p[Proposal::exceptions_legacy]) p[Proposal::exceptions] += p[Proposal::exceptions_legacy];
    p[Proposal::exceptions_legacy] = 0;
  }
  count_declarations(m, out.proposals);
  return out;
}

} // namespace mayfly::inspect
