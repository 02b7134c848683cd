#include "image/region.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <charconv>
#include <cstring>

#include "core/tree.h"
#include "image/test_support.h"

namespace mayfly::image {
namespace {

using testing::HasSubstr;

void put(Builder &b, const char *path, std::string_view text, uint32_t mode = 0644) {
  GuestPath p = guest(path);
  std::ranges::copy(text, b.content.room(text.size() + 1)->begin());
  b.tree.put(b.tree.make_parent(p), p.back(),
             {.type = Type::file,
              .attributes = {mode, {3, 4}, 5},
              .content = b.content.take(static_cast<uint32_t>(text.size()))});
}

Region build(Builder &b, const RegionOptions &options) {
  EXPECT_TRUE(complete_tree(b, options));
  auto region = build_region(b, options);
  EXPECT_TRUE(region) << region.error().where << region.error().message;
  return std::move(*region);
}

Stat stat_of(Region &region, const char *path) {
  Path p;
  EXPECT_EQ(p.assign(path, static_cast<u32>(strlen(path))), Errno::ok);
  Stat st{};
  EXPECT_EQ(stat_at(region.host->fs(), At{region.host->fs().root, At::nofollow}, p, st), Errno::ok) << path;
  return st;
}

TEST(Region, HoldsTheTree) {
  Builder b({});
  put(b, "/a/f", "hello", 0640);
  put(b, "/a/empty", "");
  put(b, "/z", std::string(100000, 'x'));
  b.tree.put(Tree::root, "l", {.type = Type::symlink, .target = "/a/f"});
  b.tree.put_link(Tree::root, "h", b.tree.find(guest("/a/f")));
  Region region = build(b, {});
  EXPECT_EQ(region.files, 4u);
  EXPECT_EQ(region.directories, 2u);
  EXPECT_EQ(region.symlinks, 1u);
  Stat st = stat_of(region, "/a/f");
  EXPECT_EQ(st.mode, mode::regular | 0640);
  EXPECT_EQ(st.uid, 3u);
  EXPECT_EQ(st.gid, 4u);
  EXPECT_EQ(st.mtime_ns, 5);
  EXPECT_EQ(st.size, 5u);
  EXPECT_EQ(st.nlink, 2u);
  EXPECT_EQ(stat_of(region, "/h").ino, st.ino);
  EXPECT_EQ(stat_of(region, "/z").size, 100000u);
  EXPECT_EQ(stat_of(region, "/l").mode & mode::type_mask, mode::symlink);
  EXPECT_EQ(region.bytes % 65536, 0u);
  const char *what = nullptr;
  u32 where = 0;
  EXPECT_TRUE(
      verify(&region.host->fs(), region.bytes, static_cast<u32>(b.content.bytes().size()), &what, &where))
      << what << " " << where;
  EXPECT_EQ(region.host->fs().content_bytes, 4096u + 100000u); // a large file begins at a page
  EXPECT_EQ(0, memcmp(region.host->fs().content_sha256, b.content.sha256().data(), 32));
}

TEST(Region, EqualInputsGiveEqualBytes) {
  auto bytes = [] {
    Builder b({});
    for (int i = 0; i < 500; i++) put(b, fmt::format("/d{}/f{}", i % 7, i).c_str(), std::to_string(i % 50));
    RegionOptions options{
        .preopens = {{"/", {}}, {"d1", guest("d1")}}, .args = {{"a", "b"}}, .env = {{"K=V"}}};
    Region region = build(b, options);
    auto span = region.span();
    return std::vector<uint8_t>(span.begin(), span.end());
  };
  EXPECT_EQ(bytes(), bytes());
}

// 40,000 names, made to lie in a 256th of the table under the seed that a region has by default, cost what any names
// cost: the seed of a packed region comes from all its names. Counted in slots that a look-up of each name takes.
TEST(Region, NamesMadeToCollideDoNot) {
  constexpr uint32_t kNames = 40'000;
  Builder b({});
  Region empty = build(b, {});
  u32 root = empty.host->fs().root;
  for (uint32_t n = 0, made = 0; made < kNames; n++) {
    char name[16] = {'f'};
    u32 len = static_cast<u32>(std::to_chars(name + 1, name + sizeof name, n).ptr - name);
    if (hash_name(FormatOptions{}.name_seed, root, name, len) >> 24 != 0) continue;
    b.tree.put(Tree::root, name, {.type = Type::file, .attributes = {0644, {0, 0}, 0}});
    made++;
  }
  Region region = build(b, {});
  Fs &fs = region.host->fs();
  ASSERT_EQ(fs.root, root);
  EXPECT_NE(fs.name_seed, FormatOptions{}.name_seed);
  EXPECT_NE(fs.name_seed, empty.host->fs().name_seed);
  const HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  uint64_t slots = 0;
  for (u32 at = 0; at < fs.hash_cap; at++)
    if (table[at].dentry) slots += 1 + ((at - hash_home(table[at].hash, fs.hash_cap)) & (fs.hash_cap - 1));
  EXPECT_LT(slots, kNames * 3u);
  EXPECT_EQ(build(b, {}).host->fs().name_seed, fs.name_seed);
}

TEST(Region, DescriptorsInTheirOrder) {
  Builder b({});
  put(b, "/d/f", "x");
  RegionOptions options{
      .preopens = {
          {"/", {}}, {"./d", guest("d")}, {"new/dir", guest("new/dir")}, {"/host", guest("host"), true}}};
  options.format.uid = 7;
  Region region = build(b, options);
  Fs &fs = region.host->fs();
  for (Fd fd = 0; fd < 3; fd++) EXPECT_EQ(ofd_of(fs, *fd_slot(fs, fd)).kind, Ofd::host);
  auto name = [&](Fd fd) {
    Off off = fd_slot(fs, fd)->preopen_name;
    return std::string(fs.at<char>(off + 4), *fs.at<u32>(off));
  };
  EXPECT_EQ(name(3), "/");
  EXPECT_EQ(name(4), "./d");
  EXPECT_EQ(name(5), "new/dir");
  EXPECT_EQ(name(6), "/host");
  EXPECT_EQ(ofd_of(fs, *fd_slot(fs, 4)).kind, Ofd::directory);
  EXPECT_EQ(ofd_of(fs, *fd_slot(fs, 6)).kind, Ofd::host);
  EXPECT_EQ(fd_slot(fs, 7), nullptr);
  EXPECT_EQ(stat_of(region, "/new/dir").uid, 7u); // made for the application, so its own
  EXPECT_EQ(stat_of(region, "/d").uid, 0u);
  EXPECT_TRUE(verify(&fs, region.bytes, static_cast<u32>(b.content.bytes().size()), nullptr, nullptr));
}

TEST(Region, StdioFilesAndNull) {
  Builder b({});
  put(b, "/.mayfly/stdin", "input");
  Region files = build(b, {.stdio = Stdio::file});
  EXPECT_EQ(stat_of(files, "/.mayfly/stdin").size, 5u);
  EXPECT_EQ(ofd_of(files.host->fs(), *fd_slot(files.host->fs(), 1)).inode,
            stat_of(files, "/.mayfly/stdout").ino * 128);
  Builder empty({});
  Region null = build(empty, {.stdio = Stdio::null});
  EXPECT_EQ(ofd_of(null.host->fs(), *fd_slot(null.host->fs(), 2)).device_id, Device::null);
}

TEST(Region, ConfigurationBits) {
  Builder b({});
  Region region =
      build(b, {.stdio = Stdio::null, .args = {{}}, .env = {{}}, .read_only = true, .hermetic = true});
  EXPECT_EQ(region.host->fs().config, kConfigArgs | kConfigEnv | kConfigReadOnly | kConfigNoHostClock |
                                          kConfigSeededRandom | kConfigHermetic);
}

TEST(Region, TheCounterStartsAboveEveryPackedTime) {
  constexpr i64 kYear2000_ns = 946'684'800'000'000'000;
  Builder old({.mtime_ns = 5});
  put(old, "/f", "x");
  EXPECT_EQ(build(old, {}).host->fs().clock_base, kYear2000_ns);
  Builder late({.mtime_ns = 2 * kYear2000_ns});
  put(late, "/d/f", "x");
  EXPECT_EQ(build(late, {}).host->fs().clock_base, 2 * kYear2000_ns);
  EXPECT_EQ(build(late, {.format = {.time_ns = 3 * kYear2000_ns}}).host->fs().clock_base, 3 * kYear2000_ns);
  EXPECT_EQ(build(old, {.counter_clock = true}).host->fs().config, kConfigNoHostClock);
}

TEST(Region, LimitsAreErrors) {
  Builder b({});
  for (int i = 0; i < 100; i++) put(b, fmt::format("/f{}", i).c_str(), "x");
  RegionOptions options;
  options.format.max_inodes = 50;
  auto region = build_region(b, options);
  ASSERT_FALSE(region);
  EXPECT_THAT(region.error().message, HasSubstr("--max-inodes"));
  for (int i = 0; i < 5000; i++) put(b, fmt::format("/many{}", i).c_str(), "x");
  options.format.max_inodes = ~0u;
  options.format.max_bytes = 64 * 1024;
  region = build_region(b, options);
  ASSERT_FALSE(region);
  EXPECT_THAT(region.error().message, HasSubstr("--max-bytes"));
  options = {.preopens = {{"/", {}}}};
  options.format.max_fds = 3;
  ASSERT_FALSE(build_region(b, options));
}

TEST(Region, PackedDevDoesNotDisturbTheDevices) {
  Builder b({});
  put(b, "/dev/null", "a file where the device is");
  Region region = build(b, {});
  EXPECT_EQ(stat_of(region, "/dev/zero").mode & mode::type_mask, mode::character);
}

} // namespace
} // namespace mayfly::image
