// What is written from the description of the ABIs into the repository: docs/abi.md, and the constants of the
// JavaScript host, which must need no build step.
//
//   abi_reference SOURCE_DIRECTORY           writes them
//   abi_reference --check SOURCE_DIRECTORY   fails when one is not what it would write (the test
//   abi.reference)
#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "abi/table.h"

namespace mayfly::abi {
namespace {

constexpr Module kPreview1 = Module::wasi_snapshot_preview1, kUnstable = Module::wasi_unstable;

std::string str(StrView s) { return {s.ptr, s.len}; }

struct SetName {
  Set set;
  const char *name;
};
constexpr SetName kSets[] = {
#define SET(name, type, zero) {Set::name, #name},
#define VALUE(id, number, shown)
#define END
#include "abi/values.def"
};
std::string name_of(Set set) {
  for (const SetName &s : kSets)
    if (s.set == set) return s.name;
  return "";
}

// The ids of a set's values, in the order of values_of.
std::vector<std::string> ids_of(Set set) {
  switch (set) {
  case Set::none:
    return {};
#define SET(name, type, zero)                                                                                \
  case Set::name:                                                                                            \
    return {
#define VALUE(id, number, shown) #id,
#define END                                                                                                  \
  }                                                                                                          \
  ;
#include "abi/values.def"
  }
  return {};
}

std::string name_of(Record record) {
  constexpr const char *names[] = {"",        "iovec",   "fdstat", "filestat", "prestat",  "subscription",
                                   "event",   "dirent",  "stat",   "statfs",   "timespec", "pollfd",
                                   "fd_pair", "dirent64"};
  return names[static_cast<size_t>(record)];
}

std::string name_of(Dialect dialect) {
  constexpr const char *names[] = {"`wasi_snapshot_preview1`", "`wasi_unstable`",  "before 3.1.16",
                                   "3.1.16 to 3.1.41",         "3.1.42 to 4.0.11", "4.0.12 and newer"};
  return names[static_cast<size_t>(dialect)];
}

// --- docs/abi.md

std::string parameters(const Function &f) {
  std::string list;
  for (const Param &p : f) {
    list += (list.empty() ? "" : ", ") + str(p.name);
    if (core_type(p.kind) == CoreType::i64) list += " i64";
    if (p.set != Set::none) list += ": " + name_of(p.set);
    if (p.record != Record::none) list += ": " + name_of(p.record);
  }
  return "(" + list + ")";
}

const char *reaches_host(Forward f) {
  switch (f) {
  case Forward::never:
    return "never";
  case Forward::always:
    return "unless `--hermetic`";
  case Forward::args:
    return "without `--arg`";
  case Forward::env:
    return "without `--env`";
  case Forward::streams:
    return "with `--stdio host` or `--host-dir`";
  case Forward::host_dirs:
    return "with `--host-dir`";
  }
  return "";
}

void wasi(std::string &out) {
  out += "## WASI preview 1\n\n"
         "Modules `wasi_snapshot_preview1` and `wasi_unstable`. Parameters are i32 where nothing else is "
         "said. The\n"
         "result is an errno; what a call gives is stored behind its last parameters. *differs*: the two "
         "modules\n"
         "encode an argument or result otherwise.\n\n"
         "| function | group | | goes on to the host |\n| --- | --- | --- | --- |\n";
  for (const Function &f : functions(kPreview1)) {
    std::string note = f.returns == Returns::never ? "; has no result" : "";
    if (f.differs) note += "; *differs*";
    if (!f.in_unstable) note += "; not in `wasi_unstable`";
    out += fmt::format("| `{}{}` | {} | {}{} | {} |\n", str(f.name), parameters(f), str(group_name(f.group)),
                       str(f.meaning), note, reaches_host(f.forward));
  }
}

void emscripten(std::string &out) {
  out += "\n## Emscripten\n\n"
         "Module `env`. A result is a value or a negative errno, and a path ends with a NUL. A 64-bit "
         "parameter is\n"
         "two i32 in modules without WASM_BIGINT. These calls are described, for `inspect` and `strace`; a "
         "packed\n"
         "module does not serve them yet.\n\n"
         "| function | group | | versions |\n| --- | --- | --- | --- |\n";
  for (const Function &f : functions(Module::env))
    out += fmt::format("| `{}{}` | {} | {} | {} |\n", str(f.name), parameters(f), str(group_name(f.group)),
                       str(f.meaning), str(f.versions));
}

std::string dialects(const Structure &s) {
  if (s.first == s.last) return name_of(s.first);
  if (s.first == Dialect::snapshot) return "both modules";
  if (s.first == Dialect::emscripten_oldest && s.last == Dialect::emscripten_4_0_12) return "every version";
  if (s.last == Dialect::emscripten_4_0_12)
    return s.first == Dialect::emscripten_3_1_42 ? "3.1.42 and newer" : "3.1.16 and newer";
  return "before 4.0.12";
}

void structures(std::string &out) {
  out += "\n## Structures\n\nFields with their offset and size in bytes.\n\n"
         "| structure | in | bytes | fields |\n| --- | --- | ---: | --- |\n";
  for (const Structure &s : kStructures) {
    std::string fields;
    for (const Field &f : s) {
      fields += fmt::format("{}`{}` {}/{}", fields.empty() ? "" : ", ", str(f.name), f.at, f.width);
      if (f.set != Set::none && f.set != Set::errnos) fields += " " + name_of(f.set);
      if (f.when != kAlways) fields += fmt::format(" ({} {})", str(s.tag), f.when);
    }
    out += fmt::format("| {} | {} | {} | {} |\n", name_of(s.record), dialects(s), s.bytes, fields);
  }
  out += "\n`dirent` and `dirent64` are followed by the name; `dirent64` takes 280 bytes with it.\n";
}

void values(std::string &out) {
  out += "\n## Values\n\n| set | values |\n| --- | --- |\n";
  for (const SetName &s : kSets) {
    std::string list;
    for (const Value &v : values_of(s.set))
      list += fmt::format("{}{} {}", list.empty() ? "" : ", ", str(v.name),
                          v.value >= 0x2000 ? fmt::format("{:#x}", v.value) : fmt::format("{}", v.value));
    out += fmt::format("| {} | {} |\n", s.name, list.empty() ? "none is defined" : list);
  }
}

std::string document() {
  std::string out =
      "# ABI reference\n\n"
      "Written by `abi_reference` from `src/abi` (CONTRIBUTING.md, \"Adding a function\"); a test\n"
      "compares. How the calls behave is in [wasi.md](wasi.md).\n\n";
  wasi(out);
  emscripten(out);
  structures(out);
  values(out);
  return out;
}

// --- host-js/host.mjs

// name = {a, b, c}; in lines of at most 110 columns.
std::string object(const std::string &begin, const std::vector<std::string> &members,
                   const std::string &indent, const std::string &end) {
  std::string out = begin + "{", line = out;
  out.clear();
  for (size_t i = 0; i < members.size(); i++) {
    std::string member = members[i] + (i + 1 < members.size() ? "," : "");
    if (line.size() + member.size() + 3 > 110) {
      out += line + "\n";
      line = indent + "  " + member;
    } else {
      line += (line.ends_with("{") ? "" : " ") + member;
    }
  }
  return out + line + "}" + end + "\n";
}

std::string constants(const std::string &name, Set set, const char *suffix = "") {
  std::vector<std::string> members, ids = ids_of(set);
  Values values = values_of(set);
  for (u32 i = 0; i < values.count; i++)
    members.push_back(fmt::format("{}: {}{}", ids[i], values.values[i].value, suffix));
  return object("const " + name + " = ", members, "", ";");
}

std::string layouts(Module module) {
  std::string out = fmt::format("  {}: {{\n", str(module_name(module)));
  for (const Structure &s : kStructures) {
    Dialect d = dialect_of(module);
    if (d < s.first || s.last < d) continue;
    std::vector<std::string> members{fmt::format("bytes: {}", s.bytes)};
    for (const Field &f : s)
      if (find_field(s, f.name) == &f) // of the members of a union that are called the same, one
        members.push_back(fmt::format("{}: {}", str(f.name), f.at));
    out += object(fmt::format("    {}: ", name_of(s.record)), members, "    ", ",");
  }
  return out + "  },\n";
}

std::string javascript() {
  std::string out = constants("errno", Set::errnos) + constants("rights", Set::rights, "n") +
                    constants("filetype", Set::filetype) + constants("eventtype", Set::eventtype) +
                    constants("clockid", Set::clockid) + constants("subclockflags", Set::subclockflags);
  return out + "/** Offsets of fields, by import module. */\nconst structures = {\n" + layouts(kPreview1) +
         layouts(kUnstable) + "};\n";
}

constexpr std::string_view kBegin = "// --- Written by abi_reference from src/abi: do not edit.\n";
constexpr std::string_view kEnd = "// --- To here.\n";

// The text with what lies between the two marks replaced; empty when the marks are not there.
std::string between_marks(const std::string &text, const std::string &block) {
  size_t begin = text.find(kBegin), end = text.find(kEnd);
  if (begin == text.npos || end == text.npos || end < begin) return "";
  begin += kBegin.size();
  return text.substr(0, begin) + block + text.substr(end);
}

// ---

std::string read(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

bool put(const std::string &path, const std::string &text, bool check) {
  if (text.empty()) {
    fmt::print(stderr, "abi_reference: {} has no marks between which to write\n", path);
    return false;
  }
  if (read(path) == text) return true;
  if (check) {
    fmt::print(stderr,
               "abi_reference: {} is not what src/abi says; write it with: abi_reference SOURCE_DIRECTORY\n",
               path);
    return false;
  }
  std::ofstream(path, std::ios::binary) << text;
  fmt::print("wrote {}\n", path);
  return true;
}

} // namespace
} // namespace mayfly::abi

int main(int argc, char **argv) {
  using namespace mayfly::abi;
  bool check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != 2 && !check) {
    fmt::print(stderr, "usage: abi_reference [--check] SOURCE_DIRECTORY\n");
    return 2;
  }
  std::string root = argv[argc - 1], host = root + "/host-js/host.mjs";
  bool fine = put(root + "/docs/abi.md", document(), check);
  fine &= put(host, between_marks(read(host), javascript()), check);
  return fine ? 0 : 1;
}
