#!/usr/bin/env python3
"""What a pack adds in code, for programs of every kind, against recorded values and the bounds of the design.

    run.py --mayfly BUILD/mayfly                     pack, compare with docs/sizes.md, print the table
    run.py --mayfly BUILD/mayfly --update            write docs/sizes.md anew
    run.py --mayfly BUILD/mayfly --by-function NAME  one program's added functions, the largest first

A figure may move by 1 % (compilers of the same version agree to the byte; others of the series nearly so); a bound
may not be passed at all. The C programs are compiled here with wasi-libc, as users would: what counts is what the
linked program imports.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import wasm

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE.parent.parent / "docs" / "sizes.md"
TOLERANCE = 0.01

# Every function of wasi_snapshot_preview1 by its parameters: i a 32-bit value, l a 64-bit one.
CALLS = {
    "args_get": "ii", "args_sizes_get": "ii", "environ_get": "ii", "environ_sizes_get": "ii",
    "clock_res_get": "ii", "clock_time_get": "ili", "random_get": "ii", "sched_yield": "", "proc_raise": "i",
    "proc_exit": "i", "poll_oneoff": "iiii", "sock_accept": "iii", "sock_recv": "iiiiii", "sock_send": "iiiii",
    "sock_shutdown": "ii", "fd_advise": "illi", "fd_allocate": "ill", "fd_close": "i", "fd_datasync": "i",
    "fd_fdstat_get": "ii", "fd_fdstat_set_flags": "ii", "fd_fdstat_set_rights": "ill", "fd_filestat_get": "ii",
    "fd_filestat_set_size": "il", "fd_filestat_set_times": "illi", "fd_pread": "iiili", "fd_prestat_get": "ii",
    "fd_prestat_dir_name": "iii", "fd_pwrite": "iiili", "fd_read": "iiii", "fd_readdir": "iiili",
    "fd_renumber": "ii", "fd_seek": "ilii", "fd_sync": "i", "fd_tell": "ii", "fd_write": "iiii",
    "path_create_directory": "iii", "path_filestat_get": "iiiii", "path_filestat_set_times": "iiiilli",
    "path_link": "iiiiiii", "path_open": "iiiiillii", "path_readlink": "iiiiii", "path_remove_directory": "iii",
    "path_rename": "iiiiii", "path_symlink": "iiiii", "path_unlink_file": "iii",
}

KIB = 1024


class Case:
    def __init__(self, name, program, options, text, bound=None):
        self.name, self.program, self.options, self.text, self.bound = name, program, options, text, bound


CASES = [
    Case("read, read-only", "read", ["--read-only"], "opens and reads", 8 * KIB),
    Case("cat, read-only", "cat", ["--read-only"], "the same through stdio, names from the arguments"),
    Case("all, read-only", "all", ["--read-only"], "every WASI call"),
    Case("read", "read", [], "opens and reads, may write"),
    Case("log", "log", [], "appends to a log, stdio"),
    Case("edit", "edit", [], "opens, creates, reads, writes and removes, `printf`", 20 * KIB),
    Case("database", "database", [], "the calls of an embedded database"),
    Case("all", "all", [], "every WASI call", 40 * KIB),
    Case("all, unstable", "unstable", [], "every call of `wasi_unstable`"),
    Case("all, host directory", "all", ["--host-dir", "/host"], "every WASI call, `--host-dir`"),
    Case("read, read-only, isolated", "read", ["--read-only", "--isolate"], "opens and reads, in a memory of its own", 8 * KIB),
    Case("edit, isolated", "edit", ["--isolate"], "as edit, in a memory of its own"),
    Case("all, isolated", "all", ["--isolate"], "every WASI call, in a memory of its own", 40 * KIB),
    Case("all, user", "all", ["--user", "1000:1000"], "every WASI call, `--user 1000:1000`"),
]


def every_call(module, calls):
    """A module that calls each function once, so that all of them are reachable."""
    def type_of(name):
        params = "".join(" i64" if c == "l" else " i32" for c in CALLS[name])
        return (f" (param{params})" if params else "") + ("" if name == "proc_exit" else " (result i32)")

    def call(name):
        values = " ".join(f"(i{'64' if c == 'l' else '32'}.const 0)" for c in CALLS[name])
        code = f"(call ${name} {values})"
        return code if name == "proc_exit" else f"(drop {code})"

    imports = "\n".join(f'(import "{module}" "{name}" (func ${name}{type_of(name)}))' for name in calls)
    body = "\n".join(call(name) for name in calls)
    return f'(module {imports} (memory (export "memory") 1) (func (export "_start") {body}))'


class Sizes:
    def __init__(self, mayfly, clang, scratch):
        self.mayfly, self.clang, self.scratch = mayfly, clang, pathlib.Path(scratch)
        self.modules = {}
        data = self.scratch / "data"
        data.mkdir()
        (data / "hello.txt").write_text("Hello from inside.\n")

    def run(self, *command):
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return done.stdout

    def module(self, program):
        if program in self.modules:
            return self.modules[program]
        out = self.scratch / f"{program}.wasm"
        if program in ("all", "unstable"):
            module = "wasi_snapshot_preview1" if program == "all" else "wasi_unstable"
            text = self.scratch / f"{program}.wat"
            text.write_text(every_call(module, [c for c in CALLS if program == "all" or c != "sock_accept"]))
            self.run("wat2wasm", text, "-o", out)
        else:
            self.run(self.clang, "--target=wasm32-wasi", "-O2", "-Wall", "-Wl,--strip-debug",
                     HERE / "programs" / f"{program}.c", "-o", out)
        self.modules[program] = out
        return out

    def pack(self, case):
        """The packed module and what `pack --json` says of it."""
        out = self.scratch / "packed.wasm"
        report = self.run(self.mayfly, "pack", self.module(case.program), "--dir", f"{self.scratch / 'data'}::/data",
                          *case.options, "--json", "-o", out)
        return out, json.loads(report)

    def imports(self, program):
        return [field for _, field in wasm.function_imports(self.module(program).read_bytes())]


def code_bytes(report):
    return report["added"]["code_bytes"]


def by_function(sizes, name):
    case = next((c for c in CASES if c.name == name), None)
    if not case:
        sys.exit(f"no program {name!r}; there are: {', '.join(c.name for c in CASES)}")
    # The linker names functions where the application has names: an empty name section is enough.
    module = sizes.module(case.program)
    module.write_bytes(module.read_bytes() + b"\0\x05\x04name")
    packed, report = sizes.pack(case)
    rows = [(size, label) for label, size in wasm.named_sizes(packed.read_bytes()) if label.startswith("mayfly")]
    for size, label in sorted(rows, key=lambda row: (-row[0], row[1])):
        print(f"{size:7,}  {label}")
    print(f"{sum(size for size, _ in rows):7,}  in {len(rows)} functions; code section +{code_bytes(report):,}")


def document(sizes):
    rows = []
    for case in CASES:
        _, report = sizes.pack(case)
        rows.append((case, code_bytes(report)))
    lines = ["# What a pack adds in code", "",
             "Growth of the code section by the filesystem layer, in bytes, without `-O` and before content. Recorded by",
             "`tests/sizes/run.py --update`; the test `sizes` fails when a figure moves by more than 1 % or passes its bound.",
             "`run.py --by-function NAME` lists the functions of one of them. Isolated, each access to the region takes a byte more:",
             "the number of its memory.", "",
             "| program | does | options | code bytes | bound |", "| --- | --- | --- | ---: | ---: |"]
    for case, size in rows:
        bound = f"{case.bound:,}" if case.bound else ""
        options = " ".join(case.options)
        lines.append(f"| {case.name} | {case.text} | {'`' + options + '`' if options else ''} | {size:,} | {bound} |")
    lines += ["", "What the programs import (of `wasi_snapshot_preview1`, compiled with Debian's clang 14 and wasi-libc):", ""]
    for program in dict.fromkeys(case.program for case in CASES):
        if program == "all":
            lines.append(f"- all: all {len(CALLS)} functions")
        elif program == "unstable":
            lines.append(f"- all, unstable: all {len(CALLS) - 1} functions of `wasi_unstable`")
        else:
            lines.append(f"- {program}: " + ", ".join(f"`{field}`" for field in sizes.imports(program)))
    return "\n".join(lines) + "\n", rows


def recorded():
    sizes = {}
    if DOCUMENT.exists():
        for line in DOCUMENT.read_text().splitlines():
            cells = [c.strip() for c in line.strip("|").split("|")]
            if len(cells) == 5 and re.fullmatch(r"[\d,]+", cells[3]):
                sizes[cells[0]] = int(cells[3].replace(",", ""))
    return sizes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--clang", default="clang-14")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--by-function", metavar="NAME")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mayfly-sizes-") as scratch:
        sizes = Sizes(options.mayfly, options.clang, scratch)
        if options.by_function:
            return by_function(sizes, options.by_function)
        text, rows = document(sizes)
        if options.update:
            DOCUMENT.write_text(text)
        before, failed = recorded(), []
        for case, size in rows:
            known = before.get(case.name)
            print(f"{case.name:22} {size:7,}" + (f"  bound {case.bound:6,}" if case.bound else ""))
            if case.bound and size > case.bound:
                failed.append(f"{case.name}: {size:,} bytes, the bound is {case.bound:,}")
            if known is None:
                failed.append(f"{case.name}: is not in docs/sizes.md")
            elif abs(size - known) > known * TOLERANCE:
                failed.append(f"{case.name}: {size:,} bytes, recorded are {known:,}: see --by-function, then --update")
        if DOCUMENT.exists() and sections(text) != sections(DOCUMENT.read_text()):
            failed.append("docs/sizes.md does not say what is measured here: --update")
        print("\n".join(failed))
        return 1 if failed else 0


def sections(text):
    """The document without its figures, and without what other versions of the C library import."""
    return [re.sub(r"\| [\d,]+ \|", "| n |", line, count=1) for line in text.splitlines() if not line.startswith("- ")]


if __name__ == "__main__":
    sys.exit(main())
