// Small modules, as text, and what must be said about them. Skipped without wat2wasm.
#include "inspect/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "inspect/component.h"
#include "inspect/document.h"
#include "inspect/platform.h"
#include "inspect/test_support.h"

namespace mayfly::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ModuleFacts facts_of(const File &file) {
  auto facts = inspect(file);
  EXPECT_TRUE(facts.has_value()) << facts.error().message;
  return facts && facts->module ? *facts->module : ModuleFacts{};
}
const ImportFacts &import(const ModuleFacts &m, std::string_view field) {
  for (const ImportFacts &i : m.imports)
    if (i.field == field) return i;
  static const ImportFacts none;
  ADD_FAILURE() << "no import " << field;
  return none;
}
std::vector<std::string> from(const ModuleFacts &m, std::string_view field) {
  std::vector<std::string> names;
  for (uint32_t e : import(m, field).from) names.push_back(m.entries[e].name);
  return names;
}
std::vector<std::string> chain(const ModuleFacts &m, std::string_view field) {
  std::vector<std::string> names;
  for (uint32_t f : import(m, field).chain) names.push_back(function_label(m, f));
  return names;
}

class Inspect : public ::testing::Test {
protected:
  void SetUp() override {
    if (!have_wat2wasm()) GTEST_SKIP() << "wat2wasm is not installed";
  }
};

TEST_F(Inspect, FollowsCallsTablesReferencesAndTheStart) {
  ModuleFacts m = facts_of(wat(R"((module
    (type $v (func)) (type $i (func (param i32)))
    (import "m" "direct" (func $direct)) (import "m" "indirect" (func $indirect (param i32)))
    (import "m" "start" (func $s)) (import "m" "dead" (func $dead)) (import "m" "other_type" (func $other (param i64)))
    (import "m" "by_ref" (func $by_ref))
    (table 2 funcref) (elem (i32.const 0) func $indirect $other)
    (elem declare func $by_ref)
    (func $a (call $b)) (func $b (call $direct))
    (func $c (call_indirect (type $i) (i32.const 1) (i32.const 0)))
    (func $never (call $dead))
    (func $r (drop (ref.func $by_ref)))
    (start $s)
    (export "a" (func $a)) (export "c" (func $c)) (export "r" (func $r))))"));
  EXPECT_THAT(from(m, "direct"), ElementsAre("a"));
  EXPECT_THAT(chain(m, "direct"), ElementsAre("a", testing::_, "m.direct"));
  EXPECT_THAT(from(m, "indirect"), ElementsAre("c"));
  EXPECT_THAT(from(m, "start"), ElementsAre("start"));
  EXPECT_THAT(from(m, "by_ref"), ElementsAre("r"));
  EXPECT_FALSE(import(m, "dead").reachable);
  EXPECT_THAT(chain(m, "dead"), IsEmpty());
  EXPECT_FALSE(import(m, "other_type").reachable) << "an indirect call of another type does not reach it";
  EXPECT_EQ(import(m, "dead").callers, 1u);
}

TEST_F(Inspect, AnExportedTableLetsTheHostIn) {
  const char *text =
      R"((module (import "m" "f" (func $f)) (table %s 1 funcref) (elem (i32.const 0) func $f)))";
  char exported[256], closed[256];
  std::snprintf(exported, sizeof exported, text, "(export \"t\")");
  std::snprintf(closed, sizeof closed, text, "");
  EXPECT_THAT(from(facts_of(wat(exported)), "f"), ElementsAre("t"));
  EXPECT_FALSE(import(facts_of(wat(closed)), "f").reachable);
}

TEST_F(Inspect, ManyEntriesBecomeOne) {
  std::string text = "(module (import \"m\" \"f\" (func $f))";
  for (int i = 0; i < 200; i++) text += "(func (export \"e" + std::to_string(i) + "\") (call $f))";
  ModuleFacts m = facts_of(wat(text + ")"));
  EXPECT_TRUE(m.entries_merged);
  EXPECT_EQ(m.entries.size(), 49u);
  EXPECT_EQ(m.entries.back().kind, Entry::others);
  EXPECT_EQ(import(m, "f").from.size(), 49u);
}

