#include "cli/output_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "cli/temporary.h"
#include "cli/test_support.h"

namespace mayfly::cli {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<uint8_t> bytes_of(const std::string &text) { return {text.begin(), text.end()}; }
std::string slurp(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
size_t entries(const std::string &directory) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

class OutputFile : public testing::TestWithParam<WriteMethod> {
protected:
  std::expected<void, Failure> write(const std::string &path, const std::vector<uint8_t> &bytes) {
    return write_output(path, bytes, GetParam());
  }
  Scratch s;
};
INSTANTIATE_TEST_SUITE_P(Methods, OutputFile, testing::Values(WriteMethod::best, WriteMethod::named),
                         [](const auto &i) { return i.param == WriteMethod::best ? "Best" : "Named"; });

TEST_P(OutputFile, NewAndReplaced) {
  ASSERT_TRUE(write(s / "out", bytes_of("one")));
  EXPECT_EQ(slurp(s / "out"), "one");
  chmod((s / "out").c_str(), 0751);
  ASSERT_TRUE(write(s / "out", bytes_of("two")));
  EXPECT_EQ(slurp(s / "out"), "two");
  struct stat st;
  stat((s / "out").c_str(), &st);
  EXPECT_EQ(st.st_mode & 0777, 0751u);
  EXPECT_EQ(entries(s.path()), 1u);
}

TEST_P(OutputFile, ModeIsThatOfTheUmask) {
  mode_t before = umask(027);
  ASSERT_TRUE(write(s / "out", bytes_of("x")));
  umask(before);
  struct stat st;
  stat((s / "out").c_str(), &st);
  EXPECT_EQ(st.st_mode & 0777, 0640u);
}

TEST_P(OutputFile, SymlinkStaysAndItsTargetIsWritten) {
  s.write("dir/real", "old");
  fs::create_symlink("dir/real", s / "link");
  ASSERT_TRUE(write(s / "link", bytes_of("new")));
  EXPECT_TRUE(fs::is_symlink(s / "link"));
  EXPECT_EQ(slurp(s / "dir/real"), "new");
  EXPECT_EQ(entries(s / "dir"), 1u);
}

TEST_P(OutputFile, NoSpaceLeavesTheOldFile) {
  // The limit on file sizes stands for every reason for which a write may fail half-way.
  s.write("out", "old");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{}, small{};
  getrlimit(RLIMIT_FSIZE, &before);
  small = {65536, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  auto done = write(s / "out", std::vector<uint8_t>(1 << 20));
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(done);
  EXPECT_THAT(text_of(done.error()), HasSubstr("out: cannot be written: File too large"));
  EXPECT_THAT(done.error().hint, HasSubstr("1.0 MB"));
  EXPECT_EQ(slurp(s / "out"), "old");
  EXPECT_EQ(entries(s.path()), 1u);
}

TEST_P(OutputFile, FullDisk) {
  fs::create_directory(s / "disk");
  if (mount("none", (s / "disk").c_str(), "tmpfs", 0, "size=256k") != 0)
    GTEST_SKIP() << "cannot mount a small tmpfs here";
  s.write("disk/out", "old");
  auto done = write(s / "disk/out", std::vector<uint8_t>(1 << 20));
  EXPECT_EQ(slurp(s / "disk/out"), "old");
  EXPECT_EQ(entries(s / "disk"), 1u);
  umount((s / "disk").c_str());
  ASSERT_FALSE(done);
  EXPECT_THAT(text_of(done.error()), HasSubstr("No space left on device\nhint: the output needs 1.0 MB"));
}

TEST_P(OutputFile, Refused) {
  EXPECT_THAT(write(s.path(), {}).error().message, HasSubstr("is a directory"));
  EXPECT_THAT(write(s / "none/out", {}).error().message, HasSubstr("No such file"));
  s.write("file", "x");
  EXPECT_FALSE(write(s / "file/out", {}));
  EXPECT_FALSE(write("", {}));
  EXPECT_THAT(write(s / (std::string(300, 'n')), {}).error().message, HasSubstr("File name too long"));
  EXPECT_EQ(entries(s.path()), 1u);
}

TEST_P(OutputFile, DevicesAreWrittenInPlace) {
  EXPECT_TRUE(write("/dev/null", bytes_of("x")));
  EXPECT_THAT(write("/dev/full", bytes_of("x")).error().message, HasSubstr("No space left"));
}

TEST_P(OutputFile, ReadOnlyDirectory) {
  fs::create_directory(s / "ro");
  chmod(s.path().c_str(), 0755);
  chmod((s / "ro").c_str(), 0555);
  bool root = geteuid() == 0;
  ASSERT_EQ(root ? seteuid(65534) : 0, 0);
  auto done = write(s / "ro/out", bytes_of("x"));
  ASSERT_EQ(root ? seteuid(0) : 0, 0);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("Permission denied"));
}

TEST(Temporary, IsRemovedWithWhatItHolds) {
  std::string path;
  {
    auto directory = Temporary::directory();
    ASSERT_TRUE(directory);
    path = directory->path();
    std::ofstream(directory->file("a")) << "x";
    std::ofstream(directory->file("b")) << "x";
    (void)directory->file("never-made");
    EXPECT_EQ(entries(path), 2u);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(Temporary, SignalsRemoveIt) {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    Scratch s;
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      setenv("TMPDIR", s.path().c_str(), 1);
      install_signal_cleanup();
      auto directory = Temporary::directory();
      std::ofstream(directory->file("a")) << "x";
      if (entries(s.path()) != 1) _exit(3);
      raise(signal);
      _exit(4);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << status;
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_EQ(entries(s.path()), 0u);
  }
}

TEST(Temporary, IgnoredSignalsStayIgnored) {
  pid_t child = fork();
  if (child == 0) {
    std::signal(SIGHUP, SIG_IGN);
    install_signal_cleanup();
    raise(SIGHUP);
    _exit(0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

} // namespace
} // namespace mayfly::cli
