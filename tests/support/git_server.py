#!/usr/bin/python3
"""A Git server for tests and demonstrations: Git's own http-backend behind a small HTTP server.

As a module:

    with GitServer(folder) as server:
        url = server.create("team/gitops.git")      # http://127.0.0.1:41873/team/gitops.git
        subprocess.run(["git", "clone", url])

As a program (prints the base URL on stdout as soon as it listens, ends on SIGTERM or SIGINT):

    git_server.py --root DIR [--port N] [--user NAME --password-file FILE] [--create NAME.git]...

It listens on loopback only. Git's "smart" protocol does all the work, so what the server does with
a push, a shallow fetch or a partial clone is what a real one does.
"""

import argparse
import base64
import hmac
import http.server
import os
import pathlib
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import urllib.parse

_BLOCK = 64 * 1024
# A client that stops in the middle of a request must not hold its thread for ever.
_IDLE_SECONDS = 60


class GitServer:
    """Serves the bare repositories below `root` until stop() is called.

    port 0 takes a free one. With `user` and `password` every request without them gets a 401. With `old` it speaks protocol 0 only,
    as servers did before 2018: what is wanted must be a branch's tip, unless a repository's settings say otherwise.
    """

    def __init__(self, root, port=0, user=None, password=None, old=False):
        if (user is None) != (password is None):
            raise ValueError("a user needs a password, and a password needs a user")
        self.root = pathlib.Path(root).resolve()
        self._port = port
        self._old = old
        self._credentials = None if user is None else f"{user}:{password}"
        self._http = None
        self._thread = None
        self._settings = None

    def start(self):
        self.root.mkdir(parents=True, exist_ok=True)
        self._settings = pathlib.Path(tempfile.mkdtemp(prefix="git-server."))
        try:
            # Repositories of another user ("dubious ownership") are served as well. A file, because
            # Git heeds safe.directory from there in all of its child processes.
            (self._settings / "gitconfig").write_text(
                "[safe]\n\tdirectory = *\n[gc]\n\tauto = 0\n[receive]\n\tautogc = false\n"
            )
            self._http = _Server(("127.0.0.1", self._port), _Handler)
        except BaseException:
            shutil.rmtree(self._settings)
            raise
        self._http.root = self.root
        self._http.credentials = self._credentials
        self._http.old = self._old
        self._http.backend_environment = self._backend_environment()
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def stop(self):
        if self._http is None:
            return
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        self._http.hang_up()
        self._http = None
        shutil.rmtree(self._settings, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def port(self):
        return self._http.server_address[1]

    @property
    def url(self):
        """The base URL, without a slash at its end and without credentials."""
        return f"http://127.0.0.1:{self.port}"

    def create(self, name, branch="main"):
        """Makes an empty bare repository that takes pushes and partial clones; returns its URL."""
        self.create_below(self.root, name, branch)
        return f"{self.url}/{urllib.parse.quote(name)}"

    @staticmethod
    def create_below(root, name, branch="main"):
        repository = pathlib.Path(root) / name
        environment = _without_git_variables()

        def git(*arguments):
            subprocess.run(["git", *arguments], check=True, env=environment)

        # An empty template: the server's repositories have none of the machine's hooks.
        git("init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", str(repository))
        for key in ("http.receivepack", "uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            git("--git-dir", str(repository), "config", key, "true")
        return repository

    def _backend_environment(self):
        return {
            **_without_git_variables(),
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(self._settings / "gitconfig"),
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_SOFTWARE": "git_server.py",
        }


def _without_git_variables():
    """The environment without GIT_DIR and the like: a hook that runs tests has them set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    # Many clients start at the same moment in tests of lost updates.
    request_queue_size = 128

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._backends = set()
        self._connections = set()
        self._lock = threading.Lock()

    def server_bind(self):
        # HTTPServer would ask the DNS for this machine's name, and wait where there is none.
        socketserver.TCPServer.server_bind(self)

    def process_request_thread(self, request, client_address):
        with self._lock:
            self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.discard(request)

    def start_backend(self, environment):
        with self._lock:
            backend = subprocess.Popen(
                ["git", "http-backend"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # its children are found by its group
            )
            self._backends.add(backend)
        return backend

    def end_backend(self, backend):
        """Ends the process and its children if they still run, and collects it."""
        with self._lock:
            if backend not in self._backends:
                return
            self._backends.remove(backend)
        if backend.poll() is None:
            try:
                os.killpg(backend.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        backend.wait()

    def hang_up(self):
        """Ends what is under way; a stopped server answers nobody, on no connection."""
        with self._lock:
            for connection in self._connections:
                _stop_reading_and_writing(connection)
            running = list(self._backends)
        for backend in running:
            self.end_backend(backend)

    def handle_error(self, request, client_address):
        # A client that hangs up is an everyday event, all else is a mistake in this file.
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def _stop_reading_and_writing(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # closed already


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    # Small answers would otherwise wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def log_message(self, format, *arguments):
        pass

    def _serve(self):
        if not self._authorized():
            for _ in self._body():
                pass
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        backend = self.server.start_backend(self._environment())
        feeder = threading.Thread(target=self._feed, args=(backend,), daemon=True)
        feeder.start()
        try:
            self._answer(backend)
        except OSError:
            self.close_connection = True
            _stop_reading_and_writing(self.connection)
        finally:
            feeder.join()
            self.server.end_backend(backend)
            backend.stdout.close()

    def _authorized(self):
        if self.server.credentials is None:
            return True
        kind, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except ValueError:
            return False
        return hmac.compare_digest(given, self.server.credentials.encode())

    def _environment(self):
        path, _, query = self.path.partition("?")
        environment = {
            **self.server.backend_environment,
            "REQUEST_METHOD": self.command,
            "PATH_INFO": urllib.parse.unquote(path),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "REMOTE_ADDR": self.client_address[0],
        }
        if self.server.credentials is not None:
            environment["REMOTE_USER"] = self.server.credentials.partition(":")[0]
        # Without a length (a chunked body) http-backend reads to the end of its input.
        if "Content-Length" in self.headers:
            environment["CONTENT_LENGTH"] = self.headers["Content-Length"]
        for header, variable in (
            ("Content-Encoding", "HTTP_CONTENT_ENCODING"),  # http-backend unpacks gzip itself
            ("Git-Protocol", "GIT_PROTOCOL"),
        ):
            if header in self.headers and not (header == "Git-Protocol" and self.server.old):
                environment[variable] = self.headers[header]
        return environment

    def _feed(self, backend):
        """Hands the request's body over while the answer is already on its way back."""
        wanted = True
        try:
            for block in self._body():
                # When Git refuses early, the rest is read all the same: a connection that closes
                # while the client still sends takes the answer with it.
                if wanted:
                    try:
                        backend.stdin.write(block)
                    except OSError:
                        wanted = False
        except (OSError, ValueError):
            self.close_connection = True  # the client went away or sent nonsense
        finally:
            try:
                backend.stdin.close()
            except OSError:
                pass

    def _body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            yield from self._chunks()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0:
            block = self.rfile.read1(min(left, _BLOCK))
            if not block:
                raise ValueError("the body is shorter than its Content-Length")
            left -= len(block)
            yield block

    def _chunks(self):
        while True:
            size = int(self.rfile.readline(1024).partition(b";")[0], 16)
            if size == 0:
                while self.rfile.readline(_BLOCK).strip():
                    pass  # trailers
                return
            chunk = self.rfile.read(size)
            if len(chunk) != size or self.rfile.readline(8).strip():
                raise ValueError("a chunk of the body is broken")
            yield chunk

    def _answer(self, backend):
        status, reason, headers = 200, None, []
        while True:
            line = backend.stdout.readline(_BLOCK)
            if line in (b"\r\n", b"\n"):
                break
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                self.close_connection = True
                self.send_error(502, "git http-backend gave no answer")
                return
            if name.lower() == "status":
                code, _, reason = value.strip().partition(" ")
                status = int(code)
            else:
                headers.append((name, value.strip()))
        self.send_response(status, reason)
        for name, value in headers:
            self.send_header(name, value)
        measured = any(name.lower() == "content-length" for name, _ in headers)
        chunked = not measured and self.request_version == "HTTP/1.1"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not measured:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        while block := backend.stdout.read1(_BLOCK):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block) if chunked else block)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")


def main():
    parser = argparse.ArgumentParser(description="Serves bare Git repositories over HTTP, on loopback only.")
    parser.add_argument("--root", required=True, help="the folder of the repositories")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--user", help="ask for this user")
    parser.add_argument("--password-file", help="and for the password in this file")
    parser.add_argument("--create", action="append", default=[], metavar="NAME.git",
                        help="make this empty repository first; may be repeated")
    options = parser.parse_args()
    if (options.user is None) != (options.password_file is None):
        parser.error("--user and --password-file go together")
    password = None
    if options.password_file is not None:
        try:
            password = pathlib.Path(options.password_file).read_text().rstrip("\n")
        except OSError as error:
            parser.error(f"--password-file: {error.strerror}: {options.password_file}")

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with GitServer(options.root, options.port, options.user, password) as server:
        for name in options.create:
            server.create(name)
        print(server.url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
