// node hermetic_cli.mjs FILE.wasm PATH...: the files' contents on stdout. Node, Deno and Bun.
import {readFileSync} from "node:fs";
import process from "node:process";
import {runHermetic} from "./hermetic.mjs";
import {writeAll} from "./write_all.mjs";

const [wasm, ...paths] = process.argv.slice(2);
const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)), {});
const {code, parts} = runHermetic(instance, paths);
for (const part of parts) writeAll(1, part);
process.exit(code);
