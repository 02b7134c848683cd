// -e of strace: what it means, and what it says about slips.
#include "trace/filter_native.h"

#include <gmock/gmock.h>

namespace mayfly::cli {
namespace {

using testing::HasSubstr;

const TraceTarget kOpen{"wasi_snapshot_preview1", "path_open", "file", false};
const TraceTarget kWrite{"wasi_snapshot_preview1", "fd_write", "desc", false};
const TraceTarget kHostWrite{"wasi_snapshot_preview1", "fd_write", "desc", true};
const TraceTarget kOpenat{"env", "__syscall_openat", "file", true};
const TraceTarget kAbort{"env", "abort", "", true};
const std::vector<TraceTarget> kAll{kOpen, kWrite, kHostWrite, kOpenat, kAbort};

TraceFilter filter(const std::vector<std::string> &expressions) {
  TraceFilter f;
  for (const std::string &e : expressions) {
    auto done = f.add(e);
    EXPECT_TRUE(done) << e << ": " << done.error().message;
  }
  auto checked = f.check(kAll);
  EXPECT_TRUE(checked) << checked.error().where;
  return f;
}

// One letter a target that is traced, in the order of kAll.
std::string traced(const std::vector<std::string> &expressions) {
  std::string letters = "owhea", out;
  TraceFilter f = filter(expressions);
  for (size_t i = 0; i < kAll.size(); i++)
    if (f.traces(kAll[i])) out += letters[i];
  return out;
}

std::string failure(const std::string &expression) {
  TraceFilter f;
  auto done = f.add(expression);
  if (done) done = f.check(kAll);
  if (done) return "";
  EXPECT_EQ(done.error().exit_code, kExitUsage);
  return done.error().where + ": " + done.error().message + "; " + done.error().hint;
}

TEST(TraceFilter, NamesGroupsAndNegation) {
  EXPECT_EQ(traced({}), "owhea");
  EXPECT_EQ(traced({"trace=all"}), "owhea");
  EXPECT_EQ(traced({"trace=none"}), "");
  EXPECT_EQ(traced({"trace=file"}), "oe");
  EXPECT_EQ(traced({"trace=%file"}), "oe");
  EXPECT_EQ(traced({"path_open"}), "o");
  EXPECT_EQ(traced({"trace=openat"}), "e");
  EXPECT_EQ(traced({"trace=__syscall_openat,env.abort"}), "ea");
  EXPECT_EQ(traced({"trace=wasi_snapshot_preview1.fd_write"}), "wh");
  EXPECT_EQ(traced({"trace=host"}), "hea");
  EXPECT_EQ(traced({"trace=!host"}), "ow");
  EXPECT_EQ(traced({"trace=!file,abort"}), "wh");
  EXPECT_EQ(traced({"trace=all,!fd_write"}), "oea");
  EXPECT_EQ(traced({"trace=path_open", "trace=abort"}), "oa");
  EXPECT_EQ(traced({"fault=path_open"}), "owhea") << "a fault does not filter";
}

// What strace(1) calls otherwise.
TEST(TraceFilter, NamesOfUnix) {
  const TraceTarget send{"wasi_snapshot_preview1", "sock_send", "socket", true};
  for (const char *name : {"network", "%network", "%net", "socket"}) {
    TraceFilter f;
    ASSERT_TRUE(f.add(std::string("trace=") + name));
    EXPECT_TRUE(f.check(std::vector{kOpen, send})) << name;
    EXPECT_TRUE(f.traces(send)) << name;
    EXPECT_FALSE(f.traces(kOpen)) << name;
  }
  auto hint = [](const std::string &name, const std::vector<TraceTarget> &targets) {
    TraceFilter f;
    EXPECT_TRUE(f.add("trace=" + name));
    auto checked = f.check(targets);
    return checked ? "" : checked.error().hint;
  };
  EXPECT_EQ(hint("open", {kOpen}), "did you mean path_open?");
  EXPECT_EQ(hint("openat", {kOpen}), "did you mean path_open?");
  EXPECT_EQ(hint("lseek", {kOpen}), "did you mean fd_seek?");
  EXPECT_EQ(hint("exit_group", {kOpen}), "did you mean proc_exit?");
  EXPECT_EQ(hint("open", {kOpen, kOpenat}), "") << "a call of Emscripten's";
  EXPECT_EQ(hint("openat", {kOpenat}), "");
}

TEST(TraceFilter, Statuses) {
  using namespace trace::status;
  EXPECT_EQ(filter({}).statuses(), 0);
  EXPECT_EQ(filter({"status=failed"}).statuses(), failed);
  EXPECT_EQ(filter({"status=failed,unfinished"}).statuses(), failed | unfinished);
  EXPECT_EQ(filter({"status=!successful"}).statuses(), failed | unfinished);
  EXPECT_EQ(traced({"status=failed"}), "owhea") << "which calls is another question";
  EXPECT_THAT(failure("status=fialed"),
              HasSubstr("\"fialed\" is none of successful, failed, unfinished; did you mean failed?"));
  EXPECT_THAT(failure("status="), HasSubstr("is none of"));
  EXPECT_THAT(failure("status=!all"), HasSubstr("leaves no call"));
}

TEST(TraceFilter, Delays) {
  auto rule = [](const std::string &expression) {
    const trace::Fault f = filter({expression}).fault_of(kWrite)->fault;
    return std::to_string(f.error) + ":" + std::to_string(f.enter_us) + "," + std::to_string(f.exit_us);
  };
  EXPECT_EQ(rule("inject=fd_write:delay_enter=1500"), "0:1500,0");
  EXPECT_EQ(rule("inject=fd_write:delay_exit=20ms:delay_enter=1s"), "0:1000000,20000");
  EXPECT_EQ(rule("fault=fd_write:delay_enter=7us:error=EIO"), "29:7,0");
  EXPECT_EQ(rule("inject=fd_write:delay_enter=1ns"), "0:1,0");
  EXPECT_TRUE(filter({"inject=fd_write:delay_exit=1"}).delays());
  EXPECT_FALSE(filter({"fault=fd_write"}).delays());
  for (const char *time : {"", "0", "x", "-1", "1h", "1.5ms", "3601s", "99999999999999999999"})
    EXPECT_THAT(failure(std::string("inject=fd_write:delay_enter=") + time),
                HasSubstr("is not a time of at most an hour"))
        << time;
}

TEST(TraceFilter, Slips) {
  EXPECT_THAT(failure("trace=path_opne"),
              HasSubstr("trace=path_opne: is no call and no group; did you mean path_open?"));
  EXPECT_THAT(failure("trace=opnat"), HasSubstr("did you mean openat?"));
  EXPECT_THAT(failure("trace=flie"), HasSubstr("did you mean file?"));
  EXPECT_THAT(failure("trace=write"), HasSubstr("did you mean fd_write?"));
  EXPECT_THAT(failure("trace=%open"), HasSubstr("did you mean path_open?"));
  EXPECT_THAT(failure("trace=xyzzyx"), HasSubstr("groups: all, none, host, file"));
  EXPECT_THAT(failure("trace="), HasSubstr("is missing"));
  EXPECT_THAT(failure("trace=file,"), HasSubstr("is missing"));
  EXPECT_THAT(failure("trac=file"), HasSubstr("\"trac\" is none of trace, status, fault and inject"));
  EXPECT_THAT(failure("fault=fd_wriet"), HasSubstr("did you mean fd_write?"));
  EXPECT_THAT(failure("fault=fd_write:error=ENOSPCE"),
              HasSubstr("\"ENOSPCE\" is no error; did you mean ENOSPC?"));
  EXPECT_THAT(failure("fault=fd_write:retval=3"),
              HasSubstr("none of error=, when=, delay_enter= and delay_exit="));
  EXPECT_EQ(failure("trace=sock_send"), "") << "known, though this module has it not";
  for (const char *when : {"0", "", "x", "1..", "3..2", "1+0", "1+x", "..3", "-1", "4294967296"})
    EXPECT_THAT(failure(std::string("fault=fd_write:when=") + when), HasSubstr("does not say which calls"))
        << when;
}

TEST(TraceFilter, Faults) {
  auto rule = [](const std::string &expression, const TraceTarget &target = kWrite) {
    auto injected = filter({expression}).fault_of(target);
    if (!injected) return std::string("none");
    const trace::Fault &f = injected->fault;
    return std::to_string(f.error) + ":" + std::to_string(f.first) + "+" + std::to_string(f.step) + ".." +
           (f.last == ~0u ? "" : std::to_string(f.last));
  };
  EXPECT_EQ(rule("fault=fd_write"), "52:1+1..");
  EXPECT_EQ(rule("fault=fd_write:error=ENOSPC"), "51:1+1..");
  EXPECT_EQ(rule("fault=fd_write:error=ENOSPC:when=3"), "51:3+1..3");
  EXPECT_EQ(rule("inject=desc:when=3+:error=EIO"), "29:3+1..");
  EXPECT_EQ(rule("fault=fd_write:when=1+2"), "52:1+2..");
  EXPECT_EQ(rule("fault=fd_write:when=2..5"), "52:2+1..5");
  EXPECT_EQ(rule("fault=fd_write:when=2..9+3"), "52:2+3..9");
  EXPECT_EQ(rule("fault=fd_write", kOpen), "none");
  EXPECT_EQ(rule("fault=!fd_write", kOpen), "52:1+1..");
  EXPECT_EQ(rule("fault=!fd_write"), "none");
  TraceFilter two = filter({"fault=all:error=EIO", "fault=path_open:error=EACCES"});
  EXPECT_EQ(two.fault_of(kOpen)->fault.error, 2u) << "the later rule wins";
  EXPECT_TRUE(two.fault_of(kOpen)->by_name);
  EXPECT_EQ(two.fault_of(kWrite)->fault.error, 29u);
  EXPECT_FALSE(two.fault_of(kWrite)->by_name);
}

} // namespace
} // namespace mayfly::cli
