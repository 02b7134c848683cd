"""Runs a command and prints its seconds of wall time and its peak memory in bytes: peak.py SECONDS_MAX COMMAND...

A process of its own, because a child inherits the peak of the process that forked it until its own is
higher, and the benchmark itself grows to more than what it measures.
"""
import resource
import subprocess
import sys
import time

start = time.monotonic()
code = subprocess.run(sys.argv[2:], stdout=sys.stderr, timeout=float(sys.argv[1])).returncode
print(time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
sys.exit(code != 0)
