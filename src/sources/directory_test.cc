#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "sources/test_support.h"

namespace mayfly::sources {
namespace {

using testing::HasSubstr;

std::string failure(const Status &result) {
  return result ? "" : result.error().where + ": " + result.error().message;
}

TEST(Directory, KeepsModesSymlinksHardLinksAndTimes) {
  Scratch s;
  s.write("in/b/file", "hello", 0640);
  s.write("in/a", "1", 0755);
  s.write("in/empty", "");
  std::filesystem::create_hard_link(s / "in/a", s / "in/z");
  std::filesystem::create_symlink("../nowhere", s / "in/link");
  timespec times[2] = {{1, 2}, {1234567890, 987654321}};
  utimensat(AT_FDCWD, (s / "in/a").c_str(), times, 0);
  Builder b({});
  ASSERT_TRUE(add_directory(b, s / "in", guest("/g")));
  EXPECT_EQ(text_of(b), "/g d 755\n/g/a f 755 1\n/g/b d 755\n/g/b/file f 640 hello\n/g/empty f 644\n"
                        "/g/link l ../nowhere\n/g/z = /g/a\n");
  EXPECT_EQ(b.tree[b.tree.find(guest("/g/a"))].attributes.mtime_ns, 1234567890987654321);
}

TEST(Directory, SameHostTwiceAndOverlay) {
  Scratch s;
  s.write("one/f", "old");
  s.write("two/f", "newer");
  s.write("one/d/x", "x");
  s.write("two/d", "now a file");
  Builder b({});
  ASSERT_TRUE(add_directory(b, s / "one", guest("/")));
  ASSERT_TRUE(add_directory(b, s / "one/", guest("/again")));
  ASSERT_TRUE(add_directory(b, s / "two", guest("/")));
  drop_hidden_content(b);
  EXPECT_EQ(text_of(b), "/again d 755\n/again/d d 755\n/again/d/x f 644 x\n/again/f f 644 old\n"
                        "/d f 644 now a file\n/f f 644 newer\n");
  EXPECT_EQ(b.content.bytes().size(), std::string("oldxnewernow a file").size());
}

TEST(Directory, RefusesWhatCannotBePacked) {
  Scratch s;
  s.write("plain", "x");
  Builder b({});
  EXPECT_THAT(failure(add_directory(b, s / "none", {})), HasSubstr("none: cannot be opened: No such file"));
  auto not_dir = add_directory(b, s / "plain", {});
  EXPECT_THAT(failure(not_dir), HasSubstr("is not a directory"));
  EXPECT_THAT(not_dir.error().hint, HasSubstr("--file"));
  EXPECT_THAT(failure(add_file(b, s.path(), guest("/x"))), HasSubstr("is a directory"));

  std::filesystem::create_directories(s / "p");
  mkfifo((s / "p/pipe").c_str(), 0600);
  EXPECT_THAT(failure(add_directory(b, s / "p", {})), HasSubstr("p/pipe: is a named pipe"));

  std::filesystem::create_directories(s / "s");
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX};
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", (s / "s/sock").c_str());
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof address), 0);
  EXPECT_THAT(failure(add_directory(b, s / "s", {})), HasSubstr("s/sock: is a socket"));
  close(fd);
  EXPECT_THAT(failure(add_file(b, "/dev/zero", guest("/x"))), HasSubstr("is a character device"));
}

TEST(Directory, UnreadableFileIsNamed) {
  Scratch s;
  s.write("in/secret", "x", 0000);
  chmod(s.path().c_str(), 0755);
  bool root = geteuid() == 0; // who reads everything, so be nobody for a moment
  ASSERT_EQ(root ? seteuid(65534) : 0, 0);
  Builder b({});
  auto result = add_directory(b, s / "in", {});
  ASSERT_EQ(root ? seteuid(0) : 0, 0);
  EXPECT_THAT(failure(result), HasSubstr("in/secret: cannot be opened: Permission denied"));
}

TEST(Directory, TooLongGuestPath) {
  Scratch s;
  s.write("in/" + std::string(200, 'f'), "x");
  std::string deep;
  for (int i = 0; i < 20; i++) deep += "/" + std::string(200, 'd');
  Builder b({});
  EXPECT_THAT(failure(add_directory(b, s / "in", guest(deep.c_str()))), HasSubstr("more than 4095"));
}

TEST(Directory, DeeperThanTheNumberOfRecursiveNames) {
  Scratch s;
  std::string path = s / "in";
  std::filesystem::create_directories(path);
  int at = open(path.c_str(), O_DIRECTORY);
  for (int i = 0; i < 300; i++) {
    mkdirat(at, "n", 0755);
    int next = openat(at, "n", O_DIRECTORY);
    close(at);
    at = next;
  }
  close(at);
  Builder b({});
  ASSERT_TRUE(add_directory(b, s / "in", {}));
  EXPECT_EQ(b.tree.size(), 301u);
}

TEST(Directory, LeavesOutTheOutputItself) {
  Scratch s;
  s.write("in/out.wasm", "old output");
  s.write("in/f", "x");
  struct stat st;
  stat((s / "in/out.wasm").c_str(), &st);
  Builder b({});
  TreeSink sink(b, {});
  Options options{.skip_device = st.st_dev, .skip_inode = st.st_ino};
  ASSERT_TRUE(add_directory(sink, s / "in", options));
  EXPECT_EQ(text_of(b), "/f f 644 x\n");
  EXPECT_EQ(options.skipped, 1u);
}

TEST(Directory, ChangesDuringTheReadAreSeenOrHarmless) {
  // A writer that never stops: each attempt gives the whole old, the whole new, or an error.
  Scratch s;
  s.write("in/f", std::string(1 << 20, 'a'));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; i++) {
      truncate((s / "in/f").c_str(), i % 2 ? 1 << 20 : 1000);
      unlink((s / "in/g").c_str());
      s.write("in/g", "short-lived");
    }
  });
  for (int i = 0; i < 50; i++) {
    Builder b({});
    auto result = add_directory(b, s / "in", {});
    EXPECT_THAT(failure(result), testing::AnyOf("", HasSubstr("changed"), HasSubstr("vanished")));
  }
  stop = true;
  writer.join();
}

TEST(File, FollowsASymlinkAndTakesItsPlace) {
  Scratch s;
  s.write("f", "bytes", 0600);
  std::filesystem::create_symlink("f", s / "l");
  Builder b({});
  ASSERT_TRUE(add_file(b, s / "l", guest("/etc/conf")));
  EXPECT_EQ(text_of(b), "/etc d 755\n/etc/conf f 600 bytes\n");
}

TEST(Directory, SourceDateEpochClampsTimes) {
  Scratch s;
  s.write("in/f", "x");
  Builder b({});
  b.mtime_ns_max = 5;
  ASSERT_TRUE(add_directory(b, s / "in", {}));
  EXPECT_EQ(b.tree[b.tree.find(guest("/f"))].attributes.mtime_ns, 5);
}

} // namespace
} // namespace mayfly::sources
