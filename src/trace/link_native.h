// Links the trace layer around the calls of a module, of any kind, that the options ask for. Works in memory;
// `mayfly strace` runs or writes the result.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "base/failure.h"
#include "trace/filter_native.h"
#include "link/link.h"
#include "trace/options.h"

namespace mayfly::cli {

struct TraceRequest {
  std::string app; // for messages
  trace::Options options;
  TraceFilter filter;
  link::Placement placement = link::Placement::shared;
  std::string glue;      // name of Emscripten's JavaScript of the module; empty: none
  std::string glue_text; // and what is in it
};

struct Traced {
  std::vector<uint8_t> bytes;
  link::Report link;
  size_t calls = 0;               // functions whose calls are printed
  uint32_t own_functions = 0;     // functions with smaller numbers are the module's, the others the tracer's
  std::vector<std::string> notes; // sentences; link.notes are not among them
};

// The calls that --into makes; a pack has to keep them (link::Options::keep).
std::span<const std::string> calls_behind_into();

// A module without a memory gets one. Errors: what the linker refuses; names of -e that nothing has; a
// fault for a call that cannot fail; --into without a filesystem inside.
std::expected<Traced, Failure> trace_module(std::span<const uint8_t> module, const TraceRequest &request);

} // namespace mayfly::cli
