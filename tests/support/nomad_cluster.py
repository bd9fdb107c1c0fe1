"""A stand-in for a Nomad cluster: a small state machine behind the HTTP API, which behaves as Nomad 2.0.5 does in the recordings of
tests/data/nomad (test_nomad_cluster.py replays them against it).

    with NomadCluster() as nomad:
        nomad.behave("web", version=1, outcome=Crash(exit_code=1, stderr="boom\\n"))   # the last that fits an allocation counts
        run("run-job", "web.nomad", env={"NOMAD_ADDR": nomad.url})
        nomad.job("web")["Version"], nomad.deployment("web")["Status"], nomad.allocs("web"), nomad.writes()

`NomadCluster(version="1.4.3", scale=0.01, nodes=1, tokens={SECRET: {"submit-job", "read-job"} or "management"}, socket=..., certificate=...)`

Times. Whatever the job says in seconds (progress_deadline, min_healthy_time, delays) takes `scale` of it, so a deployment without more is
over in about 0.2 s; times of outcomes, and `wait` of blocking reads, are real. `hold()` stops the clock and `release()` lets it go on;
`advance(seconds)` moves it. `wait_until(lambda nomad: ...)` waits for a state.

Outcomes (nomad_outcomes.py): Healthy, Exits, Crash, OutOfMemory, PullError, CheckFails, Hang, FlapsThenHealthy, HealthyThenCrash, Unplaceable;
without one, tasks of services are healthy and tasks of batch jobs exit 0. Which allocations: `group=`, `version=`, `canary=`, `name="web.web[0]"`;
the job of a child is its parent's. `place(job)` lets what is unplaceable find a node (after `behave` says otherwise), `finish(job, outcome)`
goes on with allocations that hang, `log(job, stream, text)` adds output.

Others act too: `register(job or HCL)`, `register_by_other(id, meta=..., count=...)` (the running version with changes), `promote(id)`, `fail(id)`,
`stop(id)`, `revert(id, version)`, `garbage_collect(id)` (dead evaluations, deployments and allocations are gone).

Faults: `fault(n, kind)` for the n-th request from now on (1 is the next one), or `fault(lambda method, path: ..., kind)`, each `times` times (1):
"refuse" (closed, not processed), "lost" (processed, then closed), "500 leader", "503", "403", "slow" (answered `seconds` later), "garbage" (an HTML
page with status 200, not processed), "garbage after" (processed). `outage(seconds)` refuses everything for that long.

`requests` has every Request(method, path, query, headers, body, connection); `writes()` those that change something. JSON bodies are read.
"""

import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass

from nomad_diff import job_diff
from nomad_hcl import HclError, canonical, duration, parse_job
from nomad_outcomes import CheckFails, Crash, Exits, FlapsThenHealthy, Hang, Healthy, HealthyThenCrash, OutOfMemory, Outcome, PullError, Unplaceable  # noqa: F401
from nomad_state import OVER, TERMINAL, Refused, State, annotations, error_list, group_of, specification, validation_errors
from stand_in import StandIn

_STUB = ("ClientDescription", "ClientStatus", "CreateIndex", "CreateTime", "DeploymentStatus", "DesiredDescription", "DesiredStatus",
         "DesiredTransition", "EvalID", "FollowupEvalID", "ID", "JobID", "JobType", "JobVersion", "ModifyIndex", "ModifyTime", "Name", "Namespace",
         "NextAllocation", "NodeID", "NodeName", "PreemptedAllocations", "PreemptedByAllocation", "RescheduleTracker", "TaskGroup", "TaskStates")
_HTML = (200, "text/html", b"<html><body><h1>It works!</h1></body></html>")


@dataclass
class Request:
    method: str
    path: str
    query: dict
    headers: dict
    body: object
    connection: int

    @property
    def is_write(self):
        return self.method in ("PUT", "POST", "DELETE") and not self.path.endswith(("/plan", "/jobs/parse", "/validate/job"))


