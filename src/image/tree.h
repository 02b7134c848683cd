// The tree that a pack starts from, put together from several sources before the region is made.
//
// Overlay rules, the same for every source:
//  - a directory over a directory: entries are merged, the later one's attributes win;
//  - anything else replaces what was there, a whole subtree included;
//  - parents that a path implies but nobody named are made (mode 0755). A symlink on the way
//    that leads to a directory of the tree is followed; any other non-directory is replaced.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "image/content.h"
#include "image/guest_path.h"

namespace mayfly::image {

using NodeId = uint32_t;
enum class Type : uint8_t { directory, file, symlink };

struct Owner {
  uint32_t uid = 0, gid = 0;
};

struct Attributes {
  uint32_t mode = 0755; // permission bits
  Owner owner;
  int64_t mtime_ns = 0;
};

struct Node {
  Type type = Type::directory;
  Attributes attributes;
  Extent content;                                     // file
  std::string target;                                 // symlink
  std::map<std::string, NodeId, std::less<>> entries; // directory, sorted by byte
};

class Tree {
public:
  static constexpr NodeId root = 0;
  static constexpr NodeId none = ~NodeId{0};

  // `made` are the attributes of the root and of directories that a path implies.
  explicit Tree(const Attributes &made);

  const Node &operator[](NodeId id) const { return nodes_[id]; }
  Node &operator[](NodeId id) { return nodes_[id]; }

  // Puts `node` (without entries) under `name` into a directory. Gives the id it now has:
  // the old one for a directory over a directory.
  NodeId put(NodeId directory, std::string_view name, Node node);
  // A second name for a file or symlink.
  void put_link(NodeId directory, std::string_view name, NodeId existing);

  // The directory that a path names, made as far as missing. `none`: more than 40 symlinks on the way.
  NodeId make_directory(const GuestPath &path);
  // make_directory of all but the last component, which the path must have.
  NodeId make_parent(const GuestPath &path);
  // The node a path names; symlinks on the way are followed, the last one is not. Or `none`.
  NodeId find(const GuestPath &path) const;

  // Depth first, entries in byte order, parents before children. `visit` gets the full guest path.
  void walk(const std::function<void(const std::string &path, NodeId)> &visit) const;

  // Number of nodes ever put in, replaced ones included: bounds the memory a source can take.
  size_t size() const { return nodes_.size(); }

private:
  std::deque<Node> nodes_;
  Attributes made_;
};

} // namespace mayfly::image
