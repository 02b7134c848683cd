// Layers of users: what they may contain, what they may not, and what the output makes of it.
#include "link/stack.h"
#include "link/test_support.h"

#include <algorithm>

namespace mayfly::link {
namespace {

using namespace test;

// An application that exports its imports of module t: name and signature, in turns.
std::string app_of(std::initializer_list<std::pair<const char *, const char *>> imports,
                   const std::string &rest = "(memory (export \"memory\") 1)") {
  std::string text = "(module ";
  for (auto [name, signature] : imports)
    text += std::string("(import \"t\" \"") + name + "\" (func $" + name + " " + signature + "))";
  for (auto [name, signature] : imports)
    text += std::string("(export \"") + name + "\" (func $" + name + "))";
  return text + rest + ")";
}

const std::string grower = R"((memory (export "memory") 1)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))";

// Runs `script` in every placement that there is a runtime for, with and without growth of the application.
void expect_everywhere(const std::string &layer_text,
                       std::initializer_list<std::pair<const char *, const char *>> imports,
                       const std::string &script, const std::string &answer) {
  File layer = wat(layer_text);
  for (const std::string &rest : {std::string("(memory (export \"memory\") 1) (table 2 funcref)"), grower}) {
    File app = wat(app_of(imports, rest));
    Linked shared = link_user(app, layer);
    ASSERT_EQ(shared.error, "");
    EXPECT_EQ(run_js(shared.module, script), answer);
    Linked isolated = link_user(app, layer, Placement::isolated);
    if (std::string node = new_node(); !node.empty()) {
      EXPECT_EQ(run_js(isolated.module, script, node), answer) << "isolated";
    }
  }
}

std::string refusal(const std::string &layer) {
  return link_user(wat(app_of({{"f", "(result i32)"}})), wat(layer)).error;
}

TEST(UserLayer, TablesAndCallsThroughThem) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_everywhere(R"((module
    (type $t (func (result i32)))
    (import "t" "down" (func $down (result i32)))
    (table $a 5 8 funcref) (table $b 3 funcref)
    (elem (table $a) (i32.const 1) func $one $two $down)
    (elem $passive funcref (ref.func $two) (ref.null func))
    (elem declare func $three)
    (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
    (func $three (result i32) (i32.const 3))
    (func (export "t.via") (param i32) (result i32) (call_indirect $a (type $t) (local.get 0)))
    (func (export "t.init") (table.init $b $passive (i32.const 1) (i32.const 0) (i32.const 1))
      (elem.drop $passive) (table.set $a (i32.const 4) (ref.func $three)))
    (func (export "t.other") (param i32) (result i32) (call_indirect $b (type $t) (local.get 0)))
    (func (export "t.size") (result i32) (i32.add (table.size $a) (i32.mul (i32.const 100) (table.grow $a (ref.null func) (i32.const 2)))))))",
                    {{"via", "(param i32) (result i32)"},
                     {"init", ""},
                     {"other", "(param i32) (result i32)"},
                     {"size", "(result i32)"}},
                    R"(
    const x = make({t: {down: () => 77}}).exports;
    out(x.via(1), x.via(2), x.via(3));
    x.init(); out(x.via(4), x.other(1));
    for (const f of [() => x.via(0), () => x.other(0)]) try { f(); } catch (e) { out(e instanceof WebAssembly.RuntimeError); }
    out(x.size(), x.size());)",
                    "1 2 77\n3 2\ntrue\ntrue\n505 -93\n");
}

TEST(UserLayer, ReferencesToWhatOnlyAnExportDeclares) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_everywhere(R"((module (table $x 1 funcref)
    (func (export "t.f") (result i32)
      (table.set $x (i32.const 0) (ref.func $g)) (call_indirect (result i32) (i32.const 0)))
    (func $g (export "t.g") (result i32) (i32.const 12))))",
                    {{"f", "(result i32)"}}, "out(make().exports.f());", "12\n");
}

