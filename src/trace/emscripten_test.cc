// Lines of Emscripten's system calls: NUL-terminated paths, negative errnos, Linux's flags, varargs,
// split 64-bit numbers, and structs of several generations.
#include "trace/test_support.h"

namespace mayfly::trace {
namespace {

constexpr u64 kCwd = static_cast<u32>(-100);
u64 minus(u32 error) { return 0u - error; }

class EmscriptenTest : public TraceTest {};

TEST_F(EmscriptenTest, Open) {
  AppPtr path = text("/etc/hosts", true), more = kBuf;
  put32(more, 0644);
  EXPECT_EQ(line(emscripten("__syscall_openat"), {kCwd, path, 0, more}, 3),
            "__syscall_openat(AT_FDCWD, \"/etc/hosts\", O_RDONLY) = 3\n");
  EXPECT_EQ(again(0, {kCwd, path, 02 | 0100 | 02000000, more}, gives(4)),
            "__syscall_openat(AT_FDCWD, \"/etc/hosts\", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 4\n");
  EXPECT_EQ(again(0, {kCwd, path, 0101, 0}, gives(minus(2))),
            "__syscall_openat(AT_FDCWD, \"/etc/hosts\", O_WRONLY|O_CREAT) = -1 EACCES (Permission denied)\n");
  EXPECT_EQ(line(emscripten("__syscall_open"), {path, 0101, more}, 5),
            "__syscall_open(\"/etc/hosts\", O_WRONLY|O_CREAT, 0644) = 5\n");
  Function old = emscripten("__syscall_open");
  old.field = "__sys_open";
  EXPECT_EQ(line(old, {path, 0, more}, 5), "__sys_open(\"/etc/hosts\", O_RDONLY) = 5\n");
}

TEST_F(EmscriptenTest, Fcntl) {
  put32(kBuf, 02000 | 04000);
  EXPECT_EQ(line(emscripten("__syscall_fcntl64"), {3, 4, kBuf}, 0),
            "__syscall_fcntl64(3, F_SETFL, O_RDONLY|O_APPEND|O_NONBLOCK) = 0\n");
  EXPECT_EQ(again(0, {3, 3, kBuf}, gives(1024)), "__syscall_fcntl64(3, F_GETFL) = 1024\n");
  put32(kBuf, 10);
  EXPECT_EQ(again(0, {3, 0, kBuf}, gives(10)), "__syscall_fcntl64(3, F_DUPFD, 10) = 10\n");
  EXPECT_EQ(again(0, {3, 77, kBuf}, gives(minus(28))),
            "__syscall_fcntl64(3, 77, 10) = -1 EINVAL (Invalid argument)\n");
}

TEST_F(EmscriptenTest, Ioctl) {
  put32(kBuf, 0x1234);
  EXPECT_EQ(line(emscripten("__syscall_ioctl"), {1, 0x5413, kBuf}, 0),
            "__syscall_ioctl(1, TIOCGWINSZ, 0x1234) = 0\n");
}

TEST_F(EmscriptenTest, PathsAndNumbers) {
  AppPtr a = text("old", true), b = text("new", true);
  EXPECT_EQ(line(emscripten("__syscall_renameat"), {kCwd, a, kCwd, b}, 0),
            "__syscall_renameat(AT_FDCWD, \"old\", AT_FDCWD, \"new\") = 0\n");
  EXPECT_EQ(line(emscripten("__syscall_symlinkat"), {a, 3, b}, 0),
            "__syscall_symlinkat(\"old\", 3, \"new\") = 0\n");
  EXPECT_EQ(line(emscripten("__syscall_unlinkat"), {kCwd, a, 512}, minus(31)),
            "__syscall_unlinkat(AT_FDCWD, \"old\", AT_REMOVEDIR) = -1 EISDIR (Is a directory)\n");
  EXPECT_EQ(line(emscripten("__syscall_faccessat"), {kCwd, a, 0, 0}, 0),
            "__syscall_faccessat(AT_FDCWD, \"old\", F_OK, 0) = 0\n");
  EXPECT_EQ(line(emscripten("__syscall_mkdirat"), {kCwd, a, 0755}, 0),
            "__syscall_mkdirat(AT_FDCWD, \"old\", 0755) = 0\n");
  EXPECT_EQ(line(emscripten("__syscall_ftruncate64"), {3, static_cast<u64>(-5)}, 0),
            "__syscall_ftruncate64(3, -5) = 0\n");
  EXPECT_EQ(line(emscripten("__syscall_ftruncate64", true), {3, 1, 2}, 0),
            "__syscall_ftruncate64(3, 8589934593) = 0\n");
  // A path that no NUL ends before the memory does.
  std::memset(&memory.app[kAppBytes - 3], 'z', 3);
  EXPECT_EQ(line(emscripten("__syscall_rmdir"), {kAppBytes - 3}, minus(44)),
            "__syscall_rmdir(\"zzz\") = -1 ENOENT (No such file or directory)\n");
}

TEST_F(EmscriptenTest, Buffers) {
  AppPtr path = text("link", true);
  auto fills = [&](std::string_view s, u64 result) {
    return [=, this] {
      std::memcpy(&memory.app[kBuf], s.data(), s.size());
      return result;
    };
  };
  EXPECT_EQ(line(emscripten("__syscall_readlinkat"), {3, path, kBuf, 100}, fills("target", 6)),
            "__syscall_readlinkat(3, \"link\", \"target\", 100) = 6\n");
  EXPECT_EQ(again(0, {3, path, kBuf, 100}, gives(minus(28))),
            "__syscall_readlinkat(3, \"link\", 0x9000, 100) = -1 EINVAL (Invalid argument)\n");
  EXPECT_EQ(line(emscripten("__syscall_getcwd"), {kBuf, 100}, fills(std::string_view("/home\0", 6), 6)),
            "__syscall_getcwd(\"/home\", 100) = 6\n");
  EXPECT_EQ(line(emscripten("__syscall_sendto"), {5, text("ping"), 4, 0, 0, 0}, 4),
            "__syscall_sendto(5, \"ping\", 4, 0, 0x0, 0) = 4\n");
}

TEST_F(EmscriptenTest, Stat) {
  auto stat = [&](u32 mode_at, u32 size_at, u32 block_size_at, u32 times_at, u32 step, u32 ino_at) {
    return [=] {
      host::app_fill(kOut, 0, 112);
      put32(kOut + mode_at, 0100644);
      put32(kOut + mode_at + 4, 1);
      put64(kOut + size_at, 99);
      put32(kOut + block_size_at, 4096);
      put32(kOut + times_at, 10);
      put32(kOut + times_at + step, 20);
      put32(kOut + times_at + 2 * step, 30);
      put64(kOut + ino_at, 7);
      return u64{0};
    };
  };
  constexpr char kExpected[] = "__syscall_fstat64(3, {st_ino=7, st_mode=S_IFREG|0644, st_nlink=1, st_uid=0, "
                               "st_gid=0, st_size=99, st_atime=10, st_mtime=20, st_ctime=30}) = 0\n";
  EXPECT_EQ(line(emscripten("__syscall_fstat64"), {3, kOut}, stat(4, 24, 32, 40, 16, 88)), kExpected);
  EXPECT_EQ(again(0, {3, kOut}, stat(12, 40, 48, 56, 16, 104)), kExpected);
  functions = {emscripten("__syscall_fstat64"), emscripten("__syscall_open")}; // tells that it is old
  begin();
  EXPECT_EQ(again(0, {3, kOut}, stat(12, 40, 48, 56, 8, 80)), kExpected);
}

TEST_F(EmscriptenTest, OtherStructs) {
  host::app_fill(kOut, 0, 88);
  put32(kOut + 4, 4096);
  put64(kOut + 8, 1000);
  put64(kOut + 16, 900);
  put32(kOut + 56, 255);
  EXPECT_EQ(line(emscripten("__syscall_statfs64"), {text("/", true), 88, kOut}, 0),
            "__syscall_statfs64(\"/\", 88, {f_bsize=4096, f_blocks=1000, f_bfree=900, f_bavail=0, f_files=0, "
            "f_ffree=0, f_namelen=255}) = 0\n");
  host::app_fill(kOut, 0, 64);
  put32(kOut + 4, 4096);
  put32(kOut + 8, 1000);
  put32(kOut + 12, 900);
  put32(kOut + 36, 255);
  EXPECT_EQ(again(0, {text("/", true), 64, kOut}, gives(0)),
            "__syscall_statfs64(\"/\", 64, {f_bsize=4096, f_blocks=1000, f_bfree=900, f_bavail=0, f_files=0, "
            "f_ffree=0, f_namelen=255}) = 0\n");
  host::app_fill(kBuf, 0, 32);
  put32(kBuf, 12);
  put32(kBuf + 8, 0x3fffffff);
  put32(kBuf + 24, 5);
  EXPECT_EQ(line(emscripten("__syscall_utimensat"), {kCwd, text("f", true), kBuf, 0}, 0),
            "__syscall_utimensat(AT_FDCWD, \"f\", [{tv_sec=12, tv_nsec=UTIME_NOW}, {tv_sec=0, tv_nsec=5}], "
            "0) = 0\n");
  EXPECT_EQ(again(0, {kCwd, text("f", true), 0, 256}, gives(0)),
            "__syscall_utimensat(AT_FDCWD, \"f\", NULL, AT_SYMLINK_NOFOLLOW) = 0\n");
  put32(kBuf, 1);
  put16(kBuf + 4, 5);
  put16(kBuf + 6, 4);
  EXPECT_EQ(line(emscripten("__syscall_poll"), {kBuf, 1, static_cast<u32>(-1)}, 1),
            "__syscall_poll([{fd=1, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, -1) = 1\n");
  EXPECT_EQ(line(emscripten("__syscall_pipe"), {kOut},
                 [&] {
                   put32(kOut, 4);
                   put32(kOut + 4, 5);
                   return u64{0};
                 }),
            "__syscall_pipe({fd0=4, fd1=5}) = 0\n");
}

TEST_F(EmscriptenTest, DirectoryEntries) {
  auto entry = [&](u32 i, u64 ino, u32 type, std::string_view name) {
    AppPtr at = kBuf + i * 280;
    host::app_fill(at, 0, 280);
    put64(at, ino);
    put16(at + 16, 280);
    put8(at + 18, type);
    std::memcpy(&memory.app[at + 19], name.data(), name.size());
  };
  entry(0, 5, 4, "..");
  entry(1, 6, 8, std::string(261, 'n')); // no NUL in its record
  std::string expected =
      "__syscall_getdents64(3, [{d_ino=5, d_type=DT_DIR, \"..\"}, {d_ino=6, d_type=DT_REG, \"" +
      std::string(261, 'n') + "\"}], 2048) = 560\n";
  EXPECT_EQ(line(emscripten("__syscall_getdents64"), {3, kBuf, 2048}, 560), expected);
  EXPECT_EQ(again(0, {3, kBuf, 2048}, gives(0)), "__syscall_getdents64(3, [], 2048) = 0\n");
}

} // namespace
} // namespace mayfly::trace
