// Can a module open files, and through which of its imports? A pack serves the imports of WASI. It must
// refuse a module that asks for files in another way, and it has nothing to do for a module that never
// asks.
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

// `reached` says for each function whether anything can call it (reach.h). Functions that nothing can call
// are ignored. `names` has for each import the name that the glue gives it (glue_names); it may be empty.
//
// Without glue, minified names are recognized by the code. The C library passes AT_FDCWD (-100) as the
// directory of system calls on paths, and O_LARGEFILE when it opens a file. A function that has such a
// constant shortly before it calls an import of a fitting type therefore asks for files. A program that
// opens a file is always found. One that only asks about files (stat, before Emscripten 3.1.10) is not.
FileCalls find_file_calls(const wasm::Module &, const std::vector<bool> &reached,
                          std::span<const std::string> names = {});

// The names of a module's imports, by import, from Emscripten's JavaScript; empty strings for those that it
// does not tell. Nothing when the text has no table of imports that fits the module.
std::optional<std::vector<std::string>> glue_names(const wasm::Module &, std::string_view javascript);

} // namespace mayfly::inspect
