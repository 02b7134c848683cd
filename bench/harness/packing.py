"""Packing Ruby with its standard library: the command's time and memory, and what instantiating the result costs."""

import json
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from .build import BENCH, BuildError, Workshop, note, pack

PLACEMENTS = {"shared": [], "isolated": ["--isolate"]}


def timed(command: list, seconds_max: float = 300) -> tuple[float, float]:
    """Seconds of wall time and peak megabytes (10^6) of the process; raises BuildError when it fails."""
    # -S -E: a small interpreter, whose own memory is below any pack's.
    done = subprocess.run([sys.executable, "-S", "-E", Path(__file__).with_name("peak.py"), str(seconds_max),
                           *(str(part) for part in command)], capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-600:]}")
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak) / 1e6


def instantiate(shop: Workshop, module: Path) -> dict[str, float]:
    command = [shop.node, "--expose-gc", BENCH / "peers" / "instantiate.mjs", module]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise BuildError(done.stderr.strip()[-600:])
    return {name: float(value) for name, value in (line.split("\t") for line in done.stdout.splitlines())}


def measure_ruby(shop: Workshop, rounds: int) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Medians: subject (plain, shared, isolated) -> figure -> value; and what failed."""
    samples: dict = defaultdict(lambda: defaultdict(list))
    failures: dict[str, str] = {}
    library = shop.ruby_library
    contents = ["--dir", f"{library / 'usr'}::/usr", "--dir", f"{library / 'bundle'}::/bundle"]
    outputs = {"plain": shop.ruby}
    for number in range(rounds):
        note(f"ruby: round {number + 1} of {rounds}")
        try:
            samples["plain"]["floor_s"].append(timed([shop.guests / "packfloor", shop.guests / "packfloor.out",
                                                      shop.ruby, library / "usr", library / "bundle"])[0])
        except BuildError as error:
            failures["packfloor"] = str(error)
        for placement, options in PLACEMENTS.items():
            if shop.mayfly is None or placement in failures:
                continue
            outputs[placement] = shop.guests / f"ruby-{placement}.wasm"
            try:
                seconds, megabytes = timed(
                    [shop.mayfly, "pack", shop.ruby, "-o", outputs[placement], *options, *contents])
                samples[placement]["pack_s"].append(seconds)
                samples[placement]["pack_mb"].append(megabytes)
            except BuildError as error:
                failures[placement] = str(error)
                del outputs[placement]
        for subject, module in outputs.items():
            if f"instantiate {subject}" in failures:
                continue
            try:
                for name, value in instantiate(shop, module).items():
                    samples[subject][name].append(value)
            except BuildError as error:
                failures[f"instantiate {subject}"] = str(error)
    medians = {subject: {name: statistics.median(values) for name, values in figures.items()}
               for subject, figures in samples.items()}
    for subject, module in outputs.items():
        medians.setdefault(subject, {})["bytes"] = module.stat().st_size
    return medians, failures


def measure_sizes(shop: Workshop) -> dict[str, dict[str, int]]:
    """Bytes of programs before packing, and the code that a pack without content adds to them."""
    sizes: dict[str, dict[str, int]] = {}
    for guest in ("edit", "fsbench", "sqlitebench"):
        plain = shop.guests / f"{guest}.wasm"
        sizes[guest] = {"plain": plain.stat().st_size}
        for placement, options in PLACEMENTS.items():
            try:
                report = pack(shop, plain, shop.guests / "sized.wasm", "--json", *options)
            except BuildError as error:  # an empty cell, not the end of a long run
                note(str(error))
                continue
            sizes[guest][placement] = json.loads(report)["added"]["code_bytes"]
    return sizes
