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
  EXPECT_THAT(failure("trac=file"), HasSubstr("\"trac\" is neither trace nor fault"));
  EXPECT_THAT(failure("fault=fd_wriet"), HasSubstr("did you mean fd_write?"));
  EXPECT_THAT(failure("fault=fd_write:error=ENOSPCE"),
              HasSubstr("\"ENOSPCE\" is no error; did you mean ENOSPC?"));
  EXPECT_THAT(failure("fault=fd_write:retval=3"), HasSubstr("neither error= nor when="));
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
