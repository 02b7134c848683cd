"""Modules for inspect: the matrix's guests, other people's from npm, and a few of our own as text."""
import dataclasses
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "matrix"))
import cache as cached  # noqa: E402
import guests  # noqa: E402

NPM = {"sql.js": "1.16.0", "esbuild-wasm": "0.27.2", "@jsquash/jpeg": "1.6.0", "web-tree-sitter": "0.27.1"}
NPM_FULL = {"@bytecodealliance/jco": "1.35.0", "@ffmpeg/core-mt": "0.12.10"}

WAT = {
    "threads": '(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))'
               '(import "wasi" "thread-spawn" (func (param i32) (result i32))) (memory (export "memory") 1 4 shared)'
               '(func (export "_start") (drop (i32.atomic.load (i32.const 0))) (drop (call 1 (i32.const 0)))))',
    "memory64": '(module (memory (export "memory") i64 1) (func (export "_start") nop))',
    "wasix": '(module (import "wasix_32v1" "fd_dup" (func $dup (param i32 i32) (result i32)))'
             '(import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))'
             '(memory (export "memory") 1) (func (export "_start") (drop (call $dup (i32.const 0) (i32.const 0)))))',
    "unstable": '(module (import "wasi_unstable" "fd_seek" (func (param i32 i64 i32 i32) (result i32)))'
                '(import "wasi_unstable" "path_unlink_file" (func $u (param i32 i32 i32) (result i32)))'
                '(memory (export "memory") 1) (func (export "_start") (drop (call $u (i32.const 3) (i32.const 0) (i32.const 0)))))',
    "bare": '(module (memory 1) (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))',
    "hostile": '(module (import "</script><img src=x onerror=alert(1)>" "\\1b[31m<b>\\00" (func)) (import "wasi_snapshot_preview1" "fd_close" (func $c (param i32) (result i32)))'
               '(memory (export "memory") 1) (func (export "\\"><script>alert(2)</script>") (drop (call $c (i32.const 1)))))',
}


@dataclasses.dataclass
class Case:
    name: str
    path: pathlib.Path
    arguments: list = dataclasses.field(default_factory=list)


class Modules:
    def __init__(self, cache_path, full):
        self.cache = cached.Cache(cache_path)
        self.full = full
        self.packages = NPM | (NPM_FULL if full else {})
        self.modules = self.cache.root / "inspect/node_modules"
        with self.cache.lock():
            self.cache.npm_install()
            self.cache.install("inspect", self.packages)

    def text(self, name):
        """One of WAT, as a module."""
        def make(out):
            source = out.with_suffix(".wat")
            source.write_text(WAT[name])
            cached.run(["wat2wasm", "--enable-all", source, "-o", out])
            source.unlink()
        return self.cache.build(f"inspect-{name}.wasm", [WAT[name]], make)

    def guest(self, name):
        guest = next(g for g in guests.GUESTS if g.name == name)
        with self.cache.lock():
            return guest.build(self.cache)

    def component(self):
        """A C program as a component, by jco's copy of wasm-tools."""
        source = guests.SOURCES / "files.c"
        jco = self.modules / "@bytecodealliance/jco/dist/jco.js"
        return self.cache.build("files.component.wasm", [source, NPM_FULL["@bytecodealliance/jco"]],
                                lambda out: cached.run(["node", jco, "new", self.guest("files-c"), "--wasi-command", "-o", out]))

    def cases(self):
        npm = self.modules
        sql = npm / "sql.js/dist"
        yield from (Case(name, self.text(name)) for name in WAT)
        for name in ("files-c", "streams-cxx", "files-rust", "files-as", "esbuild-go", "sqlite-c", "ruby"):
            yield Case(name, self.guest(name))
        yield Case("files-c-isolated", self.guest("files-c"), ["--isolate"])
        yield Case("files-c-hermetic", self.guest("files-c"), ["--hermetic"])
        yield Case("go-js", npm / "esbuild-wasm/esbuild.wasm")
        yield Case("emscripten", sql / "sql-wasm-debug.wasm")
        yield Case("emscripten-minified", sql / "sql-wasm.wasm")
        yield Case("emscripten-closure-glue", sql / "sql-wasm.wasm", ["--glue", sql / "sql-wasm.js"])
        yield Case("emscripten-glue", npm / "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm", ["--glue", npm / "@jsquash/jpeg/codec/dec/mozjpeg_dec.js"])
        yield Case("emscripten-pic", npm / "web-tree-sitter/web-tree-sitter.wasm")
        if self.full:
            yield Case("component", self.component())
            core = npm / "@ffmpeg/core-mt/dist/umd"
            yield Case("emscripten-threads", core / "ffmpeg-core.wasm", ["--glue", core / "ffmpeg-core.js"])


def inspect(mayfly, path, *arguments):
    return subprocess.run([str(a) for a in (mayfly, "inspect", path, *arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace")
