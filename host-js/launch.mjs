// Runs a packed module on Node, Deno or Bun with host.mjs:
//
//   node launch.mjs [--argv0 NAME] [--env KEY=VALUE]... FILE.wasm [ARGS...]
//
// A traced module (mayfly strace) has two options more: --trace-fd N is a descriptor for its lines,
// --trace-file FILE the file that takes them instead of standard error. It is made at the first line, or
// when the program starts.
//
// The exit code is the program's; 134 after a trap; 126 when the module cannot be run at all.
// Nothing asynchronous happens once the module runs: streams are read and written synchronously,
// so that output is never lost at exit and a program may block on its input.
import {webcrypto} from "node:crypto";
import {fstatSync, openSync, readFileSync, readSync, writeSync} from "node:fs";
import process from "node:process";
import {BrokenPipe, Host, importedMemories} from "./host.mjs";

globalThis.crypto ??= webcrypto; // Node 18 has it as a module only

/** @param {string[]} argv */
function parse(argv) {
  const env = [];
  let argv0;
  let traceFd;
  let traceFile;
  let i = 0;
  for (; i < argv.length && argv[i].startsWith("--"); i += 2) {
    if (argv[i] === "--env") env.push(argv[i + 1]);
    else if (argv[i] === "--argv0") argv0 = argv[i + 1];
    else if (argv[i] === "--trace-fd") traceFd = Number(argv[i + 1]);
    else if (argv[i] === "--trace-file") traceFile = argv[i + 1];
    else fail(`unknown option ${argv[i]}`);
  }
  if (i >= argv.length) fail("usage: launch.mjs [--argv0 NAME] [--env KEY=VALUE]... FILE.wasm [ARGS...]");
  const file = argv[i];
  return {file, env, traceFd, traceFile, args: [argv0 ?? file.replace(/^.*\//, ""), ...argv.slice(i + 1)]};
}

/** @param {string} message @returns {never} */
function fail(message) {
  process.stderr.write(`mayfly: ${message}\n`);
  process.exit(126);
}

/** Repeats a call on a stream that somebody else left non-blocking. @template T @param {() => T} call */
function patiently(call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** @param {Uint8Array} into */
function readStdin(into) {
  try {
    return patiently(() => readSync(0, into, 0, into.length, null));
  } catch (error) {
    if (error.code === "EOF" || error.code === "EBADF") return 0;
    throw error;
  }
}

/** @param {number} fd */
function writer(fd) {
  return (/** @type {Uint8Array} */ bytes) => {
    try {
      for (let done = 0; done < bytes.length;) {
        done += patiently(() => writeSync(fd, bytes, done, bytes.length - done));
      }
    } catch (error) {
      throw error.code === "EPIPE" ? new BrokenPipe() : error;
    }
  };
}

/** The WASI file type of one of our own standard streams. @param {number} fd */
function filetype(fd) {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() ? 2 : stat.isFile() ? 4 : stat.isSocket() ? 6 : 0;
  } catch {
    return 0;
  }
}

const {file, env, args, traceFd, traceFile} = parse(process.argv.slice(2));

let traceOutput = traceFile === undefined ? writer(2) : undefined;
/** @param {Uint8Array} bytes */
function trace(bytes) {
  if (!traceOutput) {
    try {
      traceOutput = writer(openSync(traceFile, "w"));
    } catch (error) {
      fail(`${traceFile}: ${error.message}`);
    }
  }
  traceOutput(bytes);
}

/** Tells the tracer, if there is one, how the program ended. @param {string} name */
function tellTracer(name) {
  try {
    instance.exports[name]?.();
  } catch {
    // The trace is then as long as it is.
  }
}

let module;
let host;
let instance;
try {
  const bytes = readFileSync(file);
  module = new WebAssembly.Module(bytes);
  host = new Host({
    args,
    env,
    stdin: readStdin,
    stdout: writer(1),
    stderr: writer(2),
    exit: (code) => process.exit(code),
    filetypes: [0, 1, 2].map(filetype),
    trace: traceFd === undefined ? undefined : {fd: traceFd, write: trace},
  });
  instance = new WebAssembly.Instance(module, host.imports(module, importedMemories(bytes)));
} catch (error) {
  const hint = /memory count|multi|one memory/i.test(error.message)
    ? "; this runtime has no multi-memory: pack without --isolate, or use a newer one (Node 22 and up)" : "";
  fail(`${file}: ${error.message}${hint}`);
}
try {
  if (traceFd !== undefined) trace(new Uint8Array());
  const code = host.run(instance);
  tellTracer("mayfly.trace.finish");
  process.exit(code);
} catch (error) {
  tellTracer("mayfly_trace_trapped");
  process.stderr.write(`mayfly: ${file}: ${error.stack ?? error}\n`);
  process.exit(134);
}
