// The host that a packed module needs: standard streams, clocks, random bytes, arguments,
// environment, exit. There is no filesystem in here on purpose; the module brings its own.
//
// No dependencies and no platform: the same file serves Node, Deno, Bun (through launch.mjs)
// and browsers (a bare WebAssembly.instantiate around it). Plain JavaScript with JSDoc types,
// because the mayfly binary embeds it and writes it out as it is: it must need no build step.
//
//   const host = new Host({args: ["app"], stdout: (bytes) => …});
//   const instance = await WebAssembly.instantiate(module, host.imports(module));
//   const code = host.run(instance);

/**
 * @typedef {object} HostOptions
 * @property {string[]} [args]   arguments, the program's name first
 * @property {string[]} [env]    environment as "KEY=VALUE"
 * @property {(into: Uint8Array) => number} [stdin]  fills `into`, gives the count; 0 is end of input
 * @property {(bytes: Uint8Array) => void} [stdout]  must consume the bytes before it returns
 * @property {(bytes: Uint8Array) => void} [stderr]
 * @property {(code: number) => void} [exit]  called by proc_exit; if it returns, or by default, the
 *                                            instance is unwound and `run` gives the code
 * @property {{fd: number, write: (bytes: Uint8Array) => void}} [trace]  one more descriptor, that can only be
 *                                            written to: for the lines of a traced module
 * @property {number[]} [filetypes]  WASI file types of descriptors 0 to 2 (2: character device)
 *
 * An error that stdin, stdout, stderr or trace throws with a `code` ("ENOSPC", as Node has it) is the program's
 * errno; its `written`, if it has one, is how many of the bytes were taken before it. Any other exception leaves
 * the instance.
 */

// --- Written by abi_reference from src/abi: do not edit.
const errno = {toobig: 1, acces: 2, addrinuse: 3, addrnotavail: 4, afnosupport: 5, again: 6, already: 7,
  badf: 8, badmsg: 9, busy: 10, canceled: 11, child: 12, connaborted: 13, connrefused: 14, connreset: 15,
  deadlk: 16, destaddrreq: 17, dom: 18, dquot: 19, exist: 20, fault: 21, fbig: 22, hostunreach: 23,
  idrm: 24, ilseq: 25, inprogress: 26, intr: 27, inval: 28, io: 29, isconn: 30, isdir: 31, loop: 32,
  mfile: 33, mlink: 34, msgsize: 35, multihop: 36, nametoolong: 37, netdown: 38, netreset: 39,
  netunreach: 40, nfile: 41, nobufs: 42, nodev: 43, noent: 44, noexec: 45, nolck: 46, nolink: 47, nomem: 48,
  nomsg: 49, noprotoopt: 50, nospc: 51, nosys: 52, notconn: 53, notdir: 54, notempty: 55,
  notrecoverable: 56, notsock: 57, notsup: 58, notty: 59, nxio: 60, overflow: 61, ownerdead: 62, perm: 63,
  pipe: 64, proto: 65, protonosupport: 66, prototype: 67, range: 68, rofs: 69, spipe: 70, srch: 71,
  stale: 72, timedout: 73, txtbsy: 74, xdev: 75, notcapable: 76};
const rights = {fd_datasync: 1n, fd_read: 2n, fd_seek: 4n, fd_fdstat_set_flags: 8n, fd_sync: 16n,
  fd_tell: 32n, fd_write: 64n, fd_advise: 128n, fd_allocate: 256n, path_create_directory: 512n,
  path_create_file: 1024n, path_link_source: 2048n, path_link_target: 4096n, path_open: 8192n,
  fd_readdir: 16384n, path_readlink: 32768n, path_rename_source: 65536n, path_rename_target: 131072n,
  path_filestat_get: 262144n, path_filestat_set_size: 524288n, path_filestat_set_times: 1048576n,
  fd_filestat_get: 2097152n, fd_filestat_set_size: 4194304n, fd_filestat_set_times: 8388608n,
  path_symlink: 16777216n, path_remove_directory: 33554432n, path_unlink_file: 67108864n,
  poll_fd_readwrite: 134217728n, sock_shutdown: 268435456n, sock_accept: 536870912n};
const filetype = {unknown: 0, block: 1, character: 2, directory: 3, regular: 4, socket_dgram: 5,
  socket_stream: 6, symlink: 7};
