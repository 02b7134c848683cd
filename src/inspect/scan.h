// One walk over a module's code and expressions: which proposals it uses, and who can call whom.
#pragma once
#include <cstdint>
#include <expected>
#include <vector>

#include "inspect/proposals.h"
#include "wasm/module.h"

namespace mayfly::inspect {

// Nodes: the functions, then one for each class of function types, through which indirect calls go.
// Edges of node n: targets[first[n]] … targets[first[n + 1] - 1], without repetition.
struct CallGraph {
  uint32_t functions = 0, classes = 0;
  std::vector<uint64_t> first;
  std::vector<uint32_t> targets;
  std::vector<uint32_t> in_tables;  // functions that stand in element segments, ascending
  std::vector<uint32_t> in_globals; // functions that initialise globals, ascending
  std::vector<uint32_t> callers;    // by function: how many others name it in a call or ref.func
};

struct Scan {
  CallGraph graph;
  Proposals proposals;
  uint32_t atomics = 0;
};

// An indirect call is taken to reach every function of a matching type whose reference is taken
// anywhere: never too few. Function types that take part in subtyping are one class.
std::expected<Scan, wasm::Error> scan(const wasm::Module &);

} // namespace mayfly::inspect
