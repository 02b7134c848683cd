What shall not reach the host: --stub cuts one call, --deny a group of them. Files stay as they are.

  $ cat > t.wat <<'END'
  > (module
  >   (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
  >   (import "env" "price" (func $price (result f64)))
  >   (import "env" "never" (func $never))
  >   (memory (export "memory") 1)
  >   (data (i32.const 100) "dir")
  >   (func (export "clock") (result i32) (call $clock (i32.const 0) (i64.const 1) (i32.const 0)))
  >   (func (export "random") (result i32) (call $random (i32.const 0) (i32.const 4)))
  >   (func (export "mkdir") (result i32) (call $mkdir (i32.const 3) (i32.const 100) (i32.const 3)))
  >   (func (export "price") (result f64) (call $price))
  >   (func $dead (call $never)))
  > END
  $ wat2wasm t.wat -o t.wasm
  $ cat > call.mjs <<'END'
  > import fs from "node:fs";
  > const [file, ...names] = process.argv.slice(2);
  > const module = new WebAssembly.Module(fs.readFileSync(file));
  > console.log("imports:", WebAssembly.Module.imports(module).map((i) => i.name).join(" "));
  > const instance = new WebAssembly.Instance(module, {env: {price: () => 9.5}, wasi_snapshot_preview1: {random_get: () => 0}});
  > for (const name of names) {
  >   try { console.log(name, instance.exports[name]()); } catch (e) { console.log(name, e.message); }
  > }
  > END

EPERM is 63, EIO 29, EEXIST 20. The import that nothing reaches is gone by itself.

  $ mayfly pack t.wasm --deny clock -o out.wasm && node call.mjs out.wasm clock random mkdir mkdir price
  imports: random_get price
  clock 63
  random 0
  mkdir 0
  mkdir 20
  price 9.5
  $ mayfly pack t.wasm --deny clock --stub wasi_snapshot_preview1.random_get=errno:EIO --stub env.price=zero -o out.wasm
  $ node call.mjs out.wasm clock random mkdir price
  imports: 
  clock 63
  random 29
  mkdir 0
  price 0
  $ mayfly pack t.wasm --deny all -o out.wasm && node call.mjs out.wasm clock random mkdir price
  imports: 
  clock 63
  random 63
  mkdir 0
  price unreachable
  $ mayfly pack t.wasm --deny all --stub env.price=zero -v -o out.wasm 2>&1 | grep -A4 "^answered"
  answered instead of the host (3):
    wasi_snapshot_preview1.clock_time_get  errno EPERM
    wasi_snapshot_preview1.random_get      errno EPERM
    env.price                              zero
  still imported: nothing
  $ mayfly pack t.wasm --keep-unused --deny random -o out.wasm; node -p 'WebAssembly.Module.imports(new WebAssembly.Module(fs.readFileSync("out.wasm"))).map((i) => i.name).join(" ")'
  clock_time_get price never

The dry run shows the effect.

  $ mayfly inspect t.wasm --deny clock --stub env.price=zero | grep -E "^    [a-z_]+ "
      clock_time_get         time of a clock   clock        inside; host cut: errno EPERM
      random_get             random bytes      random       inside; host: the host's random source
      path_create_directory  make a directory  mkdir        inside
      price                  () -> f64         price        cut: zero
      never                  ()                unreachable  unused: removed

Mistakes.

  $ mayfly pack t.wasm --deny clok -o x.wasm
  mayfly: error: --deny clok: is no group of calls
  mayfly: hint: did you mean clock?
  [2]
  $ mayfly pack t.wasm --stub env.prise=zero -o x.wasm
  mayfly: error: --stub env.prise=zero: the module imports no such function
  mayfly: hint: did you mean env.price?
  [2]
  $ mayfly pack t.wasm --stub env.price=errno:EIO -o x.wasm
  mayfly: error: t.wasm: import section at 0xa9: env.price has the signature () -> f64, so it cannot answer errno EIO; use trap or zero
  [1]
  $ mayfly pack t.wasm --stub env.price=nothing -o x.wasm
  mayfly: error: --stub env.price=nothing: "nothing" is none of trap, zero, errno:E
  mayfly: hint: --stub MODULE.NAME=trap, =zero or =errno:EPERM
  [2]
  $ mayfly pack t.wasm --stub env.price=errno:EFOO -o x.wasm
  mayfly: error: --stub env.price=errno:EFOO: "EFOO" is no errno of WASI
  mayfly: hint: for instance errno:EPERM, errno:ENOSYS, errno:EIO
  [2]
  $ mayfly pack t.wasm --stub price -o x.wasm
  mayfly: error: --stub price: is not MODULE.NAME=ANSWER
  mayfly: hint: --stub MODULE.NAME=trap, =zero or =errno:EPERM
  [2]
  $ mayfly pack t.wasm --stub wasi_snapshot_preview1.path_create_directory=trap -o x.wasm -v 2>&1 | grep "^note"
  note: --stub wasi_snapshot_preview1.path_create_directory=trap changes nothing: the host would not have been asked for that call
  $ ls x.wasm
  x.wasm
