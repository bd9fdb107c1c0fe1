"""A real web server, a process of its own, that does what a test wants to each request, and writes down each request it saw.

    with ProbedServer(folder) as server:
        server.behave("502")         # ok, 502, reset, truncated, slow, moved, from the next request on
        server.set_version("2")      # of the X-Version header
        with server.down(): ...      # nobody listens; what is under way is answered first
        server.seen()                # {"ok": 812, "502": 14}: requests that reached it, by what it did

Files of its folder steer it, so that a command that a step runs can do so, too: `behaviour` and `version`.
"""

import collections
import contextlib
import http.server
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from servers import answers, free_port, wait_for

SLOW = 2  # seconds


class ProbedServer:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/health"
        self._process = None
        (self.folder / "seen").touch()
        self.set_version("1")
        self.behave("ok")

    def behave(self, behaviour):
        self._write("behaviour", behaviour)

    def set_version(self, version):
        self._write("version", version)

    def _write(self, name, text):
        new = self.folder / (name + ".new")
        new.write_text(text)
        new.rename(self.folder / name)

    def seen(self):
        return collections.Counter((self.folder / "seen").read_text().split())

    def start(self):
        command = [sys.executable, "-B", __file__, str(self.folder), str(self.port)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        wait_for(lambda: answers(f"http://127.0.0.1:{self.port}/ready"), "the probed server to answer")

    def stop(self):
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            assert self._process.wait(20) == 0
            self._process = None

    @contextlib.contextmanager
    def down(self):
        self.stop()
        yield
        self.start()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/ready":
            return self._answer(200, b"ready")
        folder = self.server.folder
        behaviour = (folder / "behaviour").read_text().strip()
        with (folder / "seen").open("a") as seen:  # one short line is written at once
            seen.write(behaviour + "\n")
        if behaviour == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        elif behaviour == "truncated":
            self._answer(200, b"half", length=100)
            self.close_connection = True
        elif behaviour == "moved":
            self._answer(301, b"", location="/elsewhere")
        else:
            time.sleep(SLOW if behaviour == "slow" else 0)
            with contextlib.suppress(OSError):  # nobody waits for a slow one
                self._answer(502 if behaviour == "502" else 200, b'{"status":"ok"}')

    def _answer(self, status, body, length=None, **headers):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("X-Version", (self.server.folder / "version").read_text().strip())
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = False  # what is under way is answered before the process ends

    def shutdown_request(self, request):
        self.close_request(request)  # without a FIN before it, so that SO_LINGER makes it a reset


def serve(folder, port):
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.folder = folder
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever(0.02)


if __name__ == "__main__":
    serve(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