const eventtype = {clock: 0, fd_read: 1, fd_write: 2};
const clockid = {realtime: 0, monotonic: 1, process_cputime: 2, thread_cputime: 3};
const subclockflags = {abstime: 1};
/** Offsets of fields, by import module. */
const structures = {
  wasi_snapshot_preview1: {
    iovec: {bytes: 8, buf: 0, buf_len: 4},
    fdstat: {bytes: 24, fs_filetype: 0, fs_flags: 2, fs_rights_base: 8, fs_rights_inheriting: 16},
    filestat: {bytes: 64, dev: 0, ino: 8, filetype: 16, nlink: 24, size: 32, atim: 40, mtim: 48, ctim: 56},
    prestat: {bytes: 8, pr_type: 0, pr_name_len: 4},
    subscription: {bytes: 48, userdata: 0, type: 8, id: 16, timeout: 24, precision: 32, flags: 40, fd: 16},
    event: {bytes: 32, userdata: 0, error: 8, type: 10, nbytes: 16, flags: 24},
    dirent: {bytes: 24, d_next: 0, d_ino: 8, d_namlen: 16, d_type: 20},
  },
  wasi_unstable: {
    iovec: {bytes: 8, buf: 0, buf_len: 4},
    fdstat: {bytes: 24, fs_filetype: 0, fs_flags: 2, fs_rights_base: 8, fs_rights_inheriting: 16},
    filestat: {bytes: 56, dev: 0, ino: 8, filetype: 16, nlink: 20, size: 24, atim: 32, mtim: 40, ctim: 48},
    prestat: {bytes: 8, pr_type: 0, pr_name_len: 4},
    subscription: {bytes: 56, userdata: 0, type: 8, id: 24, timeout: 32, precision: 40, flags: 48, fd: 16},
    event: {bytes: 32, userdata: 0, error: 8, type: 10, nbytes: 16, flags: 24},
    dirent: {bytes: 24, d_next: 0, d_ino: 8, d_namlen: 16, d_type: 20},
  },
};
// --- To here.

/** @typedef {typeof structures["wasi_snapshot_preview1"]} Layouts */

const ok = 0;
const {iovec} = structures.wasi_snapshot_preview1; // the same in both
const WASI_MODULES = Object.keys(structures);
const STREAM_RIGHTS = rights.fd_read | rights.fd_write | rights.fd_fdstat_set_flags | rights.fd_filestat_get |
    rights.poll_fd_readwrite;

/** What reading or writing a stream can end in. @param {any} error */
function errnoOf(error) {
  if (typeof error?.code !== "string") throw error;
  return /** @type {Record<string, number>} */ (errno)[error.code.replace(/^E/, "").toLowerCase()] ?? errno.io;
}
const RANDOM_BYTES_PER_CALL = 65536; // a limit of crypto.getRandomValues

/** Thrown by proc_exit to leave the instance. */
class Exit {
  /** @param {number} code */
  constructor(code) { this.code = code; }
}

/** What a stdout or stderr callback throws to give the program EPIPE. */
export class BrokenPipe extends Error {
  code = "EPIPE";
}

/** A module that this host cannot run; the message says why. */
export class CannotRun extends Error {}

export class Host {
  /** @param {HostOptions} [options] */
  constructor(options = {}) {
    const encoder = new TextEncoder();
    const encode = (/** @type {string} */ text) => encoder.encode(text + "\0");
    this.args = (options.args ?? []).map(encode);
    this.env = (options.env ?? []).map(encode);
    this.stdin = options.stdin ?? (() => 0);
    this.outputs = [null, options.stdout ?? (() => {}), options.stderr ?? (() => {})];
    this.exit = options.exit;
    this.trace = options.trace;
    this.filetypes = options.filetypes ?? [2, 2, 2];
    this.open = [true, true, true];
    /** @type {WebAssembly.Memory | undefined} */
    this.memory = undefined;
  }

