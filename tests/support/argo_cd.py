"""A stand-in for the API server of Argo CD, with Applications that go through what a test has planned.

    with ArgoCd(lambda: gitops.tip()) as argocd:
        argocd.add("web", plan=["syncing", "retrying", "synced", "healthy"])
        run("update-gitops-values", ..., "--wait", "argocd/web", "--argocd-url", argocd.url, env={"ARGOCD_AUTH_TOKEN": argocd.token})
        argocd.requests                               # [(method, path, query, body)]

An Application learns of Git's newest commit when it is asked to refresh, and is OutOfSync then. With `automated`, or once a sync was asked for, each
reading takes it to the next stage of its plan, the names of methods below: nothing waits for seconds. What is not taken, or is sent in
another way than the API's description says, is answered as the server does.

https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/
https://github.com/argoproj/argo-cd/blob/v3.0.0/assets/swagger.json (ApplicationService_Get, _Sync, _GetApplicationSyncWindows)
https://github.com/argoproj/argo-cd/blob/v3.0.0/pkg/apis/application/v1alpha1/types.go, server/application/application.go
"""

import json
import re
import threading

from stand_in import StandIn

PATH = re.compile(r"/api/v1/applications/(?P<name>[^/]+)(?P<below>/sync|/syncwindows)?$")
# Of the parameters and fields that the API knows; a gateway refuses what it does not know.
GET_PARAMETERS = {"refresh", "project", "resourceVersion", "selector", "repo", "appNamespace"}
SYNC_FIELDS = {"name", "revision", "dryRun", "prune", "strategy", "resources", "manifests", "infos", "retryStrategy", "syncOptions", "appNamespace", "project",
               "sourcePositions", "revisions"}
WEB = {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "prod", "name": "web"}


class Refusal(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Application:
    def __init__(self, argocd, name, namespace, plan, automated, target, retries, source):
        self.plan = list(plan)
        self._argocd = argocd
        self._moves = automated
        self.asked = None  # the revision of a sync by hand
        policy = {"automated": {"prune": True, "selfHeal": True}} if automated else {}
        self.json = {
            "metadata": {"name": name, "namespace": namespace, "annotations": {}, "resourceVersion": "1"},
            "spec": {"project": "default", "destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"}, "syncPolicy": policy,
                     "source": {"repoURL": "https://git.example/ops/gitops.git", "path": "apps/myapp", "targetRevision": target, **source}},
            "status": {"sync": {"status": "Synced", "revision": argocd.tip()}, "health": {"status": "Healthy"},
                       "resources": [{**WEB, "status": "Synced", "health": {"status": "Healthy"}}], "conditions": []}}
        self.retries = retries
        self.starts = 0

    @property
    def status(self):
        return self.json["status"]

    def refresh(self):
        tip = self._argocd.tip()
        if not self.frozen and self.status["sync"]["revision"] != tip:
            self.compared(tip)

    @property
    def frozen(self):
        return self.json["metadata"]["annotations"].get("argocd.argoproj.io/skip-reconcile") == "true"

    def compared(self, revision, status="OutOfSync"):
        self.status["sync"] = {"status": status, "revision": revision}
        self.status["resources"][0]["status"] = status

    def advance(self):
        has_seen = self.status["sync"].get("revision") == self._argocd.tip() or "operationState" in self.status
        if self._moves and has_seen and self.plan and not self.frozen and self._argocd.may_sync(self.asked is not None):
            stage = self.plan.pop(0)
            stage(self) if callable(stage) else getattr(self, stage)()

    def ask(self, revision):
        """A sync by somebody."""
        self.asked = revision
        self._moves = True

    # Stages.

    def wait(self):
        pass

    def _operate(self, phase, message, resources=(), retry=0):
        revision = self.status["sync"]["revision"]
        if self.status.get("operationState", {}).get("phase") != "Running":
            self.starts += 1
        self.status["operationState"] = {
            "operation": {"sync": {"revision": revision}, "retry": {"limit": self.retries}, "initiatedBy": {"automated": True}},
            "phase": phase, "message": message, "startedAt": f"2026-11-24T12:00:{self.starts:02}Z", "retryCount": retry,
            "syncResult": {"revision": revision, "source": self.json["spec"].get("source", {}), "resources": list(resources)}}

    def syncing(self):
        self._operate("Running", "waiting for healthy state of apps/Deployment/web")

    def retrying(self):
        count = self.status.get("operationState", {}).get("retryCount", 0) + 1
        self._operate("Running", f"one or more objects failed to apply, reason: admission webhook not ready. Retrying attempt #{count} at 12:00PM.", retry=count)

    def failed(self):
        self._operate("Failed", f"one or more objects failed to apply, reason: Deployment.apps \"web\" is invalid (retried {self.retries} times).",
                      [{**WEB, "status": "SyncFailed", "message": "Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -1", "syncPhase": "Sync"},
                       {**WEB, "kind": "Service", "status": "Synced", "message": "service/web unchanged", "syncPhase": "Sync"}], self.retries)

    def failed_early(self):
        self._operate("Failed", "one or more objects failed to apply", retry=0)

    def synced(self):
        self._operate("Succeeded", "successfully synced (all tasks run)", [{**WEB, "status": "Synced", "message": "deployment.apps/web configured"}])
        self.compared(self.status["sync"]["revision"], "Synced")
        self.progressing()

    def _health(self, status, message):
        self.status["health"] = {"status": status}
        self.status["resources"][0]["health"] = {"status": status, "message": message}

    def progressing(self):
        self._health("Progressing", "Waiting for rollout to finish: 1 out of 3 new replicas have been updated...")

    def degraded(self):
        self._health("Degraded", 'Deployment "web" exceeded its progress deadline')

    def healthy(self):
        self._health("Healthy", "")


