"""The runtimes of the matrix. None is given a directory."""
import dataclasses
import pathlib
import shutil
import subprocess
import threading

import browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOST = ROOT / "host-js/host.mjs"
LAUNCH = ROOT / "host-js/launch.mjs"
HERMETIC_CLI = ROOT / "tests/matrix/js/hermetic_cli.mjs"
RUBY_CLI = ROOT / "tests/matrix/js/ruby_cli.mjs"
TIMEOUT = 180  # of one run, in seconds

# (module (memory 1) (memory 1) (func (export "_start")))
TWO_MEMORIES = bytes.fromhex("0061736d01000000" "01040160" "0000" "03020100" "0505020001" "0001"
                             "070a01065f73746172740000" "0a040102000b")


@dataclasses.dataclass
class Runtime:
    name: str
    command: list  # what precedes the script or the module; a JavaScript runtime unless `native`
    native: bool = False
    interpreter: bool = False
    env_option: str = "--env"  # ending in "=": joined with its value
    modules: pathlib.Path | None = None
    isolated: bool = True  # it is known to have multi-memory; otherwise that is found out

    def run(self, wasm, args, env, ruby=None, reads=None):
        """Gives (exit code, stdout, stderr). `reads`: run it with no imports, its output is these files."""
        if reads:
            return self._spawn([*self.command, HERMETIC_CLI, wasm, *reads])
        if ruby:
            return self._spawn([*self.command, RUBY_CLI, HOST, self.modules, wasm, ruby])
        options = []
        for variable in env:
            options += [self.env_option + variable] if self.env_option.endswith("=") else [self.env_option, variable]
        head = self.command if self.native else [*self.command, LAUNCH]
        return self._spawn([*head, *options, wasm, *args])

    def can_run(self, guest):
        return not (self.native and (guest.ruby or guest.reads)) and not (self.interpreter and guest.heavy)

    def has_multi_memory(self, scratch):
        if self.isolated:
            return True
        probe = scratch / f"two_memories_{self.name}.wasm"
        probe.write_bytes(TWO_MEMORIES)
        return self.run(probe, [], [])[0] == 0

    def close(self):
        pass

    def _spawn(self, command):
        try:
            done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return 124, "", f"no end after {TIMEOUT} s"
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


class Chromium:
    name = "chromium"

    def __init__(self, executable, modules):
        self._make = lambda: browser.Browser(executable, HOST, modules)
        self._browser = None
        self._lock = threading.Lock()

    def run(self, wasm, args, env, ruby=None, reads=None):
        with self._lock:
            self._browser = self._browser or self._make()
            return self._browser.run(wasm, ["guest", *args], env, ruby, reads, TIMEOUT)

    def can_run(self, guest):
        return True

    def has_multi_memory(self, scratch):
        return True

    def close(self):
        if self._browser:
            self._browser.close()


DENO_OPTIONS = ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-remote", "--no-npm", "--allow-read"]


def available(cache):
    """The runtimes of the quick tier. One that is missing is an error, except the system's Node."""
    runtimes = []
    system = shutil.which("node")
    if system:
        version = subprocess.run([system, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()[1:]
        major = version.split(".")[0]
        runtimes.append(Runtime(f"node{major}", [system], modules=cache.modules, isolated=int(major) >= 22))
    runtimes.append(Runtime("node26", [cache.node], modules=cache.modules))
    runtimes.append(Runtime("deno", [cache.deno, *DENO_OPTIONS], modules=cache.modules))
    runtimes.append(Runtime("bun", [cache.bun], modules=cache.modules, isolated=False))
    chromium = browser.find_chromium()
    if not chromium:
        raise RuntimeError("chromium is missing: apt-get install chromium (./check does)")
    runtimes.append(Chromium(chromium, cache.modules))
    return runtimes
