#include "image/tree.h"

#include "image/test_support.h"

namespace mayfly::image {
namespace {

Node file(uint32_t mode) { return {.type = Type::file, .attributes = {.mode = mode}}; }
Node link_to(const char *target) { return {.type = Type::symlink, .target = target}; }

TEST(GuestPath, Table) {
  EXPECT_EQ(to_string(guest("/a//b/./c/")), "/a/b/c");
  EXPECT_EQ(to_string(guest("./a")), "/a");
  EXPECT_EQ(to_string(guest("")), "/");
  EXPECT_EQ(to_string(guest(".")), "/");
  EXPECT_FALSE(parse_guest_path("a/../b"));
  EXPECT_FALSE(parse_guest_path("/.."));
  EXPECT_FALSE(parse_guest_path(std::string_view("a\0b", 3)));
  EXPECT_TRUE(parse_guest_path(std::string(255, 'x')));
  EXPECT_FALSE(parse_guest_path(std::string(256, 'x')));
  std::string deep;
  for (int i = 0; i < 2047; i++) deep += "/x";
  EXPECT_TRUE(parse_guest_path(deep));
  EXPECT_FALSE(parse_guest_path(deep + "/y"));
}

TEST(Tree, LaterEntriesReplaceEarlierOnes) {
  Builder b({});
  NodeId dir = b.tree.make_directory(guest("/d"));
  b.tree.put(dir, "x", file(0600));
  b.tree.put(Tree::root, "d", {.type = Type::directory, .attributes = {.mode = 0700}});
  EXPECT_EQ(text_of(b), "/d d 700\n/d/x f 600\n"); // merged
  b.tree.put(Tree::root, "d", file(0644));
  EXPECT_EQ(text_of(b), "/d f 644\n"); // a file over a directory
  b.tree.put(Tree::root, "d", {.type = Type::directory});
  EXPECT_EQ(text_of(b), "/d d 755\n"); // and back: empty
}

TEST(Tree, ParentsThatArePathsFollowSymlinksInsideTheTree) {
  Builder b({});
  b.tree.make_directory(guest("/usr/bin"));
  b.tree.put(Tree::root, "bin", link_to("usr/bin"));
  b.tree.put(Tree::root, "up", link_to("../../usr"));
  b.tree.put(b.tree.make_parent(guest("/bin/tool")), "tool", file(0755));
  b.tree.put(b.tree.make_parent(guest("/up/share")), "share", file(0644));
  EXPECT_EQ(
      text_of(b),
      "/bin l usr/bin\n/up l ../../usr\n/usr d 755\n/usr/bin d 755\n/usr/bin/tool f 755\n/usr/share f 644\n");
  EXPECT_EQ(b.tree.find(guest("/bin/tool")), b.tree.find(guest("/usr/bin/tool")));
}

TEST(Tree, OtherParentsAreReplaced) {
  Builder b({});
  b.tree.put(Tree::root, "f", file(0644));
  b.tree.put(Tree::root, "dangling", link_to("nowhere"));
  b.tree.make_directory(guest("/f/a"));
  b.tree.make_directory(guest("/dangling/a"));
  EXPECT_EQ(text_of(b), "/dangling d 755\n/dangling/a d 755\n/f d 755\n/f/a d 755\n");
}

TEST(Tree, SymlinkLoopsEnd) {
  Builder b({});
  b.tree.put(Tree::root, "a", link_to("b"));
  b.tree.put(Tree::root, "b", link_to("/a"));
  EXPECT_EQ(b.tree.make_directory(guest("/a/x")), Tree::none);
  EXPECT_EQ(b.tree.find(guest("/a/x")), Tree::none);
}

TEST(Content, EqualFilesShareBytes) {
  Content c;
  auto put = [&](std::string_view text) {
    std::ranges::copy(text, c.room(text.size())->begin());
    return c.take(static_cast<uint32_t>(text.size()));
  };
  EXPECT_EQ(put("abc"), (Extent{0, 3}));
  EXPECT_EQ(put(""), (Extent{0, 0}));
  EXPECT_EQ(put("de"), (Extent{3, 2}));
  EXPECT_EQ(put("abc"), (Extent{0, 3}));
  EXPECT_EQ(c.bytes_saved(), 3u);
  EXPECT_EQ(std::string(c.bytes().begin(), c.bytes().end()), "abcde");
}

TEST(Content, HiddenBytesAreDropped) {
  Content c;
  std::vector<Extent> extents;
  for (std::string_view text : {"first", "second", "third", "second"}) {
    std::ranges::copy(text, c.room(text.size())->begin());
    extents.push_back(c.take(static_cast<uint32_t>(text.size())));
  }
  Extent *used[] = {&extents[2], &extents[1], &extents[3]};
  c.keep_only(used);
  EXPECT_EQ(std::string(c.bytes().begin(), c.bytes().end()), "secondthird");
  EXPECT_EQ(extents[1], (Extent{0, 6}));
  EXPECT_EQ(extents[3], (Extent{0, 6}));
  EXPECT_EQ(extents[2], (Extent{6, 5}));
}

TEST(Content, GrowsWithoutLosingRoom) {
  Content c;
  auto room = c.room(10);
  std::fill_n(room->begin(), 10, 'x');
  room = c.room(8 << 20); // moves
  EXPECT_EQ((*room)[9], 'x');
  EXPECT_FALSE(c.room(uint64_t{1} << 32));
  EXPECT_FALSE(c.room(~uint64_t{0}));
}

TEST(Content, Sha256) {
  const uint8_t abc[] = {'a', 'b', 'c'};
  Sha256 h = sha256_of(abc);
  EXPECT_EQ(h[0], 0xba);
  EXPECT_EQ(h[31], 0xad);
}

} // namespace
} // namespace mayfly::image
