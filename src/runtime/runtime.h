// Running a wasm file on a runtime that the machine has. The JavaScript runtimes get the
// embedded host (host.mjs, launch.mjs); the others have a WASI of their own, of which a
// packed module uses the streams, clocks, random, arguments and exit.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mayfly::runtime {

enum class Kind : uint8_t { node, deno, bun, wasmtime, wasmer, wazero, iwasm, wasmedge };

struct Runtime {
  Kind kind;
  std::string path; // of the executable
};

// What to run. Lifetimes: borrowed only during run().
struct Request {
  std::string path;               // the file; with `bytes` given, only its base name is used
  std::span<const uint8_t> bytes; // a module that exists in memory only; empty: read `path`
  std::vector<std::string> args;  // without the program's name, which is the file's base name
  std::vector<std::string> env;   // "KEY=VALUE"; the program sees these and no others

  // What messages call the module; empty: `path`.
  std::string shown;
  // Directories of the host's: the name that the module knows, and the path here. Each is a preopen.
  std::vector<std::pair<std::string, std::string>> dirs;
  // An export to call instead of _start: a reactor is initialized first. `args` are its arguments, of the
  // types that `invoke_types` has a letter for, each (i i32, I i64, f f32, F f64); what it returns is
  // printed.
  std::string invoke, invoke_types;

  // The lines of a traced module: what it writes to descriptor `trace_fd` goes to `trace_file`, or to
  // standard error. Only where has_trace_descriptor(); 0: there is none, and the lines are for descriptor 2.
  uint32_t trace_fd = 0;
  std::string trace_file;
  uint32_t trace_stack = 0; // not 0: below each line the functions on the stack with smaller numbers
};

// The names `find` knows, in the order in which it looks for them.
std::span<const std::string_view> names();

// `wanted`: empty for the first known runtime on PATH, a name ("bun"), or a path whose base name
// starts with a known name ("/opt/node-26/bin/node", "./node26"). Errors say what was looked for.
std::expected<Runtime, std::string> find(std::string_view wanted);

// Whether it can give a module a descriptor besides the standard ones (Request::trace_fd), and tells the
// tracer when the program has trapped: the JavaScript runtimes, whose host is ours.
bool has_trace_descriptor(Kind kind);

// Whether it tells which functions of a module are on the stack (Request::trace_stack).
bool has_stack(Kind kind);

// Whether the host is ours: it shows what a module wrote into its own /.mayfly/stdout, and knows its exit
// code.
bool has_our_host(Kind kind);

// Whether it can call an export other than _start.
bool can_invoke(Kind kind);

// The whole command, argv[0] included. `file` is the wasm file, `host_dir` the directory that holds
// host.mjs and launch.mjs (used for JavaScript runtimes only).
std::vector<std::string> command_line(const Runtime &runtime, const Request &request, std::string_view file,
                                      std::string_view host_dir);

// Runs to the end with the caller's standard streams, passing on signals that were sent to this
// process. Gives the exit code, or 128 + signal. Temporary files are gone afterwards, whatever happened.
std::expected<int, std::string> run(const Runtime &runtime, const Request &request);

// The embedded sources, so that they can be written out for users of other hosts.
std::string_view host_source();   // host.mjs
std::string_view launch_source(); // launch.mjs

} // namespace mayfly::runtime
