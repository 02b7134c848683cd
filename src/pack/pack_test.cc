// The library by its public header. What the bytes do is tested by running them (tests/e2e, tests/matrix).
#include "pack/pack.h"

#include <gmock/gmock.h>

#include "wasm/module.h"

namespace mayfly {
namespace {

using testing::HasSubstr;

// Imports path_open and fd_filestat_get of WASI, has a memory, and calls the imports from _start.
const std::vector<uint8_t> kModule = [] {
  std::string text("\0asm\1\0\0\0"
                   "\1\x17\3\x60\x09\x7f\x7f\x7f\x7f\x7f\x7e\x7e\x7f\x7f\1\x7f\x60\0\0\x60\2\x7f\x7f\1\x7f"
                   "\2\x4d\2\x16wasi_snapshot_preview1\x09path_open\0\0"
                   "\x16wasi_snapshot_preview1\x0f"
                   "fd_filestat_get\0\2"
                   "\3\2\1\1\5\3\1\0\1"
                   "\7\x13\2\6memory\2\0\6_start\0\2"
                   "\12\x20\1\x1e\0\x41\0\x41\0\x41\0\x41\0\x41\0\x42\0\x42\0\x41\0\x41\0\x10\0\x1a"
                   "\x41\0\x41\0\x10\1\x1a\x0b",
                   8 + 25 + 79 + 9 + 21 + 34);
  return std::vector<uint8_t>(text.begin(), text.end());
}();

PackOptions with_root() {
  PackOptions options;
  options.preopens = {{.name = "/"}};
  return options;
}

Source entries(std::vector<Entry> list, std::string at = "/") {
  return {std::move(at), [list = std::move(list)](EntrySink &sink) -> std::expected<void, PackError> {
            for (const Entry &entry : list)
              if (auto done = sink.add(entry); !done) return done;
            return {};
          }};
}

Entry file(std::string path, std::string bytes) {
  Entry entry{.path = std::move(path)};
  entry.read = [bytes = std::move(bytes)](ContentRoom &room) -> std::expected<uint64_t, PackError> {
    auto to = room.at_least(bytes.size());
    if (!to) return std::unexpected(to.error());
    std::ranges::copy(bytes, to->begin());
    return bytes.size();
  };
  return entry;
}

std::string error_of(std::vector<Source> sources, PackOptions options = with_root(),
                     std::vector<uint8_t> module = kModule) {
  auto packed = pack(module, sources, options);
  return packed ? "" : packed.error().where + ": " + packed.error().message;
}

// Sources are read while the module is looked at. What is wrong with the module is told, and reading ends
// early.
TEST(PackLibrary, AModuleThatCannotBePackedEndsTheReadingOfItsSources) {
  auto good = pack(kModule, {}, with_root());
  ASSERT_TRUE(good) << good.error().message;
  bool ended = false;
  Source endless{"/", [&](EntrySink &sink) -> std::expected<void, PackError> {
                   for (uint32_t i = 0;; ++i)
                     if (auto done = sink.add({.path = "/f" + std::to_string(i % 100)}); !done) {
                       ended = true;
                       return done;
                     }
                 }};
  auto packed = pack(good->bytes, std::vector{endless}, with_root());
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().kind, PackError::Kind::module);
  EXPECT_THAT(packed.error().message, HasSubstr("packed already"));
  EXPECT_TRUE(ended);
}

TEST(PackLibrary, ReportSaysWhatWasDone) {
  std::vector<std::string> phases;
  PackOptions options = with_root();
  options.name = "dir/app.wasm";
  options.on_phase = [&](std::string_view phase) { phases.emplace_back(phase); };
  std::vector<Source> sources{entries(
      {file("a", "same"), file("d/b", "same"), {.type = Entry::Type::symlink, .path = "l", .target = "a"}},
      "/x")};
  auto packed = pack(kModule, sources, options);
  ASSERT_TRUE(packed) << packed.error().message;
  const PackReport &r = packed->report;
  EXPECT_EQ(r.name, "dir/app.wasm");
  EXPECT_EQ(r.input_bytes, kModule.size());
  EXPECT_EQ(r.output_bytes, packed->bytes.size());
  EXPECT_EQ(r.files, 2u);
  EXPECT_EQ(r.directories, 3u); // /, /x, /x/d
  EXPECT_EQ(r.symlinks, 1u);
  EXPECT_EQ(r.file_bytes, 8u);
  EXPECT_EQ(r.content_bytes, 4u); // equal files once
  EXPECT_EQ(r.placement, Placement::shared);
  EXPECT_EQ(r.preopens, std::vector<std::string>{"/"});
  ASSERT_EQ(r.imports.size(), 2u);
  EXPECT_TRUE(r.imports[0].served);
  EXPECT_TRUE(r.layers.empty());
  EXPECT_EQ(r.memory_pages_before, 1u);
  EXPECT_EQ(phases, (std::vector<std::string>{"building the filesystem", "linking"}));
  EXPECT_TRUE(wasm::read_module(packed->bytes));
}

TEST(PackLibrary, AnyHashGivesTheSameBytes) {
  std::vector<Source> sources{entries({file("a", "1"), file("b", "1"), file("c", "2")})};
  auto own = pack(kModule, sources, with_root());
  PackOptions options = with_root();
  unsigned calls = 0;
  options.sha256 = [&](std::span<const uint8_t> bytes) {
    calls++;
    std::array<uint8_t, 32> weak{};
    weak[0] = static_cast<uint8_t>(bytes.size());
    return weak;
  };
  auto weak = pack(kModule, sources, options);
  ASSERT_TRUE(own && weak);
  EXPECT_GT(calls, 3u);
  EXPECT_EQ(weak->report.content_bytes, 2u); // bytes are compared, too: a collision joins nothing
  EXPECT_EQ(own->report.content_bytes, 2u);
}

TEST(PackLibrary, TheClockIsAnImportOnlyWhereItWasAsked) {
  PackOptions options = with_root();
  auto packed = pack(kModule, {}, options);
  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_TRUE(packed->report.added_imports.empty()); // the module looks at times and changes nothing
  options.clock = Clock::host;
  packed = pack(kModule, {}, options);
  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_EQ(packed->report.added_imports, std::vector<std::string>{"wasi_snapshot_preview1.clock_time_get"});
}

TEST(PackLibrary, WhatMakesNoFileCallsSaysSo) {
  const std::vector<uint8_t> empty{0, 'a', 's', 'm', 1, 0, 0, 0};
  auto packed = pack(empty, {}, with_root());
  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_THAT(packed->report.asides, testing::ElementsAre(HasSubstr("nothing is virtualized")));
  EXPECT_TRUE(packed->report.notes.empty());
}

TEST(PackLibrary, GlueThatDoesNotFitIsNamed) {
  PackOptions options = with_root();
  options.glue = "app.js";
  options.glue_text = "no table";
  auto packed = pack(kModule, {}, options);
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().where, "app.js");
}

