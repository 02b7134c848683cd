#include "abi/wasi_p1/test_support.h"

namespace mayfly::wasi_p1 {
namespace {

using DataTest = WasiP1;

TEST_F(DataTest, ReadsWhatWasWritten) {
  Fd fd = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(write(fd, "hello, world"), Errno::ok);
  EXPECT_EQ(out32(), 12u);
  EXPECT_EQ(fd_seek(fs, fd, 7, 0, kOut, Dialect::snapshot), 0u);
  EXPECT_EQ(out64(), 7u);
  EXPECT_EQ(read(fd, 100), "world");
  EXPECT_EQ(read(fd, 100), "");
}

TEST_F(DataTest, ListsAreOneTransfer) {
  Fd fd = open("f", {.oflags = oflag::creat});
  std::memcpy(&box.app[kBuf], "abcdef", 6);
  EXPECT_EQ(fd_write(fs, fd, iovs({1, 0, 2, 3}), 4, kOut), 0u);
  EXPECT_EQ(out32(), 6u);
  std::memset(&box.app[kBuf], 0, 6);
  EXPECT_EQ(fd_pread(fs, fd, iovs({2, 2, 10}), 3, 1, kOut), 0u);
  EXPECT_EQ(out32(), 5u);
  EXPECT_EQ(bytes(kBuf, 5), "bcdef");
  EXPECT_EQ(fd_pwrite(fs, fd, iovs({1, 1}), 2, 4, kOut), 0u);
  EXPECT_EQ(fd_tell(fs, fd, kOut), 0u);
  EXPECT_EQ(out64(), 6u) << "positioned transfers leave the offset";
}

TEST_F(DataTest, EmptyTransfers) {
  Fd fd = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(e(fd_write(fs, fd, kBad, 0, kOut)), Errno::ok) << "an empty list has no address";
  EXPECT_EQ(out32(), 0u);
  host::app_store_u64(1024, 0xaaaaaaaa); // address of an empty slice, length 0
  EXPECT_EQ(e(fd_write(fs, fd, 1024, 1, kOut)), Errno::ok);
  EXPECT_EQ(e(fd_read(fs, fd, 1024, 1, kOut)), Errno::ok);
  Fd reader = open("f", {.base = right::fd_read});
  EXPECT_EQ(e(fd_write(fs, reader, 1024, 0, kOut)), Errno::badf);
}

TEST_F(DataTest, Append) {
  Fd fd = open("f", {.oflags = oflag::creat, .fdflags = fdflag::append});
  EXPECT_EQ(write(fd, "ab"), Errno::ok);
  EXPECT_EQ(fd_seek(fs, fd, 0, 0, kOut, Dialect::snapshot), 0u);
  EXPECT_EQ(write(fd, "cd"), Errno::ok);
  EXPECT_EQ(fd_tell(fs, fd, kOut), 0u);
  EXPECT_EQ(out64(), 4u);
}

TEST_F(DataTest, FaultsChangeNothing) {
  Fd fd = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(e(fd_write(fs, fd, kBad - 4, 1, kOut)), Errno::fault);
  EXPECT_EQ(e(fd_write(fs, fd, iovs({4}), 1, kBad - 3)), Errno::fault);
  AppPtr list = iovs({4, 4});
  host::app_store_u32(list + 8, kBad - 3);
  EXPECT_EQ(e(fd_write(fs, fd, list, 2, kOut)), Errno::fault);
  host::app_store_u32(list + 8, ~u32{0});
  host::app_store_u32(list + 12, ~u32{0});
  EXPECT_EQ(e(fd_read(fs, fd, list, 2, kOut)), Errno::fault);
  EXPECT_EQ(e(fd_write(fs, fd, list, 2, kOut)), Errno::fault);
  EXPECT_EQ(e(fd_seek(fs, fd, 0, 2, kBad - 7, Dialect::snapshot)), Errno::fault);
  EXPECT_EQ(e(fd_tell(fs, fd, kBad)), Errno::fault);
  EXPECT_EQ(e(fd_seek(fs, fd, 0, 2, kOut, Dialect::snapshot)), Errno::ok);
  EXPECT_EQ(out64(), 0u);
}

TEST_F(DataTest, ListLimits) {
  Fd fd = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(e(fd_write(fs, fd, 1024, kIovMax + 1, kOut)), Errno::inval);
  EXPECT_EQ(e(fd_write(fs, fd, 1024, ~u32{0}, kOut)), Errno::inval);
  // The lengths of 1024 buffers that are each the whole memory do not sum up to 32 bits less one.
  for (u32 i = 0; i < 1024 * 5; i++) host::app_store_u64(0x20000 + i * 8, u64{1 << 20} << 32);
  EXPECT_EQ(e(fd_read(fs, fd, 0x20000, kIovMax, kOut)), Errno::ok) << "1 GiB asked of an empty file";
}

// A list whose first buffer is the list itself: the second element changes under the transfer.
TEST_F(DataTest, BufferOverItsOwnList) {
  Fd fd = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(write(fd, std::string(64, '\xff')), Errno::ok);
  AppPtr list = 1024;
  host::app_store_u32(list, list);
  host::app_store_u32(list + 4, 16);
  host::app_store_u32(list + 8, kBuf);
  host::app_store_u32(list + 12, 16);
  EXPECT_EQ(e(fd_pread(fs, fd, list, 2, 0, kOut)), Errno::ok);
  EXPECT_EQ(out32(), 16u) << "ends where the list stopped to make sense";
}

TEST_F(DataTest, AccessAndRights) {
  Fd dir = open_dir("."), file = open("f", {.oflags = oflag::creat});
  Fd reader = open("f", {.base = right::fd_read | right::fd_seek});
  Fd writer = open("f", {.base = right::fd_write});
  Fd nothing = open("f", {.base = 0});
  Fd reduced = open("f");
  u64 fewer = kReadWrite & ~(right::fd_read | right::fd_write | right::fd_seek | right::fd_tell);
  EXPECT_EQ(fd_fdstat_set_rights(fs, reduced, fewer, 0), 0u);
  AppPtr list = iovs({4});
  struct {
    Fd fd;
    Errno read, write, pread, pwrite, seek, tell;
  } cases[] = {
      {99, Errno::badf, Errno::badf, Errno::badf, Errno::badf, Errno::badf, Errno::badf},
      {~0u, Errno::badf, Errno::badf, Errno::badf, Errno::badf, Errno::badf, Errno::badf},
      {dir, Errno::isdir, Errno::badf, Errno::isdir, Errno::badf, Errno::isdir, Errno::isdir},
      {kRoot, Errno::isdir, Errno::badf, Errno::isdir, Errno::badf, Errno::isdir, Errno::isdir},
      {file, Errno::ok, Errno::ok, Errno::ok, Errno::ok, Errno::ok, Errno::ok},
      {reader, Errno::ok, Errno::badf, Errno::ok, Errno::badf, Errno::ok, Errno::ok},
      {writer, Errno::badf, Errno::ok, Errno::badf, Errno::notcapable, Errno::notcapable, Errno::notcapable},
      {nothing, Errno::badf, Errno::badf, Errno::badf, Errno::badf, Errno::notcapable, Errno::notcapable},
      {reduced, Errno::notcapable, Errno::notcapable, Errno::notcapable, Errno::notcapable, Errno::notcapable,
       Errno::notcapable},
      {0, Errno::ok, Errno::ok, Errno::spipe, Errno::spipe, Errno::spipe, Errno::spipe},
  };
  for (const auto &c : cases) {
    SCOPED_TRACE(c.fd);
    EXPECT_EQ(e(fd_read(fs, c.fd, list, 1, kOut)), c.read);
    EXPECT_EQ(e(fd_write(fs, c.fd, list, 1, kOut)), c.write);
    EXPECT_EQ(e(fd_pread(fs, c.fd, list, 1, 0, kOut)), c.pread);
    EXPECT_EQ(e(fd_pwrite(fs, c.fd, list, 1, 0, kOut)), c.pwrite);
    EXPECT_EQ(e(fd_seek(fs, c.fd, 1, 1, kOut, Dialect::snapshot)), c.seek);
    EXPECT_EQ(e(fd_tell(fs, c.fd, kOut)), c.tell);
  }
}

TEST_F(DataTest, SeekNumbersOfBothDialects) {
  Fd fd = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(write(fd, "0123456789"), Errno::ok);
  auto seek = [&](i64 delta, u32 whence, Dialect d) {
    Errno error = e(fd_seek(fs, fd, delta, whence, kOut, d));
    return error == Errno::ok ? static_cast<i64>(out64()) : -static_cast<i64>(num(error));
  };
  EXPECT_EQ(seek(3, 0, Dialect::snapshot), 3);  // set
  EXPECT_EQ(seek(2, 1, Dialect::snapshot), 5);  // cur
  EXPECT_EQ(seek(-1, 2, Dialect::snapshot), 9); // end
  EXPECT_EQ(seek(3, 2, Dialect::unstable), 3);  // set
  EXPECT_EQ(seek(2, 0, Dialect::unstable), 5);  // cur
  EXPECT_EQ(seek(-1, 1, Dialect::unstable), 9); // end
  i64 invalid = -static_cast<i64>(num(Errno::inval));
  EXPECT_EQ(seek(0, 3, Dialect::snapshot), invalid);
  EXPECT_EQ(seek(0, 3, Dialect::unstable), invalid);
  EXPECT_EQ(seek(-11, 2, Dialect::snapshot), invalid);
  EXPECT_EQ(seek(INT64_MAX, 1, Dialect::snapshot), invalid);
  EXPECT_EQ(seek(0, 1, Dialect::snapshot), 9);
}

TEST_F(DataTest, TellRightAllowsToLookByseek) {
  Fd fd = open("f", {.oflags = oflag::creat, .base = right::fd_write | right::fd_tell});
  EXPECT_EQ(e(fd_seek(fs, fd, 0, 1, kOut, Dialect::snapshot)), Errno::ok);
  EXPECT_EQ(e(fd_seek(fs, fd, 0, 0, kOut, Dialect::snapshot)), Errno::notcapable);
  EXPECT_EQ(e(fd_tell(fs, fd, kOut)), Errno::ok);
}

TEST_F(DataTest, LargeOffsets) {
  Fd fd = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(e(fd_pread(fs, fd, iovs({4}), 1, u64{1} << 63, kOut)), Errno::inval);
  EXPECT_EQ(e(fd_pwrite(fs, fd, iovs({4}), 1, u64{1} << 63, kOut)), Errno::inval);
  EXPECT_EQ(e(fd_pwrite(fs, fd, iovs({4}), 1, kFileSizeMax, kOut)), Errno::inval);
  EXPECT_EQ(e(fd_pwrite(fs, fd, iovs({1}), 1, u64{1} << 40, kOut)), Errno::ok);
}

TEST_F(DataTest, StandardStreamsGoToTheHost) {
  EXPECT_EQ(write(1, "out"), Errno::ok);
  EXPECT_EQ(out32(), 3u);
  EXPECT_EQ(read(0, 10), "hello");
  EXPECT_EQ(e(fd_write(fs, 2, iovs({1, 2}), 2, kBad)), Errno::fault);
  EXPECT_EQ(below.calls, (std::vector<std::string>{"fd_write 1", "fd_read 0"}));
}

TEST_F(DataTest, OtherHostDescriptors) {
  Fd fd = Sandbox::must(open_host(fs, 7, kAll, kAll));
  EXPECT_EQ(e(fd_pread(fs, fd, iovs({1}), 1, 0, kOut)), Errno::ok);
  EXPECT_EQ(e(fd_seek(fs, fd, 0, 2, kOut, Dialect::snapshot)), Errno::ok);
  EXPECT_EQ(e(fd_seek(fs, fd, 0, 2, kOut, Dialect::unstable)), Errno::ok);
  EXPECT_EQ(e(fd_tell(fs, fd, kOut)), Errno::ok);
  EXPECT_EQ(e(fd_pwrite(fs, fd, iovs({1}), 1, 0, kOut)), Errno::nosys) << "a host without it says so";
  EXPECT_EQ(below.calls,
            (std::vector<std::string>{"fd_pread 7", "fd_seek 7 2", "unstable fd_seek 7 2", "fd_tell 7"}));
}

} // namespace
} // namespace mayfly::wasi_p1
