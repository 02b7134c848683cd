// What the sources of a pack are gathered in: one tree, and the bytes of its files.
#pragma once
#include <cstdint>
#include <limits>

#include "image/content.h"
#include "image/tree.h"

namespace mayfly::image {

struct Builder {
  Tree tree;
  Content content;
  Owner owner; // of everything that a source brings
  int64_t mtime_ns_max =
      std::numeric_limits<int64_t>::max(); // later times become this one (SOURCE_DATE_EPOCH)

  explicit Builder(const Attributes &made) : tree(made), owner(made.owner) {}
};

// Drops file bytes that no file of the tree shows any more. Call once, after the last source.
void drop_hidden_content(Builder &builder);

} // namespace mayfly::image
