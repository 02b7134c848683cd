import {writeSync} from "node:fs";

/**
 * Writes all of `bytes`, however slowly somebody reads. A pipe may be non-blocking: Node makes its standard
 * streams so when anything touches process.stderr, and then writeSync throws EAGAIN while the pipe is full.
 * @param {number} fd @param {Uint8Array} bytes
 */
export function writeAll(fd, bytes) {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
