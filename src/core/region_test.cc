// Properties of the region as a value: limits fail cleanly, equal histories give equal bytes, freed memory is
// zero, changed pages are marked pages, and verify finds damage.
#include <functional>
#include <gtest/gtest.h>
#include <random>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

// A few hundred operations of every kind; the same for the same seed.
void exercise(Sandbox &box, unsigned seed, int operations) {
  std::mt19937 random(seed);
  auto below = [&](unsigned n) { return static_cast<u32>(random() % n); };
  auto name = [&] {
    std::string s = "n" + std::to_string(below(12));
    if (below(3) == 0) s = "n" + std::to_string(below(4)) + "/" + s;
    return s;
  };
  for (int i = 0; i < operations; ++i) {
    std::string a = name(), b = name();
    Fd fd = below(10);
    bool is_open = fd_slot(box.fs(), fd) != nullptr;
    switch (below(16)) {
    case 0:
      (void)box.mkdir(a);
      break;
    case 1:
      (void)box.rmdir(a);
      break;
    case 2:
      (void)box.unlink(a);
      break;
    case 3:
      (void)box.rename(a, b, below(3));
      break;
    case 4:
      (void)box.link(a, b);
      break;
    case 5:
      (void)box.symlink(std::string(1 + below(200), 's'), a);
      break;
    case 6:
    case 7:
      (void)box.open(a, rd | wr | create);
      break;
    case 8:
      (void)box.truncate(a, below(40'000));
      break;
    case 9:
      (void)box.chmod(a, below(01000));
      break;
    case 10:
      (void)box.close(fd);
      break;
    case 11:
      (void)dup2(box.fs(), fd, below(12));
      break;
    case 12:
      if (is_open) (void)fallocate(box.fs(), box.ofd(fd), 3 * below(2), below(30'000), 1 + below(30'000));
      break;
    case 13:
      if (is_open && box.ofd(fd).inode) (void)box.fstat(fd);
      break;
    default:
      if (is_open) (void)mayfly::pwrite(box.fs(), box.ofd(fd), 0, below(9000), below(60'000));
    }
  }
}

FormatOptions limited(u64 bytes) {
  FormatOptions o = Sandbox::without_devices();
  o.max_bytes = bytes;
  return o;
}

TEST(Region, EqualHistoriesGiveEqualBytes) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Sandbox a;
    exercise(a, seed, 800);
    auto first = a.bytes();
    Sandbox b;
    exercise(b, seed, 800);
    EXPECT_EQ(first, b.bytes()) << seed;
  }
}

TEST(Region, IsRelocatable) {
  Sandbox a;
  exercise(a, 3, 500);
  std::string tree = a.dump();
  auto bytes = a.bytes();
  Sandbox b;
  ASSERT_TRUE(b.load(bytes.data(), bytes.size()));
  EXPECT_EQ(b.unsound(), "");
  EXPECT_EQ(b.dump(), tree);
  exercise(b, 4, 500);
  EXPECT_EQ(b.unsound(), "");
}

TEST(Region, ChangedPagesAreMarkedPages) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    Sandbox box;
    exercise(box, seed, 300);
    host::reset_side();
    auto before = box.bytes();
    exercise(box, seed + 1000, seed % 2 ? 3 : 60);
    auto after = box.bytes();
    before.resize(after.size());
    for (u32 page = 0; page < after.size() / kPageBytes; ++page) {
      Off off = page * kPageBytes;
      if (std::memcmp(&before[off], &after[off], kPageBytes) == 0) continue;
      ASSERT_TRUE(box.marked(page)) << "page " << page << " seed " << seed;
    }
  }
}

bool of_process(const Fs &fs, Off off) {
  auto in = [off](Off first, u32 pages) { return first && off >= first && off - first < pages << kPageShift; };
  if (in(kProcessOff, 1) || in(fs.strings, fs.strings_pages)) return true;
  for (u32 k = 0; k < kFdExtents; ++k)
    if (in(fs.fd_extents[k], fd_extent_pages(k))) return true;
  return false;
}

