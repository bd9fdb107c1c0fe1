"""A stand-in for Grafana, which does not run from Debian packages: dashboards, folders and annotations by its HTTP API.

    with GrafanaServer() as grafana:
        run("push-rules", ..., "--grafana-url", grafana.url, env={"GRAFANA_TOKEN": grafana.token})
        grafana.dashboards["slo-myapp"]     # Dashboard(model, folder, version, message, provisioned)
        grafana.folders                     # {"team": "Team"}
        grafana.annotations                 # [{"dashboardUID": ..., "time": ..., "tags": [...], "text": ...}]
        grafana.requests                    # [Request(method, path, headers, body)]

A request needs the token of the service account, or the user and password "admin". It can misbehave, from the next request on:

    grafana.role = "Viewer"             # may read, and nothing else
    grafana.fail = [503, 503]           # the next two requests
    grafana.fail_path["/api/annotations"] = 500
    grafana.answer = lambda request: (200, "text/html", b"<html>") or None
    grafana.loses = "description"       # a key of dashboards that it does not store
    grafana.drop_after = "/api/annotations"   # does what is asked and ends the connection without an answer

Written from Grafana's documentation of its HTTP API (dashboard, folder, annotations), not compared with a running Grafana.
"""

import base64
import copy
import json
import re
import threading
import urllib.parse
from dataclasses import dataclass

from stand_in import StandIn

UID = re.compile(r"[a-zA-Z0-9_-]+")
LONGEST_UID = 40


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: str

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Dashboard:
    model: dict
    folder: str
    version: int = 1
    message: str = ""
    provisioned: bool = False


class Refused(Exception):
    def __init__(self, code, message, status=None):
        super().__init__(message)
        self.code = code
        self.json = {"message": message, **({"status": status} if status else {})}


class GrafanaServer(StandIn):
    def __init__(self, token="glsa_0123456789abcdef_01234567", path="", role="Editor"):
        self.token = token
        self.role = role
        self.dashboards = {}
        self.folders = {}
        self.annotations = []
        self.requests = []
        self.fail = []
        self.fail_path = {}
        self.answer = lambda request: None
        self.loses = None
        self.drop_after = None
        self._path = path
        self._lock = threading.Lock()
        super().__init__()
        self.url += path

    def respond(self, method, path, query, headers, body, peer):
        return self.reply(Request(method, path, headers, body.decode()))

    def count(self, method, path):
        return sum((one.method, one.path) == (method, path) for one in self.requests)

    def reply(self, request):
        """Status, content type and body; nothing when the connection ends."""
        with self._lock:
            self.requests.append(request)
            status = self.fail.pop(0) if self.fail else self.fail_path.get(request.path)
            if status:
                return _json({"message": "Something is wrong here"}, status)
            own = self.answer(request)
            if own:
                return own
            try:
                answer = _json(self._do(request))
            except Refused as why:
                answer = _json(why.json, why.code)
            return None if request.path == self.drop_after else answer

    def _do(self, request):
        if not request.path.startswith(self._path + "/"):
            raise Refused(404, "Not found")
        self._check_credentials(request.headers.get("authorization", ""))
        route = (request.method, *[urllib.parse.unquote(part) for part in request.path.removeprefix(self._path).strip("/").split("/")])
        if route[:4] == ("GET", "api", "dashboards", "uid") and len(route) == 5:
            return self._dashboard(route[4])
        if route == ("POST", "api", "dashboards", "db"):
            self._check_role("dashboards:create")
            return self._save(self._body(request))
        if route[:3] == ("GET", "api", "folders") and len(route) == 4:
            return self._folder(route[3])
        if route == ("POST", "api", "folders"):
            self._check_role("folders:create")
            return self._make_folder(self._body(request))
        if route == ("POST", "api", "annotations"):
            self._check_role("annotations:create")
            return self._annotate(self._body(request))
        raise Refused(404, "Not found")

    def _check_credentials(self, authorization):
        basic = "Basic " + base64.b64encode(b"admin:admin").decode()
        if authorization not in (f"Bearer {self.token}", basic):
            raise Refused(401, "Invalid API key" if authorization.startswith("Bearer") else "Unauthorized")

    def _check_role(self, permission):
        if self.role == "Viewer":
            raise Refused(403, f"You'll need additional permissions to perform this action. Permissions needed: {permission}")

    @staticmethod
    def _body(request):
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not request.headers.get("content-type", "").startswith("application/json"):
            raise Refused(400, "bad request data")
        return body

    def _dashboard(self, uid):
        stored = self.dashboards.get(uid)
        if stored is None:
            raise Refused(404, "Dashboard not found")
        slug = _slug(stored.model["title"])
        meta = {"type": "db", "canSave": self.role != "Viewer", "canEdit": True, "canAdmin": False, "canStar": False, "canDelete": True, "slug": slug, "url": f"/d/{uid}/{slug}",
                "expires": "0001-01-01T00:00:00Z", "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z", "updatedBy": "sa-1-ci", "createdBy": "sa-1-ci",
                "version": stored.version, "hasAcl": False, "isFolder": False, "folderId": 0, "folderUid": stored.folder, "folderTitle": self.folders.get(stored.folder, "General"),
                "folderUrl": "", "provisioned": stored.provisioned, "provisionedExternalId": ""}
        return {"meta": meta, "dashboard": stored.model}

    def _save(self, body):
        model = body.get("dashboard")
        if not isinstance(model, dict) or not model.get("title", "").strip():
            raise Refused(400, "Dashboard title cannot be empty", "empty-name")
        uid = model.get("uid") or ""
        if not UID.fullmatch(uid):
            raise Refused(400, "uid contains illegal characters")
        if len(uid) > LONGEST_UID:
            raise Refused(400, "uid too long, max 40 characters")
        folder = body.get("folderUid", "")
        if folder and folder not in self.folders:
            raise Refused(400, "folder not found")
        stored = self.dashboards.get(uid)
        if stored and stored.provisioned:
            raise Refused(400, "Cannot save provisioned dashboard")
        if stored and not body.get("overwrite") and model.get("version") != stored.version:
            raise Refused(412, "The dashboard has been changed by someone else", "version-mismatch")
        version = stored.version + 1 if stored else 1
        model = {key: value for key, value in copy.deepcopy(model).items() if key != self.loses}
        model.update(id=len(self.dashboards) + 1, uid=uid, version=version)
        self.dashboards[uid] = Dashboard(model, folder, version, body.get("message", ""))
        return {"id": model["id"], "uid": uid, "url": f"/d/{uid}/{_slug(model['title'])}", "status": "success", "version": version, "slug": _slug(model["title"]), "folderUid": folder}

    def _folder(self, uid):
        if uid not in self.folders:
            raise Refused(404, "folder not found", "not-found")
        return {"id": 1, "uid": uid, "title": self.folders[uid], "url": f"/dashboards/f/{uid}/", "version": 1}

    def _make_folder(self, body):
        if not body.get("title"):
            raise Refused(400, "folder title cannot be empty")
        if body.get("uid") in self.folders:
            raise Refused(412, "the folder has been changed by someone else", "version-mismatch")
        self.folders[body["uid"]] = body["title"]
        return self._folder(body["uid"])

    def _annotate(self, body):
        if not body.get("text"):
            raise Refused(400, "Failed to save annotation")
        if body.get("dashboardUID") and body["dashboardUID"] not in self.dashboards:
            raise Refused(404, "Dashboard not found")
        self.annotations.append(body)
        return {"message": "Annotation added", "id": len(self.annotations)}


def _slug(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _json(body, status=200):
    return status, "application/json", json.dumps(body).encode()
