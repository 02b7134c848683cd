// What the linker accepts and refuses, and the shape of its outputs, module by module.
#include "link/test_support.h"

#include <algorithm>

#include "wasm/names.h"

namespace mayfly::link {
namespace {

using namespace test;

bool has_import(const File &module, std::string_view field) {
  auto m = wasm::read_module(module);
  return m && std::any_of(m->imports.begin(), m->imports.end(), [&](auto &i) { return i.field == field; });
}

std::string hex_of(const std::string &head, std::initializer_list<int> bytes) {
  std::string out = head;
  for (int b : bytes) out += static_cast<char>(b);
  return out;
}

File bytes(const std::string &s) { return {s.begin(), s.end()}; }
const std::string header("\0asm\1\0\0\0", 8);

// A custom section with `name` and `content`, both shorter than 100 bytes.
std::string custom(const std::string &name, const std::string &content) {
  std::string payload = static_cast<char>(name.size()) + name + content;
  return std::string(1, '\0') + static_cast<char>(payload.size()) + payload;
}

std::string error_of(const File &app, Options o = {}) { return link_with(app, o).error; }

TEST(Refuses, WhatIsNotACoreModule) {
  EXPECT_EQ(error_of({}), "the file is empty, not a WebAssembly module");
  EXPECT_NE(error_of(bytes("\x7f"
                           "ELF rest"))
                .find("does not start with"),
            std::string::npos);
  EXPECT_NE(error_of(bytes("(module)")).find("wat2wasm"), std::string::npos);
  EXPECT_NE(error_of(bytes(hex_of("", {0, 'a', 's', 'm', 0x0d, 0, 1, 0}))).find("component"),
            std::string::npos);
  EXPECT_NE(error_of(bytes(hex_of("", {0, 'a', 's', 'm', 2, 0, 0, 0}))).find("version 2"), std::string::npos);
  EXPECT_NE(error_of(bytes(hex_of("", {0, 'a', 's'}))).find("cut off"), std::string::npos);
  EXPECT_NE(error_of(bytes(header + hex_of("", {1, 9, 0}))).find("wants 9 bytes, 1 are left"),
            std::string::npos);
  EXPECT_NE(error_of(bytes(header + hex_of("", {99, 0}))).find("section id 99"), std::string::npos);
}

TEST(Refuses, MemoriesThatCannotBePacked) {
  NEEDS("wat2wasm");
  EXPECT_NE(error_of(wat("(module (memory 1 2 shared))"), reached()).find("shared memory"), std::string::npos);
  EXPECT_NE(error_of(wat("(module (memory i64 1))"), reached()).find("64-bit memory"), std::string::npos);
  // (memory 1 (pagesize 1)): limits flags 8
  EXPECT_NE(error_of(bytes(header + hex_of("", {5, 4, 1, 8, 1, 0})), reached()).find("custom page size"),
            std::string::npos);
  EXPECT_NE(error_of(bytes(header + custom("dylink.0", "")), reached()).find("dynamic linker"), std::string::npos);
}

TEST(Refuses, DifferentSignature) {
  NEEDS("wat2wasm");
  File app = wat(R"((module (import "test" "count" (func (param i64) (result i32)))))");
  Linked linked = link_with(app, {});
  EXPECT_EQ(linked.error,
            "the import test.count has the signature (i64) -> i32, but the filesystem serves it as "
            "() -> i32; the module was built for another version of this interface");
  EXPECT_NE(linked.offset, wasm::Error::no_offset);
}

TEST(Refuses, HermeticNamesEveryImportLeft) {
  NEEDS("wat2wasm");
  File app = wat(R"((module (import "test" "count" (func (result i32))) (import "env" "a" (func))
                     (import "env" "g" (global i32))))");
  Options o;
  o.hermetic = true;
  EXPECT_EQ(error_of(app, o),
            "a hermetic module may have no imports, but these cannot be served: env.a, env.g (global)");
  EXPECT_EQ(error_of(wat(R"((module (import "test" "count" (func (result i32)))))"), o), "");
}

TEST(Refuses, ExportsThatCollideOrDoNotExist) {
  NEEDS("wat2wasm");
  Options o;
  o.exports = {"mayfly_peek"};
  EXPECT_EQ(error_of(wat("(module (func (export \"mayfly_peek\")))"), o),
            "the module already exports \"mayfly_peek\"");
  o.exports = {"mayfly_nothing"};
  EXPECT_EQ(error_of(wat("(module)"), o), "there is no export \"mayfly_nothing\" in the layer");
}

TEST(Refuses, UnknownInstructionWithItsOffset) {
  // One function of type () whose body is: no locals, 0xff, end.
  std::string m = header + hex_of("", {1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 5, 1, 3, 0, 0xff, 0x0b});
  Linked linked = link_with(bytes(m), {});
  EXPECT_NE(linked.error.find("unknown instruction 0xff"), std::string::npos);
  EXPECT_EQ(linked.offset, 23u);
}

TEST(Refuses, IndicesThatDoNotExist) {
  std::string m = header + hex_of("", {1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x10, 7, 0x0b});
  EXPECT_EQ(error_of(bytes(m)), "function 7 does not exist");
}

// Modules to which the layer has nothing to say.
TEST(NothingToVirtualize, TheOutputIsTheInput) {
  NEEDS("wat2wasm");
  for (const char *text : {
           "(module (memory (export \"memory\") 1 3) (func (export \"grow\") (drop (memory.grow (i32.const 1)))))",
           "(module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"f\" (func)) (data (i32.const 8) \"x\"))",
           "(module (import \"env\" \"memory\" (memory 1 2)) (func (export \"f\") (drop (memory.size))))",
           "(module (memory 1 2 shared))", "(module (memory i64 1))", "(module)"}) {
    File app = wat(text);
    for (Placement placement : {Placement::shared, Placement::isolated}) {
      Options o;
      o.placement = placement;
      Linked linked = link_valid(app, o);
      EXPECT_EQ(linked.module, app) << text;
      EXPECT_EQ(linked.report.output_bytes, app.size());
      EXPECT_EQ(linked.report.memory_min_after, linked.report.memory_min_before) << text;
      EXPECT_TRUE(linked.report.notes.empty()) << text;
    }
  }
}

TEST(NothingToVirtualize, WhatIsCutIsAllThatChanges) {
  NEEDS("wat2wasm");
  NEEDS("node");
  File app = wat(R"((module (import "a" "cut" (func $cut (result i32))) (import "a" "stays" (func $stays (result i32)))
    (memory (export "memory") 1 3)
    (func (export "run") (result i32) (i32.add (call $cut) (call $stays)))
    (func (export "grow") (result i32) (memory.grow (i32.const 2)))))");
  Options o;
  o.stubs = {{"a", "cut", false, 7, "7"}};
  Linked linked = link_valid(app, o);
  auto m = wasm::read_module(linked.module);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->memories[0].limits.min, 1u);
  EXPECT_EQ(m->memories[0].limits.max, std::optional<uint64_t>(3));
  EXPECT_TRUE(m->globals.empty());
  EXPECT_TRUE(m->data.empty());
  EXPECT_LT(linked.module.size(), app.size() + 100);
  EXPECT_EQ(run_js(linked.module, "const x = make({a: {stays: () => 5}}).exports; out(x.run(), x.grow(), x.grow());"),
            "12 1 -1\n");
}

