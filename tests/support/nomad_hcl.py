"""Jobs of Nomad as the API has them, from the subset of HCL2 that tests write.

Known: blocks, attributes, strings with `${var.name}`, heredocs, numbers, booleans, null, lists, maps, `var.name`, comments, `variable` blocks
with a default. Not known: functions, operators, `for`, `dynamic`, `locals`. `HclError` carries the text that Nomad 2.0.5 has for it.

    parse_job(text, variables='image = "web:2"')    # the job, nothing filled in
    canonical(job)                                  # with the defaults of a server
"""

import copy
import re


class HclError(Exception):
    pass


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<newline>\n)|(?P<heredoc><<-?(?P<mark>\w+)\n.*?\n[ \t]*(?P=mark)(?=\n|$))"""
    r"""|(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>[{}\[\]=,:()])""",
    re.S,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


class _Reader:
    def __init__(self, text, variables):
        self.text = text
        self.variables = variables
        self.tokens = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if not match:
                raise HclError(f"{self.place(at, 1)}: Invalid character; This character is not used within the language.")
            if match.lastgroup != "space" and not match.group("space"):
                kind = next(name for name in ("newline", "heredoc", "string", "number", "name", "sign") if match.group(name))
                self.tokens.append((kind, match.group(), at))
            at = match.end()
        self.at = 0

    def place(self, offset, length):
        line = self.text.count("\n", 0, offset) + 1
        column = offset - (self.text.rfind("\n", 0, offset) + 1) + 1
        return f"input.hcl:{line},{column}-{column + length}"

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", len(self.text))

    def take(self):
        token = self.peek()
        self.at += 1
        return token

    def skip(self, *signs):
        while self.peek()[0] == "newline" or self.peek()[1] in signs:
            self.at += 1

    def body(self, opened=None):
        """[(kind, name, labels, value, place)]: attributes and blocks in their order."""
        items = []
        while True:
            self.skip()
            kind, text, offset = self.take()
            if kind == "end":
                if opened is None:
                    return items
                raise HclError(f"{self.place(opened, 1)}: Unclosed configuration block; There is no closing brace for this block before the end"
                               " of the file. This may be caused by incorrect brace nesting elsewhere in this file.")
            if text == "}" and opened is not None:
                return items
            if kind not in ("name", "string"):
                raise HclError(f"{self.place(offset, len(text))}: Argument or block definition required; An argument or block definition is"
                               " required here.")
            name, labels = text.strip('"'), []
            while self.peek()[0] in ("string", "name"):
                labels.append(self.take()[1].strip('"'))
            _, sign, at = self.take()
            if sign == "{":
                items.append(("block", name, labels, self.body(at), self.place(offset, len(text))))
            elif sign == "=" and not labels:
                items.append(("attribute", name, [], self.value(), self.place(offset, len(text))))
            else:
                raise HclError(f"{self.place(offset, len(text))}: Invalid block definition; A block definition must have block content"
                               ' delimited by "{" and "}", starting on the same line as the block header.')

    def value(self):
        kind, text, offset = self.take()
        if kind == "string":
            return self.interpolated(re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), text[1:-1]))
        if kind == "heredoc":
            lines = text.split("\n")[1:-1]
            if text.startswith("<<-"):
                margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
                lines = [line[margin:] for line in lines]
            return self.interpolated("\n".join(lines) + "\n")
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "name":
            if text.startswith("var."):
                return self.variable(text[4:])
            return {"true": True, "false": False, "null": None}.get(text, text)
        if text == "[":
            values = []
            self.skip(",")
            while self.peek()[1] != "]" and self.peek()[0] != "end":
                values.append(self.value())
                self.skip(",")
            self.take()
            return values
        if text == "{":
            values = {}
            self.skip(",")
            while self.peek()[1] != "}" and self.peek()[0] != "end":
                key = self.take()[1].strip('"')
                self.take()
                values[key] = self.value()
                self.skip(",")
            self.take()
            return values
        raise HclError(f"{self.place(offset, max(1, len(text)))}: Invalid expression; Expected the start of an expression, but found an invalid"
                       " expression token.")

    def variable(self, name):
        if name not in self.variables:
            raise HclError(f'<nil>: Unset variable "{name}"; A used variable must be set or have a default value; see'
                           " https://developer.hashicorp.com/nomad/docs/reference/hcl2/variables  for details.")
        return self.variables[name]

    def interpolated(self, text):
        return re.sub(r"\$\{var\.([\w-]+)\}", lambda match: str(self.variable(match[1])), text)


_NAMES = {
    "cpu": "CPU", "memory": "MemoryMB", "memory_max": "MemoryMaxMB", "disk": "DiskMB", "id": "ID", "source": "GetterSource", "data": "EmbeddedTmpl",
    "destination": "DestPath", "attribute": "LTarget", "value": "RTarget", "operator": "Operand", "cron": "Spec", "crons": "Specs", "size": "SizeMB",
    "time_zone": "TimeZone",
}
_BLOCKS = {"restart": "RestartPolicy", "reschedule": "ReschedulePolicy", "parameterized": "ParameterizedJob", "logs": "LogConfig",
           "ephemeral_disk": "EphemeralDisk", "dispatch_payload": "DispatchPayload"}
_MANY = {"constraint": "Constraints", "affinity": "Affinities", "spread": "Spreads", "template": "Templates", "artifact": "Artifacts"}
_FREE = ("meta", "env", "config")
_ARGUMENTS = {
    "job": "id name type region namespace datacenters node_pool priority all_at_once consul_token vault_token",
    "group": "count shutdown_delay stop_after_client_disconnect max_client_disconnect prevent_reschedule_on_lost",
    "task": "driver user kill_timeout kill_signal leader shutdown_delay kind",
}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$")
_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_DURATIONS = ("_time", "_deadline", "_delay", "timeout", "interval", "delay", "stagger", "limit", "grace")


def duration(text):
    """Nanoseconds of "1m30s"."""
    return int(sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)", text)))


def _name(name):
    return _NAMES.get(name) or "".join(part.capitalize() for part in name.split("_"))


def _scalar(name, value):
    if isinstance(value, str) and name.endswith(_DURATIONS) and _DURATION.match(value):
        return duration(value)
    return value


def _free(items):
    return {name: _free(value) if kind == "block" else value for kind, name, _, value, _ in items}


def _plain(items):
    return {_name(name): _plain(value) if kind == "block" else _scalar(name, value) for kind, name, _, value, _ in items}


def _service(items):
    service = {}
    for kind, name, _, value, _ in items:
        if name == "check":
            service.setdefault("Checks", []).append({**_plain(value), "PortLabel": dict((n, v) for _, n, _, v, _ in value).get("port", "")})
        elif name == "port":
            service["PortLabel"] = str(value)
        elif name == "meta":
            service["Meta"] = _free(value)
        elif kind == "attribute":
            service[_name(name)] = value
    for check in service.get("Checks", []):
        check.pop("Port", None)
    return service


def _network(items):
    network = {"DynamicPorts": [], "ReservedPorts": []}
    for kind, name, labels, value, _ in items:
        if kind == "block" and name == "port":
            port = {_name(n): v for _, n, _, v, _ in value}
            entry = {"Label": labels[0], "Value": port.get("Static", 0), "To": port.get("To", 0), "HostNetwork": port.get("HostNetwork", "")}
            network["ReservedPorts" if "Static" in port else "DynamicPorts"].append(entry)
        elif kind == "attribute":
            network[_name(name)] = value
    return network


def _part(level, label, items):
    """A job, a group or a task."""
    part = {"Name": label}
    for kind, name, labels, value, place in items:
        if kind == "attribute":
            if name == "meta" or name == "env":
                part[_name(name)] = value
            elif name not in _ARGUMENTS[level].split():
                raise HclError(f'{place}: Unsupported argument; An argument named "{name}" is not expected here.')
            else:
                part[_name(name)] = _scalar(name, value)
        elif name in _FREE:
            part[_name(name)] = {**part.get(_name(name), {}), **_free(value)}
        elif name == "group":
            part.setdefault("TaskGroups", []).append(_part("group", labels[0], value))
        elif name == "task":
            part.setdefault("Tasks", []).append(_part("task", labels[0], value))
        elif name == "service":
            part.setdefault("Services", []).append(_service(value))
        elif name == "network":
            part.setdefault("Networks", []).append(_network(value))
        elif name in _MANY:
            part.setdefault(_MANY[name], []).append(_plain(value))
        elif name == "multiregion":
            part["Multiregion"] = {"Strategy": None, "Regions": [{"Name": labels[0], "Count": 0} for _, n, labels, _, _ in value if n == "region"]}
        else:
            part[_BLOCKS.get(name) or _name(name)] = _plain(value)
    return part


def parse_job(text, variables=""):
    if not text:
        raise HclError("Job spec is empty")
    values = {name: value for _, name, _, value, _ in _Reader(variables or "", {}).body()}
    for kind, name, labels, value, _ in _Reader(_without_references(text), {}).body():
        if kind == "block" and name == "variable":
            attributes = {n: v for _, n, _, v, _ in value}
            given = values.setdefault(labels[0], attributes.get("default", _UNSET))
            if attributes.get("type") == "number" and isinstance(given, str):
                values[labels[0]] = float(given) if "." in given else int(given)
    known = {name: value for name, value in values.items() if value is not _UNSET}
    jobs = [(labels, value) for kind, name, labels, value, _ in _Reader(text, known).body() if kind == "block" and name == "job"]
    if not jobs:
        raise HclError("'job' block not found")
    labels, items = jobs[0]
    job = _part("job", labels[0], items)
    job.setdefault("ID", labels[0])
    if isinstance(job.get("Periodic"), dict):
        job["Periodic"] = {"Enabled": True, "SpecType": "cron", "TimeZone": "", "ProhibitOverlap": False, "Spec": "", **job["Periodic"]}
    return job


_UNSET = object()


def _without_references(text):
    return re.sub(r"\bvar\.[\w-]+", "null", text)


_SECOND = 10**9
_UPDATE = {"AutoPromote": False, "AutoRevert": False, "Canary": 0, "HealthCheck": "checks", "HealthyDeadline": 300 * _SECOND, "MaxParallel": 1,
           "MinHealthyTime": 10 * _SECOND, "ProgressDeadline": 600 * _SECOND, "Stagger": 30 * _SECOND}
_RESTART = {"Attempts": 2, "Delay": 15 * _SECOND, "Interval": 1800 * _SECOND, "Mode": "fail", "RenderTemplates": False}
_RESTART_BATCH = {"Attempts": 3, "Delay": 15 * _SECOND, "Interval": 86400 * _SECOND, "Mode": "fail", "RenderTemplates": False}
_RESCHEDULE = {"Attempts": 0, "Delay": 30 * _SECOND, "DelayFunction": "exponential", "Interval": 0, "MaxDelay": 3600 * _SECOND, "Unlimited": True}
_RESCHEDULE_BATCH = {"Attempts": 1, "Delay": 5 * _SECOND, "DelayFunction": "constant", "Interval": 86400 * _SECOND, "MaxDelay": 0, "Unlimited": False}
_RESOURCES = {"CPU": 100, "Cores": 0, "Devices": None, "DiskMB": None, "IOPS": None, "MemoryMB": 300, "MemoryMaxMB": None, "NUMA": None,
              "Networks": None, "SecretsMB": None}
_JOB = {
    "Affinities": None, "AllAtOnce": False, "Constraints": None, "ConsulNamespace": "", "CreateIndex": 0, "Datacenters": ["*"],
    "DispatchIdempotencyToken": None, "Dispatched": False, "JobModifyIndex": 0, "Meta": None, "ModifyIndex": 0, "Multiregion": None,
    "Namespace": "default", "NodePool": "", "NomadTokenID": "", "ParameterizedJob": None, "ParentID": "", "Payload": None, "Periodic": None,
    "Priority": 50, "Region": "global", "Reschedule": None, "Spreads": None, "Stable": False, "Status": "", "StatusDescription": "", "Stop": False,
    "SubmitTime": None, "Type": "service", "UI": None, "VaultNamespace": "", "Version": 0, "VersionTag": None,
}
_GROUP = {"Affinities": None, "Constraints": None, "Consul": None, "Count": 1, "Meta": None, "Networks": None, "Scaling": None, "Services": None,
          "ShutdownDelay": None, "Spreads": None, "Volumes": None, "EphemeralDisk": {"Migrate": False, "SizeMB": 300, "Sticky": False}}
_TASK = {"Affinities": None, "Artifacts": None, "Config": None, "Constraints": None, "Consul": None, "DispatchPayload": None, "Driver": "",
         "Env": None, "KillSignal": "", "KillTimeout": 5 * _SECOND, "Kind": "", "Leader": False, "Lifecycle": None, "Meta": None, "Services": None,
         "ShutdownDelay": 0, "Templates": None, "User": "", "Vault": None, "VolumeMounts": None,
         "LogConfig": {"Disabled": False, "Enabled": None, "MaxFileSizeMB": 10, "MaxFiles": 10}}


def _over(defaults, given):
    return {**copy.deepcopy(defaults), **{name: value for name, value in (given or {}).items() if value is not None}}


def canonical(job):
    """The job with what a server fills in."""
    job = copy.deepcopy(job)
    job = _over(_JOB, job)
    job.setdefault("Name", job.get("ID"))
    batch = job["Type"] in ("batch", "sysbatch")
    rolling = job["Type"] in ("service", "system")
    job["TaskGroups"] = [_canonical_group(group, job, batch, rolling) for group in job.get("TaskGroups") or []]
    job["Update"] = _over(_UPDATE, job.get("Update")) if rolling else job.get("Update")
    return job


def _canonical_group(given, job, batch, rolling):
    group = _over(_GROUP, given)
    group["Update"] = _over({**_UPDATE, **{n: v for n, v in (job.get("Update") or {}).items() if v}}, group.get("Update")) if rolling else None
    group["RestartPolicy"] = _over(_RESTART_BATCH if batch else _RESTART, group.get("RestartPolicy"))
    group["ReschedulePolicy"] = (None if job["Type"] in ("system", "sysbatch")
                                 else _over(_RESCHEDULE_BATCH if batch else _RESCHEDULE, group.get("ReschedulePolicy")))
    group["Services"] = [_canonical_service(service, job, group) for service in group["Services"]] if group["Services"] else None
    tasks = []
    for task in group.get("Tasks") or []:
        task = _over(_TASK, task)
        task["Resources"] = _over(_RESOURCES, task.get("Resources"))
        task["RestartPolicy"] = _over(group["RestartPolicy"], task.get("RestartPolicy"))
        task["Services"] = [_canonical_service(service, job, group) for service in task["Services"]] if task["Services"] else None
        tasks.append(task)
    group["Tasks"] = tasks
    return group


def _canonical_service(service, job, group):
    return _over({"AddressMode": "auto", "CanaryTags": None, "Checks": None, "Name": f"{job.get('Name')}-{group.get('Name')}", "Cluster": "default",
                  "OnUpdate": "require_healthy", "PortLabel": "", "Provider": "consul", "Tags": None}, service)
