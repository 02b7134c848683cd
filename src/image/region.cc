#include "image/region.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "core/fd_table.h"

namespace mayfly::image {
namespace {

constexpr const char *kStdioDirectory = ".mayfly";
constexpr const char *kStdioNames[3] = {"stdin", "stdout", "stderr"};

// Address space for the region. 64 bits have plenty; where it is memory, as on wasm32, the region is made
// again with more if it did not fit.
constexpr uint64_t kReserveMost = sizeof(void *) == 8 ? 0xffff'f000 : 0x2000'0000;
constexpr uint64_t kReserveFirst = sizeof(void *) == 8 ? kReserveMost : uint64_t{4} << 20;

// Only what building a region can meet; other values are given as numbers.
std::string text_of(Errno e) {
  switch (e) {
  case Errno::nospc:
    return "no space is left under the limits of --max-bytes and --max-inodes";
  case Errno::nametoolong:
    return "the name is too long";
  case Errno::exist:
    return "a directory is in the way";
  case Errno::mlink:
    return "too many hard links";
  case Errno::mfile:
    return "more descriptors than --max-fds allows";
  case Errno::loop:
    return "too many symlinks on the way";
  case Errno::noent:
    return "a part of the path does not exist";
  case Errno::notdir:
    return "a part of the path is not a directory";
  case Errno::inval:
    return "the filesystem refuses it as invalid";
  default:
    return fmt::format("the filesystem refuses it with error {}", static_cast<unsigned>(e));
  }
}

// The counter clock starts above every packed time, so that no change of a file moves its time backwards, and
// not before 2000: programs subtract days from a time, and a result before 1970 is an error of the C library.
constexpr i64 kCounterStart_ns = 946'684'800'000'000'000;

// A seed that is the same for the same names, and that no single name lets its author choose.
uint64_t seed_of_names(const Builder &builder) {
  std::vector<uint8_t> names;
  builder.tree.walk([&](const std::string &path, NodeId) {
    names.insert(names.end(), path.begin(), path.end());
    names.push_back(0);
  });
  Sha256 hash = sha256_of(names);
  uint64_t seed = 0;
  for (size_t i = 0; i < 8; i++) seed = seed << 8 | hash[i];
  return seed;
}

// One region in the making. The two paths are members because each is 4 KiB.
class Making {
public:
  Making(const Builder &builder, const RegionOptions &options, uint64_t reserve_bytes)
      : builder_(builder), options_(options) {
    FormatOptions format = options.format;
    format.name_seed = seed_of_names(builder);
    region_.host = std::make_unique<NativeHost>(
        format, NativeHost::Options{.app_bytes = 1 << 16, .reserve_bytes = reserve_bytes});
    region_.host->content = builder.content.bytes().data();
    region_.host->content_bytes = static_cast<uint32_t>(builder.content.bytes().size());
    region_.host->now_ns = options.format.time_ns;
    region_.host->clock_step_ns = 0;
  }

  std::expected<Region, Failure> make() {
    fs().clock_base = std::max(fs().clock_base, kCounterStart_ns);
    if (auto done = put_tree(); !done) return std::unexpected(done.error());
    identify_content();
    if (auto done = open_stdio(); !done) return std::unexpected(done.error());
    if (auto done = open_preopens(); !done) return std::unexpected(done.error());
    if (auto done = bake_strings(); !done) return std::unexpected(done.error());
    configure();
    region_.bytes = pack_finish(fs());
    return std::move(region_);
  }

private:
  Fs &fs() { return region_.host->fs(); }

  std::expected<void, Failure> fail(const std::string &path, Errno e) {
    return std::unexpected(Failure{"inside the filesystem " + path, text_of(e), ""});
  }

  // Parents first; a node met a second time is a hard link to its first name.
  std::expected<void, Failure> put_tree() {
    std::map<NodeId, std::string> first_name; // of files only: directories have one name
    std::expected<void, Failure> done;
    builder_.tree.walk([&](const std::string &path, NodeId id) {
      if (!done) return;
      const Node &node = builder_.tree[id];
      fs().clock_base = std::max(fs().clock_base, node.attributes.mtime_ns);
      Errno e = Errno::ok;
      if (auto it = first_name.find(id); it != first_name.end())
        e = put_link(it->second, path);
      else
        e = put_node(path, node);
      if (node.type != Type::directory) first_name.emplace(id, path);
      if (e != Errno::ok) done = fail(path, e);
      (node.type == Type::directory ? region_.directories
       : node.type == Type::file    ? region_.files
                                    : region_.symlinks)++;
    });
    return done;
  }

  Errno put_link(const std::string &existing, const std::string &path) {
    MAYFLY_CHECK(path_.assign(existing.data(), static_cast<u32>(existing.size())));
    MAYFLY_CHECK(other_.assign(path.data(), static_cast<u32>(path.size())));
    return pack_link(fs(), path_, other_).error();
  }

  Errno put_node(const std::string &path, const Node &node) {
    MAYFLY_CHECK(path_.assign(path.data(), static_cast<u32>(path.size())));
    const Attributes &from = node.attributes;
    mayfly::Attributes attributes{from.mode, from.owner.uid, from.owner.gid, from.mtime_ns};
    switch (node.type) {
    case Type::directory:
      return pack_dir(fs(), path_, attributes).error();
    case Type::file:
      return pack_file(fs(), path_, attributes, node.content.offset, node.content.length).error();
    case Type::symlink:
      MAYFLY_CHECK(other_.assign(node.target.data(), static_cast<u32>(node.target.size())));
      return pack_symlink(fs(), path_, attributes, other_).error();
    }
    return Errno::inval;
  }

