// Who may do what: mode bits, ownership, the sticky bit, umask, set-ID bits.
#include <gtest/gtest.h>

#include "core/test_support.h"

namespace mayfly {
namespace {

using namespace open_flags;

struct PermTest : testing::Test {
  PermTest() {
    Sandbox::must(box.mkdir("pub", 01777));
    Sandbox::must(box.chmod("pub", 01777)); // whatever the umask
    Sandbox::must(box.mkdir("open"));
    Sandbox::must(box.chmod("open", 0777));
    box.put("f", "root's", 0644);
  }
  ~PermTest() override { EXPECT_EQ(box.unsound(), ""); }
  // A file of 1000:100 with this mode.
  void own(const char *name, u32 bits) {
    box.put(name, "x");
    Sandbox::must(box.chown(name, 1000, 100));
    Sandbox::must(box.chmod(name, bits));
  }
  Errno set_now(const char *name) {
    return utimens_at(box.fs(), box.root(), Sandbox::path(name), {SetTime::now}, {SetTime::now});
  }
  Errno set_value(const char *name) {
    return utimens_at(box.fs(), box.root(), Sandbox::path(name), {SetTime::value, 5}, {SetTime::omit});
  }
  Sandbox box;
};

TEST_F(PermTest, OneClassOfBitsDecides) {
  struct Row {
    u32 bits, uid, gid, wanted;
    Errno expected;
  };
  const Row rows[] = {
      {0400, 1000, 100, 4, Errno::ok},
      {0400, 1000, 100, 2, Errno::acces},
      {0200, 1000, 100, 2, Errno::ok},
      {0077, 1000, 100, 4, Errno::acces}, // the owner's class is empty although everybody else's is not
      {0040, 1001, 100, 4, Errno::ok},
      {0707, 1001, 100, 4, Errno::acces},
      {0004, 1001, 101, 4, Errno::ok},
      {0770, 1001, 101, 4, Errno::acces},
      {0007, 1001, 101, 7, Errno::ok},
      {0006, 1001, 101, 7, Errno::acces},
      {0000, 0, 0, 6, Errno::ok},
      {0000, 0, 0, 1, Errno::acces},
      {0100, 0, 0, 1, Errno::ok},
      {0001, 0, 0, 7, Errno::ok},
      {0000, 1001, 101, 0, Errno::ok},
  };
  for (const Row &row : rows) {
    box.become(0, 0);
    own("g", row.bits);
    box.become(row.uid, row.gid);
    EXPECT_EQ(box.access("g", row.wanted), row.expected)
        << std::oct << row.bits << " " << row.uid << " " << row.wanted;
    if (row.wanted == 4 || row.wanted == 2) {
      EXPECT_EQ(box.try_open("g", row.wanted == 4 ? rd : wr), row.expected);
    }
  }
  EXPECT_EQ(box.access("g", 8), Errno::inval);
  EXPECT_EQ(box.access("missing", 0), Errno::noent);
}

TEST_F(PermTest, SearchAndWriteOfDirectories) {
  Sandbox::must(box.mkdir("open/d"));
  Sandbox::must(box.chmod("open/d", 0700));
  Sandbox::must(box.chown("open/d", 1000, 100));
  box.become(1000, 100);
  box.put("open/d/x", "");
  Sandbox::must(box.chmod("open/d", 0600));
  EXPECT_EQ(box.exists("open/d/x"), Errno::acces);
  EXPECT_EQ(box.exists("open/d/."), Errno::acces);
  EXPECT_EQ(box.list("open/d").size(), 1u); // reading names needs no search
  Sandbox::must(box.chmod("open/d", 0500));
  EXPECT_EQ(box.exists("open/d/x"), Errno::ok);
  EXPECT_EQ(box.try_open("open/d/y", wr | create), Errno::acces);
  EXPECT_EQ(box.unlink("open/d/x"), Errno::acces);
  EXPECT_EQ(box.mkdir("open/d/y"), Errno::acces);
  EXPECT_EQ(box.symlink("a", "open/d/y"), Errno::acces);
  EXPECT_EQ(box.link("open/d/x", "open/d/y"), Errno::acces);
  EXPECT_EQ(box.rename("open/d/x", "open/x"), Errno::acces);
  Sandbox::must(box.chmod("open/d", 0300));
  EXPECT_EQ(box.try_open("open/d", rd | directory), Errno::acces);
  EXPECT_EQ(chdir_at(box.fs(), box.cwd(), Sandbox::path("open/d")), Errno::ok);
  Sandbox::must(box.chmod("/open/d", 0600));
  EXPECT_EQ(chdir_at(box.fs(), box.root(), Sandbox::path("open/d")), Errno::acces);
}

TEST_F(PermTest, StickyDirectoriesProtectOthersFiles) {
  box.become(1000, 100);
  box.put("pub/mine", "");
  box.become(1001, 100);
  box.put("pub/theirs", "");
  EXPECT_EQ(box.unlink("pub/mine"), Errno::perm);
  EXPECT_EQ(box.rename("pub/mine", "pub/stolen"), Errno::perm);
  EXPECT_EQ(box.rename("pub/theirs", "pub/mine"), Errno::perm);
  EXPECT_EQ(box.rename("pub/mine", "pub/theirs", rename_flags::exchange), Errno::perm);
  EXPECT_EQ(box.unlink("pub/theirs"), Errno::ok);
  Sandbox::must(box.mkdir("pub/dir"));
  box.become(1000, 100);
  EXPECT_EQ(box.rmdir("pub/dir"), Errno::perm);
  EXPECT_EQ(box.unlink("pub/mine"), Errno::ok);
  box.become(0, 0);
  EXPECT_EQ(box.rmdir("pub/dir"), Errno::ok);
}

TEST_F(PermTest, OnlyTheOwnerChangesModeOwnerAndTimes) {
  own("g", 0666);
  box.become(1001, 101);
  EXPECT_EQ(box.chmod("g", 0600), Errno::perm);
  EXPECT_EQ(box.chown("g", 1001, ~0u), Errno::perm);
  EXPECT_EQ(box.chown("g", ~0u, 101), Errno::perm);
  EXPECT_EQ(set_now("g"), Errno::ok); // writable: enough for "now"
  EXPECT_EQ(set_value("g"), Errno::perm);
  EXPECT_EQ(set_now("f"), Errno::acces);
  box.become(1000, 100);
  EXPECT_EQ(box.chmod("g", 0600), Errno::ok);
  EXPECT_EQ(box.chown("g", 1001, ~0u), Errno::perm);
  EXPECT_EQ(box.chown("g", 1000, 100), Errno::ok);
  EXPECT_EQ(box.chown("g", ~0u, 555), Errno::perm);
  EXPECT_EQ(set_value("g"), Errno::ok);
  box.become(0, 0);
  EXPECT_EQ(box.chown("g", 7, 8), Errno::ok);
  EXPECT_EQ(box.stat("g").uid, 7u);
  EXPECT_EQ(box.stat("g").gid, 8u);
  EXPECT_EQ(box.chown("g", ~0u, 9), Errno::ok);
  EXPECT_EQ(box.stat("g").uid, 7u);
  EXPECT_EQ(box.stat("g").gid, 9u);
}

// Clearing set-ID bits is a change of mode, so whoever may not chmod may not even chown to nobody.
TEST_F(PermTest, ChownThatChangesNothing) {
  own("plain", 0644);
  own("setuid", 04755);
  own("setgid", 02755);
  own("locking", 02644);
  box.become(1001, 101);
  EXPECT_EQ(box.chown("plain", ~0u, ~0u), Errno::ok);
  EXPECT_EQ(box.chown("setuid", ~0u, ~0u), Errno::perm);
  EXPECT_EQ(box.chown("setgid", ~0u, ~0u), Errno::perm);
  EXPECT_EQ(box.chown("locking", ~0u, ~0u), Errno::perm);
  box.become(1001, 100);
  EXPECT_EQ(box.chown("locking", ~0u, ~0u), Errno::ok);
  EXPECT_EQ(box.stat("locking").mode & mode::setgid, mode::setgid);
  box.become(1000, 100);
  EXPECT_EQ(box.chown("setuid", ~0u, ~0u), Errno::ok);
  EXPECT_EQ(box.stat("setuid").mode & mode::setuid, 0u);
}

TEST_F(PermTest, ChownOfALinkOrOfItsTarget) {
  Sandbox::must(box.symlink("f", "l"));
  EXPECT_EQ(box.chown("l", 5, 5, At::nofollow), Errno::ok);
  EXPECT_EQ(box.stat("l", At::nofollow).uid, 5u);
  EXPECT_EQ(box.stat("f").uid, 0u);
  EXPECT_EQ(box.chown("l", 6, 6), Errno::ok);
  EXPECT_EQ(box.stat("f").uid, 6u);
  EXPECT_EQ(chmod_at(box.fs(), box.root(At::nofollow), Sandbox::path("l"), 0600), Errno::notsup);
  EXPECT_EQ(box.chmod("l", 0600), Errno::ok);
  EXPECT_EQ(box.stat("f").mode, mode::regular | 0600u);
}

TEST_F(PermTest, SetIdBitsGoWhenSomebodyElseWrites) {
  own("g", 06777);
  box.become(1001, 101);
  Fd fd = box.must_open("g", wr);
  Sandbox::must(box.write(fd, "y"));
  EXPECT_EQ(box.stat("g").mode, mode::regular | 0777u);
  box.become(0, 0);
  Sandbox::must(box.chmod("g", 06777));
  Sandbox::must(box.write(fd, "y"));
  EXPECT_EQ(box.stat("g").mode, mode::regular | 06777u) << "root keeps them";
  box.become(1001, 101);
  EXPECT_EQ(box.truncate("g", 0), Errno::ok);
  EXPECT_EQ(box.stat("g").mode, mode::regular | 0777u);
  box.become(0, 0);
  Sandbox::must(box.chmod("g", 06777));
  Sandbox::must(box.chown("g", 1000, 100));
  EXPECT_EQ(box.stat("g").mode, mode::regular | 0777u) << "a new owner never inherits them";
}

TEST_F(PermTest, ANonMemberCannotSetTheGroupBit) {
  own("g", 0777);
  box.become(1000, 999);
  EXPECT_EQ(box.chmod("g", 02777), Errno::ok);
  EXPECT_EQ(box.stat("g").mode, mode::regular | 0777u);
  box.become(1000, 100);
  EXPECT_EQ(box.chmod("g", 02777), Errno::ok);
  EXPECT_EQ(box.stat("g").mode, mode::regular | 02777u);
}

TEST_F(PermTest, SetGroupDirectoriesHandTheirGroupDown) {
  Sandbox::must(box.mkdir("sg"));
  Sandbox::must(box.chown("sg", 0, 50));
  Sandbox::must(box.chmod("sg", 02777));
  box.become(1000, 100);
  box.put("sg/file", "");
  Sandbox::must(box.mkdir("sg/dir"));
  Sandbox::must(box.symlink("x", "sg/link"));
  for (const char *name : {"sg/file", "sg/dir", "sg/link"})
    EXPECT_EQ(box.stat(name, At::nofollow).gid, 50u) << name;
  EXPECT_EQ(box.stat("sg/dir").mode & mode::setgid, mode::setgid);
  EXPECT_EQ(box.stat("sg/file").mode & mode::setgid, 0u);
}

TEST_F(PermTest, SetGroupExecutablesAreNotMadeForOthers) {
  Sandbox::must(box.mkdir("sg"));
  Sandbox::must(box.chown("sg", 0, 50));
  Sandbox::must(box.chmod("sg", 02777));
  box.fs().umask = 077;
  box.become(1000, 100);
  box.put("sg/other", "", 02755);
  box.put("sg/plain", "", 02745);
  box.become(1000, 50);
  box.put("sg/member", "", 02755);
  box.become(0, 0);
  box.put("sg/root", "", 02755);
  EXPECT_EQ(box.stat("sg/other").mode, mode::regular | 0700u);
  EXPECT_EQ(box.stat("sg/plain").mode, mode::regular | 02700u) << "not executable by the group";
  EXPECT_EQ(box.stat("sg/member").mode, mode::regular | 02700u);
  EXPECT_EQ(box.stat("sg/root").mode, mode::regular | 02700u);
}

TEST_F(PermTest, DirectoriesAreMadeWithTheUmask) {
  box.fs().umask = 027;
  Sandbox::must(box.mkdir("m", 07777));
  EXPECT_EQ(box.stat("m").mode, mode::directory | 01750u);
}

TEST_F(PermTest, MovingADirectoryNeedsItsOwnWritePermission) {
  box.become(1000, 100);
  Sandbox::must(box.mkdir("open/from"));
  Sandbox::must(box.mkdir("open/to"));
  Sandbox::must(box.mkdir("open/from/d", 0500));
  EXPECT_EQ(box.rename("open/from/d", "open/to/d"), Errno::acces);
  EXPECT_EQ(box.rename("open/from/d", "open/from/e"), Errno::ok);
  Sandbox::must(box.chmod("open/from/e", 0700));
  EXPECT_EQ(box.rename("open/from/e", "open/to/d"), Errno::ok);
}

// One filesystem, many callers: what a mount has.
struct CallersTest : PermTest {
  CallersTest() {
    own("in7", 0640); // 1000:7
    Sandbox::must(box.chown("in7", 1000, 7));
  }
  // In the name of `who`.
  template <class F> auto as(const Identity &who, F f) {
    ActAs scope(who);
    return f();
  }
  Errno reads(const Identity &who, const char *name) { return as(who, [&] { return box.try_open(name, rd); }); }
  static constexpr u32 kGroups[] = {5, 7};
  const Identity ann{1000, 100, kGroups, 2}, bob{1001, 101}, cid{1002, 102, kGroups, 2};
};

TEST_F(CallersTest, ANewFileIsItsCallers) {
  as(ann, [&] { box.put("pub/ann", "a", 0600); });
  as(bob, [&] { Sandbox::must(box.mkdir("pub/bob")); });
  box.put("pub/process", "p", 0600);
  EXPECT_EQ(box.stat("pub/ann").uid, 1000u);
  EXPECT_EQ(box.stat("pub/ann").gid, 100u);
  EXPECT_EQ(box.stat("pub/bob").uid, 1001u);
  EXPECT_EQ(box.stat("pub/process").uid, 0u);
  EXPECT_EQ(reads(ann, "pub/ann"), Errno::ok);
  EXPECT_EQ(reads(bob, "pub/ann"), Errno::acces);
  EXPECT_EQ(reads(ann, "pub/process"), Errno::acces);
  EXPECT_EQ(box.try_open("pub/ann", rd), Errno::ok); // the process is root
}

TEST_F(CallersTest, SupplementaryGroupsCount) {
  EXPECT_EQ(reads(cid, "in7"), Errno::ok);
  EXPECT_EQ(reads(bob, "in7"), Errno::acces);
  EXPECT_EQ(reads({1001, 7}, "in7"), Errno::ok);
  // Who is in the group may keep its set-group-ID bit, and give a file to one of their groups.
  EXPECT_EQ(as(ann, [&] { return box.chmod("in7", 02755); }), Errno::ok);
  EXPECT_EQ(box.stat("in7").mode & 07777, 02755u);
  EXPECT_EQ(as({1000, 100}, [&] { return box.chmod("in7", 02755); }), Errno::ok);
  EXPECT_EQ(box.stat("in7").mode & 07777, 0755u);
  EXPECT_EQ(as(ann, [&] { return box.chown("in7", ~0u, 5); }), Errno::ok);
  EXPECT_EQ(as(ann, [&] { return box.chown("in7", ~0u, 6); }), Errno::perm);
}

TEST_F(CallersTest, AStickyDirectoryGuardsEachFromTheOthers) {
  as(ann, [&] { box.put("pub/ann", "a", 0666); });
  EXPECT_EQ(as(bob, [&] { return box.unlink("pub/ann"); }), Errno::perm);
  EXPECT_EQ(as(ann, [&] { return box.unlink("pub/ann"); }), Errno::ok);
}

TEST_F(CallersTest, SetGroupIdIsForMembersOfTheGroup) {
  // A write takes the set-ID bits away. Only for a member of the group, set-group-ID remains where the group may
  // not execute the file.
  auto mode_written = [&](const Identity &who, u32 bits) {
    Sandbox::must(box.chown("in7", 5, 7));
    Sandbox::must(box.chmod("in7", bits));
    EXPECT_EQ(as(who, [&] {
                Fd fd = box.must_open("in7", wr);
                EXPECT_EQ(Sandbox::must(mayfly::write(box.fs(), box.ofd(fd), StrView("w"))), 1u);
                return box.close(fd);
              }),
              Errno::ok);
    return box.stat("in7").mode & 07777u;
  };
  EXPECT_EQ(mode_written(ann, 06777), 0777u);
  EXPECT_EQ(mode_written(ann, 06767), 02767u);
  EXPECT_EQ(mode_written(bob, 06767), 0767u);
  EXPECT_EQ(mode_written({}, 06777), 06777u); // root
  // A directory hands its group down, and only the group's members make set-group-ID executables in it.
  Sandbox::must(box.chown("open", 0, 7));
  Sandbox::must(box.chmod("open", 02777));
  EXPECT_EQ(as(ann, [&] { return box.try_open("open/ann", wr | create, 02755); }), Errno::ok);
  EXPECT_EQ(as(bob, [&] { return box.try_open("open/bob", wr | create, 02755); }), Errno::ok);
  EXPECT_EQ(box.stat("open/ann").mode & 07777u, 02755u);
  EXPECT_EQ(box.stat("open/bob").mode & 07777u, 0755u);
  EXPECT_EQ(box.stat("open/bob").gid, 7u);
}

TEST_F(CallersTest, WhatOneMayWalkIsNotRememberedForAnother) {
  Sandbox::must(box.mkdir("open/d"));
  Sandbox::must(box.mkdir("open/d/e"));
  Sandbox::must(box.mkdir("open/d/e/f"));
  box.put("open/d/e/f/g", "g", 0644);
  Sandbox::must(box.chown("open/d", 1000, 100));
  Sandbox::must(box.chmod("open/d", 0700));
  for (int round = 0; round < 3; ++round) {
    for (int again = 0; again < 3; ++again) EXPECT_EQ(reads(ann, "open/d/e/f/g"), Errno::ok);
    EXPECT_EQ(reads(bob, "open/d/e/f/g"), Errno::acces);
    EXPECT_EQ(box.try_open("open/d/e/f/g", rd), Errno::ok);
    EXPECT_EQ(reads(bob, "open/d/e/f/g"), Errno::acces);
  }
}

TEST_F(CallersTest, ScopesNestAndEnd) {
  ActAs outer(bob);
  EXPECT_EQ(box.try_open("in7", rd), Errno::acces);
  EXPECT_EQ(reads(ann, "in7"), Errno::ok);
  EXPECT_EQ(box.try_open("in7", rd), Errno::acces);
}

} // namespace
} // namespace mayfly
