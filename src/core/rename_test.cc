// Names: link, symlink, readlink, unlink, rmdir, and rename in all its cases.
#include <gtest/gtest.h>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

struct NamesTest : testing::Test {
  NamesTest() {
    Sandbox::must(box.mkdir("d"));
    Sandbox::must(box.mkdir("d/sub"));
    Sandbox::must(box.mkdir("empty"));
    box.put("f", "f");
    box.put("g", "g");
    box.put("d/x", "x");
    Sandbox::must(box.symlink("f", "l"));
    Sandbox::must(box.symlink("d", "ld"));
    Sandbox::must(box.symlink("missing", "dangling"));
  }
  ~NamesTest() override { EXPECT_EQ(box.unsound(), ""); }
  // Fails with `e` and changes nothing.
  template <class F> void refused(Errno e, const char *what, F action) {
    std::string before = box.dump();
    EXPECT_EQ(action(), e) << what;
    EXPECT_EQ(box.dump(), before) << what;
  }
  Sandbox box;
};

TEST_F(NamesTest, RenameRefusals) {
  constexpr u32 no = rename_flags::noreplace, ex = rename_flags::exchange;
  struct Row {
    const char *from, *to;
    u32 flags;
    Errno expected;
  };
  const Row rows[] = {
      {"missing", "x", 0, Errno::noent},
      {"f", "missing/x", 0, Errno::noent},
      {"missing", "missing2", ex, Errno::noent},
      {"f", "missing", ex, Errno::noent},
      {"f", "g", no, Errno::exist},
      {"f", "f", no, Errno::exist},
      {"f", "g", no | ex, Errno::inval},
      {"f", "g", 4, Errno::inval},
      {"f", "d", 0, Errno::isdir},
      {"d", "f", 0, Errno::notdir},
      {"d", "l", 0, Errno::notdir},
      {"empty", "d", 0, Errno::notempty},
      {"d", "d/sub/y", 0, Errno::inval},
      {"d", "d/y", 0, Errno::inval},
      {"d", "d/sub", 0, Errno::inval},
      {"d/sub", "d", 0, Errno::notempty},
      {"d/sub", "d", ex, Errno::inval},
      {"d", "d/sub", ex, Errno::inval},
      {".", "y", 0, Errno::busy},
      {"d/.", "y", 0, Errno::busy},
      {"d/..", "y", 0, Errno::busy},
      {"/", "y", 0, Errno::busy},
      {"f", "/", 0, Errno::busy},
      {"f", ".", 0, Errno::busy},
      {"f", "..", no, Errno::exist},
      {"f/", "y", 0, Errno::notdir},
      {"f", "y/", 0, Errno::notdir},
      {"f", "g/", 0, Errno::notdir},
      {"l/", "y", 0, Errno::notdir},
      {"f/x", "y", 0, Errno::notdir},
      {"f", "g/y", 0, Errno::notdir},
      {"", "y", 0, Errno::noent},
      {"f", "", 0, Errno::noent},
      {"f", "d/", ex, Errno::ok},
  };
  for (const Row &row : rows) {
    if (row.expected == Errno::ok) continue;
    refused(row.expected, row.to, [&] { return box.rename(row.from, row.to, row.flags); });
  }
  std::string longest(kNameMax + 1, 'n');
  refused(Errno::nametoolong, "long", [&] { return box.rename("f", longest); });
}

TEST_F(NamesTest, RenameIntoARemovedDirectoryFindsNothing) {
  Sandbox::must(box.mkdir("gone", 0555));
  Fd gone = box.must_open("gone", directory);
  Sandbox::must(box.rmdir("gone"));
  box.become(1000, 100);
  auto move = [&](const char *from) {
    return rename_at(box.fs(), box.root(), Sandbox::path(from), box.at(gone), Sandbox::path("x"), 0);
  };
  EXPECT_EQ(move("d"), Errno::noent) << "before any permission";
  EXPECT_EQ(move("missing"), Errno::noent);
  EXPECT_EQ(move("."), Errno::busy);
}

TEST_F(NamesTest, RenameMovesAndReplaces) {
  u64 ino = box.stat("f").ino;
  u32 inodes = box.fs().inodes_used;
  EXPECT_EQ(box.rename("f", "g"), Errno::ok);
  EXPECT_EQ(box.exists("f"), Errno::noent);
  EXPECT_EQ(box.stat("g").ino, ino);
  EXPECT_EQ(box.get("g"), "f");
  EXPECT_EQ(box.fs().inodes_used, inodes - 1);
  EXPECT_EQ(box.rename("g", "d/longer-name-than-before"), Errno::ok);
  EXPECT_EQ(box.rename("d/longer-name-than-before", "d/s"), Errno::ok);
  EXPECT_EQ(box.get("d/s"), "f");
  EXPECT_EQ(box.rename("d", "empty"), Errno::ok);
  EXPECT_EQ(box.get("empty/s"), "f");
  EXPECT_EQ(box.stat("/").nlink, 3u);
  EXPECT_EQ(box.rename("empty/", "back/"), Errno::ok);
  EXPECT_EQ(box.get("back/sub/../s"), "f");
  EXPECT_EQ(box.rename("l", "d2"), Errno::ok);
  EXPECT_EQ(box.readlink("d2"), "f") << "the link itself moves";
  EXPECT_EQ(box.rename("back/x", "dangling"), Errno::ok);
  EXPECT_EQ(box.get("dangling"), "x") << "a link as target is replaced, not followed";
}

