// std::filesystem and streams on a packed tree and on files of their own.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

static std::string slurp(const fs::path &path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return in ? out.str() : "(cannot be read)";
}

static std::vector<std::string> tree(const fs::path &root) {
  std::vector<std::string> lines;
  for (const auto &entry : fs::recursive_directory_iterator(root)) {
    auto status = entry.symlink_status();
    std::string line = entry.path().string();
    if (fs::is_symlink(status)) line += " -> " + fs::read_symlink(entry.path()).string();
    else if (fs::is_directory(status)) line += "/";
    else line += " " + std::to_string(entry.file_size());
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

int main() {
  std::cout << "packed: " << slurp("/assets/hello.txt");
  for (const auto &line : tree("/assets")) std::cout << line << "\n";

  fs::create_directories("/work/a/b/c");
  {
    std::ofstream out("/work/a/b/c/numbers.txt");
    for (int i = 0; i < 10000; i++) out << i << "\n";
  }
  std::ifstream in("/work/a/b/c/numbers.txt");
  long sum = 0;
  for (long n; in >> n;) sum += n;
  std::cout << "sum of what was written: " << sum << "\n";

  std::fstream both("/work/a/b/c/numbers.txt", std::ios::in | std::ios::out | std::ios::binary);
  both.seekp(2) << "TWO";
  both.seekg(0);
  std::string first, second, third;
  both >> first >> second >> third;
  std::cout << "in place: " << first << " " << second << " " << third << "\n";
  both.close();

  std::ofstream("/work/log", std::ios::app) << "first\n";
  std::ofstream("/work/log", std::ios::app) << "second\n";
  std::cout << "appended: " << slurp("/work/log");

  fs::copy("/assets/sub", "/work/copy", fs::copy_options::recursive);
  std::cout << "copied equal: " << (slurp("/work/copy/data.bin") == slurp("/assets/sub/data.bin")) << "\n";
  fs::rename("/work/copy", "/work/renamed");
  fs::create_symlink("renamed/list.txt", "/work/soft");
  fs::create_hard_link("/work/log", "/work/hard");
  std::cout << "links: " << fs::hard_link_count("/work/log") << ", equivalent: " << fs::equivalent("/work/log", "/work/hard")
            << ", canonical: " << fs::canonical("/work/soft").string() << "\n";
  fs::resize_file("/work/log", 5);
  std::cout << "resized: " << slurp("/work/hard") << "\n";
  for (const auto &line : tree("/work")) std::cout << line << "\n";

  std::error_code error;
  fs::remove("/work/a", error);
  std::cout << "remove of a full directory: " << error.message() << "\n";
  std::cout << "removed: " << fs::remove_all("/work") << ", exists: " << fs::exists("/work") << "\n";
  std::ifstream missing("/work/log");
  std::cout << "a missing file opens: " << missing.is_open() << "\n";
}
