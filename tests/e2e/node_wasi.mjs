// Runs a module on Node's own WASI: node_wasi.mjs FILE.wasm [GUEST=HOST]... -- ARGS
import fs from "node:fs";
import {WASI} from "node:wasi";

const [file, ...rest] = process.argv.slice(2);
const split = rest.indexOf("--");
const preopens = Object.fromEntries(rest.slice(0, split).map((pair) => pair.split("=")));
const wasi = new WASI({version: "preview1", args: ["box", ...rest.slice(split + 1)], preopens, returnOnExit: true});
// Behind functions of JavaScript: called directly, Node 20's own may be collected while they run.
const imports = Object.fromEntries(Object.entries(wasi.wasiImport).map(([name, f]) => [name, (...a) => f(...a)]));
const module = new WebAssembly.Module(fs.readFileSync(file));
const instance = new WebAssembly.Instance(module, {wasi_snapshot_preview1: imports});
process.exitCode = wasi.start(instance);
