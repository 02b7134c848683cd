// Descriptors: numbers, sharing, limits, and what happens to files that nobody names any more.
#include "core/fd_table.h"

#include <gtest/gtest.h>
#include <random>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

FormatOptions few_fds(u32 count) {
  FormatOptions o = Sandbox::without_devices();
  o.max_fds = count;
  return o;
}

struct FdTest : testing::Test {
  FdTest() { box.put("f", "0123456789"); }
  ~FdTest() override { EXPECT_EQ(box.unsound(), ""); }
  Sandbox box{few_fds(40)};
};

TEST_F(FdTest, TheLowestFreeNumberIsTaken) {
  for (Fd i = 0; i < 40; ++i) EXPECT_EQ(box.must_open("f"), i);
  EXPECT_EQ(box.open("f", rd).error(), Errno::mfile);
  EXPECT_EQ(box.open("new", wr | create).error(), Errno::mfile);
  EXPECT_EQ(box.exists("new"), Errno::noent) << "EMFILE makes no file";
  EXPECT_EQ(dup(box.fs(), 0, 0).error(), Errno::mfile);
  EXPECT_EQ(box.close(17), Errno::ok);
  EXPECT_EQ(box.close(5), Errno::ok);
  EXPECT_EQ(Sandbox::must(dup(box.fs(), 0, 0)), 5u);
  EXPECT_EQ(box.must_open("f"), 17u);
  for (Fd i = 0; i < 40; ++i) EXPECT_EQ(box.close(i), Errno::ok);
  EXPECT_EQ(box.fs().fd_used, 0u);
}

TEST_F(FdTest, ClosedNumbersAreBad) {
  EXPECT_EQ(box.close(0), Errno::badf);
  EXPECT_EQ(box.close(1000), Errno::badf);
  EXPECT_EQ(box.close(~0u), Errno::badf);
  EXPECT_EQ(dup(box.fs(), 3, 0).error(), Errno::badf);
  EXPECT_EQ(dup2(box.fs(), 3, 4), Errno::badf);
  EXPECT_EQ(renumber(box.fs(), 3, 4), Errno::badf);
  Fd fd = box.must_open("f");
  EXPECT_EQ(box.close(fd), Errno::ok);
  EXPECT_EQ(box.close(fd), Errno::badf);
}

TEST_F(FdTest, DuplicatesShareThePositionAndFlags) {
  Fd a = box.must_open("f"), b = Sandbox::must(dup(box.fs(), a, 0)), c = box.must_open("f");
  EXPECT_EQ(box.read(a, 3), "012");
  EXPECT_EQ(box.read(b, 3), "345");
  EXPECT_EQ(box.read(c, 3), "012");
  EXPECT_EQ(box.close(a), Errno::ok);
  EXPECT_EQ(box.read(b, 3), "678");
}

TEST_F(FdTest, DupTakesTheLowestAtOrAboveAsked) {
  Fd a = box.must_open("f");
  EXPECT_EQ(Sandbox::must(dup(box.fs(), a, 10)), 10u);
  EXPECT_EQ(Sandbox::must(dup(box.fs(), a, 10)), 11u);
  EXPECT_EQ(Sandbox::must(dup(box.fs(), a, 0)), 1u);
  EXPECT_EQ(Sandbox::must(dup(box.fs(), a, 39)), 39u);
  EXPECT_EQ(dup(box.fs(), a, 39).error(), Errno::mfile);
  EXPECT_EQ(dup(box.fs(), a, 40).error(), Errno::inval);
}

TEST_F(FdTest, Dup2ReplacesWhatIsThere) {
  Fd a = box.must_open("f");
  box.put("g", "other");
  Fd g = box.must_open("g");
  EXPECT_EQ(dup2(box.fs(), a, g), Errno::ok);
  EXPECT_EQ(box.read(g, 2), "01");
  EXPECT_EQ(box.read(a, 2), "23");
  EXPECT_EQ(dup2(box.fs(), a, a), Errno::ok);
  EXPECT_EQ(dup2(box.fs(), a, 35), Errno::ok);
  EXPECT_EQ(box.read(35, 2), "45");
  EXPECT_EQ(dup2(box.fs(), a, 40), Errno::badf);
  EXPECT_EQ(dup2(box.fs(), a, ~0u), Errno::badf);
  // The last name of an open file closes it.
  Sandbox::must(box.unlink("g"));
  u32 inodes = box.fs().inodes_used;
  Fd x = box.must_open("x", wr | create);
  Sandbox::must(box.unlink("x"));
  EXPECT_EQ(box.fs().inodes_used, inodes + 1);
  EXPECT_EQ(dup2(box.fs(), a, x), Errno::ok);
  EXPECT_EQ(box.fs().inodes_used, inodes);
}

