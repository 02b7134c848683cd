// Structures that calls read or fill in, with the place of every field in each dialect. The front end stores
// and the tracer prints by these; a test holds the JavaScript host to them.
//
// Freestanding. The offsets are constants at compile time, so that code made from them is the same as from
// numbers: `abi::offset_of(Record::filestat, Dialect::snapshot, "size")`.
#pragma once
#include "abi/values.h"

namespace mayfly::abi {

enum class Record : u8 {
  none,
  iovec,
  fdstat,
  filestat,
  prestat,
  subscription,
  event,
  dirent, // WASI's; the name follows
  stat,
  statfs,
  timespec,
  pollfd,
  fd_pair,
  dirent64, // Emscripten's; the name is in it
};

// What lays a structure out differently.
enum class Dialect : u32 {
  snapshot = 0, // wasi_snapshot_preview1
  unstable = 1, // wasi_unstable
  // Emscripten, by the first version that has the layout.
  emscripten_oldest,
  emscripten_3_1_16,
  emscripten_3_1_42,
  emscripten_4_0_12,
};
inline constexpr u32 kDialects = 6;

// How the number in a field is meant.
enum class As : u8 {
  decimal,
  integer, // signed
  hex,
  mode, // of a file
  flags,
  choice,
  fd,
  time,   // ns
  hidden, // the length of what follows: says nothing by itself
};

inline constexpr u8 kAlways = 0xff;

struct Field {
  StrView name;
  u16 at;
  u8 width; // 1, 2, 4, 8
  As as = As::decimal;
  Set set = Set::none;
  u8 when = kAlways;   // a member of a union: there when the field `tag` of the structure has this value
  bool detail = false; // of little interest: printed when all is asked for
};

// Which of several layouts is in use can be told from a value that the call stores in one of them: this one
// if the u32 at `at` is `value`.
struct Probe {
  bool exists = false;
  u16 at = 0;
  u32 value = 0;
};

struct Structure {
  Record record;
  Dialect first, last; // dialects that have this layout
  u16 bytes;           // of all; of a directory entry, what precedes the name
  Field fields[12];
  StrView tag = {};
  Probe probe = {};
  u16 stride = 0; // from one element of a list to the next where that is not `bytes`