TEST_F(NamesTest, RenameOntoAnotherNameOfTheSameFileDoesNothing) {
  Sandbox::must(box.link("f", "h"));
  refused(Errno::ok, "same file", [&] { return box.rename("f", "h"); });
  refused(Errno::ok, "itself", [&] { return box.rename("f", "f"); });
  refused(Errno::ok, "itself", [&] { return box.rename("d", "d"); });
  EXPECT_EQ(box.stat("f").nlink, 2u);
}

TEST_F(NamesTest, RenameOverAnOpenFileKeepsItReadable) {
  Fd g = box.must_open("g");
  EXPECT_EQ(box.rename("f", "g"), Errno::ok);
  EXPECT_EQ(box.read(g, 5), "g");
  EXPECT_EQ(box.fstat(g).nlink, 0u);
  Fd empty = box.must_open("empty", rd | directory);
  EXPECT_EQ(box.rename("d", "empty"), Errno::ok);
  EXPECT_EQ(box.fstat(empty).nlink, 0u);
  EXPECT_TRUE(box.entries(empty).empty());
  EXPECT_EQ(box.close(g), Errno::ok);
  EXPECT_EQ(box.close(empty), Errno::ok);
}

TEST_F(NamesTest, ADescriptorFollowsItsDirectory) {
  Fd fd = box.must_open("d", rd | directory);
  Sandbox::must(box.rename("d", "empty/moved"));
  Stat s;
  EXPECT_EQ(stat_at(box.fs(), box.at(fd), Sandbox::path("x"), s), Errno::ok);
  EXPECT_EQ(stat_at(box.fs(), box.at(fd), Sandbox::path("../../g"), s), Errno::ok);
  EXPECT_EQ(box.close(fd), Errno::ok);
}

TEST_F(NamesTest, ExchangeSwapsAnything) {
  constexpr u32 ex = rename_flags::exchange;
  EXPECT_EQ(box.rename("f", "g", ex), Errno::ok);
  EXPECT_EQ(box.get("f"), "g");
  EXPECT_EQ(box.rename("f", "d/sub", ex), Errno::ok);
  EXPECT_EQ(box.get("d/sub"), "g");
  EXPECT_EQ(box.list("f").size(), 0u);
  EXPECT_EQ(box.exists("f/.."), Errno::ok);
  EXPECT_EQ(box.stat("f/..").ino, box.stat("/").ino);
  EXPECT_EQ(box.stat("d").nlink, 2u);
  EXPECT_EQ(box.rename("empty", "d", ex), Errno::ok);
  EXPECT_EQ(box.get("empty/x"), "x");
  EXPECT_EQ(box.rename("l", "empty", ex), Errno::ok);
  EXPECT_EQ(box.readlink("empty"), "f");
  EXPECT_EQ(box.get("l/x"), "x");
  EXPECT_EQ(box.rename("l", "d/inside", ex), Errno::noent);
  EXPECT_EQ(box.rename("l", "d/inside"), Errno::ok);
  EXPECT_EQ(box.rename("d/inside/x", "g", ex), Errno::ok);
  EXPECT_EQ(box.get("g"), "x");
}

TEST_F(NamesTest, NoreplaceMovesWhereNothingIs) {
  EXPECT_EQ(box.rename("f", "new", rename_flags::noreplace), Errno::ok);
  refused(Errno::exist, "dangling", [&] { return box.rename("new", "dangling", rename_flags::noreplace); });
}

TEST_F(NamesTest, LinkTable) {
  struct Row {
    const char *from, *to;
    u32 flags;
    Errno expected;
  };
  const Row rows[] = {
      {"missing", "n", At::nofollow, Errno::noent}, {"f", "g", At::nofollow, Errno::exist},
      {"f", "d", At::nofollow, Errno::exist},       {"f", "dangling", At::nofollow, Errno::exist},
      {"d", "n", At::nofollow, Errno::perm},        {"f", "n/", At::nofollow, Errno::noent},
      {"f/", "n", At::nofollow, Errno::notdir},     {"f", "missing/n", At::nofollow, Errno::noent},
      {"f", "g/n", At::nofollow, Errno::notdir},    {"f", ".", At::nofollow, Errno::exist},
      {"dangling", "n", 0, Errno::noent},           {"ld", "n", 0, Errno::perm},
      {"f", "/", At::nofollow, Errno::exist},
  };
  for (const Row &row : rows)
    refused(row.expected, row.from, [&] { return box.link(row.from, row.to, row.flags); });
  EXPECT_EQ(box.link("f", "n1"), Errno::ok);
  EXPECT_EQ(box.link("l", "n2"), Errno::ok);
  EXPECT_EQ(box.link("l", "n3", 0), Errno::ok);
  EXPECT_EQ(box.stat("f").nlink, 3u);
  EXPECT_EQ(box.readlink("n2"), "f");
  EXPECT_EQ(box.stat("n3").ino, box.stat("f").ino);
  EXPECT_EQ(box.unlink("f"), Errno::ok);
  EXPECT_EQ(box.get("n1"), "f");
  EXPECT_EQ(box.stat("n3").nlink, 2u);
}

