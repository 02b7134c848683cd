// The block of bytes that tells the trace layer what to trace and how to print it. The native
// tool writes it from the ABI tables (encode_native.h); the linker puts it into the layer's
// memory, where the layer finds it as `mayfly.config`. The layer itself knows no function, no
// flag and no errno: names, layouts of structs and the meaning of parameters are data here, and
// only what the traced module can use is in a block.
//
// The block is trusted, because the tool made it. References inside the block are offsets, so it may lie at
// any address. All of it is constant, except the `states`, in which the layer counts. Plain structs of
// fixed-width fields, little-endian: the same in both builds.
#pragma once
#include "base/types.h"

namespace mayfly::trace {

inline constexpr u32 kConfigVersion = 1;

using Ref = u32; // offset from the block's start; 0: none

struct Text {
  Ref at;
  u32 len;
};

enum class Format : u8 {
  text,   // a line a call, as strace(1) prints it
  json,   // an object a line
  chrome, // the JSON array of the trace-event format
};

// How a number is printed.
enum class Show : u8 {
  decimal,
  integer, // signed
  hex,
  octal,
  mode,   // of a file: type by name (set), permissions octal
  flags,  // set: names of bits, joined by |
  choice, // set: the one name
  fd,     // descriptor; a signed -100 is AT_FDCWD
  time,   // ns: in text as seconds
  i32,    // the rest: of functions that nobody described, with the type
  i64,
  f32,
  f64,
  opaque,  // v128 and references: not to be had
  nothing, // there is no such argument
};

// Named values. `count` Names follow the struct.
struct Set {
  u32 count;
  u32 zero_mask;  // flags: zero_name is printed, first, when none of these bits is set
  Text zero_name; // may be empty
};
struct Name {
  u32 value; // flags: the bits; choice: the number
  Text name;
};

// A struct in the application's memory. `field_count` Fields follow.
struct Layout {
  u16 bytes;
  u16 field_count;
  u16 tag_at; // of the byte that says which member of a union is meant; kNowhere: no union
  // A platform may have several versions of a struct. This layout is the right one when the u32 at probe_at
  // equals the u32 at probe_other (or probe_value, if probe_other is kNowhere). If not, `otherwise` is
  // tried. The last layout of the chain has no `otherwise` and always applies.
  u16 probe_at, probe_other;
  u16 reserved;
  u32 probe_value;
  Ref otherwise;
};
inline constexpr u16 kNowhere = 0xffff;
struct Field {
  Text name;
  Ref set;
  u16 at;
  u8 width; // 1, 2, 4, 8
  Show show;
  u8 when; // printed when the union's tag is this; kAlways
  u8 reserved[3];
};
inline constexpr u8 kAlways = 0xff;

enum class Kind : u8 {
  scalar,     // slot
  pair,       // slot, slot2: low and high half of 64 bits
  path,       // slot, slot2: address and length
  path_nul,   // slot: address; a NUL ends it
  buffer,     // slot, slot2: address and size
  iovecs,     // slot, slot2: address and number of {address, size}
  dirents,    // slot, slot2: address and size; set: layout of the fixed part
  record,     // slot: address; set: layout. 0 is NULL
  records,    // slot, slot2: address and number (kNoSlot: `condition` of them); set: layout
  stored,     // slot: address of one value of `width` bytes
  strings,    // slot, slot2: addresses of strings, which lie one after the other from slot2
  open_flags, // slot: oflags, slot2: fdflags, size_from: lookupflags, width: rights (all slots)
  varargs, // slot: address of one i32 more; 0: there is none. What it is depends on the parameter in slot2:
           // set2: FurtherList, by its value; else it is there when one of the bits `condition` is set (0:
           // always)
};

// What the further argument of a C function is, by the value of another parameter: fcntl's command.
struct Further {
  u32 value;
  Ref set;
  Show show;
  u8 reserved[3];
};
struct FurtherList {
  u32 count;
  Further rules[4];
};

// Where `size_from` is no slot of a pointer to the u32 size: how much the call filled in.
inline constexpr u8 kAll = 0xff;    // what slot2 says
inline constexpr u8 kResult = 0xfe; // the call's result
inline constexpr u8 kNoSlot = 0xff;

struct Arg {
  Text name; // JSON's key
  Kind kind;
  Show show;
  u8 slot, slot2;
  u8 size_from;
  u8 width;
  bool filled;   // by the call: what is there after a failure means nothing
  u8 name_width; // dirents: bytes of the name's length at name_at; 0: a NUL ends it
  Ref set, set2;
  u32 condition;
  u16 name_at; // dirents: where the length is, or the name itself (then record_bytes is the stride)
  u16 record_bytes;
};

// What a call answers.
enum class Returns : u8 {
  nothing,
  error,    // WASI: an errno, 0 for success; the value is stored behind result_slot, if any
  negative, // Emscripten: a value or a negative errno
  value,    // nobody described it
  never,    // the call does not come back
};

// What a call does to descriptors, for the table behind -y.
enum class Track : u8 {
  none,
  open,     // fd_slot: directory, path_slot (and len_slot): path; the number: Returns::negative ? result : at
            // out_slot
  named,    // fd_slot is a directory that the application knows as path_slot, len_slot
  close,    // fd_slot
  renumber, // fd_slot becomes out_slot
  dup,      // result is another fd_slot
  dup_to,   // out_slot is another fd_slot
  dup_if,   // fcntl: dup, when the value of out_slot is one of F_DUPFD, F_DUPFD_CLOEXEC
  chdir,    // path_slot
  fchdir,   // fd_slot
};

namespace call_flag {
inline constexpr u8 traced = 1, // else it is only followed: for its effect on descriptors, or as the end
    host = 2,                   // in a module with a filesystem inside: it reaches the host all the same
    exits = 4,                  // ends the program, with the status in slot 0 if it has one
    ruled = 8;                  // has a Rule
}

struct Call {
  Text name;   // as printed
  Text module; // JSON's "module"; Chrome's category
  Ref args;
  u8 arg_count;
  u8 slots; // core parameters; the result is the slot after them
  Returns returns;
  u8 flags;
  u8 result_slot; // Returns::error: slot of the pointer to the value; kNoSlot
  u8 result_width;
  Show result_show;
  Track track;
  u8 fd_slot, path_slot, len_slot, out_slot;
  Ref result_set;
  Ref rule; // call_flag::ruled
};

// What is done to a call on purpose: to the calls first, first + step, … up to last, counted from 1.
struct Rule {
  bool fails; // it is not made, and `result` are the bits of what it answers
  u8 reserved[3];
  u32 result;
  u32 first, step, last;
  u32 enter_us, exit_us; // how long the program waits before and after it
};

// What the layer counts for a call.
struct CallState {
  u64 time_ns;
  u32 calls; // that were traced and ended
  u32 errors;
  u32 begun; // for rules
  u32 order; // of the summary
};

struct Error {
  Text name, message;
};

struct Descriptor {
  u32 fd;
  Text path;
};

namespace config_flag {
inline constexpr u32 paths = 1, // -y
    relative = 2,               // -r
    spent = 4,                  // -T
    summary = 8,                // -c, -C
    lines = 16,                 // off with -c
    clock = 32,                 // something needs the time
    into = 64,                  // into_path instead of sink_fd
    names = 128,                // descriptors are followed: for -y, or for -P
    wall = 256,                 // -t: the time of day
    wall_us = 512,              // -tt: with microseconds
    wall_epoch = 1024;          // -ttt: as seconds since 1970
}

// How a call ended, for -e status.
namespace status {
inline constexpr u8 successful = 1, failed = 2, unfinished = 4;
}

struct Config {
  u32 version;
  u32 bytes;
  u32 flags;
  Format format;
  u8 statuses; // only calls that ended so; 0: all
  u8 reserved[2];
  u32 string_max; // -s
  u32 list_max;   // elements of a list that are printed
  u32 sink_fd;
  u32 into_fd;    // directory that into_path is relative to
  Text into_path; // the longest that fits is kIntoPathMax
  Text header;    // before the first line
  Text footer;    // at the end
  Ref calls;
  u32 call_count;
  Ref states; // CallState for each call; 0 unless there is a summary or a rule
  Ref errors; // Error for the errno 0, 1, …
  u32 error_count;
  Ref descriptors; // Descriptor: known before the first call
  u32 descriptor_count;
  Text directory; // Emscripten's working directory at the start
  Text total;     // of the summary: "total"
  Ref only;       // -P: Text of each path; only calls that are about one of them
  u32 only_count;
};

inline constexpr u32 kIntoPathMax = 1024;

static_assert(sizeof(Set) == 16 && sizeof(Name) == 12 && sizeof(Layout) == 20 && sizeof(Field) == 20);
static_assert(sizeof(Further) == 12 && sizeof(FurtherList) == 52);
static_assert(sizeof(Arg) == 32 && sizeof(Call) == 40 && sizeof(CallState) == 24 && sizeof(Config) == 108);
static_assert(sizeof(Rule) == 28);

} // namespace mayfly::trace
