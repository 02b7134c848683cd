// The scan: the one pass of a link over the application's instructions, and by far its longest part. It
// depends on nothing but the module, so a caller may have it made beforehand, on another thread.
#pragma once
#include <cstdint>
#include <expected>
#include <vector>

#include "wasm/module.h"

namespace mayfly::link {

// A place in the application's file whose bytes depend on the link.
enum class SiteKind : uint8_t { func_index, finish, memory_size, memory_grow };
struct Site {
  uint32_t offset; // func_index: of the LEB128; otherwise of the instruction
  uint8_t length;
  SiteKind kind;
  uint32_t value; // the function, or the memory
};

struct CodeScan {
  wasm::Bytes file;        // the module that was scanned
  uint32_t func_limit = 0; // `sites` names the functions below this index
  std::vector<Site>
      sites; // in the order of the file: names of functions, memory.size and memory.grow of any memory
};

// Validates the code as well, so that a damaged module is an error here and never a broken output.
// `all_functions`: also what names functions that are not imported, of which there are many.
std::expected<CodeScan, wasm::Error> scan_code(const wasm::Module &module, bool all_functions = false);

} // namespace mayfly::link
