// Arbitrary bytes as a sequence of calls of the core: what core_fuzz and verify_fuzz share.
// Every operation of vfs.h is reachable, with paths over a few names so that calls meet.
#pragma once
#include <cstdint>
#include <string>

#include "core/test_support.h"

namespace mayfly::fuzz {

class Script {
public:
  Script(const uint8_t *bytes, size_t size) : at_(bytes), end_(bytes + size) {}
  bool done() const { return at_ == end_; }
  u32 byte() { return at_ == end_ ? 0 : *at_++; }
  u32 word() { return byte() | byte() << 8; }
  u64 number() { // sizes and offsets: small, around pages, or huge
    u32 kind = byte();
    if (kind < 80) return byte();
    if (kind < 140) return (byte() & 7) * u64{4096} + (byte() & 3) - 1;
    if (kind < 200) return word();
    if (kind < 230) return u64{word()} << (byte() & 63);
    return 0x7fff'ffff'ffff'ffffull - byte();
  }

  // Runs until the bytes are used up, at most `most` calls.
  void run(Sandbox &box, int most = 200) {
    while (!done() && most-- > 0) step(box);
  }

private:
  void path(Path &p) {
    static const char *const names[] = {"a", "b", "cc",  "dir-with-a-name", "..", ".", "dev", "fd", "0",
                                        "3", "f", "null"};
    std::string s = byte() & 1 ? "/" : "";
    u32 parts = 1 + (byte() & 3);
    for (u32 i = 0; i < parts; ++i) {
      if (i) s += '/';
      u32 which = byte();
      if (which == 255)
        s += std::string(word() % 300, 'n');
      else if (which == 254)
        s += static_cast<char>(1 + byte() % 255);
      else
        s += names[which % std::size(names)];
    }
    if (byte() % 8 == 0) s += '/';
    if (byte() == 77) s.clear();
    (void)p.assign(s.data(), static_cast<u32>(s.size()));
  }

  At start(Sandbox &box) {
    u32 flags = byte() & 3, fd = byte() % 24;
    FdSlot *slot = fd < 12 ? fd_slot(box.fs(), fd) : nullptr;
    InodeId dir = slot ? ofd_of(box.fs(), *slot).inode : 0;
    return {dir ? dir : fd & 1 ? box.fs().root : box.fs().cwd, flags};
  }

  AppPtr buffer(Sandbox &box, u32 len) { return static_cast<AppPtr>(box.app.size() - len - (byte() & 15)); }
  u32 length(Sandbox &box) { return static_cast<u32>(number() % (box.app.size() / 2)); }
  SetTime time() { return {static_cast<SetTime::How>(byte() % 3), static_cast<i64>(number())}; }

  void step(Sandbox &box) {
    Fs &fs = box.fs();
    u32 call = byte() % 48;
    if (call < 20) return on_descriptor(box, call);
    path(one_);
    At a = start(box);
    switch (call) {
    case 20:
    case 21:
    case 22:
    case 23:
    case 24:
      (void)open(fs, a, one_, word() & 0x3fff, word());
      break;
    case 25:
      (void)mkdir_at(fs, a, one_, word());
      break;
    case 26:
      (void)mkdir_at(fs, a, one_, 0777);
      break;
    case 27:
      (void)rmdir_at(fs, a, one_);
      break;
    case 28:
    case 29:
      (void)unlink_at(fs, a, one_);
      break;
    case 30:
      path(two_), (void)link_at(fs, a, one_, start(box), two_);
      break;
    case 31:
      path(two_), (void)symlink_at(fs, two_, a, one_, byte() & 1);
      break;
    case 32:
    case 33:
    case 34: {
      path(two_);
      At b = start(box);
      (void)rename_at(fs, a, one_, b, two_, byte() % 5);
      break;
    }
    case 35:
      (void)readlink_at(fs, a, one_, buffer(box, 4096), word() % 4097);
      break;
    case 36:
      (void)stat_at(fs, a, one_, stat_);
      break;
    case 37:
      (void)truncate_at(fs, a, one_, number());
      break;
    case 38:
      (void)chmod_at(fs, a, one_, word());
      break;
    case 39:
      (void)chown_at(fs, a, one_, byte() - 1, byte() - 1);
      break;
    case 40:
      (void)access_at(fs, a, one_, byte() & 15);
      break;
    case 41: {
      SetTime atime = time(), mtime = time();
      (void)utimens_at(fs, a, one_, atime, mtime);
      break;
    }
    case 42:
      (void)chdir_at(fs, a, one_);
      break;
    case 43:
      (void)dir_path(fs, fs.cwd, two_);
      break;
    case 44:
      box.become(byte() % 3, byte() % 3);
      break;
    case 45:
      fs.change(fs.umask) = word() & 0777;
      break;
    case 46:
      box.refuse_growth = byte() & 1;
      break;
    default: {
      StatFs s;
      statfs(fs, s);
    }
    }
  }

