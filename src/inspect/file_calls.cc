#include "inspect/file_calls.h"

#include <algorithm>
#include <array>

#include "abi/table.h"
#include "inspect/platform.h"
#include "wasm/signatures.h"
#include "wasm/walk.h"

namespace mayfly::inspect {
namespace {

StrView view(std::string_view s) { return {s.data(), static_cast<u32>(s.size())}; }

bool is_wasi(std::string_view module) {
  return module == "wasi_snapshot_preview1" || module == "wasi_unstable";
}

// Functions on paths, and those that tell what a directory that was opened by the host holds.
bool is_wasi_file_call(std::string_view field) {
  if (field == "fd_prestat_get" || field == "fd_prestat_dir_name" || field == "fd_readdir") return true;
  const abi::Function *f = abi::find(abi::Module::wasi_snapshot_preview1, view(field));
  return f && f->group == abi::Group::file;
}

// Before 1.39.14 the system calls had their numbers of Linux for names, with two underscores or three.
bool is_numbered_file_call(std::string_view field) {
  static constexpr std::string_view numbers[] = {"5",   "9",   "10",  "12",  "14",  "15",  "33",  "38",
                                                 "39",  "40",  "83",  "85",  "193", "195", "196", "212",
                                                 "220", "295", "296", "297", "298", "300", "301", "302",
                                                 "303", "304", "305", "306", "307", "320"};
  return std::ranges::find(numbers, field) != std::end(numbers);
}

bool is_emscripten_file_call(std::string_view field) {
  while (field.starts_with("___")) field.remove_prefix(1); // "___syscall5" of the first versions
  std::string name(field);
  if (name.starts_with("__sys_")) name.replace(0, 6, "__syscall_");
  if (!name.starts_with("__syscall")) return false;
  if (std::string_view number = std::string_view(name).substr(9); is_numbered_file_call(number)) return true;
  const abi::Function *f = abi::find(abi::Module::env, view(name));
  // The working directory can be asked for without any file.
  return f && f->group == abi::Group::file && name != "__syscall_getcwd";
}

// Marks the imports that the code calls as the C library calls an opening system call. It follows what a body
// pushes from one branch to the next; where an argument was made by a branch, the constant must lie nearby.
class CallShapes : public wasm::IndexCheck {
public:
  CallShapes(const wasm::Module &m, wasm::Cursor &cursor, const std::vector<bool> &reached)
      : IndexCheck(m, cursor), found(m.imported_funcs), reached_(reached) {}

  std::vector<bool> found; // by imported function

  void begin_expression(const wasm::ValType &) { in_body_ = false; }
  void begin_body(uint32_t func) {
    uint32_t declared = wasm::read_locals(c);
    set_locals(module.types[module.functions[func]].params + declared);
    in_body_ = reached_[func];
    forget();
    now_ = 0;
    at_directory_ = kLongAgo;
  }
  void branch_target(uint32_t) {}
  void catch_clause(uint8_t, uint32_t, uint32_t) {}
  void select_type(wasm::ValType) {}

  void instruction(const uint8_t *instr, uint32_t op, const wasm::Immediates &imm) {
    if (!in_body_) return;
    now_++;
    if (op == 0x41) return push(constant(value_of(instr)));
    if (op == 0x72) return push(either(pop(), pop()));
    if (op == 0x10) return call(imm.a);
    if (op == 0x20 || op == 0x23) return push(Value::other);
    if (op == 0x21 || op == 0x24 || op == 0x1a) return static_cast<void>(pop());
    if (op == 0x22) return push((pop(), Value::other));
    if (op == 0x1b) return pop(), pop(), pop(), push(Value::other);
    if (op >= 256 || !wasm::signatures_plain.of[op].known) return forget();
    const wasm::Signature &s = wasm::signatures_plain.of[op];
    for (unsigned i = 0; i < s.pops; i++) pop();
    if (s.push) push(Value::other);
  }

private:
  enum class Value : uint8_t { other, at_directory, large_file_flag, opening_flags };
  static constexpr int64_t kWindow = 16; // instructions between a constant and the call, across a branch
  static constexpr int64_t kLongAgo = -1000;

