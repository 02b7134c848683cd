#include "trace/describe_native.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace mayfly::trace {
namespace {

using namespace std::string_view_literals;
namespace em = abi::emscripten;

std::string_view view(StrView s) { return {s.ptr, s.len}; }
StrView str(std::string_view s) { return {s.data(), static_cast<u32>(s.size())}; }

std::string_view module_of(const Function &f) { return f.known_field.empty() ? f.module : f.known_module; }
std::string_view field_of(const Function &f) { return f.known_field.empty() ? f.field : f.known_field; }

bool same(std::span<const uint8_t> types, std::span<const abi::CoreType> expected) {
  return std::ranges::equal(types, expected, {}, {}, [](abi::CoreType t) { return static_cast<uint8_t>(t); });
}

// Functions of Emscripten's JavaScript and of AssemblyScript that do not come back.
constexpr std::string_view kNever[] = {"abort",
                                       "_abort_js",
                                       "__assert_fail",
                                       "exit",
                                       "_exit",
                                       "emscripten_force_exit",
                                       "_emscripten_throw_longjmp",
                                       "emscripten_longjmp",
                                       "__cxa_throw",
                                       "__cxa_rethrow",
                                       "__resumeException",
                                       "emscripten_exit_with_live_runtime",
                                       "emscripten_unwind_to_js_event_loop"};
constexpr std::string_view kExits[] = {"exit", "_exit", "emscripten_force_exit"};

struct TrackRow {
  std::string_view name;
  Track track;
  u8 fd, path = kNoSlot, len = kNoSlot, out = kNoSlot;
};
constexpr TrackRow kWasiTracks[] = {{"path_open", Track::open, 0, 2, 3, 8},
                                    {"sock_accept", Track::open, 0, kNoSlot, kNoSlot, 2},
                                    {"fd_prestat_dir_name", Track::named, 0, 1, 2},
                                    {"fd_close", Track::close, 0},
                                    {"fd_renumber", Track::renumber, 0, kNoSlot, kNoSlot, 1}};
constexpr TrackRow kEmscriptenTracks[] = {{"__syscall_openat", Track::open, 0, 1},
                                          {"__syscall_open", Track::open, kNoSlot, 0},
                                          {"__syscall_socket", Track::open, kNoSlot},
                                          {"__syscall_accept4", Track::open, kNoSlot},
                                          {"__syscall_dup", Track::dup, 0},
                                          {"__syscall_dup2", Track::dup_to, 0, kNoSlot, kNoSlot, 1},
                                          {"__syscall_dup3", Track::dup_to, 0, kNoSlot, kNoSlot, 1},
                                          {"__syscall_fcntl64", Track::dup_if, 0, kNoSlot, kNoSlot, 1},
                                          {"__syscall_chdir", Track::chdir, kNoSlot, 0},
                                          {"__syscall_fchdir", Track::fchdir, 0}};

void follow(std::span<const TrackRow> rows, std::string_view name, Call &call) {
  auto row = std::ranges::find(rows, name, &TrackRow::name);
  if (row == rows.end()) return;
  call.track = row->track;
  call.fd_slot = row->fd;
  call.path_slot = row->path;
  call.len_slot = row->len;
  call.out_slot = row->out;
}

Arg argument(Kind kind, u8 slot) {
  Arg arg{};
  arg.kind = kind;
  arg.slot = slot;
  arg.slot2 = static_cast<u8>(slot + 1);
  arg.size_from = kAll;
  arg.width = 4;
  return arg;
}

// A structure of that layout, which the call reads or fills in.
Arg record_at(Kind kind, u8 slot, Ref layout, bool filled_by_call) {
  Arg arg = argument(kind, slot);
  arg.filled = filled_by_call;
  arg.set = layout;
  return arg;
}

Arg value(u8 slot, Show show, unsigned width = 4, Ref set = 0) {
  Arg arg = argument(Kind::scalar, slot);
  arg.show = show;
  arg.width = static_cast<u8>(width);
  arg.set = set;
  return arg;
}

Show raw_show(uint8_t type) {
  switch (type) {
  case 0x7f:
    return Show::i32;
  case 0x7e:
    return Show::i64;
  case 0x7d:
    return Show::f32;
  case 0x7c:
    return Show::f64;
  default:
    return Show::opaque;
  }
}

// How an out parameter's value is printed, and its width.
std::pair<Show, unsigned> stored_as(abi::Kind kind) {
  switch (kind) {
  case abi::Kind::out_number64:
    return {Show::decimal, 8};
  case abi::Kind::out_time:
    return {Show::time, 8};
  case abi::Kind::out_flags16:
    return {Show::flags, 2};
  default:
    return {Show::decimal, 4};
  }
}

// The out parameter that is printed as the call's result: the only one that can be.
const abi::Param *result_param(const abi::Function &f) {
  std::span params(f.params, f.param_count);
  auto candidate = [](const abi::Param &p) {
    return p.kind == abi::Kind::out_fd || p.kind == abi::Kind::out_size ||
           p.kind == abi::Kind::out_number64 || p.kind == abi::Kind::out_time;
  };
  return std::ranges::count_if(params, candidate) == 1 ? &*std::ranges::find_if(params, candidate) : nullptr;
}

} // namespace

