// Listings: cookies that survive changes, linear cost, bounds.
#include <gtest/gtest.h>
#include <map>

#include "core/test_support.h"
#include "core/tree.h"

namespace mayfly {
namespace {

using namespace open_flags;

struct DirTest : testing::Test {
  ~DirTest() override { EXPECT_EQ(box.unsound(), ""); }
  void fill(int count, const char *prefix = "n") {
    for (int i = 0; i < count; ++i) box.put(std::string("d/") + prefix + std::to_string(i), "");
  }
  Fd open_dir(const char *name = "d") { return box.must_open(name, rd | directory); }
  static std::vector<std::string> names(const std::vector<Sandbox::Entry> &entries) {
    std::vector<std::string> out;
    for (const auto &e : entries) out.push_back(e.name);
    return out;
  }
  Sandbox box;
};

TEST_F(DirTest, ListsDotsFirstThenInOrderOfCreationWithTypesAndInodes) {
  Sandbox::must(box.mkdir("d"));
  box.put("d/z", "");
  Sandbox::must(box.mkdir("d/y"));
  Sandbox::must(box.symlink("q", "d/x"));
  Fd fd = open_dir();
  auto all = box.entries(fd);
  EXPECT_EQ(names(all), (std::vector<std::string>{".", "..", "z", "y", "x"}));
  EXPECT_EQ(all[0].ino, box.stat("d").ino);
  EXPECT_EQ(all[1].ino, box.stat("/").ino);
  EXPECT_EQ(all[2].ino, box.stat("d/z").ino);
  EXPECT_EQ(all[4].ino, box.stat("d/x", At::nofollow).ino);
  EXPECT_EQ(all[2].type, mode::regular);
  EXPECT_EQ(all[3].type, mode::directory);
  EXPECT_EQ(all[4].type, mode::symlink);
  Fd root = open_dir("/");
  EXPECT_EQ(box.entries(root)[1].ino, box.stat("/").ino); // the root's parent is itself
}

TEST_F(DirTest, EveryCookieResumesExactlyBehindItsEntry) {
  Sandbox::must(box.mkdir("d"));
  fill(300);
  Fd fd = open_dir();
  auto all = box.entries(fd);
  ASSERT_EQ(all.size(), 302u);
  u64 last = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_GT(all[i].next_cookie, last);
    EXPECT_LT(all[i].next_cookie, u64{1} << 31);
    last = all[i].next_cookie;
    auto rest = box.entries(fd, last, 1);
    if (i + 1 < all.size())
      EXPECT_EQ(rest.at(0).name, all[i + 1].name);
    else
      EXPECT_TRUE(rest.empty());
  }
  EXPECT_TRUE(box.entries(fd, u64{1} << 31).empty());
  EXPECT_TRUE(box.entries(fd, ~u64{0}).empty());
}

TEST_F(DirTest, RemovingWhileListingSkipsAndRepeatsNothing) {
  for (int step : {1, 2, 3, 7, 100}) {
    Sandbox::must(box.mkdir("d"));
    fill(500);
    Fd fd = open_dir();
    std::vector<std::string> seen;
    for (u64 cookie = 0;;) {
      auto chunk = box.entries(fd, cookie, static_cast<size_t>(step));
      if (chunk.empty()) break;
      cookie = chunk.back().next_cookie;
      for (const auto &e : chunk) {
        if (e.name[0] == '.') continue;
        seen.push_back(e.name);
        ASSERT_EQ(box.unlink("d/" + e.name), Errno::ok) << e.name;
      }
    }
    EXPECT_EQ(seen.size(), 500u) << "chunks of " << step;
    Sandbox::must(box.close(fd));
    ASSERT_EQ(box.rmdir("d"), Errno::ok);
  }
}

TEST_F(DirTest, WhatExistedThroughoutIsListedExactlyOnceWhateverElseHappens) {
  Sandbox::must(box.mkdir("d"));
  fill(200, "keep");
  fill(200, "drop");
  Fd fd = open_dir();
  std::map<std::string, int> seen;
  u64 cookie = 0;
  for (int i = 0;; ++i) {
    auto chunk = box.entries(fd, cookie, 5);
    if (chunk.empty()) break;
    ASSERT_LT(i, 1000) << "a listing must end although entries are made all the time";
    for (const auto &e : chunk) ++seen[e.name];
    cookie = chunk.back().next_cookie;
    (void)box.unlink("d/drop" + std::to_string(i * 3));
    box.put("d/new" + std::to_string(i), "");
    (void)box.rename("d/new" + std::to_string(i), "d/newer" + std::to_string(i));
  }
  for (int i = 0; i < 200; ++i) EXPECT_EQ(seen["keep" + std::to_string(i)], 1) << i;
}

TEST_F(DirTest, ARewindSeesWhatWasMade) {
  Sandbox::must(box.mkdir("d"));
  Fd fd = open_dir();
  EXPECT_EQ(box.entries(fd).size(), 2u);
  box.put("d/late", "");
  EXPECT_EQ(box.entries(fd).size(), 3u);
}

TEST_F(DirTest, ARemovedDirectoryListsNothing) {
  Sandbox::must(box.mkdir("d"));
  Fd fd = open_dir();
  Sandbox::must(box.rmdir("d"));
  EXPECT_TRUE(box.entries(fd).empty());
  EXPECT_EQ(box.fstat(fd).nlink, 0u);
}

// How rm -r and many libraries empty a directory. A listing from the start may not pass over what was
// removed.
TEST_F(DirTest, RewindTakeTheFirstRemoveItPassesOverNothing) {
  Sandbox::must(box.mkdir("many"));
  for (int n = 0; n < 300; n++) box.put("many/" + std::to_string(n), "");
  Fd fd = box.must_open("many", open_flags::read | open_flags::directory);
  Sandbox::must(box.unlink("many/5")); // one that is not the first
  const DirData &dir = box.fs().inode(box.ofd(fd).inode).dir;
  for (u32 left = 299; left; left--) {
    DirEntry entry;
    DirCursor cursor = dir_seek(box.fs(), box.ofd(fd), 0);
    for (u32 dots = 0; dots < 2; dots++) ASSERT_TRUE(dir_next(box.fs(), box.ofd(fd), cursor, entry));
    DirCursor resumed = dir_seek(box.fs(), box.ofd(fd), entry.next_cookie);
    ASSERT_EQ(cursor.index, resumed.index);
    ASSERT_NE(box.fs().at<DirSlot>(dir.slots)[cursor.index - 2].dentry, 0u) << "at the first entry at once";
    ASSERT_TRUE(dir_next(box.fs(), box.ofd(fd), cursor, entry));
    Sandbox::must(box.unlink("many/" + std::string(entry.name.ptr, entry.name.len)));
  }
  EXPECT_EQ(box.list("many").size(), 0u);
  box.put("many/new", "");
  EXPECT_EQ(box.list("many"), std::vector<std::string>{"new"});
}

TEST_F(DirTest, CookiesStartOverBeforeTheyReachTheirBound) {
  Sandbox::must(box.mkdir("d"));
  fill(5);
  InodeId d = Sandbox::must(resolve(box.fs(), box.root(), Sandbox::path("d")));
  box.fs().inode(d).dir.next_cookie = 0x7fff'fff0u; // as after two billion creations
  ASSERT_EQ(box.unsound(), "");
  fill(100, "more");
  Fd fd = open_dir();
  auto all = box.entries(fd);
  EXPECT_EQ(all.size(), 107u);
  for (const auto &e : all) EXPECT_LT(e.next_cookie, u64{1} << 31);
}

TEST_F(DirTest, TenThousandEntriesComeAndGo) {
  Sandbox::must(box.mkdir("d"));
  u32 pages = box.fs().pages_used;
  fill(10000);
  EXPECT_EQ(box.unsound(), "");
  Fd fd = open_dir();
  EXPECT_EQ(box.entries(fd).size(), 10002u);
  Sandbox::must(box.close(fd));
  for (int i = 0; i < 10000; ++i)
    ASSERT_EQ(box.unlink("d/n" + std::to_string((i * 7919) % 10000)), Errno::ok);
  EXPECT_EQ(box.list("d").size(), 0u);
  EXPECT_LT(box.fs().pages_used, pages + 40) << "what is removed gives its pages back";
}

TEST_F(DirTest, LinkCountsOfDirectories) {
  Sandbox::must(box.mkdir("d"));
  EXPECT_EQ(box.stat("d").nlink, 2u);
  for (int i = 0; i < 3; ++i) Sandbox::must(box.mkdir("d/s" + std::to_string(i)));
  box.put("d/f", "");
  EXPECT_EQ(box.stat("d").nlink, 5u);
  EXPECT_EQ(box.stat("/").nlink, 3u);
  Sandbox::must(box.rmdir("d/s0"));
  EXPECT_EQ(box.stat("d").nlink, 4u);
  Sandbox::must(box.rename("d/s1", "s1"));
  EXPECT_EQ(box.stat("d").nlink, 3u);
  EXPECT_EQ(box.stat("/").nlink, 4u);
  Sandbox::must(box.rename("s1", "d/f", rename_flags::exchange));
  EXPECT_EQ(box.stat("d").nlink, 4u);
  EXPECT_EQ(box.stat("/").nlink, 3u);
}

TEST_F(DirTest, PathOfADirectory) {
  Sandbox::must(box.mkdir("d"));
  Sandbox::must(box.mkdir("d/inner"));
  Fd fd = open_dir("d/inner");
  auto path_of = [&](InodeId id) {
    Path p;
    Errno e = dir_path(box.fs(), id, p);
    return e == Errno::ok ? std::string(p.bytes, p.len) : errno_name(e);
  };
  EXPECT_EQ(path_of(box.fs().root), "/");
  EXPECT_EQ(path_of(box.ofd(fd).inode), "/d/inner");
  Sandbox::must(box.rename("d", "e"));
  EXPECT_EQ(path_of(box.ofd(fd).inode), "/e/inner");
  EXPECT_EQ(chdir_at(box.fs(), box.cwd(), Sandbox::path("e/inner")), Errno::ok);
  box.put("here", "");
  EXPECT_EQ(box.exists("/e/inner/here"), Errno::ok);
  Sandbox::must(box.unlink("here"));
  Sandbox::must(box.rmdir("/e/inner"));
  EXPECT_EQ(path_of(box.ofd(fd).inode), "noent");
  EXPECT_EQ(box.try_open("x", wr | create), Errno::noent);
  EXPECT_EQ(chdir_at(box.fs(), box.cwd(), Sandbox::path("/e/missing")), Errno::noent);
  EXPECT_EQ(chdir_at(box.fs(), box.cwd(), Sandbox::path("/")), Errno::ok);
  box.put("f", "");
  EXPECT_EQ(chdir_at(box.fs(), box.cwd(), Sandbox::path("/f")), Errno::notdir);
}

// Names as programs number them, which differ in a few bits of their last letters only, are found about as
// soon as random ones: linear probing at most three quarters full takes 2.5 slots on average.
TEST_F(DirTest, NumberedNamesSpreadOverTheTable) {
  for (const char *format : {"f%07d", "%d", "file%d.txt", "img_%05d.jpeg", "%08x"}) {
    Sandbox numbered;
    for (int i = 0; i < 10'000; ++i) {
      char name[32];
      std::snprintf(name, sizeof name, format, i);
      numbered.put(name, "");
    }
    Fs &fs = numbered.fs();
    const HashSlot *table = fs.at<HashSlot>(fs.hash_table);
    u64 slots = 0;
    for (u32 at = 0; at < fs.hash_cap; ++at)
      if (table[at].dentry) slots += 1 + ((at - hash_home(table[at].hash, fs.hash_cap)) & (fs.hash_cap - 1));
    EXPECT_LT(slots, 30'000u) << format;
    EXPECT_EQ(numbered.unsound(), "") << format;
  }
}

} // namespace
} // namespace mayfly
