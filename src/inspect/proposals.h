// The additions to WebAssembly 1.0 that a module can use, and which engine has them since when.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mayfly::inspect {

enum class Proposal : uint8_t {
  mutable_globals,
  sign_extension,
  saturating_float,
  multi_value,
  bulk_memory,
  reference_types,
  simd,
  tail_call,
  extended_const,
  threads,
  exceptions_legacy,
  exceptions,
  relaxed_simd,
  multi_memory,
  memory64,
  function_references,
  gc,
  wide_arithmetic,
  custom_page_sizes,
  stack_switching,
};
inline constexpr size_t kProposals = 20;
const char *proposal_id(Proposal);   // stable, for JSON
const char *proposal_name(Proposal); // for people

// How often each is used: instructions, types, declarations. Zero: not used.
struct Proposals {
  std::array<uint32_t, kProposals> uses{};
  uint32_t &operator[](Proposal p) { return uses[static_cast<size_t>(p)]; }
  bool has(Proposal p) const { return uses[static_cast<size_t>(p)] != 0; }
};

struct RuntimeVerdict {
  std::string name;
  bool runs = false;
  std::string since;                // lowest version that has everything; empty: any
  std::vector<std::string> missing; // names of proposals it lacks
  std::vector<std::string> flags;   // names of proposals that need a switch or a special build
};

// What each known runtime says to a module that uses these. In a fixed order.
std::vector<RuntimeVerdict> runtimes_for(const Proposals &);

} // namespace mayfly::inspect
