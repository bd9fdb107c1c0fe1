"""A service that only counts: its counters grow at rates that a test sets, or by what a test adds, exposed as Prometheus reads them.

    with CountingService(commit="abc") as service:
        service.set_rates(good=200, bad=0)
        service.count(good=30, bad=2)        # at once, in one scrape
        prometheus = start_prometheus(targets=[service.address])
        service.restart(commit="def", good=3, bad=1)    # a new process at the same address, which has counted that already
        service.counts()                     # (good, bad) as they are now
        service.sum_of_lives()               # the same of all processes together
        service.fail()                       # from now on each scrape fails

It exposes `app_requests_total{code="200"|"500"}`, `app_latency_seconds_bucket{le=...}` and `_count` (good requests are those within
0.5 s), `app_queue_length` (a gauge, up and down), `app_build_info{commit}`, and `process_start_time_seconds`. A code that never occurred is not
exposed, as most services do it.

    SampleService(...)      # the same under the names of the sample service: myapp_api_requests_total{status_code}, myapp_api_request_latency_seconds_..., myapp_build_info{commit}

    with SharedAddress(one, other) as both: ...     # what a Service in front of pods shows: each scrape reaches the next of them
"""

import http.server
import itertools
import socketserver
import threading
import time


class _Exposed:
    """What is scraped at an address of its own; `_scrape` gives status and text."""

    _delay = 0

    @property
    def address(self):
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        exposed = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, text = exposed._scrape()
                time.sleep(exposed._delay)
                self.send_response_only(status)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format, *arguments):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class CountingService(_Exposed):
    def __init__(self, commit="old", delay=0, good=0, bad=0, age=0, shows_start=True, labels=""):
        """`delay`: seconds that an answer to a scrape takes; `good`, `bad`: what it has counted in the `age` seconds of its life;
        `shows_start`: whether it exposes process_start_time_seconds; `labels`: more of them, as text, on what counts requests."""
        self._lock = threading.Lock()
        self._delay = delay
        self._shows_start = shows_start
        self._labels = labels and "," + labels
        self._rates = (0, 0)
        self._fails = False
        self._lives_before = (0, 0)
        self._scrapes = 0
        self._begin(commit, good, bad, age)

    def _begin(self, commit, good=0, bad=0, age=0):
        self._commit = commit
        self._started = time.time() - age
        self._counted = (float(good), float(bad))
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

    def count(self, good=0, bad=0):
        with self._lock:
            self._settle()
            self._counted = (self._counted[0] + good, self._counted[1] + bad)

    def restart(self, commit, good=0, bad=0):
        with self._lock:
            self._settle()
            self._lives_before = tuple(before + int(count) for before, count in zip(self._lives_before, self._counted))
            self._begin(commit, good, bad)

    def fail(self):
        self._fails = True

    def counts(self):
        with self._lock:
            self._settle()
            return tuple(int(count) for count in self._counted)

    def sum_of_lives(self):
        now = self.counts()
        return tuple(before + count for before, count in zip(self._lives_before, now))

    def exposition(self):
        with self._lock:
            self._settle()
            good, bad = (int(count) for count in self._counted)
            commit, started = self._commit, self._started
            self._scrapes += 1
        lines = [f'app_build_info{{commit="{commit}"}} 1', f"app_queue_length {self._scrapes + self._scrapes % 2 * 3}"]
        lines += [f"process_start_time_seconds {started}"] if self._shows_start else []
        lines += [f'app_requests_total{{code="{code}"{self._labels}}} {count}' for code, count in (("200", good), ("500", bad)) if count]
        lines += [f'app_latency_seconds_bucket{{le="{le}"}} {count}' for le, count in (("0.5", good), ("1", good + bad), ("+Inf", good + bad))]
        lines += [f"app_latency_seconds_count {good + bad}"]
        return "\n".join(lines) + "\n"

    def _scrape(self):
        return 500 if self._fails else 200, self.exposition()


class SampleService(CountingService):
    def exposition(self):
        text = super().exposition().replace("app_requests_total{code=", "myapp_api_requests_total{status_code=").replace("app_build_info", "myapp_build_info")
        return text.replace("app_latency_seconds", "myapp_api_request_latency_seconds")


class SharedAddress(_Exposed):
    def __init__(self, *services):
        self._turns = itertools.cycle(services)

    def _scrape(self):
        return next(self._turns)._scrape()


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # HTTPServer would ask the DNS for this machine's name

    def handle_error(self, request, client_address):
        pass  # Prometheus hangs up when it is ended