// Opens, shares, locks, seeks and closes descriptors, and changes what else a process has; no file changes.
void exercise_process(Sandbox &box, unsigned seed, int operations, Fd most) {
  std::mt19937 random(seed);
  Fs &fs = box.fs();
  for (int i = 0; i < operations; ++i) {
    Fd fd = random() % most, other = random() % most;
    const FdSlot *slot = fd_slot(fs, fd);
    switch (random() % 9) {
    case 0:
    case 1:
    case 2:
      if (fs.fd_used < most) (void)box.open("n" + std::to_string(random() % 12), rd);
      break;
    case 3:
      (void)dup2(fs, fd, other);
      break;
    case 4:
      (void)box.close(fd);
      break;
    case 5:
      if (slot) (void)flock(fs, box.ofd(fd), static_cast<Lock>(random() % 3));
      break;
    case 6:
      if (slot) (void)box.seek(fd, random() % 1000, Whence::set);
      break;
    case 7:
      (void)chdir_at(fs, box.root(), Sandbox::path("n" + std::to_string(random() % 12)));
      break;
    default:
      fs.change(fs.umask) = random() & 0777;
      fs.change(fs.clock_base) += 1;
    }
  }
  (void)chdir_at(fs, box.root(), Sandbox::path("/"));
}

TEST(Region, DescriptorsChangeOnlyPagesOfTheProcess) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Sandbox box;
    exercise(box, seed, 300);
    for (Fd fd = 0; fd < kFdsMin; ++fd) (void)box.close(fd);
    (void)box.dump(); // closing a file gives its marked times their values, which is a change of the tree: now
    auto before = box.bytes();
    exercise_process(box, seed, 2000, kFdsMin);
    auto after = box.bytes();
    ASSERT_EQ(before.size(), after.size());
    for (Off off = 0; off < before.size(); off += kPageBytes)
      ASSERT_TRUE(of_process(box.fs(), off) || std::memcmp(&before[off], &after[off], kPageBytes) == 0) << off;
    EXPECT_EQ(box.unsound(), "");
  }
}

TEST(Region, TheTreeAloneIsTheSameWhateverWasOpened) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Sandbox plain, busy;
    for (Sandbox *box : {&plain, &busy}) {
      box->make_current();
      box->clock_step_ns = 0; // else it would tell how often it was asked
      for (unsigned part = 0; part < 6; ++part) {
        exercise(*box, seed + part, 120);
        for (Fd fd = 0; fd < kFdsMin; ++fd) (void)box->close(fd);
        if (box == &busy) exercise_process(*box, seed * 100 + part, 500, kFdsMin);
        for (Fd fd = 0; fd < kFdsMin; ++fd) (void)box->close(fd);
        box->fs().umask = 022;
      }
      if (box == &busy) (void)box->open("n1", rd);
      (void)box->dump(); // every marked time takes its value
      renew_process(box->fs(), Sandbox::without_devices());
      EXPECT_EQ(box->unsound(), "");
    }
    EXPECT_EQ(plain.bytes(), busy.bytes()) << seed;
  }
}

// The tree's pages with another process's pages are a region. What only the old process held open is an orphan
// there, which renew_process frees.
TEST(Region, ATreeIsAChoiceOfPages) {
  Sandbox box;
  for (Fd fd = 0; fd < 300; ++fd) Sandbox::must(box.open("f" + std::to_string(fd), rd | wr | create));
  for (Fd fd = 0; fd < 40; fd += 2) Sandbox::must(box.unlink("f" + std::to_string(fd)));
  Sandbox::must(box.write(4, std::string(9000, 'S') + "SECRET"));
  Sandbox::must(box.open("/", rd | wr | tmpfile));
  Sandbox::must(box.mkdir("gone"));
  Sandbox::must(chdir_at(box.fs(), box.root(), Sandbox::path("gone")));
  Sandbox::must(box.rmdir("/gone"));
  ASSERT_EQ(box.unsound(), "");
  std::vector<uint8_t> bytes = box.bytes();
  for (Off off = 0; off < bytes.size(); off += kPageBytes)
    if (of_process(box.fs(), off)) std::memset(&bytes[off], 0, kPageBytes);
  Sandbox other;
  auto *process = reinterpret_cast<Process *>(&bytes[kProcessOff]);
  *process = other.fs();
  process->cwd = box.fs().root;
  process->fd_cap = box.fs().fd_cap;
  ASSERT_TRUE(other.load(bytes.data(), bytes.size()));
  ASSERT_EQ(other.unsound(), "");
  EXPECT_EQ(other.fs().inodes_used, 1 + 300 + 2u);
  renew_process(other.fs(), Sandbox::without_devices());
  EXPECT_EQ(other.unsound(), "");
  EXPECT_EQ(other.fs().inodes_used, 1 + 280u);
  EXPECT_EQ(other.fs().process_pages, kProcessPagesMin) << "its share of the pages is the least again";
  bytes = other.bytes();
  std::string secret = "SECRET";
  EXPECT_EQ(std::search(bytes.begin(), bytes.end(), secret.begin(), secret.end()), bytes.end());
  EXPECT_EQ(other.list("/").size(), 280u);
}

