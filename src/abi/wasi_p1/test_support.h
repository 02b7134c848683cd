// A module's view of the front end for tests: a filesystem with the standard streams of a fake
// host and a preopened root, application memory to put arguments into, and short names for calls.
#pragma once
#include <functional>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "abi/wasi_p1/below.h"
#include "abi/wasi_p1/wasi_p1.h"
#include "core/test_support.h"

namespace mayfly::wasi_p1 {

// Answers what tests need a host for; notes each call as text.
class FakeHost : public BelowHost {
public:
  explicit FakeHost(NativeHost &memory) : memory_(memory) {}
  std::vector<std::string> calls;
  u32 result = 0; // of every call that is answered
  u32 new_fd = 9; // of path_open and sock_accept
  bool has_clock = true;
  std::vector<std::string> preopens; // names of the host's descriptors 3, 4, ...
  std::vector<u32> polled;           // descriptors of the last poll_oneoff
  std::vector<u32> ready;            // those that are
  std::function<void()> waiting;     // what happens while poll_oneoff waits

  u32 fd_read(u32 fd, AppPtr iovs, u32, AppPtr size) override {
    put32(size, 5);
    std::memcpy(&memory_.app[get32(iovs)], "hello", 5);
    return note("fd_read", fd);
  }
  u32 fd_write(u32 fd, AppPtr iovs, u32, AppPtr size) override {
    put32(size, get32(iovs + 4));
    return note("fd_write", fd);
  }
  u32 fd_pread(u32 fd, AppPtr, u32, u64, AppPtr) override { return note("fd_pread", fd); }
  u32 fd_seek(u32 fd, i64, u32 whence, AppPtr) override { return note("fd_seek", fd, whence); }
  u32 unstable_fd_seek(u32 fd, i64, u32 whence, AppPtr) override {
    return note("unstable fd_seek", fd, whence);
  }
  u32 fd_close(u32 fd) override { return note("fd_close", fd); }
  u32 fd_sync(u32 fd) override { return note("fd_sync", fd); }
  u32 fd_tell(u32 fd, AppPtr) override { return note("fd_tell", fd); }
  u32 fd_readdir(u32 fd, AppPtr, u32, u64, AppPtr) override { return note("fd_readdir", fd); }
  u32 fd_filestat_get(u32 fd, AppPtr) override { return note("fd_filestat_get", fd); }
  u32 fd_fdstat_get(u32 fd, AppPtr out) override {
    memory_.app[out] = 2;
    put64(out + 8, ~u64{0});
    put64(out + 16, ~u64{0});
    return note("fd_fdstat_get", fd);
  }
  u32 fd_fdstat_set_flags(u32 fd, u32 flags) override { return note("fd_fdstat_set_flags", fd, flags); }
  u32 path_open(u32 fd, u32, AppPtr, u32, u32, u64, u64, u32, AppPtr out) override {
    put32(out, new_fd);
    return note("path_open", fd);
  }
  u32 path_filestat_get(u32 fd, u32, AppPtr, u32, AppPtr) override { return note("path_filestat_get", fd); }
  u32 path_create_directory(u32 fd, AppPtr, u32) override { return note("path_create_directory", fd); }
  u32 path_remove_directory(u32 fd, AppPtr, u32) override { return note("path_remove_directory", fd); }
  u32 path_unlink_file(u32 fd, AppPtr, u32) override { return note("path_unlink_file", fd); }
  u32 path_readlink(u32 fd, AppPtr, u32, AppPtr, u32, AppPtr) override { return note("path_readlink", fd); }
  u32 path_symlink(AppPtr, u32, u32 fd, AppPtr, u32) override { return note("path_symlink", fd); }
  u32 path_rename(u32 fd, AppPtr, u32, u32 fd2, AppPtr, u32) override { return note("path_rename", fd, fd2); }
  u32 path_link(u32 fd, u32, AppPtr, u32, u32 fd2, AppPtr, u32) override {
    return note("path_link", fd, fd2);
  }
  u32 fd_prestat_get(u32 fd, AppPtr out) override {
    if (fd < 3 || fd - 3 >= preopens.size()) return num(Errno::badf);
    put64(out, static_cast<u64>(preopens[fd - 3].size()) << 32);
    return 0;
  }
  u32 fd_prestat_dir_name(u32 fd, AppPtr p, u32 n) override {
    std::memcpy(&memory_.app[p], preopens[fd - 3].data(), n);
    return 0;
  }
  u32 clock_time_get(u32 id, u64, AppPtr out) override {
    if (!has_clock) return num(Errno::nosys);
    put64(out, 1000 + id);
    return note("clock_time_get", id);
  }
  u32 random_get(AppPtr p, u32 n) override {
    if (!has_clock) return num(Errno::nosys);
    std::memset(&memory_.app[p], 0xab, n);
    return note("random_get", n);
  }
  u32 args_sizes_get(AppPtr count, AppPtr size) override {
    put32(count, 1);
    put32(size, 4);
    return note("args_sizes_get", 0);
  }
  u32 sock_accept(u32 fd, u32 flags, AppPtr out) override {
    put32(out, new_fd);
    return note("sock_accept", fd, flags);
  }
  u32 sock_recv(u32 fd, AppPtr, u32, u32, AppPtr, AppPtr) override { return note("sock_recv", fd); }
  u32 sock_send(u32 fd, AppPtr, u32, u32, AppPtr) override { return note("sock_send", fd); }
  u32 sock_shutdown(u32 fd, u32 how) override { return note("sock_shutdown", fd, how); }
  u32 poll_oneoff(AppPtr in, AppPtr out, u32 n, AppPtr size) override { return poll(in, out, n, size, 48); }
  u32 unstable_poll_oneoff(AppPtr in, AppPtr out, u32 n, AppPtr size) override {
    return poll(in, out, n, size, 56);
  }
  void proc_exit(u32 code) override { note("proc_exit", code); }

private:
  NativeHost &memory_;

