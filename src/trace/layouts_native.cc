// Named values and the structs of both platforms, as data for the layer.
#include <algorithm>
#include <cctype>

#include "trace/describe_native.h"

namespace mayfly::trace {
namespace {

using Names = std::vector<std::pair<uint32_t, std::string>>;

std::string str(StrView v) { return {v.ptr, v.len}; }

// "regular file" -> "REGULAR_FILE"
std::string constant(std::string s) {
  for (char &c : s) c = c == ' ' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return s;
}

Layout plain(unsigned bytes) {
  Layout layout{};
  layout.bytes = static_cast<u16>(bytes);
  layout.tag_at = layout.probe_at = layout.probe_other = kNowhere;
  return layout;
}

const Names kFileTypes = {{0140000, "S_IFSOCK"}, {0120000, "S_IFLNK"}, {0100000, "S_IFREG"},
                          {0060000, "S_IFBLK"},  {0040000, "S_IFDIR"}, {0020000, "S_IFCHR"},
                          {0010000, "S_IFIFO"}};

} // namespace

Field Describer::field(std::string_view name, unsigned at, unsigned width, Show show, Ref set,
                       unsigned when) {
  Field f{};
  shows_ |= 1u << static_cast<u32>(show);
  f.name = block_.text(name);
  f.set = set;
  f.at = static_cast<u16>(at);
  f.width = static_cast<u8>(width);
  f.show = show;
  f.when = static_cast<u8>(when);
  return f;
}

Ref Describer::bits(abi::Set set, abi::Module module) {
  Names names;
  abi::Names list = abi::names_of(abi::set_in(set, module));
  for (u32 i = 0; i < list.count; i++) names.emplace_back(1u << i, str(list.names[i]));
  return block_.set(names);
}

Ref Describer::choices(abi::Set set, abi::Module module) {
  Names names;
  abi::Names list = abi::names_of(abi::set_in(set, module));
  for (u32 i = 0; i < list.count; i++) names.emplace_back(i, constant(str(list.names[i])));
  return block_.set(names);
}

Ref Describer::values(abi::emscripten::Set set) {
  using abi::emscripten::Set;
  Names names;
  abi::emscripten::Values list = abi::emscripten::values_of(set);
  for (u32 i = 0; i < list.count; i++) names.emplace_back(list.values[i].value, str(list.values[i].name));
  switch (set) {
  case Set::open: // the access is a number, not bits, and its 0 has a name
    return block_.set(names, 3, "O_RDONLY");
  case Set::access:
    return block_.set(names, ~0u, "F_OK");
  case Set::prot:
    return block_.set(names, ~0u, "PROT_NONE");
  default:
    return block_.set(names);
  }
}

Ref Describer::errnos() {
  Names names;
  for (u32 i = 1; abi::errno_name(i).len != 0; i++) names.emplace_back(i, str(abi::errno_name(i)));
  return block_.set(names);
}

Ref Describer::filestat(abi::Module module) {
  bool unstable = module == abi::Module::wasi_unstable;
  unsigned after = unstable ? 24 : 32; // the link count is of 32 bits there
  const Field fields[] = {field("dev", 0, 8),
                          field("ino", 8, 8),
                          field("filetype", 16, 1, Show::choice, choices(abi::Set::filetype)),
                          field("nlink", unstable ? 20 : 24, unstable ? 4 : 8),
                          field("size", after, 8),
                          field("atim", after + 8, 8, Show::time),
                          field("mtim", after + 16, 8, Show::time),
                          field("ctim", after + 24, 8, Show::time)};
  return block_.layout(plain(unstable ? 56 : 64), fields);
}

Ref Describer::fdstat() {
  std::vector<Field> fields = {field("fs_filetype", 0, 1, Show::choice, choices(abi::Set::filetype)),
                               field("fs_flags", 2, 2, Show::flags, bits(abi::Set::fdflags))};
  if (verbose_) {
    fields.push_back(field("fs_rights_base", 8, 8, Show::flags, bits(abi::Set::rights)));
    fields.push_back(field("fs_rights_inheriting", 16, 8, Show::flags, bits(abi::Set::rights)));
  }
  return block_.layout(plain(24), fields);
}

Ref Describer::prestat() {
  const Field fields[] = {field("pr_type", 0, 1, Show::choice, block_.set(Names{{0, "DIR"}})),
                          field("pr_name_len", 4, 4)};
  return block_.layout(plain(8), fields);
}

Ref Describer::subscription(abi::Module module) {
  bool unstable = module == abi::Module::wasi_unstable;
  unsigned clock = unstable ? 24 : 16;
  Layout layout = plain(unstable ? 56 : 48);
  layout.tag_at = 8;
  const Field fields[] = {field("userdata", 0, 8, Show::hex),
                          field("type", 8, 1, Show::choice, choices(abi::Set::eventtype)),
                          field("id", clock, 4, Show::choice, choices(abi::Set::clockid), 0),
                          field("timeout", clock + 8, 8, Show::time, 0, 0),
                          field("precision", clock + 16, 8, Show::decimal, 0, 0),
                          field("flags", clock + 24, 2, Show::flags, bits(abi::Set::subclockflags), 0),
                          field("fd", 16, 4, Show::fd, 0, 1),
                          field("fd", 16, 4, Show::fd, 0, 2)};
  return block_.layout(layout, fields);
}

Ref Describer::event() {
  Layout layout = plain(32);
  layout.tag_at = 10;
  Ref flags = bits(abi::Set::eventrwflags);
  const Field fields[] = {field("userdata", 0, 8, Show::hex),
                          field("error", 8, 2, Show::choice, errnos()),
                          field("type", 10, 1, Show::choice, choices(abi::Set::eventtype)),
                          field("nbytes", 16, 8, Show::decimal, 0, 1),
                          field("flags", 24, 2, Show::flags, flags, 1),
                          field("nbytes", 16, 8, Show::decimal, 0, 2),
                          field("flags", 24, 2, Show::flags, flags, 2)};
  return block_.layout(layout, fields);
}

Ref Describer::wasi_dirent() {
  const Field fields[] = {field("d_next", 0, 8), field("d_ino", 8, 8),
                          field("d_type", 20, 1, Show::choice, choices(abi::Set::filetype))};
  return block_.layout(plain(24), fields);
}

// Three layouts in the history of Emscripten: 88 bytes with times of 32 bits, 112, and 96 without the
// padding. Its JavaScript stores 4096 as the block size, which tells the last two apart.
Ref Describer::stat() {
  constexpr u32 kBlockSize = 4096;
  auto fields = [&](unsigned mode, unsigned size, unsigned times, unsigned seconds, unsigned ino) {
    Ref types = block_.set(kFileTypes);
    unsigned step = seconds == 8 ? 16 : 8;
    std::vector<Field> list = {field("st_ino", ino, 8),        field("st_mode", mode, 4, Show::mode, types),
                               field("st_nlink", mode + 4, 4), field("st_uid", mode + 8, 4),
                               field("st_gid", mode + 12, 4),  field("st_size", size, 8, Show::integer)};
    const char *names[] = {"st_atime", "st_mtime", "st_ctime"};
    for (unsigned i = 0; i < 3; i++)
      list.push_back(field(names[i], times + i * step, seconds, Show::integer));
    return list;
  };
  if (old_emscripten_) return block_.layout(plain(88), fields(12, 40, 56, 4, 80));
  Layout newest = plain(96);
  newest.probe_at = 32;
  newest.probe_value = kBlockSize;
  newest.otherwise = block_.layout(plain(112), fields(12, 40, 56, 8, 104));
  return block_.layout(newest, fields(4, 24, 40, 8, 88));
}

// The numbers of blocks became of 64 bits; the upper half of the first is 0 then.
Ref Describer::statfs() {
  auto fields = [&](unsigned width) {
    return std::vector<Field>{field("f_bsize", 4, 4),
                              field("f_blocks", 8, width),
                              field("f_bfree", 8 + width, width),
                              field("f_bavail", 8 + 2 * width, width),
                              field("f_files", 8 + 3 * width, width),
                              field("f_ffree", 8 + 4 * width, width),
                              field("f_namelen", 16 + 5 * width, 4)};
  };
  Layout newest = plain(88);
  newest.probe_at = 12;
  newest.probe_value = 0;
  newest.otherwise = block_.layout(plain(64), fields(4));
  return block_.layout(newest, fields(8));
}

Ref Describer::pollfd() {
  Ref events = block_.set(Names{
      {1, "POLLIN"}, {2, "POLLPRI"}, {4, "POLLOUT"}, {8, "POLLERR"}, {16, "POLLHUP"}, {32, "POLLNVAL"}});
  const Field fields[] = {field("fd", 0, 4, Show::fd), field("events", 4, 2, Show::flags, events),
                          field("revents", 6, 2, Show::flags, events)};
  return block_.layout(plain(8), fields);
}

Ref Describer::times() {
  Ref special = block_.set(Names{{0x3fffffff, "UTIME_NOW"}, {0x3ffffffe, "UTIME_OMIT"}});
  unsigned seconds = old_emscripten_ ? 4 : 8;
  const Field fields[] = {field("tv_sec", 0, seconds, Show::integer),
                          field("tv_nsec", seconds, 4, Show::choice, special)};
  return block_.layout(plain(2 * seconds), fields);
}

Ref Describer::two_fds() {
  const Field fields[] = {field("fd0", 0, 4, Show::fd), field("fd1", 4, 4, Show::fd)};
  return block_.layout(plain(8), fields);
}

Ref Describer::dirent() {
  Ref types = block_.set(Names{{1, "DT_FIFO"},
                               {2, "DT_CHR"},
                               {4, "DT_DIR"},
                               {6, "DT_BLK"},
                               {8, "DT_REG"},
                               {10, "DT_LNK"},
                               {12, "DT_SOCK"}});
  const Field fields[] = {field("d_ino", 0, 8), field("d_type", 18, 1, Show::choice, types)};
  return block_.layout(plain(19), fields); // what precedes the name
}

} // namespace mayfly::trace