TEST(Region, OrphansAreFreedByTheLastClose) {
  Sandbox box;
  u32 inodes = box.fs().inodes_used;
  std::vector<Fd> fds;
  for (int i = 0; i < 20; ++i) {
    fds.push_back(box.must_open("f" + std::to_string(i), rd | wr | create));
    fds.push_back(Sandbox::must(dup(box.fs(), fds.back(), 0)));
    fds.push_back(box.must_open("f" + std::to_string(i), rd));
    Sandbox::must(box.unlink("f" + std::to_string(i)));
    EXPECT_EQ(box.unsound(), "");
  }
  std::shuffle(fds.begin(), fds.end(), std::mt19937(5));
  for (Fd fd : fds) {
    Sandbox::must(box.close(fd));
    EXPECT_EQ(box.unsound(), "");
  }
  EXPECT_EQ(box.fs().orphans, 0u);
  EXPECT_EQ(box.fs().inodes_used, inodes);
}

TEST(Region, ReplacingTheBytesForgetsMarksAndWalks) {
  Sandbox other;
  Sandbox::must(other.mkdir("other"));
  Sandbox::must(other.mkdir("directory-of-this-name"));
  other.put("directory-of-this-name/f", "other");
  auto bytes = other.bytes();
  Sandbox box;
  Sandbox::must(box.mkdir("directory-of-this-name"));
  box.put("directory-of-this-name/f", "first");
  EXPECT_EQ(box.get("directory-of-this-name/f"), "first");
  EXPECT_TRUE(box.marked(0));
  ASSERT_TRUE(box.load(bytes.data(), bytes.size()));
  for (u32 page = 0; page < bytes.size() / kPageBytes; ++page) EXPECT_FALSE(box.marked(page)) << page;
  EXPECT_EQ(box.get("directory-of-this-name/f"), "other");
}

TEST(Region, NothingIsLeftOfWhatWasRemoved) {
  Sandbox box;
  auto pages = box.fs().pages_used;
  for (int i = 0; i < 50; ++i) {
    std::string name = "SECRET-name-" + std::to_string(i);
    box.put(name, "SECRET" + std::string(static_cast<size_t>(i) * 300, 'S') + "SECRET");
    Sandbox::must(box.symlink("SECRET" + std::string(100, 'T'), name + "l"));
  }
  for (int i = 0; i < 50; ++i) {
    std::string name = "SECRET-name-" + std::to_string(i);
    Sandbox::must(box.unlink(name));
    Sandbox::must(box.unlink(name + "l"));
  }
  auto bytes = box.bytes();
  std::string secret = "SECRET";
  EXPECT_EQ(std::search(bytes.begin(), bytes.end(), secret.begin(), secret.end()), bytes.end());
  EXPECT_LE(box.fs().pages_used, pages + 8);
  EXPECT_EQ(box.unsound(), "");
}

// Each operation is tried with 0, 1, 2 … pages to spare until it succeeds: before that it must say ENOSPC and
// leave the tree as it was.
void starve(const char *what, std::function<void(Sandbox &)> prepare,
            std::function<Errno(Sandbox &)> operation, bool by_growth) {
  for (u32 spare = 0; spare < 200; ++spare) {
    Sandbox box;
    prepare(box);
    Fs &fs = box.fs();
    if (by_growth) {
      // Take the region's free pages so that the next page needs the host, and let the host refuse.
      Fd fd = box.must_open("filler", rd | wr | create);
      u32 free = (fs.size >> kPageShift) - fs.pages_used - fs.process_pages;
      if (free > spare + 1) (void)fallocate(fs, box.ofd(fd), 0, 0, u64{free - spare - 1} * kPageBytes);
      Sandbox::must(box.close(fd));
    }
    std::string before = box.dump();
    u32 used = fs.inodes_used, limit = fs.pages_max;
    if (by_growth) box.refuse_growth = true;
    else fs.pages_max = fs.pages_used + spare;
    Errno e = operation(box);
    box.refuse_growth = false;
    fs.pages_max = limit;
    ASSERT_EQ(box.unsound(), "") << what << " with " << spare;
    if (e == Errno::ok) return;
    ASSERT_EQ(e, Errno::nospc) << what << " with " << spare;
    ASSERT_EQ(box.dump(), before) << what << " with " << spare;
    ASSERT_EQ(fs.inodes_used, used) << what << " with " << spare;
  }
  FAIL() << what << " never succeeds";
}