TEST_F(FdTest, RenumberMovesAndClosesTheOld) {
  Fd a = box.must_open("f");
  box.put("g", "other");
  Fd g = box.must_open("g");
  EXPECT_EQ(renumber(box.fs(), a, g), Errno::ok);
  EXPECT_EQ(box.read(g, 2), "01");
  EXPECT_EQ(box.close(a), Errno::badf);
  EXPECT_EQ(renumber(box.fs(), g, a), Errno::badf) << "both must be open";
  EXPECT_EQ(renumber(box.fs(), g, g), Errno::ok);
  EXPECT_EQ(box.must_open("f"), a) << "the number is free again";
}

TEST_F(FdTest, RenumberCarriesAPreopensName) {
  Fd p = Sandbox::must(open_preopen(box.fs(), box.fs().root, "/name", 1, 2));
  Fd f = box.must_open("f");
  EXPECT_EQ(renumber(box.fs(), p, f), Errno::ok);
  FdSlot *slot = fd_slot(box.fs(), f);
  ASSERT_NE(slot->preopen_name, 0u);
  EXPECT_EQ(*box.fs().at<u32>(slot->preopen_name), 5u);
  EXPECT_EQ(std::string(box.fs().at<char>(slot->preopen_name) + 4, 5), "/name");
  EXPECT_EQ(slot->rights_base, 1u);
  EXPECT_EQ(slot->rights_inheriting, 2u);
  EXPECT_EQ(box.unsound(), "");
  EXPECT_EQ(box.close(f), Errno::ok);
}

TEST_F(FdTest, PreopensAreDirectoriesWithShortNames) {
  InodeId f = Sandbox::must(resolve(box.fs(), box.root(), Sandbox::path("f")));
  EXPECT_EQ(open_preopen(box.fs(), f, "/f", 0, 0).error(), Errno::notdir);
  std::string name(kPathMax, 'x');
  EXPECT_EQ(open_preopen(box.fs(), box.fs().root, StrView(name.data(), kPathMax), 0, 0).error(),
            Errno::nametoolong);
}

TEST_F(FdTest, HostDescriptorsAreOnlyNumbersHere) {
  Fd h = Sandbox::must(open_host(box.fs(), 77, 5, 6));
  Ofd &o = box.ofd(h);
  EXPECT_EQ(o.kind, Ofd::host);
  EXPECT_EQ(o.host_fd, 77u);
  Stat s;
  EXPECT_EQ(mayfly::fstat(box.fs(), o, s), Errno::badf);
  EXPECT_EQ(seek(box.fs(), o, 0, Whence::set).error(), Errno::badf);
  EXPECT_EQ(ftruncate(box.fs(), o, 0), Errno::badf);
  EXPECT_EQ(flock(box.fs(), o, Lock::shared), Errno::badf);
  EXPECT_EQ(fsync(box.fs(), o), Errno::badf);
  EXPECT_EQ(fchdir(box.fs(), o), Errno::badf);
  EXPECT_EQ(fchmod(box.fs(), o, 0), Errno::badf);
  EXPECT_EQ(open_host_at(box.fs(), 30, 1, 0, 0), Errno::ok);
  EXPECT_EQ(open_host_at(box.fs(), 1000, 1, 0, 0), Errno::mfile);
  EXPECT_EQ(box.unsound(), "");
  EXPECT_EQ(box.close(h), Errno::ok);
  EXPECT_EQ(box.close(30), Errno::ok);
}

