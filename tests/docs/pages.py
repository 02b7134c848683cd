#!/usr/bin/env python3
"""The page and the worker of docs/javascript.md in headless Chromium, served as a reader would serve them.

A page of the test shows each of them in a frame, waits for the word that ends its output, and sends back what it shows.
"""
import argparse
import functools
import http.server
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/matrix"))
import browser  # noqa: E402

OUTPUT = "Hello from a file that is packed into the module.\nVisitors so far: 1\n/hello/greeting.txt\n/hello/visitors.txt\n"
EXPECTED = {"page.html": OUTPUT + "The program ended with exit code 0.\n", "worker.html": OUTPUT + "Exit code 0.\n"}

WATCH = """<!doctype html><iframe src="/{page}"></iframe><script>
  const frame = document.querySelector("iframe");
  const wait = setInterval(() => {{
    const shown = frame.contentDocument?.querySelector("pre")?.textContent ?? "";
    if (!/exit code/i.test(shown)) return;
    clearInterval(wait);
    fetch("/{page}", {{method: "POST", body: shown}});
  }}, 20);
</script>"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *arguments, shown, **options):
        self.shown = shown
        super().__init__(*arguments, **options)

    def do_POST(self):
        self.shown.put(self.rfile.read(int(self.headers["content-length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def show(chromium, url, shown, profile):
    process = subprocess.Popen([chromium, *browser.FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", url],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return shown.get(timeout=120)
    except queue.Empty:
        return "(nothing within two minutes)"
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mayfly", required=True, type=pathlib.Path)
    options = parser.parse_args()
    chromium = browser.find_chromium()
    if not chromium:
        print("no Chromium on PATH: ./check installs it")
        return 1
    failures = 0
    with tempfile.TemporaryDirectory(prefix="mayfly-pages-", ignore_cleanup_errors=True) as scratch:
        site = pathlib.Path(scratch) / "site"
        shutil.copytree(ROOT / "examples/hello", site)
        subprocess.run(["clang-14", "--target=wasm32-wasi", "-O2", site / "hello.c", "-o", site / "hello.wasm"], check=True)
        subprocess.run([options.mayfly, "pack", site / "hello.wasm", "--dir", f"{site}/files::/hello",
                        "-o", site / "hello.packed.wasm", "--js", site / "host.mjs"], check=True)
        shown = queue.Queue()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, shown=shown, directory=site))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for page, expected in EXPECTED.items():
            (site / f"watch-{page}").write_text(WATCH.format(page=page))
            url = f"http://127.0.0.1:{server.server_address[1]}/watch-{page}"
            actual = show(chromium, url, shown, f"{scratch}/profile-{page}")
            if actual != expected:
                failures += 1
                print(f"{page} shows\n{actual}\nand not\n{expected}")
        server.shutdown()
    print(f"{len(EXPECTED) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
