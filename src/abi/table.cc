#include "abi/table.h"

#include "abi/expand.h"

namespace mayfly::abi {
namespace {

constexpr StrView kModuleNames[kModules] = {"wasi_snapshot_preview1", "wasi_unstable", "env"};

struct GroupRow {
  StrView name, forward_reason;
};
constexpr GroupRow kGroupRows[kGroups] = {
    {"file", "directories of the host"},   {"desc", "standard streams and other descriptors of the host"},
    {"clock", "the host's clock"},         {"random", "the host's random source"},
    {"args", "arguments and environment"}, {"env", "arguments and environment"},
    {"process", "process control"},        {"socket", "sockets"},
    {"poll", "waiting for the host"},      {"sched", "process control"},
};

constexpr Function row(StrView name, Group group, Forward forward, Effect effect, Returns returns,
                       StrView versions, StrView meaning, auto... params) {
  static_assert(sizeof...(params) <= kParamsMax);
  Function f{name, group, forward, effect, returns, true, false, versions, meaning, {}, 0};
  ((f.params[f.param_count++] = params), ...);
  return f;
}
constexpr Function differing(Function f) {
  f.differs = true;
  return f;
}
constexpr Function preview1_only(Function f) {
  f.in_unstable = false;
  return f;
}

#define ROW(name, group, forward, effect, returns, versions, meaning, ...)                                   \
  row(#name, Group::group, Forward::forward, Effect::effect, Returns::returns, versions,                     \
      meaning __VA_OPT__(, MAYFLY_ROWS(__VA_ARGS__)))

constexpr Function kWasi[] = {
#define FUNCTION(name, group, forward, effect, meaning, ...)                                                 \
  ROW(name, group, forward, effect, error, "", meaning, __VA_ARGS__),
#define DIFFERS(name, group, forward, effect, meaning, ...)                                                  \
  differing(ROW(name, group, forward, effect, error, "", meaning, __VA_ARGS__)),
#define PREVIEW1(name, group, forward, effect, meaning, ...)                                                 \
  preview1_only(ROW(name, group, forward, effect, error, "", meaning, __VA_ARGS__)),
#define ENDS(name, group, forward, effect, meaning, ...)                                                     \
  ROW(name, group, forward, effect, never, "", meaning, __VA_ARGS__),
#include "abi/wasi.def"
};

constexpr Function kEmscripten[] = {
#define FUNCTION(name, group, effect, versions, meaning, ...)                                                \
  ROW(name, group, never, effect, negative, versions, meaning, __VA_ARGS__),
#include "abi/emscripten.def"
};

constexpr int compare(StrView a, StrView b) {
  for (u32 i = 0; i < a.len && i < b.len; i++)
    if (a.ptr[i] != b.ptr[i]) return static_cast<u8>(a.ptr[i]) < static_cast<u8>(b.ptr[i]) ? -1 : 1;
  return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

template <usize N> constexpr bool sorted(const Function (&table)[N]) {
  for (u32 i = 1; i < N; i++)
    if (compare(table[i - 1].name, table[i].name) >= 0) return false;
  return true;
}
static_assert(sorted(kWasi) && sorted(kEmscripten));

// One element more, as a set may be empty.
#define SET(name, type, zero) constexpr Value k_##name[] = {
#define VALUE(id, number, shown) {number, shown},
#define END                                                                                                  \
  {                                                                                                          \
  }                                                                                                          \
  }                                                                                                          \
  ;
#include "abi/values.def"

template <usize N> constexpr Values list(const Value (&values)[N], u32 zero_mask) {
  return {values, N - 1, zero_mask};
}

const Function *find_in(Functions table, StrView name) {
  u32 low = 0, high = table.count;
  while (low < high) {
    u32 middle = (low + high) / 2;
    int order = compare(table.functions[middle].name, name);
    if (order == 0) return &table.functions[middle];
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return nullptr;
}

// __sys_open was the name of __syscall_open.
const Function *find_emscripten(StrView name) {
  constexpr StrView kNow = "__syscall_", kBefore = "__sys_";
  if (name.len < kBefore.len || !equal({name.ptr, kBefore.len}, kBefore))
    return find_in(functions(Module::env), name);
  char text[64];
  u32 tail = name.len - kBefore.len;
  if (tail > sizeof text - kNow.len) return nullptr;
  for (u32 i = 0; i < kNow.len; i++) text[i] = kNow.ptr[i];
  for (u32 i = 0; i < tail; i++) text[kNow.len + i] = name.ptr[kBefore.len + i];
  return find_in(functions(Module::env), {text, kNow.len + tail});
}

} // namespace

StrView module_name(Module m) { return kModuleNames[static_cast<u32>(m)]; }
StrView group_name(Group g) { return kGroupRows[static_cast<u32>(g)].name; }
StrView forward_reason(Group g) { return kGroupRows[static_cast<u32>(g)].forward_reason; }

Functions functions(Module m) {
  if (is_wasi(m)) return {kWasi, sizeof kWasi / sizeof kWasi[0]};
  return {kEmscripten, sizeof kEmscripten / sizeof kEmscripten[0]};
}

Values values_of(Set set) {
  switch (set) {
  case Set::none:
    return {};
#define SET(name, type, zero)                                                                                \
  case Set::name:                                                                                            \
    return list(k_##name, zero);
#define VALUE(id, number, shown)
#define END
#include "abi/values.def"
  }
  return {};
}

const Function *find(Module module, StrView name) {
  if (module == Module::env) return find_emscripten(name);
  const Function *f = find_in(functions(module), name);
  return f != nullptr && module == Module::wasi_unstable && !f->in_unstable ? nullptr : f;
}

const Function *find(StrView module, StrView name) {
  for (u32 m = 0; m < kModules; m++)
    if (equal(kModuleNames[m], module)) return find(static_cast<Module>(m), name);
  return nullptr;
}

u32 signature(const Function &f, bool split, CoreType *types) {
  u32 n = 0;
  for (const Param &param : f) {
    bool halves = split && core_type(param.kind) == CoreType::i64;
    types[n++] = halves ? CoreType::i32 : core_type(param.kind);
    if (halves) types[n++] = CoreType::i32;
  }
  return n;
}

bool has_signature(const Function &f, bool split, const u8 *types, u32 count, bool returns_i32) {
  CoreType expected[kCoreParamsMax];
  if (signature(f, split, expected) != count || returns_i32 != (f.returns != Returns::never)) return false;
  for (u32 i = 0; i < count; i++)
    if (types[i] != static_cast<u8>(expected[i])) return false;
  return true;
}

u32 stored_bytes(const Param &param, Dialect dialect) {
  switch (param.kind) {
  case Kind::out_fd:
  case Kind::out_size:
  case Kind::out_integer32:
    return 4;
  case Kind::out_number64:
  case Kind::out_time:
    return 8;
  case Kind::out_flags16:
    return 2;
  case Kind::out_record: {
    const Structure *s = find_structure(param.record, dialect);
    return s != nullptr ? s->bytes : 0;
  }
  default:
    return 0;
  }
}

const Param *result_of(const Function &f) {
  const Param *result = nullptr;
  for (const Param &param : f) {
    bool candidate = param.kind == Kind::out_fd || param.kind == Kind::out_size ||
                     param.kind == Kind::out_number64 || param.kind == Kind::out_time;
    if (candidate && result != nullptr) return nullptr; // args_sizes_get has two
    if (candidate) result = &param;
  }
  return result;
}

StrView errno_name(u32 number) {
  if (number == 0) return "ESUCCESS";
  return number < kErrnos ? k_errnos[number - 1].name : StrView{};
}
static_assert(sizeof k_errnos / sizeof k_errnos[0] == kErrnos);

} // namespace mayfly::abi
