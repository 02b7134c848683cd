#include "abi/wasi_p1/test_support.h"

namespace mayfly::wasi_p1 {
namespace {

class PollTest : public WasiP1, public testing::WithParamInterface<Dialect> {
protected:
  static constexpr AppPtr kIn = 0x30000, kEvents = 0x38000;
  u32 bytes_ = GetParam() == Dialect::snapshot ? 48 : 56;
  u32 clock_at_ = GetParam() == Dialect::snapshot ? 16 : 24;

  struct Sub {
    u32 type; // 0 clock, 1 read, 2 write
    u32 fd = 0;
    u64 timeout = 0;
    u32 flags = 0;
    u32 clock_id = 1;
  };
  struct Event {
    u64 userdata;
    Errno error;
    u32 type;
    u64 nbytes;
    bool operator==(const Event &) const = default;
    friend std::ostream &operator<<(std::ostream &o, const Event &v) {
      return o << v.userdata << ": " << errno_name(v.error) << " type " << v.type << " bytes " << v.nbytes;
    }
  };
  void put(const std::vector<Sub> &subs) {
    for (u32 i = 0; i < subs.size(); i++) {
      AppPtr at = kIn + i * bytes_;
      std::memset(&box.app[at], 0x5a, bytes_);
      host::app_store_u64(at, 100 + i);
      host::app_store_u8(at + 8, subs[i].type);
      if (subs[i].type == 0) {
        host::app_store_u32(at + clock_at_, subs[i].clock_id);
        host::app_store_u64(at + clock_at_ + 8, subs[i].timeout);
        host::app_store_u16(at + clock_at_ + 24, subs[i].flags);
      } else {
        host::app_store_u32(at + 16, subs[i].fd);
      }
    }
  }
  std::vector<Event> poll(const std::vector<Sub> &subs) {
    put(subs);
    std::vector<uint8_t> before(box.app.begin(), box.app.begin() + kEvents);
    EXPECT_EQ(e(poll_oneoff(fs, kIn, kEvents, static_cast<u32>(subs.size()), kOut, GetParam())), Errno::ok);
    std::vector<Event> events;
    for (u32 i = 0; i < out32(); i++) {
      AppPtr at = kEvents + i * 32;
      events.push_back({host::app_load_u64(at), e(host::app_load_u16(at + 8)), host::app_load_u8(at + 10),
                        host::app_load_u64(at + 16)});
    }
    // The list is only borrowed; bytes 20 to 24 of a translated descriptor's union may change.
    for (u32 i = 0; i < subs.size(); i++) {
      EXPECT_EQ(std::memcmp(&box.app[kIn + i * bytes_], &before[kIn + i * bytes_], 20), 0) << i;
      EXPECT_EQ(std::memcmp(&box.app[kIn + i * bytes_ + 24], &before[kIn + i * bytes_ + 24], bytes_ - 24), 0)
          << i;
    }
    return events;
  }
  using Events = std::vector<Event>;
};

INSTANTIATE_TEST_SUITE_P(Dialects, PollTest, testing::Values(Dialect::snapshot, Dialect::unstable));

// A host that suspends the call lets other code run, which may use the list's memory for something else.
TEST_P(PollTest, WhatIsWrittenOverTheListWhileTheHostWaitsStays) {
  for (Fd twin : {8u, 9u, 10u}) Sandbox::must(dup2(fs, 0, twin));
  put({{.type = 1, .fd = 8}, {.type = 1, .fd = 9}, {.type = 1, .fd = 10}});
  AppPtr second = kIn + bytes_ + 16, third = kIn + 2 * bytes_ + 16;
  below.waiting = [&] {
    EXPECT_EQ(host::app_load_u32(second), 0u) << "the host's number";
    host::app_store_u32(second, 77);
    Sandbox::must(mayfly::close(fs, 10));
    host::app_store_u32(third, 78);
  };
  below.ready = {0};
  EXPECT_EQ(e(poll_oneoff(fs, kIn, kEvents, 3, kOut, GetParam())), Errno::ok);
  EXPECT_EQ(host::app_load_u32(kIn + 16), 8u) << "put back";
  EXPECT_EQ(host::app_load_u32(second), 77u);
  EXPECT_EQ(host::app_load_u32(third), 78u);
}

TEST_P(PollTest, FilesAreReadyAtOnce) {
  Fd fd = open("f", {.oflags = oflag::creat});
  EXPECT_EQ(write(fd, "12345"), Errno::ok);
  EXPECT_EQ(fd_seek(fs, fd, 2, 0, kOut, Dialect::snapshot), 0u);
  EXPECT_EQ(poll({{1, fd}, {2, fd}, {0, 0, 1'000'000}}),
            (Events{{100, Errno::ok, 1, 3}, {101, Errno::ok, 2, 1}}));
  EXPECT_TRUE(below.calls.empty());
}

TEST_P(PollTest, OnlyHostAndClocksGoDownWhole) {
  below.ready = {1};
  EXPECT_EQ(poll({{1, 0}, {2, 1}, {0, 0, 5}}), (Events{{101, Errno::ok, 2, 77}}));
  EXPECT_EQ(below.calls, std::vector<std::string>{"poll_oneoff 3"});
  EXPECT_EQ(poll({{0, 0, 5}}), (Events{{100, Errno::ok, 0, 77}}));
}

TEST_P(PollTest, HostDescriptorsAreTranslated) {
  Fd fd = Sandbox::must(open_host(fs, 42, kAll, kAll));
  below.ready = {42};
  EXPECT_EQ(poll({{1, 0}, {1, fd}}), (Events{{101, Errno::ok, 1, 77}}));
  EXPECT_EQ(below.polled, (std::vector<u32>{0, 42}));
}

TEST_P(PollTest, MixedListsDoNotWait) {
  Fd file = open("f", {.oflags = oflag::creat}), sock = Sandbox::must(open_host(fs, 42, kAll, kAll));
  below.ready = {42};
  std::vector<uint8_t> low(box.app.begin(), box.app.begin() + 256);
  EXPECT_EQ(poll({{1, 0}, {1, sock}, {0, 0, 5}, {0, 0, 0}, {2, file}}),
            (Events{{101, Errno::ok, 1, 77}, {103, Errno::ok, 0, 0}, {104, Errno::ok, 2, 1}}));
  EXPECT_EQ(below.calls.size(), 2u) << "each of the host's was asked";
  EXPECT_EQ(std::vector<uint8_t>(box.app.begin(), box.app.begin() + 256), low);
}

TEST_P(PollTest, ErrorsAreEvents) {
  Fd bare = open("f", {.oflags = oflag::creat, .base = right::fd_read});
  EXPECT_EQ(poll({{1, 99}, {1, bare}, {0, 0, 5, 2}, {0, 0, 5, 0, 9}, {7, 1}}),
            (Events{{100, Errno::badf, 1, 0},
                    {101, Errno::notcapable, 1, 0},
                    {102, Errno::inval, 0, 0},
                    {103, Errno::inval, 0, 0},
                    {104, Errno::inval, 7, 0}}));
}

TEST_P(PollTest, HermeticTimeJumps) {
  fs.config |= kConfigHermetic;
  fs.clock_base = 1'000'000;
  EXPECT_EQ(poll({{0, 0, 9'000}, {0, 0, 5'000}, {0, 0, 1'006'000, 1}}),
            (Events{{101, Errno::ok, 0, 0}, {102, Errno::ok, 0, 0}}));
  EXPECT_EQ(fs.clock_base, 1'006'000);
  EXPECT_EQ(poll({{0, 0, ~u64{0}}}), (Events{{100, Errno::inval, 0, 0}})) << "would be forever";
  EXPECT_EQ(poll({{0, 0, 3, 1}}), (Events{{100, Errno::ok, 0, 0}})) << "in the past";
  EXPECT_TRUE(below.calls.empty());
}

TEST_P(PollTest, Arguments) {
  put({{0}});
  auto call = [&](AppPtr in, AppPtr out, u32 n, AppPtr size) {
    return e(poll_oneoff(fs, in, out, n, size, GetParam()));
  };
  EXPECT_EQ(call(kIn, kEvents, 0, kOut), Errno::inval);
  EXPECT_EQ(call(kBad - bytes_ + 1, kEvents, 1, kOut), Errno::fault);
  EXPECT_EQ(call(kIn, kBad - 31, 1, kOut), Errno::fault);
  EXPECT_EQ(call(kIn, kEvents, 1, kBad - 3), Errno::fault);
  EXPECT_EQ(call(kIn, kEvents, ~u32{0}, kOut), Errno::fault);
  EXPECT_EQ(call(0, 0, 0x80000001, kOut), Errno::fault);
}

} // namespace
} // namespace mayfly::wasi_p1
