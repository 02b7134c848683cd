// Runs hello.hermetic.wasm with no host at all, then reads what it printed and a file that it wrote.
import {readFile} from "node:fs/promises";

const {instance} = await WebAssembly.instantiate(await readFile("hello.hermetic.wasm"), {});
const {memory, _start, mayfly_exited, mayfly_exit_code, mayfly_read} = instance.exports;

let code = 0;
try {
  _start();
} catch (trap) {
  if (!mayfly_exited()) throw trap;
  code = mayfly_exit_code();
}

/** The bytes of a file of the module's filesystem, as text. The program has ended: its memory is free to use. */
function read(path) {
  const name = new TextEncoder().encode(path);
  const decoder = new TextDecoder();
  let text = "";
  for (let offset = 0n; ;) {
    new Uint8Array(memory.buffer).set(name, 0);
    const count = mayfly_read(0, name.length, offset, 4096, 4096);
    if (count < 0) throw new Error(`${path}: errno ${-count}`);
    if (count === 0) return text + decoder.decode();
    text += decoder.decode(new Uint8Array(memory.buffer, 4096, count), {stream: true});
    offset += BigInt(count);
  }
}

console.log(`exit code ${code}`);
console.log(read("/.mayfly/stdout"));
console.log(read("/hello/visitors.txt"));