TEST_F(Inspect, LongWaysAreCut) {
  std::string text = "(module (import \"m\" \"f\" (func $f0))";
  for (int i = 1; i <= 300; i++)
    text += "(func $f" + std::to_string(i) + " (call $f" + std::to_string(i - 1) + "))";
  ModuleFacts m = facts_of(wat(text + "(export \"e\" (func $f300)))"));
  const std::vector<uint32_t> &way = import(m, "f").chain;
  ASSERT_EQ(way.size(), 64u);
  EXPECT_EQ(way.front(), 300u);
  EXPECT_EQ(way[1], 62u);
  EXPECT_EQ(way.back(), 0u);
}

TEST_F(Inspect, TellsPlatformsApart) {
  auto platform = [](const std::string &imports) {
    return facts_of(wat("(module " + imports + ")")).platform;
  };
  EXPECT_EQ(platform(""), Platform::bare);
  EXPECT_EQ(platform("(import \"wasi_snapshot_preview1\" \"fd_close\" (func (param i32) (result i32)))"),
            Platform::wasi_p1);
  EXPECT_EQ(platform("(import \"wasi_unstable\" \"fd_close\" (func (param i32) (result i32)))"),
            Platform::wasi_unstable);
  EXPECT_EQ(platform("(import \"wasi\" \"thread-spawn\" (func (param i32) (result i32)))"),
            Platform::wasi_threads);
  EXPECT_EQ(platform("(import \"wasix_32v1\" \"fd_dup\" (func (param i32 i32) (result i32)))"),
            Platform::wasix);
  EXPECT_EQ(platform("(import \"env\" \"__syscall_openat\" (func (param i32 i32 i32 i32) (result i32)))"),
            Platform::emscripten);
  EXPECT_EQ(platform("(import \"a\" \"a\" (func)) (import \"a\" \"b\" (func))"),
            Platform::emscripten_minified);
  EXPECT_EQ(platform("(import \"gojs\" \"runtime.wasmExit\" (func (param i32)))"), Platform::go_js);
  EXPECT_EQ(platform("(import \"wbg\" \"__wbg_log_1\" (func))"), Platform::wasm_bindgen);
  EXPECT_EQ(platform("(import \"wasi:cli/exit@0.2.3\" \"exit\" (func (param i32)))"),
            Platform::component_core);
}

// Two commands told these apart by rules of their own; there is one rule now.
TEST_F(Inspect, TellsMixedPlatformsByWhatDecides) {
  auto platform = [](const std::string &imports) {
    File file = wat("(module " + imports + ")");
    auto m = wasm::read_module(file);
    EXPECT_TRUE(m.has_value());
    EXPECT_EQ(platform_of(*m), facts_of(file).platform);
    return platform_of(*m);
  };
  const std::string wasi = "(import \"wasi_snapshot_preview1\" \"fd_close\" (func (param i32) (result i32)))";
  EXPECT_EQ(platform(wasi + "(import \"env\" \"invoke_v\" (func (param i32)))"), Platform::emscripten);
  EXPECT_EQ(platform(wasi + "(import \"wbg\" \"__wbg_log_1\" (func))"), Platform::wasm_bindgen);
  EXPECT_EQ(platform(wasi + "(import \"wasi:cli/exit@0.2.3\" \"exit\" (func (param i32)))"),
            Platform::component_core);
  EXPECT_EQ(platform("(import \"a\" \"a\" (func)) (import \"a\" \"abc\" (func))"),
            Platform::emscripten_minified);
  EXPECT_EQ(platform("(import \"env\" \"__syscall_open\" (global i32))"), Platform::bare);
}

TEST_F(Inspect, RecognizesToolchainsThatSayNothing) {
  auto toolchain = [](const std::string &text) {
    return facts_of(wat("(module " + text + ")")).toolchain.name;
  };
  const std::string stack = "(memory 2) (global (mut i32) (i32.const 66560))";
  EXPECT_EQ(toolchain("(func (export \"__napi_register__hash_0\"))"), "Rust (napi-rs)");
  EXPECT_EQ(toolchain("(import \"env\" \"napi_throw\" (func (param i32 i32) (result i32)))"),
            "C or C++ (Node-API)");
  EXPECT_EQ(toolchain("(memory 1) (data (i32.const 16) \"/rustc/0123/library/core/src/panicking.rs\")"),
            "Rust");
  EXPECT_EQ(toolchain("(memory 1) (data (i32.const 16) \"~\\00l\\00i\\00b\\00/\\00r\\00t\\00\")"),
            "AssemblyScript");
  EXPECT_EQ(toolchain("(import \"wasi_snapshot_preview1\" \"fd_close\" (func (param i32) (result i32)))" +
                      stack + "(data (i32.const 1024) \"No child process\\00Bad file descriptor\\00\")"),
            "C or C++ (clang, wasi-libc)");
  EXPECT_EQ(toolchain(stack + "(data (i32.const 1024) \"x\")"), "LLVM (wasm-ld)");
  EXPECT_EQ(toolchain("(memory 17) (global (mut i32) (i32.const 1048576)) (data (i32.const 1048576) \"x\")"),
            "LLVM (wasm-ld)");
  EXPECT_EQ(toolchain("(memory 2) (global (mut i32) (i32.const 66560)) (data (i32.const 8) \"x\")"),
            "unknown");
  EXPECT_EQ(toolchain("(memory 1) (global (mut i32) (i32.const 0))"), "unknown");
}

