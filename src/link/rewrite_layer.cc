// Carries the bodies of a layer's functions into the output's numbering.
//
// Unlike the application's, every index of a layer changes, so its bodies are re-encoded:
// calls of intrinsics become the instruction they stand for, memory instructions get the
// layer's memory, globals of the layer become the output's. A linked layer has every index and
// address padded to five bytes; here they take what they need, a sixth of the code.
//
// Where the base is a constant, `global.get __memory_base; i32.const k; i32.add` becomes one constant.
//
// Bytes between changes are copied as they are: `copied_` is the position up to which the
// input has been dealt with, and events before it are of bytes already replaced.
#include "link/assembler.h"
#include "link/lower.h"
#include "link/plan.h"
#include "wasm/walk.h"

namespace mayfly::link {

using wasm::Buffer;
using wasm::Cursor;
using wasm::MemArg;
using wasm::Space;

namespace {

constexpr uint32_t memory_init_op = 0xfc0008, memory_copy_op = 0xfc000a, memory_fill_op = 0xfc000b;

class Rewriter {
public:
  // `locals`: parameters and declared locals. The cursor is at the first instruction.
  Rewriter(Plan &plan, Cursor &cursor, Buffer &out, uint32_t locals)
      : p_(plan), c_(cursor), out_(out), copied_(cursor.pos()), lowering_(plan, out, locals) {}

  void finish() { flush(c_.end()); }
  Buffer declarations(wasm::Bytes declared) const { return lowering_.declarations(declared); }

  void opcode(const uint8_t *instr, uint32_t op) {
    op_ = op;
    if (lowering_.active() && (op == memory_init_op || op == memory_copy_op || op == memory_fill_op)) {
      flush(instr);
      lowering_.before_bulk(true, op == memory_copy_op);
    }
    if (op != 0x41 || instr < copied_) return;
    const uint8_t *at = instr + 1;
    int32_t value = constant(at);
    if (at > c_.end()) return;
    flush(instr);
    out_.u8(0x41).sleb(value);
    copied_ = at;
  }

  void index(Space space, const uint8_t *instr, const uint8_t *at, uint32_t value) {
    if (space == Space::func) return call(instr, at, value);
    if (space == Space::global) return global(instr, at, value);
    if (space == Space::type) return replace(at, p_.layer_type[value]);
    if (space == Space::table && at) return replace(at, p_.layer_table(value));
    if (space == Space::element) return replace(at, p_.layer_element(value));
    if (space == Space::data) return replace(at, p_.d_passive + p_.layer.passive[value]);
    if (space == Space::memory && lowering_.active() && (op_ == 0x3f || op_ == 0x40))
      return lowered_size(instr);
    if (space == Space::memory && op_ == 0x40 && p_.movable) return region_grow(instr);
    if (space == Space::memory && at && !is_access()) return replace(at, p_.layer_memory);
  }

  void memarg(const uint8_t *instr, const uint8_t *at, const MemArg &m) {
    uint64_t offset = m.offset;
    if (lowering_.active() && Lowering::is_access(op_)) {
      flush(instr);
      offset = lowering_.before_access(op_, offset);
    }
    flush(at);
    put_memarg(m.flags, p_.layer_memory, offset);
    copied_ = c_.pos();
  }

  bool heap_index(const uint8_t *at, uint32_t type) {
    if (p_.layer_type[type] == none) return false;
    flush(at);
    out_.sleb(p_.layer_type[type]);
    copied_ = c_.pos();
    return true;
  }

private:
  // Loads and stores report their memory too, but are written whole by memarg().
  bool is_access() const { return (op_ >= 0x28 && op_ <= 0x3e) || op_ >> 16 == 0xfd || op_ >> 16 == 0xfe; }

  void flush(const uint8_t *to) {
    out_.append(copied_, to);
    copied_ = to;
  }

  void replace(const uint8_t *at, uint32_t value) {
    flush(at);
    out_.leb(value);
    copied_ = c_.pos();
  }

  // The signed LEB128 at `at`, which moves behind it; one past the end when cut off.
  int32_t constant(const uint8_t *&at) const {
    uint64_t value = 0;
    for (unsigned shift = 0; at < c_.end() && shift < 35; shift += 7) {
      uint8_t b = *at++;
      value |= uint64_t{b & 0x7fu} << shift;
      if (b & 0x80) continue;
      if (b & 0x40) value |= ~uint64_t{0} << (shift + 7);
      return static_cast<int32_t>(value);
    }
    at = c_.end() + 1;
    return 0;
  }

