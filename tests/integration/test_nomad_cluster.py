"""The stand-in for Nomad against what Nomad 2.0.5 said: the recordings of tests/data/nomad are replayed against it, in their order.

What was recorded has been shortened: headers that nobody reads are gone, and so is what is null, empty, 0 or false in answers. Ids and indexes
are those of the recording; the replay learns what they are in the stand-in. Compared are statuses, texts of refusals, and the fields that
common/nomad/model.hpp reads. A read is repeated until it says the same, since times are not those of the recording; successive blocking
reads become one following of what is read, whose states must come in the recorded order, though some may be missed.
"""

import http.client
import json
import pathlib
import re
import time
import urllib.parse

import pytest

from nomad_cluster import CheckFails, Crash, Exits, Healthy, NomadCluster

DATA = pathlib.Path(__file__).parent.parent / "data" / "nomad"
TOKENS = {"aaaaaaaa-1111-2222-3333-444444444444": "management", "bbbbbbbb-1111-2222-3333-444444444444": {"read-job", "list-jobs"}}
BEHAVIOURS = {
    "auto-revert": [("ar", 1, Crash(1, stderr="boom\n")), ("ar", 2, Healthy(after=0.6))],
    "unhealthy-canary": [("uc", 1, Crash(7))],
    "service-checks": [("sc", 1, CheckFails(output="", status_code=500))],
    "batch": [("mig-ok", None, Exits(stdout="applied 3 migrations\n")), ("mig-bad", None, Exits(code=3, stderr="column exists already\n")),
              ("mig-retry", None, Exits(code=4, stderr="again\n"))],
}
CONVERSATIONS = [["first-deploy", "canary-promote", "canary-fail-by-gate"], ["revert-needs-canaries", "restarting-server"]]
CONVERSATIONS += [[path.stem] for path in sorted(DATA.glob("*.jsonl")) if not any(path.stem in names for names in CONVERSATIONS)]
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def pick(json_, *names):
    return {name: json_.get(name) or None for name in names}


def job(json_):
    return {**pick(json_, "ID", "Version", "Type", "Status", "Stable", "Stop"), "Periodic": bool(json_.get("Periodic")),
            "Parameterized": bool(json_.get("ParameterizedJob"))}


def failures(json_):
    return {group: pick(why, "NodesEvaluated", "ConstraintFiltered", "DimensionExhausted", "CoalescedFailures") for group, why in (json_ or {}).items()}


def updates(json_):
    return {group: {name: count for name, count in counts.items() if count}
            for group, counts in ((json_ or {}).get("DesiredTGUpdates") or {}).items()}


def evaluation(json_):
    return {**pick(json_, "JobID", "Type", "Status", "StatusDescription", "TriggeredBy", "DeploymentID", "JobModifyIndex"),
            "blocked": bool(json_.get("BlockedEval")), "next": bool(json_.get("NextEval")), "failures": failures(json_.get("FailedTGAllocs")),
            "queued": {name: count for name, count in (json_.get("QueuedAllocations") or {}).items() if count},
            "updates": updates(json_.get("PlanAnnotations"))}


def deployment(json_):
    if not json_:
        return None
    return {**pick(json_, "JobID", "Status", "StatusDescription", "JobVersion", "JobSpecModifyIndex", "IsMultiregion"), "groups": {
        name: {**pick(group, "DesiredTotal", "DesiredCanaries", "PlacedAllocs", "HealthyAllocs", "UnhealthyAllocs", "Promoted", "AutoPromote",
                      "AutoRevert"), "canaries": len(group.get("PlacedCanaries") or [])} for name, group in json_["TaskGroups"].items()}}


def task(json_):
    return {**pick(json_, "State", "Failed", "Restarts"), "started": bool(json_.get("StartedAt")), "finished": bool(json_.get("FinishedAt")),
            "events": [(event["Type"], event.get("ExitCode") or 0, event.get("Signal") or 0, (event.get("Details") or {}).get("oom_killed"),
                        None if event["Type"] in ("Restarting", "Alloc Unhealthy") else event["DisplayMessage"]) for event in json_.get("Events") or []]}


def allocation(json_):
    ports = (((json_.get("AllocatedResources") or {}).get("Shared") or {}).get("Ports")) or []
    return {**pick(json_, "JobID", "Name", "TaskGroup", "ClientStatus", "DesiredStatus", "ClientDescription", "DesiredDescription", "JobVersion",
                   "DeploymentID"),
            "health": pick(json_.get("DeploymentStatus") or {}, "Canary", "Healthy"), "ports": [port["Label"] for port in ports],
            "tasks": {name: task(state) for name, state in (json_.get("TaskStates") or {}).items()}}


