// What -e of `mayfly strace` says: which calls are traced, and which are made to fail.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/failure.h"
#include "trace/options.h"

namespace mayfly::cli {

// A function of the module that can be traced, by the names that -e may use.
struct TraceTarget {
  std::string module, field; // as the ABI knows it: recovered names for minified ones
  std::string group;         // of the ABI table; empty: unknown
  bool host = false;         // the host answers it
};

// Expressions in the order of the command line:
//     [trace=]ITEMS                        ITEM: a call, a group, all, none, host; !ITEM takes away
//     fault=ITEMS[:error=E][:when=SPEC]    SPEC: N, N+, N+STEP, N..M, N..M+STEP
//     inject=ITEMS[:error=E][:delay_enter=D][:delay_exit=D][:when=SPEC]   D: microseconds, or with s, ms, us, ns
//     status=LIST                          successful, failed, unfinished
class TraceFilter {
public:
  // Errors are usage errors. Names are only looked at by `check`.
  std::expected<void, Failure> add(const std::string &expression);

  // Whether every name is one of a call or a group, here or in the ABI tables.
  std::expected<void, Failure> check(std::span<const TraceTarget>) const;

  bool traces(const TraceTarget &) const;
  // Whether the expressions say that nothing is traced.
  bool wants_nothing() const;
  // `by_name`: the call itself was named and not only its group.
  struct Injected {
    trace::Fault fault;
    bool by_name = false;
  };
  std::optional<Injected> fault_of(const TraceTarget &) const;
  // Of trace::status; 0: however a call ends.
  uint8_t statuses() const { return statuses_; }
  bool delays() const;

private:
  struct Item {
    std::string name;
    bool negated = false;
  };
  struct FaultRule {
    std::vector<Item> items;
    trace::Fault fault;
  };
  static std::expected<std::vector<Item>, Failure> parse_items(const std::string &expression,
                                                               std::string_view list);
  static std::expected<FaultRule, Failure> parse_fault(const std::string &expression, std::string_view rule);

  std::expected<void, Failure> add_statuses(const std::string &expression, std::string_view list);

  std::vector<Item> traced_;
  uint8_t statuses_ = 0;
  std::vector<FaultRule> faults_;
};

// A clause for the printed name: "path_open" for both "path_open" and "wasi_snapshot_preview1.path_open",
// "openat" for Emscripten's "__syscall_openat".
bool names_call(std::string_view word, const TraceTarget &);

} // namespace mayfly::cli
