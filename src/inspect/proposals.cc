// Versions: the feature table of the WebAssembly website (2026-11), with what was observed for
// multi-memory in addition (Node 20 refuses two memories, WAMR has them in one build variant).
#include "inspect/proposals.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace mayfly::inspect {
namespace {

struct Names {
  const char *id, *name;
};
constexpr Names kNames[] = {
    {"mutable-globals", "mutable globals"},
    {"sign-extension", "sign extension"},
    {"saturating-float-to-int", "saturating float-to-int"},
    {"multi-value", "multi-value"},
    {"bulk-memory", "bulk memory"},
    {"reference-types", "reference types"},
    {"simd", "SIMD"},
    {"tail-call", "tail calls"},
    {"extended-const", "extended constants"},
    {"threads", "threads"},
    {"exceptions-legacy", "exceptions (legacy)"},
    {"exceptions", "exceptions"},
    {"relaxed-simd", "relaxed SIMD"},
    {"multi-memory", "multi-memory"},
    {"memory64", "memory64"},
    {"function-references", "typed function references"},
    {"gc", "garbage collection"},
    {"wide-arithmetic", "wide arithmetic"},
    {"custom-page-sizes", "custom page sizes"},
    {"stack-switching", "stack switching"},
};
static_assert(std::size(kNames) == kProposals);

// "" every version anybody still has; "!" not at all; "?" behind a switch or in a special build.
struct Runtime {
  const char *name;
  const char *since[kProposals];
};
constexpr Runtime kRuntimes[] = {
    //            mutgl   sign    satf    multi   bulk    reftyp  simd    tail    extcon  threads exc-leg exc
    //            relaxed mmem    mem64   funcref gc     wide  pages stack
    {"Node", {"12.0", "12.0", "12.5", "15.0", "12.5", "17.2", "16.4", "20.0", "21.0", "16.4",
              "17.0", "25.0", "21.0", "22.0", "24.0", "22.0", "22.0", "!",    "!",    "!"}},
    {"Chrome", {"74", "74",  "75",  "85",  "75",  "96",  "91",  "112", "114", "74",
                "95", "137", "114", "120", "133", "119", "119", "!",   "!",   "!"}},
    {"Firefox", {"61",  "62",  "64",  "78",  "79",  "79",  "89",  "121", "112", "79",
                 "100", "131", "145", "125", "134", "120", "120", "!",   "!",   "!"}},
    {"Safari", {"13.1", "14.1", "15", "13.1", "15", "15", "16.4", "18.2", "17.4", "14.1",
                "15.2", "18.4", "?",  "!",    "!",  "18", "18.2", "!",    "!",    "!"}},
    {"Deno", {"0.1",  "0.1",   "0.4",  "1.3.2", "0.4", "1.16", "1.9",  "1.32", "1.33", "1.9",
              "1.16", "2.3.2", "1.33", "1.38",  "2.2", "1.38", "1.38", "!",    "!",    "!"}},
    {"Bun", {"", "", "", "", "", "", "", "", "", "", "", "", "?", "1.4.5", "!", "", "", "!", "!", "!"}},
    {"Wasmtime", {"",  "",  "",   "0.17", "0.20", "0.20", "0.33", "22", "25", "15",
                  "!", "?", "15", "15",   "30",   "?",    "?",    "?",  "?",  "!"}},
    {"Wasmer", {"0.7", "",    "",    "1.0", "1.0", "2.0", "2.0", "7.1", "7.1", "4.0",
                "!",   "6.0", "7.1", "!",   "!",   "!",   "!",   "7.1", "!",   "!"}},
    {"WasmEdge",
     {"0.2.0", "0.6.2",  "0.6.2",  "0.6.2", "0.7.1", "0.7.1",  "0.7.2",  "0.10.0", "0.10.0", "0.10.1",
      "!",     "0.14.0", "0.14.1", "0.9.1", "!",     "0.14.0", "0.14.0", "!",      "!",      "!"}},
    {"wazero", {"", "", "", "", "", "", "", "?", "!", "?", "!", "!", "!", "!", "!", "!", "!", "!", "!", "!"}},
    {"WAMR", {"", "", "", "", "", "?", "?", "?", "?", "?", "?", "!", "!", "?", "?", "?", "?", "!", "!", "!"}},
};

// Dotted numbers; missing parts are zero.
bool older(std::string_view a, std::string_view b) {
  for (const char *pa = a.data(), *pb = b.data(), *ea = pa + a.size(), *eb = pb + b.size();
       pa < ea || pb < eb;) {
    unsigned x = 0, y = 0;
    if (pa < ea) pa = std::from_chars(pa, ea, x).ptr + 1;
    if (pb < eb) pb = std::from_chars(pb, eb, y).ptr + 1;
    if (x != y) return x < y;
  }
  return false;
}

} // namespace

const char *proposal_id(Proposal p) { return kNames[static_cast<size_t>(p)].id; }
const char *proposal_name(Proposal p) { return kNames[static_cast<size_t>(p)].name; }

std::vector<RuntimeVerdict> runtimes_for(const Proposals &proposals) {
  std::vector<RuntimeVerdict> verdicts;
  for (const Runtime &runtime : kRuntimes) {
    RuntimeVerdict verdict;
    verdict.name = runtime.name;
    for (size_t i = 0; i < kProposals; i++) {
      if (!proposals.uses[i]) continue;
      std::string_view since = runtime.since[i];
      if (since == "!")
        verdict.missing.push_back(kNames[i].name);
      else if (since == "?")
        verdict.flags.push_back(kNames[i].name);
      else if (older(verdict.since, since))
        verdict.since = since;
    }
    verdict.runs = verdict.missing.empty() && verdict.flags.empty();
    if (!verdict.runs) verdict.since.clear();
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

} // namespace mayfly::inspect
