// Packing: building a tree with given attributes, overlays, and the finished region.
#include <gtest/gtest.h>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

struct PackTest : testing::Test {
  PackTest() {
    box.content = reinterpret_cast<const uint8_t *>(packed.data());
    box.content_bytes = box.fs().content_bytes = static_cast<u32>(packed.size());
  }
  ~PackTest() override { EXPECT_EQ(box.unsound(), ""); }
  static Path p(std::string_view text) { return Sandbox::path(text); }
  Errno file(const char *name, u32 off, u32 len, i64 mtime = 5) {
    return pack_file(box.fs(), p(name), {0640, 3, 4, mtime}, off, len).error();
  }
  Errno dir(const char *name, i64 mtime = 5) {
    return pack_dir(box.fs(), p(name), {0751, 1, 2, mtime}).error();
  }
  std::string packed = std::string(5000, 'A') + std::string(5000, 'B');
  Sandbox box;
};

TEST_F(PackTest, AttributesAreTakenAsGivenAndStay) {
  ASSERT_EQ(dir("d", 77), Errno::ok);
  ASSERT_EQ(file("d/f", 4999, 2, 88), Errno::ok);
  ASSERT_EQ(pack_symlink(box.fs(), p("d/l"), {0777, 5, 6, 99}, p("/d/f")).error(), Errno::ok);
  Stat s = box.stat("d/f");
  EXPECT_EQ(s.mode, mode::regular | 0640u);
  EXPECT_EQ(s.uid, 3u);
  EXPECT_EQ(s.gid, 4u);
  for (i64 t : {s.atime_ns, s.mtime_ns, s.ctime_ns, s.btime_ns}) EXPECT_EQ(t, 88);
  EXPECT_EQ(box.stat("d").mtime_ns, 77) << "filling a directory leaves its times";
  EXPECT_EQ(box.stat("d").mode, mode::directory | 0751u);
  EXPECT_EQ(box.stat("d/l", At::nofollow).mtime_ns, 99);
  EXPECT_EQ(box.get("d/l"), "AB");
  EXPECT_EQ(box.clock_calls, 0u);
}

TEST_F(PackTest, LaterLayersReplaceEarlierOnes) {
  ASSERT_EQ(dir("d"), Errno::ok);
  ASSERT_EQ(file("d/f", 0, 10), Errno::ok);
  ASSERT_EQ(pack_link(box.fs(), p("d/f"), p("d/g")).error(), Errno::ok);
  EXPECT_EQ(box.stat("d/f").nlink, 2u);
  ASSERT_EQ(file("d/f", 5000, 10), Errno::ok);
  EXPECT_EQ(box.get("d/f"), std::string(10, 'B'));
  EXPECT_EQ(box.get("d/g"), std::string(10, 'A')) << "the other name keeps the old file";
  EXPECT_EQ(box.stat("d/g").nlink, 1u);
  ASSERT_EQ(pack_symlink(box.fs(), p("d/f"), {0777, 0, 0, 0}, p("g")).error(), Errno::ok);
  EXPECT_EQ(box.readlink("d/f"), "g");
  EXPECT_EQ(dir("d", 9), Errno::ok);
  EXPECT_EQ(box.stat("d").mtime_ns, 9);
  EXPECT_EQ(box.list("d").size(), 2u);
  EXPECT_EQ(file("d", 0, 1), Errno::exist);
  EXPECT_EQ(file("missing/f", 0, 1), Errno::noent);
  EXPECT_EQ(file("d/g/f", 0, 1), Errno::notdir);
}

TEST_F(PackTest, SubtreesAreRemovedWhole) {
  u32 inodes = box.fs().inodes_used, pages = box.fs().pages_used;
  ASSERT_EQ(dir("d"), Errno::ok);
  for (int i = 0; i < 30; ++i) {
    std::string sub = "d/" + std::to_string(i);
    ASSERT_EQ(dir(sub.c_str()), Errno::ok);
    ASSERT_EQ(file((sub + "/f").c_str(), 0, 9000), Errno::ok);
  }
  EXPECT_EQ(pack_remove(box.fs(), p("missing")), Errno::noent);
  EXPECT_EQ(pack_remove(box.fs(), p("d/3/f")), Errno::ok);
  EXPECT_EQ(box.exists("d/3/f"), Errno::noent);
  EXPECT_EQ(pack_remove(box.fs(), p("d")), Errno::ok);
  EXPECT_EQ(box.list("/").size(), 0u);
  EXPECT_EQ(box.fs().inodes_used, inodes);
  EXPECT_LE(box.fs().pages_used, pages + 4);
}

TEST_F(PackTest, ArgumentsAndEnvironment) {
  ASSERT_EQ(pack_args(box.fs(), StrView("prog\0one", 9), 2), Errno::ok);
  ASSERT_EQ(pack_env(box.fs(), StrView("A=1", 4), 1), Errno::ok);
  EXPECT_EQ(box.fs().args.count, 2u);
  EXPECT_EQ(std::string(box.fs().at<char>(box.fs().args.off), 9), std::string("prog\0one", 9));
  EXPECT_EQ(box.fs().config & (kConfigArgs | kConfigEnv), kConfigArgs | kConfigEnv);
  ASSERT_EQ(pack_args(box.fs(), StrView("x", 2), 1), Errno::ok);
  EXPECT_EQ(box.fs().args.bytes, 2u);
}

TEST_F(PackTest, TheFinishedRegionIsCleanTightAndGrowsAgain) {
  box.put("big", std::string(900'000, 'x'));
  Sandbox::must(box.unlink("big"));
  ASSERT_EQ(file("f", 0, 10'000), Errno::ok);
  u32 before = box.fs().size, size = pack_finish(box.fs());
  EXPECT_LT(size, before);
  EXPECT_EQ(size, box.fs().size);
  EXPECT_EQ(size % 65536, 0u);
  for (u32 page = 0; page < size >> kPageShift; ++page) EXPECT_FALSE(box.marked(page)) << page;
  EXPECT_EQ(box.unsound(), "");
  box.put("big", std::string(900'000, 'y'));
  EXPECT_EQ(box.get("big"), std::string(900'000, 'y'));
  EXPECT_EQ(box.get("f"), packed);
}

} // namespace
} // namespace mayfly
