"""A stand-in for the pull requests of Gitea and Forgejo, over a real bare repository.

    with GitServer(folder) as server, GiteaForge(repository.bare) as forge:
        run("update-gitops-values", ..., "--forge-url", forge.api, "--forge", "gitea", env={"SLIPWAY_..._FORGE_TOKEN": forge.token})
        forge.only().title, forge.approve(1), ...                   # see forge.py

    forge.labels["deploy"] = 3; forge.organization_labels["team"] = 9
    forge.users                         # who may be asked for a review; the token's own user may not
    forge.scopes = {"read:repository"}  # of the token
    forge.settings["allow_rebase"] = False
    forge.check_delay = 2               # so many reads of a pull request find it still being checked for conflicts
    forge.old = True                    # a version before 1.22: compares nothing, and lists requests whatever base_branch says

Written from the code of Gitea 1.27.3 (routers/api/v1/repo/pull.go, pull_review.go, issue_label.go, services/pull/check.go, modules/structs), Go module
code.gitea.io/gitea, and the description of its API.
"""

from forge import Answer, Conflict, ForgeStandIn, Refused

STYLES = {"merge": "merge", "squash": "squash", "rebase": "rebase", "fast-forward-only": "rebase"}
ALLOWED_BY = {"merge": "allow_merge_commits", "squash": "allow_squash_merge", "rebase": "allow_rebase", "fast-forward-only": "allow_fast_forward_only_merge"}


def _error(message):
    return {"message": message, "url": "https://gitea.example.com/api/swagger"}


