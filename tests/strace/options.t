mayfly strace: what it shares with strace(1), and what it says where it differs.

  $ export MAYFLY_RUNTIME=node; cp $BOX box.wasm; mkdir d && echo content > d/file && echo other > d/other

-f is the format here. Calls and groups may have strace's names.

  $ mayfly strace -f box.wasm
  mayfly: error: -f box.wasm: -f is the format here, one of text, json and chrome
  mayfly: hint: a module has no child processes that strace's -f could follow
  [2]
  $ mayfly strace -f jsno box.wasm
  mayfly: error: -f jsno: -f is the format here, one of text, json and chrome
  mayfly: hint: did you mean json?
  [2]
  $ mayfly strace -e trace=open box.wasm
  mayfly: error: -e trace=open: is no call and no group
  mayfly: hint: did you mean path_open?
  [2]
  $ mayfly strace -e trace=openat box.wasm
  mayfly: error: -e trace=openat: is no call and no group
  mayfly: hint: did you mean path_open?
  [2]
  $ mayfly strace -e trace=%network,%file box.wasm --dir d::/d -- cat /d/file
  path_open(4, "file", O_RDONLY) = 5
  content
  +++ exited with 0 +++
  $ mayfly strace -e trace=%signal box.wasm
  mayfly: error: -e trace=%signal: is no call and no group
  mayfly: hint: groups: all, none, host, file, desc, clock, random, args, env, process, socket, poll, sched
  [2]

Only calls about a path, or that end in one way.

  $ mayfly strace -P /d/file box.wasm --dir d::/d -- cat /d/other -- cat /d/file
  other
  path_open(4, "file", O_RDONLY) = 5
  fd_read(5, [{"content\n", 4096}]) = 8
  content
  fd_read(5, [{"", 4096}]) = 0
  fd_close(5) = 0
  +++ exited with 0 +++
  $ mayfly strace -P /d/file -e trace=path_open box.wasm --dir d::/d -- cat /d/other -- cat /d/file
  other
  path_open(4, "file", O_RDONLY) = 5
  content
  +++ exited with 0 +++
  $ mayfly strace -Z -e trace=file box.wasm --dir d::/d -- cat /d/file -- cat /none
  content
  path_open(3, "none", O_RDONLY) = -1 ENOENT (No such file or directory)
  /none: No such file or directory
  +++ exited with 1 +++
  [1]
  $ mayfly strace -e status=successful -e trace=file box.wasm --dir d::/d -- cat /d/file -- cat /none
  path_open(4, "file", O_RDONLY) = 5
  content
  /none: No such file or directory
  +++ exited with 1 +++
  [1]
  $ mayfly strace -e status=fine box.wasm
  mayfly: error: -e status=fine: "fine" is none of successful, failed, unfinished
  mayfly: hint: for instance -e status=failed
  [2]

Times: of day, and between calls, in the order in which they begin.

  $ mayfly strace -t -e trace=path_open box.wasm -- cat /none 2>&1 | sed -E 's/^[0-9]{2}:[0-9]{2}:[0-9]{2} /T /'
  T path_open(3, "none", O_RDONLY) = -1 ENOENT (No such file or directory)
  /none: No such file or directory
  +++ exited with 1 +++
  $ mayfly strace -tt -e trace=path_open box.wasm -- cat /none 2>&1 | sed -E 's/^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} /T /'
  T path_open(3, "none", O_RDONLY) = -1 ENOENT (No such file or directory)
  /none: No such file or directory
  +++ exited with 1 +++
  $ mayfly strace -ttt -e trace=path_open box.wasm -- cat /none 2>&1 | sed -E 's/^1[0-9]{9}\.[0-9]{6} /T /'
  T path_open(3, "none", O_RDONLY) = -1 ENOENT (No such file or directory)
  /none: No such file or directory
  +++ exited with 1 +++
  $ mayfly strace -r -o lines box.wasm -- echo x && grep -v '^ *[0-9]\{1,2\}\.[0-9]\{6\} ' lines
  x
  +++ exited with 0 +++
  $ mayfly strace -t -f json box.wasm
  mayfly: error: -t: -f json has times of its own: start_ns and ts count from the first call
  mayfly: hint: leave out -t
  [2]

Calls that take longer.

  $ mayfly strace -e none -e inject=path_open:delay_enter=50ms -T box.wasm -- cat /none 2>&1 | sed -E 's/<0\.0[5-9][0-9]+>|<0\.[1-9][0-9]+>|<[1-9]\S*>/<50 ms or more>/'
  path_open(3, "none", O_RDONLY) = -1 ENOENT (No such file or directory) (DELAYED) <50 ms or more>
  /none: No such file or directory
  +++ exited with 1 +++
  $ mayfly strace -e inject=path_open:delay_enter=soon box.wasm
  mayfly: error: -e inject=path_open:delay_enter=soon: "delay_enter=soon" is not a time of at most an hour
  mayfly: hint: microseconds, or a number with s, ms, us or ns: delay_enter=20ms
  [2]

The functions on the stack.

  $ cat > n.wat <<'END'
  > (module
  >   (import "wasi_snapshot_preview1" "path_open"
  >     (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  >   (memory (export "memory") 1)
  >   (data (i32.const 64) "missing\ff")
  >   (func $inner (result i32) (call $open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const 8) (i32.const 0)
  >     (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 32)))
  >   (func $outer (drop (call $inner)))
  >   (func (export "_start") (call $outer) unreachable))
  > END
  $ wat2wasm --debug-names n.wat && mayfly strace -k n.wasm
  path_open(3, "missing\377", O_RDONLY) = -1 ENOENT (No such file or directory)
   > inner
   > outer
   > function 4
  +++ killed by a trap +++
  mayfly: error: n.wasm: trapped: unreachable
    in function 4
  [134]
  $ mayfly strace -k -c n.wasm
  mayfly: error: -k: the stack is the JavaScript host's, which writes it below each line of text
  mayfly: hint: leave out -c
  [2]
  $ mkdir bin && printf '#!/bin/sh\n' > bin/wasmtime && chmod +x bin/wasmtime && mayfly strace -k --runtime bin/wasmtime n.wasm
  mayfly: error: -k: bin/wasmtime does not tell which functions are on the stack
  mayfly: hint: --runtime node or deno
  [2]

Bytes that are no UTF-8 are kept.

  $ mayfly strace -f json n.wasm 2>/dev/null | cat; mayfly strace -f json -o lines n.wasm 2>/dev/null; sed 's/_ns":[0-9]*/_ns":T/g' lines
  {"call":"path_open","module":"wasi_snapshot_preview1","args":{"fd":3, "path":{"hex":"6d697373696e67ff"}, "flags":"O_RDONLY"},"result":-1,"error":"ENOENT","host":false,"start_ns":T,"duration_ns":T}
  {"trapped":true}

A disk that is full ends the trace, and not the program.

  $ mayfly strace -o /dev/full box.wasm -- echo fine
  mayfly: error: /dev/full: the trace ends here: No space left on device
  fine

The help fits 80 columns.

  $ for command in pack run inspect strace; do mayfly $command --help; done | awk 'length($0) > 80'
