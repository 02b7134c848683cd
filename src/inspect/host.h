// What the linker has to know of a host's interfaces, from the description of the ABIs.
#pragma once
#include "abi/table.h"
#include "link/host.h"

namespace mayfly::inspect {

link::Host described_host();
// Names of the calls that a packed module may send on to its host.
std::vector<std::string> forwarded_calls(const abi::HostUse &);

} // namespace mayfly::inspect
