// The layer's exports: what the linker's wrapper calls before and after a traced function, and
// the end of the program.
#include "trace/layer.h"

#ifdef __wasm__
#define EXPORT(name) extern "C" __attribute__((export_name(name)))
#else
#include "trace/trace.h"
#define EXPORT(name)
#endif

namespace mayfly::trace {

#ifdef __wasm__
// If all data of the layer were zeros, wasm-ld would add a start function that clears it. So one byte is not
// zero.
__attribute__((used)) const u8 not_zero = 1;
#endif
State state;

namespace {

void start() {
  state.started = true;
  read_wall();
  descriptors_known();
  put(config().header);
}

// Whether -e status asks for calls that end like this one.
bool wanted(const Frame &frame, bool unfinished) {
  u32 statuses = config().statuses;
  bool open = unfinished || frame.call.returns == Returns::never;
  u32 ended = open ? status::unfinished : frame.failed() ? status::failed : status::successful;
  return !frame.is(Frame::kLeftOut) && (statuses == 0 || (statuses & ended) != 0);
}

void print(const Frame &frame, u64 now, bool unfinished) {
  bool chrome = config().format == Format::chrome;
  if (!on(config_flag::lines) || (chrome && state.finished)) return; // Chrome's array is closed at the end
  if (!chrome) tell_lost();
  state.host_call = frame.call.flags & call_flag::host;
  switch (config().format) {
  case Format::text:
    line_text(&frame, now, unfinished);
    break;
  case Format::json:
    line_json(&frame, now, unfinished);
    break;
  case Format::chrome:
    line_chrome(&frame, now, unfinished);
    break;
  }
  flush();
}

// What ends the trace, after the last line.
void close_trace() {
  if (state.finished) return;
  state.finished = true;
  if (config().format != Format::chrome) tell_lost();
  summary();
  put(config().footer);
  flush();
}

void say_exit(u32 status) {
  if (!on(config_flag::lines) || config().format == Format::chrome) return;
  if (json()) {
    put("{\"exited\":"_w);
    decimal(status);
    put("}\n"_w);
  } else {
    put("+++ exited with "_w);
    decimal(status);
    put(" +++\n"_w);
  }
}

void report(const Frame &frame, u32 number, u64 now, bool unfinished) {
  if (!wanted(frame, unfinished)) return;
  bool ended = !unfinished && frame.call.returns != Returns::never;
  count(number, ended && frame.failed(), ended ? now - frame.start_ns() : 0);
  print(frame, now, unfinished);
}

// Applies a rule (-e fault=, -e inject=) to a call before the call is made.
void apply(const Rule &rule, const Frame &frame) {
  if (rule.fails) {
    frame.result() = rule.result;
    frame.notes() |= Frame::kInjected;
  }
  if (rule.enter_us != 0 || rule.exit_us != 0) frame.notes() |= Frame::kDelayed;
  if (rule.enter_us != 0) delay(rule.enter_us);
}

// A call that does not return is printed when it begins. The end of the program is printed even if the call
// that ends it is not traced.
void leave(const Frame &frame, u32 number) {
  if (frame.call.flags & call_flag::traced) report(frame, number, frame.start_ns(), false);
  if (!(frame.call.flags & call_flag::exits) || state.finished) return;
  say_exit(frame.call.slots ? frame.u(0) : 0);
  close_trace();
}

// Whether this call comes from a host that the tracer itself is calling. In a module the linker's wrapper
// keeps such calls away from the tracer. If the tracer is busy there nevertheless, an exception left it
// busy.
bool inside_the_host() {
#ifdef __wasm__
  if (state.busy) recover();
  return false;
#else
  return state.busy;
#endif
}

// Notes that a call begins. Gives the number of calls around it, which the function for its end takes.
u32 begin_pending(u32 number, const Call &call, const u64 *slots) {
  u32 around = state.pending < State::kPendingMax ? state.pending : State::kPendingMax;
  u32 place = around < State::kPendingMax ? around : around - 1;
  State::Pending &pending = state.pending_calls[place];
  u32 count = call.slots + 5;
  pending.call = count <= State::kPendingSlots ? number + 1 : 0;
  for (u32 i = 0; pending.call != 0 && i < count; i++) pending.slots[i] = slots[i];
  state.pending = place + 1;
  return around;
}

void end_pending(u32 around) {
  if (around == State::kPendingMax) state.pending_calls[around - 1].call = 0; // the one around it was lost
  state.pending = around;
}

} // namespace

EXPORT("mayfly.trace.enter") u32 mayfly_trace_enter(u32 number, u64 *slots) {
  if (inside_the_host()) return 0;
  if (!state.started) start();
  const Call &call = at<const Call>(config().calls)[number];
  Frame frame{slots, call};
  if (!(call.flags & (call_flag::traced | call_flag::exits))) return 0;
  frame.start_ns() = now_ns();
  if (left_out(&frame)) {
    frame.notes() = Frame::kLeftOut;
  } else if (call.flags & call_flag::traced) {
    // In the order in which the calls begin: a call within this one is printed before it.
    frame.notes() = (frame.start_ns() - state.last_start_ns) << Frame::kSinceShift;
    state.last_start_ns = frame.start_ns();
    if (call.flags & call_flag::ruled && rule_is_due(number)) apply(*at<const Rule>(call.rule), frame);
  }
  if (call.returns == Returns::never) {
    leave(frame, number);
    return 0;
  }
  if (frame.is(Frame::kInjected)) return 1;
  slots[call.slots + 3] = begin_pending(number, call, slots);
  return 0;
}

EXPORT("mayfly.trace.exit") void mayfly_trace_exit(u32 number, u64 *slots) {
  if (inside_the_host()) return;
  const Call &call = at<const Call>(config().calls)[number];
  Frame frame{slots, call};
  if (call.flags & call_flag::traced && call.returns != Returns::never) {
    if (!frame.is(Frame::kInjected)) end_pending(static_cast<u32>(slots[call.slots + 3]));
    if (frame.is(Frame::kDelayed)) {
      u32 us = at<const Rule>(call.rule)->exit_us;
      if (us != 0) delay(us);
    }
    report(frame, number, now_ns(), false);
  }
  // After the line, which shows a descriptor that was closed by its name.
  if (call.track != Track::none && !frame.failed()) descriptors_follow(&frame);
}

EXPORT("mayfly.trace.finish") void mayfly_trace_finish() {
  if (inside_the_host() || state.finished) return;
  if (!state.started) start();
  say_exit(0);
  close_trace();
}

// Called by the host of a program that trapped: prints the call in which it trapped, and the end.
EXPORT("mayfly_trace_trapped") void mayfly_trace_trapped() {
  if (state.busy) recover(); // it may have been the sink that threw
  if (state.finished) return;
  if (!state.started) start();
  if (state.pending != 0 && state.pending_calls[state.pending - 1].call != 0) {
    State::Pending &innermost = state.pending_calls[state.pending - 1];
    Frame frame{innermost.slots, at<const Call>(config().calls)[innermost.call - 1]};
    report(frame, innermost.call - 1, frame.start_ns(), true);
    state.pending = 0;
  }
  if (on(config_flag::lines) && config().format == Format::text) put("+++ killed by a trap +++\n"_w);
  if (config().format == Format::json) put("{\"trapped\":true}\n"_w);
  close_trace();
}

#ifndef __wasm__
namespace {
const void *current = nullptr;
}
const Config &config() { return *static_cast<const Config *>(current); }
void use_config(const void *block) {
  current = block;
  state = State{};
  forget_descriptors();
}
#endif

} // namespace mayfly::trace