class NomadCluster(StandIn):
    def __init__(self, version="2.0.5", scale=0.01, nodes=1, tokens=None, socket=None, certificate=None, seed=1):
        self.state = State(version, scale, nodes, seed)
        self.requests = []
        self._tokens = tokens
        self._faults = []
        self._refuse_until = 0.0
        super().__init__(socket, certificate)

    def __enter__(self):
        self._clock = threading.Thread(target=self.state.run)
        self._clock.start()
        return super().__enter__()

    def __exit__(self, *exception):
        self.state.stop()
        self._clock.join()
        super().__exit__(*exception)
        if self.state.errors:
            raise self.state.errors[0]

    # --- for tests

    def behave(self, job, outcome, group=None, version=None, canary=None, name=None):
        with self.state.lock:
            self.state.behaviours.append({"job": job, "group": group, "version": version, "canary": canary, "name": name, "outcome": outcome})

    def hold(self):
        self.state.hold()

    def release(self):
        self.state.release()

    def advance(self, seconds):
        self.state.advance(seconds)

    def wait_until(self, condition, seconds=10.0):
        """Whether `condition(self)` became true."""
        return self.state.wait_for(lambda: condition(self), seconds)

    def job(self, job_id, name_space="default"):
        with self.state.lock:
            return self.state.job(name_space, job_id)

    def versions(self, job_id, name_space="default"):
        with self.state.lock:
            return list(self.state.versions.get((name_space, job_id), []))

    def deployments(self, job_id, name_space="default"):
        """Newest first."""
        with self.state.lock:
            return self.state.job_deployments({"ID": job_id, "Namespace": name_space})

    def deployment(self, job_id, name_space="default"):
        return next(iter(self.deployments(job_id, name_space)), None)

    def allocs(self, job_id, name_space="default"):
        """Whole allocations of the API."""
        with self.state.lock:
            return [alloc.json for alloc in self.state.job_allocs({"ID": job_id, "Namespace": name_space})]

    def writes(self):
        return [request for request in self.requests if request.is_write]

    def connections(self):
        return {request.connection for request in self.requests}

    def place(self, job_id, name_space="default"):
        with self.state.lock:
            self.state.place(self.state.needed_job(name_space, job_id))

    def finish(self, job_id, outcome, name_space="default"):
        with self.state.lock:
            for alloc in self.state.job_allocs({"ID": job_id, "Namespace": name_space}):
                if alloc.live:
                    self.state.finish(alloc, outcome)

    def log(self, job_id, stream, text, name_space="default"):
        """The first task of each live allocation prints that; `stream` is "stdout" or "stderr"."""
        with self.state.lock:
            for alloc in self.state.job_allocs({"ID": job_id, "Namespace": name_space}):
                if alloc.live:
                    self.state.log(alloc, group_of(alloc.json["Job"], alloc.task_group)["Tasks"][0]["Name"], stream, text)

    def register(self, job):
        """A job of the API, or HCL, by somebody else."""
        with self.state.lock:
            return self.state.register(parse_job(job) if isinstance(job, str) else job)

    def register_by_other(self, job_id, meta=None, count=None, name_space="default"):
        with self.state.lock:
            job = json.loads(json.dumps(self.state.needed_job(name_space, job_id)))
            job["Meta"] = {**(job["Meta"] or {}), **(meta or {})}
            if count is not None:
                job["TaskGroups"][0]["Count"] = count
            return self.state.register(job)

    def promote(self, job_id, name_space="default"):
        with self.state.lock:
            self.state.promote(self.deployment(job_id, name_space), None)

    def fail(self, job_id, name_space="default"):
        with self.state.lock:
            self.state.fail(self.deployment(job_id, name_space), "Deployment marked as failed")

    def stop(self, job_id, purge=False, name_space="default"):
        with self.state.lock:
            self.state.deregister(name_space, job_id, purge)

    def revert(self, job_id, version, name_space="default"):
        with self.state.lock:
            self.state.revert(name_space, job_id, version, None)

    def garbage_collect(self, job_id, name_space="default"):
        with self.state.lock:
            key = {"ID": job_id, "Namespace": name_space}
            for item in self.state.job_evals(key):
                if item["Status"] not in ("pending", "blocked"):
                    del self.state.evals[item["ID"]]
            for item in self.state.job_deployments(key):
                if item["Status"] in OVER:
                    del self.state.deployments[item["ID"]]
            for alloc in self.state.job_allocs(key):
                if alloc.client_status in TERMINAL:
                    del self.state.allocs[alloc.id]
            index = self.state.next_index()
            self.state.tables.update(dict.fromkeys(("evals", "deployment", "allocs"), index))
            self.state.lock.notify_all()

    def fault(self, which, kind, seconds=0.5, times=1):
        number = which + len(self.requests) if isinstance(which, int) else None
        self._faults.append({"number": number, "when": None if number else which, "kind": kind, "seconds": seconds, "times": times})

    def outage(self, seconds):
        self._refuse_until = time.monotonic() + seconds

    # --- the server

    def respond(self, method, path, query, headers, body, peer):
        try:
            sent = json.loads(body) if body else None
        except ValueError:
            sent = body
        with self.state.lock:
            self.requests.append(Request(method, path, query, headers, sent, self.connection_number()))
            fault = self._fault(method, path, len(self.requests))
        kind = fault["kind"] if fault else None
        if kind == "refuse" or time.monotonic() < self._refuse_until:
            return None
        if kind == "500 leader":
            return _text(500, "No cluster leader")
        if kind == "503":
            return _text(503, "Service Unavailable")
        if kind == "403":
            return _text(403, "Permission denied")
        if kind == "garbage":
            return _HTML
        if kind == "slow":
            time.sleep(fault["seconds"])
        answer = self._answer(method, path, query, headers, body)
        return None if kind == "lost" else _HTML if kind == "garbage after" else answer

    def _fault(self, method, path, number):
        for fault in self._faults:
            if fault["number"] <= number < fault["number"] + fault["times"] if fault["number"] else fault["times"] and fault["when"](method, path):
                if not fault["number"]:
                    fault["times"] -= 1
                return fault
        return None

    def _answer(self, method, path, query, headers, body):
        if query.get("region", "global") != "global":
            return _text(500, "No path to region")
        call = _Call(self.state, query, self._token_of(headers), self._tokens)
        for verbs, pattern, action in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method in verbs:
                break
        else:
            return 404, "text/plain; charset=utf-8", b""
        groups = [urllib.parse.unquote(group) for group in match.groups()]
        try:
            with self.state.lock:
                if method == "GET":
                    return call.read(lambda: action(call, *groups))
                call.body = _json_of(body)
                return action(call, *groups)
        except Refused as refused:
            return _text(refused.status, str(refused), call.headers)

    @staticmethod
    def _token_of(headers):
        authorization = headers.get("authorization", "")
        return headers.get("x-nomad-token") or (authorization[7:] if authorization.startswith("Bearer ") else "")


