// libFuzzer target of the trace layer: any functions, any arguments, any memory. The host that this
// runs on checks every access to the application's memory; here the output of JSON is
// checked as well, and that a call leaves the memory as it was.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "abi/table.h"
#include "abi/wasi_p1/below.h"
#include "core/host_native.h"
#include "trace/encode_native.h"
#include "trace/layer.h"
#include "trace/trace.h"

using namespace mayfly;
using namespace mayfly::trace;

namespace {

[[noreturn]] void fail(const char *what, const std::string &text) {
  std::fprintf(stderr, "%s: %.2000s\n", what, text.c_str());
  std::abort();
}

class Bytes {
public:
  Bytes(const uint8_t *data, size_t size) : at_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  uint8_t u8() {
    if (left_ == 0) return 0;
    --left_;
    return *at_++;
  }
  uint32_t u32() { return u8() | u8() << 8 | u8() << 16 | static_cast<uint32_t>(u8()) << 24; }

private:
  const uint8_t *at_;
  size_t left_;
};

class Sink : public wasi_p1::BelowHost {
public:
  std::string text;
  u32 piece = 1;
  u32 fd_write(u32, AppPtr iovs, u32, AppPtr size) override {
    u32 len = std::min(host::app_load_u32(iovs + 4), piece);
    size_t before = text.size();
    text.resize(before + len);
    host::app_copy_in(text.data() + before, host::app_load_u32(iovs), len);
    host::app_store_u32(size, len);
    return 0;
  }
  u32 clock_time_get(u32, u64, AppPtr out) override {
    host::app_store_u64(out, now_ += 1000);
    return 0;
  }

private:
  u64 now_ = 0;
};

Function pick(Bytes &in) {
  Function f;
  u32 n = in.u8();
  u8 flags = in.u8();
  if (n < 220) {
    constexpr abi::Module kTables[] = {abi::Module::wasi_snapshot_preview1, abi::Module::env};
    abi::Module module = kTables[n % 2];
    abi::Functions table = abi::functions(module);
    const abi::Function &known = table.functions[n / 2 % table.count];
    bool odd = flags & 1;
    if (odd && abi::is_wasi(module) && known.in_unstable) module = abi::Module::wasi_unstable;
    StrView name = abi::module_name(module);
    f.module.assign(name.ptr, name.len);
    f.field.assign(known.name.ptr, known.name.len);
    abi::CoreType types[abi::kCoreParamsMax];
    for (u32 i = 0, count = abi::signature(known, odd && !abi::is_wasi(module), types); i < count; i++)
      f.params.push_back(static_cast<uint8_t>(types[i]));
    if (known.returns != abi::Returns::never) f.results = {0x7f};
  } else {
    constexpr uint8_t kTypes[] = {0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70};
    f.module = "m\"";
    f.field = std::string(n % 5, static_cast<char>(flags));
    for (u32 i = 0; i < n % 7; i++) f.params.push_back(kTypes[in.u8() % 6]);
    if (flags & 2) f.results = {kTypes[in.u8() % 4]};
  }
  f.traced = !(flags & 4);
  f.reaches_host = flags & 8;
  if (flags & 16 && f.traced && can_fail(f)) f.fault = Fault{1u + in.u8() % 76, in.u8(), in.u8(), in.u8()};
  if (flags & 32 && f.traced) f.fault = Fault{.error = 0, .first = in.u8(), .enter_us = 1u + in.u8(), .exit_us = in.u8()};
  return f;
}

// Strings closed and free of control characters, braces balanced: one value.
bool is_one_value(std::string_view s) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < s.size(); i++) {
    auto c = static_cast<unsigned char>(s[i]);
    if (in_string) {
      if (c < ' ') return false;
      if (c == '\\') i++;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      depth++;
    } else if (c == '}' || c == ']') {
      if (--depth == 0 && i + 1 != s.size()) return false;
    }
  }
  return !in_string && depth == 0;
}

// Small numbers, addresses in and around the memory, and anything.
u64 argument(Bytes &in, u32 app_bytes) {
  u8 how = in.u8();
  if (how < 64) return how;
  if (how < 160) return in.u8() * (app_bytes / 256);
  if (how < 192) return app_bytes - how % 32;
  if (how < 224) return in.u32();
  return ~u64{0} >> (how & 63);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static constexpr u32 kAppBytes = 1u << 14;
  static NativeHost memory{FormatOptions{}, {.app_bytes = kAppBytes, .reserve_bytes = 1 << 24}};
  Bytes in(data, size);
  Sink sink;
  Options options;
  u8 a = in.u8(), b = in.u8();
  options.format = static_cast<Format>(a % 3);
  options.show_paths = a & 4;
  options.relative_time = a & 8;
  options.spent_time = a & 16;
  options.verbose = a & 32;
  if (options.format == Format::text) options.summary = static_cast<Summary>(a / 64 % 3);
  options.string_max = b % 64;
  options.list_max = b % 8;
  sink.piece = 1 + in.u8() * 16;
  u8 c = in.u8();
  options.statuses = c & 7;
  if (c & 8) options.only = {"/", "/a"};
  if (options.format == Format::text) options.wall_time = c >> 4 & 3;
  std::vector<Function> functions;
  for (u32 i = 0, n = 1 + in.u8() % 4; i < n; i++) functions.push_back(pick(in));
  auto encoded = encode(options, functions);
  if (!encoded) fail("not encoded", encoded.error());
  std::vector<u64> block((encoded->config.size() + 7) / 8);
  std::memcpy(block.data(), encoded->config.data(), encoded->config.size());
  use_config(block.data());

  // The memory: a pattern of the input, so that structs and strings of all kinds come about.
  u32 seed = in.u32();
  u8 mask = in.u8();
  for (u32 i = 0; i < kAppBytes; i++) {
    if (i % 4 == 0) seed = seed * 1664525 + 1013904223;
    memory.app[i] = static_cast<u8>(seed >> (8 + i % 4 * 4)) & mask;
  }
  for (u32 calls = 0; calls < 16 && !in.empty(); calls++) {
    u32 number = in.u8() % functions.size();
    const Function &f = functions[number];
    std::vector<u64> slots(f.params.size() + 5);
    for (size_t i = 0; i < f.params.size(); i++) {
      slots[i] = argument(in, kAppBytes);
      if (f.params[i] == 0x7f || f.params[i] == 0x7d) slots[i] = static_cast<u32>(slots[i]);
    }
    auto before = memory.app;
    size_t from = sink.text.size();
    if (mayfly_trace_enter(number, slots.data()) == 0) slots[f.params.size()] = argument(in, kAppBytes);
    mayfly_trace_exit(number, slots.data());
    if (memory.app != before) fail("the memory changed", f.field);
    if (options.format == Format::text) continue;
    std::string_view line = std::string_view(sink.text).substr(from);
    if (options.format == Format::json)
      for (size_t end; (end = line.find('\n')) != line.npos; line.remove_prefix(end + 1))
        if (!is_one_value(line.substr(0, end))) fail("not JSON", std::string(line));
  }
  mayfly_trace_finish();
  if (options.format == Format::chrome &&
      !is_one_value(std::string_view(sink.text).substr(0, sink.text.size() - 1)))
    fail("not a JSON array", sink.text);
  return 0;
}
