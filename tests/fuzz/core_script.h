// Arbitrary bytes as a sequence of calls of the core: what core_fuzz and verify_fuzz share.
// Every operation of vfs.h is reachable, with paths over a few names so that calls meet.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/test_support.h"

namespace mayfly::fuzz {

// How often each call was made and succeeded, told when the fuzzer ends. A fuzzer whose inputs stay short, or
// whose calls all fail, finds nothing: a long run in which some call has never succeeded ends as a failure.
class Reach {
public:
  static constexpr u32 kCalls = 48, kMeaningfulRun = 1'000'000;

  static Reach &of_this_run() {
    static Reach reach;
    return reach;
  }
  void note(u32 call, bool succeeded) {
    ++made_[call];
    succeeded_[call] += succeeded;
  }
  ~Reach() { // at the end of the process: libFuzzer leaves by exit()
    u64 made = 0, succeeded = 0;
    for (u32 call = 0; call < kCalls; ++call) made += made_[call], succeeded += succeeded_[call];
    std::fprintf(stderr, "%llu calls, %llu of them successful\n", static_cast<unsigned long long>(made),
                 static_cast<unsigned long long>(succeeded));
    if (made < kMeaningfulRun) return;
    for (u32 call = 0; call < kCalls; ++call)
      if (succeeded_[call] == 0) {
        std::fprintf(stderr, "call %u of core_script.h was made %llu times and never succeeded\n", call,
                     static_cast<unsigned long long>(made_[call]));
        std::_Exit(1);
      }
  }

private:
  u64 made_[kCalls] = {}, succeeded_[kCalls] = {};
};

class Script {
public:
  Script(const uint8_t *bytes, size_t size) : at_(bytes), end_(bytes + size) {}
  bool done() const { return at_ == end_; }
  u32 byte() { return at_ == end_ ? 0 : *at_++; }
  u32 word() { return byte() | byte() << 8; }
  u64 number() { // sizes and offsets: small, around pages, or huge
    u32 kind = byte();
    if (kind < 80) return byte();
    if (kind < 160) return (byte() & 7) * u64{4096} + (byte() & 3);
    if (kind < 220) return word();
    if (kind < 240) return u64{word()} << (byte() & 63);
    return 0x7fff'ffff'ffff'ffffull - byte();
  }

  // Runs until the bytes are used up, at most `most` calls.
  void run(Sandbox &box, int most = 200) {
    while (!done() && most-- > 0) step(box);
  }

private:
  // Calls that all fail reach little. So arguments are mostly of a few values that meet each other, and now
  // and then anything.
  bool mostly() { return byte() < 224; }

  void path(Path &p) {
    static const char *const usual[] = {"a", "b", "cc", "dir-with-a-name"};
    static const char *const names[] = {"a", "b", "cc",  "dir-with-a-name", "..", ".", "dev", "fd", "0",
                                        "3", "f", "null"};
    bool common = mostly();
    u32 shape = byte();
    std::string s = shape & 1 ? "/" : "";
    u32 parts = common ? (shape & 6 ? 1 : 2) : 1 + (shape >> 1 & 3);
    for (u32 i = 0; i < parts; ++i) {
      if (i) s += '/';
      u32 which = byte();
      if (common)
        s += usual[which % std::size(usual)];
      else if (which == 255)
        s += std::string(word() % 300, 'n');
      else if (which >= 250)
        s += static_cast<char>(1 + byte() % 255);
      else
        s += names[which % std::size(names)];
    }
    if (!common && shape & 64) s += '/';
    if (!common && shape >= 250) s.clear();
    (void)p.assign(s.data(), static_cast<u32>(s.size()));
  }

  At start(Sandbox &box) {
    u32 flags = byte(), fd = flags >> 2;
    FdSlot *slot = fd < 12 ? fd_slot(box.fs(), fd) : nullptr;
    InodeId dir = slot ? ofd_of(box.fs(), *slot).inode : 0;
    return {dir ? dir : fd & 1 ? box.fs().root : box.fs().cwd, flags & 3};
  }

  Fd fd() { return mostly() ? byte() % 8 : byte() % 48; }
  u32 open_mode() { return mostly() ? 0777 : word(); }
  u32 open_flags_word() {
    using namespace open_flags;
    static const u32 usual[] = {rd,
                                wr | create,
                                rd | wr,
                                rd | wr | create,
                                rd | wr | create,
                                rd | wr | create | trunc,
                                wr | create | append,
                                rd | wr | create | excl,
                                rd | open_flags::directory,
                                rd | wr | open_flags::tmpfile};
    return mostly() ? usual[byte() % std::size(usual)] : word() & 0x7fff;
  }

  AppPtr buffer(Sandbox &box, u32 len) { return static_cast<AppPtr>(box.app.size() - len - (byte() & 15)); }
  u32 length(Sandbox &box) { return static_cast<u32>(number() % (box.app.size() / 2)); }
  SetTime time() { return {static_cast<SetTime::How>(byte() % 3), static_cast<i64>(number())}; }

  void step(Sandbox &box) {
    u32 call = byte() % Reach::kCalls;
    bool succeeded = call < 20 ? on_descriptor(box, call) : on_path(box, call);
    Reach::of_this_run().note(call, succeeded);
  }

  static bool ok(Errno e) { return e == Errno::ok; }
  template <class T> static bool ok(const Result<T> &r) { return r.ok(); }

