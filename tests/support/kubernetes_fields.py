"""Who owns which field: server-side apply for the stand-in of Kubernetes' API server.

A path is a tuple of FieldsV1's elements: ("f:spec", "f:groups", 'k:{"name":"g"}', "f:rules").
https://kubernetes.io/docs/reference/using-api/server-side-apply/, sigs.k8s.io/structured-merge-diff
"""

import copy
import json

MAPS = {("f:metadata", "f:labels"), ("f:metadata", "f:annotations"), ("f:data",), ("f:binaryData",)}
GROUPS = ("f:spec", "f:groups")
TIME = "2026-11-22T04:08:47Z"


class Conflicts(Exception):
    def __init__(self, found):
        super().__init__(found)
        self.found = found  # [(the manager in the server's words, path)]


def field_path(path):
    """As the server writes it: .spec.groups[name="g"].rules"""
    text = ""
    for element in path:
        kind, value = element[:2], element[2:]
        if kind == "k:":
            text += "[" + ",".join(f"{key}={json.dumps(item)}" for key, item in json.loads(value).items()) + "]"
        elif element != ".":
            text += "." + value
    return text


def leaves(content):
    """The paths of an object's fields that can have owners, with their values."""
    found = {}

    def walk(value, path):
        if path in (("f:metadata",), ("f:spec",)) or path in MAPS:
            for name, inner in value.items():
                if path != ("f:metadata",) or name in ("labels", "annotations"):
                    walk(inner, (*path, f"f:{name}"))
        elif path == GROUPS:
            for group in value:
                key = "k:" + json.dumps({"name": group.get("name")}, separators=(",", ":"))
                found[(*path, key, ".")] = None
                for name, inner in group.items():
                    if name == "labels":
                        found.update({(*path, key, "f:labels", f"f:{label}"): text for label, text in inner.items()})
                    else:
                        found[(*path, key, f"f:{name}")] = inner
        else:
            found[path] = value

    for name, value in content.items():
        if name not in ("apiVersion", "kind"):
            walk(value, (f"f:{name}",))
    return found


def _set(content, path, value):
    at = content
    for element, after in zip(path, (*path[1:], None)):
        kind, name = element[:2], element[2:]
        if element == ".":
            return
        if kind == "k:":
            wanted = json.loads(name)
            item = next((item for item in at if wanted.items() <= item.items()), None)
            if item is None:
                item = dict(wanted)
                at.append(item)
            at = item
        elif after is None:
            at[name] = copy.deepcopy(value)
        else:
            at = at.setdefault(name, [] if after[:2] == "k:" else {})


def _at(content, path):
    """The container at a path; None when there is none."""
    for element in path:
        kind, name = element[:2], element[2:]
        if kind == "k:":
            content = next((item for item in content if json.loads(name).items() <= item.items()), None)
        else:
            content = content.get(name)
        if content is None:
            return None
    return content


def _remove(content, path):
    """With the containers that are empty then."""
    *way, last = path
    if last == ".":
        item = _at(content, way)
        *way, _ = way
        if item is not None:
            _at(content, way).remove(item)
    elif way and way[-1].startswith("k:") and last[2:] in json.loads(way[-1][2:]):
        return  # an item's key goes with the item
    else:
        (_at(content, way) or {}).pop(last[2:], None)
    while way and way[-1].startswith("f:") and _at(content, way) in ({}, []):
        *way, last = way
        del _at(content, way)[last[2:]]


def _tree(paths):
    fields = {}
    for path in sorted(paths):
        at = fields
        for element in path:
            at = at.setdefault(element, {})
    return fields


def _paths(fields, before=()):
    for element, inner in fields.items():
        if inner:
            yield from _paths(inner, (*before, element))
        else:
            yield (*before, element)


def _entries(live):
    """[[manager, operation, apiVersion, paths]]"""
    return [[entry["manager"], entry["operation"], entry["apiVersion"], set(_paths(entry["fieldsV1"]))] for entry in live["metadata"]["managedFields"]] if live else []


def _managed(entries):
    return [{"apiVersion": version, "fieldsType": "FieldsV1", "fieldsV1": _tree(paths), "manager": manager, "operation": operation, "time": TIME}
            for manager, operation, version, paths in sorted(entries, key=lambda entry: (entry[1], entry[0])) if paths]


def apply_fields(live, body, manager, force):
    """The object's content and its managedFields after an apply. Raises Conflicts."""
    entries = _entries(live)
    present = leaves(live) if live else {}
    wanted = leaves(body)
    own = next((entry for entry in entries if entry[:2] == [manager, "Apply"]), None)
    others = [entry for entry in entries if entry is not own]
    conflicts = [(json.dumps(name) + (f" using {version} at {TIME}" if operation == "Update" else ""), path)
                 for name, operation, version, paths in others for path in sorted(paths & wanted.keys())
                 if path[-1] != "." and present.get(path) != wanted[path]]
    if conflicts and not force:
        raise Conflicts(conflicts)
    lost = {path for _, path in conflicts}
    content = copy.deepcopy(live) if live else {"metadata": {"name": body["metadata"]["name"], "namespace": body["metadata"]["namespace"]}}
    content.update(apiVersion=body.get("apiVersion"), kind=body.get("kind"))
    for entry in others:
        entry[3] -= lost
    held = set().union(*(entry[3] for entry in others))
    given_up = (own[3] if own else set()) - wanted.keys() - held
    # The membership of a list's item goes last, and takes along what nobody owns.
    for path in sorted(given_up, key=lambda path: (path[-1] == ".", path)):
        _remove(content, path)
    for path, value in wanted.items():
        _set(content, path, value)
    if own:
        own[2], own[3] = body.get("apiVersion"), set(wanted)
    else:
        entries.append([manager, "Apply", body.get("apiVersion"), set(wanted)])
    return content, _managed(entries)


def replace_fields(live, body, manager, version):
    """The same after a PUT: what changes belongs to its sender."""
    entries = _entries(live)
    present, wanted = (leaves(live) if live else {}), leaves(body)
    changed = {path for path, value in wanted.items() if path not in present or present[path] != value}
    for entry in entries:
        entry[3] = (entry[3] - changed) & wanted.keys()
    own = next((entry for entry in entries if entry[:2] == [manager, "Update"]), None)
    if own:
        own[3] |= changed
    else:
        entries.append([manager, "Update", version, changed])
    return copy.deepcopy(body), _managed(entries)
