#include "runtime/runtime.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/process.h"
#include "runtime/temp_dir.h"

namespace mayfly::runtime {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A PATH that holds only what a test puts there, and a TMPDIR that a test can look into.
class RuntimeTest : public testing::Test {
protected:
  RuntimeTest() {
    setenv("PATH", (dir_.path() + "/empty:" + bin()).c_str(), 1);
    setenv("TMPDIR", tmp().c_str(), 1);
    std::filesystem::create_directories(bin());
    std::filesystem::create_directories(tmp());
  }
  ~RuntimeTest() override {
    setenv("PATH", old_path_.c_str(), 1);
    unsetenv("TMPDIR");
  }
  std::string bin() const { return dir_.path() + "/bin"; }
  std::string tmp() const { return dir_.path() + "/tmp"; }
  std::string install(const std::string &name, const std::string &script) {
    std::string file = bin() + "/" + name;
    std::ofstream(file) << "#!/bin/sh\nPATH=" << old_path_ << "\n" << script << "\n";
    chmod(file.c_str(), 0755);
    return file;
  }
  std::string read(const std::string &file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TempDir dir_ = *TempDir::create();
  std::string old_path_ = getenv("PATH");
};

TEST_F(RuntimeTest, FindsTheFirstKnownName) {
  install("wasmtime", "");
  install("bun", "");
  auto found = find("");
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->kind, Kind::bun);
  EXPECT_EQ(found->path, bin() + "/bun");
}

TEST_F(RuntimeTest, FindsByNameAndByPath) {
  auto path = install("node-26", "");
  EXPECT_EQ(find("node-26")->path, path);
  EXPECT_EQ(find(path)->kind, Kind::node);
}

TEST_F(RuntimeTest, SaysWhatItLookedFor) {
  EXPECT_THAT(find("").error(), HasSubstr("looked for node, deno, bun, wasmtime"));
  EXPECT_THAT(find("deno").error(), HasSubstr("deno: not found on PATH"));
  EXPECT_THAT(find("python").error(), HasSubstr("not a runtime mayfly knows"));
  EXPECT_THAT(find("/nowhere/node").error(), HasSubstr("no such executable file"));
}

TEST_F(RuntimeTest, CommandLines) {
  Request request{.path = "a.wasm", .bytes = {}, .args = {"x", "--y"}, .env = {"K=V"}};
  auto line = [&](Kind kind) { return command_line({kind, "RT"}, request, "a.wasm", "/h"); };
  EXPECT_THAT(line(Kind::node), ElementsAre("RT", "/h/launch.mjs", "--shown", "a.wasm", "--env", "K=V", "a.wasm", "x", "--y"));
  EXPECT_THAT(line(Kind::wasmtime), ElementsAre("RT", "run", "--env", "K=V", "a.wasm", "x", "--y"));
  EXPECT_THAT(line(Kind::wasmer), ElementsAre("RT", "run", "--env", "K=V", "a.wasm", "--", "x", "--y"));
  EXPECT_THAT(line(Kind::wazero), ElementsAre("RT", "run", "-env=K=V", "a.wasm", "x", "--y"));
  EXPECT_THAT(line(Kind::iwasm), ElementsAre("RT", "--env=K=V", "a.wasm", "x", "--y"));
}

TEST_F(RuntimeTest, TraceDescriptor) {
  Request request{.path = "a.wasm", .args = {"x"}, .env = {"K=V"}, .trace_fd = 77, .trace_file = "t,race"};
  auto line = [&](Kind kind) { return command_line({kind, "RT"}, request, "a.wasm", "/h"); };
  EXPECT_THAT(line(Kind::node), ElementsAre("RT", "/h/launch.mjs", "--shown", "a.wasm", "--trace-fd", "77",
                                            "--trace-file", "t,race", "--env", "K=V", "a.wasm", "x"));
  EXPECT_THAT(line(Kind::deno), Contains("--allow-write"));
  EXPECT_THAT(line(Kind::node), Not(Contains("--allow-write")));
  EXPECT_THAT(line(Kind::wasmtime), Not(Contains("77")));
  request.trace_file.clear();
  EXPECT_THAT(line(Kind::bun), ElementsAre("RT", "/h/launch.mjs", "--shown", "a.wasm", "--trace-fd", "77", "--env",
                                           "K=V", "a.wasm", "x"));
  EXPECT_TRUE(has_trace_descriptor(Kind::deno));
  EXPECT_FALSE(has_trace_descriptor(Kind::wasmer));
}

TEST_F(RuntimeTest, DirectoriesOfTheHost) {
  Request request{.path = "a.wasm", .dirs = {{"/g", "h"}, {"/x", "y,z"}}};
  auto line = [&](Kind kind) { return command_line({kind, "RT"}, request, "a.wasm", "/h"); };
  EXPECT_THAT(line(Kind::node), ElementsAre("RT", "/h/launch.mjs", "--shown", "a.wasm", "--dir", "/g=h", "--dir",
                                            "/x=y,z", "a.wasm"));
  EXPECT_THAT(line(Kind::wasmtime), ElementsAre("RT", "run", "--dir=h::/g", "--dir=y,z::/x", "a.wasm"));
  EXPECT_THAT(line(Kind::wazero), ElementsAre("RT", "run", "-mount=h:/g", "-mount=y,z:/x", "a.wasm"));
  EXPECT_THAT(line(Kind::wasmedge), Contains("--dir=/g:h"));
  EXPECT_THAT(line(Kind::deno), Contains("--allow-write"));
  request.dirs.pop_back();
  EXPECT_THAT(line(Kind::deno), Contains("--allow-write=h"));
}

TEST_F(RuntimeTest, OneExport) {
  Request request{.path = "a.wasm", .args = {"2"}, .invoke = "add", .invoke_types = "i"};
  auto line = [&](Kind kind) { return command_line({kind, "RT"}, request, "a.wasm", "/h"); };
  EXPECT_THAT(line(Kind::node),
              ElementsAre("RT", "/h/launch.mjs", "--shown", "a.wasm", "--invoke", "add:i", "a.wasm", "2"));
  EXPECT_THAT(line(Kind::wasmtime), ElementsAre("RT", "run", "--invoke", "add", "a.wasm", "2"));
  EXPECT_THAT(line(Kind::wasmedge),
              ElementsAre("RT", "--enable-multi-memory", "--reactor", "a.wasm", "add", "2"));
  EXPECT_FALSE(can_invoke(Kind::wazero));
  EXPECT_TRUE(can_invoke(Kind::bun));
}

TEST_F(RuntimeTest, PassesTheExitCodeAndCleansUp) {
  std::string seen = dir_.path() + "/seen";
  install("node", "ls -R \"$(dirname \"$1\")\" > " + seen + "; echo \"$@\" >> " + seen + "; exit 42");
  uint8_t module[] = {0, 'a', 's', 'm'};
  auto code =
      run(*find("node"), {.path = "/somewhere/app.wasm", .bytes = module, .args = {"one"}, .env = {}});
  ASSERT_TRUE(code) << code.error();
  EXPECT_EQ(*code, 42);
  EXPECT_THAT(read(seen), HasSubstr("host.mjs\nlaunch.mjs\n"));
  EXPECT_THAT(read(seen), HasSubstr("module/app.wasm one\n"));
  EXPECT_TRUE(std::filesystem::is_empty(tmp()));
}

TEST_F(RuntimeTest, ASignalThatEndsTheChildBecomesTheCode) {
  install("node", "kill -TERM $$");
  EXPECT_EQ(run(*find("node"), {.path = "a.wasm", .bytes = {}, .args = {}, .env = {}}).value(),
            128 + SIGTERM);
  EXPECT_TRUE(std::filesystem::is_empty(tmp()));
}

TEST_F(RuntimeTest, ASignalToUsReachesTheChild) {
  // The child signals its parent, which has to hand the signal back.
  install("node", "trap 'exit 7' TERM; kill -TERM $PPID; while :; do sleep 0.05; done");
  EXPECT_EQ(run(*find("node"), {.path = "a.wasm", .bytes = {}, .args = {}, .env = {}}).value(), 7);
}

TEST_F(RuntimeTest, ATempDirThatCannotBeMadeIsAnError) {
  install("node", "");
  setenv("TMPDIR", "/nonexistent", 1);
  EXPECT_THAT(run(*find("node"), {.path = "a.wasm", .bytes = {}, .args = {}, .env = {}}).error(),
              HasSubstr("set TMPDIR"));
}

TEST(Process, AFailedStartIsAnErrorNotACode) {
  EXPECT_THAT(run_foreground({"/nonexistent/program"}).error(), HasSubstr("cannot be started"));
}

TEST(Embedded, TheSourcesAreWhole) {
  EXPECT_THAT(std::string(host_source()), HasSubstr("export class Host"));
  EXPECT_THAT(std::string(launch_source()), HasSubstr("import {CannotRun, Host, importedMemories} from \"./host.mjs\""));
  EXPECT_EQ(host_source().back(), '\n');
}

} // namespace
} // namespace mayfly::runtime
