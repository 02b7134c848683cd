// Which imports ask for files: small modules as text, in the shapes that compilers give them.
#include "inspect/file_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inspect/platform.h"
#include "inspect/reach.h"
#include "inspect/test_support.h"

namespace mayfly::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FileCallsOf : public ::testing::Test {
protected:
  void SetUp() override {
    if (!have_wat2wasm()) GTEST_SKIP() << "wat2wasm is not installed";
  }
};

FileCalls find(const std::string &text, const std::vector<std::string> &names = {}) {
  File file = wat("(module " + text + ")");
  auto m = wasm::read_module(file);
  EXPECT_TRUE(m.has_value());
  auto scanned = scan(*m);
  EXPECT_TRUE(scanned.has_value());
  return find_file_calls(*m, reached_functions(*m, scanned->graph), names);
}

std::vector<std::string> imports(const std::vector<FileCall> &calls) {
  std::vector<std::string> out;
  for (const FileCall &call : calls) out.push_back(call.import);
  return out;
}

TEST_F(FileCallsOf, Wasi) {
  FileCalls calls = find(R"(
    (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $p (param i32 i32) (result i32)))
    (import "wasi_unstable" "path_unlink_file" (func $u (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
    (export "a" (func $w)) (export "b" (func $p)) (export "c" (func $u)))");
  EXPECT_THAT(imports(calls.wasi),
              ElementsAre("wasi_snapshot_preview1.fd_prestat_get", "wasi_unstable.path_unlink_file"));
  EXPECT_THAT(calls.emscripten, IsEmpty());
  EXPECT_FALSE(calls.guessed);
}

TEST_F(FileCallsOf, EmscriptenOfEveryAge) {
  FileCalls calls = find(R"(
    (import "env" "__syscall_openat" (func $a (param i32 i32 i32 i32) (result i32)))
    (import "env" "__sys_open" (func $b (param i32 i32 i32) (result i32)))
    (import "env" "___syscall195" (func $c (param i32 i32) (result i32)))
    (import "env" "__syscall_getcwd" (func $d (param i32 i32) (result i32)))
    (import "env" "__syscall_ioctl" (func $e (param i32 i32 i32) (result i32)))
    (import "env" "___syscall54" (func $f (param i32 i32) (result i32)))
    (import "env" "getpid" (func $g (result i32)))
    (export "a" (func $a)) (export "b" (func $b)) (export "c" (func $c)) (export "d" (func $d))
    (export "e" (func $e)) (export "f" (func $f)) (export "g" (func $g)))");
  EXPECT_THAT(imports(calls.emscripten),
              ElementsAre("env.__syscall_openat", "env.__sys_open", "env.___syscall195"));
}

// The imports of the C library's write(), open() and of a function of the program's own, minified.
const char *const kMinified = R"(
    (import "a" "a" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "a" "b" (func $open (param i32 i32 i32 i32) (result i32)))
    (memory (export "c") 1)
    (func $print (export "d") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))";

TEST_F(FileCallsOf, MinifiedWithoutAnOpeningCall) {
  FileCalls calls = find(std::string(kMinified) + R"((func (export "e") (param i32) (result i32)
    (call $open (local.get 0) (i32.const -100) (i32.const 32768) (i32.const 0))))");
  EXPECT_TRUE(calls.guessed);
  EXPECT_THAT(calls.emscripten, IsEmpty());
}

TEST_F(FileCallsOf, MinifiedWithOne) {
  FileCalls calls = find(std::string(kMinified) + R"((func (export "e") (param i32 i32) (result i32)
    (call $open (i32.const -100) (local.get 0) (i32.or (local.get 1) (i32.const 32768)) (i32.const 438))))");
  EXPECT_THAT(imports(calls.emscripten), ElementsAre("a.b"));
  EXPECT_EQ(calls.emscripten[0].name, "");
}

