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
constexpr uint64_t kDelayMaxUs = 3600ull * 1'000'000;

std::string text_of(StrView s) { return {s.ptr, s.len}; }

// strace writes groups with a percent sign, too, and has its own name for one.
std::string_view plain(std::string_view name) {
  if (name.starts_with('%')) name.remove_prefix(1);
  return name == "network" || name == "net" ? "socket" : name;
}

// Names of Unix whose WASI names differ. Other names are found by their ending ("open" is path_open).
constexpr std::pair<std::string_view, std::string_view> kUnixNames[] = {
    {"openat", "path_open"},
    {"creat", "path_open"},
    {"stat", "path_filestat_get"},
    {"lstat", "path_filestat_get"},
    {"fstat", "fd_filestat_get"},
    {"newfstatat", "path_filestat_get"},
    {"statx", "path_filestat_get"},
    {"lseek", "fd_seek"},
    {"pread64", "fd_pread"},
    {"pwrite64", "fd_pwrite"},
    {"readv", "fd_read"},
    {"writev", "fd_write"},
    {"getdents", "fd_readdir"},
    {"getdents64", "fd_readdir"},
    {"mkdir", "path_create_directory"},
    {"mkdirat", "path_create_directory"},
    {"rmdir", "path_remove_directory"},
    {"unlink", "path_unlink_file"},
    {"unlinkat", "path_unlink_file"},
    {"renameat", "path_rename"},
    {"symlinkat", "path_symlink"},
    {"readlinkat", "path_readlink"},
    {"ftruncate", "fd_filestat_set_size"},
    {"utimensat", "path_filestat_set_times"},
    {"exit_group", "proc_exit"},
    {"poll", "poll_oneoff"},
    {"select", "poll_oneoff"},
    {"clock_gettime", "clock_time_get"},
    {"getrandom", "random_get"},
    {"accept", "sock_accept"},
    {"recvfrom", "sock_recv"},
    {"sendto", "sock_send"},
};

std::vector<std::string> group_names() {
  std::vector<std::string> names{"all", "none", "host"};
  for (u32 g = 0; g < abi::kGroups; g++)
    names.push_back(text_of(abi::group_name(static_cast<abi::Group>(g))));
  return names;
}

// The call that is meant by a name from another system: fd_write for "write". Empty: there is none.
std::string called(std::string_view word, std::span<const std::string> calls) {
  for (auto [unix_name, name] : kUnixNames)
    if (word == unix_name && std::ranges::count(calls, name) != 0) return std::string(name);
  std::string ending = "_" + std::string(word);
  auto found = std::ranges::find_if(calls, [&](const std::string &call) { return call.ends_with(ending); });
  return found == calls.end() ? std::string() : *found;
}

bool is_group(std::string_view name) { return std::ranges::count(group_names(), plain(name)) != 0; }

bool is_wasi(std::string_view name) {
  return abi::find(abi::Module::wasi_snapshot_preview1, StrView(name.data(), static_cast<u32>(name.size())));
}

bool is_emscripten(std::string_view name) {
  StrView word(name.data(), static_cast<u32>(name.size()));
  std::string syscall = std::string(kSyscall) + std::string(name);
  return abi::find(abi::Module::env, word) ||
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

// "1500", "20ms": whole numbers of microseconds, or of what is said.
std::optional<uint32_t> microseconds(std::string_view text) {
  uint64_t unit_ns = 1000;
  constexpr std::pair<std::string_view, uint64_t> kUnits[] = {
      {"ns", 1}, {"us", 1000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};
  for (auto [suffix, ns] : kUnits)
    if (text.ends_with(suffix)) {
      text.remove_suffix(suffix.size());
      unit_ns = ns;
      break;
    }
  auto value = number(text);
  if (!value) return {};
  uint64_t us = (*value * unit_ns + 999) / 1000;
  return us <= kDelayMaxUs ? std::optional(static_cast<uint32_t>(us)) : std::nullopt;
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
  if (word == "status") return add_statuses(expression, rest);
  if (!word.empty() && word != "trace" && word != "t")
    return std::unexpected(usage("-e " + expression,
                                 fmt::format("\"{}\" is none of trace, status, fault and inject", word),
                                 "-e trace=path_open,fd_read or -e fault=fd_write:error=ENOSPC:when=3"));
  auto items = parse_items(expression, rest);
  if (!items) return std::unexpected(items.error());
  traced_.insert(traced_.end(), items->begin(), items->end());
  return {};
}

std::expected<void, Failure> TraceFilter::add_statuses(const std::string &expression, std::string_view list) {
  constexpr std::pair<std::string_view, uint8_t> kNames[] = {{"successful", trace::status::successful},
                                                             {"failed", trace::status::failed},
                                                             {"unfinished", trace::status::unfinished},
                                                             {"all", 7}};
  bool all_but = list.starts_with('!');
  if (all_but) list.remove_prefix(1);
  uint8_t named = 0;
  for (std::string_view part : split(list, ',')) {
    auto name = std::ranges::find(kNames, part, &std::pair<std::string_view, uint8_t>::first);
    if (name == std::end(kNames)) {
      std::vector<std::string> names;
      for (auto [known, bit] : kNames) names.emplace_back(known);
      std::string best = nearest(part, names);
      return std::unexpected(
          usage("-e " + expression, fmt::format("\"{}\" is none of successful, failed, unfinished", part),
                best.empty() ? "for instance -e status=failed" : fmt::format("did you mean {}?", best)));
    }
    named |= name->second;
  }
  statuses_ = static_cast<uint8_t>(all_but ? 7 & ~named : named);
  if (statuses_ == 0)
    return std::unexpected(
        usage("-e " + expression, "leaves no call to show", "for instance -e status=failed"));
  return {};
}

bool TraceFilter::delays() const {
  return std::ranges::any_of(
      faults_, [](const FaultRule &rule) { return rule.fault.enter_us != 0 || rule.fault.exit_us != 0; });
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
  out.fault.error = 0;
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
    } else if (part.starts_with("delay_enter=") || part.starts_with("delay_exit=")) {
      auto us = microseconds(part.substr(part.find('=') + 1));
      if (!us)
        return std::unexpected(usage("-e " + expression,
                                     fmt::format("\"{}\" is not a time of at most an hour", part),
                                     "microseconds, or a number with s, ms, us or ns: delay_enter=20ms"));
      (part.starts_with("delay_enter=") ? out.fault.enter_us : out.fault.exit_us) = *us;
    } else {
      return std::unexpected(
          usage("-e " + expression,
                fmt::format("\"{}\" is none of error=, when=, delay_enter= and delay_exit=", part),
                "fault=CALL:error=ENOSPC:when=3"));
    }
  }
  bool only_slow = out.fault.enter_us != 0 || out.fault.exit_us != 0;
  if (out.fault.error == 0 && !only_slow) out.fault.error = static_cast<uint32_t>(Errno::nosys);
  return out;
}

std::expected<void, Failure> TraceFilter::check(std::span<const TraceTarget> targets) const {
  bool emscripten = std::ranges::any_of(targets, [](const TraceTarget &t) { return is_emscripten(t.field); });
  auto known = [&](const std::string &name) {
    return is_group(name) || is_wasi(name) ||
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
      // A name of a call of Emscripten's is a valid name even if this module does not make the call. But in a
      // module for WASI, "open" means path_open.
      bool others = is_emscripten(item.name);
      if (others && (emscripten || best.empty())) continue;
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
