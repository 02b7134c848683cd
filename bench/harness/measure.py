"""Runs guests: every task in a process of its own, every round in a random order of its own."""

import random
import shutil
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from .build import BENCH, Workshop, note
from .verdict import PAIRED, PLACEMENTS

TMPFS = Path("/dev/shm")
TASK_SECONDS_MAX = 900
FLOOR = "floor"  # the pseudo-variant that holds what an engine can do without any filesystem
REPLAYED = "replayed"  # ... and the one that holds the C library's own part of a listing

Samples = dict[str, dict[str, list[float]]]  # variant -> row -> one figure per process


@dataclass(frozen=True)
class Task:
    variant: str
    guest: str
    arguments: tuple[str, ...]
    times: int = 1  # fresh processes per round
    rounds_max: int = 1 << 30

    @property
    def name(self) -> str:
        return f"{self.variant} {self.guest} {' '.join(self.arguments)}"


def command_of(shop: Workshop, task: Task, directory: Path) -> tuple[list[str], Path | None]:
    """How a variant is started: the command, and the directory that it is started in."""
    wasi = [str(shop.node), str(BENCH / "peers" / "run_wasi.mjs")]
    arguments = list(task.arguments)
    match task.variant:
        case "native":
            # Relative to the tmpfs directory, so that its paths have as many parts as everybody else's.
            return [str(shop.guests / task.guest), *(("." + a if a == "/b" else a) for a in arguments)], directory
        case "node-wasi" | "floor":
            return [*wasi, "--preopen", f"/={directory}", str(shop.guests / f"{task.guest}.wasm"), *arguments], None
        case "memfs" | "wasmfs":
            return [str(shop.node), str(shop.guests / f"{task.guest}_{task.variant}.js"), *arguments], None
        case _:
            return [*wasi, str(shop.guests / f"{task.guest}-{task.variant}.wasm"), *arguments], None


def run_task(shop: Workshop, task: Task) -> dict[str, float]:
    directory = Path(tempfile.mkdtemp(prefix="mayfly-bench-", dir=TMPFS))
    try:
        command, cwd = command_of(shop, task, directory)
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=TASK_SECONDS_MAX)
        if done.returncode != 0:
            raise RuntimeError((done.stderr.strip() or done.stdout.strip() or "no word")[-600:])
        figures = {}
        for line in done.stdout.splitlines():
            name, tab, value = line.partition("\t")
            if tab:
                figures[name] = float(value)
        return figures
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def filesystem_tasks(variants: list[str], mebibytes: int, files: int, quick: bool) -> list[Task]:
    tasks = [Task(FLOOR, "fsbench", ("grow", "/b"), times=3), Task(FLOOR, "fsbench", ("misses", "/b", str(files))),
             Task(REPLAYED, "fsbench", ("list", "/b")), Task(FLOOR, "fsbench", ("growth", "/b", "0"))]
    for variant in variants:
        tasks.append(Task(variant, "fsbench", ("meta", "/b")))
        tasks.append(Task(variant, "fsbench", ("crowd", "/b")))
        tasks.append(Task(variant, "fsbench", ("data", "/b", str(mebibytes))))
        tasks.append(Task(variant, "fsbench", ("new", "/b"), times=3))
        if variant in ("shared", "isolated"):
            tasks.append(Task(variant, "fsbench", ("dirs", "/b", str(files))))
            tasks.append(Task(variant, "fsbench", ("rm", "/b", "80000")))
            tasks += [Task(variant, "fsbench", ("growth", "/b", size)) for size in ("1", "100", "1000")]
            tasks.append(Task(variant, "fsbench-content", ("packed", "/b", str(mebibytes), "/content.bin")))
        elif not (quick and variant == "node-wasi"):
            # Once each: no bound hangs on these, and where lookups are linear a million files take many minutes.
            count = str(files) if variant == "native" else "0"
            tasks.append(Task(variant, "fsbench", ("dirs", "/b", count), rounds_max=1))
    return tasks


def sqlite_tasks(variants: list[str]) -> list[Task]:
    tasks = [Task(FLOOR, "sqlitebench", (":memory:",))]
    for variant in variants:
        if variant not in ("memfs", "wasmfs"):
            tasks.append(Task(variant, "sqlitebench", ("/b",)))
    return tasks


def in_turns(due: list[Task]) -> list[list[Task]]:
    """Runs that belong together: the two placements of one task are a pair, so that the machine's slow minutes meet
    both; every other task stands alone."""
    turns: dict[tuple, list[Task]] = {}
    for number, task in enumerate(due):
        placed = task.variant in PLACEMENTS
        nth = sum(task == other for other in due[:number])
        turns.setdefault((task.guest, task.arguments, nth) if placed else (number,), []).append(task)
    return list(turns.values())


def run_rounds(shop: Workshop, tasks: list[Task], rounds: int, seed: int) -> tuple[Samples, dict[str, str], int]:
    """Returns the figures, the tasks that failed with what they said, and the number of whole rounds.

    A task that failed is not tried again. An interrupt ends the rounds, and what was measured so far is reported.
    """
    samples: Samples = defaultdict(lambda: defaultdict(list))
    failures: dict[str, str] = {}
    order = random.Random(seed)
    for number in range(rounds):
        turns = in_turns([task for task in tasks if number < task.rounds_max for _ in range(task.times)])
        order.shuffle(turns)
        note(f"round {number + 1} of {rounds}: {sum(map(len, turns))} processes")
        try:
            for turn in turns:
                order.shuffle(turn)
                run_turn(shop, [task for task in turn if task.name not in failures], samples, failures)
        except KeyboardInterrupt:
            note(f"interrupted in round {number + 1}")
            return samples, failures, number
    return samples, failures, rounds


def run_turn(shop: Workshop, turn: list[Task], samples: Samples, failures: dict[str, str]) -> None:
    figures = {task.variant: run_and_keep(shop, task, samples, failures) for task in turn}
    shared, isolated = (figures.get(placement, {}) for placement in PLACEMENTS)
    for name in shared.keys() & isolated.keys():
        if isolated[name]:
            samples[PAIRED][name].append(shared[name] / isolated[name])


def run_and_keep(shop: Workshop, task: Task, samples: Samples, failures: dict[str, str]) -> dict[str, float]:
    try:
        figures = run_task(shop, task)
    except (RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as error:
        failures[task.name] = str(error)
        note(f"{task.name}: {error}")
        return {}
    for name, value in figures.items():
        samples[task.variant][name].append(value)
        floor = figures.get(f"floor.{name}")
        if floor:
            samples[task.variant][f"ratio.{name}"].append(value / floor)
    return figures
