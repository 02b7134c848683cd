// Modules with as many data segments as engines allow.
#include "link/test_support.h"

#include <algorithm>

namespace mayfly::link {
namespace {

using namespace test;

constexpr uint32_t engine_max = 100000;

// (module (memory 16) (data (i32.const a) "x") …) with one byte in each segment.
File module_with(const std::vector<uint32_t> &addresses, bool data_count = false) {
  wasm::Buffer data;
  data.leb(addresses.size());
  for (size_t i = 0; i < addresses.size(); ++i)
    data.u8(0).u8(0x41).sleb(static_cast<int32_t>(addresses[i])).u8(0x0b).leb(1).u8(static_cast<uint8_t>(i % 255 + 1));
  wasm::Buffer out;
  for (uint8_t b : {0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0}) out.u8(b);
  out.u8(5).leb(3).u8(1).u8(0).u8(16);
  if (data_count) {
    wasm::Buffer count;
    out.u8(12).leb(count.leb(addresses.size()).size()).append(count);
  }
  out.u8(11).leb(data.size()).append(data);
  return out.bytes;
}

// The bytes below the first 16 pages that the active segments of memory 0 give.
File initial_memory(const File &module) {
  File memory(16 * 65536);
  auto m = wasm::read_module(module);
  for (const wasm::Data &d : m->data) {
    if (!d.active || d.memory != 0) continue;
    wasm::Cursor c(m->file, d.offset.begin, d.offset.end, "data");
    EXPECT_EQ(c.byte(), 0x41);
    auto at = static_cast<uint32_t>(c.s32());
    if (at < memory.size()) std::copy_n(module.begin() + d.bytes.begin, d.bytes.size(), memory.begin() + at);
  }
  return memory;
}

std::vector<uint32_t> spread(uint32_t count) {
  std::vector<uint32_t> addresses;
  for (uint32_t i = 0, at = 16; i < count; ++i, at += 2 + i % 13) addresses.push_back(at);
  return addresses;
}

size_t segments(const File &module) { return wasm::read_module(module)->data.size(); }

TEST(MergeData, AFullModuleStaysWithinTheLimitAndKeepsItsBytes) {
  File app = module_with(spread(engine_max));
  Linked linked = link_with(app, reached());
  ASSERT_EQ(linked.error, "");
  EXPECT_LE(segments(linked.module), engine_max);
  EXPECT_EQ(initial_memory(linked.module), initial_memory(app));
  expect_valid(linked.module);
}

TEST(MergeData, ZerosOverwriteNothing) {
  // The last segments go down again, between what others wrote: those must not be joined over it.
  auto addresses = spread(engine_max - 4);
  for (uint32_t at : {100u, 90u, 95u, 17u}) addresses.push_back(at);
  File app = module_with(addresses);
  Linked linked = link_with(app, reached());
  ASSERT_EQ(linked.error, "");
  EXPECT_LE(segments(linked.module), engine_max);
  EXPECT_EQ(initial_memory(linked.module), initial_memory(app));
}

TEST(MergeData, OtherModulesAreLeftAlone) {
  File small = module_with(spread(1000));
  Linked linked = link_with(small, reached());
  auto m = wasm::read_module(linked.module);
  ASSERT_TRUE(m);
  EXPECT_GT(m->data.size(), 1000u);
  for (uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(m->data[i].bytes.size(), 1u);
}

TEST(MergeData, SegmentsThatCodeMayNameAreKept) {
  Linked linked = link_with(module_with(spread(engine_max), true), reached());
  EXPECT_TRUE(linked.error.empty());
  EXPECT_GT(segments(linked.module), engine_max);
}

} // namespace
} // namespace mayfly::link
