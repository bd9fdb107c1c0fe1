"""A stand-in for Nomad's HTTP API, which does not run from Debian packages: it gives the answers that Nomad 2.0.5 gave.

    with NomadServer() as nomad:
        nomad.answers["parse"] = "parse-unsupported"     # names of recordings/nomad.json
        run("render-jobspec", ..., env={"NOMAD_ADDR": nomad.url})
        nomad.requests                                    # [Request(path, query, headers, body)]

`NomadServer(socket="/path")` listens on a socket of the file system, `token="..."` wants that token, `certificate=(cert, key)` speaks TLS.
The recordings are whole answers of a real server, made by sending what their names say.
"""

import http.server
import json
import os
import pathlib
import socketserver
import ssl
import threading
import urllib.parse
from dataclasses import dataclass

RECORDINGS = json.loads((pathlib.Path(__file__).parent / "recordings" / "nomad.json").read_text())


@dataclass
class Request:
    path: str
    query: dict
    headers: dict
    body: dict


class _TcpServer(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class NomadServer:
    def __init__(self, socket=None, token=None, certificate=None):
        self.answers = {"parse": "parse-ok", "validate": "validate-ok", "plan": "plan-unchanged"}
        self.requests = []
        self._token = token
        self._socket = socket
        handler = type("Handler", (_Handler,), {"nomad": self})
        self._server = _UnixServer(str(socket), handler) if socket else _TcpServer(("127.0.0.1", 0), handler)
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.url = f"unix://{socket}" if socket else f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request):
        """Status, content type and body."""
        if self._token and request.headers.get("x-nomad-token") != self._token:
            name = "forbidden"
        elif request.path == "/v1/jobs/parse":
            name = self.answers["parse"]
        elif request.path == "/v1/validate/job":
            name = self.answers["validate"]
        elif request.path.startswith("/v1/job/") and request.path.endswith("/plan"):
            name = self.answers["plan"]
        else:
            return 404, "text/plain", b""
        if not isinstance(name, str):
            return name  # a test's own
        recorded = RECORDINGS[name]
        if "json" in recorded:
            return recorded["status"], "application/json", json.dumps(recorded["json"]).encode()
        return recorded["status"], "text/plain; charset=utf-8", recorded["text"].encode()

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if self._socket:
            os.unlink(self._socket)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    nomad = None

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(url.path, dict(urllib.parse.parse_qsl(url.query)), headers, json.loads(body))
        self.nomad.requests.append(request)
        status, content_type, text = self.nomad.answer(request)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def address_string(self):
        return "client"  # a socket of the file system has no address

    def log_message(self, *_):
        pass
