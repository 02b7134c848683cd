// Runs a module that was packed with --hermetic and reads files out of it: no imports, one exported memory.

/**
 * @param {WebAssembly.Instance} instance
 * @param {string[]} paths  files to read once the program has ended; their contents, one after the other
 */
export function runHermetic(instance, paths) {
  const exports = /** @type {Record<string, any>} */ (instance.exports);
  try {
    exports._start();
  } catch (error) {
    if (!exports.mayfly_exited()) throw error; // proc_exit leaves by a trap
  }
  const parts = paths.map((path) => readFile(exports, new TextEncoder().encode(path)));
  return {code: exports.mayfly_exit_code(), parts};
}

// The program is over, so its memory is free to use.
const PATH_AT = 1024;
const BUFFER_AT = 8192;
const BUFFER_SIZE = 32768;

/** @param {Record<string, any>} exports @param {Uint8Array} path */
function readFile(exports, path) {
  const memory = () => new Uint8Array(exports.memory.buffer);
  memory().set(path, PATH_AT);
  const chunks = [];
  for (let offset = 0n;;) {
    const count = exports.mayfly_read(PATH_AT, path.length, offset, BUFFER_AT, BUFFER_SIZE);
    if (count < 0) return new TextEncoder().encode(`errno ${-count}`);
    if (!count) break;
    chunks.push(memory().slice(BUFFER_AT, BUFFER_AT + count));
    offset += BigInt(count);
  }
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  chunks.reduce((at, chunk) => (whole.set(chunk, at), at + chunk.length), 0);
  return whole;
}
