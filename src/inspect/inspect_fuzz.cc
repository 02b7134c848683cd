// libFuzzer target. Property: for any bytes as the file, inspect() gives an error with a message or facts, of
// which JSON and a page can be made; any text as glue gives names or nothing; content is listed or refused.
//
// What does not start like a module is taken as JavaScript, for a fixed minified module.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "inspect/document.h"

using namespace mayfly;

namespace {

// Imports a.a, a.b, a.c: (func) each.
constexpr uint8_t kMinified[] = {0,   'a', 's', 'm', 1, 0, 0,   0, 1,   4, 1, 0x60, 0,   0, 2,   19, 3, 1,
                                 'a', 1,   'a', 0,   0, 1, 'a', 1, 'b', 0, 0, 1,    'a', 1, 'c', 0,  0};

void require(bool holds, const char *what) {
  if (holds) return;
  std::fprintf(stderr, "property broken: %s\n", what);
  std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  inspect::Document document;
  document.path = "fuzz.wasm";
  wasm::Bytes rest(data, size);
  bool glue = size < 4 || std::memcmp(data, kMinified, 4) != 0;
  auto facts = inspect::inspect(glue ? wasm::Bytes(kMinified) : rest);
  if (!facts) {
    require(!glue && !facts.error().message.empty(), "an error says something");
    return 0;
  }
  document.facts = std::move(*facts);
  if (glue) {
    document.glue = inspect::apply_glue(*document.facts.module,
                                        {reinterpret_cast<const char *>(rest.data()), rest.size()});
  } else if (document.facts.module) {
    auto module = wasm::read_module(rest);
    require(module.has_value(), "what was inspected can be read");
    auto content = inspect::read_content(*module);
    if (content)
      document.content = std::move(*content);
    else
      document.content_error = content.error();
    for (const inspect::ImportFacts &i : document.facts.module->imports)
      if (i.kind == "func")
        require(i.reachable == !i.chain.empty() && i.reachable == !i.from.empty(),
                "who is reachable has a way");
  }
  require(inspect::page_of(document).size() > inspect::json_of(document).size(),
          "the page holds the document");
  return 0;
}
