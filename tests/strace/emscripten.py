#!/usr/bin/env python3
"""Modules of Emscripten under their own JavaScript, traced: expected/emscripten.txt, and the same output as untraced.

With -O3 the imports have names of one letter: --glue recovers them, and the trace is the same. The compiler is Debian's,
unpacked as for the benchmark (bench/peers/fetch_emscripten).
"""
import difflib
import pathlib
import re
import shutil
import sys
import tempfile

import traced

ROOT = traced.HERE.parents[1]


def compiler(cache):
    tree = ROOT / "build/bench/emscripten"
    with cache.lock():
        traced.cached.run([ROOT / "bench/peers/fetch_emscripten", tree])
    return tree / "emcc"


def masked(text):
    # Where the program's output comes in between depends on its buffering.
    return re.sub(r"st_([acm]time|ino)=\d+", r"st_\1=N", text)


def main():
    options = traced.parse(__doc__)
    cache = traced.open_cache(options.cache)
    emcc = compiler(cache)
    expected = traced.HERE / "expected/emscripten.txt"
    failed = 0
    for level in ("-O1", "-O3"):
        with tempfile.TemporaryDirectory(prefix="mayfly-strace-", dir=cache.root) as scratch:
            scratch = pathlib.Path(scratch)
            shutil.copy(traced.HERE / "emscripten.c", scratch / "files.c")
            traced.cached.run([emcc, scratch, "files.c", level, "-o", "files.js"])
            plain = traced.run(cache.node, scratch / "files.js")
            assert plain.returncode == 0, plain.stderr.decode()
            (scratch / "files.wasm").rename(scratch / "plain.wasm")
            for placement in ([], ["--isolate"]):
                glue = ["--glue", scratch / "files.js"] if level == "-O3" else []
                done = traced.run(options.mayfly, "strace", "--link-only", "-y", *glue, *placement, "-o", scratch / "files.wasm", scratch / "plain.wasm")
                assert done.returncode == 0, done.stderr.decode()
                run = traced.run(cache.node, scratch / "files.js")
                text = masked(run.stderr.decode())
                if options.update:
                    expected.write_text(text)
                wrong = [] if (run.returncode, run.stdout) == (0, plain.stdout) else [f"exit code {run.returncode}, output {run.stdout}"]
                wrong += difflib.unified_diff(expected.read_text().splitlines(), text.splitlines(), "expected", "found", lineterm="", n=1)
                print("\n".join([f"{'FAIL' if wrong else 'ok  '} {level} {' '.join(placement)}", *wrong]))
                failed += bool(wrong)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
