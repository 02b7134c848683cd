// Timestamps: which operation changes which, and when the clock is asked.
#include <gtest/gtest.h>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

struct TimesTest : testing::Test {
  TimesTest() { box.put("f", "0123456789"); }
  ~TimesTest() override { EXPECT_EQ(box.unsound(), ""); }

  // Which times of `name` an action changes: a subset of "amcb".
  template <class F> std::string changed(const char *name, F action) {
    Stat before = box.stat(name, At::nofollow);
    action();
    Stat after = box.stat(name, At::nofollow);
    std::string s;
    if (before.atime_ns != after.atime_ns) s += 'a';
    if (before.mtime_ns != after.mtime_ns) s += 'm';
    if (before.ctime_ns != after.ctime_ns) s += 'c';
    if (before.btime_ns != after.btime_ns) s += 'b';
    return s;
  }
  Sandbox box;
};

TEST_F(TimesTest, WritesMarkAndLooksResolve) {
  Fd fd = box.must_open("f", rd | wr);
  u64 calls = box.clock_calls;
  for (int i = 0; i < 1000; ++i) Sandbox::must(box.write(fd, "x"));
  for (int i = 0; i < 1000; ++i) (void)box.pread(fd, 1, 0);
  EXPECT_EQ(box.clock_calls, calls) << "a write or read asks no clock";
  (void)box.fstat(fd);
  EXPECT_EQ(box.clock_calls, calls + 1);
  (void)box.fstat(fd);
  EXPECT_EQ(box.clock_calls, calls + 1) << "nothing is marked any more";
  Sandbox::must(box.write(fd, "x"));
  EXPECT_EQ(fsync(box.fs(), box.ofd(fd)), Errno::ok);
  EXPECT_EQ(box.clock_calls, calls + 2);
  Sandbox::must(box.write(fd, "x"));
  Sandbox::must(box.close(fd));
  EXPECT_EQ(box.clock_calls, calls + 3);
  (void)box.stat("f");
  EXPECT_EQ(box.clock_calls, calls + 3);
}

TEST_F(TimesTest, WhatEachOperationChanges) {
  Fd fd = box.must_open("f", rd | wr);
  Sandbox::must(box.mkdir("d"));
  Sandbox::must(box.mkdir("e"));
  EXPECT_EQ(changed("f", [&] { Sandbox::must(box.pwrite(fd, "x", 0)); }), "mc");
  EXPECT_EQ(changed("f", [&] { Sandbox::must(box.pwrite(fd, "", 0)); }), "");
  EXPECT_EQ(changed("f", [&] { (void)box.pread(fd, 1, 0); }), "a");
  EXPECT_EQ(changed("f", [&] { (void)box.pread(fd, 1, 0); }), "") << "relatime: already newer than the data";
  EXPECT_EQ(changed("f", [&] { (void)ftruncate(box.fs(), box.ofd(fd), 5); }), "mc");
  EXPECT_EQ(changed("f", [&] { (void)box.truncate("f", 6); }), "mc");
  EXPECT_EQ(changed("f", [&] { (void)box.truncate("f", 6); }), "mc") << "as tmpfs does where there is data";
  box.put("hole", "");
  Sandbox::must(box.truncate("hole", 6));
  EXPECT_EQ(changed("hole", [&] { (void)box.truncate("hole", 6); }), "") << "... and where there is none";
  box.put("pages", std::string(9000, 'x'));
  EXPECT_EQ(changed("pages", [&] { (void)box.truncate("pages", 9000); }), "mc");
  EXPECT_EQ(changed("f", [&] { (void)ftruncate(box.fs(), box.ofd(fd), 6); }), "mc");
  EXPECT_EQ(changed("f", [&] { (void)box.chmod("f", 0600); }), "c");
  EXPECT_EQ(changed("f", [&] { (void)box.chown("f", 1, 1); }), "c");
  EXPECT_EQ(changed("f", [&] { (void)box.link("f", "g"); }), "c");
  EXPECT_EQ(changed("f", [&] { (void)box.unlink("g"); }), "c");
  EXPECT_EQ(changed("f", [&] { (void)box.rename("f", "h"), (void)box.rename("h", "f"); }), "c");
  EXPECT_EQ(changed("f", [&] { (void)fallocate(box.fs(), box.ofd(fd), 0, 0, 9000); }), "mc");
  EXPECT_EQ(changed("f", [&] { (void)box.try_open("f", wr | trunc); }), "mc");
  EXPECT_EQ(changed("d", [&] { box.put("d/x", ""); }), "mc");
  EXPECT_EQ(changed("d", [&] { box.put("d/x", "more"); }), "");
  EXPECT_EQ(changed("d", [&] { (void)box.rename("d/x", "d/y"); }), "mc");
  EXPECT_EQ(changed("d", [&] { (void)box.rename("d/y", "e/y"); }), "mc");
  EXPECT_EQ(changed("d", [&] { (void)box.rename("e/y", "d/y"); }), "mc");
  EXPECT_EQ(changed("d", [&] { (void)box.symlink("q", "d/l"); }), "mc");
  EXPECT_EQ(changed("d", [&] { (void)box.mkdir("d/sub"); }), "mc");
  EXPECT_EQ(changed("d", [&] { (void)box.rmdir("d/sub"); }), "mc");
  EXPECT_EQ(changed("d", [&] { (void)box.unlink("d/l"); }), "mc");
  EXPECT_EQ(changed("d", [&] { (void)box.unlink("d/missing"); }), "");
  EXPECT_EQ(changed("d", [&] { (void)box.chmod("d", 0700); }), "c");
}

