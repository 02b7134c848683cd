#include "pack/tree_sink.h"

#include <fmt/format.h>

#include <algorithm>

namespace mayfly {
namespace {

using image::NodeId;
using image::Tree;

std::unexpected<PackError> fail(const Entry &entry, std::string message, std::string hint = "") {
  return std::unexpected(PackError{PackError::Kind::source, entry.where.empty() ? entry.path : entry.where,
                                   std::move(message), std::move(hint)});
}

constexpr const char *kLoop = "leads through more than 40 symlinks of the packed tree";

class Room final : public ContentRoom {
public:
  Room(image::Content &content, const Entry &entry) : content_(content), entry_(entry) {}
  std::expected<std::span<uint8_t>, PackError> at_least(uint64_t bytes) override {
    auto room = content_.room(bytes);
    if (!room) return fail(entry_, room.error());
    given = room->size();
    return *room;
  }
  uint64_t given = 0;

private:
  image::Content &content_;
  const Entry &entry_;
};

} // namespace

std::expected<image::GuestPath, PackError> TreeSink::path_of(const Entry &entry,
                                                             const std::string &text) const {
  auto path = image::parse_guest_path(text, text.size() + 1); // the whole counts: see below
  if (!path) return fail(entry, path.error());
  path->insert(path->begin(), at_.begin(), at_.end());
  if (size_t bytes = image::to_string(*path).size(); bytes > image::kPathBytesMax)
    return fail(entry,
                fmt::format("its path inside the filesystem would have {} bytes, more than {}", bytes,
                            image::kPathBytesMax),
                "pack it under a shorter GUEST path");
  return std::move(*path);
}

std::expected<void, PackError> TreeSink::add(const Entry &entry) {
  if (stop_ && *stop_) return fail(entry, "is not read, because the module cannot be packed");
  auto path = path_of(entry, entry.path);
  if (!path) return std::unexpected(path.error());
  image::Attributes attributes{entry.mode & 07777u, builder_.owner,
                               std::min(entry.mtime_ns, builder_.mtime_ns_max)};
  Tree &tree = builder_.tree;
  if (path->size() == at_.size()) { // the place of the source itself
    if (entry.type != Entry::Type::directory)
      return fail(entry, "would replace the directory it is unpacked in");
    NodeId id = tree.make_directory(*path);
    if (id == Tree::none) return fail(entry, kLoop);
    tree[id].attributes = attributes;
    return {};
  }
  NodeId parent = tree.make_parent(*path);
  if (parent == Tree::none) return fail(entry, kLoop);
  if (entry.type == Entry::Type::hard_link) return add_link(entry, parent, path->back());
  auto node = node_of(entry, attributes);
  if (!node) return std::unexpected(node.error());
  tree.put(parent, path->back(), std::move(*node));
  return {};
}

std::expected<image::Node, PackError> TreeSink::node_of(const Entry &entry,
                                                        const image::Attributes &attributes) {
  switch (entry.type) {
  case Entry::Type::symlink:
    if (entry.target.empty() || entry.target.size() > image::kPathBytesMax)
      return fail(entry, fmt::format("is a symlink whose target has {} bytes", entry.target.size()));
    return image::Node{.type = image::Type::symlink, .attributes = attributes, .target = entry.target};
  case Entry::Type::file: {
    Room room(builder_.content, entry);
    auto length = entry.read ? entry.read(room) : uint64_t{0};
    if (!length) return std::unexpected(length.error());
    if (*length > room.given || *length > image::kContentBytesMax)
      return fail(entry, fmt::format("its reader gave {} bytes for room of {}", *length, room.given));
    return image::Node{.type = image::Type::file,
                       .attributes = attributes,
                       .content = builder_.content.take(static_cast<uint32_t>(*length))};
  }
  default:
    return image::Node{.type = image::Type::directory, .attributes = attributes};
  }
}

std::expected<void, PackError> TreeSink::add_link(const Entry &entry, NodeId parent,
                                                  const std::string &name) {
  auto existing = path_of(entry, entry.target);
  if (!existing) return std::unexpected(existing.error());
  NodeId id = builder_.tree.find(*existing);
  if (id == Tree::none)
    return fail(entry, fmt::format("is a hard link to {}, which is no earlier entry", entry.target));
  if (builder_.tree[id].type == image::Type::directory)
    return fail(entry, fmt::format("is a hard link to {}, which is a directory", entry.target));
  builder_.tree.put_link(parent, name, id);
  return {};
}

Source file_source(std::string path, std::span<const uint8_t> bytes, uint32_t mode, int64_t mtime_ns) {
  return {"/", [=](EntrySink &sink) {
            return sink.add(
                {.path = path, .mode = mode, .mtime_ns = mtime_ns, .read = [=](ContentRoom &room) {
                   auto to = room.at_least(bytes.size());
                   if (!to) return std::expected<uint64_t, PackError>(std::unexpected(to.error()));
                   std::ranges::copy(bytes, to->begin());
                   return std::expected<uint64_t, PackError>(bytes.size());
                 }});
          }};
}

} // namespace mayfly
