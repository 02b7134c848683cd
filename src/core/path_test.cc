// Path resolution as a table: what a path names, or the errno it gives.
#include "core/path.h"

#include <gtest/gtest.h>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

// a/            directory
// a/f           file "a/f"
// a/b/g         file "a/b/g"
// to_f          -> a/f
// to_dir        -> a/b
// to_up         -> ..           (in a: a/to_up)
// dangling      -> missing
// absolute      -> /a/f
// packed_abs    -> /a/f, packed (may be followed beneath)
// loop1, loop2  -> each other;  self -> self
struct PathTest : testing::Test {
  PathTest() {
    Sandbox::must(box.mkdir("a"));
    Sandbox::must(box.mkdir("a/b"));
    box.put("a/f", "a/f");
    box.put("a/b/g", "a/b/g");
    for (auto [target, name] : {std::pair{"a/f", "to_f"},
                                {"a/b", "to_dir"},
                                {"..", "a/to_up"},
                                {"missing", "dangling"},
                                {"/a/f", "absolute"},
                                {"loop2", "loop1"},
                                {"loop1", "loop2"},
                                {"self", "self"},
                                {"a/b/", "to_dir_slash"},
                                {"a/f/", "to_f_slash"},
                                {"/", "to_root"},
                                {".", "a/to_dot"}})
      Sandbox::must(box.symlink(target, name));
    Sandbox::must(symlink_at(box.fs(), Sandbox::path("/a/f"), box.root(), Sandbox::path("packed_abs"), true));
  }

  // The canonical name of what `text` resolves to, or the errno.
  std::string named(At at, std::string_view text) {
    Result<InodeId> id = resolve(box.fs(), at, Sandbox::path(text));
    if (!id.ok()) return errno_name(id.error());
    for (const char *known :
         {"/", "a", "a/b", "a/f", "a/b/g", "to_f", "dangling", "absolute", "to_dir", "a/to_up"})
      if (Sandbox::must(resolve(box.fs(), box.root(At::nofollow), Sandbox::path(known))) == id.value())
        return known;
    return "something else";
  }

  InodeId id(const char *name) { return Sandbox::must(resolve(box.fs(), box.root(), Sandbox::path(name))); }

  Sandbox box;
};

struct Row {
  const char *path, *expected;
};

TEST_F(PathTest, FromTheRoot) {
  const Row rows[] = {
      {"a", "a"},
      {"/a", "a"},
      {"//a", "a"},
      {"/", "/"},
      {"///", "/"},
      {".", "/"},
      {"./././a", "a"},
      {"a/", "a"},
      {"a///", "a"},
      {"a/.", "a"},
      {"a/b/..", "a"},
      {"a/b/../b/g", "a/b/g"},
      {"a//b//g", "a/b/g"},
      {"..", "/"},
      {"../../..", "/"},
      {"/../a", "a"},
      {"../a/../a", "a"},
      {"", "noent"},
      {"missing", "noent"},
      {"missing/", "noent"},
      {"missing/..", "noent"},
      {"missing/../a", "noent"},
      {"a/missing/../f", "noent"},
      {"a/f/", "notdir"},
      {"a/f/.", "notdir"},
      {"a/f/..", "notdir"},
      {"a/f/../f", "notdir"},
      {"a/f/x", "notdir"},
      {"to_f", "a/f"},
      {"to_f/", "notdir"},
      {"to_f_slash", "notdir"},
      {"to_dir", "a/b"},
      {"to_dir/", "a/b"},
      {"to_dir_slash", "a/b"},
      {"to_dir_slash/g", "a/b/g"},
      {"to_dir/g", "a/b/g"},
      {"to_dir/..", "a"}, // physical: the parent of where the link leads
      {"to_dir/../f", "a/f"},
      {"a/to_up/a/f", "a/f"},
      {"a/to_dot/f", "a/f"},
      {"to_root/a", "a"},
      {"to_root", "/"},
      {"dangling", "noent"},
      {"dangling/", "noent"},
      {"dangling/x", "noent"},
      {"absolute", "a/f"},
      {"self", "loop"},
      {"self/", "loop"},
      {"self/x", "loop"},
      {"loop1", "loop"},
  };
  for (const Row &row : rows) EXPECT_EQ(named(box.root(), row.path), row.expected) << "'" << row.path << "'";
}

