// What the linker is told of the host's interfaces. The linker itself knows no names of any (a test holds it
// to that): src/inspect/host.cc makes this from the description of the ABIs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace mayfly::link {

// A call that applications ask a host for.
struct HostCall {
  std::string field;
  // Import modules in which it is the same call, so that the import from one can answer a downcall to
  // another. Empty: it is another call in each.
  std::vector<std::string> modules;
  std::string why; // for the report, when a layer serves the call and the host is asked all the same: "the
                   // host's clock"
};

struct Host {
  std::vector<HostCall> calls;
  int32_t missing = -1; // what a downcall answers that goes nowhere, if its result is an i32
  std::vector<std::string>
      grow_memory; // imports ("MODULE.FIELD") by which a host grows the application's memory
};

} // namespace mayfly::link