TEST_F(Inspect, EmscriptenGenerations) {
  auto detail = [](const std::string &field) {
    return facts_of(
               wat("(module (import \"env\" \"" + field + "\" (func (param i32 i32 i32) (result i32))))"))
        .platform_detail;
  };
  EXPECT_EQ(detail("__syscall5"), "system calls of before 1.39.14");
  EXPECT_EQ(detail("__sys_open"), "system calls of 1.39.14 to 2.0.31");
  EXPECT_EQ(detail("__syscall_open"), "system calls of 2.0.32 to 3.1.9");
  EXPECT_EQ(detail("__syscall_mkdirat"), "system calls of 3.1.10 or newer");
  EXPECT_EQ(detail("__syscall_epoll_ctl"), "system calls of 6.0.8 or newer");
}

TEST_F(Inspect, ProposalsAndRuntimes) {
  auto runs = [](const ModuleFacts &m, std::string_view runtime) {
    for (const RuntimeVerdict &v : runtimes_for(m.proposals))
      if (v.name == runtime) return v.runs ? "yes " + v.since : v.missing.empty() ? "switch" : "no";
    return std::string("?");
  };
  ModuleFacts two = facts_of(wat(
      "(module (memory 1) (memory 1) (func (memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 0))))"));
  EXPECT_TRUE(two.proposals.has(Proposal::multi_memory));
  EXPECT_TRUE(two.proposals.has(Proposal::bulk_memory));
  EXPECT_EQ(runs(two, "Node"), "yes 22.0");
  EXPECT_EQ(runs(two, "wazero"), "no");
  EXPECT_EQ(runs(two, "WAMR"), "switch");
  ModuleFacts simd =
      facts_of(wat("(module (func (param v128) (result i32) (i8x16.all_true (local.get 0))))"));
  EXPECT_TRUE(simd.proposals.has(Proposal::simd));
  EXPECT_EQ(runs(simd, "Chrome"), "yes 91");
  EXPECT_EQ(runs(facts_of(wat("(module (func nop))")), "wazero"), "yes ");
  ModuleFacts threads =
      facts_of(wat("(module (memory 1 2 shared) (func (drop (i32.atomic.load (i32.const 0)))))"));
  EXPECT_TRUE(threads.threads.used());
  EXPECT_EQ(threads.threads.atomics, 1u);
  EXPECT_TRUE(facts_of(wat("(module (memory i64 1))")).memories[0].is64);
  EXPECT_TRUE(facts_of(wat("(module (func (return_call 0)))")).proposals.has(Proposal::tail_call));
  EXPECT_TRUE(facts_of(wat("(module (func (result i32 i32) (i32.const 1) (i32.const 2)))"))
                  .proposals.has(Proposal::multi_value));
}

// The proposals that a module of these sections uses, by their stable names.
std::string proposals_of(std::vector<uint8_t> sections) {
  File bytes{0, 'a', 's', 'm', 1, 0, 0, 0};
  bytes.insert(bytes.end(), sections.begin(), sections.end());
  ModuleFacts facts = facts_of(bytes);
  std::string out;
  for (size_t i = 0; i < kProposals; i++)
    if (facts.proposals.uses[i]) out += (out.empty() ? "" : " ") + std::string(proposal_id(Proposal(i)));
  return out;
}

// Those of one function () -> () with this body, beside a memory.
std::string proposals_of_body(std::vector<uint8_t> body) {
  body.insert(body.begin(), 0);
  body.push_back(0x0b);
  auto size = static_cast<uint8_t>(body.size());
  std::vector<uint8_t> m{1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 10, uint8_t(size + 2), 1, size};
  m.insert(m.end(), body.begin(), body.end());
  return proposals_of(m);
}

