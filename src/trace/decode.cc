// Arguments and results as people write them. Text and JSON share this code: they differ in the
// quotes of words and in what surrounds a value (emit.cc).
#include "abi/values.h"
#include "trace/layer.h"

namespace mayfly::trace {
namespace {

constexpr u32 kPathMax = 4096;

const Name *names_of(const Set &set) { return behind<Name>(&set, sizeof set); }

void show_choice(u64 value, Ref ref) {
  if (ref != 0) {
    const Set &set = *at<const Set>(ref);
    for (u32 i = 0; i < set.count; i++)
      if (names_of(set)[i].value == value) return word(names_of(set)[i].name);
  }
  integer(static_cast<i64>(value));
}

// The names are of the application's descriptors. What reaches the host has the host's numbers, of
// which only the standard streams are surely the same.
void show_fd(u32 fd) {
  bool named = on(config_flag::paths) && (!state.host_call || fd <= 2);
  bool object = json() && on(config_flag::paths);
  if (object) put("{\"fd\":"_w);
  if (fd == static_cast<u32>(-100) && !json())
    put("AT_FDCWD"_w);
  else
    integer(static_cast<i32>(fd));
  if (object) put(",\"path\":"_w);
  if (named)
    descriptor_path(fd);
  else if (object)
    put("null"_w);
  if (object) put('}');
}

// A type before a value of a function that nobody described.
template <Literal kName> void type(Words<kName> name) {
  if (!json()) put(name);
}

void list_end(bool more, bool first) {
  if (more) {
    separate(first);
    quote();
    put("..."_w);
    quote();
  }
  put(']');
}

// Bytes of a buffer, as many as -s says. In JSON with the whole length.
void data(AppPtr p, u32 len) {
  u32 shown = len < config().string_max ? len : config().string_max;
  if (!readable(p, shown)) return hex(p);
  string(p, shown, shown < len);
}

// {"bytes", length}
void data_and_length(AppPtr p, u32 len, u32 capacity) {
  put('{');
  if (json()) key("data"_w);
  data(p, len);
  put(", "_w);
  if (json()) key("len"_w);
  decimal(capacity);
  put('}');
}

void path(AppPtr p, u32 len) {
  u32 shown = len < kPathMax ? len : kPathMax;
  if (!readable(p, shown)) return hex(p);
  string(p, shown, shown < len);
}

void buffer(const Arg &arg, const Frame &frame) {
  AppPtr p = frame.u(arg.slot);
  u32 size = frame.u(arg.slot2);
  bool known = !arg.filled || !frame.failed();
  u32 len = known ? filled(arg, frame, size) : 0;
  if (json() && known) return data_and_length(p, len, len);
  if (known)
    data(p, len);
  else
    hex(p);
  if (json()) return;
  put(", "_w);
  decimal(size);
}

void stored(const Arg &arg, const Frame &frame) {
  AppPtr p = frame.u(arg.slot);
  if (frame.failed() || !readable(p, arg.width)) return hex(p);
  put('[');
  show(load(p, arg.width), arg.show, arg.set, arg.width);
  put(']');
}

void argument(const Arg &arg, const Frame &frame) {
  switch (arg.kind) {
  case Kind::scalar:
    return show(frame.slots[arg.slot], arg.show, arg.set, arg.width);
  case Kind::pair:
    return show(frame.u(arg.slot) | static_cast<u64>(frame.u(arg.slot2)) << 32, arg.show, 0, 8);
  case Kind::path:
    return path(frame.u(arg.slot), frame.u(arg.slot2));
  case Kind::path_nul:
    if (arg.filled && frame.failed()) return hex(frame.u(arg.slot));
    return path(frame.u(arg.slot), nul_length(frame.u(arg.slot), kPathMax));
  case Kind::buffer:
    return buffer(arg, frame);
  case Kind::stored:
    return stored(arg, frame);
  case Kind::iovecs:
    return iovecs(&arg, &frame);
  case Kind::dirents:
    return dirents(&arg, &frame);
  case Kind::record:
    if (frame.u(arg.slot) == 0 && !arg.filled) return json() ? put("null"_w) : put("NULL"_w);
    if (arg.filled && frame.failed()) return hex(frame.u(arg.slot));
    return record(arg.set, frame.u(arg.slot));
  case Kind::records:
    return records(&arg, &frame);
  case Kind::strings:
    return strings(&arg, &frame);
  case Kind::open_flags:
    return open_flags(&arg, &frame);
  case Kind::varargs:
    return varargs(&arg, &frame);
  }
}

// What the further argument is when the parameter that decides has this value. Null: nothing special.
const Further *further(const Arg &arg, u32 value) {
  if (arg.set2 == 0) return nullptr;
  const FurtherList &list = *at<const FurtherList>(arg.set2);
  for (u32 i = 0; i < list.count; i++)
    if (list.rules[i].value == value) return &list.rules[i];
  return nullptr;
}

// Whether this call has no further argument of C: openat without O_CREAT, fcntl with F_GETFL.
bool absent(const Arg &arg, const Frame &frame) {
  if (arg.kind != Kind::varargs) return false;
  if (frame.u(arg.slot) == 0) return true;
  u32 decides = frame.u(arg.slot2);
  if (const Further *rule = further(arg, decides)) return rule->show == Show::nothing;
  return arg.condition != 0 && (decides & arg.condition) == 0;
}

} // namespace

void show_flags(u64 value, const Set &set, bool &any) {
  auto bar = [&] {
    if (any) put('|');
    any = true;
  };
  if (set.zero_name.len != 0 && (value & set.zero_mask) == 0) {
    bar();
    put(set.zero_name);
  }
  for (u32 i = 0; i < set.count; i++) {
    const Name &name = names_of(set)[i];
    if (name.value == 0 || (value & name.value) != name.value) continue;
    bar();
    put(name.name);
    value &= ~static_cast<u64>(name.value);
  }
  if (value == 0) return;
  bar();
  put("0x"_w);
  digits(value, 16, 1);
}

void show(u64 value, Show as, Ref set, u32 width) {
  if (width < 8) value &= (u64{1} << width * 8) - 1;
  switch (as) {
  case Show::decimal:
    return decimal(value);
  case Show::integer:
    return integer(width == 8 ? static_cast<i64>(value) : static_cast<i32>(value));
  case Show::hex:
    return hex(value);
  case Show::octal:
    return octal(static_cast<u32>(value));
  case Show::mode:
    return mode(static_cast<u32>(value), set);
  case Show::flags: {
    bool any = false;
    quote();
    show_flags(value, *at<const Set>(set), any);
    if (!any) put('0');
    return quote();
  }
  case Show::choice:
    return show_choice(value, set);
  case Show::fd:
    return show_fd(static_cast<u32>(value));
  case Show::time:
    return json() ? decimal(value) : seconds(value, 9);
  case Show::i32:
    type("i32 "_w);
    return integer(static_cast<i32>(value));
  case Show::i64:
    type("i64 "_w);
    return integer(static_cast<i64>(value));
  case Show::f32:
    type("f32 "_w);
    return floating(value, 0);
  case Show::f64:
    type("f64 "_w);
    return floating(value, 1);
  case Show::opaque:
  case Show::nothing:
    return json() ? put("null"_w) : put("?"_w);
  }
}

u32 filled(const Arg &arg, const Frame &frame, u32 most) {
  u32 n = most;
  if (arg.size_from == kResult) {
    n = static_cast<u32>(frame.result());
  } else if (arg.size_from != kAll) {
    AppPtr p = frame.u(arg.size_from);
    n = readable(p, 4) ? host::app_load_u32(p) : 0;
  }
  return n < most ? n : most;
}

void arguments(const Frame &frame, bool unfinished) {
  const Arg *args = at<const Arg>(frame.call.args);
  bool first = true;
  for (u32 i = 0; i < frame.call.arg_count; i++) {
    const Arg &arg = args[i];
    if (absent(arg, frame)) continue;
    separate(first);
    if (json()) key(arg.name);
    if (unfinished && arg.filled)
      hex(frame.u(arg.slot));
    else
      argument(arg, frame);
  }
}

void result_value(const Frame &frame) {
  const Call &call = frame.call;
  if (call.returns == Returns::error) {
    AppPtr p = call.result_slot == kNoSlot ? 0 : frame.u(call.result_slot);
    if (call.result_slot == kNoSlot || !readable(p, call.result_width)) return put('0');
    return show(load(p, call.result_width), call.result_show, call.result_set, call.result_width);
  }
  show(frame.result(), call.result_show, call.result_set, call.result_width);
}

MAYFLY_OPTIONAL_BODY(void, record, Ref ref, AppPtr p) {
  const Layout *layout = at<const Layout>(ref);
  while (layout->otherwise != 0) {
    u32 other = layout->probe_other == kNowhere ? 0 : layout->probe_other;
    u32 reach = (layout->probe_at > other ? layout->probe_at : other) + 4u;
    if (!readable(p, reach > layout->bytes ? reach : layout->bytes)) return hex(p);
    u32 expected = layout->probe_other == kNowhere ? layout->probe_value : host::app_load_u32(p + other);
    if (host::app_load_u32(p + layout->probe_at) == expected) break;
    layout = at<const Layout>(layout->otherwise);
  }
  if (!readable(p, layout->bytes)) return hex(p);
  u32 tag = layout->tag_at == kNowhere ? kAlways : host::app_load_u8(p + layout->tag_at);
  const Field *fields = behind<Field>(layout, sizeof *layout);
  bool first = true;
  put('{');
  for (u32 i = 0; i < layout->field_count; i++) {
    const Field &field = fields[i];
    if (field.when != kAlways && field.when != tag) continue;
    separate(first);
    key(field.name);
    show(load(p + field.at, field.width), field.show, field.set, field.width);
  }
  put('}');
}

MAYFLY_OPTIONAL_BODY(void, records, const Arg *arg, const Frame *frame) {
  AppPtr p = frame->u(arg->slot);
  if (arg->filled && frame->failed()) return hex(p);
  if (p == 0 && !arg->filled) return json() ? put("null"_w) : put("NULL"_w);
  u32 count = arg->slot2 == kNoSlot ? arg->condition : frame->u(arg->slot2);
  count = filled(*arg, *frame, count);
  u32 bytes = at<const Layout>(arg->set)->bytes;
  u32 shown = count < config().list_max ? count : config().list_max;
  if (!readable(p, static_cast<u64>(shown) * bytes)) return hex(p);
  put('[');
  bool first = true;
  for (u32 i = 0; i < shown; i++) {
    separate(first);
    record(arg->set, p + i * bytes);
  }
  list_end(shown < count, first);
}

MAYFLY_OPTIONAL_BODY(void, iovecs, const Arg *arg, const Frame *frame) {
  AppPtr p = frame->u(arg->slot);
  u32 count = frame->u(arg->slot2);
  u32 shown = count < config().list_max ? count : config().list_max;
  if (!readable(p, u64{shown} * 8) || (arg->filled && frame->failed())) return hex(p);
  u32 left = arg->filled ? filled(*arg, *frame, ~u32{0}) : ~u32{0};
  put('[');
  bool first = true;
  for (u32 i = 0; i < shown; i++) {
    u32 len = host::app_load_u32(p + i * 8 + 4);
    u32 used = arg->filled && left < len ? left : len;
    left -= used;
    separate(first);
    data_and_length(host::app_load_u32(p + i * 8), used, len);
  }
  list_end(shown < count, first);
}

// Entries as the call left them; the last may be cut by the end of the buffer.
MAYFLY_OPTIONAL_BODY(void, dirents, const Arg *arg, const Frame *frame) {
  AppPtr p = frame->u(arg->slot);
  u32 size = frame->u(arg->slot2);
  u32 used = frame->failed() ? 0 : filled(*arg, *frame, size);
  if (frame->failed() || !readable(p, used)) {
    hex(p);
  } else {
    const Layout &layout = *at<const Layout>(arg->set);
    const Field *fields = behind<Field>(&layout, sizeof layout);
    put('[');
    bool first = true;
    u32 count = 0;
    u64 offset = 0; // of an entry; the lengths are the application's memory, so anything
    for (; offset + layout.bytes <= used && count < config().list_max; count++) {
      AppPtr entry = p + static_cast<u32>(offset);
      separate(first);
      put('{');
      for (u32 i = 0; i < layout.field_count; i++) {
        const Field &field = fields[i];
        key(field.name);
        show(load(entry + field.at, field.width), field.show, field.set, field.width);
        put(", "_w);
      }
      if (json()) key("name"_w);
      u32 rest = used - static_cast<u32>(offset) - layout.bytes;
      if (arg->record_bytes != 0 && rest > u32{arg->record_bytes} - layout.bytes)
        rest = u32{arg->record_bytes} - layout.bytes;
      u32 len =
          arg->name_width ? host::app_load_u32(entry + arg->name_at) : nul_length(entry + layout.bytes, rest);
      u32 there = len < rest ? len : rest;
      u32 shown = there < kPathMax ? there : kPathMax;
      string(entry + layout.bytes, shown, shown < len);
      put('}');
      offset += arg->record_bytes ? arg->record_bytes : u64{layout.bytes} + len;
    }
    list_end(offset < used, first);
  }
  if (json()) return;
  put(", "_w);
  decimal(size);
}

// The strings lie one behind the other, so that the first address that is not the end of the string before
// ends the list: how many there are is an answer to another call.
MAYFLY_OPTIONAL_BODY(void, strings, const Arg *arg, const Frame *frame) {
  AppPtr list = frame->u(arg->slot), next = frame->u(arg->slot2);
  if (frame->failed()) return hex(list);
  put('[');
  bool first = true;
  u32 i = 0;
  auto there = [&] {
    return readable(list, u64{i} * 4 + 4) && readable(next, 1) && host::app_load_u32(list + i * 4) == next;
  };
  for (; i < config().list_max && there(); i++) {
    u32 len = nul_length(next, kPathMax);
    u32 shown = len < config().string_max ? len : config().string_max;
    separate(first);
    string(next, shown, shown < len);
    if (len == kPathMax) break;
    next += len + 1;
  }
  list_end(i == config().list_max && there(), first);
}

// path_open: the access that the rights ask for, and the three kinds of flags, as open(2) has them.
MAYFLY_OPTIONAL_BODY(void, open_flags, const Arg *arg, const Frame *frame) {
  namespace right = abi::value::rights;
  constexpr u64 kRead = right::fd_read | right::fd_readdir, kWrite = right::fd_write;
  u64 rights = frame->slots[arg->width];
  bool any = true;
  quote();
  if (rights & kWrite)
    rights & kRead ? put("O_RDWR"_w) : put("O_WRONLY"_w);
  else
    put("O_RDONLY"_w);
  show_flags(frame->u(arg->slot), *at<const Set>(arg->set), any);
  show_flags(frame->u(arg->slot2), *at<const Set>(arg->set2), any);
  if ((frame->u(arg->size_from) & abi::value::lookupflags::symlink_follow) == 0) put("|O_NOFOLLOW"_w);
  quote();
}

MAYFLY_OPTIONAL_BODY(void, varargs, const Arg *arg, const Frame *frame) {
  AppPtr p = frame->u(arg->slot);
  if (!readable(p, 4)) return hex(p);
  const Further *rule = further(*arg, frame->u(arg->slot2));
  show(host::app_load_u32(p), rule ? rule->show : arg->show, rule ? rule->set : arg->set, 4);
}

MAYFLY_OPTIONAL_BODY(void, mode, u32 value, Ref set) {
  const Set &types = *at<const Set>(set);
  quote();
  for (u32 i = 0; i < types.count; i++) {
    const Name &name = names_of(types)[i];
    if (name.value != (value & 0170000)) continue;
    put(name.name);
    put('|');
    value &= 07777;
    break;
  }
  put('0');
  if (value != 0) digits(value, 8, 1);
  quote();
}

} // namespace mayfly::trace
