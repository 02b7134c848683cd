// The scan: the one pass over the application's instructions.
//
// Almost every byte of an application survives a link unchanged, because the numbering of
// functions is chosen for that (number.cc). The scan finds the few places that do not:
// names of imported functions, and memory.size / memory.grow of A in shared placement. It
// rides on the validator, so that a damaged module is an error here and never a broken output.
#include "link/plan.h"

#include <algorithm>

#include "wasm/validate.h"

namespace mayfly::link {

using wasm::Cursor;
using wasm::Range;
using wasm::Space;

namespace {

class Scanner : public wasm::Validator {
public:
  Scanner(const Plan &plan, const wasm::TypeFacts &facts, Cursor &cursor)
      : Validator(plan.app, facts, cursor), plan_(plan),
        virtual_memory_(plan.placement == Placement::shared && plan.app_has_memory) {}

  std::vector<Site> sites;
  bool app_grows = false;

  void index(Space space, const uint8_t *instr, const uint8_t *at, uint32_t value) {
    Validator::index(space, instr, at, value);
    if (space == Space::func && plan_.is_site(value)) [[unlikely]]
      sites.push_back({offset(at), static_cast<uint8_t>(c.pos() - at), SiteKind::func_index, value});
    else if (space == Space::memory && value == plan_.app_memory) [[unlikely]]
      memory(instr);
  }

private:
  void memory(const uint8_t *instr) {
    if (!virtual_memory_ || (*instr != 0x3f && *instr != 0x40)) return;
    bool grow = *instr == 0x40;
    app_grows |= grow;
    sites.push_back({offset(instr), static_cast<uint8_t>(c.pos() - instr),
                     grow ? SiteKind::memory_grow : SiteKind::memory_size, 0});
  }

  uint32_t offset(const uint8_t *at) const { return static_cast<uint32_t>(at - c.file()); }

  const Plan &plan_;
  bool virtual_memory_; // A's size is ours to tell
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

Status scan_app(Plan &plan) {
  wasm::TypeFacts facts(plan.app);
  auto parts =
      wasm::walk_module_in_parts<Scanner>(plan.app, wasm::walk_parts(plan.app, processors()),
                                          [&](Cursor &cursor) { return Scanner(plan, facts, cursor); });
  if (!parts) return std::unexpected(parts.error());
  for (const auto &part : *parts) {
    plan.sites.insert(plan.sites.end(), part->visitor.sites.begin(), part->visitor.sites.end());
    plan.app_grows |= part->visitor.app_grows;
  }
  exports(plan);
  std::sort(plan.sites.begin(), plan.sites.end(),
            [](const Site &a, const Site &b) { return a.offset < b.offset; });
  return {};
}

} // namespace mayfly::link
