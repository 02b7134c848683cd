// Runs a packed module on Node, Deno or Bun with host.mjs:
//
//   node launch.mjs [OPTIONS] FILE.wasm [ARGS...]
//
//   --argv0 NAME         the program's name; by default the file's
//   --shown NAME         what messages call the module; by default the file's path
//   --env KEY=VALUE      repeatable
//   --dir GUEST=HOST     repeatable: a directory of the host's
//   --invoke NAME:TYPES  calls this export with ARGS, a letter each: i for i32, I i64, f f32, F f64; and prints
//                        what it returns
//
// A traced module (mayfly strace) has more: --trace-fd N is a descriptor for its lines, --trace-file FILE the
// file that takes them instead of standard error. It is made at the first line, or when the program starts.
// With --trace-stack N each line is followed by the functions on the stack whose numbers are below N.
//
// The exit code is the program's; 134 after a trap; 126 when the module cannot be run at all.
// Nothing asynchronous happens once the module runs: streams are read and written synchronously,
// so that output is never lost at exit and a program may block on its input.
import {webcrypto} from "node:crypto";
import {fstatSync, openSync, readFileSync, readSync, writeSync} from "node:fs";
import process from "node:process";
import {CannotRun, Host, importedMemories} from "./host.mjs";

globalThis.crypto ??= webcrypto; // Node 18 has it as a module only

const CANNOT_RUN = 126;
const TRAPPED = 134;
const STACK_FRAMES_MAX = 64;

/** @param {string[]} argv */
function parse(argv) {
  /** @type {Record<string, string>} */
  const one = {};
  /** @type {Record<string, string[]>} */
  const many = {env: [], dir: []};
  let i = 0;
  for (; i < argv.length && argv[i].startsWith("--"); i += 2) {
    const name = argv[i].slice(2);
    if (many[name]) many[name].push(argv[i + 1]);
    else one[name] = argv[i + 1];
  }
  const file = argv[i];
  return {...one, ...many, file, shown: one.shown ?? file, args: argv.slice(i + 1)};
}

/** One line on standard error, whatever became of that. @param {string} text */
function say(text) {
  try {
    writer(2)(new TextEncoder().encode(text + "\n"));
  } catch {
    // There is nobody to tell.
  }
}

/** @param {string} where @param {string} message @param {number} [code] @returns {never} */
function fail(where, message, code = CANNOT_RUN) {
  say(`mayfly: error: ${where}: ${message}`);
  process.exit(code);
}