TEST(UserLayer, StartFunctionsRunBelowBeforeAbove) {
  NEEDS("wat2wasm");
  NEEDS("node");
  std::string layer = R"((module (import "log" "it" (func $log (param i32)))
    (memory 1) (global $n (mut i32) (i32.const 5)) (data (i32.const 40) "\07")
    (func $begin (call $log (i32.const 1)) (global.set $n (i32.load (i32.const 40))))
    (start $begin)
    (func (export "_initialize") (call $log (i32.add (i32.const 100) (global.get $n)))
      (i32.store (i32.const 44) (global.get $n)))
    (func (export "t.f") (result i32) (i32.load (i32.const 44)))))";
  std::string app = R"((import "log" "it" (func $log (param i32)))
    (memory (export "memory") 1) (func $go (call $log (i32.const 200))) (start $go))";
  File linked = link_user(wat("(module (import \"t\" \"f\" (func $f (result i32)))" + app +
                              "(export \"f\" (func $f)))"),
                          wat(layer))
                    .module;
  EXPECT_EQ(run_js(linked, "const x = make({log: {it: (v) => out(v)}}).exports; out(x.f());"),
            "1\n107\n200\n7\n");
  // An unused layer starts nothing.
  File idle = link_user(wat("(module " + app + ")"), wat(layer)).module;
  EXPECT_EQ(run_js(idle, "make({log: {it: (v) => out(v)}});"), "200\n");
}

TEST(UserLayer, ConstructorsRunWhereThereIsNoInitialize) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_everywhere(
      R"((module (memory 1) (func (export "__wasm_call_ctors") (i64.store (i32.const 8) (i64.const 9)))
                       (func (export "t.f") (result i64) (i64.load (i32.const 8)))))",
      {{"f", "(result i64)"}}, "out(make().exports.f());", "9\n");
}

TEST(UserLayer, IntrinsicsReachTheApplicationAndItsOwnMemory) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_everywhere(R"((module
    (import "mayfly" "app_copy_in" (func $in (param i32 i32 i32)))
    (import "mayfly" "app_copy_out" (func $out (param i32 i32 i32)))
    (import "mayfly" "app_load_u16" (func $load (param i32) (result i32)))
    (import "mayfly" "app_fill" (func $fill (param i32 i32 i32)))
    (import "mayfly" "app_pages" (func $pages (result i32)))
    (memory 1)
    (func (export "t.through") (param i32 i32 i32)
      (call $in (i32.const 300) (local.get 1) (local.get 2))
      (i32.store8 (i32.const 300) (i32.const 64))
      (call $out (local.get 0) (i32.const 300) (local.get 2)))
    (func (export "t.look") (param i32) (result i32) (return_call $load (local.get 0)))
    (func (export "t.clear") (call $fill (i32.const 0) (i32.const 0) (i32.const 4)))
    (func (export "t.pages") (result i32) (call $pages))))",
                    {{"through", "(param i32 i32 i32)"},
                     {"look", "(param i32) (result i32)"},
                     {"clear", ""},
                     {"pages", "(result i32)"}},
                    R"(
    const x = make().exports, text = () => Buffer.from(x.memory.buffer, 0, 20).toString('latin1').replaceAll('\0', '.');
    Buffer.from(x.memory.buffer).write('abcdef', 'latin1');
    x.through(10, 2, 3); out(text(), x.look(2));
    const before = x.pages(); if (x.grow) { x.grow(9); out(x.pages() - before == 9); } else out(true);
    x.through(6, 0, 3); out(text()); x.clear(); out(text());)",
                    "abcdef....@de....... 25699\ntrue\nabcdef@bc.@de.......\n....ef@bc.@de.......\n");
}

TEST(UserLayer, MultiValueBlocksAndFloatingPointGlobals) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_everywhere(R"((module (memory 1) (global $g (mut f64) (f64.const 1.5))
    (func (export "t.f") (param i32) (result f64)
      (local.get 0) (i32.const 3)
      (block (param i32 i32) (result i32 f64) i32.store (i32.const 1) (f64.const 2))
      (drop) (drop)
      (global.set $g (f64.add (global.get $g) (f64.convert_i32_s (i32.load (i32.const 16)))))
      (global.get $g))))",
                    {{"f", "(param i32) (result f64)"}},
                    "out(['a'].map(() => { try { return make().exports.f(16); } catch (e) { return e; } }));",
                    "4.5\n");
}

TEST(UserLayer, GrowsToItsDeclaredMaximum) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_everywhere(R"((module (memory 1 3)
    (func (export "t.more") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "t.size") (result i32) memory.size)
    (func (export "t.peek") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "t.poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))))",
                    {{"more", "(param i32) (result i32)"},
                     {"size", "(result i32)"},
                     {"peek", "(param i32) (result i32)"},
                     {"poke", "(param i32 i32)"}},
                    R"(
    const x = make().exports;
    out(x.more(3), x.more(1), x.size(), x.peek(65536));
    x.poke(131068, 5); if (x.grow) x.grow(30); out(x.more(1), x.more(1), x.size(), x.peek(131068), x.peek(196604));)",
                    "-1 1 2 0\n2 -1 3 5 0\n");
}

