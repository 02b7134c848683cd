// The scan: the one pass over the application's instructions.
//
// Almost every byte of an application survives a link unchanged, because the numbering of
// functions is chosen for that (number.cc). The scan finds the few places that do not:
// names of imported functions, and memory.size / memory.grow of A in shared placement. It
// rides on the validator, so that a damaged module is an error here and never a broken output.
#include "link/scan.h"

#include <algorithm>

#include "link/plan.h"
#include "wasm/validate.h"

namespace mayfly::link {

using wasm::Cursor;
using wasm::Range;
using wasm::Space;

namespace {

class Scanner : public wasm::Validator {
public:
  Scanner(const wasm::Module &module, const wasm::TypeFacts &facts, uint32_t func_limit, Cursor &cursor)
      : Validator(module, facts, cursor), func_limit_(func_limit) {}

  std::vector<Site> sites;

  void index(Space space, const uint8_t *instr, const uint8_t *at, uint32_t value) {
    Validator::index(space, instr, at, value);
    if (space == Space::func && value < func_limit_) [[unlikely]]
      sites.push_back({offset(at), static_cast<uint8_t>(c.pos() - at), SiteKind::func_index, value});
    else if (space == Space::memory && (*instr == 0x3f || *instr == 0x40)) [[unlikely]]
      sites.push_back({offset(instr), static_cast<uint8_t>(c.pos() - instr),
                       *instr == 0x40 ? SiteKind::memory_grow : SiteKind::memory_size, value});
  }

private:
  uint32_t offset(const uint8_t *at) const { return static_cast<uint32_t>(at - c.file()); }

  uint32_t func_limit_;
};

void exports(Plan &plan) {
  auto site = [&](Range at, uint32_t func) {
    if (plan.is_site(func))
      plan.sites.push_back({at.begin, static_cast<uint8_t>(at.size()), SiteKind::func_index, func});
  };
  for (const wasm::Export &e : plan.app.exports)
    if (e.kind == wasm::Kind::func && e.index == plan.finish_of && e.name == plan.options.finish_after)
      plan.sites.push_back(
          {e.index_at.begin, static_cast<uint8_t>(e.index_at.size()), SiteKind::finish, e.index});
    else if (e.kind == wasm::Kind::func)
      site(e.index_at, e.index);
  if (plan.app.start) site(plan.app.start_at, *plan.app.start);
}

} // namespace

std::expected<CodeScan, wasm::Error> scan_code(const wasm::Module &module, bool all_functions) {
  CodeScan scan{module.file, all_functions ? ~0u : module.imported_funcs, {}};
  wasm::TypeFacts facts(module);
  auto parts = wasm::walk_module_in_parts<Scanner>(
      module, wasm::walk_parts(module, processors()),
      [&](Cursor &cursor) { return Scanner(module, facts, scan.func_limit, cursor); });
  if (!parts) return std::unexpected(parts.error());
  for (const auto &part : *parts)
    scan.sites.insert(scan.sites.end(), part->visitor.sites.begin(), part->visitor.sites.end());
  return scan;
}

Status scan_app(Plan &plan) {
  // References to functions of the application's own change only where the numbering does, or for hooks.
  bool all = plan.may_shift || !plan.hook_of.empty();
  const CodeScan *scan = plan.options.scan;
  std::expected<CodeScan, wasm::Error> made;
  if (!scan || scan->file.data() != plan.app.file.data() || scan->file.size() != plan.app.file.size() ||
      (all && scan->func_limit != ~0u)) {
    made = scan_code(plan.app, all);
    if (!made) return std::unexpected(made.error());
    scan = &*made;
  }
  bool virtual_memory =
      plan.placement == Placement::shared && plan.app_has_memory; // its size is ours to tell
  for (Site site : scan->sites) {
    if (site.kind == SiteKind::func_index) {
      if (plan.is_site(site.value)) plan.sites.push_back(site);
    } else if (virtual_memory && site.value == plan.app_memory) {
      plan.app_grows |= site.kind == SiteKind::memory_grow;
      site.value = 0;
      plan.sites.push_back(site);
    }
  }
  exports(plan);
  std::sort(plan.sites.begin(), plan.sites.end(),
            [](const Site &a, const Site &b) { return a.offset < b.offset; });
  return {};
}

} // namespace mayfly::link
