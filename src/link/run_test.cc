// What packed modules do when they run: intrinsics, growth, re-entrancy, start functions. Both
// placements give the same answers wherever the runtime can run both.
#include "link/test_support.h"

namespace mayfly::link {
namespace {

using namespace test;

constexpr const char *app_head = R"((module
  (import "test" "load" (func $load (param i32 i32) (result i64)))
  (import "test" "store" (func $store (param i32 i32 i64)))
  (import "test" "through" (func $through (param i32 i32 i32)))
  (import "test" "fill" (func $fill (param i32 i32 i32)))
  (import "test" "pages" (func $pages (result i32)))
  (import "test" "count" (func $count (result i32)))
  (import "test" "word" (func $word (param i32) (result i32)))
  (import "test" "region_get" (func $region_get (param i32) (result i32)))
  (import "test" "region_set" (func $region_set (param i32 i32)))
  (import "test" "region_extend" (func $region_extend (param i32 i32) (result i32)))
  (import "test" "content_to_app" (func $content_to_app (param i32 i32 i32)))
  (import "test" "content_sum" (func $content_sum (param i32 i32) (result i32)))
  (import "test" "notify" (func $notify (param i32) (result i32)))
  (import "test" "absent" (func $absent (param i32) (result i32)))
  (export "load" (func $load)) (export "store" (func $store)) (export "through" (func $through))
  (export "fill" (func $fill)) (export "pages" (func $pages)) (export "count" (func $count))
  (export "word" (func $word)) (export "region_get" (func $region_get)) (export "region_set" (func $region_set))
  (export "region_extend" (func $region_extend)) (export "content_to_app" (func $content_to_app))
  (export "content_sum" (func $content_sum)) (export "notify" (func $notify)) (export "absent" (func $absent))
)";

std::string app_text(const std::string &memory, const std::string &rest) {
  return app_head + memory + rest + ")";
}

const std::string grower = R"(
  (func (export "size") (result i32) memory.size)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "peek") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
)";
const std::string own_memory = "(memory (export \"memory\") 2)";

Options options_for(Placement placement) {
  static const File content{'p', 'a', 'c', 'k', 'e', 'd'};
  Options o;
  o.placement = placement;
  o.image.content = content;
  o.forward = {"notify"};
  return o;
}

// Runs `script` on both placements (isolated only where the runtime can) and expects `answer`.
void expect_both(const std::string &app_wat, const std::string &script, const std::string &answer) {
  File app = wat(app_wat);
  Linked shared = link_valid(app, options_for(Placement::shared));
  EXPECT_EQ(shared.report.placement, Placement::shared);
  EXPECT_EQ(run_js(shared.module, script), answer) << "shared";
  Linked isolated = link_valid(app, options_for(Placement::isolated));
  EXPECT_EQ(isolated.report.placement, Placement::isolated);
  if (std::string node = new_node(); !node.empty()) {
    EXPECT_EQ(run_js(isolated.module, script, node), answer) << "isolated";
  }
}

const std::string instance =
    "let depth = 0; let x; const host = {test: {notify: (v) => depth > 0 ? reenter(v) : v * 2}};\n"
    "function reenter(v) { return x.grow(v); }\n"
    "x = make(host).exports; const m = () => new DataView(x.memory.buffer);\n";

