// For the linker's tests: text modules, the test layer (testdata/layer.cc), and the tools on
// PATH that judge and run outputs. Tests that need a tool which is not there are skipped.
#pragma once
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "link/link.h"
#include "wasm/module.h"

extern "C" const uint8_t mayfly_layer_linktest_begin[], mayfly_layer_linktest_end[];

namespace mayfly::link::test {

using File = std::vector<uint8_t>;

inline std::span<const uint8_t> test_layer() {
  return {mayfly_layer_linktest_begin, mayfly_layer_linktest_end};
}

// A fresh directory for one test, removed at its end.
class Scratch {
public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mayfly-link-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string &name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

inline void write_file(const std::string &path, std::span<const uint8_t> bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
inline void write_file(const std::string &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline File read_file(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Output {
  int status = -1;
  std::string text; // stdout and stderr
};

inline Output run(const std::string &command) {
  Output out;
  FILE *pipe = popen((command + " 2>&1").c_str(), "r");
  if (!pipe) return out;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.text.append(buffer, n);
  out.status = pclose(pipe);
  return out;
}

inline bool have(const std::string &tool) { return run("command -v " + tool).status == 0; }

// Not --enable-all: this wabt's typed function references are half done and refuse valid modules.
inline const std::string wabt_features =
    "--enable-exceptions --enable-threads --enable-tail-call --enable-memory64 "
    "--enable-multi-memory --enable-extended-const --enable-relaxed-simd ";

// Assembles a text module; the empty file and a test failure when that does not work.
inline File wat(const std::string &text) {
  Scratch dir;
  write_file(dir / "m.wat", text);
  Output o =
      run("wat2wasm " + wabt_features + "--debug-names " + (dir / "m.wat") + " -o " + (dir / "m.wasm"));
  EXPECT_EQ(o.status, 0) << o.text;
  return read_file(dir / "m.wasm");
}

#define NEEDS(tool)                                                                                          \
  if (!::mayfly::link::test::have(tool)) GTEST_SKIP() << tool " is not on PATH"

inline void expect_valid(const File &module) {
  Scratch dir;
  write_file(dir / "m.wasm", module);
  Output o = run("wasm-validate " + wabt_features + dir / "m.wasm");
  EXPECT_EQ(o.status, 0) << o.text;
  auto again = wasm::read_module(module);
  EXPECT_TRUE(again) << again.error().message;
}

// A Node with multi-memory, as a word of a shell command: MAYFLY_NODE_NEW, else the one in build/cache, else
// `node` itself when it is new enough. Without one the test fails: it would leave half of what it holds
// undone, and nobody would notice.
inline std::string new_node() {
  if (const char *path = std::getenv("MAYFLY_NODE_NEW")) return path;
  std::error_code none_there;
  for (const auto &entry :
       std::filesystem::directory_iterator(MAYFLY_TEST_CACHE "/npm/node_modules", none_there)) {
    std::string name = entry.path().filename().string(), path = entry.path().string() + "/bin/node";
    if (name.starts_with("node-linux-") && std::filesystem::exists(path)) return "'" + path + "'";
  }
  Output o = run("node -p 'parseInt(process.versions.node) >= 22'");
  if (o.text == "true\n") return "node";
  ADD_FAILURE() << "no Node with multi-memory: run tests/matrix/cache.py, or name one in MAYFLY_NODE_NEW";
  return "";
}

// Runs `script` with the module's bytes as `bytes`; `out(...)` prints. The printed text, or the failure's.
inline std::string run_js(const File &module, const std::string &script, const std::string &node = "node") {
  Scratch dir;
  write_file(dir / "m.wasm", module);
  write_file(dir / "m.mjs", "import fs from 'node:fs';\nconst bytes = fs.readFileSync('" + dir / "m.wasm" +
                                "');\n"
                                "const out = (...a) => console.log(a.join(' '));\n"
                                "const make = (imports = {}) => new WebAssembly.Instance(new "
                                "WebAssembly.Module(bytes), imports);\n" +
                                script);
  Output o = run(node + " --no-warnings " + dir / "m.mjs");
  return o.text;
}

// A region of `pages` pages whose words hold their own index, with pages of zeros between.
inline File region(uint32_t pages) {
  File bytes(size_t{pages} * 4096);
  for (size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    if ((i / 4096) % 3 == 2) continue;
    uint32_t word = static_cast<uint32_t>(i / 4);
    for (int k = 0; k < 4; ++k) bytes[i + k] = static_cast<uint8_t>(word >> (8 * k));
  }
  return bytes;
}

struct Linked {
  File module;
  Report report;
  std::string error;
  uint64_t offset = 0;
};

inline Linked link_with(const File &app, Options options) {
  Linked out;
  if (options.layer.empty()) options.layer = test_layer();
  options.host.missing = 52;
  static const File small = region(7);
  if (options.image.region.empty()) options.image.region = small;
  auto linked = link(app, options, out.report);
  if (linked) {
    out.module = std::move(*linked);
  } else {
    out.error = linked.error().message;
    out.offset = linked.error().offset;
  }
  return out;
}

// Links, holds the result to the validator, and checks that linking is deterministic.
inline Linked link_valid(const File &app, const Options &options = {}) {
  Linked out = link_with(app, options);
  EXPECT_EQ(out.error, "");
  if (out.error.empty()) {
    expect_valid(out.module);
    EXPECT_EQ(link_with(app, options).module, out.module);
  }
  return out;
}

// Options under which the layer has something to do in any module.
inline Options reached() {
  Options o;
  o.keep = {"test.count"};
  return o;
}

// Links a user's layer, which may call whatever it likes, and holds the result to the validator.
inline Linked link_user(const File &app, const File &layer, Placement placement = Placement::shared) {
  Options o;
  o.layer = layer;
  o.layer_name = "test.wasm";
  o.placement = placement;
  o.open_downcalls = true;
  Linked out;
  auto linked = link(app, o, out.report);
  if (!linked) {
    out.error = linked.error().message;
    out.offset = linked.error().offset;
    return out;
  }
  out.module = std::move(*linked);
  expect_valid(out.module);
  return out;
}

} // namespace mayfly::link::test