TEST_F(FdTest, UnlinkedFilesLiveUntilTheLastClose) {
  u32 inodes = box.fs().inodes_used, pages = box.fs().pages_used;
  Fd a = box.must_open("t", rd | wr | create), b = Sandbox::must(dup(box.fs(), a, 0)), c = box.must_open("t");
  Sandbox::must(box.write(a, std::string(50'000, 'u')));
  Sandbox::must(box.unlink("t"));
  EXPECT_EQ(box.exists("t"), Errno::noent);
  box.put("t", "another");
  EXPECT_EQ(box.fstat(a).nlink, 0u);
  EXPECT_EQ(box.pread(c, 2, 49'998), "uu");
  Sandbox::must(box.write(b, "more"));
  EXPECT_EQ(box.fstat(c).size, 50'004u);
  EXPECT_EQ(box.unsound(), "");
  for (Fd fd : {a, b}) Sandbox::must(box.close(fd));
  EXPECT_EQ(box.pread(c, 4, 50'000), "more");
  Sandbox::must(box.close(c));
  Sandbox::must(box.unlink("t"));
  EXPECT_EQ(box.fs().inodes_used, inodes);
  EXPECT_LE(box.fs().pages_used, pages + 3);
}

TEST_F(FdTest, LocksBelongToDescriptions) {
  Fs &fs = box.fs();
  Fd a = box.must_open("f"), b = box.must_open("f"), a2 = Sandbox::must(dup(fs, a, 0));
  auto lock = [&](Fd fd, Lock l) { return flock(fs, box.ofd(fd), l); };
  EXPECT_EQ(lock(a, Lock::shared), Errno::ok);
  EXPECT_EQ(lock(b, Lock::shared), Errno::ok);
  EXPECT_EQ(lock(a, Lock::exclusive), Errno::again); // and a's lock is lost, as on Linux
  EXPECT_EQ(lock(b, Lock::exclusive), Errno::ok);
  EXPECT_EQ(lock(a, Lock::shared), Errno::again);
  EXPECT_EQ(lock(b, Lock::unlock), Errno::ok);
  EXPECT_EQ(lock(a, Lock::exclusive), Errno::ok);
  EXPECT_EQ(lock(a2, Lock::exclusive), Errno::ok);
  EXPECT_EQ(box.close(a), Errno::ok);
  EXPECT_EQ(lock(b, Lock::shared), Errno::again) << "the duplicate still holds it";
  EXPECT_EQ(box.close(a2), Errno::ok);
  EXPECT_EQ(lock(b, Lock::shared), Errno::ok);
}

TEST(FdLimit, MemoryThatRunsOutIsSaidAndChangesNothing) {
  Sandbox box(few_fds(10'000), {.app_bytes = 4096, .reserve_bytes = kFormatBytesMin});
  box.put("f", "x");
  Fd n = 0;
  Result<Fd> fd = Errno::ok;
  while ((fd = box.open("f", rd)).ok()) ++n;
  EXPECT_EQ(fd.error(), Errno::nomem);
  EXPECT_GE(n, kFdsMin) << "the first extent is always there";
  EXPECT_EQ(dup(box.fs(), 0, 9000).error(), Errno::nomem);
  EXPECT_EQ(dup2(box.fs(), 0, 9000), Errno::nomem);
  EXPECT_EQ(box.unsound(), "");
}

TEST(FdLimit, DescriptionsOutliveTheNumbersTheyWereMadeFor) {
  Sandbox box(few_fds(2000));
  for (int i = 0; i < 40; ++i) box.put("f" + std::to_string(i), std::to_string(i));
  std::mt19937 random(7);
  std::vector<int> file(2000, -1); // by descriptor: the file it must lead to
  for (int step = 0; step < 20'000; ++step) {
    Fd a = random() % 1000, b = random() % 2000;
    switch (random() % 4) {
    case 0:
    case 1: {
      int name = static_cast<int>(random() % 40);
      if (Result<Fd> fd = box.open("f" + std::to_string(name), rd); fd.ok()) file[fd.value()] = name;
      break;
    }
    case 2:
      if (dup2(box.fs(), a, b) == Errno::ok) file[b] = file[a];
      break;
    default:
      if (box.close(b) == Errno::ok) file[b] = -1;
    }
    if (step % 2000 == 0) {
      ASSERT_EQ(box.unsound(), "");
    }
  }
  for (Fd fd = 0; fd < 2000; ++fd) {
    ASSERT_EQ(file[fd] >= 0, fd_slot(box.fs(), fd) != nullptr);
    if (file[fd] < 0) continue;
    EXPECT_EQ(box.pread(fd, 9, 0), std::to_string(file[fd]));
  }
}

TEST(FdLimit, TheTableIsBoundedWhateverTheOptionsSay) {
  FormatOptions o = few_fds(~0u);
  Sandbox box(o, {.app_bytes = 4096, .reserve_bytes = 1u << 24});
  Fd fd = box.must_open("f", rd | wr | create);
  EXPECT_EQ(dup2(box.fs(), fd, 1u << 27), Errno::badf);
  EXPECT_EQ(dup2(box.fs(), fd, ~0u), Errno::badf);
  EXPECT_EQ(dup(box.fs(), fd, 1u << 27).error(), Errno::inval);
  EXPECT_EQ(box.unsound(), "");
  box.fs().fd_max = ~0u;
  EXPECT_NE(box.unsound(), "") << "a region from outside cannot raise the bound";
}

TEST(FdLimit, AFullFilesystemCanBeRead) {
  FormatOptions o = few_fds(300);
  o.max_bytes = 256 * 1024;
  Sandbox box(o);
  box.put("f", "still here");
  Fd fd = box.must_open("big", rd | wr | create);
  std::string block(10'000, 'x');
  for (u64 at = 0; box.pwrite(fd, block, at).ok(); at += block.size()) {
  }
  StatFs space;
  for (u64 at = 1; statfs(box.fs(), space), space.blocks_free; ++at) (void)box.pwrite(fd, "x", at << 12 | 1u << 20);
  for (Fd n = 1; n < 300; ++n) ASSERT_EQ(box.must_open("f"), n);
  EXPECT_EQ(box.open("f", rd).error(), Errno::mfile);
  EXPECT_EQ(box.unsound(), "");
  statfs(box.fs(), space);
  EXPECT_EQ(space.blocks_free, 0u) << "descriptors neither take nor give back what files may use";
  EXPECT_EQ(box.read(299, 100), "still here");
  for (Fd n = 1; n < 300; ++n) EXPECT_EQ(box.close(n), Errno::ok);
  EXPECT_EQ(box.unsound(), "");
}

} // namespace
} // namespace mayfly
