// Lines of text: each kind of argument and result, as people see it.
#include "trace/test_support.h"

namespace mayfly::trace {
namespace {

TEST_F(TraceTest, PathOpen) {
  AppPtr path = text("etc/hosts");
  u64 read = 1 << 1, write = 1 << 6;
  auto opens = [&] {
    put32(kOut, 4);
    return u64{0};
  };
  EXPECT_EQ(line(wasi("path_open"), {3, 1, path, 9, 0, read, 0, 0, kOut}, opens),
            "path_open(3, \"etc/hosts\", O_RDONLY) = 4\n");
  EXPECT_EQ(again(0, {3, 0, path, 9, 9, read | write, 0, 1, kOut}, opens),
            "path_open(3, \"etc/hosts\", O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_NOFOLLOW) = 4\n");
  EXPECT_EQ(
      again(0, {3, 1, path, 9, 0x105, write, 0, 0, kOut}, gives(44)),
      "path_open(3, \"etc/hosts\", O_WRONLY|O_CREAT|O_EXCL|0x100) = -1 ENOENT (No such file or directory)\n");
  options.verbose = true;
  EXPECT_EQ(line(wasi("path_open"), {3, 1, path, 9, 0, read | 1, 4, 0, kOut}, opens),
            "path_open(3, \"etc/hosts\", O_RDONLY, FD_DATASYNC|FD_READ, FD_SEEK) = 4\n");
}

TEST_F(TraceTest, ReadsAndWrites) {
  AppPtr list = iovs({"hello\n", "w\x01\x02rld"});
  auto moves = [&](u32 n) {
    return [n] {
      put32(kOut, n);
      return u64{0};
    };
  };
  EXPECT_EQ(line(wasi("fd_write"), {1, list, 2, kOut}, moves(12)),
            "fd_write(1, [{\"hello\\n\", 6}, {\"w\\1\\2rld\", 6}]) = 12\n");
  // What was read is as long as the call says, over all buffers.
  EXPECT_EQ(line(wasi("fd_read"), {0, list, 2, kOut}, moves(8)),
            "fd_read(0, [{\"hello\\n\", 6}, {\"w\\1\", 6}]) = 8\n");
  EXPECT_EQ(again(0, {0, list, 2, kOut}, moves(0)), "fd_read(0, [{\"\", 6}, {\"\", 6}]) = 0\n");
  EXPECT_EQ(again(0, {0, list, 2, kOut}, gives(8)), "fd_read(0, 0x7000) = -1 EBADF (Bad file descriptor)\n");
  EXPECT_EQ(line(wasi("fd_pread"), {5, list, 1, 1u << 20, kOut}, moves(2)),
            "fd_pread(5, [{\"he\", 6}], 1048576) = 2\n");
  options.string_max = 4;
  options.list_max = 1;
  EXPECT_EQ(line(wasi("fd_write"), {1, list, 2, kOut}, moves(12)),
            "fd_write(1, [{\"hell\"..., 6}, ...]) = 12\n");
}

TEST_F(TraceTest, StringsAreEscaped) {
  std::string bytes("\0001\0x\a\b\t\n\v\f\r\"\\\x7f\xff\x1b", 16);
  EXPECT_EQ(line(wasi("path_unlink_file"), {3, text(bytes), bytes.size()}),
            R"(path_unlink_file(3, "\0001\0x\a\b\t\n\v\f\r\"\\\177\377\33") = 0)"
            "\n");
}

TEST_F(TraceTest, LongLinesAreWhole) {
  std::string name(3000, 'n');
  EXPECT_EQ(line(wasi("path_create_directory"), {3, text(name), 3000}),
            "path_create_directory(3, \"" + name + "\") = 0\n");
  // A path is cut only where no system takes it any more.
  std::fill_n(memory.app.begin() + 0x100, 5000, 'p');
  EXPECT_EQ(again(0, {3, 0x100, 5000}, gives(37)), "path_create_directory(3, \"" + std::string(4096, 'p') +
                                                       "\"...) = -1 ENAMETOOLONG (File name too long)\n");
}

TEST_F(TraceTest, Descriptors) {
  EXPECT_EQ(line(wasi("fd_close"), {7}), "fd_close(7) = 0\n");
  EXPECT_EQ(line(wasi("fd_renumber"), {7, 4}), "fd_renumber(7, 4) = 0\n");
  EXPECT_EQ(line(wasi("fd_close"), {~u32{0}}, 8), "fd_close(-1) = -1 EBADF (Bad file descriptor)\n");
  EXPECT_EQ(line(wasi("fd_sync"), {7}, 200), "fd_sync(7) = -1 (errno 200)\n");
  EXPECT_EQ(line(wasi("sched_yield"), {}), "sched_yield() = 0\n");
}

