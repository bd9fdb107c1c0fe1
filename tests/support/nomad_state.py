"""The state machine behind nomad_cluster.py: jobs and their versions, evaluations, deployments, allocations and a clock.

Everything here runs with the lock held: requests take it, and so does the thread that lets time pass. Objects are what the API answers.
"""

import copy
import heapq
import itertools
import json
import random
import threading
import time
import uuid
from datetime import datetime, timezone

from nomad_hcl import canonical
from nomad_outcomes import CheckFails, Exits, Hang, Healthy, PullError, Unplaceable

TERMINAL = ("complete", "failed", "lost")
OVER = ("successful", "failed", "cancelled")
COUNTED = ("Canary", "DestructiveUpdate", "Disconnect", "Ignore", "InPlaceUpdate", "Migrate", "Place", "Preemptions", "Reconnect",
           "RescheduleLater", "RescheduleNow", "Stop")
_STEP = 0.01  # of the scheduler and of clients
_INDEXES = ("CreateIndex", "ModifyIndex", "JobModifyIndex", "Version", "Stable", "Status", "StatusDescription", "SubmitTime", "VersionTag",
            "NomadTokenID")


class Refused(Exception):
    """What Nomad answers with a status that is not 200."""

    def __init__(self, text, status=500):
        super().__init__(text)
        self.status = status


class Alloc:
    """An allocation: `json` is the whole of it as the API has it."""

    def __init__(self, json_, outcome):
        self.json = json_
        self.outcome = outcome
        self.logs = {}   # (task, stdout or stderr) -> bytes
        self.life = None

    def __getattr__(self, name):
        return self.json["".join(part.capitalize() for part in name.split("_"))]

    @property
    def id(self):
        return self.json["ID"]

    @property
    def canary(self):
        return bool((self.json["DeploymentStatus"] or {}).get("Canary"))

    @property
    def healthy(self):
        return (self.json["DeploymentStatus"] or {}).get("Healthy")

    @property
    def live(self):
        return self.json["DesiredStatus"] == "run" and self.json["ClientStatus"] not in TERMINAL


def without_empty(value):
    """The value without what is empty in it: how two specifications are compared."""
    if isinstance(value, dict):
        return {name: left for name, item in value.items() if (left := without_empty(item)) not in (None, "", 0, False, [], {})}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def specification(job):
    return without_empty({name: value for name, value in job.items() if name not in _INDEXES})


def signature(job, group_name):
    """What cannot change in place."""
    group = group_of(job, group_name) or {}
    tasks = [{name: task.get(name) for name in ("Name", "Driver", "User", "Config", "Env", "Meta", "Resources", "Templates", "Artifacts", "Vault")}
             for task in group.get("Tasks") or []]
    return without_empty([job.get("Meta"), group.get("Meta"), group.get("Networks"), group.get("EphemeralDisk"), group.get("Volumes"), tasks])


def group_of(job, name):
    return next((group for group in job["TaskGroups"] if group["Name"] == name), None)


