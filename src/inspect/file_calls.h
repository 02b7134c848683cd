// Can a module get at files, and through which of its imports? A pack serves those of WASI; it must not
// promise anything to a module that asks for files in another way, and it has nothing to do for one that
// never asks.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "inspect/inspect.h"

namespace mayfly::inspect {

struct FileCall {
  std::string import; // "env.__syscall_openat", "a.k"
  std::string name;   // what it is called in its interface: "__syscall_openat"; empty when that is not known
};

struct FileCalls {
  std::vector<FileCall> wasi;       // that name a file or list a directory: path_open, fd_readdir, …
  std::vector<FileCall> emscripten; // the same of Emscripten's JavaScript
  bool guessed = false;             // some names are minified and no glue told them: those go by the code
  bool any() const { return !wasi.empty() || !emscripten.empty(); }
};

// `reached`: by function, whether anything can call it (reach.h); others count for nothing. `names`: by
// import, the names that the glue told (glue_names); may be empty.
//
// Minified names without glue are told by the code. The C library calls the system calls on paths with
// AT_FDCWD (-100) as the directory, and opens with O_LARGEFILE, so a function that has such a constant
// shortly before it calls an import of a fitting type asks for files. A program that only asks about files
// (stat, before Emscripten 3.1.10) escapes; one that opens any does not.
FileCalls find_file_calls(const wasm::Module &, const std::vector<bool> &reached,
                          std::span<const std::string> names = {});

// The names of a module's imports, by import, from Emscripten's JavaScript; empty strings for those that it
// does not tell. Nothing when the text has no table of imports that fits the module.
std::optional<std::vector<std::string>> glue_names(const wasm::Module &, std::string_view javascript);

} // namespace mayfly::inspect
