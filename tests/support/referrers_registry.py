"""docker-registry with the referrers API, which it does not have: a proxy in front of the real one that adds just that.

    with ReferrersRegistry(registry.url, page=2) as proxy: ...

Manifests with a subject get the answer header OCI-Subject, and GET /v2/NAME/referrers/DIGEST lists them, also what is in the index
under the fallback tag, `page` at a time. It can lie and break as a FaultProxy does.

Source: github.com/opencontainers/distribution-spec 1.1, "Pushing Manifests with Subject", "Listing Referrers", "Enabling the Referrers API".
"""

import hashlib
import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request

from fault_proxy import FaultProxy

INDEX = "application/vnd.oci.image.index.v1+json"


class ReferrersRegistry(FaultProxy):
    def __init__(self, upstream, page=1000):
        super().__init__(upstream)
        self._page = page
        self._known = {}  # (repository, subject): {digest: descriptor}
        self._known_lock = threading.Lock()

    def amend(self, method, path, body, answer):
        url = urllib.parse.urlsplit(path)
        if pushed := re.fullmatch(r"/v2/(.+)/manifests/[^/]+", url.path):
            return self._pushed(pushed[1], body, answer) if method == "PUT" and answer[0] == 201 else answer
        if asked := re.fullmatch(r"/v2/(.+)/referrers/([a-z0-9]+:[0-9a-f]+)", url.path):
            return self._list(asked[1], asked[2], int(urllib.parse.parse_qs(url.query).get("from", ["0"])[0])) if answer[0] == 404 else answer
        return answer

    def _pushed(self, repository, body, answer):
        manifest = json.loads(body)
        if "subject" not in manifest:
            return answer
        subject = manifest["subject"]["digest"]
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        entry = {"mediaType": manifest["mediaType"], "digest": digest, "size": len(body),
                 "artifactType": manifest.get("artifactType") or manifest["config"]["mediaType"]}
        if "annotations" in manifest:
            entry["annotations"] = manifest["annotations"]
        with self._known_lock:
            self._known.setdefault((repository, subject), {})[digest] = entry
        status, headers, content = answer
        return status, [*headers, ("OCI-Subject", subject)], content

    def _list(self, repository, subject, begin):
        with self._known_lock:
            entries = dict(self._known.get((repository, subject), {}))
        for entry in self._from_tag(repository, subject):
            entries.setdefault(entry["digest"], entry)
        entries = list(entries.values())
        headers = [("Content-Type", INDEX)]
        if begin + self._page < len(entries):
            headers.append(("Link", f'</v2/{repository}/referrers/{subject}?from={begin + self._page}>; rel="next"'))
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries[begin:begin + self._page]}
        return 200, headers, json.dumps(index).encode()

    def _from_tag(self, repository, subject):
        url = f"{self.upstream.geturl()}/v2/{repository}/manifests/{subject.replace(':', '-')}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": INDEX}), timeout=20) as answer:
                return json.load(answer)["manifests"]
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return []
