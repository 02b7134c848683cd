// Turns the sites found by the scan into edits, and keeps the sizes of function bodies right.
//
// An index that fits in the bytes of the old one is padded to them, so that nothing after
// it moves. Where a body does change its length (a memory.grow that becomes a call of a
// high-numbered function), the size in front of it is edited too.
#include "link/plan.h"

#include <algorithm>

namespace mayfly::link {

namespace {

Edit edit_site(const Plan &p, const Site &site) {
  Edit e{site.offset, site.length, 0, {}};
  switch (site.kind) {
  case SiteKind::func_index:
  case SiteKind::finish: {
    uint32_t func = site.kind == SiteKind::finish ? p.f_finish : p.mapped(site.value);
    unsigned width = wasm::leb_size(func) <= site.length ? site.length : 0;
    e.new_length = static_cast<uint8_t>(wasm::put_leb(e.bytes, func, width));
    break;
  }
  case SiteKind::memory_size:
    if (p.base_in_global()) {
      e.bytes[0] = 0x23;
      e.new_length = static_cast<uint8_t>(1 + wasm::put_leb(e.bytes + 1, p.g_app_pages));
    } else {
      e.bytes[0] = 0x41;
      e.new_length = static_cast<uint8_t>(1 + wasm::put_sleb(e.bytes + 1, p.app_min));
    }
    break;
  case SiteKind::memory_grow:
    e.bytes[0] = 0x10;
    e.new_length = static_cast<uint8_t>(1 + wasm::put_leb(e.bytes + 1, p.f_grow));
    break;
  }
  return e;
}

Edit edit_size(const wasm::Code &code, int64_t delta) {
  uint8_t length = static_cast<uint8_t>(code.body.begin - code.size_at);
  Edit e{code.size_at, length, 0, {}};
  uint64_t size = code.body.size() + delta;
  unsigned width = wasm::leb_size(size) <= length ? length : 0;
  e.new_length = static_cast<uint8_t>(wasm::put_leb(e.bytes, size, width));
  return e;
}

} // namespace

void rewrite_app(Plan &plan) {
  const std::vector<wasm::Code> &code = plan.app.code;
  plan.edits.reserve(plan.sites.size());
  auto body = code.begin();
  for (size_t i = 0; i < plan.sites.size();) {
    const Site &site = plan.sites[i];
    body = std::find_if(body, code.end(), [&](const wasm::Code &c) { return c.body.end > site.offset; });
    if (body == code.end() || site.offset < body->body.begin) {
      plan.edits.push_back(edit_site(plan, site));
      ++i;
      continue;
    }
    size_t first = plan.edits.size();
    int64_t delta = 0;
    for (; i < plan.sites.size() && plan.sites[i].offset < body->body.end; ++i) {
      plan.edits.push_back(edit_site(plan, plan.sites[i]));
      delta += plan.edits.back().new_length - plan.edits.back().old_length;
    }
    if (delta) plan.edits.insert(plan.edits.begin() + first, edit_size(*body, delta));
  }
}

} // namespace mayfly::link