TEST_F(TimesTest, ExplicitTimesAreKeptToTheNanosecond) {
  auto set = [&](SetTime a, SetTime m) { return utimens_at(box.fs(), box.root(), Sandbox::path("f"), a, m); };
  EXPECT_EQ(set({SetTime::value, 123'456'789'012'345'678}, {SetTime::value, -5}), Errno::ok);
  EXPECT_EQ(box.stat("f").atime_ns, 123'456'789'012'345'678);
  EXPECT_EQ(box.stat("f").mtime_ns, -5);
  EXPECT_EQ(set({SetTime::omit}, {SetTime::value, 7}), Errno::ok);
  EXPECT_EQ(box.stat("f").atime_ns, 123'456'789'012'345'678);
  EXPECT_EQ(box.stat("f").mtime_ns, 7);
  box.now_ns = 42'000'000'000;
  EXPECT_EQ(set({SetTime::now}, {SetTime::omit}), Errno::ok);
  EXPECT_EQ(box.stat("f").atime_ns, 42'000'000'000);
  EXPECT_EQ(box.stat("f").ctime_ns, 42'000'000'000);
  EXPECT_EQ(box.stat("f").mtime_ns, 7);
  Fd fd = box.must_open("f", rd | wr);
  Sandbox::must(box.write(fd, "marked"));
  EXPECT_EQ(futimens(box.fs(), box.ofd(fd), {SetTime::omit}, {SetTime::value, 9}), Errno::ok);
  Sandbox::must(box.close(fd));
  EXPECT_EQ(box.stat("f").mtime_ns, 9) << "a mark from before does not win over an explicit time";
}

TEST_F(TimesTest, ANewFileHasAllItsTimesAtOnce) {
  box.now_ns = 77'000'000'000;
  box.put("new", "");
  Stat s = box.stat("new");
  EXPECT_EQ(s.btime_ns, 77'000'000'000);
  EXPECT_EQ(s.atime_ns, s.btime_ns);
  EXPECT_EQ(s.mtime_ns, s.btime_ns);
  EXPECT_EQ(s.ctime_ns, s.btime_ns);
}

} // namespace
} // namespace mayfly
