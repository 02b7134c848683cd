// Packs a directory with the pack library that was compiled to wasm, and compares the bytes with the native tool's:
//   node run.mjs PACK.wasm MAYFLY APP.wasm WORK_DIRECTORY
// No host function does anything: the library needs none.
import {execFileSync} from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const [library, tool, app, work] = process.argv.slice(2);

function tree(directory) {
  fs.rmSync(directory, {recursive: true, force: true});
  fs.mkdirSync(path.join(directory, "d/deep"), {recursive: true});
  fs.writeFileSync(path.join(directory, "hello"), "hello\n", {mode: 0o600});
  fs.writeFileSync(path.join(directory, "d/same"), "hello\n");
  fs.writeFileSync(path.join(directory, "d/large"), Buffer.alloc(300_000, "abcdefg"));
  fs.writeFileSync(path.join(directory, "d/deep/empty"), "");
  fs.symlinkSync("d/large", path.join(directory, "link"));
  for (let i = 0; i < 2000; i++) fs.writeFileSync(path.join(directory, `d/deep/many-${i}`), `${i}`);
}

// Entries as `mayfly pack --dir` gives them: names in byte order, parents first.
function* entries(directory, below = "") {
  const full = directory + below, stat = fs.lstatSync(full, {bigint: true});
  const type = stat.isDirectory() ? 0 : stat.isFile() ? 1 : 2;
  const bytes = type == 1 ? fs.readFileSync(full) : type == 2 ? Buffer.from(fs.readlinkSync(full)) : Buffer.alloc(0);
  yield {type, path: below, mode: Number(stat.mode & 0o7777n), mtime: stat.mtimeNs, bytes};
  if (type == 0)
    for (const name of fs.readdirSync(full).sort()) yield* entries(directory, `${below}/${name}`);
}

async function packInWasm(module, directory, isolated) {
  const compiled = await WebAssembly.compile(fs.readFileSync(library));
  const imports = {};
  for (const {module, name, kind} of WebAssembly.Module.imports(compiled)) {
    if (kind != "function" || module != "wasi_snapshot_preview1") throw new Error(`imports ${module}.${name}`);
    (imports[module] ??= {})[name] = () => { throw new Error(`calls ${name}`); };
  }
  const {exports} = await WebAssembly.instantiate(compiled, imports);
  const put = bytes => {
    const at = exports.allocate(bytes.length || 1);
    new Uint8Array(exports.memory.buffer).set(bytes, at);
    return at;
  };
  exports._initialize();
  for (const e of directory ? entries(directory) : []) {
    const name = Buffer.from(e.path);
    exports.add(e.type, put(name), name.length, e.mode, e.mtime, put(e.bytes), e.bytes.length);
  }
  const done = exports.pack(put(module), module.length, isolated);
  const output = Buffer.from(exports.memory.buffer, exports.output_bytes(), exports.output_size());
  return {done, output};
}

const directory = path.join(work, "in");
tree(directory);
let failures = 0;
const check = (what, holds) => { if (!holds) { failures++; console.error(`FAILED: ${what}`); } };

for (const isolated of [0, 1]) {
  const native = path.join(work, "native.wasm");
  const {SOURCE_DATE_EPOCH, ...env} = process.env;
  execFileSync(tool, ["pack", app, "--dir", `${directory}::/in`, "-o", native, ...(isolated ? ["--isolate"] : [])],
               {stdio: ["ignore", "inherit", "inherit"], env});
  const {done, output} = await packInWasm(fs.readFileSync(app), directory, isolated);
  check(`packs: ${done ? "" : output}`, done == 1);
  check(`equal bytes (isolated: ${isolated})`, output.equals(fs.readFileSync(native)));
}
const refused = await packInWasm(Buffer.from("no module"), null, 0);
check("an error is a sentence", refused.done == 0 && /\w+ \w+/.test(refused.output.toString()));
process.exit(failures ? 1 : 0);
