// Hooks, optional functions, the layer's configuration, stubs, added and removed imports: linked, validated,
// run.
#include "link/calls.h"
#include "link/test_support.h"

namespace mayfly::link {
namespace {

using namespace test;

const char *const app_text = R"((module
  (import "host" "pair" (func $pair (param i32 i64) (result i64)))
  (import "host" "real" (func $real (param f32 f64) (result f64)))
  (import "host" "quiet" (func $quiet))
  (memory (export "memory") 1)
  (table 1 funcref)
  (elem (i32.const 0) $own)
  (func $own (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "pairs") (param i32) (result i64) (call $pair (local.get 0) (i64.const -2)))
  (func (export "reals") (result f64) (call $real (f32.const 1.5) (f64.const -2.5)))
  (func (export "indirect") (result i32) (call_indirect (param i32) (result i32) (i32.const 4) (i32.const 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "_start") (call $quiet))
  (func (export "through") (param i32) (result i32) (call $own (local.get 0)))
))";

const char *const hook_script = R"(
  let log = [];
  let x;
  const host = {
    pair: (a, b) => { x.exports.grow(40); return BigInt(a) * 10n - b; },
    real: (a, b) => a * b, quiet: () => log.push('quiet') };
  x = make({ host, test: { log: (call, v) => log.push(call + ':' + BigInt.asIntN(64, v)) } });
  const told = (name, ...args) => { log = []; const r = x.exports[name](...args); out(name, String(r), log.join(' ')); };
  told('pairs', 5);
  told('pairs', 13);
  told('reals');
  told('indirect');
  told('through', 7);
  told('_start');
)";

TEST(Hooks, SeeParametersAndResultsAndMayAnswer) {
  File app = wat(app_text);
  const uint8_t config[] = {2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0};
  for (Placement placement : {Placement::shared, Placement::isolated}) {
    Options o;
    o.placement = placement;
    o.hooks = {0, 1, 3}; // pair, real, own
    o.config = config;
    o.finish_after = "_start";
    o.may_import = {"test.log"};
    Linked out = link_valid(app, o);
    EXPECT_EQ(out.report.added_imports, std::vector<std::string>{"test.log"});
    std::string node = placement == Placement::shared ? "node" : new_node();
    if (node.empty()) continue;
    EXPECT_EQ(run_js(out.module, hook_script, node),
              "pairs 52 1000:5 1000:-2 0:52\n"
              "pairs 99 1000:13 1000:-2 0:99\n"
              "reals -3.75 1001:1069547520 1001:-4610560118520545280 1:-4607745368753438720\n"
              "indirect 5 1002:4 2:5\n"
              "through 8 1002:7 2:8\n"
              "_start undefined quiet 7777:0\n");
  }
}

TEST(Optional, OffIsAConstantAndItsCodeIsGone) {
  File app = wat(app_text);
  const uint8_t config[] = {1, 0, 0, 0};
  Options o;
  o.hooks = {3};
  o.config = config;
  o.may_import = {"test.log"};
  Linked on = link_valid(app, o);
  o.optional_off = {{"extra", 77}};
  Linked off = link_valid(app, o);
  EXPECT_EQ(off.report.layer_functions_kept + 1, on.report.layer_functions_kept);
  const char *const script = R"(
    let log = [];
    const x = make({ host: { pair: () => 1n, real: () => 1, quiet() {} },
                     test: { log: (call, v) => log.push(call + ':' + v) } });
    x.exports.through(3); out(log.join(' '));
  )";
  EXPECT_EQ(run_js(on.module, script), "1000:3 0:4\n");
  EXPECT_EQ(run_js(off.module, script), "77:3 0:4\n");
}

