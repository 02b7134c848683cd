--layer: what is said about users' layers, right and wrong. What they do is tested in tests/layers.

  $ cp $BOX box.wasm
  $ cat > loud.wat <<'END'
  > (module
  >   (import "wasi_snapshot_preview1" "fd_write" (func $down (param i32 i32 i32 i32) (result i32)))
  >   (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  >   (func (export "wasi_snapshot_preview1.fd_write") (param i32 i32 i32 i32) (result i32)
  >     (drop (call $yield))
  >     (call $down (local.get 0) (local.get 1) (local.get 2) (local.get 3))))
  > END
  $ wat2wasm loud.wat -o loud.wasm
  $ mayfly run box.wasm --layer loud.wasm -- echo hello
  mayfly: note: wasi_snapshot_preview1.sched_yield is imported because the layer loud.wasm calls it; the module itself does not
  hello

A call that the module has not and that nothing below serves is an import more, and the report says whose.

  $ sed 's/sched_yield/sock_shutdown/' loud.wat > socket.wat && wat2wasm socket.wat -o socket.wasm
  $ mayfly pack box.wasm --layer vfs --layer socket.wasm -o out.wasm -v 2>&1 | grep -e layers, -e bytes.of -e socket | sed -E 's/ +[0-9,]+ +bytes/ N bytes/'
  layers, top to bottom:
    the filesystem N bytes of code  serves 24 calls
    socket.wasm N bytes of code  serves 1 call; imports wasi_snapshot_preview1.sock_shutdown
  note: wasi_snapshot_preview1.sock_shutdown is imported because the layer socket.wasm calls it; the module itself does not
  $ mayfly pack box.wasm --layer socket.wasm --hermetic -o out.wasm
  mayfly: error: socket.wasm: import section: the import wasi_snapshot_preview1.sock_shutdown has the signature () -> i32, but the filesystem serves it as (i32 i32) -> i32; the module was built for another version of this interface
  mayfly: hint: how layers are built: docs/layers.md
  [1]
  $ mayfly pack box.wasm --layer loud.wasm -o out.wasm --json | grep -A 12 '"layers"'
  mayfly: note: wasi_snapshot_preview1.sched_yield is imported because the layer loud.wasm calls it; the module itself does not
    "layers": [
      {
        "name": "loud.wasm",
        "user": true,
        "serves": [
          "wasi_snapshot_preview1.fd_write"
        ],
        "added_imports": [
          "wasi_snapshot_preview1.sched_yield"
        ],
        "code_bytes": 21
      },
      {

A layer that is not used, is no layer, or is wrong.

  $ mayfly pack box.wasm --layer vfs --layer loud.wasm --hermetic -o out.wasm
  mayfly: note: the layer loud.wasm is not used: nothing above it imports what it serves (wasi_snapshot_preview1.fd_write)
  $ sed 's/"wasi_snapshot_preview1.fd_write") (param i32 i32/"wasi_snapshot_preview1.fd_write") (param i64 i32/; s/local.get 0/i32.const 1/' loud.wat > wrong.wat && wat2wasm wrong.wat -o wrong.wasm
  $ mayfly pack box.wasm --layer wrong.wasm -o wrong.out 2>&1 | sed 's/ at 0x[0-9a-f]*/ at OFFSET/'
  mayfly: error: box.wasm: import section at OFFSET: the import wasi_snapshot_preview1.fd_write has the signature (i32 i32 i32 i32) -> i32, but the layer wrong.wasm serves it as (i64 i32 i32 i32) -> i32; the two must be the same
  $ mayfly pack box.wasm --layer box.wasm -o out.wasm
  mayfly: error: box.wasm: exports no function that is named MODULE.FIELD after the import it serves
  mayfly: hint: how layers are built: docs/layers.md
  [1]
  $ head -c 60 loud.wasm > cut.wasm; mayfly pack box.wasm --layer loud.wasm --layer vfs --layer cut.wasm -o out.wasm
  mayfly: error: cut.wasm: import section at 0x17: the file is cut off: the import section wants 72 bytes, 35 are left
  mayfly: hint: how layers are built: docs/layers.md
  [1]
  $ mayfly pack box.wasm --layer nothing.wasm -o out.wasm
  mayfly: error: nothing.wasm: cannot be opened: No such file or directory
  [1]
  $ mayfly pack box.wasm --layer vfs --layer vfs -o out.wasm
  mayfly: error: --layer vfs: is given twice
  mayfly: hint: the filesystem has one place in the stack
  [2]
  $ mayfly pack box.wasm --layer - -o out.wasm
  mayfly: error: --layer -: a layer cannot be read from stdin
  mayfly: hint: name its file
  [2]
  $ mayfly pack box.wasm --layer loud.wasm -o packed.wasm && mayfly run packed.wasm --layer loud.wasm
  mayfly: note: wasi_snapshot_preview1.sched_yield is imported because the layer loud.wasm calls it; the module itself does not
  mayfly: error: packed.wasm: is packed already; nothing can be added to it
  mayfly: hint: leave out the pack options
  [2]
  $ ls *.out
  ls: cannot access '*.out': No such file or directory
  [2]
