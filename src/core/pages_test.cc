// File data: inline, own pages, packed content, holes; and the calls that change which is which.
#include <gtest/gtest.h>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

struct PagesTest : testing::Test {
  PagesTest() : packed(100'000) {
    for (size_t i = 0; i < packed.size(); ++i) packed[i] = static_cast<uint8_t>('A' + i % 61);
    box.content = packed.data();
    box.content_bytes = static_cast<u32>(packed.size());
    box.fs().content_bytes = box.content_bytes;
  }
  ~PagesTest() override { EXPECT_EQ(box.unsound(), ""); }

  Fd file(const char *name = "f") { return box.must_open(name, rd | wr | create); }
  // A file whose bytes are packed[off, off + len).
  Fd packed_file(u32 off, u32 len, const char *name = "p") {
    Sandbox::must(pack_file(box.fs(), Sandbox::path(name), {0644, 0, 0, 0}, off, len));
    return box.must_open(name, rd | wr);
  }
  std::string content(u32 off, u32 len) {
    return std::string(packed.begin() + off, packed.begin() + off + len);
  }
  std::string all(Fd fd) { return box.pread(fd, static_cast<u32>(box.fstat(fd).size), 0); }
  u32 pages() { return box.fs().pages_used; }
  Errno set_size(Fd fd, u64 size) { return ftruncate(box.fs(), box.ofd(fd), size); }
  Errno punch(Fd fd, u64 at, u64 len) {
    return fallocate(box.fs(), box.ofd(fd), fallocate_mode::punch_hole | fallocate_mode::keep_size, at, len);
  }

  std::vector<uint8_t> packed;
  Sandbox box;
};

TEST_F(PagesTest, EverySizeAroundTheBordersKeepsItsBytes) {
  for (u32 size : {1u, 63u, 64u, 65u, 4095u, 4096u, 4097u, 8192u, 20000u, 70000u}) {
    std::string data;
    for (u32 i = 0; i < size; ++i) data += static_cast<char>('a' + i % 23);
    box.put("f", data);
    EXPECT_EQ(box.get("f"), data) << size;
    EXPECT_EQ(box.stat("f").size, size);
    EXPECT_EQ(box.stat("f").blocks, (size + 4095) / 4096 * 8) << size;
  }
}

TEST_F(PagesTest, SparseFilesReachTheLargestOffset) {
  Fd fd = file();
  u32 before = pages();
  u64 last = kFileSizeMax - 1;
  EXPECT_EQ(Sandbox::must(box.pwrite(fd, "x", last)), 1u);
  EXPECT_EQ(box.fstat(fd).size, kFileSizeMax);
  EXPECT_EQ(box.pread(fd, 1, last), "x");
  EXPECT_EQ(box.pread(fd, 4, u64{1} << 50), std::string(4, '\0'));
  EXPECT_EQ(box.pwrite(fd, "x", kFileSizeMax).error(), Errno::inval); // as Linux, not EFBIG
  EXPECT_EQ(box.pwrite(fd, "x", kFileSizeMax + 1).error(), Errno::inval);
  EXPECT_EQ(mayfly::pread(box.fs(), box.ofd(fd), 0, 1, kFileSizeMax + 1).error(), Errno::inval);
  EXPECT_LE(pages() - before, 8u);
  EXPECT_EQ(set_size(fd, kFileSizeMax), Errno::ok);
  EXPECT_EQ(set_size(fd, kFileSizeMax + 1), Errno::inval);
  EXPECT_EQ(set_size(fd, 0), Errno::ok);
  EXPECT_EQ(pages(), before);
}

// A file of several leaves whose pages lie one behind the other: what is told about runs (kRun) must stay true, and
// every byte in its place, whatever is cut out of them.
struct RunsTest : PagesTest {
  static constexpr u32 kLeafBytes = kNodeEntries * kPageBytes, kBytes = 3 * kLeafBytes + 5000;

