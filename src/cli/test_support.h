// For the tests of this directory: small modules, and a scratch directory.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "image/test_support.h"

namespace mayfly::cli {

using image::Scratch;

struct TestImport {
  std::string module, field;
};

inline void put_name(std::vector<uint8_t> &to, const std::string &text) {
  to.push_back(static_cast<uint8_t>(text.size()));
  to.insert(to.end(), text.begin(), text.end());
}

inline void put_section(std::vector<uint8_t> &to, uint8_t id, const std::vector<uint8_t> &payload) {
  to.push_back(id);
  to.push_back(static_cast<uint8_t>(payload.size() & 0x7f) | 0x80);
  to.push_back(static_cast<uint8_t>(payload.size() >> 7));
  to.insert(to.end(), payload.begin(), payload.end());
}

// A module that imports functions of type (i32 i32 i32 i32) -> i32 (that of fd_read and fd_write), or of its
// own type for path_open, and exports a memory of one page and an empty `_start`.
inline std::vector<uint8_t> module_with(const std::vector<TestImport> &imports) {
  std::vector<uint8_t> m{0, 'a', 's', 'm', 1, 0, 0, 0};
  put_section(m, 1, {3, 0x60, 4,    0x7f, 0x7f, 0x7f, 0x7f, 1,    0x7f, 0x60, 0, 0,   0x60,
                     9, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7e, 0x7e, 0x7f, 0x7f, 1, 0x7f});
  std::vector<uint8_t> section{static_cast<uint8_t>(imports.size())};
  for (const TestImport &i : imports) {
    put_name(section, i.module);
    put_name(section, i.field);
    section.insert(section.end(), {0, static_cast<uint8_t>(i.field == "path_open" ? 2 : 0)});
  }
  if (!imports.empty()) put_section(m, 2, section);
  put_section(m, 3, {1, 1});
  put_section(m, 5, {1, 0, 1});
  std::vector<uint8_t> exports{2};
  put_name(exports, "memory");
  exports.insert(exports.end(), {2, 0});
  put_name(exports, "_start");
  exports.insert(exports.end(), {0, static_cast<uint8_t>(imports.size())});
  put_section(m, 7, exports);
  // Calls every import, so that none is unreachable.
  std::vector<uint8_t> body{0};
  for (size_t i = 0; i < imports.size(); i++) {
    body.insert(body.end(), {0x41, 0, 0x41, 0, 0x41, 0, 0x41, 0});
    if (imports[i].field == "path_open")
      body.insert(body.end(), {0x41, 0, 0x42, 0, 0x42, 0, 0x41, 0, 0x41, 0});
    body.insert(body.end(), {0x10, static_cast<uint8_t>(i), 0x1a});
  }
  body.push_back(0x0b);
  std::vector<uint8_t> code{1, static_cast<uint8_t>((body.size() & 0x7f) | 0x80),
                            static_cast<uint8_t>(body.size() >> 7)};
  code.insert(code.end(), body.begin(), body.end());
  put_section(m, 10, code);
  return m;
}

inline std::string as_text(const std::vector<uint8_t> &bytes) { return {bytes.begin(), bytes.end()}; }

} // namespace mayfly::cli
