mayfly pack --js: the JavaScript host beside the module.

  $ mayfly pack $BOX -o box.wasm --js host.mjs
  $ cat > run.mjs <<'END'
  > import {readFileSync, writeSync} from "node:fs";
  > import {Host} from "./host.mjs";
  > const module = new WebAssembly.Module(readFileSync("box.wasm"));
  > const host = new Host({args: ["box", "echo", "hello"], stdout: (bytes) => writeSync(1, bytes)});
  > process.exit(host.run(new WebAssembly.Instance(module, host.imports(module))));
  > END
  $ node run.mjs
  hello
  $ mayfly pack $BOX -o box.wasm --js missing/host.mjs
  mayfly: error: missing/host.mjs: its directory missing cannot be used: No such file or directory
  [1]
  $ mayfly pack $BOX -o out --js out
  mayfly: error: --js: out: is not a file of its own
  mayfly: hint: name a file for the JavaScript host
  [2]
  $ mayfly pack $BOX -o out --js -
  mayfly: error: --js: -: is not a file of its own
  mayfly: hint: name a file for the JavaScript host
  [2]
  $ ls
  box.wasm
  host.mjs
  run.mjs
