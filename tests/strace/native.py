#!/usr/bin/env python3
"""native.c under Debian's strace and, compiled to WebAssembly, under ours: the same calls, call by call.

Compared are the calls of Linux that WASI has a function for (CALLS): in the same order, on the same paths, with the same
flags, sizes, offsets and bytes, with the same result or the same error. What the C library of either side calls besides
(fd_fdstat_get before each open, for instance) is left out.
Exits with 77 where no process may be traced.
"""
import pathlib
import re
import shutil
import sys
import tempfile

import traced

# Linux's name: ours.
CALLS = {"openat": "path_open", "open": "path_open", "read": "fd_read", "write": "fd_write", "pread64": "fd_pread", "pwrite64": "fd_pwrite",
         "close": "fd_close", "lseek": "fd_seek", "ftruncate": "fd_filestat_set_size", "fsync": "fd_sync", "fdatasync": "fd_datasync",
         "mkdir": "path_create_directory", "mkdirat": "path_create_directory", "rmdir": "path_remove_directory",
         "unlink": "path_unlink_file", "rename": "path_rename", "renameat": "path_rename", "renameat2": "path_rename", "link": "path_link",
         "linkat": "path_link", "symlink": "path_symlink", "symlinkat": "path_symlink", "readlink": "path_readlink",
         "readlinkat": "path_readlink", "stat": "path_filestat_get", "lstat": "path_filestat_get", "fstat": "fd_filestat_get",
         "newfstatat": "path_filestat_get", "unlinkat": "path_unlink_file"}
FIRST = {"native": 3, "ours": 4}  # descriptor of the first open: ours is behind the preopened directory


def split_arguments(text):
    """At the commas that are not in strings or brackets."""
    parts, depth, quoted, last, i = [], 0, False, 0, 0
    while i < len(text):
        c = text[i]
        if quoted:
            if c == "\\":
                i += 1
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
        elif c in "([{<":
            depth += 1
        elif c in ")]}>":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[last:i].strip())
            last = i + 1
        i += 1
    return [*parts, text[last:].strip()]


def parse(line):
    """(name, arguments, result, error), or None for what is no call."""
    match = re.match(r"(\w+)\((.*)\)\s+= (-?\d+|\?)(?: (E\w+))?", line)
    return match and (match[1], split_arguments(match[2]), match[3], match[4])


def unquoted(word):
    """The bytes of a C string."""
    match = re.fullmatch(r'"(.*)"(\.\.\.)?', word)
    if not match:
        return word
    text = re.sub(r"\\(x[0-9a-f]{2}|[0-7]{1,3}|.)", lambda m: {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f", "b": "\b", "a": "\a"}.get(
        m[1], m[1] if len(m[1]) == 1 and not m[1].isdigit() else chr(int(m[1][1:], 16) if m[1][0] == "x" else int(m[1], 8))), match[1])
    return text + (match[2] or "")


def fd(word, side):
    number = re.match(r"-?\d+", word)
    return "root" if word.startswith("AT_FDCWD") or (side == "ours" and number[0] == "3") else int(number[0]) - FIRST[side]


OPEN_FLAGS = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_DIRECTORY", "O_NOFOLLOW"}


def flags(word):
    return frozenset(word.split("|")) & OPEN_FLAGS


def size_of(stat):
    match = re.search(r"(?:st_)?size=(\d+)", stat)
    kind = re.search(r"(?:S_IF|filetype=)(\w+)", stat)
    names = {"REG": "REGULAR_FILE", "DIR": "DIRECTORY", "LNK": "SYMBOLIC_LINK"}
    kind = names.get(kind[1], kind[1]) if kind else None
    return (kind, match[1] if match and kind == "REGULAR_FILE" else None)  # directories' sizes are the platform's


def native(call):
    """A call of Linux in the common form: (our name, operands, result, error)."""
    name, args, result, error = call
    ours = CALLS[name]
    one_directory = {"open", "mkdir", "rmdir", "unlink", "stat", "lstat", "readlink"}
    two_directories = {"rename", "link"}
    if name in one_directory:
        args = ["AT_FDCWD", *args]
    if name in two_directories:
        args = ["AT_FDCWD", args[0], "AT_FDCWD", args[1]]
    if name == "symlink":
        args = [args[0], "AT_FDCWD", args[1]]
    if name == "unlinkat" and "AT_REMOVEDIR" in args[2]:
        ours = "path_remove_directory"
    if name == "newfstatat" and unquoted(args[1]) == "":
        ours, args = "fd_filestat_get", [args[0], args[2]]
    follow = name == "stat" or (name == "newfstatat" and len(args) > 3 and "AT_SYMLINK_NOFOLLOW" not in args[3])
    return ours, operands(ours, args, error, "native", follow), number(ours, result, "native"), error


