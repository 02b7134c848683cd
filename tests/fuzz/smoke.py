#!/usr/bin/env python3
"""A fuzzer's run in ./check: smoke.py FUZZER CORPUS OPTION...

The same inputs every time: what libFuzzer finds goes into a directory of this run, not into the corpus, where it
would be read again by the next run.
"""
import subprocess
import sys
import tempfile

fuzzer, corpus, *options = sys.argv[1:]
with tempfile.TemporaryDirectory(prefix="mayfly-fuzz-") as found:
    sys.exit(subprocess.run([fuzzer, "-seed=1", "-print_final_stats=1", *options, found, corpus]).returncode)
