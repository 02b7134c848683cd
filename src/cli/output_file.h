// Writing a result so that readers see the old file or the whole new one, never a part.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "cli/report.h"

namespace mayfly::cli {

// Whether `path` can be written at all, told before the work is done: its directory exists and
// it is no directory itself; for "-", that stdout is no terminal.
std::expected<void, Failure> check_output(const std::string &path);

// Makes `bytes` the content of `path`: written to an unnamed or temporary file in the same
// directory, synced, then renamed over it. A symlink is followed; an existing file's mode is
// kept; devices and pipes are written in place; "-" is stdout. On an error `path` is what it was,
// and nothing else is left behind.
// `method` is for tests: `named` is what happens where the filesystem has no unnamed files.
enum class WriteMethod : uint8_t { best, named };
std::expected<void, Failure> write_output(const std::string &path, std::span<const uint8_t> bytes,
                                          WriteMethod method = WriteMethod::best);

} // namespace mayfly::cli