TEST(Run, EveryIntrinsicActsOnTheRightMemory) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_both(
      app_text(own_memory, grower), instance + R"(
    m().setBigUint64(17, 0x1122334455667788n, true);
    out(x.load(1, 17), x.load(2, 17), x.load(4, 17), x.load(8, 17));
    x.store(1, 33, 0xfffn); x.store(2, 35, 0xfffffn); x.store(4, 37, 0x123456789n); x.store(8, 41, 0x1122334455667788n);
    out(m().getUint8(33), m().getUint8(34), m().getUint16(35, true), m().getUint32(37, true), m().getBigUint64(41, true));
    for (let i = 0; i < 8; ++i) m().setUint8(100 + i, 65 + i);
    x.through(200, 100, 8);
    out(Buffer.from(x.memory.buffer, 200, 8), m().getUint8(208));
    x.fill(300, 0x5a, 3); out(Buffer.from(x.memory.buffer, 299, 5).toString('hex'));
    x.content_to_app(400, 1, 4); out(Buffer.from(x.memory.buffer, 400, 4));
    out(x.content_sum(0, 6), x.pages());
    out(x.count(), x.count(), x.word(0), x.word(3));
    out(x.region_get(0), x.region_get(4), x.region_get(4096), x.region_get(8192), x.region_get(12288));
    x.region_set(8192, 77); out(x.region_get(8192));
    out(x.absent(1));
  )",
      "136 30600 1432778632 1234605616436508552\n255 0 65535 591751049 1234605616436508552\nABCDEFGH 0\n"
      "005a5a5a00\nacke\n616 2\n42 43 11 44\n0 1 1024 0 3072\n77\n52\n");
}

TEST(Run, GrowthLooksLikeAMemoryOfItsOwn) {
  NEEDS("wat2wasm");
  NEEDS("node");
  // Every grown page must read as zeros, the region must keep its bytes, and old pages theirs.
  expect_both(app_text(own_memory, grower), instance + R"(
    x.region_set(8192, 4711);
    let size = x.size(), dirty = 0, wrong = 0;
    for (let step = 1; step < 60; ++step) {
      const n = step % 7;
      if (x.grow(n) !== size) ++wrong;
      for (let p = size; p < size + n; ++p) {
        for (let at = 0; at < 65536; at += 4) if (x.peek(p * 65536 + at) !== 0) ++dirty;
        new Uint8Array(x.memory.buffer, p * 65536, 65536).fill(0xc3);
      }
      size += n;
      if (x.size() !== size || x.pages() !== size) ++wrong;
      if (x.region_get(4096) !== 1024 || x.region_get(8192) !== 4711 || x.count() !== 41 + step) ++wrong;
    }
    for (let p = 2; p < size; ++p) if (x.peek(p * 65536 + 400) !== (0xc3c3c3c3 | 0)) ++wrong;
    out(size, dirty, wrong, x.grow(0), x.grow(70000), x.size());
  )",
              "176 0 0 176 -1 176\n");
}

TEST(Run, RegionAndApplicationGrowByTurns) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_both(app_text(own_memory, grower), instance + R"(
    let region = 7 * 4096, wrong = 0, size = x.size();
    for (let step = 0; step < 40; ++step) {
      if (!x.region_extend(region, 100000)) { out('no', step); break; }
      for (let at = region; at < region + 100000; at += 1000) if (x.region_get(at) !== 0) ++wrong;
      for (let at = region; at < region + 100000; at += 1000) x.region_set(at, at);
      region += 100000;
      if (x.grow(3) !== size) ++wrong;
      for (let at = size * 65536; at < (size + 3) * 65536; at += 4) { if (x.peek(at) !== 0) ++wrong; }
      for (let at = size * 65536; at < (size + 3) * 65536; at += 512) x.poke(at, -1);
      size += 3;
    }
    for (let at = 7 * 4096; at < region; at += 1000) if (x.region_get(at) !== at) ++wrong;
    out(wrong, size, x.region_get(4100));
  )",
              "0 122 1025\n");
}

TEST(Run, GrowthIsRefusedWhileALayerIsOnTheStack) {
  NEEDS("wat2wasm");
  NEEDS("node");
  // The host calls back into the application, which grows: from the gap that works, beyond it the region
  // would have to move under the layer's feet. Isolated memories are independent.
  File app = wat(app_text(own_memory, grower));
  Linked shared = link_valid(app, options_for(Placement::shared));
  const std::string script =
      instance + "depth = 1; const a = x.notify(1), b = x.notify(100); depth = 0;\n"
                 "out(a, b - 100, x.size()); out(x.notify(5), x.grow(100), x.size(), x.region_get(4));\n";
  EXPECT_EQ(run_js(shared.module, script), "3 -1 3\n15 3 103 1\n");
}