Known look_up(const Function &f) {
  Known known;
  StrView module = str(module_of(f)), field = str(field_of(f));
  for (u32 m = 0; m < abi::kModules; m++) {
    if (view(abi::module_name(static_cast<abi::Module>(m))) != module_of(f)) continue;
    const abi::Function *found = abi::find(module, field);
    if (found == nullptr) return {};
    abi::CoreType types[abi::kCoreParamsMax];
    u32 n = abi::signature(*found, types);
    bool results = found->returns ? f.results == std::vector<uint8_t>{0x7f} : f.results.empty();
    if (!results || !same(f.params, {types, n})) return {};
    known.wasi = found;
    known.module = static_cast<abi::Module>(m);
    return known;
  }
  if (module_of(f) != "env"sv || f.results != std::vector<uint8_t>{0x7f}) return {};
  const em::Function *found = em::find(field);
  if (found == nullptr) return {};
  for (bool split : {false, true}) {
    abi::CoreType types[9];
    u32 n = em::signature(*found, split, types);
    if (!same(f.params, {types, n})) continue;
    known.emscripten = found;
    known.split = split;
    return known;
  }
  return {};
}

bool tracks(std::string_view module, std::string_view field) {
  if (module == "env"sv) {
    const em::Function *found = em::find(str(field));
    return found != nullptr && std::ranges::count(kEmscriptenTracks, view(found->name), &TrackRow::name) != 0;
  }
  return abi::find(str(module), str(field)) != nullptr &&
         std::ranges::count(kWasiTracks, field, &TrackRow::name) != 0;
}

void describe_effects(const Function &f, const Known &known, Call &call) {
  call.slots = static_cast<u8>(f.params.size());
  call.result_slot = call.fd_slot = call.path_slot = call.len_slot = call.out_slot = kNoSlot;
  if (known.wasi != nullptr) {
    call.returns = known.wasi->returns ? Returns::error : Returns::never;
    if (!known.wasi->returns) call.flags |= call_flag::exits;
    follow(kWasiTracks, view(known.wasi->name), call);
  } else if (known.emscripten != nullptr) {
    call.returns = Returns::negative;
    call.result_show = Show::integer;
    call.result_width = 4;
    follow(kEmscriptenTracks, view(known.emscripten->name), call);
  } else if (f.results.size() == 1) {
    call.returns = Returns::value;
    call.result_show = raw_show(f.results[0]);
    call.result_width = 8;
  } else if (f.results.size() > 1) {
    call.returns = Returns::value;
    call.result_show = Show::opaque;
    call.result_width = 8;
  } else {
    bool never = module_of(f) == "env"sv && std::ranges::count(kNever, field_of(f)) != 0;
    call.returns = never ? Returns::never : Returns::nothing;
    bool status = f.params.size() == 1 && f.params[0] == 0x7f;
    if (never && status && std::ranges::count(kExits, field_of(f)) != 0) call.flags |= call_flag::exits;
  }
}

void Describer::describe(const Function &f, const Known &known, Call &call) {
  std::vector<Arg> args;
  if (known.wasi != nullptr)
    wasi(*known.wasi, known.module, call, args);
  else if (known.emscripten != nullptr)
    emscripten(*known.emscripten, known.split, args);
  else
    raw(f, call, args);
  for (const Arg &arg : args) {
    kinds_ |= 1u << static_cast<u32>(arg.kind);
    shows_ |= 1u << static_cast<u32>(arg.show);
  }
  shows_ |= 1u << static_cast<u32>(call.result_show);
  call.args = block_.array<Arg>(args);
  call.arg_count = static_cast<u8>(args.size());
}

