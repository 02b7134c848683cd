// A program of somebody else's: it sees the installed header and the library, nothing of this tree.
//   library_example APP.wasm
#include <mayfly/pack.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  std::ifstream in(argv[1], std::ios::binary);
  std::vector<uint8_t> module(std::istreambuf_iterator<char>(in), {});
  const uint8_t greeting[] = {'h', 'e', 'l', 'l', 'o'};
  mayfly::PackOptions options;
  options.name = argv[1];
  options.preopens = {{.name = "/"}};
  std::vector<mayfly::Source> sources{mayfly::file_source("/in/hello", greeting)};
  auto packed = mayfly::pack(module, sources, options);
  if (!packed) {
    std::fprintf(stderr, "%s: %s\n", packed.error().where.c_str(), packed.error().message.c_str());
    return 1;
  }
  const mayfly::PackReport &report = packed->report;
  std::printf("%u file, %llu bytes of content, placement %s, %zu of %zu imports served\n", report.files,
              static_cast<unsigned long long>(report.content_bytes),
              report.placement == mayfly::Placement::shared ? "shared" : "isolated",
              static_cast<size_t>(std::count_if(report.imports.begin(), report.imports.end(),
                                                [](const mayfly::ImportReport &i) { return i.served; })),
              report.imports.size());
}
