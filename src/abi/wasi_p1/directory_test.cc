#include "abi/wasi_p1/test_support.h"

#include <algorithm>
#include <set>

namespace mayfly::wasi_p1 {
namespace {

class DirectoryTest : public WasiP1 {
protected:
  struct Entry {
    std::string name;
    u64 next, ino;
    u32 type;
  };
  // One call; entries that are whole.
  std::vector<Entry> list(Fd fd, u32 len, u64 cookie, u32 *used = nullptr) {
    EXPECT_EQ(e(fd_readdir(fs, fd, kBuf, len, cookie, kOut)), Errno::ok);
    u32 end = out32();
    if (used) *used = end;
    std::vector<Entry> found;
    for (u32 at = 0; at + 24 <= end;) {
      u32 name_len = host::app_load_u32(kBuf + at + 16);
      if (at + 24 + name_len > end) break;
      found.push_back({bytes(kBuf + at + 24, name_len), host::app_load_u64(kBuf + at),
                       host::app_load_u64(kBuf + at + 8), host::app_load_u32(kBuf + at + 20)});
      at += 24 + name_len;
    }
    return found;
  }
  std::vector<std::string> names(const std::vector<Entry> &entries) {
    std::vector<std::string> all;
    for (const Entry &entry : entries) all.push_back(entry.name);
    return all;
  }
};

TEST_F(DirectoryTest, EntriesOfEveryType) {
  EXPECT_EQ(mkdir("d"), Errno::ok);
  (void)symlink("f", "d/link");
  open("d/f", {.oflags = oflag::creat});
  EXPECT_EQ(mkdir("d/a longer name than eight"), Errno::ok);
  Fd fd = open_dir("d");
  auto entries = list(fd, 4096, 0);
  EXPECT_EQ(names(entries), (std::vector<std::string>{".", "..", "link", "f", "a longer name than eight"}));
  EXPECT_EQ(entries[0].type, filetype::directory);
  EXPECT_EQ(entries[2].type, filetype::symlink);
  EXPECT_EQ(entries[3].type, filetype::regular);
  EXPECT_EQ(entries[4].type, filetype::directory);
  EXPECT_EQ(stat("d/f"), Errno::ok);
  EXPECT_EQ(out64(8), entries[3].ino);
  EXPECT_EQ(stat("."), Errno::ok);
  EXPECT_EQ(out64(8), entries[1].ino);
}

TEST_F(DirectoryTest, EveryBufferSizeGivesAPrefixOfTheListing) {
  EXPECT_EQ(mkdir("d"), Errno::ok);
  for (const char *name : {"x", "seventh", "eight888", "nine99999", "a name of some length"})
    open(std::string("d/") + name, {.oflags = oflag::creat});
  Fd fd = open_dir("d");
  u32 whole = 0;
  list(fd, 4096, 0, &whole);
  std::string all = bytes(kBuf, whole);
  for (u32 len = 0; len <= whole + 16; len++) {
    std::memset(&box.app[kBuf], 0xee, whole + 32);
    u32 used = 0;
    list(fd, len, 0, &used);
    EXPECT_EQ(used, std::min(len, whole));
    EXPECT_EQ(bytes(kBuf, used), all.substr(0, used));
    EXPECT_EQ(bytes(kBuf + len, 8), std::string(8, '\xee')) << "wrote past " << len;
  }
}

TEST_F(DirectoryTest, CookiesSurviveRemovalOfWhatWasRead) {
  EXPECT_EQ(mkdir("d"), Errno::ok);
  std::set<std::string> expected;
  for (int i = 0; i < 300; i++) {
    open("d/file" + std::to_string(i), {.oflags = oflag::creat});
    fd_close(fs, out32());
    expected.insert("file" + std::to_string(i));
  }
  Fd fd = open_dir("d");
  std::set<std::string> seen;
  for (u64 cookie = 0;;) {
    u32 used = 0;
    auto part = list(fd, 200, cookie, &used);
    for (const Entry &entry : part) {
      EXPECT_LT(entry.next, u64{1} << 31);
      cookie = entry.next;
      if (entry.name[0] == '.') continue;
      EXPECT_TRUE(seen.insert(entry.name).second) << entry.name << " twice";
      EXPECT_EQ(unlink("d/" + entry.name), Errno::ok);
    }
    if (used < 200) break;
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(rmdir("d"), Errno::ok);
}

TEST_F(DirectoryTest, Errors) {
  Fd file = open("f", {.oflags = oflag::creat}), blind = open_dir(".", right::path_open);
  EXPECT_EQ(mkdir("gone"), Errno::ok);
  Fd gone = open_dir("gone");
  EXPECT_EQ(rmdir("gone"), Errno::ok);
  auto readdir = [&](Fd fd, AppPtr buf, u32 len, AppPtr out) {
    return e(fd_readdir(fs, fd, buf, len, 0, out));
  };
  EXPECT_EQ(readdir(99, kBuf, 100, kOut), Errno::badf);
  EXPECT_EQ(readdir(file, kBuf, 100, kOut), Errno::notdir);
  EXPECT_EQ(readdir(0, kBuf, 100, kOut), Errno::notdir);
  EXPECT_EQ(readdir(blind, kBuf, 100, kOut), Errno::notcapable);
  EXPECT_EQ(readdir(gone, kBuf, 100, kOut), Errno::noent);
  EXPECT_EQ(readdir(kRoot, kBad - 99, 100, kOut), Errno::fault);
  EXPECT_EQ(readdir(kRoot, kBuf, 100, kBad - 3), Errno::fault);
  EXPECT_EQ(readdir(kRoot, kBad, 0, kOut), Errno::ok);
  EXPECT_EQ(e(fd_readdir(fs, kRoot, kBuf, 100, ~u64{0}, kOut)), Errno::ok) << "any cookie is a position";
  EXPECT_EQ(out32(), 0u);
}

} // namespace
} // namespace mayfly::wasi_p1
