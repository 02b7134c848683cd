"""What the tests of this directory share: the matrix's guests, and masks for what differs from run to run."""
import argparse
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "matrix"))
import cache as cached  # noqa: E402
import guests  # noqa: E402


def parse(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--mayfly", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--update", action="store_true", help="write what is expected")
    return parser.parse_args()


def open_cache(path):
    cache = cached.Cache(path)
    with cache.lock():
        cache.npm_install()
    return cache


def guest(cache, name):
    chosen = next(g for g in guests.GUESTS if g.name == name)
    with cache.lock():
        return chosen, chosen.build(cache)


def mounts(chosen, cache):
    return [word for host, inside in chosen.mounts(cache) for word in ("--dir", f"{host}::{inside}")]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, **options)


# Times, inode numbers, addresses and random bytes.
MASKS = [(r"\b([acm]tim)=[0-9.]+", r"\1=T"), (r"\b(d_)?ino=\d+", r"\1ino=N"), (r"\b0x[0-9a-f]{4,}", "ADDRESS"),
         (r"\bt[0-9a-f]{8}\b", "tRANDOM"), (r"(random_get\()\"(\\.|[^\"\\])*\"(\.\.\.)?", r"\1RANDOM"), (r"(clock_(time|res)_get\(.*\) = )[0-9.]+", r"\1T"),
         (r"(CLOCK_\w+, )\d+", r"\1N"), (r"\bmayfly\d{8}-\d+-\w+", "mayflyRANDOM")]


def masked(line):
    for pattern, to in MASKS:
        line = re.sub(pattern, to, line)
    return line


VARYING = {"atim", "mtim", "ctim", "ino", "d_ino", "start_ns", "duration_ns"}


def masked_object(value, key=""):
    if isinstance(value, dict):
        out = {k: masked_object(v, k) for k, v in value.items()}
        if out.get("call") == "clock_time_get":
            out["result"] = 0
        if out.get("call") == "random_get":
            out["args"]["buf"]["data"] = "RANDOM"
        return out
    if isinstance(value, list):
        return [masked_object(v, key) for v in value]
    if isinstance(value, str):
        return masked(value)
    return 0 if key in VARYING else value


def shape(line):
    """What is alike in lines of the same kind: names and words, but no numbers, no strings, and lists as their first element."""
    line = re.sub(r"\"(\\.|[^\"\\])*\"(\.\.\.)?", "S", re.sub(r"-?\b\d+\b", "N", line))
    line = re.sub(r"<[^<>=]*>", "<S>", line)
    return re.sub(r"(\{[^{}]*\})(, (\{[^{}]*\}|S))+", r"\1, …", line)