  void on_descriptor(Sandbox &box, u32 call) {
    Fs &fs = box.fs();
    Fd fd = byte() % 16, other = byte() % 48;
    if (call == 0) return void(close(fs, fd));
    if (call == 1) return void(dup(fs, fd, other));
    if (call == 2) return void(dup2(fs, fd, other));
    if (call == 3) return void(renumber(fs, fd, other % 16));
    if (call == 4) return void(open_host(fs, byte(), number(), number()));
    FdSlot *slot = fd_slot(fs, fd);
    if (!slot) return;
    Ofd &o = ofd_of(fs, *slot);
    u32 len = length(box);
    AppPtr p = buffer(box, len);
    switch (call) {
    case 5:
      (void)read(fs, o, p, len);
      break;
    case 6:
    case 7:
      (void)write(fs, o, p, len);
      break;
    case 8:
      (void)pread(fs, o, p, len, number());
      break;
    case 9:
      (void)pwrite(fs, o, p, len, number());
      break;
    case 10:
      (void)seek(fs, o, static_cast<i64>(number()) * (byte() & 1 ? -1 : 1), static_cast<Whence>(byte() % 5));
      break;
    case 11:
      (void)ftruncate(fs, o, number());
      break;
    case 12: {
      u64 offset = number(), length = number();
      (void)fallocate(fs, o, byte() & 3, offset, length);
      break;
    }
    case 13: {
      FdSlot *to = fd_slot(fs, other % 16);
      u64 from = number(), at = number();
      bool explicit_offsets = byte() & 1;
      if (to)
        (void)copy_range(fs, o, explicit_offsets ? &from : nullptr, ofd_of(fs, *to),
                         explicit_offsets ? &at : nullptr, len);
      break;
    }
    case 14:
      (void)fsync(fs, o);
      break;
    case 15:
      (void)flock(fs, o, static_cast<Lock>(byte() % 3));
      break;
    case 16: {
      if (byte() & 1)
        (void)fchmod(fs, o, word());
      else
        (void)fchown(fs, o, byte() - 1, byte() - 1);
      break;
    }
    case 17:
      (void)fstat(fs, o, stat_);
      break;
    case 18: {
      if (byte() & 1) return void(fchdir(fs, o));
      if (o.inode && is_dir(fs.inode(o.inode)) && byte() & 1)
        return void(open_preopen(fs, o.inode, StrView("/name"), number(), number()));
      SetTime atime = time(), mtime = time();
      (void)futimens(fs, o, atime, mtime);
      break;
    }
    default:
      list(fs, o);
    }
  }

  void list(Fs &fs, Ofd &o) {
    if (!o.inode || !is_dir(fs.inode(o.inode))) return;
    DirCursor cursor = dir_seek(fs, o, byte() & 1 ? 0 : number());
    DirEntry e;
    unsigned sum = 0;
    while (dir_next(fs, o, cursor, e))
      for (u32 i = 0; i < e.name.len; ++i) sum += static_cast<unsigned char>(e.name.ptr[i]);
    checksum_ += sum;
  }

  const uint8_t *at_, *end_;
  Path one_, two_;
  Stat stat_;
  volatile unsigned checksum_ = 0; // so that names are really read
};

} // namespace mayfly::fuzz
