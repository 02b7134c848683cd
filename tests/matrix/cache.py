#!/usr/bin/env python3
"""What the matrix needs from registries and compilers, fetched and built once into a cache directory.

Run as a program, fetches npm's packages into build/cache: unit tests use the current Node that is among them.
Versions are fixed, so that a transcript that changes means that we changed.
"""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import platform
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ARCHITECTURE = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]

NPM_PACKAGES = {
    f"node-linux-{ARCHITECTURE}": "26.10.0",  # what npm's `node` installs by a script
    "deno": "2.9.6",
    "bun": "1.4.5",
    "assemblyscript": "0.28.20",
    "@assemblyscript/wasi-shim": "0.1.0",
    "@esbuild/wasi-preview1": "0.27.2",
    "better-sqlite3": "12.11.1",
    "@ruby/3.4-wasm-wasi": "2.10.1",
    "@yowasp/clang": "22.0.0-git20542-10",
}


class Cache:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.root.mkdir(parents=True, exist_ok=True)
        self.modules = self.root / "npm/node_modules"

    @contextlib.contextmanager
    def lock(self):
        """One process at a time fills the cache."""
        with open(self.root / "lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    # -- npm

    def npm_install(self):
        self.install("npm", NPM_PACKAGES)

    def install(self, name, packages):
        """npm's `packages` (name to version) in the directory `name`, which may hold more of them.

        The directory gets its name, and its list of packages, when it is whole: one that an interrupted run left
        behind is not trusted.
        """
        directory, partial = self.root / name, self.root / f"{name}.partial"
        try:
            installed = json.loads((directory / "complete.json").read_text())
        except FileNotFoundError:
            installed = {}
        if packages.items() <= installed.items():
            return
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        # Scripts are not run: the packages with binaries carry them as optional dependencies.
        run(["npm", "install", "--prefix", partial, "--no-audit", "--no-fund", "--no-package-lock", "--no-save",
             "--ignore-scripts", "--loglevel=error", *(f"{n}@{v}" for n, v in packages.items())])
        (partial / "complete.json").write_text(json.dumps(packages))
        shutil.rmtree(directory, ignore_errors=True)
        partial.rename(directory)

    @property
    def node(self):
        return self.modules / f"node-linux-{ARCHITECTURE}/bin/node"

    @property
    def deno(self):
        return self.modules / f"@deno/linux-{ARCHITECTURE}-glibc/deno"

    @property
    def bun(self):
        return self.modules / f"@oven/bun-linux-{ARCHITECTURE}/bin/bun"

    # -- builds

    def build(self, name, inputs, make):
        """The file `name`, made by make(path) unless one from the same inputs is there.

        `inputs`: files and strings that decide the result.
        """
        digest = hashlib.sha256()
        for item in inputs:
            data = item.read_bytes() if isinstance(item, pathlib.Path) else str(item).encode()
            digest.update(len(data).to_bytes(8, "little") + data)
        stem, dot, suffix = name.partition(".")
        out = self.root / "guests" / f"{stem}-{digest.hexdigest()[:16]}{dot}{suffix}"
        if not out.exists():
            out.parent.mkdir(exist_ok=True)
            partial = out.with_name(f"{stem}-partial-{os.getpid()}{dot}{suffix}")
            make(partial)
            partial.rename(out)
        return out

    def empty_directory(self):
        """What a guest gets as its /tmp."""
        path = self.root / "empty"
        path.mkdir(exist_ok=True)
        path.chmod(0o1777)
        return path

    def ruby_library(self):
        out = self.root / "ruby"
        # The current Node: version 20 crashes in this.
        run([self.node, "--no-warnings", HERE / "fetch_ruby_stdlib.mjs", self.modules, out])
        return out


def run(command, **options):
    """Runs a tool; shows its output only when it fails."""
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, **options)
    if result.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\nexit code {result.returncode}\n{result.stdout[-4000:]}")
    return result.stdout


def first_line(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.split("\n")[0]


def debian_rustc():
    """Debian's rustc: one from rustup earlier on PATH lacks the wasm32 library."""
    return "/usr/bin/rustc" if os.path.exists("/usr/bin/rustc") else shutil.which("rustc")


if __name__ == "__main__":
    cache = Cache(HERE.parents[1] / "build/cache")
    with cache.lock():
        cache.npm_install()
