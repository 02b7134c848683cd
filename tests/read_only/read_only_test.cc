// The layer of read-only packs is the core compiled without writes (core/build.h). It must answer every call
// as the whole core does over the same read-only region.
#include <gtest/gtest.h>

#include <cstring>
#include <sstream>

#include "abi/wasi_p1/types.h"
#include "core/fd_table.h"
#include "core/host_native.h"
#include "replay.h"

namespace mayfly_without_writes { // the same sources, renamed by the compiler's command line
std::string replay(const std::vector<uint8_t> &region, const std::vector<uint8_t> &content, uint64_t seed,
                   int calls, std::vector<uint8_t> *after);
}

namespace mayfly {
namespace {

struct Packed {
  std::vector<uint8_t> region, content;
};

Path path_of(const char *text) {
  Path path;
  EXPECT_EQ(path.assign(text, static_cast<u32>(std::strlen(text))), Errno::ok);
  return path;
}

Packed pack() {
  Packed out;
  for (int i = 0; i < 20000; i++) out.content.push_back(static_cast<uint8_t>(i * 7 + i / 256));
  FormatOptions format;
  format.max_fds = 132;
  NativeHost host(format, {.app_bytes = 1 << 16, .reserve_bytes = 16 << 20});
  host.content = out.content.data();
  host.content_bytes = static_cast<uint32_t>(out.content.size());
  Fs &fs = host.fs();
  Attributes a{0644, 0, 0, 123456789};
  for (const char *dir : {"d", "d/sub", "d/sub/deep", "d/sub/deep/long-enough-to-be-remembered"})
    EXPECT_TRUE(pack_dir(fs, path_of(dir), {0755, 0, 0, 5}).ok());
  EXPECT_TRUE(pack_file(fs, path_of("d/hello.txt"), a, 0, 19).ok());
  EXPECT_TRUE(pack_file(fs, path_of("d/empty"), a, 0, 0).ok());
  EXPECT_TRUE(pack_file(fs, path_of("d/big.bin"), a, 3, 17001).ok());
  EXPECT_TRUE(pack_file(fs, path_of("d/sub/deep/file.txt"), a, 100, 4096).ok());
  EXPECT_TRUE(pack_file(fs, path_of("d/sub/deep/long-enough-to-be-remembered/file.txt"), a, 7, 65).ok());
  for (auto [name, target] : {std::pair{"link", "d/hello.txt"},
                              {"loop", "loop"},
                              {"absolute", "/d/hello.txt"},
                              {"dangling", "d/none"},
                              {"to-directory", "d"}})
    EXPECT_TRUE(pack_symlink(fs, path_of(name), a, path_of(target)).ok());
  EXPECT_TRUE(pack_link(fs, path_of("d/hello.txt"), path_of("d/sub/again")).ok());
  for (Fd fd = 0; fd < 3; fd++)
    EXPECT_EQ(open_host_at(fs, fd, fd, wasi_p1::right::all, wasi_p1::right::all), Errno::ok);
  // Most of the first extent is taken, so that programs come to need another one.
  for (Fd fd = 40; fd < kFdsMin - 2; fd++)
    EXPECT_EQ(open_host_at(fs, fd, 1, wasi_p1::right::all, wasi_p1::right::all), Errno::ok);
  EXPECT_TRUE(open_preopen(fs, fs.root, "/", wasi_p1::right::of_directory, wasi_p1::right::all).ok());
  fs.config |= kConfigReadOnly;
  u32 size = pack_finish(fs);
  const uint8_t *bytes = reinterpret_cast<const uint8_t *>(&fs);
  out.region.assign(bytes, bytes + size);
  return out;
}

// The programs that are compared.
constexpr uint64_t kSeeds = 60;
constexpr int kCalls = 2000;

TEST(ReadOnlyBuild, AnswersAsTheWholeCore) {
  Packed packed = pack();
  int extended = 0; // regions that grew, for more descriptors
  for (uint64_t seed = 1; seed <= kSeeds; seed++) {
    std::vector<uint8_t> after;
    std::istringstream whole(replay(packed.region, packed.content, seed, kCalls));
    std::istringstream small(mayfly_without_writes::replay(packed.region, packed.content, seed, kCalls, &after));
    std::string expected, got;
    for (int call = 0; std::getline(whole, expected); call++) {
      ASSERT_TRUE(std::getline(small, got));
      ASSERT_EQ(got, expected) << "call " << call << " of seed " << seed;
    }
    const char *what = "";
    u32 where = 0;
    auto content_bytes = static_cast<u32>(packed.content.size());
    ASSERT_TRUE(verify(after.data(), after.size(), content_bytes, &what, &where)) << what << " at " << where << ", seed " << seed;
    extended += after.size() > packed.region.size();
  }
  EXPECT_GT(extended, 0);
}

// The calls do what they are for: else the comparison would compare errors.
TEST(ReadOnlyBuild, TheProgramsReachFiles) {
  Packed packed = pack();
  std::string text;
  for (uint64_t seed = 1; seed <= kSeeds; seed++)
    text += mayfly_without_writes::replay(packed.region, packed.content, seed, kCalls, nullptr);
  for (const char *call : {"path_open = 0", "path_open = 69", "path_open = 33", "fd_read = 0", "fd_pread = 0",
                           "fd_readdir = 0", "fd_write = 0", "path_unlink_file = 69", "path_rename = 69"})
    EXPECT_NE(text.find(call), std::string::npos) << call;
}

} // namespace
} // namespace mayfly