TEST_F(FileCallsOf, MinifiedWithABranchAmongTheArguments) {
  FileCalls calls = find(std::string(kMinified) + R"((func (export "e") (param i32 i32) (result i32)
    (call $open (i32.const -100) (local.get 0) (local.get 1)
      (if (result i32) (local.get 1) (then (i32.const 438)) (else (i32.const 0))))))");
  EXPECT_THAT(imports(calls.emscripten), ElementsAre("a.b"));
}

TEST_F(FileCallsOf, MinifiedOpenOfOldVersions) {
  FileCalls calls = find(R"(
    (import "a" "a" (func $open (param i32 i32 i32) (result i32)))
    (import "a" "b" (func $other (param i32 i32 i32) (result i32)))
    (func (export "c") (param i32 i32) (result i32)
      (call $open (local.get 0) (i32.or (local.get 1) (i32.const 32768)) (i32.const 438)))
    (func (export "d") (param i32) (result i32)
      (call $other (local.get 0) (i32.const 32768) (i32.const -100))))");
  EXPECT_THAT(imports(calls.emscripten), ElementsAre("a.a"));
}

TEST_F(FileCallsOf, WhatNothingReachesDoesNotCount) {
  EXPECT_FALSE(
      find(R"((import "env" "__syscall_openat" (func (param i32 i32 i32 i32) (result i32))))").any());
  EXPECT_FALSE(find(std::string(kMinified) + R"((func (param i32 i32) (result i32)
    (call $open (i32.const -100) (local.get 0) (local.get 1) (i32.const 438))))")
                   .any());
}

TEST_F(FileCallsOf, GlueTellsForCertain) {
  std::string text = std::string(kMinified) + R"((func (export "e") (param i32 i32) (result i32)
    (call $open (local.get 0) (local.get 0) (local.get 1) (i32.const 438))))";
  File file = wat("(module " + text + ")");
  auto m = wasm::read_module(file);
  ASSERT_TRUE(m.has_value());
  auto names = glue_names(*m, "var wasmImports = {a: _fd_write, b: ___syscall_openat};");
  ASSERT_TRUE(names.has_value());
  EXPECT_THAT(*names, ElementsAre("fd_write", "__syscall_openat"));
  FileCalls calls = find(text, *names);
  EXPECT_FALSE(calls.guessed);
  ASSERT_THAT(imports(calls.emscripten), ElementsAre("a.b"));
  EXPECT_EQ(calls.emscripten[0].name, "__syscall_openat");
  // What the glue leaves open is told by the code.
  FileCalls rest = find(std::string(kMinified) + R"((func (export "e") (param i32 i32) (result i32)
    (call $open (i32.const -100) (local.get 0) (local.get 1) (i32.const 438))))",
                        {"fd_write", ""});
  EXPECT_TRUE(rest.guessed);
  EXPECT_THAT(imports(rest.emscripten), ElementsAre("a.b"));
  EXPECT_FALSE(glue_names(*m, "nothing of the kind").has_value());
}

TEST_F(FileCallsOf, DynamicLinkingKnowsItsMainProgram) {
  auto linking = [](std::string section, const std::string &imports) {
    File file = wat("(module " + imports + ")");
    std::string custom =
        std::string(1, static_cast<char>(section.size() + 1)) + static_cast<char>(section.size()) + section;
    custom.insert(custom.begin(), '\0');
    file.insert(file.begin() + 8, custom.begin(), custom.end());
    auto m = wasm::read_module(file);
    EXPECT_TRUE(m.has_value());
    return linking_of(*m);
  };
  const char *resize = "(import \"env\" \"emscripten_resize_heap\" (func (param i32) (result i32)))";
  const char *malloc = "(import \"env\" \"malloc\" (func (param i32) (result i32)))";
  EXPECT_EQ(linking("dylink.0", resize), Linking::main);
  EXPECT_EQ(linking("dylink", malloc), Linking::library);
  EXPECT_EQ(linking("name_", resize), Linking::alone);
}

} // namespace
} // namespace mayfly::inspect