class ArgoCd(StandIn):
    def __init__(self, tip, token="argo-token-1234", permissions=("get", "sync"), **options):
        super().__init__(**options)
        self.tip = tip
        self.token = token
        self.permissions = permissions
        self.windows = {}
        self.requests = []
        self.applications = {}
        self._failures = []
        self._lock = threading.Lock()

    def add(self, name, plan=("synced", "healthy"), namespace="argocd", automated=True, target="main", retries=5, **source):
        application = self.applications[(namespace, name)] = Application(self, name, namespace, plan, automated, target, retries, source)
        return application

    def fail(self, status, text="", times=1, content_type="text/plain"):
        """Answers so; status None ends the connection without an answer."""
        self._failures += [(status, content_type, text.encode())] * times

    def window(self, kind, schedule, duration, active, manual=False):
        window = {"kind": kind, "schedule": schedule, "duration": duration, "manualSync": manual}
        self.windows.setdefault("assignedWindows", []).append(window)
        if active:
            self.windows.setdefault("activeWindows", []).append(window)

    def may_sync(self, by_hand):
        active, assigned = self.windows.get("activeWindows", []), self.windows.get("assignedWindows", [])
        denies = [window for window in active if window["kind"] == "deny"]
        if denies:
            return by_hand and all(window["manualSync"] for window in denies)
        if any(window["kind"] == "allow" for window in active):
            return True
        allows = [window for window in assigned if window["kind"] == "allow"]
        return not allows or (by_hand and all(window["manualSync"] for window in allows))

    def respond(self, method, path, query, headers, body, peer):
        with self._lock:
            self.requests.append((method, path, query, body))
            if self._failures:
                failure = self._failures.pop(0)
                return None if failure[0] is None else failure
            try:
                return 200, "application/json", json.dumps(self._answer(method, path, query, headers, body)).encode()
            except Refusal as refusal:
                answer = {"error": refusal.message, "code": refusal.code, "message": refusal.message}
                return refusal.status, "application/json", json.dumps(answer).encode()

    def _answer(self, method, path, query, headers, body):
        given = headers.get("authorization", "")
        if not given:
            raise Refusal(401, 16, "no session information")
        if given != f"Bearer {self.token}":
            raise Refusal(401, 16, "invalid session: token has invalid claims: token is expired")
        found = PATH.match(path)
        if not found:
            raise Refusal(404, 5, "Not Found")
        if method == "POST" and found["below"] == "/sync":
            return self._sync(found["name"], query, headers, body)
        if method != "GET" or found["below"] == "/sync":
            raise Refusal(501, 12, "Method Not Allowed")
        unknown = set(query) - GET_PARAMETERS
        if unknown:
            raise Refusal(400, 3, f"parsing form: unknown parameter {sorted(unknown)}")
        application = self._find(found["name"], query.get("appNamespace", "argocd"), "get")
        if found["below"]:
            return {"canSync": self.may_sync(True), **self.windows}
        if query.get("refresh"):
            if query["refresh"] not in ("normal", "hard"):
                raise Refusal(400, 3, "invalid refresh type")
            application.refresh()
        else:
            application.advance()
        return application.json

    def _find(self, name, namespace, permission):
        application = self.applications.get((namespace, name))
        if application is None or "get" not in self.permissions:
            # The same for both, so that nobody finds out what there is.
            raise Refusal(403, 7, "permission denied")
        if permission not in self.permissions:
            raise Refusal(403, 7, f"permission denied: applications, {permission}, default/{name}, sub: ci, iat: 2026-11-24T12:00:00Z")
        return application

    def _sync(self, name, query, headers, body):
        if headers.get("content-type") != "application/json":
            raise Refusal(415, 3, "Invalid content type")
        asked = json.loads(body)
        if set(asked) - SYNC_FIELDS or asked.get("name", name) != name or query.keys() - {"appNamespace"}:
            raise Refusal(400, 3, "proto: unknown field")
        application = self._find(name, asked.get("appNamespace", "argocd"), "sync")
        if not self.may_sync(True):
            raise Refusal(403, 7, "cannot sync: blocked by sync window")
        if application.status.get("operationState", {}).get("phase") == "Running":
            raise Refusal(400, 9, "another operation is already in progress")
        application.ask(asked.get("revision", ""))
        return application.json
