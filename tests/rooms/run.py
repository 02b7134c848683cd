#!/usr/bin/env python3
"""The order of dependencies: what a directory of src/ includes. The order itself is the drawing in CONTRIBUTING.md.

    run.py [ROOT]
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])


def drawn_order(text):
    """room -> the rooms that it may include, from lines "    a ← b ← c" of the section "Getting around"."""
    section = text.split("## Getting around")[1].split("\n## ")[0]
    chains = [[room.strip() for room in line.split("←")] for line in section.splitlines()
              if line.startswith("    ") and "←" in line]
    left = {room: set() for chain in chains for room in chain}
    for chain in chains:
        for before, room in zip(chain, chain[1:]):
            left[room].add(before)
    for _ in left:
        for rooms in left.values():
            rooms.update(*(left[room] for room in list(rooms)))
    return left


def is_test(path):
    return re.search(r"_test\.cc$|_fuzz\.cc$|test_support\.h$", path.name)


def room_of(path):
    if "testdata" in path.parts:  # a layer that tests bring
        return "layer"
    room = path.parts[0]
    return "trace_native" if room == "trace" and "_native" in path.name else room


def faults(root):
    allowed = drawn_order((root / "CONTRIBUTING.md").read_text())
    yield from (f"{room} includes itself through others" for room in allowed if room in allowed[room])
    files = sorted(p for p in (root / "src").rglob("*") if p.suffix in (".h", ".cc"))
    if len(files) < 100:
        yield f"only {len(files)} files: this is not the source tree"
    for file in files:
        path = file.relative_to(root / "src")
        room = room_of(path)
        if room not in allowed:
            yield f"src/{path}: {room} is not in the drawing of CONTRIBUTING.md"
            continue
        # Tests may read modules and see both halves of the tracer.
        may = allowed[room] | {room} | ({"wasm", "trace", "trace_native"} if is_test(path) else set())
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if not (include := re.match(r'\s*#\s*include\s*"([^"]+)"', line)):
                continue
            name = pathlib.PurePosixPath(include[1])
            if not (root / "src" / name).is_file():
                yield f"src/{path}:{number}: \"{name}\" is no path below src/"
            elif room_of(name) not in may:
                yield f"src/{path}:{number}: {room} may not include {name} ({room_of(name)} is not to its left)"
    for number, line in enumerate((root / "src/pack/pack.h").read_text().splitlines(), 1):
        if re.match(r'\s*#\s*include\s*"', line):
            yield f"src/pack/pack.h:{number}: the public header includes only the standard library"


found = list(faults(ROOT))
print("\n".join(found))
sys.exit(bool(found))
