// Directories of the host's beside ours (--host-dir).
#include "abi/wasi_p1/test_support.h"

namespace mayfly::wasi_p1 {
namespace {

class HostDirTest : public WasiP1 {
protected:
  // A preopen of the table whose directory the host has under the same name.
  Fd host_preopen(StrView name) {
    Fd fd = Sandbox::must(open_preopen(fs, fs.root, name, kAll, kAll));
    Fd host = Sandbox::must(open_host(fs, ~u32{0}, kAll, kAll));
    std::swap(fd_slot(fs, fd)->preopen_name, fd_slot(fs, host)->preopen_name);
    Sandbox::must(close(fs, fd));
    Sandbox::must(renumber_down(host, fd));
    return fd;
  }
  Errno renumber_down(Fd from, Fd to) {
    Sandbox::must(open_host_at(fs, to, 1, 0, 0));
    return renumber(fs, from, to);
  }
};

TEST_F(HostDirTest, IsFoundByNameAtFirstUse) {
  below.preopens = {"/other", "/data", "/more"};
  Fd fd = host_preopen("/data");
  EXPECT_EQ(e(fd_prestat_get(fs, fd, kOut)), Errno::ok) << "preopens are ours to report";
  EXPECT_EQ(out64() >> 32, 5u);
  std::vector<uint8_t> before = box.app;
  EXPECT_EQ(rmdir("x", fd), Errno::ok);
  EXPECT_EQ(below.calls, std::vector<std::string>{"path_remove_directory 4"});
  Text x = text("x"); // what the helper put there as well
  before[x.at - 2] = 'x';
  before[x.at] = 'x';
  EXPECT_EQ(box.app, before) << "what was borrowed for the search is back";
}

TEST_F(HostDirTest, EveryPathCallGoesDown) {
  below.preopens = {"/data"};
  Fd fd = host_preopen("/data");
  EXPECT_EQ(mkdir("x", fd), Errno::ok);
  EXPECT_EQ(unlink("x", fd), Errno::ok);
  EXPECT_EQ(symlink("x", "y", fd), Errno::ok);
  EXPECT_EQ(stat("x", 0, fd), Errno::ok);
  EXPECT_EQ(readlink("x", 9, fd), Errno::ok);
  EXPECT_EQ(rename("x", "y", fd, fd), Errno::ok);
  EXPECT_EQ(link("x", "y", 0, fd, fd), Errno::ok);
  EXPECT_EQ(below.calls, (std::vector<std::string>{"path_create_directory 3", "path_unlink_file 3",
                                                   "path_symlink 3", "path_filestat_get 3", "path_readlink 3",
                                                   "path_rename 3 3", "path_link 3 3"}));
  EXPECT_EQ(rename("x", "y", fd, kRoot), Errno::xdev);
  EXPECT_EQ(link("x", "y", 0, kRoot, fd), Errno::xdev);
}

TEST_F(HostDirTest, OpenedFilesGetDescriptorsOfOurs) {
  below.preopens = {"/data"};
  Fd dir = host_preopen("/data");
  below.new_fd = 17;
  Fd fd = open("x", {.dir = dir});
  EXPECT_EQ(fd, dir + 1);
  EXPECT_EQ(e(fd_tell(fs, fd, kOut)), Errno::ok);
  EXPECT_EQ(fd_close(fs, fd), 0u);
  EXPECT_EQ(below.calls, (std::vector<std::string>{"path_open 3", "fd_tell 17", "fd_close 17"}));
  fs.fd_max = dir + 1;
  EXPECT_EQ(try_open("x", {.dir = dir}), Errno::mfile);
  EXPECT_EQ(below.calls.back(), "fd_close 17") << "not left open below";
}

TEST_F(HostDirTest, Missing) {
  below.preopens = {"/other"};
  Fd fd = host_preopen("/data");
  below.result = num(Errno::badf); // what a host says to a number it does not have
  EXPECT_EQ(stat("x", 0, fd), Errno::badf);
  below.calls.clear();
  EXPECT_EQ(fd_close(fs, fd), 0u);
  EXPECT_TRUE(below.calls.empty());
}

} // namespace
} // namespace mayfly::wasi_p1
