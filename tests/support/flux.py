"""A Kustomization of Flux and its GitRepository in a cluster's stand-in, and what their controllers make of them; a Receiver.

    with Cluster() as cluster, Receiver(secret="...") as receiver:
        flux = Flux(cluster, lambda: gitops.tip())
        flux.plan("fetched", "building", "applied")     # a stage with each reading of the Kustomization

https://fluxcd.io/flux/components/kustomize/kustomizations/, https://fluxcd.io/flux/components/source/gitrepositories/,
https://fluxcd.io/flux/components/notification/receivers/; kustomize-controller 1.5, internal/controller/kustomization_controller.go
"""

import hashlib
import hmac
import json

from stand_in import StandIn

KUSTOMIZATION = ("kustomizations", "prod", "web")
REPOSITORY = ("gitrepositories", "flux-system", "gitops")


class Flux:
    def __init__(self, cluster, tip, branch="main", url="https://git.example/ops/gitops.git"):
        self.cluster, self.tip, self.branch = cluster, tip, branch
        self._attempts = 0
        self._revision = self.revision()
        cluster.namespaces.append("flux-system")
        cluster.put({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": {"name": "gitops", "namespace": "flux-system", "generation": 1},
                     "spec": {"url": url, "interval": "1m0s", "ref": {"branch": branch}},
                     "status": {"observedGeneration": 1, "artifact": {"revision": self._revision, "digest": "sha256:00", "lastUpdateTime": "2026-11-24T11:00:00Z"},
                                "conditions": [self.condition("Ready", "True", "Succeeded", f"stored artifact for revision '{self._revision}'")]}})
        cluster.put({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "web", "namespace": "prod", "generation": 1},
                     "spec": {"interval": "10m0s", "path": "./apps", "prune": True, "wait": True, "sourceRef": {"kind": "GitRepository", "name": "gitops", "namespace": "flux-system"}},
                     "status": {"observedGeneration": 1, "lastAppliedRevision": self._revision, "lastAttemptedRevision": self._revision,
                                "conditions": [self.condition("Ready", "True", "ReconciliationSucceeded", f"Applied revision: {self._revision}")]}})

    def revision(self):
        return f"{self.branch}@sha1:{self.tip()}"

    @property
    def kustomization(self):
        return self.cluster.object(*KUSTOMIZATION)

    @property
    def requested(self):
        """When each was asked to look, None when it was not."""
        return [self.cluster.object(*place)["metadata"].get("annotations", {}).get("reconcile.fluxcd.io/requestedAt") for place in (REPOSITORY, KUSTOMIZATION)]

    def plan(self, *stages, place=KUSTOMIZATION):
        self.cluster.script(*place, *[(1, lambda _, stage=stage: stage() if callable(stage) else getattr(self, stage)()) for stage in stages])

    def change(self, patch, place=KUSTOMIZATION):
        self.cluster.change(*place, patch)

    @staticmethod
    def condition(kind, status, reason, message, minute=0):
        return {"type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": 1, "lastTransitionTime": f"2026-11-24T12:{minute:02}:00Z"}

    # Stages.

    def wait(self):
        pass

    def fetched(self):
        self._revision = self.revision()
        self.change({"status": {"artifact": {"revision": self._revision}}}, REPOSITORY)

    def fetch_failed(self):
        words = "failed to checkout and determine revision: unable to clone 'https://git.example/ops/gitops.git': authentication required"
        self.change({"status": {"conditions": [self.condition("FetchFailed", "True", "GitOperationFailed", words), self.condition("Ready", "False", "GitOperationFailed", words)]}}, REPOSITORY)

    def building(self):
        self._attempts += 1
        self.change({"status": {"lastAttemptedRevision": self._revision, "conditions": [
            self.condition("Reconciling", "True", "Progressing", f"Building manifests for revision {self._revision} with a timeout of 9m30s", self._attempts),
            self.condition("Ready", "Unknown", "Progressing", "Reconciliation in progress", self._attempts)]}})

    def _not_ready(self, reason, message):
        self.change({"status": {"lastAttemptedRevision": self._revision, "conditions": [
            self.condition("Reconciling", "True", "ProgressingWithRetry", message, self._attempts),
            self.condition("Ready", "False", reason, message, self._attempts)]}})

    def build_failed(self):
        self._not_ready("BuildFailed", "kustomize build failed: accumulating resources: missing file 'web.yaml'")

    def dependency_not_ready(self):
        self._not_ready("DependencyNotReady", "dependency 'prod/database' is not ready")

    def health_check_failed(self):
        self._not_ready("HealthCheckFailed", "health check failed after 5m0s: timeout waiting for: [Deployment/prod/web status: 'InProgress']")

    def applied(self):
        self.change({"status": {"lastAppliedRevision": self._revision, "lastAttemptedRevision": self._revision, "conditions": [
            self.condition("Ready", "True", "ReconciliationSucceeded", f"Applied revision: {self._revision}", self._attempts)]}})


class Receiver(StandIn):
    """The notification controller with one Receiver: generic, or generic-hmac where there is a secret."""

    def __init__(self, secret=None, on_call=lambda: None, **options):
        super().__init__(**options)
        self.path = "/hook/" + hashlib.sha256(b"token and name and namespace").hexdigest()
        self.calls = []
        self._secret, self._on_call = secret, on_call

    def respond(self, method, path, query, headers, body, peer):
        if path != self.path:
            return 404, "text/plain", b""
        if method != "POST":
            return 405, "text/plain", b""
        if self._secret:
            kind, _, digest = headers.get("x-signature", "").partition("=")
            if kind != "sha256" or digest != hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest():
                return 400, "text/plain", b"unable to validate HMAC signature: HMAC signature is invalid"
        self.calls.append(json.loads(body))
        self._on_call()
        return 200, "text/plain", b""
