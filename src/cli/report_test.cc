#include "cli/report.h"

#include <gtest/gtest.h>

#include "base/suggest.h"

namespace mayfly::cli {
namespace {

TEST(Report, Numbers) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1000), "1.0 KB");
  EXPECT_EQ(size_text(999'999), "1.0 MB");
  EXPECT_EQ(size_text(16'655'034), "16.7 MB");
  EXPECT_EQ(size_text(~uint64_t{0}), "18446744.1 TB");
  EXPECT_EQ(count_text(1, "file", "files"), "1 file");
  EXPECT_EQ(count_text(0, "file", "files"), "0 files");
}

TEST(Report, TableAlignsByCharacters) {
  EXPECT_EQ(table({{"a", "1", "x"}, {"\xc3\xa4\xc3\xb6", "1,000", ""}}, {1}),
            "  a       1  x\n  \xc3\xa4\xc3\xb6  1,000\n");
  EXPECT_EQ(table({}), "");
}

TEST(Report, ControlCharactersOfNamesAreShownNotSent) {
  testing::internal::CaptureStderr();
  print({"a\x1b[31m\nb", "is odd", ""});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "mayfly: error: a\\x1b[31m\\x0ab: is odd\n");
}

TEST(Report, ProgressIsSilentWithoutATerminal) {
  testing::internal::CaptureStderr();
  {
    ProgressLine progress;
    progress.phase("reading", 100);
    for (uint64_t i = 0; i < 1000; i++) progress.at(i);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Suggest, NearestWord) {
  const std::string words[] = {"--dir", "--tar", "--file", "--host-dir", "--hermetic", "--max-bytes"};
  EXPECT_EQ(nearest("--dri", words), "--dir");
  EXPECT_EQ(nearest("--hermitic", words), "--hermetic");
  EXPECT_EQ(nearest("--maxbytes", words), "--max-bytes");
  EXPECT_EQ(nearest("--hostdir", words), "--host-dir");
  EXPECT_EQ(nearest("--something", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(100000, 'x'), words), "");
}

} // namespace
} // namespace mayfly::cli
