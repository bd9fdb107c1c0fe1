"""A stand-in of GitHub (Enterprise: /api/v3 and /api/graphql) for one repository, over a real bare Git repository.

    with GitHubForge(gitops.bare) as forge:
        run(STEP, "--repo", gitops.url, "--forge", "github", "--forge-url", forge.api, ..., env=forge.env())

`forge.py` says what tests can do with it. Beside that:

    forge.allows_auto_merge = False            # the repository's setting
    forge.protected = {"main"}                 # branches that no commit goes to but by a pull request
    forge.people = {"ada"}, forge.teams = {"reviewers"}  # who may be asked for a review
    forge.looks = 2                            # so often GitHub does not know yet whether a new head can be merged
    forge.app = App("4711", public_key)        # a GitHub App that is installed for this repository
    forge.faults.append(secondary_limit("POST", r"/pulls$", seconds=1))

Requests and answers are those of https://docs.github.com/en/rest?apiVersion=2022-11-28 (pulls, issues, apps, git/refs) and
https://docs.github.com/en/graphql/reference/mutations; messages of errors are GitHub's own.
"""

import base64
import binascii
import json
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

from forge import FORGE, Answer, Conflict, Fault, ForgeStandIn, Refused

DOCUMENTATION = "https://docs.github.com/rest"
REPO = r"/api/v3/repos/([^/]+)/([^/]+)"
TOKEN = "ghp_sesame4711sesame4711sesame4711sesam"
BOT = {**FORGE, "GIT_AUTHOR_NAME": "slipway[bot]", "GIT_AUTHOR_EMAIL": "4711+slipway[bot]@users.noreply.github.com", "GIT_COMMITTER_NAME": "GitHub",
       "GIT_COMMITTER_EMAIL": "noreply@github.com"}


def secondary_limit(method, path, seconds=1, status=403, times=1):
    return Fault(method, path, status=status, times=times, headers={"Retry-After": str(seconds)}, body={
        "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"})


@dataclass
class App:
    id: str
    public_key: object  # a PEM file
    installed: bool = True
    suspended: bool = False
    permissions: dict = field(default_factory=lambda: {"metadata": "read", "contents": "write", "pull_requests": "write"})
    token: str = "ghs_installation4711installation4711inst"
    live: dict = field(default_factory=dict)  # tokens that are good -> permissions
    given: list = field(default_factory=list)  # bodies of requests for tokens
    revoked: list = field(default_factory=list)


def make_app_keys(folder):
    """private.pem, as GitHub gives it to who owns the app, and public.pem, which GitHub keeps."""
    subprocess.run(["openssl", "genrsa", "-out", folder / "private.pem", "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", folder / "private.pem", "-pubout", "-out", folder / "public.pem"], check=True, capture_output=True)


