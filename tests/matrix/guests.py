"""The guests of the matrix: other people's compilers and programs, none of which know of Mayfly."""
import dataclasses
import pathlib
from typing import Callable

import cache as cached

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / "guests"
ASSETS = [(SOURCES / "assets", "/assets")]


@dataclasses.dataclass
class Run:
    """One start of a packed guest. The outputs of all runs, in order, are the transcript."""
    args: list[str] = dataclasses.field(default_factory=list)
    env: list[str] = dataclasses.field(default_factory=list)
    stderr_has: str = ""


@dataclasses.dataclass
class Guest:
    name: str
    build: Callable  # of a Cache, gives the module's path
    mounts: Callable = lambda cache: ASSETS  # of a Cache, gives (host directory, guest path) pairs
    runs: list[Run] = dataclasses.field(default_factory=lambda: [Run()])
    pack: list[str] = dataclasses.field(default_factory=list)  # more options of mayfly pack
    reads: list[str] = dataclasses.field(default_factory=list)  # hermetic: files to read out afterwards
    ruby: str | None = None  # a script: the guest is a ruby.wasm and needs JavaScript around it
    heavy: bool = False  # minutes on an interpreter
    transcript: str | None = None  # the name in expected/ when it is another guest's

    @property
    def expected(self):
        return HERE / "expected" / f"{self.transcript or self.name}.txt"


def build_c(cache):
    source = SOURCES / "files.c"
    command = ["clang-14", "--target=wasm32-wasi", "-O2", "-Wall", source]
    version = cached.first_line(["dpkg-query", "-W", "wasi-libc"])
    return cache.build("files-c.wasm", [source, command, version], lambda out: cached.run([*command, "-o", out]))


def build_cxx(cache):
    source = SOURCES / "streams.cc"
    script = HERE / "compile_cxx.mjs"
    version = cached.NPM_PACKAGES["@yowasp/clang"]
    return cache.build("streams-cxx.wasm", [source, script, version],
                       lambda out: cached.run([cache.node, script, cache.modules, source, out]))


def build_rust(cache):
    source = SOURCES / "files.rs"
    rustc = cached.debian_rustc()
    return cache.build("files-rust.wasm", [source, cached.first_line([rustc, "--version"])],
                       lambda out: cached.run([rustc, "--target", "wasm32-wasi", "-O", "-o", out, source]))


def build_assemblyscript(cache):
    source = SOURCES / "files.ts"
    version = cached.NPM_PACKAGES["assemblyscript"]
    # Relative on purpose: asc resolves a configuration's own paths against its working directory.
    config = "node_modules/@assemblyscript/wasi-shim/asconfig.json"
    return cache.build("files-as.wasm", [source, version],
                       lambda out: cached.run([cache.node, cache.modules / "assemblyscript/bin/asc.js", source,
                                               "--config", config, "--path", cache.modules, "-O",
                                               "-o", out], cwd=cache.modules.parent))


def build_sqlite(cache):
    source = SOURCES / "sqlite.c"
    amalgamation = cache.modules / "better-sqlite3/deps/sqlite3"
    clang = ["clang-14", "--target=wasm32-wasi"]
    options = ["-O1", "-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION", "-D_WASI_EMULATED_GETPID",
               "-D_WASI_EMULATED_SIGNAL", "-D_WASI_EMULATED_MMAN", f"-I{amalgamation}"]
    libraries = ["-lwasi-emulated-getpid", "-lwasi-emulated-signal", "-lwasi-emulated-mman"]
    version = cached.NPM_PACKAGES["better-sqlite3"]
    library = cache.build("sqlite3.o", [version, *options[:-1]],
                          lambda out: cached.run([*clang, *options, "-w", "-c", amalgamation / "sqlite3.c", "-o", out]))
    return cache.build("sqlite.wasm", [source, version, *options[:-1]],
                       lambda out: cached.run([*clang, *options, source, library, *libraries, "-o", out]))


def esbuild(cache):
    return cache.modules / "@esbuild/wasi-preview1/esbuild.wasm"


def ruby(cache):
    return cache.modules / "@ruby/3.4-wasm-wasi/dist/ruby.wasm"


def ruby_mounts(cache):
    library = cache.ruby_library()
    return [(library / "usr/local/lib/ruby", "/lib/ruby"), (library / "bundle", "/bundle"),
            (SOURCES / "ruby", "/app"), (cache.empty_directory(), "/tmp"), *ASSETS]


BUNDLE = ["--bundle", "/project/src/main.ts", "--format=esm", "--color=false"]

GUESTS = [
    Guest("files-c", build_c),
    Guest("streams-cxx", build_cxx),
    Guest("files-rust", build_rust),
    Guest("files-as", build_assemblyscript),
    # The instance ends with the program: its file is seen as the last line on stderr, and its content by
    # making /dev/stdout the output. The hermetic one is read out afterwards.
    Guest("esbuild-go", esbuild, mounts=lambda cache: [(SOURCES / "project", "/project")], heavy=True,
          runs=[Run([*BUNDLE, "--outfile=/out/deep/bundle.js", "--sourcemap", "--log-level=info"],
                    stderr_has="out/deep/bundle.js.map"),
                Run([*BUNDLE, "--outfile=/dev/stdout", "--log-level=warning"])]),
    Guest("esbuild-hermetic", esbuild, mounts=lambda cache: [(SOURCES / "project", "/project")],
          pack=["--hermetic", *(f"--arg={arg}" for arg in [*BUNDLE, "--outfile=/out/deep/bundle.js", "--sourcemap"])],
          reads=["/.mayfly/stderr", "/out/deep/bundle.js", "/out/deep/bundle.js.map"]),
    Guest("sqlite-c", build_sqlite, mounts=lambda cache: [], heavy=True),
    Guest("ruby", ruby, mounts=ruby_mounts, ruby="/app/script.rb"),
]
