// open(2): flags, what they demand of the last component, and the errnos.
#include <gtest/gtest.h>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

struct OpenTest : testing::Test {
  OpenTest() {
    Sandbox::must(box.mkdir("d"));
    box.put("f", "content");
    for (auto [target, name] :
         {std::pair{"f", "to_f"}, {"d", "to_d"}, {"new", "dangling"}, {"x/", "dangling_slash"}})
      Sandbox::must(box.symlink(target, name));
  }
  ~OpenTest() override { EXPECT_EQ(box.unsound(), ""); }
  Sandbox box;
};

TEST_F(OpenTest, TheTable) {
  struct Row {
    const char *path;
    u32 flags;
    Errno expected;
  };
  const Row rows[] = {
      {"f", rd, Errno::ok},
      {"f", rd | wr, Errno::ok},
      {"missing", rd, Errno::noent},
      {"", rd, Errno::noent},
      {"f/x", rd, Errno::notdir},
      {"f/", rd, Errno::notdir},
      {"f", rd | directory, Errno::notdir},
      {"to_f", rd | directory, Errno::notdir},
      {"d", rd, Errno::ok},
      {"d", rd | directory, Errno::ok},
      {"d/", rd | directory, Errno::ok},
      {"to_d", rd | directory, Errno::ok},
      {"to_d", rd | directory | nofollow, Errno::notdir}, // as Linux: not a directory comes first
      {"to_d/", rd | directory | nofollow, Errno::ok},
      {"d", wr, Errno::isdir},
      {"d", rd | wr, Errno::isdir},
      {"d", rd | create, Errno::isdir},
      {"d", wr | trunc, Errno::isdir},
      {"d/", wr | create, Errno::isdir},
      {"missing/", wr | create, Errno::isdir},
      {".", rd | create, Errno::isdir},
      {".", rd | create | excl, Errno::exist},
      {"/", wr | create | excl, Errno::exist},
      {"f", wr | create | excl, Errno::exist},
      {"d", rd | create | excl, Errno::exist},
      {"to_f", wr | create | excl, Errno::exist},
      {"dangling", wr | create | excl, Errno::exist},
      {"to_f", rd | nofollow, Errno::loop},
      {"dangling", rd | nofollow, Errno::loop},
      {"dangling", wr | create | nofollow, Errno::loop},
      {"dangling", rd, Errno::noent},
      {"dangling_slash", wr | create, Errno::isdir},
      {"missing/x", wr | create, Errno::noent},
      {"missing/../x", wr | create, Errno::noent},
      {"f", rd | tmpfile, Errno::inval},
      {"f", wr | tmpfile, Errno::notdir},
      {"d", wr | tmpfile, Errno::ok},
      {"missing", wr | tmpfile, Errno::noent},
      {"d", rd | create | directory, Errno::inval},
      {"d/", wr | create | directory | excl, Errno::inval},
      {"f", rd | create | directory, Errno::inval},
      {"to_d", rd | create | directory | nofollow, Errno::inval},
      {"missing", rd | create | directory, Errno::inval},
      {"missing", wr | create | directory | trunc, Errno::inval},
      {"missing/", rd | create | directory, Errno::inval},
      {"missing/x", rd | create | directory, Errno::inval},
      {"", rd | create | directory, Errno::inval},
      {"d", wr | create | tmpfile, Errno::inval},
      {"to_f", path | nofollow, Errno::ok},
      {"to_f", path, Errno::ok},
      {"f", path | directory, Errno::notdir},
  };
  for (const Row &row : rows) {
    std::string before = box.dump();
    EXPECT_EQ(box.try_open(row.path, row.flags), row.expected) << row.path << " flags " << row.flags;
    EXPECT_EQ(box.dump(), before) << row.path;
  }
}

TEST_F(OpenTest, CreatingThroughADanglingLinkMakesItsTarget) {
  EXPECT_EQ(box.try_open("dangling", wr | create), Errno::ok);
  EXPECT_EQ(box.exists("new"), Errno::ok);
  EXPECT_EQ(box.stat("dangling", At::nofollow).mode & mode::type_mask, mode::symlink);
}

TEST_F(OpenTest, ModeIsCutByTheUmask) {
  box.put("m", "", 0777);
  EXPECT_EQ(box.stat("m").mode, mode::regular | 0755u);
  box.fs().umask = 0077;
  box.put("n", "", 06666);
  EXPECT_EQ(box.stat("n").mode, mode::regular | 06600u);
}

TEST_F(OpenTest, AFileThatMayNotBeWrittenCanBeMadeOpenForWriting) {
  box.become(1000, 1000);
  EXPECT_EQ(box.try_open("x", wr | create), Errno::acces); // the root is 0755
  box.become(0, 0);
  Sandbox::must(box.chmod("/", 0777));
  box.become(1000, 1000);
  Fd fd = box.must_open("x", wr | create, 0);
  EXPECT_EQ(Sandbox::must(box.write(fd, "abc")), 3u);
  EXPECT_EQ(box.close(fd), Errno::ok);
  EXPECT_EQ(box.try_open("x"), Errno::acces);
}

TEST_F(OpenTest, TruncatingEmptiesAndReadingOnlyDoesNot) {
  EXPECT_EQ(box.try_open("f", rd), Errno::ok);
  EXPECT_EQ(box.stat("f").size, 7u);
  EXPECT_EQ(box.try_open("f", wr | create), Errno::ok);
  EXPECT_EQ(box.stat("f").size, 7u);
  EXPECT_EQ(box.try_open("to_f", wr | trunc), Errno::ok);
  EXPECT_EQ(box.stat("f").size, 0u);
}