TEST_F(Inspect, ProposalsOfDeclarations) {
  EXPECT_EQ(proposals_of({}), "");
  EXPECT_EQ(proposals_of({5, 5, 2, 0, 1, 0, 1}), "multi-memory");
  EXPECT_EQ(proposals_of({5, 3, 1, 4, 1}), "memory64");
  EXPECT_EQ(proposals_of({5, 4, 1, 3, 1, 2}), "threads");
  EXPECT_EQ(proposals_of({1, 6, 1, 0x60, 0, 2, 0x7f, 0x7f}), "multi-value");
  EXPECT_EQ(proposals_of({1, 4, 1, 0x5e, 0x7f, 0}), "gc");
  EXPECT_EQ(proposals_of({1, 5, 1, 0x60, 1, 0x6c, 0}), "gc") << "a parameter of type i31ref";
  EXPECT_EQ(proposals_of({1, 5, 1, 0x60, 1, 0x6f, 0}), "reference-types");
  EXPECT_EQ(proposals_of({6, 6, 1, 0x69, 0, 0xd0, 0x69, 0x0b}), "reference-types exceptions");
  EXPECT_EQ(proposals_of({6, 9, 1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b}), "extended-const");
}

TEST_F(Inspect, ProposalsOfInstructions) {
  EXPECT_EQ(proposals_of_body({0x41, 0, 0x1a}), "");
  EXPECT_EQ(proposals_of_body({0x41, 0, 0xc0, 0x1a}), "sign-extension");
  EXPECT_EQ(proposals_of_body({0x43, 0, 0, 0, 0, 0xfc, 0, 0x1a}), "saturating-float-to-int");
  EXPECT_EQ(proposals_of_body({0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0}), "bulk-memory");
  EXPECT_EQ(proposals_of_body({0xd0, 0x70, 0x1a}), "reference-types");
  EXPECT_EQ(proposals_of_body({0x12, 0}), "tail-call");
  EXPECT_EQ(proposals_of_body({0x06, 0x40, 0x19, 0x0b}), "exceptions-legacy");
  EXPECT_EQ(proposals_of_body({0x1f, 0x40, 0, 0x0b}), "exceptions");
  EXPECT_EQ(proposals_of_body({0xfe, 3, 0}), "threads");
  EXPECT_EQ(proposals_of_body({0x41, 0, 0xfd, 0x0f, 0x1a}), "simd");
}

TEST_F(Inspect, ShapesAndEntries) {
  auto shape = [](const std::string &name) {
    return facts_of(wat("(module (func (export \"" + name + "\")))")).shape;
  };
  EXPECT_EQ(shape("_start"), Shape::command);
  EXPECT_EQ(shape("_initialize"), Shape::reactor);
  EXPECT_EQ(shape("add"), Shape::library);
}

// --- glue ---

constexpr const char *kMinified = R"((module
  (import "a" "a" (func (param i32 i32 i32 i32) (result i32))) (import "a" "b" (func (param i32) (result i32)))
  (import "a" "c" (func (param i32 i32 i32) (result i32))) (import "a" "d" (memory 1))))";

std::vector<std::string> names_with(const std::string &glue) {
  ModuleFacts m = facts_of(wat(kMinified));
  EXPECT_TRUE(apply_glue(m, glue).has_value()) << glue;
  std::vector<std::string> names;
  for (const ImportFacts &i : m.imports) names.push_back(i.name);
  return names;
}

TEST_F(Inspect, GlueOfSeveralVersions) {
  auto all = ElementsAre("__syscall_openat", "fd_close", "__syscall_mkdirat", "memory");
  EXPECT_THAT(names_with("var "
                         "asmLibraryArg={\"a\":___syscall_openat,\"b\":_fd_close,\"c\":___syscall_mkdirat,"
                         "\"d\":wasmMemory};"),
              all);
  EXPECT_THAT(names_with("var wasmImports = {\n /** @export */\n a: ___syscall_openat,\n b: _fd_close, // "
                         "x\n c: ___syscall_mkdirat,\n d: wasmMemory,\n};"),
              all);
  EXPECT_THAT(names_with("function "
                         "f(){g({x:1});wasmImports={d:wasmMemory,c:___syscall_mkdirat,b:_fd_close,a:___"
                         "syscall_openat}}var s=`${{a:1}}`;"),
              all);
}