TEST(NothingToVirtualize, AnImportMayBeLeftToTheHost) {
  NEEDS("wat2wasm");
  File app = wat(R"((module (import "test" "count" (func (result i32))) (memory 1)))");
  Options o;
  o.unserved = {"test.count"};
  Linked linked = link_valid(app, o);
  EXPECT_EQ(linked.module, app);
  ASSERT_EQ(linked.report.imports.size(), 1u);
  EXPECT_TRUE(linked.report.imports[0].in_output);
  EXPECT_FALSE(linked.report.imports[0].served);
}

TEST(Exports, AreAddedWhenAskedFor) {
  NEEDS("wat2wasm");
  NEEDS("node");
  Options o;
  o.exports = {"mayfly_peek", "mayfly_peek"};
  Linked linked = link_valid(wat("(module (memory (export \"memory\") 1))"), o);
  EXPECT_LE(linked.report.layer_functions_kept, 2u);
  EXPECT_EQ(run_js(linked.module, "out(make().exports.mayfly_peek(8));"), "2\n");
}

TEST(Exports, OnlyReachableLayerFunctionsAreKept) {
  NEEDS("wat2wasm");
  Linked nothing = link_valid(wat("(module (memory 1))"));
  EXPECT_EQ(nothing.report.layer_functions_kept, 0u);
  Linked one = link_valid(wat(R"((module (import "test" "count" (func (result i32))) (memory 1)))"));
  EXPECT_EQ(one.report.layer_functions_kept, 1u);
  EXPECT_GT(one.report.layer_functions_total, 10u);
}

