mayfly run: words, environment and streams, and what is said where they cannot take effect.

  $ export MAYFLY_RUNTIME=node; cp $BOX box.wasm

A hermetic module writes to files inside; what they hold is shown when it has ended, and the exit code is its own.

  $ mayfly run --hermetic box.wasm -- echo out -- cat /missing
  out
  /missing: No such file or directory
  [1]
  $ mayfly run --hermetic --arg echo box.wasm -- baked and given
  baked
  $ mayfly run --stdio file box.wasm -- echo out -- exit 7
  out
  [7]
  $ mayfly pack --hermetic --arg exit --arg 5 -o exit.wasm box.wasm; mayfly run exit.wasm
  [5]
  $ mayfly pack --stdio file -o file.wasm box.wasm; mayfly run file.wasm -- cat /missing
  /missing: No such file or directory
  [1]
  $ mayfly run --hermetic box.wasm -- echo lost > /dev/full
  mayfly: error: standard output: No space left on device
  [1]

What was baked in cannot be given.

  $ mayfly run exit.wasm -- 6
  mayfly: error: 6: exit.wasm takes no arguments: they were baked in when it was packed, or it never asks for them
  mayfly: hint: leave it out
  [2]
  $ mayfly run --env A=b exit.wasm
  mayfly: error: --env: exit.wasm takes no environment variables: they were baked in when it was packed, or it never asks for them
  mayfly: hint: leave it out
  [2]

Words go to the program; options before them are mayfly's.

  $ mayfly run box.wasm -n
  mayfly: error: -n: there is no such option
  mayfly: hint: put -- before the program's options: mayfly run box.wasm -- -n
  [2]
  $ mayfly run box.wasm --dri x
  mayfly: error: --dri: there is no such option
  mayfly: hint: did you mean --dir? Else put -- before the program's options: mayfly run box.wasm -- --dri
  [2]
  $ mayfly run --arg echo box.wasm -- a
  a
  $ FROM=outside mayfly run --env-inherit --env OWN=set box.wasm -- env | grep -E '^(FROM|OWN)='
  FROM=outside
  OWN=set
  $ OWN=outside mayfly run --env-inherit --env OWN=set box.wasm -- env | grep -E '^OWN='
  OWN=set

A stream that cannot be written to is the program's business.

  $ mayfly run box.wasm -- echo lost > /dev/full
  [1]
  $ mayfly run box.wasm < / -- cat
  : Is a directory
  [1]

A module that cannot be run ends with 126 and one line; a trap with 134 and the user's own name of the module.

  $ echo '(module (memory (export "memory") 1))' > none.wat && wat2wasm none.wat && mayfly run none.wasm
  mayfly: error: none.wasm: exports neither _start nor _initialize: there is nothing to run
  mayfly: hint: --invoke EXPORT calls one of its functions
  [126]
  $ echo '(module (import "env" "f" (func)) (memory (export "memory") 1) (func (export "_start") (call 0)))' > f.wat && wat2wasm f.wat
  $ mayfly run f.wasm
  mayfly: error: f.wasm: imports what no runtime offers: env.f
  mayfly: hint: load it from a program that offers them, or answer them in the module: --stub MODULE.NAME=zero
  [126]
  $ mayfly run --stub env.f=zero f.wasm
  $ mayfly run box.wasm -- trap
  mayfly: error: box.wasm: trapped: unreachable
    in function 75
  [134]

One export, with its arguments.

  $ cat > add.wat <<'END'
  > (module (memory (export "memory") 1)
  >   (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
  >   (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2))))
  > END
  $ wat2wasm add.wat && mayfly run add.wasm --invoke add 2 40
  42
  $ mayfly run add.wasm --invoke half -- -3
  -1.5
  $ mayfly run add.wasm --invoke add 2
  mayfly: error: --invoke add: takes 2 arguments, and 1 is given
  [2]
  $ mayfly run add.wasm --invoke add 2 two
  mayfly: error: --invoke add: "two" is not an i64
  [2]
  $ mayfly run add.wasm --invoke sub
  mayfly: error: --invoke sub: add.wasm exports no such function
  [2]

-v tells what was packed.

  $ mayfly run -v box.wasm -- echo x 2>&1 | grep -E '^(filesystem|mayfly)' | sed 's,runs on .*/,runs on ,'
  filesystem: 0 files, 1 directory, 0 symlinks; preopened: /
  mayfly: note: runs on node

Directories of the host's.

  $ mkdir shared && echo host > shared/file
  $ mayfly run --host-dir /shared=shared box.wasm -- cat /shared/file -- put /shared/new text -- ls /shared && cat shared/new
  host
  file new
  text
  $ mayfly run --host-dir shared box.wasm -- cat shared/file
  host
  $ mayfly run --host-dir /shared=missing box.wasm
  mayfly: error: --host-dir /shared: missing is no directory of this machine
  mayfly: hint: --host-dir GUEST=HOST
  [1]
  $ mayfly pack --host-dir /shared -o mixed.wasm box.wasm && mayfly run --host-dir /shared=shared mixed.wasm -- cat /shared/file
  host
  $ mayfly run --host-dir /shared=shared exit.wasm
  mayfly: error: --host-dir: exit.wasm asks its host for no directories
  mayfly: hint: it has to be packed with --host-dir /shared
  [2]
  $ mayfly run --host-dir /shared=shared box.wasm -- cat /shared/../../etc/passwd -- cat /shared/file
  /shared/../../etc/passwd: Capabilities insufficient
  host
  [1]

Where the host is not ours, what a module keeps inside cannot be shown.

  $ mkdir bin && printf '#!/bin/sh\necho "$@"\n' > bin/wasmtime && chmod +x bin/wasmtime
  $ mayfly run --runtime bin/wasmtime --hermetic box.wasm
  mayfly: error: --runtime: bin/wasmtime cannot show what the module writes: it goes to /.mayfly/stdout inside
  mayfly: hint: --runtime node, deno or bun
  [2]
  $ mayfly run --runtime bin/wasmtime --host-dir /shared=shared box.wasm -- a | sed 's,[^ ]*/module,DIR,'
  run --dir=shared::/shared DIR/box.wasm a
