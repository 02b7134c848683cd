#!/usr/bin/env python3
"""What inspect says about real modules, against expected/NAME.txt. --update writes those files.

Figures that change with every edit of the layer (bytes, numbers of its functions) are masked.
"""
import argparse
import difflib
import json
import re
import sys
import tempfile
import time

import modules


def masked(text, path):
    text = text.replace(str(path), f"{path.name.split('-')[0].split('.')[0]}.wasm")
    text = re.sub(r"  adds .*", "  adds      …", text)
    return text


def check_json(case, result):
    """The same facts as JSON: it parses, and the documented keys are there."""
    document = json.loads(result.stdout)
    wanted = {"schema", "mayfly", "path", "bytes", "kind", "notes", document["kind"]}
    missing = wanted - document.keys()
    assert document["schema"] == 1 and not missing, f"{case.name}: --json lacks {missing}"
    for module in [document["module"]] if "module" in document else document["component"]["modules"]:
        for i in module["imports"]:
            assert i["kind"] != "func" or i["reachable"] == bool(i["entries"]) == bool(i["chain"]), f"{case.name}: {i}"


def check_packed(mayfly, inputs):
    """A packed module tells what is in it: the same tree as the plan of its pack."""
    guest, assets = inputs.guest("files-c"), f"{modules.guests.SOURCES / 'assets'}::/assets"
    trees = []
    for extra in ([], ["--isolate"]):
        with tempfile.TemporaryDirectory(prefix="mayfly-inspect-") as scratch:
            packed = f"{scratch}/packed.wasm"
            modules.cached.run([mayfly, "pack", guest, "--dir", assets, *extra, "-o", packed])
            trees.append(json.loads(modules.inspect(mayfly, packed, "--json").stdout)["content"])
        trees.append(json.loads(modules.inspect(mayfly, guest, "--dir", assets, *extra, "--json").stdout)["content"])
    assert all(t == trees[0] for t in trees), trees
    files = sum(1 for p in (modules.guests.SOURCES / "assets").rglob("*") if p.is_file() and not p.is_symlink())
    assert trees[0]["files"] == files and "/assets" in trees[0]["preopens"], trees[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    failed = 0
    inputs = modules.Modules(options.cache, options.full)
    check_packed(options.mayfly, inputs)
    for case in inputs.cases():
        start = time.monotonic()
        result = modules.inspect(options.mayfly, case.path, *case.arguments)
        seconds = time.monotonic() - start
        text = masked(result.stdout + result.stderr, case.path)
        expected = modules.HERE / "expected" / f"{case.name}.txt"
        if options.update:
            expected.write_text(text)
        same = expected.exists() and expected.read_text() == text
        print(f"{'ok  ' if same else 'FAIL'} {case.name:26} {case.path.stat().st_size:>10,} bytes {seconds:6.2f} s")
        if not same:
            failed += 1
            old = expected.read_text().splitlines() if expected.exists() else []
            print("\n".join(difflib.unified_diff(old, text.splitlines(), "expected", "found", lineterm="")))
        check_json(case, modules.inspect(options.mayfly, case.path, *case.arguments, "--json"))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
