#include "abi/wasi_p1/test_support.h"

namespace mayfly::wasi_p1 {
namespace {

class ProcessTest : public WasiP1 {
protected:
  // "a", "", "long" as three NUL-terminated strings.
  static constexpr StrView kStrings{"a\0\0long\0"};
  void bake() {
    EXPECT_EQ(pack_args(fs, StrView(kStrings.ptr, 8), 3), Errno::ok);
    EXPECT_EQ(pack_env(fs, StrView("X=1\0", 4), 1), Errno::ok);
    fs.config |= kConfigArgs | kConfigEnv;
  }
};

TEST_F(ProcessTest, BakedStrings) {
  bake();
  EXPECT_EQ(args_sizes_get(fs, kOut, kOut + 4), 0u);
  EXPECT_EQ(out32(), 3u);
  EXPECT_EQ(out32(4), 8u);
  EXPECT_EQ(args_get(fs, kOut, kBuf), 0u);
  EXPECT_EQ(out32(), kBuf);
  EXPECT_EQ(out32(4), kBuf + 2);
  EXPECT_EQ(out32(8), kBuf + 3);
  EXPECT_EQ(bytes(kBuf, 8), std::string(kStrings.ptr, 8));
  EXPECT_EQ(environ_sizes_get(fs, kOut, kOut + 4), 0u);
  EXPECT_EQ(out32(), 1u);
  EXPECT_EQ(environ_get(fs, kOut, kBuf), 0u);
  EXPECT_EQ(bytes(kBuf, 4), std::string("X=1\0", 4));
  EXPECT_EQ(e(args_get(fs, kBad - 11, kBuf)), Errno::fault);
  EXPECT_EQ(e(args_get(fs, kOut, kBad - 7)), Errno::fault);
  EXPECT_EQ(e(args_sizes_get(fs, kOut, kBad)), Errno::fault);
  EXPECT_EQ(e(environ_sizes_get(fs, kBad - 3, kOut)), Errno::fault);
  EXPECT_TRUE(below.calls.empty());
}

TEST_F(ProcessTest, TheHostsStringsOrNone) {
  EXPECT_EQ(args_sizes_get(fs, kOut, kOut + 4), 0u);
  EXPECT_EQ(below.calls, std::vector<std::string>{"args_sizes_get 0"});
  EXPECT_EQ(environ_sizes_get(fs, kOut, kOut + 4), 0u) << "a host without an environment";
  EXPECT_EQ(out64(), 0u);
  EXPECT_EQ(environ_get(fs, kOut, kBuf), 0u);
  EXPECT_EQ(args_get(fs, kOut, kBuf), 0u);
}

TEST_F(ProcessTest, Clocks) {
  EXPECT_EQ(clock_time_get(fs, 1, 0, kOut), 0u);
  EXPECT_EQ(out64(), 1001u);
  EXPECT_EQ(e(clock_time_get(fs, 4, 0, kOut)), Errno::inval);
  EXPECT_EQ(e(clock_res_get(fs, 4, kOut)), Errno::inval);
  EXPECT_EQ(e(clock_time_get(fs, 0, 0, kBad - 7)), Errno::fault);
  EXPECT_EQ(e(clock_res_get(fs, 0, kBad - 7)), Errno::fault);
  EXPECT_EQ(clock_res_get(fs, 0, kOut), 0u);
  EXPECT_EQ(out64(), 1000u);
}

TEST_F(ProcessTest, CounterClock) {
  fs.config |= kConfigNoHostClock;
  fs.clock_base = 5'000'000;
  for (u64 expected : {5'001'000, 5'002'000}) {
    EXPECT_EQ(clock_time_get(fs, 0, 0, kOut), 0u);
    EXPECT_EQ(out64(), expected);
  }
  EXPECT_EQ(wall_clock_ns(fs), 5'003'000);
  EXPECT_TRUE(below.calls.empty());
}

TEST_F(ProcessTest, WallClockLeavesTheApplicationsMemoryAlone) {
  for (size_t i = 0; i < 64; i++) box.app[i] = static_cast<uint8_t>(i);
  std::vector<uint8_t> before = box.app;
  EXPECT_EQ(wall_clock_ns(fs), 1000);
  EXPECT_EQ(box.app, before);
  below.has_clock = false;
  fs.clock_base = 0;
  EXPECT_EQ(wall_clock_ns(fs), 1000) << "the counter's first step";
  EXPECT_EQ(box.app, before);
}

TEST_F(ProcessTest, Random) {
  EXPECT_EQ(random_get(fs, kBuf, 5), 0u);
  EXPECT_EQ(bytes(kBuf, 6), std::string("\xab\xab\xab\xab\xab\0", 6));
  EXPECT_EQ(e(random_get(fs, kBad - 4, 5)), Errno::fault);
  EXPECT_EQ(e(random_get(fs, kBad, 0)), Errno::ok);
  fs.config |= kConfigSeededRandom;
  auto draw = [&](u64 seed, u32 n) {
    fs.random_state = seed;
    std::memset(&box.app[kBuf], 0, 40);
    EXPECT_EQ(random_get(fs, kBuf, n), 0u);
    return bytes(kBuf, 40);
  };
  EXPECT_EQ(draw(7, 32), draw(7, 32));
  EXPECT_NE(draw(7, 32), draw(8, 32));
  EXPECT_EQ(draw(7, 13).substr(13), std::string(27, '\0')) << "not a byte more";
  EXPECT_EQ(draw(7, 13).substr(0, 13), draw(7, 32).substr(0, 13));
}

TEST_F(ProcessTest, Exit) {
  proc_exit(fs, 3);
  EXPECT_EQ(below.calls, std::vector<std::string>{"proc_exit 3"});
  EXPECT_EQ(fs.exited, 0u);
  fs.config |= kConfigHermetic;
  proc_exit(fs, 4);
  EXPECT_EQ(below.calls.size(), 1u);
  EXPECT_EQ(fs.exited, 1u);
  EXPECT_EQ(fs.exit_code, 4u);
}

TEST_F(ProcessTest, YieldAndRaise) {
  EXPECT_EQ(e(sched_yield(fs)), Errno::ok);
  EXPECT_EQ(e(proc_raise(fs, 6)), Errno::nosys);
}

TEST_F(ProcessTest, ReadingAFileFromOutside) {
  EXPECT_EQ(write(open("out", {.oflags = oflag::creat}), "0123456789"), Errno::ok);
  EXPECT_EQ(mkdir("d"), Errno::ok);
  Text out = text("/out"), dir = text("/d"), none = text("/none");
  EXPECT_EQ(read_file(fs, out.at, out.len, 4, kBuf, 100).value(), 6u);
  EXPECT_EQ(bytes(kBuf, 6), "456789");
  EXPECT_EQ(read_file(fs, out.at, out.len, 10, kBuf, 100).value(), 0u);
  EXPECT_EQ(read_file(fs, dir.at, dir.len, 0, kBuf, 100).error(), Errno::isdir);
  EXPECT_EQ(read_file(fs, none.at, none.len, 0, kBuf, 100).error(), Errno::noent);
  EXPECT_EQ(read_file(fs, out.at, out.len, 0, kBad - 1, 2).error(), Errno::fault);
  EXPECT_EQ(read_file(fs, kBad - 1, 2, 0, kBuf, 2).error(), Errno::fault);
}

} // namespace
} // namespace mayfly::wasi_p1
