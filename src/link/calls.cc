#include "link/calls.h"

#include "wasm/cursor.h"

namespace mayfly::link {

namespace {
constexpr uint32_t version = 1;
}

Calls read_calls(const wasm::Module &m) {
  const wasm::Section *s = m.custom(calls_section);
  if (!s) return {};
  Calls out{CallsState::stale, {}};
  const wasm::Section *code = m.section(wasm::section_code);
  wasm::Cursor c(m.file, s->content, s->payload.end, calls_section);
  bool current = c.u32() == version;
  current &= c.u32() == (code ? code->payload.size() : 0);
  current &= c.u32() == m.functions.size();
  if (!current || !c.ok()) return out;
  uint32_t n = c.count("calls", 4);
  std::vector<Call> calls;
  for (uint32_t i = 0; i < n && c.ok(); ++i) {
    Call call;
    call.module = c.name();
    call.field = c.name();
    call.func = c.u32();
    call.level = c.u32();
    if (call.func >= m.functions.size()) return out;
    calls.push_back(call);
  }
  if (c.ok() && c.at_end()) out = {CallsState::valid, std::move(calls)};
  return out;
}

wasm::Buffer encode_calls(const std::vector<Call> &calls, uint64_t code_bytes, uint64_t functions) {
  wasm::Buffer b;
  b.leb(version).leb(code_bytes).leb(functions).leb(calls.size());
  for (const Call &call : calls) b.name(call.module).name(call.field).leb(call.func).leb(call.level);
  return b;
}

} // namespace mayfly::link
