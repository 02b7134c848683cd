// What the commands say to people: diagnostics, aligned tables, sizes, a progress bar.
// Everything goes to stderr unless said otherwise; colours only when that is a terminal and
// NO_COLOR is not set.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.h"
#include "base/progress.h"
#include "wasm/failure.h"

namespace mayfly::cli {

// "mayfly: error: WHERE: MESSAGE" and, when there is one, "mayfly: hint: HINT".
void print(const Failure &failure);
void warn(std::string_view message);
void note(std::string_view message);

// The two diagnostics above as text, without colours.
std::string text_of(const Failure &failure);

// "1,234"; "12.3 KB", "4.5 MB" (powers of 1,000).
std::string with_commas(uint64_t number);
std::string size_text(uint64_t bytes);
// "1 file", "2 files"; "1 directory", "2 directories".
std::string count_text(uint64_t number, std::string_view singular, std::string_view plural);

// Pads the columns of `rows` with spaces; columns in `right` (by index) are aligned right.
std::string table(const std::vector<std::vector<std::string>> &rows, const std::vector<size_t> &right = {},
                  std::string_view indent = "  ");

// One line on stderr that is redrawn and finally wiped. Silent unless stderr is a terminal,
// and for work that takes less than half a second.
class ProgressLine final : public Progress {
public:
  ProgressLine();
  ~ProgressLine() override;
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;

  void phase(std::string name, uint64_t total = 0) override;
  void at(uint64_t done) override;

private:
  void draw();

  bool enabled_;
  bool drawn_ = false;
  std::string name_;
  uint64_t total_ = 0, done_ = 0;
  std::chrono::steady_clock::time_point start_, last_;
};

} // namespace mayfly::cli
