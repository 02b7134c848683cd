#include "abi/wasi_p1/test_support.h"

namespace mayfly::wasi_p1 {
namespace {

using SocketTest = WasiP1;

TEST_F(SocketTest, OnlyTheHostHasSockets) {
  Fd file = open("f", {.oflags = oflag::creat});
  Fd sock = Sandbox::must(open_host(fs, 7, kAll, kAll));
  Fd bare = Sandbox::must(open_host(fs, 8, 0, 0));
  struct {
    Fd fd;
    Errno expected;
  } cases[] = {{99, Errno::badf},
               {file, Errno::notsock},
               {kRoot, Errno::notsock},
               {0, Errno::notsock},
               {1, Errno::notsock},
               {2, Errno::notsock},
               {bare, Errno::notcapable},
               {sock, Errno::ok}};
  for (const auto &c : cases) {
    SCOPED_TRACE(c.fd);
    EXPECT_EQ(e(sock_recv(fs, c.fd, iovs({4}), 1, 0, kOut, kOut + 8)), c.expected);
    EXPECT_EQ(e(sock_send(fs, c.fd, iovs({4}), 1, 0, kOut)), c.expected);
    EXPECT_EQ(e(sock_shutdown(fs, c.fd, 1)), c.expected);
    EXPECT_EQ(e(sock_accept(fs, c.fd, 0, kOut)), c.expected);
  }
  EXPECT_EQ(below.calls,
            (std::vector<std::string>{"sock_recv 7", "sock_send 7", "sock_shutdown 7 1", "sock_accept 7 0"}));
}

TEST_F(SocketTest, AcceptedConnections) {
  Fd sock = Sandbox::must(open_host(fs, 7, kAll, kAll));
  below.new_fd = 23;
  EXPECT_EQ(e(sock_accept(fs, sock, fdflag::nonblock, kOut)), Errno::ok);
  Fd fd = out32();
  EXPECT_EQ(e(sock_shutdown(fs, fd, 2)), Errno::ok);
  EXPECT_EQ(below.calls.back(), "sock_shutdown 23 2");
  fs.fd_max = fd + 1;
  EXPECT_EQ(e(sock_accept(fs, sock, 0, kOut)), Errno::mfile);
  EXPECT_EQ(below.calls.back(), "fd_close 23");
  EXPECT_EQ(e(sock_accept(fs, sock, 32, kOut)), Errno::inval);
}

TEST_F(SocketTest, PointersAndHostsWithoutSockets) {
  Fd sock = Sandbox::must(open_host(fs, 7, kAll, kAll));
  EXPECT_EQ(e(sock_recv(fs, sock, kBad - 4, 1, 0, kOut, kOut)), Errno::fault);
  EXPECT_EQ(e(sock_recv(fs, sock, iovs({1}), 1, 0, kOut, kBad - 1)), Errno::fault);
  EXPECT_EQ(e(sock_send(fs, sock, iovs({1}), 1025, 0, kOut)), Errno::inval);
  EXPECT_EQ(e(sock_send(fs, sock, iovs({1}), 1, 0, kBad)), Errno::fault);
  EXPECT_EQ(e(sock_accept(fs, sock, 0, kBad)), Errno::fault);
  EXPECT_TRUE(below.calls.empty());
  below.result = num(Errno::nosys);
  EXPECT_EQ(e(sock_shutdown(fs, sock, 0)), Errno::notsock);
}

} // namespace
} // namespace mayfly::wasi_p1
