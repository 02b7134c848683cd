// libFuzzer target. Property: whatever sequence of WASI calls with whatever arguments, on a host
// that answers whatever it likes, nothing crashes or leaves its memory (sanitizers, and the
// asserts of core/host_native.cc), the region stays sound (verify), and every page whose bytes
// changed is marked dirty. An input is a list of calls; missing bytes read as zeros.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "abi/wasi_p1/below.h"
#include "abi/wasi_p1/wasi_p1.h"
#include "core/host_native.h"

namespace mayfly::wasi_p1 {
namespace {

constexpr u32 kAppBytes = 65536, kPool = 0x400, kName = 32, kNames = 24;

// Names that meet each other: what one call makes, another finds.
constexpr const char *kPaths[kNames] = {
    "a",        "b",        "c",          "a/b",        "a/b/c",  "a/../b", "./a",      "../x",
    "/a",       "a/",       "b/",         "link",       "link/x", "loop",   "dev/null", "dev/zero",
    "dev/fd/4", "dev/full", "dev/random", "dev/stdout", ".",      "..",     "",         "a\0b"};

class Input {
public:
  Input(const uint8_t *data, size_t size) : at_(data), end_(data + size) {}
  bool empty() const { return at_ == end_; }
  u32 byte() { return at_ < end_ ? *at_++ : 0; }
  u32 word() { return byte() | byte() << 8 | byte() << 16 | byte() << 24; }
  u64 wide() { return word() | static_cast<u64>(word()) << 32; }

  // Mostly what exists, now and then anything.
  u32 fd() {
    u32 b = byte();
    return b < 240 ? b % 14 : b < 250 ? b : word();
  }
  u32 pointer() {
    u32 b = byte();
    if (b < 200) return 0x2000 + b * 64 + (b & 3);
    return b < 230 ? kAppBytes - (b - 200) : word();
  }
  u32 length() {
    u32 b = byte();
    return b < 160 ? b : b < 220 ? (b - 160) * 512 : word();
  }
  u64 offset() {
    u32 b = byte();
    return b < 128 ? b * 700 : b < 240 ? u64{1} << (b & 63) : wide();
  }
  u32 flags() {
    u32 b = byte();
    return b < 250 ? b & 31 : word();
  }
  u64 rights() {
    u32 b = byte();
    return b < 100   ? right::all
           : b < 140 ? right::all & ~right::fd_write
           : b < 160 ? u64{1} << (b & 31)
                     : wide();
  }
  struct Text {
    u32 at, len;
  };
  Text path() {
    u32 b = byte();
    if (b >= 250) return {pointer(), length()};
    const char *name = kPaths[b % kNames];
    return {kPool + b % kNames * kName, name[0] == 'a' && name[1] == 0 && b % kNames == kNames - 1
                                            ? 3
                                            : static_cast<u32>(std::strlen(name))};
  }

private:
  const uint8_t *at_, *end_;
};

// A host that succeeds or fails as the input says, and stores what it likes where it was told to.
class AnyHost : public BelowHost {
public:
  AnyHost(NativeHost &memory, Input &input) : memory_(memory), input_(input) {}
  u32 fd_read(u32, AppPtr, u32, AppPtr out) override { return store(out, 4); }
  u32 fd_write(u32, AppPtr, u32, AppPtr out) override { return store(out, 4); }
  u32 fd_fdstat_get(u32, AppPtr out) override { return store(out, 24); }
  u32 fd_filestat_get(u32, AppPtr out) override { return store(out, 64); }
  u32 fd_seek(u32, i64, u32, AppPtr out) override { return store(out, 8); }
  u32 fd_prestat_get(u32, AppPtr out) override { return store(out, 8); }
  u32 fd_prestat_dir_name(u32, AppPtr out, u32 n) override { return store(out, n); }
  u32 path_open(u32, u32, AppPtr, u32, u32, u64, u64, u32, AppPtr out) override { return store(out, 4); }
  u32 sock_accept(u32, u32, AppPtr out) override { return store(out, 4); }
  u32 clock_time_get(u32, u64, AppPtr out) override { return store(out, 8); }
  u32 random_get(AppPtr out, u32 n) override { return store(out, n); }
  u32 poll_oneoff(AppPtr, AppPtr out, u32 n, AppPtr size) override {
    host::app_store_u32(size, input_.byte());
    return store(out, n * 32);
  }

private:
  NativeHost &memory_;
  Input &input_;

