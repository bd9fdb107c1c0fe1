"""Shows one real Prometheus as Thanos shows two replicas of it: each series twice, with the label `replica`, unless it deduplicates.

    with ThanosStandIn(prometheus.url) as thanos:
        thanos.lose("a")            # that replica is gone, with all it had
        thanos.questions            # the parameters of all queries, as dicts
"""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request

from stand_in import StandIn


class ThanosStandIn(StandIn):
    def __init__(self, upstream):
        super().__init__()
        self._upstream = upstream
        self._lock = threading.Lock()
        # Replicas scrape at moments of their own; the second one's look a little earlier.
        self._replicas = {"a": 0, "b": 0.2}
        self.questions = []

    def lose(self, replica):
        with self._lock:
            del self._replicas[replica]

    def respond(self, method, path, query, headers, body, peer):
        form = {**query, **dict(urllib.parse.parse_qsl(body.decode()))}
        status, answer = self._ask(method, path, query, body)
        data = answer.get("data")
        if path == "/api/v1/query":
            self.questions.append(form)
            if form.get("dedup") == "false" and data and data["resultType"] in ("vector", "matrix"):
                data["result"] = self._of_replicas(data["result"])
        return status, "application/json", json.dumps(answer).encode()

    def _ask(self, method, path, query, body):
        url = self._upstream + path + ("?" + urllib.parse.urlencode(query) if query else "")
        request = urllib.request.Request(url, data=body or None, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def _of_replicas(self, result):
        with self._lock:
            replicas = dict(self._replicas)
        return [self._of_replica(series, name, earlier) for name, earlier in replicas.items() for series in result]

    @staticmethod
    def _of_replica(series, name, earlier):
        shown = {**series, "metric": {**series["metric"], "replica": name}}
        if "values" in series:
            shown["values"] = [[round(time - earlier, 3), value] for time, value in series["values"]]
        return shown
