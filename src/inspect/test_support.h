// Modules from text, for the tests of this directory.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace mayfly::inspect {

using File = std::vector<uint8_t>;

inline File wat(const std::string &text) {
  std::string pattern = (std::filesystem::temp_directory_path() / "mayfly-inspect-XXXXXX").string();
  std::string directory = mkdtemp(pattern.data());
  std::ofstream(directory + "/a.wat") << text;
  std::string command = "wat2wasm --enable-all " + directory + "/a.wat -o " + directory + "/a.wasm";
  int status = std::system(command.c_str());
  std::ifstream in(directory + "/a.wasm", std::ios::binary);
  File bytes{std::istreambuf_iterator<char>(in), {}};
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  EXPECT_EQ(status, 0);
  return bytes;
}

inline bool have_wat2wasm() { return std::system("command -v wat2wasm >/dev/null 2>&1") == 0; }

} // namespace mayfly::inspect
