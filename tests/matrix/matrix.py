#!/usr/bin/env python3
"""Every guest × placement × runtime: packed by mayfly, run without any directory, its output compared.

Prints one table; exits 1 when any cell fails. "n.a.": the runtime has no multi-memory (isolated placement),
or the guest needs JavaScript around it and the runtime has none, or is too much for an interpreter.

    matrix.py --mayfly build/release/mayfly --cache build/cache --work build/release/matrix [--full]
              [--guest NAME]... [--runtime NAME]... [--update]
"""
import argparse
import concurrent.futures
import difflib
import pathlib
import subprocess
import sys
import time

import cache as cached
import guests
import runtimes

PLACEMENTS = {"shared": [], "isolated": ["--isolate"]}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--full", action="store_true", help="also the newer toolchains and the native runtimes")
    parser.add_argument("--guest", action="append")
    parser.add_argument("--runtime", action="append")
    parser.add_argument("--update", action="store_true", help="write the transcripts instead of comparing")
    return parser.parse_args()


def pack(options, guest, module, placement, cache):
    out = options.work / f"{guest.name}-{placement}.wasm"
    command = [options.mayfly, "pack", module, "-o", out, *PLACEMENTS[placement], *guest.pack]
    for host, inside in guest.mounts(cache):
        command += ["--dir", f"{host}::{inside}"]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return out, "" if done.returncode == 0 else f"pack: exit code {done.returncode}\n{done.stdout}"


def transcript(runtime, guest, packed):
    """The output of all runs, and what went wrong besides."""
    text, wrong = "", ""
    for one in guest.runs:
        code, stdout, stderr = runtime.run(packed, one.args, one.env, guest.ruby, guest.reads)
        text += stdout
        if code:
            wrong += f"exit code {code}: {stderr[-1500:]}\n"
        elif one.stderr_has not in stderr:
            wrong += f"stderr lacks {one.stderr_has!r}: {stderr[-1500:]}\n"
    return text, wrong


def difference(guest, text):
    expected = guest.expected.read_text()
    lines = list(difflib.unified_diff(expected.splitlines(), text.splitlines(), "expected", "actual", lineterm="", n=1))
    return "\n".join(lines[:30])


def cell(options, guest, packed, runtime):
    started = time.monotonic()
    text, wrong = transcript(runtime, guest, packed)
    if options.update and not wrong:
        guest.expected.parent.mkdir(exist_ok=True)
        guest.expected.write_text(text)
    wrong += difference(guest, text)
    return wrong, time.monotonic() - started


def print_table(rows, names):
    widths = [max(len(row[i]) for row in [["guest", "placement", *names], *rows]) for i in range(2 + len(names))]
    for row in [["guest", "placement", *names], ["-" * width for width in widths], *rows]:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())


def run_all(options, cache, chosen_guests, chosen_runtimes):
    rows, details = [], []
    # Two at a time: most of a run is one thread's work, and the machines this runs on have two cores.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for guest in chosen_guests:
            module = guest.build(cache)
            for placement in PLACEMENTS:
                packed, failure = pack(options, guest, module, placement, cache)
                jobs = {}
                for runtime in chosen_runtimes:
                    possible = runtime.can_run(guest) and (placement == "shared" or runtime.multi_memory)
                    if possible and not failure:
                        jobs[runtime.name] = pool.submit(cell, options, guest, packed, runtime)
                row = [guest.name if placement == "shared" else "", placement]
                for runtime in chosen_runtimes:
                    if failure:
                        row.append("FAIL")
                    elif runtime.name not in jobs:
                        row.append("n.a.")
                    else:
                        wrong, seconds = jobs[runtime.name].result()
                        row.append("FAIL" if wrong else f"pass {seconds:.1f}s")
                        if wrong:
                            details.append(f"== {guest.name} {placement} on {runtime.name}\n{wrong}")
                if failure:
                    details.append(f"== {guest.name} {placement}\n{failure}")
                rows.append(row)
                print("  ".join(row), flush=True)
    return rows, details


def main():
    options = parse()
    options.work.mkdir(parents=True, exist_ok=True)
    cache = cached.Cache(options.cache)
    with cache.lock():
        cache.npm_install()
        all_guests, all_runtimes = list(guests.GUESTS), runtimes.available(cache)
        if options.full:
            import full
            all_guests += full.guests(cache)
            all_runtimes += full.runtimes(cache)
        for guest in all_guests:
            if not options.guest or guest.name in options.guest:
                guest.build(cache)
    chosen_guests = [g for g in all_guests if not options.guest or g.name in options.guest]
    chosen_runtimes = [r for r in all_runtimes if not options.runtime or r.name in options.runtime]
    try:
        for runtime in chosen_runtimes:
            runtime.multi_memory = runtime.has_multi_memory(options.work)
        rows, details = run_all(options, cache, chosen_guests, chosen_runtimes)
    finally:
        for runtime in all_runtimes:
            runtime.close()
    print()
    print_table(rows, [runtime.name for runtime in chosen_runtimes])
    cells = [text for row in rows for text in row[2:]]
    failed = sum(text == "FAIL" for text in cells)
    for detail in details:
        print(f"\n{detail}")
    print(f"\n{sum(text.startswith('pass') for text in cells)} passed, {failed} failed, {cells.count('n.a.')} n.a.")
    return 1 if failed or not cells else 0


if __name__ == "__main__":
    sys.exit(main())
