#!/usr/bin/env python3
"""The page of inspect in headless Chromium: no errors on the console, and everything drawn."""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import modules
from browser import FLAGS, find_chromium


def load(chromium, page):
    """The document after its script ran, and what the console said."""
    with tempfile.TemporaryDirectory(prefix="mayfly-page-", ignore_cleanup_errors=True) as profile:
        result = subprocess.run([chromium, *FLAGS, f"--user-data-dir={profile}", "--window-size=1240,1600", "--virtual-time-budget=3000",
                                 "--enable-logging=stderr", "--dump-dom", page.as_uri()], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, errors="replace", timeout=180)
    console = [line for line in result.stderr.splitlines() if "CONSOLE" in line]
    return result.stdout, console


def check(name, dom, console, wanted):
    problems = [f"console: {line}" for line in console]
    drawn = re.sub(r'<script type="application/json".*?</script>', "", dom, flags=re.S)
    if 'data-ready="true"' not in drawn:
        problems.append("the script did not come to its end")
    for what, pattern, least in wanted:
        found = len(re.findall(pattern, drawn))
        if found < least:
            problems.append(f"{what}: {found}, at least {least} expected")
    if re.search(r"<img", re.sub(r"<script>.*?</script>", "", drawn, flags=re.S)):
        problems.append("a name of the module became markup")
    print(f"{'ok  ' if not problems else 'FAIL'} {name}")
    for problem in problems:
        print("    " + problem)
    return not problems


SECTION = [("facts", r'<section id="facts"', 1), ("imports", r'<section id="imports"', 1), ("graph", r'<section id="graph"', 1)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--cache", required=True)
    options = parser.parse_args()
    chromium = find_chromium()
    if not chromium:
        sys.exit("chromium is missing: apt-get install chromium (./check does)")
    inputs = modules.Modules(options.cache, full=False)
    assets = ["--dir", f"{modules.guests.SOURCES / 'assets'}::/assets"]
    ruby = inputs.guest("ruby")
    with inputs.cache.lock():
        library = inputs.cache.ruby_library()
    jobs = [
        ("ruby with its library", ruby, ["--dir", f"{library / 'usr/local/lib/ruby'}::/lib/ruby"],
         SECTION + [("files in the treemap", r'class="cell', 200), ("ways", r"<circle", 50), ("rows", r"<tr", 60), ("plan", r'<section id="plan"', 1)]),
        ("a program with two files", inputs.guest("files-c"), assets, SECTION + [("files in the treemap", r'class="cell', 2)]),
        ("minified Emscripten", inputs.modules / "sql.js/dist/sql-wasm.wasm", ["--glue", inputs.modules / "sql.js/dist/sql-wasm.js"],
         SECTION + [("recovered names", "__syscall_openat", 1)]),
        ("hostile names", inputs.text("hostile"), [], SECTION + [("the name as text", "&lt;img src=x", 1)]),
        ("nothing imported", inputs.text("bare"), [], SECTION),
    ]
    good = True
    with tempfile.TemporaryDirectory(prefix="mayfly-page-") as scratch:
        for i, (name, path, arguments, wanted) in enumerate(jobs):
            page = pathlib.Path(scratch) / f"{i}.html"
            result = modules.inspect(options.mayfly, path, *arguments, "--html", page)
            if result.returncode:
                print(f"FAIL {name}\n    {result.stderr}")
                good = False
                continue
            # Nothing is loaded: no address but those of namespaces.
            markup = re.sub(r'<script type="application/json".*?</script>', "", page.read_text(), flags=re.S)
            addresses = [a for a in re.findall(r"https?://[^\s\"')]+", markup) if a != "http://www.w3.org/2000/svg"]
            if addresses:
                print(f"FAIL {name}\n    addresses in the page: {addresses}")
                good = False
            good &= check(name, *load(chromium, page), wanted)
    sys.exit(not good)


if __name__ == "__main__":
    main()