TEST_F(Inspect, GlueOfTheClosureCompiler) {
  EXPECT_THAT(
      names_with("h={a:function(a,b,c,d){Z=d;try{b=A(b);b=L(a,b);var e=d?O():0;c&64&&(e&=-19);return "
                 "f(b,c,e).fd}catch(g){return-g.x}},"
                 "b:function(a){try{var b=R(a);h(b);return 0}catch(c){return c.x}},"
                 "c:function(a,b,c){try{return b=A(b),b=L(a,b),W(b,c&-19),0}catch(d){return-d.x}},d:k}"),
      ElementsAre("__syscall_openat", "fd_close", "__syscall_mkdirat", ""));
}

TEST_F(Inspect, GlueIsNeverTrusted) {
  ModuleFacts m = facts_of(wat(kMinified));
  std::string deep;
  for (int i = 0; i < 200'000; i++) deep += i % 3 ? "{" : "(";
  for (const std::string &text :
       {std::string(), std::string("{"), std::string("}}}])"), std::string("{a:"), std::string("`${`${`"),
        std::string("'\\"), std::string("/["), std::string("/*"), std::string(100'000, '{'), deep,
        std::string(1000, '\0')})
    EXPECT_FALSE(apply_glue(m, text).has_value());
  // Every cut of a good one.
  std::string good = "x={\"a\":___syscall_openat,b:`${1+'}'}`,c(){return /[}/]/},d:wasmMemory};";
  for (size_t n = 0; n <= good.size(); n++) apply_glue(m, good.substr(0, n));
}

// --- components ---

File component(std::initializer_list<std::pair<uint8_t, std::string>> sections) {
  File file{0, 'a', 's', 'm', 0x0d, 0, 1, 0};
  for (const auto &[id, payload] : sections) {
    file.push_back(id);
    file.push_back(static_cast<uint8_t>(payload.size()));
    file.insert(file.end(), payload.begin(), payload.end());
  }
  return file;
}
std::string named(char form, const std::string &name) {
  return std::string{form, static_cast<char>(name.size())} + name;
}

TEST(Component, WorldAndModules) {
  std::string module("\0asm\1\0\0\0", 8);
  std::string imports = "\2" + named(0, "wasi:filesystem/types@0.2.3") + "\5" + std::string(1, '\0') +
                        named(1, "wasi:io/streams@0.2.10") + "\5\1";
  std::string exports = "\1" + named(0, "wasi:cli/run@0.2.3") + std::string("\5\0\0", 3);
  auto facts = inspect(component({{1, module}, {10, imports}, {11, exports}}));
  ASSERT_TRUE(facts.has_value()) << facts.error().message;
  ASSERT_TRUE(facts->component.has_value());
  EXPECT_EQ(facts->component->world, "wasi:cli/command");
  EXPECT_EQ(facts->component->wasi, "0.2.10");
  EXPECT_THAT(facts->component->imports,
              ElementsAre("wasi:filesystem/types@0.2.3", "wasi:io/streams@0.2.10"));
  EXPECT_EQ(facts->component->modules.size(), 1u);
}

TEST(Component, BadOnesAreErrors) {
  File good = component({{10, "\1" + named(0, "wasi:cli/exit@0.3.0") + std::string("\5\0", 2)}});
  ASSERT_TRUE(inspect(good).has_value());
  for (size_t n = 9; n < good.size(); n++) EXPECT_FALSE(inspect(wasm::Bytes(good).first(n)).has_value()) << n;
  EXPECT_FALSE(inspect(component({{13, ""}})).has_value());
  EXPECT_FALSE(inspect(component({{1, "no module"}})).has_value());
  EXPECT_FALSE(inspect(component({{4, "x"}})).has_value());
}

TEST(Document, HostileNamesStayText) {
  Document d;
  d.path = "/x/</script><b>.wasm";
  d.facts.module.emplace();
  d.facts.module->imports.push_back({.module = "</script><img src=x onerror=alert(1)>",
                                     .field = "\xff<!--",
                                     .kind = "func",
                                     .type = "()",
                                     .origin = "other"});
  std::string page = page_of(d);
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_EQ(page.find("<!--"), std::string::npos);
  EXPECT_THAT(json_of(d), HasSubstr("\xef\xbf\xbd"));
}

} // namespace
} // namespace mayfly::inspect
