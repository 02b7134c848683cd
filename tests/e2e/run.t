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

A pipe that somebody left non-blocking, and whose reader is slow, gets every byte.

  $ cat > slow.py <<'END'
  > import os, subprocess, time
  > open("big", "wb").write(b"0123456789abcdef" * 65536)
  > for command in (["mayfly", "run", "--file", "big::/big", os.environ["BOX"], "--", "cat", "/big"],
  >                 ["node", "--input-type=module", "-e", f"""
  >                    import {{writeAll}} from {os.environ["E2E"] + "/../matrix/js/write_all.mjs"!r};
  >                    import {{readFileSync}} from "node:fs"; writeAll(1, readFileSync("big"));"""]):
  >     end, out = os.pipe()
  >     os.set_blocking(out, False)
  >     child = subprocess.Popen(command, stdout=out)
  >     os.close(out)
  >     time.sleep(0.5)
  >     data = bytearray()
  >     while piece := os.read(end, 65536):
  >         data += piece
  >         time.sleep(0.002)
  >     print(child.wait(), data == open("big", "rb").read())
  > END
  $ python3 slow.py
  0 True
  0 True

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
