// The pack library behind a few plain functions, for a host that has only numbers: tests/pack_wasm/run.mjs.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "pack/pack.h"

namespace {

struct Given {
  mayfly::Entry entry;
  std::span<const uint8_t> bytes;
};
std::vector<Given> given;
std::vector<uint8_t> output;

std::expected<void, mayfly::PackError> feed(mayfly::EntrySink &sink) {
  for (Given &one : given) {
    one.entry.read = [&](mayfly::ContentRoom &room) -> std::expected<uint64_t, mayfly::PackError> {
      auto to = room.at_least(one.bytes.size());
      if (!to) return std::unexpected(to.error());
      std::memcpy(to->data(), one.bytes.data(), one.bytes.size());
      return one.bytes.size();
    };
    if (auto done = sink.add(one.entry); !done) return done;
  }
  return {};
}

} // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

EXPORT(allocate) uint8_t *allocate(uint32_t bytes) { return static_cast<uint8_t *>(std::malloc(bytes)); }

// `type` as mayfly::Entry::Type. What is pointed to stays where it is until pack() returned.
EXPORT(add)
void add(uint32_t type, const char *path, uint32_t path_bytes, uint32_t mode, int64_t mtime_ns,
         const uint8_t *bytes, uint32_t size) {
  Given one{.bytes = {bytes, size}};
  one.entry.type = static_cast<mayfly::Entry::Type>(type);
  one.entry.path.assign(path, path_bytes);
  one.entry.mode = mode;
  one.entry.mtime_ns = mtime_ns;
  if (one.entry.type == mayfly::Entry::Type::symlink)
    one.entry.target.assign(reinterpret_cast<const char *>(bytes), size);
  given.push_back(std::move(one));
}

// 1: the output is the packed module; 0: it is a sentence that says why not.
EXPORT(pack) int pack(const uint8_t *module, uint32_t size, int isolated) {
  mayfly::PackOptions options;
  options.preopens = {{.name = "/"}, {.name = "/in"}};
  options.placement = isolated ? mayfly::Placement::isolated : mayfly::Placement::shared;
  std::vector<mayfly::Source> sources{{.at = "/in", .feed = feed}};
  auto packed = mayfly::pack({module, size}, sources, options);
  if (packed)
    output = std::move(packed->bytes);
  else
    output.assign(packed.error().message.begin(), packed.error().message.end());
  return packed.has_value();
}

EXPORT(output_bytes) const uint8_t *output_bytes() { return output.data(); }
EXPORT(output_size) uint32_t output_size() { return static_cast<uint32_t>(output.size()); }