class GitHubForge(ForgeStandIn):
    routes = [
        ("GET", REPO + "/pulls", "list_pulls"), ("POST", REPO + "/pulls", "create_pull"), ("GET", REPO + r"/pulls/(\d+)", "get_pull"),
        ("PATCH", REPO + r"/pulls/(\d+)", "update_pull"), ("PUT", REPO + r"/pulls/(\d+)/merge", "merge_pull"),
        ("POST", REPO + r"/pulls/(\d+)/requested_reviewers", "request_reviewers"), ("GET", REPO + r"/issues/(\d+)", "get_issue"),
        ("GET", REPO + r"/issues/(\d+)/events", "list_events"), ("POST", REPO + r"/issues/(\d+)/labels", "add_labels"),
        ("GET", REPO + r"/git/ref/heads/(.+)", "get_ref"), ("POST", REPO + "/git/refs", "create_ref"), ("GET", REPO + "/installation", "get_installation"),
        ("POST", r"/api/v3/app/installations/(\d+)/access_tokens", "create_token"), ("DELETE", "/api/v3/installation/token", "delete_token"),
        ("POST", "/api/graphql", "graphql"),
    ]
    not_found = {"message": "Not Found", "documentation_url": DOCUMENTATION, "status": "404"}

    def __init__(self, bare, path="ops/gitops", **settings):
        super().__init__(bare, path, **settings)
        self.api = self.url + "/api/v3"
        self.token = TOKEN
        self.tokens = {TOKEN}
        self.allows_auto_merge = True
        self.methods = {"merge", "squash", "rebase"}
        self.protected = set()
        self.drafts = True
        self.people = {"ada", "grace", self.user}
        self.teams = {"reviewers"}
        self.looks = 0
        self.app = None

    def env(self):
        return {"SLIPWAY_UPDATE_GITOPS_VALUES_FORGE_TOKEN": TOKEN}

    def options(self):
        return ["--forge", "github", "--forge-url", self.api]

    # Who asks.

    def authorize(self, request):
        if not request.headers.get("user-agent"):
            raise Refused(403, b"Request forbidden by administrative rules. Please make sure your request has a User-Agent header.")
        if request.headers.get("x-github-api-version", "2022-11-28") != "2022-11-28":
            raise Refused(400, {"message": "The X-GitHub-Api-Version is not supported", "documentation_url": DOCUMENTATION})
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() not in ("bearer", "token"):
            raise self._refused(401, "Requires authentication")
        request.token = token
        if self._is_for_apps(request):
            self._check_jwt(token)
        elif token not in self.tokens and not (self.app and token in self.app.live):
            raise self._refused(401, "Bad credentials")

    @staticmethod
    def _is_for_apps(request):
        return request.path.endswith("/installation") or "/app/installations/" in request.path

    @staticmethod
    def _refused(status, message, errors=None):
        body = {"message": message, **({"errors": errors} if errors else {}), "documentation_url": DOCUMENTATION, "status": str(status)}
        return Refused(status, body)

    def _check(self, owner, repo, number=None):
        """The pull request of that number."""
        if f"{owner}/{repo}".lower() != self.project.lower():
            raise Refused(404, self.not_found)
        if number is None:
            return None
        if int(number) not in self.pulls:
            raise Refused(404, self.not_found)
        return self.pulls[int(number)]

    # Pull requests.

    def list_pulls(self, request, owner, repo):
        self._check(owner, repo)
        query = request.query
        user, colon, branch = query.get("head", "").partition(":")
        if query.get("head") and not colon:
            user, branch = "", query["head"]  # GitHub takes no notice of a head without its owner
        found = [pull for pull in self.pulls.values()
                 if (query.get("state", "open") == "all" or (pull.state == "open") == (query.get("state", "open") == "open"))
                 and (not user or (user.lower() == owner.lower() and pull.head == branch)) and query.get("base", pull.base) == pull.base]
        if query.get("direction", "desc") == "desc":
            found.reverse()
        return self.paged(request, [self._of_list(pull) for pull in found])

    def create_pull(self, request, owner, repo):
        self._check(owner, repo)
        body = self.body_of(request, ("title", "head", "base"))
        head = body["head"].removeprefix(f"{owner}:")
        for side, branch in (("head", head), ("base", body["base"])):
            if not self.has_branch(branch):
                raise self._refused(422, "Validation Failed", [{"resource": "PullRequest", "field": side, "code": "invalid"}])
        if self.find_open(head, body["base"]):
            raise self._refused(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": f"A pull request already exists for {owner}:{head}."}])
        if not self.differs(head, body["base"]):
            raise self._refused(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": f"No commits between {body['base']} and {head}"}])
        if body.get("draft") and not self.drafts:
            raise self._refused(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": "Draft pull requests are not supported in this repository."}])
        pull = self.new_pull(head=head, base=body["base"], title=body["title"], body=body.get("body") or "", draft=bool(body.get("draft")))
        pull.more.update(looks=self.looks, asked=[])
        return Answer(self._whole(pull), 201)

    def get_pull(self, request, owner, repo, number):
        pull = self._check(owner, repo, number)
        whole = self._whole(pull)
        pull.more["looks"] = max(0, pull.more.get("looks", 0) - 1)
        return whole

    def update_pull(self, request, owner, repo, number):
        pull = self._check(owner, repo, number)
        body = self.body_of(request)
        pull.title, pull.body = body.get("title", pull.title), body.get("body", pull.body)
        if body.get("state") == "closed" and pull.state == "open":
            pull.state, pull.ended_by = "closed", self.user
        return self._whole(pull)

    def merge_pull(self, request, owner, repo, number):
        pull = self._check(owner, repo, number)
        body = self.body_of(request)
        method = body.get("merge_method", "merge")
        if method not in self.methods:
            raise self._refused(405, f"{method.capitalize()} merges are not allowed on this repository.")
        if pull.state != "open" or self.obstacle(pull):
            raise self._refused(405, "Pull Request is not mergeable")
        if body.get("sha", pull.head_commit) != pull.head_commit:
            raise self._refused(409, "Head branch was modified. Review and try the merge again.")
        try:
            self.do_merge(pull, method, self.user)
        except Conflict:
            raise self._refused(405, "Pull Request is not mergeable") from None
        return {"sha": pull.merge_commit, "merged": True, "message": "Pull Request successfully merged"}

    def request_reviewers(self, request, owner, repo, number):
        pull = self._check(owner, repo, number)
        body = self.body_of(request)
        people, teams = body.get("reviewers", []), body.get("team_reviewers", [])
        if pull.author in people:
            raise self._refused(422, "Review cannot be requested from pull request author.")
        if not set(people) <= self.people or not set(teams) <= self.teams:
            raise self._refused(422, "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the "
                                f"{self.project} repository.")
        for name, kind in [(name, "user") for name in people] + [(name, "team") for name in teams]:
            pull.more.setdefault("asked", []).append((name, kind))
            if name not in pull.reviewers:
                pull.reviewers.append(name)
        return Answer(self._of_list(pull), 201)

    def list_events(self, request, owner, repo, number):
        pull = self._check(owner, repo, number)
        events = [{"id": at, "event": "review_requested", "actor": self._user(pull.author),
                   **({"requested_reviewer": self._user(name)} if kind == "user" else {"requested_team": self._team(name)})}
                  for at, (name, kind) in enumerate(pull.more.get("asked", []))]
        return self.paged(request, [{"id": 999, "event": "labeled", "label": {"name": name}} for name in pull.labels] + events)

    def add_labels(self, request, owner, repo, number):
        pull = self._check(owner, repo, number)
        labels = self.body_of(request).get("labels")
        if not isinstance(labels, list) or not labels or not all(isinstance(label, str) and label for label in labels):
            raise self._refused(422, "Validation Failed", [{"resource": "Label", "field": "name", "code": "missing_field"}])
        pull.labels += [label for label in labels if label not in pull.labels]
        return [self._label(name) for name in pull.labels]

    def get_issue(self, request, owner, repo, number):
        pull = self._check(owner, repo, number)
        return {"number": pull.number, "state": "open" if pull.state == "open" else "closed", "title": pull.title, "pull_request": {"html_url": self._page(pull)},
                "closed_by": self._user(pull.ended_by) if pull.ended_by else None}

    def head_moved(self, pull):
        pull.more["looks"] = self.looks

    # Branches and the app.

    def get_ref(self, request, owner, repo, branch):
        self._check(owner, repo)
        if not self.has_branch(branch):
            raise Refused(404, self.not_found)
        return self._ref(branch)

    def create_ref(self, request, owner, repo):
        self._check(owner, repo)
        body = self.body_of(request, ("ref", "sha"))
        if not re.fullmatch(r"refs/heads/.+", body["ref"]):
            raise self._refused(422, "Reference name must start with 'refs/'.")
        branch = body["ref"].removeprefix("refs/heads/")
        if self.has_branch(branch):
            raise self._refused(422, "Reference already exists")
        if subprocess.run(["git", "-C", str(self.bare), "-c", "safe.directory=*", "cat-file", "-e", body["sha"] + "^{commit}"], env=FORGE, capture_output=True).returncode:
            raise self._refused(422, "Object does not exist")
        self._git("update-ref", body["ref"], body["sha"], "0" * 40)
        return Answer(self._ref(branch), 201)

    def _ref(self, branch):
        return {"ref": f"refs/heads/{branch}", "node_id": "REF", "url": f"{self.api}/repos/{self.project}/git/refs/heads/{branch}",
                "object": {"type": "commit", "sha": self._tip(branch), "url": f"{self.api}/repos/{self.project}/git/commits/{self._tip(branch)}"}}

    def _check_jwt(self, token):
        """@source https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app"""
        parts = token.split(".")
        if not self.app or len(parts) != 3:
            raise self._refused(401, "A JSON web token could not be decoded")
        decoded = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts]
        header, claims = json.loads(decoded[0]), json.loads(decoded[1])
        with tempfile.NamedTemporaryFile() as signature:
            signature.write(decoded[2])
            signature.flush()
            good = subprocess.run(["openssl", "dgst", "-sha256", "-verify", str(self.app.public_key), "-signature", signature.name], input=".".join(parts[:2]).encode(),
                                  capture_output=True).returncode == 0
        if header.get("alg") != "RS256" or not good:
            raise self._refused(401, "A JSON web token could not be decoded")
        if str(claims.get("iss")) != self.app.id:
            raise self._refused(401, "'Issuer' claim ('iss') must be an Integer")
        now = time.time()
        if not isinstance(claims.get("iat"), int) or claims["iat"] > now:
            raise self._refused(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
        if not isinstance(claims.get("exp"), int) or claims["exp"] <= now:
            raise self._refused(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
        if claims["exp"] > now + 600:
            raise self._refused(401, "'Expiration time' claim ('exp') is too far in the future")

    def get_installation(self, request, owner, repo):
        self._check(owner, repo)
        if not self.app.installed:
            raise Refused(404, self.not_found)
        return {"id": 7, "app_id": 4711, "app_slug": "slipway", "account": self._user(owner), "repository_selection": "selected", "permissions": self.app.permissions,
                "suspended_at": "2026-11-01T00:00:00Z" if self.app.suspended else None, "html_url": f"{self.url}/organizations/{owner}/settings/installations/7"}

    def create_token(self, request, installation):
        if installation != "7":
            raise Refused(404, self.not_found)
        if self.app.suspended:
            raise self._refused(403, "This installation has been suspended")
        body = self.body_of(request)
        self.app.given.append(body)
        for repository in body.get("repositories", []):
            if repository.lower() != self.project.partition("/")[2].lower():
                raise self._refused(422, "There is at least one repository that does not exist or is not accessible to the parent installation.")
        levels = ["read", "write", "admin"]
        for name, level in body.get("permissions", {}).items():
            if name not in self.app.permissions or levels.index(level) > levels.index(self.app.permissions[name]):
                raise self._refused(422, "The permissions requested are not granted to this installation.")
        self.app.live[self.app.token] = body.get("permissions", self.app.permissions)
        return Answer({"token": self.app.token, "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)), "permissions": body.get("permissions"),
                       "repository_selection": "selected", "repositories": [{"id": 1, "name": self.project.partition("/")[2], "full_name": self.project}]}, 201)

    def delete_token(self, request):
        if not self.app or request.token not in self.app.live:
            raise self._refused(403, "Resource not accessible by personal access token")
        del self.app.live[request.token]
        self.app.revoked.append(request.token)
        return Answer(None, 204)

    # GraphQL, as far as mutations go.

    def graphql(self, request):
        body = self.body_of(request, ("query",))
        fits = re.fullmatch(r"mutation\(\$input: (\w+)!\) \{ (\w+)\(input: \$input\) \{ [\w {}]+ \} \}", body["query"])
        if not fits or fits[1] != fits[2][:1].upper() + fits[2][1:] + "Input" or fits[2] not in ("createCommitOnBranch", "enablePullRequestAutoMerge"):
            return {"errors": [{"message": f"Parse error on {body['query']!r}", "locations": [{"line": 1, "column": 1}]}]}
        try:
            return {"data": {fits[2]: getattr(self, "_" + fits[2])(body["variables"]["input"])}}
        except GraphError as error:
            return {"data": {fits[2]: None}, "errors": [{**({"type": error.type} if error.type else {}), "path": [fits[2]], "locations": [{"line": 1, "column": 40}], "message": str(error)}]}

    def _createCommitOnBranch(self, data):
        if set(data) - {"branch", "message", "fileChanges", "expectedHeadOid", "clientMutationId"} or not {"branch", "message", "expectedHeadOid"} <= set(data):
            raise GraphError("", "Variable $input of type CreateCommitOnBranchInput! was provided invalid value")
        branch = data["branch"]["branchName"].removeprefix("refs/heads/")
        if data["branch"]["repositoryNameWithOwner"].lower() != self.project.lower():
            raise GraphError("NOT_FOUND", f"Could not resolve to a Repository with the name '{data['branch']['repositoryNameWithOwner']}'.")
        if not self.has_branch(branch):
            raise GraphError("NOT_FOUND", f"No ref found for '{branch}'")
        if branch in self.protected:
            raise GraphError("", "Repository rule violations found\n\nChanges must be made through a pull request.\n\n")
        if self._tip(branch) != data["expectedHeadOid"]:
            raise GraphError("STALE_DATA", f"Expected branch to point to \"{data['expectedHeadOid']}\" but it did not. Pull and try again.")
        commit = self._commit(data)
        self._git("update-ref", f"refs/heads/{branch}", commit, data["expectedHeadOid"])
        return {"commit": {"oid": commit}}

    def _commit(self, data):
        changes, parent = data.get("fileChanges", {}), data["expectedHeadOid"]
        with tempfile.TemporaryDirectory() as folder:
            def work(*arguments, input=None):
                done = subprocess.run(["git", "-C", str(self.bare), "-c", "safe.directory=*", *arguments], env={**BOT, "GIT_INDEX_FILE": folder + "/index"}, input=input, capture_output=True)
                assert done.returncode == 0, done.stderr.decode()
                return done.stdout.decode().strip()

            work("read-tree", parent)
            for deletion in changes.get("deletions", []):
                if not work("ls-tree", "--full-tree", parent, "--", deletion["path"]):
                    raise GraphError("UNPROCESSABLE", f"A path was requested for deletion which does not exist as of commit oid `{parent}`")
                work("update-index", "-z", "--index-info", input=f"0 {'0' * 40}\t{deletion['path']}\0".encode())
            for addition in changes.get("additions", []):
                try:
                    content = base64.b64decode(addition["contents"], validate=True)
                except binascii.Error:
                    raise GraphError("", "Variable $input was provided invalid value for fileChanges.additions.0.contents") from None
                blob = work("hash-object", "-w", "--stdin", input=content)
                work("update-index", "-z", "--index-info", input=f"100644 {blob}\t{addition['path']}\0".encode())
            message = data["message"]["headline"] + ("\n\n" + data["message"]["body"] if data["message"].get("body") else "")
            return work("commit-tree", work("write-tree"), "-p", parent, input=message.encode())

    def _enablePullRequestAutoMerge(self, data):
        number = int(data["pullRequestId"].removeprefix("PR_"))
        if number not in self.pulls:
            raise GraphError("NOT_FOUND", f"Could not resolve to a node with the global id of '{data['pullRequestId']}'")
        pull = self.pulls[number]
        if not self.allows_auto_merge:
            raise GraphError("UNPROCESSABLE", "Pull request Auto merge is not allowed for this repository")
        if data["mergeMethod"].lower() not in self.methods:
            raise GraphError("UNPROCESSABLE", f"Merge method {data['mergeMethod'].lower()} merging is not allowed on this repository")
        if data.get("expectedHeadOid", pull.head_commit) != pull.head_commit:
            raise GraphError("UNPROCESSABLE", "Pull request Expected head sha didn't match current head ref.")
        state = self._mergeable_state(pull)
        if state in ("clean", "dirty", "draft"):
            raise GraphError("UNPROCESSABLE", f"Pull request Pull request is in {state} status")
        pull.auto_merge = data["mergeMethod"].lower()
        return {"pullRequest": {"number": pull.number}}

    # What they look like.

    @staticmethod
    def _user(login):
        return {"login": login, "id": 1, "node_id": "U_1", "type": "User"}

    @staticmethod
    def _team(slug):
        return {"id": 1, "node_id": "T_1", "name": slug.capitalize(), "slug": slug}

    @staticmethod
    def _label(name):
        return {"id": 1, "node_id": "LA_1", "name": name, "color": "ededed", "default": False}

    def _page(self, pull):
        return f"{self.url}/{self.project}/pull/{pull.number}"

    def _side(self, branch, commit):
        owner, _, name = self.project.partition("/")
        return {"label": f"{owner}:{branch}", "ref": branch, "sha": commit, "user": self._user(owner), "repo": {"id": 1, "name": name, "full_name": self.project, "private": True}}

    def _of_list(self, pull):
        auto = pull.auto_merge and pull.state == "open"
        return {"id": 1000 + pull.number, "node_id": f"PR_{pull.number}", "number": pull.number, "state": "open" if pull.state == "open" else "closed", "locked": False,
                "title": pull.title, "body": pull.body or None, "draft": pull.draft, "user": self._user(pull.author), "html_url": self._page(pull),
                "url": f"{self.api}/repos/{self.project}/pulls/{pull.number}", "labels": [self._label(name) for name in pull.labels],
                "head": self._side(pull.head, pull.head_commit), "base": self._side(pull.base, self._tip(pull.base)),
                "created_at": "2026-11-24T12:00:00Z", "closed_at": None if pull.state == "open" else "2026-11-24T13:00:00Z",
                "merged_at": "2026-11-24T13:00:00Z" if pull.state == "merged" else None,
                # Of an open one it is a commit that only tests the merge.
                "merge_commit_sha": pull.merge_commit or "e" * 40,
                "requested_reviewers": [self._user(name) for name in pull.reviewers if name in self.people],
                "requested_teams": [self._team(name) for name in pull.reviewers if name in self.teams],
                "auto_merge": {"enabled_by": self._user(pull.author), "merge_method": pull.auto_merge, "commit_title": "", "commit_message": ""} if auto else None}

    def _mergeable_state(self, pull):
        if pull.more.get("looks", 0) > 0:
            return "unknown"
        why = self.obstacle(pull)
        return {"": "clean", "draft": "draft", "conflict": "dirty"}.get(why, "blocked")

    def _whole(self, pull):
        state = self._mergeable_state(pull) if pull.state == "open" else "unknown"
        return {**self._of_list(pull), "merged": pull.state == "merged", "mergeable": None if state == "unknown" else state != "dirty", "mergeable_state": state,
                "merged_by": self._user(pull.ended_by) if pull.state == "merged" else None, "commits": 1, "changed_files": 1}


class GraphError(Exception):
    def __init__(self, type, message):
        super().__init__(message)
        self.type = type
