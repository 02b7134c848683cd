// A traced program for tests: an application memory to put arguments into, a host that collects
// what the layer writes, and calls that go through enter and exit as the linker's wrapper does.
// Every call checks that the application's memory is what the call itself made of it.
#pragma once
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "abi/table.h"
#include "abi/wasi_p1/below.h"
#include "core/host_native.h"
#include "trace/encode_native.h"
#include "trace/layer.h"
#include "trace/trace.h"

namespace mayfly::trace {

// The host, or the filesystem, below the layer.
class Sink : public wasi_p1::BelowHost {
public:
  std::string text;                        // what was written to descriptors
  std::map<u32, std::string> files;        // by descriptor of fd_write
  std::vector<std::string> opened, closed; // path_open as "fd path flags"
  u32 piece = ~0u;                         // most that one fd_write takes
  u32 error = 0;                           // of fd_write
  u32 errors_left = ~0u;                   // how often
  u64 now = 1'000'000, step = 1'000;       // of the clock
  u32 clock_error = 0;
  u32 next_fd = 9;
  std::function<void()> during_write;

  u32 fd_write(u32 fd, AppPtr iovs, u32 n, AppPtr size) override {
    if (during_write) during_write();
    if (error != 0 && errors_left != 0) {
      errors_left--;
      return error;
    }
    EXPECT_EQ(n, 1u);
    u32 at = host::app_load_u32(iovs), len = std::min(host::app_load_u32(iovs + 4), piece);
    std::string bytes(len, '\0');
    host::app_copy_in(bytes.data(), at, len);
    host::app_store_u32(size, len);
    text += bytes;
    files[fd] += bytes;
    return 0;
  }
  u32 path_open(u32 fd, u32, AppPtr path, u32 len, u32 oflags, u64, u64, u32 fdflags, AppPtr out) override {
    std::string name(len, '\0');
    host::app_copy_in(name.data(), path, len);
    opened.push_back(std::to_string(fd) + " " + name + " " + std::to_string(oflags) + " " +
                     std::to_string(fdflags));
    host::app_store_u32(out, next_fd);
    return 0;
  }
  u32 fd_close(u32 fd) override {
    closed.push_back(std::to_string(fd));
    return 0;
  }
  u32 clock_time_get(u32, u64, AppPtr out) override {
    if (clock_error != 0) return clock_error;
    host::app_store_u64(out, now);
    now += step;
    return 0;
  }
};

inline constexpr uint8_t kI32 = 0x7f, kI64 = 0x7e, kF32 = 0x7d, kF64 = 0x7c, kV128 = 0x7b;

// With the types of the description.
inline Function described(std::string module, std::string field, bool split) {
  Function f;
  f.module = std::move(module);
  f.field = std::move(field);
  const abi::Function *found = abi::find(StrView{f.module.data(), static_cast<u32>(f.module.size())},
                                         StrView{f.field.data(), static_cast<u32>(f.field.size())});
  if (found == nullptr) std::abort();
  abi::CoreType types[abi::kCoreParamsMax];
  u32 n = abi::signature(*found, split, types);
  for (u32 i = 0; i < n; i++) f.params.push_back(static_cast<uint8_t>(types[i]));
  if (found->returns != abi::Returns::never) f.results = {kI32};
  return f;
}
inline Function wasi(std::string field, std::string module = "wasi_snapshot_preview1") {
  return described(std::move(module), std::move(field), false);
}
inline Function emscripten(std::string field, bool split = false) {
  return described("env", std::move(field), split);
}

inline Function other(std::string module, std::string field, std::vector<uint8_t> params,
                      std::vector<uint8_t> results) {
  Function f;
  f.module = std::move(module);
  f.field = std::move(field);
  f.params = std::move(params);
  f.results = std::move(results);
  return f;
}

class TraceTest : public testing::Test {
protected:
  static constexpr u32 kAppBytes = 1u << 16;
  static constexpr AppPtr kOut = 0x8000, kBuf = 0x9000, kIovs = 0x7000;

  NativeHost memory{FormatOptions{}, {.app_bytes = kAppBytes, .reserve_bytes = 1 << 24}};
  Sink sink;
  Options options;
  std::vector<Function> functions;

  TraceTest() {
    for (u32 i = 0; i < kAppBytes; i++) memory.app[i] = static_cast<uint8_t>(i * 37 + i / 251);
  }

  void begin() {
    auto encoded = encode(options, functions);
    ASSERT_TRUE(encoded.has_value()) << encoded.error();
    block_.assign((encoded->config.size() + 7) / 8, 0);
    std::memcpy(block_.data(), encoded->config.data(), encoded->config.size());
    off = encoded->off;
    use_config(block_.data());
  }

  using Effect = std::function<u64()>; // the call itself: its result
  static Effect gives(u64 result) {
    return [result] { return result; };
  }

  // Calls function number `number` as a wrapper does; what the application gets.
  u64 call(u32 number, std::vector<u64> slots, const Effect &effect) {
    size_t n = functions[number].params.size();
    EXPECT_EQ(slots.size(), n) << functions[number].field;
    slots.resize(n + 5);
    auto before = memory.app;
    u32 skip = mayfly_trace_enter(number, slots.data());
    EXPECT_TRUE(memory.app == before) << "enter of " << functions[number].field;
    if (skip == 0) slots[n] = effect();
    before = memory.app;
    mayfly_trace_exit(number, slots.data());
    EXPECT_TRUE(memory.app == before) << "exit of " << functions[number].field;
    return slots[n];
  }
  // Traces one call of one function; the lines.
  std::string line(Function f, std::vector<u64> slots, const Effect &effect) {
    functions = {std::move(f)};
    begin();
    return again(0, std::move(slots), effect);
  }
  std::string line(Function f, std::vector<u64> slots, u64 result = 0) {
    return line(std::move(f), std::move(slots), gives(result));
  }
  std::string again(u32 number, std::vector<u64> slots, const Effect &effect) {
    size_t from = sink.text.size();
    call(number, std::move(slots), effect);
    return sink.text.substr(from);
  }

  // Puts things into the application's memory.
  AppPtr text(std::string_view s, bool nul = false) {
    AppPtr at = next_;
    std::memcpy(&memory.app[at], s.data(), s.size());
    if (nul) memory.app[at + s.size()] = 0;
    next_ += static_cast<u32>(s.size()) + 1;
    return at;
  }
  AppPtr iovs(const std::vector<std::string> &buffers) {
    for (u32 i = 0; i < buffers.size(); i++) {
      host::app_store_u32(kIovs + 8 * i, text(buffers[i]));
      host::app_store_u32(kIovs + 8 * i + 4, static_cast<u32>(buffers[i].size()));
    }
    return kIovs;
  }
  static void put8(AppPtr at, u32 v) { host::app_store_u8(at, v); }
  static void put16(AppPtr at, u32 v) { host::app_store_u16(at, v); }
  static void put32(AppPtr at, u32 v) { host::app_store_u32(at, v); }
  static void put64(AppPtr at, u64 v) { host::app_store_u64(at, v); }

  std::vector<std::string> off;
  AppPtr next_ = 0x2000;

private:
  std::vector<u64> block_;
};

} // namespace mayfly::trace
