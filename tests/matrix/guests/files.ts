// AssemblyScript on a packed tree and on files of its own, through the raw calls (its shim has no file API).
// Its allocator takes everything up to memory.size for its own, and the collector runs in between.
import * as wasi from "@assemblyscript/wasi-shim/assembly/bindings/wasi_snapshot_preview1";

const ROOT: u32 = 3; // the first preopened directory
const FILE_RIGHTS: u64 = wasi.rights.FD_READ | wasi.rights.FD_WRITE | wasi.rights.FD_SEEK | wasi.rights.FD_TELL;
const out = memory.data(64);

function check(what: string, error: u16): void {
  if (!error) return;
  console.log(what + ": errno " + error.toString());
  wasi.proc_exit(1);
}

function open(path: string, oflags: u16, fdflags: u16): u32 {
  const name = String.UTF8.encode(path);
  const size = <usize>name.byteLength;
  check("open " + path,
    wasi.path_open(ROOT, 1, changetype<usize>(name), size, oflags, FILE_RIGHTS, 0, fdflags, out));
  return load<u32>(out);
}

function write(fd: u32, text: string): void {
  const bytes = String.UTF8.encode(text);
  store<u32>(out, <u32>changetype<usize>(bytes));
  store<u32>(out, <u32>bytes.byteLength, 4);
  check("write", wasi.fd_write(fd, out, 1, out + 8));
}

function readAll(fd: u32): string {
  const chunk = new ArrayBuffer(1000);
  let text = "";
  while (true) {
    store<u32>(out, <u32>changetype<usize>(chunk));
    store<u32>(out, <u32>chunk.byteLength, 4);
    check("read", wasi.fd_read(fd, out, 1, out + 8));
    const got = load<u32>(out, 8);
    if (!got) return text;
    text += String.UTF8.decodeUnsafe(changetype<usize>(chunk), got);
  }
}

console.log("packed: " + readAll(open("assets/hello.txt", 0, 0)).trimEnd());

const CREATE: u16 = 1;
const TRUNCATE: u16 = 8;
const APPEND: u16 = 1;
let fd = open("log", CREATE | TRUNCATE, APPEND);
const kept: string[] = [];
for (let i = 0; i < 2000; i++) {
  const line = "line " + i.toString() + "\n";
  write(fd, line);
  kept.push(line.repeat(100)); // memory has to grow while the file does
}
wasi.fd_close(fd);

fd = open("log", 0, 0);
const text = readAll(fd);
const lines = text.split("\n");
let wrong = 0;
for (let i = 0; i < 2000; i++) {
  if (lines[i] != "line " + i.toString()) wrong++;
  if (kept[i] != ("line " + i.toString() + "\n").repeat(100)) wrong++;
}
console.log("bytes: " + text.length.toString() + ", lines: " + (lines.length - 1).toString() + ", wrong: " + wrong.toString());

wasi.fd_seek(fd, -5, 2, out);
console.log("at the end: " + readAll(fd).trimEnd());
wasi.fd_close(fd);

const from = String.UTF8.encode("log");
const to = String.UTF8.encode("renamed");
check("rename", wasi.path_rename(ROOT, changetype<usize>(from), from.byteLength, ROOT, changetype<usize>(to), to.byteLength));
console.log("after rename: " + readAll(open("renamed", 0, 0)).length.toString());
console.log("unlink: " + wasi.path_unlink_file(ROOT, changetype<usize>(to), to.byteLength).toString());
console.log("unlink again: " + wasi.path_unlink_file(ROOT, changetype<usize>(to), to.byteLength).toString());