  u32 get32(AppPtr p) { return host::app_load_u32(p); }
  void put32(AppPtr p, u32 v) { host::app_store_u32(p, v); }
  void put64(AppPtr p, u64 v) { host::app_store_u64(p, v); }
  u32 note(const char *name, u32 a) {
    calls.push_back(std::string(name) + " " + std::to_string(a));
    return result;
  }
  u32 note(const char *name, u32 a, u32 b) {
    calls.push_back(std::string(name) + " " + std::to_string(a) + " " + std::to_string(b));
    return result;
  }
  // Events for the descriptors in `ready`; the first clock fires when there are none.
  u32 poll(AppPtr in, AppPtr out, u32 n, AppPtr size, u32 bytes) {
    u32 events = 0;
    polled.clear();
    if (waiting) waiting();
    auto event = [&](AppPtr sub) {
      put64(out + events * 32, host::app_load_u64(sub));
      put64(out + events * 32 + 8, static_cast<u64>(memory_.app[sub + 8]) << 16);
      put64(out + events++ * 32 + 16, 77);
    };
    for (u32 i = 0; i < n; i++) {
      AppPtr sub = in + i * bytes;
      if (memory_.app[sub + 8] == 0) continue;
      polled.push_back(get32(sub + 16));
      for (u32 fd : ready)
        if (fd == polled.back()) event(sub);
    }
    for (u32 i = 0; i < n && events == 0; i++)
      if (memory_.app[in + i * bytes + 8] == 0) event(in + i * bytes);
    put32(size, events);
    return note("poll_oneoff", n);
  }
};

class WasiP1 : public testing::Test {
protected:
  static constexpr Fd kRoot = 3;
  static constexpr AppPtr kOut = 256, kBuf = 0x10000;
  static constexpr AppPtr kBad = 1u << 20; // first address outside of the application's memory
  static constexpr u64 kAll = right::all;
  static constexpr u64 kReadWrite = right::of_file;

  Sandbox box;
  FakeHost below{box};
  Fs &fs = box.fs();

  WasiP1() {
    for (Fd fd = 0; fd < 3; fd++) Sandbox::must(open_host_at(fs, fd, fd, kAll, kAll));
    EXPECT_EQ(open_preopen(fs, fs.root, "/", ~u64{0}, ~u64{0}).value(), kRoot);
  }