TEST(UserLayer, WithoutAMaximumGrowsOnlyInAMemoryOfItsOwn) {
  NEEDS("wat2wasm");
  NEEDS("node");
  File layer = wat(
      "(module (memory 2) (func (export \"t.f\") (result i32) (i32.add (memory.size) (i32.mul (i32.const 10) "
      "(memory.grow (i32.const 1))))))");
  File app = wat(app_of({{"f", "(result i32)"}}));
  EXPECT_EQ(run_js(link_user(app, layer).module, "out(make().exports.f());"), "-8\n");
  if (std::string node = new_node(); !node.empty()) {
    EXPECT_EQ(run_js(link_user(app, layer, Placement::isolated).module, "out(make().exports.f());", node),
              "22\n");
  }
}

TEST(UserLayer, OneThatTouchesNoMemoryCostsNone) {
  NEEDS("wat2wasm");
  NEEDS("node");
  File layer = wat(R"((module (import "mayfly" "app_load_u8" (func $load (param i32) (result i32)))
    (memory 200) (data (i32.const 0) "not used")
    (func (export "t.f") (result i32) (call $load (i32.const 1)))))");
  File app = wat(app_of({{"f", "(result i32)"}},
                        "(memory (export \"memory\") 1 9) (data (i32.const 1) \"A\")"
                        "(func (export \"grow\") (result i32) (memory.grow (i32.const 1)))"));
  for (Placement p : {Placement::shared, Placement::isolated}) {
    Linked linked = link_user(app, layer, p);
    auto m = wasm::read_module(linked.module);
    ASSERT_EQ(m->memories.size(), 1u);
    EXPECT_EQ(m->memories[0].limits.min, 1u);
    EXPECT_EQ(m->memories[0].limits.max, 9u);
    EXPECT_EQ(m->data.size(), 1u);
    EXPECT_EQ(run_js(linked.module, "const x = make().exports; out(x.f(), x.grow(), x.grow());"), "65 1 2\n");
  }
}

TEST(UserLayer, DollarSpellsTheDotAndAssemblyScriptsAbortIsATrap) {
  NEEDS("wat2wasm");
  NEEDS("node");
  Linked linked = link_user(wat(app_of({{"f", "(param i32) (result i32)"}})), wat(R"((module
    (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
    (func (export "t$f") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (call $abort (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
      (i32.const 6))))"));
  EXPECT_EQ(linked.report.added_imports, std::vector<std::string>{});
  EXPECT_EQ(run_js(linked.module, R"(const x = make().exports; out(x.f(1));
    try { x.f(0); } catch (e) { out(e instanceof WebAssembly.RuntimeError); })"),
            "6\ntrue\n");
}

// What marks a module as position-independent: 64 bytes of static data, no table.
File position_independent(File module) {
  for (char c : std::string("\0\x0f\x08"
                            "dylink.0\x01\x04\x40\0\0\0",
                            17))
    module.push_back(static_cast<uint8_t>(c));
  return module;
}

// The host calls back while the layer waits, and the application grows beyond the gap. An address that the
// layer holds must stay good: the growth fails for a position-independent one, and is not noticed by a
// lowered one.
TEST(UserLayer, TheHostMayCallBackWhileItWaits) {
  NEEDS("wat2wasm");
  NEEDS("node");
  const std::string body = R"((local $at i32)
      (i32.store (local.tee $at (i32.add BASE (i32.const 16))) (local.get 0))
      (i32.add (call $down (i32.const 50)) (i32.load (local.get $at)))))";
  auto layer = [&](const std::string &head, std::string base) {
    std::string b = body;
    return wat("(module (import \"t\" \"f\" (func $down (param i32) (result i32)))" + head +
               "(func (export \"t.f\") (param i32) (result i32) " + b.replace(b.find("BASE"), 4, base) + ")");
  };
  File pic = position_independent(
           layer("(import \"env\" \"memory\" (memory 0)) (import \"env\" \"__memory_base\" "
                 "(global $base i32))",
                 "(global.get $base)")),
       fixed = layer("(memory 1)", "(i32.const 0)"),
       app = wat(app_of({{"f", "(param i32) (result i32)"}}, grower));
  const std::string script = R"(let grew = []; let x;
    x = make({t: {f: (n) => { grew.push(x.grow(n)); return 0; }}}).exports;
    out(x.f(7), x.f(8), grew, x.grow(50));)";
  EXPECT_EQ(run_js(link_user(app, pic).module, script), "7 8 -1,-1 1\n");
  EXPECT_EQ(run_js(link_user(app, fixed).module, script), "7 8 1,51 101\n");
}

