// Each case is one function over a small module; `good` ones must pass, the others must not.
#include "wasm/validate.h"

#include <gtest/gtest.h>

namespace mayfly::wasm {
namespace {

// Types: 0 () -> (), 1 (i32) -> i32, 2 () -> (i32 i64), 3 struct (mut i32). Function 0 imported of type 1, 1
// under test. Table 0 funcref, table 1 externref; memory 0; globals: 0 mutable i32, 1 immutable i64; tag 0 of
// type (i32); data 0.
std::vector<uint8_t> module_with(uint8_t type, std::vector<uint8_t> body) {
  std::vector<uint8_t> m{0, 'a', 's', 'm', 1, 0, 0, 0};
  auto section = [&](uint8_t id, std::vector<uint8_t> payload) {
    m.push_back(id);
    m.push_back(static_cast<uint8_t>(payload.size()));
    m.insert(m.end(), payload.begin(), payload.end());
  };
  section(
      1, {5, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 2, 0x7f, 0x7e, 0x5f, 1, 0x7f, 1, 0x60, 1, 0x7f, 0});
  section(2, {1, 0, 1, 'f', 0, 1});
  section(3, {1, type});
  section(4, {2, 0x70, 0, 1, 0x6f, 0, 1});
  section(5, {1, 0, 1});
  section(13, {1, 0, 4});
  section(6, {2, 0x7f, 1, 0x41, 0, 0x0b, 0x7e, 0, 0x42, 0, 0x0b});
  section(9, {1, 3, 0, 1, 0});
  section(12, {1});
  body.insert(body.begin(), 0);
  body.push_back(0x0b);
  body.insert(body.begin(), static_cast<uint8_t>(body.size()));
  body.insert(body.begin(), 1);
  section(10, body);
  section(11, {1, 1, 1, 'x'});
  return m;
}

std::string problem(uint8_t type, std::vector<uint8_t> body) {
  std::vector<uint8_t> bytes = module_with(type, std::move(body));
  auto m = read_module(bytes);
  if (!m) return "unreadable: " + m.error().message;
  auto ok = validate(*m);
  return ok ? "" : ok.error().message;
}

struct Case {
  const char *what;
  uint8_t type;
  std::vector<uint8_t> body;
};

TEST(Validate, AcceptsGoodBodies) {
  const Case cases[] = {
      {"empty", 0, {}},
      {"identity", 1, {0x20, 0}},
      {"two results", 2, {0x41, 1, 0x42, 1}},
      {"unreachable is anything", 2, {0x00}},
      {"after return", 1, {0x20, 0, 0x0f, 0x6a}},
      {"if with else", 1, {0x20, 0, 0x04, 0x7f, 0x41, 1, 0x05, 0x41, 2, 0x0b}},
      {"block with parameters", 1, {0x20, 0, 0x02, 1, 0x0b}},
      {"loop back", 0, {0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b}},
      {"br_table", 1, {0x02, 0x7f, 0x41, 5, 0x20, 0, 0x0e, 2, 0, 1, 0, 0x0b}},
      {"call", 1, {0x20, 0, 0x10, 0}},
      {"return_call", 1, {0x20, 0, 0x12, 0}},
      {"call_indirect", 1, {0x20, 0, 0x20, 0, 0x11, 1, 0}},
      {"load and store", 0, {0x41, 0, 0x41, 0, 0x28, 2, 0, 0x36, 0, 8}},
      {"memory.init", 0, {0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0}},
      {"typed select", 0, {0xd0, 0x70, 0xd0, 0x70, 0x41, 0, 0x1c, 1, 0x70, 0x1a}},
      {"table.get and set", 0, {0x41, 0, 0x41, 0, 0x25, 1, 0x26, 1}},
      {"ref.func of a declared function", 0, {0xd2, 0, 0x1a}},
      {"throw", 0, {0x41, 0, 0x08, 0}},
      {"legacy try", 0, {0x06, 0x40, 0x07, 0, 0x1a, 0x19, 0x0b}},
      {"try_table", 0, {0x02, 0x7f, 0x1f, 0x40, 1, 0, 0, 0, 0x0b, 0x41, 0, 0x0b, 0x1a}},
      {"delegate", 0, {0x06, 0x40, 0x18, 0}},
      {"v128", 0, {0x41, 0, 0xfd, 0, 4, 0, 0xfd, 0x1b, 3, 0x1a}},
      {"atomic", 0, {0x41, 0, 0x41, 1, 0xfe, 0x1e, 2, 0, 0x1a}},
      {"struct", 0, {0x41, 7, 0xfb, 0, 3, 0xfb, 2, 3, 0, 0x1a}},
      {"global", 0, {0x23, 0, 0x24, 0}},
      {"wide arithmetic", 0, {0x42, 1, 0x42, 2, 0xfc, 0x15, 0x1a, 0x1a}},
  };
  for (const Case &t : cases) EXPECT_EQ(problem(t.type, t.body), "") << t.what;
}

TEST(Validate, RefusesBadBodies) {
  const Case cases[] = {
      {"nothing on the stack", 1, {}},
      {"too much on the stack", 0, {0x41, 0}},
      {"wrong type", 1, {0x42, 0}},
      {"underflow", 0, {0x6a, 0x1a}},
      {"through a block's floor", 0, {0x41, 0, 0x02, 0x40, 0x1a, 0x0b}},
      {"if without else", 0, {0x41, 0, 0x04, 0x7f, 0x41, 0, 0x0b, 0x1a}},
      {"else without if", 0, {0x02, 0x40, 0x05, 0x0b}},
      {"label out of range", 0, {0x0c, 1}},
      {"br_table of unequal labels", 1, {0x02, 0x40, 0x41, 5, 0x20, 0, 0x0e, 1, 0, 1, 0x0b, 0x41, 0}},
      {"argument", 1, {0x42, 0, 0x10, 0}},
      {"tail call of another result", 0, {0x41, 0, 0x12, 0}},
      {"call_indirect through externref", 1, {0x20, 0, 0x20, 0, 0x11, 1, 1}},
      {"alignment", 0, {0x41, 0, 0x28, 3, 0, 0x1a}},
      {"memory out of range", 0, {0x3f, 1, 0x1a}},
      {"data out of range", 0, {0xfc, 9, 1}},
      {"untyped select of references", 0, {0xd0, 0x70, 0xd0, 0x70, 0x41, 0, 0x1b, 0x1a}},
      {"table.set of another type", 0, {0x41, 0, 0xd0, 0x70, 0x26, 1}},
      {"undeclared ref.func", 0, {0xd2, 1, 0x1a}},
      {"immutable global", 0, {0x42, 0, 0x24, 1}},
      {"catch without try", 0, {0x02, 0x40, 0x19, 0x0b}},
      {"delegate without try", 0, {0x02, 0x40, 0x18, 0}},
      {"rethrow outside a catch", 0, {0x02, 0x40, 0x09, 0, 0x0b}},
      {"lane", 0, {0x41, 0, 0xfd, 0, 4, 0, 0xfd, 0x1b, 4, 0x1a}},
      {"atomic alignment", 0, {0x41, 0, 0x41, 1, 0xfe, 0x1e, 1, 0, 0x1a}},
      {"field", 0, {0xfb, 1, 3, 0xfb, 2, 3, 1, 0x1a}},
      {"local", 0, {0x20, 0, 0x1a}},
      {"missing end", 0, {0x02, 0x40}},
      {"offset beyond 32 bits", 0, {0x41, 0, 0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x1a}},
  };
  for (const Case &t : cases) {
    std::string p = problem(t.type, t.body);
    EXPECT_NE(p, "") << t.what;
    EXPECT_EQ(p.find("unreadable"), std::string::npos) << t.what << ": " << p;
  }
}

} // namespace
} // namespace mayfly::wasm