class State:
    def __init__(self, version, scale, nodes, seed=1):
        self.version = tuple(int(part) for part in version.split("."))
        self.version_text = version
        self.scale = scale
        self.lock = threading.Condition(threading.RLock())
        self.index = 10
        self.tables = {"jobs": 1, "evals": 1, "deployment": 1, "allocs": 1, "services": 1}
        self.namespaces = {"default"}
        self.versions = {}     # (namespace, id) -> newest first
        self.submissions = {}  # (namespace, id, version) -> as it was sent
        self.evals = {}
        self.deployments = {}
        self.allocs = {}
        self.behaviours = []
        self.errors = []
        self.random = random.Random(seed)
        self.nodes = [{"ID": self.new_id(), "Name": f"node-{number + 1}", "Status": "ready", "SchedulingEligibility": "eligible", "Datacenter": "dc1",
                       "NodePool": "default", "Drain": False, "Address": "127.0.0.1", "Attributes": {"kernel.name": "linux"}} for number in range(nodes)]
        self.node_memory = 16384
        self._ports = itertools.count(21000)
        self._next_node = itertools.count()
        self._timers = []
        self._order = itertools.count()
        self._started = (time.time(), time.monotonic())
        self._shift = 0.0
        self._held_at = None
        self._stopped = False

    # --- time

    def now(self):
        monotonic = self._held_at if self._held_at is not None else time.monotonic()
        return self._started[0] + monotonic - self._started[1] + self._shift

    def stamp(self):
        return int(self.now() * 10**9)

    def iso(self, at=None):
        return datetime.fromtimestamp(at if at is not None else self.now(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def after(self, seconds, action):
        heapq.heappush(self._timers, (self.now() + seconds, next(self._order), action))
        self.lock.notify_all()

    def hold(self):
        with self.lock:
            if self._held_at is None:
                self._held_at = time.monotonic()

    def release(self):
        with self.lock:
            if self._held_at is not None:
                self._shift -= time.monotonic() - self._held_at
                self._held_at = None
                self.lock.notify_all()

    def advance(self, seconds):
        with self.lock:
            self._shift += seconds
            self.lock.notify_all()

    def run(self):
        """Lets time pass, until stop()."""
        with self.lock:
            while not self._stopped:
                if self._timers and self._timers[0][0] <= self.now():
                    try:
                        heapq.heappop(self._timers)[2]()
                    except Exception as error:  # told at the end, where a test sees it
                        self.errors.append(error)
                    continue
                waits = self._timers[0][0] - self.now() if self._timers and self._held_at is None else 1.0
                self.lock.wait(max(0.0005, min(waits, 1.0)))

    def stop(self):
        with self.lock:
            self._stopped = True
            self.lock.notify_all()

    def wait_for(self, condition, seconds):
        """Waits, in real time, until the condition is true; whether it is."""
        with self.lock:
            end = time.monotonic() + seconds
            while not condition() and not self._stopped and (left := end - time.monotonic()) > 0:
                self.lock.wait(left)
            return condition()

    # --- objects

    def new_id(self):
        return str(uuid.UUID(int=self.random.getrandbits(128)))

    def next_index(self):
        self.index += 1
        return self.index

    def put(self, table, item, index=None):
        """The item was changed, in one transaction with others of that index."""
        index = index or self.next_index()
        item["ModifyIndex"] = index
        item.setdefault("CreateIndex", index)
        if "ModifyTime" in item:
            item["ModifyTime"] = self.stamp()
        self.tables[table] = index
        if table in ("allocs", "evals"):
            self._refresh_status(item["Namespace"], item["JobID"], index)
        self.lock.notify_all()
        return index

    def job(self, name_space, job_id):
        versions = self.versions.get((name_space, job_id))
        return versions[0] if versions else None

    def needed_job(self, name_space, job_id):
        if job := self.job(name_space, job_id):
            return job
        raise Refused(f'job "{job_id}" not found')

    def job_evals(self, job):
        return [item for item in self.evals.values() if (item["Namespace"], item["JobID"]) == (job["Namespace"], job["ID"])]

    def job_allocs(self, job):
        return [item for item in self.allocs.values() if (item.json["Namespace"], item.json["JobID"]) == (job["Namespace"], job["ID"])]

    def job_deployments(self, job):
        found = [item for item in self.deployments.values() if (item["Namespace"], item["JobID"]) == (job["Namespace"], job["ID"])]
        return sorted(found, key=lambda item: -item["CreateIndex"])

    def deployment_of(self, job):
        return next((item for item in self.job_deployments(job) if item["JobSpecModifyIndex"] == job["JobModifyIndex"]), None)

    def _refresh_status(self, name_space, job_id, index):
        job = self.job(name_space, job_id)
        if job is None:
            return
        allocs = self.job_allocs(job)
        if job["Stop"]:
            status = "dead"
        elif job["Periodic"] or job["ParameterizedJob"] and not job["Dispatched"]:
            status = "running"
        elif any(alloc.live for alloc in allocs):
            status = "running"
        elif any(item["Status"] in ("pending", "blocked") for item in self.job_evals(job)):
            status = "pending"
        else:
            status = "dead" if allocs else "pending"
        if status != job["Status"]:
            job["Status"] = status
            self.put("jobs", job, index)

    # --- jobs

    def register(self, job, enforced=None, submission=None):
        """The answer to a registration. `enforced` is the JobModifyIndex that the job must have."""
        job = canonical(job)
        if job["Namespace"] not in self.namespaces:
            raise Refused(f'1 error occurred:\n\t* job "{job["ID"]}" is in nonexistent namespace "{job["Namespace"]}"\n\n')
        if errors := validation_errors(job):
            raise Refused(error_list(errors))
        old = self.job(job["Namespace"], job["ID"])
        if enforced is not None:
            if old and enforced == 0:
                raise Refused("Enforcing job modify index 0: job already exists")
            if old and enforced != old["JobModifyIndex"]:
                raise Refused(f"Enforcing job modify index {enforced}: job exists with conflicting job modify index: {old['JobModifyIndex']}")
            if not old and enforced:
                raise Refused(f"Enforcing job modify index {enforced}: job does not exist")
        if old and specification(old) == specification(self._completed(job)):
            index = old["ModifyIndex"]
            if old["Periodic"] or old["ParameterizedJob"]:
                return self._registered(None, index)
            return self._registered(self.evaluate(old, "job-register", changed=False), index)
        index = self.next_index()
        job = self.add_version(job, index)
        if submission:
            self.submissions[(job["Namespace"], job["ID"], job["Version"])] = submission
        if job["Periodic"] or job["ParameterizedJob"] and not job["Dispatched"]:
            return self._registered(None, index)
        return self._registered(self.evaluate(job, "job-register", index), index)

    def _completed(self, job):
        job = copy.deepcopy(job)
        job["NodePool"] = job["NodePool"] or "default"
        job["Datacenters"] = job["Datacenters"] or ["*"]
        return job

    def _registered(self, evaluation, index):
        return {"EvalCreateIndex": evaluation["CreateIndex"] if evaluation else 0, "EvalID": evaluation["ID"] if evaluation else "",
                "Index": evaluation["CreateIndex"] if evaluation else index, "JobModifyIndex": index, "KnownLeader": False, "LastContact": 0,
                "NextToken": "", "Warnings": ""}

    def add_version(self, job, index):
        versions = self.versions.setdefault((job["Namespace"], job["ID"]), [])
        job = self._completed(job)
        job.update({"CreateIndex": versions[-1]["CreateIndex"] if versions else index, "ModifyIndex": index, "JobModifyIndex": index,
                    "Version": versions[0]["Version"] + 1 if versions else 0, "SubmitTime": self.stamp(), "Stable": False,
                    "Status": versions[0]["Status"] if versions else "pending"})
        if job["Periodic"] or job["ParameterizedJob"]:
            job["Status"] = "running"
        versions.insert(0, job)
        self.put("jobs", job, index)
        return job

    def deregister(self, name_space, job_id, purge):
        job = self.job(name_space, job_id)
        if job is None:
            return {"EvalCreateIndex": 0, "EvalID": "", "Index": 0, "JobModifyIndex": 0}
        index = self.next_index()
        if purge:
            job = {**job, "Stop": True, "JobModifyIndex": index}
            evaluation = self.evaluate(job, "job-deregister", index)
            del self.versions[(name_space, job_id)]
            self.tables["jobs"] = index
            self.lock.notify_all()
        else:
            stable = job["Stable"]
            job = self.add_version({**copy.deepcopy(job), "Stop": True}, index)
            job["Stable"] = stable
            evaluation = self.evaluate(job, "job-deregister", index)
        return {"EvalCreateIndex": index, "EvalID": evaluation["ID"], "Index": index, "JobModifyIndex": index}

    def revert(self, name_space, job_id, version, enforced):
        job = self.needed_job(name_space, job_id)
        if enforced is not None and enforced != job["Version"]:
            raise Refused(f"Current job has version {job['Version']}; enforcing version {enforced}")
        if version == job["Version"]:
            raise Refused("can't revert to current version")
        wanted = next((item for item in self.versions[(name_space, job_id)] if item["Version"] == version), None)
        if wanted is None:
            raise Refused(f'job "{job_id}" in namespace "{name_space}" at version {version} not found')
        index = self.next_index()
        return self._registered(self.evaluate(self.add_version({**wanted, "Stop": False}, index), "job-register", index), index)

    def child(self, parent, kind, changes):
        """Starts a periodic or parameterized job."""
        index = self.next_index()
        suffix = f"-{self.random.getrandbits(32):08x}" if kind == "dispatch" else ""
        job = copy.deepcopy(parent)
        job.update({"ID": f"{parent['ID']}/{kind}-{int(self.now())}{suffix}", "ParentID": parent["ID"], "Periodic": None, **changes})
        job["Name"] = job["ID"]
        job = self.add_version(job, index)
        return job, self.evaluate(job, "periodic-job" if kind == "periodic" else "job-register", index)

    # --- evaluations

    def evaluate(self, job, trigger, index=None, changed=True, process=True, **fields):
        index = index or self.next_index()
        item = {"CreateIndex": index, "CreateTime": self.stamp(), "DeploymentID": "", "ID": self.new_id(), "JobID": job["ID"],
                "JobModifyIndex": job["JobModifyIndex"] if changed else 0, "ModifyIndex": index, "ModifyTime": self.stamp(),
                "Namespace": job["Namespace"], "Priority": job["Priority"], "Status": "pending", "StatusDescription": "", "TriggeredBy": trigger,
                "Type": job["Type"], "BlockedEval": "", "NextEval": "", "PreviousEval": "", "QueuedAllocations": None, "FailedTGAllocs": None,
                **fields}
        self.evals[item["ID"]] = item
        self.put("evals", item, index)
        if process:
            self.after(_STEP, lambda: self._schedule(item, job))
        return item

    def _schedule(self, item, job):
        """The plan of an evaluation is applied; it is complete a moment later."""
        job = self.job(job["Namespace"], job["ID"]) or job
        item["SnapshotIndex"] = self.index
        updates, failed = self.reconcile(job)
        if self._apply(job, item, updates, failed):
            self.put("evals", item, self.index)
        item["PlanAnnotations"] = annotations(updates)
        item["QueuedAllocations"] = {name: failed.get(name, {}).get("CoalescedFailures", -1) + 1 for name in updates}
        if failed:
            item["FailedTGAllocs"] = failed
            blocked = self.evaluate(job, "queued-allocs", process=False, Status="blocked", StatusDescription="created to place remaining allocations",
                                    PreviousEval=item["ID"], FailedTGAllocs=failed)
            item["BlockedEval"] = blocked["ID"]
        self.after(_STEP, lambda: self._complete(item, job))

    def _complete(self, item, job):
        deployment = self.deployment_of(job)
        item["DeploymentID"] = deployment["ID"] if deployment and not job["Stop"] else ""
        item["Status"] = "complete"
        self.put("evals", item)

    def place(self, job):
        """What was blocked finds its node."""
        for item in self.job_evals(job):
            if item["Status"] == "blocked":
                item["Status"] = "pending"
                self.put("evals", item)
                self.after(_STEP, lambda item=item: self._schedule(item, job))

    # --- scheduler

    def reconcile(self, job):
        """(what becomes of the allocations by group, FailedTGAllocs): updates are {place, stop, destructive, inplace, canary, ignore}."""
        updates, failed = {}, {}
        names = [group["Name"] for group in job["TaskGroups"]]
        allocs = self.job_allocs(job)
        for name in names + sorted({alloc.task_group for alloc in allocs} - set(names)):
            mine = [alloc for alloc in allocs if alloc.task_group == name]
            group = None if job["Stop"] else group_of(job, name)
            updates[name] = self._group_updates(job, group, mine)
            wanted = updates[name]["place"] + updates[name]["canary"] + len(updates[name]["destructive"])
            if wanted and (reason := self._unplaceable(job, group, updates[name]["canary"] > 0)):
                failed[name] = {**reason, "CoalescedFailures": wanted - 1}
        return updates, failed

    def _group_updates(self, job, group, allocs):
        update = {"place": 0, "stop": [], "destructive": [], "inplace": [], "canary": 0, "ignore": 0, "desired_canaries": 0}
        live = [alloc for alloc in allocs if alloc.live]
        if group is None:
            update["stop"] = live
            return update
        deployment = self.deployment_of(job)
        state = deployment["TaskGroups"].get(group["Name"]) if deployment else None
        failed = deployment is not None and deployment["Status"] in ("failed", "cancelled")
        update["stop"] = [alloc for alloc in allocs if alloc.desired_status == "run" and alloc.canary and (failed or alloc.json["DeploymentID"] != (deployment or {}).get("ID"))]
        live = [alloc for alloc in live if alloc not in update["stop"]]
        if failed:
            update["ignore"] = len(live)
            return update
        ended = [alloc for alloc in allocs if alloc.client_status in TERMINAL and alloc.desired_status == "run" and not alloc.next_allocation
                 and alloc.json["Job"]["JobModifyIndex"] == job["JobModifyIndex"]]
        same = [alloc for alloc in live if alloc.json["Job"]["JobModifyIndex"] == job["JobModifyIndex"]] + ended
        older = [alloc for alloc in live if alloc not in same]
        new = signature(job, group["Name"])
        destructive = [alloc for alloc in older if signature(alloc.json["Job"], group["Name"]) != new]
        update["inplace"] = [alloc for alloc in older if alloc not in destructive]
        count = len(self.nodes) if job["Type"] in ("system", "sysbatch") else group["Count"]
        strategy = group["Update"] or {}
        canaries = strategy.get("Canary", 0) if job["Type"] == "service" else 0
        if state and state["DesiredCanaries"] and not state["Promoted"] or not state and canaries and destructive:
            update["desired_canaries"] = canaries
            update["canary"] = max(0, canaries - sum(alloc.canary for alloc in same))
            update["ignore"] = len(older) - len(update["inplace"])
            return update
        names = {alloc.name for alloc in same}
        destructive.sort(key=lambda alloc: (alloc.name not in names, alloc.name))
        excess = max(0, len(same) + len(older) - count)
        update["stop"] += destructive[:excess]
        spare = excess - len(destructive[:excess])
        if spare > 0:
            update["stop"] += sorted((same + update["inplace"]), key=lambda alloc: alloc.name)[-spare:]
            update["inplace"] = [alloc for alloc in update["inplace"] if alloc not in update["stop"]]
        destructive = destructive[excess:]
        waiting = sum(1 for alloc in same if alloc.live and alloc.healthy is None) if state else 0
        limit = max(0, strategy["MaxParallel"] - waiting) if strategy.get("MaxParallel") else len(destructive)
        update["destructive"] = destructive[:limit]
        update["place"] = max(0, count - len(same) - len(older))
        update["ignore"] = len(same) + len(destructive) - len(update["destructive"]) - sum(alloc in update["stop"] for alloc in same)
        return update

    def _unplaceable(self, job, group, canary):
        """A value of FailedTGAllocs, or None."""
        outcome = self.behaviour(job, group["Name"], job["Version"], canary)
        exhausted, filtered = {}, {}
        if isinstance(outcome, Unplaceable):
            (exhausted if outcome.dimension else filtered)[outcome.dimension or outcome.constraint] = len(self.nodes)
        tasks = group["Tasks"]
        for constraint in (job.get("Constraints") or []) + (group.get("Constraints") or []) + [c for task in tasks for c in task.get("Constraints") or []]:
            operand = constraint.get("Operand") or "="
            target = constraint.get("LTarget", "")
            if operand == "=" and target.startswith("${attr."):
                bad = sum(node["Attributes"].get(target[7:-1]) != constraint.get("RTarget") for node in self.nodes)
                if bad == len(self.nodes):
                    filtered[f"{target} = {constraint.get('RTarget')}"] = bad
        if sum(task["Resources"].get("MemoryMB") or 0 for task in tasks) > self.node_memory:
            exhausted["memory"] = len(self.nodes)
        if not exhausted and not filtered:
            return None
        return {"AllocationTime": 15000, "ClassExhausted": None, "ClassFiltered": None, "CoalescedFailures": 0,
                "ConstraintFiltered": filtered or None, "DimensionExhausted": exhausted or None, "NodePool": "default",
                "NodesAvailable": {"dc1": len(self.nodes)}, "NodesEvaluated": len(self.nodes), "NodesExhausted": len(self.nodes) if exhausted else 0,
                "NodesFiltered": len(self.nodes) if filtered else 0, "NodesInPool": len(self.nodes), "QuotaExhausted": None,
                "ResourcesExhausted": None, "ScoreMetaData": None, "Scores": None}

    def _has_deployments(self, job):
        return job["Type"] == "service" or job["Type"] == "system" and self.version >= (1, 11, 0)

    def _apply(self, job, evaluation, updates, failed):
        """Whether anything was changed."""
        index = self.index + 1
        for item in self.job_deployments(job):
            if item["Status"] not in OVER and (job["Stop"] or item["JobSpecModifyIndex"] != job["JobModifyIndex"]):
                self.next_index_once(index)
                self._end(item, "cancelled", "Cancelled because job is stopped" if job["Stop"] else "Cancelled due to newer version of job", index)
        moves = {name: item["place"] + item["canary"] + len(item["destructive"]) + len(item["inplace"]) for name, item in updates.items()}
        deployment = self.deployment_of(job)
        if deployment is None and not job["Stop"] and self._has_deployments(job) and any(moves.values()):
            self.next_index_once(index)
            deployment = self._new_deployment(job, updates, index)
        for name, item in updates.items():
            if name in failed:
                continue
            for alloc in item["stop"] + item["destructive"]:
                self.next_index_once(index)
                self.stop_alloc(alloc, "alloc not needed due to job update" if alloc in item["stop"] else "alloc is being updated due to job update", index)
            for alloc in item["inplace"]:
                self.next_index_once(index)
                self._update_in_place(alloc, job, evaluation, deployment, index)
            fresh = item["place"] + item["canary"]
            free = self._free_names(job, name, fresh, item["canary"] > 0)
            for full_name in free + [alloc.name for alloc in item["destructive"]]:
                self.next_index_once(index)
                self._place(job, name, full_name, evaluation, deployment, index, canary=item["canary"] > 0)
        if deployment and deployment["Status"] not in OVER and self.index == index:
            self._announce(deployment, index)
        return self.index == index

    def next_index_once(self, index):
        """Several changes of one transaction."""
        self.index = max(self.index, index)

    def _free_names(self, job, group, number, canary):
        used = set() if canary else {alloc.name for alloc in self.job_allocs(job) if alloc.task_group == group and alloc.live}
        names = (f"{job['ID']}.{group}[{i}]" for i in itertools.count())
        return list(itertools.islice((name for name in names if name not in used), number))

    def _place(self, job, group, full_name, evaluation, deployment, index, canary=False, previous=None):
        outcome = self.behaviour(job, group, job["Version"], canary, full_name)
        node = self.nodes[next(self._next_node) % len(self.nodes)]
        json_ = {
            "AllocModifyIndex": index, "AllocatedResources": self._resources(group_of(job, group)), "ClientDescription": "", "ClientStatus": "pending",
            "CreateIndex": index, "CreateTime": self.stamp(), "DeploymentID": deployment["ID"] if deployment else "",
            "DeploymentStatus": {"Canary": canary, "Healthy": None, "ModifyIndex": 0, "Timestamp": self.iso()} if canary else None,
            "DesiredDescription": "", "DesiredStatus": "run", "DesiredTransition": {"Migrate": None, "Reschedule": None}, "EvalID": evaluation["ID"],
            "FollowupEvalID": "", "ID": self.new_id(), "Job": copy.deepcopy(job), "JobID": job["ID"], "JobType": job["Type"],
            "JobVersion": job["Version"], "ModifyIndex": index, "ModifyTime": self.stamp(), "Name": full_name, "Namespace": job["Namespace"],
            "NetworkStatus": None, "NextAllocation": "", "NodeID": node["ID"], "NodeName": node["Name"], "PreemptedAllocations": None,
            "PreemptedByAllocation": "", "PreviousAllocation": previous.id if previous else "", "RescheduleTracker": None, "TaskGroup": group,
            "TaskStates": None,
        }
        alloc = Alloc(json_, outcome)
        self.allocs[alloc.id] = alloc
        self.put("allocs", json_, index)
        if previous:
            events = (previous.reschedule_tracker or {}).get("Events") or []
            json_["RescheduleTracker"] = {"Events": events + [{"PrevAllocID": previous.id, "PrevNodeID": previous.json["NodeID"],
                                                               "RescheduleTime": self.stamp(), "Delay": 0}]}
        if deployment:
            state = deployment["TaskGroups"][group]
            state["PlacedAllocs"] += 1
            if canary:
                state["PlacedCanaries"] = (state["PlacedCanaries"] or []) + [alloc.id]
            self._set_deadline(deployment, group, progress=False)
        self._live(alloc, self._life(alloc, outcome))
        return alloc

    def _resources(self, group):
        ports = [{"HostIP": "127.0.0.1", "Label": port["Label"], "To": port.get("To", 0), "Value": port.get("Value") or next(self._ports)}
                 for network in group.get("Networks") or [] for port in (network.get("DynamicPorts") or []) + (network.get("ReservedPorts") or [])]
        networks = [{"IP": "127.0.0.1", "DynamicPorts": [{"HostNetwork": "default", "Label": port["Label"], "To": port["To"], "Value": port["Value"]}
                                                         for port in ports]}] if ports else None
        return {"Shared": {"DiskMB": 300, "Networks": networks, "Ports": ports or None}, "TaskLifecycles": {}, "Tasks": {
            task["Name"]: {"Cpu": {"CpuShares": task["Resources"]["CPU"]}, "Memory": {"MemoryMB": task["Resources"]["MemoryMB"]}, "Networks": None}
            for task in group["Tasks"]}}

    def _update_in_place(self, alloc, job, evaluation, deployment, index):
        alloc.json.update({"Job": copy.deepcopy(job), "JobVersion": job["Version"], "EvalID": evaluation["ID"]})
        if deployment:
            alloc.json.update({"DeploymentID": deployment["ID"], "DeploymentStatus": None})
            deployment["TaskGroups"][alloc.task_group]["PlacedAllocs"] += 1
            self._set_deadline(deployment, alloc.task_group, progress=False)
            self.after(self._min_healthy(alloc), lambda: alloc.live and alloc.json["DeploymentID"] == deployment["ID"] and self.set_health(alloc, True))
        self.put("allocs", alloc.json, index)

    def behaviour(self, job, group, version, canary, full_name=""):
        for behaves in reversed(self.behaviours):
            if behaves["job"] in (job["ID"], job["ParentID"]) and all(
                    behaves[what] in (None, value) for what, value in (("group", group), ("version", version), ("canary", canary), ("name", full_name))):
                return behaves["outcome"]
        return Exits(0) if job["Type"] in ("batch", "sysbatch") else Healthy()

    # --- deployments

    def _new_deployment(self, job, updates, index):
        groups = {}
        for group in job["TaskGroups"]:
            strategy = group["Update"] or {}
            if not strategy.get("MaxParallel"):
                continue
            groups[group["Name"]] = {
                "AutoPromote": strategy["AutoPromote"], "AutoRevert": strategy["AutoRevert"],
                "DesiredCanaries": updates[group["Name"]]["desired_canaries"],
                "DesiredTotal": group["Count"] if job["Type"] == "service" else len(self.nodes), "HealthyAllocs": 0, "PlacedAllocs": 0,
                "PlacedCanaries": None, "ProgressDeadline": strategy["ProgressDeadline"], "Promoted": False, "RequireProgressBy": None,
                "UnhealthyAllocs": 0}
        if not groups:
            return None
        item = {"CreateIndex": index, "EvalPriority": job["Priority"], "ID": self.new_id(), "IsMultiregion": bool(job["Multiregion"]),
                "JobCreateIndex": job["CreateIndex"], "JobID": job["ID"], "JobModifyIndex": job["ModifyIndex"],
                "JobSpecModifyIndex": job["JobModifyIndex"], "JobVersion": job["Version"], "ModifyIndex": index, "Namespace": job["Namespace"],
                "Status": "running", "StatusDescription": "", "TaskGroups": groups}
        if self.version >= (1, 9, 0):
            item.update({"CreateTime": self.stamp(), "ModifyTime": self.stamp()})
        self.deployments[item["ID"]] = item
        self._announce(item, index)
        return item

    def _announce(self, item, index=None):
        waits = [state for state in item["TaskGroups"].values() if state["DesiredCanaries"] and not state["Promoted"]]
        if item["Status"] == "running":
            item["StatusDescription"] = "Deployment is running" + (
                "" if not waits else " pending automatic promotion" if all(state["AutoPromote"] for state in waits)
                else " but requires manual promotion")
        self.put("deployment", item, index)

    def _end(self, item, status, words, index=None):
        item["Status"] = status
        item["StatusDescription"] = words
        return self.put("deployment", item, index)

    def _set_deadline(self, item, group, progress=True):
        """Placing something sets the deadline once; progress moves it."""
        state = item["TaskGroups"][group]
        if not state["ProgressDeadline"] or not progress and state["RequireProgressBy"]:
            return
        due = self.now() + state["ProgressDeadline"] / 10**9 * self.scale
        state["RequireProgressBy"] = self.iso(due)
        by = state["RequireProgressBy"]

        def check():
            wanted = state["DesiredCanaries"] if state["DesiredCanaries"] and not state["Promoted"] else state["DesiredTotal"]
            if item["Status"] == "running" and state["RequireProgressBy"] == by and state["HealthyAllocs"] < wanted:
                self.fail(item, "Failed due to progress deadline")

        self.after(due - self.now(), check)

    def fail(self, item, words):
        """The deployment has failed; the version that it is taken back to, or None."""
        index = self.next_index()
        job = self.job(item["Namespace"], item["JobID"])
        stable = None
        if job and any(state["AutoRevert"] for state in item["TaskGroups"].values()):
            stable = next((version for version in self.versions[(job["Namespace"], job["ID"])] if version["Stable"] and version["Version"] <
                           item["JobVersion"]), None)
            words += f" - rolling back to job version {stable['Version']}" if stable else " - no stable job version to auto revert to"
        self._end(item, "failed", words, index)
        job = self.add_version(stable, index) if stable else job
        evaluation = self.evaluate(job, "deployment-watcher", index) if job else None
        return evaluation, stable["Version"] if stable else None

    def promote(self, item, groups, index=None):
        """All groups where `groups` is None."""
        if item["Status"] in OVER:
            raise Refused("can't promote terminal deployment")
        chosen = [(name, state) for name, state in item["TaskGroups"].items()
                  if (groups is None or name in groups) and state["DesiredCanaries"] and not state["Promoted"]]
        canaries = lambda state: [self.allocs[id_] for id_ in state["PlacedCanaries"] or [] if id_ in self.allocs]
        errors = [f'Task group "{name}" has {sum(alloc.healthy is True for alloc in canaries(state))}/{state["DesiredCanaries"]} healthy allocations'
                  for name, state in chosen if sum(alloc.healthy is True for alloc in canaries(state)) < state["DesiredCanaries"]]
        if errors:
            raise Refused(error_list(errors))
        index = index or self.next_index()
        for name, state in chosen:
            state["Promoted"] = True
            self._set_deadline(item, name)
            for alloc in canaries(state):
                alloc.json["DeploymentStatus"]["Canary"] = False
                self.put("allocs", alloc.json, index)
        self._announce(item, index)
        self._check_success(item)
        return self.evaluate(self.needed_job(item["Namespace"], item["JobID"]), "deployment-watcher", index)

    def set_health(self, alloc, healthy):
        deployment = self.deployments.get(alloc.json["DeploymentID"])
        index = self.next_index()
        status = alloc.json["DeploymentStatus"] or {"Canary": False, "Healthy": None}
        before = status["Healthy"]
        alloc.json["DeploymentStatus"] = {**status, "Healthy": healthy, "ModifyIndex": index, "Timestamp": self.iso()}
        self.put("allocs", alloc.json, index)
        if not deployment or deployment["Status"] in OVER or before is not None:
            return
        state = deployment["TaskGroups"][alloc.task_group]
        state["HealthyAllocs" if healthy else "UnhealthyAllocs"] += 1
        if healthy:
            self._set_deadline(deployment, alloc.task_group)
        self.put("deployment", deployment, index)
        if not healthy:
            if not self._may_reschedule(alloc):
                self.after(_STEP, lambda: deployment["Status"] in OVER or self.fail(deployment, "Failed due to unhealthy allocations"))
            return
        self._check_success(deployment)
        waits = [each for each in deployment["TaskGroups"].values() if each["DesiredCanaries"] and not each["Promoted"]]
        if waits and all(each["AutoPromote"] and each["HealthyAllocs"] >= each["DesiredCanaries"] for each in waits):
            self.after(_STEP, lambda: deployment["Status"] in OVER or self.promote(deployment, None))
        elif not waits:
            job = self.needed_job(alloc.namespace, alloc.json["JobID"])
            # One that the scheduler has not begun sees this change, too.
            if not any(item["TriggeredBy"] == "deployment-watcher" and item["Status"] == "pending" and "SnapshotIndex" not in item for item in self.job_evals(job)):
                self.evaluate(job, "deployment-watcher")

    def _check_success(self, item):
        def done():
            return item["Status"] == "running" and all(
                state["HealthyAllocs"] >= state["DesiredTotal"] and (not state["DesiredCanaries"] or state["Promoted"])
                for state in item["TaskGroups"].values())

        def succeed():
            if not done():
                return
            index = self._end(item, "successful", "Deployment completed successfully")
            for job in self.versions.get((item["Namespace"], item["JobID"]), []):
                if job["JobModifyIndex"] == item["JobSpecModifyIndex"]:
                    job["Stable"] = True
                    self.put("jobs", job, index)

        if done():
            self.after(3 * _STEP, succeed)

    # --- clients

    def _live(self, alloc, life):
        """Goes on with the life of an allocation: a generator of the seconds until its next step."""
        alloc.life = life

        def go_on():
            if alloc.life is life and (pause := next(life, None)) is not None:
                self.after(pause, go_on)

        self.after(_STEP, go_on)

    def finish(self, alloc, outcome):
        """The allocation goes on with another outcome."""
        alloc.outcome = outcome
        self._live(alloc, self._life(alloc, outcome))

    def _min_healthy(self, alloc):
        strategy = group_of(alloc.json["Job"], alloc.task_group)["Update"] or {}
        return strategy.get("MinHealthyTime", 10**10) / 10**9 * self.scale

    def _life(self, alloc, outcome):
        group = group_of(alloc.json["Job"], alloc.task_group)
        batch = alloc.json["JobType"] in ("batch", "sysbatch")
        main = group["Tasks"][0]["Name"]
        policy = group["RestartPolicy"]
        if alloc.task_states is None:
            alloc.json["TaskStates"] = {task["Name"]: {"Events": [], "Failed": False, "FinishedAt": None, "LastRestart": None, "Paused": "",
                                                       "Restarts": 0, "StartedAt": None, "State": "pending"} for task in group["Tasks"]}
            for name in alloc.task_states:
                self.event(alloc, name, "Received", "Task received by client")
                self.event(alloc, name, "Task Setup", "Building Task Directory", Message="Building Task Directory")
        restarts = alloc.task_states[main]["Restarts"]
        exits = 0
        while True:
            if isinstance(outcome, Hang) and outcome.state == "pending":
                self.client_status(alloc, "pending", "No tasks have started")
                return
            if isinstance(outcome, PullError):
                self.event(alloc, main, "Driver Failure", outcome.message, DriverError=outcome.message)
            else:
                if alloc.task_states[main]["State"] != "running":
                    self._start(alloc, outcome)
                    if outcome.stdout or outcome.stderr:
                        self.log(alloc, main, "stdout", outcome.stdout)
                        self.log(alloc, main, "stderr", outcome.stderr)
                if isinstance(outcome, Healthy) and not batch:
                    yield outcome.after if outcome.after is not None else self._min_healthy(alloc)
                    self.set_health(alloc, True)
                if isinstance(outcome, Healthy) and outcome.then:
                    yield outcome.lasts
                    outcome = outcome.then
                    self.log(alloc, main, "stdout", outcome.stdout)
                    self.log(alloc, main, "stderr", outcome.stderr)
                if isinstance(outcome, (Healthy, Hang)):
                    return
                if isinstance(outcome, CheckFails):
                    yield (group["Update"] or {}).get("HealthyDeadline", 10**9) / 10**9 * self.scale
                    self.event(alloc, main, "Alloc Unhealthy", "Task not running for min_healthy_time of "
                               f"{int((group['Update'] or {}).get('MinHealthyTime', 0) / 10**9)}s by healthy_deadline of "
                               f"{int((group['Update'] or {}).get('HealthyDeadline', 0) / 10**9)}s")
                    self.set_health(alloc, False)
                    return
                yield outcome.after
                exits += 1
                self._terminated(alloc, main, outcome)
                if batch and outcome.code == 0:
                    self._dead(alloc, failed=False)
                    return
            if restarts < policy["Attempts"]:
                delay = policy["Delay"] / 10**9 * self.scale
                restarts += 1
                alloc.task_states[main].update({"State": "pending", "Restarts": restarts, "LastRestart": self.iso()})
                self.event(alloc, main, "Restarting", f"Task restarting in {policy['Delay'] / 10**9:g}s", RestartReason="Restart within policy",
                           StartDelay=policy["Delay"])
                self.client_status(alloc, "pending", "No tasks have started")
                yield delay
                if isinstance(outcome, Exits) and outcome.times is not None and exits >= outcome.times:
                    outcome = outcome.then or (Exits(0) if batch else Healthy())
                continue
            reason = "Policy allows no restarts" if policy["Attempts"] == 0 else (
                f'Exceeded allowed attempts {policy["Attempts"]} in interval {go_duration(policy["Interval"])} and mode is "fail"')
            self.event(alloc, main, "Not Restarting", reason, FailsTask=True, RestartReason=reason)
            self._dead(alloc, failed=True)
            return

    def _start(self, alloc, outcome):
        for name, state in alloc.task_states.items():
            if state["State"] != "running":
                state.update({"State": "running", "StartedAt": self.iso()})
                self.event(alloc, name, "Started", "Task started by client")
        self.client_status(alloc, "running", "Tasks are running")

    def _terminated(self, alloc, task, outcome):
        words = f"Exit Code: {outcome.code}" + (f", Signal: {outcome.signal}" if outcome.signal else "") + (
            ', Exit Message: "OOM Killed"' if outcome.out_of_memory else "")
        self.event(alloc, task, "Terminated", words, ExitCode=outcome.code, Signal=outcome.signal, Details={
            "exit_code": str(outcome.code), "signal": str(outcome.signal), "oom_killed": str(outcome.out_of_memory).lower()})

    def _dead(self, alloc, failed):
        for state in alloc.task_states.values():
            state.update({"State": "dead", "FinishedAt": self.iso(), "Failed": failed})
        job = self.job(alloc.namespace, alloc.json["JobID"])
        later = failed and job and not job["Stop"] and alloc.desired_status == "run" and self._may_reschedule(alloc)
        evaluation = self.evaluate(job, "alloc-failure", process=False, changed=False) if later else None
        self.client_status(alloc, "failed" if failed else "complete", "Failed tasks" if failed else "All tasks have completed")
        if failed and alloc.json["DeploymentID"] and alloc.healthy is None:
            for name in alloc.task_states:
                self.event(alloc, name, "Alloc Unhealthy", "Unhealthy because of failed task", Message="Unhealthy because of failed task")
            self.set_health(alloc, False)
        if later:
            self.after(_STEP, lambda: self._reschedule(alloc, job, evaluation))

    def _may_reschedule(self, alloc):
        policy = (group_of(alloc.json["Job"], alloc.task_group) or {}).get("ReschedulePolicy")
        used = len((alloc.reschedule_tracker or {}).get("Events") or [])
        return bool(policy) and (policy["Unlimited"] or used < policy["Attempts"])

    def _reschedule(self, alloc, job, first):
        policy = group_of(alloc.json["Job"], alloc.task_group)["ReschedulePolicy"]
        used = len((alloc.reschedule_tracker or {}).get("Events") or [])
        delay = policy["Delay"] / 10**9 * self.scale * (2**min(used, 10) if policy["DelayFunction"] == "exponential" else 1)
        index = self.next_index()
        follow = self.evaluate(job, "alloc-reschedule", index, process=False, StatusDescription="created for delayed rescheduling",
                               PreviousEval=first["ID"], WaitUntil=self.iso(self.now() + delay))
        alloc.json["FollowupEvalID"] = follow["ID"]
        self.put("allocs", alloc.json, index)
        counts = {**dict.fromkeys(COUNTED, 0), "Ignore": 1, "RescheduleLater": 1}
        first.update({"Status": "complete", "NextEval": follow["ID"],
                      "PlanAnnotations": {"DesiredTGUpdates": {alloc.task_group: counts}, "PreemptedAllocs": None}})
        self.put("evals", first)

        def replace():
            current = self.job(alloc.namespace, alloc.json["JobID"])
            deployment = self.deployments.get(alloc.json["DeploymentID"])
            same = current and current["JobModifyIndex"] == alloc.json["Job"]["JobModifyIndex"]
            if same and not current["Stop"] and not (deployment and deployment["Status"] in ("failed", "cancelled")):
                index = self.next_index()
                active = deployment if deployment and deployment["Status"] not in OVER else None
                new = self._place(current, alloc.task_group, alloc.name, follow, active, index, canary=alloc.canary, previous=alloc)
                alloc.json.update({"NextAllocation": new.id, "DesiredStatus": "stop",
                                   "DesiredDescription": "alloc was rescheduled because it failed"})
                self.put("allocs", alloc.json, index)
                if active:
                    self.put("deployment", active, index)
            follow["Status"] = "complete"
            self.put("evals", follow)

        self.after(delay, replace)

    def stop_alloc(self, alloc, words, index):
        alloc.json.update({"DesiredStatus": "stop", "DesiredDescription": words})
        self.put("allocs", alloc.json, index)
        if alloc.client_status not in TERMINAL:
            self._live(alloc, self._stopping(alloc))

    def _stopping(self, alloc):
        yield _STEP
        for name, state in (alloc.task_states or {}).items():
            if state["State"] == "running":
                self.event(alloc, name, "Killing", "Sent interrupt. Waiting 5s before force killing", KillTimeout=5 * 10**9)
                self._terminated(alloc, name, Exits(code=130, signal=2))
                self.event(alloc, name, "Killed", "Task successfully killed")
            state.update({"State": "dead", "FinishedAt": self.iso()})
        self.client_status(alloc, "complete", "All tasks have completed")

    def client_status(self, alloc, status, words):
        alloc.json.update({"ClientStatus": status, "ClientDescription": words})
        index = self.put("allocs", alloc.json)
        if group_of(alloc.json["Job"], alloc.task_group).get("Services"):
            self.tables["services"] = index

    def event(self, alloc, task, type_, words, **fields):
        details = fields.pop("Details", None) or ({"message": words} if fields.get("Message") else {})
        event = {"Details": details, "DisplayMessage": words, "DriverError": "", "DriverMessage": "", "ExitCode": 0, "FailsTask": False,
                 "KillError": "", "KillReason": "", "KillTimeout": 0, "Message": "", "RestartReason": "", "SetupError": "", "Signal": 0,
                 "StartDelay": 0, "Time": self.stamp(), "Type": type_, "ValidationError": "", **fields}
        events = alloc.task_states[task]["Events"]
        events.append(event)
        del events[:-10]

    def log(self, alloc, task, stream, text):
        alloc.logs[(task, stream)] = alloc.logs.get((task, stream), b"") + (text if isinstance(text, bytes) else text.encode())
        self.lock.notify_all()


def go_duration(nanoseconds):
    seconds = nanoseconds // 10**9
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}h{minutes}m{seconds}s" if hours else f"{minutes}m{seconds}s" if minutes else f"{seconds}s"


def error_list(errors):
    """As Go's multierror prints it."""
    count = f"{len(errors)} error{'s' if len(errors) > 1 else ''} occurred:"
    return count + "".join(f"\n\t* {error}" for error in errors) + "\n\n"


def validation_errors(job):
    errors = []
    for group in job["TaskGroups"]:
        tasks = [error_list([f"Task {task.get('Name')} validation failed: " + error_list(["Missing task driver"])])
                 for task in group["Tasks"] if not task["Driver"]]
        errors += [f"Task group {group.get('Name')} validation failed: {text}" for text in tasks]
    if not job["TaskGroups"]:
        errors.append("Missing job task groups")
    if not 1 <= job["Priority"] <= 100:
        errors.append("job priority must be between [1, 100]")
    return errors


def annotations(updates):
    found = {}
    for name, item in updates.items():
        counts = dict.fromkeys(COUNTED, 0)
        counts.update({"Canary": item["canary"], "DestructiveUpdate": len(item["destructive"]), "Ignore": item["ignore"],
                       "InPlaceUpdate": len(item["inplace"]), "Place": item["place"], "Stop": len(item["stop"])})
        found[name] = counts
    return {"DesiredTGUpdates": found, "PreemptedAllocs": None}