  void put_memarg(uint32_t align, uint32_t memory, uint64_t offset) {
    if (memory)
      out_.leb(align | 0x40).leb(memory);
    else
      out_.leb(align);
    out_.leb(offset);
  }

  void global(const uint8_t *instr, const uint8_t *at, uint32_t value) {
    if (value != p_.layer.memory_base || p_.base_in_global()) return replace(at, p_.layer_global[value]);
    flush(instr);
    uint32_t address = p_.base;
    const uint8_t *next = c_.pos();
    if (next < c_.end() && *next == 0x41) {
      const uint8_t *after = next + 1;
      uint32_t offset = static_cast<uint32_t>(constant(after));
      if (after < c_.end() && *after == 0x6a) {
        address += offset;
        next = after + 1;
      }
    }
    out_.u8(0x41).sleb(static_cast<int32_t>(address));
    copied_ = next;
  }

  void call(const uint8_t *instr, const uint8_t *at, uint32_t func) {
    bool intrinsic = func < p_.layer.module.imported_funcs &&
                     p_.layer.intrinsic[func] != Intrinsic::downcall &&
                     p_.layer.intrinsic[func] != Intrinsic::optional;
    bool downcall = func < p_.layer.module.imported_funcs && !intrinsic;
    if (downcall && op_ == 0x10 && p_.layer.user && !p_.layer.fixed) return guarded_downcall(instr, func);
    if (!intrinsic) return replace(at, p_.layer_func[func]);
    if (op_ != 0x10 && op_ != 0x12) return c_.fail(instr, "a layer takes a reference to an intrinsic");
    flush(instr);
    put_intrinsic(p_.layer.intrinsic[func]);
    if (op_ == 0x12) out_.u8(0x0f);
    copied_ = c_.pos();
  }

  // A user's layer does not say where it may be left for the host, so every downcall is such a place. Lowered
  // ones need no guard: they hold no addresses.
  void guarded_downcall(const uint8_t *instr, uint32_t func) {
    flush(instr);
    if (p_.g_host_depth == none) {
      out_.u8(0x10).leb(p_.layer_func[func]);
    } else {
      uint32_t entered = lowering_.spare_i32();
      host_enter();
      out_.u8(0x21).leb(entered).u8(0x10).leb(p_.layer_func[func]).u8(0x20).leb(entered);
      host_leave();
    }
    copied_ = c_.pos();
  }

  void lowered_size(const uint8_t *instr) {
    flush(instr);
    if (op_ == 0x3f)
      lowering_.memory_size();
    else
      lowering_.memory_grow();
    copied_ = c_.pos();
  }

  // Counted, so that pages which somebody else adds are noticed (synthesize.cc).
  void region_grow(const uint8_t *instr) {
    flush(instr);
    out_.u8(0x10).leb(p_.f_region_grow);
    copied_ = c_.pos();
  }

  void access(uint8_t op) {
    out_.u8(op);
    put_memarg(0, p_.app_memory, 0);
  }

  void bulk(uint8_t op, uint32_t first, uint32_t second) { out_.u8(0xfc).u8(op).leb(first).leb(second); }

  void content(uint32_t memory) {
    if (p_.d_content == none)
      out_.u8(0x00); // unreachable: nothing is packed
    else
      bulk(0x08, p_.d_content, memory);
  }

  // () -> i32: the depth so far, which host_leave takes. Setting it back to that, rather than counting down, also
  // forgets the brackets that exceptions have left open meanwhile.
  void host_enter() {
    Assembler a;
    if (p_.g_host_depth == none)
      a.constant(0);
    else
      a.get_global(p_.g_host_depth).get_global(p_.g_host_depth).constant(1).add().set_global(p_.g_host_depth);
    out_.append(a.code());
  }

  // (i32) -> (). Under hooks, a depth that somebody has set to zero meanwhile is a bracket that was taken for a
  // stale one (hooks.cc): this call must not go on.
  void host_leave() {
    Assembler a;
    if (p_.g_host_depth == none)
      a.drop();
    else if (p_.options.hooks.empty())
      a.set_global(p_.g_host_depth);
    else
      a.get_global(p_.g_host_depth).is_zero().begin_if().trap().end().set_global(p_.g_host_depth);
    out_.append(a.code());
  }

