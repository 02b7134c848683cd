"""Headless Chromium as a runtime: a page asks us for jobs and posts what the guests printed.

Everything goes over a server on a free loopback port that lives as long as the Browser object.
"""
import http.server
import json
import pathlib
import queue
import shutil
import subprocess
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars"]
TYPES = {".html": "text/html", ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}


def find_chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    return None


class Browser:
    """run() is called from one thread at a time. close() ends Chromium and removes its profile."""

    def __init__(self, executable, host_mjs, node_modules):
        self._files = {
            "/": HERE / "js/page.html",
            "/worker.mjs": HERE / "js/worker.mjs",
            "/hermetic.mjs": HERE / "js/hermetic.mjs",
            "/ruby.mjs": HERE / "js/ruby.mjs",
            "/host.mjs": pathlib.Path(host_mjs),
        }
        self._ruby = (pathlib.Path(node_modules) / "@ruby/wasm-wasi/dist/esm").resolve()
        self._jobs = queue.Queue()
        self._results = queue.Queue()
        self._count = 0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._profile = tempfile.mkdtemp(prefix="mayfly-chromium-")
        url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._process = subprocess.Popen(
            [executable, *FLAGS, f"--user-data-dir={self._profile}", "--remote-debugging-port=0", url],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, wasm, args, env, ruby=None, reads=None, timeout=180):
        """Returns (exit code, stdout, stderr) like every other runtime of the matrix."""
        self._count += 1
        self._files["/guest.wasm"] = pathlib.Path(wasm)
        self._jobs.put({"id": self._count, "wasm": f"/guest.wasm?{self._count}", "args": args, "env": env,
                        "ruby": ruby, "reads": reads})
        try:
            while True:
                result = self._results.get(timeout=timeout)
                if result["id"] == self._count:
                    return result["code"], result["stdout"], result["stderr"] + result["error"]
        except queue.Empty:
            alive = self._process.poll() is None
            return 124, "", f"no answer from Chromium ({'running' if alive else 'it has ended'})"

    def close(self):
        self._jobs.put(None)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _handler(browser):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.split("?")[0]
                file = browser._files.get(path)
                if not file and path.startswith("/ruby/"):
                    candidate = (browser._ruby / path[len("/ruby/"):]).resolve()
                    file = candidate if candidate.is_relative_to(browser._ruby) else None
                if not file or not file.is_file():
                    return self._answer(404, "text/plain", b"not here")
                self._answer(200, TYPES.get(file.suffix, "text/plain"), file.read_bytes())

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if self.path == "/job":
                    answer = browser._jobs.get()
                else:
                    browser._results.put(json.loads(body))
                    answer = {}
                self._answer(200, "application/json", json.dumps(answer).encode())

            def _answer(self, status, kind, body):
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.send_header("cache-control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        return Handler
