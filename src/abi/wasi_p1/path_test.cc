#include "abi/wasi_p1/test_support.h"

namespace mayfly::wasi_p1 {
namespace {

class PathTest : public WasiP1 {
protected:
  PathTest() {
    EXPECT_EQ(mkdir("d"), Errno::ok);
    EXPECT_EQ(mkdir("d/sub"), Errno::ok);
    open("d/f", {.oflags = oflag::creat});
    EXPECT_EQ(symlink("f", "d/link"), Errno::ok);
    EXPECT_EQ(symlink("sub", "d/dirlink"), Errno::ok);
    EXPECT_EQ(symlink("nowhere", "d/dangling"), Errno::ok);
    EXPECT_EQ(symlink("loop", "d/loop"), Errno::ok);
    EXPECT_EQ(symlink("../../f", "d/sub/out"), Errno::ok);
    dir = open_dir("d");
  }
  void make_dev_fd() {
    EXPECT_EQ(mkdir("dev"), Errno::ok);
    EXPECT_EQ(mkdir("dev/fd"), Errno::ok);
    fs.inode(Sandbox::must(resolve(fs, {fs.root}, Sandbox::path("dev/fd")))).flags |= kDevFd;
  }
  Fd dir = 0;
};

TEST_F(PathTest, Resolution) {
  struct {
    const char *path;
    Errno follow, nofollow;
  } cases[] = {
      {"f", Errno::ok, Errno::ok},
      {".", Errno::ok, Errno::ok},
      {"./sub//./../f", Errno::ok, Errno::ok},
      {"missing/../f", Errno::noent, Errno::noent},
      {"f/../f", Errno::notdir, Errno::notdir},
      {"dirlink/../f", Errno::ok, Errno::ok},
      {"f/", Errno::notdir, Errno::notdir},
      {"sub/", Errno::ok, Errno::ok},
      {"link", Errno::ok, Errno::ok},
      {"link/", Errno::notdir, Errno::notdir},
      {"dangling", Errno::noent, Errno::ok},
      {"loop", Errno::loop, Errno::ok},
      {"loop/x", Errno::loop, Errno::loop},
      {"", Errno::noent, Errno::noent},
      {"..", Errno::notcapable, Errno::notcapable},
      {"sub/../..", Errno::notcapable, Errno::notcapable},
      {"sub/../../d/f", Errno::notcapable, Errno::notcapable},
      {"/f", Errno::notcapable, Errno::notcapable},
      {"sub/out", Errno::notcapable, Errno::ok},
  };
  for (const auto &c : cases) {
    EXPECT_EQ(stat(c.path, kSymlinkFollow, dir), c.follow) << c.path;
    EXPECT_EQ(stat(c.path, 0, dir), c.nofollow) << c.path;
  }
  EXPECT_EQ(stat(std::string("f\0g", 3), 0, dir), Errno::inval);
  EXPECT_EQ(stat(std::string(5000, 'x'), 0, dir), Errno::nametoolong);
  EXPECT_EQ(stat(std::string(256, 'x'), 0, dir), Errno::nametoolong);
  EXPECT_EQ(stat(std::string(255, 'x'), 0, dir), Errno::noent);
}

TEST_F(PathTest, StatSaysWhatItIs) {
  EXPECT_EQ(stat("link", 0, dir), Errno::ok);
  EXPECT_EQ(out64(16), filetype::symlink);
  EXPECT_EQ(out64(32), 1u);
  EXPECT_EQ(stat("link", kSymlinkFollow, dir), Errno::ok);
  EXPECT_EQ(out64(16), filetype::regular);
  EXPECT_EQ(stat("sub", 0, dir), Errno::ok);
  EXPECT_EQ(out64(16), filetype::directory);
  Text f = text("f");
  EXPECT_EQ(e(path_filestat_get(fs, dir, 0, f.at, f.len, kBad - 56, Dialect::unstable)), Errno::ok);
  EXPECT_EQ(e(path_filestat_get(fs, dir, 0, f.at, f.len, kBad - 56, Dialect::snapshot)), Errno::fault);
}

// Every path function: its right, a bad descriptor, a file as directory, flags, bad pointers.
TEST_F(PathTest, WhatEveryCallChecks) {
  Fd file = open("d/f"), bare = open_dir("d", 0);
  struct Case {
    const char *name;
    Errno (*call)(Fs &, Fd, AppPtr path, u32 len);
    Errno on_missing; // for the path "missing"
  } cases[] = {
      {"create_directory", [](Fs &f, Fd d, AppPtr p, u32 n) { return e(path_create_directory(f, d, p, n)); },
       Errno::ok},
      {"filestat_get",
       [](Fs &f, Fd d, AppPtr p, u32 n) {
         return e(path_filestat_get(f, d, 0, p, n, kOut, Dialect::snapshot));
       },
       Errno::noent},
      {"set_times",
       [](Fs &f, Fd d, AppPtr p, u32 n) { return e(path_filestat_set_times(f, d, 0, p, n, 0, 0, 0)); },
       Errno::noent},
      {"link source", [](Fs &f, Fd d, AppPtr p, u32 n) { return e(path_link(f, d, 0, p, n, d, p, n)); },
       Errno::noent},
      {"open",
       [](Fs &f, Fd d, AppPtr p, u32 n) {
         return e(path_open(f, d, 0, p, n, 0, right::fd_read, 0, 0, kOut));
       },
       Errno::noent},
      {"readlink", [](Fs &f, Fd d, AppPtr p, u32 n) { return e(path_readlink(f, d, p, n, kBuf, 9, kOut)); },
       Errno::noent},
      {"remove_directory", [](Fs &f, Fd d, AppPtr p, u32 n) { return e(path_remove_directory(f, d, p, n)); },
       Errno::noent},
      {"rename", [](Fs &f, Fd d, AppPtr p, u32 n) { return e(path_rename(f, d, p, n, d, p, n)); },
       Errno::noent},
      {"symlink", [](Fs &f, Fd d, AppPtr p, u32 n) { return e(path_symlink(f, p, n, d, p, n)); }, Errno::ok},
      {"unlink", [](Fs &f, Fd d, AppPtr p, u32 n) { return e(path_unlink_file(f, d, p, n)); }, Errno::noent},
  };
  Text up = text("../x");
  for (const Case &c : cases) {
    SCOPED_TRACE(c.name);
    Text missing = text(std::string("missing ") + c.name);
    EXPECT_EQ(c.call(fs, 99, missing.at, missing.len), Errno::badf);
    EXPECT_EQ(c.call(fs, file, missing.at, missing.len), Errno::notdir);
    EXPECT_EQ(c.call(fs, 1, missing.at, missing.len), Errno::notdir);
    EXPECT_EQ(c.call(fs, bare, missing.at, missing.len), Errno::notcapable);
    EXPECT_EQ(c.call(fs, dir, kBad - 1, 2), Errno::fault);
    EXPECT_EQ(c.call(fs, dir, 16, ~u32{0}), Errno::fault);
    EXPECT_EQ(c.call(fs, dir, up.at, up.len), Errno::notcapable);
    EXPECT_EQ(c.call(fs, dir, up.at, 0), Errno::noent);
    EXPECT_EQ(c.call(fs, dir, missing.at, missing.len), c.on_missing);
  }
  EXPECT_EQ(link("f", "g", 2, dir, dir), Errno::inval);
  EXPECT_EQ(stat("f", 2, dir), Errno::inval);
  EXPECT_EQ(try_open("f", {.lookup = 2}), Errno::inval);
  EXPECT_EQ(try_open("f", {.oflags = 16}), Errno::inval);
  EXPECT_EQ(try_open("f", {.fdflags = 32}), Errno::inval);
}

TEST_F(PathTest, OutPointersAreCheckedBeforeAnythingHappens) {
  Text fresh = text("fresh"), link = text("d/link");
  EXPECT_EQ(e(path_open(fs, kRoot, 0, fresh.at, fresh.len, oflag::creat, 0, 0, 0, kBad - 3)), Errno::fault);
  EXPECT_EQ(stat("fresh"), Errno::noent);
  EXPECT_EQ(e(path_readlink(fs, kRoot, link.at, link.len, kBad - 1, 2, kOut)), Errno::fault);
  EXPECT_EQ(e(path_readlink(fs, kRoot, link.at, link.len, kBuf, 2, kBad)), Errno::fault);
}

TEST_F(PathTest, Open) {
  using namespace oflag;
  struct {
    const char *path;
    OpenArgs args;
    Errno expected;
  } cases[] = {
      {"d/f", {}, Errno::ok},
      {"d/new", {.oflags = creat}, Errno::ok},
      {"d/new", {.oflags = creat}, Errno::ok},
      {"d/new", {.oflags = creat | excl}, Errno::exist},
      {"d/dangling", {.oflags = creat | excl}, Errno::exist},
      {"d/dangling", {.oflags = creat, .lookup = 0}, Errno::loop},
      {"d/link", {}, Errno::ok},
      {"d/link", {.lookup = 0}, Errno::loop},
      {"d/loop", {.lookup = 0}, Errno::loop},
      {"d/loop", {}, Errno::loop},
      {"d/dirlink", {.oflags = directory, .base = 0}, Errno::ok},
      {"d/dirlink", {.oflags = directory, .base = 0, .lookup = 0}, Errno::notdir},
      {"d/f", {.oflags = directory}, Errno::notdir},
      {"d", {.oflags = directory}, Errno::isdir},
      {"d", {.oflags = directory, .base = right::all & ~right::fd_write}, Errno::ok},
      {"d", {.base = 0}, Errno::ok},
      {"d/f", {.oflags = trunc, .base = 0}, Errno::ok},
      {"d", {.oflags = trunc, .base = 0}, Errno::isdir},
      {"d/f/", {}, Errno::notdir},
      {"d/none", {}, Errno::noent},
      {"d/none/x", {.oflags = creat}, Errno::noent},
      {"d", {.oflags = creat | oflag::directory}, Errno::inval},
      {"d/fresh", {.oflags = creat | oflag::directory | excl}, Errno::inval},
      {"d/fresh", {}, Errno::noent},
      {"/d/f", {}, Errno::notcapable},
      {".", {.base = 0, .fdflags = fdflag::nonblock}, Errno::ok},
  };
  for (const auto &c : cases) {
    EXPECT_EQ(try_open(c.path, c.args), c.expected) << c.path << " oflags " << c.args.oflags;
    if (c.expected == Errno::ok) {
      EXPECT_EQ(fd_close(fs, out32()), 0u);
    }
  }
}

TEST_F(PathTest, OpenTakesRightsOfTheDirectory) {
  auto with = [&](u64 base, u64 inheriting, OpenArgs args) {
    args.dir = open_dir("d", base, inheriting);
    Errno result = try_open("made", args);
    fd_close(fs, args.dir);
    return result;
  };
  using namespace oflag;
  u64 all = right::all;
  EXPECT_EQ(with(all & ~right::path_create_file, all, {.oflags = creat}), Errno::notcapable);
  EXPECT_EQ(with(all, all, {.oflags = creat}), Errno::ok);
  EXPECT_EQ(with(all & ~right::path_filestat_set_size, all, {.oflags = trunc}), Errno::notcapable);
  EXPECT_EQ(with(all, all & ~right::fd_filestat_set_size, {.oflags = trunc, .base = 0}), Errno::ok);
  EXPECT_EQ(with(all, all & ~right::fd_sync, {.fdflags = fdflag::sync}), Errno::notcapable);
  EXPECT_EQ(with(all, all & ~right::fd_sync, {.fdflags = fdflag::rsync}), Errno::notcapable);
  EXPECT_EQ(with(all, all & ~right::fd_datasync, {.fdflags = fdflag::dsync}), Errno::notcapable);
  EXPECT_EQ(with(all, all & ~right::fd_datasync, {.fdflags = fdflag::sync}), Errno::ok);
}

TEST_F(PathTest, DescriptorsByNumberAreSymbolicLinks) {
  make_dev_fd();
  Fd file = open("d/f"), list = open_dir("dev/fd");
  EXPECT_EQ(stat("dev/fd/" + std::to_string(file), 0), Errno::ok);
  EXPECT_EQ(box.app[kOut + 16], filetype::symlink);
  u64 number = out64(8);
  EXPECT_EQ(stat("dev/fd/" + std::to_string(file)), Errno::ok);
  EXPECT_EQ(box.app[kOut + 16], filetype::regular);
  EXPECT_NE(out64(8), number);
  EXPECT_EQ(stat("dev/fd/0", 0), Errno::ok);
  EXPECT_EQ(box.app[kOut + 16], filetype::symlink);
  EXPECT_EQ(stat("dev/fd/0"), Errno::ok) << "what the host has open";
  EXPECT_EQ(box.app[kOut + 16], filetype::character);
  EXPECT_EQ(stat("dev/fd/99", 0), Errno::noent);
  EXPECT_EQ(readlink("dev/fd/" + std::to_string(file)), Errno::ok);
  EXPECT_EQ(bytes(kBuf, out32()), "/d/f");
  EXPECT_EQ(e(fd_readdir(fs, list, kBuf, 29 + 25 * 2 + 1, 0, kOut)), Errno::ok); // "." and ".." and the first of them
  EXPECT_EQ(box.app[kBuf + 25 + 26 + 20], filetype::symlink);
}

TEST_F(PathTest, OpeningADescriptorAgainGivesNoRightBack) {
  make_dev_fd();
  Fd file = open("d/f"), directory = open_dir("d");
  EXPECT_EQ(write(file, "data"), Errno::ok);
  u64 fewer = right::of_file & ~(right::fd_write | right::fd_filestat_set_size);
  EXPECT_EQ(fd_fdstat_set_rights(fs, file, fewer, 0), 0u);
  u64 looking = right::path_open | right::fd_readdir;
  EXPECT_EQ(fd_fdstat_set_rights(fs, directory, looking, right::fd_read), 0u);
  auto name = [](Fd fd) { return "dev/fd/" + std::to_string(fd); };
  for (u32 oflags : {0u, oflag::trunc, oflag::creat}) {
    Fd again = open(name(file), {.oflags = oflags});
    EXPECT_EQ(fd_fdstat_get(fs, again, kOut), 0u);
    EXPECT_EQ(out64(8), fewer & right::of_file);
    EXPECT_NE(write(again, "more"), Errno::ok);
    EXPECT_EQ(e(fd_filestat_set_size(fs, again, 0)), Errno::notcapable);
  }
  EXPECT_EQ(stat("d/f"), Errno::ok);
  EXPECT_EQ(out64(32), 4u);
  Fd again = open(name(directory), {.base = right::all});
  EXPECT_EQ(fd_fdstat_get(fs, again, kOut), 0u);
  EXPECT_EQ(out64(8), looking);
  EXPECT_EQ(out64(16), right::fd_read);
  EXPECT_EQ(mkdir("new", again), Errno::notcapable);
}

TEST_F(PathTest, TruncatingDoesNotGiveWriteAccess) {
  Fd writer = open("d/f");
  EXPECT_EQ(write(writer, "data"), Errno::ok);
  Fd fd = open("d/f", {.oflags = oflag::trunc, .base = right::fd_read});
  EXPECT_EQ(read(fd, 10), "");
  EXPECT_EQ(write(fd, "x"), Errno::badf);
}

TEST_F(PathTest, DescriptorsFollowTheirDirectory) {
  EXPECT_EQ(rename("d", "moved"), Errno::ok);
  EXPECT_EQ(stat("f", 0, dir), Errno::ok);
  EXPECT_EQ(stat("..", 0, dir), Errno::notcapable);
  EXPECT_EQ(mkdir("gone"), Errno::ok);
  Fd gone = open_dir("gone");
  EXPECT_EQ(rmdir("gone"), Errno::ok);
  EXPECT_EQ(try_open("x", {.oflags = oflag::creat, .dir = gone}), Errno::noent);
  EXPECT_EQ(mkdir("x", gone), Errno::noent);
  EXPECT_EQ(stat(".", 0, gone), Errno::ok);
}

TEST_F(PathTest, Symlinks) {
  EXPECT_EQ(symlink("/d/f", "abs"), Errno::perm);
  EXPECT_EQ(symlink("", "empty"), Errno::noent);
  EXPECT_EQ(symlink("f", "d/link"), Errno::exist);
  EXPECT_EQ(symlink("f", "d/new/"), Errno::noent);
  EXPECT_EQ(symlink("f", "d/sub/"), Errno::exist);
  EXPECT_EQ(readlink("d/dangling", 100), Errno::ok);
  EXPECT_EQ(out32(), 7u);
  EXPECT_EQ(bytes(kBuf, 7), "nowhere");
  std::memset(&box.app[kBuf], 0xee, 8);
  EXPECT_EQ(readlink("d/dangling", 4), Errno::ok);
  EXPECT_EQ(out32(), 4u);
  EXPECT_EQ(bytes(kBuf, 5), "nowh\xee");
  EXPECT_EQ(readlink("d/dangling", 0), Errno::ok);
  EXPECT_EQ(out32(), 0u);
  EXPECT_EQ(readlink("d/f"), Errno::inval);
  EXPECT_EQ(readlink("d/none"), Errno::noent);
}

// A packed absolute link resolves inside the tree, from wherever it is reached.
TEST_F(PathTest, PackedAbsoluteSymlinks) {
  EXPECT_EQ(symlink_at(fs, Sandbox::path("/d/f"), {fs.root}, Sandbox::path("d/sub/packed"), true), Errno::ok);
  EXPECT_EQ(symlink_at(fs, Sandbox::path("/d/f"), {fs.root}, Sandbox::path("d/sub/loose"), false), Errno::ok);
  Fd sub = open_dir("d/sub");
  EXPECT_EQ(try_open("packed", {.dir = sub}), Errno::ok);
  EXPECT_EQ(try_open("loose", {.dir = sub}), Errno::notcapable);
}

TEST_F(PathTest, LinkUnlinkRenameRemove) {
  EXPECT_EQ(link("d/f", "hard"), Errno::ok);
  EXPECT_EQ(link("d/f", "hard"), Errno::exist);
  EXPECT_EQ(link("d/sub", "dirhard"), Errno::perm);
  EXPECT_EQ(link("d/dangling", "x", kSymlinkFollow), Errno::noent);
  EXPECT_EQ(link("d/dangling", "x"), Errno::ok);
  EXPECT_EQ(stat("x", 0), Errno::ok);
  EXPECT_EQ(out64(24), 2u);
  EXPECT_EQ(link("d/f", "new/"), Errno::noent);
  EXPECT_EQ(unlink("d/sub"), Errno::isdir);
  EXPECT_EQ(unlink("d/sub/"), Errno::isdir);
  EXPECT_EQ(unlink("hard/"), Errno::notdir);
  EXPECT_EQ(unlink("hard"), Errno::ok);
  EXPECT_EQ(rmdir("d"), Errno::notempty);
  EXPECT_EQ(rmdir("d/f"), Errno::notdir);
  EXPECT_EQ(rmdir("d/f/"), Errno::notdir);
  EXPECT_EQ(rmdir("d/."), Errno::inval);
  EXPECT_EQ(mkdir("d"), Errno::exist);
  EXPECT_EQ(mkdir("new/"), Errno::ok);
  EXPECT_EQ(rename("new/", "newer/"), Errno::ok);
  EXPECT_EQ(rename("newer", "d"), Errno::notempty);
  EXPECT_EQ(rename("newer", "d/f"), Errno::notdir);
  EXPECT_EQ(rename("d/f", "newer"), Errno::isdir);
  EXPECT_EQ(rename("d", "d/sub/x"), Errno::inval);
  EXPECT_EQ(rename("none", "x"), Errno::noent);
  EXPECT_EQ(rmdir("newer/"), Errno::ok);
}

TEST_F(PathTest, TwoDirectoriesTwoRights) {
  Fd no_source = open_dir("d", right::all & ~(right::path_rename_source | right::path_link_source));
  Fd no_target = open_dir("d", right::all & ~(right::path_rename_target | right::path_link_target));
  EXPECT_EQ(rename("f", "g", no_source, dir), Errno::notcapable);
  EXPECT_EQ(rename("f", "g", dir, no_target), Errno::notcapable);
  EXPECT_EQ(link("f", "g", 0, no_source, dir), Errno::notcapable);
  EXPECT_EQ(link("f", "g", 0, dir, no_target), Errno::notcapable);
  EXPECT_EQ(rename("f", "g", no_target, no_source), Errno::ok);
  EXPECT_EQ(link("g", "f", 0, no_target, no_source), Errno::ok);
}

TEST_F(PathTest, LimitsAndReadOnly) {
  fs.fd_max = dir + 1;
  EXPECT_EQ(try_open("d/f"), Errno::mfile);
  fs.fd_max = 100;
  fs.config |= kConfigReadOnly;
  EXPECT_EQ(try_open("d/f", {.base = right::fd_read}), Errno::ok);
  EXPECT_EQ(try_open("d/f"), Errno::rofs);
  EXPECT_EQ(try_open("new", {.oflags = oflag::creat}), Errno::rofs);
  EXPECT_EQ(mkdir("new"), Errno::rofs);
  EXPECT_EQ(unlink("d/f"), Errno::rofs);
  EXPECT_EQ(symlink("x", "new"), Errno::rofs);
}

} // namespace
} // namespace mayfly::wasi_p1