TEST(Exports, StaticDataGoesWithTheCodeThatReadsIt) {
  NEEDS("wat2wasm");
  const uint8_t words[] = {11, 0, 0, 0, 22, 0, 0, 0, 33, 0, 0, 0, 44, 0, 0, 0};
  auto stored = [&](const char *import) {
    File module = link_valid(wat(std::string("(module ") + import + " (memory 1))")).module;
    return std::search(module.begin(), module.end(), std::begin(words), std::end(words)) != module.end();
  };
  EXPECT_TRUE(stored(R"((import "test" "word" (func (param i32) (result i32))))"));
  EXPECT_FALSE(stored(R"((import "test" "fill" (func (param i32 i32 i32))))"));
}

TEST(Imports, TheSameOneTwice) {
  NEEDS("wat2wasm");
  NEEDS("node");
  Linked linked = link_valid(wat(R"((module
    (import "test" "count" (func $a (result i32))) (import "env" "f" (func $f (param i32) (result i32)))
    (import "test" "count" (func $b (result i32)))
    (memory 1)
    (func (export "both") (result i32) (i32.add (i32.mul (call $a) (i32.const 100)) (call $f (call $b))))))"));
  EXPECT_EQ(run_js(linked.module, "out(make({env: {f: (x) => x + 1}}).exports.both());"), "4244\n");
}

TEST(Imports, ReexportedInATableAndReferenced) {
  NEEDS("wat2wasm");
  NEEDS("node");
  Linked linked = link_valid(wat(R"((module
    (type $t (func (result i32)))
    (import "env" "first" (func $first (result i32)))
    (import "test" "count" (func $count (result i32)))
    (import "env" "last" (func $last (result i32)))
    (memory 1)
    (table $t0 4 funcref)
    (elem (table $t0) (i32.const 0) func $own $count $last)
    (elem declare func $count)
    (global $g (mut funcref) (ref.func $count))
    (export "count" (func $count)) (export "last" (func $last)) (export "table" (table $t0))
    (func $own (export "own") (result i32) (i32.const 7))
    (func (export "via") (param i32) (result i32) (call_indirect (type $t) (local.get 0)))
    (func (export "tail") (result i32) (return_call $count))
    (func (export "set") (table.set $t0 (i32.const 3) (ref.func $count)))
    (func (export "global") (table.set $t0 (i32.const 3) (global.get $g)))))"));
  EXPECT_EQ(run_js(linked.module, R"(
    const x = make({env: {first: () => 1, last: () => 3}}).exports;
    out(x.via(0), x.via(1), x.via(2), x.count(), x.last(), x.own(), x.tail());
    x.set(); out(x.via(3)); x.global(); out(x.via(3), x.table.get(1) === x.count);)"),
            "7 42 3 43 3 7 44\n45\n46 true\n");
}

TEST(Imports, SoManyThatIndicesGetLonger) {
  NEEDS("wat2wasm");
  NEEDS("node");
  // The served import's index goes from one byte to two, so bodies and their sizes grow (126 bytes to over
  // 128).
  std::string text = "(module (import \"test\" \"count\" (func $count (result i32)))\n";
  for (int i = 0; i < 199; ++i)
    text += "(import \"env\" \"f\" (func $f" + std::to_string(i) + " (result i32)))\n";
  text +=
      "(memory 1) (func $id (param i32) (result i32) (local.get 0))\n(func (export \"many\") (result i32)";
  for (int i = 0; i < 40; ++i) text += "(drop (call $count))";
  text += "(call $id (call $f3)))\n(table 2 funcref) (elem (i32.const 0) funcref (ref.func $count) (ref.func "
          "$f198))"
          "(func (export \"via\") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))";
  Linked linked = link_valid(wat(text));
  EXPECT_EQ(run_js(linked.module,
                   "const x = make({env: {f: () => 7}}).exports; out(x.many(), x.via(0), x.via(1));"),
            "7 82 7\n");
}

TEST(Imports, StartFunctionMayBeServedOrShift) {
  NEEDS("wat2wasm");
  NEEDS("node");
  Linked linked = link_valid(wat(R"((module
    (import "test" "count" (func $count (result i32))) (import "env" "begin" (func $begin))
    (memory 1) (start $begin) (export "count" (func $count))))"));
  EXPECT_EQ(run_js(linked.module, "let n = 0; make({env: {begin: () => ++n}}); out(n);"), "1\n");
}

