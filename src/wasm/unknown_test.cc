// A module of a proposal that is not known yet is refused by the proposal's name.
#include "wasm/unknown.h"

#include <gtest/gtest.h>

#include "wasm/module.h"

namespace mayfly::wasm {
namespace {

std::string problem(std::vector<uint8_t> sections) {
  std::vector<uint8_t> file{0, 'a', 's', 'm', 1, 0, 0, 0};
  file.insert(file.end(), sections.begin(), sections.end());
  auto m = read_module(file);
  return m ? "" : m.error().message;
}

TEST(Unknown, ModulesAreRefusedByTheNameOfTheirProposal) {
  const std::string end = " proposal, which this version does not know";
  // (type (func)) (type (cont 0))
  EXPECT_EQ(problem({1, 6, 2, 0x60, 0, 0, 0x5d, 0}),
            "unknown form of type 0x5d: it is of the stack switching" + end);
  // (type (shared (func)))
  EXPECT_EQ(problem({1, 5, 1, 0x65, 0x60, 0, 0}),
            "unknown form of type 0x65: it is of the shared-everything threads" + end);
  // (type (func (param stringref)))
  EXPECT_EQ(problem({1, 5, 1, 0x60, 1, 0x67, 0}),
            "unknown value type 0x67: it is of the reference-typed strings" + end);
  // (type (func (param (ref null cont))))
  EXPECT_EQ(problem({1, 6, 1, 0x60, 1, 0x63, 0x68, 0}),
            "unknown heap type 0x68: it is of the stack switching" + end);
  // (import "" "" (func (exact (type 0))))
  EXPECT_EQ(problem({1, 4, 1, 0x60, 0, 0, 2, 5, 1, 0, 0, 0x20, 0}),
            "unknown kind of import 0x20: it is of the custom descriptors" + end);
  EXPECT_EQ(problem({14, 0}), "unknown section id 14: it is of the reference-typed strings" + end);
}

TEST(Unknown, WhatNoProposalUsesIsOnlyUnknown) {
  EXPECT_EQ(problem({1, 3, 1, 0x20, 0}), "unknown form of type 0x20");
  EXPECT_EQ(problem({99, 0}), "unknown section id 99: the file is corrupt or uses a future proposal");
}

TEST(Unknown, InstructionsToo) {
  const std::string end = " proposal, which this version does not know";
  EXPECT_EQ(unknown_instruction_text(0, 0xe2),
            "unknown instruction 0xe2: it is of the stack switching" + end);
  EXPECT_EQ(unknown_instruction_text(0xfd, 0x130),
            "unknown instruction 0xfd 0x130: it is of the half precision" + end);
  EXPECT_EQ(unknown_instruction_text(0, 0xff),
            "unknown instruction 0xff: the module uses a proposal that this version does not know");
}

} // namespace
} // namespace mayfly::wasm
