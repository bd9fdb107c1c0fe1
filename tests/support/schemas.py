"""Checks documents with the schemas of the systems that they are for, which dev/oracles has fetched into build/oracles/schemas.

    problems_of(document)       of a Kubernetes object, custom resources included; empty when it is right
    woodpecker_problems(document)
    sbom_problems(document)     of an SBOM in SPDX 2.3 or CycloneDX 1.5
    missing_schemas()           what dev/oracles has not fetched
"""

import functools
import json

import yaml

from oracles import FOLDER

SCHEMAS = FOLDER / "schemas"
# kind -> the file with the definition of that custom resource
RESOURCES = {
    "AnalysisTemplate": "analysis-template-crd.yaml", "Rollout": "rollout-crd.yaml", "Canary": "crd.yaml", "MetricTemplate": "crd.yaml", "PodMonitor": "monitoring.coreos.com_podmonitors.yaml",
    "Task": "300-task.yaml", "Pipeline": "300-pipeline.yaml", "PipelineRun": "300-pipelinerun.yaml",
}


def missing_schemas():
    return [name for name in dict.fromkeys((*RESOURCES.values(), "kubernetes.json", "woodpecker.json")) if not (SCHEMAS / name).is_file()]


def problems_of(document):
    kind, api = document["kind"], document["apiVersion"]
    if kind not in RESOURCES:
        known = _kubernetes()
        group, _, version = api.rpartition("/")
        name = next((name for name in known["$defs"] if name.endswith(f".{(group or 'core').partition('.')[0]}.{version}.{kind}")), None)
        return [f"{api} has no {kind}"] if name is None else _problems({"$ref": f"#/$defs/{name}", "$defs": known["$defs"]}, document)
    schema = _resources(RESOURCES[kind]).get((api, kind))
    return [f"{api} has no {kind}"] if schema is None else _problems(schema, document)


def woodpecker_problems(document):
    return _problems(json.loads((SCHEMAS / "woodpecker.json").read_text()), document)


SBOM_SCHEMAS = ("spdx-schema-2.3.json", "cyclonedx.json", "spdx-licenses.json")


def missing_sbom_schemas():
    return [name for name in SBOM_SCHEMAS if not (SCHEMAS / name).is_file()]


def sbom_problems(document):
    spdx, cyclonedx, licenses = (json.loads((SCHEMAS / name).read_text()) for name in SBOM_SCHEMAS)
    if "spdxVersion" in document:
        return _problems(spdx, document)
    # It names other files: that of the licences, and that of signatures, which no document here has.
    cyclonedx["definitions"].update({"licenses": {"enum": licenses["enum"]}, "jsf": False})
    files = {"spdx.SNAPSHOT.schema.json": "#/definitions/licenses", "jsf-0.82.SNAPSHOT.schema.json#/definitions/signature": "#/definitions/jsf"}

    def here(schema):
        if isinstance(schema, list):
            return [here(element) for element in schema]
        if not isinstance(schema, dict):
            return schema
        # additionalItems stands beside a maxItems that says the same, and Debian 12's jsonschema trips over it.
        return {name: files.get(value, value) if name == "$ref" and isinstance(value, str) else here(value) for name, value in schema.items() if name != "additionalItems"}

    return _problems(here(cyclonedx), document)


@functools.cache
def _kubernetes():
    return json.loads((SCHEMAS / "kubernetes.json").read_text())


@functools.cache
def _resources(name):
    """{(apiVersion, kind): schema} of a file with definitions."""
    definitions = yaml.load_all((SCHEMAS / name).read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {(f"{one['spec']['group']}/{version['name']}", one["spec"]["names"]["kind"]): _strict(version["schema"]["openAPIV3Schema"])
            for one in definitions if one for version in one["spec"]["versions"]}


def _strict(schema):
    """The API server refuses fields that a definition does not have, where it does not say to keep them; JSON Schema has to be told so."""
    if isinstance(schema, list):
        return [_strict(element) for element in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        # The object's own head, which definitions of resources leave out.
        strict["additionalProperties"] = False
    return strict


def _problems(schema, document):
    import jsonschema  # here, as it is needed only where there are schemas

    validator = jsonschema.validators.validator_for(schema, jsonschema.Draft7Validator)(schema)
    return [f"{'.'.join(map(str, problem.absolute_path))}: {problem.message[:300]}" for problem in validator.iter_errors(document)]
