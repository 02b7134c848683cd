// Mutates real modules, applications and (behind --layers) users' layers, and holds every output of the
// linker to independent validators.
//
// Property: link() of a damaged module gives an error with a message, or an output that
// wasm-validate accepts. Where the module uses what this wabt does not know, the output counts as
// good when the JavaScript engine accepts it. Mutants that turned to garbage collection or typed
// references are counted apart: the validator does not check those types (validate.h).
//
// Mutations keep the framing (section and body sizes) right most of the time, so that they reach
// the rules behind it. A failure prints the seed and keeps the input:
//   link_mutate --seed N --count 1 MODULE... --layers LAYER...
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "inspect/scan.h"
#include "link/link.h"
#include "wasm/module.h"

extern "C" const uint8_t mayfly_layer_linktest_begin[], mayfly_layer_linktest_end[];

using namespace mayfly;
using File = std::vector<uint8_t>;

namespace {

struct Random {
  std::mt19937_64 engine;
  uint64_t below(uint64_t n) { return n ? engine() % n : 0; }
  uint8_t byte() {
    static constexpr uint8_t likely[] = {0,    1,    2,    0x0b, 0x0c, 0x10, 0x1a, 0x20,
                                         0x23, 0x28, 0x3f, 0x40, 0x41, 0x60, 0x6a, 0x70,
                                         0x7b, 0x7e, 0x7f, 0x80, 0xd2, 0xfb, 0xfc, 0xff};
    return below(2) ? likely[below(sizeof likely)] : static_cast<uint8_t>(engine());
  }
};

void damage(File &bytes, Random &random) {
  size_t at = random.below(bytes.size());
  auto pos = bytes.begin() + static_cast<long>(at);
  switch (random.below(5)) {
  case 0:
    bytes.insert(pos, random.byte());
    return;
  case 1:
    if (!bytes.empty()) bytes.erase(pos);
    return;
  case 2:
    if (!bytes.empty()) *pos ^= static_cast<uint8_t>(1u << random.below(8));
    return;
  case 3: { // repeat a short stretch elsewhere
    if (bytes.empty()) return;
    size_t n = std::min<size_t>(bytes.size() - at, 1 + random.below(8));
    File stretch(pos, pos + static_cast<long>(n));
    bytes.insert(bytes.begin() + static_cast<long>(random.below(bytes.size())), stretch.begin(),
                 stretch.end());
    return;
  }
  default:
    if (!bytes.empty()) *pos = random.byte();
  }
}

// Damages one section, or one function body, and writes the sizes anew.
File mutate_framed(const wasm::Module &m, Random &random) {
  wasm::Buffer out;
  out.append(m.file.first(8));
  size_t victim = random.below(m.sections.size());
  for (size_t i = 0; i < m.sections.size(); ++i) {
    const wasm::Section &s = m.sections[i];
    if (i == victim && random.below(20) == 0) continue; // drop it
    File payload(m.file.begin() + s.payload.begin, m.file.begin() + s.payload.end);
    if (i == victim && s.id == wasm::section_code && !m.code.empty()) {
      const wasm::Code &code = m.code[random.below(m.code.size())];
      File body(m.file.begin() + code.body.begin, m.file.begin() + code.body.end);
      for (uint64_t k = 1 + random.below(3); k-- > 0;) damage(body, random);
      wasm::Buffer fresh;
      fresh.append(m.file.subspan(s.payload.begin, code.size_at - s.payload.begin))
          .leb(body.size())
          .append(body);
      payload = std::move(fresh.append(m.file.subspan(code.body.end, s.payload.end - code.body.end)).bytes);
    } else if (i == victim) {
      for (uint64_t k = 1 + random.below(3); k-- > 0;) damage(payload, random);
    }
    out.u8(s.id).leb(payload.size()).append(payload);
    if (i == victim && random.below(50) == 0) out.u8(s.id).leb(payload.size()).append(payload);
  }
  return std::move(out.bytes);
}

File mutate(const File &original, Random &random) {
  auto m = wasm::read_module(original);
  if (m && !m->sections.empty() && random.below(8)) return mutate_framed(*m, random);
  File bytes = original;
  if (random.below(10) == 0) bytes.resize(random.below(bytes.size()));
  for (uint64_t k = 1 + random.below(4); k-- > 0;) damage(bytes, random);
  return bytes;
}

void write(const std::string &path, const File &bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

bool beyond_the_validator(const File &module) {
  auto m = wasm::read_module(module);
  auto found = m ? inspect::scan(*m) : std::unexpected(wasm::Error{});
  return found && (found->proposals.has(inspect::Proposal::gc) ||
                   found->proposals.has(inspect::Proposal::function_references));
}

bool accepted(const std::string &path) {
  std::string wabt =
      "wasm-validate --enable-exceptions --enable-threads --enable-tail-call --enable-memory64 "
      "--enable-multi-memory --enable-extended-const --enable-relaxed-simd " +
      path + " >/dev/null 2>&1";
  if (std::system(wabt.c_str()) == 0) return true;
  const char *node = std::getenv("MAYFLY_NODE_NEW");
  std::string engine = std::string(node ? node : "node") +
                       " -e \"process.exit(WebAssembly.validate(require('fs').readFileSync('" + path +
                       "')) ? 0 : 1)\" >/dev/null 2>&1";
  return std::system(engine.c_str()) == 0;
}

} // namespace

int main(int argc, char **argv) {
  uint64_t seed = 1, count = 200, linked = 0, refused = 0, beyond = 0;
  std::vector<File> originals, layers;
  bool layers_follow = false;
  std::string scratch = "link_mutate";
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    if (arg == "--seed")
      seed = std::strtoull(argv[++i], nullptr, 10);
    else if (arg == "--count")
      count = std::strtoull(argv[++i], nullptr, 10);
    else if (arg == "--scratch")
      scratch = argv[++i];
    else if (arg == "--layers")
      layers_follow = true;
    else {
      std::ifstream in(arg, std::ios::binary);
      (layers_follow ? layers : originals)
          .emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
  }
  if (originals.empty())
    return std::fprintf(stderr, "usage: link_mutate [--seed N] [--count N] MODULE... [--layers LAYER...]\n"),
           2;
  static const File region(4096, 1);
  for (uint64_t k = seed; k < seed + count; ++k) {
    Random random{std::mt19937_64(k)};
    bool mutate_layer = !layers.empty() && random.below(3) == 0;
    File mutant = mutate_layer ? mutate(layers[random.below(layers.size())], random)
                               : mutate(originals[random.below(originals.size())], random);
    const File &app = mutate_layer ? originals[random.below(originals.size())] : mutant;
    link::Options o;
    o.layer = {mayfly_layer_linktest_begin, mayfly_layer_linktest_end};
    o.image.region = region;
    if (mutate_layer) {
      o.layer = mutant;
      o.layer_name = "mutant.wasm";
      o.open_downcalls = true;
      o.image = {};
    }
    o.placement = random.below(2) ? link::Placement::isolated : link::Placement::shared;
    o.forward = {"fd_write", "proc_exit"};
    link::Report report;
    auto out = link::link(app, o, report);
    if (!out) {
      ++refused;
      if (out.error().message.empty())
        return std::fprintf(stderr, "seed %llu: an error without a message\n",
                            static_cast<unsigned long long>(k)),
               1;
      continue;
    }
    ++linked;
    write(scratch + ".out.wasm", *out);
    if (accepted(scratch + ".out.wasm")) continue;
    if (beyond_the_validator(*out)) {
      ++beyond;
      continue;
    }
    write(scratch + ".bad.wasm", mutant);
    std::fprintf(stderr, "seed %llu: the output is not valid; the input is kept as %s.bad.wasm\n",
                 static_cast<unsigned long long>(k), scratch.c_str());
    return 1;
  }
  std::printf("%llu mutants: %llu refused, %llu linked, of these %llu not valid in ways not checked\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(refused),
              static_cast<unsigned long long>(linked), static_cast<unsigned long long>(beyond));
  return 0;
}