def many(one):
    return lambda json_: sorted((one(item) for item in json_ or []), key=lambda item: json.dumps(item, sort_keys=True))


def plan(json_):
    diff = json_.get("Diff") or {}
    return {"updates": updates(json_.get("Annotations")), "failures": failures(json_.get("FailedTGAllocs")), "type": diff.get("Type"),
            "meta": [field for field in diff.get("Fields") or [] if field["Name"].startswith("Meta")] and [
                pick(field, "Name", "Old", "New", "Type") for field in diff["Fields"] if field["Name"].startswith("Meta")],
            "groups": [(group["Name"], group["Type"], group.get("Updates"), [(item["Name"], item["Type"]) for item in group.get("Tasks") or []])
                       for group in diff.get("TaskGroups") or []]}


def parsed(json_):
    return {**pick(json_, "ID", "Name", "Type", "Meta"), "groups": [
        {**pick(group, "Name", "Count", "Update", "RestartPolicy", "ReschedulePolicy"), "tasks": [
            pick(item, "Name", "Driver", "Config") for item in group["Tasks"]]} for group in json_["TaskGroups"]]}


def dense(value):
    """Without what the recording leaves out."""
    if isinstance(value, dict):
        return {name: left for name, item in value.items() if (left := dense(item)) not in (None, "", 0, False, [], {})}
    return [dense(item) for item in value] if isinstance(value, (list, tuple)) else value


READ = [
    (r"/v1/jobs/parse", parsed),
    (r"/v1/validate/job", lambda json_: pick(json_, "DriverConfigValidated", "Error", "ValidationErrors")),
    (r"/v1/job/[^/]+/plan", plan),
    (r"/v1/job/[^/]+/versions", lambda json_: [pick(item, "Version", "Stable", "Stop") for item in json_["Versions"]]),
    (r"/v1/job/[^/]+/deployments", many(deployment)),
    (r"/v1/job/[^/]+/deployment", deployment),
    (r"/v1/job/[^/]+/evaluations", many(evaluation)),
    (r"/v1/job/[^/]+/allocations|/v1/deployment/allocations/.*", many(allocation)),
    (r"/v1/job/[^/]+/summary", lambda json_: json_.get("Summary")),
    (r"/v1/job/[^/]+", lambda json_: job(json_) if json_.get("Type") else {"evaluated": bool(json_.get("EvalID"))}),
    (r"/v1/evaluation/.*", evaluation),
    (r"/v1/deployment/(promote|fail)/.*", lambda json_: pick(json_, "RevertedJobVersion")),
    (r"/v1/deployment/.*", deployment),
    (r"/v1/allocation/.*", allocation),
    (r"/v1/client/allocation/.*/checks", lambda json_: sorted((pick(item, "Service", "Check", "Status", "StatusCode", "Output") for item in
                                                               json_.values()), key=str)),
    (r"/v1/service/.*", many(lambda json_: pick(json_, "ServiceName", "JobID", "AllocID", "Tags"))),
    (r"/v1/status/leader", lambda json_: isinstance(json_, str)),
    (r"/v1/jobs|/v1/job/.*", lambda json_: json_ if not json_ else {**pick(json_, "Warnings"), "evaluated": bool((json_ or {}).get("EvalID"))}),
]


