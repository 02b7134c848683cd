// poll_oneoff over a list that may mix our descriptors, the host's and clocks.
//
//  - Nothing of ours in the list: the whole list goes down, the descriptors in it translated in
//    place for the time of the call, so that the host does the waiting.
//  - Something of ours: files are always ready, so the call does not wait. The host's descriptors
//    are asked one by one with a timeout of zero; clocks are reported when they need no waiting.
//  - No host to ask (hermetic): the counter clock jumps to the earliest timeout.
//
// The downcalls are all made by poll_oneoff itself, which keeps nothing but numbers across them; the steps between
// them are functions that look at the list anew.
#include "abi/wasi_p1/call.h"

namespace mayfly::wasi_p1 {
namespace {

namespace eventtype = abi::value::eventtype;
enum class Type : u32 { clock = eventtype::clock, fd_read = eventtype::fd_read, fd_write = eventtype::fd_write };

// Where the fields of a subscription are. A clock's lie at the same distances in both dialects.
struct Layout {
  static consteval u32 at(Dialect d, StrView field) { return abi::offset_of(Record::subscription, d, field); }
  static constexpr Dialect kOne = Dialect::snapshot, kOther = Dialect::unstable;

  u32 bytes, clock_id;
  explicit Layout(Dialect d)
      : bytes(d == kOne ? abi::bytes_of(Record::subscription, kOne) : abi::bytes_of(Record::subscription, kOther)),
        clock_id(d == kOne ? at(kOne, "id") : at(kOther, "id")) {}
};
// From the clock's id.
constexpr u32 kTimeoutAfter = Layout::at(Layout::kOne, "timeout") - Layout::at(Layout::kOne, "id"),
              kFlagsAfter = Layout::at(Layout::kOne, "flags") - Layout::at(Layout::kOne, "id");
static_assert(Layout::at(Layout::kOther, "timeout") - Layout::at(Layout::kOther, "id") == kTimeoutAfter &&
              Layout::at(Layout::kOther, "flags") - Layout::at(Layout::kOther, "id") == kFlagsAfter);
constexpr u32 kUserdataAt = offset_of(Record::subscription, "userdata"),
              kTypeAt = offset_of(Record::subscription, "type"), kFdAt = offset_of(Record::subscription, "fd");
static_assert(Layout::at(Layout::kOther, "type") == kTypeAt && Layout::at(Layout::kOther, "fd") == kFdAt);
// Bytes of a descriptor's subscription that nobody reads: where its own number waits for its return.
constexpr u32 kSavedAt = kFdAt + 4;
// An event's error and type are stored as one word.
constexpr u32 kEventErrorAt = offset_of(Record::event, "error"), kEventTypeAt = offset_of(Record::event, "type"),
              kNbytesAt = offset_of(Record::event, "nbytes"), kEventFlagsAt = offset_of(Record::event, "flags");
static_assert(kEventTypeAt == kEventErrorAt + 2 && offset_of(Record::event, "userdata") == 0);

struct Subscription {
  u64 userdata;
  Type type;
  u32 fd;       // descriptors
  u32 clock_id; // clocks
  u64 timeout;
  bool absolute;
  Errno invalid;

  Subscription(AppPtr at, Layout layout) {
    userdata = host::app_load_u64(at + kUserdataAt);
    type = static_cast<Type>(host::app_load_u8(at + kTypeAt));
    fd = host::app_load_u32(at + kFdAt);
    clock_id = host::app_load_u32(at + layout.clock_id);
    timeout = host::app_load_u64(at + layout.clock_id + kTimeoutAfter);
    u32 flags = host::app_load_u16(at + layout.clock_id + kFlagsAfter);
    absolute = flags & abi::value::subclockflags::abstime;
    bool bad = static_cast<u32>(type) > eventtype::fd_write || (type == Type::clock && (clock_id > kClockMax || (flags & ~abi::value::subclockflags::abstime)));
    invalid = bad ? Errno::inval : Errno::ok;
  }
};

// The list of events being written.
struct Events {
  AppPtr at;
  u32 count = 0;

