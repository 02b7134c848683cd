// Hostile names: what names that collide can cost, and that everything is found when the seed changes.
// Costs are counted in slots of the table, because time says nothing on a busy machine.
#include "core/tree.h"

#include <gtest/gtest.h>

#include <charconv>
#include <functional>
#include <map>
#include <random>

#include "core/test_support.h"

namespace mayfly {
namespace {

// A hash function, given the padded bytes of a name.
using Hash = std::function<u32(const char *, u32)>;

Hash seeded(u64 seed, InodeId parent) {
  return [=](const char *p, u32 len) { return hash_name(seed, parent, p, len); };
}

// The function of format versions 1 and 2, which had no seed.
Hash unseeded(InodeId parent) {
  return [=](const char *p, u32 len) {
    auto mix = [](u64 h, u64 word) {
      h = (h ^ word) * 0xd6e8feb86659fd93ull;
      return h ^ (h >> 32);
    };
    u64 h = parent * 0x9e3779b97f4a7c15ull;
    for (; len >= 8; p += 8, len -= 8) h = mix(h, load_word(p));
    if (len) h = mix(h, low_bytes(load_word(p), len));
    return static_cast<u32>(h >> 32);
  };
}

// The next name, counting on from `n`, that `wanted` accepts by its hash.
template <class Wanted> std::string next_name(const Hash &hash, u64 &n, Wanted wanted) {
  for (;;) {
    char text[32] = {'f'};
    u32 len = static_cast<u32>(std::to_chars(text + 1, text + sizeof text, n++).ptr - text);
    if (wanted(hash(text, len))) return text;
  }
}
// The next name whose hash starts with `bits` zeros: its home is in that part of the table.
std::string colliding(const Hash &hash, u64 &n, u32 bits) {
  return next_name(hash, n, [=](u32 h) { return h >> (32 - bits) == 0; });
}

struct Spread {
  u64 slots = 0;    // that looking up each name once takes
  u32 farthest = 0; // from its home
};
Spread spread(Fs &fs) {
  Spread s;
  const HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  for (u32 at = 0; at < fs.hash_cap; at++) {
    if (!table[at].dentry) continue;
    u32 away = (at - hash_home(table[at].hash, fs.hash_cap)) & (fs.hash_cap - 1);
    s.slots += away + 1;
    s.farthest = std::max(s.farthest, away);
  }
  return s;
}

// Makes links, so that only names are made.
void add(Sandbox &box, const std::string &name) { Sandbox::must(box.link("/target", name)); }

TEST(Tree, NamesMadeForAnotherSeedCostWhatRandomOnesCost) {
  constexpr u32 kNames = 20'000;
  FormatOptions format = Sandbox::without_devices();
  u64 guessed = format.name_seed;
  format.name_seed = 0x0123'4567'89ab'cdefull;
  for (bool old : {false, true}) {
    Sandbox box(format);
    box.put("/target", "");
    u64 n = 0;
    for (u32 i = 0; i < kNames; i++)
      add(box, colliding(old ? unseeded(box.fs().root) : seeded(guessed, box.fs().root), n, 9));
    Sandbox plain(format);
    plain.make_current();
    plain.put("/target", "");
    for (u32 i = 0; i < kNames; i++) add(plain, "f" + std::to_string(i * 7919));
    EXPECT_LT(spread(box.fs()).slots, kNames * 3u) << old; // 2.5 at three quarters full
    EXPECT_LT(spread(plain.fs()).slots, kNames * 3u);
    EXPECT_EQ(box.unsound(), "");
  }
}

// Who knows the seed, also each new one, can make as many steps as docs/region-format.md says, and no more.
TEST(Tree, NamesMadeForThePresentSeedAreBounded) {
  constexpr u32 kNames = 6000;
  Sandbox box;
  box.put("/target", "");
  std::vector<std::string> names;
  Fs &fs = box.fs();
  u64 n = 0, work = 0;
  u32 seeds = 0;
  for (u32 i = 0; i < kNames; i++) {
    u64 seed = fs.name_seed;
    names.push_back(colliding(seeded(seed, fs.root), n, 12));
    add(box, names.back());
    work += spread(fs).farthest + 1; // at least what adding took
    if (fs.name_seed == seed) continue;
    seeds++;
    work += fs.hash_cap;
  }
  EXPECT_GT(seeds, 2u); // so this test does reach what it is about
  // Each seed takes about reach_max names that were made for it.
  EXPECT_LE(seeds, kNames / (reach_max(256) / 2));
  EXPECT_LE(spread(fs).farthest, reach_max(fs.hash_cap));
  EXPECT_LE(work, u64{kNames} * (reach_max(fs.hash_cap) + fs.hash_cap / reach_max(fs.hash_cap)));
  EXPECT_EQ(box.unsound(), "");
  for (const std::string &name : names) ASSERT_EQ(box.exists(name), Errno::ok) << name;
  EXPECT_EQ(box.exists("missing"), Errno::noent);
  for (const std::string &name : names) ASSERT_EQ(box.unlink(name), Errno::ok) << name;
  EXPECT_EQ(box.unsound(), "");
}

// A run of slots that is much longer than any name's distance from home does not make misses dear: each of these
// names has a home of its own, one beside the other, and the farthest is what a miss takes at most.
TEST(Tree, ALongRunOfSlotsDoesNotHideThatANameIsMissing) {
  Sandbox box;
  box.put("/target", "");
  Fs &fs = box.fs();
  Sandbox::must(reserve_names(fs, 40'000)); // 65,536 slots
  std::map<u32, std::string> by_home;
  Hash hash = seeded(fs.name_seed, fs.root);
  for (u64 n = 0; by_home.size() < 3000;) {
    u32 home = 0;
    std::string name = next_name(hash, n, [&](u32 h) {
      home = hash_home(h, fs.hash_cap);
      return home >= 1000 && home < 4000;
    });
    by_home.emplace(home, name);
  }
  for (auto &[home, name] : by_home) add(box, name);
  EXPECT_LE(spread(fs).farthest, 2u); // a run of 3,000
  u64 seed = fs.name_seed, n = 1'000'000;
  // One more at the run's start would be 3,000 slots from home.
  std::string bad = next_name(hash, n, [&](u32 h) { return hash_home(h, fs.hash_cap) == 1000; });
  EXPECT_EQ(box.exists(bad), Errno::noent);
  add(box, bad);
  EXPECT_NE(fs.name_seed, seed);
  EXPECT_LT(spread(fs).farthest, 100u);
  for (auto &[home, name] : by_home) ASSERT_EQ(box.exists(name), Errno::ok);
  EXPECT_EQ(box.unsound(), "");
}

// The state in which the next colliding name makes the table change its seed: each operation that adds a name then has
// walked with the old one.
class Brink : public testing::Test {
protected:
  Brink() {
    box.put("/target", "t");
    Sandbox::must(box.mkdir("d"));
    Sandbox::must(box.mkdir("moving"));
    box.put("/d/same", "s");
    while (spread(box.fs()).farthest < reach_max(box.fs().hash_cap)) {
      names.push_back(next());
      add(box, names.back());
    }
    EXPECT_EQ(box.fs().hash_cap, 256u);
    state = box.bytes();
  }
  std::string next() { return colliding(seeded(box.fs().name_seed, box.fs().root), n, 8); }

  Sandbox box;
  u64 n = 10'000'000;
  std::vector<std::string> names;
  std::vector<uint8_t> state;
};

TEST_F(Brink, OperationsFindWhatTheyAddedUnderTheNewSeed) {
  using namespace open_flags;
  struct Case {
    const char *what;
    bool changes; // whether a name is added
    std::function<Errno(Sandbox &, const std::string &)> operation;
  };
  const std::string &taken = names.back();
  const Case cases[] = {
      {"create", true, [](Sandbox &b, const std::string &to) { return b.try_open(to, wr | open_flags::create); }},
      {"tmpfile", false, [](Sandbox &b, const std::string &) { return b.try_open("/", wr | tmpfile); }},
      {"mkdir", true, [](Sandbox &b, const std::string &to) { return b.mkdir(to); }},
      {"symlink", true, [](Sandbox &b, const std::string &to) { return b.symlink("/target", to); }},
      {"link", true, [](Sandbox &b, const std::string &to) { return b.link("/target", to); }},
      {"rename, same length", true, [&](Sandbox &b, const std::string &to) { return b.rename(taken, to); }},
      {"rename, another length", true, [](Sandbox &b, const std::string &to) { return b.rename("target", to); }},
      {"rename of a directory", true, [](Sandbox &b, const std::string &to) { return b.rename("moving", to); }},
      {"rename from elsewhere", true, [](Sandbox &b, const std::string &to) { return b.rename("d/same", to); }},
      {"rename over", false, [&](Sandbox &b, const std::string &) { return b.rename("d/same", taken); }},
      {"exchange", false,
       [&](Sandbox &b, const std::string &) { return b.rename("d/same", taken, rename_flags::exchange); }},
      {"pack_link over", false, [&](Sandbox &b, const std::string &) {
         return pack_link(b.fs(), Sandbox::path("/d/same"), Sandbox::path(taken)).error();
       }},
      {"pack_file", true, [](Sandbox &b, const std::string &to) {
         return pack_file(b.fs(), Sandbox::path(to), {0644, 0, 0, 0}, 0, 0).error();
       }},
  };
  for (const Case &c : cases) {
    ASSERT_TRUE(box.load(state.data(), state.size()));
    std::string to = next(), before = box.dump();
    u64 seed = box.fs().name_seed;
    ASSERT_EQ(c.operation(box, to), Errno::ok) << c.what;
    EXPECT_EQ(box.fs().name_seed != seed, c.changes) << c.what;
    EXPECT_EQ(box.exists(to), c.changes ? Errno::ok : Errno::noent) << c.what;
    EXPECT_EQ(box.unsound(), "") << c.what;
    EXPECT_LE(spread(box.fs()).farthest, reach_max(256)) << c.what;
    if (c.changes) { // and back again, to the same tree
      std::string what = c.what;
      if (what == "mkdir") Sandbox::must(box.rmdir(to));
      else if (what == "rename, same length") Sandbox::must(box.rename(to, taken));
      else if (what == "rename, another length") Sandbox::must(box.rename(to, "target"));
      else if (what == "rename of a directory") Sandbox::must(box.rename(to, "moving"));
      else if (what == "rename from elsewhere") Sandbox::must(box.rename(to, "d/same"));
      else Sandbox::must(box.unlink(to));
      EXPECT_EQ(box.dump(), before) << c.what;
    }
  }
}

TEST_F(Brink, WithoutSpaceForAnotherTableTheNameIsRefused) {
  std::string to = next(), before = box.dump();
  box.fs().pages_max = box.fs().pages_used;
  u64 seed = box.fs().name_seed;
  EXPECT_EQ(box.link("/target", to), Errno::nospc);
  EXPECT_EQ(box.rename(names.back(), to), Errno::nospc);
  EXPECT_EQ(box.rename("target", to), Errno::nospc);
  EXPECT_EQ(box.dump(), before);
  EXPECT_EQ(box.fs().name_seed, seed);
  EXPECT_EQ(box.unsound(), "");
  box.fs().pages_max++;
  EXPECT_EQ(box.link("/target", to), Errno::ok);
  EXPECT_NE(box.fs().name_seed, seed);
}

TEST_F(Brink, EqualHistoriesGiveEqualBytesAndEqualSeeds) {
  std::string to = next();
  std::vector<uint8_t> results[2];
  for (auto &result : results) {
    ASSERT_TRUE(box.load(state.data(), state.size()));
    Sandbox::must(box.mkdir(to));
    result = box.bytes();
  }
  EXPECT_EQ(results[0], results[1]);
  // What the new seed is depends on all names: nobody can make names for it in advance.
  u64 seed = box.fs().name_seed;
  ASSERT_TRUE(box.load(state.data(), state.size()));
  Sandbox::must(box.rename("d/same", "d/other"));
  Sandbox::must(box.mkdir(to));
  EXPECT_NE(box.fs().name_seed, seed);
}

TEST_F(Brink, VerifyHoldsRegionsToTheirSeedAndToTheBound) {
  auto verdict = [&](const std::vector<uint8_t> &bytes) {
    const char *what = "";
    u32 where;
    return verify(bytes.data(), bytes.size(), 0, &what, &where) ? "sound" : what;
  };
  EXPECT_STREQ(verdict(state), "sound");
  auto other = state;
  reinterpret_cast<Superblock *>(other.data())->name_seed ^= 2;
  EXPECT_STREQ(verdict(other), "an entry's hash is wrong");
}

TEST(Tree, VerifyRefusesANameThatIsTooFarFromHome) {
  Sandbox box;
  Fs &fs = box.fs();
  Hash hash = seeded(fs.name_seed, fs.root);
  u64 n = 0;
  for (u32 i = 0; i < reach_max(256); i++) box.put(colliding(hash, n, 8), "");
  // Two whose home is slot 50 come to lie behind these; then one of each kind change places.
  for (u32 i = 0; i < 2; i++) box.put(next_name(hash, n, [](u32 h) { return hash_home(h, 256) == 50; }), "");
  ASSERT_EQ(box.unsound(), "");
  HashSlot *table = fs.at<HashSlot>(fs.hash_table);
  u32 last = reach_max(256) + 1;
  ASSERT_TRUE(table[last].dentry != 0 && table[last + 1].dentry == 0);
  std::swap(table[60], table[last - 1]); // as far as it may be
  EXPECT_EQ(box.unsound(), "");
  std::swap(table[61], table[last]); // one slot farther
  EXPECT_NE(box.unsound().find("an entry cannot be found by its name"), std::string::npos) << box.unsound();
}

// A table that shrinks brings names together that were apart.
TEST(Tree, NamesThatWouldCollideInASmallerTableGetAnotherSeed) {
  for (bool by_packing : {false, true}) {
    Sandbox box;
    box.put("/target", "");
    Fs &fs = box.fs();
    Sandbox::must(reserve_names(fs, 40'000));
    ASSERT_EQ(fs.hash_cap, 65'536u);
    std::vector<std::string> names;
    u64 n = 0;
    for (u32 i = 0; i < 4095; i++) {
      names.push_back(colliding(seeded(fs.name_seed, fs.root), n, 5));
      add(box, names.back());
    }
    u64 seed = fs.name_seed;
    ASSERT_EQ(fs.hash_cap, 65'536u);
    box.put("/other", "o");
    Sandbox::must(box.unlink(names[0]));
    names.erase(names.begin());
    ASSERT_EQ(fs.name_seed, seed);
    // What clears the way for a packed link takes the table below a sixteenth.
    if (by_packing) Sandbox::must(pack_link(fs, Sandbox::path("/other"), Sandbox::path(names[0])));
    else Sandbox::must(box.unlink(names[0]));
    EXPECT_EQ(fs.hash_cap, 16'384u);
    EXPECT_NE(fs.name_seed, seed);
    for (u32 i = by_packing ? 0 : 1; i < names.size(); i++) ASSERT_EQ(box.exists(names[i]), Errno::ok) << i;
    EXPECT_EQ(box.exists(names[0]), by_packing ? Errno::ok : Errno::noent);
    EXPECT_EQ(box.unsound(), "");
  }
}

// Random operations in two directories against maps, while the seed changes at random.
TEST(Tree, EverythingIsFoundWhereverTheSeedChanges) {
  for (u32 round = 0; round < 8; round++) {
    std::mt19937 random(round);
    auto below = [&](u32 bound) { return static_cast<u32>(random() % bound); };
    Sandbox box;
    Fs &fs = box.fs();
    std::map<std::string, u64> model[2]; // name to inode number
    Sandbox::must(box.mkdir("0"));
    Sandbox::must(box.mkdir("1"));
    Fd listing = box.must_open("0", rd | open_flags::directory);
    u64 cookie = 0, passed = 0; // a listing that goes on for the whole round
    u32 seeds = 0;
    for (u32 step = 0; step < 3000; step++) {
      SCOPED_TRACE(testing::Message() << "round " << round << ", step " << step);
      u32 d = below(2), e = below(2);
      auto name = [&](u32 dir, u32 i) { return std::to_string(dir) + "/" + std::string(i % 23 + 1, 'n') + std::to_string(i); };
      std::string a = name(d, below(300)), b = name(e, below(300));
      bool has_a = model[d].count(a), has_b = model[e].count(b);
      switch (below(6)) {
      case 0:
      case 1:
        ASSERT_EQ(box.try_open(a, wr | open_flags::create | open_flags::excl), has_a ? Errno::exist : Errno::ok);
        if (!has_a) model[d][a] = box.stat(a).ino;
        break;
      case 2:
        ASSERT_EQ(box.unlink(a), has_a ? Errno::ok : Errno::noent);
        model[d].erase(a);
        break;
      case 3:
        ASSERT_EQ(box.rename(a, b), has_a ? Errno::ok : Errno::noent);
        if (has_a && (!has_b || model[d][a] != model[e][b])) {
          model[e][b] = model[d][a];
          model[d].erase(a);
        }
        break;
      case 4:
        ASSERT_EQ(box.link(a, b), !has_a ? Errno::noent : has_b ? Errno::exist : Errno::ok);
        if (has_a && !has_b) model[e][b] = model[d][a];
        break;
      case 5: {
        auto some = box.entries(listing, cookie, 3);
        for (auto &entry : some) {
          cookie = entry.next_cookie;
          passed++;
          ASSERT_TRUE(entry.name == "." || entry.name == ".." || model[0].count("0/" + entry.name)) << entry.name;
        }
        if (some.empty()) cookie = 0;
      }
      }
      if (below(20) == 0) {
        u64 seed = fs.name_seed;
        Sandbox::must(change_seed(fs));
        seeds += fs.name_seed != seed;
      }
      if (step % 500 == 499) {
        ASSERT_EQ(box.unsound(), "");
        for (u32 dir : {0u, 1u}) {
          ASSERT_EQ(box.list(std::to_string(dir)).size(), model[dir].size());
          for (u32 i = 0; i < 300; i++) {
            std::string n = name(dir, i);
            auto known = model[dir].find(n);
            ASSERT_EQ(box.exists(n), known == model[dir].end() ? Errno::noent : Errno::ok) << n;
            ASSERT_TRUE(known == model[dir].end() || box.stat(n).ino == known->second) << n;
          }
        }
      }
    }
    EXPECT_GT(seeds, 50u);
    EXPECT_GT(passed, 500u);
  }
}

} // namespace
} // namespace mayfly
