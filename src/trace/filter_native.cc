#include "trace/filter_native.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "abi/table.h"
#include "base/suggest.h"

namespace mayfly::cli {
namespace {

constexpr std::string_view kSyscall = "__syscall_";

std::string text_of(StrView s) { return {s.ptr, s.len}; }

// strace writes groups with a percent sign, too.
std::string_view plain(std::string_view name) { return name.starts_with('%') ? name.substr(1) : name; }

std::vector<std::string> group_names() {
  std::vector<std::string> names{"all", "none", "host"};
  for (u32 g = 0; g < abi::kGroups; g++)
    names.push_back(text_of(abi::group_name(static_cast<abi::Group>(g))));
  return names;
}

// The call that somebody means who knows it from elsewhere: fd_write for write. Empty: none.
std::string called(std::string_view word, std::span<const std::string> calls) {
  std::string ending = "_" + std::string(word);
  auto found = std::ranges::find_if(calls, [&](const std::string &call) { return call.ends_with(ending); });
  return found == calls.end() ? std::string() : *found;
}

bool is_group(std::string_view name) { return std::ranges::count(group_names(), plain(name)) != 0; }

bool in_tables(std::string_view name) {
  StrView word(name.data(), static_cast<u32>(name.size()));
  std::string syscall = std::string(kSyscall) + std::string(name);
  return abi::find(abi::Module::wasi_snapshot_preview1, word) || abi::find(abi::Module::env, word) ||
         abi::find(abi::Module::env, StrView(syscall.data(), static_cast<u32>(syscall.size())));
}

bool matches(std::string_view item, const TraceTarget &target) {
  std::string_view group = plain(item);
  if (group == "all") return true;
  if (group == "none") return false;
  if (group == "host") return target.host;
  return (!target.group.empty() && group == target.group) || names_call(item, target);
}

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) return {};
  return value;
}

std::optional<uint32_t> error_number(std::string_view name) {
  for (uint32_t e = 1; e < abi::kErrnos; e++)
    if (text_of(abi::errno_name(e)) == name) return e;
  return {};
}

std::string nearest_error(const std::string &name) {
  std::vector<std::string> names;
  for (uint32_t e = 1; e < abi::kErrnos; e++) names.push_back(text_of(abi::errno_name(e)));
  return nearest(name, names);
}

bool read_when(std::string_view text, trace::Fault &fault) {
  size_t plus = text.find('+');
  std::string_view range = text.substr(0, plus);
  size_t dots = range.find("..");
  auto first = number(range.substr(0, dots));
  if (!first) return false;
  fault.first = *first;
  fault.step = 1;
  fault.last = *first;
  if (dots != range.npos) {
    auto last = number(range.substr(dots + 2));
    if (!last || *last < *first) return false;
    fault.last = *last;
  } else if (plus != text.npos) {
    fault.last = ~uint32_t{0};
  }
  if (plus == text.npos || plus + 1 == text.size()) return plus == text.npos || dots == range.npos;
  auto step = number(text.substr(plus + 1));
  if (!step) return false;
  fault.step = *step;
  return true;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (size_t from = 0;;) {
    size_t to = text.find(by, from);
    parts.push_back(text.substr(from, to - from));
    if (to == text.npos) return parts;
    from = to + 1;
  }
}

} // namespace

bool names_call(std::string_view word, const TraceTarget &target) {
  std::string_view field = target.field;
  if (word == field) return true;
  if (field.starts_with(kSyscall) && word == field.substr(kSyscall.size())) return true;
  return word.size() == target.module.size() + 1 + field.size() && word.starts_with(target.module) &&
         word[target.module.size()] == '.' && word.ends_with(field);
}

std::expected<void, Failure> TraceFilter::add(const std::string &expression) {
  size_t equals = expression.find('=');
  std::string_view word = std::string_view(expression).substr(0, equals == expression.npos ? 0 : equals);
  std::string_view rest = word.empty() ? expression : std::string_view(expression).substr(equals + 1);
  if (word == "fault" || word == "inject") {
    auto rule = parse_fault(expression, rest);
    if (!rule) return std::unexpected(rule.error());
    faults_.push_back(std::move(*rule));
    return {};
  }
  if (!word.empty() && word != "trace" && word != "t")
    return std::unexpected(usage("-e " + expression, fmt::format("\"{}\" is neither trace nor fault", word),
                                 "-e trace=path_open,fd_read or -e fault=fd_write:error=ENOSPC:when=3"));
  auto items = parse_items(expression, rest);
  if (!items) return std::unexpected(items.error());
  traced_.insert(traced_.end(), items->begin(), items->end());
  return {};
}