  /**
   * The import object for `module`: what it imports and nothing more. WASI functions that this host
   * does not have answer ENOSYS; imports of other modules are left to the caller (`extra`).
   * @param {WebAssembly.Module} module
   * @param {WebAssembly.Imports} [extra]
   */
  imports(module, extra = {}) {
    /** @type {Record<string, Record<string, any>>} */
    const result = {};
    for (const [from, fields] of Object.entries(extra)) result[from] = {...fields};
    for (const {module: from, name, kind} of WebAssembly.Module.imports(module)) {
      if (kind !== "function" || !WASI_MODULES.includes(from)) continue;
      result[from] ??= {};
      result[from][name] = checked(this.#function(name, structures[from]));
    }
    for (const fields of Object.values(result)) {
      for (const value of Object.values(fields)) {
        if (value instanceof WebAssembly.Memory) this.memory = value;
      }
    }
    return result;
  }

  /**
   * Runs a command's `_start`, or a reactor's `_initialize`, and gives the exit code. A trap is thrown on.
   * @param {WebAssembly.Instance} instance
   */
  run(instance) {
    const entry = instance.exports._start ?? instance.exports._initialize;
    if (!entry) throw new CannotRun("exports neither _start nor _initialize: there is nothing to run");
    return this.enter(instance, /** @type {() => void} */ (entry));
  }

  /**
   * Runs `entry`, which calls what the instance exports, and gives the exit code: 0 when it returns.
   * @param {WebAssembly.Instance} instance
   * @param {() => void} entry
   */
  enter(instance, entry) {
    const exports = /** @type {Record<string, any>} */ (instance.exports);
    if (exports.memory instanceof WebAssembly.Memory) this.memory = exports.memory;
    try {
      entry();
      return 0;
    } catch (error) {
      if (error instanceof Exit) return error.code;
      // A hermetic module has no host to tell: it traps, and knows why (docs/hermetic.md).
      if (exports.mayfly_exited?.() === 1) return exports.mayfly_exit_code();
      throw error;
    }
  }

  // The memory's buffer is replaced whenever it grows, so a view lives for one call only.
  #view() { return new DataView(this.#buffer()); }
  #bytes(at = 0, length = undefined) { return new Uint8Array(this.#buffer(), at >>> 0, length); }
  #buffer() {
    if (!this.memory) throw new Error("the module called the host before its memory was known");
    return this.memory.buffer;
  }

