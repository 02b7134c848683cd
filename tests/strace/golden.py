#!/usr/bin/env python3
"""Traces of real modules against expected/GUEST.txt. --update writes those files.

The first line of every shape is kept (traced.shape: what differs only in numbers and strings is alike), in the order of
the trace, and how many calls of each kind there were. JSON and Chrome's format have to tell the same calls.
"""
import collections
import difflib
import json
import pathlib
import re
import sys
import tempfile

import traced

sys.path.insert(0, str(traced.HERE.parent / "matrix"))
import runtimes  # noqa: E402
GUESTS = ["files-c", "streams-cxx", "files-rust", "files-as"]
# Of these only the file calls: how often Go's scheduler and Ruby's collector look at the clock is theirs. They run on
# the matrix's Node, the traced module linked beforehand, their lines on standard error among their own.
LINKED = {"sqlite-c": "desc,file", "esbuild-go": "file", "ruby": "file"}


def trace(options, cache, name, *arguments):
    """The lines of a traced run, whose output has to be the untraced one's."""
    guest, module = traced.guest(cache, name)
    with tempfile.TemporaryDirectory(prefix="mayfly-strace-") as scratch:
        lines = pathlib.Path(scratch) / "lines"
        done = traced.run(options.mayfly, "strace", "--runtime", "node", *arguments, "-o", lines, module, *traced.mounts(guest, cache))
        assert done.returncode == 0, f"{name}: exit code {done.returncode}\n{done.stderr.decode()}"
        assert done.stdout.decode() == guest.expected.read_text(), f"{name}: another output than untraced"
        assert done.stderr == b"", f"{name}: {done.stderr.decode()}"
        return lines.read_text()


def trace_linked(options, cache, name):
    guest, module = traced.guest(cache, name)
    node = next(r for r in runtimes.available(cache) if r.name == "node26")
    with tempfile.TemporaryDirectory(prefix="mayfly-strace-") as scratch:
        packed, out = pathlib.Path(scratch) / "packed.wasm", pathlib.Path(scratch) / "traced.wasm"
        for command in (["pack", module, "-o", packed, *guest.pack, *traced.mounts(guest, cache)],
                        ["strace", "--link-only", "-o", out, "-y", "-e", f"trace={LINKED[name]},!host", packed]):
            done = traced.run(options.mayfly, *command)
            assert done.returncode == 0, f"{name}: {done.stderr.decode()}"
        one = guest.runs[0]
        code, _, stderr = node.run(out, one.args, one.env, guest.ruby)
        assert code == 0, f"{name}: exit code {code}\n{stderr[-1500:]}"
        return "".join(line + "\n" for line in stderr.splitlines() if re.match(r"(\[host\] )?\w+\(.*\) = |\+\+\+ ", line))


def digest(text):
    seen, out, calls = set(), [], collections.Counter()
    for line in text.splitlines():
        call = re.match(r"((\[host\] )?[\w.]+)\(", line)
        calls[call[1] if call else line.split()[0]] += 1
        line = traced.masked(line)
        if traced.shape(line) not in seen:
            seen.add(traced.shape(line))
            out.append(line)
    return "\n".join(out) + "\n\n" + "".join(f"{n:6} {call}\n" for call, n in sorted(calls.items()))


def compare(options, name, text):
    file = traced.HERE / "expected" / f"{name}.txt"
    if options.update:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    old = file.read_text() if file.exists() else ""
    if old == text:
        return 0
    print("\n".join(list(difflib.unified_diff(old.splitlines(), text.splitlines(), "expected", "found", lineterm="", n=1))[:60]))
    return 1


def calls_of(text):
    """(name, host?, failed?) of each line."""
    found = []
    for line in text.splitlines():
        match = re.match(r"(\[host\] )?([\w.]+)\((.*)", line)
        if match:
            found.append((match[2], bool(match[1]), bool(re.search(r"\) = -1 E\w+ \([\w /,-]+\)$", line))))
    return found


def check_formats(options, cache, name, text):
    wanted = calls_of(text)
    objects = [json.loads(line) for line in trace(options, cache, name, "-y", "-f", "json").splitlines()]
    calls = [o for o in objects if "call" in o]
    told = [(o["call"], o["host"], o["error"] is not None) for o in calls]
    assert told == wanted, f"{name}: JSON differs: {[p for p in zip(told, wanted) if p[0] != p[1]][:3]}, {len(told)}, {len(wanted)}"
    assert objects[-1] == {"exited": 0}, objects[-1]
    starts = [o["start_ns"] + o["duration_ns"] for o in calls]
    assert starts == sorted(starts), f"{name}: lines are in the order in which calls end"

    events = [e for e in json.loads(trace(options, cache, name, "-f", "chrome")) if e["ph"] == "X"]
    told = [(e["name"], e["tid"] == 2, e["args"]["error"] is not None) for e in events]
    assert told == wanted, f"{name}: Chrome's format differs"
    assert all(e["dur"] >= 0 and e["ts"] >= 0 for e in events)

    # The first object of every call.
    first = {}
    for o in calls:
        first.setdefault((o["call"], o["host"]), traced.masked_object(o))
    return "\n".join(json.dumps(o) for o in first.values()) + "\n"


def main():
    options = traced.parse(__doc__)
    cache = traced.open_cache(options.cache)
    failed = 0
    for name in GUESTS:
        text = trace(options, cache, name, "-y")
        wrong = compare(options, name, digest(text))
        wrong += compare(options, f"{name}.json", check_formats(options, cache, name, text))
        print(f"{'FAIL' if wrong else 'ok  '} {name:12} {len(text.splitlines()):6} lines")
        failed += wrong
    for name in LINKED:
        text = trace_linked(options, cache, name)
        wrong = compare(options, name, digest(text))
        print(f"{'FAIL' if wrong else 'ok  '} {name:12} {len(text.splitlines()):6} lines")
        failed += wrong
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
