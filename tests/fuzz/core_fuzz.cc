// Property: whatever the core is asked, in whatever order, under whatever limits, it neither crashes nor
// hangs, touches no byte outside the region and the application's memory, and its region stays sound.
#include "core_script.h"

using namespace mayfly;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  fuzz::Script script(bytes, size);
  FormatOptions format;
  u32 limits = script.byte();
  format.devices = limits & 1;
  if ((limits & 3) == 3) format.max_bytes = 128 * 1024 + script.byte() * u64{4096};
  if ((limits & 12) == 4) format.max_inodes = 14 + script.byte() % 16;
  if ((limits & 12) == 8) format.max_fds = 2 + script.byte() % 30;
  if (limits >= 224) format.uid = format.gid = 1;
  static const std::string packed = [] {
    std::string s;
    for (int i = 0; i < 20'000; ++i) s += static_cast<char>(1 + i % 250);
    return s;
  }();
  Sandbox box(format, {.app_bytes = 1 << 17, .reserve_bytes = (limits & 32) ? 1u << 19 : 1u << 25});
  box.content = reinterpret_cast<const uint8_t *>(packed.data());
  box.content_bytes = box.fs().content_bytes = static_cast<u32>(packed.size());
  (void)pack_file(box.fs(), Sandbox::path("/a"), {0644, 1, 1, 0}, 7, 19'000);
  script.run(box);
  if (std::string what = box.unsound(); !what.empty()) {
    std::fprintf(stderr, "unsound after the script: %s\n", what.c_str());
    std::abort();
  }
  return 0;
}