class Replay:
    def __init__(self, nomad):
        self.nomad = nomad
        self.known = {}    # of the recording -> of the stand-in: ids, and indexes as text
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(nomad.url).netloc, timeout=20)

    def ours(self, text):
        text = _ID.sub(lambda match: self.known.get(match[0], match[0]), text)
        for theirs, mine in self.known.items():
            if "/dispatch-" in theirs:
                text = text.replace(theirs, mine).replace(urllib.parse.quote(theirs, safe=""), urllib.parse.quote(mine, safe=""))
        return text

    def send(self, request, path=None):
        body = request.get("body")
        if isinstance(body, dict) and body.get("EnforceIndex"):
            body = {**body, "JobModifyIndex": self.known.get(str(body["JobModifyIndex"]), body["JobModifyIndex"])}
        text = None if body is None else body if isinstance(body, str) else self.ours(json.dumps(body))
        self.connection.request(request["method"], path or self.ours(request["path"]), body=text, headers=request.get("headers") or {})
        response = self.connection.getresponse()
        text = response.read().decode()
        json_ = json.loads(text) if response.headers["Content-Type"] == "application/json" else None
        return response.status, response.headers.get("X-Nomad-Index"), json_, text

    def learn(self, theirs, ours):
        """What is at the same place of two answers is the same thing."""
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for name in theirs.keys() & ours.keys():
                self.learn(theirs[name], ours[name])
                if name in ("JobModifyIndex", "JobSpecModifyIndex") and theirs[name]:
                    self.known.setdefault(str(theirs[name]), ours[name])
        elif isinstance(theirs, list) and isinstance(ours, list):
            order = lambda item: [str(item.get(name) or "") for name in ("JobVersion", "Name", "CreateIndex")] if isinstance(item, dict) else [str(item)]
            for one, other in zip(sorted(theirs, key=order), sorted(ours, key=order)):
                self.learn(one, other)
        elif isinstance(theirs, str) and isinstance(ours, str) and (
                _ID.fullmatch(theirs) and _ID.fullmatch(ours) or "/dispatch-" in theirs and "/dispatch-" in ours):
            self.known.setdefault(theirs, ours)

    def seen(self, path, json_, theirs):
        """What is compared of an answer: ids of the recording are those of the stand-in."""
        if theirs:
            json_ = json.loads(self.ours(json.dumps(json_)), object_hook=self._indexes)
        bare = path.partition("?")[0]
        read = next(read for pattern, read in READ if re.fullmatch(pattern, bare))
        return dense(json.loads(json.dumps(read(json_))))

    def _indexes(self, json_):
        return {**json_, **{name: self.known.get(str(json_[name]), -1) for name in ("JobModifyIndex", "JobSpecModifyIndex") if json_.get(name)}}

    def compare(self, request, expected):
        path = request["path"]
        end = time.monotonic() + 2
        if request["method"] != "GET":
            self.nomad.release()
        while True:
            status, index, json_, text = self.send(request)
            if json_ is not None and "json" in expected:
                self.learn(expected["json"], json_)
            same = status == expected["status"]
            if "text" in expected:
                mine, theirs = text, re.sub(r"(?<=index: )\d+$", lambda match: str(self.known.get(match[0])), self.ours(expected["text"]))
            else:
                mine, theirs = self.seen(path, json_, False) if status == 200 else text, self.seen(path, expected["json"], True)
            same = same and (mine == theirs or path == "/v1/status/leader")
            if same or request["method"] != "GET" or time.monotonic() > end:
                break
            self.nomad.release()
            time.sleep(0.02)
        assert (status, mine) == (expected["status"], theirs), f"{request['method']} {path}"
        if request["method"] == "GET" and expected["status"] == 200:
            assert (index is None) == (expected.get("index") is None), path

    def follow(self, path, answers):
        """Reads on until the last recorded state, and compares the states on the way."""
        def distinct(states):
            return [state for number, state in enumerate(states) if number == 0 or state != states[number - 1]]

        self.nomad.release()
        index, ours, end = 0, [], time.monotonic() + 2
        bare = path.partition("?")[0] + ("?all=true" if "all=true" in path else "")
        while True:
            status, index, json_, text = self.send({"method": "GET"}, f"{self.ours(bare)}{'&' if '?' in bare else '?'}index={index}&wait=300ms")
            assert status == 200, text
            self.learn(answers[-1]["json"], json_)
            ours.append(self.seen(path, json_, False))
            theirs = distinct([self.seen(path, answer["json"], True) for answer in answers])
            if ours[-1] == theirs[-1] or time.monotonic() > end:
                break
        self.nomad.hold()  # what was read next was read at once
        ours = distinct(ours)
        assert ours[-1] == theirs[-1], path
        assert [state for state in theirs if state in ours] == [state for state in ours if state in theirs], path


def exchanges(name):
    lines = [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]
    return [line for line in lines if "request" in line]


@pytest.mark.parametrize("names", CONVERSATIONS, ids="+".join)
def test_answers_as_nomad_did(names):
    with NomadCluster(scale=0.2 if names == ["batch"] else 0.05, tokens=TOKENS if names == ["acl"] else None) as nomad:
        replay = Replay(nomad)
        for name in names:
            for job_id, version, outcome in BEHAVIOURS.get(name, []):
                nomad.behave(job_id, outcome, version=version)
            steps = exchanges(name)
            at = 0
            while at < len(steps):
                request, path = steps[at]["request"], steps[at]["request"]["path"]
                if "error" in steps[at]:
                    nomad.fault(1, "refuse")
                    with pytest.raises((http.client.HTTPException, ConnectionError)):
                        replay.send(request)
                    replay.connection.close()
                    at += 1
                elif "index=" in path:
                    last = at
                    bare = path.partition("?")[0]
                    while last < len(steps) and "index=" in steps[last]["request"]["path"] and steps[last]["request"]["path"].partition("?")[0] == bare:
                        last += 1
                    replay.follow(path, [step["response"] for step in steps[at:last]])
                    at = last
                else:
                    replay.compare(request, steps[at]["response"])
                    at += 1
