#!/usr/bin/env python3
"""The layers of docs/layers.md, built by its commands, above and below the filesystem and each other.

    layers.py --mayfly build/release/mayfly --box build/release/tests/e2e/box.wasm --cache build/cache

Every result is held to wasm-validate and run in shared placement on the system's Node, and in both placements on the newer Node
that the matrix fetches. Prints one line a case; exits 1 when any differs from what is written here.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/matrix"))
import cache as cached  # noqa: E402

VALIDATE = ["wasm-validate", "--enable-multi-memory", "--enable-exceptions", "--enable-threads"]
TIMEOUT = 120

# What the commands of docs/layers.md print: section → output.
DOCUMENTED = {
    "upper": "HELLO\n",
    "deny": "/secret/file: Permission denied\n",
    "dice": "956eeb2f2632d7bd\n03f166b233e3ef28\n",
}

PROGRAM = ("echo hello -- cat /public/file -- cat /secret/file -- cat /dev/../secret/./file -- put /public/new Text "
           "-- cat /public/new -- many /public/f 2000 -- random")
SEEN = "hello\npublic words\nsecret words\nsecret words\nText\nmade 2000\n"
DENIED = "/secret/file: Permission denied\n/dev/../secret/./file: Permission denied\n"
DICE = "956eeb2f2632d7bd\n"


def denied(text):
    return text.replace("secret words\nsecret words\n", DENIED)


# Layers as on the command line → what PROGRAM prints. Without "dice" the last line, a random number, is not compared.
CASES = {
    "upper": SEEN.upper(),
    "vfs upper": SEEN.upper(),
    "deny": denied(SEEN),
    "vfs deny": SEEN,  # nothing of the filesystem's own opens reaches a layer below it
    "dice": SEEN + DICE,
    "vfs dice": SEEN + DICE,
    "upper deny": denied(SEEN).upper(),
    "deny upper": denied(SEEN).upper(),
    "upper deny vfs": denied(SEEN).upper(),
    "deny vfs upper": denied(SEEN).upper(),
    "upper vfs deny dice": (SEEN + DICE).upper(),
    "dice upper deny upper": (denied(SEEN) + DICE).upper(),
}
UNUSED = {"vfs deny": "deny.wasm", "upper vfs deny dice": "deny.wasm"}


class Tests:
    def __init__(self, options, scratch):
        self.scratch, self.failures, self.passed = scratch, [], 0
        self.cache = cached.Cache(options.cache)
        with self.cache.lock():
            self.cache.npm_install()
        tools = scratch / "tools"
        tools.mkdir()
        self.link_tools(tools, options)
        (scratch / "examples").symlink_to(ROOT / "examples")
        shutil.copy(options.box, scratch / "app.wasm")
        self.environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(scratch), "LC_ALL": "C.UTF-8",
                            "TMPDIR": str(scratch)}
        for name in ("public", "secret"):
            (scratch / name).mkdir()
            (scratch / name / "file").write_text(f"{name} words\n")

    def link_tools(self, tools, options):
        (tools / "mayfly").symlink_to(pathlib.Path(options.mayfly).resolve())
        (tools / "rustc").symlink_to(cached.debian_rustc())
        asc = self.cache.modules / "assemblyscript/bin/asc.js"
        (tools / "asc").write_text(f'#!/bin/sh\nexec "{self.cache.node}" "{asc}" "$@"\n')
        (tools / "asc").chmod(0o755)

    def run(self, command, shell=False):
        done = subprocess.run(command if shell else [str(part) for part in command], shell=shell, cwd=self.scratch,
                              env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TIMEOUT)
        return done.returncode, done.stdout.decode(errors="replace")

    def expect(self, what, wanted, got):
        if wanted == got:
            self.passed += 1
            print(f"ok    {what}", flush=True)
        else:
            self.failures.append(what)
            print(f"FAIL  {what}\n--- wanted\n{wanted}\n--- got\n{got}", flush=True)

    def documented(self):
        text = (ROOT / "docs/layers.md").read_text()
        blocks = dict(re.findall(r"<!-- test: (\w+) -->\n```sh\n(.*?)```", text, re.DOTALL))
        self.expect("docs/layers.md has its examples", sorted(DOCUMENTED), sorted(blocks))
        for name, script in blocks.items():
            self.expect(f"docs/layers.md: {name}", DOCUMENTED.get(name), self.run("set -e\n" + script, shell=True)[1])

    def pack(self, layers, placement, out, *more):
        command = ["mayfly", "pack", "app.wasm", "-o", out, "-v", *more]
        for layer in layers:
            command += ["--layer", layer if layer == "vfs" else f"{layer}.wasm"]
        code, told = self.run(command + (["--isolate"] if placement == "isolated" else []))
        if code:
            return f"pack: exit code {code}\n{told}", told
        code, output = self.run([*VALIDATE, out])
        return f"wasm-validate: {output}" if code else "", told

    def nodes(self, placement):
        yield "node", shutil.which("node"), placement == "shared"
        yield "node26", self.cache.node, True

    def stack(self, name, wanted):
        layers = name.split()
        for placement in ("shared", "isolated"):
            wrong, told = self.pack(layers, placement, "out.wasm", "--dir", "public::/public", "--dir", "secret::/secret")
            self.expect(f"{name}, {placement}: packed", "", wrong)
            if wrong:
                continue
            note = f"the layer {UNUSED.get(name)} is not used"
            self.expect(f"{name}, {placement}: notes", name in UNUSED, note in told)
            for runtime, path, able in self.nodes(placement):
                if not able:
                    continue
                _, output = self.run(["mayfly", "run", "--runtime", path, "out.wasm", "--", *PROGRAM.split()])
                if "dice" not in layers:
                    output = output[:-len(DICE)]
                self.expect(f"{name}, {placement}, {runtime}", wanted, output)

    def host_directories(self):
        """Below the filesystem a layer guards directories of the host's."""
        guest = ["/public=public", "/secret=secret", "--"]
        for placement in ("shared", "isolated"):
            wrong, _ = self.pack(["vfs", "deny", "upper"], placement, "host.wasm", "--host-dir", "/public", "--host-dir", "/secret")
            self.expect(f"host directories, {placement}: packed", "", wrong)
            for runtime, path, able in self.nodes(placement):
                if not able or wrong:
                    continue
                _, output = self.run([path, "--no-warnings", ROOT / "tests/e2e/node_wasi.mjs", "host.wasm", *guest,
                                      *"cat /public/file -- cat /secret/file".split()])
                self.expect(f"host directories, {placement}, {runtime}",
                            "PUBLIC WORDS\n/SECRET/FILE: PERMISSION DENIED\n", output)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("mayfly", "box", "cache"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mayfly-layers-") as scratch:
        tests = Tests(options, pathlib.Path(scratch))
        tests.documented()
        if not tests.failures:
            for name, wanted in CASES.items():
                tests.stack(name, wanted)
            tests.host_directories()
    print(f"\n{tests.passed} passed, {len(tests.failures)} failed")
    return 1 if tests.failures or not tests.passed else 0


if __name__ == "__main__":
    sys.exit(main())