TEST_F(TraceTest, NumbersAndChoices) {
  auto at = [&](u64 offset) {
    return [offset] {
      put64(kOut, offset);
      return u64{0};
    };
  };
  EXPECT_EQ(line(wasi("fd_seek"), {4, static_cast<u64>(-10), 2, kOut}, at(90)),
            "fd_seek(4, -10, SEEK_END) = 90\n");
  EXPECT_EQ(line(wasi("fd_seek", "wasi_unstable"), {4, 0, 2, kOut}, at(0)), "fd_seek(4, 0, SEEK_SET) = 0\n");
  EXPECT_EQ(line(wasi("fd_seek"), {4, 0, 7, kOut}, 28), "fd_seek(4, 0, 7) = -1 EINVAL (Invalid argument)\n");
  EXPECT_EQ(line(wasi("fd_tell"), {4, kOut}, at(1ull << 40)), "fd_tell(4) = 1099511627776\n");
  EXPECT_EQ(line(wasi("fd_advise"), {4, 0, ~u64{0}, 3}),
            "fd_advise(4, 0, 18446744073709551615, POSIX_FADV_WILLNEED) = 0\n");
  EXPECT_EQ(line(wasi("clock_time_get"), {1, 1000, kOut}, at(12'000'000'034)),
            "clock_time_get(CLOCK_MONOTONIC, 1000) = 12.000000034\n");
  EXPECT_EQ(line(wasi("proc_raise"), {9}), "proc_raise(SIGKILL) = 0\n");
  EXPECT_EQ(line(wasi("fd_filestat_set_times"), {4, 1'500'000'000, 0, 9}),
            "fd_filestat_set_times(4, 1.500000000, 0.000000000, ATIM|MTIM_NOW) = 0\n");
  EXPECT_EQ(line(wasi("sock_shutdown"), {4, 3}), "sock_shutdown(4, SHUT_RD|SHUT_WR) = 0\n");
  EXPECT_EQ(line(wasi("sock_shutdown"), {4, 0}, 28), "sock_shutdown(4, 0) = -1 EINVAL (Invalid argument)\n");
}

TEST_F(TraceTest, ArgumentsOfTheProgram) {
  AppPtr first = text(std::string_view("prog\0-v\0", 8));
  EXPECT_EQ(line(wasi("args_sizes_get"), {kOut, kOut + 4},
                 [&] {
                   put32(kOut, 2);
                   put32(kOut + 4, 8);
                   return u64{0};
                 }),
            "args_sizes_get([2], [8]) = 0\n");
  auto fills = [&] {
    put32(kOut, first);
    put32(kOut + 4, first + 5);
    put32(kOut + 8, 0);
    return u64{0};
  };
  EXPECT_EQ(line(wasi("args_get"), {kOut, first}, fills), "args_get([\"prog\", \"-v\"]) = 0\n");
  EXPECT_EQ(again(0, {kOut, first}, gives(21)), "args_get(0x8000) = -1 EFAULT (Bad address)\n");
  options.list_max = 1;
  EXPECT_EQ(line(wasi("environ_get"), {kOut, first}, fills), "environ_get([\"prog\", ...]) = 0\n");
  EXPECT_EQ(again(0, {kOut + 100, first}, gives(0)), "environ_get([]) = 0\n");
}

TEST_F(TraceTest, Structs) {
  auto stat = [&](bool unstable) {
    return [unstable] {
      host::app_fill(kOut, 0, 64);
      put64(kOut, 1);
      put64(kOut + 8, 77);
      put8(kOut + 16, 4);
      put32(kOut + (unstable ? 20 : 24), 2);
      u32 size = unstable ? 24 : 32;
      put64(kOut + size, 1234);
      put64(kOut + size + 8, 1'600'000'000'000'000'001);
      return u64{0};
    };
  };
  constexpr char kStat[] =
      "{dev=1, ino=77, filetype=REGULAR_FILE, nlink=2, size=1234, atim=1600000000.000000001, "
      "mtim=0.000000000, ctim=0.000000000}) = 0\n";
  EXPECT_EQ(line(wasi("fd_filestat_get"), {4, kOut}, stat(false)),
            std::string("fd_filestat_get(4, ") + kStat);
  EXPECT_EQ(line(wasi("fd_filestat_get", "wasi_unstable"), {4, kOut}, stat(true)),
            std::string("fd_filestat_get(4, ") + kStat);
  EXPECT_EQ(line(wasi("path_filestat_get"), {3, 1, text("x"), 1, kOut}, stat(false)),
            std::string("path_filestat_get(3, AT_SYMLINK_FOLLOW, \"x\", ") + kStat);
  auto fdstat = [&] {
    host::app_fill(kOut, 0, 24);
    put8(kOut, 3);
    put16(kOut + 2, 5);
    put64(kOut + 8, 3);
    return u64{0};
  };
  EXPECT_EQ(line(wasi("fd_fdstat_get"), {4, kOut}, fdstat),
            "fd_fdstat_get(4, {fs_filetype=DIRECTORY, fs_flags=O_APPEND|O_NONBLOCK}) = 0\n");
  options.verbose = true;
  EXPECT_EQ(line(wasi("fd_fdstat_get"), {4, kOut}, fdstat),
            "fd_fdstat_get(4, {fs_filetype=DIRECTORY, fs_flags=O_APPEND|O_NONBLOCK, "
            "fs_rights_base=FD_DATASYNC|FD_READ, fs_rights_inheriting=0}) = 0\n");
  EXPECT_EQ(line(wasi("fd_prestat_get"), {3, kOut},
                 [&] {
                   put64(kOut, 5ull << 32);
                   return u64{0};
                 }),
            "fd_prestat_get(3, {pr_type=DIR, pr_name_len=5}) = 0\n");
  EXPECT_EQ(again(0, {9, kOut}, gives(8)), "fd_prestat_get(9, 0x8000) = -1 EBADF (Bad file descriptor)\n");
  EXPECT_EQ(line(wasi("fd_prestat_dir_name"), {3, text("/data"), 5}),
            "fd_prestat_dir_name(3, \"/data\", 5) = 0\n");
}

TEST_F(TraceTest, DirectoryEntries) {
  auto entry = [&](AppPtr at, u64 next, u64 ino, std::string_view name, u32 type) {
    host::app_fill(at, 0, 24);
    put64(at, next);
    put64(at + 8, ino);
    put32(at + 16, static_cast<u32>(name.size()));
    put8(at + 20, type);
    std::memcpy(&memory.app[at + 24], name.data(), name.size());
    return at + 24 + static_cast<u32>(name.size());
  };
  AppPtr end = entry(entry(kBuf, 1, 5, ".", 3), 2, 6, "readme", 4);
  auto used = [&](u32 n) {
    return [n] {
      put32(kOut, n);
      return u64{0};
    };
  };
  constexpr char kFirst[] = "fd_readdir(3, [{d_next=1, d_ino=5, d_type=DIRECTORY, \".\"}";
  EXPECT_EQ(line(wasi("fd_readdir"), {3, kBuf, 4096, 0, kOut}, used(end - kBuf)),
            std::string(kFirst) + ", {d_next=2, d_ino=6, d_type=REGULAR_FILE, \"readme\"}], 4096, 0) = 55\n");
  // The buffer's end cuts a name, or leaves no room for an entry's head.
  EXPECT_EQ(again(0, {3, kBuf, 51, 0, kOut}, used(51)),
            std::string(kFirst) + ", {d_next=2, d_ino=6, d_type=REGULAR_FILE, \"re\"...}], 51, 0) = 51\n");
  EXPECT_EQ(again(0, {3, kBuf, 30, 0, kOut}, used(30)), std::string(kFirst) + ", ...], 30, 0) = 30\n");
  EXPECT_EQ(again(0, {3, kBuf, 30, 0, kOut}, used(0)), "fd_readdir(3, [], 30, 0) = 0\n");
  EXPECT_EQ(again(0, {3, kBuf, 30, 0, kOut}, gives(54)),
            "fd_readdir(3, 0x9000, 30, 0) = -1 ENOTDIR (Not a directory)\n");
}

TEST_F(TraceTest, Poll) {
  host::app_fill(kBuf, 0, 256);
  put64(kBuf, 0xabc); // a clock: 1.5 s, absolute
  put32(kBuf + 16, 1);
  put64(kBuf + 24, 1'500'000'000);
  put16(kBuf + 40, 1);
  put64(kBuf + 48, 7); // a descriptor
  put8(kBuf + 48 + 8, 2);
  put32(kBuf + 48 + 16, 1);
  auto fires = [&] {
    host::app_fill(kOut, 0, 64);
    put64(kOut, 7);
    put16(kOut + 8, 8);
    put8(kOut + 10, 2);
    put64(kOut + 16, 4096);
    put16(kOut + 24, 1);
    put32(kIovs, 1);
    return u64{0};
  };
  EXPECT_EQ(line(wasi("poll_oneoff"), {kBuf, kOut, 2, kIovs}, fires),
            "poll_oneoff([{userdata=0xabc, type=CLOCK, id=CLOCK_MONOTONIC, timeout=1.500000000, precision=0, "
            "flags=TIMER_ABSTIME}, {userdata=0x7, type=FD_WRITE, fd=1}], [{userdata=0x7, error=EBADF, "
            "type=FD_WRITE, nbytes=4096, flags=HANGUP}], 2) = 1\n");
  host::app_fill(kBuf, 0, 56);
  put32(kBuf + 24, 1);
  put64(kBuf + 32, 5);
  EXPECT_EQ(line(wasi("poll_oneoff", "wasi_unstable"), {kBuf, kOut, 1, kIovs}, gives(28)),
            "poll_oneoff([{userdata=0x0, type=CLOCK, id=CLOCK_MONOTONIC, timeout=0.000000005, precision=0, "
            "flags=0}], 0x8000, 1) = -1 EINVAL (Invalid argument)\n");
}

TEST_F(TraceTest, Sockets) {
  AppPtr list = iovs({"abcdef"});
  EXPECT_EQ(line(wasi("sock_recv"), {5, list, 1, 1, kOut, kOut + 4},
                 [&] {
                   put32(kOut, 3);
                   put16(kOut + 4, 1);
                   return u64{0};
                 }),
            "sock_recv(5, [{\"abc\", 6}], MSG_PEEK, [MSG_TRUNC]) = 3\n");
  EXPECT_EQ(line(wasi("sock_accept"), {5, 4, kOut},
                 [&] {
                   put32(kOut, 6);
                   return u64{0};
                 }),
            "sock_accept(5, O_NONBLOCK) = 6\n");
}

TEST_F(TraceTest, Unknown) {
  Function f = other("env", "mix", {kI32, kI64, kF32, kF64, kV128}, {});
  u64 f32 = 0xc0200000, f64 = 0x3ff8000000000000; // -2.5, 1.5
  EXPECT_EQ(line(f, {static_cast<u32>(-3), u64{1} << 40, f32, f64, 0}),
            "env.mix(i32 -3, i64 1099511627776, f32 -2.5, f64 1.5, ?) = void\n");
  EXPECT_EQ(line(other("env", "sin", {kF64}, {kF64}), {0}, f64), "env.sin(f64 0) = f64 1.5\n");
  EXPECT_EQ(line(other("m\n", "\x1b[", {}, {kI32}), {}, 5), "m\\x0a.\\x1b[() = i32 5\n");
  // A function of a known name and other types.
  EXPECT_EQ(line(other("wasi_snapshot_preview1", "fd_close", {kI64}, {kI32}), {3}, 0),
            "wasi_snapshot_preview1.fd_close(i64 3) = i32 0\n");
  // The name behind a minified one.
  Function minified = emscripten("__syscall_dup");
  minified.module = "a", minified.field = "b";
  minified.known_module = "env", minified.known_field = "__syscall_dup";
  EXPECT_EQ(line(minified, {3}, 4), "__syscall_dup(3) = 4\n");
}

TEST_F(TraceTest, Floats) {
  auto shown = [&](double v) {
    u64 bits;
    std::memcpy(&bits, &v, 8);
    std::string s = line(other("e", "f", {kF64}, {}), {bits});
    return s.substr(8, s.size() - 8 - 9);
  };
  EXPECT_EQ(shown(0), "0");
  EXPECT_EQ(shown(0.1), "0.1");
  EXPECT_EQ(shown(-123456.789), "-123456.789");
  EXPECT_EQ(shown(0.999999999999), "1");
  EXPECT_EQ(shown(1e300), "1e300");
  EXPECT_EQ(shown(2.5e-7), "2.5e-7");
  EXPECT_EQ(shown(5e-324).substr(0, 3), "4.9");
  EXPECT_EQ(shown(1.0 / 0.0), "inf");
  EXPECT_EQ(shown(-1.0 / 0.0), "-inf");
  EXPECT_EQ(shown(__builtin_nan("")), "nan");
}

TEST_F(TraceTest, CallsThatReachTheHost) {
  Function f = wasi("fd_sync");
  f.reaches_host = true;
  EXPECT_EQ(line(f, {1}), "[host] fd_sync(1) = 0\n");
}

} // namespace
} // namespace mayfly::trace
