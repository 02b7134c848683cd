#include "pack/user_layers.h"

#include "pack/pack.h"
#include "wasm/failure.h"

namespace mayfly::cli {
namespace {

constexpr std::string_view filesystem_place = "vfs";

using Files = std::vector<std::vector<uint8_t>>; // what the storeys' options view

std::expected<void, Failure> add(const std::vector<std::string> &paths, const link::Options &filesystem,
                                 Files &files, std::vector<link::Storey> &storeys) {
  for (const std::string &path : paths) {
    auto bytes = read_app(path);
    if (!bytes) return std::unexpected(bytes.error());
    files.push_back(std::move(*bytes));
    link::Storey &storey = storeys.emplace_back();
    storey.name = path.substr(path.rfind('/') + 1);
    storey.user = true;
    storey.options.layer = files.back();
    storey.options.placement = filesystem.placement;
    storey.options.host = filesystem.host;
    storey.options.keep_names = filesystem.keep_names;
  }
  return {};
}

Failure failure_of(const std::string &app, const UserLayers &layers, const link::StackError &e) {
  std::string file = app;
  for (const auto *paths : {&layers.above, &layers.below})
    for (const std::string &path : *paths)
      if (!e.layer.empty() && path.substr(path.rfind('/') + 1) == e.layer) file = path;
  Failure failure = mayfly::failure_of(file, e.error);
  if (!e.layer.empty()) failure.hint = "how layers are built: docs/layers.md";
  return failure;
}

} // namespace

std::expected<UserLayers, Failure> parse_layers(const std::vector<std::string> &values) {
  UserLayers layers;
  bool below = false;
  for (const std::string &value : values) {
    if (value == "-")
      return std::unexpected(usage("--layer -", "a layer cannot be read from stdin", "name its file"));
    if (value == filesystem_place && below)
      return std::unexpected(
          usage("--layer vfs", "is given twice", "the filesystem has one place in the stack"));
    if (value == filesystem_place)
      below = true;
    else
      (below ? layers.below : layers.above).push_back(value);
  }
  return layers;
}

std::expected<std::vector<uint8_t>, Failure> link_layers(const std::string &file,
                                                         std::span<const uint8_t> app,
                                                         const UserLayers &layers, link::Options filesystem,
                                                         link::StackReport &report) {
  Files files;
  files.reserve(layers.above.size() + layers.below.size());
  std::vector<link::Storey> storeys;
  if (auto done = add(layers.above, filesystem, files, storeys); !done) return std::unexpected(done.error());
  link::StackOptions whole{std::move(filesystem.stubs), std::move(filesystem.unused), filesystem.hermetic};
  storeys.push_back({"the filesystem", filesystem, false});
  if (auto done = add(layers.below, filesystem, files, storeys); !done) return std::unexpected(done.error());
  auto linked = link::link_stack(app, storeys, whole, report);
  if (!linked) return std::unexpected(failure_of(file, layers, linked.error()));
  return std::move(*linked);
}

} // namespace mayfly::cli