/** The sentence of a system error, without its code and the call that had it. @param {any} error */
function sentence(error) {
  const text = String(error.message ?? error).replace(/^[A-Z][A-Z0-9]*: /, "").replace(/, \w+( '.*')?$/s, "");
  return text.replace(/ \(os error \d+\)$/, "").replace(/^./, (first) => first.toUpperCase());
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

/** Writes all, or throws what came in between, with how many bytes were `written` before. @param {number} fd */
function writer(fd) {
  return (/** @type {Uint8Array} */ bytes) => {
    let done = 0;
    try {
      while (done < bytes.length) done += patiently(() => writeSync(fd, bytes, done, bytes.length - done));
    } catch (error) {
      error.written = done;
      throw error;
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

/**
 * The module's functions on the stack, the innermost first. A function without a name is a number.
 * @param {any} error
 * @param {number} [below]  only functions with a smaller number
 */
function functionsOf(error, below = Infinity) {
  const functions = [];
  for (const line of String(error.stack ?? "").split("\n")) {
    const number = /wasm-function\[(\d+)\]/.exec(line)?.[1];
    if (number === undefined || Number(number) >= below) continue;
    const name = /^\s*at (?:async )?(.*?)(?:@|\.| )\(?(?:wasm|\[wasm)/.exec(line)?.[1];
    const known = name && !/^(<\?>|wasm|<anonymous>)/.test(name) && !/wasm-function\[/.test(name);
    if (known && name.startsWith("mayfly")) continue; // the linker's own
    functions.push(known ? name.replace(/^[\w-]+\.wasm\./, "") : `function ${number}`);
  }
  return functions;
}

const options = parse(process.argv.slice(2));
const {file, shown} = options;
const traceFd = options["trace-fd"] === undefined ? undefined : Number(options["trace-fd"]);
const traceFile = options["trace-file"];
const traceStack = options["trace-stack"] === undefined ? 0 : Number(options["trace-stack"]);
Error.stackTraceLimit = STACK_FRAMES_MAX;
// As V8 itself writes them: Deno's own text leaves out which function of a module it was.
Error.prepareStackTrace = (error, frames) => [error, ...frames].join("\n    at ");

let traceOutput = traceFile === undefined ? writer(2) : undefined;
let traceLost = false;
let traceEnded = false;
/** @param {Uint8Array} bytes */
function trace(bytes) {
  try {
    traceOutput ??= writer(openSync(traceFile, "w"));
  } catch (error) {
    fail(traceFile, `cannot be opened: ${sentence(error)}`);
  }
  try {
    traceOutput(bytes);
    // From "+++ exited" or the table on ("% time") no line is a call's.
    traceEnded ||= bytes[0] === 0x2b || bytes[0] === 0x25;
    const wanted = traceStack && !traceEnded && bytes.at(-1) === 10;
    const functions = wanted ? functionsOf(new Error(), traceStack) : [];
    if (functions.length) traceOutput(new TextEncoder().encode(functions.map((name) => ` > ${name}\n`).join("")));
  } catch (error) {
    // The program must not notice, but whoever asked for the trace must. A closed pipe is how people end one.
    if (!traceLost && error.code !== "EPIPE") {
      say(`mayfly: error: ${traceFile ?? "standard error"}: the trace ends here: ${sentence(error)}`);
    }
    traceLost = true;
    throw error;
  }
}

/** Tells the tracer, if there is one, how the program ended. @param {string} name */
function tellTracer(name) {
  try {
    instance.exports[name]?.();
  } catch {
    // The trace is then as long as it is.
  }
}

/**
 * A module whose standard output and error are files of its own: what it wrote goes where it would have gone.
 * The program is over, so its memory is free: the path is put at address 0, the bytes at 4096.
 * @param {number} code  of the program
 * @returns {number} the exit code
 */
function showFiles(code) {
  const {mayfly_read: read, memory} = /** @type {any} */ (instance.exports);
  if (!read || !(memory instanceof WebAssembly.Memory)) return code;
  for (const [fd, name] of [[1, "stdout"], [2, "stderr"]]) {
    const path = new TextEncoder().encode(`/.mayfly/${name}`);
    const output = writer(fd);
    try {
      for (let offset = 0n, got; ; offset += BigInt(got)) {
        new Uint8Array(memory.buffer).set(path, 0);
        got = read(0, path.length, offset, 4096, 60 * 1024);
        if (got <= 0) break;
        output(new Uint8Array(memory.buffer, 4096, got));
      }
    } catch (error) {
      if (error.code === "EPIPE") continue;
      if (fd === 1) say(`mayfly: error: standard output: ${sentence(error)}`);
      if (code === 0) code = 1;
    }
  }
  return code;
}

/**
 * The runtime's own WASI for directories of the host's; the rest is host.mjs's.
 * @param {WebAssembly.Module} module
 */
async function hostDirectories(module) {
  process.removeAllListeners("warning"); // that it is experimental
  process.on("warning", () => {});
  const {WASI} = await import("node:wasi");
  const unstable = WebAssembly.Module.imports(module).some(({module: from}) => from === "wasi_unstable");
  const preopens = {};
  for (const text of options.dir) {
    const equals = text.lastIndexOf("=");
    preopens[text.slice(0, equals)] = text.slice(equals + 1);
  }
  return new WASI({version: unstable ? "unstable" : "preview1", preopens});
}

/** @param {WebAssembly.Module} module @param {WebAssembly.Imports} imports @param {any} wasi */
function withDirectories(module, imports, wasi) {
  const STREAMS = 3;
  for (const {module: from, name} of WebAssembly.Module.imports(module)) {
    const theirs = wasi.wasiImport[name];
    const ours = imports[from]?.[name];
    if (!theirs || !ours || !/^(fd|path)_/.test(name)) continue;
    imports[from][name] = (/** @type {any[]} */ ...args) =>
      (args[0] >>> 0 < STREAMS || args[0] >>> 0 === traceFd ? ours(...args) : theirs(...args));
  }
}

/** The values that an export is called with. @param {string} types */
function invocationArguments(types) {
  const values = [];
  for (let i = 0; i < types.length; i++) {
    const text = options.args[i];
    values.push(types[i] === "I" ? BigInt(text) : Number(text));
  }
  return values;
}

/** A command, a reactor, or the one export that --invoke names. */
function start() {
  if (options.invoke === undefined) return host.run(instance);
  const colon = options.invoke.lastIndexOf(":");
  const call = instance.exports[options.invoke.slice(0, colon)];
  const values = invocationArguments(options.invoke.slice(colon + 1));
  return host.enter(instance, () => {
    instance.exports._initialize?.();
    const result = call(...values);
    const results = result === undefined ? [] : Array.isArray(result) ? result : [result];
    for (const value of results) {
      const text = Object.is(value, -0) ? "-0" : String(value);
      writer(1)(new TextEncoder().encode(text + "\n"));
    }
  });
}

let module;
let host;
let instance;
try {
  const bytes = readFileSync(file);
  module = new WebAssembly.Module(bytes);
  host = new Host({
    args: [options.argv0 ?? file.replace(/^.*\//, ""), ...(options.invoke === undefined ? options.args : [])],
    env: options.env,
    stdin: readStdin,
    stdout: writer(1),
    stderr: writer(2),
    exit: (code) => process.exit(showFiles(code)),
    filetypes: [0, 1, 2].map(filetype),
    trace: traceFd === undefined ? undefined : {fd: traceFd, write: trace},
  });
  const imports = host.imports(module, importedMemories(bytes));
  const wasi = options.dir.length ? await hostDirectories(module) : undefined;
  if (wasi) withDirectories(module, imports, wasi);
  instance = new WebAssembly.Instance(module, imports);
  if (wasi) {
    const memory = instance.exports.memory ?? host.memory;
    wasi.initialize ? wasi.initialize({exports: {memory}}) : wasi.setMemory(memory); // the latter is Bun's
  }
} catch (error) {
  const hint = /memory count|multi|one memory/i.test(error.message)
    ? "; this runtime has no multi-memory: pack without --isolate, or use a newer one (Node 22 and up)" : "";
  fail(shown, `${sentence(error)}${hint}`);
}
try {
  if (traceFd !== undefined) trace(new Uint8Array());
  const code = start();
  tellTracer("mayfly.trace.finish");
  process.exit(showFiles(code));
} catch (error) {
  if (error instanceof CannotRun) fail(shown, error.message);
  tellTracer("mayfly_trace_trapped");
  showFiles(TRAPPED);
  const what = error instanceof WebAssembly.RuntimeError ? "trapped" : "ended by an exception";
  // Bun: "Unreachable code should not be executed (evaluating 'entry()')"
  const reason = String(error.message ?? error).replace(/ \(evaluating .*\)$/s, "");
  say([`mayfly: error: ${shown}: ${what}: ${reason.replace(/^Unreachable code.*/, "unreachable")}`,
    ...functionsOf(error).map((name) => `  in ${name}`)].join("\n"));
  process.exit(TRAPPED);
}
