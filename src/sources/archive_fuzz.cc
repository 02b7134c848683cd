// Any bytes as an archive: an error or a tree whose every file lies in the content. With
// libFuzzer: clang++ -fsanitize=fuzzer,address. Without it tests/fuzz drives the same function.
#include <cstdlib>

#include "pack/tree_sink.h"
#include "sources/sources.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace mayfly::image;
  Builder builder({});
  mayfly::TreeSink sink(builder, {});
  mayfly::sources::Options options;
  if (!mayfly::sources::add_archive(sink, "input", std::span(data, size), options)) return 0;
  drop_hidden_content(builder);
  builder.tree.walk([&](const std::string &path, NodeId id) {
    const Node &node = builder.tree[id];
    if (path.size() > kPathBytesMax) std::abort();
    if (node.type == Type::file &&
        uint64_t{node.content.offset} + node.content.length > builder.content.bytes().size())
      std::abort();
  });
  return 0;
}
