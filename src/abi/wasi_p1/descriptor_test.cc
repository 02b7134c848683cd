#include <functional>

#include "abi/wasi_p1/test_support.h"

namespace mayfly::wasi_p1 {
namespace {

using DescriptorTest = WasiP1;

TEST_F(DescriptorTest, FilestatLayouts) {
  Fd fd = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(write(fd, "12345"), Errno::ok);
  EXPECT_EQ(link("f", "g"), Errno::ok);
  EXPECT_EQ(fd_filestat_set_times(fs, fd, 111, 222, fstflag::atim | fstflag::mtim), 0u);
  box.app[kOut + 64] = 0xee;
  EXPECT_EQ(fd_filestat_get(fs, fd, kOut, Dialect::snapshot), 0u);
  u64 ino = out64(8), ctime = out64(56);
  EXPECT_EQ(out64(16), filetype::regular);
  EXPECT_EQ(out64(24), 2u);
  EXPECT_EQ(out64(32), 5u);
  EXPECT_EQ(out64(40), 111u);
  EXPECT_EQ(out64(48), 222u);
  EXPECT_EQ(box.app[kOut + 64], 0xee);
  std::memset(&box.app[kOut], 0xee, 64);
  EXPECT_EQ(fd_filestat_get(fs, fd, kOut, Dialect::unstable), 0u);
  EXPECT_EQ(out64(8), ino);
  EXPECT_EQ(box.app[kOut + 16], filetype::regular);
  EXPECT_EQ(out32(20), 2u);
  EXPECT_EQ(out64(24), 5u);
  EXPECT_EQ(out64(32), 111u);
  EXPECT_EQ(out64(40), 222u);
  EXPECT_EQ(out64(48), ctime);
  EXPECT_EQ(box.app[kOut + 56], 0xee) << "56 bytes";
  EXPECT_EQ(e(fd_filestat_get(fs, fd, kBad - 56, Dialect::unstable)), Errno::ok);
  EXPECT_EQ(e(fd_filestat_get(fs, fd, kBad - 56, Dialect::snapshot)), Errno::fault);
}

TEST_F(DescriptorTest, Fdstat) {
  auto fdstat = [&](Fd fd) { return e(fd_fdstat_get(fs, fd, kOut)); };
  EXPECT_EQ(fdstat(open("f", {.oflags = oflag::creat,
                              .base = right::fd_read | right::path_open,
                              .fdflags = fdflag::append | fdflag::sync})),
            Errno::ok);
  EXPECT_EQ(out32(), filetype::regular | (fdflag::append | fdflag::sync) << 16);
  EXPECT_EQ(out64(8), right::fd_read) << "a file cannot have path_open";
  EXPECT_EQ(fdstat(open_dir(".", right::all, right::fd_read)), Errno::ok);
  EXPECT_EQ(out32(), filetype::directory);
  EXPECT_EQ(out64(8), right::of_directory);
  EXPECT_EQ(out64(16), right::fd_read);
  EXPECT_EQ(fdstat(kRoot), Errno::ok);
  EXPECT_EQ(out64(8), right::of_directory);
  EXPECT_EQ(out64(16), right::all);
  EXPECT_EQ(fdstat(77), Errno::badf);
  EXPECT_EQ(e(fd_fdstat_get(fs, kRoot, kBad - 23)), Errno::fault);
}

TEST_F(DescriptorTest, EveryDescriptorFlagComesBack) {
  Fd fd = open("f", {.oflags = oflag::creat});
  for (u32 flags = 0; flags <= fdflag::all; flags++) {
    EXPECT_EQ(fd_fdstat_set_flags(fs, fd, flags), 0u);
    EXPECT_EQ(fd_fdstat_get(fs, fd, kOut), 0u);
    EXPECT_EQ(out32() >> 16, flags);
  }
  EXPECT_EQ(e(fd_fdstat_set_flags(fs, fd, 32)), Errno::inval);
  EXPECT_EQ(e(fd_fdstat_set_flags(fs, 99, 0)), Errno::badf);
}

TEST_F(DescriptorTest, RightsOnlyShrink) {
  Fd fd = open_dir(".");
  u64 fewer = right::path_open | right::fd_readdir;
  EXPECT_EQ(e(fd_fdstat_set_rights(fs, fd, fewer, right::fd_read)), Errno::ok);
  EXPECT_EQ(e(fd_fdstat_set_rights(fs, fd, fewer | right::path_symlink, right::fd_read)), Errno::notcapable);
  EXPECT_EQ(e(fd_fdstat_set_rights(fs, fd, fewer, right::fd_write)), Errno::notcapable);
  EXPECT_EQ(e(fd_fdstat_set_rights(fs, 99, 0, 0)), Errno::badf);
  EXPECT_EQ(mkdir("d", fd), Errno::notcapable);
  // What is opened through it has at most what it passes on.
  Fd file = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(fd_close(fs, file), 0u);
  file = open("f", {.dir = fd});
  EXPECT_EQ(fd_fdstat_get(fs, file, kOut), 0u);
  EXPECT_EQ(out64(8), right::fd_read);
  EXPECT_EQ(write(file, "x"), Errno::badf) << "not opened for writing";
}

// Each call that needs a right on the descriptor itself.
TEST_F(DescriptorTest, MissingRightsAndTypes) {
  Fd dir = open_dir("."), bare = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(fd_fdstat_set_rights(fs, bare, 0, 0), 0u);
  Fd bare_dir = open_dir(".", 0);
  using Call = u32 (*)(Fs &, Fd);
  struct {
    const char *name;
    Call call;
    Errno file, directory, bare_directory;
  } cases[] = {
      {"advise", [](Fs &f, Fd fd) { return fd_advise(f, fd, 0, 1, 0); }, Errno::notcapable, Errno::badf,
       Errno::badf},
      {"allocate", [](Fs &f, Fd fd) { return fd_allocate(f, fd, 0, 1); }, Errno::notcapable, Errno::badf,
       Errno::badf},
      {"sync", fd_sync, Errno::notcapable, Errno::ok, Errno::notcapable},
      {"datasync", fd_datasync, Errno::notcapable, Errno::ok, Errno::notcapable},
      {"set_flags", [](Fs &f, Fd fd) { return fd_fdstat_set_flags(f, fd, 0); }, Errno::notcapable, Errno::ok,
       Errno::notcapable},
      {"filestat_get", [](Fs &f, Fd fd) { return fd_filestat_get(f, fd, kOut, Dialect::snapshot); },
       Errno::notcapable, Errno::ok, Errno::notcapable},
      {"set_size", [](Fs &f, Fd fd) { return fd_filestat_set_size(f, fd, 1); }, Errno::notcapable,
       Errno::inval, Errno::inval},
      {"set_times", [](Fs &f, Fd fd) { return fd_filestat_set_times(f, fd, 0, 0, fstflag::atim_now); },
       Errno::notcapable, Errno::ok, Errno::notcapable},
  };
  for (const auto &c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(e(c.call(fs, bare)), c.file);
    EXPECT_EQ(e(c.call(fs, dir)), c.directory);
    EXPECT_EQ(e(c.call(fs, bare_dir)), c.bare_directory);
    EXPECT_EQ(e(c.call(fs, 99)), Errno::badf);
    EXPECT_EQ(e(c.call(fs, ~u32{0})), Errno::badf);
  }
}

// What open(2) of a C library or of Rust asks for with O_RDONLY, O_WRONLY and O_RDWR. No call on such a
// descriptor may answer ENOTCAPABLE, which no POSIX program knows.
TEST_F(DescriptorTest, OrdinaryDescriptorsAnswerAsPosixSays) {
  constexpr u64 reads = right::fd_read | right::fd_readdir, writes = right::writes | right::fd_datasync;
  constexpr u64 common = right::all & ~reads & ~writes;
  EXPECT_EQ(mkdir("d"), Errno::ok);
  Fd read_write = open("f", {.oflags = oflag::creat, .base = common | reads | writes});
  Fd read_only = open("f", {.base = common | reads});
  Fd write_only = open("f", {.base = common | writes});
  Fd search = open("f", {.base = common}), directory = open("d", {.base = common | reads});
  Fd device = Sandbox::must(open_host(fs, 0, kAll, kAll));
  AppPtr list = iovs({4});
  using Call = std::function<u32(Fd)>;
  const struct {
    const char *name;
    Call call;
    Errno read_write, read_only, write_only, search, directory;
  } cases[] = {
      {"read", [&](Fd fd) { return fd_read(fs, fd, list, 1, kOut); }, Errno::ok, Errno::ok, Errno::badf,
       Errno::badf, Errno::isdir},
      {"pread", [&](Fd fd) { return fd_pread(fs, fd, list, 1, 0, kOut); }, Errno::ok, Errno::ok, Errno::badf,
       Errno::badf, Errno::isdir},
      {"write", [&](Fd fd) { return fd_write(fs, fd, list, 1, kOut); }, Errno::ok, Errno::badf, Errno::ok,
       Errno::badf, Errno::badf},
      {"pwrite", [&](Fd fd) { return fd_pwrite(fs, fd, list, 1, 0, kOut); }, Errno::ok, Errno::badf,
       Errno::ok, Errno::badf, Errno::badf},
      {"seek", [&](Fd fd) { return fd_seek(fs, fd, 0, 0, kOut, Dialect::snapshot); }, Errno::ok, Errno::ok,
       Errno::ok, Errno::ok, Errno::isdir},
      {"tell", [&](Fd fd) { return fd_tell(fs, fd, kOut); }, Errno::ok, Errno::ok, Errno::ok, Errno::ok,
       Errno::isdir},
      {"ftruncate", [&](Fd fd) { return fd_filestat_set_size(fs, fd, 4); }, Errno::ok, Errno::inval,
       Errno::ok, Errno::inval, Errno::inval},
      {"fallocate", [&](Fd fd) { return fd_allocate(fs, fd, 0, 4); }, Errno::ok, Errno::badf, Errno::ok,
       Errno::badf, Errno::badf},
      {"fadvise", [&](Fd fd) { return fd_advise(fs, fd, 0, 4, 0); }, Errno::ok, Errno::ok, Errno::ok,
       Errno::ok, Errno::badf},
      {"fsync", [&](Fd fd) { return fd_sync(fs, fd); }, Errno::ok, Errno::ok, Errno::ok, Errno::ok,
       Errno::ok},
      {"fdatasync", [&](Fd fd) { return fd_datasync(fs, fd); }, Errno::ok, Errno::ok, Errno::ok, Errno::ok,
       Errno::ok},
      {"fcntl", [&](Fd fd) { return fd_fdstat_set_flags(fs, fd, fdflag::nonblock); }, Errno::ok, Errno::ok,
       Errno::ok, Errno::ok, Errno::ok},
      {"fstat", [&](Fd fd) { return fd_filestat_get(fs, fd, kOut, Dialect::snapshot); }, Errno::ok, Errno::ok,
       Errno::ok, Errno::ok, Errno::ok},
      {"futimens", [&](Fd fd) { return fd_filestat_set_times(fs, fd, 1, 1, fstflag::mtim); }, Errno::ok,
       Errno::ok, Errno::ok, Errno::ok, Errno::ok},
      {"readdir", [&](Fd fd) { return fd_readdir(fs, fd, kBuf, 100, 0, kOut); }, Errno::notdir, Errno::notdir,
       Errno::notdir, Errno::notdir, Errno::ok},
      {"shutdown", [&](Fd fd) { return sock_shutdown(fs, fd, 2); }, Errno::notsock, Errno::notsock,
       Errno::notsock, Errno::notsock, Errno::notsock},
  };
  for (const auto &c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(e(c.call(read_write)), c.read_write);
    EXPECT_EQ(e(c.call(read_only)), c.read_only);
    EXPECT_EQ(e(c.call(write_only)), c.write_only);
    EXPECT_EQ(e(c.call(search)), c.search);
    EXPECT_EQ(e(c.call(directory)), c.directory);
    EXPECT_NE(e(c.call(device)), Errno::notcapable);
  }
}

TEST_F(DescriptorTest, FlagsOfStandardStreams) {
  EXPECT_EQ(e(fd_fdstat_set_flags(fs, 1, 0)), Errno::ok);
  EXPECT_EQ(e(fd_fdstat_set_flags(fs, 1, fdflag::append | fdflag::sync)), Errno::ok);
  EXPECT_EQ(e(fd_fdstat_set_flags(fs, 0, fdflag::nonblock)), Errno::notsup)
      << "a read would wait all the same";
  EXPECT_EQ(e(fd_fdstat_set_flags(fs, 0, 32)), Errno::inval);
  EXPECT_TRUE(below.calls.empty());
}

TEST_F(DescriptorTest, SizeAndSpace) {
  Fd fd = open("f", {.oflags = oflag::creat});
  auto size = [&] {
    EXPECT_EQ(fd_filestat_get(fs, fd, kOut, Dialect::snapshot), 0u);
    return out64(32);
  };
  EXPECT_EQ(e(fd_filestat_set_size(fs, fd, 100)), Errno::ok);
  EXPECT_EQ(size(), 100u);
  EXPECT_EQ(e(fd_filestat_set_size(fs, fd, kFileSizeMax + 1)), Errno::inval);
  EXPECT_EQ(e(fd_allocate(fs, fd, 50, 100)), Errno::ok);
  EXPECT_EQ(size(), 150u);
  EXPECT_EQ(e(fd_allocate(fs, fd, 0, 10)), Errno::ok);
  EXPECT_EQ(size(), 150u);
  EXPECT_EQ(e(fd_allocate(fs, fd, 0, 0)), Errno::inval);
  EXPECT_EQ(e(fd_allocate(fs, fd, kFileSizeMax, 10)), Errno::fbig);
  EXPECT_EQ(e(fd_allocate(fs, fd, ~u64{0}, 1)), Errno::inval);
  EXPECT_EQ(e(fd_allocate(fs, open("f", {.base = right::fd_read | right::fd_write}), 0, 1)),
            Errno::notcapable);
}

TEST_F(DescriptorTest, Advise) {
  Fd fd = open("f", {.oflags = oflag::creat});
  for (u32 advice = 0; advice <= kAdviceMax; advice++)
    EXPECT_EQ(e(fd_advise(fs, fd, 0, 10, advice)), Errno::ok);
  EXPECT_EQ(e(fd_advise(fs, fd, 0, 10, 6)), Errno::inval);
  EXPECT_EQ(e(fd_advise(fs, fd, ~u64{0}, 10, 0)), Errno::inval);
  EXPECT_EQ(e(fd_advise(fs, fd, 0, ~u64{0}, 0)), Errno::inval);
  EXPECT_EQ(e(fd_advise(fs, 0, 0, 1, 0)), Errno::spipe);
}

TEST_F(DescriptorTest, TimesAreOneOrTheOther) {
  Fd fd = open("f", {.oflags = oflag::creat});
  using namespace fstflag;
  for (u32 flags = 0; flags <= 16; flags++) {
    bool bad = (flags & (atim | atim_now)) == (atim | atim_now) ||
               (flags & (mtim | mtim_now)) == (mtim | mtim_now) || flags > fstflag::all;
    EXPECT_EQ(e(fd_filestat_set_times(fs, fd, 1, 1, flags)), bad ? Errno::inval : Errno::ok) << flags;
    Text f = text("f");
    EXPECT_EQ(e(path_filestat_set_times(fs, kRoot, 0, f.at, f.len, 1, 1, flags)),
              bad ? Errno::inval : Errno::ok);
  }
  EXPECT_EQ(e(fd_filestat_set_times(fs, fd, ~u64{0}, 0, atim)), Errno::inval);
  EXPECT_EQ(e(fd_filestat_set_times(fs, fd, ~u64{0}, 5, mtim)), Errno::ok) << "a time not asked for";
  EXPECT_EQ(e(fd_filestat_set_times(fs, 1, 0, 0, 0)), Errno::inval);
}

TEST_F(DescriptorTest, Preopens) {
  Fd fd = open_preopen(fs, fs.root, "./some name", ~u64{0}, ~u64{0}).value();
  EXPECT_EQ(e(fd_prestat_get(fs, fd, kOut)), Errno::ok);
  EXPECT_EQ(out64(), u64{11} << 32);
  EXPECT_EQ(e(fd_prestat_dir_name(fs, fd, kBuf, 11)), Errno::ok);
  EXPECT_EQ(bytes(kBuf, 11), "./some name");
  EXPECT_EQ(e(fd_prestat_dir_name(fs, fd, kBuf, 10)), Errno::nametoolong);
  EXPECT_EQ(e(fd_prestat_dir_name(fs, fd, kBuf, ~u32{0})), Errno::ok) << "only the name is written";
  EXPECT_EQ(e(fd_prestat_dir_name(fs, fd, kBad - 10, 11)), Errno::fault);
  EXPECT_EQ(e(fd_prestat_get(fs, fd, kBad - 7)), Errno::fault);
  for (Fd other : {Fd{0}, fd + 1, open_dir("."), ~u32{0}}) {
    EXPECT_EQ(e(fd_prestat_get(fs, other, kOut)), Errno::badf);
    EXPECT_EQ(e(fd_prestat_dir_name(fs, other, kBuf, 100)), Errno::badf);
  }
}

TEST_F(DescriptorTest, CloseAndRenumber) {
  Fd a = open("a", {.oflags = oflag::creat}), b = open("b", {.oflags = oflag::creat});
  EXPECT_EQ(write(a, "a"), Errno::ok);
  EXPECT_EQ(e(fd_renumber(fs, a, b)), Errno::ok);
  EXPECT_EQ(e(fd_close(fs, a)), Errno::badf);
  EXPECT_EQ(e(fd_tell(fs, b, kOut)), Errno::ok);
  EXPECT_EQ(out64(), 1u);
  EXPECT_EQ(e(fd_renumber(fs, b, a)), Errno::badf);
  EXPECT_EQ(e(fd_renumber(fs, a, b)), Errno::badf);
  EXPECT_EQ(e(fd_renumber(fs, b, ~u32{0})), Errno::badf);
  EXPECT_EQ(e(fd_renumber(fs, b, b)), Errno::ok);
  EXPECT_EQ(e(fd_renumber(fs, b, kRoot)), Errno::ok);
  EXPECT_EQ(e(fd_prestat_get(fs, kRoot, kOut)), Errno::badf) << "no preopen any more";
  EXPECT_EQ(e(fd_close(fs, kRoot)), Errno::ok);
  EXPECT_EQ(e(fd_close(fs, kRoot)), Errno::badf);
}

TEST_F(DescriptorTest, ClosingTheHosts) {
  EXPECT_EQ(fd_close(fs, 0), 0u);
  EXPECT_EQ(e(fd_read(fs, 0, iovs({1}), 1, kOut)), Errno::badf);
  EXPECT_TRUE(below.calls.empty()) << "the host keeps its standard streams";
  Fd fd = Sandbox::must(open_host(fs, 7, kAll, kAll));
  Fd twin = Sandbox::must(dup(fs, fd, 0));
  EXPECT_EQ(fd_close(fs, fd), 0u);
  EXPECT_TRUE(below.calls.empty());
  EXPECT_EQ(fd_close(fs, twin), 0u);
  EXPECT_EQ(below.calls, std::vector<std::string>{"fd_close 7"});
  Fd over = Sandbox::must(open_host(fs, 8, kAll, kAll));
  EXPECT_EQ(fd_renumber(fs, over, over), 0u);
  EXPECT_EQ(below.calls.size(), 1u);
  EXPECT_EQ(fd_renumber(fs, open("f", {.oflags = oflag::creat}), over), 0u);
  EXPECT_EQ(below.calls.back(), "fd_close 8");
}

TEST_F(DescriptorTest, StatOfStandardStreams) {
  EXPECT_EQ(e(fd_filestat_get(fs, 1, kOut, Dialect::snapshot)), Errno::ok);
  EXPECT_EQ(out64(16), filetype::character);
  EXPECT_EQ(fd_fdstat_set_rights(fs, 1, right::fd_write, 0), 0u);
  EXPECT_EQ(e(fd_fdstat_get(fs, 1, kOut)), Errno::ok);
  EXPECT_EQ(out64(8), right::fd_write) << "the host's rights, less what was given up here";
  EXPECT_EQ(out64(16), 0u);
  below.result = num(Errno::nosys);
  EXPECT_EQ(e(fd_fdstat_get(fs, 0, kOut)), Errno::ok);
  EXPECT_EQ(out32(), filetype::character);
  EXPECT_EQ(out64(8) & (right::fd_seek | right::fd_tell), 0u) << "isatty is true";
  EXPECT_EQ(e(fd_sync(fs, 0)), Errno::inval);
  EXPECT_EQ(e(fd_filestat_set_size(fs, 0, 0)), Errno::inval);
  EXPECT_EQ(e(fd_allocate(fs, 0, 0, 1)), Errno::spipe);
}

TEST_F(DescriptorTest, OtherHostDescriptorsAreForwarded) {
  Fd fd = Sandbox::must(open_host(fs, 7, kAll, kAll));
  (void)fd_filestat_get(fs, fd, kOut, Dialect::snapshot);
  (void)fd_sync(fs, fd);
  (void)fd_fdstat_set_flags(fs, fd, 1);
  (void)fd_readdir(fs, fd, kBuf, 10, 0, kOut);
  EXPECT_EQ(below.calls, (std::vector<std::string>{"fd_filestat_get 7", "fd_sync 7",
                                                   "fd_fdstat_set_flags 7 1", "fd_readdir 7"}));
  EXPECT_EQ(e(fd_filestat_set_size(fs, fd, 1)), Errno::nosys);
  EXPECT_EQ(e(fd_filestat_set_times(fs, fd, 1, 1, 0)), Errno::nosys);
  EXPECT_EQ(e(fd_filestat_get(fs, fd, kOut, Dialect::unstable)), Errno::nosys);
  EXPECT_EQ(e(fd_advise(fs, fd, 1, 1, 0)), Errno::nosys);
  EXPECT_EQ(e(fd_allocate(fs, fd, 1, 1)), Errno::nosys);
  EXPECT_EQ(e(fd_datasync(fs, fd)), Errno::nosys);
}

} // namespace
} // namespace mayfly::wasi_p1