  RunsTest() : fd(file()), model(kBytes, 0) { fill(); }
  void fill() {
    for (u32 at = 0; at < kBytes; at += 64 << 10) put(at, std::min<u32>(64 << 10, kBytes - at));
  }
  void put(u64 at, u32 len) {
    std::string data;
    for (u32 i = 0; i < len; ++i) data += static_cast<char>('a' + (at + i * 7 + i / 4096) % 25);
    Sandbox::must(box.pwrite(fd, data, at));
    if (at + len > model.size()) model.resize(at + len);
    model.replace(at, len, data);
  }
  u32 runs() {
    const FileData &f = box.fs().inode(box.ofd(fd).inode).file;
    u32 n = 0;
    for (u32 at = 0; f.height == 2 && at < kNodeEntries; ++at) n += box.fs().at<u32>(f.root)[at] & kRun;
    return n;
  }
  void check(const char *what) {
    ASSERT_EQ(box.unsound(), "") << what;
    ASSERT_EQ(box.fstat(fd).size, model.size()) << what;
    for (size_t at = 0; at < model.size(); at += 300'000) {
      u32 len = static_cast<u32>(std::min<size_t>(300'000, model.size() - at));
      ASSERT_TRUE(box.pread(fd, len, at) == model.substr(at, len)) << what << " at " << at;
    }
  }

  Fd fd;
  std::string model;
};

TEST_F(RunsTest, SurviveWritesAndLooks) {
  EXPECT_GE(runs(), 2u); // the page maps may have moved into one of the three
  check("written");
  put(kLeafBytes - 100, 9000);
  put(2 * kLeafBytes + 12345, 70'000);
  check("overwritten");
  EXPECT_GE(runs(), 2u);
}

TEST_F(RunsTest, EndWhereHolesArePunched) {
  u32 before = runs();
  ASSERT_EQ(punch(fd, kLeafBytes + 5000, 20'000), Errno::ok);
  model.replace(kLeafBytes + 5000, 20'000, 20'000, '\0');
  EXPECT_LT(runs(), before);
  check("punched");
  put(kLeafBytes, 40'000);
  check("filled again");
}

TEST_F(RunsTest, EndWhereTheFileIsCut) {
  u32 before = runs();
  for (u32 size : {2 * kLeafBytes + 4096, kLeafBytes + 77, kLeafBytes, 4097u, 0u}) {
    ASSERT_EQ(set_size(fd, size), Errno::ok);
    model.resize(size);
    check("cut");
  }
  EXPECT_LT(runs(), before);
  fill();
  check("written anew");
}

TEST_F(RunsTest, EndWhenTheMapGrowsHigher) {
  Sandbox::must(box.pwrite(fd, "x", u64{5} << 30));
  EXPECT_EQ(runs(), 0u);
  ASSERT_EQ(box.unsound(), "");
  EXPECT_EQ(box.pread(fd, 70'000, kLeafBytes - 30'000), model.substr(kLeafBytes - 30'000, 70'000));
  ASSERT_EQ(set_size(fd, kBytes), Errno::ok);
  check("cut back");
}

TEST_F(PagesTest, OneByteAtATebibyteCostsFewPages) {
  Fd fd = file();
  u32 before = pages();
  Sandbox::must(box.pwrite(fd, "x", u64{1} << 40));
  EXPECT_LE(pages() - before, 6u);
  EXPECT_EQ(box.fstat(fd).blocks, 8u);
  Sandbox::must(box.pwrite(fd, "y", 0));
  EXPECT_LE(pages() - before, 9u);
  EXPECT_EQ(box.pread(fd, 1, u64{1} << 40), "x");
  EXPECT_EQ(box.pread(fd, 2, 0), std::string("y\0", 2));
}

TEST_F(PagesTest, ReadsStopAtTheEnd) {
  Fd fd = file();
  Sandbox::must(box.write(fd, "abcdef"));
  EXPECT_EQ(box.pread(fd, 100, 4), "ef");
  EXPECT_EQ(box.pread(fd, 100, 6), "");
  EXPECT_EQ(box.pread(fd, 100, 1000), "");
  EXPECT_EQ(box.pread(fd, 0, 0), "");
  EXPECT_EQ(box.read(fd, 10), "");
}

TEST_F(PagesTest, PackedBytesAreReadInPlaceAtAnyAlignment) {
  u32 before = pages();
  Fd fd = packed_file(777, 20'000);
  EXPECT_EQ(all(fd), content(777, 20'000));
  EXPECT_EQ(box.pread(fd, 5000, 4090), content(777 + 4090, 5000));
  EXPECT_EQ(box.pread(fd, 5000, 19'999), content(777 + 19'999, 1));
  EXPECT_LE(pages() - before, 3u) << "packed bytes take no pages";
  EXPECT_EQ(box.fstat(fd).blocks, 5u * 8);
}

TEST_F(PagesTest, AWriteIntoPackedBytesCopiesOnlyItsPages) {
  for (u32 at : {0u, 1u, 4095u, 4096u, 9000u, 19'990u}) {
    for (u32 len : {1u, 10u, 4096u, 5000u}) {
      Fd fd = packed_file(3, 20'000);
      u32 before = pages();
      std::string expected = content(3, 20'000), data(len, '!');
      if (expected.size() < at + len) expected.resize(at + len);
      expected.replace(at, len, data);
      Sandbox::must(box.pwrite(fd, data, at));
      ASSERT_EQ(all(fd), expected) << at << "+" << len;
      EXPECT_LE(pages() - before, len / 4096 + 3);
      ASSERT_EQ(box.unsound(), "");
      Sandbox::must(box.close(fd));
      Sandbox::must(box.unlink("p"));
    }
  }
}

TEST_F(PagesTest, CuttingPackedBytesForgetsThemForGood) {
  for (u32 cut : {0u, 1u, 64u, 4096u, 5000u, 19'999u}) {
    Fd fd = packed_file(0, 20'000);
    ASSERT_EQ(set_size(fd, cut), Errno::ok);
    EXPECT_EQ(all(fd), content(0, cut));
    ASSERT_EQ(set_size(fd, 30'000), Errno::ok);
    EXPECT_EQ(all(fd), content(0, cut) + std::string(30'000 - cut, '\0')) << cut;
    Sandbox::must(box.pwrite(fd, "z", 25'000));
    EXPECT_EQ(box.pread(fd, 3, 24'999), std::string("\0z\0", 3));
    ASSERT_EQ(box.unsound(), "");
    Sandbox::must(box.close(fd));
    Sandbox::must(box.unlink("p"));
  }
}

TEST_F(PagesTest, CuttingOwnBytesForgetsThemForGood) {
  for (u32 size : {10u, 64u, 100u, 5000u, 9000u}) {
    for (u32 cut : {0u, 5u, 63u, 64u, 4097u}) {
      if (cut > size) continue;
      box.put("f", std::string(size, 'o'));
      EXPECT_EQ(box.truncate("f", cut), Errno::ok);
      EXPECT_EQ(box.truncate("f", 10'000), Errno::ok);
      EXPECT_EQ(box.get("f"), std::string(cut, 'o') + std::string(10'000 - cut, '\0')) << size << " " << cut;
      ASSERT_EQ(box.unsound(), "");
    }
  }
}

TEST_F(PagesTest, AppendingWritesAtTheEndAndLeavesTheOffsetThere) {
  box.put("f", "one");
  Fd a = box.must_open("f", wr | append), b = box.must_open("f", rd | wr);
  Sandbox::must(box.write(a, "two"));
  EXPECT_EQ(Sandbox::must(box.seek(a, 0, Whence::cur)), 6u);
  Sandbox::must(box.seek(b, 0, Whence::end));
  Sandbox::must(box.write(b, "three"));
  Sandbox::must(box.write(a, "four"));
  EXPECT_EQ(Sandbox::must(box.seek(a, 0, Whence::cur)), 15u);
  Sandbox::must(box.pwrite(a, "!", 0)); // as Linux: appends
  EXPECT_EQ(Sandbox::must(box.seek(a, 0, Whence::cur)), 15u);
  EXPECT_EQ(box.get("f"), "onetwothreefour!");
}

TEST_F(PagesTest, SeekKnowsDataAndHoles) {
  Fd fd = file();
  Sandbox::must(box.pwrite(fd, std::string(4096, 'x'), 8192));
  Sandbox::must(box.pwrite(fd, "y", 1 << 30));
  auto seek = [&](i64 at, Whence whence) {
    Result<u64> r = box.seek(fd, at, whence);
    return r.ok() ? std::to_string(r.value()) : errno_name(r.error());
  };
  EXPECT_EQ(seek(0, Whence::data), "8192");
  EXPECT_EQ(seek(0, Whence::hole), "0");
  EXPECT_EQ(seek(9000, Whence::data), "9000");
  EXPECT_EQ(seek(9000, Whence::hole), "12288");
  EXPECT_EQ(seek(12288, Whence::data), "1073741824");
  EXPECT_EQ(seek(1 << 30, Whence::hole), "1073741825"); // the end is a hole
  EXPECT_EQ(seek((1 << 30) + 1, Whence::data), "nxio");
  EXPECT_EQ(seek((1 << 30) + 1, Whence::hole), "nxio");
  EXPECT_EQ(seek(-1, Whence::data), "nxio");
  EXPECT_EQ(seek(-1, Whence::set), "inval");
  EXPECT_EQ(seek(-2000000000, Whence::end), "inval");
  EXPECT_EQ(seek(0x7fff'ffff'ffff'ffff, Whence::end), "inval");
  EXPECT_EQ(seek(0x7fff'ffff'ffff'ffff, Whence::set), "9223372036854775807");
  Fd packed = packed_file(0, 10'000);
  EXPECT_EQ(Sandbox::must(box.seek(packed, 100, Whence::data)), 100u);
  EXPECT_EQ(Sandbox::must(box.seek(packed, 100, Whence::hole)), 10'000u);
}

TEST_F(PagesTest, PunchedHolesReadAsZerosAndGivePagesBack) {
  Fd own = file();
  Sandbox::must(box.pwrite(own, std::string(40'000, 'x'), 0));
  Fd packed = packed_file(0, 40'000);
  for (Fd fd : {own, packed}) {
    std::string expected = all(fd);
    u64 blocks = box.fstat(fd).blocks;
    for (auto [at, len] :
         {std::pair<u64, u64>{10, 20}, {4000, 200}, {8192, 4096}, {12'000, 10'000}, {39'000, 9000}}) {
      ASSERT_EQ(punch(fd, at, len), Errno::ok);
      for (u64 i = at; i < at + len && i < expected.size(); ++i) expected[i] = '\0';
      ASSERT_EQ(all(fd), expected) << at;
      ASSERT_EQ(box.unsound(), "");
    }
    EXPECT_LT(box.fstat(fd).blocks, blocks);
    EXPECT_EQ(Sandbox::must(box.seek(fd, 8192, Whence::hole)), 8192u);
    Sandbox::must(box.pwrite(fd, "again", 9000));
    expected.replace(9000, 5, "again");
    EXPECT_EQ(all(fd), expected);
    EXPECT_EQ(punch(fd, 0, kFileSizeMax), Errno::ok);
    EXPECT_EQ(all(fd), std::string(40'000, '\0'));
    EXPECT_EQ(box.fstat(fd).blocks, 0u);
  }
}

TEST_F(PagesTest, AllocatingTakesPagesAndNeverChangesBytes) {
  Fd fd = file();
  Sandbox::must(box.pwrite(fd, "hello", 5000));
  Ofd &o = box.ofd(fd);
  EXPECT_EQ(fallocate(box.fs(), o, fallocate_mode::keep_size, 0, 50'000), Errno::ok);
  EXPECT_EQ(box.fstat(fd).size, 5005u);
  EXPECT_EQ(box.fstat(fd).blocks, 13u * 8);
  EXPECT_EQ(fallocate(box.fs(), o, 0, 0, 20'000), Errno::ok);
  EXPECT_EQ(box.fstat(fd).size, 20'000u);
  std::string expected(20'000, '\0');
  expected.replace(5000, 5, "hello");
  EXPECT_EQ(all(fd), expected);
  EXPECT_EQ(fallocate(box.fs(), o, 0, 0, 0), Errno::inval);
  EXPECT_EQ(fallocate(box.fs(), o, 0, kFileSizeMax, 1), Errno::fbig);
  EXPECT_EQ(fallocate(box.fs(), o, 0, kFileSizeMax + 1, 1), Errno::inval);
  EXPECT_EQ(fallocate(box.fs(), o, fallocate_mode::punch_hole, 0, 1), Errno::notsup);
  EXPECT_EQ(fallocate(box.fs(), o, 8, 0, 1), Errno::notsup);
  EXPECT_EQ(fallocate(box.fs(), o, 0, 0, u64{1} << 45), Errno::nospc);
  EXPECT_EQ(all(fd), expected);
  EXPECT_EQ(fallocate(box.fs(), box.ofd(box.must_open("f")), 0, 0, 1), Errno::badf);
  EXPECT_EQ(fallocate(box.fs(), box.ofd(box.must_open("/", rd | directory)), 0, 0, 1), Errno::badf);
}

TEST_F(PagesTest, CopyRangeBetweenEveryKindOfFile) {
  Fd inside = file("small"), own = file("own"), packed = packed_file(5, 30'000);
  Sandbox::must(box.pwrite(inside, "inline bytes", 0));
  Sandbox::must(box.pwrite(own, std::string(30'000, 'o'), 0));
  for (Fd from : {inside, own, packed}) {
    for (u64 at : {0u, 5u, 4000u}) {
      for (u64 to : {0u, 7u, 5000u}) {
        Fd target = file("target");
        Sandbox::must(box.pwrite(target, "previous", 0));
        std::string source = all(from), expected = all(target);
        std::string piece = at < source.size() ? source.substr(at, 9000) : "";
        if (!piece.empty() && expected.size() < to + piece.size()) expected.resize(to + piece.size());
        if (!piece.empty()) expected.replace(to, piece.size(), piece);
        u64 in = at, out = to;
        Result<u32> n = copy_range(box.fs(), box.ofd(from), &in, box.ofd(target), &out, 9000);
        ASSERT_EQ(Sandbox::must(n), piece.size());
        EXPECT_EQ(in, at + piece.size());
        EXPECT_EQ(out, to + piece.size());
        ASSERT_EQ(all(target), expected);
        ASSERT_EQ(box.unsound(), "");
        Sandbox::must(box.close(target));
        Sandbox::must(box.unlink("target"));
      }
    }
  }
}

TEST_F(PagesTest, CopyRangeErrors) {
  Fd f = file(), read_only = box.must_open("f"), appending = box.must_open("f", wr | append);
  Fd dir = box.must_open("/", rd | directory);
  Sandbox::must(box.pwrite(f, std::string(100, 'x'), 0));
  auto copy = [&](Fd in, u64 from, Fd out, u64 to, u32 len) {
    return copy_range(box.fs(), box.ofd(in), &from, box.ofd(out), &to, len).error();
  };
  EXPECT_EQ(copy(f, 0, read_only, 0, 1), Errno::badf);
  EXPECT_EQ(copy(f, 0, appending, 0, 1), Errno::badf);
  EXPECT_EQ(copy(appending, 0, f, 0, 1), Errno::badf);
  EXPECT_EQ(copy(f, 0, dir, 0, 1), Errno::isdir);
  EXPECT_EQ(copy(f, 0, f, 50, 60), Errno::inval); // overlap after the cut at the end? [0,60) and [50,110)
  EXPECT_EQ(copy(f, 0, f, 0, 1), Errno::inval);
  EXPECT_EQ(copy(f, 0, f, 100, 100), Errno::ok);
  EXPECT_EQ(copy(f, 1000, f, 0, 100), Errno::ok);
  EXPECT_EQ(copy(f, 0, f, kFileSizeMax, 1), Errno::fbig);
  EXPECT_EQ(copy(f, kFileSizeMax + 1, f, 0, 1), Errno::inval);
  // Without offsets the positions are used and moved.
  Fd target = file("g");
  Sandbox::must(box.seek(f, 10, Whence::set));
  EXPECT_EQ(Sandbox::must(copy_range(box.fs(), box.ofd(f), nullptr, box.ofd(target), nullptr, 20)), 20u);
  EXPECT_EQ(Sandbox::must(box.seek(f, 0, Whence::cur)), 30u);
  EXPECT_EQ(Sandbox::must(box.seek(target, 0, Whence::cur)), 20u);
}

TEST_F(PagesTest, DataCallsOnDirectories) {
  Fd fd = box.must_open("/", rd | directory);
  Ofd &o = box.ofd(fd);
  EXPECT_EQ(mayfly::read(box.fs(), o, 0, 1).error(), Errno::isdir);
  EXPECT_EQ(mayfly::pread(box.fs(), o, 0, 1, 0).error(), Errno::isdir);
  EXPECT_EQ(mayfly::write(box.fs(), o, 0, 1).error(), Errno::badf);
  EXPECT_EQ(mayfly::pwrite(box.fs(), o, 0, 1, 0).error(), Errno::badf);
  EXPECT_EQ(ftruncate(box.fs(), o, 0), Errno::inval);
  EXPECT_EQ(box.truncate("/", 0), Errno::isdir);
  EXPECT_EQ(fsync(box.fs(), o), Errno::ok);
  for (Whence w : {Whence::end, Whence::data, Whence::hole})
    EXPECT_EQ(seek(box.fs(), o, 0, w).error(), Errno::inval);
  EXPECT_EQ(Sandbox::must(seek(box.fs(), o, 0, Whence::set)), 0u);
}

TEST_F(PagesTest, WhoCannotWriteCannotTruncate) {
  box.put("f", "abc");
  EXPECT_EQ(set_size(box.must_open("f"), 0), Errno::inval);
  EXPECT_EQ(box.write(box.must_open("f"), "x").error(), Errno::badf);
  EXPECT_EQ(mayfly::read(box.fs(), box.ofd(box.must_open("f", wr)), 0, 1).error(), Errno::badf);
  box.become(1, 1);
  EXPECT_EQ(box.truncate("f", 0), Errno::acces);
  EXPECT_EQ(box.truncate("missing", 0), Errno::noent);
  EXPECT_EQ(box.truncate("f", kFileSizeMax + 1), Errno::inval);
}

TEST_F(PagesTest, FreedPagesAreZeroAndUsedAgain) {
  Fd fd = file();
  u32 size = 0, before = pages();
  for (int round = 0; round < 50; ++round) {
    Sandbox::must(box.pwrite(fd, std::string(300'000, 's'), 0));
    if (round == 0) size = box.fs().size;
    Sandbox::must(Result<u32>(set_size(fd, 0) == Errno::ok ? Result<u32>(0u) : Result<u32>(Errno::io)));
    EXPECT_LE(pages(), before + 1) << "an empty page of small objects may stay";
  }
  EXPECT_EQ(box.fs().size, size) << "space is used again";
  auto bytes = box.bytes();
  std::string secret(64, 's');
  EXPECT_EQ(std::search(bytes.begin(), bytes.end(), secret.begin(), secret.end()), bytes.end());
}

// Bytes of the caller's own go the same ways as the application's memory.
TEST_F(PagesTest, SpansMoveTheSameBytes) {
  Fd by_span = packed_file(0, 50'000, "s"), by_app = packed_file(0, 50'000, "a");
  uint64_t state = 1;
  auto draw = [&](uint64_t below) { return (state = state * 6364136223846793005u + 1442695040888963407u, (state >> 33) % below); };
  std::string bytes(20'000, '\0');
  for (int step = 0; step < 400; ++step) {
    u64 at = draw(3) ? draw(70'000) : draw(20) * kPageBytes;
    u32 len = static_cast<u32>(draw(4) ? draw(200) : draw(bytes.size()));
    for (u32 i = 0; i < len; ++i) bytes[i] = static_cast<char>('a' + draw(26));
    if (draw(8) == 0) {
      Sandbox::must(set_size(by_span, at));
      Sandbox::must(set_size(by_app, at));
    } else if (draw(8) == 0) {
      Sandbox::must(punch(by_span, at, len + 1));
      Sandbox::must(punch(by_app, at, len + 1));
    } else {
      EXPECT_EQ(Sandbox::must(pwrite(box.fs(), box.ofd(by_span), StrView(bytes.data(), len), at)), len);
      std::memcpy(box.app.data(), bytes.data(), len);
      EXPECT_EQ(Sandbox::must(pwrite(box.fs(), box.ofd(by_app), Sandbox::kBuffer, len, at)), len);
    }
    ASSERT_EQ(all(by_span), all(by_app)) << step;
    u64 from = draw(70'000);
    std::string got(len + 2, '!');
    u32 n = Sandbox::must(pread(box.fs(), box.ofd(by_span), ByteSpan{got.data() + 1, len}, from));
    EXPECT_EQ(got.substr(1, n), box.pread(by_app, len, from));
    EXPECT_EQ(got.front(), '!');
    EXPECT_EQ(got[n + 1], '!');
  }
}

TEST_F(PagesTest, SpansMoveTheOffsetAndAnswerTheSameErrors) {
  Fd fd = file();
  EXPECT_EQ(Sandbox::must(mayfly::write(box.fs(), box.ofd(fd), StrView("one"))), 3u);
  EXPECT_EQ(Sandbox::must(mayfly::write(box.fs(), box.ofd(fd), StrView("two"))), 3u);
  EXPECT_EQ(seek(box.fs(), box.ofd(fd), 1, Whence::set).value(), 1u);
  char two[2];
  EXPECT_EQ(Sandbox::must(mayfly::read(box.fs(), box.ofd(fd), ByteSpan{two, 2})), 2u);
  EXPECT_EQ(std::string(two, 2), "ne");
  EXPECT_EQ(Sandbox::must(mayfly::read(box.fs(), box.ofd(fd), ByteSpan{two, 2})), 2u);
  EXPECT_EQ(std::string(two, 2), "tw");
  Fd only = box.must_open("f", rd);
  EXPECT_EQ(mayfly::write(box.fs(), box.ofd(only), StrView("x")).error(), Errno::badf);
  Fd dir = box.must_open("/", rd);
  EXPECT_EQ(mayfly::read(box.fs(), box.ofd(dir), ByteSpan{two, 2}).error(), Errno::isdir);
  EXPECT_EQ(pread(box.fs(), box.ofd(fd), ByteSpan{two, 2}, kFileSizeMax + 1).error(), Errno::inval);
}

} // namespace
} // namespace mayfly
