#!/usr/bin/env python3
"""Runs the public WASI preview 1 test suite against packed modules, in both placements.

    run.py --mayfly build/release/mayfly --cache build/cache --suite CHECKOUT [--only NAME]

CHECKOUT holds the suite's branch with compiled programs (tests/*/testsuite/wasm32-wasip1/*.wasm). It is not
part of this repository: without one (and without MAYFLY_WASI_TESTSUITE) the test is skipped, exit code 77.
A test's directory is packed as its root, and the runtime is given no directory at all.
"""
import argparse
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
SKIPPED = 77
TIMEOUT = 60


def find_programs(suite):
    return sorted(pathlib.Path(suite).glob("tests/*/testsuite/wasm32-wasip1/*.wasm"))


def manifest(program):
    file = program.with_suffix(".json")
    return json.loads(file.read_text()) if file.exists() else {}


def pack(mayfly, program, want, placement, out):
    root = want.get("root")
    where = ["--dir", f"{program.parent / root}::/"] if root else ["--no-root"]
    done = subprocess.run([mayfly, "pack", program, "-o", out, *where, *PLACEMENTS[placement]],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return "" if done.returncode == 0 else f"pack: {done.stdout}"


def run(node, packed, want):
    """What went wrong, or nothing."""
    env = [part for key, value in want.get("env", {}).items() for part in ("--env", f"{key}={value}")]
    try:
        done = subprocess.run([node, LAUNCH, *env, packed, *want.get("args", [])], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f"no end after {TIMEOUT} s"
    stderr = done.stderr.decode(errors="replace")
    if done.returncode != want.get("exit_code", 0):
        return f"exit code {done.returncode}: {stderr[:800]}"
    if "stdout" in want and done.stdout.decode() != want["stdout"]:
        return f"stdout: {done.stdout!r}"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--suite", default=os.environ.get("MAYFLY_WASI_TESTSUITE"))
    parser.add_argument("--only")
    options = parser.parse_args()
    if not options.suite:
        print("SKIPPED: no checkout of the WASI test suite (set MAYFLY_WASI_TESTSUITE to one)")
        return SKIPPED
    programs = find_programs(options.suite)
    if not programs:
        print(f"{options.suite}: no tests/*/testsuite/wasm32-wasip1/*.wasm in it")
        return 1
    cache = cached.Cache(options.cache)
    with cache.lock():
        cache.npm_install()
    passed = {placement: 0 for placement in PLACEMENTS}
    count = 0
    with tempfile.TemporaryDirectory(prefix="mayfly-conformance-") as scratch:
        for program in programs:
            if options.only and options.only not in program.stem:
                continue
            count += 1
            want = manifest(program)
            for placement in PLACEMENTS:
                packed = pathlib.Path(scratch) / f"{program.stem}.wasm"
                wrong = pack(options.mayfly, program, want, placement, packed) or run(cache.node, packed, want)
                passed[placement] += not wrong
                if wrong:
                    print(f"FAIL {program.parts[-4]}/{program.stem} {placement}: {wrong}")
    for placement, number in passed.items():
        print(f"{placement}: {number} of {count} passed")
    return 0 if count and all(number == count for number in passed.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
