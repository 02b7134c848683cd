// The names of descriptors (-y, -P), as far as the calls tell them. A preopened directory has the name that
// the application asks for. Any other descriptor has the path that it was opened with, joined to the path
// of its directory. Symbolic links are not resolved, so a name is the path by which the program opened the
// file.
//
// The table has a fixed size. Descriptors get the lowest free number, so nearly all descriptors are among the
// first hundred. Of a long path the end is kept.
#include "abi/values.h"
#include "trace/layer.h"

namespace mayfly::trace {
namespace {

constexpr u32 kDescriptors = 128, kNameMax = 126, kPathMax = 1024;
constexpr u32 kCwd = static_cast<u32>(-100);

struct Named {
  u16 len; // 0: unknown
  char text[kNameMax];
};
// One more: the working directory.
Named names[kDescriptors + 1];

Named *named(u32 fd) {
  if (fd == kCwd) return &names[kDescriptors];
  return fd < kDescriptors ? &names[fd] : nullptr;
}

void copy(char *to, const char *from, u32 len) {
  for (u32 i = 0; i < len; i++) to[i] = from[i];
}

void assign(Named *to, const char *path, u32 len) {
  if (to == nullptr) return;
  if (len <= kNameMax) {
    copy(to->text, path, len);
    to->len = static_cast<u16>(len);
    return;
  }
  copy(to->text, "...", 3);
  copy(to->text + 3, path + (len - (kNameMax - 3)), kNameMax - 3);
  to->len = kNameMax;
}

// A path being put together; absolute or below a directory with a relative name.
struct Joined {
  char text[kPathMax];
  u32 len = 0;
  bool absolute = false;
  bool whole = true; // false: there was no room

