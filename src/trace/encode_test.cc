// The encoder: what it refuses, what it leaves out, and that equal inputs give equal bytes.
#include <gmock/gmock.h>

#include <set>

#include "trace/test_support.h"
#include "wasm/module.h"

// Embedded by cmake/layers.cmake.
extern "C" const uint8_t mayfly_layer_trace_begin[], mayfly_layer_trace_end[];

namespace mayfly::trace {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

std::string error_of(const Options &options, std::vector<Function> functions = {}) {
  auto encoded = encode(options, functions);
  return encoded ? "" : encoded.error();
}

TEST(TraceEncode, Refuses) {
  EXPECT_THAT(error_of({.string_max = kStringMax + 1}), HasSubstr("at most 1048576 bytes"));
  EXPECT_THAT(error_of({.list_max = kListMax + 1}), HasSubstr("at most 4096 elements"));
  EXPECT_THAT(error_of({.format = Format::json, .summary = Summary::both}), HasSubstr("summary"));
  EXPECT_THAT(error_of({.into_path = std::string(1025, 'x')}), HasSubstr("1024"));
  EXPECT_THAT(error_of({.into_path = ""}), HasSubstr("1 to 1024"));
  EXPECT_EQ(error_of({.string_max = kStringMax, .list_max = kListMax, .into_path = std::string(1024, 'x')}),
            "");
  Function exit = wasi("proc_exit");
  exit.fault = Fault{1};
  EXPECT_THAT(error_of({}, {exit}), HasSubstr("wasi_snapshot_preview1.proc_exit"));
  Function sync = wasi("fd_sync");
  for (u32 error : {0u, 77u}) {
    sync.fault = Fault{error};
    EXPECT_THAT(error_of({}, {sync}), HasSubstr("no error has the number"));
  }
  EXPECT_THAT(error_of({}, {other("m", "f", std::vector<uint8_t>(251, kI32), {})}),
              HasSubstr("too many parameters"));
  EXPECT_EQ(error_of({}, {other("m", "f", std::vector<uint8_t>(250, kI32), {})}), "");
}

TEST(TraceEncode, IsDeterministic) {
  std::vector<Function> functions = {wasi("path_open"), wasi("fd_readdir"), emscripten("__syscall_openat"),
                                     emscripten("__syscall_fstat64")};
  auto a = encode({.show_paths = true}, functions), b = encode({.show_paths = true}, functions);
  EXPECT_EQ(a->config, b->config);
  EXPECT_EQ(a->off, b->off);
}

TEST(TraceEncode, LeavesOut) {
  std::vector<Function> simple = {wasi("fd_sync"), wasi("fd_write")};
  auto plain = encode({}, simple);
  EXPECT_THAT(plain->off, IsSupersetOf({"trace.json_string", "trace.floating", "trace.record",
                                        "trace.dirents", "trace.now_ns", "trace.summary", "trace.count",
                                        "trace.descriptor_path", "trace.line_json", "trace.line_chrome",
                                        "trace.rule_is_due", "trace.open_into", "trace.mode"}));
  EXPECT_THAT(plain->off, Not(Contains("trace.line_text")));
  EXPECT_THAT(plain->off, Not(Contains("trace.iovecs")));
  auto counted = encode({.summary = Summary::only}, simple);
  EXPECT_THAT(counted->off, IsSupersetOf({"trace.line_text", "trace.iovecs"}));
  EXPECT_THAT(counted->off, Not(Contains("trace.summary")));
  EXPECT_LT(counted->config.size(), 400u);
  auto json = encode({.format = Format::json}, simple);
  EXPECT_THAT(json->off, Contains("trace.line_text"));
  EXPECT_THAT(json->off, Not(Contains("trace.json_string")));
  EXPECT_THAT(json->off, Not(Contains("trace.now_ns")));
  // The errnos' names and messages are the bulk of a block, and not in one that cannot need them.
  EXPECT_LT(encode({}, std::vector{other("m", "f", {kI32}, {})})->config.size(), 400u);
}

// The names in `off` are those that the layer exports: one that it did not know would be an error of the
// linker, one that the encoder did not know would be in every traced module.
TEST(TraceEncode, OffAreTheOptionalFunctionsOfTheLayer) {
  std::set<std::string> off, exported;
  for (Format format : {Format::text, Format::json}) {
    auto encoded = encode({.format = format}, {});
    off.insert(encoded->off.begin(), encoded->off.end());
  }
  auto layer = wasm::read_module({mayfly_layer_trace_begin, mayfly_layer_trace_end});
  ASSERT_TRUE(layer.has_value()) << layer.error().message;
  constexpr std::string_view kPrefix = "mayfly.optional.";
  for (const wasm::Export &e : layer->exports)
    if (e.name.starts_with(kPrefix)) exported.emplace(e.name.substr(kPrefix.size()));
  EXPECT_EQ(off, exported);
}

TEST(TraceEncode, TheLayerIsSmall) {
  auto layer = wasm::read_module({mayfly_layer_trace_begin, mayfly_layer_trace_end});
  ASSERT_TRUE(layer.has_value());
  for (const wasm::Section &section : layer->sections) {
    if (section.id != wasm::section_code) continue;
    EXPECT_LE(section.payload.size(), 40u * 1024);
  }
}

TEST(TraceEncode, WhatIsKnown) {
  EXPECT_TRUE(follows_descriptors("wasi_snapshot_preview1", "path_open"));
  EXPECT_TRUE(follows_descriptors("wasi_unstable", "fd_close"));
  EXPECT_TRUE(follows_descriptors("env", "__syscall_dup"));
  EXPECT_TRUE(follows_descriptors("env", "__sys_open"));
  EXPECT_FALSE(follows_descriptors("env", "path_open"));
  EXPECT_FALSE(follows_descriptors("wasi_snapshot_preview1", "fd_read"));
  EXPECT_TRUE(is_described(wasi("fd_read")));
  EXPECT_TRUE(is_described(emscripten("__syscall_openat")));
  EXPECT_FALSE(is_described(other("wasi_snapshot_preview1", "fd_read", {kI32}, {kI32})));
  EXPECT_FALSE(is_described(other("env", "f", {}, {})));
  EXPECT_TRUE(can_fail(wasi("fd_read")));
  EXPECT_FALSE(can_fail(wasi("proc_exit")));
  EXPECT_TRUE(can_fail(emscripten("__syscall_openat")));
  EXPECT_FALSE(can_fail(other("env", "f", {}, {kI32})));
}

} // namespace
} // namespace mayfly::trace