TEST_F(PathTest, WithoutFollowingTheLastLink) {
  const Row rows[] = {
      {"to_f", "to_f"},      {"dangling", "dangling"}, {"to_dir", "to_dir"},     {"to_dir/", "a/b"},
      {"to_f/", "notdir"},   {"to_dir/.", "a/b"},      {"dangling/", "noent"},   {"self/", "loop"},
      {"to_dir/g", "a/b/g"}, {"a/to_up", "a/to_up"},   {"a/to_up/to_f", "to_f"},
  };
  for (const Row &row : rows)
    EXPECT_EQ(named(box.root(At::nofollow), row.path), row.expected) << "'" << row.path << "'";
}

TEST_F(PathTest, BeneathADirectory) {
  At at{id("a"), At::beneath};
  const Row rows[] = {
      {"f", "a/f"},
      {".", "a"},
      {"b/..", "a"},
      {"b/../f", "a/f"},
      {"..", "notcapable"},
      {"../a", "notcapable"},
      {"../a/f", "notcapable"},
      {"b/../..", "notcapable"},
      {"b/../../a", "notcapable"},
      {"/", "notcapable"},
      {"/a/f", "notcapable"},
      {"to_up", "notcapable"},
      {"to_up/a/f", "notcapable"},
      {"to_dot/f", "a/f"},
      {"missing", "noent"},
      {"f/..", "notdir"},
  };
  for (const Row &row : rows) EXPECT_EQ(named(at, row.path), row.expected) << "'" << row.path << "'";
}

TEST_F(PathTest, BeneathTheRootAbsoluteLinksAreRefusedUnlessPacked) {
  EXPECT_EQ(named(box.root(At::beneath), "absolute"), "notcapable");
  EXPECT_EQ(named(box.root(At::beneath | At::nofollow), "absolute"), "absolute");
  EXPECT_EQ(named(box.root(At::beneath), "packed_abs"), "a/f");
  EXPECT_EQ(named(box.root(At::beneath), ".."), "notcapable");
}

TEST_F(PathTest, StartMustBeADirectory) {
  At at{id("a/f")};
  EXPECT_EQ(named(at, "x"), "notdir");
  EXPECT_EQ(named(at, "."), "notdir");
  EXPECT_EQ(named(at, ""), "noent");
  EXPECT_EQ(named(at, "/a"), "a"); // the start does not matter
}

TEST_F(PathTest, FortyLinksAreFollowedAndNotFortyOne) {
  Sandbox::must(box.symlink("a/f", "l0"));
  for (int i = 1; i <= 40; ++i)
    Sandbox::must(box.symlink("l" + std::to_string(i - 1), "l" + std::to_string(i)));
  EXPECT_EQ(named(box.root(), "l39"), "a/f");
  EXPECT_EQ(named(box.root(), "l40"), "loop");
  EXPECT_EQ(named(box.root(), "to_dir/../to_up/l37"), "a/f");
  EXPECT_EQ(named(box.root(), "to_dir/../to_up/l38"), "loop");
}

TEST_F(PathTest, NamesAndPathsHaveLimits) {
  std::string longest(kNameMax, 'n'), too_long(kNameMax + 1, 'n');
  EXPECT_EQ(named(box.root(), longest), "noent");
  EXPECT_EQ(named(box.root(), too_long), "nametoolong");
  EXPECT_EQ(named(box.root(), too_long + "/x"), "nametoolong");
  EXPECT_EQ(named(box.root(), "missing/" + too_long), "noent");
  EXPECT_EQ(box.mkdir(longest), Errno::ok);
  EXPECT_EQ(box.mkdir(too_long), Errno::nametoolong);

  Path p;
  std::string dots;
  while (dots.size() < kPathMax - 2) dots += "./";
  EXPECT_EQ(p.assign(dots.data(), kPathMax - 1 - 1), Errno::ok);
  EXPECT_EQ(named(box.root(), dots.substr(0, kPathMax - 2) + "a"), "a");
  EXPECT_EQ(p.assign(dots.data(), kPathMax), Errno::nametoolong);
  // A link's target and the rest of the path together.
  Sandbox::must(box.symlink(dots.substr(0, kPathMax - 2), "long_link"));
  EXPECT_EQ(named(box.root(), "long_link"), "/");
  EXPECT_EQ(named(box.root(), "long_link/a"), "nametoolong");
}

