"""A stand-in for the API server of a cluster that releases are followed in: the objects of its controllers, and what happens to them.

    with Cluster() as cluster:
        cluster.put(deployment("web", image="reg/web:v1"))                  # as stored, with its status
        cluster.script("deployments", "prod", "web",
                       (2, {"status": {"updatedReplicas": 2}}),             # after two readings: a merge patch
                       (1, lambda cluster: cluster.event("deployments", "prod", "web", "ScalingReplicaSet", "...")))
        run("update-gitops-values", ..., env={"KUBECONFIG": cluster.kubeconfig(tmp_path / "kubeconfig")})

It is kubernetes_server.KubernetesServer (tokens, requests, fail(), permissions, apply and its conflicts, Status answers) with the kinds below,
merge patches, selectors of labels and fields, and time that passes with each reading: a script's step happens when its object has been
read that often since the step before, and the answer to that reading is already the changed one where the number is 0. Nothing waits for seconds.

`missing` are the full names of resources that no definition is installed for ("canaries.flagger.app"). A token's verbs may be a dict of
full names to verbs: {"deployments.apps": ("get",)}. `fault("deployments", status=500, times=2)` answers so to that kind only; status None ends
the connection without an answer.

https://kubernetes.io/docs/reference/kubernetes-api/, https://kubernetes.io/docs/reference/using-api/api-concepts/,
https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/, RFC 7386
"""

import copy
import json
import re
import uuid

from kubernetes_server import ALL_VERBS, KINDS, KubernetesServer, Refusal

CLUSTER_KINDS = {
    **KINDS,
    "events": ("", "v1", "Event"),
    "pods": ("", "v1", "Pod"),
    "secrets": ("", "v1", "Secret"),
    "deployments": ("apps", "v1", "Deployment"),
    "daemonsets": ("apps", "v1", "DaemonSet"),
    "replicasets": ("apps", "v1", "ReplicaSet"),
    "rollouts": ("argoproj.io", "v1alpha1", "Rollout"),
    "analysisruns": ("argoproj.io", "v1alpha1", "AnalysisRun"),
    "canaries": ("flagger.app", "v1beta1", "Canary"),
    "kustomizations": ("kustomize.toolkit.fluxcd.io", "v1", "Kustomization"),
    "helmreleases": ("helm.toolkit.fluxcd.io", "v2", "HelmRelease"),
    "gitrepositories": ("source.toolkit.fluxcd.io", "v1", "GitRepository"),
    "receivers": ("notification.toolkit.fluxcd.io", "v1", "Receiver"),
}

# What may be selected by, beside metadata.name and metadata.namespace.
FIELDS = {
    "events": {"involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
               "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"},
    "pods": {"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase",
             "status.podIP", "status.nominatedNodeName"},
}

TERM = re.compile(r"\s*(?:(?P<absent>!)\s*)?(?P<key>[^\s=!,()]+)\s*(?:(?P<operator>==|=|!=|\bin\b|\bnotin\b)\s*(?P<value>\([^)]*\)|[^,()]*))?\s*(?:,|$)")


