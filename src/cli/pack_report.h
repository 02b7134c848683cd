// What a pack did, as text for -v and as JSON (docs/pack-json.md).
#pragma once
#include <string>

#include "pack/pack.h"

namespace mayfly::cli {

std::string text_of(const PackReport &report, const std::string &output, bool optimized);
// One line: what it takes to say when nobody asked for more.
std::string summary_of(const PackReport &report, const std::string &output);
std::string json_of(const PackReport &report, const std::string &output, bool optimized);

} // namespace mayfly::cli