void crowd(Sandbox &box) { // slab pages, slot arrays and the hash table are about to need more
  Sandbox::must(box.mkdir("d"));
  for (int i = 0; i < 36; ++i) box.put("d/" + std::to_string(i), "x");
  box.put("f", std::string(60, 'i'));
  box.put("big", std::string(20'000, 'b'));
  for (int i = 0; i < 16; ++i) (void)box.must_open("f");
  while ((box.fs().hash_used * 4 + 4) <= box.fs().hash_cap * 3)
    Sandbox::must(box.link("f", "l" + std::to_string(box.fs().hash_used)));
}

TEST(Region, EveryOperationSurvivesEveryShortage) {
  struct Case {
    const char *what;
    std::function<Errno(Sandbox &)> operation;
  };
  auto at_fd = [](Sandbox &box, const char *name, auto action) {
    FdSlot *slot = fd_slot(box.fs(), 0);
    (void)slot;
    (void)name;
    return action(box.ofd(0));
  };
  const Case cases[] = {
      {"mkdir", [](Sandbox &b) { return b.mkdir("d/new"); }},
      {"long name", [](Sandbox &b) { return b.mkdir(std::string(255, 'n')); }},
      {"symlink", [](Sandbox &b) { return b.symlink("x", "new"); }},
      {"long symlink", [](Sandbox &b) { return b.symlink(std::string(4000, 'x'), "d/new"); }},
      {"link", [](Sandbox &b) { return b.link("f", "d/new"); }},
      {"rename across", [](Sandbox &b) { return b.rename("f", "d/new"); }},
      {"rename longer", [](Sandbox &b) { return b.rename("d/1", "d/" + std::string(200, 'n')); }},
      {"rename over", [](Sandbox &b) { return b.rename("f", "d/1"); }},
      {"exchange", [](Sandbox &b) { return b.rename("d", "f", rename_flags::exchange); }},
      {"create", [](Sandbox &b) { return b.try_open("d/new", wr | create); }},
      {"open", [](Sandbox &b) { return b.try_open("f", rd); }},
      {"dup", [](Sandbox &b) { return dup(b.fs(), 0, 300).error(); }},
      {"extend", [](Sandbox &b) { return b.truncate("f", 5'000'000); }},
      {"leave the inode",
       [&](Sandbox &b) { return at_fd(b, "f", [&](Ofd &) { return b.truncate("f", 65); }); }},
      {"unlink", [](Sandbox &b) { return b.unlink("d/7"); }},
      {"truncate", [](Sandbox &b) { return b.truncate("big", 5000); }},
  };
  for (const Case &c : cases)
    for (bool by_growth : {false, true}) starve(c.what, crowd, c.operation, by_growth);
}

TEST(Region, DataCallsUnderShortage) {
  for (u32 spare = 0; spare < 40; ++spare) {
    Sandbox box;
    Fd fd = box.must_open("f", rd | wr | create);
    Sandbox::must(box.write(fd, "start"));
    u32 limit = box.fs().pages_max;
    box.fs().pages_max = box.fs().pages_used + spare;
    std::string data(80'000, 'w');
    Result<u32> n = box.pwrite(fd, data, 100);
    if (n.ok()) {
      EXPECT_EQ(box.fstat(fd).size, 100 + n.value()) << "a short count, and exactly so much was written";
      EXPECT_EQ(box.pread(fd, n.value(), 100), data.substr(0, n.value()));
    } else {
      EXPECT_EQ(n.error(), Errno::nospc);
      EXPECT_EQ(box.pread(fd, 100, 0), "start");
    }
    EXPECT_EQ(box.unsound(), "");
    u64 size = box.fstat(fd).size;
    u32 starved = box.fs().pages_max;
    box.fs().pages_max = limit;
    std::string before = box.dump();
    box.fs().pages_max = starved;
    Errno e = fallocate(box.fs(), box.ofd(fd), 0, 0, 200'000);
    box.fs().pages_max = limit;
    if (e != Errno::ok) {
      EXPECT_EQ(e, Errno::nospc);
      EXPECT_EQ(box.fstat(fd).size, size);
      EXPECT_EQ(box.dump(), before);
    }
    EXPECT_EQ(box.unsound(), "");
  }
}

TEST(Region, LimitsOfInodesAndBytes) {
  FormatOptions o = Sandbox::without_devices();
  o.max_inodes = 10;
  Sandbox box(o);
  for (int i = 0; i < 9; ++i) ASSERT_EQ(box.mkdir(std::to_string(i)), Errno::ok);
  EXPECT_EQ(box.mkdir("x"), Errno::nospc);
  EXPECT_EQ(box.symlink("a", "x"), Errno::nospc);
  EXPECT_EQ(box.try_open("x", wr | create), Errno::nospc);
  EXPECT_EQ(box.try_open("1", wr | tmpfile), Errno::nospc);
  StatFs s;
  statfs(box.fs(), s);
  EXPECT_EQ(s.files, 10u);
  EXPECT_EQ(s.files_free, 0u);
  EXPECT_EQ(box.rmdir("5"), Errno::ok);
  EXPECT_EQ(box.mkdir("x"), Errno::ok);
  EXPECT_EQ(box.unsound(), "");

  Sandbox small(limited(256 * 1024));
  Fd fd = small.must_open("f", rd | wr | create);
  u64 written = 0;
  while (true) {
    Result<u32> n = small.pwrite(fd, std::string(10'000, 'x'), written);
    if (!n.ok()) {
      EXPECT_EQ(n.error(), Errno::nospc);
      break;
    }
    written += n.value();
    ASSERT_LT(written, 256u * 1024);
  }
  statfs(small.fs(), s);
  EXPECT_EQ(s.blocks, 64u);
  EXPECT_EQ(s.blocks_free, 0u);
  EXPECT_EQ(ftruncate(small.fs(), small.ofd(fd), 0), Errno::ok);
  EXPECT_TRUE(small.pwrite(fd, std::string(10'000, 'x'), 0).ok());
  EXPECT_EQ(small.unsound(), "");
}

TEST(Region, VerifyFindsEveryFlippedByteOfTheMapsThatMatter) {
  Sandbox box;
  exercise(box, 9, 400);
  auto bytes = box.bytes();
  const char *what = nullptr;
  u32 where = 0;
  ASSERT_TRUE(verify(bytes.data(), bytes.size(), 0, &what, &where)) << what;
  EXPECT_FALSE(verify(bytes.data(), 0, 0, &what, &where));
  EXPECT_FALSE(verify(bytes.data(), 4096, 0, &what, &where));
  EXPECT_FALSE(verify(bytes.data(), bytes.size() - 4096, 0, &what, &where));
  EXPECT_FALSE(verify(bytes.data(), bytes.size() - 1, 0, nullptr, nullptr));
  const Fs &fs = box.fs();
  for (u32 i = 0; i < (fs.size >> kPageShift) / 8; ++i) {
    for (u8 bit = 0; bit < 8; ++bit) {
      bytes[fs.page_bitmap + i] ^= static_cast<u8>(1u << bit);
      EXPECT_FALSE(verify(bytes.data(), bytes.size(), 0, &what, &where)) << i;
      bytes[fs.page_bitmap + i] ^= static_cast<u8>(1u << bit);
    }
  }
  for (u32 i = 0; i < fs.hash_cap * sizeof(HashSlot); i += 3) {
    bytes[fs.hash_table + i] ^= 0x10;
    EXPECT_FALSE(verify(bytes.data(), bytes.size(), 0, &what, &where)) << i;
    bytes[fs.hash_table + i] ^= 0x10;
  }
  EXPECT_TRUE(verify(bytes.data(), bytes.size(), 0, &what, &where));
}

TEST(Region, PackedContentMustCoverWhatFilesReferTo) {
  Sandbox box;
  std::string packed(1000, 'p');
  box.content = reinterpret_cast<const uint8_t *>(packed.data());
  box.content_bytes = box.fs().content_bytes = 1000;
  Sandbox::must(pack_file(box.fs(), Sandbox::path("p"), {0644, 0, 0, 0}, 100, 900));
  EXPECT_EQ(box.unsound(), "");
  auto bytes = box.bytes();
  EXPECT_FALSE(verify(bytes.data(), bytes.size(), 999, nullptr, nullptr));
}

TEST(Region, FormatRefusesBadSizes) {
  std::vector<u64> room(kFormatBytesMin / 8);
  EXPECT_EQ(format(room.data(), 4096, {}), Errno::inval);
  EXPECT_EQ(format(room.data(), kFormatBytesMin - 1, {}), Errno::inval);
}

} // namespace
} // namespace mayfly
