// Property: when verify accepts a region, no sequence of operations on it crashes, hangs or leaves it, and
// it stays sound. Inputs patch a few bytes of a region that holds one of everything, then drive it.
#include "core_script.h"

using namespace mayfly;

namespace {

const std::string &packed_content() {
  static const std::string packed(30'000, 'P');
  return packed;
}

// A region with every kind of object in it.
const std::vector<uint8_t> &rich_region() {
  static const std::vector<uint8_t> bytes = [] {
    using namespace open_flags;
    Sandbox box{FormatOptions{}};
    box.content = reinterpret_cast<const uint8_t *>(packed_content().data());
    box.content_bytes = box.fs().content_bytes = static_cast<u32>(packed_content().size());
    Fs &fs = box.fs();
    Sandbox::must(pack_file(fs, Sandbox::path("/packed"), {0644, 1, 1, 5}, 11, 20'000));
    Sandbox::must(pack_dir(fs, Sandbox::path("/a"), {0755, 0, 0, 5}));
    Sandbox::must(pack_symlink(fs, Sandbox::path("/a/b"), {0777, 0, 0, 5}, Sandbox::path("/packed")));
    Sandbox::must(pack_args(fs, StrView("prog\0arg", 9), 2));
    Sandbox::must(box.mkdir("/dir-with-a-name"));
    for (int i = 0; i < 20; ++i) box.put("/dir-with-a-name/" + std::to_string(i), std::string(i * 40, 'd'));
    for (int i = 0; i < 20; i += 3) Sandbox::must(box.unlink("/dir-with-a-name/" + std::to_string(i)));
    Sandbox::must(box.symlink(std::string(100, 'x'), "/cc"));
    Sandbox::must(box.link("/packed", "/f"));
    Fd sparse = box.must_open("/b", rd | wr | create);
    Sandbox::must(box.pwrite(sparse, "far", u64{1} << 35));
    Sandbox::must(box.pwrite(sparse, std::string(10'000, 's'), 100));
    Fd packed = box.must_open("/packed", rd | wr);
    Sandbox::must(box.pwrite(packed, "own", 9000));
    Sandbox::must(fallocate(fs, box.ofd(packed), 3, 12'000, 5000));
    Fd orphan = box.must_open("/", rd | wr | open_flags::tmpfile);
    Sandbox::must(box.write(orphan, "orphan"));
    Sandbox::must(Result<Fd>(dup(fs, orphan, 0)));
    Sandbox::must(open_preopen(fs, fs.root, "/", 1, 2));
    Sandbox::must(open_host(fs, 1, 1, 2));
    Sandbox::must(flock(fs, box.ofd(sparse), Lock::exclusive));
    return box.bytes();
  }();
  return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
  fuzz::Script script(input, size);
  std::vector<uint8_t> bytes = rich_region();
  for (u32 patches = script.byte() % 6; patches > 0; --patches) {
    u32 where = script.byte();
    size_t at = where < 100   ? script.word() % sizeof(Superblock)
                : where < 250 ? (script.byte() % 24) * size_t{4096} + script.word() % 4096
                              : (script.word() << 8 | script.byte());
    u32 width = 1 + script.byte() % 4;
    for (u32 i = 0; i < width; ++i) bytes[(at + i) % bytes.size()] = static_cast<uint8_t>(script.byte());
  }
  auto content_bytes = static_cast<u32>(packed_content().size());
  const char *what;
  u32 where;
  if (!verify(bytes.data(), bytes.size(), content_bytes, &what, &where)) return 0;
  Sandbox box(Sandbox::without_devices(), {.app_bytes = 1 << 17, .reserve_bytes = 1u << 25});
  box.content = reinterpret_cast<const uint8_t *>(packed_content().data());
  box.content_bytes = content_bytes;
  if (!box.load(bytes.data(), bytes.size())) return 0;
  script.run(box);
  if (std::string after = box.unsound(); !after.empty()) {
    std::fprintf(stderr, "accepted, but unsound after the script: %s\n", after.c_str());
    std::abort();
  }
  return 0;
}
