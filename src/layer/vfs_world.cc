// What the core asks of its layer: the time for timestamps, and random bytes for /dev/urandom.
#include "abi/wasi_p1/wasi_p1.h"

namespace mayfly::host {

static Fs &fs() { return *static_cast<Fs *>(region_base()); }

i64 clock_ns() { return wasi_p1::wall_clock_ns(fs()); }
void random_to_app(AppPtr dst, u32 len) { wasi_p1::fill_random(fs(), dst, len); }

} // namespace mayfly::host
