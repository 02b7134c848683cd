// The linker gets what it has to know of a host's interfaces as options (host.h): its sources name none of
// them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mayfly::link {
namespace {

bool is_of_tests(const std::string &name) {
  return name.find("_test.") != name.npos || name.find("_fuzz.") != name.npos || name == "test_support.h";
}

TEST(Neutral, TheLinkerNamesNoInterface) {
  size_t files = 0;
  for (const auto &entry : std::filesystem::directory_iterator(MAYFLY_LINK_SOURCES)) {
    std::string name = entry.path().filename();
    if (!entry.is_regular_file() || is_of_tests(name)) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    std::string source = text.str();
    std::ranges::transform(source, source.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const char *word : {"wasi", "emscripten", "fd_write", "proc_exit", "path_open", "clock_"})
      EXPECT_EQ(source.find(word), source.npos) << name << " mentions " << word;
    files++;
  }
  EXPECT_GT(files, 20u);
}

} // namespace
} // namespace mayfly::link
