"""The difference between two versions of a job, as PUT /v1/job/:id/plan shows it."""

from nomad_state import group_of, signature

_JOB = ("AllAtOnce", "Dispatched", "Name", "Namespace", "NodePool", "Priority", "Region", "Stop", "Type")
_TASK = ("Driver", "KillTimeout", "Leader", "ShutdownDelay", "User")
_KEYS = {"create": "create", "canary": "canary", "destructive": "create/destroy update", "inplace": "in-place update", "ignore": "ignore",
         "stop": "destroy"}


def job_diff(old, new, updates):
    old = old or {}
    fields = _fields(old, new, _JOB) + _map(old, new, "Meta")
    objects = [_object("Datacenters", _listed("Datacenters", old), _listed("Datacenters", new))]
    groups = [_group(old, new, name, updates.get(name)) for name in dict.fromkeys(
        [group["Name"] for group in new["TaskGroups"]] + [group["Name"] for group in old.get("TaskGroups") or []])]
    return _part(old, {"Fields": sorted(fields, key=lambda field: field["Name"]), "ID": new["ID"], "Objects": [item for item in objects if item],
                       "TaskGroups": groups})


def _type(old, new):
    return "None" if old == new else "Added" if old in ("", None, {}) else "Deleted" if new in ("", None, {}) else "Edited"


def _text(value):
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _field(name, old, new, notes=None):
    old, new = _text(old), _text(new)
    return [] if old == new else [{"Annotations": notes, "Name": name, "New": new, "Old": old, "Type": _type(old, new)}]


def _fields(old, new, names):
    return [field for name in names for field in _field(name, old.get(name), new.get(name))]


def _map(old, new, name):
    old, new = old.get(name) or {}, new.get(name) or {}
    return [field for key in sorted({*old, *new}) for field in _field(f"{name}[{key}]", old.get(key), new.get(key))]


def _listed(name, part):
    return {f"{name}": value for value in (part or {}).get(name) or []}


def _flat(value, prefix=""):
    flat = {}
    for key, item in (value or {}).items():
        name = f"{prefix}{key}"
        if isinstance(item, dict):
            flat.update(_flat(item, f"{name}."))
        elif isinstance(item, list):
            flat.update({f"{name}[{number}]": each for number, each in enumerate(item) if not isinstance(each, (dict, list))})
            for number, each in enumerate(item):
                if isinstance(each, dict):
                    flat.update(_flat(each, f"{name}[{number}]."))
        else:
            flat[name] = item
    return flat


def _object(name, old, new):
    old, new = _flat(old), _flat(new)
    fields = [field for key in sorted({*old, *new}) for field in _field(key, old.get(key), new.get(key))]
    return {"Fields": fields, "Name": name, "Objects": None, "Type": _type(old, new)} if fields else None


def _part(old, part):
    """The part with its type, and null for what is empty."""
    changed = part.get("Fields") or part.get("Objects") or any(item["Type"] != "None" for item in (part.get("TaskGroups") or part.get("Tasks") or []))
    part["Type"] = "None" if not changed else "Edited" if old else "Added"
    part["Fields"] = part["Fields"] or None
    part["Objects"] = part["Objects"] or None
    return part


def _group(old_job, new_job, name, update):
    old, new = group_of(old_job, name) if old_job else None, group_of(new_job, name)
    old, new = old or {}, new or {}
    more = (new.get("Count") or 0) > (old.get("Count") or 0)
    fields = _field("Count", old.get("Count"), new.get("Count"), ["forces create" if more else "forces destroy"]) + _map(old, new, "Meta")
    objects = [_object(part, old.get(part), new.get(part)) for part in ("RestartPolicy", "ReschedulePolicy", "EphemeralDisk", "Update")]
    for part, one in (("Networks", "Network"), ("Services", "Service"), ("Constraints", "Constraint")):
        for number in range(max(len(old.get(part) or []), len(new.get(part) or []))):
            objects.append(_object(one, *((side.get(part) or [])[number:number + 1][0] if (side.get(part) or [])[number:] else {} for side in (old, new))))
    tasks_old = {task["Name"]: task for task in old.get("Tasks") or []}
    tasks_new = {task["Name"]: task for task in new.get("Tasks") or []}
    destructive = bool(old) and signature(old_job, name) != signature(new_job, name)
    tasks = [_task(task, tasks_old.get(task), tasks_new.get(task), destructive) for task in dict.fromkeys([*tasks_new, *tasks_old])]
    part = _part(old, {"Fields": fields, "Name": name, "Objects": [item for item in objects if item], "Tasks": tasks})
    if old and not new:
        part["Type"] = "Deleted"
    if update:
        counts = {"create": update["place"], **{key: len(update[key]) if isinstance(update[key], list) else update[key]
                                                for key in ("canary", "destructive", "inplace", "ignore", "stop")}}
        part["Updates"] = {_KEYS[key]: count for key, count in counts.items() if count} or None
    return part


def _task(name, old, new, destructive):
    before = old
    old, new = old or {}, new or {}
    fields = _fields(old, new, _TASK) + _map(old, new, "Env") + _map(old, new, "Meta")
    objects = [_object(part, old.get(part), new.get(part)) for part in ("Config", "Resources", "LogConfig", "RestartPolicy")]
    part = _part(before, {"Annotations": None, "Fields": fields, "Name": name, "Objects": [item for item in objects if item]})
    if part["Type"] != "None":
        part["Annotations"] = ["forces create" if not before else "forces create/destroy update" if destructive else "forces in-place update"]
    return part
