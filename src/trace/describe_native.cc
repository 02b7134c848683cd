#include "trace/describe_native.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace mayfly::trace {
namespace {

using namespace std::string_view_literals;

std::string_view view(StrView s) { return {s.ptr, s.len}; }
StrView str(std::string_view s) { return {s.data(), static_cast<u32>(s.size())}; }

std::string_view module_of(const Function &f) { return f.known_field.empty() ? f.module : f.known_module; }
std::string_view field_of(const Function &f) { return f.known_field.empty() ? f.field : f.known_field; }

Track track_of(abi::Effect effect) {
  switch (effect) {
  case abi::Effect::none:
    return Track::none;
  case abi::Effect::opens:
    return Track::open;
  case abi::Effect::names:
    return Track::named;
  case abi::Effect::closes:
    return Track::close;
  case abi::Effect::renumbers:
    return Track::renumber;
  case abi::Effect::duplicates:
    return Track::dup;
  case abi::Effect::duplicates_to:
    return Track::dup_to;
  case abi::Effect::duplicates_for:
    return Track::dup_if;
  case abi::Effect::enters_path:
    return Track::chdir;
  case abi::Effect::enters:
    return Track::fchdir;
  }
  return Track::none;
}

// Where a call's effect finds its descriptors and its path. No function with an effect has 64-bit parameters
// that may be split before those, so that a parameter's place is its slot.
void follow(const abi::Function &f, Call &call) {
  using K = abi::Kind;
  call.track = track_of(f.effect);
  if (f.effect == abi::Effect::none) return;
  for (u8 i = 0; i < f.param_count; i++) {
    K kind = f.params[i].kind;
    if (kind == K::fd || kind == K::dirfd) (call.fd_slot == kNoSlot ? call.fd_slot : call.out_slot) = i;
    if (kind == K::path || kind == K::path_nul || (kind == K::buffer && f.effect == abi::Effect::names))
      call.path_slot = i;
    if (kind == K::length) call.len_slot = i;
    if (kind == K::out_fd || (kind == K::choice && f.effect == abi::Effect::duplicates_for))
      call.out_slot = i;
  }
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
std::pair<Show, u32> stored_as(const abi::Param &param) {
  u32 width = abi::stored_bytes(param, abi::Dialect::snapshot);
  switch (param.kind) {
  case abi::Kind::out_time:
    return {Show::time, width};
  case abi::Kind::out_flags16:
    return {Show::flags, width};
  case abi::Kind::out_integer32:
    return {Show::integer, width};
  default:
    return {Show::decimal, width};
  }
}

} // namespace

Known look_up(const Function &f) {
  bool returns_i32 = f.results == std::vector<uint8_t>{0x7f};
  if (!returns_i32 && !f.results.empty()) return {};
  for (u32 m = 0; m < abi::kModules; m++) {
    auto module = static_cast<abi::Module>(m);
    if (view(abi::module_name(module)) != module_of(f)) continue;
    const abi::Function *found = abi::find(module, str(field_of(f)));
    if (found == nullptr) return {};
    for (bool split : {false, true})
      if ((!split || !abi::is_wasi(module)) &&
          abi::has_signature(*found, split, f.params.data(), static_cast<u32>(f.params.size()), returns_i32))
        return {found, module, split};
  }
  return {};
}

bool tracks(std::string_view module, std::string_view field) {
  const abi::Function *found = abi::find(str(module), str(field));
  return found != nullptr && found->effect != abi::Effect::none;
}

void describe_effects(const Function &f, const Known &known, Call &call) {
  call.slots = static_cast<u8>(f.params.size());
  call.result_slot = call.fd_slot = call.path_slot = call.len_slot = call.out_slot = kNoSlot;
  if (known) {
    follow(*known.function, call);
    switch (known.function->returns) {
    case abi::Returns::error:
      call.returns = Returns::error;
      break;
    case abi::Returns::negative:
      call.returns = Returns::negative;
      call.result_show = Show::integer;
      call.result_width = 4;
      break;
    case abi::Returns::never:
      call.returns = Returns::never;
      call.flags |= call_flag::exits;
    }
  } else if (!f.results.empty()) {
    call.returns = Returns::value;
    call.result_show = f.results.size() == 1 ? raw_show(f.results[0]) : Show::opaque;
    call.result_width = 8;
  } else {
    const abi::RuntimeFunction *runtime =
        module_of(f) == "env"sv ? abi::find_runtime(str(field_of(f))) : nullptr;
    call.returns = runtime != nullptr && !runtime->returns ? Returns::never : Returns::nothing;
    bool status = f.params.size() == 1 && f.params[0] == 0x7f;
    if (runtime != nullptr && runtime->exits && status) call.flags |= call_flag::exits;
  }
}

void Describer::describe(const Function &f, const Known &known, Call &call) {
  std::vector<Arg> args;
  if (known)
    described(known, call, args);
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

Arg Describer::argument_of(std::span<const Placed> params, size_t i, const Known &known) {
  using K = abi::Kind;
  const abi::Param &param = *params[i].param;
  u8 slot = params[i].slot;
  // The first parameter after this one that is of one of these kinds.
  auto next = [&](auto... kinds) {
    for (const Placed &p : params.subspan(i + 1))
      if (((p.param->kind == kinds) || ...)) return p.slot;
    return kNoSlot;
  };
  auto filled = [&](Kind kind) {
    Arg arg = argument(kind, slot);
    arg.filled = true;
    return arg;
  };
  // How much of it the call filled: its result, or the value of the next out_size.
  auto sized = [&](Arg arg) {
    u8 size = next(K::out_size);
    if (known.function->returns == abi::Returns::negative) size = kResult;
    arg.size_from = size == kNoSlot ? kAll : size;
    return arg;
  };
  auto record_at = [&](Kind kind, bool by_call) {
    Arg arg = argument(kind, slot);
    arg.filled = by_call;
    arg.set = record(param.record, known.module);
    return arg;
  };
  switch (param.kind) {
  case K::fd:
  case K::dirfd:
    return value(slot, Show::fd);
  case K::number32:
    return value(slot, Show::decimal);
  case K::integer32:
    return value(slot, Show::integer);
  case K::number64:
    return value(slot, Show::decimal, 8);
  case K::integer64:
    return value(slot, Show::integer, 8);
  case K::time:
    return value(slot, Show::time, 8);
  case K::mode:
    return value(slot, Show::octal);
  case K::flags32:
    return value(slot, Show::flags, 4, values(abi::set_in(param.set, known.module)));
  case K::flags64:
    return value(slot, Show::flags, 8, values(abi::set_in(param.set, known.module)));
  case K::choice:
    return value(slot, Show::choice, 4, values(abi::set_in(param.set, known.module)));
  case K::address:
  case K::length:       // shown with the parameter before,
  case K::string_bytes: // and this with the list of strings
    return value(slot, Show::hex);
  case K::path:
    return argument(Kind::path, slot);
  case K::path_nul:
  case K::text_nul:
    return argument(Kind::path_nul, slot);
  case K::data:
    return argument(Kind::buffer, slot);
  case K::iovecs_write:
    return argument(Kind::iovecs, slot);
  case K::records:
  case K::out_records: {
    bool by_call = param.kind == K::out_records;
    Arg arg = record_at(Kind::records, by_call);
    arg.slot2 = next(K::number32, K::integer32);
    return by_call ? sized(arg) : arg;
  }
  case K::record_pair: {
    Arg arg = record_at(Kind::records, false);
    arg.slot2 = kNoSlot;
    arg.condition = 2;
    return arg;
  }
  case K::varargs:
    return further(param, slot);
  case K::buffer:
    return sized(filled(Kind::buffer));
  case K::path_buffer: // getcwd: the result was an address in older versions, so the NUL tells
    return filled(Kind::path_nul);
  case K::dirents: {
    Arg arg = sized(record_at(Kind::dirents, true));
    const abi::Structure &s =
        *abi::find_structure(param.record, abi::is_wasi(known.module) ? abi::dialect_of(known.module)
                                                                      : abi::Dialect::emscripten_oldest);
    arg.record_bytes = s.stride;
    for (const abi::Field &field : s) {
      if (field.as != abi::As::hidden) continue;
      arg.name_at = field.at;
      arg.name_width = field.width;
    }
    return arg;
  }
  case K::iovecs_read:
    return sized(filled(Kind::iovecs));
  case K::strings:
    return sized(filled(Kind::strings));
  case K::out_record:
    return record_at(Kind::record, true);
  case K::out_fd:
  case K::out_size:
  case K::out_integer32:
  case K::out_number64:
  case K::out_time:
  case K::out_flags16: {
    auto [show, width] = stored_as(param);
    Arg arg = filled(Kind::stored);
    arg.show = show;
    arg.width = static_cast<u8>(width);
    arg.set = values(param.set);
    return arg;
  }
  }
  return value(slot, Show::hex);
}

Arg Describer::further(const abi::Param &param, u8 slot) {
  Arg arg = argument(Kind::varargs, slot);
  arg.slot2 = static_cast<u8>(slot - 1);
  arg.show = Show::hex;
  if (param.further == abi::Further::mode) {
    arg.show = Show::octal;
    arg.condition = abi::value::open::creat | abi::value::open::tmpfile;
  } else if (param.further == abi::Further::control) {
    arg.show = Show::integer;
    arg.set2 = further_of_control();
  }
  return arg;
}

// path_open's flags as open(2) has them; with -v the rights as well.
void Describer::open_flags(std::span<const Placed> params, std::vector<Arg> &args) {
  auto slot_of = [&](abi::Set set) {
    return std::ranges::find_if(params, [&](const Placed &p) { return p.param->set == set; })->slot;
  };
  Arg arg = argument(Kind::open_flags, slot_of(abi::Set::oflags));
  arg.name = block_.text("flags");
  arg.slot2 = slot_of(abi::Set::fdflags);
  arg.width = slot_of(abi::Set::rights);
  arg.size_from = slot_of(abi::Set::lookupflags);
  arg.set = values(abi::Set::oflags);
  arg.set2 = values(abi::Set::fdflags);
  args.push_back(arg);
  if (!verbose_) return;
  for (const Placed &p : params) {
    if (p.param->set != abi::Set::rights) continue;
    Arg rights = value(p.slot, Show::flags, 8, values(abi::Set::rights));
    rights.name = block_.text(view(p.param->name));
    args.push_back(rights);
  }
}

void Describer::described(const Known &known, Call &call, std::vector<Arg> &args) {
  const abi::Function &f = *known.function;
  const abi::Param *result = f.returns == abi::Returns::error ? abi::result_of(f) : nullptr;
  std::vector<Placed> params;
  u8 slot = 0;
  for (const abi::Param &param : f) {
    params.push_back({&param, slot});
    slot = static_cast<u8>(slot + (known.split && abi::core_type(param.kind) == abi::CoreType::i64 ? 2 : 1));
  }
  bool like_open = std::ranges::any_of(f, [](const abi::Param &p) { return p.set == abi::Set::oflags; });
  for (size_t i = 0; i < params.size(); i++) {
    const abi::Param &param = *params[i].param;
    if (&param == result) {
      auto [show, width] = stored_as(param);
      call.result_slot = params[i].slot;
      call.result_show = show;
      call.result_width = static_cast<u8>(width);
      continue;
    }
    if (param.kind == abi::Kind::length || param.kind == abi::Kind::string_bytes) continue;
    if (like_open && param.set != abi::Set::none) {
      if (param.set == abi::Set::oflags) open_flags(params, args);
      continue;
    }
    Arg arg = argument_of(params, i, known);
    arg.name = block_.text(view(param.name));
    if (known.split && abi::core_type(param.kind) == abi::CoreType::i64) arg.kind = Kind::pair;
    args.push_back(arg);
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
