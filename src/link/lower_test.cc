// Layers with fixed addresses. The property: such a module called directly, and the same module linked under
// an application, in every placement and with the region moving between calls, give the same answers.
#include "link/test_support.h"

namespace mayfly::link {
namespace {

using namespace test;

struct Access {
  const char *name, *type; // type of the value loaded or stored
};

constexpr Access loads[] = {
    {"i32.load", "i32"},           {"i64.load", "i64"},           {"f32.load", "f32"},
    {"f64.load", "f64"},           {"i32.load8_s", "i32"},        {"i32.load8_u", "i32"},
    {"i32.load16_s", "i32"},       {"i32.load16_u", "i32"},       {"i64.load8_s", "i64"},
    {"i64.load8_u", "i64"},        {"i64.load16_s", "i64"},       {"i64.load16_u", "i64"},
    {"i64.load32_s", "i64"},       {"i64.load32_u", "i64"},       {"v128.load", "v128"},
    {"v128.load8x8_s", "v128"},    {"v128.load8x8_u", "v128"},    {"v128.load16x4_s", "v128"},
    {"v128.load16x4_u", "v128"},   {"v128.load32x2_s", "v128"},   {"v128.load32x2_u", "v128"},
    {"v128.load8_splat", "v128"},  {"v128.load16_splat", "v128"}, {"v128.load32_splat", "v128"},
    {"v128.load64_splat", "v128"}, {"v128.load32_zero", "v128"},  {"v128.load64_zero", "v128"},
};
constexpr Access stores[] = {
    {"i32.store", "i32"},   {"i64.store", "i64"},   {"f32.store", "f32"},  {"f64.store", "f64"},
    {"i32.store8", "i32"},  {"i32.store16", "i32"}, {"i64.store8", "i64"}, {"i64.store16", "i64"},
    {"i64.store32", "i64"}, {"v128.store", "v128"},
};
constexpr const char *lanes[] = {"8", "16", "32", "64"};

// A function of a layer: parameters after the address (each i64 or none), body that leaves one i64.
struct Function {
  std::string name, params, body;
};

std::string to_i64(const std::string &type, const std::string &value) {
  if (type == "i32") return "(i64.extend_i32_s " + value + ")";
  if (type == "f32") return "(i64.extend_i32_s (i32.reinterpret_f32 " + value + "))";
  if (type == "f64") return "(i64.reinterpret_f64 " + value + ")";
  if (type == "v128") return "(call $fold " + value + ")";
  return value;
}
std::string from_i64(const std::string &type, const std::string &value) {
  if (type == "i32") return "(i32.wrap_i64 " + value + ")";
  if (type == "f32") return "(f32.reinterpret_i32 (i32.wrap_i64 " + value + "))";
  if (type == "f64") return "(f64.reinterpret_i64 " + value + ")";
  if (type == "v128") return "(i64x2.splat " + value + ")";
  return value;
}

std::vector<Function> access_functions() {
  std::vector<Function> all;
  const std::string at = " offset=5 (local.get 0)", value = "(local.get 1)", back = "(call $sum)";
  for (const Access &a : loads)
    all.push_back({a.name, "i32", to_i64(a.type, std::string("(") + a.name + at + ")")});
  for (const Access &a : stores)
    all.push_back({a.name, "i32 i64", std::string("(") + a.name + at + from_i64(a.type, value) + ")" + back});
  for (const char *bits : lanes) {
    std::string name = std::string("v128.load") + bits + "_lane";
    all.push_back({name, "i32 i64",
                   to_i64("v128", "(" + name + " offset=5 1 (local.get 0) (i64x2.splat (local.get 1)))")});
    name = std::string("v128.store") + bits + "_lane";
    all.push_back(
        {name, "i32 i64", "(" + name + " offset=5 1 (local.get 0) (i64x2.splat (local.get 1)))" + back});
  }
  all.push_back({"memory.fill", "i32 i64",
                 "(memory.fill (local.get 0) (i32.wrap_i64 (local.get 1)) (i32.const 33))" + back});
  all.push_back(
      {"memory.copy", "i32 i64", "(memory.copy (local.get 0) (i32.const 1001) (i32.const 77))" + back});
  all.push_back(
      {"memory.init", "i32 i64", "(memory.init $passive (local.get 0) (i32.const 2) (i32.const 9))" + back});
  all.push_back({"memory.size", "i32", "(i64.extend_i32_u (memory.size))"});
  // Two values waiting at once, and one access inside of another's operands.
  all.push_back(
      {"nested", "i32 i64",
       "(i64.store offset=8 (i32.load8_u (local.get 0)) (i64.add (i64.load offset=16 (local.get 0)) "
       "(block (result i64) (i64.store (local.get 0) (local.get 1)) (i64.load (local.get 0)))))" +
           back});
  return all;
}

constexpr const char *layer_rest = R"(
  (memory (export "memory") 1)
  (data (i32.const 1000) "the quick brown fox jumps over the lazy dog \f1\e2\d3\c4\b5\a6\97\88")
  (data (i32.const 65530) "end")
  (data $passive "passive bytes")
  (func $fold (param v128) (result i64)
    (i64.add (i64x2.extract_lane 0 (local.get 0)) (i64.mul (i64.const 31) (i64x2.extract_lane 1 (local.get 0)))))
  (func $sum (result i64) (local $i i32) (local $s i64)
    (loop $l
      (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 1099511628211)) (i64.load (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 65536))))
    (local.get $s))
)";