  bool on_path(Sandbox &box, u32 call) {
    Fs &fs = box.fs();
    path(one_);
    At a = start(box);
    switch (call) {
    case 20:
    case 21:
    case 22:
    case 23:
    case 24: {
      u32 flags = open_flags_word();
      return ok(open(fs, a, one_, flags, open_mode()));
    }
    case 25:
      return ok(mkdir_at(fs, a, one_, open_mode()));
    case 26:
      return ok(mkdir_at(fs, a, one_, 0777));
    case 27:
      return ok(rmdir_at(fs, a, one_));
    case 28:
    case 29:
      return ok(unlink_at(fs, a, one_));
    case 30:
      path(two_);
      return ok(link_at(fs, a, one_, start(box), two_));
    case 31:
      path(two_);
      return ok(symlink_at(fs, two_, a, one_, byte() & 1));
    case 32:
    case 33:
    case 34: {
      path(two_);
      At b = start(box);
      return ok(rename_at(fs, a, one_, b, two_, byte() % 5));
    }
    case 35:
      return ok(readlink_at(fs, a, one_, buffer(box, 4096), word() % 4097));
    case 36:
      return ok(stat_at(fs, a, one_, stat_));
    case 37:
      return ok(truncate_at(fs, a, one_, number()));
    case 38:
      return ok(chmod_at(fs, a, one_, open_mode()));
    case 39: {
      u32 uid = byte() - 1, gid = byte() - 1;
      return ok(chown_at(fs, a, one_, uid, gid));
    }
    case 40:
      return ok(access_at(fs, a, one_, mostly() ? 4 : byte() & 15));
    case 41: {
      SetTime atime = time(), mtime = time();
      return ok(utimens_at(fs, a, one_, atime, mtime));
    }
    case 42:
      return ok(chdir_at(fs, a, one_));
    case 43:
      return ok(dir_path(fs, fs.cwd, two_));
    case 44: {
      u32 uid = mostly() ? 0 : byte() % 3, gid = byte() % 3;
      box.become(uid, gid);
      return true;
    }
    case 45:
      fs.change(fs.umask) = mostly() ? 022 : word() & 0777;
      return true;
    case 46:
      box.refuse_growth = !mostly();
      return true;
    default: {
      StatFs s;
      statfs(fs, s);
      return true;
    }
    }
  }

  bool on_descriptor(Sandbox &box, u32 call) {
    Fs &fs = box.fs();
    Fd fd = this->fd(), other = this->fd();
    if (call == 0) return ok(close(fs, fd));
    if (call == 1) return ok(dup(fs, fd, other));
    if (call == 2) return ok(dup2(fs, fd, other));
    if (call == 3) return ok(renumber(fs, fd, other));
    if (call == 4) {
      u32 host_fd = byte();
      u64 rights = number();
      return ok(open_host(fs, host_fd, rights, number()));
    }
    FdSlot *slot = fd_slot(fs, fd);
    if (!slot) return false;
    Ofd &o = ofd_of(fs, *slot);
    u32 len = length(box);
    AppPtr p = buffer(box, len);
    switch (call) {
    case 5:
      return ok(read(fs, o, p, len));
    case 6:
    case 7:
      return ok(write(fs, o, p, len));
    case 8:
      return ok(pread(fs, o, p, len, number()));
    case 9:
      return ok(pwrite(fs, o, p, len, number()));
    case 10: {
      u64 delta = number();
      if (byte() & 1) delta = 0 - delta;
      return ok(seek(fs, o, static_cast<i64>(delta), static_cast<Whence>(byte() % 5)));
    }
    case 11:
      return ok(ftruncate(fs, o, number()));
    case 12: {
      u64 offset = number(), length = number();
      return ok(fallocate(fs, o, byte() & 3, offset, length));
    }
    case 13: {
      FdSlot *to = fd_slot(fs, other);
      u64 from = number(), at = number();
      bool explicit_offsets = byte() & 1;
      return to && ok(copy_range(fs, o, explicit_offsets ? &from : nullptr, ofd_of(fs, *to),
                                 explicit_offsets ? &at : nullptr, len));
    }
    case 14:
      return ok(fsync(fs, o));
    case 15:
      return ok(flock(fs, o, static_cast<Lock>(byte() % 3)));
    case 16: {
      if (byte() & 1) return ok(fchmod(fs, o, open_mode()));
      u32 uid = byte() - 1, gid = byte() - 1;
      return ok(fchown(fs, o, uid, gid));
    }
    case 17:
      return ok(fstat(fs, o, stat_));
    case 18: {
      if (byte() & 1) return ok(fchdir(fs, o));
      if (o.inode && is_dir(fs.inode(o.inode)) && byte() & 1) {
        u64 rights = number();
        return ok(open_preopen(fs, o.inode, StrView("/name"), rights, number()));
      }
      SetTime atime = time(), mtime = time();
      return ok(futimens(fs, o, atime, mtime));
    }
    default:
      return list(fs, o);
    }
  }

  bool list(Fs &fs, Ofd &o) {
    if (!o.inode || !is_dir(fs.inode(o.inode))) return false;
    DirCursor cursor = dir_seek(fs, o, mostly() ? 0 : number());
    DirEntry e;
    unsigned sum = 0, entries = 0;
    for (; dir_next(fs, o, cursor, e); ++entries)
      for (u32 i = 0; i < e.name.len; ++i) sum += static_cast<unsigned char>(e.name.ptr[i]);
    checksum_ += sum;
    return entries > 0;
  }

  const uint8_t *at_, *end_;
  Path one_, two_;
  Stat stat_;
  volatile unsigned checksum_ = 0; // so that names are really read
};

} // namespace mayfly::fuzz
