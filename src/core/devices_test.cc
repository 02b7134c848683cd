// /dev: the character devices and the descriptors by number.
#include <functional>

#include <gtest/gtest.h>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

struct DevicesTest : testing::Test {
  DevicesTest() : box(FormatOptions{}) {}
  ~DevicesTest() override { EXPECT_EQ(box.unsound(), ""); }
  Sandbox box;
};

TEST_F(DevicesTest, TheUsualOnesExist) {
  EXPECT_EQ(box.list("/dev"), (std::vector<std::string>{"fd", "full", "null", "random", "stderr", "stdin",
                                                        "stdout", "urandom", "zero"}));
  for (const char *name : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}) {
    Stat s = box.stat(name);
    EXPECT_EQ(s.mode, mode::character | 0666u) << name;
    EXPECT_NE(s.rdev, 0u);
  }
  Sandbox none;
  EXPECT_EQ(none.exists("/dev"), Errno::noent);
}

TEST_F(DevicesTest, ReadsAndWrites) {
  Fd null = box.must_open("/dev/null", rd | wr), zero = box.must_open("/dev/zero", rd | wr);
  Fd full = box.must_open("/dev/full", rd | wr), random = box.must_open("/dev/urandom", rd | wr);
  EXPECT_EQ(box.read(null, 10), "");
  EXPECT_EQ(Sandbox::must(box.write(null, "abc")), 3u);
  EXPECT_EQ(box.read(zero, 10), std::string(10, '\0'));
  EXPECT_EQ(Sandbox::must(box.write(zero, "abc")), 3u);
  EXPECT_EQ(box.read(full, 10), std::string(10, '\0'));
  EXPECT_EQ(box.write(full, "abc").error(), Errno::nospc);
  EXPECT_EQ(Sandbox::must(box.write(full, "")), 0u);
  std::string a = box.read(random, 64), b = box.read(random, 64);
  EXPECT_EQ(a.size(), 64u);
  EXPECT_NE(a, b);
  EXPECT_EQ(Sandbox::must(box.seek(null, 100, Whence::set)), 0u);
  EXPECT_EQ(ftruncate(box.fs(), box.ofd(null), 0), Errno::inval);
  EXPECT_EQ(box.truncate("/dev/null", 0), Errno::inval);
  EXPECT_EQ(fallocate(box.fs(), box.ofd(null), 0, 0, 1), Errno::nodev);
  EXPECT_EQ(fsync(box.fs(), box.ofd(null)), Errno::inval);
  EXPECT_EQ(box.try_open("/dev/null", wr | trunc), Errno::ok);
  EXPECT_EQ(box.try_open("/dev/null", rd | directory), Errno::notdir);
  EXPECT_EQ(box.read(box.must_open("/dev/zero", rd), 2), std::string(2, '\0'));
  EXPECT_EQ(box.write(box.must_open("/dev/null", rd), "x").error(), Errno::badf);
  Fd file = box.must_open("f", rd | wr | create);
  EXPECT_EQ(copy_range(box.fs(), box.ofd(zero), nullptr, box.ofd(file), nullptr, 1).error(), Errno::inval);
}

TEST_F(DevicesTest, DescriptorsByNumber) {
  box.put("f", "0123456789");
  Fd fd = box.must_open("f", rd | wr);
  std::string name = "/dev/fd/" + std::to_string(fd);
  EXPECT_EQ(box.stat(name).ino, box.stat("f").ino);
  EXPECT_EQ(box.read(fd, 3), "012");
  Fd again = box.must_open(name, rd);
  EXPECT_EQ(box.read(again, 3), "345") << "the same description";
  EXPECT_EQ(box.try_open("/dev/fd/39"), Errno::noent);
  EXPECT_EQ(box.try_open("/dev/fd/x"), Errno::noent);
  EXPECT_EQ(box.try_open("/dev/fd/00"), Errno::noent);
  EXPECT_EQ(box.try_open("/dev/fd/99999999999"), Errno::noent);
  EXPECT_EQ(box.unlink(name), Errno::perm);
  EXPECT_EQ(box.rmdir(name), Errno::perm);
  EXPECT_EQ(box.rename(name, "g"), Errno::perm);
  EXPECT_EQ(box.try_open(name + "/", rd), Errno::notdir);
  Fd dir = box.must_open("/dev/fd", rd | directory);
  std::vector<std::string> names;
  for (const auto &e : box.entries(dir)) names.push_back(e.name);
  EXPECT_EQ(names, (std::vector<std::string>{".", "..", std::to_string(fd), std::to_string(again),
                                             std::to_string(dir)}));
}

