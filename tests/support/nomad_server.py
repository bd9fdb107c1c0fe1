"""A stand-in for Nomad's HTTP API, which does not run from Debian packages: it gives the answers that Nomad 2.0.5 gave.

    with NomadServer() as nomad:
        nomad.answers["parse"] = "parse-unsupported"     # names of recordings/nomad.json
        run("render-jobspec", ..., env={"NOMAD_ADDR": nomad.url})
        nomad.requests                                    # [Request(path, query, headers, body)]

`NomadServer(socket="/path")` listens on a socket of the file system, `token="..."` wants that token, `certificate=(cert, key)` speaks TLS.
The recordings are whole answers of a real server, made by sending what their names say.
"""

import json
import pathlib
from dataclasses import dataclass

from stand_in import StandIn

RECORDINGS = json.loads((pathlib.Path(__file__).parent / "recordings" / "nomad.json").read_text())


@dataclass
class Request:
    path: str
    query: dict
    headers: dict
    body: dict


class NomadServer(StandIn):
    def __init__(self, socket=None, token=None, certificate=None):
        self.answers = {"parse": "parse-ok", "validate": "validate-ok", "plan": "plan-unchanged"}
        self.requests = []
        self._token = token
        super().__init__(socket, certificate)

    def respond(self, method, path, query, headers, body, peer):
        request = Request(path, query, headers, json.loads(body))
        self.requests.append(request)
        return self.answer(request)

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
