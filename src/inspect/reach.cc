// Breadth-first searches over the call graph. One starts from all entries together and gives the shortest
// ways. The others start from one entry each. The searches from single entries are limited in number, so
// that a module with ten thousand exports costs no more than one with a few.
#include "inspect/reach.h"

#include <algorithm>

namespace mayfly::inspect {
namespace {

constexpr size_t kEntriesMax = 48;          // followed one by one
constexpr uint64_t kStepsMax = 400'000'000; // edges followed over all searches
constexpr size_t kChainMax = 64;
constexpr uint32_t kUnseen = ~0u, kRoot = ~0u - 1;

struct Root {
  Entry entry;
  std::vector<uint32_t> functions;

  Root(Entry::Kind kind, std::string name, std::vector<uint32_t> from) : functions(std::move(from)) {
    entry.kind = kind;
    entry.name = std::move(name);
  }
};

// Exports first that hosts know by name, then the others in the module's order.
int rank(const Entry &e) {
  if (e.kind == Entry::start) return 0;
  if (e.kind == Entry::table) return 3;
  if (e.kind == Entry::global) return 4;
  static constexpr std::string_view known[] = {
      "_start", "_initialize", "main", "_main", "__main_argc_argv", "run", "__wasm_call_ctors"};
  return std::ranges::find(known, e.name) != std::end(known) ? 1 : 2;
}

std::vector<Root> roots_of(const wasm::Module &m, const CallGraph &graph) {
  std::vector<Root> roots;
  if (m.start) roots.emplace_back(Entry::start, "start", std::vector{*m.start});
  bool table_out = false, global_out = false;
  std::string table_name, global_name;
  for (const wasm::Export &e : m.exports) {
    if (e.kind == wasm::Kind::func)
      roots.emplace_back(Entry::export_, std::string(e.name), std::vector{e.index});
    if (e.kind == wasm::Kind::table && !table_out) table_out = true, table_name = e.name;
    if (e.kind == wasm::Kind::global && !m.globals[e.index].type.type.numeric() && !global_out)
      global_out = true, global_name = e.name;
  }
  for (const wasm::Import &i : m.imports) {
    if (i.kind == wasm::Kind::table && !table_out) table_out = true, table_name = i.field;
    if (i.kind == wasm::Kind::global && !i.global.type.numeric() && !global_out)
      global_out = true, global_name = i.field;
  }
  if (table_out && !graph.in_tables.empty()) roots.emplace_back(Entry::table, table_name, graph.in_tables);
  if (global_out && !graph.in_globals.empty())
    roots.emplace_back(Entry::global, global_name, graph.in_globals);
  std::ranges::stable_sort(roots, {}, [](const Root &r) { return rank(r.entry); });
  return roots;
}

// The rest of the roots beyond what is followed singly become one.
void merge_rest(std::vector<Root> &roots, size_t keep) {
  if (roots.size() <= keep) return;
  Root rest(Entry::others, "other exports", {});
  for (size_t i = keep; i < roots.size(); i++)
    rest.functions.insert(rest.functions.end(), roots[i].functions.begin(), roots[i].functions.end());
  roots.erase(roots.begin() + static_cast<std::ptrdiff_t>(keep), roots.end());
  roots.push_back(std::move(rest));
}

class Search {
public:
  explicit Search(const CallGraph &graph)
      : graph_(graph), parent_(graph.functions + size_t{graph.classes}, kUnseen),
        root_(parent_.size(), kUnseen) {}

  // Continues from what earlier calls have seen. A node's parent is who reached it first.
  void from(const std::vector<uint32_t> &functions) {
    for (uint32_t f : functions)
      if (parent_[f] == kUnseen) parent_[f] = kRoot, root_[f] = f, queue_.push_back(f);
  }
  void run() {
    for (; head_ < queue_.size(); head_++) {
      uint32_t node = queue_[head_];
      for (uint64_t i = graph_.first[node]; i < graph_.first[node + 1]; i++) {
        uint32_t to = graph_.targets[i];
        if (parent_[to] == kUnseen) parent_[to] = node, root_[to] = root_[node], queue_.push_back(to);
      }
    }
  }
  void clear() {
    for (uint32_t node : queue_) parent_[node] = kUnseen;
    queue_.clear();
    head_ = 0;
  }
  bool seen(uint32_t node) const { return parent_[node] != kUnseen; }
  // From a root down to `function`, without the nodes of indirect calls. Of a way longer than kChainMax
  // the root and the end.
  std::vector<uint32_t> chain(uint32_t function) const {
    std::vector<uint32_t> way;
    for (uint32_t n = function; n != kRoot; n = parent_[n]) {
      if (n >= graph_.functions) continue;
      if (way.size() == kChainMax - 1) n = root_[n];
      way.push_back(n);
      if (way.size() == kChainMax) break;
    }
    std::ranges::reverse(way);
    return way;
  }
  uint32_t functions_seen() const {
    return static_cast<uint32_t>(
        std::ranges::count_if(queue_, [&](uint32_t n) { return n < graph_.functions; }));
  }

private:
  const CallGraph &graph_;
  std::vector<uint32_t> parent_, root_, queue_;
  size_t head_ = 0;
};

} // namespace

void find_reachable(ModuleFacts &facts, const wasm::Module &m, const CallGraph &graph) {
  std::vector<Root> roots = roots_of(m, graph);
  size_t affordable = std::max<uint64_t>(1, kStepsMax / (graph.targets.size() + graph.first.size() + 1));
  size_t before = roots.size();
  merge_rest(roots, std::min(kEntriesMax, affordable));
  facts.entries_merged = roots.size() < before;

  std::vector<ImportFacts *> functions;
  for (ImportFacts &i : facts.imports) {
    if (i.kind == "func")
      functions.push_back(&i);
    else
      i.reachable = true; // memories, tables and globals are there from the start
  }

  // The ways: entries in their order, so that a way starts at the best known entry among the nearest;
  // through a table only where no function is exported that leads there.
  Search search(graph);
  for (bool named : {true, false}) {
    for (const Root &root : roots)
      if (named == (root.entry.kind == Entry::export_ || root.entry.kind == Entry::start))
        search.from(root.functions);
    search.run();
  }
  facts.functions_reachable = search.functions_seen();
  for (uint32_t i = 0; i < functions.size(); i++) {
    functions[i]->callers = graph.callers[i];
    if (!search.seen(i)) continue;
    functions[i]->reachable = true;
    functions[i]->chain = search.chain(i);
  }

  for (uint32_t r = 0; r < roots.size(); r++) {
    search.clear();
    search.from(roots[r].functions);
    search.run();
    for (uint32_t i = 0; i < functions.size(); i++)
      if (search.seen(i)) functions[i]->from.push_back(r);
    facts.entries.push_back(std::move(roots[r].entry));
  }
}

std::vector<bool> reached_functions(const wasm::Module &m, const CallGraph &graph) {
  Search search(graph);
  for (const Root &root : roots_of(m, graph)) search.from(root.functions);
  search.run();
  std::vector<bool> reached(m.functions.size());
  for (uint32_t f = 0; f < reached.size(); f++) reached[f] = search.seen(f);
  return reached;
}

} // namespace mayfly::inspect