def operands(ours, args, error, side, follow=None):
    linux = side == "native"
    if ours == "path_open":
        return fd(args[0], side), unquoted(args[1]), flags(args[2])
    if ours in ("fd_read", "fd_pread", "fd_write", "fd_pwrite"):
        data = None
        if not error and linux:
            data = unquoted(args[1])
        elif not error:
            data = unquoted(re.match(r'\[\{("(?:\\.|[^"\\])*"(?:\.\.\.)?), \d+\}\]', args[1])[1])
        at = args[3 if linux else 2] if ours in ("fd_pread", "fd_pwrite") else None
        return fd(args[0], side), data, at
    if ours in ("fd_close", "fd_sync", "fd_datasync"):
        return (fd(args[0], side),)
    if ours == "fd_seek":
        return fd(args[0], side), args[1], args[2]
    if ours == "fd_filestat_set_size":
        return fd(args[0], side), int(args[1]) % 2**64
    if ours == "fd_filestat_get":
        return fd(args[0], side), None if error else size_of(args[1])
    if ours == "path_filestat_get":
        stat = args[2] if linux else args[3]
        path = args[1] if linux else args[2]
        follow = follow if linux else "AT_SYMLINK_FOLLOW" in args[1]
        return fd(args[0], side), unquoted(path), follow, None if error else size_of(stat)
    if ours in ("path_create_directory", "path_remove_directory", "path_unlink_file"):
        return fd(args[0], side), unquoted(args[1])
    if ours == "path_rename":
        return fd(args[0], side), unquoted(args[1]), fd(args[2], side), unquoted(args[3])
    if ours == "path_link":
        old, new = (args[1], args[3]) if linux else (args[2], args[4])
        return unquoted(old), unquoted(new)
    if ours == "path_symlink":
        return unquoted(args[0]), unquoted(args[2])
    return fd(args[0], side), unquoted(args[1]), None if error else unquoted(args[2])  # path_readlink


def number(ours, result, side):
    return int(result) - FIRST[side] if ours == "path_open" and result != "-1" else int(result)


def between(calls, is_mark):
    marks = [i for i, call in enumerate(calls) if is_mark(call)]
    assert len(marks) == 2, f"{len(marks)} marks"
    return calls[marks[0] + 1:marks[1]]


def trace_native(scratch):
    source = traced.HERE / "native.c"
    program = scratch / "native"
    traced.cached.run(["cc", "-O1", "-w", "-static", source, "-o", program])
    work = scratch / "work"
    work.mkdir()
    if not shutil.which("strace"):
        sys.exit("strace is missing: apt-get install strace (./check does)")
    done = traced.run("strace", "-s", "64", "-o", scratch / "native.lines", program, cwd=work)
    if done.returncode:
        print(f"skipped: no process may be traced here: {done.stderr.decode().strip()}")
        sys.exit(77)
    calls = [parse(line) for line in (scratch / "native.lines").read_text().splitlines()]
    calls = between([c for c in calls if c], lambda c: '"--begin"' in c[1] or '"--end"' in c[1])
    return [native(c) for c in calls if c[0] in CALLS]


def trace_ours(options, scratch):
    module = scratch / "native.wasm"
    traced.cached.run(["clang-14", "--target=wasm32-wasi", "-O1", "-w", traced.HERE / "native.c", "-o", module])
    done = traced.run(options.mayfly, "strace", "--runtime", "node", "-s", "64", "-o", scratch / "ours.lines", module)
    assert done.returncode == 0, done.stderr.decode()
    calls = [parse(line) for line in (scratch / "ours.lines").read_text().splitlines()]
    calls = between([c for c in calls if c], lambda c: '"--begin"' in c[1] or '"--end"' in c[1])
    return [(name, operands(name, args, error, "ours"), number(name, result, "ours"), error)
            for name, args, result, error in calls if name in CALLS.values()]


def main():
    options = traced.parse(__doc__)
    with tempfile.TemporaryDirectory(prefix="mayfly-strace-") as scratch:
        scratch = pathlib.Path(scratch)
        theirs, ours = trace_native(scratch), trace_ours(options, scratch)
    failed = 0
    for i in range(max(len(theirs), len(ours))):
        a, b = (calls[i] if i < len(calls) else None for calls in (theirs, ours))
        if a == b:
            continue
        print(f"call {i}:\n  natively {a}\n  ours     {b}")
        failed += 1
    print(f"{len(theirs)} calls, {failed} of them different")
    sys.exit(failed > 0 or len(theirs) < 50)


if __name__ == "__main__":
    main()
