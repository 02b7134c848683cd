"""What ./check --full adds to the matrix: the newer toolchains and the native runtimes that Debian has."""
import dataclasses

import cache as cached
import debian
from guests import Guest, SOURCES
from runtimes import Runtime

# The newest of each kind in the suite; the clang is there for wasi-libc's headers and start files.
PACKAGES = {
    "trixie": ["base-files", "coreutils", "golang-1.24-go", "golang-1.24-src", "rustc", "libstd-rust-dev-wasm32", "lld-19",
               "wasi-libc", "clang-19", "libclang-rt-19-dev-wasm32", "wasmedge"],
    "sid": ["base-files", "coreutils", "golang-1.27-go", "golang-1.27-src", "rustc", "libstd-rust-dev-wasm32", "lld-22",
            "wasi-libc", "clang-22", "libclang-rt-22-dev-wasm32", "wasmedge", "wazero"],
}


def suites(cache):
    found = {name: debian.Suite(cache, name) for name in PACKAGES}
    for name, suite in found.items():
        suite.install(PACKAGES[name])
    return found


def build_in(suite, name, source, package, command):
    """A guest compiled by a program of the suite; `command` takes the paths of source and output."""
    def build(cache):
        def make(out):
            inside = suite.inside(source)
            cached.run(suite.command(*command(inside, "/work/out.wasm")))
            (suite.root / "work/out.wasm").rename(out)
        return cache.build(f"{name}.wasm", [source, suite.version(package), str(command(source, "out"))], make)
    return build


def go(suite, version):
    """Go's programs are static, so they run in place; in a chroot they would miss /proc and /dev."""
    source = SOURCES / "files.go"

    def build(cache):
        root = suite.root / f"usr/lib/go-{version}"
        env = {"GOOS": "wasip1", "GOARCH": "wasm", "GOROOT": str(root), "GO111MODULE": "off", "GOTOOLCHAIN": "local",
               "GOCACHE": str(cache.root / "gocache"), "CGO_ENABLED": "0", "HOME": str(cache.root), "PATH": "/usr/bin:/bin"}
        return cache.build(f"files-go{version}.wasm", [source, suite.version(f"golang-{version}-go")],
                           lambda out: cached.run([root / "bin/go", "build", "-o", out, source], env=env))
    return Guest(f"files-go{version}", build, transcript="files-go")


def rust(suite, lld):
    version = suite.version("rustc").split("_")[1].split("+")[0]
    build = build_in(suite, f"files-rust-{suite.name}", SOURCES / "files.rs", "rustc",
                     lambda source, out: ["rustc", "--target", "wasm32-wasip1", "-O", "-C", f"linker=wasm-ld-{lld}",
                                          "-o", out, source])
    return Guest(f"files-rust{version.rsplit('.', 1)[0]}", build, transcript="files-rust")


def wasi_libc(suite, clang):
    version = suite.version("wasi-libc").split("git")[1][:4]
    build = build_in(suite, f"files-c-{suite.name}", SOURCES / "files.c", "wasi-libc",
                     lambda source, out: [f"clang-{clang}", "--target=wasm32-wasi", "-O2", "-o", out, source])
    return Guest(f"files-c{version}", build, transcript="files-c")


def guests(cache):
    found = suites(cache)
    trixie, sid = found["trixie"], found["sid"]
    return [go(trixie, "1.24"), go(sid, "1.27"), rust(trixie, 19), rust(sid, 22), wasi_libc(trixie, 19),
            wasi_libc(sid, 22)]


@dataclasses.dataclass
class Unpacked(Runtime):
    """A runtime that lives in an unpacked suite."""
    suite: debian.Suite = None

    def run(self, wasm, args, env, ruby=None, reads=None):
        return super().run(self.suite.inside(wasm), args, env)


def runtimes(cache):
    found = suites(cache)
    trixie, sid = found["trixie"], found["sid"]

    def wasmedge(suite):
        version = ".".join(suite.version("wasmedge").split("_")[1].split(".")[:2])
        return Unpacked(f"wasmedge{version}", suite.command("wasmedge", "--enable-multi-memory"), native=True,
                        interpreter=True, isolated=False, suite=suite)

    return [wasmedge(trixie), wasmedge(sid),
            Unpacked("wazero", sid.command("wazero", "run"), native=True, env_option="-env=", isolated=False, suite=sid)]
