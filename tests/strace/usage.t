Slips on the command line of strace.

  $ export MAYFLY_RUNTIME=node; cp $BOX box.wasm
  $ mayfly strace -e trace=path_opne box.wasm
  mayfly: error: -e trace=path_opne: is no call and no group
  mayfly: hint: did you mean path_open?
  [2]
  $ mayfly strace -e trace=flie box.wasm
  mayfly: error: -e trace=flie: is no call and no group
  mayfly: hint: did you mean file?
  [2]
  $ mayfly strace -e trace=write box.wasm
  mayfly: error: -e trace=write: is no call and no group
  mayfly: hint: did you mean fd_write?
  [2]
  $ mayfly strace -e trace=xyzzyx box.wasm
  mayfly: error: -e trace=xyzzyx: is no call and no group
  mayfly: hint: groups: all, none, host, file, desc, clock, random, args, env, process, socket, poll, sched
  [2]
  $ mayfly strace -e verbose=all box.wasm
  mayfly: error: -e verbose=all: "verbose" is none of trace, status, fault and inject
  mayfly: hint: -e trace=path_open,fd_read or -e fault=fd_write:error=ENOSPC:when=3
  [2]
  $ mayfly strace -e sock_send box.wasm -- echo fine
  mayfly: note: the module has none of the calls that -e asks for
  fine
  +++ exited with 0 +++
  $ mayfly strace -f jsno box.wasm
  mayfly: error: -f jsno: -f is the format here, one of text, json and chrome
  mayfly: hint: did you mean json?
  [2]
  $ mayfly strace -f json -c box.wasm
  mayfly: error: -c: the table is text, so -f json cannot have it
  mayfly: hint: leave out one of the two
  [2]
  $ mayfly strace -c -C box.wasm
  mayfly: error: -c: is without lines, -C with them
  mayfly: hint: give one of the two
  [2]
  $ mayfly strace -s x box.wasm
  mayfly: error: -s: "x" is not a number of at most 1048576
  [2]
  $ mayfly strace -O box.wasm
  mayfly: error: -O: cannot be combined with strace: wasm-opt renumbers the functions that are traced
  mayfly: hint: run wasm-opt on the output of --link-only
  [2]
  $ mayfly strace -o missing/file box.wasm
  mayfly: error: missing/file: its directory missing cannot be used: No such file or directory
  [1]
  $ mayfly strace -o . box.wasm
  mayfly: error: .: is a directory
  mayfly: hint: name a file, for instance ./out.wasm
  [1]
  $ mayfly strace --glue box.wasm box.wasm
  mayfly: error: box.wasm: has no table of imports that fits box.wasm
  mayfly: hint: name the JavaScript file that Emscripten wrote together with the module
  [1]
  $ mayfly strace --link-only --runtime node box.wasm
  mayfly: error: --runtime: nothing is run with --link-only
  mayfly: hint: leave out one of the two
  [2]
  $ mayfly strace --into /t -o t box.wasm
  mayfly: error: -o: the lines go to a file in the module already (--into)
  mayfly: hint: leave out one of the two
  [2]
  $ mayfly strace
  mayfly: error: strace: APP is required
  mayfly: hint: see mayfly strace --help
  [2]
  $ mkdir bin && printf '#!/bin/sh\necho "$@" >&2\n' > bin/wasmtime && chmod +x bin/wasmtime
  $ mayfly strace --runtime bin/wasmtime -o lines box.wasm
  mayfly: error: -o: bin/wasmtime gives a module no descriptor but the standard ones, so the lines can only go to standard error
  mayfly: hint: 2> FILE, --into FILE, or --runtime node, deno or bun
  [2]
  $ mayfly strace --runtime bin/wasmtime box.wasm -- a b 2>&1 | sed 's,[^ ]*/module,DIR,'
  run DIR/box.wasm a b
  $ mayfly=$(command -v mayfly); PATH=$PWD/bin2 MAYFLY_RUNTIME= $mayfly strace box.wasm
  mayfly: error: --runtime: no WebAssembly runtime on PATH (looked for node, deno, bun, wasmtime, wasmer, wazero, iwasm, wasmedge): install one, or name it with --runtime or MAYFLY_RUNTIME
  [1]

A start that fails leaves no file.

  $ echo '(module (import "env" "f" (func)) (memory (export "memory") 1) (func (export "_start")))' > m.wat && wat2wasm m.wat
  $ mayfly strace -o lines m.wasm; ls lines
  mayfly: error: m.wasm: imports what no runtime offers: env.f
  mayfly: hint: load it from a program that offers them, or answer them in the module: --stub MODULE.NAME=zero
  ls: cannot access 'lines': No such file or directory
  [2]

Lines that nobody reads any more stop nothing.

  $ mayfly strace box.wasm -- echo one -- echo two 2>&1 >out | head -1; cat out
  [host] environ_sizes_get([0], [0]) = 0
  one
  two
