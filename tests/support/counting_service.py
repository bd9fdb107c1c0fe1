"""A service that only counts: its counters grow at rates that a test sets, exposed as Prometheus reads them.

    with CountingService(commit="abc") as service:
        service.set_rates(good=200, bad=0)
        prometheus = start_prometheus(targets=[service.address])
        service.restart(commit="def")        # a new process at the same address: counters at 0, another start time
        service.counts()                     # (good, bad) as they are now
        service.fail()                       # from now on each scrape fails

It exposes `app_requests_total{code="200"|"500"}`, `app_latency_seconds_bucket{le=...}` and `_count` (good requests are those within
0.5 s), `app_build_info{commit}`, and `process_start_time_seconds`. A code that never occurred is not exposed, as most services do it.
"""

import http.server
import socketserver
import threading
import time


class CountingService:
    def __init__(self, commit="old", delay=0):
        """`delay`: seconds that an answer to a scrape takes."""
        self._lock = threading.Lock()
        self._delay = delay
        self._rates = (0, 0)
        self._fails = False
        self._begin(commit)

    def _begin(self, commit):
        self._commit = commit
        self._started = time.time()
        self._counted = (0.0, 0.0)
        self._since = time.monotonic()

    def _settle(self):
        """Moves what the rates have counted so far into the counters."""
        now = time.monotonic()
        self._counted = tuple(count + rate * (now - self._since) for count, rate in zip(self._counted, self._rates))
        self._since = now

    def set_rates(self, good, bad):
        """Events in a second from now on."""
        with self._lock:
            self._settle()
            self._rates = (good, bad)

    def restart(self, commit):
        with self._lock:
            self._begin(commit)

    def fail(self):
        self._fails = True

    def counts(self):
        with self._lock:
            self._settle()
            return tuple(int(count) for count in self._counted)

    @property
    def address(self):
        return f"127.0.0.1:{self._server.server_address[1]}"

    def exposition(self):
        good, bad = self.counts()
        lines = [f'app_build_info{{commit="{self._commit}"}} 1', f"process_start_time_seconds {self._started}"]
        lines += [f'app_requests_total{{code="{code}"}} {count}' for code, count in (("200", good), ("500", bad)) if count]
        lines += [f'app_latency_seconds_bucket{{le="{le}"}} {count}' for le, count in (("0.5", good), ("1", good + bad), ("+Inf", good + bad))]
        lines += [f"app_latency_seconds_count {good + bad}"]
        return "\n".join(lines) + "\n"

    def __enter__(self):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = service.exposition().encode()
                time.sleep(service._delay)
                self.send_response_only(500 if service._fails else 200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *arguments):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # HTTPServer would ask the DNS for this machine's name

    def handle_error(self, request, client_address):
        pass  # Prometheus hangs up when it is ended
