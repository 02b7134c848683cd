#include "pack/cut.h"

#include <fmt/format.h>

#include <algorithm>

#include "abi/table.h"
#include "base/numbers.h"
#include "base/suggest.h"

namespace mayfly {
namespace {

std::string text_of(StrView s) { return {s.ptr, s.len}; }

std::vector<std::string> group_names() {
  std::vector<std::string> names;
  for (u32 g = 0; g < abi::kGroups; ++g)
    names.push_back(text_of(abi::group_name(static_cast<abi::Group>(g))));
  names.push_back("all");
  return names;
}

std::string joined(const std::vector<std::string> &names) {
  std::string list;
  for (const std::string &name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

// "EPERM", or a number of WASI; -1 when it is neither.
int errno_of(const std::string &text) {
  if (auto number = parse_number(text, abi::kErrnos - 1); number && *number) return static_cast<int>(*number);
  for (u32 e = 1; e < abi::kErrnos; ++e)
    if (text_of(abi::errno_name(e)) == text) return static_cast<int>(e);
  return -1;
}

// The description of what is imported; null where there is none.
const abi::Function *described(const wasm::Import &im) {
  return abi::find({im.module.data(), static_cast<u32>(im.module.size())},
                   {im.field.data(), static_cast<u32>(im.field.size())});
}

bool returns_i32(const wasm::Module &m, const wasm::Import &im) {
  const wasm::Type &t = m.types[im.type];
  return t.results == 1 && m.results(t)[0] == wasm::i32;
}

link::Stub error_stub(const wasm::Import &im, int number, std::string name) {
  const abi::Function *f = described(im);
  bool negative = f && f->returns == abi::Returns::negative;
  return {std::string(im.module), std::string(im.field), false, negative ? -number : number,
          "errno " + std::move(name)};
}

} // namespace

std::string stub_text(const Stub &stub) {
  return stub.text.empty() ? stub.module + "." + stub.field : stub.text;
}

namespace {

std::expected<void, Failure> check_imported(const wasm::Module &m, const Stub &stub) {
  std::vector<std::string> names;
  for (const wasm::Import &im : m.imports) {
    if (im.kind != wasm::Kind::func) continue;
    if (im.module == stub.module && im.field == stub.field) return {};
    names.push_back(wasm::printable(im.module) + "." + wasm::printable(im.field));
  }
  std::string near = nearest(stub.module + "." + stub.field, names);
  return std::unexpected(
      usage("--stub " + stub_text(stub), "the module imports no such function",
            near.empty() ? "mayfly inspect lists what it imports" : fmt::format("did you mean {}?", near)));
}

} // namespace

std::expected<Stub, Failure> parse_stub(const std::string &text) {
  const char *form = "--stub MODULE.NAME=trap, =zero or =errno:EPERM";
  Stub stub;
  stub.text = text;
  size_t equals = text.rfind('='), dot = text.find('.');
  if (equals == text.npos || dot == text.npos || dot > equals || dot == 0 || dot + 1 == equals)
    return std::unexpected(usage("--stub " + text, "is not MODULE.NAME=ANSWER", form));
  stub.module = text.substr(0, dot);
  stub.field = text.substr(dot + 1, equals - dot - 1);
  std::string answer = text.substr(equals + 1);
  if (answer == "trap") {
    stub.answer = Stub::Answer::trap;
  } else if (answer == "zero") {
    stub.answer = Stub::Answer::zero;
  } else if (answer.starts_with("errno:")) {
    stub.answer = Stub::Answer::error;
    stub.error_number = errno_of(answer.substr(6));
    if (stub.error_number < 0)
      return std::unexpected(usage("--stub " + text,
                                   fmt::format("\"{}\" is no errno of WASI", answer.substr(6)),
                                   "for instance errno:EPERM, errno:ENOSYS, errno:EIO"));
  } else {
    return std::unexpected(
        usage("--stub " + text, fmt::format("\"{}\" is none of trap, zero, errno:E", answer), form));
  }
  return stub;
}

std::expected<void, Failure> check_group(const std::string &name) {
  std::vector<std::string> names = group_names();
  if (std::ranges::find(names, name) != names.end()) return {};
  std::string near = nearest(name, names);
  return std::unexpected(
      usage("--deny " + name, "is no group of calls",
            near.empty() ? "groups: " + joined(names) : fmt::format("did you mean {}?", near)));
}

std::expected<std::vector<link::Stub>, Failure> stubs_for(const wasm::Module &m, const PackOptions &cut) {
  std::vector<link::Stub> out;
  for (const std::string &group : cut.denied)
    if (auto known = check_group(group); !known) return std::unexpected(known.error());
  for (const Stub &stub : cut.stubs) {
    if (auto found = check_imported(m, stub); !found) return std::unexpected(found.error());
    for (const wasm::Import &im : m.imports) {
      if (im.kind != wasm::Kind::func || im.module != stub.module || im.field != stub.field) continue;
      if (stub.answer == Stub::Answer::error)
        out.push_back(
            error_stub(im, stub.error_number, text_of(abi::errno_name(static_cast<u32>(stub.error_number)))));
      else
        out.push_back({stub.module, stub.field, stub.answer == Stub::Answer::trap, 0,
                       stub.answer == Stub::Answer::trap ? "trap" : "zero"});
      break;
    }
  }
  bool all = std::ranges::find(cut.denied, "all") != cut.denied.end();
  for (const wasm::Import &im : m.imports) {
    if (im.kind != wasm::Kind::func || cut.denied.empty()) continue;
    const abi::Function *f = described(im);
    bool denied =
        all || (f && std::ranges::find(cut.denied, text_of(abi::group_name(f->group))) != cut.denied.end());
    if (!denied) continue;
    if (f && returns_i32(m, im))
      out.push_back(error_stub(im, static_cast<int>(Errno::perm), "EPERM"));
    else
      out.push_back({std::string(im.module), std::string(im.field), true, 0, "trap"});
  }
  return out;
}

} // namespace mayfly
