// Modules that real toolchains make, linked over the test layer: a C program with wasi-libc runs on as
// before while its heap grows past the region again and again, and a Rust one stays valid.
#include "link/test_support.h"

namespace mayfly::link {
namespace {

using namespace test;

const char *const heap_program = R"(
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
  size_t total = 0;
  for (int i = 0; i < 300; ++i) {
    size_t n = 1000 + (size_t)i * 997;
    unsigned char *p = calloc(1, n);
    if (!p) return printf("out of memory\n"), 1;
    for (size_t k = 0; k < n; ++k) if (p[k]) return printf("dirty page at step %d\n", i), 2;
    memset(p, 0xc3, n);
    total += n;
  }
  printf("%zu bytes, %d arguments\n", total, argc);
  return 5;
}
)";

// Each function behind one of JavaScript: called directly, Node 20's own may be collected while it runs (a
// collection that memory pressure starts inside fd_write destroys its state: seen in one run of seven).
const char *const wasi_script = R"(
  import { WASI } from 'node:wasi';
  const wasi = new WASI({ version: 'preview1', args: ['a', 'b'], returnOnExit: true });
  const imports = Object.fromEntries(Object.entries(wasi.wasiImport).map(([name, f]) => [name, (...a) => f(...a)]));
  const x = new WebAssembly.Instance(new WebAssembly.Module(bytes), { wasi_snapshot_preview1: imports });
  out(wasi.start(x));
)";

TEST(Guest, WasiLibcHeapGrowsThroughTheRegion) {
  NEEDS("clang-14");
  NEEDS("node");
  Scratch dir;
  write_file(dir / "p.c", std::string(heap_program));
  Output built = run("clang-14 --target=wasm32-wasi -O2 -g " + (dir / "p.c") + " -o " + (dir / "p.wasm"));
  if (built.status != 0) GTEST_SKIP() << "no wasi-libc: " << built.text;
  File app = read_file(dir / "p.wasm");
  Options o;
  o.forward = {"fd_write", "proc_exit"};
  Linked shared = link_valid(app, o);
  EXPECT_FALSE(shared.report.dropped_sections.empty());
  EXPECT_EQ(run_js(shared.module, wasi_script), "45015450 bytes, 2 arguments\n5\n");
  o.placement = Placement::isolated;
  Linked isolated = link_valid(app, o);
  if (std::string node = new_node(); !node.empty()) {
    EXPECT_EQ(run_js(isolated.module, wasi_script, node), "45015450 bytes, 2 arguments\n5\n");
  }
}

TEST(Guest, RustStaysValid) {
  NEEDS("rustc");
  Scratch dir;
  write_file(dir / "p.rs",
             std::string("fn main() { println!(\"{:?}\", std::fs::read_dir(\"/\").map(|d| d.count())); }"));
  std::string rustc = std::filesystem::exists("/usr/bin/rustc") ? "/usr/bin/rustc" : "rustc";
  Output built = run(rustc + " --target wasm32-wasi -O " + (dir / "p.rs") + " -o " + (dir / "p.wasm"));
  if (built.status != 0) GTEST_SKIP() << "no wasm32-wasi library for Rust";
  for (Placement p : {Placement::shared, Placement::isolated}) {
    Options o;
    o.placement = p;
    o.forward = {"fd_write", "proc_exit"};
    link_valid(read_file(dir / "p.wasm"), o);
  }
}

} // namespace
} // namespace mayfly::link