std::string signature(const Function &f) { return "(param " + f.params + ") (result i64)"; }

// The layer, and an application that exports each import and can grow.
std::string layer_text(const std::vector<Function> &functions, const std::string &rest = layer_rest) {
  std::string text = "(module " + rest;
  for (const Function &f : functions)
    text += "(func (export \"t." + f.name + "\") " + signature(f) + f.body + ")\n";
  return text + ")";
}
std::string app_text(const std::vector<Function> &functions, const std::string &memory, bool grows) {
  std::string text = "(module ";
  for (const Function &f : functions)
    text += "(import \"t\" \"" + f.name + "\" (func $" + f.name + " " + signature(f) + "))";
  for (const Function &f : functions) text += "(export \"" + f.name + "\" (func $" + f.name + "))";
  text += memory;
  if (grows) text += "(func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))";
  return text + "(table 1 funcref))";
}

// Calls everything twice with several arguments. `grow` is tried between calls where the module has it, and
// the application's first page must never change.
const std::string call_all = R"(
  const memory = new WebAssembly.Memory({initial: 2});
  const x = make({env: {memory}}).exports;
  const find = (name) => x[name] ?? x['t.' + name];
  const app = x.grow || APP ? new Uint8Array((x.memory ?? memory).buffer).slice(0, 65536).join() : '';
  let step = 0;
  for (let round = 0; round < 2; ++round)
    for (const name of NAMES) {
      if (x.grow && ++step % 7 == 0) x.grow(step % 5);
      const f = find(name), many = f.length == 2;
      const results = [];
      for (const at of [0, 1003, 1010, 65515 - 33 - 80])
        for (const value of many ? [0x123456789abcdef0n, -1n] : [0n]) results.push(many ? f(at, value) : f(at));
      out(name, results.join(' '));
    }
  if (app && app != new Uint8Array((x.memory ?? memory).buffer).slice(0, 65536).join()) out('the application changed');
)";

std::string script(const std::vector<Function> &functions, bool app) {
  std::string names = "const NAMES = [";
  for (const Function &f : functions) names += "'" + f.name + "',";
  return names + "], APP = " + (app ? "true" : "false") + ";\n" + call_all;
}

void expect_same(const std::vector<Function> &functions, const std::string &rest = layer_rest) {
  File layer = wat(layer_text(functions, rest));
  std::string wanted = run_js(layer, script(functions, false));
  ASSERT_EQ(wanted.find("Error"), std::string::npos) << wanted;
  ASSERT_GT(std::count(wanted.begin(), wanted.end(), '\n'), static_cast<long>(functions.size()));
  const std::string own = "(memory (export \"memory\") 2) (data (i32.const 8) \"application\")",
                    imported = "(import \"env\" \"memory\" (memory 2))";
  for (bool grows : {false, true}) {
    File app = wat(app_text(functions, own, grows));
    EXPECT_EQ(run_js(link_user(app, layer, Placement::shared).module, script(functions, true)), wanted)
        << grows;
    File importing = wat(app_text(functions, imported, grows));
    EXPECT_EQ(run_js(link_user(importing, layer, Placement::shared).module, script(functions, true)), wanted)
        << "imported memory " << grows;
    std::string node = new_node();
    if (node.empty()) continue;
    EXPECT_EQ(run_js(link_user(app, layer, Placement::isolated).module, script(functions, true), node),
              wanted)
        << "isolated " << grows;
  }
  // Without a memory of the application the layer's is the only one.
  EXPECT_EQ(run_js(link_user(wat(app_text(functions, "", false)), layer, Placement::shared).module,
                   script(functions, false)),
            wanted);
}

TEST(Lower, EveryAccessGivesWhatTheLayerAloneGives) {
  NEEDS("wat2wasm");
  NEEDS("node");
  expect_same(access_functions());
}

} // namespace
} // namespace mayfly::link
