// Runs a WASI command on Node's own WASI, without any directory unless one is asked for.
//
// Usage: node run_wasi.mjs [--preopen GUEST=HOST] MODULE.wasm [ARGS...]
import fs from 'node:fs';

process.removeAllListeners('warning');  // that WASI is experimental is not news here
const { WASI } = await import('node:wasi');

const args = process.argv.slice(2);
const preopens = {};
if (args[0] === '--preopen') {
  const [guest, host] = args[1].split('=');
  preopens[guest] = host;
  args.splice(0, 2);
}
const wasi = new WASI({ version: 'preview1', args, env: {}, preopens, returnOnExit: true });
const module = await WebAssembly.compile(fs.readFileSync(args[0]));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