TEST(UserLayer, RefusalsNameWhatIsWrong) {
  NEEDS("wat2wasm");
  EXPECT_EQ(refusal("(module (func (export \"f\")))"),
            "the layer module exports no function that is named MODULE.FIELD after the import it serves");
  EXPECT_EQ(
      refusal("(module (func (export \"t.f\") (result i64) (i64.const 1)))"),
      "the import t.f has the signature () -> i32, but the layer test.wasm serves it as () -> i64; the two "
      "must be the same");
  EXPECT_EQ(refusal("(module (import \"mayfly\" \"app_peek\" (func)) (func (export \"t.f\")))"),
            "the layer module imports mayfly.app_peek, which is not an intrinsic");
  EXPECT_EQ(
      refusal("(module (import \"mayfly\" \"region_base\" (func (result i32))) (func (export \"t.f\")))"),
      "the layer module imports mayfly.region_base, which is for built-in layers only");
  EXPECT_EQ(refusal("(module (import \"mayfly\" \"app_load_u64\" (func (param i32) (result i32))) (func "
                    "(export \"t.f\")))"),
            "the layer module imports mayfly.app_load_u64 with the signature (i32) -> i32, not (i32) -> i64");
  EXPECT_EQ(refusal("(module (import \"mayfly\" \"app_fill\" (func)) (func (export \"t.f\")))"),
            "the layer module imports mayfly.app_fill with the signature (), not (i32 i32 i32)");
  EXPECT_EQ(refusal("(module (memory 1 2 shared) (func (export \"t.f\")))"),
            "the layer module has a memory that is 64-bit, shared between threads, or of another page size");
  EXPECT_EQ(refusal("(module (memory 1) (memory 1) (func (export \"t.f\")))"),
            "the layer module has more than one memory");
  EXPECT_EQ(refusal("(module (memory 20000) (func (export \"t.f\")))"),
            "the layer module has a memory of 20000 pages; 16384 are the most for a layer");
  EXPECT_EQ(refusal("(module (memory 1) (data (i32.const 65535) \"ab\") (func (export \"t.f\")))"),
            "the layer module has a data segment outside its memory");
  EXPECT_EQ(refusal("(module (memory 1) (data (i32.const 5) \"ab\") (data (i32.const 6) \"c\") (func (export "
                    "\"t.f\")))"),
            "the layer module has data segments that overlap or are not in ascending order");
  EXPECT_EQ(refusal("(module (import \"env\" \"g\" (global i32)) (func (export \"t.f\")))"),
            "the layer module imports the global env.g");
  EXPECT_EQ(refusal("(module (tag) (func (export \"t.f\")))"),
            "the layer module uses exceptions: build it without (-fno-exceptions)");
  EXPECT_EQ(
      refusal("(module (memory 1) (func (export \"t.f\") (result i32) (i32.atomic.load (i32.const 0))))"),
      "the layer module: a layer may not use atomic instructions");
  EXPECT_EQ(refusal("(module (func (export \"t.f\") (param externref)))"),
            "the import t.f has the signature () -> "
            "i32, but the layer test.wasm serves it as (externref); the two must be the same");
}

TEST(UserLayer, IsToldToBeUnusedWithWhatItServes) {
  NEEDS("wat2wasm");
  Linked linked =
      link_user(wat("(module (memory 1))"), wat("(module (func (export \"t.a\")) (func (export \"t$b\")))"));
  ASSERT_EQ(linked.report.notes.size(), 1u);
  EXPECT_EQ(linked.report.notes[0],
            "the layer test.wasm is not used: nothing above it imports what it serves (t.a, t.b)");
}

// --- stacks

