Each module that cannot be packed gets one message, a non-zero exit code, and leaves no file behind.

  $ mayfly pack missing.wasm -o out.wasm
  mayfly: error: missing.wasm: cannot be opened: No such file or directory
  [1]
  $ : > empty.wasm; mayfly pack empty.wasm -o out.wasm
  mayfly: error: empty.wasm at 0x0: the file is empty, not a WebAssembly module
  [1]
  $ echo 'not a module at all' > text.wasm; mayfly pack text.wasm -o out.wasm
  mayfly: error: text.wasm at 0x0: the file is not a WebAssembly module: it does not start with the bytes 00 61 73 6d
  [1]
  $ mkdir dir.wasm; mayfly pack dir.wasm -o out.wasm
  mayfly: error: dir.wasm: is a directory
  mayfly: hint: name the application's .wasm file
  [1]
  $ head -c 5000 $BOX > cut.wasm; mayfly pack cut.wasm -o out.wasm
  mayfly: error: cut.wasm: code section at 0x*: the file is cut off: the code section wants * bytes, * are left (glob)
  [1]
  $ cat $BOX $BOX > twice.wasm; mayfly pack twice.wasm -o out.wasm
  mayfly: error: twice.wasm: custom section at 0x*: the bytes end in the middle of an entry (glob)
  [1]
  $ (head -c 4 $BOX; printf '\x0d\0\1\0') > component.wasm; mayfly pack component.wasm -o out.wasm
  mayfly: error: component.wasm at 0x4: the file is a WebAssembly component, not a core module; extract its core module, or build for wasm32-wasip1
  [1]
  $ echo '(module (import "wasi_snapshot_preview1" "path_unlink_file" (func (param i32 i32 i32) (result i32))) (export "f" (func 0)) (memory 1 2 shared))' > m.wat; wat2wasm --enable-threads m.wat -o m.wasm; mayfly pack m.wasm -o out.wasm
  mayfly: error: m.wasm: memory section at 0x*: the module has a shared memory (threads): only single-threaded modules are supported (glob)
  [1]
  $ echo '(module (import "wasi_snapshot_preview1" "path_unlink_file" (func (param i32 i32 i32) (result i32))) (export "f" (func 0)) (memory i64 1))' > m.wat; wat2wasm --enable-memory64 m.wat -o m.wasm; mayfly pack m.wasm -o out.wasm
  mayfly: error: m.wasm: memory section at 0x*: the module has a 64-bit memory: only 32-bit memories are supported (glob)
  [1]
  $ printf '\0asm\1\0\0\0\1\4\1\140\0\0\3\2\1\0\12\6\1\4\0\377\1\13' > opcode.wasm; mayfly pack opcode.wasm -o out.wasm
  mayfly: error: opcode.wasm: code section at 0x17: unknown instruction 0xff: the module uses a proposal that this version does not know
  [1]
  $ echo '(module (import "wasi_snapshot_preview1" "fd_read" (func (param i64) (result i32))) (import "wasi_snapshot_preview1" "path_unlink_file" (func (param i32 i32 i32) (result i32))) (export "f" (func 0)) (export "g" (func 1)) (memory (export "memory") 1))' > m.wat; wat2wasm m.wat -o m.wasm; mayfly pack m.wasm -o out.wasm
  mayfly: error: m.wasm: the import wasi_snapshot_preview1.fd_read has the signature (i64) -> i32: the filesystem knows it as (i32 i32 i32 i32) -> i32, and the host cannot answer it for files inside
  mayfly: hint: build it for WASI preview 1
  [1]

A text module is told how to become a binary one.

  $ echo '(module)' > m.wat; mayfly pack m.wat -o out.wasm
  mayfly: error: m.wat at 0x0: the file is not a WebAssembly module: it does not start with the bytes 00 61 73 6d; it looks like WebAssembly text: run wat2wasm first
  [1]

Some bytes changed at random (the same ones every time): an error or a module that is valid, never a crash.

  $ cat > flip.py <<'END'
  > import random, subprocess, sys
  > data = open(sys.argv[1], "rb").read()
  > random.seed(7)
  > bad = 0
  > for i in range(60):
  >     copy = bytearray(data)
  >     for _ in range(random.randint(1, 4)): copy[random.randrange(len(copy) if i % 2 else 3000)] = random.randrange(256)
  >     open("flipped.wasm", "wb").write(copy)
  >     done = subprocess.run(["mayfly", "pack", "flipped.wasm", "-o", "out.wasm"], capture_output=True, text=True)
  >     if done.returncode not in (0, 1) or (done.returncode == 1) != ("mayfly: error: " in done.stderr):
  >         bad += 1; print(i, done.returncode, done.stderr[-300:])
  > print("unexpected:", bad)
  > END
  $ python3 flip.py $BOX
  unexpected: 0
  $ rm -f out.wasm; ls
  component.wasm
  cut.wasm
  dir.wasm
  empty.wasm
  flip.py
  flipped.wasm
  m.wasm
  m.wat
  opcode.wasm
  text.wasm
  twice.wasm