// A leading "!" turns the whole list around, as with strace; one before another item takes that away.
std::expected<std::vector<TraceFilter::Item>, Failure> TraceFilter::parse_items(const std::string &expression,
                                                                                std::string_view list) {
  std::vector<Item> items;
  bool all_but = list.starts_with('!');
  if (all_but) list.remove_prefix(1);
  if (all_but) items.push_back({"all"});
  for (std::string_view part : split(list, ',')) {
    bool negated = part.starts_with('!');
    std::string name(part.substr(negated));
    if (name.empty())
      return std::unexpected(usage("-e " + expression, "the name of a call or a group is missing",
                                   "for instance -e trace=file"));
    items.push_back({std::move(name), negated || all_but});
  }
  return items;
}

std::expected<TraceFilter::FaultRule, Failure> TraceFilter::parse_fault(const std::string &expression,
                                                                        std::string_view rule) {
  std::vector<std::string_view> parts = split(rule, ':');
  FaultRule out;
  auto items = parse_items(expression, parts[0]);
  if (!items) return std::unexpected(items.error());
  out.items = std::move(*items);
  out.fault.error = static_cast<uint32_t>(Errno::nosys);
  for (std::string_view part : std::span(parts).subspan(1)) {
    if (part.starts_with("error=")) {
      std::string name(part.substr(6));
      auto error = error_number(name);
      if (!error) {
        std::string best = nearest_error(name);
        return std::unexpected(
            usage("-e " + expression, fmt::format("\"{}\" is no error", name),
                  best.empty() ? "for instance error=ENOSPC" : fmt::format("did you mean {}?", best)));
      }
      out.fault.error = *error;
    } else if (part.starts_with("when=")) {
      if (!read_when(part.substr(5), out.fault))
        return std::unexpected(usage("-e " + expression,
                                     fmt::format("\"{}\" does not say which calls fail", part),
                                     "when=3 (the third), 3+ (from the third on), 1+2 (every other), 2..5"));
    } else {
      return std::unexpected(usage("-e " + expression,
                                   fmt::format("\"{}\" is neither error= nor when=", part),
                                   "fault=CALL:error=ENOSPC:when=3"));
    }
  }
  return out;
}

std::expected<void, Failure> TraceFilter::check(std::span<const TraceTarget> targets) const {
  auto known = [&](const std::string &name) {
    return is_group(name) || in_tables(name) ||
           std::ranges::any_of(targets, [&](const TraceTarget &t) { return names_call(name, t); });
  };
  auto check_list = [&](const char *kind, const std::vector<Item> &items) -> std::expected<void, Failure> {
    for (const Item &item : items) {
      if (known(item.name)) continue;
      std::vector<std::string> words = group_names();
      for (const TraceTarget &t : targets) {
        words.push_back(t.field);
        if (t.field.starts_with(kSyscall)) words.push_back(t.field.substr(kSyscall.size()));
      }
      for (const abi::Function &f : abi::functions(abi::Module::wasi_snapshot_preview1))
        words.push_back(text_of(f.name));
      std::string best = called(plain(item.name), words);
      if (best.empty()) best = nearest(plain(item.name), words);
      return std::unexpected(usage(fmt::format("-e {}={}", kind, item.name), "is no call and no group",
                                   best.empty()
                                       ? "groups: " + fmt::format("{}", fmt::join(group_names(), ", "))
                                       : fmt::format("did you mean {}?", best)));
    }
    return {};
  };
  if (auto fine = check_list("trace", traced_); !fine) return fine;
  for (const FaultRule &rule : faults_)
    if (auto fine = check_list("fault", rule.items); !fine) return fine;
  return {};
}

bool TraceFilter::traces(const TraceTarget &target) const {
  bool traced = traced_.empty();
  for (const Item &item : traced_)
    if (matches(item.name, target)) traced = !item.negated;
  return traced;
}

bool TraceFilter::wants_nothing() const {
  return std::ranges::any_of(traced_, [](const Item &item) { return plain(item.name) == "none"; });
}

std::optional<TraceFilter::Injected> TraceFilter::fault_of(const TraceTarget &target) const {
  std::optional<Injected> found;
  for (const FaultRule &rule : faults_) {
    bool meant = false, by_name = false;
    for (const Item &item : rule.items)
      if (matches(item.name, target)) {
        meant = !item.negated;
        by_name = meant && names_call(item.name, target);
      }
    if (meant) found = Injected{rule.fault, by_name};
  }
  return found;
}

} // namespace mayfly::cli
