// One call in each of the formats (docs/strace.md). A line is written when its call ends.
// Calls that a host makes during another call are therefore printed before it.
#include "trace/layer.h"

namespace mayfly::trace {
namespace {

const Error *error_of(const Frame &frame) {
  u32 error = frame.error();
  return error < config().error_count ? &at<const Error>(config().errors)[error] : nullptr;
}

bool has_result(const Frame &frame, bool unfinished) {
  return !unfinished && frame.call.returns != Returns::never && frame.call.returns != Returns::nothing;
}

void failure(const Frame &frame) {
  put("-1 "_w);
  if (const Error *error = error_of(frame)) {
    put(error->name);
    put(" ("_w);
    put(error->message);
  } else {
    put("(errno "_w);
    decimal(frame.error());
  }
  put(')');
}

void json_outcome(const Frame &frame, bool unfinished) {
  put("\"result\":"_w);
  bool known = has_result(frame, unfinished), failed = known && frame.failed();
  if (failed)
    put("-1"_w);
  else if (known)
    result_value(frame);
  else
    put("null"_w);
  put(",\"error\":"_w);
  const Error *error = failed ? error_of(frame) : nullptr;
  if (error != nullptr)
    word(error->name);
  else if (failed)
    decimal(frame.error());
  else
    put("null"_w);
  if (frame.is(Frame::kInjected)) put(",\"injected\":true"_w);
  if (frame.is(Frame::kDelayed)) put(",\"delayed\":true"_w);
  if (unfinished) put(",\"unfinished\":true"_w);
}

void microseconds(u64 ns) {
  decimal(ns / 1000);
  put('.');
  digits(ns % 1000, 10, 3);
}

} // namespace

// The time of day is UTC's: a module knows no other time zone.
MAYFLY_OPTIONAL_BODY(void, stamp, const Frame *frame) {
  if (on(config_flag::wall)) {
    u64 wall = state.wall_ns + frame->start_ns(), s = wall / 1000000000;
    if (on(config_flag::wall_epoch)) {
      decimal(s);
    } else {
      digits(s / 3600 % 24, 10, 2);
      put(':');
      digits(s / 60 % 60, 10, 2);
      put(':');
      digits(s % 60, 10, 2);
    }
    if (on(config_flag::wall_us)) {
      put('.');
      digits(wall % 1000000000 / 1000, 10, 6);
    }
    put(' ');
  }
  if (on(config_flag::relative)) {
    u64 since = frame->since_ns();
    for (u64 room = 100000; room > since / 1000000000 && room > 1; room /= 10) put(' ');
    seconds(since, 6);
    put(' ');
  }
}

MAYFLY_OPTIONAL_BODY(void, line_text, const Frame *of, u64 now, u32 unfinished) {
  const Frame &frame = *of;
  stamp(of);
  if (frame.call.flags & call_flag::host) put("[host] "_w);
  put(frame.call.name);
  put('(');
  arguments(frame, unfinished);
  put(") = "_w);
  if (unfinished)
    put("? <unfinished>"_w);
  else if (frame.call.returns == Returns::never)
    put('?');
  else if (frame.call.returns == Returns::nothing)
    put("void"_w);
  else if (frame.failed())
    failure(frame);
  else
    result_value(frame);
  if (frame.is(Frame::kInjected)) put(" (INJECTED)"_w);
  if (frame.is(Frame::kDelayed)) put(" (DELAYED)"_w);
  if (on(config_flag::spent) && has_result(frame, unfinished)) {
    put(" <"_w);
    seconds(now - frame.start_ns(), 6);
    put('>');
  }
  put('\n');
}

MAYFLY_OPTIONAL_BODY(void, line_json, const Frame *of, u64 now, u32 unfinished) {
  const Frame &frame = *of;
  put("{\"call\":"_w);
  word(frame.call.name);
  put(",\"module\":"_w);
  word(frame.call.module);
  put(",\"args\":{"_w);
  arguments(frame, unfinished);
  put("},"_w);
  json_outcome(frame, unfinished);
  put(",\"host\":"_w);
  frame.call.flags &call_flag::host ? put("true"_w) : put("false"_w);
  put(",\"start_ns\":"_w);
  decimal(frame.start_ns());
  put(",\"duration_ns\":"_w);
  decimal(now - frame.start_ns());
  put("}\n"_w);
}

// A complete event; the header has begun the array. Calls of the host are another row.
MAYFLY_OPTIONAL_BODY(void, line_chrome, const Frame *of, u64 now, u32 unfinished) {
  const Frame &frame = *of;
  put(",\n{\"name\":"_w);
  word(frame.call.name);
  put(",\"cat\":"_w);
  word(frame.call.module);
  put(",\"ph\":\"X\",\"pid\":1,\"tid\":"_w);
  put(frame.call.flags & call_flag::host ? '2' : '1');
  put(",\"ts\":"_w);
  microseconds(frame.start_ns());
  put(",\"dur\":"_w);
  microseconds(now - frame.start_ns());
  put(",\"args\":{"_w);
  arguments(frame, unfinished);
  if (frame.call.arg_count != 0) put(',');
  json_outcome(frame, unfinished);
  put("}}"_w);
}

} // namespace mayfly::trace
