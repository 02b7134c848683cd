Modules of every shape: they are checked by Node, called through a WASI of one function.

  $ cat > call.mjs <<'END'
  > import fs from "node:fs";
  > const [file, ...names] = process.argv.slice(2);
  > const module = new WebAssembly.Module(fs.readFileSync(file));
  > const memory = new WebAssembly.Memory({initial: 1});
  > const instance = new WebAssembly.Instance(module, {env: {memory}, wasi_snapshot_preview1: {}});
  > for (const name of names) console.log(name, instance.exports[name]());
  > END

A reactor: functions are called after _initialize, as often as the host likes.

  $ cat > m.wat <<'END'
  > (module
  >   (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  >   (memory (export "memory") 1)
  >   (data (i32.const 100) "file")
  >   (func (export "_initialize"))
  >   (func (export "create") (result i32)
  >     (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 4) (i32.const 5) (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 8))))
  > END
  $ wat2wasm m.wat -o m.wasm && mayfly pack m.wasm -o out.wasm && node call.mjs out.wasm _initialize create create
  _initialize undefined
  create 0
  create 20

A start section runs before anything is exported.

  $ cat > m.wat <<'END'
  > (module
  >   (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
  >   (memory (export "memory") 1)
  >   (data (i32.const 100) "dir")
  >   (global $result (mut i32) (i32.const -1))
  >   (func $go (global.set $result (call $mkdir (i32.const 3) (i32.const 100) (i32.const 3))))
  >   (start $go)
  >   (func (export "first") (result i32) (global.get $result))
  >   (func (export "again") (result i32) (call $go) (global.get $result)))
  > END
  $ wat2wasm m.wat -o m.wasm && mayfly pack m.wasm -o out.wasm && node call.mjs out.wasm first again
  first 0
  again 20

An imported memory.

  $ cat > m.wat <<'END'
  > (module
  >   (import "env" "memory" (memory 1))
  >   (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
  >   (data (i32.const 100) "dir")
  >   (func (export "make") (result i32) (call $mkdir (i32.const 3) (i32.const 100) (i32.const 3)))
  >   (func (export "pages") (result i32) (memory.size))
  >   (func (export "grow") (result i32) (memory.grow (i32.const 3))))
  > END
  $ wat2wasm m.wat -o m.wasm && mayfly pack m.wasm -o out.wasm && node call.mjs out.wasm make make pages grow pages make
  make 0
  make 20
  pages 1
  grow 1
  pages 4
  make 20

mayfly run gives such a module the memory that it asks for.

  $ cat > m.wat <<'END'
  > (module
  >   (import "env" "memory" (memory 2))
  >   (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  >   (data (i32.const 8) "\10\00\00\00\06\00\00\00hello\n")
  >   (func (export "_start") (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))))
  > END
  $ wat2wasm m.wat -o m.wasm && mayfly run m.wasm
  hello

The older WASI, and both in one module.

  $ cat > m.wat <<'END'
  > (module
  >   (import "wasi_unstable" "path_create_directory" (func $old (param i32 i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "path_create_directory" (func $new (param i32 i32 i32) (result i32)))
  >   (memory (export "memory") 1)
  >   (data (i32.const 100) "dir")
  >   (func (export "old") (result i32) (call $old (i32.const 3) (i32.const 100) (i32.const 3)))
  >   (func (export "new") (result i32) (call $new (i32.const 3) (i32.const 100) (i32.const 3))))
  > END
  $ wat2wasm m.wat -o m.wasm && mayfly pack m.wasm -o out.wasm && node call.mjs out.wasm old new
  old 0
  new 20

A module that needs no filesystem, one without any memory, and an empty one.

  $ echo '(module (memory (export "memory") 1) (func (export "f") (result i32) (i32.const 7)))' > m.wat
  $ wat2wasm m.wat -o m.wasm && mayfly pack m.wasm -o out.wasm && node call.mjs out.wasm f
  mayfly: note: the module calls no file functions of WASI: nothing is virtualized
  f 7
  $ echo '(module (func (export "f") (result i32) (i32.const 7)))' > m.wat
  $ wat2wasm m.wat -o m.wasm && mayfly pack m.wasm -o out.wasm && node call.mjs out.wasm f
  mayfly: note: the module calls no file functions of WASI: nothing is virtualized
  f 7
  $ echo '(module)' > m.wat && wat2wasm m.wat -o m.wasm && mayfly pack m.wasm -o out.wasm && node call.mjs out.wasm
  mayfly: note: the module calls no file functions of WASI: nothing is virtualized

A stripped module has no names and stays without.

  $ wasm-strip $BOX -o stripped.wasm && mayfly pack stripped.wasm -o out.wasm && mayfly run out.wasm -- put /f x -- cat /f
  x
