#!/usr/bin/env python3
"""A traced program does what the untraced one does: every guest of the matrix, packed in both placements, traced in both.

The guests print transcripts of what they find in their files, so equal output and exit code say that the file tree is the
same; esbuild's output files are read out of a hermetic module, Ruby runs under its own JavaScript. Each is traced with
everything that a trace can look at. On Node's own WASI the directory is compared as well.
"""
import concurrent.futures
import filecmp
import os
import pathlib
import shutil
import sys
import tempfile

import traced

sys.path.insert(0, str(traced.HERE.parent / "matrix"))
import runtimes  # noqa: E402

EVERYTHING = ["-y", "-v", "-r", "-T", "-C", "-s", "100"]
NODE_WASI = traced.HERE.parent / "e2e/node_wasi.mjs"


def link(options, module, out, *arguments):
    done = traced.run(options.mayfly, "strace", "--link-only", "-o", out, *arguments, module)
    assert done.returncode == 0, done.stderr.decode()


def packed_and_traced(options, cache, scratch, runtime, guest, module, pack, trace):
    """The difference to what is expected, or nothing."""
    packed, out = scratch / f"{guest.name}{pack}.wasm", scratch / f"{guest.name}{pack}{trace}.traced.wasm"
    if not packed.exists():
        done = traced.run(options.mayfly, "pack", module, "-o", packed, *([pack] if pack else []), *guest.pack, *traced.mounts(guest, cache))
        assert done.returncode == 0, done.stderr.decode()
    if guest.reads:
        # A hermetic module has no clock and no standard error, so its trace goes into a file of its own.
        link(options, module, out, "--into", "/trace", "-y", "-v", *([pack] if pack else []), *guest.pack, *traced.mounts(guest, cache))
    else:
        link(options, packed, out, *EVERYTHING, *([trace] if trace else []))
    text, wrong = "", ""
    for one in guest.runs:
        code, stdout, stderr = runtime.run(out, one.args, one.env, guest.ruby, guest.reads)
        text += stdout
        if code:
            wrong += f"exit code {code}: {stderr[-1500:]}\n"
        elif one.stderr_has not in stderr:
            wrong += f"stderr lacks {one.stderr_has!r}\n"
        if not guest.reads and " total\n" not in stderr[-300:] and not guest.ruby:
            wrong += f"the trace has no end: {stderr[-300:]!r}\n"
    if text != guest.expected.read_text():
        wrong += "the output differs\n"
    out.unlink()
    return wrong


def trees_differ(a, b):
    left, right = ({str(f.relative_to(top)): f for f in sorted(top.rglob("*"))} for top in (a, b))
    if left.keys() != right.keys():
        return f"names differ: {left.keys() ^ right.keys()}"
    for name, file in left.items():
        if file.is_symlink() and os.readlink(file) != os.readlink(right[name]):
            return f"{name}: another target"
        if file.is_file() and not file.is_symlink() and not filecmp.cmp(file, right[name], shallow=False):
            return f"{name}: another content"
    return ""


def on_node_wasi(options, cache, scratch, name):
    """Unpacked, on a host whose directory both runs change."""
    guest, module = traced.guest(cache, name)
    results = []
    for kind in ("plain", "traced"):
        wasm = scratch / f"{name}.{kind}.node.wasm"
        if kind == "traced":
            link(options, module, wasm, "--no-pack", *EVERYTHING)
        else:
            shutil.copy(module, wasm)
        root = scratch / f"{name}.{kind}"
        root.mkdir()
        shutil.copytree(traced.guests.SOURCES / "assets", root / "assets", symlinks=True)
        done = traced.run(cache.node, "--no-warnings", NODE_WASI, wasm, f"/={root}", f"/assets={root}/assets", "--")
        results.append((done.returncode, done.stdout, root))
    (code, stdout, root), (traced_code, traced_stdout, traced_root) = results
    if code != traced_code:
        return f"exit codes {code} and {traced_code}"
    # The host lists a directory as it likes.
    if sorted(stdout.split()) != sorted(traced_stdout.split()):
        return "the output differs"
    return trees_differ(root, traced_root)


def main():
    options = traced.parse(__doc__)
    cache = traced.open_cache(options.cache)
    runtime = runtimes.Runtime("node26", [cache.node], modules=cache.modules)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="mayfly-strace-") as scratch, concurrent.futures.ThreadPoolExecutor(2) as pool:
        scratch = pathlib.Path(scratch)
        jobs = []
        for guest in traced.guests.GUESTS:
            guest, module = traced.guest(cache, guest.name)
            cells = [("", ""), ("", "--isolate"), ("--isolate", ""), ("--isolate", "--isolate")]
            for pack, trace in cells[::3] if guest.heavy or guest.ruby or guest.reads else cells:
                where = scratch / f"{guest.name}-{pack}-{trace}"
                where.mkdir()
                label = f"{guest.name:18} packed {pack[2:] or 'shared':8} traced {trace[2:] or 'shared':8}"
                jobs.append((label, pool.submit(packed_and_traced, options, cache, where, runtime, guest, module, pack, trace)))
        for name in ("files-c", "files-rust", "files-as"):
            where = scratch / f"node-{name}"
            where.mkdir()
            jobs.append((f"{name:18} unpacked, on Node's own WASI", pool.submit(on_node_wasi, options, cache, where, name)))
        for label, job in jobs:
            wrong = job.result()
            print(f"{'FAIL' if wrong else 'same'} {label}{': ' + wrong if wrong else ''}", flush=True)
            failed += bool(wrong)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
