// libmayfly-pack: puts a filesystem of its own into a WebAssembly module.
//
//     mayfly::PackOptions options;
//     options.preopens = {{.name = "/"}};
//     std::vector<mayfly::Source> sources{mayfly::file_source("/greeting", bytes)};
//     auto packed = mayfly::pack(module, sources, options);
//     if (!packed) complain(packed.error().message); else use(packed->bytes);
//
// This header is the whole interface, and it needs nothing but the standard library. The library reads and
// writes no files, starts no programs, prints nothing, and keeps no state between calls. It gets bytes and
// callbacks and gives bytes and a report. It compiles natively and to wasm32 (docs/architecture.md, "The
// library").
//
// Ownership: every span that a caller passes must stay valid until pack() returns; nothing refers to it
// afterwards. Everything that pack() gives is the caller's.
//
// Errors are values. The library throws nothing of its own; where memory runs out, std::bad_alloc leaves it
// in a build with exceptions, and a build without them ends.
//
// Threads: calls from several threads are independent of each other.
//
// Determinism: the same module, entries in the same order, and options give the same bytes on every machine.
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mayfly {

// ---- errors ------------------------------------------------------------------------------

// Why there is no pack.
struct PackError {
  enum class Kind : uint8_t {
    module, // the module cannot be packed, or is no module
    source, // an entry of a source, or the whole of them
    layer,  // a layer of the caller's own
    option, // an option that means nothing here
  };
  Kind kind = Kind::module;
  std::string where;   // module, entry or option; with the section and the offset in a module; may be empty
  std::string message; // what is wrong, as a clause without a period
  std::string hint;    // what to do instead; may be empty
};

// ---- what goes into the filesystem -------------------------------------------------------

// Where the bytes of a file are put while they are read.
class ContentRoom {
public:
  virtual ~ContentRoom() = default;
  // Writable room for at least `bytes` bytes, from the beginning of the file. A later call with a larger
  // number keeps what was written and may move it: earlier spans are invalid then. Error: the files are
  // together larger than one module can hold (4 GiB), or memory is short.
  virtual std::expected<std::span<uint8_t>, PackError> at_least(uint64_t bytes) = 0;
};

struct Entry {
  enum class Type : uint8_t { directory, file, symlink, hard_link };
  Type type = Type::file;
  // Below the place of the source: "a/b", "/a/b" and "./a//b" are the same. "" is the place itself, which can
  // only be a directory. At most 255 bytes a name and 4,095 bytes with the place; no "..", no NUL byte.
  // Directories on the way that no entry names are made with mode 0755. A later entry replaces an earlier one
  // of the same path; a directory over a directory keeps what is in it.
  std::string path;
  uint32_t mode = 0644; // permission bits, 07777
  int64_t mtime_ns = 0; // nanoseconds since 1970
  std::string target;   // symlink: where it leads, 1 to 4,095 bytes; hard_link: the path of an earlier entry
  std::string where;    // what messages call it; empty: `path`
  // file: writes the bytes into the room and gives their number, at most the size of the last span that it
  // got. Called at most once, before add() returns. Empty: the file is empty.
  std::function<std::expected<uint64_t, PackError>(ContentRoom &)> read;
};

// What a source gives its entries to.
class EntrySink {
public:
  virtual ~EntrySink() = default;
  // Error: the entry cannot be packed. The source should then end with this error.
  virtual std::expected<void, PackError> add(const Entry &entry) = 0;
};

// A part of the filesystem. Sources overlay each other in their order.
struct Source {
  std::string at = "/"; // the directory that its entries are in; made if it is missing
  // Adds its entries in an order that depends on the source alone. Called once. An error ends the pack.
  std::function<std::expected<void, PackError>(EntrySink &)> feed;
};

// One file of these bytes, which must stay valid until pack() returned.
Source file_source(std::string path, std::span<const uint8_t> bytes, uint32_t mode = 0644,
                   int64_t mtime_ns = 0);

// ---- options -----------------------------------------------------------------------------

// Where the filesystem lives.
enum class Placement : uint8_t {
  shared,   // in the memory of the application, above what it has; runs on every runtime
  isolated, // in a memory of its own; needs a runtime with multi-memory
};

// What descriptors 0, 1 and 2 are.
enum class Stdio : uint8_t {
  host, // the host's streams
  null, // /dev/null
  file, // the files stdin, stdout and stderr of /.mayfly; a stdin that a source brings is kept
};

// Where the times of files come from.
enum class Clock : uint8_t {
  automatic, // the host for a program that can change files and look at their times; else what the program
             // has
  host,      // the host, and its clock_time_get is imported
  counter,   // the counter, for the program's own looks at the clock as well: the host's clock is never asked
};

// A directory that the program finds by name (fd_prestat_dir_name): descriptors 3, 4, … in their order.
struct Preopen {
  std::string name; // as the program sees it, and the directory's path inside
  bool host =
      false; // the host's directory of this name instead: it stays outside, and all calls may go there
};

// What answers an import instead of the host.
struct Stub {
  std::string module, field;
  enum class Answer : uint8_t { trap, zero, error } answer = Answer::zero;
  int error_number = 0; // of WASI preview 1; Emscripten's functions answer it negated
  std::string text;     // what messages call it; empty: "MODULE.FIELD"
};

// A layer of the caller's own (docs/layers.md).
struct UserLayer {
  std::string name; // for messages and the report
  std::span<const uint8_t> bytes;
};

struct PackOptions {
  std::string name = "app.wasm"; // of the module, in messages and the report
  // argv[0] of baked-in arguments; empty: `name` without its directories.
  std::string program;
  Placement placement = Placement::shared;
  std::string glue;      // name of Emscripten's JavaScript of the module, for messages; empty: there is none
  std::string glue_text; // and what is in it: it tells the minified names of imports

  // The world of the program.
  std::vector<Preopen> preopens; // missing directories are made; none: the program finds no file
  Stdio stdio = Stdio::host;
  std::optional<std::vector<std::string>> args; // without argv[0]; unset: the host's
  std::optional<std::vector<std::string>> env;  // "KEY=VALUE"; unset: the host's
  bool hermetic =
      false;         // no imports at all: args, env, clock, random numbers and exit are inside. Sets args and
                     // env to empty lists where they are unset. Stdio::host and host directories are errors.
  uint64_t seed = 0; // of the random numbers of `hermetic`
  Clock clock = Clock::automatic; // Clock::host is an error where `hermetic` is set

  // The rules of the filesystem.
  bool read_only = false;                // every change fails with EROFS
  uint32_t uid = 0, gid = 0;             // who the program is; uid 0 may do everything
  uint32_t owner_uid = 0, owner_gid = 0; // whose the packed files are
  uint32_t umask = 022;
  uint64_t max_bytes = ~uint64_t{0};  // for files and directories, at least 65,536; beyond: ENOSPC
  uint32_t max_inodes = ~uint32_t{0}; // files and directories, at least 16; beyond: ENOSPC
  uint32_t max_fds = 4096;            // open descriptors, 4 to 1,048,576; beyond: EMFILE
  int64_t time_ns = 0;                // of directories that no entry names, and where a hermetic clock begins
  std::optional<int64_t> mtime_ns_max; // later times of entries become this one

  // What reaches the host.
  std::vector<Stub> stubs;         // of these imports; one that the module does not have is an error
  std::vector<std::string> denied; // groups of calls that answer EPERM: file, desc, clock, …, or all
  bool keep_unused = false;        // imports that nothing in the module can reach stay
  std::vector<std::string> keep; // "MODULE.FIELD" of filesystem calls that stay though the module makes none

  std::vector<UserLayer> layers_above, layers_below; // the filesystem; each from top to bottom

  // Told when a phase begins ("linking"); may be empty.
  std::function<void(std::string_view phase)> on_phase;
  // SHA-256 of bytes: finds equal files and identifies the content. Empty: the library's own, which needs no
  // other library and is a few times slower than one with the processor's instructions.
  std::function<std::array<uint8_t, 32>(std::span<const uint8_t>)> sha256;
};

// ---- the result --------------------------------------------------------------------------

// An import of the module and what became of it.
struct ImportReport {
  std::string module, field;
  std::string kind;      // "func", "memory", "table", "global", "tag"
  bool served = false;   // by the filesystem or another layer
  bool imported = false; // still an import of the output
  bool unused = false;   // removed, because nothing could reach it
  std::string stub;      // what answers instead of the host: "trap", "zero", "errno EPERM"; empty: nothing
  std::string why;       // one clause when imported: "standard streams", …
};

// A layer of the output. Only filled when the caller brought layers.
struct LayerReport {
  std::string name;
  bool user = false;
  std::vector<std::string> serves;        // "MODULE.FIELD" of what it answers
  std::vector<std::string> added_imports; // what the output asks the host for because of it alone
  uint64_t code_bytes = 0;
};

// What was done. Sizes are bytes unless they say otherwise.
struct PackReport {
  std::string name;     // of the options
  std::string platform; // what the module was made for, for people
  uint64_t input_bytes = 0, output_bytes = 0;
  Placement placement = Placement::shared; // the one used
  std::vector<ImportReport> imports;       // in the module's order
  std::vector<std::string>
      added_imports;               // "MODULE.FIELD" of what the module did not import and the output does
  std::vector<LayerReport> layers; // top to bottom
  uint32_t files = 0, directories = 0, symlinks = 0; // of the filesystem; a hard link counts again
  std::vector<std::string> preopens;
  uint64_t file_bytes = 0;          // of packed files, before equal ones were joined
  uint64_t content_bytes = 0;       // of packed files, as the output holds them
  uint64_t region_bytes = 0;        // of the filesystem's structures, as the output holds them
  uint64_t region_memory_bytes = 0; // and what they take in memory
  uint64_t code_bytes = 0;          // by which the code grew
  uint32_t layer_functions_kept = 0, layer_functions_total = 0;
  uint32_t memory_pages_before = 0, memory_pages_after = 0; // of 64 KiB, at the start
  std::vector<std::string> dropped_sections; // custom sections whose offsets would no longer hold
  std::vector<std::string> remarks;          // sentences of the linker, for who wants to know everything
  std::vector<std::string> notes;            // sentences that everybody should read
  std::vector<std::string> asides; // sentences for who packs; who runs the module has no use for them
};

struct Packed {
  std::vector<uint8_t> bytes;
  PackReport report;
};

// Packs `module`, a core module for WASI preview 1, with what `sources` bring. Untrusted bytes of a module
// give an error, never a crash. Takes time and memory in proportion to the module and the files; the files
// are held once. On an error nothing is produced, and no callback is called any more.
std::expected<Packed, PackError> pack(std::span<const uint8_t> module, std::span<const Source> sources,
                                      const PackOptions &options);

} // namespace mayfly