  /** @param {string} name @param {Layouts} layouts  of the import module  @returns {Function} */
  #function(name, layouts) {
    switch (name) {
    case "args_get": return (p, buf) => this.#putStrings(this.args, p, buf);
    case "args_sizes_get": return (n, size) => this.#putSizes(this.args, n, size);
    case "environ_get": return (p, buf) => this.#putStrings(this.env, p, buf);
    case "environ_sizes_get": return (n, size) => this.#putSizes(this.env, n, size);
    case "clock_res_get": return (id, out) => this.#clock(id, out, () => 1000n);
    case "clock_time_get": return (id, _precision, out) => this.#clock(id, out, () => now(id));
    case "random_get": return (at, size) => this.#random(at, size >>> 0);
    case "sched_yield": return () => ok;
    case "proc_exit": return (code) => {
      this.exit?.(code);
      throw new Exit(code);
    };
    case "proc_raise": return (signal) => {
      this.exit?.(128 + signal);
      throw new Exit(128 + signal);
    };
    case "fd_read": return (fd, iovs, count, out) => this.#read(fd, iovs, count, out);
    case "fd_write": return (fd, iovs, count, out) => this.#write(fd, iovs, count, out);
    case "fd_close": return (fd) => this.#close(fd);
    case "fd_seek": case "fd_tell": return (fd) => (this.open[fd] ? errno.spipe : errno.badf);
    case "fd_fdstat_get": return (fd, out) => this.#fdstat(fd, out, layouts.fdstat);
    case "fd_fdstat_set_flags": return (fd) => (this.open[fd] ? ok : errno.badf);
    case "fd_filestat_get": return (fd, out) => this.#filestat(fd, out, layouts.filestat);
    case "fd_prestat_get": case "fd_prestat_dir_name": return () => errno.badf;
    case "sock_accept": case "sock_recv": case "sock_send": case "sock_shutdown":
      return (fd) => (this.open[fd] ? errno.notsock : errno.badf);
    case "poll_oneoff": return (subs, events, count, out) => this.#poll(subs, events, count, out, layouts);
    default: return () => errno.nosys;
    }
  }

  /** @param {Uint8Array[]} strings @param {number} pointers @param {number} buffer */
  #putStrings(strings, pointers, buffer) {
    const view = this.#view();
    for (const text of strings) {
      view.setUint32(pointers >>> 0, buffer, true);
      this.#bytes(buffer, text.length).set(text);
      pointers += 4;
      buffer += text.length;
    }
    return ok;
  }

  /** @param {Uint8Array[]} strings @param {number} count @param {number} size */
  #putSizes(strings, count, size) {
    const view = this.#view();
    view.setUint32(count >>> 0, strings.length, true);
    view.setUint32(size >>> 0, strings.reduce((sum, text) => sum + text.length, 0), true);
    return ok;
  }

  /** @param {number} id @param {number} out @param {() => bigint} value */
  #clock(id, out, value) {
    if (id >>> 0 > clockid.thread_cputime) return errno.inval;
    this.#view().setBigUint64(out >>> 0, value(), true);
    return ok;
  }

  /** @param {number} at @param {number} size */
  #random(at, size) {
    const target = this.#bytes(at, size);
    // A shared buffer is refused by getRandomValues, so the bytes go through one of our own.
    for (let done = 0; done < size; done += RANDOM_BYTES_PER_CALL) {
      const part = new Uint8Array(Math.min(RANDOM_BYTES_PER_CALL, size - done));
      target.set(crypto.getRandomValues(part), done);
    }
    return ok;
  }

  /** The non-empty buffers of an iovec list. @param {number} iovs @param {number} count */
  * #buffers(iovs, count) {
    const view = this.#view();
    for (let i = 0; i < count >>> 0; i++) {
      const at = (iovs >>> 0) + iovec.bytes * i;
      const length = view.getUint32(at + iovec.buf_len, true);
      if (length) yield this.#bytes(view.getUint32(at + iovec.buf, true), length);
    }
  }

  /** @param {number} fd @param {number} iovs @param {number} count @param {number} out */
  #read(fd, iovs, count, out) {
    if (fd !== 0 || !this.open[0]) return errno.badf;
    let total = 0;
    for (const buffer of this.#buffers(iovs, count)) {
      let got;
      try {
        got = this.stdin(buffer);
      } catch (error) {
        const failure = errnoOf(error);
        if (total === 0) return failure;
        break; // the next call meets the error again
      }
      total += got;
      if (got < buffer.length) break;
    }
    this.#view().setUint32(out >>> 0, total, true);
    return ok;
  }

  /** @param {number} fd @param {number} iovs @param {number} count @param {number} out */
  #write(fd, iovs, count, out) {
    const output = fd === this.trace?.fd ? this.trace.write : this.open[fd] && this.outputs[fd];
    if (!output) return errno.badf;
    let total = 0;
    for (const buffer of this.#buffers(iovs, count)) {
      try {
        output(buffer);
      } catch (error) {
        const failure = errnoOf(error);
        total += error.written ?? 0;
        if (total === 0) return failure;
        break; // what was written before counts; the next call meets the error again
      }
      total += buffer.length;
    }
    this.#view().setUint32(out >>> 0, total, true);
    return ok;
  }

  /** @param {number} fd */
  #close(fd) {
    if (!this.open[fd]) return errno.badf;
    this.open[fd] = false;
    return ok;
  }

  /** @param {number} fd @param {number} out @param {Layouts["fdstat"]} layout */
  #fdstat(fd, out, layout) {
    if (!this.open[fd]) return errno.badf;
    this.#bytes(out, layout.bytes).fill(0);
    const view = this.#view();
    view.setUint8((out >>> 0) + layout.fs_filetype, this.filetypes[fd]);
    view.setBigUint64((out >>> 0) + layout.fs_rights_base, STREAM_RIGHTS, true);
    return ok;
  }

  /** @param {number} fd @param {number} out @param {Layouts["filestat"]} layout */
  #filestat(fd, out, layout) {
    if (!this.open[fd]) return errno.badf;
    this.#bytes(out, layout.bytes).fill(0);
    this.#view().setUint8((out >>> 0) + layout.filetype, this.filetypes[fd]);
    return ok;
  }

  /**
   * Streams are always ready here (reading them blocks), so only a poll of nothing but clocks waits.
   * @param {number} subs @param {number} events @param {number} count @param {number} out
   * @param {Layouts} layouts
   */
  #poll(subs, events, count, out, layouts) {
    count >>>= 0;
    if (!count) return errno.inval;
    const view = this.#view();
    const list = [];
    for (let i = 0; i < count; i++) {
      list.push(readSubscription(view, (subs >>> 0) + i * layouts.subscription.bytes, layouts.subscription));
    }
    const start = now(1);
    const due = (/** @type {Subscription} */ s) =>
      s.type !== eventtype.clock ? 0n : s.absolute ? s.timeout - now(s.id) : s.timeout - (now(1) - start);
    for (;;) {
      const least = list.map(due).reduce((a, b) => (b < a ? b : a));
      if (least <= 0n) break;
      sleep(least);
    }
    const {event} = layouts;
    let written = 0;
    for (const s of list) {
      if (due(s) > 0n) continue;
      const at = (events >>> 0) + event.bytes * written++;
      const isClock = s.type === eventtype.clock;
      const fine = isClock ? s.id <= clockid.thread_cputime : this.open[s.id];
      this.#bytes(at, event.bytes).fill(0);
      view.setBigUint64(at + event.userdata, s.userdata, true);
      view.setUint16(at + event.error, fine ? ok : isClock ? errno.inval : errno.badf, true);
      view.setUint8(at + event.type, s.type);
      if (!isClock) view.setBigUint64(at + event.nbytes, 1n, true);
    }
    view.setUint32(out >>> 0, written, true);
    return ok;
  }
}