  void start(const char *base, u32 base_len) {
    copy(text, base, base_len);
    len = base_len;
    absolute = base_len != 0 && base[0] == '/';
    if (absolute && len == 1) len = 0;
  }
  void component(AppPtr p, u32 n) {
    if (n == 0 || (n == 1 && host::app_load_u8(p) == '.')) return;
    if (n == 2 && host::app_load_u8(p) == '.' && host::app_load_u8(p + 1) == '.') {
      while (len > 0 && text[len - 1] != '/') len--;
      if (len > 0) len--;
      return;
    }
    if (n + 1 > kPathMax - len) {
      whole = false;
      return;
    }
    if (len != 0 || absolute) text[len++] = '/';
    for (u32 i = 0; i < n; i++)
      text[len++] = static_cast<char>(host::app_load_u8(p + i)); // short: no memory.copy
  }
};

// `path` seen from the directory `base`; nothing is known when that is not.
void join(Named *to, const Named *base, AppPtr p, u32 len) {
  if (to == nullptr) return;
  to->len = base == to ? to->len : 0;
  if (len > kPathMax || !readable(p, len)) return;
  Joined path;
  if (len != 0 && host::app_load_u8(p) == '/')
    path.absolute = true;
  else if (base != nullptr && base->len != 0)
    path.start(base->text, base->len);
  else
    return;
  for (u32 i = 0, begin = 0; i <= len; i++) {
    if (i < len && host::app_load_u8(p + i) != '/') continue;
    path.component(p + begin, i - begin);
    begin = i + 1;
  }
  if (!path.whole) return;
  if (path.len == 0) path.text[path.len++] = path.absolute ? '/' : '.';
  assign(to, path.text, path.len);
}

// The number of the descriptor that the call made, if it can be had.
bool made(const Frame &frame, u32 &fd) {
  if (frame.call.returns == Returns::negative) {
    fd = static_cast<u32>(frame.result());
    return true;
  }
  AppPtr p = frame.u(frame.call.out_slot);
  if (!readable(p, 4)) return false;
  fd = host::app_load_u32(p);
  return true;
}

void opened(const Frame &frame) {
  const Call &call = frame.call;
  u32 fd;
  if (!made(frame, fd)) return;
  if (call.path_slot == kNoSlot) {
    if (Named *to = named(fd)) to->len = 0;
    return;
  }
  AppPtr p = frame.u(call.path_slot);
  u32 len = call.len_slot == kNoSlot ? nul_length(p, kPathMax + 1) : frame.u(call.len_slot);
  join(named(fd), named(call.fd_slot == kNoSlot ? kCwd : frame.u(call.fd_slot)), p, len);
}

void preopened(const Frame &frame) {
  Named *to = named(frame.u(frame.call.fd_slot));
  AppPtr p = frame.u(frame.call.path_slot);
  u32 len = frame.u(frame.call.len_slot);
  if (to == nullptr || len > kPathMax || !readable(p, len)) return;
  len = nul_length(p, len); // some hosts count the NUL
  char text[kPathMax];
  host::app_copy_in(text, p, len);
  assign(to, text, len);
}

void duplicate(u32 from, u32 to) {
  const Named *old = named(from);
  if (Named *copy_of = named(to); copy_of != nullptr && copy_of != old) {
    if (old != nullptr)
      assign(copy_of, old->text, old->len);
    else
      copy_of->len = 0;
  }
}

bool is_one_of_them(const Named *name) {
  if (name == nullptr || name->len == 0) return false;
  const Text *only = at<const Text>(config().only);
  for (u32 i = 0; i < config().only_count; i++) {
    Named wanted;
    assign(&wanted, at<const char>(only[i].at), only[i].len);
    u32 same = 0;
    while (same < wanted.len && same < name->len && wanted.text[same] == name->text[same]) same++;
    if (same == wanted.len && same == name->len) return true;
  }
  return false;
}

void forget(u32 fd) {
  if (Named *to = named(fd)) to->len = 0;
}

} // namespace

void forget_descriptors() {
  for (Named &n : names) n.len = 0;
}

MAYFLY_OPTIONAL_BODY(void, descriptors_known) {
  const Config &c = config();
  if (!on(config_flag::names)) return;
  const Descriptor *known = at<const Descriptor>(c.descriptors);
  for (u32 i = 0; i < c.descriptor_count; i++)
    assign(named(known[i].fd), at<const char>(known[i].path.at), known[i].path.len);
  assign(named(kCwd), at<const char>(c.directory.at), c.directory.len);
}

MAYFLY_OPTIONAL_BODY(void, descriptor_path, u32 fd) {
  const Named *name = named(fd);
  bool known = name != nullptr && name->len != 0;
  if (json()) return known ? string_own(name->text, name->len) : put("null"_w);
  if (!known) return;
  put('<');
  // What would break the line or end the name early is escaped; the standard streams are <stdin>, ...
  string_plain(name->text, name->len);
  put('>');
}

MAYFLY_OPTIONAL_BODY(void, descriptors_follow, const Frame *of) {
  if (!on(config_flag::names)) return;
  const Frame &frame = *of;
  const Call &call = frame.call;
  switch (call.track) {
  case Track::none:
    return;
  case Track::open:
    return opened(frame);
  case Track::named:
    return preopened(frame);
  case Track::close:
    return forget(frame.u(call.fd_slot));
  case Track::renumber:
    if (frame.u(call.fd_slot) == frame.u(call.out_slot)) return;
    duplicate(frame.u(call.fd_slot), frame.u(call.out_slot));
    return forget(frame.u(call.fd_slot));
  case Track::dup_if:
    if (u32 command = frame.u(call.out_slot);
        command != abi::value::fcntl::dupfd && command != abi::value::fcntl::dupfd_cloexec)
      return;
    [[fallthrough]];
  case Track::dup:
    return duplicate(frame.u(call.fd_slot), static_cast<u32>(frame.result()));
  case Track::dup_to:
    return duplicate(frame.u(call.fd_slot), frame.u(call.out_slot));
  case Track::chdir: {
    AppPtr p = frame.u(call.path_slot);
    return join(named(kCwd), named(kCwd), p, nul_length(p, kPathMax + 1));
  }
  case Track::fchdir:
    return duplicate(frame.u(call.fd_slot), kCwd);
  }
}

// A path is below the descriptor that stands before it, else below the working directory. What reaches the
// host has the host's descriptors, of which only the standard streams are known.
MAYFLY_OPTIONAL_BODY(u32, left_out, const Frame *of) {
  const Frame &frame = *of;
  const Config &c = config();
  if (c.only_count == 0 || !(frame.call.flags & call_flag::traced)) return 0;
  const Arg *args = at<const Arg>(frame.call.args);
  const Named *directory = named(kCwd);
  for (u32 i = 0; i < frame.call.arg_count; i++) {
    const Arg &arg = args[i];
    if (arg.kind == Kind::scalar && arg.show == Show::fd) {
      u32 fd = frame.u(arg.slot);
      bool unknown = frame.call.flags & call_flag::host && fd > 2;
      directory = unknown ? nullptr : named(fd);
      if (is_one_of_them(directory)) return 0;
    } else if ((arg.kind == Kind::path || arg.kind == Kind::path_nul) && !arg.filled) {
      AppPtr p = frame.u(arg.slot);
      Named path{};
      join(&path, directory, p, arg.kind == Kind::path ? frame.u(arg.slot2) : nul_length(p, kPathMax + 1));
      if (is_one_of_them(&path)) return 0;
    }
  }
  return 1;
}

} // namespace mayfly::trace
