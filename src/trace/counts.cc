// Counting: the summary (-c, -C), and to which calls a rule applies (-e fault=, -e inject=).
#include "trace/layer.h"

namespace mayfly::trace {
namespace {

CallState *states() { return at<CallState>(config().states); }

// In the summary's order: most time first, then most calls, then by name.
bool before(u32 a, u32 b) {
  const CallState &x = states()[a], &y = states()[b];
  if (x.time_ns != y.time_ns) return x.time_ns > y.time_ns;
  if (x.calls != y.calls) return x.calls > y.calls;
  const Call *calls = at<const Call>(config().calls);
  Text m = calls[a].name, n = calls[b].name;
  const char *p = at<const char>(m.at), *q = at<const char>(n.at);
  for (u32 i = 0; i < m.len && i < n.len; i++)
    if (p[i] != q[i]) return static_cast<u8>(p[i]) < static_cast<u8>(q[i]);
  return m.len != n.len ? m.len < n.len : a < b;
}

// Shell's method: little code, and fast enough for as many imports as a module can have.
void sort(u32 n) {
  CallState *s = states();
  u32 gap = 1;
  while (gap < n / 3) gap = gap * 3 + 1;
  for (; gap > 0; gap /= 3)
    for (u32 i = gap; i < n; i++) {
      u32 moving = s[i].order, k = i;
      for (; k >= gap && before(moving, s[k - gap].order); k -= gap) s[k].order = s[k - gap].order;
      s[k].order = moving;
    }
}

void padded(u64 value, u32 width) {
  u32 n = 1;
  for (u64 v = value; v >= 10; v /= 10) n++;
  for (; n < width; n++) put(' ');
  decimal(value);
}

void row(u64 time_ns, u64 total_ns, u32 calls, u32 errors, Text name, bool host) {
  // In units that keep the product in 64 bits.
  u64 part = time_ns, whole = total_ns;
  for (; whole >= u64{1} << 48; whole >>= 8) part >>= 8;
  u64 share = whole == 0 ? 0 : part * 10000 / whole;
  padded(share / 100, 3);
  put('.');
  digits(share % 100, 10, 2);
  u64 us = time_ns / 1000;
  padded(us / 1000000, 5);
  put('.');
  digits(us % 1000000, 10, 6);
  put(' ');
  padded(calls == 0 ? 0 : us / calls, 11);
  put(' ');
  padded(calls, 9);
  put(' ');
  if (errors != 0)
    padded(errors, 9);
  else
    put("         "_w);
  put(' ');
  if (host) put("[host] "_w);
  put(name);
  put('\n');
}

void rule() { put("------ ----------- ----------- --------- --------- ----------------\n"_w); }

} // namespace

MAYFLY_OPTIONAL_BODY(u32, rule_is_due, u32 number) {
  const Rule &rule = *at<const Rule>(at<const Call>(config().calls)[number].rule);
  u32 n = ++states()[number].begun;
  if (n < rule.first || n > rule.last) return 0;
  return rule.step <= 1 || (n - rule.first) % rule.step == 0;
}

MAYFLY_OPTIONAL_BODY(void, count, u32 number, u32 failed, u64 spent_ns) {
  if (!on(config_flag::summary)) return;
  CallState &s = states()[number];
  s.calls++;
  s.errors += failed;
  s.time_ns += spent_ns;
}

MAYFLY_OPTIONAL_BODY(void, summary) {
  if (!on(config_flag::summary)) return;
  const Call *calls = at<const Call>(config().calls);
  u32 used = 0;
  u64 time_ns = 0;
  u32 count = 0, errors = 0;
  for (u32 i = 0; i < config().call_count; i++) {
    const CallState &s = states()[i];
    if (s.calls == 0) continue;
    states()[used++].order = i;
    time_ns += s.time_ns;
    count += s.calls;
    errors += s.errors;
  }
  sort(used);
  put("% time     seconds  usecs/call     calls    errors call\n"_w);
  rule();
  for (u32 i = 0; i < used; i++) {
    u32 number = states()[i].order;
    const CallState &s = states()[number];
    row(s.time_ns, time_ns, s.calls, s.errors, calls[number].name, calls[number].flags & call_flag::host);
  }
  rule();
  row(time_ns, time_ns, count, errors, config().total, false);
}

} // namespace mayfly::trace
