#!/usr/bin/env python3
"""The .tar.gz of CPack on another Linux: in a root directory that holds nothing else, and among the files of an older
Debian (a C library that is older, locales in its format). The same commands run there and here, where the command is
the one that links shared libraries; files and words must be the same.

    other_linux.py --build DIR --box BOX.wasm --cache DIR
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/matrix"))
import cache as cached  # noqa: E402
import debian  # noqa: E402

SUITES = ["bullseye", "trixie"]  # the first that the mirror still has
ARCHIVES = {"tar": "w:", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}


def make_inputs(work, box):
    """What the commands read: a module, a directory with names beyond ASCII, and an archive of every kind."""
    shutil.copy(box, work / "box.wasm")
    tree = work / "tree"
    (tree / "grüße").mkdir(parents=True)
    (tree / "grüße/日本").write_text("hello\n")
    (tree / ("long-" * 40 + "é")).write_text("a name that needs a pax header\n")
    (tree / "link").symlink_to("grüße/日本")
    for path in sorted(tree.rglob("*")):
        os.utime(path, (1_700_000_000, 1_700_000_000), follow_symlinks=False)
    for suffix, mode in ARCHIVES.items():
        with tarfile.open(work / f"a.{suffix}", mode, format=tarfile.PAX_FORMAT) as archive:
            archive.add(tree, "tree")
    subprocess.run(["zstd", "-q", work / "a.tar", "-o", work / "a.tar.zst"], check=True)
    with zipfile.ZipFile(work / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tree / "grüße/日本", "tree/grüße/日本")
        archive.writestr(zipfile.ZipInfo("tree/Ελλάδα"), "hello\n")


def commands():
    yield ["--version"]
    yield ["--help"]
    yield ["pack", "box.wasm", "--dir", "tree::/größe", "-o", "out.wasm", "-v"]
    yield ["pack", "box.wasm", "--dir", "tree::/t", "--isolate", "--hermetic", "-o", "isolated.wasm", "-v"]
    for suffix in [*ARCHIVES, "tar.zst", "zip"]:
        yield ["pack", "box.wasm", "--tar", f"a.{suffix}", "-o", f"{suffix}.wasm"]
    yield ["pack", "box.wasm", "--dir", "missing", "-o", "none.wasm"]
    yield ["inspect", "out.wasm"]
    yield ["strace", "--link-only", "-o", "traced.wasm", "out.wasm"]


def results(prefix, work):
    """What every command prints and returns, then every file that they made."""
    found = {}
    for words in commands():
        done = subprocess.run([*map(str, prefix), *words], cwd=work, capture_output=True, text=True, timeout=120,
                              env={"PATH": os.environ["PATH"], "TZ": "UTC0"})
        found[" ".join(words)] = (done.returncode, done.stdout, done.stderr)
    for path in sorted(work.glob("*.wasm")):
        found[path.name] = path.read_bytes()
    return found


def enter(root, *words):
    """A command with `root` as its root directory and /work as its working directory."""
    how = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
    return [*how, sys.executable, "-c", "import os, sys; os.chroot(sys.argv[1]); os.chdir('/work');"
            " os.execv(sys.argv[2], sys.argv[2:])", root, *words]


def differences(expected, found):
    for name in expected.keys() | found.keys():
        if expected.get(name) != found.get(name):
            yield f"  {name}: {str(expected.get(name))[:300]}\n  is here: {str(found.get(name))[:300]}"


def older_debian(cache):
    for name in SUITES:
        suite = debian.Suite(cache, name)
        try:
            suite.install(["base-files", "libc6", "libc-bin"])
            return suite
        except RuntimeError as error:
            if name == SUITES[-1]:
                raise
            print(f"{name}: {str(error).splitlines()[-1]}")


def main():
    parser = argparse.ArgumentParser()
    for name in ("build", "box", "cache"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    options = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        cached.run(["cpack", "--config", options.build / "CPackConfig.cmake", "-G", "TGZ", "-B", scratch / "packages"])
        [package] = (scratch / "packages").glob("*.tar.gz")
        cached.run(["tar", "xzf", package, "-C", scratch, "--strip-components=1"])
        binary = scratch / "bin/mayfly"
        if "INTERP" in cached.run(["readelf", "--program-headers", "--wide", binary]):
            sys.exit(f"{package.name}: bin/mayfly wants shared libraries. Is one of these missing? "
                     "nettle-dev liblzma-dev libzstd-dev libbz2-dev")

        (scratch / "inputs").mkdir()
        make_inputs(scratch / "inputs", options.box)
        shutil.copytree(scratch / "inputs", scratch / "here", symlinks=True)
        expected = results([options.build.resolve() / "mayfly"], scratch / "here")

        cache = cached.Cache(options.cache)
        with cache.lock():
            suite = older_debian(cache)
        shutil.copytree(suite.root, scratch / suite.name, symlinks=True)
        (scratch / "nothing").mkdir()
        for place in ("nothing", suite.name):
            root = scratch / place
            shutil.copytree(scratch / "inputs", root / "work", symlinks=True, dirs_exist_ok=True)
            shutil.copy(binary, root / "mayfly")
            found = list(differences(expected, results(enter(root, "/mayfly"), root / "work")))
            print(f"{'FAIL' if found else 'ok  '} {place}", *found, sep="\n")
            faults += len(found)
    sys.exit(faults != 0)


main()