TEST_F(PathTest, PathsFromAnywhereAreTakenByteForByte) {
  Path p;
  EXPECT_EQ(p.assign("a\0b", 3), Errno::inval);
  for (u32 n = 0; n < 40; ++n) { // every alignment and tail of the word loop
    for (u32 at = 0; at < 9; ++at) {
      std::string text(n, 'x');
      std::memcpy(box.app.data() + at, text.data(), n);
      ASSERT_EQ(p.assign_app(at, n), Errno::ok);
      ASSERT_EQ(std::string(p.bytes, p.len), text);
      for (u32 zero = 0; zero < n; ++zero) {
        box.app[at + zero] = 0;
        ASSERT_EQ(p.assign_app(at, n), Errno::inval) << n << " " << zero;
        box.app[at + zero] = 'x';
      }
    }
  }
  EXPECT_EQ(p.assign_app(0, kPathMax), Errno::nametoolong);
}

TEST_F(PathTest, AnyByteButSlashAndNulMakesAName) {
  for (int c = 1; c < 256; ++c) {
    if (c == '/' || c == '.') continue;
    for (size_t pad : {0, 1, 6, 7, 8, 15}) {
      std::string name(pad, 'p');
      name += static_cast<char>(c);
      name += "q";
      box.put(name, name);
      ASSERT_EQ(box.get(name), name) << c;
      ASSERT_EQ(box.unlink(name), Errno::ok);
    }
  }
  EXPECT_EQ(box.mkdir("..."), Errno::ok);
  EXPECT_EQ(box.mkdir("..a"), Errno::ok);
  EXPECT_EQ(box.mkdir(".../..b"), Errno::ok);
  EXPECT_EQ(box.exists(".../..b/../../..a"), Errno::ok);
  EXPECT_EQ(box.unsound(), "");
}

TEST_F(PathTest, ARemovedDirectoryHasNoParent) {
  Sandbox::must(box.mkdir("gone"));
  Fd fd = box.must_open("gone", rd | directory);
  Sandbox::must(box.rmdir("gone"));
  At at = box.at(fd);
  EXPECT_TRUE(resolve(box.fs(), at, Sandbox::path(".")).ok());
  EXPECT_EQ(named(at, ".."), "noent");
  EXPECT_EQ(named(at, "x"), "noent");
  EXPECT_EQ(mkdir_at(box.fs(), at, Sandbox::path("x"), 0755), Errno::noent);
  EXPECT_EQ(mayfly::open(box.fs(), at, Sandbox::path("x"), wr | create, 0644).error(), Errno::noent);
  EXPECT_EQ(box.close(fd), Errno::ok);
  EXPECT_EQ(box.unsound(), "");
}

// The walk remembers where prefixes of paths led; nothing that changes the tree may leave a stale answer.
TEST_F(PathTest, RememberedPrefixesFollowTheTree) {
  Sandbox::must(box.mkdir("directory-one"));
  Sandbox::must(box.mkdir("directory-one/inner-name"));
  box.put("directory-one/inner-name/file", "1");
  const char *file = "directory-one/inner-name/file";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(box.get(file), "1");
  Sandbox::must(box.rename("directory-one", "elsewhere"));
  EXPECT_EQ(box.exists(file), Errno::noent);
  Sandbox::must(box.symlink("elsewhere", "directory-one"));
  EXPECT_EQ(box.get(file), "1");
  Sandbox::must(box.unlink("directory-one"));
  EXPECT_EQ(box.exists(file), Errno::noent);
  Sandbox::must(box.rename("elsewhere", "directory-one"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(box.get(file), "1");
  Sandbox::must(box.mkdir("other"));
  Sandbox::must(box.mkdir("other/inner-name"));
  box.put("other/inner-name/file", "2");
  Sandbox::must(box.rename("directory-one", "other", rename_flags::exchange));
  EXPECT_EQ(box.get(file), "2");
  Sandbox::must(box.unlink("other/inner-name/file"));
  Sandbox::must(box.rmdir("other/inner-name"));
  EXPECT_EQ(box.exists("other/inner-name/file"), Errno::noent);
  EXPECT_EQ(box.get(file), "2");
  Sandbox::must(box.unlink(file));
  Sandbox::must(box.rmdir("directory-one/inner-name"));
  EXPECT_EQ(box.try_open(file, wr | create), Errno::noent);
  box.put("directory-one/inner-name", "");
  EXPECT_EQ(box.exists(file), Errno::notdir);
}

TEST_F(PathTest, ARememberedPrefixStillNeedsSearchPermission) {
  Sandbox::must(box.mkdir("directory-one", 0700));
  Sandbox::must(box.mkdir("directory-one/inner-name"));
  box.put("directory-one/inner-name/file", "1");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(box.exists("directory-one/inner-name/file"), Errno::ok);
  box.become(1000, 1000);
  EXPECT_EQ(box.exists("directory-one/inner-name/file"), Errno::acces);
}

} // namespace
} // namespace mayfly
