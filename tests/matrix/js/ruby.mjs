// Runs a script in a packed ruby.wasm. The module is a reactor that wants its JavaScript bindings
// (npm's @ruby/wasm-wasi) beside WASI; the filesystem, its standard library included, is inside it.
// The library is packed under LIBRARY and not under /usr, where ruby.wasm expects it: npm's module carries
// a wasi-vfs with an empty /usr of its own, which hides whatever lies below.

const LIBRARY = "/lib/ruby/3.4.0";

/**
 * @param {WebAssembly.Module} module
 * @param {import("../../../host-js/host.mjs").Host} host
 * @param {any} RubyVM  the class from @ruby/wasm-wasi
 * @param {string} script  a path inside
 */
export async function runRuby(module, host, RubyVM, script) {
  const wasip1 = {
    wasiImport: host.imports(module).wasi_snapshot_preview1 ?? {},
    initialize: (/** @type {WebAssembly.Instance} */ instance) => host.run(instance),
  };
  const {vm} = await RubyVM.instantiateModule({
    module,
    wasip1,
    args: ["ruby.wasm", `-I${LIBRARY}`, `-I${LIBRARY}/wasm32-wasi`, "-EUTF-8", "-e_=0"],
    setMemory: (/** @type {WebAssembly.Memory} */ memory) => { host.memory = memory; },
  });
  vm.eval(`load ${JSON.stringify(script)}; $stdout.flush`);
}
