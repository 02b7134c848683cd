#!/usr/bin/env python3
"""What the public WASI preview 1 test suite holds, against packed modules, in both placements.

    run.py --mayfly build/release/mayfly --cache build/cache [--suite CHECKOUT] [--only NAME]

The suite's compiled programs are in no package that a test could fetch. So programs/ holds the behaviours of its 72 programs,
under their names, as C of our own: one module, which runs the program that it is told. With a checkout of the suite's branch
that has the compiled programs (or MAYFLY_WASI_TESTSUITE, which names one) those are run as well, and the names are compared.

A program's directory is packed as its root, and the runtime is given no directory at all.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/matrix"))
import cache as cached  # noqa: E402

LAUNCH = ROOT / "host-js/launch.mjs"
PLACEMENTS = {"shared": [], "isolated": ["--isolate"]}
TIMEOUT = 60


HERE = pathlib.Path(__file__).resolve().parent
PER_LANGUAGE = {"c": 14, "assemblyscript": 12, "rust": 46}  # directories of the suite, and their programs

ARGUMENTS = ["first", 'the "second" argument', "3"]
VARIABLES = {"a": "text", "b": 'quote " inside', "c": "two\nlines"}
# How the programs are started that need something of their own. By default: with the root, named by the first argument.
# Where the arguments are what is tested, the variable PROGRAM names the program.
OWN = {
    "c/fopen-with-no-access": {"root": None},
    "c/sock_shutdown-invalid_fd": {"root": None},
    "assemblyscript/args_get-multiple-arguments": {"args": ARGUMENTS},
    "assemblyscript/args_sizes_get-multiple-arguments": {"args": ARGUMENTS},
    "assemblyscript/args_sizes_get-no-arguments": {"args": []},
    "assemblyscript/environ_get-multiple-variables": {"env": VARIABLES},
    "assemblyscript/environ_sizes_get-multiple-variables": {"env": VARIABLES},
    "assemblyscript/fd_write-to-stdout": {"stdout": "hello"},
    "assemblyscript/proc_exit-failure": {"exit_code": 33},
}


@dataclasses.dataclass
class Program:
    name: str  # language/program
    module: pathlib.Path
    root: pathlib.Path | None
    args: list = dataclasses.field(default_factory=list)
    env: dict = dataclasses.field(default_factory=dict)
    exit_code: int = 0
    stdout: str | None = None


def own_programs(options, cache, pack):
    sources = sorted((HERE / "programs").glob("*"))
    command = ["clang-14", "--target=wasm32-wasi", "-O1", "-Wall", "-Wextra", "-Werror",
               *(source for source in sources if source.suffix == ".c")]
    version = cached.first_line(["dpkg-query", "-W", "wasi-libc"])
    module = cache.build("conformance.wasm", [*sources, version, str(command[:6])],
                         lambda out: cached.run([*command, "-o", out]))
    packed, wrong = pack(module, None, "shared")
    if wrong:
        raise RuntimeError(wrong)
    names = cached.run([cache.node, LAUNCH, packed, "--list"]).split()
    for name in names:
        want = {"root": HERE / "root", "args": [name]} | OWN.get(name, {})
        if want["args"][:1] != [name]:
            want["env"] = {"PROGRAM": name}
        yield Program(name, module, **want)


def suite_programs(suite):
    programs = sorted(pathlib.Path(suite).glob("tests/*/testsuite/wasm32-wasip1/*.wasm"))
    if not programs:
        raise RuntimeError(f"{suite}: no tests/*/testsuite/wasm32-wasip1/*.wasm in it")
    for program in programs:
        manifest = program.with_suffix(".json")
        want = json.loads(manifest.read_text()) if manifest.exists() else {}
        want["root"] = program.parent / want["root"] if "root" in want else None
        yield Program(f"{program.parts[-4]}/{program.stem}", program, **want)


class Packs:
    """Packed modules, each made once."""

    def __init__(self, mayfly, scratch):
        self.mayfly, self.scratch, self.made = mayfly, scratch, {}

    def __call__(self, module, root, placement):
        """The packed module, and what went wrong or nothing."""
        key = module, root, placement
        if key not in self.made:
            out = self.scratch / f"{len(self.made)}.wasm"
            where = ["--dir", f"{root}::/"] if root else ["--no-root"]
            done = subprocess.run([self.mayfly, "pack", module, "-o", out, *where, *PLACEMENTS[placement]],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.made[key] = out, "" if done.returncode == 0 else f"pack: {done.stdout}"
        return self.made[key]


def run(node, packed, program):
    """What went wrong, or nothing."""
    env = [part for key, value in program.env.items() for part in ("--env", f"{key}={value}")]
    try:
        done = subprocess.run([node, LAUNCH, *env, packed, *program.args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f"no end after {TIMEOUT} s"
    stderr = done.stderr.decode(errors="replace")
    if done.returncode != program.exit_code:
        return f"exit code {done.returncode}: {stderr[:800]}"
    if program.stdout is not None and done.stdout.decode() != program.stdout:
        return f"stdout: {done.stdout!r}"
    return ""


def run_all(options, cache, programs, pack, whose):
    """Prints failures and pass counts; gives whether everything passed."""
    jobs = {placement: [] for placement in PLACEMENTS}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for program in programs:
            if options.only and options.only not in program.name:
                continue
            for placement in PLACEMENTS:
                packed, wrong = pack(program.module, program.root, placement)
                job = pool.submit((lambda wrong: wrong) if wrong else run, *([wrong] if wrong else [cache.node, packed, program]))
                jobs[placement].append((program.name, job))
    good = True
    for placement, results in jobs.items():
        for name, job in results:
            if job.result():
                print(f"FAIL {whose} {name} {placement}: {job.result()}")
        passed = sum(not job.result() for _, job in results)
        print(f"{whose} programs, {placement}: {passed} of {len(results)} passed")
        good &= passed == len(results) > 0
    return good


def count_per_language(programs):
    return {language: sum(p.name.startswith(language + "/") for p in programs) for language in PER_LANGUAGE}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--suite", default=os.environ.get("MAYFLY_WASI_TESTSUITE"))
    parser.add_argument("--only")
    options = parser.parse_args()
    cache = cached.Cache(options.cache)
    with cache.lock():
        cache.npm_install()
    with tempfile.TemporaryDirectory(prefix="mayfly-conformance-") as scratch:
        pack = Packs(options.mayfly, pathlib.Path(scratch))
        own = list(own_programs(options, cache, pack))
        if count_per_language(own) != PER_LANGUAGE:
            print(f"FAIL: {count_per_language(own)} programs, {PER_LANGUAGE} expected")
            return 1
        good = run_all(options, cache, own, pack, "our")
        if options.suite:
            theirs = list(suite_programs(options.suite))
            missing = {p.name for p in theirs} - {p.name for p in own}
            if missing:
                print(f"FAIL: no programs of ours for {sorted(missing)}")
            good &= run_all(options, cache, theirs, pack, "the suite's") and not missing
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
