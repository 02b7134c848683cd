#include "image/builder.h"

#include <algorithm>

namespace mayfly::image {

void drop_hidden_content(Builder &builder) {
  std::vector<Extent *> shown;
  std::vector<NodeId> ids;
  builder.tree.walk([&](const std::string &, NodeId id) { ids.push_back(id); });
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end()); // a hard link is walked more than once
  for (NodeId id : ids)
    if (builder.tree[id].type == Type::file) shown.push_back(&builder.tree[id].content);
  builder.content.keep_only(shown);
}

} // namespace mayfly::image
