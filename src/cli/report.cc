#include "cli/report.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace mayfly::cli {
namespace {

using namespace std::chrono_literals;

bool colours() {
  static const bool yes = isatty(STDERR_FILENO) && !std::getenv("NO_COLOR");
  return yes;
}

// Control characters in file names must not reach a terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  return out;
}

void say(std::string_view kind, const char *colour, std::string_view text) {
  std::string line = colours() ? fmt::format("mayfly: {}{}:\033[0m {}\n", colour, kind, printable(text))
                               : fmt::format("mayfly: {}: {}\n", kind, printable(text));
  std::fputs(line.c_str(), stderr);
}

std::string sentence(const Failure &failure) {
  return failure.where.empty() ? failure.message : failure.where + ": " + failure.message;
}

// Columns that a string takes: code points, not bytes.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

} // namespace

void print(const Failure &failure) {
  say("error", "\033[1;31m", sentence(failure));
  if (!failure.hint.empty()) say("hint", "\033[1;36m", failure.hint);
}
void warn(std::string_view message) { say("warning", "\033[1;33m", message); }
void note(std::string_view message) { say("note", "\033[1;36m", message); }

std::string text_of(const Failure &failure) {
  std::string text = "error: " + sentence(failure) + "\n";
  if (!failure.hint.empty()) text += "hint: " + failure.hint + "\n";
  return text;
}

std::string with_commas(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string count_text(uint64_t number, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", with_commas(number), number == 1 ? singular : plural);
}

std::string size_text(uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  const char *unit = "";
  for (const char *next : {"KB", "MB", "GB", "TB"}) {
    if (value < 999.95) break;
    value /= 1000;
    unit = next;
  }
  return fmt::format("{:.1f} {}", value, unit);
}

std::string table(const std::vector<std::vector<std::string>> &rows, const std::vector<size_t> &right,
                  std::string_view indent) {
  std::vector<size_t> widths;
  for (const auto &row : rows)
    for (size_t i = 0; i < row.size(); i++) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  std::string text;
  for (const auto &row : rows) {
    std::string line(indent);
    for (size_t i = 0; i < row.size(); i++) {
      std::string pad(widths[i] - width_of(row[i]), ' ');
      line += std::ranges::find(right, i) != right.end() ? pad + row[i] : row[i] + pad;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += printable(line) + '\n';
  }
  return text;
}

ProgressLine::ProgressLine()
    : enabled_(isatty(STDERR_FILENO)), start_(std::chrono::steady_clock::now()), last_(start_) {}

ProgressLine::~ProgressLine() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::phase(std::string name, uint64_t total) {
  name_ = std::move(name);
  total_ = total;
  done_ = 0;
  if (enabled_ && std::chrono::steady_clock::now() - start_ > 500ms) draw();
}

void ProgressLine::at(uint64_t done) {
  done_ = done;
  if (!enabled_) return;
  auto now = std::chrono::steady_clock::now();
  if (now - start_ > 500ms && now - last_ > 50ms) draw();
}

void ProgressLine::draw() {
  last_ = std::chrono::steady_clock::now();
  winsize size{};
  unsigned columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
  std::string line = name_;
  if (total_) {
    uint64_t done = std::min(done_, total_);
    unsigned filled = static_cast<unsigned>(done * 24 / total_);
    line = fmt::format("{:<18} [{}{}] {:3}%", name_, std::string(filled, '#'), std::string(24 - filled, '.'),
                       done * 100 / total_);
  } else if (done_) {
    line = fmt::format("{:<18} {}", name_, size_text(done_));
  }
  if (line.size() >= columns) line.resize(columns - 1);
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

} // namespace mayfly::cli