  u32 store(AppPtr out, u32 n) {
    u32 answer = input_.byte();
    if (answer >= 200) return answer - 199;
    if (n == 0) return 0; // an empty buffer may be anywhere
    (void)memory_.app.at(u64{out} + n - 1);
    std::memset(&memory_.app[out], static_cast<int>(answer), n);
    return 0;
  }
};

// Buffer lists: one to three elements at a fixed place, or whatever lies at a pointer.
struct List {
  u32 at, count;
};
List iovecs(Input &in) {
  u32 b = in.byte();
  if (b >= 240) return {in.pointer(), in.length()};
  u32 count = b % 4;
  for (u32 i = 0; i < count; i++) {
    host::app_store_u32(0x1000 + i * 8, in.pointer());
    host::app_store_u32(0x1004 + i * 8, in.length());
  }
  return {0x1000, count};
}

void put_subscriptions(Input &in, u32 count) {
  for (u32 i = 0; i < count; i++) {
    host::app_store_u8(0x1400 + i * 48 + 8, in.byte() % 4);
    host::app_store_u32(0x1400 + i * 48 + 16, in.fd());
    host::app_store_u64(0x1400 + i * 48 + 24, in.offset());
  }
}

void call_data(Fs &fs, Input &in, u32 which) {
  Fd fd = in.fd();
  List list = iovecs(in);
  switch (which) {
  case 0:
    fd_read(fs, fd, list.at, list.count, in.pointer());
    break;
  case 1:
    fd_write(fs, fd, list.at, list.count, in.pointer());
    break;
  case 2:
    fd_pread(fs, fd, list.at, list.count, in.offset(), in.pointer());
    break;
  case 3:
    fd_pwrite(fs, fd, list.at, list.count, in.offset(), in.pointer());
    break;
  case 4:
    sock_recv(fs, fd, list.at, list.count, in.flags(), in.pointer(), in.pointer());
    break;
  default:
    sock_send(fs, fd, list.at, list.count, in.flags(), in.pointer());
    break;
  }
}

void call_descriptor(Fs &fs, Input &in, u32 which) {
  Fd fd = in.fd();
  Dialect dialect = static_cast<Dialect>(in.byte() & 1);
  switch (which) {
  case 0:
    fd_seek(fs, fd, static_cast<i64>(in.offset()), in.byte() % 5, in.pointer(), dialect);
    break;
  case 1:
    fd_tell(fs, fd, in.pointer());
    break;
  case 2:
    fd_advise(fs, fd, in.offset(), in.offset(), in.byte() % 8);
    break;
  case 3:
    fd_allocate(fs, fd, in.offset(), in.offset());
    break;
  case 4:
    fd_close(fs, fd);
    break;
  case 5:
    fd_datasync(fs, fd);
    break;
  case 6:
    fd_sync(fs, fd);
    break;
  case 7:
    fd_fdstat_get(fs, fd, in.pointer());
    break;
  case 8:
    fd_fdstat_set_flags(fs, fd, in.flags());
    break;
  case 9:
    fd_fdstat_set_rights(fs, fd, in.rights(), in.rights());
    break;
  case 10:
    fd_filestat_get(fs, fd, in.pointer(), dialect);
    break;
  case 11:
    fd_filestat_set_size(fs, fd, in.offset());
    break;
  case 12:
    fd_filestat_set_times(fs, fd, in.wide(), in.wide(), in.flags());
    break;
  case 13:
    fd_prestat_get(fs, fd, in.pointer());
    break;
  case 14:
    fd_prestat_dir_name(fs, fd, in.pointer(), in.length());
    break;
  case 15:
    fd_renumber(fs, fd, in.fd());
    break;
  case 16:
    fd_readdir(fs, fd, in.pointer(), in.length(), in.offset(), in.pointer());
    break;
  case 17:
    sock_accept(fs, fd, in.flags(), in.pointer());
    break;
  default:
    sock_shutdown(fs, fd, in.byte());
    break;
  }
}

void call_path(Fs &fs, Input &in, u32 which) {
  Fd fd = in.fd();
  Input::Text p = in.path();
  Dialect dialect = static_cast<Dialect>(in.byte() & 1);
  switch (which) {
  case 0:
    path_create_directory(fs, fd, p.at, p.len);
    break;
  case 1:
    path_filestat_get(fs, fd, in.byte() % 3, p.at, p.len, in.pointer(), dialect);
    break;
  case 2:
    path_filestat_set_times(fs, fd, in.byte() % 3, p.at, p.len, in.wide(), in.wide(), in.flags());
    break;
  case 3:
    path_readlink(fs, fd, p.at, p.len, in.pointer(), in.length(), in.pointer());
    break;
  case 4:
    path_remove_directory(fs, fd, p.at, p.len);
    break;
  case 5:
    path_unlink_file(fs, fd, p.at, p.len);
    break;
  case 6:
    (void)read_file(fs, p.at, p.len, in.offset(), in.pointer(), in.length()).ok();
    break;
  case 7:
  case 8:
  case 9:
    path_open(fs, fd, in.byte() % 3, p.at, p.len, in.flags(), in.rights(), in.rights(), in.flags(),
              in.pointer());
    break;
  default: {
    Input::Text other = in.path();
    Fd second = in.fd();
    if (which == 10)
      path_link(fs, fd, in.byte() % 3, p.at, p.len, second, other.at, other.len);
    else if (which == 11)
      path_rename(fs, fd, p.at, p.len, second, other.at, other.len);
    else
      path_symlink(fs, p.at, p.len, second, other.at, other.len);
  }
  }
}

void call_other(Fs &fs, Input &in, u32 which) {
  switch (which) {
  case 0:
    args_get(fs, in.pointer(), in.pointer());
    break;
  case 1:
    args_sizes_get(fs, in.pointer(), in.pointer());
    break;
  case 2:
    environ_get(fs, in.pointer(), in.pointer());
    break;
  case 3:
    environ_sizes_get(fs, in.pointer(), in.pointer());
    break;
  case 4:
    clock_res_get(fs, in.byte() % 5, in.pointer());
    break;
  case 5:
    clock_time_get(fs, in.byte() % 5, 0, in.pointer());
    break;
  case 6:
    random_get(fs, in.pointer(), in.length());
    break;
  case 7:
    sched_yield(fs);
    break;
  case 8:
    proc_raise(fs, in.byte());
    break;
  case 9:
    proc_exit(fs, in.byte());
    break;
  default: {
    u32 count = in.byte() % 6;
    put_subscriptions(in, count);
    poll_oneoff(fs, in.byte() < 240 ? 0x1400 : in.pointer(), in.pointer(),
                in.byte() < 250 ? count : in.word(), in.pointer(), static_cast<Dialect>(in.byte() & 1));
  }
  }
}

void call(Fs &fs, Input &in) {
  u32 op = in.byte() % 50;
  if (op < 6)
    call_data(fs, in, op);
  else if (op < 25)
    call_descriptor(fs, in, op - 6);
  else if (op < 39)
    call_path(fs, in, op - 25);
  else
    call_other(fs, in, op - 39);
}

void set_up(NativeHost &memory, Input &in) {
  Fs &fs = memory.fs();
  fs.config = in.byte() & (kConfigReadOnly | kConfigNoHostClock | kConfigSeededRandom | kConfigHermetic);
  if (in.byte() < 32) fs.uid = 1000;
  for (Fd fd = 0; fd < 3; fd++) (void)open_host_at(fs, fd, fd, right::all, right::all);
  (void)open_preopen(fs, fs.root, "/", ~u64{0}, ~u64{0}).ok();
  (void)open_host(fs, 40, right::all, right::all).ok();
  if (in.byte() & 1) (void)pack_args(fs, StrView("a\0bc\0", 5), 2);
  for (u32 i = 0; i < kNames; i++)
    std::memcpy(&memory.app[kPool + i * kName], kPaths[i], std::strlen(kPaths[i]) + 1);
  host::reset_side();
}

[[noreturn]] void report(const char *what, u32 where) {
  std::fprintf(stderr, "%s at %u\n", what, where);
  std::abort();
}

void check(NativeHost &memory, const std::vector<uint8_t> &before) {
  Fs &fs = memory.fs();
  const char *what = "";
  u32 where = 0;
  if (!verify(&fs, fs.size, 0, &what, &where)) report(what, where);
  const uint8_t *now = reinterpret_cast<const uint8_t *>(&fs);
  for (u32 page = 0; page < before.size() / kPageBytes; page++) {
    if (memory.marked(page)) continue;
    if (std::memcmp(now + page * kPageBytes, before.data() + page * kPageBytes, kPageBytes))
      report("changed and not marked: page", page);
  }
}

} // namespace
} // namespace mayfly::wasi_p1

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace mayfly;
  using namespace mayfly::wasi_p1;
  Input input(data, size);
  FormatOptions format;
  format.max_bytes = 1u << 19 << input.byte() % 4;
  format.max_inodes = input.byte() & 1 ? 24 : 4096;
  format.max_fds = input.byte() & 1 ? 10 : 64;
  NativeHost memory(format, {.app_bytes = kAppBytes, .reserve_bytes = 1u << 24});
  set_up(memory, input);
  AnyHost host(memory, input);
  std::vector<uint8_t> before(reinterpret_cast<uint8_t *>(&memory.fs()),
                              reinterpret_cast<uint8_t *>(&memory.fs()) + memory.fs().size);
  for (u32 calls = 0; calls < 200 && !input.empty(); calls++) call(memory.fs(), input);
  check(memory, before);
  return 0;
}
