// Runs hello.packed.wasm on Deno: deno run --allow-read deno.mjs
import {Host} from "./host.mjs";

const module = await WebAssembly.compile(await Deno.readFile("hello.packed.wasm"));
const host = new Host({
  args: ["hello", "Deno"],
  stdout: (bytes) => Deno.stdout.writeSync(bytes),
  stderr: (bytes) => Deno.stderr.writeSync(bytes),
});
const instance = await WebAssembly.instantiate(module, host.imports(module));
Deno.exit(host.run(instance));
