// Packs and the whole tool in one process, on modules of a few bytes.
#include "cli/pack_files.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/test_support.h"
#include "inspect/platform.h"
#include "inspect/toolchain.h"

namespace mayfly::cli {
namespace {

using inspect::Platform;
using testing::HasSubstr;
namespace fs = std::filesystem;

const std::vector<TestImport> kReadWrite = {{"wasi_snapshot_preview1", "fd_read"},
                                            {"wasi_snapshot_preview1", "fd_write"}};
const std::vector<TestImport> kFiles = {{"wasi_snapshot_preview1", "fd_read"},
                                        {"wasi_snapshot_preview1", "fd_write"},
                                        {"wasi_snapshot_preview1", "path_open"}};

Platform platform(const std::vector<TestImport> &imports) {
  auto bytes = module_with(imports);
  return inspect::platform_of(*wasm::read_module(bytes));
}

TEST(Platform, Table) {
  EXPECT_EQ(platform(kReadWrite), Platform::wasi_p1);
  EXPECT_EQ(platform({{"wasi_unstable", "fd_read"}}), Platform::wasi_unstable);
  EXPECT_EQ(platform({}), Platform::bare);
  EXPECT_EQ(platform({{"env", "f"}}), Platform::bare);
  EXPECT_EQ(platform({{"wasi_snapshot_preview1", "fd_write"}, {"env", "__syscall_openat"}}),
            Platform::emscripten);
  EXPECT_EQ(platform({{"env", "emscripten_resize_heap"}}), Platform::emscripten);
  EXPECT_EQ(platform({{"wasi_snapshot_preview1", "fd_write"}, {"env", "emscripten_notify_memory_growth"}}),
            Platform::wasi_p1);
  EXPECT_EQ(platform({{"a", "a"}, {"a", "b"}}), Platform::emscripten_minified);
  EXPECT_EQ(platform({{"gojs", "syscall/js.valueGet"}}), Platform::go_js);
  EXPECT_EQ(platform({{"./x_bg.js", "__wbg_log_1"}}), Platform::wasm_bindgen);
  EXPECT_EQ(platform({{"wasix_32v1", "fd_dup"}}), Platform::wasix);
  EXPECT_EQ(platform({{"wasi", "thread-spawn"}, {"wasi_snapshot_preview1", "fd_write"}}),
            Platform::wasi_threads);
}

struct Outcome {
  int code;
  std::string out, err;
};

Outcome tool(std::vector<std::string> words) {
  words.insert(words.begin(), "mayfly");
  std::vector<const char *> argv;
  for (const std::string &word : words) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  int code = run_tool(static_cast<int>(words.size()), argv.data());
  std::fflush(stdout);
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

class Tool : public testing::Test {
protected:
  void SetUp() override {
    s.write("app.wasm", as_text(module_with(kFiles)));
    s.write("in/f", "hello");
  }
  std::string read(const std::string &name) {
    std::ifstream in(s / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  size_t entries() {
    return static_cast<size_t>(std::distance(fs::directory_iterator(s.path()), fs::directory_iterator()));
  }
  Scratch s;
};

TEST_F(Tool, PacksTheSameBytesTwice) {
  auto first = tool({"pack", s / "app.wasm", "--dir", (s / "in") + "::/in", "-o", s / "1.wasm"});
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(first.err, "");
  EXPECT_EQ(tool({"pack", s / "app.wasm", "--dir", (s / "in") + "::/in", "-o", s / "2.wasm"}).code, 0);
  EXPECT_EQ(read("1.wasm"), read("2.wasm"));
  EXPECT_THAT(read("1.wasm"), HasSubstr("hello"));
  auto bytes = read("1.wasm");
  auto module = wasm::read_module({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()});
  ASSERT_TRUE(module);
  EXPECT_TRUE(inspect::is_packed(*module));
}

TEST_F(Tool, OutputMayBeTheInputAndLieInThePackedDirectory) {
  s.write("d/app.wasm", as_text(module_with(kFiles)));
  s.write("d/f", "content");
  auto done = tool({"pack", s / "d/app.wasm", "--dir", (s / "d") + "::/", "-o", s / "d/app.wasm"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("left out"));
  EXPECT_EQ(tool({"pack", s / "d/app.wasm", "-o", s / "x.wasm"}).code, 1); // is packed now
}

TEST_F(Tool, JsonIsStable) {
  auto done = tool({"pack", s / "app.wasm", "--dir", (s / "in") + "::/in", "-o", s / "o.wasm", "--json"});
  auto json = nlohmann::json::parse(done.out);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["output"]["bytes"], fs::file_size(s / "o.wasm"));
  EXPECT_EQ(json["placement"], "shared");
  EXPECT_EQ(json["imports"].size(), 3u);
  EXPECT_EQ(json["imports"][0]["served"], true);
  EXPECT_EQ(json["filesystem"]["files"], 1);
  EXPECT_EQ(json["filesystem"]["preopens"], (std::vector<std::string>{"/", "/in"}));
  EXPECT_EQ(json["added"]["content_bytes"], 5);
}

TEST_F(Tool, VerboseSaysWhatIsStillImportedAndWhy) {
  auto done = tool({"pack", s / "app.wasm", "-o", s / "o.wasm", "-v"});
  EXPECT_THAT(done.err, HasSubstr("still imported (2):\n  wasi_snapshot_preview1.fd_read"));
  EXPECT_THAT(tool({"pack", s / "app.wasm", "-o", s / "o.wasm", "-v", "--stdio", "null"}).err,
              HasSubstr("still imported: nothing"));
  EXPECT_THAT(tool({"pack", s / "app.wasm", "-o", s / "o.wasm", "-v", "--hermetic"}).err,
              HasSubstr("still imported: nothing"));
}

TEST_F(Tool, ModuleWithoutFileCallsGetsANote) {
  s.write("bare.wasm", as_text(module_with({})));
  auto done = tool({"pack", s / "bare.wasm", "-o", s / "o.wasm"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("nothing is virtualized"));
}

// Nothing but the standard streams: the output is the input, and what was given to it is said to be left out.
TEST_F(Tool, AModuleThatCannotOpenAFileStaysAsItIs) {
  s.write("streams.wasm", as_text(module_with(kReadWrite)));
  auto done = tool({"pack", s / "streams.wasm", "--dir", (s / "in") + "::/in", "-o", s / "o.wasm"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(read("o.wasm"), read("streams.wasm"));
  EXPECT_THAT(done.err, HasSubstr("in is not in the output: the module has no call that could open a file"));
  // What concerns the streams themselves is still served.
  EXPECT_EQ(tool({"pack", s / "streams.wasm", "--stdio", "file", "-o", s / "o.wasm"}).code, 0);
  EXPECT_NE(read("o.wasm"), read("streams.wasm"));
}

TEST_F(Tool, ASignatureOfAnotherVersionIsLeftToTheHost) {
  auto imports = kFiles;
  imports.push_back({"wasi_snapshot_preview1", "sock_accept"}); // with four parameters instead of three
  s.write("accept.wasm", as_text(module_with(imports)));
  auto done = tool({"pack", s / "accept.wasm", "-o", s / "o.wasm", "--json"});
  EXPECT_EQ(done.code, 0) << done.err;
  auto json = nlohmann::json::parse(done.out);
  EXPECT_EQ(json["imports"][3]["served"], false);
  EXPECT_EQ(json["imports"][3]["imported"], true);
  EXPECT_EQ(json["imports"][2]["served"], true);
  EXPECT_THAT(done.err,
              HasSubstr("the import wasi_snapshot_preview1.sock_accept has the signature (i32 i32 i32 "
                        "i32) -> i32: the filesystem knows it as (i32 i32 i32) -> i32; it is left to "
                        "the host"));
  imports.back() = {"wasi_snapshot_preview1", "fd_close"};
  s.write("close.wasm", as_text(module_with(imports)));
  done = tool({"pack", s / "close.wasm", "-o", s / "o.wasm"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("the host cannot answer it for files inside"));
}

TEST_F(Tool, MinifiedModulesAreRefusedOnlyForFileCalls) {
  s.write("min.wasm", as_text(module_with({{"a", "a"}, {"a", "b"}})));
  auto done = tool({"pack", s / "min.wasm", "-o", s / "o.wasm"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(read("o.wasm"), read("min.wasm"));
  EXPECT_THAT(done.err, HasSubstr("names of the imports are minified"));
  s.write("min.js", "var wasmImports = {a: _fd_write, b: ___syscall_openat};");
  done = tool({"pack", s / "min.wasm", "--glue", s / "min.js", "-o", s / "o.wasm"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("whose file calls are not served yet: a.b (__syscall_openat)"));
  s.write("min.js", "var wasmImports = {a: _fd_write, b: _emscripten_memcpy_js};");
  done = tool({"pack", s / "min.wasm", "--glue", s / "min.js", "-o", s / "o.wasm"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, testing::Not(HasSubstr("minified")));
  s.write("other.js", "nothing of the kind");
  EXPECT_THAT(tool({"pack", s / "min.wasm", "--glue", s / "other.js", "-o", s / "o.wasm"}).err,
              HasSubstr("other.js: has no table of imports that fits"));
}

TEST_F(Tool, ACoreModuleOfAComponentSaysWhatIsLeft) {
  auto imports = kFiles;
  imports.push_back({"wasi:cli/exit@0.2.3", "exit"});
  imports.push_back({"wasi:io/streams@0.2.3", "[method]output-stream.write"});
  s.write("core.wasm", as_text(module_with(imports)));
  auto done = tool({"pack", s / "core.wasm", "-o", s / "o.wasm"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("2 functions of 2 interfaces stay imports, because those are not served"));
}

TEST_F(Tool, RunNamesTheImportsThatNoRuntimeOffers) {
  s.write("foreign.wasm", as_text(module_with({{"wasi_snapshot_preview1", "fd_write"}, {"env", "draw"}})));
  auto done = tool({"run", s / "foreign.wasm"});
  EXPECT_EQ(done.code, 126);
  EXPECT_THAT(done.err, HasSubstr("foreign.wasm: imports what no runtime offers: env.draw"));
}

TEST_F(Tool, FailuresNameTheThingAndLeaveNothing) {
  s.write("bad.wasm", "\x7f"
                      "ELF");
  s.write("empty.wasm", "");
  s.write("em.wasm", as_text(module_with({{"env", "__syscall_openat"}})));
  size_t before = entries();
  struct Case {
    std::vector<std::string> words;
    int code;
    const char *says;
  };
  std::string app = s / "app.wasm", out = s / "o.wasm";
  for (const Case &c : std::vector<Case>{
           {{"pack", s / "none.wasm", "-o", out}, 1, "none.wasm: cannot be opened: No such file"},
           {{"pack", s.path(), "-o", out}, 1, "is a directory"},
           {{"pack", s / "bad.wasm", "-o", out}, 1, "bad.wasm at 0x0"},
           {{"pack", s / "empty.wasm", "-o", out}, 1, "empty"},
           {{"pack", s / "em.wasm", "-o", out}, 1, "Emscripten"},
           {{"pack", app, "--dir", s / "none::/x", "-o", out}, 1, "none: cannot be opened"},
           {{"pack", app, "--dir", app + "::/x", "-o", out}, 1, "use --file"},
           {{"pack", app, "--tar", app + "::/x", "-o", out}, 1, "is not a tar or zip archive"},
           {{"pack", app, "--file", (s / "in/f") + "::/d", "--preopen", "/d", "-o", out}, 1, "names a file"},
           {{"pack", app, "-o", s.path()}, 1, "is a directory"},
           {{"pack", app, "-o", s / "no/o.wasm"}, 1, "No such file"},
           {{"pack", app, "-o", "-", "--json"}, 2, "--json"},
           {{"pack", app, "--dir", (s / "in") + "::/x", "--max-inodes", "16", "--preopen", "/1", "--preopen",
             "/2", "--preopen", "/3", "--preopen", "/4", "--preopen", "/5", "-o", out},
            1,
            "no space is left under the limits"},
           {{"pack"}, 2, "APP is required"},
           {{"pack", app, "--dri", "x"}, 2, "did you mean --dir?"},
           {{"pakc"}, 2, "did you mean pack?"},
           {{"pack", app, "--", "x"}, 2, "nothing after --"},
           {{"run", app, "--runtime", "nonsense"}, 1, "nonsense"},
           {{"run", s / "none.wasm"}, 1, "none.wasm"}}) {
    Outcome done = tool(c.words);
    EXPECT_EQ(done.code, c.code) << c.says << done.err;
    EXPECT_THAT(done.err, HasSubstr(c.says));
    EXPECT_THAT(done.err, testing::StartsWith("mayfly: error: "));
    EXPECT_EQ(done.out, "");
  }
  EXPECT_EQ(entries(), before);
}

TEST_F(Tool, HelpAndVersion) {
  EXPECT_THAT(tool({"--version"}).out, testing::StartsWith("mayfly "));
  EXPECT_THAT(tool({}).out, HasSubstr("pack"));
  auto help = tool({"pack", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("Examples:"));
}

} // namespace
} // namespace mayfly::cli
