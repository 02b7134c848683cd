// Entries of one source, overlaid on the tree that a pack is made from (rules: image/tree.h).
#pragma once
#include <atomic>

#include "base/failure.h"
#include "image/builder.h"
#include "pack/pack.h"

namespace mayfly {

class TreeSink final : public EntrySink {
public:
  // `at`: where the source is put. From when `stop` is true, if it is given, every entry is an error.
  TreeSink(image::Builder &builder, image::GuestPath at, const std::atomic<bool> *stop = nullptr)
      : builder_(builder), at_(std::move(at)), stop_(stop) {}

  // After an error the builder is in an unspecified state and is to be thrown away.
  std::expected<void, PackError> add(const Entry &entry) override;

private:
  std::expected<image::GuestPath, PackError> path_of(const Entry &entry, const std::string &text) const;
  std::expected<image::Node, PackError> node_of(const Entry &entry, const image::Attributes &attributes);
  std::expected<void, PackError> add_link(const Entry &entry, image::NodeId parent, const std::string &name);

  image::Builder &builder_;
  image::GuestPath at_;
  const std::atomic<bool> *stop_;
};

} // namespace mayfly
