"""A stand-in for Google Cloud: token endpoint, security token service, service account credentials, metadata server, and Cloud Monitoring.

    with GoogleCloud(folder) as google:
        slo = google.add_slo(goal=0.95, good=95, bad=5)              # events a minute, at all times
        run("wait-for-slo", "--google-slo", slo, *google.options("service_account"), ...)
        run("wait-for-slo", ..., env=google.metadata)                # credentials from the metadata server
        google.requests                                              # [Request(method, path, query, headers, body)]

`google.options(kind)` writes a credentials file of that kind: service_account, authorized_user, github (external_account with an address
that gives the identity token), gitlab (external_account with a file). It can misbehave, from the next request on:

    google.late = 3                     # the metadata server refuses so many requests
    google.denied = "monitoring.timeSeries.list"
    google.fail = [429, 503]            # the next requests to Cloud Monitoring
    google.expire()                     # tokens that were given are not taken any more
    slo.lag = {"good": 30, "bad": 90}   # seconds until points can be read

Written from Google's documentation of these APIs, not compared with Google Cloud.
"""

import base64
import datetime
import json
import pathlib
import re
import subprocess
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from stand_in import StandIn

SCOPE = "https://www.googleapis.com/auth/monitoring.read"
ACCOUNT = "ci@team.iam.gserviceaccount.com"
AUDIENCE = "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/ci/providers/jobs"
COUNTS = re.compile(r'select_slo_counts\("([^"]+)"\)')
BURN_RATE = re.compile(r'select_slo_burn_rate\("([^"]+)","(\d+)s"\)')
STATES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}


@dataclass
class Request:
    method: str
    path: str
    query: dict
    headers: dict
    body: str


@dataclass
class Slo:
    name: str
    goal: float
    good: int  # a minute
    bad: int
    lag: dict = field(default_factory=lambda: {"good": 30, "bad": 30})
    burn_rate: float | None = None
    indicator: str = "requestBased"

    def __str__(self):
        return self.name