  void add(const Subscription &sub, Errno error, u64 bytes = 0, u32 flags = 0) {
    AppPtr event = at + count++ * kEventBytes;
    host::app_store_u64(event, sub.userdata);
    host::app_store_u64(event + kEventErrorAt, num(error) | static_cast<u64>(sub.type) << 16);
    host::app_store_u64(event + kNbytesAt, bytes);
    host::app_store_u64(event + kEventFlagsAt, flags);
  }
};

// What the list is made of.
struct Call {
  Fs &fs;
  Dialect dialect;
  Layout layout;
  AppPtr in;
  u32 count;

  Subscription at(u32 i) const { return Subscription(in + i * layout.bytes, layout); }

  // The description of a subscribed descriptor if it is the host's, else null.
  Ofd *host_of(const Subscription &sub) const {
    if (sub.type == Type::clock) return nullptr;
    FdSlot *slot = fd_slot(fs, sub.fd);
    if (slot == nullptr || !has(*slot, right::poll_fd_readwrite)) return nullptr;
    Ofd &ofd = ofd_of(fs, *slot);
    return ofd.kind == Ofd::host ? &ofd : nullptr;
  }
  bool must_wait(const Subscription &sub) const {
    if (sub.invalid != Errno::ok) return false;
    return sub.type == Type::clock || host_of(sub) != nullptr;
  }
};

// A descriptor of ours, or one that is not to be polled at all.
void add_own(const Call &call, const Subscription &sub, Events &events) {
  if (sub.invalid != Errno::ok) return events.add(sub, sub.invalid);
  FdSlot *slot = fd_slot(call.fs, sub.fd);
  if (slot == nullptr) return events.add(sub, Errno::badf);
  if (!has(*slot, right::poll_fd_readwrite)) return events.add(sub, Errno::notcapable);
  const Ofd &ofd = ofd_of(call.fs, *slot);
  u64 bytes = 1;
  if (ofd.kind == Ofd::file && sub.type == Type::fd_read) {
    u64 size = call.fs.inode(ofd.inode).size;
    bytes = size > ofd.offset ? size - ofd.offset : 0;
  }
  events.add(sub, Errno::ok, bytes);
}

// The question to the host about one of its descriptors, without waiting: a list of two, the second a clock with
// a timeout of zero. It lies in lent memory.
struct Question {
  AppPtr list, out, size;
  explicit Question(Layout layout)
      : list(kLent), out(list + 2 * layout.bytes), size(out + 2 * kEventBytes) {}
};
static_assert(2 * abi::bytes_of(Record::subscription, Dialect::unstable) + 2 * kEventBytes + 4 <= kLentMax);

// The ticket of the loan, or 0.
u32 ask(const Call &call, u32 i) {
  Subscription sub = call.at(i);
  Ofd *ofd = call.host_of(sub);
  Question q(call.layout);
  u32 ticket = ofd != nullptr ? lend(q.size + 4 - q.list) : 0;
  if (ticket == 0) return 0;
  host::app_fill(q.list, 0, 2 * call.layout.bytes); // second: clock 0, relative, timeout 0
  host::app_store_u64(q.list + call.layout.bytes, 1);
  host::app_store_u8(q.list + kTypeAt, static_cast<u32>(sub.type));
  host::app_store_u32(q.list + kFdAt, ofd->host_fd);
  return ticket;
}

// Takes the host's answer to the question about subscription i.
u32 answered(const Call &call, Events events, u32 i, u32 ticket, u32 error) {
  Question q(call.layout);
  bool ready = false;
  u64 bytes = 0;
  u32 flags = 0, n = ticket != 0 && error == 0 ? host::app_load_u32(q.size) : 0;
  for (u32 k = 0; k < n && k < 2; k++) {
    AppPtr event = q.out + k * kEventBytes;
    if (host::app_load_u8(event + kEventTypeAt) == static_cast<u32>(Type::clock)) continue;
    ready = true;
    error = host::app_load_u16(event + kEventErrorAt);
    bytes = host::app_load_u64(event + kNbytesAt);
    flags = host::app_load_u16(event + kEventFlagsAt);
  }
  bool ours = ticket != 0 && give_back(ticket); // the list may lie in what was lent
  Subscription sub = call.at(i);
  if (ticket == 0) events.add(sub, Errno::nomem);
  // A host that cannot be asked must not keep a program waiting for its own output.
  else if (!ours || error == num(Errno::nosys)) events.add(sub, Errno::ok, 1);
  else if (ready || error) events.add(sub, static_cast<Errno>(error), bytes, flags);
  return events.count;
}

// What to do about subscription i of a list that does not wait: adds its event, or says that the host is to be
// asked.
constexpr u32 kAskHost = ~u32{0};
u32 event_of(const Call &call, Events events, u32 i) {
  Subscription sub = call.at(i);
  if (sub.invalid == Errno::ok && call.host_of(sub) != nullptr) return kAskHost;
  if (sub.type != Type::clock || sub.invalid != Errno::ok)
    add_own(call, sub, events);
  else if (sub.timeout == 0)
    events.add(sub, Errno::ok);
  return events.count;
}

// Replaces descriptor numbers by the host's, or puts them back.
void translate(const Call &call, bool back) {
  for (u32 i = 0; i < call.count; i++) {
    AppPtr at = call.in + i * call.layout.bytes;
    if (host::app_load_u8(at + kTypeAt) == static_cast<u32>(Type::clock)) continue;
    u32 fd = host::app_load_u32(at + (back ? kSavedAt : kFdAt));
    if (back) {
      // A host that suspends the call lets other code run: what was written there meanwhile stays.
      FdSlot *slot = fd_slot(call.fs, fd);
      if (slot != nullptr && host::app_load_u32(at + kFdAt) == ofd_of(call.fs, *slot).host_fd)
        host::app_store_u32(at + kFdAt, fd);
      continue;
    }
    Ofd *ofd = call.host_of(call.at(i));
    host::app_store_u32(at + kSavedAt, fd);
    host::app_store_u32(at + kFdAt, ofd != nullptr ? ofd->host_fd : kHostDirMissing);
  }
}

// Whether the host would see the numbers it knows without a change: the usual standard streams.
bool needs_translation(const Call &call) {
  for (u32 i = 0; i < call.count; i++) {
    Subscription sub = call.at(i);
    Ofd *ofd = call.host_of(sub);
    if (ofd != nullptr && ofd->host_fd != sub.fd) return true;
  }
  return false;
}

bool translate_if_needed(const Call &call) {
  if (!needs_translation(call)) return false;
  translate(call, false);
  return true;
}

// Without a host only clocks can happen. Time is a counter: it goes to the first of them.
u32 jump(const Call &call, AppPtr out, AppPtr out_size) {
  Events events{out};
  u64 now = static_cast<u64>(counter_clock_ns(call.fs)), first = ~u64{0};
  auto due = [now](const Subscription &sub) {
    u64 at = sub.absolute ? sub.timeout : now + sub.timeout;
    return !sub.absolute && at < now ? ~u64{0} : at;
  };
  for (u32 i = 0; i < call.count; i++) {
    Subscription sub = call.at(i);
    if (sub.type == Type::clock && due(sub) < first) first = due(sub);
  }
  bool ever = first <= kFileSizeMax; // the clock is a signed number of ns
  if (ever && first > now) call.fs.change(call.fs.clock_base) = static_cast<i64>(first);
  for (u32 i = 0; i < call.count; i++) {
    Subscription sub = call.at(i);
    if (sub.type != Type::clock) {
      events.add(sub, Errno::ok, 1); // a host's stream without a host: let the caller find out
    } else if (ever && due(sub) <= (first > now ? first : now)) {
      events.add(sub, Errno::ok);
    } else if (!ever) {
      events.add(sub, Errno::inval);
    }
  }
  host::app_store_u32(out_size, events.count);
  return 0;
}

// What the list wants: an errno, or one of these.
constexpr u32 kWait = 1u << 16, kJump = 2u << 16, kDoNotWait = 3u << 16;
u32 first_step(const Call &call, AppPtr out, AppPtr out_size) {
  if (call.count == 0) return num(Errno::inval);
  u64 memory = host::app_bytes();
  if (static_cast<u64>(call.in) + static_cast<u64>(call.count) * call.layout.bytes > memory ||
      static_cast<u64>(out) + static_cast<u64>(call.count) * kEventBytes > memory || !covers(out_size, 4))
    return num(Errno::fault);
  for (u32 i = 0; i < call.count; i++)
    if (!call.must_wait(call.at(i))) return kDoNotWait;
  return call.fs.config & kConfigHermetic ? kJump : kWait;
}

// One step: a function of nothing but numbers, so that poll_oneoff needs no frame to hold a Call.
enum class Step : u32 { first, translate, back, event, ask, answer, jump };
MAYFLY_NOINLINE u32 run(Step step, AppPtr in, u32 count, Dialect dialect, AppPtr out, u32 a = 0, u32 b = 0, u32 c = 0,
                        u32 d = 0) {
  Call call{fs_after_downcall(), dialect, Layout(dialect), in, count};
  switch (step) {
  case Step::first:
    return first_step(call, out, a);
  case Step::translate:
    return translate_if_needed(call);
  case Step::back:
    translate(call, true);
    return 0;
  case Step::event:
    return event_of(call, Events{out, a}, b);
  case Step::ask:
    return ask(call, b);
  case Step::answer:
    return answered(call, Events{out, a}, b, c, d);
  case Step::jump:
    return jump(call, out, a);
  }
  return 0;
}

MAYFLY_INLINE u32 below_poll(Dialect dialect, AppPtr list, AppPtr out, u32 n, AppPtr out_size) {
  return dialect == Dialect::snapshot ? below::poll_oneoff(list, out, n, out_size)
                                      : below::unstable_poll_oneoff(list, out, n, out_size);
}

// Finds directories of the host's that are in the list (--host-dir) and were not looked for yet.
void find_host_dirs(AppPtr in, u32 count, Dialect dialect) {
  for (u32 i = 0; i < count; i++) {
    AppPtr at = in + i * Layout(dialect).bytes;
    if (host::app_load_u8(at + kTypeAt) == static_cast<u32>(Type::clock)) continue;
    Fs &fs = fs_after_downcall();
    FdSlot *slot = fd_slot(fs, host::app_load_u32(at + kFdAt));
    if (slot != nullptr && ofd_of(fs, *slot).kind == Ofd::host) host_fd_of(fs, *slot);
  }
}

} // namespace

u32 poll_oneoff(Fs &, AppPtr in, AppPtr out, u32 count, AppPtr out_size, Dialect dialect) {
  u32 step = run(Step::first, in, count, dialect, out, out_size);
  if (step < kWait) return step; // an errno
  if (build::host_dirs) find_host_dirs(in, count, dialect);
  if (step == kDoNotWait) {
    u32 events = 0;
    for (u32 i = 0; i < count; i++) {
      u32 more = run(Step::event, in, count, dialect, out, events, i);
      if (more == kAskHost) {
        u32 ticket = run(Step::ask, in, count, dialect, out, 0, i), error = 0;
        Question q{Layout(dialect)};
        if (ticket != 0) error = below_poll(dialect, q.list, q.out, 2, q.size);
        more = run(Step::answer, in, count, dialect, out, events, i, ticket, error);
      }
      events = more;
    }
    host::app_store_u32(out_size, events);
    return 0;
  }
  if (step == kWait) {
    bool translated = run(Step::translate, in, count, dialect, out);
    u32 error = below_poll(dialect, in, out, count, out_size);
    if (translated) run(Step::back, in, count, dialect, out);
    if (error != num(Errno::nosys)) return error;
  }
  return run(Step::jump, in, count, dialect, out, out_size);
}

} // namespace mayfly::wasi_p1