  constexpr u32 field_count() const {
    u32 n = 0;
    while (n < 12 && fields[n].width != 0) n++;
    return n;
  }
  constexpr const Field *begin() const { return fields; }
  constexpr const Field *end() const { return fields + field_count(); }
};

// Of the same record the newest layout comes first, as the probes need it.
inline constexpr Structure kStructures[] = {
    {Record::iovec, Dialect::snapshot, Dialect::unstable, 8, {{"buf", 0, 4, As::hex}, {"buf_len", 4, 4}}},
    {Record::fdstat,
     Dialect::snapshot,
     Dialect::unstable,
     24,
     {{"fs_filetype", 0, 1, As::choice, Set::filetype},
      {"fs_flags", 2, 2, As::flags, Set::fdflags},
      {"fs_rights_base", 8, 8, As::flags, Set::rights, kAlways, true},
      {"fs_rights_inheriting", 16, 8, As::flags, Set::rights, kAlways, true}}},
    {Record::filestat,
     Dialect::snapshot,
     Dialect::snapshot,
     64,
     {{"dev", 0, 8},
      {"ino", 8, 8},
      {"filetype", 16, 1, As::choice, Set::filetype},
      {"nlink", 24, 8},
      {"size", 32, 8},
      {"atim", 40, 8, As::time},
      {"mtim", 48, 8, As::time},
      {"ctim", 56, 8, As::time}}},
    {Record::filestat, // the link count is of 32 bits
     Dialect::unstable,
     Dialect::unstable,
     56,
     {{"dev", 0, 8},
      {"ino", 8, 8},
      {"filetype", 16, 1, As::choice, Set::filetype},
      {"nlink", 20, 4},
      {"size", 24, 8},
      {"atim", 32, 8, As::time},
      {"mtim", 40, 8, As::time},
      {"ctim", 48, 8, As::time}}},
    {Record::prestat,
     Dialect::snapshot,
     Dialect::unstable,
     8,
     {{"pr_type", 0, 1, As::choice, Set::preopentype}, {"pr_name_len", 4, 4}}},
    {Record::subscription,
     Dialect::snapshot,
     Dialect::snapshot,
     48,
     {{"userdata", 0, 8, As::hex},
      {"type", 8, 1, As::choice, Set::eventtype},
      {"id", 16, 4, As::choice, Set::clockid, value::eventtype::clock},
      {"timeout", 24, 8, As::time, Set::none, value::eventtype::clock},
      {"precision", 32, 8, As::decimal, Set::none, value::eventtype::clock},
      {"flags", 40, 2, As::flags, Set::subclockflags, value::eventtype::clock},
      {"fd", 16, 4, As::fd, Set::none, value::eventtype::fd_read},
      {"fd", 16, 4, As::fd, Set::none, value::eventtype::fd_write}},
     "type"},
    {Record::subscription, // a clock has an identifier more, before `id`
     Dialect::unstable,
     Dialect::unstable,
     56,
     {{"userdata", 0, 8, As::hex},
      {"type", 8, 1, As::choice, Set::eventtype},
      {"id", 24, 4, As::choice, Set::clockid, value::eventtype::clock},
      {"timeout", 32, 8, As::time, Set::none, value::eventtype::clock},
      {"precision", 40, 8, As::decimal, Set::none, value::eventtype::clock},
      {"flags", 48, 2, As::flags, Set::subclockflags, value::eventtype::clock},
      {"fd", 16, 4, As::fd, Set::none, value::eventtype::fd_read},
      {"fd", 16, 4, As::fd, Set::none, value::eventtype::fd_write}},
     "type"},
    {Record::event,
     Dialect::snapshot,
     Dialect::unstable,
     32,
     {{"userdata", 0, 8, As::hex},
      {"error", 8, 2, As::choice, Set::errnos},
      {"type", 10, 1, As::choice, Set::eventtype},
      {"nbytes", 16, 8, As::decimal, Set::none, value::eventtype::fd_read},
      {"flags", 24, 2, As::flags, Set::eventrwflags, value::eventtype::fd_read},
      {"nbytes", 16, 8, As::decimal, Set::none, value::eventtype::fd_write},
      {"flags", 24, 2, As::flags, Set::eventrwflags, value::eventtype::fd_write}},
     "type"},
    {Record::dirent,
     Dialect::snapshot,
     Dialect::unstable,
     24,
     {{"d_next", 0, 8},
      {"d_ino", 8, 8},
      {"d_namlen", 16, 4, As::hidden},
      {"d_type", 20, 1, As::choice, Set::filetype}}},
    // Emscripten's JavaScript stores 4096 as the block size, which tells the layout from the one before.
    {Record::stat,
     Dialect::emscripten_3_1_42,
     Dialect::emscripten_4_0_12,
     96,
     {{"st_ino", 88, 8},
      {"st_mode", 4, 4, As::mode, Set::mode},
      {"st_nlink", 8, 4},
      {"st_uid", 12, 4},
      {"st_gid", 16, 4},
      {"st_size", 24, 8, As::integer},
      {"st_atime", 40, 8, As::integer},
      {"st_mtime", 56, 8, As::integer},
      {"st_ctime", 72, 8, As::integer}},
     {},
     {true, 32, 4096}},
    {Record::stat,
     Dialect::emscripten_3_1_16,
     Dialect::emscripten_3_1_16,
     112,
     {{"st_ino", 104, 8},
      {"st_mode", 12, 4, As::mode, Set::mode},
      {"st_nlink", 16, 4},
      {"st_uid", 20, 4},
      {"st_gid", 24, 4},
      {"st_size", 40, 8, As::integer},
      {"st_atime", 56, 8, As::integer},
      {"st_mtime", 72, 8, As::integer},
      {"st_ctime", 88, 8, As::integer}}},
    {Record::stat, // times of 32 bits
     Dialect::emscripten_oldest,
     Dialect::emscripten_oldest,
     88,
     {{"st_ino", 80, 8},
      {"st_mode", 12, 4, As::mode, Set::mode},
      {"st_nlink", 16, 4},
      {"st_uid", 20, 4},
      {"st_gid", 24, 4},
      {"st_size", 40, 8, As::integer},
      {"st_atime", 56, 4, As::integer},
      {"st_mtime", 64, 4, As::integer},
      {"st_ctime", 72, 4, As::integer}}},
    // The numbers of blocks became of 64 bits; the upper half of the first is 0 then.
    {Record::statfs,
     Dialect::emscripten_4_0_12,
     Dialect::emscripten_4_0_12,
     88,
     {{"f_bsize", 4, 4},
      {"f_blocks", 8, 8},
      {"f_bfree", 16, 8},
      {"f_bavail", 24, 8},
      {"f_files", 32, 8},
      {"f_ffree", 40, 8},
      {"f_namelen", 56, 4}},
     {},
     {true, 12, 0}},
    {Record::statfs,
     Dialect::emscripten_oldest,
     Dialect::emscripten_3_1_42,
     64,
     {{"f_bsize", 4, 4},
      {"f_blocks", 8, 4},
      {"f_bfree", 12, 4},
      {"f_bavail", 16, 4},
      {"f_files", 20, 4},
      {"f_ffree", 24, 4},
      {"f_namelen", 36, 4}}},
    {Record::timespec,
     Dialect::emscripten_3_1_16,
     Dialect::emscripten_4_0_12,
     16,
     {{"tv_sec", 0, 8, As::integer}, {"tv_nsec", 8, 4, As::choice, Set::utime}}},
    {Record::timespec,
     Dialect::emscripten_oldest,
     Dialect::emscripten_oldest,
     8,
     {{"tv_sec", 0, 4, As::integer}, {"tv_nsec", 4, 4, As::choice, Set::utime}}},
    {Record::pollfd,
     Dialect::emscripten_oldest,
     Dialect::emscripten_4_0_12,
     8,
     {{"fd", 0, 4, As::fd},
      {"events", 4, 2, As::flags, Set::pollevents},
      {"revents", 6, 2, As::flags, Set::pollevents}}},
    {Record::fd_pair,
     Dialect::emscripten_oldest,
     Dialect::emscripten_4_0_12,
     8,
     {{"fd0", 0, 4, As::fd}, {"fd1", 4, 4, As::fd}}},
    {Record::dirent64, // d_off at 8 and d_reclen at 16 say nothing: the JavaScript always stores whole
                       // records
     Dialect::emscripten_oldest,
     Dialect::emscripten_4_0_12,
     19,
     {{"d_ino", 0, 8}, {"d_type", 18, 1, As::choice, Set::direnttype}},
     {},
     {},
     280},
};

constexpr bool equal(StrView a, StrView b) {
  if (a.len != b.len) return false;
  for (u32 i = 0; i < a.len; i++)
    if (a.ptr[i] != b.ptr[i]) return false;
  return true;
}

// Null: the dialect has no such structure.
constexpr const Structure *find_structure(Record record, Dialect dialect) {
  for (const Structure &s : kStructures)
    if (s.record == record && s.first <= dialect && dialect <= s.last) return &s;
  return nullptr;
}
constexpr const Field *find_field(const Structure &s, StrView name) {
  for (const Field &f : s)
    if (equal(f.name, name)) return &f;
  return nullptr;
}

// For code; a name that does not exist does not compile.
consteval u32 offset_of(Record record, Dialect dialect, StrView field) {
  return find_field(*find_structure(record, dialect), field)->at;
}
consteval u32 bytes_of(Record record, Dialect dialect) { return find_structure(record, dialect)->bytes; }

} // namespace mayfly::abi
