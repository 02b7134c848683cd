// A walk in parts is the walk in one piece, whatever the number of parts.
#include "wasm/walk.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mayfly::wasm {
namespace {

// A module of `bodies` functions of growing length, with globals before the code and a data segment after it.
// The bodies `damaged` have an unknown instruction.
std::vector<uint8_t> module_of(uint8_t bodies, std::set<int> damaged = {}) {
  std::vector<uint8_t> m{0, 'a', 's', 'm', 1, 0, 0, 0};
  auto section = [&](uint8_t id, std::vector<uint8_t> payload) {
    m.push_back(id);
    for (size_t rest = payload.size(); rest >= 0x80; rest >>= 7)
      m.push_back(static_cast<uint8_t>(rest | 0x80));
    m.push_back(static_cast<uint8_t>(payload.size() < 0x80 ? payload.size() : payload.size() >> 7));
    m.insert(m.end(), payload.begin(), payload.end());
  };
  section(1, {1, 0x60, 0, 0});
  std::vector<uint8_t> functions{bodies};
  functions.resize(bodies + size_t{1}, 0);
  section(3, functions);
  section(5, {1, 0, 1});
  section(6, {2, 0x7f, 0, 0x41, 0, 0x0b, 0x7f, 0, 0x23, 0, 0x0b});
  std::vector<uint8_t> code{bodies};
  for (int i = 0; i < bodies; ++i) {
    std::vector<uint8_t> body{0};
    for (int k = 0; k < i; ++k) body.insert(body.end(), {0x10, static_cast<uint8_t>(k)});
    if (damaged.contains(i)) body.push_back(0xff);
    body.push_back(0x0b);
    code.push_back(static_cast<uint8_t>(body.size()));
    code.insert(code.end(), body.begin(), body.end());
  }
  section(10, code);
  section(11, {1, 0, 0x23, 0, 0x0b, 1, 'x'});
  return m;
}

// Writes down every index that it meets.
struct Recorder : IndexCheck {
  using IndexCheck::IndexCheck;
  std::string seen;
  void begin_expression(const ValType &) { seen += "expression "; }
  void begin_body(uint32_t func) {
    seen += "body" + std::to_string(func) + " ";
    set_locals(read_locals(c));
  }
  void index(Space space, const uint8_t *instr, const uint8_t *at, uint32_t value) {
    IndexCheck::index(space, instr, at, value);
    seen += space_name(space) + std::to_string(value) + " ";
  }
};

std::string in_parts(const Module &m, size_t parts) {
  auto walked = walk_module_in_parts<Recorder>(m, parts, [&](Cursor &c) { return Recorder(m, c); });
  if (!walked) return std::to_string(walked.error().offset) + ": " + walked.error().message;
  std::string all;
  for (const auto &part : *walked) all += part->visitor.seen;
  return all;
}

TEST(WalkInParts, IsTheWalkInOnePiece) {
  std::vector<uint8_t> bytes = module_of(40);
  auto m = read_module(bytes);
  ASSERT_TRUE(m) << m.error().message;
  Cursor c(m->file, 0, 0, "");
  Recorder whole(*m, c);
  ASSERT_TRUE(walk_module(*m, c, whole));
  ASSERT_NE(whole.seen.find("body39 function0 "), whole.seen.npos);
  for (size_t parts : {1, 2, 3, 7, 40, 64}) EXPECT_EQ(in_parts(*m, parts), whole.seen) << parts;
}

TEST(WalkInParts, TellsTheFirstErrorOfTheFile) {
  for (std::set<int> damaged : {std::set{0}, {5}, {39}, {7, 20, 33}}) {
    std::vector<uint8_t> bytes = module_of(40, damaged);
    auto m = read_module(bytes);
    ASSERT_TRUE(m) << m.error().message;
    std::string one = in_parts(*m, 1);
    EXPECT_NE(one.find("unknown"), one.npos) << one;
    for (size_t parts : {2, 3, 7, 40}) EXPECT_EQ(in_parts(*m, parts), one) << parts;
  }
}

TEST(WalkInParts, HasNoMorePartsThanAreWorthAThread) {
  std::vector<uint8_t> bytes = module_of(40);
  auto m = read_module(bytes);
  ASSERT_TRUE(m) << m.error().message;
  EXPECT_EQ(walk_parts(*m, 16), 1u);
  m->code.assign(8, Code{0, {0, 128 << 10}});
  EXPECT_EQ(walk_parts(*m, 16), 4u);
  EXPECT_EQ(walk_parts(*m, 2), 2u);
  EXPECT_EQ(walk_parts(*m, 0), 1u);
}

} // namespace
} // namespace mayfly::wasm
