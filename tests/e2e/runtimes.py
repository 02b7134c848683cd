#!/usr/bin/env python3
"""What `run` promises on every JavaScript runtime: errors of streams, files inside, directories of the host's, traps.

Needs the runtimes of the matrix; exit code 77 (skipped) while they are not fetched.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "matrix"))
import cache as matrix_cache  # noqa: E402

# (name, words of mayfly, standard output if not a pipe, exit code, standard output, part of standard error)
CASES = [
    ("a full disk", ["run", "BOX", "--", "echo", "x"], "/dev/full", 1, None, ""),
    ("a full disk under a trace", ["strace", "-o", "/dev/full", "BOX", "--", "echo", "x"], None, 0, "x\n",
     "/dev/full: the trace ends here: No space left on device"),
    ("files inside", ["run", "--stdio", "file", "BOX", "--", "echo", "x", "--", "cat", "/none"], None, 1, "x\n/none: No such file or directory\n", ""),
    ("hermetic", ["run", "--hermetic", "BOX", "--", "echo", "x", "--", "exit", "5"], None, 5, "x\n", ""),
    ("a trap", ["run", "BOX", "--", "trap"], None, 134, "", "box.wasm: trapped: unreachable"),
    ("a directory of the host's", ["run", "--host-dir", "/s=shared", "BOX", "--", "put", "/s/new", "text", "--", "cat", "/s/new"],
     None, 0, "text\n", ""),
    ("the way out of it", ["run", "--host-dir", "/s=shared", "BOX", "--", "cat", "/s/../box.wasm"], None, 1, "/s/../box.wasm: Capabilities insufficient\n", ""),
    ("one export", ["run", "add.wasm", "--invoke", "add", "40", "2"], None, 0, "42\n", ""),
]
ADD = '(module (memory (export "memory") 1) (func (export "add") (param i32 i64) (result i64) ' \
      "(i64.add (i64.extend_i32_s (local.get 0)) (local.get 1))))"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--box", required=True)
    parser.add_argument("--cache", required=True)
    options = parser.parse_args()
    files = matrix_cache.Cache(options.cache)
    runtimes = [r for r in (files.node, files.deno, files.bun) if r.exists()]
    if not runtimes:
        print("skipped: the runtimes of the matrix are not fetched")
        sys.exit(77)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="mayfly-runtimes-") as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "shared").mkdir()
        (scratch / "box.wasm").write_bytes(pathlib.Path(options.box).read_bytes())
        (scratch / "add.wat").write_text(ADD)
        subprocess.run(["wat2wasm", "add.wat"], cwd=scratch, check=True)
        for runtime in runtimes:
            for name, words, stdout, code, out, err in CASES:
                command = [pathlib.Path(options.mayfly).resolve(), words[0], "--runtime", runtime, *(w.replace("BOX", "box.wasm") for w in words[1:])]
                with open(stdout, "w") if stdout else tempfile.TemporaryFile("w+") as sink:
                    done = subprocess.run(command, cwd=scratch, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.PIPE,
                                          text=True, timeout=120)
                    if not stdout:
                        sink.seek(0)
                    got = None if stdout else sink.read()
                good = (done.returncode, got) == (code, out) and err in done.stderr and "    at " not in done.stderr
                print(f"{'ok  ' if good else 'FAIL'} {runtime.name}: {name}")
                if not good:
                    failed += 1
                    print(f"    exit code {done.returncode}, {got!r}\n    {done.stderr}")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