const char *add_layer(int n) {
  static std::string text;
  text = R"((module (import "t" "f" (func $down (param i32) (result i32))) (memory 1)
    (func (export "t.f") (param i32) (result i32)
      (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
      (i32.add (i32.mul (i32.const 10) (call $down (local.get 0))) (i32.add (i32.load (i32.const 4)) (i32.const )" +
         std::to_string(n) + ")))))";
  return text.c_str();
}

Storey storey(const char *name, const File &layer, Placement placement) {
  Storey s;
  s.name = name;
  s.user = true;
  s.options.layer = layer;
  s.options.placement = placement;
  return s;
}

TEST(Stack, EachCallsTheNext) {
  NEEDS("wat2wasm");
  NEEDS("node");
  File top = wat(add_layer(2)), bottom = wat(add_layer(4));
  File app = wat(app_of({{"f", "(param i32) (result i32)"}}, grower));
  for (Placement p : {Placement::shared, Placement::isolated}) {
    std::string node = p == Placement::shared ? "node" : new_node();
    std::vector<Storey> storeys{storey("top", top, p), storey("bottom", bottom, p)};
    StackReport report;
    auto linked = link_stack(app, storeys, {}, report);
    ASSERT_TRUE(linked) << linked.error().error.message;
    expect_valid(*linked);
    ASSERT_EQ(report.storeys.size(), 2u);
    EXPECT_EQ(report.storeys[1].serves, std::vector<std::string>{"t.f"});
    ASSERT_EQ(report.whole.imports.size(), 1u);
    EXPECT_TRUE(report.whole.imports[0].served && report.whole.imports[0].in_output);
    EXPECT_EQ(report.whole.added_imports, std::vector<std::string>{});
    if (node.empty()) continue;
    // ((1 * 10 + counter + 4) * 10 + counter + 2), the region moving in between
    EXPECT_EQ(
        run_js(
            *linked,
            "const x = make({t: {f: (v) => v}}).exports; out(x.f(1), x.grow(5), x.f(1), x.grow(40), x.f(1));",
            node),
        "153 1 164 6 175\n");
  }
}

TEST(Stack, TellsWhoAskedForAnImport) {
  NEEDS("wat2wasm");
  File top = wat(R"((module (import "env" "log" (func $log)) (import "u" "g" (func $g))
                     (func (export "t.f") (result i32) (call $log) (call $g) (i32.const 1))))");
  File bottom = wat("(module (func (export \"u.g\")))");
  File app = wat(app_of({{"f", "(result i32)"}}));
  std::vector<Storey> storeys{storey("top", top, Placement::shared),
                              storey("bottom", bottom, Placement::shared)};
  StackReport report;
  auto linked = link_stack(app, storeys, {}, report);
  ASSERT_TRUE(linked) << linked.error().error.message;
  EXPECT_EQ(report.whole.added_imports, std::vector<std::string>{"env.log"});
  EXPECT_EQ(report.storeys[0].added_imports, std::vector<std::string>{"env.log"});
  EXPECT_FALSE(report.whole.imports[0].in_output);
  EXPECT_EQ(wasm::read_module(*linked)->imports.size(), 1u);

  StackOptions hermetic;
  hermetic.hermetic = true;
  EXPECT_EQ(link_stack(app, storeys, hermetic, report).error().error.message,
            "a hermetic module may have no imports, but these cannot be served: env.log");
}

TEST(Stack, BlamesTheLayerAtFault) {
  NEEDS("wat2wasm");
  File good = wat("(module (func (export \"t.f\") (result i32) (i32.const 1)))"),
       bad = wat("(module (memory 1 2 shared))");
  std::vector<Storey> storeys{storey("good", good, Placement::shared), storey("bad", bad, Placement::shared)};
  StackReport report;
  auto linked = link_stack(wat(app_of({{"f", "(result i32)"}})), storeys, {}, report);
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().layer, "bad");
  EXPECT_EQ(linked.error().error.message,
            "has a memory that is 64-bit, shared between threads, or of another page size");
}

// A built-in layer's downcalls may go to users' layers below it, if its own rules allow them to leave.
TEST(Stack, BuiltInLayersReachUsersLayersBelow) {
  NEEDS("wat2wasm");
  NEEDS("node");
  File below = wat("(module (func (export \"test.absent\") (param i32) (result i32) (i32.const 5)))");
  File app =
      wat(R"((module (import "test" "absent" (func $f (param i32) (result i32))) (memory (export "memory") 1)
                     (func (export "f") (result i32) (call $f (i32.const 1)))))");
  for (bool allowed : {false, true}) {
    Storey built_in;
    built_in.name = "built-in";
    built_in.options.layer = test_layer();
    built_in.options.host.missing = 52;
    if (allowed) built_in.options.forward = {"absent"};
    std::vector<Storey> storeys{built_in, storey("below", below, Placement::shared)};
    StackReport report;
    auto linked = link_stack(app, storeys, {}, report);
    ASSERT_TRUE(linked) << linked.error().error.message;
    EXPECT_EQ(run_js(*linked, "out(make().exports.f());"), allowed ? "5\n" : "52\n");
  }
}

} // namespace
} // namespace mayfly::link