// As in Linux's /proc/self/fd: links to lstat and in listings, so that a walk of the tree ends.
TEST_F(DevicesTest, DescriptorsAreSymbolicLinks) {
  Sandbox::must(box.mkdir("/d"));
  box.put("/d/f", "0123456789");
  Sandbox::must(open_host_at(box.fs(), 0, 0, 0, 0));
  Fd root = box.must_open("/", rd | directory), file = box.must_open("/d/f", rd | wr),
     d = box.must_open("/d", rd);
  auto name = [](Fd fd) { return "/dev/fd/" + std::to_string(fd); };
  for (Fd fd : {Fd{0}, root, file, d}) {
    SCOPED_TRACE(fd);
    Stat link = box.stat(name(fd), At::nofollow);
    EXPECT_EQ(link.mode & mode::type_mask, mode::symlink);
    EXPECT_EQ(link.nlink, 1u);
    EXPECT_EQ(box.try_open(name(fd), rd | nofollow), Errno::loop);
    EXPECT_EQ(box.unlink(name(fd)), Errno::perm);
    EXPECT_EQ(box.mkdir(name(fd)), Errno::exist);
    SetTime now{SetTime::now};
    EXPECT_EQ(utimens_at(box.fs(), box.root(At::nofollow), Sandbox::path(name(fd)), now, now), Errno::perm);
    EXPECT_EQ(
        link_at(box.fs(), box.root(At::nofollow), Sandbox::path(name(fd)), box.root(), Sandbox::path("/x")),
        Errno::perm);
  }
  EXPECT_EQ(box.readlink(name(0)), "host");
  EXPECT_EQ(box.readlink(name(root)), "/");
  EXPECT_EQ(box.readlink(name(d)), "/d");
  EXPECT_EQ(box.readlink(name(file)), "/d/f");
  EXPECT_EQ(box.stat(name(0)).mode & mode::type_mask, mode::character);
  EXPECT_EQ(box.stat(name(file)).ino, box.stat("/d/f").ino);
  EXPECT_EQ(chdir_at(box.fs(), box.root(), Sandbox::path(name(0))), Errno::perm);
  EXPECT_EQ(chdir_at(box.fs(), box.root(), Sandbox::path(name(d))), Errno::ok);
  Fd listing = box.must_open("/dev/fd", rd | directory);
  for (const auto &e : box.entries(listing)) {
    if (e.name[0] == '.') continue;
    EXPECT_EQ(e.type, mode::symlink) << e.name;
    EXPECT_EQ(e.ino, box.stat("/dev/fd/" + e.name, At::nofollow).ino) << e.name;
  }
  Sandbox::must(box.unlink("/d/f"));
  EXPECT_EQ(box.readlink(name(file)), "removed");
  EXPECT_EQ(box.stat(name(file)).size, 10u) << "what is open is reached all the same";
}

TEST_F(DevicesTest, AWalkFromTheRootEnds) {
  Sandbox::must(box.mkdir("/d"));
  (void)box.must_open("/", rd | directory);
  (void)box.must_open("/d", rd | directory);
  u32 directories = 0;
  std::function<void(const std::string &)> visit = [&](const std::string &path) {
    ASSERT_LT(++directories, 100u) << path;
    for (const std::string &child : box.list(path)) {
      std::string name = (path == "/" ? "" : path) + "/" + child;
      Stat st; // the descriptor that listed /dev/fd is closed again
      if (stat_at(box.fs(), box.root(At::nofollow), Sandbox::path(name), st) != Errno::ok) continue;
      if ((st.mode & mode::type_mask) == mode::directory) visit(name);
    }
  };
  visit("/");
  EXPECT_EQ(directories, 4u) << "/ /d /dev /dev/fd";
}

TEST_F(DevicesTest, ALoopThroughADescriptorIsALoop) {
  Fd root = box.must_open("/", rd | directory);
  std::string through = "/dev/fd/" + std::to_string(root), path;
  for (u32 i = 0; i < kSymlinkMax; i++) path += through;
  EXPECT_EQ(box.exists(path), Errno::ok);
  EXPECT_EQ(box.exists(path + "/"), Errno::ok);
  EXPECT_EQ(box.exists(path + through + "/"), Errno::loop);
}

TEST_F(DevicesTest, StandardStreamsAreLinksToDescriptors) {
  InodeId null = Sandbox::must(resolve(box.fs(), box.root(), Sandbox::path("/dev/null")));
  Sandbox::must(open_inode_at(box.fs(), 0, null, kRead, 0));
  Sandbox::must(open_host_at(box.fs(), 1, 1, 0, 0));
  EXPECT_EQ(box.readlink("/dev/stdin"), "fd/0");
  EXPECT_EQ(box.stat("/dev/stdin").ino, box.stat("/dev/null").ino);
  EXPECT_EQ(box.must_open("/dev/stdout", wr), 2u);
  EXPECT_EQ(box.ofd(2).kind, Ofd::host);
  EXPECT_EQ(box.close(2), Errno::ok);
  EXPECT_EQ(box.try_open("/dev/stderr", wr), Errno::noent);
}

TEST_F(DevicesTest, NothingGoesWrongInTheDescriptorDirectory) {
  Fd fd = box.must_open("/", rd | directory);
  std::string name = "/dev/fd/" + std::to_string(fd);
  EXPECT_EQ(box.exists(name + "/dev/null"), Errno::ok);
  EXPECT_EQ(box.exists(name + "/.."), Errno::ok);
  EXPECT_EQ(box.link(name, "/hard"), Errno::perm); // a directory
  At dev{Sandbox::must(resolve(box.fs(), box.root(), Sandbox::path("/dev"))), At::beneath};
  std::string through = "fd/" + std::to_string(fd) + "/..";
  EXPECT_EQ(resolve(box.fs(), dev, Sandbox::path(through)).error(), Errno::notcapable);
  EXPECT_EQ(resolve(box.fs(), box.root(At::beneath), Sandbox::path("dev" + name.substr(4) + "/dev")).error(),
            Errno::ok);
  box.put("/f", "");
  EXPECT_EQ(box.mkdir("/dev/fd/7x"), Errno::perm);
  EXPECT_EQ(box.symlink("a", "/dev/fd/7x"), Errno::perm);
  EXPECT_EQ(box.link("/f", "/dev/fd/7x"), Errno::perm);
  EXPECT_EQ(box.rename("/f", "/dev/fd/7x"), Errno::perm);
  EXPECT_EQ(box.try_open("/dev/fd/7x", wr | create), Errno::acces);
  EXPECT_EQ(box.try_open("/dev/fd", wr | tmpfile), Errno::acces);
}

} // namespace
} // namespace mayfly
