#!/usr/bin/env python3
"""A host function that answers later: JavaScript Promise Integration suspends the call, and others run meanwhile.

While a call is suspended below the filesystem, other calls change files and the memory grows, so that the filesystem moves.
Then the suspended call must go on with the right memory, and growth must never have been refused (host.mjs, on Node).
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "matrix"))
import cache as matrix_cache  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--cache", required=True)
    options = parser.parse_args()
    cache = matrix_cache.Cache(options.cache)
    with cache.lock():
        cache.npm_install()
    good = True
    with tempfile.TemporaryDirectory(prefix="mayfly-suspend-") as scratch:
        module = pathlib.Path(scratch) / "m.wasm"
        subprocess.run(["wat2wasm", HERE / "module.wat", "-o", module], check=True)
        for placement in ([], ["--isolate"]):
            packed = pathlib.Path(scratch) / "packed.wasm"
            subprocess.run([options.mayfly, "pack", module, "-o", packed, *placement], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            done = subprocess.run([cache.node, HERE / "host.mjs", packed], capture_output=True, text=True, timeout=60)
            name = "isolated" if placement else "shared"
            if done.returncode or done.stdout != "ok\n":
                good = False
                print(f"FAIL {name}\n{done.stdout}{done.stderr}")
            else:
                print(f"ok   {name}")
    sys.exit(not good)


if __name__ == "__main__":
    main()