TEST(PackLibrary, EntriesThatCannotBePacked) {
  EXPECT_THAT(error_of({entries({{.path = "a/../b"}})}),
              HasSubstr("a/../b: a path inside the filesystem may not"));
  EXPECT_THAT(error_of({entries({{.path = ""}})}), HasSubstr("would replace the directory"));
  EXPECT_THAT(error_of({entries({{.type = Entry::Type::symlink, .path = "l"}})}),
              HasSubstr("target has 0 bytes"));
  EXPECT_THAT(error_of({entries({{.type = Entry::Type::hard_link, .path = "h", .target = "none"}})}),
              HasSubstr("is no earlier entry"));
  EXPECT_THAT(error_of({entries({{.path = std::string(256, 'n'), .where = "W"}})}),
              HasSubstr("W: a name of 256 bytes"));
  EXPECT_THAT(error_of({entries({{.path = std::string(4000, '/') + "x"}}, "/" + std::string(200, 'p'))}), "");
  std::string deep;
  for (int i = 0; i < 30; i++) deep += "/" + std::string(200, 'n');
  EXPECT_THAT(error_of({entries({{.path = deep}})}), HasSubstr("would have 6030 bytes, more than 4095"));
  Entry lies{.path = "f", .read = [](ContentRoom &room) -> std::expected<uint64_t, PackError> {
               (void)room.at_least(10);
               return uint64_t{1} << 33;
             }};
  EXPECT_THAT(error_of({entries({lies})}), HasSubstr("its reader gave 8589934592 bytes"));
  Entry without_room{.path = "f",
                     .read = [](ContentRoom &) -> std::expected<uint64_t, PackError> { return 1; }};
  EXPECT_THAT(error_of({entries({without_room})}), HasSubstr("for room of 0"));
  Entry too_large{.path = "f", .read = [](ContentRoom &room) -> std::expected<uint64_t, PackError> {
                    auto to = room.at_least(uint64_t{1} << 32);
                    if (!to) return std::unexpected(to.error());
                    return 0;
                  }};
  EXPECT_THAT(error_of({entries({too_large})}), HasSubstr("4 GiB"));
  EXPECT_THAT(error_of({entries({}, "/a/../b")}), HasSubstr("\"..\""));
}

