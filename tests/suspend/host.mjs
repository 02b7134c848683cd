import fs from "node:fs";

const {Suspending, promising} = WebAssembly;
if (!Suspending) throw new Error("this engine has no JavaScript Promise Integration");

// The next call of each function waits for `gate`; once it is open they answer at once.
let gate = null, waiting = 0;
const view = () => new DataView(x.memory.buffer);
const bytes = (at, n) => new Uint8Array(x.memory.buffer, at, n);
const later = (f) => new Suspending(async (...args) => {
  if (gate) { ++waiting; await gate; }
  return f(...args); // looks at the memory as it is now
});
const wasi = {
  clock_time_get: later((id, precision, out) => { view().setBigUint64(out, 5000000000n, true); return 0; }),
  random_get: later((p, n) => { bytes(p, n).fill(7); return 0; }),
  fd_write: later((fd, iovs, n, out) => { view().setUint32(out, view().getUint32(iovs + 4, true), true); return 0; }),
  fd_read: later((fd, iovs, n, out) => {
    const at = view().getUint32(iovs, true), length = view().getUint32(iovs + 4, true);
    bytes(at, length).fill(0x72);
    view().setUint32(out, length, true);
    return 0;
  }),
  poll_oneoff: later((list, out, n, size) => { // the last subscription is ready
    bytes(out, 32).fill(0);
    view().setBigUint64(out, view().getBigUint64(list + (n - 1) * 48, true), true);
    view().setUint8(out + 10, view().getUint8(list + (n - 1) * 48 + 8));
    view().setUint32(size, 1, true);
    return 0;
  }),
};
const x = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(process.argv[2])), {wasi_snapshot_preview1: wasi}).exports;
// Each call on a stack of its own.
const call = Object.fromEntries(["open", "stat", "pread", "read", "write", "poll", "clock", "random"].map((n) => [n, promising(x[n])]));

const problems = [];
const expect = (what, have, want) => { if (have !== want) problems.push(`${what}: ${have}, not ${want}`); };
async function open(at, n, oflags) {
  expect("open", await call.open(3, 0, at, n, oflags, 0x1fffffffn, 0n, 0, 200), 0);
  return view().getUint32(200, true);
}
function iov(list, at, length) { view().setUint32(list, at, true); view().setUint32(list + 4, length, true); }
function subscribe(at, type, id, userdata) {
  bytes(at, 48).fill(0);
  view().setBigUint64(at, userdata, true);
  view().setUint8(at + 8, type);
  view().setUint32(at + 16, id, true);
}

const file = await open(1000, 4, 1), noise = await open(1010, 11, 0);
let length = 0;
async function append() { // four bytes to the file, with a clock that answers at once
  iov(208, 1000, 4);
  expect("write", await call.write(file, 208, 1, 204), 0);
  length += 4;
}

// Each suspends somewhere below the filesystem. Its memory is its own: nobody else uses it meanwhile.
const suspended = {
  stdin: { start() { iov(2000, 2100, 8); return call.read(0, 2000, 1, 2008); },
           check() { expect("stdin", String(bytes(2100, 8)), String(Array(8).fill(0x72))); } },
  urandom: { start() { iov(2200, 2300, 8); return call.read(noise, 2200, 1, 2208); },
             check() { expect("urandom", String(bytes(2300, 8)), String(Array(8).fill(7))); } },
  stdout: { start() { iov(2400, 1000, 4); return call.write(1, 2400, 1, 2408); },
            check() { expect("stdout", view().getUint32(2408, true), 4); } },
  clock: { start() { return call.clock(0, 1n, 2500); },
           check() { expect("clock", view().getBigUint64(2500, true), 5000000000n); } },
  random: { start() { return call.random(2600, 8); },
            check() { expect("random", String(bytes(2600, 8)), String(Array(8).fill(7))); } },
  stat: { start() { return call.stat(3, 0, 1000, 4, 2700); }, // the clock says when the file was written
          check() { expect("stat", view().getUint32(2700 + 32, true) >= 4, true); } },
  // A subscription to one of our files and one to a stream of the host's: translated, asked for and put together.
  poll: { start() { subscribe(2800, 1, file, 1n); subscribe(2848, 1, 0, 2n); return call.poll(2800, 3000, 2, 3100); },
          check() { expect("poll", view().getUint32(3100, true) >= 1, true); } },
  wait: { start() { subscribe(3200, 0, 0, 9n); return call.poll(3200, 3300, 1, 3400); },
          check() { expect("wait", view().getBigUint64(3300, true), 9n); } },
};

let met = 0;
for (let round = 0; round < 4; ++round)
  for (const [name, one] of Object.entries(suspended)) {
    await append();
    let release;
    gate = new Promise((resolve) => { release = resolve; });
    waiting = 0;
    const pending = one.start();
    await new Promise((resolve) => setImmediate(resolve));
    met += waiting > 0;
    const held = gate;
    gate = null; // the others do not wait
    for (let i = 0; i < 3; ++i) {
      expect(`${name}: growth while it waits`, x.grow(100) >= 0, true);
      await append();
    }
    gate = held;
    release();
    gate = null;
    expect(name, await pending, 0);
    one.check();
  }
iov(208, 8192, 65536);
expect("reading back", await call.pread(file, 208, 1, 0n, 204), 0);
expect("the file's length", view().getUint32(204, true), length);
expect("the file", Buffer.from(bytes(8192, length)).toString(), "file".repeat(length / 4));
expect("calls that were suspended", met >= 4 * 7, true);
console.log(problems.length ? problems.join("\n") : "ok");
