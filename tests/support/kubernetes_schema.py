"""What the stand-in of Kubernetes' API server refuses in a PrometheusRule or a ConfigMap: a handful of their schemas' rules. Of other
kinds it takes everything.

https://github.com/prometheus-operator/prometheus-operator, the resource definition of PrometheusRule
"""

import json
import re

RULE = {"alert", "annotations", "expr", "for", "keep_firing_for", "labels", "record"}
GROUP = {"interval", "labels", "limit", "name", "partial_response_strategy", "query_offset", "rules"}
DURATION = "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$"
MOST_BYTES_OF_DATA = 1048576
TOP = {"prometheusrules": {"apiVersion", "kind", "metadata", "spec", "status"},
       "configmaps": {"apiVersion", "kind", "metadata", "data", "binaryData", "immutable"}}


def undeclared_fields(plural, body):
    """Paths that the schema does not have, as apply names them."""
    if plural not in TOP:
        return []
    found = [f".{name}" for name in body if name not in TOP[plural]]
    if plural == "configmaps":
        return found
    spec = body.get("spec", {})
    found += [f".spec.{name}" for name in spec if name != "groups"]
    for group in spec.get("groups") or []:
        place = f".spec.groups[name={json.dumps(group.get('name'))}]"
        found += [f"{place}.{name}" for name in group if name not in GROUP]
        for number, rule in enumerate(group.get("rules") or []):
            found += [f"{place}.rules[{number}].{name}" for name in rule if name not in RULE]
    return found


def invalid_fields(plural, content):
    """[(field, reason, message)] of what the schema does not take."""
    if plural not in TOP:
        return []
    if plural == "configmaps":
        size = sum(len(value.encode()) for value in (*content.get("data", {}).values(), *content.get("binaryData", {}).values()))
        return [("[]", "FieldValueTooLong", f"Too long: may not be more than {MOST_BYTES_OF_DATA} bytes")] if size > MOST_BYTES_OF_DATA else []
    found = []

    def required(values, names, place):
        found.extend((f"{place}.{name}", "FieldValueRequired", "Required value") for name in names if name not in values)

    def duration(values, name, place):
        value = values.get(name)
        if value is not None and not re.match(DURATION, value):
            message = f"Invalid value: {json.dumps(value)}: {place}.{name} in body should match '{DURATION}'"
            found.append((f"{place}.{name}", "FieldValueInvalid", message))

    if "spec" not in content:
        return [("spec", "FieldValueRequired", "Required value")]
    for number, group in enumerate(content["spec"].get("groups", [])):
        place = f"spec.groups[{number}]"
        required(group, ["name"], place)
        duration(group, "interval", place)
        for position, rule in enumerate(group.get("rules", [])):
            required(rule, ["expr"], f"{place}.rules[{position}]")
            duration(rule, "for", f"{place}.rules[{position}]")
            duration(rule, "keep_firing_for", f"{place}.rules[{position}]")
    return found