class Refused(Exception):
    """In the form of Google's APIs."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.json = {"error": {"code": code, "message": message, "status": STATES[code]}}


class RefusedGrant(Exception):
    """In the form of OAuth."""

    def __init__(self, error, description):
        super().__init__(description)
        self.json = {"error": error, "error_description": description}


class GoogleCloud(StandIn):
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.slos = {}
        self.requests = []
        self.late = 0
        self.denied = None
        self.fail = []
        self._tokens = {}  # what they are good for
        self._given = 0
        self._lock = threading.Lock()
        super().__init__()
        self.host = self.url.removeprefix("http://")
        self.metadata = {"GCE_METADATA_HOST": self.host}
        self.api = "--google-monitoring-url", self.url, "--allow-insecure"

    def add_slo(self, goal=0.95, good=95, bad=5, **more):
        name = f"projects/team/services/shop/serviceLevelObjectives/slo-{len(self.slos) + 1}"
        self.slos[name] = Slo(name, goal, good, bad, **more)
        return self.slos[name]

    def expire(self):
        self._tokens.clear()

    def count(self, ending):
        return sum(one.path.endswith(ending) for one in self.requests)

    # Credentials files, as Google's tools write them.

    def options(self, kind):
        path = self.folder / f"{kind}.json"
        path.write_text(json.dumps(getattr(self, f"_{kind}")()))
        return "--google-credentials-file", path, *self.api

    def _service_account(self):
        key = self.folder / "key.pem"
        if not key.exists():
            subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key], check=True, capture_output=True)
            subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", self.folder / "public.pem"], check=True)
        return {"type": "service_account", "project_id": "team", "private_key_id": "0123abcd", "private_key": key.read_text(), "client_email": ACCOUNT,
                "client_id": "1", "token_uri": self.url + "/token", "universe_domain": "googleapis.com"}

    def _authorized_user(self):
        return {"type": "authorized_user", "client_id": "gcloud", "client_secret": "client-secret", "refresh_token": "1//refresh-token", "token_uri": self.url + "/token"}

    def _github(self):
        return self._external({"url": self.url + "/id-token?audience=x", "headers": {"Authorization": "Bearer request-token"}, "format": {"type": "json", "subject_token_field_name": "value"}})

    def _gitlab(self):
        return self._external({"file": str(self.folder / "id_token")})

    def _external(self, source):
        return {"type": "external_account", "audience": AUDIENCE, "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": self.url + "/v1/token", "credential_source": source,
                "service_account_impersonation_url": f"{self.url}/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken"}

    # What comes in.

    def respond(self, method, path, query, headers, body, peer):
        with self._lock:
            request = Request(method, path, query, headers, body.decode())
            self.requests.append(request)
            try:
                if path.startswith("/computeMetadata/"):
                    return self._metadata(request)
                return _json(self._do(request))
            except Refused as why:
                return _json(why.json, why.code)
            except RefusedGrant as why:
                return _json(why.json, 400)

    def _do(self, request):
        route = request.method, request.path
        if route == ("POST", "/token"):
            return self._token(_form(request))
        if route == ("GET", "/id-token") and request.headers.get("authorization") == "Bearer request-token":
            return {"value": "job.id.token"}
        if route == ("POST", "/v1/token"):
            return self._exchange(_form(request))
        if route == ("POST", f"/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken"):
            self._check_token(request, "federated")
            asked = json.loads(request.body)
            if asked != {"scope": [SCOPE], "lifetime": "3600s"} or not request.headers["content-type"].startswith("application/json"):
                raise Refused(400, "Request contains an invalid argument.")
            if self.denied == "iam.serviceAccounts.getAccessToken":
                raise Refused(403, f"Permission '{self.denied}' denied on resource (or it may not exist).")
            expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
            return {"accessToken": self._give("monitoring")["access_token"], "expireTime": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if request.method == "GET" and request.path.startswith("/v3/"):
            return self._monitoring(request)
        raise Refused(404, "Not found.")

    # Tokens.

    def _give(self, what):
        self._given += 1
        token = f"ya29.{what}-{self._given}"
        self._tokens[token] = what
        return {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def _check_token(self, request, what):
        if self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer ")) != what:
            raise Refused(401, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.")

    def _metadata(self, request):
        headers = {"Metadata-Flavor": "Google"}
        if request.headers.get("metadata-flavor") != "Google":
            return 403, "text/html", b"Missing Metadata-Flavor header.", headers
        if self.late > 0:
            self.late -= 1
            return 503, "text/plain", b"the metadata server is starting", headers
        if request.path != "/computeMetadata/v1/instance/service-accounts/default/token":
            return 404, "text/html", b"Not found", headers
        return *_json(self._give("monitoring")), headers

    def _token(self, form):
        if form.get("grant_type") == "refresh_token":
            if form != {"grant_type": "refresh_token", "client_id": "gcloud", "client_secret": "client-secret", "refresh_token": "1//refresh-token"}:
                raise RefusedGrant("invalid_grant", "Bad Request")
            return self._give("monitoring")
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            raise RefusedGrant("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type')}")
        header, claims, signature = form["assertion"].split(".")
        if not self._verifies(f"{header}.{claims}", _decode(signature)):
            raise RefusedGrant("invalid_grant", "Invalid JWT Signature.")
        header, claims = json.loads(_decode(header)), json.loads(_decode(claims))
        if header != {"alg": "RS256", "typ": "JWT", "kid": "0123abcd"} or (claims["iss"], claims["aud"], claims["scope"]) != (ACCOUNT, self.url + "/token", SCOPE):
            raise RefusedGrant("invalid_grant", "Invalid JWT: Failed audience check.")
        if not 0 < claims["exp"] - claims["iat"] <= 3600 or abs(claims["iat"] - time.time()) > 300:
            raise RefusedGrant("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.")
        return self._give("monitoring")

    def _verifies(self, text, signature):
        (self.folder / "signature").write_bytes(signature)
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.folder / "public.pem", "-signature", self.folder / "signature"],
                              input=text.encode(), capture_output=True).returncode == 0

    def _exchange(self, form):
        subject = form.pop("subject_token", "")
        if form != {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "audience": AUDIENCE, "scope": "https://www.googleapis.com/auth/cloud-platform",
                    "requested_token_type": "urn:ietf:params:oauth:token-type:access_token", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}:
            raise RefusedGrant("invalid_request", "Invalid value for the request's fields.")
        if subject != "job.id.token":
            raise RefusedGrant("invalid_grant", "The audience in ID Token [x] does not match the expected audience.")
        return {**self._give("federated"), "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}

    # Cloud Monitoring.

    def _monitoring(self, request):
        if self.fail:
            code = self.fail.pop(0)
            raise Refused(code, "Quota exceeded for quota metric 'Time series queries' and limit 'Time series queries per minute' of service 'monitoring.googleapis.com'." if code == 429 else "Internal error encountered.")
        self._check_token(request, "monitoring")
        name = request.path.removeprefix("/v3/")
        if series := re.fullmatch(r"projects/([^/]+)/timeSeries", name):
            self._check_permission("monitoring.timeSeries.list")
            return self._time_series(request.query)
        self._check_permission("monitoring.slos.get")
        slo = self._slo(name)
        return {"name": slo.name, "displayName": f"{slo.goal:.0%} of {name.rsplit('/')[-1]}", "goal": slo.goal, "rollingPeriod": "2419200s",
                "serviceLevelIndicator": {slo.indicator: {"goodTotalRatio": {"goodServiceFilter": "x", "totalServiceFilter": "y"}}}}

    def _check_permission(self, permission):
        if self.denied == permission:
            raise Refused(403, f"Permission {permission} denied (or the resource may not exist).")

    def _slo(self, name):
        if name not in self.slos:
            raise Refused(404, f"Service Level Objective '{name}' not found.")
        return self.slos[name]

    def _time_series(self, query):
        query = dict(query)
        start, end = (_read_time(query.pop(f"interval.{name}", "")) for name in ("startTime", "endTime"))
        if end <= start:
            raise Refused(400, "Field interval had an invalid value: the end time must be later than the start time.")
        if query.pop("view", "FULL") != "FULL":
            raise Refused(400, "Field view had an invalid value.")
        text = query.pop("filter", "")
        if counts := COUNTS.fullmatch(text):
            label = query.pop("aggregation.groupByFields", "")
            if query != {"aggregation.alignmentPeriod": "60s", "aggregation.perSeriesAligner": "ALIGN_DELTA", "aggregation.crossSeriesReducer": "REDUCE_SUM"} or label not in ("metric.label.event_type", "metric.labels.event_type"):
                raise Refused(400, "Field aggregation had an invalid value.")
            return _series(self._counts(self._slo(counts[1]), start, end), "DELTA", "INT64")
        if burn_rate := BURN_RATE.fullmatch(text):
            if query:
                raise Refused(400, f"Unknown name: {', '.join(query)}")
            slo = self._slo(burn_rate[1])
            newest = time.time() - max(slo.lag.values())
            points = [_point(at, at, {"doubleValue": slo.burn_rate}) for at in (newest, newest - 60) if start < at <= end] if slo.burn_rate is not None else []
            return _series({"": points}, "GAUGE", "DOUBLE")
        raise Refused(400, f'Field filter had an invalid value of "{text}": The filter could not be parsed.')

    @staticmethod
    def _counts(slo, start, end):
        """Periods of a minute that end at `end`, and before it; the newest comes first."""
        points = {"good": [], "bad": []}
        for kind, events in points.items():
            at = end
            while at > start:
                if at + slo.lag[kind] <= time.time() and getattr(slo, kind):
                    events.append(_point(at - 60, at, {"int64Value": str(getattr(slo, kind))}))
                at -= 60
        return points


def _series(points, kind, value_type):
    return {"timeSeries": [{"metric": {"type": "monitoring.googleapis.com/slo", "labels": {"event_type": name} if name else {}}, "resource": {"type": "x", "labels": {}},
                            "metricKind": kind, "valueType": value_type, "points": some} for name, some in points.items() if some], "unit": "1"}


def _point(start, end, value):
    return {"interval": {"startTime": _write_time(start), "endTime": _write_time(end)}, "value": value}


def _write_time(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read_time(text):
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        raise Refused(400, "Field interval had an invalid value.") from None


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _form(request):
    if request.headers.get("content-type") != "application/x-www-form-urlencoded":
        raise RefusedGrant("invalid_request", "Invalid content type.")
    return dict(urllib.parse.parse_qsl(request.body))


def _json(answer, status=200):
    return status, "application/json; charset=UTF-8", json.dumps(answer).encode()
