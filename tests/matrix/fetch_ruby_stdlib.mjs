// Writes Ruby's standard library as plain files, so that a test or benchmark can pack it with the plain
// ruby.wasm. The npm package ships the library only inside `ruby+stdlib.wasm` (a read-only tree that
// wasi-vfs put there), so that module itself copies its tree out through a preopened directory.
//
// Usage: node fetch_ruby_stdlib.mjs NODE_MODULES OUT
//   NODE_MODULES  where npm installed @ruby/3.4-wasm-wasi (which brings @ruby/wasm-wasi)
//   OUT           receives usr/ (the library) and bundle/ (the gems that the module needs); pack them as
//                 `--dir OUT/usr::/usr --dir OUT/bundle::/bundle`. Done already: returns at once.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, out] = process.argv.slice(2).map((argument) => path.resolve(argument));
if (!modules || !out) {
  console.error('usage: fetch_ruby_stdlib.mjs NODE_MODULES OUT');
  process.exit(2);
}
const stamp = path.join(out, 'complete');
if (fs.existsSync(stamp)) process.exit(0);
fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });

process.removeAllListeners('warning');
const { WASI } = await import('node:wasi');
const { RubyVM } = await import(pathToFileURL(path.join(modules, '@ruby/wasm-wasi/dist/esm/index.js')));

const wasip1 = new WASI({ version: 'preview1', args: ['ruby'], preopens: { '/out': out }, returnOnExit: true });
const binary = path.join(modules, '@ruby/3.4-wasm-wasi/dist/ruby+stdlib.wasm');
const module = await WebAssembly.compile(fs.readFileSync(binary));
const { vm } = await RubyVM.instantiateModule({ module, wasip1 });
const [files, bytes] = vm
  .eval(`
    counts = [0, 0]
    copy = lambda do |dir|
      Dir.mkdir("/out" + dir)
      Dir.children(dir).sort.each do |name|
        from = dir + "/" + name
        next copy.(from) if File.directory?(from)
        content = File.binread(from)
        File.binwrite("/out" + from, content)
        counts[0] += 1
        counts[1] += content.bytesize
      end
    end
    copy.("/usr")
    copy.("/bundle")
    counts.join(" ")`)
  .toString()
  .split(' ');
fs.writeFileSync(stamp, '');
console.log(`${files} files, ${bytes} bytes`);