class GiteaForge(ForgeStandIn):
    not_found = _error("not found")
    repository_path = r"/api/v1/repos/([^/]+/[^/]+)"
    routes = [
        ("GET", repository_path, "repository"),
        ("GET", repository_path + "/pulls", "list"),
        ("POST", repository_path + "/pulls", "create"),
        ("GET", repository_path + r"/pulls/(\d+)", "one"),
        ("PATCH", repository_path + r"/pulls/(\d+)", "edit"),
        ("POST", repository_path + r"/pulls/(\d+)/merge", "accept"),
        ("POST", repository_path + r"/pulls/(\d+)/requested_reviewers", "ask"),
        ("GET", repository_path + r"/pulls/(\d+)/reviews", "reviews"),
        ("GET", repository_path + r"/issues/(\d+)/timeline", "timeline"),
        ("POST", repository_path + r"/issues/(\d+)/labels", "add_labels"),
        ("GET", repository_path + r"/labels", "list_labels"),
        ("GET", r"/api/v1/orgs/([^/]+)/labels", "list_organization_labels"),
        ("GET", repository_path + r"/compare/(.+)", "compare"),
        ("GET", repository_path + r"/branches/(.+)", "branch"),
        ("GET", repository_path + r"/commits/([0-9a-f]{40})/status", "status"),
    ]

    def __init__(self, bare, path="ops/gitops", token="0123456789abcdef0123456789abcdef01234567", **settings):
        super().__init__(bare, path, **settings)
        self.api = self.url + "/api/v1"
        self.token = token
        self.scopes = {"write:repository", "write:issue", "read:organization"}
        self.users = ["ci-bot", "ada", "grace"]
        self.labels = {"deploy": 3}
        self.organization_labels = None  # a dict, when the owner is an organization
        self.settings = {"allow_merge_commits": True, "allow_rebase": True, "allow_squash_merge": True, "allow_fast_forward_only_merge": False}
        self.may_merge = True
        self.check_delay = 0
        self.old = False
        self.race = False  # two pipelines at the same moment: Gitea finds for both that there is none yet
        self._reads = {}

    def authorize(self, request):
        if request.headers.get("authorization") != "token " + self.token:
            raise Refused(401, _error("token is required"))
        area = "organization" if request.path.startswith("/api/v1/orgs/") else "issue" if "/issues/" in request.path or request.path.endswith("/labels") else "repository"
        needed = ("read:" if request.method == "GET" else "write:") + area
        if not self.scopes & {needed, "write:" + area}:
            raise Refused(403, _error(f"token does not have at least one of required scope(s), required=[{needed}], token scope={','.join(sorted(self.scopes))}"))

    def _find(self, path):
        if path != self.project:
            raise Refused(404, self.not_found)

    def _request(self, path, number):
        self._find(path)
        if int(number) not in self.pulls:
            raise Refused(404, self.not_found)
        return self.pulls[int(number)]

    def repository(self, request, path):
        self._find(path)
        return {"id": 1, "full_name": path, "default_branch": "main", **self.settings}

    def list(self, request, path):
        self._find(path)
        state, base = request.query.get("state", "open"), None if self.old else request.query.get("base_branch")
        found = [pull for pull in reversed(self.pulls.values()) if state == "all" or (pull.state == "open") == (state == "open")]
        return self.paged(request, [self._json(pull) for pull in found if base in (None, "", pull.base)], size_key="limit", most=50)

    def one(self, request, path, number):
        pull = self._request(path, number)
        self._reads[pull.number] = self._reads.get(pull.number, 0) + 1
        return self._json(pull)

    def create(self, request, path):
        self._find(path)
        body = self.body_of(request)
        for key in ("head", "base", "title"):
            if not isinstance(body.get(key), str):
                raise Refused(422, _error(f"[{key.title()}]: Required"))
        head, base = body["head"], body["base"]
        if head == base:
            raise Refused(422, _error("Invalid PullRequest: There are no changes between the head and the base"))
        if not self.has_branch(head) or not self.has_branch(base):
            raise Refused(404, self.not_found)
        there = self.find_open(head, base)
        if there and not self.race:
            raise Refused(409, _error(f"pull request already exists for these targets [id: {100 + there.number}, issue_id: {there.number}, head_repo_id: 1, base_repo_id: 1, "
                                      f"head_branch: {head}, base_branch: {base}]"))
        pull = self.new_pull(head=head, base=base, title=body["title"], body=body.get("body", ""))
        self._set_title(pull, body["title"])
        pull.more["merge_base"] = self._git("merge-base", f"refs/heads/{base}", f"refs/heads/{head}")
        return Answer(self._json(pull), 201)

    @staticmethod
    def _set_title(pull, title):
        pull.title = title[:255]
        pull.draft = title.upper().startswith(("WIP:", "[WIP]"))

    def head_moved(self, pull):
        pull.more["merge_base"] = self._git("merge-base", f"refs/heads/{pull.base}", pull.head_commit)

    def edit(self, request, path, number):
        pull = self._request(path, number)
        body = self.body_of(request)
        if body.get("title"):
            self._set_title(pull, body["title"])
        if body.get("body") is not None:
            pull.body = body["body"]
        if body.get("state") is not None:
            if pull.state == "merged":
                raise Refused(412, _error("cannot change state of this pull request, it was already merged"))
            assert body["state"] in ("open", "closed")
            pull.state, pull.ended_by = body["state"], self.user if body["state"] == "closed" else ""
        return Answer(self._json(pull), 201)

    def accept(self, request, path, number):
        pull = self._request(path, number)
        body = self.body_of(request)
        style = body.get("Do")
        if style not in STYLES:
            raise Refused(422, _error("[Do]: Required"))
        if pull.state == "closed":
            raise Refused(404, self.not_found)
        self._check(pull, style, auto=body.get("merge_when_checks_succeed") is True)
        if body.get("delete_branch_after_merge") is True:
            pull.deletes_branch = True
        if body.get("merge_when_checks_succeed") is True:
            if pull.auto_merge:
                raise Refused(409, _error(f"pull request is already scheduled to auto merge when checks succeed [pull_id: {100 + pull.number}]"))
            pull.auto_merge = STYLES[style]  # the next look at Git merges it, when nothing is in its way
            return Answer(b"", 201)
        if body.get("head_commit_id") not in (None, "", pull.head_commit):
            raise Refused(409, _error("head out of date"))
        if not self.settings[ALLOWED_BY[style]]:
            raise Refused(405, _error(f"{style} is not allowed an allowed merge style for this repository"))
        try:
            self.do_merge(pull, STYLES[style], by=self.user)
        except Conflict as conflict:
            raise Refused(409, {"Style": style, "StdOut": str(conflict), "StdErr": "", "Err": {}}) from conflict
        return Answer(b"", 200)

    def _check(self, pull, style, auto):
        """CheckPullMergeable"""
        obstacle = self.obstacle(pull)
        if not self.may_merge:
            raise Refused(405, _error("User not allowed to merge PR"))
        if pull.state == "merged":
            raise Refused(405, _error("The PR is already merged"))
        if obstacle == "draft":
            raise Refused(405, _error("Work in progress PRs cannot be merged"))
        if obstacle == "conflict" or self._is_checked(pull):
            raise Refused(405, _error("Please try again later"))
        if obstacle and not auto:
            raise Refused(405, _error("Does not have enough approvals" if obstacle == "approval" else "Not all required status checks successful"))

    def ask(self, request, path, number):
        pull = self._request(path, number)
        names = self.body_of(request).get("reviewers")
        for name in names:
            if name not in self.users:
                raise Refused(404, _error(f"user doesn't exist: {name}"))
            if name == pull.author:
                raise Refused(422, _error("poster of pr can't be reviewer [user_id: 1, repo_id: 1]"))
        for name in names:
            assert name not in pull.reviewers, "Gitea would ask again"
            pull.reviewers.append(name)
        return Answer([{"id": 1, "user": {"login": name}, "state": "REQUEST_REVIEW"} for name in names], 201)

    def reviews(self, request, path, number):
        pull = self._request(path, number)
        return self.paged(request, [{"id": 1, "user": {"login": "ada"}, "state": "APPROVED", "stale": False, "official": True, "dismissed": False}] if pull.approved else [], size_key="limit", most=50)

    def timeline(self, request, path, number):
        pull = self._request(path, number)
        events = [{"id": 1, "type": "pull_push", "user": {"login": self.user}}]
        if pull.state == "closed":
            events.append({"id": 2, "type": "close", "user": {"login": pull.ended_by}})
        return self.paged(request, events, size_key="limit", most=50)

    def add_labels(self, request, path, number):
        pull = self._request(path, number)
        ids = self.body_of(request).get("labels")
        if not isinstance(ids, list) or not all(isinstance(id, int) for id in ids):
            raise Refused(400, _error("a label must be an integer"))  # versions before 1.22 know no names here
        names = {id: name for name, id in {**self.labels, **(self.organization_labels or {})}.items()}
        pull.labels += [names[id] for id in ids if id in names and names[id] not in pull.labels]
        return [{"id": id, "name": name} for id, name in names.items() if name in pull.labels]

    def list_labels(self, request, path):
        self._find(path)
        return self.paged(request, [{"id": id, "name": name} for name, id in self.labels.items()], size_key="limit", most=50)

    def list_organization_labels(self, request, owner):
        if self.organization_labels is None or owner != self.project.split("/")[0]:
            raise Refused(404, self.not_found)
        return self.paged(request, [{"id": id, "name": name} for name, id in self.organization_labels.items()], size_key="limit", most=50)

    def compare(self, request, path, both):
        self._find(path)
        base, _, head = both.partition("...")
        if self.old or not self.has_branch(base) or not self.has_branch(head):
            raise Refused(404, self.not_found)
        commits = self._git("rev-list", f"refs/heads/{base}..refs/heads/{head}").split()
        return {"total_commits": len(commits), "commits": [{"sha": one} for one in commits]}

    def branch(self, request, path, name):
        self._find(path)
        if not self.has_branch(name):
            raise Refused(404, _error("The target couldn't be found."))
        return {"name": name, "commit": {"id": self._tip(name)}, "protected": self.needs_approval, "required_approvals": 1 if self.needs_approval else 0, "enable_status_check": False,
                "status_check_contexts": [], "user_can_push": True, "user_can_merge": self.may_merge, "effective_branch_protection_name": ""}

    def status(self, request, path, commit):
        self._find(path)
        state = {"success": "success", "pending": "pending", "failed": "failure"}[self.checks]
        return {"state": state, "sha": commit, "total_count": 1, "statuses": [{"id": 1, "context": "ci/validate", "status": state, "target_url": "", "description": ""}]}

    def _is_checked(self, pull):
        return self._reads.get(pull.number, 0) < self.check_delay

    def _json(self, pull):
        branch = self.has_branch(pull.head)
        merged = pull.state == "merged"
        user = lambda name: {"id": 1, "login": name, "username": name} if name else None
        labels = {**self.labels, **(self.organization_labels or {})}
        return {"id": 100 + pull.number, "number": pull.number, "url": f"{self.url}/{self.project}/pulls/{pull.number}", "html_url": f"{self.url}/{self.project}/pulls/{pull.number}",
                "user": user(pull.author), "title": pull.title, "body": pull.body, "labels": [{"id": labels[name], "name": name} for name in pull.labels],
                "requested_reviewers": [user(name) for name in pull.reviewers], "requested_reviewers_teams": [], "state": "open" if pull.state == "open" else "closed", "draft": pull.draft,
                "mergeable": not pull.draft and not self._is_checked(pull) and (pull.state != "open" or not self.conflicts(pull)), "merged": merged, "merge_commit_sha": pull.merge_commit or None,
                "merged_by": user(pull.ended_by) if merged else None,
                "base": {"label": pull.base, "ref": pull.base, "sha": self._tip(pull.base), "repo_id": 1},
                "head": {"label": pull.head, "ref": pull.head if branch else f"refs/pull/{pull.number}/head", "sha": pull.head_commit, "repo_id": 1},
                "merge_base": pull.more["merge_base"]}
