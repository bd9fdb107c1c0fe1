"""A server that passes requests on to a real one, until it is told to lie, break or stall.

    with FaultProxy(prometheus.url) as proxy:
        proxy.answer(503, headers={"Retry-After": "1"}, times=2)     # then passes on again
        proxy.answer(200, "<html>Sign in</html>", path="/api/")      # only for paths that hold "/api/"; "?x=1$": that end so; "PUT /v2": of that method
        proxy.cut(after=10)      # passes the real answer on, but only its first bytes, and hangs up
        proxy.reset()            # hangs up without an answer
        proxy.swallow()          # passes the request on and hangs up instead of answering
        proxy.stall()            # reads the request and never answers
        proxy.let_pass(times=2)  # passes two on before the faults that are asked for after this
    proxy.clear()            # passes everything on

`proxy.requests` lists what came, as "METHOD path". It listens on loopback only.
"""

import http.client
import http.server
import socket
import socketserver
import struct
import threading
import urllib.parse
from dataclasses import dataclass, field

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}


@dataclass
class _Fault:
    kind: str
    path: str
    times: int  # -1 is for ever
    status: int = 0
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    after: int | None = 0  # None: all of it

    def fits(self, request):
        return request.endswith(self.path[:-1]) if self.path.endswith("$") else self.path in request


class FaultProxy:
    def __init__(self, upstream):
        self.upstream = urllib.parse.urlsplit(upstream)
        self.requests = []
        self._faults = []
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def answer(self, status, body="", headers=None, path="", times=-1):
        self._add(_Fault("answer", path, times, status, body.encode() if isinstance(body, str) else body, headers or {}))

    def cut(self, after, path="", times=-1):
        self._add(_Fault("cut", path, times, after=after))

    def reset(self, path="", times=-1):
        self._add(_Fault("reset", path, times))

    def swallow(self, path="", times=-1):
        self._add(_Fault("swallow", path, times))

    def stall(self, path="", times=-1):
        self._add(_Fault("stall", path, times))

    def let_pass(self, path="", times=1):
        self._add(_Fault("pass", path, times, after=None))

    def clear(self):
        with self._lock:
            self._faults.clear()

    def amend(self, method, path, body, answer):
        """For servers that are the real one and a little more: what becomes of its (status, headers, content)."""
        return answer

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def host(self):
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _add(self, fault):
        with self._lock:
            self._faults.append(fault)

    def _fault_for(self, request):
        with self._lock:
            for fault in self._faults:
                if fault.fits(request) and fault.times != 0:
                    fault.times -= 1 if fault.times > 0 else 0
                    return fault
        return None


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # HTTPServer would ask the DNS for this machine's name

    def handle_error(self, request, client_address):
        pass  # clients that hang up are what this server is for


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner = None

    def log_message(self, format, *arguments):
        pass

    def _serve(self):
        body = self._body()
        self.owner.requests.append(f"{self.command} {self.path}")
        fault = self.owner._fault_for(f"{self.command} {self.path}")
        if fault and fault.kind == "stall":
            self.owner._closing.wait(120)
            self._hang_up()
        elif fault and fault.kind == "reset":
            self._hang_up()
        elif fault and fault.kind == "answer":
            self._reply(fault.status, fault.headers.items(), fault.body)
        else:
            self._pass_on(body, fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = b""
            while size := int(self.rfile.readline(1024).partition(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline(8)
            self.rfile.readline(8)
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _pass_on(self, body, fault):
        connection = http.client.HTTPConnection(self.owner.upstream.hostname, self.owner.upstream.port, timeout=60)
        try:
            # A client may send one header several times, as Go's sends Accept.
            headers = {name: ", ".join(self.headers.get_all(name)) for name in self.headers if name.lower() not in _HOP_BY_HOP | {"content-length"}}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
        except OSError:
            self._hang_up()
            return
        finally:
            connection.close()
        status, kept, content = self.owner.amend(self.command, self.path, body, (answer.status, kept, content))
        if fault and fault.kind == "swallow":
            self._hang_up()
        else:
            self._reply(status, kept, content, fault.after if fault else None)

    def _reply(self, status, headers, content, cut_after=None):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content if cut_after is None else content[:cut_after])
        if cut_after is not None:
            self.wfile.flush()
            self._hang_up()

    def _hang_up(self):
        self.close_connection = True
        # Without lingering the kernel sends a reset, as a crashed server's would.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
