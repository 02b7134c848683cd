// What inspect found, as text for people.
#pragma once
#include <string>

#include "inspect/document.h"

namespace mayfly::cli {

struct TextStyle {
  bool colours = false;
  bool verbose = false; // every import, and the way to each
};

std::string text_of(const inspect::Document &document, const TextStyle &style);

} // namespace mayfly::cli
