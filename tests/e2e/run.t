mayfly run: which runtime, and what it passes on.

  $ mayfly run --runtime node $BOX -- echo hello
  hello
  $ MAYFLY_RUNTIME=node mayfly run $BOX -- echo hello
  hello
  $ mayfly run --runtime $(command -v node) $BOX -- echo hello
  hello
  $ mayfly run --runtime python $BOX
  mayfly: error: --runtime: python: not a runtime mayfly knows how to start; the file's name has to begin with one of node, deno, bun, wasmtime, wasmer, wazero, iwasm, wasmedge
  [1]
  $ mayfly run --runtime ./node $BOX
  mayfly: error: --runtime: ./node: no such executable file
  [1]
  $ mkdir bin; mayfly=$(command -v mayfly); PATH=$PWD/bin $mayfly run $BOX
  mayfly: error: --runtime: no WebAssembly runtime on PATH (looked for node, deno, bun, wasmtime, wasmer, wazero, iwasm, wasmedge): install one, or name it with --runtime or MAYFLY_RUNTIME
  [1]
  $ PATH=$PWD/bin $mayfly run --runtime bun $BOX
  mayfly: error: --runtime: bun: not found on PATH
  [1]

A signal to mayfly reaches the program, and the temporary files are gone.

  $ cat > stop.py <<'END'
  > import os, signal, subprocess
  > run = subprocess.Popen(["mayfly", "run", os.environ["BOX"], "--", "spin"], stdout=subprocess.PIPE)
  > run.stdout.readline()
  > run.send_signal(signal.SIGTERM)
  > print("code", run.wait(), os.listdir(os.environ["TMPDIR"]))
  > END
  $ python3 stop.py
  code 143 []

What is packed already is run as it is; nothing can be added to it.

  $ mkdir d && echo x > d/file && mayfly pack $BOX --dir d::/d -o out.wasm
  $ mayfly run out.wasm -- cat /d/file
  x
  $ mayfly run out.wasm --dir d::/e -- ls /e
  mayfly: error: out.wasm: is packed already; nothing can be added to it
  mayfly: hint: leave out the pack options
  [2]
  $ mayfly run missing.wasm
  mayfly: error: missing.wasm: cannot be opened: No such file or directory
  [1]
