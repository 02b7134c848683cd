#include "inspect/host.h"

namespace mayfly::inspect {
namespace {

constexpr abi::Module kWasi[] = {abi::Module::wasi_snapshot_preview1, abi::Module::wasi_unstable};

std::string str(StrView s) { return {s.ptr, s.len}; }

} // namespace

link::Host described_host() {
  link::Host host;
  host.missing = static_cast<int32_t>(Errno::nosys);
  for (const abi::Function &f : abi::functions(kWasi[0])) {
    link::HostCall &call = host.calls.emplace_back();
    call.field = str(f.name);
    call.why = str(abi::forward_reason(f.group));
    if (f.differs) continue;
    for (abi::Module m : kWasi)
      if (abi::find(m, f.name)) call.modules.push_back(str(abi::module_name(m)));
  }
  host.grow_memory = {"env.emscripten_resize_heap"};
  return host;
}

std::vector<std::string> forwarded_calls(const abi::HostUse &use) {
  std::vector<std::string> names;
  for (const abi::Function &f : abi::functions(kWasi[0]))
    if (abi::may_forward(f.forward, use)) names.push_back(str(f.name));
  return names;
}

} // namespace mayfly::inspect