TEST(Imports, AddedOnesShiftTheApplication) {
  // Nothing of the application's is served or removed, so its functions all move up by one.
  File app = wat(R"((module
    (memory (export "memory") 1)
    (table (export "table") 2 funcref)
    (elem (i32.const 0) $a $b)
    (global (export "g") (mut i32) (i32.const 0))
    (func $a (result i32) (i32.const 1))
    (func $b (result i32) (i32.const 2))
    (func $start (global.set 0 (call $b)))
    (start $start)
    (func (export "sum") (result i32) (i32.add (call $a) (call $b)))))");
  Options o;
  o.hooks = {0};
  const uint8_t config[] = {0, 0, 0, 0};
  o.config = config;
  o.may_import = {"test.log"};
  Linked out = link_valid(app, o);
  EXPECT_EQ(run_js(out.module, R"(
    const log = [];
    const x = make({ test: { log: (call, v) => log.push(call + ':' + v) } });
    out(x.exports.g.value, x.exports.sum(), x.exports.table.get(0)(), x.exports.table.get(1)(), log.join(' '));
  )"),
            "2 3 1 2 0:1 0:1\n");
}

TEST(Imports, UnusedOnesGoAndStubsAnswer) {
  File app = wat(R"((module
    (import "a" "gone" (func $gone (param i32) (result i32)))
    (import "a" "zero" (func $zero (result f64)))
    (import "a" "error" (func $error (result i32)))
    (import "a" "trap" (func $trap))
    (import "a" "stays" (func $stays (result i32)))
    (memory (export "memory") 1)
    (func $dead (result i32) (call $gone (i32.const 1)))
    (func (export "zero") (result f64) (call $zero))
    (func (export "error") (result i32) (call $error))
    (func (export "trap") (call $trap))
    (func (export "stays") (result i32) (call $stays))))");
  Options o;
  o.unused = {0};
  o.stubs = {{"a", "zero", false, 0, "zero"},
             {"a", "error", false, 63, "errno EPERM"},
             {"a", "trap", true, 0, "trap"}};
  Linked out = link_valid(app, o);
  EXPECT_EQ(run_js(out.module, R"(
    const x = make({ a: { stays: () => 5 } });
    out(WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((i) => i.name).join(' '));
    let trapped = false;
    try { x.exports.trap(); } catch (e) { trapped = e instanceof WebAssembly.RuntimeError; }
    out(x.exports.zero(), x.exports.error(), trapped, x.exports.stays());
  )"),
            "stays\n0 63 true 5\n");
  EXPECT_TRUE(out.report.imports[0].unused);
  EXPECT_EQ(out.report.imports[2].stub, "errno EPERM");

  o.stubs = {{"a", "zero", false, 63, "errno EPERM"}};
  EXPECT_EQ(link_with(app, o).error,
            "a.zero has the signature () -> f64, so it cannot answer errno EPERM; use trap or zero");
}

// The layer's stack is at its top whenever no call of the layer runs, whatever the functions and the host do.
TEST(Hooks, KeepNothingOnTheStackDuringAFunction) {
  NEEDS("wat2wasm");
  File app = wat(R"((module
    (import "host" "invoke" (func $invoke (param i32)))
    (memory (export "memory") 1)
    (func (export "invoke") (param i32) (call $invoke (local.get 0)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))))");
  const uint8_t config[] = {1, 0, 0, 0};
  for (Placement placement : {Placement::shared, Placement::isolated}) {
    Options o;
    o.placement = placement;
    o.hooks = {0};
    o.config = config;
    o.may_import = {"test.log"};
    Linked out = link_valid(app, o);
    std::string node = placement == Placement::shared ? "node" : new_node();
    if (node.empty()) continue;
    EXPECT_EQ(run_js(out.module, R"(
      let x, deepest = 0;
      const told = { lines: 0 };
      const host = { invoke: (n) => {
        if (n < 0) throw new Error('host');
        if (n > 0) deepest = Math.max(deepest, 3100 - n);
        if (n > 100) x.invoke(n - 1);
      } };
      x = make({ host, test: { log: () => { ++told.lines; } } }).exports;
      const memory = () => new Uint8Array(x.memory.buffer, 0, 65536);
      memory().fill(0xc3);
      for (let i = 0; i < 20000; ++i) try { x.invoke(-1); } catch { }
      out(told.lines, memory().every((b) => b === 0xc3));
      told.lines = 0; x.invoke(3100);
      out(told.lines, deepest, memory().every((b) => b === 0xc3), x.grow(100));
      told.lines = 0; x.invoke(0); out(told.lines);)",
                     node + " --stack-size=3900"),
              "20000 true\n6002 3000 true 1\n2\n")
        << (placement == Placement::shared ? "shared" : "isolated");
  }
}