TEST(Run, PagesThatTheHostAddsStayWhereTheyAre) {
  NEEDS("wat2wasm");
  NEEDS("node");
  File app = wat(app_text(own_memory, grower));
  Linked shared = link_valid(app, options_for(Placement::shared));
  EXPECT_EQ(run_js(shared.module, instance + R"(
    const at = x.memory.grow(1) * 65536; m().setUint32(at, 77, true);
    out(x.grow(3), x.grow(50), x.size(), m().getUint32(at, true), x.region_get(4), x.region_extend(7 * 4096, 100000));)"),
            "2 -1 5 77 1 0\n");
}

TEST(Run, WithoutGrowthEverythingIsConstant) {
  NEEDS("wat2wasm");
  NEEDS("node");
  File app = wat(app_text(own_memory, "(func (export \"size\") (result i32) memory.size)"));
  Linked shared = link_valid(app, options_for(Placement::shared));
  EXPECT_EQ(shared.report.memory_min_before, 2u);
  EXPECT_EQ(shared.report.memory_min_after, 3u); // 36 KiB of layer area and 28 KiB of region
  auto module = wasm::read_module(shared.module);
  ASSERT_TRUE(module);
  EXPECT_EQ(module->globals.size(), 1u); // the shadow stack pointer
  EXPECT_EQ(
      run_js(shared.module, instance + "out(x.size(), x.pages(), x.region_get(4), x.count(), x.notify(4));"),
      "2 2 1 42 12\n");
}

TEST(Run, MaximumOfTheApplicationHolds) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_both(app_text("(memory (export \"memory\") 2 5)", grower),
              instance + "out(x.grow(2), x.grow(2), x.grow(1), x.grow(1), x.size(), x.pages(), x.grow(-1));",
              "2 -1 4 -1 5 5 -1\n");
}

TEST(Run, AMaximumOfTheMemoryIsTheApplicationsAndTheRegions) {
  NEEDS("wat2wasm");
  NEEDS("node");
  auto max_of = [](const char *memory, uint64_t region_max) {
    Options o = options_for(Placement::shared);
    o.region_max_bytes = region_max;
    Linked linked = link_valid(wat(app_text(memory, grower)), o);
    return wasm::read_module(linked.module)->memories[0].limits.max;
  };
  const char *bounded = "(memory (export \"memory\") 2 5)";
  EXPECT_EQ(max_of(bounded, 1 << 20), std::optional<uint64_t>(5 + 17)); // 1 MiB, and 36 KiB of layer area
  EXPECT_EQ(max_of(bounded, 1), std::optional<uint64_t>(5 + 1)) << "no less than the region has already";
  EXPECT_EQ(max_of(bounded, 0), std::nullopt);
  EXPECT_EQ(max_of(bounded, 0xffffffff), std::nullopt);
  EXPECT_EQ(max_of("(memory (export \"memory\") 2)", 1 << 20), std::nullopt);
  // Both can have all that is theirs, and no more.
  Options o = options_for(Placement::shared);
  o.region_max_bytes = 28672 + 65536;
  Linked linked = link_valid(wat(app_text(bounded, grower)), o);
  EXPECT_EQ(run_js(linked.module, instance + R"(
    out(x.grow(1), x.region_extend(28672, 65536), x.grow(1), x.grow(1), x.grow(1), x.size(), x.region_get(4));
    try { x.memory.grow(1); out('grown'); } catch (e) { out(e.constructor.name); })"),
            "2 1 3 4 -1 5 1\nRangeError\n");
}

