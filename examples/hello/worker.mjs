// Runs hello.packed.wasm for every message, each time with a fresh instance and so with a fresh filesystem.
import {Host} from "./host.mjs";

const module = WebAssembly.compileStreaming(fetch("hello.packed.wasm"));

onmessage = async ({data}) => {
  const decoder = new TextDecoder();
  const show = (bytes) => postMessage({text: decoder.decode(bytes, {stream: true})});
  const host = new Host({args: ["hello", data.name], stdout: show, stderr: show});
  const instance = await WebAssembly.instantiate(await module, host.imports(await module));
  postMessage({code: host.run(instance)});
};
