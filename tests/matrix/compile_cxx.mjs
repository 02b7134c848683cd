// Compiles one C++ file with npm's @yowasp/clang: its sysroot has std::filesystem, which Debian's libc++
// for wasm32 lacks.
//
// Usage: node compile_cxx.mjs NODE_MODULES SOURCE.cc OUT.wasm
import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";

const [modules, source, out] = process.argv.slice(2);
const {runClang} = await import(pathToFileURL(path.resolve(modules, "@yowasp/clang/gen/bundle.js")));
const name = path.basename(source);
const files = await runClang(["clang++", "-std=c++20", "-O1", "-fno-exceptions", name, "-o", "out.wasm"],
                             {[name]: fs.readFileSync(source)});
fs.writeFileSync(out, files["out.wasm"]);
