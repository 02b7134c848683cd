// poll_oneoff over a list that may mix our descriptors, the host's and clocks.
//
//  - Nothing of ours in the list: the whole list goes down, the descriptors in it translated in
//    place for the time of the call, so that the host does the waiting.
//  - Something of ours: files are always ready, so the call does not wait. The host's descriptors
//    are asked one by one with a timeout of zero; clocks are reported when they need no waiting.
//  - No host to ask (hermetic): the counter clock jumps to the earliest timeout.
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
  u32 below(AppPtr list, AppPtr out, u32 n, AppPtr out_size) const {
    return dialect == Dialect::snapshot ? below::poll_oneoff(list, out, n, out_size)
                                        : below::unstable_poll_oneoff(list, out, n, out_size);
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

// Asks the host about one of its descriptors without waiting: a list of two, with a timeout of zero.
void ask_host(const Call &call, const Subscription &sub, u32 host_fd, Events &events) {
  u32 error, bytes_flags = 0;
  u64 bytes = 0;
  bool ready = false;
  {
    Scratch<2 * abi::bytes_of(Record::subscription, Dialect::unstable) + 2 * kEventBytes + 4> scratch;
    if (!scratch.usable()) return events.add(sub, Errno::nomem);
    AppPtr list = scratch.address, out = list + 2 * call.layout.bytes, size = out + 2 * kEventBytes;
    host::app_fill(list, 0, 2 * call.layout.bytes); // second: clock 0, relative, timeout 0
    host::app_store_u64(list + call.layout.bytes, 1);
    host::app_store_u8(list + kTypeAt, static_cast<u32>(sub.type));
    host::app_store_u32(list + kFdAt, host_fd);
    error = call.below(list, out, 2, size);
    u32 n = error == 0 ? host::app_load_u32(size) : 0;
    for (u32 i = 0; i < n && i < 2; i++) {
      AppPtr event = out + i * kEventBytes;
      if (host::app_load_u8(event + kEventTypeAt) == static_cast<u32>(Type::clock)) continue;
      ready = true;
      error = host::app_load_u16(event + kEventErrorAt);
      bytes = host::app_load_u64(event + kNbytesAt);
      bytes_flags = host::app_load_u16(event + kEventFlagsAt);
    }
  }
  // A host that cannot be asked must not keep a program waiting for its own output.
  if (error == num(Errno::nosys)) return events.add(sub, Errno::ok, 1);
  if (ready || error) events.add(sub, static_cast<Errno>(error), bytes, bytes_flags);
}

void poll_now(const Call &call, Events &events) {
  for (u32 i = 0; i < call.count; i++) {
    Subscription sub = call.at(i);
    Ofd *ofd = sub.invalid == Errno::ok ? call.host_of(sub) : nullptr;
    if (ofd != nullptr) {
      ask_host(call, sub, host_fd_of(call.fs, *fd_slot(call.fs, sub.fd)), events);
    } else if (sub.type != Type::clock || sub.invalid != Errno::ok) {
      add_own(call, sub, events);
    } else if (sub.timeout == 0) {
      events.add(sub, Errno::ok);
    }
  }
}

// Replaces descriptor numbers by the host's, or puts them back.
void translate(const Call &call, bool back) {
  for (u32 i = 0; i < call.count; i++) {
    AppPtr at = call.in + i * call.layout.bytes;
    if (host::app_load_u8(at + kTypeAt) == static_cast<u32>(Type::clock)) continue;
    if (back) {
      host::app_store_u32(at + kFdAt, host::app_load_u32(at + kSavedAt));
      continue;
    }
    u32 fd = host::app_load_u32(at + kFdAt);
    host::app_store_u32(at + kSavedAt, fd);
    host::app_store_u32(at + kFdAt, host_fd_of(call.fs, *fd_slot(call.fs, fd)));
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

// Without a host only clocks can happen. Time is a counter: it goes to the first of them.
void jump(const Call &call, Events &events) {
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
  if (ever && first > now) call.fs.clock_base = static_cast<i64>(first);
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
}

} // namespace

u32 poll_oneoff(Fs &fs, AppPtr in, AppPtr out, u32 count, AppPtr out_size, Dialect dialect) {
  Call call{fs, dialect, Layout(dialect), in, count};
  if (count == 0) return num(Errno::inval);
  u64 memory = host::app_bytes();
  if (static_cast<u64>(in) + static_cast<u64>(count) * call.layout.bytes > memory ||
      static_cast<u64>(out) + static_cast<u64>(count) * kEventBytes > memory || !covers(out_size, 4))
    return num(Errno::fault);

  bool wait = true;
  for (u32 i = 0; i < count && wait; i++) wait = call.must_wait(call.at(i));
  Events events{out};
  if (!wait) {
    poll_now(call, events);
    host::app_store_u32(out_size, events.count);
    return 0;
  }
  if (!(fs.config & kConfigHermetic)) {
    bool translated = needs_translation(call);
    if (translated) translate(call, false);
    u32 error = call.below(in, out, count, out_size);
    if (translated) translate(call, true);
    if (error != num(Errno::nosys)) return error;
  }
  jump(call, events);
  host::app_store_u32(out_size, events.count);
  return 0;
}

} // namespace mayfly::wasi_p1
