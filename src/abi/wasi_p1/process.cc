// Arguments, environment, clocks, randomness, exit and yielding: the host's, or, where the
// configuration bits in the superblock say so or the host has none, ours: the baked-in strings,
// the counter clock, the seeded generator.
#include "abi/wasi_p1/call.h"

namespace mayfly::wasi_p1 {
namespace {

constexpr i64 kClockStepNs = 1000;

bool configured(const Fs &fs, u32 bit) { return fs.config & (bit | kConfigHermetic); }

u32 sizes_are(u32 count, u32 bytes, AppPtr out_count, AppPtr out_size) {
  host::app_store_u32(out_count, count);
  host::app_store_u32(out_size, bytes);
  return 0;
}

// Strings to `buf`, their addresses to `vector`. A string starts after each NUL but the last.
u32 copy_strings(Fs &fs, const Blob &blob, AppPtr vector, AppPtr buf) {
  u64 vector_bytes = static_cast<u64>(blob.count) * 4;
  if (vector_bytes > host::app_bytes() || !covers_buffer(vector, static_cast<u32>(vector_bytes)) ||
      !covers_buffer(buf, blob.bytes))
    return num(Errno::fault);
  if (blob.bytes == 0) return 0;
  const char *bytes = fs.at<char>(blob.off);
  u32 start = 0;
  for (u32 i = 0; i < blob.count && start < blob.bytes; i++) {
    host::app_store_u32(vector + i * 4, buf + start);
    while (start < blob.bytes && bytes[start] != 0) start++;
    start++;
  }
  host::app_copy_out(buf, bytes, blob.bytes);
  return 0;
}

// The generator of splitmix64 (Steele, Lea, Flood 2014): any state is a good one, 0 included.
u64 next_random(Fs &fs) {
  u64 z = fs.random_state += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

} // namespace

u32 args_sizes_get(Fs &fs, AppPtr out_count, AppPtr out_size) {
  if (!covers(out_count, 4) || !covers(out_size, 4)) return num(Errno::fault);
  if (!configured(fs, kConfigArgs)) {
    u32 error = below::args_sizes_get(out_count, out_size);
    if (error != num(Errno::nosys)) return error;
    return sizes_are(0, 0, out_count, out_size); // a program without arguments can run
  }
  return sizes_are(fs.args.count, fs.args.bytes, out_count, out_size);
}

u32 args_get(Fs &fs, AppPtr argv, AppPtr buf) {
  if (configured(fs, kConfigArgs)) return copy_strings(fs, fs.args, argv, buf);
  u32 error = below::args_get(argv, buf);
  return error == num(Errno::nosys) ? 0 : error;
}

u32 environ_sizes_get(Fs &fs, AppPtr out_count, AppPtr out_size) {
  if (!covers(out_count, 4) || !covers(out_size, 4)) return num(Errno::fault);
  if (!configured(fs, kConfigEnv)) {
    u32 error = below::environ_sizes_get(out_count, out_size);
    if (error != num(Errno::nosys)) return error;
    return sizes_are(0, 0, out_count, out_size);
  }
  return sizes_are(fs.env.count, fs.env.bytes, out_count, out_size);
}

u32 environ_get(Fs &fs, AppPtr environ, AppPtr buf) {
  if (configured(fs, kConfigEnv)) return copy_strings(fs, fs.env, environ, buf);
  u32 error = below::environ_get(environ, buf);
  return error == num(Errno::nosys) ? 0 : error;
}

namespace {

// What fetch_time() found. Static data: the region may move while the clock is asked.
struct {
  i64 ns;
  bool known;
} fetched_time;

// What lies at kLent while its bytes are lent.
struct {
  u32 ticket, len;
  u8 bytes[kLentMax];
} lent;

} // namespace

MAYFLY_COLD u32 lend(u32 bytes) {
  if (bytes > kLentMax || host::app_bytes() < kLent + bytes) return 0;
  if (lent.len != 0) give_back(lent.ticket);
  host::app_copy_in(lent.bytes, kLent, bytes);
  lent.len = bytes;
  return ++lent.ticket ? lent.ticket : ++lent.ticket;
}

MAYFLY_COLD bool give_back(u32 ticket) {
  if (lent.len == 0 || ticket != lent.ticket) return false;
  host::app_copy_out(kLent, lent.bytes, lent.len);
  lent.len = 0;
  return true;
}

MAYFLY_COLD static void know_time(i64 ns) {
  fetched_time.ns = ns;
  fetched_time.known = true;
}
bool time_is_known() { return fetched_time.known; }
MAYFLY_COLD void fetch_time(Fs &fs) { know_time(wall_clock_ns(fs)); }
i64 take_time() {
  fetched_time.known = false;
  return fetched_time.ns;
}

i64 counter_clock_ns(Fs &fs) { return fs.change(fs.clock_base) += kClockStepNs; }

u32 clock_res_get(Fs &fs, u32 id, AppPtr out) {
  if (id > kClockMax) return num(Errno::inval);
  if (!covers(out, 8)) return num(Errno::fault);
  if (!configured(fs, kConfigNoHostClock)) {
    u32 error = below::clock_res_get(id, out);
    if (error != num(Errno::nosys)) return error;
  }
  host::app_store_u64(out, kClockStepNs);
  return 0;
}

u32 clock_time_get(Fs &fs, u32 id, u64 precision, AppPtr out) {
  if (id > kClockMax) return num(Errno::inval);
  if (!covers(out, 8)) return num(Errno::fault);
  if (!configured(fs, kConfigNoHostClock)) {
    u32 error = below::clock_time_get(id, precision, out);
    if (error != num(Errno::nosys)) return error;
  }
  host::app_store_u64(out, static_cast<u64>(counter_clock_ns(fs_after_downcall())));
  return 0;
}

MAYFLY_COLD i64 wall_clock_ns(Fs &fs) {
  if (!configured(fs, kConfigNoHostClock)) {
    if (host::app_bytes() >= kLent + 8) {
      u64 saved = host::app_load_u64(kLent); // as lend() does it, by one load and one store
      u32 error = below::clock_time_get(0, 1, kLent);
      u64 now = host::app_load_u64(kLent);
      host::app_store_u64(kLent, saved);
      if (error == 0) return static_cast<i64>(now);
    }
  }
  return counter_clock_ns(fs_after_downcall());
}

MAYFLY_COLD void seeded_random(Fs &fs, AppPtr dst, u32 len) {
  fs.mark_process();
  u64 word = 0;
  for (u32 i = 0; i < len; i++, word >>= 8) {
    if (i % 8 == 0) word = next_random(fs);
    host::app_store_u8(dst + i, static_cast<u8>(word));
  }
}

u32 random_get(Fs &fs, AppPtr buf, u32 len) {
  if (len == 0) return 0;
  if (!covers(buf, len)) return num(Errno::fault);
  if (!configured(fs, kConfigSeededRandom)) {
    u32 error = below::random_get(buf, len);
    if (error != num(Errno::nosys)) return error;
  }
  seeded_random(fs_after_downcall(), buf, len);
  return 0;
}

MAYFLY_COLD void random_to(AppPtr buf, u32 len) {
  if (configured(fs_after_downcall(), kConfigSeededRandom) || below::random_get(buf, len) != 0)
    seeded_random(fs_after_downcall(), buf, len);
}

u32 sched_yield(Fs &fs) {
  u32 error = configured(fs, 0) ? 0 : below::sched_yield();
  return error == num(Errno::nosys) ? 0 : error; // nobody else to run
}

u32 proc_raise(Fs &fs, u32 signal) {
  return configured(fs, 0) ? num(Errno::nosys) : below::proc_raise(signal);
}

void proc_exit(Fs &fs, u32 code) {
  if (!configured(fs, 0)) return below::proc_exit(code);
  fs.mark_process();
  fs.exit_code = code;
  fs.exited = 1;
}

Result<u32> read_file(Fs &fs, AppPtr from, u32 path_len, u64 offset, AppPtr buf, u32 len) {
  if (!covers(from, path_len) || !covers(buf, len)) return Errno::fault;
  Path path;
  MAYFLY_CHECK(path.assign_app(from, path_len));
  MAYFLY_TRY(id, resolve(fs, At{fs.root}, path));
  if (!is_regular(fs.inode(id))) return is_dir(fs.inode(id)) ? Errno::isdir : Errno::inval;
  Ofd ofd = {}; // no descriptor is taken: asking changes nothing but the access time
  ofd.kind = Ofd::file;
  ofd.access = kRead;
  ofd.refs = 1;
  ofd.inode = id;
  return pread(fs, ofd, buf, len, offset);
}

} // namespace mayfly::wasi_p1