  void app_pages() {
    if (!p_.app_has_memory)
      out_.u8(0x41).u8(0);
    else if (p_.placement == Placement::isolated)
      out_.u8(0x3f).leb(p_.app_memory);
    else if (p_.base_in_global())
      out_.u8(0x23).leb(p_.g_app_pages);
    else
      out_.u8(0x41).sleb(static_cast<int32_t>(p_.app_min));
  }

  void region_base() {
    if (p_.base_in_global())
      out_.u8(0x23).leb(p_.g_region_base);
    else
      out_.u8(0x41).sleb(static_cast<int32_t>(p_.base + p_.area_bytes));
  }

  void config() {
    if (p_.base_in_global())
      out_.u8(0x23).leb(p_.g_memory_base).u8(0x41).sleb(p_.config_at).u8(0x6a);
    else
      out_.u8(0x41).sleb(static_cast<int32_t>(p_.base + p_.config_at));
  }

  void put_intrinsic(Intrinsic op) {
    uint32_t a = p_.app_memory, l = p_.layer_memory;
    switch (op) {
    case Intrinsic::app_load_u8:
      return access(0x2d);
    case Intrinsic::app_load_u16:
      return access(0x2f);
    case Intrinsic::app_load_u32:
      return access(0x28);
    case Intrinsic::app_load_u64:
      return access(0x29);
    case Intrinsic::app_store_u8:
      return access(0x3a);
    case Intrinsic::app_store_u16:
      return access(0x3b);
    case Intrinsic::app_store_u32:
      return access(0x36);
    case Intrinsic::app_store_u64:
      return access(0x37);
    case Intrinsic::app_copy_in:
      if (lowering_.active()) lowering_.before_bulk(true, false);
      return bulk(0x0a, l, a);
    case Intrinsic::app_copy_out:
      if (lowering_.active()) lowering_.before_bulk(false, true);
      return bulk(0x0a, a, l);
    case Intrinsic::app_fill:
      out_.u8(0xfc).u8(0x0b).leb(a);
      return;
    case Intrinsic::content_to_app:
      return content(a);
    case Intrinsic::content_to_layer:
      return content(l);
    case Intrinsic::app_pages:
      return app_pages();
    case Intrinsic::region_base:
      return region_base();
    case Intrinsic::host_enter:
      return host_enter();
    case Intrinsic::host_leave:
      return host_leave();
    case Intrinsic::config:
      return config();
    case Intrinsic::abort:
      out_.u8(0x00);
      return;
    case Intrinsic::downcall:
    case Intrinsic::optional:
      return;
    }
  }

  Plan &p_;
  Cursor &c_;
  Buffer &out_;
  const uint8_t *copied_;
  uint32_t op_ = 0;
  Lowering lowering_;
};

// What a guarded function begins with: where less than half of the layer's stack is left, it traps.
wasm::Buffer guard(const Plan &p, uint32_t func) {
  if (!p.guarded[func]) return {};
  Assembler a;
  a.get_global(p.g_stack_pointer);
  uint32_t floor = p.area_bytes - p.stack_bytes / 2;
  if (p.base_in_global())
    a.get_global(p.g_memory_base).constant(floor).add();
  else
    a.constant(p.base + floor);
  return a.less().begin_if().trap().end().take();
}

} // namespace

Status rewrite_layer(Plan &plan) {
  const wasm::Module &layer = plan.layer.module;
  for (NewFunction &f : plan.functions) {
    if (f.layer == none) continue;
    const wasm::Code &code = layer.code[f.layer - layer.imported_funcs];
    Cursor c(layer.file, code.body.begin, code.body.end, "code");
    Buffer instructions;
    instructions.bytes.reserve(code.body.size());
    uint32_t locals = layer.types[layer.functions[f.layer]].params + wasm::read_locals(c);
    wasm::Bytes declared = layer.file.subspan(code.body.begin, c.offset() - code.body.begin);
    Rewriter rewriter(plan, c, instructions, locals);
    wasm::walk_body(c, rewriter);
    if (!c.ok()) {
      wasm::Error e = c.take_error();
      e.message = "the layer module: " + e.message;
      return std::unexpected(std::move(e));
    }
    rewriter.finish();
    f.body = rewriter.declarations(declared).append(guard(plan, f.layer)).append(instructions);
    ++plan.report.layer_functions_kept;
  }
  plan.report.layer_functions_total = layer.defined_funcs();
  return {};
}

} // namespace mayfly::link