/**
 * A pointer outside of the memory is EFAULT, as for a kernel.
 * @param {Function} call
 */
function checked(call) {
  return (/** @type {any[]} */ ...args) => {
    try {
      return call(...args);
    } catch (error) {
      if (error instanceof RangeError && !/stack/.test(error.message)) return errno.fault;
      throw error;
    }
  };
}

/**
 * The memories that a module wants from outside, made as it wants them: an import object, for `imports`.
 * Engines do not tell the limits of an import, so they are read from the module's bytes.
 * @param {Uint8Array} bytes  a valid module
 * @returns {WebAssembly.Imports}
 */
export function importedMemories(bytes) {
  /** @type {Record<string, Record<string, any>>} */
  const result = {};
  let at = 8;
  const number = () => {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const name = () => {
    const length = number();
    return new TextDecoder().decode(bytes.subarray(at, at += length));
  };
  const limits = () => {
    const flags = bytes[at++];
    const initial = number();
    return {initial, maximum: flags & 1 ? number() : undefined, shared: (flags & 2) !== 0};
  };
  const valueType = () => { // a reference to a heap type carries the type
    const code = bytes[at++];
    if (code === 0x63 || code === 0x64) number();
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const size = number();
    const end = at + size;
    for (let count = id === 2 ? number() : 0; count > 0; count--) {
      const from = name();
      const field = name();
      switch (bytes[at++]) {
      case 0: number(); break;
      case 1: valueType(); limits(); break;
      case 2: (result[from] ??= {})[field] = new WebAssembly.Memory(limits()); break;
      case 3: valueType(); at++; break;
      default: at++; number();
      }
    }
    at = end;
  }
  return result;
}

/**
 * @typedef {object} Subscription
 * @property {bigint} userdata
 * @property {number} type      0 clock, 1 fd_read, 2 fd_write
 * @property {number} id        the clock, or the descriptor
 * @property {bigint} timeout   ns
 * @property {boolean} absolute
 */

/**
 * @param {DataView} view @param {number} at @param {Layouts["subscription"]} layout
 * @returns {Subscription}
 */
function readSubscription(view, at, layout) {
  const userdata = view.getBigUint64(at + layout.userdata, true);
  const type = view.getUint8(at + layout.type);
  const nothing = {timeout: 0n, absolute: false};
  if (type !== eventtype.clock) return {userdata, type, id: view.getUint32(at + layout.fd, true), ...nothing};
  const id = view.getUint32(at + layout.id, true);
  if (id > clockid.thread_cputime) return {userdata, type, id, ...nothing};
  return {
    userdata,
    type,
    id,
    timeout: view.getBigUint64(at + layout.timeout, true),
    absolute: (view.getUint16(at + layout.flags, true) & subclockflags.abstime) !== 0,
  };
}

/** Nanoseconds of clock `id`: 0 is the time of day, the others count from the start. @param {number} id */
function now(id) {
  const ms = id === 0 ? performance.timeOrigin + performance.now() : performance.now();
  return BigInt(Math.round(ms * 1000)) * 1000n;
}

/** @param {bigint} ns */
function sleep(ns) {
  const ms = Number(ns) / 1e6;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  } catch {
    // A browser's main thread may not wait, and a page without isolation has no shared memory.
    const end = performance.now() + ms;
    while (performance.now() < end);
  }
}
