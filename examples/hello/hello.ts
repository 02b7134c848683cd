// Reads a packed file, appends to another one, and lists their directory. Nothing in here knows of Mayfly.
// AssemblyScript's WASI package has no file interface of its own, so this calls preview 1's functions directly.
import * as wasi from "@assemblyscript/wasi-shim/assembly/bindings/wasi_snapshot_preview1";

const ROOT: u32 = 3; // the first preopened directory: `/`
const READ: u64 = wasi.rights.FD_READ | wasi.rights.FD_READDIR;
const APPEND: u64 = wasi.rights.FD_READ | wasi.rights.FD_WRITE | wasi.rights.FD_SEEK;
const scratch = memory.data(64);
const buffer = new ArrayBuffer(4096);

function check(what: string, error: u16): void {
  if (!error) return;
  console.error("hello: " + what + ": errno " + error.toString());
  wasi.proc_exit(1);
}

function open(path: string, oflags: u16, rights: u64, fdflags: u16): u32 {
  const name = String.UTF8.encode(path);
  check(path, wasi.path_open(ROOT, 1, changetype<usize>(name), name.byteLength, oflags, rights, rights, fdflags, scratch));
  return load<u32>(scratch);
}

function read(fd: u32): string {
  store<u32>(scratch, <u32>changetype<usize>(buffer));
  store<u32>(scratch, <u32>buffer.byteLength, 4);
  check("read", wasi.fd_read(fd, scratch, 1, scratch + 8));
  return String.UTF8.decodeUnsafe(changetype<usize>(buffer), load<u32>(scratch, 8));
}

function write(fd: u32, text: string): void {
  const bytes = String.UTF8.encode(text);
  store<u32>(scratch, <u32>changetype<usize>(bytes));
  store<u32>(scratch, <u32>bytes.byteLength, 4);
  check("write", wasi.fd_write(fd, scratch, 1, scratch + 8));
}

console.log(read(open("hello/greeting.txt", 0, READ, 0)).trimEnd());

const name = process.argv.length > 1 ? process.argv[1] : "world";
const visitors = open("hello/visitors.txt", wasi.oflags.CREAT, APPEND, wasi.fdflags.APPEND);
write(visitors, name + "\n");
check("seek", wasi.fd_seek(visitors, 0, wasi.whence.SET, scratch));
console.log("Visitors so far: " + (read(visitors).split("\n").length - 1).toString());

// A directory entry: its cookie (8 bytes), inode (8), the length of its name (4) and its type (4), then the name.
check("list", wasi.fd_readdir(open("hello", wasi.oflags.DIRECTORY, READ, 0), changetype<usize>(buffer), 4096, 0, scratch));
for (let at = changetype<usize>(buffer), end = at + load<u32>(scratch); at < end; at += 24 + load<u32>(at, 16)) {
  const entry = String.UTF8.decodeUnsafe(at + 24, load<u32>(at, 16));
  if (!entry.startsWith(".")) console.log("/hello/" + entry);
}