TEST(Run, TheRegionMovesRarelyUpToTheLastPage) {
  NEEDS("wat2wasm");
  NEEDS("node");
  Linked shared = link_valid(wat(app_text(own_memory, grower)), options_for(Placement::shared));
  EXPECT_EQ(run_js(shared.module, instance + R"(
    let size = x.size(), moves = 0, held = x.memory.buffer.byteLength;
    while (x.grow(1) === size) {
      ++size;
      if (x.memory.buffer.byteLength !== held) { ++moves; held = x.memory.buffer.byteLength; }
    }
    out(size, held / 65536, moves < 80 ? 'rare' : moves, x.region_get(4), x.region_get(8192));)"),
            "65535 65536 rare 1 0\n");
}

TEST(Run, AMoveOfALargeRegionKeepsAnEighthMoreResident) {
  NEEDS("wat2wasm");
  NEEDS("node");
  // The slack is 4 M below 64 pages, then an eighth and 256 pages.
  Linked shared = link_valid(wat(app_text(own_memory, grower)), options_for(Placement::shared));
  EXPECT_EQ(run_js(shared.module, instance + R"(
    const pages = () => x.memory.buffer.byteLength / 65536;
    const slack = (region) => { // what a move adds beyond one page
      for (let end = 28672 + grown; end < region;) { if (!x.region_extend(end, 1 << 20)) return 'full'; end += 1 << 20; grown += 1 << 20; }
      let before = pages(), size = x.size();
      while (pages() === before) { if (x.grow(1) !== size) return 'refused'; ++size; }
      return pages() - before - 1;
    };
    let grown = 0;
    const small = slack(1 << 20), middle = slack(8 << 20), large = slack(256 << 20);
    out(small, middle, large >= 768 && large <= 790 ? 'an eighth' : large);)"),
            "68 272 an eighth\n");
}

TEST(Run, AnExceptionInsideOfABracketIsForgottenByTheOneAroundIt) {
  NEEDS("wat2wasm");
  NEEDS("node");
  Linked shared = link_valid(wat(app_text(own_memory, grower)), options_for(Placement::shared));
  EXPECT_EQ(run_js(shared.module, R"(
    let depth = 0, x;
    const host = {test: {notify: (v) => {
      if (++depth === 2) throw new Error('host');
      try { x.notify(1); } catch { }
      return x.grow(100);
    }}};
    x = make(host).exports;
    out(x.notify(0) + 1, x.grow(100), x.size());)"),
            "0 2 102\n");
}

TEST(Run, ImportedMemoryIsLaidOutAtStart) {
  NEEDS("wat2wasm");
  NEEDS("node");
  std::string text = std::string(app_head);
  text.insert(text.find("(export"),
              "(import \"env\" \"memory\" (memory 3)) (import \"env\" \"started\" (func $started))");
  text += grower + "(export \"memory\" (memory 0)) (start $begin) (func $begin call $started)"
                   "(data (i32.const 8) \"\\07\"))";
  Linked shared = link_valid(wat(text), options_for(Placement::shared));
  EXPECT_EQ(shared.report.placement, Placement::shared);
  const std::string script = R"(
    let x, began = 0; const memory = new WebAssembly.Memory({initial: 5});
    x = make({env: {memory, started: () => ++began}, test: {notify: (v) => v}}).exports;
    out(began, x.size(), x.pages(), x.region_get(4), x.region_get(8192), x.count(), x.word(1), x.peek(8));
    let wrong = 0, size = 5;
    for (let i = 0; i < 30; ++i) {
      if (x.grow(2) !== size) ++wrong;
      for (let at = size * 65536; at < (size + 2) * 65536; at += 4) if (x.peek(at) !== 0) ++wrong;
      for (let at = size * 65536; at < (size + 2) * 65536; at += 4) x.poke(at, -1);
      size += 2;
    }
    out(wrong, x.size(), x.region_get(4), x.count(), x.content_sum(0, 6));
  )";
  EXPECT_EQ(run_js(shared.module, script), "1 5 5 1 0 42 22 7\n0 65 1 43 616\n");
}