  void identify_content() {
    std::span<const uint8_t> content = builder_.content.bytes();
    fs().content_bytes = static_cast<u32>(content.size());
    if (content.empty()) return;
    Sha256 hash = builder_.content.sha256();
    std::memcpy(fs().content_sha256, hash.data(), hash.size());
  }

  Result<InodeId> inode_of(const std::string &path) {
    MAYFLY_CHECK(path_.assign(path.data(), static_cast<u32>(path.size())));
    return resolve(fs(), At{fs().root}, path_);
  }

  std::expected<void, Failure> open_stdio() {
    for (Fd fd = 0; fd < 3; fd++) {
      if (options_.stdio == Stdio::host) {
        if (Errno e = open_host_at(fs(), fd, fd, options_.rights.all, options_.rights.all); e != Errno::ok)
          return fail(kStdioNames[fd], e);
        continue;
      }
      std::string path = options_.stdio == Stdio::null
                             ? "/dev/null"
                             : fmt::format("/{}/{}", kStdioDirectory, kStdioNames[fd]);
      auto inode = inode_of(path);
      if (!inode.ok()) return fail(path, inode.error());
      u32 status = options_.stdio == Stdio::file && fd > 0 ? open_flags::append : 0;
      if (Errno e = open_inode_at(fs(), fd, inode.value(), fd == 0 ? kRead : kWrite, status); e != Errno::ok)
        return fail(path, e);
    }
    return {};
  }

  std::expected<void, Failure> open_preopens() {
    for (const Preopen &preopen : options_.preopens) {
      auto inode = inode_of(to_string(preopen.path));
      if (!inode.ok()) return fail(preopen.name, inode.error());
      StrView name(preopen.name.data(), static_cast<u32>(preopen.name.size()));
      auto fd = open_preopen(fs(), inode.value(), name, options_.rights.of_directory, options_.rights.all);
      if (!fd.ok()) return fail(preopen.name, fd.error());
      if (preopen.host) leave_to_host(fd.value());
    }
    return {};
  }

  // The descriptor keeps its name; the front end finds the host's number for it at its first use.
  void leave_to_host(Fd fd) {
    FdSlot &slot = *fd_slot(fs(), fd);
    slot.rights_base = options_.rights.all;
    Ofd &ofd = ofd_of(fs(), slot);
    release(fs(), ofd);
    ofd.inode = ofd.next = ofd.prev = 0;
    ofd.kind = Ofd::host;
    ofd.host_fd = options_.rights.host_directory;
    ofd.access = kRead | kWrite;
  }

  std::expected<void, Failure> bake_strings() {
    auto bake = [&](const std::optional<std::vector<std::string>> &strings, Errno (*put)(Fs &, StrView, u32),
                    const char *what) -> std::expected<void, Failure> {
      if (!strings) return {};
      std::string bytes;
      for (const std::string &s : *strings) bytes.append(s.c_str(), s.size() + 1);
      Errno e =
          put(fs(), StrView(bytes.data(), static_cast<u32>(bytes.size())), static_cast<u32>(strings->size()));
      if (e != Errno::ok) return fail(what, e);
      return {};
    };
    if (auto done = bake(options_.args, pack_args, "--arg"); !done) return done;
    return bake(options_.env, pack_env, "--env");
  }

  void configure() {
    if (options_.args) fs().config |= kConfigArgs;
    if (options_.env) fs().config |= kConfigEnv;
    if (options_.read_only) fs().config |= kConfigReadOnly;
    if (options_.counter_clock) fs().config |= kConfigNoHostClock;
    if (options_.hermetic)
      fs().config |= kConfigArgs | kConfigEnv | kConfigNoHostClock | kConfigSeededRandom | kConfigHermetic;
  }

  const Builder &builder_;
  const RegionOptions &options_;
  Region region_;
  Path path_, other_;
};

} // namespace

std::expected<void, Failure> complete_tree(Builder &builder, const RegionOptions &options) {
  Tree &tree = builder.tree;
  for (const Preopen &preopen : options.preopens) {
    NodeId there = tree.find(preopen.path);
    if (there != Tree::none && tree[there].type == Type::file)
      return std::unexpected(Failure{preopen.name, "names a file; only a directory can be preopened", ""});
    size_t before = tree.size();
    NodeId id = tree.make_directory(preopen.path);
    if (id == Tree::none)
      return std::unexpected(Failure{preopen.name, "leads through more than 40 symlinks", ""});
    // What is made for the application belongs to it.
    if (tree.size() != before) tree[id].attributes.owner = {options.format.uid, options.format.gid};
  }
  if (options.stdio != Stdio::file) return {};
  NodeId directory = tree.make_directory({kStdioDirectory});
  for (const char *name : kStdioNames) {
    if (tree.find({kStdioDirectory, name}) != Tree::none) continue;
    Node node{.type = Type::file,
              .attributes = {0600, {options.format.uid, options.format.gid}, options.format.time_ns}};
    tree.put(directory, name, std::move(node));
  }
  return {};
}

std::expected<Region, Failure> build_region(const Builder &builder, const RegionOptions &options) {
  for (uint64_t reserve = kReserveFirst;; reserve = std::min(reserve * 4, kReserveMost)) {
    auto making = std::make_unique<Making>(builder, options, reserve);
    auto region = making->make();
    if (region || reserve == kReserveMost) return region; // an error of another cause comes again
  }
}

} // namespace mayfly::image
