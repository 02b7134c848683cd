// One guest in a browser's worker: a bare WebAssembly.instantiate with nothing but captured streams.
import {Host} from "/host.mjs";
import {runHermetic} from "/hermetic.mjs";
import {runRuby} from "/ruby.mjs";

onmessage = async ({data: job}) => {
  const chunks = {stdout: [], stderr: []};
  const keep = (/** @type {Uint8Array[]} */ list) => (/** @type {Uint8Array} */ bytes) => list.push(bytes.slice());
  const host = new Host({args: job.args, env: job.env, stdout: keep(chunks.stdout), stderr: keep(chunks.stderr)});
  const result = {id: job.id, code: 0, error: ""};
  try {
    const bytes = await (await fetch(job.wasm)).arrayBuffer();
    const module = await WebAssembly.compile(bytes);
    if (job.ruby) {
      const {RubyVM} = await import("/ruby/index.js");
      await runRuby(module, host, RubyVM, job.ruby);
    } else if (job.reads?.length) {
      const {code, parts} = runHermetic(await WebAssembly.instantiate(module, {}), job.reads);
      result.code = code;
      chunks.stdout = parts;
    } else {
      result.code = host.run(await WebAssembly.instantiate(module, host.imports(module)));
    }
  } catch (error) {
    result.code = 134;
    result.error = String(error.stack ?? error);
  }
  for (const [name, list] of Object.entries(chunks)) result[name] = await new Blob(list).text();
  postMessage(result);
};