def _json_of(body):
    if not body:
        return {}
    try:
        read = json.loads(body)
    except ValueError:
        start = body[:2].decode("utf-8", "replace")
        if start[:1] == "t":
            raise Refused(f"invalid character '{start[1:]}' in literal true (expecting 'r')", 400) from None
        raise Refused(f"invalid character '{start[:1]}' looking for beginning of value", 400) from None
    return read if isinstance(read, dict) else {}


def _text(status, text, headers=None):
    return status, "text/plain; charset=utf-8", text.encode(), headers or {}


def _json(value, index=None):
    headers = {} if index is None else {"X-Nomad-Index": str(index), "X-Nomad-Knownleader": "true", "X-Nomad-Lastcontact": "0"}
    return 200, "application/json", json.dumps(value).encode(), headers


def _written(value):
    return _json({"KnownLeader": False, "LastContact": 0, "NextToken": "", **value}, None)[:3] + ({"X-Nomad-Index": str(value.get("Index", 0))},)


class _Call:
    """One request, and what is asked for in it."""

    def __init__(self, state, query, token, tokens):
        self.state = state
        self.query = query
        self.name_space = query.get("namespace", "default")
        self.body = {}
        self.headers = {}
        self._token = token
        self._tokens = tokens

    def need(self, capability=None):
        if self._tokens is None:
            return
        allowed = self._tokens.get(self._token)
        if allowed is None or capability and allowed != "management" and capability not in allowed:
            raise Refused("Permission denied", 403)

    def read(self, action):
        """`action` returns (value, index) or raises; waits where the request says so. Other answers are passed on."""
        newer_than = int(self.query.get("index", "0"))
        wait = duration(self.query["wait"]) / 10**9 if "wait" in self.query else 300.0
        end = time.monotonic() + wait + wait / 32
        while True:
            refused = None
            try:
                answer = action()
                if len(answer) > 2:
                    return answer
                index = answer[1]
            except Refused as refusal:
                if refusal.status != 404 or not hasattr(refusal, "index"):
                    raise
                refused, index = refusal, refusal.index
            left = end - time.monotonic()
            if not newer_than or index > newer_than or left <= 0 or self.state._stopped:
                self.headers = {"X-Nomad-Index": str(index), "X-Nomad-Knownleader": "true", "X-Nomad-Lastcontact": "0"}
                if refused:
                    raise refused
                return _json(*answer)
            self.state.lock.wait(left)

    def missing(self, text, table):
        refusal = Refused(text, 404)
        refusal.index = self.state.tables[table]
        return refusal

    # --- jobs before they run

    def parse(self):
        self.need()
        if not isinstance(self.body.get("JobHCL"), str) or not self.body["JobHCL"]:
            raise Refused("Job spec is empty", 400)
        variables = self.body.get("Variables") if self.state.version >= (1, 6, 0) else ""
        try:
            job = parse_job(self.body["JobHCL"], variables or "")
        except HclError as error:
            raise Refused(f"Failed to parse job: {error}", 400) from error
        return _json(canonical(job) if self.body.get("Canonicalize") else job)

    def _job_sent(self):
        job = self.body.get("Job")
        if not isinstance(job, dict):
            raise Refused("Job must be specified", 400)
        if not job.get("ID"):
            raise Refused("Job ID hasn't been provided", 400)
        return {**job, "Namespace": self.query.get("namespace") or job.get("Namespace") or "default"}  # as namespaceForJob does it

    def validate(self):
        self.need()
        errors = validation_errors(canonical(self._job_sent()))
        return _json({"DriverConfigValidated": True, "Error": error_list(errors) if errors else "", "ValidationErrors": errors or None, "Warnings": ""})

    def plan(self, job_id):
        job = self.state._completed(canonical(self._job_sent()))
        self.need("submit-job")
        if errors := validation_errors(job):
            raise Refused(error_list(errors))
        old = self.state.job(job["Namespace"], job_id)
        planned = dict(job)
        same = old is not None and specification(old) == specification(job)
        planned.update({"JobModifyIndex": old["JobModifyIndex"] if same else -1, "Version": old["Version"] if same else (old or {"Version": -1})["Version"] + 1})
        follows = not (job["Periodic"] or job["ParameterizedJob"])
        updates, failed = self.state.reconcile(planned) if follows else ({}, {})
        created = [{"ID": self.state.new_id(), "JobID": job_id, "Status": "blocked", "StatusDescription": "created to place remaining allocations",
                    "TriggeredBy": "queued-allocs", "Type": job["Type"], "FailedTGAllocs": failed}] if failed else None
        index = old["JobModifyIndex"] if old else 0
        return _json({"Annotations": annotations(updates), "CreatedEvals": created,
                      "Diff": job_diff(old, job, updates) if self.body.get("Diff") else None, "FailedTGAllocs": failed or None, "Index": index,
                      "JobModifyIndex": index, "NextPeriodicLaunch": None, "Warnings": ""})[:3] + ({"X-Nomad-Index": str(index)},)

    # --- jobs

    def register(self):
        job = self._job_sent()
        self.need("submit-job")
        enforced = self.body.get("JobModifyIndex", 0) if self.body.get("EnforceIndex") else None
        submission = self.body.get("Submission") if self.state.version >= (1, 6, 0) else None
        answer = self.state.register(job, enforced, submission)
        if abrupt := [group["Name"] for group in job["TaskGroups"] if group.get("Services") and not group.get("ShutdownDelay")]:
            answer["Warnings"] = "1 warning:\n\n* " + "\n* ".join(
                f'group "{name}" defines services, but neither the group nor any of its tasks have shutdown_delay set' for name in abrupt)
        return _written(answer)

    def jobs(self):
        self.need("list-jobs")
        return [versions[0] for (name_space, _), versions in self.state.versions.items() if name_space == self.name_space], self.state.tables["jobs"]

    def _key(self, job_id, capability="read-job"):
        self.need(capability)
        return {"Namespace": self.name_space, "ID": job_id}

    def job(self, job_id):
        self._key(job_id)
        job = self.state.job(self.name_space, job_id)
        if job is None:
            raise self.missing("job not found", "jobs")
        return job, job["ModifyIndex"]

    def job_versions(self, job_id):
        self._key(job_id)
        versions = self.state.versions.get((self.name_space, job_id))
        if not versions:
            raise self.missing("job versions not found", "jobs")
        return {"Diffs": None, "Versions": versions}, max(job["ModifyIndex"] for job in versions)

    def submission(self, job_id):
        self._key(job_id)
        found = self.state.submissions.get((self.name_space, job_id, int(self.query.get("version", "0"))))
        if self.state.version < (1, 6, 0) or found is None:
            raise self.missing("job source not found", "jobs")
        return found, self.state.tables["jobs"]

    def job_deployments(self, job_id):
        found = self.state.job_deployments(self._key(job_id))
        return found, max((item["ModifyIndex"] for item in found), default=self.state.tables["deployment"])

    def job_deployment(self, job_id):
        found = self.state.job_deployments(self._key(job_id))
        return (found[0], found[0]["ModifyIndex"]) if found else (None, self.state.tables["deployment"])

    def job_evaluations(self, job_id):
        found = sorted(self.state.job_evals(self._key(job_id)), key=lambda item: -item["CreateIndex"])
        return found, max((item["ModifyIndex"] for item in found), default=self.state.tables["evals"])

    def job_allocations(self, job_id):
        found = self.state.job_allocs(self._key(job_id))
        job = self.state.job(self.name_space, job_id)
        if self.query.get("all") != "true" and job:
            found = [alloc for alloc in found if alloc.json["Job"]["CreateIndex"] == job["CreateIndex"]]
        return self._stubs(found), self.state.tables["allocs"]

    def summary(self, job_id):
        job, _ = self.job(job_id)
        counts = {group["Name"]: dict.fromkeys(("Complete", "Failed", "Lost", "Queued", "Running", "Starting", "Unknown"), 0) for group in job["TaskGroups"]}
        for alloc in self.state.job_allocs(job):
            if alloc.task_group in counts:
                counts[alloc.task_group][{"pending": "Starting"}.get(alloc.client_status, alloc.client_status.capitalize())] += 1
        return {"Children": {"Dead": 0, "Pending": 0, "Running": 0}, "JobID": job_id, "Namespace": self.name_space, "Summary": counts}, job["ModifyIndex"]

    def deregister(self, job_id):
        self.need("submit-job")
        return _written({"VolumeEvalID": "", "VolumeEvalIndex": 0,
                         **self.state.deregister(self.name_space, job_id, self.query.get("purge") in ("true", "1"))})

    def revert(self, job_id):
        self.need("submit-job")
        return _written(self.state.revert(self.name_space, job_id, self.body.get("JobVersion", 0), self.body.get("EnforcePriorVersion")))

    def dispatch(self, job_id):
        self.need("dispatch-job")
        job = self.state.needed_job(self.name_space, job_id)
        parameters = job["ParameterizedJob"]
        if not parameters:
            raise Refused(f'Specified job "{job_id}" is not a parameterized job')
        if job["Stop"]:
            raise Refused(f'Specified job "{job_id}" is stopped')
        meta = self.body.get("Meta") or {}
        required, optional = parameters.get("MetaRequired") or [], parameters.get("MetaOptional") or []
        payload = parameters.get("Payload") or "optional"
        if missing := [key for key in required if key not in meta]:
            raise Refused(f"Dispatch did not provide required meta keys: [{' '.join(missing)}]")
        if unknown := [key for key in meta if key not in required + optional]:
            raise Refused(f"Dispatch request included unpermitted metadata keys: [{' '.join(unknown)}]")
        if payload == "required" and not self.body.get("Payload"):
            raise Refused("Payload is not provided but required by parameterized job")
        if payload == "forbidden" and self.body.get("Payload"):
            raise Refused("Payload provided but forbidden by parameterized job")
        token = self.query.get("idempotency_token") or self.body.get("IdempotencyToken") or ""
        for (name_space, _), versions in self.state.versions.items():
            if token and name_space == self.name_space and (versions[0]["ParentID"], versions[0]["DispatchIdempotencyToken"]) == (job_id, token):
                found = versions[0]
                return _written({"DispatchedJobID": found["ID"], "EvalCreateIndex": 0, "EvalID": "", "Index": found["CreateIndex"],
                                 "JobCreateIndex": found["CreateIndex"]})
        child, evaluation = self.state.child(job, "dispatch", {
            "Dispatched": True, "Meta": {**(job["Meta"] or {}), **meta} or None, "Payload": self.body.get("Payload"), "DispatchIdempotencyToken": token})
        index = child["CreateIndex"]
        return _written({"DispatchedJobID": child["ID"], "EvalCreateIndex": index, "EvalID": evaluation["ID"], "Index": index, "JobCreateIndex": index})

    def force_periodic(self, job_id):
        self.need("submit-job")
        job = self.state.job(self.name_space, job_id)
        if job is None:
            raise Refused("job not found", 404)
        if not job["Periodic"]:
            raise Refused("can't force launch non-periodic job")
        _, evaluation = self.state.child(job, "periodic", {})
        return _written({"EvalCreateIndex": evaluation["CreateIndex"], "EvalID": evaluation["ID"], "Index": evaluation["CreateIndex"]})

    # --- evaluations and deployments

    def _found(self, table, kind, id_, where):
        if len(id_) != 36:
            raise Refused(f"{kind} lookup failed: index error: UUID must be 36 characters")
        item = where.get(id_)
        if item is None:
            raise self.missing({"eval": "eval not found", "deployment": "deployment not found", "alloc": "alloc not found"}[kind], table)
        return item

    def evaluation(self, id_):
        self.need("read-job")
        item = self._found("evals", "eval", id_, self.state.evals)
        return item, item["ModifyIndex"]

    def deployment(self, id_):
        self.need("read-job")
        item = self._found("deployment", "deployment", id_, self.state.deployments)
        return item, item["ModifyIndex"]

    def deployment_allocations(self, id_):
        self.need("read-job")
        found = [alloc for alloc in self.state.allocs.values() if alloc.json["DeploymentID"] == id_]
        return self._stubs(found), self.state.tables["allocs"]

    def _writable_deployment(self, id_):
        self.need()
        item = self.state.deployments.get(id_)
        if item is None:
            raise Refused("deployment not found")
        self.need("submit-job")
        return item

    def promote(self, id_):
        item = self._writable_deployment(id_)
        evaluation = self.state.promote(item, None if self.body.get("All") else self.body.get("Groups") or [])
        return self._deployment_written(item, evaluation, None)

    def fail(self, id_):
        item = self._writable_deployment(id_)
        if item["Status"] in OVER:
            raise Refused("can't fail terminal deployment")
        evaluation, reverted = self.state.fail(item, "Deployment marked as failed")
        return self._deployment_written(item, evaluation, reverted)

    @staticmethod
    def _deployment_written(item, evaluation, reverted):
        index = item["ModifyIndex"]
        return _written({"DeploymentModifyIndex": index, "EvalCreateIndex": index, "EvalID": evaluation["ID"] if evaluation else "", "Index": index,
                         "RevertedJobVersion": reverted})

    # --- allocations

    @staticmethod
    def _stubs(allocs):
        return [{name: alloc.json[name] for name in _STUB} for alloc in allocs]

    def allocation(self, id_):
        self.need("read-job")
        alloc = self._found("allocs", "alloc", id_, self.state.allocs)
        return {name: value for name, value in alloc.json.items() if name not in ("JobVersion", "JobType")}, alloc.modify_index  # of stubs only

    def checks(self, id_):
        self.need("read-job")
        alloc = self.state.allocs.get(id_)
        if alloc is None:
            raise Refused(f'Unknown allocation "{id_}"', 404)
        if self.state.version < (1, 4, 0):
            raise Refused("", 404)
        found = {}
        for service in self._services_of(alloc):
            for check in service.get("Checks") or [] if service.get("Provider") == "nomad" else []:
                fails = isinstance(alloc.outcome, CheckFails)
                number = f"{len(found):064x}"
                found[number] = {
                    "Check": check.get("Name") or f'service: "{service["Name"]}" check', "Group": alloc.name, "ID": number, "Mode": "healthiness",
                    "Output": alloc.outcome.output if fails else "nomad: http ok" if alloc.client_status == "running" else "nomad: waiting to run", "Service": service["Name"],
                    "Status": "failure" if fails else "success" if alloc.client_status == "running" else "pending",
                    "StatusCode": alloc.outcome.status_code if fails else 200, "Timestamp": int(self.state.now())}
        return _json(found)

    @staticmethod
    def _services_of(alloc):
        group = group_of(alloc.json["Job"], alloc.task_group)
        return (group.get("Services") or []) + [service for task in group["Tasks"] for service in task.get("Services") or []]

    def service(self, name):
        self.need("read-job")
        found = []
        for alloc in self.state.allocs.values():
            ports = {port["Label"]: port for port in alloc.allocated_resources["Shared"]["Ports"] or []}
            for service in self._services_of(alloc):
                if service.get("Provider") == "nomad" and service["Name"] == name and alloc.live and alloc.client_status == "running" \
                        and service["PortLabel"] in ports:
                    port = ports[service["PortLabel"]]
                    found.append({
                        "Address": port["HostIP"], "AllocID": alloc.id, "CreateIndex": alloc.create_index, "Datacenter": "dc1",
                        "ID": f"_nomad-task-{alloc.id}-group-{alloc.task_group}-{name}-{service['PortLabel']}", "JobID": alloc.json["JobID"],
                        "ModifyIndex": alloc.modify_index, "Namespace": alloc.namespace, "NodeID": alloc.json["NodeID"], "Port": port["Value"],
                        "ServiceName": name, "Tags": (service.get("CanaryTags") if alloc.canary else None) or service.get("Tags")})
        return found, self.state.tables["services"]

    def logs(self, id_):
        self.need("read-logs")
        alloc = self.state.allocs.get(id_)
        if alloc is None:
            raise Refused(f'Unknown allocation "{id_}"', 404)
        task, stream = self.query.get("task", ""), self.query.get("type", "")
        if not task:
            raise Refused("must provide task name", 400)
        if stream not in ("stdout", "stderr"):
            raise Refused("invalid log type", 400)
        state = (alloc.task_states or {}).get(task)
        if task not in [each["Name"] for each in group_of(alloc.json["Job"], alloc.task_group)["Tasks"]]:
            raise Refused(f'unknown task name "{task}"', 400)
        if not state or not state["StartedAt"]:
            raise Refused(f'task "{task}" not started yet. No logs available', 404)
        text = alloc.logs.get((task, stream), b"")
        offset = int(self.query.get("offset", "0"))
        text = text[max(0, len(text) - offset):] if self.query.get("origin") == "end" else text[offset:]
        return 200, "text/plain", text, {}

    # --- the cluster

    def leader(self):
        return _json("127.0.0.1:4647")

    def agent(self):
        self.need()
        return _json({"config": {"Version": {"Version": self.state.version_text, "VersionPrerelease": ""}, "Region": "global", "Datacenter": "dc1"},
                      "member": {"Name": "vm.global", "Status": "alive", "Tags": {"build": self.state.version_text}}, "stats": {}})

    def nodes(self):
        self.need()
        return self.state.nodes, 5

    def node(self, id_):
        self.need()
        found = next((node for node in self.state.nodes if node["ID"] == id_), None)
        if found is None:
            raise self.missing("node not found", "jobs")
        return found, 5

    def regions(self):
        return _json(["global"])


