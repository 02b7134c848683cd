#!/usr/bin/env python3
"""Runs one end-to-end test: a transcript of shell commands and what they print.

    # A comment says what is tested.
      $ command                    run by bash in an empty directory of its own; `  > ` continues it
      expected output              stdout and stderr as they come; a line ending in " (glob)" may use * and ?
      [3]                          the exit code, when it is not 0

Other lines are prose. Commands of a file share one shell. In the environment: mayfly and node on PATH,
BOX (box.c compiled: a toolbox that runs as a WASI program), E2E (this directory).
--update writes what was printed into the file, for a person to review; glob lines that match are kept.
"""
import argparse
import difflib
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT = 120  # of a whole file, in seconds


class Step:
    def __init__(self, line):
        self.line = line          # of the file, where the command starts
        self.command = []
        self.expected = []


def parse(text):
    """Steps, and for each line of the file the step it expects output of, or None."""
    steps, owner = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("  $ "):
            steps.append(Step(number))
            steps[-1].command.append(line[4:])
            owner.append(None)
        elif line.startswith("  > ") and steps:
            steps[-1].command.append(line[4:])
            owner.append(None)
        elif line.startswith("  ") and steps:
            steps[-1].expected.append(line[2:])
            owner.append(steps[-1])
        else:
            owner.append(None)
    return steps, owner


def run(steps, path, variables, prepare=lambda work: None):
    """What each step printed, with its exit code as a last line "[N]" unless it is 0.

    `path` comes first on PATH, `variables` are added to the environment, and prepare(directory) may put files into the
    directory where the commands start."""
    mark = "=== mayfly e2e step"
    # The commands are read from a file and not from stdin, which stays theirs (and empty).
    script = "exec 2>&1\n"
    for i, step in enumerate(steps):
        script += "\n".join(step.command) + f'\nstep_code=$?; echo; echo "{mark} {i} $step_code"\n'
    with tempfile.TemporaryDirectory(prefix="mayfly-e2e-") as scratch:
        root = pathlib.Path(scratch)
        (root / "work").mkdir()
        prepare(root / "work")
        (root / "tmp").mkdir()
        (root / "script").write_text(script)
        environment = {
            "PATH": f"{path}:{os.environ['PATH']}", "HOME": scratch, "TMPDIR": f"{scratch}/tmp", "LC_ALL": "C.UTF-8",
            "TZ": "UTC", "NO_COLOR": "1", **variables,
        }
        try:
            done = subprocess.run(["bash", root / "script"], cwd=root / "work", env=environment,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=TIMEOUT)
            output = done.stdout.decode(errors="backslashreplace")
        except subprocess.TimeoutExpired as error:
            output = (error.stdout or b"").decode(errors="backslashreplace") + f"\n(no end after {TIMEOUT} s)\n"
        leftovers = sorted(path.name for path in (root / "tmp").iterdir())
    results, rest = [], output.replace(scratch, "$SCRATCH")
    for i in range(len(steps)):
        text, found, rest = rest.partition(f"\n{mark} {i} ")
        code, _, rest = rest.partition("\n")
        lines = text.splitlines()
        if found and code != "0":
            lines.append(f"[{code}]")
        results.append(lines)
    if leftovers and results:
        results[-1].append(f"(temporary files left behind: {' '.join(leftovers)})")
    return results


def matches(expected, actual):
    if expected.endswith(" (glob)"):
        # Only * and ? are special: brackets are too common in what tools print.
        return fnmatch.fnmatchcase(actual, re.sub(r"\[", "[[]", expected[:-7]))
    return expected == actual


def same(expected, actual):
    return len(expected) == len(actual) and all(map(matches, expected, actual))


def updated(text, steps, owner, results):
    """The file with the printed output in the place of what it expected."""
    ends = {step.line + len(step.command) - 1: i for i, step in enumerate(steps)}
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if owner[number - 1] is None:
            lines.append(line)
        if number in ends:
            i = ends[number]
            lines += ["  " + out for out in (steps[i].expected if same(steps[i].expected, results[i]) else results[i])]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--box", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    failed = 0
    for file in options.files:
        text = file.read_text()
        steps, owner = parse(text)
        results = run(steps, pathlib.Path(options.mayfly).resolve().parent,
                      {"BOX": str(pathlib.Path(options.box).resolve()), "E2E": str(HERE)})
        wrong = [i for i, step in enumerate(steps) if not same(step.expected, results[i])]
        if options.update and wrong:
            file.write_text(updated(text, steps, owner, results))
            print(f"{file}: {len(wrong)} steps written")
            continue
        for i in wrong:
            print(f"{file}:{steps[i].line}: $ {steps[i].command[0]}")
            print("\n".join(list(difflib.unified_diff(steps[i].expected, results[i], "expected", "actual",
                                                      lineterm="", n=2))[2:]))
        failed += bool(wrong) or not steps
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