TEST_F(OpenTest, ATemporaryFileIsNowhere) {
  std::string before = box.dump();
  u32 inodes = box.fs().inodes_used;
  Fd fd = box.must_open("d", rd | wr | tmpfile, 0600);
  EXPECT_EQ(Sandbox::must(box.write(fd, std::string(10000, 't'))), 10000u);
  EXPECT_EQ(box.fstat(fd).nlink, 0u);
  EXPECT_EQ(box.pread(fd, 3, 9997), "ttt");
  EXPECT_EQ(box.dump(), before);
  EXPECT_EQ(box.unsound(), "");
  EXPECT_EQ(box.close(fd), Errno::ok);
  EXPECT_EQ(box.fs().inodes_used, inodes);
}

TEST_F(OpenTest, ATemporaryFileNeedsNoDirectoryThatIsStillThere) {
  Sandbox::must(box.mkdir("gone"));
  Fd dir = box.must_open("gone", directory);
  Sandbox::must(box.rmdir("gone"));
  auto open_there = [&](const char *name, u32 flags) {
    return open(box.fs(), box.at(dir), Sandbox::path(name), flags, 0600).error();
  };
  EXPECT_EQ(open_there(".", wr | tmpfile), Errno::ok);
  EXPECT_EQ(open_there("f", wr | create), Errno::noent);
  box.become(1000, 100);
  EXPECT_EQ(open_there(".", wr | tmpfile), Errno::acces);
}

TEST_F(OpenTest, APathDescriptorOnlyNames) {
  Fd file = box.must_open("f", path), dir = box.must_open("d", path | directory);
  for (Fd fd : {file, dir}) {
    Ofd &o = box.ofd(fd);
    Fs &fs = box.fs();
    EXPECT_EQ(mayfly::read(fs, o, 0, 1).error(), Errno::badf);
    EXPECT_EQ(mayfly::write(fs, o, 0, 1).error(), Errno::badf);
    EXPECT_EQ(mayfly::pread(fs, o, 0, 1, 0).error(), Errno::badf);
    EXPECT_EQ(mayfly::pwrite(fs, o, 0, 1, 0).error(), Errno::badf);
    EXPECT_EQ(seek(fs, o, 0, Whence::set).error(), Errno::badf);
    EXPECT_EQ(ftruncate(fs, o, 0), Errno::badf);
    EXPECT_EQ(fallocate(fs, o, 0, 0, 1), Errno::badf);
    EXPECT_EQ(fsync(fs, o), Errno::badf);
    EXPECT_EQ(flock(fs, o, Lock::shared), Errno::badf);
    EXPECT_EQ(fchmod(fs, o, 0), Errno::badf);
    EXPECT_EQ(fchown(fs, o, 0, 0), Errno::badf);
    EXPECT_EQ(futimens(fs, o, {SetTime::now}, {SetTime::now}), Errno::badf);
    EXPECT_EQ(copy_range(fs, o, nullptr, o, nullptr, 1).error(), Errno::badf);
    Stat s;
    EXPECT_EQ(mayfly::fstat(fs, o, s), Errno::ok);
  }
  EXPECT_EQ(fchdir(box.fs(), box.ofd(file)), Errno::notdir);
  EXPECT_EQ(fchdir(box.fs(), box.ofd(dir)), Errno::ok);
}

TEST_F(OpenTest, AReadOnlyFilesystemRefusesEveryChange) {
  Fd dir = box.must_open("d", rd | directory);
  std::string before = box.dump();
  box.fs().config |= kConfigReadOnly;
  EXPECT_EQ(box.try_open("f", wr), Errno::rofs);
  EXPECT_EQ(box.try_open("new", wr | create), Errno::rofs);
  EXPECT_EQ(box.try_open("f", rd | create), Errno::ok);
  EXPECT_EQ(box.try_open("d", wr | tmpfile), Errno::rofs);
  EXPECT_EQ(box.try_open("f", rd), Errno::ok);
  EXPECT_EQ(box.mkdir("x"), Errno::rofs);
  EXPECT_EQ(box.rmdir("d"), Errno::rofs);
  EXPECT_EQ(box.unlink("f"), Errno::rofs);
  EXPECT_EQ(box.symlink("a", "b"), Errno::rofs);
  EXPECT_EQ(box.link("f", "g"), Errno::rofs);
  EXPECT_EQ(box.rename("f", "g"), Errno::rofs);
  EXPECT_EQ(box.chmod("f", 0), Errno::rofs);
  EXPECT_EQ(box.chown("f", 1, 1), Errno::rofs);
  EXPECT_EQ(box.truncate("f", 0), Errno::rofs);
  EXPECT_EQ(box.access("f", 2), Errno::rofs);
  EXPECT_EQ(box.access("f", 4), Errno::ok);
  EXPECT_EQ(utimens_at(box.fs(), box.root(), Sandbox::path("f"), {SetTime::now}, {SetTime::now}),
            Errno::rofs);
  EXPECT_EQ(fchmod(box.fs(), box.ofd(dir), 0), Errno::rofs);
  EXPECT_EQ(box.get("f"), "content");
  EXPECT_EQ(box.close(dir), Errno::ok);
  EXPECT_EQ(box.dump(), before);
}

} // namespace
} // namespace mayfly