_PUT = ("PUT", "POST")
_ROUTES = [
    (_PUT, r"/v1/jobs/parse", _Call.parse),
    (_PUT, r"/v1/validate/job", _Call.validate),
    (_PUT, r"/v1/jobs", _Call.register),
    (("GET",), r"/v1/jobs", _Call.jobs),
    (_PUT, r"/v1/job/(.+)/plan", _Call.plan),
    (_PUT, r"/v1/job/(.+)/revert", _Call.revert),
    (_PUT, r"/v1/job/(.+)/dispatch", _Call.dispatch),
    (_PUT, r"/v1/job/(.+)/periodic/force", _Call.force_periodic),
    (("GET",), r"/v1/job/(.+)/versions", _Call.job_versions),
    (("GET",), r"/v1/job/(.+)/submission", _Call.submission),
    (("GET",), r"/v1/job/(.+)/deployments", _Call.job_deployments),
    (("GET",), r"/v1/job/(.+)/deployment", _Call.job_deployment),
    (("GET",), r"/v1/job/(.+)/evaluations", _Call.job_evaluations),
    (("GET",), r"/v1/job/(.+)/allocations", _Call.job_allocations),
    (("GET",), r"/v1/job/(.+)/summary", _Call.summary),
    (("GET",), r"/v1/job/(.+)", _Call.job),
    (("DELETE",), r"/v1/job/(.+)", _Call.deregister),
    (("GET",), r"/v1/evaluation/([^/]+)", _Call.evaluation),
    (_PUT, r"/v1/deployment/promote/([^/]+)", _Call.promote),
    (_PUT, r"/v1/deployment/fail/([^/]+)", _Call.fail),
    (("GET",), r"/v1/deployment/allocations/([^/]+)", _Call.deployment_allocations),
    (("GET",), r"/v1/deployment/([^/]+)", _Call.deployment),
    (("GET",), r"/v1/allocation/([^/]+)", _Call.allocation),
    (("GET",), r"/v1/client/allocation/([^/]+)/checks", _Call.checks),
    (("GET",), r"/v1/client/fs/logs/([^/]+)", _Call.logs),
    (("GET",), r"/v1/service/([^/]+)", _Call.service),
    (("GET",), r"/v1/status/leader", _Call.leader),
    (("GET",), r"/v1/agent/self", _Call.agent),
    (("GET",), r"/v1/regions", _Call.regions),
    (("GET",), r"/v1/nodes", _Call.nodes),
    (("GET",), r"/v1/node/([^/]+)", _Call.node),
]
