// Packs a module with one file, /hello.txt:  pack_one APP.wasm OUT.wasm
#include <mayfly/pack.h>

#include <cstdio>
#include <fstream>
#include <iterator>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  std::ifstream in(argv[1], std::ios::binary);
  std::vector<uint8_t> module(std::istreambuf_iterator<char>(in), {});

  const uint8_t greeting[] = {'h', 'e', 'l', 'l', 'o', '\n'};
  std::vector<mayfly::Source> sources{mayfly::file_source("/hello.txt", greeting)};
  mayfly::PackOptions options;
  options.name = argv[1];
  options.preopens = {{.name = "/"}};

  auto packed = mayfly::pack(module, sources, options);
  if (!packed) {
    std::fprintf(stderr, "%s: %s\n", packed.error().where.c_str(), packed.error().message.c_str());
    return 1;
  }
  std::ofstream out(argv[2], std::ios::binary);
  out.write(reinterpret_cast<const char *>(packed->bytes.data()), std::streamsize(packed->bytes.size()));
  out.close();
  if (!out) return 1;
  std::printf("%u file, %u preopen\n", packed->report.files, unsigned(packed->report.preopens.size()));
}
