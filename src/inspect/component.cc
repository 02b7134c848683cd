// The component binary format has the framing of a module, with sections of its own that may
// repeat. Of types nothing is read: the names of imported and exported interfaces say which world a
// component is made for, and its core modules say which functions of them it uses.
#include "inspect/component.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "inspect/toolchain.h"

namespace mayfly::inspect {
namespace {

using wasm::Cursor;

constexpr unsigned kDepthMax = 8;
constexpr size_t kNamesMax = 10000;
constexpr uint8_t kCustom = 0, kCoreModule = 1, kComponent = 4, kImport = 10, kExport = 11;

struct Version {
  unsigned major = 0, minor = 0, patch = 0;
  std::string text;
  auto key() const { return std::tuple(major, minor, patch); }
};

// "wasi:cli/run@0.2.3" -> 0.2.3
std::optional<Version> wasi_version(std::string_view name) {
  size_t at = name.find('@');
  if (!name.starts_with("wasi:") || at == name.npos) return {};
  Version v;
  const char *p = name.data() + at + 1, *end = name.data() + name.size();
  v.text = std::string(p, end);
  for (unsigned *part : {&v.major, &v.minor, &v.patch}) {
    auto [next, error] = std::from_chars(p, end, *part);
    if (error != std::errc{}) return {};
    p = next < end && *next == '.' ? next + 1 : end;
  }
  return v;
}

class ComponentReader {
public:
  ComponentReader(wasm::Bytes file, ComponentFacts &out) : file_(file), out_(out) {}

  std::expected<void, wasm::Error> read(size_t begin, size_t end, unsigned depth) {
    Cursor c(file_, begin + 8, end, "component");
    while (!c.at_end()) {
      uint32_t header = c.offset();
      uint8_t id = c.byte();
      uint32_t size = c.u32();
      if (!c.ok()) return failure("the file is cut off inside a section header of a component", header);
      if (id > 12)
        return failure("unknown section id " + std::to_string(id) +
                           " in a component: the file is corrupt or newer than this version",
                       header);
      if (size > c.left())
        return failure("the file is cut off: a section of a component wants " + std::to_string(size) +
                           " bytes, " + std::to_string(c.left()) + " are left",
                       header);
      size_t from = c.offset(), to = from + size;
      c.skip(size);
      if (auto done = section(id, from, to, depth); !done) return done;
    }
    return {};
  }

private:
  static std::unexpected<wasm::Error> failure(std::string message, uint64_t at) {
    return std::unexpected(wasm::Error{std::move(message), at, ""});
  }

  std::expected<void, wasm::Error> section(uint8_t id, size_t from, size_t to, unsigned depth) {
    if (id == kCoreModule) return core_module(from, to);
    if (id == kComponent) {
      out_.components++;
      if (to - from < 8 || !is_component(file_.subspan(from, to - from)))
        return failure("a nested component does not start like one", from);
      return depth < kDepthMax ? read(from, to, depth + 1) : std::expected<void, wasm::Error>{};
    }
    if (depth > 0) return {};
    Cursor c(file_, from, to, "component");
    if (id == kCustom) {
      if (c.name() == "producers" && c.ok())
        out_.producers = producers_in(file_, c.offset(), static_cast<uint32_t>(to));
    } else if (id == kImport || id == kExport) {
      names(c, id == kExport);
      if (!c.ok()) return std::unexpected(c.take_error());
    }
    return {};
  }

  std::expected<void, wasm::Error> core_module(size_t from, size_t to) {
    out_.modules_total++;
    if (out_.modules.size() == ComponentFacts::kModulesMax) return {};
    auto facts = read_module_facts(file_.subspan(from, to - from));
    if (!facts) {
      wasm::Error error = facts.error();
      if (error.offset != wasm::Error::no_offset) error.offset += from;
      error.message = "in a core module of the component: " + error.message;
      return std::unexpected(std::move(error));
    }
    out_.modules.push_back(std::move(*facts));
    return {};
  }

  void names(Cursor &c, bool exported) {
    uint32_t n = c.count("names", 3);
    for (uint32_t i = 0; i < n && c.ok(); i++) {
      const uint8_t *at = c.pos();
      uint8_t form = c.byte();
      if (form > 2) return c.fail(at, "unknown form of a name");
      std::string name(c.name());
      if (form == 2) options(c);
      if (exported) {
        if (c.byte() == 0) c.byte(); // a core sort has a second byte
        c.u32();
        at = c.pos();
        uint8_t typed = c.byte();
        if (typed > 1) return c.fail(at, "unknown form of an export");
        if (typed) description(c);
      } else {
        description(c);
      }
      if (!c.ok()) return;
      auto &list = exported ? out_.exports : out_.imports;
      if (list.size() < kNamesMax) list.push_back(std::move(name));
    }
  }

  // Attributes of a name: a version suffix and the like, each a kind and a string.
  static void options(Cursor &c) {
    uint32_t n = c.count("attributes of a name", 2);
    for (uint32_t i = 0; i < n && c.ok(); i++) {
      c.byte();
      c.name();
    }
  }

  static void description(Cursor &c) {
    const uint8_t *at = c.pos();
    switch (c.byte()) {
    case 0:
      c.byte();
      c.u32();
      return;
    case 1:
    case 4:
    case 5:
      c.u32();
      return;
    case 2: // a value: equal to another, or of a type
    case 3: // a type: equal to another, or a new resource
      if (c.byte() == 0)
        c.u32();
      else if (*at == 2)
        c.s33();
      return;
    default:
      c.fail(at, "unknown kind of import or export");
    }
  }

  wasm::Bytes file_;
  ComponentFacts &out_;
};

bool has_prefix(const std::vector<std::string> &names, std::string_view prefix) {
  return std::ranges::any_of(names, [&](const std::string &n) { return n.starts_with(prefix); });
}

void find_world(ComponentFacts &facts) {
  std::optional<Version> best;
  for (const auto *names : {&facts.imports, &facts.exports})
    for (const std::string &name : *names)
      if (auto v = wasi_version(name); v && (!best || v->key() > best->key())) best = v;
  facts.wasi = best ? best->text : "none";
  if (has_prefix(facts.exports, "wasi:cli/run@"))
    facts.world = "wasi:cli/command";
  else if (has_prefix(facts.exports, "wasi:http/incoming-handler@"))
    facts.world = "wasi:http/proxy";
  else if (has_prefix(facts.exports, "wasi:http/handler@"))
    facts.world = "wasi:http/service";
  else if (has_prefix(facts.exports, "wasi:filesystem/types@"))
    facts.world = "provides wasi:filesystem";
  else
    facts.world = "library";
}

} // namespace

bool is_component(wasm::Bytes file) {
  static constexpr std::array<uint8_t, 8> magic{0, 'a', 's', 'm', 0, 0, 1, 0};
  // The version (bytes 4 and 5) counts drafts: 0x0d is the one that tools write.
  return file.size() >= 8 && std::equal(magic.begin(), magic.begin() + 4, file.begin()) && file[6] == 1 &&
         file[7] == 0;
}

std::expected<ComponentFacts, wasm::Error> read_component(wasm::Bytes file) {
  ComponentFacts facts;
  if (auto done = ComponentReader(file, facts).read(0, file.size(), 0); !done)
    return std::unexpected(done.error());
  find_world(facts);
  return facts;
}

} // namespace mayfly::inspect
