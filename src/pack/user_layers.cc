#include "pack/user_layers.h"

#include "wasm/failure.h"

namespace mayfly {
namespace {

// Messages and reports name a layer's file without its directories.
std::string short_name(const std::string &name) { return name.substr(name.rfind('/') + 1); }

void add(const std::vector<UserLayer> &layers, const link::Options &filesystem,
         std::vector<link::Storey> &storeys) {
  for (const UserLayer &layer : layers) {
    link::Storey &storey = storeys.emplace_back();
    storey.name = short_name(layer.name);
    storey.user = true;
    storey.options.layer = layer.bytes;
    storey.options.placement = filesystem.placement;
    storey.options.host = filesystem.host;
    storey.options.keep_names = filesystem.keep_names;
  }
}

PackError error_of(const PackOptions &options, const link::StackError &e) {
  std::string name = options.name;
  for (const auto *layers : {&options.layers_above, &options.layers_below})
    for (const UserLayer &layer : *layers)
      if (!e.layer.empty() && short_name(layer.name) == e.layer) name = layer.name;
  Failure failure = failure_of(name, e.error);
  if (e.layer.empty()) return {PackError::Kind::module, failure.where, failure.message, failure.hint};
  return {PackError::Kind::layer, failure.where, failure.message, "how layers are built: docs/layers.md"};
}

} // namespace

std::expected<std::vector<uint8_t>, PackError> link_layers(std::span<const uint8_t> app,
                                                           const PackOptions &options,
                                                           link::Options filesystem,
                                                           link::StackReport &report) {
  std::vector<link::Storey> storeys;
  add(options.layers_above, filesystem, storeys);
  link::StackOptions whole{std::move(filesystem.stubs), std::move(filesystem.unused), filesystem.hermetic};
  storeys.push_back({"the filesystem", filesystem, false});
  add(options.layers_below, filesystem, storeys);
  auto linked = link::link_stack(app, storeys, whole, report);
  if (!linked) return std::unexpected(error_of(options, linked.error()));
  return std::move(*linked);
}

} // namespace mayfly
