// node hermetic_cli.mjs FILE.wasm PATH...: the files' contents on stdout. Node, Deno and Bun.
import {readFileSync, writeSync} from "node:fs";
import process from "node:process";
import {runHermetic} from "./hermetic.mjs";

const [wasm, ...paths] = process.argv.slice(2);
const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)), {});
const {code, parts} = runHermetic(instance, paths);
for (const part of parts) for (let done = 0; done < part.length;) done += writeSync(1, part, done);
process.exit(code);
