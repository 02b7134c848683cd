// Runs hello.packed.wasm on Node: node node.mjs
import {readFile} from "node:fs/promises";
import {Host} from "./host.mjs";

const module = await WebAssembly.compile(await readFile("hello.packed.wasm"));
const host = new Host({
  args: ["hello", "Node"],
  stdout: (bytes) => process.stdout.write(bytes.slice()),
  stderr: (bytes) => process.stderr.write(bytes.slice()),
});
const instance = await WebAssembly.instantiate(module, host.imports(module));
process.exitCode = host.run(instance);
