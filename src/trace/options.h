// What a trace shows and where it goes: the options of `mayfly strace`, for encode_native.h.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trace/config.h"

namespace mayfly::trace {

enum class Summary : uint8_t {
  none,
  only, // -c: no lines
  both, // -C
};

struct Options {
  Format format = Format::text;
  Summary summary = Summary::none; // text only
  uint32_t string_max = 32;        // -s: bytes of a buffer; at most kStringMax
  uint32_t list_max = 16;          // buffers of a list, directory entries, …
  bool show_paths = false;         // -y
  bool relative_time = false;      // -r: time since the call before
  bool spent_time = false;         // -T: time in the call
  uint32_t wall_time = 0;          // -t: 1 the time of day, 2 with microseconds, 3 as seconds since 1970
  uint8_t statuses = 0;            // -e status: bits of trace::status; 0: however a call ended
  std::vector<std::string> only;   // -P: only calls about these paths
  bool verbose = false;            // -v: rights of WASI, too
  std::string header;              // lines before the first call; text only; with their newlines

  uint32_t sink_fd = 2; // descriptor for wasi_snapshot_preview1.fd_write
  // Instead of sink_fd: a file that is made by wasi_snapshot_preview1.path_open below the directory
  // `into_fd`, and opened and closed for each line, so that no descriptor of the application's is taken.
  std::optional<std::string> into_path;
  uint32_t into_fd = 3;

  // -y: descriptors and their names that are known beforehand. The standard streams are by themselves.
  std::vector<std::pair<uint32_t, std::string>> descriptors;
};

// Whether descriptors have to be followed.
inline bool follows(const Options &options) { return options.show_paths || !options.only.empty(); }

inline constexpr uint32_t kStringMax = 1u << 20, kListMax = 4096;

// -e fault=CALL:error=ENOSPC:when=...: which calls fail. when=N is {N, 1, N}, N+ is {N, 1, ~0u},
// N+STEP is {N, STEP, ~0u}, N..M is {N, 1, M}.
struct Fault {
  uint32_t error; // WASI's number (Emscripten's are the same); 0: the call is made, and only takes longer
  uint32_t first = 1, step = 1, last = ~0u;
  uint32_t enter_us = 0, exit_us = 0; // waits before and after it
};

// A function that the linker wraps.
struct Function {
  std::string module, field;
  std::vector<uint8_t> params, results; // value types as the binary format has them (0x7f: i32, …)
  // Under which name it is described, where that is another: minified imports, "" otherwise.
  std::string known_module, known_field;
  bool traced = true; // false: wrapped because -y must see it (follows_descriptors), or proc_exit, or it ends
                      // the program
  bool reaches_host = false; // marked in the output; set it only in modules with a filesystem inside
  std::optional<Fault> fault;
};

} // namespace mayfly::trace
