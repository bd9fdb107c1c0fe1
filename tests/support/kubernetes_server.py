"""A stand-in for the API server of Kubernetes, with PrometheusRules and ConfigMaps: it says what the API server 1.34 said.

    with KubernetesServer() as kubernetes:
        run("push-rules", ..., env={"KUBECONFIG": kubernetes.kubeconfig(tmp_path / "kubeconfig")})
        kubernetes.object("prometheusrules", "prod", "myapp")     # as stored, or None
        kubernetes.requests                                        # [Request(method, path, query, headers, body)]

`KubernetesServer(installed=False)` does not know PrometheusRules until `installed` is set. `tokens` gives each token a user and verbs;
without a token one is system:anonymous and may nothing. `certificate=(cert, key)` speaks TLS; with `client_authority` as well, a client's
certificate is asked for, and its common name may do everything. `namespaces` are those that exist.
`mutate` is called with what somebody applies, as an admission webhook that changes it. `fail(502, "text", times=2)` answers so before all else; `apply` and `put` act as another client that needs no connection.

What it keeps to: server-side apply with the owner of each field (labels, annotations, data, groups by name; a group's rules are one field),
conflicts, force, dry runs, resourceVersion, generation, schema, sizes, permissions. tests/integration/test_kubernetes_server.py compares
it with recordings/kubernetes.jsonl. What it has not: watches, finalizers, owners, other patches than apply. cluster.py has more kinds of objects.
"""

import copy
import json
import re
import threading
import urllib.parse
import uuid
from dataclasses import dataclass

from kubernetes_fields import Conflicts, apply_fields, field_path, replace_fields
from kubernetes_schema import invalid_fields, undeclared_fields
from stand_in import StandIn

ALL_VERBS = ("get", "list", "create", "patch", "update", "delete")
MOST_BYTES_OF_REQUEST = 3145728
MOST_BYTES_STORED = 1572864

# Group, version and kind by plural.
KINDS = {
    "prometheusrules": ("monitoring.coreos.com", "v1", "PrometheusRule"),
    "configmaps": ("", "v1", "ConfigMap"),
}

PATH = re.compile(r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)/namespaces/(?P<namespace>[^/]+)/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?$")


@dataclass
class Request:
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    client: str = ""  # the common name of its certificate


class Refusal(Exception):
    """A failed answer."""

    def __init__(self, code, message, reason=None, details=None):
        super().__init__(message)
        self.code = code
        self.json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
        if reason:
            self.json["reason"] = reason
        if details:
            self.json["details"] = details
        self.json["code"] = code


class NoSuchPage(Exception):
    """What a path gets that no resource definition knows."""


@dataclass
class _Place:
    group: str
    version: str
    namespace: str
    plural: str
    name: str | None
    kind: str

    @property
    def api_version(self):
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self):
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def key(self):
        return (self.plural, self.namespace, self.name)

    @property
    def details(self):
        details = {"name": self.name, "kind": self.plural}
        if self.group:
            details["group"] = self.group
        return details