def merged(value, patch):
    """A JSON merge patch, RFC 7386."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(value) if isinstance(value, dict) else {}
    for name, inner in patch.items():
        if inner is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), inner)
    return result


def fits_labels(selector, labels):
    at = 0
    while at < len(selector):
        term = TERM.match(selector, at)
        if not term or term.end() == at:
            raise Refusal(400, f"unable to parse requirement: found '{selector[at:]}', expected: identifier", "BadRequest")
        at = term.end()
        key, operator = term["key"], term["operator"]
        values = [value.strip() for value in (term["value"] or "").strip("()").split(",")]
        if operator is None:
            fits = (key in labels) != bool(term["absent"])
        elif operator in ("=", "==", "in"):
            fits = labels.get(key) in values
        else:
            fits = labels.get(key) not in values
        if not fits:
            return False
    return True


def fits_fields(plural, selector, value):
    for term in filter(None, selector.split(",")):
        name, operator, wanted = re.match(r"([^=!]+)(!=|==|=)(.*)$", term).groups()
        if name not in ("metadata.name", "metadata.namespace") and name not in FIELDS.get(plural, ()):
            raise Refusal(400, f"field label not supported: {name}", "BadRequest")
        at = value
        for part in name.split("."):
            at = at.get(part, {}) if isinstance(at, dict) else {}
        if name == "source":
            at = value.get("source", {}).get("component", "")
        if ((at or "") == wanted) != (operator != "!="):
            return False
    return True


class Cluster(KubernetesServer):
    kinds = CLUSTER_KINDS

    def __init__(self, *objects, missing=(), **options):
        super().__init__(**options)
        self.missing = set(missing)
        self._scripts = {}
        self._faults = []
        self._events = 0
        for item in objects:
            self.put(item)

    def put(self, item):
        """Stores an object as it is, status and all; what the server itself keeps (uid, resourceVersion, generation) is filled in."""
        plural = self.plural_of(item)
        item = copy.deepcopy(item)
        with self._lock:
            metadata = item["metadata"]
            metadata.setdefault("namespace", "prod")
            key = (plural, metadata["namespace"], metadata["name"])
            old = self._objects.get(key)
            known = old["metadata"] if old else {}
            metadata.setdefault("uid", known.get("uid", str(uuid.uuid4())))
            metadata.setdefault("creationTimestamp", known.get("creationTimestamp", "2026-11-22T04:08:47Z"))
            metadata.setdefault("managedFields", known.get("managedFields", []))
            if "spec" in item:
                changed = old is not None and old.get("spec") != item["spec"]
                metadata.setdefault("generation", known.get("generation", 1) + (1 if changed else 0))
            self._version += 1
            metadata["resourceVersion"] = str(self._version)
            self._objects[key] = item
        return item

    def change(self, plural, namespace, name, patch):
        """A merge patch of anything, the status too; a changed spec raises the generation."""
        with self._lock:
            old = self._objects[(plural, namespace, name)]
            new = merged(old, patch)
            if new.get("spec") != old.get("spec") and "generation" not in patch.get("metadata", {}):
                new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
            if new != old:
                self._version += 1
                new["metadata"]["resourceVersion"] = str(self._version)
                self._objects[(plural, namespace, name)] = new

    def take_away(self, plural, namespace, name):
        with self._lock:
            self._objects.pop((plural, namespace, name))

    def event(self, plural, namespace, name, reason, message, kind="Warning", time="2026-11-24T12:00:00Z", count=1, **more):
        """An event about an object, as core/v1 has it; events sort as they were told of."""
        about = self.object(plural, namespace, name) or {"metadata": {}}
        group, version, about_kind = self.kinds[plural]
        self._events += 1
        self.put({"apiVersion": "v1", "kind": "Event", "metadata": {"name": f"{name}.{self._events:016x}", "namespace": namespace},
                  "involvedObject": {"apiVersion": f"{group}/{version}" if group else version, "kind": about_kind, "namespace": namespace, "name": name,
                                     "uid": about["metadata"].get("uid", "")},
                  "reason": reason, "message": message, "type": kind, "count": count, "firstTimestamp": time, "lastTimestamp": time,
                  "source": {"component": "controller"}, **more})

    def script(self, plural, namespace, name, *steps):
        """What happens to an object while it is read; (readings, merge patch or function of the cluster) each."""
        with self._lock:
            self._scripts.setdefault((plural, namespace, name), []).extend([list(step) for step in steps])

    def pending(self, plural, namespace, name):
        """How many steps of its script an object has not come to."""
        with self._lock:
            return len(self._scripts.get((plural, namespace, name), []))

    def fault(self, plural, status=500, text="", times=1):
        self._faults += [(plural, status, text)] * times

    def reads(self, plural, name=None):
        """The requests so far that read objects of a kind, or one of them."""
        end = f"/{plural}/{name}" if name else f"/{plural}"
        return [request for request in self.requests if request.method == "GET" and request.path.endswith(end)]

    def plural_of(self, item):
        group, _, version = item["apiVersion"].rpartition("/")
        return next(plural for plural, kind in self.kinds.items() if kind == (group, version, item["kind"]))

    def answer(self, request):
        for fault in self._faults:
            if f"/{fault[0]}" in request.path:
                self._faults.remove(fault)
                return None if fault[1] is None else (fault[1], "text/plain", fault[2].encode())
        return super().answer(request)

    def _is_installed(self, place):
        return place.resource not in self.missing and super()._is_installed(place)

    @staticmethod
    def _demand(verb, user, verbs, place):
        allowed = verbs.get(place.resource, ()) if isinstance(verbs, dict) else verbs
        KubernetesServer._demand(verb, user, allowed, place)

    def _get(self, place):
        self._advance(place.key)
        return super()._get(place)

    def _advance(self, key):
        """Steps that are due happen before the answer."""
        while True:
            with self._lock:
                steps = self._scripts.get(key)
                if not steps:
                    return
                if steps[0][0] > 0:
                    steps[0][0] -= 1
                    return
                change = steps.pop(0)[1]
            if callable(change):
                change(self)
            else:
                self.change(*key, change)

    def _list(self, place, query):
        self._selects(place, query, {"metadata": {}})  # a selector that is none is refused also where nothing is
        return super()._list(place, query)

    @staticmethod
    def _selects(place, query, value):
        return (fits_fields(place.plural, query.get("fieldSelector", ""), value)
                and fits_labels(query.get("labelSelector", ""), value["metadata"].get("labels", {})))

    def _patch(self, place, request, user, verbs):
        if request.headers.get("content-type") != "application/merge-patch+json":
            return super()._patch(place, request, user, verbs)
        try:
            patch = json.loads(request.body)
        except ValueError as mistake:
            raise Refusal(400, f"error decoding patch: {mistake}", "BadRequest") from None
        with self._lock:
            live = self._objects.get(place.key)
            if live is None:
                raise self._missing(place)
            version = patch.get("metadata", {}).get("resourceVersion")
            if version and version != live["metadata"]["resourceVersion"]:
                raise Refusal(409, f'Operation cannot be fulfilled on {place.resource} "{place.name}": the object has been modified; please apply your '
                              "changes to the latest version and try again", "Conflict", place.details)
        # Kinds with a status of its own take none here.
        self.change(place.plural, place.namespace, place.name, {name: inner for name, inner in patch.items() if name != "status"})
        return 200, self.object(place.plural, place.namespace, place.name)


__all__ = ["ALL_VERBS", "Cluster", "Refusal"]
