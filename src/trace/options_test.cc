// What the options change: formats, times, names of descriptors, summaries, faults, where lines go.
#include <nlohmann/json.hpp>

#include "trace/test_support.h"

namespace mayfly::trace {
namespace {

using nlohmann::json;

class OptionsTest : public TraceTest {
protected:
  Effect opens(u32 fd) {
    return [fd] {
      put32(kOut, fd);
      return u64{0};
    };
  }
};

TEST_F(OptionsTest, Times) {
  options.relative_time = options.spent_time = true;
  functions = {wasi("fd_sync"), wasi("proc_exit")};
  begin();
  sink.now = 5'000'000'000;
  sink.step = 1'500'000;
  EXPECT_EQ(again(0, {3}, gives(0)), "     0.000000 fd_sync(3) = 0 <0.001500>\n");
  sink.now += 12'000'000'000;
  EXPECT_EQ(again(0, {3}, gives(8)),
            "    12.003000 fd_sync(3) = -1 EBADF (Bad file descriptor) <0.001500>\n");
  sink.now = 1; // a clock that goes back
  EXPECT_EQ(again(0, {3}, gives(0)), "     0.001500 fd_sync(3) = 0 <0.000000>\n");
  sink.clock_error = 52;
  EXPECT_EQ(again(1, {3}, gives(0)), "     0.000000 proc_exit(3) = ?\n+++ exited with 3 +++\n");
}

// A call within a call is printed first and begins later: -r counts in the order of the beginnings.
TEST_F(OptionsTest, RelativeTimesOfCallsWithinCalls) {
  options.relative_time = true;
  functions = {other("env", "callback", {}, {}), wasi("fd_sync")};
  begin();
  sink.step = 1'000'000;
  std::string got = again(0, {}, [&] {
    call(1, {4}, gives(0));
    call(1, {5}, gives(8));
    return u64{0};
  });
  EXPECT_EQ(got, "     0.001000 fd_sync(4) = 0\n"
                 "     0.002000 fd_sync(5) = -1 EBADF (Bad file descriptor)\n"
                 "     0.000000 env.callback() = void\n");
  EXPECT_EQ(again(1, {6}, gives(0)), "     0.003000 fd_sync(6) = 0\n");
}

TEST_F(OptionsTest, TimeOfDay) {
  functions = {wasi("fd_sync")};
  sink.step = 0;
  auto first = [&](u32 kind) {
    options.wall_time = kind;
    sink.now = 1'700'000'007'008'009'010;
    begin();
    return again(0, {3}, gives(0));
  };
  EXPECT_EQ(first(1), "22:13:27 fd_sync(3) = 0\n");
  EXPECT_EQ(first(2), "22:13:27.008009 fd_sync(3) = 0\n");
  EXPECT_EQ(first(3), "1700000007.008009 fd_sync(3) = 0\n");
  sink.now += 2'500'000'000;
  EXPECT_EQ(again(0, {3}, gives(0)), "1700000009.508009 fd_sync(3) = 0\n");
  options.relative_time = true;
  EXPECT_EQ(first(1), "22:13:27      0.000000 fd_sync(3) = 0\n");
  options.relative_time = false;
  options.format = Format::json;
  EXPECT_FALSE(encode(options, functions).has_value());
}

TEST_F(OptionsTest, Statuses) {
  functions = {wasi("fd_sync"), wasi("proc_exit")};
  auto all = [&](u8 statuses, Summary summary = Summary::none) {
    options.statuses = statuses;
    options.summary = summary;
    begin();
    sink.text.clear();
    sink.step = 0;
    call(0, {3}, gives(0));
    call(0, {4}, gives(8));
    call(1, {0}, gives(0));
    return sink.text;
  };
  std::string good = "fd_sync(3) = 0\n", bad = "fd_sync(4) = -1 EBADF (Bad file descriptor)\n",
              open = "proc_exit(0) = ?\n", end = "+++ exited with 0 +++\n";
  EXPECT_EQ(all(0), good + bad + open + end);
  EXPECT_EQ(all(status::successful), good + end);
  EXPECT_EQ(all(status::failed), bad + end);
  EXPECT_EQ(all(status::unfinished), open + end);
  EXPECT_EQ(all(status::failed | status::unfinished), bad + open + end);
  EXPECT_NE(all(status::failed, Summary::only).find("        1         1 total\n"), std::string::npos);
}

TEST_F(OptionsTest, OnlyCallsAboutAPath) {
  std::string deep(200, 'd');
  options.only = {"/etc/hosts", "/new", "/" + deep};
  options.descriptors = {{3, "/"}, {4, "/etc"}};
  functions = {wasi("path_open"), wasi("fd_read"), wasi("path_rename"), wasi("fd_sync"), wasi("fd_read")};
  functions[4].reaches_host = true;
  begin();
  auto open_at = [&](u32 dir, std::string_view path, u32 fd) {
    return again(0, {dir, 1, text(path), path.size(), 0, 2, 0, 0, kOut}, opens(fd));
  };
  EXPECT_EQ(open_at(4, "passwd", 5), "");
  EXPECT_EQ(open_at(4, "hosts", 6), "path_open(4, \"hosts\", O_RDONLY) = 6\n");
  EXPECT_EQ(open_at(3, "etc/../etc//hosts", 7), "path_open(3, \"etc/../etc//hosts\", O_RDONLY) = 7\n");
  EXPECT_EQ(open_at(9, "/etc/hosts", 8), "path_open(9, \"/etc/hosts\", O_RDONLY) = 8\n");
  EXPECT_EQ(again(3, {5}, gives(0)), "");
  EXPECT_EQ(again(3, {6}, gives(0)), "fd_sync(6) = 0\n");
  EXPECT_EQ(again(4, {6, kIovs, 0, kOut}, gives(8)), "") << "a descriptor of the host's";
  EXPECT_EQ(again(2, {4, text("x"), 1, 3, text("new"), 3}, gives(0)),
            "path_rename(4, \"x\", 3, \"new\") = 0\n");
  EXPECT_EQ(again(2, {4, ~u64{0}, 8, 3, ~u64{0}, ~u64{0}}, gives(21)), "");
  EXPECT_NE(open_at(3, "/" + deep, 9), "");
  EXPECT_EQ(open_at(3, "/" + deep + "x", 9), "");
}

TEST_F(OptionsTest, RulesCountOnlyCallsAboutThePath) {
  options.only = {"/a"};
  options.descriptors = {{3, "/"}};
  functions = {wasi("path_unlink_file")};
  functions[0].fault = Fault{10, 2, 1, 2};
  begin();
  auto unlink = [&](std::string_view path) { return call(0, {3, text(path), path.size()}, gives(0)); };
  EXPECT_EQ(unlink("a"), 0u);
  EXPECT_EQ(unlink("b"), 0u);
  EXPECT_EQ(unlink("a"), 10u);
  EXPECT_EQ(unlink("a"), 0u);
}

TEST_F(OptionsTest, Delays) {
  options.spent_time = true;
  functions = {wasi("fd_sync"), wasi("proc_exit"), other("env", "f", {}, {})};
  functions[0].fault = Fault{.error = 0, .first = 2, .last = 2, .enter_us = 3000, .exit_us = 500};
  functions[1].fault = Fault{.error = 0, .enter_us = 7};
  functions[2].fault = Fault{.error = 0, .exit_us = 90};
  begin();
  sink.step = 1'000;
  EXPECT_EQ(again(0, {3}, gives(0)), "fd_sync(3) = 0 <0.000001>\n");
  EXPECT_EQ(again(0, {3}, gives(0)), "fd_sync(3) = 0 (DELAYED) <0.003503>\n");
  EXPECT_EQ(again(2, {}, gives(0)), "env.f() = void (DELAYED)\n");
  u64 before = sink.now;
  EXPECT_EQ(again(1, {0}, gives(0)), "proc_exit(0) = ? (DELAYED)\n+++ exited with 0 +++\n");
  EXPECT_GE(sink.now, before + 7'000);
}

TEST_F(OptionsTest, DelaysEndWhereTheClockStandsStill) {
  functions = {wasi("fd_sync")};
  functions[0].fault = Fault{.error = 51, .enter_us = 1};
  begin();
  sink.step = 0;
  EXPECT_EQ(again(0, {3}, gives(0)),
            "fd_sync(3) = -1 ENOSPC (No space left on device) (INJECTED) (DELAYED)\n");
  sink.clock_error = 52;
  call(0, {3}, gives(0));
  options.format = Format::json;
  sink.clock_error = 0;
  sink.step = 1'000;
  json j = json::parse(line(functions[0], {3}, 0));
  EXPECT_EQ(j["delayed"], true);
  EXPECT_EQ(j["injected"], true);
}

TEST_F(OptionsTest, ClockIsAskedOnlyWhenNeeded) {
  functions = {wasi("fd_sync")};
  begin();
  u64 before = sink.now;
  call(0, {3}, gives(0));
  EXPECT_EQ(sink.now, before);
  EXPECT_NE(std::ranges::find(off, "trace.now_ns"), off.end());
}

TEST_F(OptionsTest, NamesOfDescriptors) {
  options.show_paths = true;
  Function quiet_close = wasi("fd_close");
  quiet_close.traced = false;
  functions = {wasi("fd_prestat_dir_name"), wasi("path_open"), quiet_close,
               wasi("fd_renumber"),         wasi("fd_sync"),   wasi("path_unlink_file")};
  begin();
  auto open_at = [&](u32 dir, std::string_view path, u32 fd, u32 error = 0) {
    return again(1, {dir, 1, text(path), path.size(), 0, 2, 0, 0, kOut}, [=] {
      if (error == 0) put32(kOut, fd);
      return u64{error};
    });
  };
  auto name = [&](u32 fd) {
    std::string s = again(4, {fd}, gives(0));
    return s.substr(8, s.rfind(')') - 8);
  };
  EXPECT_EQ(name(0), "0<stdin>");
  EXPECT_EQ(name(3), "3");
  EXPECT_EQ(again(0, {3, text("/"), 1}, gives(0)), "fd_prestat_dir_name(3, \"/\", 1) = 0\n");
  EXPECT_EQ(open_at(3, "etc/hosts", 4), "path_open(3</>, \"etc/hosts\", O_RDONLY) = 4\n");
  EXPECT_EQ(name(4), "4</etc/hosts>");
  open_at(3, "./a//b/../c/", 5);
  EXPECT_EQ(name(5), "5</a/c>");
  open_at(5, "d", 6);
  EXPECT_EQ(name(6), "6</a/c/d>");
  open_at(5, "../../..", 7);
  EXPECT_EQ(name(7), "7</>");
  open_at(5, "e", 6, 44); // failed: nothing changed
  EXPECT_EQ(name(6), "6</a/c/d>");
  call(3, {6, 4}, gives(0));
  EXPECT_EQ(name(6), "6");
  EXPECT_EQ(name(4), "4</a/c/d>");
  EXPECT_EQ(again(2, {4}, gives(0)), ""); // not printed, but followed
  EXPECT_EQ(name(4), "4");
  open_at(5, "with \"quotes\"\n<x>", 8);
  EXPECT_EQ(name(8), "8</a/c/with \\\"quotes\\\"\\n<x>>");
  std::string deep(200, 'n');
  open_at(5, deep, 9);
  EXPECT_EQ(name(9), "9<..." + deep.substr(0, 123) + ">");
  open_at(5, std::string(2000, 'n'), 9);
  EXPECT_EQ(name(9), "9");
  open_at(77, "unknown", 9);
  EXPECT_EQ(name(9), "9");
  open_at(3, "x", 128);
  EXPECT_EQ(name(128), "128");
}

TEST_F(OptionsTest, KnownDescriptors) {
  options.show_paths = true;
  options.descriptors = {{3, "/data"}, {4, "."}};
  functions = {wasi("path_open"), wasi("fd_sync")};
  begin();
  call(0, {4, 1, text("x/y"), 3, 0, 2, 0, 0, kOut}, opens(5));
  EXPECT_EQ(again(1, {5}, gives(0)), "fd_sync(5<./x/y>) = 0\n");
  EXPECT_EQ(again(1, {3}, gives(0)), "fd_sync(3</data>) = 0\n");
}

TEST_F(OptionsTest, NamesOfDescriptorsOfEmscripten) {
  options.show_paths = true;
  functions = {emscripten("__syscall_openat"),
               emscripten("__syscall_dup"),
               emscripten("__syscall_dup3"),
               emscripten("__syscall_fcntl64"),
               emscripten("__syscall_chdir"),
               emscripten("__syscall_fchdir"),
               wasi("fd_sync")};
  begin();
  u64 cwd = static_cast<u32>(-100);
  auto name = [&](u32 fd) {
    std::string s = again(6, {fd}, gives(0));
    return s.substr(8, s.rfind(')') - 8);
  };
  EXPECT_EQ(again(0, {cwd, text("home/f", true), 0, 0}, gives(3)),
            "__syscall_openat(AT_FDCWD</>, \"home/f\", O_RDONLY) = 3\n");
  EXPECT_EQ(name(3), "3</home/f>");
  call(1, {3}, gives(4));
  EXPECT_EQ(name(4), "4</home/f>");
  call(4, {text("tmp", true)}, gives(0));
  call(4, {text("x", true)}, gives(0));
  call(0, {cwd, text("g", true), 0, 0}, gives(5));
  EXPECT_EQ(name(5), "5</tmp/x/g>");
  call(2, {5, 3, 0}, gives(3));
  EXPECT_EQ(name(3), "3</tmp/x/g>");
  put32(kBuf, 6);
  call(3, {4, 0, kBuf}, gives(6));
  EXPECT_EQ(name(6), "6</home/f>");
  call(3, {4, 3, kBuf}, gives(0)); // F_GETFL's result is no descriptor
  EXPECT_EQ(name(0), "0<stdin>");
  call(5, {6}, gives(0));
  EXPECT_EQ(
      again(0, {cwd, text("/abs", true), 0, 0}, gives(static_cast<u32>(-44))),
      "__syscall_openat(AT_FDCWD</home/f>, \"/abs\", O_RDONLY) = -1 ENOENT (No such file or directory)\n");
}

TEST_F(OptionsTest, HostsDescriptorsHaveNoNames) {
  options.show_paths = true;
  options.descriptors = {{3, "/data"}};
  Function f = wasi("fd_sync"), g = wasi("fd_close");
  f.reaches_host = g.reaches_host = true;
  functions = {f, g, wasi("fd_sync")};
  begin();
  EXPECT_EQ(again(0, {3}, gives(0)), "[host] fd_sync(3) = 0\n");
  EXPECT_EQ(again(0, {1}, gives(0)), "[host] fd_sync(1<stdout>) = 0\n");
  call(1, {3}, gives(0));
  EXPECT_EQ(again(2, {3}, gives(0)), "fd_sync(3</data>) = 0\n");
}

TEST_F(OptionsTest, Json) {
  options.format = Format::json;
  sink.now = 1'000'000;
  sink.step = 100;
  functions = {wasi("path_open"), wasi("fd_write"),   other("env", "f\"\n", {kF64, kI32}, {kI64}),
               wasi("proc_exit"), wasi("random_get"), wasi("fd_filestat_get")};
  functions[1].reaches_host = true;
  begin();
  std::string path = "a\"\\\n\xc3\xa4\xff\xed\xa0\x80\xe2\x82";
  std::string got = again(0, {3, 1, text(path), path.size(), 1, 66, 0, 0, kOut}, opens(4));
  EXPECT_EQ(got, "{\"call\":\"path_open\",\"module\":\"wasi_snapshot_preview1\",\"args\":{\"fd\":3, "
                 "\"path\":{\"hex\":\"61225c0ac3a4ffeda080e282\"}, "
                 "\"flags\":\"O_RDWR|O_CREAT\"},\"result\":4,\"error\":null,\"host\":false,\"start_ns\":0,"
                 "\"duration_ns\":100}\n");
  json j = json::parse(got);
  EXPECT_EQ(j["args"]["fd"], 3);
  j = json::parse(again(1, {1, iovs({"hello"}), 1, kOut}, gives(8)));
  EXPECT_EQ(j["result"], -1);
  EXPECT_EQ(j["error"], "EBADF");
  EXPECT_EQ(j["host"], true);
  EXPECT_EQ(j["args"]["iovs"][0]["data"], "hello");
  EXPECT_EQ(j["args"]["iovs"][0]["len"], 5);
  EXPECT_EQ(j["start_ns"], 200);
  j = json::parse(again(2, {0x7ff0000000000000, static_cast<u32>(-1)}, gives(static_cast<u64>(-2))));
  EXPECT_EQ(j["call"], "env.f\"\n");
  EXPECT_EQ(j["args"]["0"], "inf");
  EXPECT_EQ(j["args"]["1"], -1);
  EXPECT_EQ(j["result"], -2);
  j = json::parse(again(4, {text("rnd"), 3}, gives(0)));
  EXPECT_EQ(j["args"]["buf"]["data"], "rnd");
  EXPECT_EQ(j["args"]["buf"]["len"], 3);
  host::app_fill(kOut, 0, 64);
  j = json::parse(again(5, {3, kOut}, gives(0)));
  EXPECT_EQ(j["args"]["buf"]["filetype"], "UNKNOWN");
  std::string end = again(3, {7}, gives(0));
  size_t newline = end.find('\n');
  j = json::parse(end.substr(0, newline));
  EXPECT_EQ(j["result"], nullptr);
  EXPECT_EQ(j["args"]["rval"], 7);
  EXPECT_EQ(json::parse(end.substr(newline))["exited"], 7);
}

TEST_F(OptionsTest, JsonOfPathsAndLists) {
  options.format = Format::json;
  options.show_paths = true;
  options.list_max = 1;
  functions = {wasi("fd_write"), wasi("fd_sync")};
  begin();
  json j = json::parse(again(0, {1, iovs({"a", "b"}), 2, kOut}, gives(0)));
  EXPECT_EQ(j["args"]["fd"]["fd"], 1);
  EXPECT_EQ(j["args"]["fd"]["path"], "stdout");
  EXPECT_EQ(j["args"]["iovs"][1], "...");
  EXPECT_EQ(json::parse(again(1, {9}, gives(0)))["args"]["fd"]["path"], nullptr);
}

// Bytes that are no UTF-8 are kept; a character that -s cuts makes no difference.
TEST_F(OptionsTest, JsonOfBytes) {
  options.format = Format::json;
  options.string_max = 5;
  functions = {wasi("fd_write")};
  begin();
  auto data = [&](const std::string &bytes) {
    return json::parse(again(0, {1, iovs({bytes}), 1, kOut}, gives(0)))["args"]["iovs"][0];
  };
  EXPECT_EQ(data("\xc3\xa4\xe2\x82\xac")["data"], "\xc3\xa4\xe2\x82\xac");
  EXPECT_EQ(data("abcd\xe2\x82\xac")["data"], "abcd");
  EXPECT_EQ(data("abcd\xe2\x82\xac")["len"], 7);
  EXPECT_EQ(data("abc\xe2\x82")["data"], (json{{"hex", "616263e282"}})) << "nothing was cut";
  EXPECT_EQ(data("abcd\xe2"
                 "z")["data"],
            "abcd")
      << "what follows is not shown";
  EXPECT_EQ(data(std::string("\x89PNG\0", 5))["data"], (json{{"hex", "89504e4700"}}));
  EXPECT_EQ(data("\xc0\x80")["data"], (json{{"hex", "c080"}}));
  EXPECT_EQ(data("{\"hex\":")["data"], "{\"hex");
  EXPECT_EQ(data("")["data"], "");
}

TEST_F(OptionsTest, Chrome) {
  options.format = Format::chrome;
  functions = {wasi("fd_sync"), wasi("fd_write"), wasi("sched_yield")};
  functions[1].reaches_host = true;
  begin();
  sink.now = 7'000'000;
  sink.step = 1'234;
  call(0, {3}, gives(8));
  call(1, {1, iovs({"x"}), 1, kOut}, gives(0));
  call(2, {}, gives(0));
  mayfly_trace_finish();
  mayfly_trace_finish();
  call(2, {}, gives(0)); // the array is closed
  json j = json::parse(sink.text);
  std::vector<json> events;
  for (const json &event : j)
    if (event["ph"] == "X") events.push_back(event);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0]["name"], "fd_sync");
  EXPECT_EQ(events[0]["cat"], "wasi_snapshot_preview1");
  EXPECT_EQ(events[0]["ts"], 0.0);
  EXPECT_EQ(events[0]["dur"], 1.234);
  EXPECT_EQ(events[0]["args"]["fd"], 3);
  EXPECT_EQ(events[0]["args"]["error"], "EBADF");
  EXPECT_EQ(events[1]["ts"], 2.468);
  EXPECT_NE(events[1]["tid"], events[0]["tid"]);
  EXPECT_EQ(events[2]["args"]["result"], 0);
}

TEST_F(OptionsTest, ChromeWithoutCallsIsWhole) {
  options.format = Format::chrome;
  functions = {wasi("fd_sync")};
  begin();
  mayfly_trace_finish();
  EXPECT_TRUE(json::parse(sink.text).is_array());
}

TEST_F(OptionsTest, Summary) {
  options.summary = Summary::only;
  functions = {wasi("fd_sync"), wasi("fd_close"), wasi("fd_tell"), wasi("sched_yield"), wasi("proc_exit")};
  begin();
  for (int i = 0; i < 3; i++) {
    sink.step = 2'000'000;
    call(0, {3}, gives(i == 2 ? 8 : 0));
    sink.step = 1'000'000;
    call(1, {3}, gives(0));
  }
  sink.step = 3'000'000;
  call(3, {}, gives(0));
  call(4, {0}, gives(0));
  EXPECT_EQ(sink.text, "% time     seconds  usecs/call     calls    errors call\n"
                       "------ ----------- ----------- --------- --------- ----------------\n"
                       " 50.00    0.006000        2000         3         1 fd_sync\n"
                       " 25.00    0.003000        1000         3           fd_close\n"
                       " 25.00    0.003000        3000         1           sched_yield\n"
                       "  0.00    0.000000           0         1           proc_exit\n"
                       "------ ----------- ----------- --------- --------- ----------------\n"
                       "100.00    0.012000        1500         8         1 total\n");
}

TEST_F(OptionsTest, SummaryOfNothing) {
  options.summary = Summary::both;
  functions = {wasi("fd_sync")};
  begin();
  mayfly_trace_finish();
  EXPECT_EQ(sink.text, "+++ exited with 0 +++\n"
                       "% time     seconds  usecs/call     calls    errors call\n"
                       "------ ----------- ----------- --------- --------- ----------------\n"
                       "------ ----------- ----------- --------- --------- ----------------\n"
                       "  0.00    0.000000           0         0           total\n");
}

TEST_F(OptionsTest, Faults) {
  auto failing = [&](Fault fault) {
    Function f = wasi("fd_sync");
    f.fault = fault;
    functions = {f};
    begin();
    std::string calls;
    for (int i = 0; i < 8; i++) {
      bool called = false;
      u64 result = call(0, {3}, [&] {
        called = true;
        return u64{0};
      });
      EXPECT_EQ(called, result == 0);
      calls += result == 0 ? '.' : 'F';
    }
    return calls;
  };
  EXPECT_EQ(failing({51, 3, 1, 3}), "..F.....");
  EXPECT_EQ(failing({51, 3, 1, ~0u}), "..FFFFFF");
  EXPECT_EQ(failing({51, 2, 3, ~0u}), ".F..F..F");
  EXPECT_EQ(failing({51, 4, 1, 6}), "...FFF..");
  EXPECT_EQ(failing({51, 1, 1, ~0u}), "FFFFFFFF");
  EXPECT_EQ(again(0, {3}, gives(0)), "fd_sync(3) = -1 ENOSPC (No space left on device) (INJECTED)\n");
  Function f = emscripten("__syscall_dup");
  f.fault = Fault{33};
  EXPECT_EQ(line(f, {3}, 4), "__syscall_dup(3) = -1 EMFILE (Too many open files) (INJECTED)\n");
  options.format = Format::json;
  EXPECT_EQ(json::parse(line(f, {3}, 4))["injected"], true);
}

TEST_F(OptionsTest, TheEnd) {
  functions = {wasi("proc_exit"), wasi("fd_sync"), other("env", "abort", {kI32}, {}),
               other("env", "callback", {}, {})};
  begin();
  EXPECT_EQ(again(2, {5}, gives(0)), "env.abort(i32 5) = ?\n");
  call(0, {3}, gives(0));
  mayfly_trace_finish();
  mayfly_trace_trapped();
  EXPECT_EQ(sink.text, "env.abort(i32 5) = ?\nproc_exit(3) = ?\n+++ exited with 3 +++\n");
}

TEST_F(OptionsTest, TheEndByReturn) {
  functions = {wasi("fd_sync")};
  options.header = "# trace\n";
  begin();
  mayfly_trace_finish();
  EXPECT_EQ(sink.text, "# trace\n+++ exited with 0 +++\n");
}

TEST_F(OptionsTest, TheEndByTrap) {
  functions = {other("env", "callback", {kI32}, {kI32}), wasi("fd_sync"), wasi("fd_filestat_get")};
  begin();
  u64 outer[6] = {1}, inner[7] = {3, kOut};
  EXPECT_EQ(mayfly_trace_enter(0, outer), 0u);
  call(1, {4}, gives(0));
  EXPECT_EQ(mayfly_trace_enter(2, inner), 0u); // traps
  mayfly_trace_trapped();
  mayfly_trace_trapped();
  EXPECT_EQ(sink.text,
            "fd_sync(4) = 0\nfd_filestat_get(3, 0x8000) = ? <unfinished>\n+++ killed by a trap +++\n");
}

TEST_F(OptionsTest, NestedCalls) {
  functions = {other("env", "callback", {}, {}), wasi("fd_sync")};
  begin();
  std::string got = again(0, {}, [&] {
    call(1, {4}, gives(0));
    return u64{0};
  });
  EXPECT_EQ(got, "fd_sync(4) = 0\nenv.callback() = void\n");
  mayfly_trace_trapped(); // outside of any call
  EXPECT_EQ(sink.text, got + "+++ killed by a trap +++\n");
}

TEST_F(OptionsTest, SinksThatTakeLittle) {
  functions = {wasi("fd_sync")};
  begin();
  sink.piece = 3;
  sink.error = 6;
  sink.errors_left = 20;
  EXPECT_EQ(again(0, {3}, gives(0)), "fd_sync(3) = 0\n");
  sink.error = 8;
  sink.errors_left = 1;
  EXPECT_EQ(again(0, {3}, gives(0)), "");
  EXPECT_EQ(again(0, {3}, gives(0)), ""); // given up
}

TEST_F(OptionsTest, SinkThatIsFullLosesALine) {
  functions = {wasi("fd_sync")};
  begin();
  sink.error = 6;
  EXPECT_EQ(again(0, {3}, gives(0)), "");
  sink.error = 0;
  EXPECT_EQ(again(0, {3}, gives(0)), "fd_sync(3) = 0\n");
}

TEST_F(OptionsTest, WhatTheSinkCallsIsNotTraced) {
  functions = {wasi("fd_sync")};
  begin();
  sink.during_write = [&] {
    u64 slots[6] = {3};
    EXPECT_EQ(mayfly_trace_enter(0, slots), 0u);
    mayfly_trace_exit(0, slots);
  };
  EXPECT_EQ(again(0, {3}, gives(0)), "fd_sync(3) = 0\n");
}

TEST_F(OptionsTest, AnotherDescriptor) {
  options.sink_fd = 17;
  EXPECT_EQ(line(wasi("fd_sync"), {3}), "fd_sync(3) = 0\n");
  EXPECT_EQ(sink.files[17], "fd_sync(3) = 0\n");
}

TEST_F(OptionsTest, IntoAFile) {
  options.into_path = "var/log/trace";
  options.into_fd = 5;
  functions = {wasi("fd_sync")};
  begin();
  call(0, {3}, gives(0));
  call(0, {4}, gives(0));
  EXPECT_EQ(sink.files[9], "fd_sync(3) = 0\nfd_sync(4) = 0\n");
  EXPECT_EQ(sink.opened, (std::vector<std::string>{"5 var/log/trace 9 1", "5 var/log/trace 1 1"}));
  EXPECT_EQ(sink.closed, (std::vector<std::string>{"9", "9"}));
}

TEST_F(OptionsTest, LinesThatAFileHasNoRoomForAreCounted) {
  options.into_path = "trace";
  functions = {wasi("fd_sync")};
  begin();
  call(0, {3}, gives(0));
  sink.error = 51; // ENOSPC
  for (u64 fd = 4; fd < 7; fd++) call(0, {fd}, gives(0));
  sink.error = 0;
  call(0, {7}, gives(0));
  call(0, {8}, gives(0));
  EXPECT_EQ(sink.files[9],
            "fd_sync(3) = 0\n... 3 lines lost: no room in the file\nfd_sync(7) = 0\nfd_sync(8) = 0\n");
}

TEST_F(OptionsTest, ALineThatIsCutIsEndedBeforeTheNext) {
  options.into_path = "trace";
  functions = {wasi("fd_sync")};
  begin();
  sink.piece = 5;
  sink.during_write = [&] { sink.error = sink.text.size() == 5 ? 51 : 0; };
  call(0, {3}, gives(0));
  sink.during_write = nullptr;
  sink.error = 0;
  sink.piece = 100;
  call(0, {4}, gives(0));
  EXPECT_EQ(sink.text, "fd_sy\n... 1 lines lost: no room in the file\nfd_sync(4) = 0\n");
}

TEST_F(OptionsTest, TheEndIsToldWhereItsCallIsNotTraced) {
  Function exit = wasi("proc_exit");
  exit.traced = false;
  options.summary = Summary::both;
  functions = {wasi("fd_sync"), exit};
  functions[0].reaches_host = true;
  begin();
  call(0, {3}, gives(0));
  call(1, {7}, gives(0));
  EXPECT_EQ(sink.text, "[host] fd_sync(3) = 0\n+++ exited with 7 +++\n"
                       "% time     seconds  usecs/call     calls    errors call\n"
                       "------ ----------- ----------- --------- --------- ----------------\n"
                       "100.00    0.000001           1         1           [host] fd_sync\n"
                       "------ ----------- ----------- --------- --------- ----------------\n"
                       "100.00    0.000001           1         1           total\n");
}

} // namespace
} // namespace mayfly::trace
