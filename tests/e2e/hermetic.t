--hermetic: no imports are left, and the same run gives the same bytes.

  $ mkdir d && echo content > d/file && touch -d @1234567890 d/file d
  $ mayfly pack $BOX --hermetic --dir d::/d --env K=V -o h.wasm --arg cat --arg /d/file --arg=-- --arg random --arg=-- --arg date --arg=-- --arg env --arg=-- --arg error --arg oops
  $ cat > run.mjs <<'END'
  > import fs from "node:fs";
  > const module = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
  > console.log("imports:", WebAssembly.Module.imports(module).length);
  > const instance = new WebAssembly.Instance(module, {});
  > console.log("exports:", Object.keys(instance.exports).join(" "));
  > try { instance.exports._start(); } catch (error) { if (!instance.exports.mayfly_exited()) throw error; }
  > console.log("exit code:", instance.exports.mayfly_exit_code());
  > const read = (path) => {
  >   const memory = new Uint8Array(instance.exports.memory.buffer);
  >   memory.set(new TextEncoder().encode(path), 1024);
  >   const count = instance.exports.mayfly_read(1024, path.length, 0n, 4096, 1000);
  >   return count < 0 ? `errno ${-count}` : new TextDecoder().decode(memory.slice(4096, 4096 + count));
  > };
  > for (const path of process.argv.slice(3)) console.log(`${path}: ${read(path)}`);
  > END
  $ node run.mjs h.wasm /.mayfly/stdout /.mayfly/stderr /d/file /missing
  imports: 0
  exports: memory _start mayfly_read mayfly_exited mayfly_exit_code
  exit code: 0
  /.mayfly/stdout: content
  afcd1d7b39a820e2
  1234567890
  K=V
  
  /.mayfly/stderr: oops
  
  /d/file: content
  
  /missing: errno 44
  $ mayfly pack $BOX --hermetic --dir d::/d --env K=V -o again.wasm --arg cat --arg /d/file --arg=-- --arg random --arg=-- --arg date --arg=-- --arg env --arg=-- --arg error --arg oops && cmp h.wasm again.wasm && echo same
  same

A module that needs something else of its host cannot be hermetic.

  $ echo '(module (import "env" "f" (func)) (export "f" (func 0)) (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32))) (memory (export "memory") 1))' > m.wat
  $ wat2wasm m.wat -o m.wasm && mayfly pack m.wasm --hermetic -o out.wasm
  mayfly: error: m.wasm: a hermetic module may have no imports, but these cannot be served: env.f
  [1]