TEST(Downcalls, GoOnlyWhereTheApplicationAlreadyWent) {
  NEEDS("wat2wasm");
  const char *uses_write =
      R"((module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
                                (memory (export "memory") 1)))";
  Options o;
  o.host.calls = {{"fd_write", {}, "the streams"}};
  EXPECT_FALSE(has_import(link_valid(wat(uses_write), o).module, "fd_write"));
  o.forward = {"fd_write", "fd_seek"};
  Linked linked = link_valid(wat(uses_write), o);
  EXPECT_TRUE(has_import(linked.module, "fd_write"));
  ASSERT_EQ(linked.report.imports.size(), 1u);
  EXPECT_TRUE(linked.report.imports[0].served && linked.report.imports[0].in_output);
  EXPECT_EQ(linked.report.imports[0].why, "the streams");
}

TEST(Downcalls, MayUseTheSiblingModuleWhereTheAbiIsTheSame) {
  NEEDS("wat2wasm");
  Options o;
  o.host.calls = {{"fd_write", {"wasi_snapshot_preview1", "wasi_unstable"}, ""}, {"fd_seek", {}, ""}};
  o.forward = {"fd_write", "fd_seek"};
  File app = wat(R"((module (import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
                     (import "wasi_unstable" "fd_seek" (func (param i32 i64 i32 i32) (result i32)))
                     (memory (export "memory") 1)))");
  Linked linked = link_valid(app, o);
  auto m = wasm::read_module(linked.module);
  ASSERT_EQ(m->imports.size(), 1u); // whence differs, so fd_seek answers ENOSYS
  EXPECT_EQ(m->imports[0].module, "wasi_unstable");
  EXPECT_EQ(m->imports[0].field, "fd_write");
}

TEST(Downcalls, WithoutAResultTrapWhenNobodyServesThem) {
  NEEDS("wat2wasm");
  NEEDS("node");
  Linked linked =
      link_valid(wat(R"((module (import "wasi_snapshot_preview1" "proc_exit" (func $e (param i32)))
                                      (memory (export "memory") 1) (export "exit" (func $e))))"));
  EXPECT_EQ(
      run_js(linked.module,
             "try { make().exports.exit(1); } catch (e) { out(e instanceof WebAssembly.RuntimeError); }"),
      "true\n");
}

TEST(Shape, NamesFollowTheirFunctions) {
  NEEDS("wat2wasm");
  Linked linked = link_valid(wat(R"((module
    (import "test" "count" (func $served (result i32))) (import "env" "stays" (func $stays (param $x i32)))
    (memory 1) (global $mine i32 (i32.const 1))
    (func $own (param $p i32) (call $stays (call $served)))))"));
  auto m = wasm::read_module(linked.module);
  std::vector<std::pair<uint32_t, std::string>> names;
  for (auto &[i, n] : wasm::function_names(*m)) names.emplace_back(i, n);
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(names[0], std::make_pair(0u, std::string("stays")));
  EXPECT_EQ(names[1], std::make_pair(1u, std::string("mayfly:test.count")));
  EXPECT_EQ(names[2], std::make_pair(2u, std::string("own")));
  Options o;
  o.keep_names = false;
  auto bare = wasm::read_module(link_valid(wat("(module (func $a))"), o).module);
  EXPECT_EQ(bare->custom("name"), nullptr);
}

TEST(Shape, MetadataIsUpdatedAndDebugInformationDropped) {
  std::string app =
      header + custom(".debug_line", "x") + custom("sourceMappingURL", "y") + custom("kept", "z") +
      custom("target_features", hex_of("", {2, '+', 3, 'f', 'o', 'o', '-', 11}) + "bulk-memory") +
      custom("producers", hex_of("", {1, 12}) + "processed-by" + hex_of("", {1, 1, 'a', 1, '1'}));
  for (Placement p : {Placement::shared, Placement::isolated}) {
    Options o = reached();
    o.placement = p;
    Linked linked = link_valid(bytes(app), o);
    auto m = wasm::read_module(linked.module);
    ASSERT_TRUE(m);
    EXPECT_EQ(linked.report.dropped_sections, (std::vector<std::string>{".debug_line", "sourceMappingURL"}));
    EXPECT_EQ(m->custom(".debug_line"), nullptr);
    EXPECT_NE(m->custom("kept"), nullptr);
    auto text = [&](const char *name) {
      const wasm::Section *s = m->custom(name);
      return s ? std::string(m->file.begin() + s->content, m->file.begin() + s->payload.end) : "";
    };
    EXPECT_NE(text("target_features")
                  .find("+\x0b"
                        "bulk-memory"),
              std::string::npos);
    EXPECT_EQ(text("target_features")
                  .find("-\x0b"
                        "bulk-memory"),
              std::string::npos);
    EXPECT_NE(text("producers").find("mayfly"), std::string::npos);
    EXPECT_NE(text("producers")
                  .find("\1a\1"
                        "1"),
              std::string::npos);
  }
}

