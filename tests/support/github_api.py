"""GitHub's own descriptions of its APIs, against which requests are checked: OpenAPI by Prism, GraphQL by its reference implementation.

    with OpenApi(folder) as api:
        api.violations("POST", "/repos/ops/gitops/pulls", body={...})   # what is wrong with a request, in Prism's words; empty: nothing
    graphql_errors(query, variables)

Both are installed by dev/oracles.
"""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from oracles import FOLDER, has_npm
from servers import answers, free_port, wait_for

DESCRIPTION = FOLDER / "node_modules" / "@octokit" / "openapi" / "generated" / "api.github.com.json"
PATHS = ["/repos/{owner}/{repo}/pulls", "/repos/{owner}/{repo}/issues", "/repos/{owner}/{repo}/git/ref", "/repos/{owner}/{repo}/installation", "/app/installations/", "/installation/token"]

CHECK_GRAPHQL = """
const fs = require('fs');
const {buildSchema, parse, validate, getOperationAST} = require('graphql');
const {getVariableValues} = require('graphql/execution/values');
const schema = buildSchema(fs.readFileSync('node_modules/@octokit/graphql-schema/schema.graphql', 'utf8'), {assumeValidSDL: true});
const {query, variables} = JSON.parse(fs.readFileSync(0, 'utf8'));
let errors;
try {
  const document = parse(query);
  errors = validate(schema, document);
  if (!errors.length) errors = getVariableValues(schema, getOperationAST(document).variableDefinitions, variables || {}).errors || [];
} catch (error) { errors = [error]; }
console.log(JSON.stringify(errors.map(error => error.message)));
"""


def has_openapi():
    return has_npm("@octokit/openapi", "@stoplight/prism-cli")


def has_graphql():
    return has_npm("@octokit/graphql-schema", "graphql")


def graphql_errors(query, variables):
    done = subprocess.run(["node", "-e", CHECK_GRAPHQL], input=json.dumps({"query": query, "variables": variables}), cwd=FOLDER, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def _subset():
    """The part of GitHub's description that these steps use: the whole of it takes Prism long to read."""
    whole = json.loads(DESCRIPTION.read_text())
    part = {"openapi": whole["openapi"], "info": whole["info"], "paths": {path: item for path, item in whole["paths"].items() if path.startswith(tuple(PATHS))}, "components": {}}
    waiting = [part["paths"]]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/components/"):
                _, _, kind, name = reference.split("/")
                kept = part["components"].setdefault(kind, {})
                if name not in kept:
                    kept[name] = whole["components"][kind][name]
                    waiting.append(kept[name])
    return part


class OpenApi:
    def __init__(self, folder):
        description = folder / "github.json"
        description.write_text(json.dumps(_subset()))
        self.port = free_port()
        self.log = open(folder / "prism.log", "wb")
        self.process = subprocess.Popen([FOLDER / "node_modules" / ".bin" / "prism", "mock", "--host", "127.0.0.1", "--port", str(self.port), description],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def __enter__(self):
        wait_for(self._serves, "Prism to serve: see prism.log", 120)
        return self

    def _serves(self):
        assert self.process.poll() is None, "Prism has ended: see prism.log"
        return answers(f"http://127.0.0.1:{self.port}/repos/ops/gitops/pulls")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()

    def violations(self, method, path, query=None, body=None):
        """@param body: JSON as bytes, or None"""
        # Of several segments, as the description's x-multi-segment says, which Prism does not know.
        before, ref, name = path.partition("/git/ref/")
        path = before + ref + urllib.parse.quote(name, safe="")
        address = f"http://127.0.0.1:{self.port}{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if body else {})}
        try:
            answer = urllib.request.urlopen(urllib.request.Request(address, method=method, data=body or None, headers=headers), timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            # Of answers, too, which are Prism's own: made of the description's examples.
            found = [one for one in json.loads(answer.headers.get("sl-violations") or "[]") if one["location"][0] == "request"]
            return json.dumps(found) if found else "" if answer.status < 400 else f"{answer.status} {answer.read().decode()}"