TEST(Hooks, GoOnAfterAnExceptionOfTheirOwnHost) {
  NEEDS("wat2wasm");
  File app = wat(R"((module
    (import "host" "f" (func $f (param i32)))
    (memory (export "memory") 1)
    (func (export "f") (param i32) (call $f (local.get 0)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))))");
  Options o;
  o.hooks = {0};
  const uint8_t config[] = {1, 0, 0, 0};
  o.config = config;
  o.may_import = {"test.log"};
  Linked out = link_valid(app, o);
  EXPECT_EQ(run_js(out.module, R"(
    let x, lines = 0, fail = false, back = false, calls = 0;
    x = make({ host: { f: () => { ++calls; } }, test: { log: () => {
      if (fail) throw new Error('host');
      ++lines;
      if (back) { back = false; x.f(1); x.f(2); } // called back: not traced, and not entered
    } } }).exports;
    back = true; x.f(0); out(lines, calls);
    for (let round = 0; round < 200; ++round) {
      fail = true; try { x.f(0); } catch { } fail = false;
      for (let i = 0; i < 100; ++i) x.f(0);
    }
    lines = 0; x.f(0); x.f(0); out(lines, x.grow(100));
    fail = true; try { x.f(0); } catch { } fail = false;
    lines = 0; for (let i = 0; i < 110; ++i) x.f(0);
    out(lines);)"),
            "2 3\n4 1\n20\n");
}

TEST(Calls, AreRecordedAndKnowWhenTheyAreStale) {
  File app = wat(R"((module
    (import "test" "load" (func $load (param i32 i32) (result i64)))
    (memory (export "memory") 1)
    (func (export "load") (result i64) (call $load (i32.const 4) (i32.const 0)))))");
  Options o;
  o.keep = {"test.fill"};
  Linked out = link_valid(app, o);
  auto m = wasm::read_module(out.module);
  Calls calls = read_calls(*m);
  ASSERT_EQ(calls.state, CallsState::valid);
  ASSERT_EQ(calls.calls.size(), 2u);
  EXPECT_EQ(calls.calls[0].module, "test");
  EXPECT_EQ(calls.calls[0].field, "load");
  EXPECT_EQ(calls.calls[1].field, "fill");
  EXPECT_EQ(m->functions[calls.calls[0].func], 0u);

  // Linked once more, with imports that shift everything.
  Options again;
  again.hooks = {calls.calls[0].func};
  const uint8_t config[] = {2, 0, 0, 0};
  again.config = config;
  again.may_import = {"test.log"};
  Linked traced = link_valid(out.module, again);
  auto t = wasm::read_module(traced.module);
  Calls moved = read_calls(*t);
  ASSERT_EQ(moved.state, CallsState::valid);
  EXPECT_EQ(moved.calls[0].func, calls.calls[0].func + 1);
  EXPECT_EQ(run_js(traced.module, R"(
    const log = [];
    const x = make({ test: { log: (call, v) => log.push(call + ':' + v) } });
    new DataView(x.exports.memory.buffer).setUint32(0, 77, true);
    out(x.exports.load(), log.join(' '));
  )"),
            "77 1000:4 1000:0 0:77\n");

  // A tool that adds a function and does not know the section.
  File renumbered = out.module;
  for (size_t at = 0; at + calls_section.size() < renumbered.size(); ++at)
    if (std::equal(calls_section.begin(), calls_section.end(), renumbered.begin() + at))
      ++renumbered[at + calls_section.size() + 1]; // the recorded size of the code section
  EXPECT_EQ(read_calls(*wasm::read_module(renumbered)).state, CallsState::stale);
}

} // namespace
} // namespace mayfly::link