TEST(Shape, ZeroRunsAreNotStored) {
  NEEDS("wat2wasm");
  File image(40 * 4096);
  image[0] = image[100] = image[20 * 4096] = 1;
  Options o = reached();
  o.image.region = image;
  Linked linked = link_valid(wat("(module (memory 1))"), o);
  EXPECT_EQ(linked.report.region_bytes, 3u);
  // Alternating bytes and gaps: never more than 10,000 segments.
  File scattered(1200 * 4096);
  for (size_t i = 0; i < scattered.size(); i += 80) scattered[i] = 1;
  o.image.region = scattered;
  linked = link_valid(wat("(module (memory 1))"), o);
  EXPECT_LE(wasm::read_module(linked.module)->data.size(), 10000u);
}

TEST(Shape, TypesWithRecursionGroupsStayApart) {
  // type 0 and 1: rec group of two () -> i32; import test.count has type 1, exported. The served function
  // must keep type 1, and helpers may not borrow type 0.
  std::string types = hex_of("", {1, 10, 1, 0x4e, 2, 0x60, 0, 1, 0x7f, 0x60, 0, 1, 0x7f});
  types[1] = static_cast<char>(types.size() - 2);
  std::string imports = hex_of("", {2, 0, 1, 4}) + "test" + hex_of("", {5}) + "count" + hex_of("", {0, 1});
  imports[1] = static_cast<char>(imports.size() - 2);
  std::string exports = hex_of("", {7, 5, 1, 1, 'f', 0, 0});
  Linked linked = link_with(bytes(header + types + imports + exports), {});
  ASSERT_EQ(linked.error, "");
  auto m = wasm::read_module(linked.module);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->functions[m->exports[0].index], 1u);
}

TEST(Shape, SegmentsOutsideTheOriginalMemoryAreRefused) {
  NEEDS("wat2wasm");
  File app = wat("(module (memory 1) (data (i32.const 65530) \"too long for it\"))");
  EXPECT_NE(error_of(app, reached()).find("data segment 0 does not fit"), std::string::npos);
}

TEST(Shape, TooLargeForOneMemory) {
  NEEDS("wat2wasm");
  EXPECT_NE(error_of(wat("(module (memory 65536))"), reached()).find("do not fit in one 32-bit memory"),
            std::string::npos);
  Options o = reached();
  o.placement = Placement::isolated;
  EXPECT_EQ(error_of(wat("(module (memory 65536))"), o), "");
}

TEST(Shape, HostThatGrowsTheMemoryGetsIsolatedPlacement) {
  NEEDS("wat2wasm");
  File app = wat(R"((module (import "env" "grow" (func (param i32) (result i32)))
                             (memory (export "memory") 1)))");
  EXPECT_EQ(link_valid(app).report.placement, Placement::shared);
  Options o;
  o.host.grow_memory = {"env.grow"};
  EXPECT_EQ(link_valid(app, o).report.placement, Placement::isolated);
}

TEST(Robust, EveryPrefixOfAModuleIsAnErrorOrAModule) {
  NEEDS("wat2wasm");
  File app = wat(R"((module (import "test" "count" (func $c (result i32))) (memory (export "memory") 1)
    (table 2 funcref) (elem (i32.const 0) func $c) (global i32 (i32.const 5)) (data (i32.const 3) "abc")
    (func $f (param i32) (result i32) (local i64) (block (br_if 0 (local.get 0))) (memory.grow (call $c)))))");
  for (size_t n = 0; n < app.size(); ++n) {
    Linked linked = link_with(File(app.begin(), app.begin() + static_cast<long>(n)), {});
    if (linked.error.empty()) {
      EXPECT_TRUE(wasm::read_module(linked.module)) << n;
    }
  }
}

} // namespace
} // namespace mayfly::link
