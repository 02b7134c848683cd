// What the files of the trace layer share. The layer is three exports (trace.cc) that the linker
// calls around each traced function; everything they know of functions is in the config block.
//
//   enter/exit -> decode (arguments) -> emit (characters) -> sink (downcalls)
//
// Rules for all of it: application addresses are only handed to core/host.h, after `readable`;
// every loop is bounded by the block's limits, whatever the application passes; nothing is
// allocated; the application's memory is the same after a call as before.
#pragma once
#include "core/host.h"
#include "trace/config.h"

namespace mayfly::trace {

// Code that some traces do not need. It is called through an import. The linker binds the import to the
// layer's own export or, if the encoder says so, replaces the call by the constant 0
// (docs/layer-contract.md, "Optional functions"). The names are the encoder's `off`, with "trace.".
#ifdef __wasm__
#define MAYFLY_OPTIONAL(result, name, ...)                                                                   \
  extern "C" __attribute__((import_module("mayfly.optional"), import_name("trace." #name))) result name(     \
      __VA_ARGS__)
#define MAYFLY_OPTIONAL_BODY(result, name, ...)                                                              \
  extern "C" __attribute__((export_name("mayfly.optional.trace." #name))) result body_of_##name(__VA_ARGS__)
#else
#define MAYFLY_OPTIONAL(result, name, ...) result name(__VA_ARGS__)
#define MAYFLY_OPTIONAL_BODY(result, name, ...) result name(__VA_ARGS__)
#endif

// --- the config block

#ifdef __wasm__
extern "C" __attribute__((const)) MAYFLY_INTRINSIC(config) const Config *mayfly_config(void);
MAYFLY_INLINE const Config &config() { return *mayfly_config(); }
#else
const Config &config();
void use_config(const void *block); // tests: 8-byte aligned; forgets everything that was traced before
#endif

template <class T> MAYFLY_INLINE T *at(Ref ref) {
  return reinterpret_cast<T *>(reinterpret_cast<usize>(&config()) + ref);
}
template <class T> MAYFLY_INLINE const T *behind(const void *header, usize bytes) {
  return reinterpret_cast<const T *>(static_cast<const char *>(header) + bytes);
}
MAYFLY_INLINE bool on(u32 flag) { return config().flags & flag; }
MAYFLY_INLINE bool json() { return config().format != Format::text; }

// The parameters of a call as the linker's wrapper stored them, the result, and four words
// for the time of the call that only the layer uses. The linker's wrapper makes the words zero.
struct Frame {
  u64 *slots;
  const Call &call;

  u32 u(u8 slot) const { return static_cast<u32>(slots[slot]); }
  u64 &result() const { return slots[call.slots]; }
  u64 &start_ns() const { return slots[call.slots + 1]; }
  // Facts about the call, and above them the time from the start of the call before (-r).
  u64 &notes() const { return slots[call.slots + 2]; }
  static constexpr u64 kInjected = 1, kDelayed = 2, kLeftOut = 4;
  static constexpr u32 kSinceShift = 3;
  bool is(u64 note) const { return (notes() & note) != 0; }
  u64 since_ns() const { return notes() >> kSinceShift; }
  bool failed() const {
    if (call.returns == Returns::error) return static_cast<u32>(result()) != 0;
    return call.returns == Returns::negative && static_cast<u32>(result()) > 0xfffff000u;
  }
  // The errno of a failed call.
  u32 error() const {
    u32 r = static_cast<u32>(result());
    return call.returns == Returns::negative ? 0 - r : r;
  }
};

// --- the application's memory

MAYFLY_INLINE bool readable(u32 address, u64 bytes) { return address + bytes <= host::app_bytes(); }
// A little-endian value of 1, 2, 4 or 8 bytes in a checked range.
u64 load(AppPtr, u32 width);
// Bytes before the NUL, looking no further than `most` and the end of the memory.
u32 nul_length(AppPtr, u32 most);

// --- literals

// Text that is part of the code, as constants of eight characters each. Static data would stay in the
// module even when the code that uses it is left out.
template <usize N> struct Literal {
  char text[N]{};
  consteval Literal(const char (&from)[N]) {
    for (usize i = 0; i < N; i++) text[i] = from[i];
  }
};
template <Literal kLiteral> struct Words {
  static constexpr u32 kLen = sizeof kLiteral.text - 1, kWords = (kLen + 7) / 8;
  static consteval u64 at(u32 w) {
    u64 word = 0;
    for (u32 i = 0; i < 8 && 8 * w + i < kLen; i++)
      word |= u64{static_cast<unsigned char>(kLiteral.text[8 * w + i])} << 8 * i;
    return word;
  }
};
template <Literal kLiteral> consteval Words<kLiteral> operator""_w() { return {}; }

// --- emit.cc: characters into the line, which goes to the sink when it is full

void put(char);
void put(const char *, u32 len);
void put_word(u64 chars); // up to eight, the first one lowest, none of them NUL
template <u32 kWord = 0, Literal kLiteral> MAYFLY_INLINE void put(Words<kLiteral> words) {
  if constexpr (kWord < words.kWords) {
    constexpr u64 chars = Words<kLiteral>::at(kWord);
    put_word(chars);
    put<kWord + 1>(words);
  }
}
void put(Text);
void digits(u64 value, u32 base, u32 width); // at least `width` of them; only digits
void decimal(u64);
void integer(i64);
void hex(u64);                    // with 0x; a word in JSON
void octal(u32);                  // with a leading 0; a word in JSON
void seconds(u64 ns, u32 places); // 1.000001
// A word that JSON wants in quotes.
void quote();
void word(Text);
// The separator of a list, unless this is its first element.
void separate(bool &first);
// A key of an object: `name=`, or `"name":` in JSON.
void key(Text);
template <Literal kLiteral> MAYFLY_INLINE void key(Words<kLiteral> name) {
  quote();
  put(name);
  quote();
  put(json() ? ':' : '=');
}
// Bytes of the application's (own == nullptr) or of the layer's as an escaped string; `cut`: more would
// follow.
void string(AppPtr, u32 len, bool cut);
void string_own(const char *, u32 len);
void string_plain(const char *, u32 len); // no quotes around it; text only
MAYFLY_OPTIONAL(void, json_string, AppPtr, const char *own, u32 len, u32 cut);
MAYFLY_OPTIONAL(void, floating, u64 bits, u32 is_64);

// --- decode.cc

void show(u64 value, Show, Ref set, u32 width);
void show_flags(u64 value, const Set &, bool &any);
void arguments(const Frame &, bool unfinished);
void result_value(const Frame &);
MAYFLY_OPTIONAL(void, record, Ref layout, AppPtr);
MAYFLY_OPTIONAL(void, records, const Arg *, const Frame *);
MAYFLY_OPTIONAL(void, iovecs, const Arg *, const Frame *);
MAYFLY_OPTIONAL(void, dirents, const Arg *, const Frame *);
MAYFLY_OPTIONAL(void, strings, const Arg *, const Frame *);
MAYFLY_OPTIONAL(void, open_flags, const Arg *, const Frame *);
MAYFLY_OPTIONAL(void, varargs, const Arg *, const Frame *);
MAYFLY_OPTIONAL(void, mode, u32 value, Ref set);
// Bytes or elements that the call filled in, at most `most`.
u32 filled(const Arg &, const Frame &, u32 most);

// --- line.cc: one call

MAYFLY_OPTIONAL(void, stamp, const Frame *); // -t, -r: what stands before the call
MAYFLY_OPTIONAL(void, line_text, const Frame *, u64 now_ns, u32 unfinished);
MAYFLY_OPTIONAL(void, line_json, const Frame *, u64 now_ns, u32 unfinished);
MAYFLY_OPTIONAL(void, line_chrome, const Frame *, u64 now_ns, u32 unfinished);

// --- descriptors.cc: the names behind -y

MAYFLY_OPTIONAL(void, descriptors_known);       // takes over the config's
MAYFLY_OPTIONAL(void, descriptor_path, u32 fd); // prints <path> (in JSON the path, or null)
MAYFLY_OPTIONAL(void, descriptors_follow, const Frame *);
MAYFLY_OPTIONAL(u32, left_out, const Frame *); // -P: it is about none of the paths
void forget_descriptors();                     // native tests

// --- counts.cc

MAYFLY_OPTIONAL(u32, rule_is_due, u32 call);
MAYFLY_OPTIONAL(void, count, u32 call, u32 failed, u64 spent_ns);
MAYFLY_OPTIONAL(void, summary);

// --- sink.cc

MAYFLY_OPTIONAL(u64, now_ns);     // monotonic, from the first call of it; 0 without a clock
MAYFLY_OPTIONAL(void, read_wall); // state.wall_ns
MAYFLY_OPTIONAL(void, delay, u32 us);
MAYFLY_OPTIONAL(u32, open_into, AppPtr scratch, AppPtr out_fd);
MAYFLY_OPTIONAL(void, close_into, u32 fd);
MAYFLY_OPTIONAL(void, tell_lost);
void flush();
void recover(); // from a downcall that never returned

// Everything the layer remembers, but the descriptors' names. Zero at first.
struct State {
  static constexpr u32 kLineBytes = 2048, kHeadBytes = 32;
  u32 used; // of line
  bool started, finished;
  bool busy;   // in a downcall: what a host calls meanwhile is not traced
  bool failed; // the sink takes nothing any more
  bool into_made;
  bool torn;      // the file's last line has no end
  u32 lost;       // lines that the file had no room for, since the last that it took
  bool host_call; // the line is of a call that reaches the host
  u64 base_ns;
  u64 last_ns; // now_ns's last answer
  u64 last_start_ns;
  u64 wall_ns; // the time of day when now_ns was 0
  u32 borrows; // how much of the application's memory is borrowed
  // The traced calls that have begun and not ended, the innermost last. The host of a program that trapped
  // asks for them. A call that threw never ends. When all places are taken, the last place always has the
  // innermost call.
  static constexpr u32 kPendingMax = 4, kPendingSlots = 16;
  struct Pending {
    u32 call; // its number + 1, or 0: not known
    u64 slots[kPendingSlots];
  };
  u32 pending;
  Pending pending_calls[kPendingMax];
  char line[kLineBytes];
  char borrowed[kHeadBytes + kLineBytes]; // of the application's memory
};
extern State state;

} // namespace mayfly::trace
