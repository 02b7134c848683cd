#!/usr/bin/env python3
"""That rooms/run.py finds what it looks for: a copy of the tree with one fault at a time."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

FAULTS = {  # a line at the end of a file -> what is said
    ("src/core/path.cc", '#include "abi/table.h"'): "core may not include abi/table.h",
    ("src/image/region.cc", '#include "abi/wasi_p1/types.h"'): "image may not include abi/wasi_p1/types.h",
    ("src/link/link.cc", '#include "pack/pack.h"'): "link may not include pack/pack.h",
    ("src/pack/pack.cc", '#include "sources/sources.h"'): "pack may not include sources/sources.h",
    ("src/trace/trace.cc", '#include "link/link.h"'): "trace may not include link/link.h",
    ("src/trace/trace.cc", '#include "trace/encode_native.h"'): "trace may not include trace/encode_native.h",
    ("src/base/types.h", '#include "core/vfs.h"'): "base may not include core/vfs.h",
    ("src/pack/pack.h", '#include "base/failure.h"'): "the public header includes only",
    ("src/cli/main.cc", '#include "command.h"'): "is no path below src/",
}

with tempfile.TemporaryDirectory() as scratch:
    copy = pathlib.Path(scratch)
    shutil.copy(ROOT / "CONTRIBUTING.md", copy)
    shutil.copytree(ROOT / "src", copy / "src")
    wrong = 0
    for (file, line), says in FAULTS.items():
        text = (copy / file).read_text()
        (copy / file).write_text(text + line + "\n")
        run = subprocess.run([sys.executable, HERE / "run.py", copy], capture_output=True, text=True)
        (copy / file).write_text(text)
        if run.returncode != 1 or says not in run.stdout:
            wrong += 1
            print(f"{file} with {line}: expected \"{says}\", got {run.returncode}: {run.stdout}{run.stderr}")
    sys.exit(bool(wrong))