Arg Describer::wasi_argument(const abi::Param &param, abi::Module module, u8 slot) {
  using K = abi::Kind;
  auto filled = [&](Kind kind) {
    Arg arg = argument(kind, slot);
    arg.filled = true;
    return arg;
  };
  auto struct_of = [&](Kind kind, Ref layout, bool by_call) {
    return record_at(kind, slot, layout, by_call);
  };
  switch (param.kind) {
  case K::fd:
    return value(slot, Show::fd);
  case K::number32:
    return value(slot, Show::decimal);
  case K::number64:
    return value(slot, Show::decimal, 8);
  case K::delta:
    return value(slot, Show::integer, 8);
  case K::time:
    return value(slot, view(param.name) == "precision" ? Show::decimal : Show::time, 8);
  case K::flags32:
    return value(slot, Show::flags, 4, bits(param.set, module));
  case K::flags64:
    return value(slot, Show::flags, 8, bits(param.set, module));
  case K::choice:
    return value(slot, Show::choice, 4, choices(param.set, module));
  case K::path:
    return argument(Kind::path, slot);
  case K::iovecs_write:
    return argument(Kind::iovecs, slot);
  case K::iovecs_read:
    return filled(Kind::iovecs);
  case K::buffer:
    return filled(Kind::buffer);
  case K::dirents: {
    Arg arg = struct_of(Kind::dirents, wasi_dirent(), true);
    arg.name_at = 16;
    arg.name_width = 4;
    return arg;
  }
  case K::subscriptions: {
    Arg arg = struct_of(Kind::records, subscription(module), false);
    arg.slot2 = static_cast<u8>(slot + 2);
    return arg;
  }
  case K::events:
    return struct_of(Kind::records, event(), true);
  case K::strings:
    return filled(Kind::strings);
  case K::out_fdstat:
    return struct_of(Kind::record, fdstat(), true);
  case K::out_filestat:
    return struct_of(Kind::record, filestat(module), true);
  case K::out_prestat:
    return struct_of(Kind::record, prestat(), true);
  default: {
    auto [show, width] = stored_as(param.kind);
    Arg arg = filled(Kind::stored);
    arg.show = show;
    arg.width = static_cast<u8>(width);
    if (show == Show::flags) arg.set = bits(param.set, module);
    return arg;
  }
  }
}

// path_open's flags as open(2) has them; with -v the rights as well.
void Describer::open_flags(u8 oflags, u8 rights, u8 fdflags, u8 lookup, std::vector<Arg> &args) {
  Arg arg = argument(Kind::open_flags, oflags);
  arg.name = block_.text("flags");
  arg.slot2 = fdflags;
  arg.width = rights;
  arg.size_from = lookup;
  arg.set = bits(abi::Set::oflags);
  arg.set2 = bits(abi::Set::fdflags);
  args.push_back(arg);
  if (!verbose_) return;
  for (u8 i = 0; i < 2; i++) {
    Arg set = value(static_cast<u8>(rights + i), Show::flags, 8, bits(abi::Set::rights));
    set.name = block_.text(i == 0 ? "fs_rights_base" : "fs_rights_inheriting");
    args.push_back(set);
  }
}

void Describer::wasi(const abi::Function &f, abi::Module module, Call &call, std::vector<Arg> &args) {
  const abi::Param *result = result_param(f);
  bool opens = view(f.name) == "path_open";
  std::vector<u8> slots; // of each parameter
  u8 slot = 0;
  for (const abi::Param &param : std::span(f.params, f.param_count)) {
    slots.push_back(slot);
    slot = static_cast<u8>(slot + abi::core_params(param.kind).count);
  }
  // The size of what a parameter was filled with: the value of the next out_size.
  auto size_behind = [&](u32 i) {
    for (u32 k = i + 1; k < f.param_count; k++)
      if (f.params[k].kind == abi::Kind::out_size) return slots[k];
    return kAll;
  };
  for (u32 i = 0; i < f.param_count; i++) {
    const abi::Param &param = f.params[i];
    if (&param == result) {
      auto [show, width] = stored_as(param.kind);
      call.result_slot = slots[i];
      call.result_show = show;
      call.result_width = static_cast<u8>(width);
      continue;
    }
    if (param.kind == abi::Kind::string_bytes) continue; // the strings before show them
    if (opens && i != 0 && param.kind != abi::Kind::path) {
      if (param.set == abi::Set::oflags) open_flags(slots[i], slots[i + 1], slots[i + 3], slots[1], args);
      continue;
    }
    Arg arg = wasi_argument(param, module, slots[i]);
    arg.name = block_.text(view(param.name));
    if (arg.filled && arg.kind != Kind::record && arg.kind != Kind::stored) arg.size_from = size_behind(i);
    args.push_back(arg);
  }
}

