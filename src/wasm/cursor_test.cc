#include "wasm/cursor.h"

#include <gtest/gtest.h>

#include <limits>

namespace mayfly::wasm {
namespace {

// The bytes must outlive it.
Cursor over(const std::vector<uint8_t> &bytes) { return Cursor(bytes, 0, bytes.size(), "test"); }

TEST(Leb, RoundTrips) {
  for (uint64_t v : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{16383}, uint64_t{16384},
                     uint64_t{0xffffffff}, std::numeric_limits<uint64_t>::max()}) {
    Buffer b;
    b.leb(v);
    EXPECT_EQ(b.size(), leb_size(v));
    EXPECT_EQ(over(b.bytes).u64(), v);
    if (v <= 0xffffffff) {
      EXPECT_EQ(over(b.bytes).u32(), v);
    }
  }
  for (int64_t v :
       {int64_t{0}, int64_t{63}, int64_t{64}, int64_t{-64}, int64_t{-65}, int64_t{0x7fffffff},
        -int64_t{0x80000000}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    Buffer b;
    b.sleb(v);
    EXPECT_EQ(over(b.bytes).s64(), v);
    if (v == static_cast<int32_t>(v)) {
      EXPECT_EQ(over(b.bytes).s32(), v);
      EXPECT_EQ(over(b.bytes).s33(), v);
    }
  }
}

TEST(Leb, PaddedKeepsItsWidth) {
  uint8_t out[10];
  for (unsigned width = 1; width <= 5; ++width) {
    EXPECT_EQ(put_leb(out, 5, width), width);
    std::vector<uint8_t> bytes(out, out + width);
    EXPECT_EQ(over(bytes).u32(), 5u);
  }
}

struct BadCase {
  std::vector<uint8_t> bytes;
  const char *why;
};

TEST(Leb, RefusesWhatDoesNotFit) {
  const BadCase u32s[] = {{{}, "empty"},
                          {{0x80}, "cut off"},
                          {{0xff, 0xff, 0xff, 0xff, 0x10}, "33 bits"},
                          {{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, "six bytes"}};
  for (const BadCase &bad : u32s) {
    Cursor c = over(bad.bytes);
    c.u32();
    EXPECT_FALSE(c.ok()) << bad.why;
    EXPECT_TRUE(c.at_end()) << bad.why;
  }
  const BadCase s32s[] = {{{0xff, 0xff, 0xff, 0xff, 0x0f}, "sign bits disagree"},
                          {{0x80, 0x80, 0x80, 0x80, 0x70}, "sign bits disagree, negative"},
                          {{0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, "six bytes"}};
  for (const BadCase &bad : s32s) {
    Cursor c = over(bad.bytes);
    c.s32();
    EXPECT_FALSE(c.ok()) << bad.why;
  }
  EXPECT_EQ(over({0x80, 0x80, 0x80, 0x80, 0x78}).s32(), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(over({0xff, 0xff, 0xff, 0xff, 0x07}).s32(), std::numeric_limits<int32_t>::max());
}

TEST(Cursor, FirstFailureStays) {
  std::vector<uint8_t> bytes{1, 2, 3};
  Cursor c = over(bytes);
  c.byte();
  c.fail("first");
  c.fail("second");
  EXPECT_EQ(c.byte(), 0);
  Error e = c.take_error();
  EXPECT_EQ(e.message, "first");
  EXPECT_EQ(e.offset, 1u);
  EXPECT_EQ(e.section, "test");
}

TEST(Cursor, CountsThatCannotBeAreRefusedBeforeAnyAllocation) {
  std::vector<uint8_t> bytes{0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2};
  Cursor c = over(bytes);
  EXPECT_EQ(c.count("things"), 0u);
  EXPECT_FALSE(c.ok());
}

TEST(Utf8, FollowsTheStandard) {
  for (std::string_view good :
       {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\xa6\x8b", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(valid_utf8(good));
  for (std::string_view bad : {"\x80", "\xc0\x80", "\xc3", "\xe2\x82", "\xe0\x80\x80", "\xed\xa0\x80",
                               "\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "\xff", "a\xc3("})
    EXPECT_FALSE(valid_utf8(bad));
}

TEST(Text, Printable) {
  EXPECT_EQ(printable(std::string_view("a\x1b[0m\0b", 7)), "a\\x1b[0m\\x00b");
  EXPECT_EQ(printable(std::string(500, 'x')).size(), 123u);
  EXPECT_EQ(hex(0), "0x0");
  EXPECT_EQ(hex(0xdeadbeef), "0xdeadbeef");
}

} // namespace
} // namespace mayfly::wasm
