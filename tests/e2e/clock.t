Times of files. A program that can change files and look at their times gets the host's clock, though it never asks for the time.

  $ cat > t.wat <<'END'
  > (module
  >   (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
  >   (memory (export "memory") 1)
  >   (data (i32.const 100) "new")
  >   (data (i32.const 110) "packed")
  >   (func (export "new") (result i64)
  >     (drop (call $mkdir (i32.const 3) (i32.const 100) (i32.const 3)))
  >     (drop (call $stat (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 3) (i32.const 200)))
  >     (i64.load (i32.const 248)))
  >   (func (export "packed") (result i64)
  >     (drop (call $stat (i32.const 3) (i32.const 0) (i32.const 110) (i32.const 6) (i32.const 200)))
  >     (i64.load (i32.const 248))))
  > END
  $ wat2wasm t.wat -o t.wasm
  $ cat > call.mjs <<'END'
  > import fs from "node:fs";
  > const module = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
  > console.log("imports:", WebAssembly.Module.imports(module).map((i) => i.name).join(" "));
  > let memory;
  > const clock_time_get = (id, precision, at) => {
  >   new DataView(memory.buffer).setBigUint64(at, 1700000000n * 1000000000n, true);
  >   return 0;
  > };
  > const {exports} = new WebAssembly.Instance(module, {wasi_snapshot_preview1: {clock_time_get}});
  > memory = exports.memory;
  > console.log("new", exports.new() / 1000000000n, "packed", exports.packed() / 1000000000n);
  > END
  $ echo x > packed && touch -d @1600000000 packed
  $ mayfly pack t.wasm --file packed::/packed -o out.wasm && node call.mjs out.wasm
  imports: clock_time_get
  new 1700000000n packed 1600000000n

-v and inspect say so.

  $ mayfly pack t.wasm -v -o out.wasm 2>&1 | grep clock
    wasi_snapshot_preview1.clock_time_get  added: a layer calls it
  note: wasi_snapshot_preview1.clock_time_get is imported in addition, so that files get the host's time; --clock counter does without
  $ mayfly inspect t.wasm | grep clock_time_get
    note      wasi_snapshot_preview1.clock_time_get is imported in addition, so that files get the host's time; --clock counter does w...

The counter starts above every packed time and SOURCE_DATE_EPOCH, and not before 2000.

  $ mayfly pack t.wasm --clock counter --file packed::/packed -o out.wasm && node call.mjs out.wasm
  imports: 
  new 1600000000n packed 1600000000n
  $ mayfly pack t.wasm --hermetic --file packed::/packed -o out.wasm && node call.mjs out.wasm
  imports: 
  new 1600000000n packed 1600000000n
  $ SOURCE_DATE_EPOCH=1500000000 mayfly pack t.wasm --clock counter --file packed::/packed -o out.wasm && node call.mjs out.wasm
  imports: 
  new 1500000000n packed 1500000000n
  $ mayfly pack t.wasm --clock counter -o out.wasm && node call.mjs out.wasm
  imports: 
  new 946684800n packed 946684800n

No clock is added where none is needed or wanted.

  $ for options in --read-only "--deny clock" "--deny all"; do mayfly pack t.wasm $options -o out.wasm && node call.mjs out.wasm | head -1; done
  imports: 
  imports: 
  imports: 
  $ mayfly pack t.wasm --clock host --hermetic -o out.wasm
  mayfly: error: --clock host: needs the host, which --hermetic leaves out
  mayfly: hint: use counter
  [2]
  $ mayfly pack t.wasm --clock sundial -o out.wasm
  mayfly: error: --clock: "sundial" is neither host nor counter
  [2]
