#!/usr/bin/env python3
"""A corpus of random bytes for fuzzers whose inputs are sequences of calls: random_corpus.py OUT --count N --bytes MOST

The same bytes every time. Lengths are spread evenly up to MOST, so that short and long sequences are there.
"""
import argparse
import pathlib
import random

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("out", type=pathlib.Path)
parser.add_argument("--count", type=int, required=True)
parser.add_argument("--bytes", type=int, required=True)
options = parser.parse_args()

for number in range(options.count):
    length = options.bytes * (number + 1) // options.count
    (options.out / f"random-{number:04}").write_bytes(random.Random(number).randbytes(length))
