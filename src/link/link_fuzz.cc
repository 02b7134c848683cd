// libFuzzer target. Property: for any bytes as the application (or, in a mode, as the layer), link() gives an
// error with a message, or an output that the reader and the validator accept, deterministically.
//
// First byte: bit 0 isolated, bit 1 content, bit 2 hermetic, bit 3 no names, bit 6 the input is the layer:
// with bit 4 a user's one (of any toolchain), bit 1 then says that the application grows and has a table.
#include <cstdio>
#include <cstdlib>

#include "link/link.h"
#include "wasm/validate.h"

extern "C" const uint8_t mayfly_layer_linktest_begin[], mayfly_layer_linktest_end[];

using namespace mayfly;

namespace {

// (module (import "test" "count" (func (result i32))) (memory 1))
constexpr uint8_t small_app[] = {0,   'a', 's',  'm', 1,   0, 0, 0,   1,   5,   1,   0x60,
                                 0,   1,   0x7f, 2,   14,  1, 4, 't', 'e', 's', 't', 5,
                                 'c', 'o', 'u',  'n', 't', 0, 0, 5,   3,   1,   0,   1};

// (module (import "test" "count" (func (result i32))) (memory (export "memory") 1) (table 1 funcref)
//   (func (param i32) (result i32) (memory.grow (local.get 0))))
constexpr uint8_t growing_app[] = {0,    0x61, 0x73, 0x6d, 1,    0,    0,    0,    1,    0x0a, 2, 0x60, 0,
                                   1,    0x7f, 0x60, 1,    0x7f, 1,    0x7f, 2,    0x0e, 1,    4, 0x74, 0x65,
                                   0x73, 0x74, 5,    0x63, 0x6f, 0x75, 0x6e, 0x74, 0,    0,    3, 2,    1,
                                   1,    4,    4,    1,    0x70, 0,    1,    5,    3,    1,    0, 1,    7,
                                   0x0a, 1,    6,    0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2,    0, 0x0a, 8,
                                   1,    6,    0,    0x20, 0,    0x40, 0,    0x0b};

void require(bool holds, const char *what, const std::string &detail = "") {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s %s\n", what, detail.c_str());
  std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  uint8_t mode = data[0];
  std::span<const uint8_t> input(data + 1, size - 1);
  static std::vector<uint8_t> region(3 * 4096, 0);
  region[5] = region[9000] = 1;
  link::Options o;
  o.placement = mode & 1 ? link::Placement::isolated : link::Placement::shared;
  o.layer = {mayfly_layer_linktest_begin, mayfly_layer_linktest_end};
  o.image.region = region;
  if (mode & 2) o.image.content = std::span(region).first(100);
  o.hermetic = mode & 4;
  o.keep_names = !(mode & 8);
  o.forward = {"fd_write", "fd_seek", "notify", "proc_exit"};
  o.exports = {"mayfly_peek"};
  std::span<const uint8_t> app = input;
  if (mode & 0x40) {
    o.layer = input;
    o.exports.clear();
    app = small_app;
  }
  if ((mode & 0x50) == 0x50) {
    o.layer_name = "layer.wasm";
    o.open_downcalls = true;
    o.image = {};
    if (mode & 2) app = growing_app;
  }
  link::Report report;
  auto out = link::link(app, o, report);
  if (!out) {
    require(!out.error().message.empty(), "an error without a message");
    return 0;
  }
  auto again = wasm::read_module(*out);
  require(again.has_value(), "the output cannot be read:", again ? "" : again.error().message);
  auto valid = wasm::validate(*again);
  require(valid.has_value(), "the output is not valid:", valid ? "" : valid.error().message);
  link::Report second;
  auto repeated = link::link(app, o, second);
  require(repeated && *repeated == *out, "two links differ");
  return 0;
}