  // Strings in application memory; they stay for the whole test.
  struct Text {
    AppPtr at;
    u32 len;
  };
  Text text(std::string_view s) {
    AppPtr at = next_;
    std::memcpy(&box.app[at], s.data(), s.size());
    next_ += static_cast<u32>(s.size()) + 1;
    return {at, static_cast<u32>(s.size())};
  }
  // An iovec list of consecutive buffers from kBuf on, of these lengths.
  AppPtr iovs(const std::vector<u32> &lengths) {
    AppPtr list = 1024, buf = kBuf;
    for (u32 i = 0; i < lengths.size(); i++) {
      host::app_store_u32(list + i * 8, buf);
      host::app_store_u32(list + i * 8 + 4, lengths[i]);
      buf += lengths[i];
    }
    return list;
  }
  u32 out32(u32 at = 0) { return host::app_load_u32(kOut + at); }
  u64 out64(u32 at = 0) { return host::app_load_u64(kOut + at); }
  std::string bytes(AppPtr at, u32 n) { return std::string(reinterpret_cast<char *>(&box.app[at]), n); }

  static Errno e(u32 result) { return static_cast<Errno>(result); }

  struct OpenArgs {
    u32 oflags = 0;
    u64 base = kReadWrite;
    u32 fdflags = 0;
    u32 lookup = kSymlinkFollow;
    Fd dir = kRoot;
    u64 inheriting = right::all;
  };
  Errno try_open(std::string_view name, const OpenArgs &a) {
    Text path = text(name);
    return e(
        path_open(fs, a.dir, a.lookup, path.at, path.len, a.oflags, a.base, a.inheriting, a.fdflags, kOut));
  }
  Errno try_open(std::string_view name) { return try_open(name, OpenArgs{}); }
  Fd open(std::string_view name, const OpenArgs &a) {
    EXPECT_EQ(try_open(name, a), Errno::ok) << name;
    return out32();
  }
  Fd open(std::string_view name) { return open(name, OpenArgs{}); }
  Fd open_dir(std::string_view name, u64 base = right::all, u64 inheriting = right::all) {
    return open(name,
                {.oflags = oflag::directory, .base = base & ~right::fd_write, .inheriting = inheriting});
  }

  Errno write(Fd fd, std::string_view data) {
    std::memcpy(&box.app[kBuf], data.data(), data.size());
    return e(fd_write(fs, fd, iovs({static_cast<u32>(data.size())}), 1, kOut));
  }
  std::string read(Fd fd, u32 n) {
    EXPECT_EQ(e(fd_read(fs, fd, iovs({n}), 1, kOut)), Errno::ok);
    return bytes(kBuf, out32());
  }

  Errno mkdir(std::string_view name, Fd dir = kRoot) {
    Text p = text(name);
    return e(path_create_directory(fs, dir, p.at, p.len));
  }
  Errno rmdir(std::string_view name, Fd dir = kRoot) {
    Text p = text(name);
    return e(path_remove_directory(fs, dir, p.at, p.len));
  }
  Errno unlink(std::string_view name, Fd dir = kRoot) {
    Text p = text(name);
    return e(path_unlink_file(fs, dir, p.at, p.len));
  }
  Errno symlink(std::string_view target, std::string_view name, Fd dir = kRoot) {
    Text t = text(target), p = text(name);
    return e(path_symlink(fs, t.at, t.len, dir, p.at, p.len));
  }
  Errno link(std::string_view from, std::string_view to, u32 lookup = 0, Fd dir = kRoot, Fd to_dir = kRoot) {
    Text f = text(from), t = text(to);
    return e(path_link(fs, dir, lookup, f.at, f.len, to_dir, t.at, t.len));
  }
  Errno rename(std::string_view from, std::string_view to, Fd dir = kRoot, Fd to_dir = kRoot) {
    Text f = text(from), t = text(to);
    return e(path_rename(fs, dir, f.at, f.len, to_dir, t.at, t.len));
  }
  Errno stat(std::string_view name, u32 lookup = kSymlinkFollow, Fd dir = kRoot) {
    Text p = text(name);
    return e(path_filestat_get(fs, dir, lookup, p.at, p.len, kOut, Dialect::snapshot));
  }
  Errno readlink(std::string_view name, u32 len = 100, Fd dir = kRoot) {
    Text p = text(name);
    return e(path_readlink(fs, dir, p.at, p.len, kBuf, len, kOut));
  }

private:
  AppPtr next_ = 0x4000;
};

} // namespace mayfly::wasi_p1
