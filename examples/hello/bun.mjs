// Runs hello.packed.wasm on Bun: bun bun.mjs
import {writeSync} from "node:fs";
import {Host} from "./host.mjs";

const module = await WebAssembly.compile(await Bun.file("hello.packed.wasm").arrayBuffer());
const host = new Host({
  args: ["hello", "Bun"],
  stdout: (bytes) => writeSync(1, bytes),
  stderr: (bytes) => writeSync(2, bytes),
});
const instance = await WebAssembly.instantiate(module, host.imports(module));
process.exit(host.run(instance));
