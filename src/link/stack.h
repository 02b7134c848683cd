// Several layers under one application: the output of one link is the application of the next.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "link/link.h"

namespace mayfly::link {

// One layer of a stack. `options` are those of its own link, but for `unused`, `stubs` and `hermetic`: those
// of the whole stack are given to link_stack().
struct Storey {
  std::string name; // for people: a file's name, "the filesystem"
  Options options;  // layer_name is not read: user says whether it is `name`
  bool user = false;
};

struct StoreyReport {
  std::string name;
  bool user = false;
  std::vector<std::string> serves; // "MODULE.FIELD" of what it answers, in the order of the imports above it
  std::vector<std::string> added_imports; // what the output asks the host for because of it alone
  uint32_t functions_kept = 0, functions_total = 0;
  uint64_t code_bytes_added = 0;
  Placement placement = Placement::shared;
};

struct StackReport {
  Report whole; // as of one link: fates of the application's own imports, sums of sizes
  std::vector<StoreyReport> storeys;
  std::vector<std::string> notes; // about users' layers: sentences that everybody should read
};

struct StackError {
  std::string layer; // whose module is at fault; empty: the application's
  wasm::Error error;
};

// What is asked of the stack as a whole: see link::Options.
struct StackOptions {
  std::vector<Stub> stubs;
  std::vector<uint32_t> unused;
  bool hermetic = false;
};

// Links `storeys`, top to bottom, under `app`. A user's layer may call whatever it likes: what no layer below
// it serves becomes an import of the output, and is reported. A storey's `may_import` is extended by what
// users' layers below it serve, of what its `forward` allows.
std::expected<std::vector<uint8_t>, StackError> link_stack(std::span<const uint8_t> app,
                                                           std::span<const Storey> storeys,
                                                           const StackOptions &options, StackReport &report);

} // namespace mayfly::link
