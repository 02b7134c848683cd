// node ruby_cli.mjs HOST.mjs NODE_MODULES RUBY.wasm SCRIPT: Node, Deno and Bun.
import {readFileSync} from "node:fs";
import path from "node:path";
import process from "node:process";
import {pathToFileURL} from "node:url";
import {runRuby} from "./ruby.mjs";
import {writeAll} from "./write_all.mjs";

const [hostFile, modules, wasm, script] = process.argv.slice(2);
const load = (/** @type {string} */ file) => import(pathToFileURL(path.resolve(file)).href);
const {Host} = await load(hostFile);
const {RubyVM} = await load(path.join(modules, "@ruby/wasm-wasi/dist/esm/index.js"));
const write = (/** @type {number} */ fd) => (/** @type {Uint8Array} */ bytes) => writeAll(fd, bytes);
const host = new Host({args: ["ruby"], stdout: write(1), stderr: write(2)});
await runRuby(new WebAssembly.Module(readFileSync(wasm)), host, RubyVM, script);