TEST(Run, AnImportedMemoryThatCannotGrowSaysSo) {
  NEEDS("wat2wasm");
  NEEDS("node");
  std::string text = std::string(app_head);
  text.insert(text.find("(export"), "(import \"env\" \"memory\" (memory 3))");
  Linked shared = link_valid(wat(text + grower + ")"), options_for(Placement::shared));
  EXPECT_EQ(run_js(shared.module, R"(
    for (const maximum of [3, 4]) {
      const memory = new WebAssembly.Memory({initial: 3, maximum});
      try { make({env: {memory}, test: {notify: (v) => v}}); out('lives', memory.buffer.byteLength / 65536); }
      catch (e) { out(e.message, e.stack.includes('the imported memory cannot grow by 1 pages for the filesystem'),
                      memory.buffer.byteLength / 65536); }
    })"),
            "unreachable true 3\nlives 4\n");
}

TEST(Run, ImportedMemoryWithAMaximumFallsBackToIsolated) {
  NEEDS("wat2wasm");
  File app =
      wat(R"((module (import "env" "memory" (memory 1 10)) (import "test" "pages" (func $p (result i32)))
                     (export "pages" (func $p))))");
  Linked linked = link_valid(app, options_for(Placement::shared));
  EXPECT_EQ(linked.report.placement, Placement::isolated);
  ASSERT_EQ(linked.report.notes.size(), 1u);
  EXPECT_NE(linked.report.notes[0].find("memory with a maximum"), std::string::npos);
  if (std::string node = new_node(); !node.empty()) {
    const std::string script =
        "out(make({env: {memory: new WebAssembly.Memory({initial: 2, maximum: 10})}}).exports.pages());";
    EXPECT_EQ(run_js(linked.module, script, node), "2\n");
  }
}

TEST(Run, NoMemoryAtAll) {
  NEEDS("wat2wasm");
  NEEDS("node");
  // The region's memory is the only one, so even isolated placement needs no multi-memory.
  File app = wat(
      R"((module (import "test" "pages" (func $p (result i32))) (import "test" "count" (func $c (result i32)))
                     (import "test" "region_get" (func $g (param i32) (result i32)))
                     (export "pages" (func $p)) (export "count" (func $c)) (export "get" (func $g))))");
  for (Placement p : {Placement::shared, Placement::isolated})
    EXPECT_EQ(run_js(link_valid(app, options_for(p)).module,
                     "const x = make().exports; out(x.pages(), x.count(), x.get(4));"),
              "0 42 1\n");
}

TEST(Run, SeveralMemoriesTheExportedOneIsTheApplications) {
  NEEDS("wat2wasm");
  std::string node = new_node();
  std::string text = app_text("(memory $other 1 3) (memory $main (export \"memory\") 2)", R"(
    (func (export "size") (result i32) (memory.size $main))
    (func (export "grow") (param i32) (result i32) (memory.grow $main (local.get 0)))
    (func (export "grow_other") (param i32) (result i32) (memory.grow $other (local.get 0)))
    (func (export "peek") (param i32) (result i32) (i32.load $main (local.get 0))))");
  for (Placement p : {Placement::shared, Placement::isolated}) {
    Linked linked = link_valid(wat(text), options_for(p));
    if (node.empty()) continue;
    EXPECT_EQ(run_js(linked.module, instance + R"(
      x.store(4, 16, 99n); out(x.peek(16), x.load(4, 16), x.grow(20), x.size(), x.pages(), x.grow_other(1), x.grow_other(9));
      out(x.region_get(4), x.count(), x.content_sum(0, 6)); x.through(64, 16, 4); out(x.peek(64));)",
                     node),
              "99 99 2 22 22 1 -1\n1 42 616\n99\n");
  }
}

} // namespace
} // namespace mayfly::link
