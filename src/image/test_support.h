// For the tests of this directory: a scratch directory, and the tree as text.
#pragma once
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "image/builder.h"

namespace mayfly::image {

class Scratch {
public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mayfly-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string &name) const { return path_ + "/" + name; }
  const std::string &path() const { return path_; }
  void write(const std::string &name, const std::string &bytes, mode_t mode = 0644) const {
    std::filesystem::create_directories(std::filesystem::path(path_ + "/" + name).parent_path());
    std::ofstream(path_ + "/" + name, std::ios::binary) << bytes;
    chmod((path_ + "/" + name).c_str(), mode);
  }

private:
  std::string path_;
};

inline std::string bytes_of(const Builder &b, const Node &node) {
  auto all = b.content.bytes();
  return {all.begin() + node.content.offset, all.begin() + node.content.offset + node.content.length};
}

// One line an entry: "/path d 755", "/path f 644 BYTES", "/path l TARGET"; "=" for a second name of a file.
inline std::string text_of(const Builder &b) {
  std::string text;
  std::map<NodeId, std::string> seen;
  b.tree.walk([&](const std::string &path, NodeId id) {
    const Node &n = b.tree[id];
    char mode[16];
    std::snprintf(mode, sizeof mode, "%o", n.attributes.mode);
    if (path == "/") return;
    text += path;
    if (seen.contains(id))
      text += " = " + seen[id];
    else if (n.type == Type::directory)
      text += std::string(" d ") + mode;
    else if (n.type == Type::symlink)
      text += " l " + n.target;
    else
      text += std::string(" f ") + mode + (n.content.length ? " " + bytes_of(b, n) : "");
    text += '\n';
    seen.emplace(id, path);
  });
  return text;
}

inline GuestPath guest(const char *text) { return *parse_guest_path(text); }

} // namespace mayfly::image