TEST(PackLibrary, ErrorsOfACallbackEndThePack) {
  unsigned phases = 0;
  PackOptions options = with_root();
  options.on_phase = [&](std::string_view) { phases++; };
  Source broken{"/", [](EntrySink &) -> std::expected<void, PackError> {
                  return std::unexpected(PackError{PackError::Kind::source, "disk", "is on fire", "run"});
                }};
  std::vector<Source> sources{broken, Source{"/", [](EntrySink &) -> std::expected<void, PackError> {
                                               ADD_FAILURE() << "called after an error";
                                               return {};
                                             }}};
  auto packed = pack(kModule, sources, options);
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().where, "disk");
  EXPECT_EQ(packed.error().hint, "run");
  EXPECT_EQ(phases, 0u);
}

TEST(PackLibrary, OptionsWithoutMeaningAreErrors) {
  auto with = [](auto change) {
    PackOptions options = with_root();
    change(options);
    auto packed = pack(kModule, {}, options);
    EXPECT_TRUE(packed || packed.error().kind == PackError::Kind::option) << packed.error().message;
    return packed ? "" : packed.error().where;
  };
  EXPECT_EQ(with([](PackOptions &) {}), "");
  EXPECT_EQ(with([](PackOptions &o) { o.hermetic = true; }), "stdio");
  EXPECT_EQ(with([](PackOptions &o) { o.hermetic = true, o.stdio = Stdio::file; }), "");
  EXPECT_EQ(with([](PackOptions &o) {
              o.hermetic = true, o.stdio = Stdio::null, o.preopens.push_back({.name = "/host", .host = true});
            }),
            "preopens");
  EXPECT_EQ(with([](PackOptions &o) { o.hermetic = true, o.stdio = Stdio::file, o.clock = Clock::host; }),
            "clock");
  EXPECT_EQ(with([](PackOptions &o) { o.read_only = true, o.stdio = Stdio::file; }), "read_only");
  EXPECT_EQ(with([](PackOptions &o) { o.max_bytes = 65535; }), "max_bytes");
  EXPECT_EQ(with([](PackOptions &o) { o.max_inodes = 15; }), "max_inodes");
  EXPECT_EQ(with([](PackOptions &o) { o.max_fds = 3; }), "max_fds");
  EXPECT_EQ(with([](PackOptions &o) { o.max_fds = (1 << 20) + 1; }), "max_fds");
  EXPECT_EQ(with([](PackOptions &o) { o.preopens.push_back({.name = "../x"}); }), "../x");
  EXPECT_EQ(with([](PackOptions &o) { o.stubs.push_back({"none", "f"}); }), "--stub none.f");
  EXPECT_EQ(with([](PackOptions &o) {
              o.stubs.push_back({"wasi_snapshot_preview1", "path_open", Stub::Answer::error, 77});
            }),
            "stubs");
  EXPECT_EQ(with([](PackOptions &o) { o.denied = {"nonsense"}; }), "--deny nonsense");
}

TEST(PackLibrary, BadModulesAndLayersAreNamed) {
  EXPECT_THAT(error_of({}, with_root(), {}), HasSubstr("app.wasm"));
  EXPECT_THAT(error_of({}, with_root(), {'e', 'l', 'f'}), HasSubstr("app.wasm"));
  for (size_t n = 0; n < kModule.size(); n++) // no prefix crashes; the empty sections of some are modules
    (void)error_of({}, with_root(), {kModule.begin(), kModule.begin() + static_cast<ptrdiff_t>(n)});
  PackOptions options = with_root();
  const uint8_t nothing[] = {1, 2, 3};
  options.layers_above = {{"dir/own.wasm", nothing}};
  auto packed = pack(kModule, {}, options);
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().kind, PackError::Kind::layer);
  EXPECT_THAT(packed.error().where, HasSubstr("dir/own.wasm"));
  auto again = pack(kModule, {}, with_root());
  ASSERT_TRUE(again);
  EXPECT_FALSE(pack(again->bytes, {}, with_root())); // packed already
}

} // namespace
} // namespace mayfly
