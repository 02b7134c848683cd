// Measures what instantiating a module costs, with every import answered by an empty function.
//
// Usage: node --expose-gc instantiate.mjs MODULE.wasm
// Prints compile_ms, instantiate_ms (median of 15), memory_bytes (all exported linear memories) and rss_bytes
// (what one instance adds to the process; the median of 15 kept alive).
import fs from 'node:fs';

const repeats = 15;
const bytes = fs.readFileSync(process.argv[2]);
let start = performance.now();
const module = new WebAssembly.Module(bytes);
console.log(`compile_ms\t${performance.now() - start}`);

const imports = {};
for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
  if (kind !== 'function') throw new Error(`import ${from}.${name} is a ${kind}`);
  (imports[from] ??= {})[name] = () => 0;
}
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const times = [];
const sizes = [];
const kept = [];
for (let i = 0; i < repeats; i++) {
  globalThis.gc();
  const before = process.memoryUsage.rss();
  start = performance.now();
  kept.push(new WebAssembly.Instance(module, imports));
  times.push(performance.now() - start);
  sizes.push(process.memoryUsage.rss() - before);
}
const memories = Object.values(kept[0].exports).filter((value) => value instanceof WebAssembly.Memory);
console.log(`instantiate_ms\t${median(times)}`);
console.log(`memory_bytes\t${memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0)}`);
console.log(`rss_bytes\t${median(sizes)}`);