class KubernetesServer(StandIn):
    kinds = KINDS

    def __init__(self, tokens=None, installed=True, certificate=None, client_authority=None, namespaces=("default", "prod")):
        self.tokens = tokens if tokens is not None else {"admin-token": ("system:serviceaccount:ci:deployer", ALL_VERBS)}
        self.installed = installed
        self.mutate = lambda body: None
        self.namespaces = list(namespaces)
        self.requests = []
        self._objects = {}
        self._version = 4
        self._failures = []
        self._lock = threading.Lock()
        super().__init__(certificate=certificate, client_authority=client_authority)

    def respond(self, method, path, query, headers, body, peer):
        request = Request(method, path, query, headers, body, peer)
        self.requests.append(request)
        return self.answer(request)

    def kubeconfig(self, path, token="admin-token", namespace="prod", authority=None):
        """Writes a kubeconfig for this server, and returns its path."""
        cluster = {"server": self.url, **({"certificate-authority": str(authority)} if authority else {})}
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": {"token": token} if token else {}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": namespace}}]}))
        return path

    def object(self, plural, namespace, name):
        with self._lock:
            return copy.deepcopy(self._objects.get((plural, namespace, name)))

    def objects(self, plural):
        """All objects, of all namespaces."""
        with self._lock:
            return [copy.deepcopy(value) for key, value in sorted(self._objects.items()) if key[0] == plural]

    def fail(self, status, text="", times=1, content_type="text/plain"):
        self._failures += [(status, content_type, text.encode())] * times

    def apply(self, plural, body, manager, force=False):
        """Server-side apply by somebody else; raises Refusal."""
        return self._apply(self._place_of(plural, body), json.dumps(body).encode(), {"fieldManager": manager, **({"force": "true"} if force else {})})[1]

    def put(self, plural, body, manager):
        """A PUT by somebody else, kubectl edit for example, without a check of resourceVersion."""
        place = self._place_of(plural, body)
        with self._lock:
            live = self._objects.get(place.key)
            return self._store(place, live, *replace_fields(live, body, manager, body["apiVersion"]))[1]

    def _place_of(self, plural, body):
        group, version, kind = self.kinds[plural]
        return _Place(group, version, body["metadata"]["namespace"], plural, body["metadata"]["name"], kind)

    def _is_installed(self, place):
        return self.installed or not place.group

    def answer(self, request):
        """Status, content type and body."""
        if self._failures:
            return self._failures.pop(0)
        try:
            status, json_body = self._answer(request)
        except NoSuchPage:
            return 404, "text/plain; charset=utf-8", b"404 page not found\n"
        except Refusal as refusal:
            status, json_body = refusal.code, refusal.json
        return status, "application/json", json.dumps(json_body).encode()

    def _answer(self, request):
        user, verbs = self._user(request)
        if request.path == "/version":
            return 200, {"major": "1", "minor": "34", "gitVersion": "v1.34.1"}
        found = PATH.match(request.path)
        kind = self.kinds.get(found["plural"]) if found else None
        if kind is None or kind[:2] != (found["group"] or "", found["version"]):
            raise NoSuchPage
        parts = {name: urllib.parse.unquote(value) if value else value for name, value in found.groupdict().items()}
        place = _Place(parts["group"] or "", parts["version"], parts["namespace"], parts["plural"], parts["name"], kind[2])
        if not self._is_installed(place):
            raise NoSuchPage
        verb = {"GET": "get" if place.name else "list", "PATCH": "patch", "DELETE": "delete"}.get(request.method)
        if verb is None or (not place.name and verb != "list"):
            raise Refusal(405, "the server does not allow this method on the requested resource", "MethodNotAllowed")
        self._demand(verb, user, verbs, place)
        if verb == "get":
            return self._get(place)
        if verb == "list":
            return self._list(place, request.query)
        if verb == "delete":
            return self._delete(place, request)
        if len(request.body) > MOST_BYTES_OF_REQUEST:
            raise Refusal(413, f"Request entity too large: limit is {MOST_BYTES_OF_REQUEST}", "RequestEntityTooLarge")
        return self._patch(place, request, user, verbs)

    def _patch(self, place, request, user, verbs):
        if request.headers.get("content-type") != "application/apply-patch+yaml":
            raise Refusal(415, "the body of the request was in an unknown format", "UnsupportedMediaType")
        return self._apply(place, request.body, request.query, lambda: self._demand("create", user, verbs, place))

    def _user(self, request):
        given = request.headers.get("authorization", "")
        if not given and request.client:
            return request.client, ALL_VERBS
        if not given:
            return "system:anonymous", ()
        kind, _, token = given.partition(" ")
        if kind != "Bearer" or token not in self.tokens:
            raise Refusal(401, "Unauthorized", "Unauthorized")
        return self.tokens[token]

    @staticmethod
    def _demand(verb, user, verbs, place):
        if verb in verbs:
            return
        about = f' "{place.name}"' if place.name else ""
        raise Refusal(403, f'{place.resource}{about} is forbidden: User "{user}" cannot {verb} resource "{place.plural}" in API group '
                      f'"{place.group}" in the namespace "{place.namespace}"', "Forbidden", {k: v for k, v in place.details.items() if v})

    @staticmethod
    def _missing(place):
        return Refusal(404, f'{place.resource} "{place.name}" not found', "NotFound", place.details)

    def _get(self, place):
        with self._lock:
            if place.key not in self._objects:
                raise self._missing(place)
            return 200, self._objects[place.key]

    def _list(self, place, query):
        with self._lock:
            found = [copy.deepcopy(value) for key, value in sorted(self._objects.items()) if key[:2] == (place.plural, place.namespace)
                     and self._selects(place, query, value)]
            version = str(self._version)
        begin = int(query.get("continue", 0))
        end = begin + int(query.get("limit", 0)) if query.get("limit", "0") != "0" else len(found)
        page = found[begin:end]
        for item in page:
            del item["apiVersion"], item["kind"]
        return 200, {"apiVersion": place.api_version, "kind": f"{place.kind}List", "items": page,
                     "metadata": {"resourceVersion": version, "continue": str(end) if end < len(found) else ""}}

    @staticmethod
    def _selects(place, query, value):
        wanted = dict(term.split("=", 1) for term in query.get("labelSelector", "").split(",") if term)
        return wanted.items() <= value["metadata"].get("labels", {}).items()

    def _delete(self, place, request):
        wanted = (json.loads(request.body) if request.body else {}).get("preconditions", {})
        with self._lock:
            live = self._objects.get(place.key)
            if live is None:
                raise self._missing(place)
            for field, words in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
                if field in wanted and wanted[field] != live["metadata"][field]:
                    raise Refusal(409, f'Operation cannot be fulfilled on {place.resource} "{place.name}": Precondition failed: {words} in precondition: '
                                  f'{wanted[field]}, {words} in object meta: {live["metadata"][field]}', "Conflict", place.details)
            if "dryRun" not in request.query:
                del self._objects[place.key]
                self._version += 1
        return 200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": {**place.details, "uid": live["metadata"]["uid"]}}

    def _apply(self, place, text, query, demand_create=lambda: None):
        if not query.get("fieldManager"):
            raise Refusal(422, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch', "Invalid",
                          {"group": "meta.k8s.io", "kind": "PatchOptions",
                           "causes": [{"reason": "FieldValueRequired", "message": "Required value: is required for apply patch", "field": "fieldManager"}]})
        try:
            body = json.loads(text)
        except ValueError:
            raise Refusal(400, "error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content", "BadRequest") from None
        with self._lock:
            self._check_body(place, body)
            self.mutate(body)
            live = self._objects.get(place.key)
            if live is None:
                demand_create()
                if place.namespace not in self.namespaces:
                    raise Refusal(404, f'namespaces "{place.namespace}" not found', "NotFound", {"name": place.namespace, "kind": "namespaces"})
            version = body["metadata"].get("resourceVersion")
            if version and (live is None or version != live["metadata"]["resourceVersion"]):
                raise Refusal(409, f'Operation cannot be fulfilled on {place.resource} "{place.name}": the object has been modified; please apply your '
                              "changes to the latest version and try again", "Conflict", place.details)
            try:
                content, managers = apply_fields(live, body, query["fieldManager"], query.get("force") == "true")
            except Conflicts as conflicts:
                raise self._conflict(conflicts) from None
            self._check_content(place, content)
            return self._store(place, live, content, managers, query.get("dryRun") == "All")

    @staticmethod
    def _check_body(place, body):
        metadata = body.setdefault("metadata", {})
        if metadata.get("name", place.name) != place.name:
            raise Refusal(400, f"the name of the object ({metadata['name']}) does not match the name on the URL ({place.name})", "BadRequest")
        if metadata.get("namespace", place.namespace) != place.namespace:
            raise Refusal(400, "the namespace of the provided object does not match the namespace sent on the request", "BadRequest")
        metadata.update(name=place.name, namespace=place.namespace)
        unknown = undeclared_fields(place.plural, body)
        if unknown:
            mistakes = [f"{path}: field not declared in schema" for path in unknown]
            words = mistakes[0] if len(mistakes) == 1 else "errors:\n" + "\n".join(f"  {mistake}" for mistake in mistakes)
            raise Refusal(500, f"failed to create typed patch object ({place.namespace}/{place.name}; {body.get('apiVersion')}, Kind={body.get('kind')}): {words}")

    @staticmethod
    def _check_content(place, content):
        wrong = invalid_fields(place.plural, content)
        if not wrong:
            return
        told = [f"{field}: {message}" for field, _, message in wrong]
        words = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
        name = f"{place.kind}.{place.group}" if place.group else place.kind
        raise Refusal(422, f'{name} "{place.name}" is invalid: {words}', "Invalid",
                      {**place.details, "kind": place.kind,
                       "causes": [{"reason": reason, "message": message, "field": field} for field, reason, message in wrong]})

    @staticmethod
    def _conflict(conflicts):
        causes = [{"reason": "FieldManagerConflict", "message": f"conflict with {words}", "field": field_path(path)} for words, path in conflicts.found]
        if len(causes) == 1:
            told = f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}"
        else:
            lines = []
            for words in sorted({words for words, _ in conflicts.found}):
                lines.append(f"conflicts with {words}:")
                lines += [f"- {field_path(path)}" for other, path in conflicts.found if other == words]
            told = f"Apply failed with {len(causes)} conflicts: " + "\n".join(lines)
        return Refusal(409, told, "Conflict", {"causes": causes})

    def _store(self, place, live, content, managers, dry_run=False):
        stored = {"apiVersion": content.get("apiVersion"), "kind": content.get("kind"), **content}
        metadata = stored["metadata"]
        old = live["metadata"] if live else {}
        metadata["managedFields"] = managers
        for field in ("creationTimestamp", "uid", "resourceVersion", "generation"):
            metadata.pop(field, None)
            if field in old:
                metadata[field] = old[field]
        if not live:
            metadata.update(creationTimestamp="2026-11-22T04:08:47Z", uid=str(uuid.uuid4()))
        if place.group and (not live or stored.get("spec") != live.get("spec")):
            metadata["generation"] = old.get("generation", 0) + 1
        if len(json.dumps(stored, separators=(",", ":"))) > MOST_BYTES_STORED:
            raise Refusal(500, "etcdserver: request is too large")
        if stored != live and not dry_run:
            self._version += 1
            metadata["resourceVersion"] = str(self._version)
            self._objects[place.key] = stored
        return (200 if live else 201), copy.deepcopy(stored)