  Value constant(int32_t value) {
    if (value == -100) at_directory_ = now_;
    return value == -100 ? Value::at_directory : value == 0x8000 ? Value::large_file_flag : Value::other;
  }
  static Value either(Value a, Value b) {
    return a == Value::large_file_flag || b == Value::large_file_flag ? Value::opening_flags : Value::other;
  }
  void push(Value v) { stack_.push_back(v); }
  Value pop() {
    if (stack_.empty()) return Value::other; // pushed before a branch
    Value v = stack_.back();
    stack_.pop_back();
    return v;
  }
  void forget() { stack_.clear(); }

  int32_t value_of(const uint8_t *instr) const {
    size_t from = static_cast<size_t>(instr - module.file.data()) + 1;
    wasm::Cursor operand(module.file, from, module.file.size(), "");
    return operand.s32();
  }

  void call(uint32_t f) {
    const wasm::Type &t = module.types[module.functions[f]];
    if (f < found.size() && asks_for_file(t)) found[f] = true;
    for (uint32_t i = 0; i < t.params; i++) pop();
    for (uint32_t i = 0; i < t.results; i++) push(Value::other);
  }
  // The arguments of a call of type `t` that is about to be made.
  bool asks_for_file(const wasm::Type &t) const {
    if (t.params < 3 || t.params > 6 || !takes_only_integers(t)) return false;
    if (stack_.size() < t.params) return now_ - at_directory_ <= kWindow;
    auto arguments = stack_.end() - t.params;
    return arguments[0] == Value::at_directory || (t.params == 3 && arguments[1] == Value::opening_flags);
  }
  bool takes_only_integers(const wasm::Type &t) const {
    auto integer = [](const wasm::ValType &v) { return v.code == 0x7f || v.code == 0x7e; };
    return t.results == 1 && std::ranges::all_of(module.params(t), integer) &&
           module.results(t)[0].code == 0x7f;
  }

  const std::vector<bool> &reached_;
  bool in_body_ = false;
  std::vector<Value> stack_; // what was pushed since the last branch
  int64_t now_ = 0, at_directory_ = kLongAgo;
};

std::vector<bool> shapes_of_calls(const wasm::Module &m, const std::vector<bool> &reached) {
  wasm::Cursor c(m.file, 0, 0, "");
  CallShapes shapes(m, c, reached);
  // Damaged code is told of by those who link it.
  if (auto walked = wasm::walk_module(m, c, shapes); !walked) return std::vector<bool>(m.imported_funcs);
  return std::move(shapes.found);
}

} // namespace

FileCalls find_file_calls(const wasm::Module &m, const std::vector<bool> &reached,
                          std::span<const std::string> names) {
  FileCalls out;
  bool minified = platform_of(m) == Platform::emscripten_minified;
  auto is_unnamed = [&](uint32_t i) { return i >= names.size() || names[i].empty(); };
  for (uint32_t i = 0, f = 0; minified && i < m.imports.size(); ++i)
    if (m.imports[i].kind == wasm::Kind::func) out.guessed |= reached[f++] && is_unnamed(i);
  std::vector<bool> shapes = out.guessed ? shapes_of_calls(m, reached) : std::vector<bool>();
  for (uint32_t i = 0, f = 0; i < m.imports.size(); ++i) {
    const wasm::Import &im = m.imports[i];
    if (im.kind != wasm::Kind::func) continue;
    uint32_t func = f++;
    if (!reached[func]) continue;
    std::string_view name = im.field;
    if (minified && !is_unnamed(i)) name = names[i];
    FileCall call{wasm::printable(im.module) + "." + wasm::printable(im.field), std::string(name)};
    if (is_wasi(im.module) && is_wasi_file_call(name)) {
      out.wasi.push_back(std::move(call));
    } else if (minified && is_unnamed(i) && shapes[func]) {
      call.name.clear();
      out.emscripten.push_back(std::move(call));
    } else if ((im.module == "env" || minified) && is_emscripten_file_call(name)) {
      out.emscripten.push_back(std::move(call));
    }
  }
  return out;
}

} // namespace mayfly::inspect
