#include "image/tree.h"

#include <algorithm>

namespace mayfly::image {
namespace {

constexpr int kSymlinkMax = 40; // followed in one path, as Linux

// A stack of directories from the root: where ".." of a symlink's target leads.
using Chain = std::vector<NodeId>;

std::vector<std::string> components_of(std::string_view target) {
  std::vector<std::string> names;
  for (size_t at = 0; at < target.size();) {
    size_t end = std::min(target.find('/', at), target.size());
    if (end > at && target.substr(at, end - at) != ".") names.emplace_back(target.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

// Enters `name` (which may be a symlink's "..") from the top of `chain`. False when that is no directory.
bool enter(const std::deque<Node> &nodes, Chain &chain, std::string_view name, int &links_left) {
  if (name == "..") {
    if (chain.size() > 1) chain.pop_back();
    return true;
  }
  const Node &directory = nodes[chain.back()];
  auto it = directory.entries.find(name);
  if (it == directory.entries.end()) return false;
  const Node &node = nodes[it->second];
  if (node.type == Type::directory) {
    chain.push_back(it->second);
    return true;
  }
  if (node.type != Type::symlink || links_left-- <= 0) return false;
  Chain there = chain;
  if (node.target.starts_with('/')) there.resize(1);
  for (const std::string &part : components_of(node.target))
    if (!enter(nodes, there, part, links_left)) return false;
  chain = std::move(there);
  return true;
}

} // namespace

Tree::Tree(const Attributes &made) : made_(made) {
  nodes_.push_back({.type = Type::directory, .attributes = made});
}

NodeId Tree::put(NodeId directory, std::string_view name, Node node) {
  auto &entries = nodes_[directory].entries;
  auto it = entries.find(name);
  if (it != entries.end()) {
    Node &old = nodes_[it->second];
    if (old.type == Type::directory && node.type == Type::directory) {
      old.attributes = node.attributes;
      return it->second;
    }
  }
  NodeId id = static_cast<NodeId>(nodes_.size());
  nodes_.push_back(std::move(node));
  if (it != entries.end())
    it->second = id;
  else
    entries.emplace(name, id);
  return id;
}

void Tree::put_link(NodeId directory, std::string_view name, NodeId existing) {
  nodes_[directory].entries.insert_or_assign(std::string(name), existing);
}

NodeId Tree::make_directory(const GuestPath &path) {
  Chain chain{root};
  int links_left = kSymlinkMax;
  for (const std::string &name : path) {
    if (enter(nodes_, chain, name, links_left)) continue;
    if (links_left < 0) return none;
    chain.push_back(put(chain.back(), name, {.type = Type::directory, .attributes = made_}));
  }
  return chain.back();
}

NodeId Tree::make_parent(const GuestPath &path) {
  return make_directory(GuestPath(path.begin(), path.end() - 1));
}

NodeId Tree::find(const GuestPath &path) const {
  Chain chain{root};
  int links_left = kSymlinkMax;
  if (path.empty()) return root;
  for (size_t i = 0; i + 1 < path.size(); i++)
    if (!enter(nodes_, chain, path[i], links_left)) return none;
  const Node &directory = nodes_[chain.back()];
  auto it = directory.entries.find(path.back());
  return it == directory.entries.end() ? none : it->second;
}

void Tree::walk(const std::function<void(const std::string &, NodeId)> &visit) const {
  struct Frame {
    std::map<std::string, NodeId, std::less<>>::const_iterator next, end;
    size_t path_bytes;
  };
  std::string path;
  visit("/", root);
  std::vector<Frame> frames{{nodes_[root].entries.begin(), nodes_[root].entries.end(), 0}};
  while (!frames.empty()) {
    Frame &frame = frames.back();
    if (frame.next == frame.end) {
      frames.pop_back();
      continue;
    }
    const auto &[name, id] = *frame.next++;
    path.resize(frame.path_bytes);
    path += '/';
    path += name;
    visit(path, id);
    if (const Node &node = nodes_[id]; node.type == Type::directory)
      frames.push_back({node.entries.begin(), node.entries.end(), path.size()});
  }
}

} // namespace mayfly::image
