"""What stand-ins of servers have in common: an HTTP server on a loopback port, or on a socket of the file system, as a context manager.

A subclass has `respond(method, path, query, headers, body, peer)`, which returns status, content type and bytes of the answer, and a dict
of more headers where there are any; None ends the connection without one. `path` is without its query and as it was sent (`%2F` stays),
`query` a dict, names of headers are in lower case, `peer` is the common name in the client's certificate. `self.connection_number()` tells
within it which connection the request came on, from 1.
"""

import http.server
import itertools
import os
import socketserver
import ssl
import threading
import urllib.parse


class StandIn:
    def __init__(self, socket=None, certificate=None, client_authority=None):
        """`certificate` is (certificate, key) and makes it speak TLS."""
        self._socket = socket
        self._connections = itertools.count(1)
        self._thread_of = threading.local()  # a connection is served by one thread
        handler = type("Handler", (_Handler,), {"stand_in": self})
        self._server = _UnixServer(str(socket), handler) if socket else _TcpServer(("127.0.0.1", 0), handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            if client_authority:
                context.load_verify_locations(client_authority)
                context.verify_mode = ssl.CERT_OPTIONAL
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.url = f"unix://{socket}" if socket else f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

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

    def connection_number(self):
        return self._thread_of.number


class _Quiet:
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # clients that are cancelled hang up


class _TcpServer(_Quiet, http.server.ThreadingHTTPServer):
    pass


class _UnixServer(_Quiet, socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    pass


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in = None

    def setup(self):
        # Head and body are two packets, and the client would wait for the second; a socket of the file system knows no such delay.
        self.disable_nagle_algorithm = not isinstance(self.server, _UnixServer)
        super().setup()
        self.stand_in._thread_of.number = next(self.stand_in._connections)

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.stand_in.respond(self.command, url.path, dict(urllib.parse.parse_qsl(url.query)), headers, body, self._peer())
        if answer is None:
            self.close_connection = True
            return
        status, content_type, text, *more = answer
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text)))
        for name, value in (more[0] if more else {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _peer(self):
        certificate = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        return "".join(value for part in (certificate or {}).get("subject", ()) for name, value in part if name == "commonName")

    def address_string(self):
        return "client"  # a socket of the file system has no address

    def log_message(self, *_):
        pass