TEST_F(NamesTest, SymlinkAndReadlink) {
  refused(Errno::noent, "empty target", [&] { return box.symlink("", "n"); });
  refused(Errno::noent, "empty name", [&] { return box.symlink("x", ""); });
  refused(Errno::exist, "exists", [&] { return box.symlink("x", "dangling"); });
  refused(Errno::noent, "slash", [&] { return box.symlink("x", "n/"); });
  refused(Errno::exist, "dir", [&] { return box.symlink("x", "d/"); });
  for (u32 n : {1u, 63u, 64u, 65u, 2000u, 2033u, kPathMax - 1}) {
    std::string target(n, 't'), name = "s" + std::to_string(n);
    ASSERT_EQ(box.symlink(target, name), Errno::ok);
    EXPECT_EQ(box.readlink(name), target);
    EXPECT_EQ(box.stat(name, At::nofollow).size, n);
    EXPECT_EQ(box.stat(name, At::nofollow).mode, mode::symlink | 0777u);
    // A short buffer gets a prefix, no NUL, and nothing behind it is touched.
    std::fill(box.app.begin(), box.app.end(), 0xee);
    EXPECT_EQ(Sandbox::must(readlink_at(box.fs(), box.root(), Sandbox::path(name), 0, n / 2)), n / 2);
    EXPECT_EQ(box.app[n / 2], 0xee);
  }
  EXPECT_EQ(readlink_at(box.fs(), box.root(), Sandbox::path("f"), 0, 10).error(), Errno::inval);
  EXPECT_EQ(readlink_at(box.fs(), box.root(), Sandbox::path("missing"), 0, 10).error(), Errno::noent);
  EXPECT_EQ(readlink_at(box.fs(), box.root(), Sandbox::path("ld/"), 0, 10).error(), Errno::inval);
  EXPECT_EQ(box.unsound(), "");
  EXPECT_EQ(box.unlink("s4095"), Errno::ok);
  EXPECT_EQ(box.unlink("s65"), Errno::ok);
}

TEST_F(NamesTest, UnlinkRmdirMkdirTable) {
  struct Row {
    char call;
    const char *path;
    Errno expected;
  };
  const Row rows[] = {
      {'u', "missing", Errno::noent},
      {'u', "d", Errno::isdir},
      {'u', "d/", Errno::isdir},
      {'u', "f/", Errno::notdir},
      {'u', "l/", Errno::notdir},
      {'u', ".", Errno::isdir},
      {'u', "..", Errno::isdir},
      {'u', "/", Errno::isdir},
      {'u', "f/x", Errno::notdir},
      {'u', "", Errno::noent},
      {'r', "d", Errno::notempty},
      {'r', "f", Errno::notdir},
      {'r', "missing", Errno::noent},
      {'r', ".", Errno::inval},
      {'r', "d/.", Errno::inval},
      {'r', "..", Errno::notempty},
      {'r', "d/sub/..", Errno::notempty},
      {'r', "/", Errno::busy},
      {'r', "ld", Errno::notdir},
      {'r', "ld/", Errno::notdir},
      {'r', "", Errno::noent},
      {'m', "d", Errno::exist},
      {'m', "f", Errno::exist},
      {'m', "dangling", Errno::exist},
      {'m', ".", Errno::exist},
      {'m', "/", Errno::exist},
      {'m', "missing/x", Errno::noent},
      {'m', "f/x", Errno::notdir},
      {'m', "", Errno::noent},
      {'m', "f/", Errno::exist},
  };
  for (const Row &row : rows)
    refused(row.expected, row.path, [&] {
      return row.call == 'u'   ? box.unlink(row.path)
             : row.call == 'r' ? box.rmdir(row.path)
                               : box.mkdir(row.path);
    });
  EXPECT_EQ(box.mkdir("new/"), Errno::ok);
  EXPECT_EQ(box.rmdir("new/"), Errno::ok);
  EXPECT_EQ(box.rmdir("d/sub"), Errno::ok);
  EXPECT_EQ(box.unlink("d/x"), Errno::ok);
  EXPECT_EQ(box.rmdir("d"), Errno::ok);
  EXPECT_EQ(box.unlink("ld"), Errno::ok);
}

} // namespace
} // namespace mayfly
