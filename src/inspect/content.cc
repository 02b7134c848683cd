// A region lies in a module as active segments (constant offsets, one memory). If the memory is imported,
// the segments are passive, and a start function copies them. Active segments are found by the magic
// number. The rest of the region is in segments at higher addresses of the same memory, up to the size that
// the superblock names. Pieces that are all zeros are not stored.
#include "inspect/content.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>

#include "core/vfs.h"

namespace mayfly::inspect {
namespace {

constexpr uint64_t kRegionMax = uint64_t{1} << 29; // more is not looked at

struct Piece {
  uint32_t memory = 0;
  uint64_t at = 0;
  wasm::Bytes bytes;
};

std::vector<Piece> active_pieces(const wasm::Module &m) {
  std::vector<Piece> pieces;
  for (const wasm::Data &d : m.data) {
    if (!d.active) continue;
    wasm::Cursor c(m.file, d.offset.begin, d.offset.end, "data");
    if (c.byte() != 0x41) continue;
    uint32_t at = static_cast<uint32_t>(c.s32());
    if (c.byte() != 0x0b || !c.ok()) continue;
    pieces.push_back({d.memory, at, m.file.subspan(d.bytes.begin, d.bytes.size())});
  }
  return pieces;
}

bool starts_region(const Piece &p) {
  Superblock sb{};
  if (p.bytes.size() < 24) return false;
  std::memcpy(&sb, p.bytes.data(), std::min(p.bytes.size(), sizeof sb));
  return sb.magic == kMagic && sb.version == kFormatVersion && sb.size % kPageBytes == 0 &&
         sb.size >= kFormatBytesMin;
}

struct Free {
  void operator()(void *p) const { std::free(p); }
};

class TreeReader {
public:
  TreeReader(Fs &fs, size_t nodes_max) : fs_(fs), left_(nodes_max) {}

  // Breadth first, so that only deep entries are left out. Totals count all entries.
  void read(Content &out) {
    out.root.kind = Node::directory;
    std::deque<std::pair<Node *, InodeId>> open{{&out.root, fs_.root}};
    while (!open.empty()) {
      auto [node, dir] = open.front();
      open.pop_front();
      if (fs_.inode(dir).flags & kDevFd) continue;
      if (fs_.inode(dir).dir.live > left_) {
        node->folded = true;
        continue;
      }
      entries(dir, [&](std::string name, InodeId id) {
        Node child;
        child.name = std::move(name);
        child.kind = kind_of(id);
        if (child.kind == Node::file) child.bytes = fs_.inode(id).size, child.files = 1;
        node->children.push_back(std::move(child));
      });
      left_ -= node->children.size();
      // Children keep their place from here.
      size_t i = 0;
      entries(dir, [&](const std::string &, InodeId id) {
        Node &child = node->children[i++];
        if (child.kind == Node::directory) open.emplace_back(&child, id);
      });
      order_.push_back(node);
    }
    totals(out);
  }

private:
  Node::Kind kind_of(InodeId id) const {
    const Inode &inode = fs_.inode(id);
    return is_dir(inode)       ? Node::directory
           : is_symlink(inode) ? Node::symlink
           : is_regular(inode) ? Node::file
                               : Node::device;
  }

  template <class F> void entries(InodeId dir, F each) const {
    const DirData &d = fs_.inode(dir).dir;
    for (u32 i = 0; i < d.slots_used; i++) {
      Off at = fs_.at<DirSlot>(d.slots)[i].dentry;
      if (!at) continue;
      const Dentry *entry = fs_.at<Dentry>(at);
      each(std::string(entry->name(), entry->len), entry->inode);
    }
  }

  // Of all directories, folded or not; parents are visited after their children.
  void totals(Content &out) {
    count(fs_.root, out.root, out);
    for (auto it = order_.rbegin(); it != order_.rend(); ++it)
      for (const Node &child : (*it)->children) (*it)->bytes += child.bytes, (*it)->files += child.files;
  }

  void count(InodeId root, Node &node, Content &out) {
    struct Item {
      InodeId dir;
      Node *node;   // where it is kept
      Node *folded; // the folded directory that it is in
    };
    std::vector<Item> work{{root, &node, node.folded ? &node : nullptr}};
    while (!work.empty()) {
      Item item = work.back();
      work.pop_back();
      if (fs_.inode(item.dir).flags & kDevFd) continue;
      size_t i = 0;
      entries(item.dir, [&](const std::string &, InodeId id) {
        Node *child = item.folded ? nullptr : &item.node->children[i++];
        Node::Kind kind = kind_of(id);
        out.directories += kind == Node::directory;
        out.symlinks += kind == Node::symlink;
        if (kind == Node::file) {
          out.files++;
          out.file_bytes += fs_.inode(id).size;
          if (item.folded) item.folded->bytes += fs_.inode(id).size, item.folded->files++;
        }
        if (kind == Node::directory)
          work.push_back({id, child, item.folded ? item.folded : child->folded ? child : nullptr});
      });
    }
  }

  Fs &fs_;
  size_t left_;
  std::vector<Node *> order_; // directories whose children are kept, parents first
};

} // namespace

std::expected<std::optional<Content>, std::string> read_content(const wasm::Module &m, size_t nodes_max) {
  std::vector<Piece> pieces = active_pieces(m);
  std::vector<const Piece *> starts;
  for (const Piece &p : pieces)
    if (starts_region(p)) starts.push_back(&p);
  for (const wasm::Data &d : m.data) {
    if (d.active || !starts.empty()) continue;
    Piece p{0, 0, m.file.subspan(d.bytes.begin, d.bytes.size())};
    if (starts_region(p))
      return std::unexpected("its filesystem is copied in by a start function and cannot be listed");
  }
  if (starts.empty()) return std::nullopt;
  const Piece &start = *starts.front();

  Superblock sb{};
  std::memcpy(&sb, start.bytes.data(), std::min(start.bytes.size(), sizeof sb));
  uint64_t size = sb.size;
  if (size > kRegionMax) return std::unexpected("its filesystem is too large to be listed");
  // calloc: pages that stay zero cost nothing.
  std::unique_ptr<void, Free> region(std::calloc(size / 4096, 4096));
  if (!region) return std::unexpected("there is not enough memory to list its filesystem");
  for (const Piece &p : pieces) {
    if (p.memory != start.memory || p.at < start.at || p.at >= start.at + size) continue;
    uint64_t to = p.at - start.at;
    std::memcpy(static_cast<char *>(region.get()) + to, p.bytes.data(),
                std::min<uint64_t>(p.bytes.size(), size - to));
  }
  const char *what = nullptr;
  u32 where = 0;
  u32 content_bytes = static_cast<const Superblock *>(region.get())->content_bytes;
  if (!verify(region.get(), size, content_bytes, &what, &where))
    return std::unexpected("its filesystem is not sound: " + std::string(what ? what : "") + " at offset " +
                           std::to_string(where));

  Fs &fs = *static_cast<Fs *>(region.get());
  Content content;
  TreeReader(fs, nodes_max).read(content);
  content.content_bytes = fs.content_bytes;
  content.region_bytes = size;
  content.read_only = fs.config & kConfigReadOnly;
  content.hermetic = fs.config & kConfigHermetic;
  for (u32 fd = 0; fd < fs.fd_cap; fd++) {
    const FdSlot &slot = record_at(fs, fd).slot;
    if (!slot.ofd || !slot.preopen_name) continue;
    const u32 *length = fs.at<u32>(slot.preopen_name);
    content.preopens.emplace_back(reinterpret_cast<const char *>(length + 1), *length);
  }
  return content;
}

} // namespace mayfly::inspect
