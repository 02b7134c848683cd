// What the core asks of its layer: the time for timestamps, and random bytes for /dev/urandom. Neither calls the
// host: the front end fetches the time before a call that needs it, and reads /dev/urandom itself (data.cc).
#include "abi/wasi_p1/wasi_p1.h"

namespace mayfly::host {

static Fs &fs() { return *static_cast<Fs *>(region_base()); }

i64 clock_ns() { return wasi_p1::take_time(); }
void random_to_app(AppPtr dst, u32 len) { wasi_p1::seeded_random(fs(), dst, len); }

} // namespace mayfly::host