Arg Describer::emscripten_argument(const em::Param &param, u8 slot) {
  using K = em::Kind;
  auto struct_of = [&](Kind kind, Ref layout, bool by_call) {
    return record_at(kind, slot, layout, by_call);
  };
  switch (param.kind) {
  case K::fd:
  case K::dirfd:
    return value(slot, Show::fd);
  case K::number:
    return value(slot, Show::integer);
  case K::number64:
    return value(slot, Show::integer, 8);
  case K::mode:
    return value(slot, Show::octal);
  case K::flags:
    return value(slot, Show::flags, 4, values(param.set));
  case K::choice:
    return value(slot, Show::choice, 4, values(param.set));
  case K::path:
  case K::text:
    return argument(Kind::path_nul, slot);
  case K::varargs: {
    Arg arg = argument(Kind::varargs, slot);
    arg.slot2 = static_cast<u8>(slot - 1);
    arg.show = Show::hex;
    return arg;
  }
  case K::times: {
    Arg arg = struct_of(Kind::records, times(), false);
    arg.slot2 = kNoSlot;
    arg.condition = 2;
    return arg;
  }
  case K::pollfds:
    return struct_of(Kind::records, pollfd(), false);
  case K::address:
    return value(slot, Show::hex);
  case K::buffer: {
    Arg arg = argument(Kind::buffer, slot);
    arg.filled = true;
    arg.size_from = kResult;
    return arg;
  }
  case K::dirents: {
    Arg arg = struct_of(Kind::dirents, dirent(), true);
    arg.size_from = kResult;
    arg.record_bytes = 280;
    return arg;
  }
  case K::out_stat:
    return struct_of(Kind::record, stat(), true);
  case K::out_statfs:
    return struct_of(Kind::record, statfs(), true);
  case K::out_fds:
    return struct_of(Kind::record, two_fds(), true);
  case K::out_i32: {
    Arg arg = argument(Kind::stored, slot);
    arg.show = Show::integer;
    arg.filled = true;
    return arg;
  }
  }
  return value(slot, Show::hex);
}

void Describer::emscripten(const em::Function &f, bool split, std::vector<Arg> &args) {
  std::string_view name = view(f.name);
  u8 slot = 0;
  for (const em::Param &param : std::span(f.params, f.param_count)) {
    Arg arg = emscripten_argument(param, slot);
    arg.name = block_.text(view(param.name));
    bool two = param.kind == em::Kind::buffer || param.kind == em::Kind::dirents;
    if (param.kind == em::Kind::number64 && split) {
      arg.kind = Kind::pair;
      two = true;
    }
    if (param.kind == em::Kind::varargs) { // what the further argument is
      if (name.starts_with("__syscall_open")) {
        arg.show = Show::octal;
        arg.condition = 0100 | 020000000; // O_CREAT, O_TMPFILE
      } else if (name.starts_with("__syscall_fcntl")) {
        arg.show = Show::integer;
        arg.set2 = values(em::Set::open);
      }
    }
    if (name == "__syscall_ioctl" && view(param.name) == "op") {
      arg.show = Show::choice;
      const std::pair<uint32_t, std::string> ops[] = {
          {0x5401, "TCGETS"},    {0x5402, "TCSETS"},    {0x5403, "TCSETSW"},    {0x5404, "TCSETSF"},
          {0x540f, "TIOCGPGRP"}, {0x5410, "TIOCSPGRP"}, {0x5413, "TIOCGWINSZ"}, {0x5414, "TIOCSWINSZ"},
          {0x541b, "FIONREAD"},  {0x5421, "FIONBIO"}};
      arg.set = block_.set(ops);
    }
    if (name == "__syscall_sendto" && arg.kind == Kind::buffer) {
      arg.filled = false;
      arg.size_from = kAll;
    }
    if (name == "__syscall_getcwd") { // its result was an address in older versions: the NUL tells
      arg.kind = Kind::path_nul;
      Arg size = value(static_cast<u8>(slot + 1), Show::decimal);
      size.name = block_.text("size");
      args.push_back(arg);
      arg = size;
    }
    args.push_back(arg);
    slot = static_cast<u8>(slot + (two ? 2 : 1));
  }
}

void Describer::raw(const Function &f, Call &, std::vector<Arg> &args) {
  for (size_t i = 0; i < f.params.size(); i++) {
    Arg arg = value(static_cast<u8>(i), raw_show(f.params[i]), 8);
    arg.name = block_.text(std::to_string(i));
    args.push_back(arg);
  }
}

} // namespace mayfly::trace
