A host's function may throw, may call back into the module and let its memory grow, and may be slow. None of it harms
the filesystem, its stack or the growth of the memory, because the filesystem's code holds nothing while it waits.

  $ cat > m.wat <<'END'
  > (module
  >   (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fstat (param i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "fd_sync" (func $sync (param i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fdstat (param i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  >   (memory (export "memory") 2)
  >   (data (i32.const 1000) "file")
  >   (data (i32.const 1010) "dev/urandom")
  >   (export "open" (func $open)) (export "stat" (func $stat)) (export "fstat" (func $fstat))
  >   (export "pread" (func $pread)) (export "read" (func $read)) (export "write" (func $write))
  >   (export "sync" (func $sync)) (export "close" (func $close)) (export "fdstat" (func $fdstat))
  >   (export "poll" (func $poll)) (export "clock" (func $clock)) (export "random" (func $random))
  >   (export "args" (func $args))
  >   (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
  > END
  $ cat > host.mjs <<'END'
  > import fs from "node:fs";
  > const bytes = fs.readFileSync(process.argv[2]);
  > if (!WebAssembly.validate(bytes)) { console.log(fs.readFileSync(process.argv[3], "utf8").trimEnd()); process.exit(); }
  > let act = () => {}; // what the host does in each of its functions, besides its work
  > const view = () => new DataView(x.memory.buffer);
  > const wasi = {
  >   clock_time_get(id, precision, out) { act("clock"); view().setBigUint64(out, 5000000000n, true); return 0; },
  >   random_get(p, n) { act("random"); new Uint8Array(x.memory.buffer, p, n).fill(7); return 0; },
  >   fd_write(fd, iovs, n, out) { act("write"); view().setUint32(out, view().getUint32(iovs + 4, true), true); return 0; },
  >   fd_read(fd, iovs, n, out) { act("read"); view().setUint32(out, 0, true); return 0; },
  >   fd_fdstat_get(fd, out) { act("fdstat"); new Uint8Array(x.memory.buffer, out, 24).fill(255); return 0; },
  >   args_sizes_get(a, b) { act("args"); view().setUint32(a, 0, true); view().setUint32(b, 0, true); return 0; },
  >   poll_oneoff(list, out, n, size) { // the last subscription is ready
  >     act("poll");
  >     new Uint8Array(x.memory.buffer, out, 32).fill(0);
  >     view().setUint8(out + 10, view().getUint8(list + (n - 1) * 48 + 8));
  >     view().setUint32(size, 1, true);
  >     return 0;
  >   },
  > };
  > const x = new WebAssembly.Instance(new WebAssembly.Module(bytes), {wasi_snapshot_preview1: wasi}).exports;
  > const fd = () => view().getUint32(200, true);
  > const open = (at, n, oflags) => x.open(3, 0, at, n, oflags, 0x1fffffffn, 0n, 0, 200);
  > function iov(at, len) { view().setUint32(208, at, true); view().setUint32(212, len, true); }
  > function subscribe(at, type, id) { // to a clock of no time, or to a descriptor
  >   new Uint8Array(x.memory.buffer, at, 48).fill(0);
  >   view().setUint8(at + 8, type); view().setUint32(at + 16, id, true);
  > }
  > const results = {};
  > function tell(name, result) { (results[name] ??= new Set()).add(result); }
  > // Everything that reaches the host, once.
  > const calls = {
  >   stat() { iov(1000, 4); x.write(file, 208, 1, 204); return x.stat(3, 0, 1000, 4, 300); },
  >   fstat() { iov(1000, 4); x.write(file, 208, 1, 204); return x.fstat(file, 300); },
  >   sync() { iov(1000, 4); x.write(file, 208, 1, 204); return x.sync(file); },
  >   close() { open(1000, 4, 0); const at = fd(); iov(1000, 4); x.write(at, 208, 1, 204); try { return x.close(at); } finally { act = () => {}; x.close(at); } },
  >   stdout() { iov(1000, 4); return x.write(1, 208, 1, 204); },
  >   stdin() { iov(600, 4); return x.read(0, 208, 1, 204); },
  >   fdstat() { return x.fdstat(0, 300); },
  >   urandom() { iov(600, 8); return x.read(noise, 208, 1, 204); },
  >   random() { return x.random(600, 8); },
  >   clock() { return x.clock(0, 1n, 600); },
  >   args() { return x.args(600, 604); },
  >   wait() { subscribe(400, 0, 0); return x.poll(400, 500, 1, 204); },
  >   mixed() { subscribe(400, 1, file); subscribe(448, 1, 0); return x.poll(400, 700, 2, 204); },
  > };
  > open(1000, 4, 1); const file = fd();
  > open(1010, 11, 0); const noise = fd();
  > const low = new Uint8Array(x.memory.buffer, 0, 200).slice().fill(0xa1);
  > function canary() { // all memory of the program that no call here uses
  >   new Uint8Array(x.memory.buffer, 0, 200).set(low); new Uint8Array(x.memory.buffer, 4096, 126976).fill(0xc3);
  > }
  > function harmed() {
  >   const m = new Uint8Array(x.memory.buffer, 0, 131072);
  >   return m.some((b, i) => i >= 4096 && b !== 0xc3) || m.some((b, i) => i < 16 && b !== 0xa1);
  > }
  > canary();
  > let thrown = 0;
  > for (let i = 0; i < 3000; ++i)
  >   for (const call of Object.values(calls)) {
  >     act = () => { throw new Error("host"); };
  >     try { call(); } catch (e) { if (e.message === "host") ++thrown; else throw e; }
  >   }
  > act = () => {};
  > console.log("thrown", thrown, "growth", x.grow(1000), "harmed", harmed());
  > canary();
  > for (const [name, call] of Object.entries(calls)) if (call() !== 0) console.log(name, "fails after the exceptions");
  > if (new Uint8Array(x.memory.buffer, 0, 200).some((b) => b !== 0xa1)) console.log("low bytes changed");
  > let refused = 0, grown = 0;
  > for (let i = 0; i < 6; ++i)
  >   for (const [name, call] of Object.entries(calls)) {
  >     act = () => { ++grown; if (x.grow(300) < 0) ++refused; };
  >     tell(name, call());
  >   }
  > act = () => {};
  > console.log("grown", grown, "refused", refused, "harmed", harmed());
  > let depth = 0, deepest = 0;
  > const names = Object.keys(calls);
  > act = () => {
  >   if (depth === 300) return;
  >   deepest = Math.max(deepest, ++depth);
  >   const name = names[depth % names.length];
  >   const inner = act, answer = calls[name]();
  >   act = inner;
  >   if (name !== "close") tell(name, answer);
  >   --depth;
  > };
  > for (const name of ["stat", "stdout", "mixed", "urandom"]) calls[name]();
  > act = () => {};
  > console.log("deepest", deepest, "harmed", harmed());
  > iov(5000, 100000); const size = x.pread(file, 208, 1, 0n, 204) || view().getUint32(204, true);
  > const text = Buffer.from(x.memory.buffer.slice(5000, 5000 + size)).toString();
  > console.log("the file is", text === "file".repeat(text.length / 4) && size > 100 ? "whole" : "damaged");
  > for (const [name, set] of Object.entries(results)) if ([...set].some((r) => r !== 0)) console.log(name, ...set);
  > END
  $ wat2wasm m.wat -o m.wasm && mayfly pack m.wasm -o shared.wasm && node host.mjs shared.wasm | tee told
  thrown 39000 growth 2 harmed false
  grown 78 refused 0 harmed false
  deepest 300 harmed false
  the file is whole
  $ mayfly pack --isolate m.wasm -o isolated.wasm && node host.mjs isolated.wasm told
  thrown 39000 growth 2 harmed false
  grown 78 refused 0 harmed false
  deepest 300 harmed false
  the file is whole
