"""Running wait-for-slo on a real Prometheus, and what its tests ask that server.

    watch = Watch(prometheus.url, *only(service), watch="8s")       # starts it
    watch.wait("counting from")                                     # until it says so
    watch.counts()                                                  # waits for its end: (good, total) of its objective
"""

import json
import signal
import threading
import urllib.parse
import urllib.request

from servers import wait_for
from steps import start

GOOD = 'app_requests_total{code="200"}'
BAD = 'app_requests_total{code="500"}'
TOTAL = "app_requests_total"


class Watch:
    def __init__(self, urls, *arguments, good=GOOD, bad=None, total=TOTAL, objective="95", watch="5s", env=None):
        """`good`, `bad`, `total`, `objective`: None leaves the option out."""
        urls = [urls] if isinstance(urls, str) else urls
        options = {"good": good, "bad": bad, "total": total, "objective": objective, "watch": watch}
        given = [word for name, value in options.items() if value for word in (f"--{name}", value)]
        self._process = start("wait-for-slo", *[word for url in urls for word in ("--prometheus-url", url)], *given, "--json", *arguments, env=env)
        self.err = ""
        self._out = None

    def wait(self, words):
        """Until a line of its log holds `words`."""
        for line in self._process.stderr:
            self.err += line
            if words in line:
                return self
        raise AssertionError(f"ended without saying '{words}':\n{self.err}")

    def started(self):
        return self.wait("counting from")

    def is_running(self):
        return self._process.poll() is None

    def cancel(self):
        self._process.send_signal(signal.SIGTERM)
        return self.finish()

    def finish(self):
        if self._out is None:
            # Not communicate(), which would lose what was read ahead behind the last line that wait() took.
            output = []
            reader = threading.Thread(target=lambda: output.append(self._process.stdout.read()))
            guard = threading.Timer(90, self._process.kill)
            reader.start()
            guard.start()
            self.err += self._process.stderr.read()
            reader.join()
            self._process.wait()
            guard.cancel()
            self._out = output[0]
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends what a failed test has left behind."""
        if self._out is None and self._process.poll() is None:
            self._process.kill()
        self.finish()

    @property
    def json(self):
        return json.loads(self.finish()._out)

    @property
    def verdict(self):
        return self.json["exit_code"], self.json["verdict"]

    @property
    def reason(self):
        return self.json["reason"]

    def counts(self, objective=0):
        found = self.json["objectives"][objective]
        return found["good"], found["total"]


def only(*services):
    return "--where", 'instance=~"' + "|".join(service.address for service in services) + '"'


def query(prometheus, expression):
    """The one number that is answered, or nothing."""
    url = f"{prometheus.url}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(url) as answer:
        result = json.loads(answer.read())["data"]["result"]
    return float(result[0]["value"][1]) if result else None


def wait_for_scrape(prometheus, service):
    """Until it was scraped at all."""
    wait_for(lambda: query(prometheus, f'app_build_info{{instance="{service.address}"}}'), "the first scrape")


def wait_for_counts(prometheus, *services):
    """Until what they have counted by now was scraped."""
    for service in services:
        counts = service.counts()
        wait_for(lambda: (query(prometheus, f'sum(app_requests_total{{instance="{service.address}"}})') or 0) >= sum(counts), "the last count")
