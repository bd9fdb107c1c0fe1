"""A stand-in for GitLab's merge requests, over a real bare repository.

    with GitServer(folder) as server, GitLabForge(repository.bare) as forge:
        run("update-gitops-values", ..., "--forge-url", forge.api, "--forge", "gitlab", env={"SLIPWAY_..._FORGE_TOKEN": forge.token})
        forge.only().title, forge.approve(1), ...                   # see forge.py

    forge.users["ada"] = 7              # who may be asked for a review
    forge.premium = True                # several reviewers
    forge.project_settings["merge_method"] = "ff"       # "rebase_merge", "merge"; also squash_option
    forge.role = "Reporter"             # may not open merge requests; "Developer" may not merge into the protected branch
    forge.check_delay = 2               # so many reads of a merge request say "checking"
    forge.lag = 2                       # so many reads do not see a push

Written from docs.gitlab.com/api/merge_requests, /api/projects, /api/repositories, /api/users and /api/rest/authentication, and from the error
handling of GitLab's lib/api/merge_requests.rb; not compared with a running GitLab.
"""

from forge import Answer, ForgeStandIn, Refused

ROLES = ("Guest", "Reporter", "Developer", "Maintainer")


class GitLabForge(ForgeStandIn):
    head_gone_closes = False  # GitLab keeps it open
    not_found = {"error": "404 Not Found"}
    project_path = r"/api/v4/projects/([^/]+)"
    routes = [
        ("GET", project_path, "read_project"),
        ("GET", project_path + "/repository/compare", "compare"),
        ("GET", project_path + "/merge_requests", "list"),
        ("POST", project_path + "/merge_requests", "create"),
        ("GET", project_path + r"/merge_requests/(\d+)", "one"),
        ("PUT", project_path + r"/merge_requests/(\d+)", "update"),
        ("PUT", project_path + r"/merge_requests/(\d+)/merge", "accept"),
        ("GET", r"/api/v4/users", "find_user"),
    ]

    def __init__(self, bare, path="ops/gitops", token="glpat-0123456789abcdefghij", **settings):
        super().__init__(bare, path, **settings)
        self.api = self.url + "/api/v4"
        self.token = token
        self.job_token = "glcbt-64_0123456789"
        self.users = {"ci-bot": 100, "ada": 101, "grace": 102}
        self.premium = False
        self.role = "Maintainer"
        self.project_settings = {"merge_method": "merge", "squash_option": "default_off"}
        self.check_delay = 0
        self.lag = 0
        self.race = False  # two pipelines at the same moment: GitLab finds for both that there is none yet
        self._reads = {}
        self._shown = {}

    def authorize(self, request):
        if request.headers.get("private-token") == self.token:
            return
        if request.headers.get("job-token") == self.job_token:
            # Of what is here, a job's token may do nothing: docs.gitlab.com/ci/jobs/ci_job_token
            raise Refused(404, {"message": "404 Project Not Found"})
        raise Refused(401, {"message": "401 Unauthorized"})

    def head_moved(self, pull):
        pull.auto_merge = ""  # MergeRequests::RefreshService aborts it

    def _find(self, path):
        if path != self.project:
            raise Refused(404, {"message": "404 Project Not Found"})

    def _request(self, path, number):
        self._find(path)
        pull = self.pulls.get(int(number))
        if pull is None:
            raise Refused(404, {"message": "404 Not found"})
        return pull

    def _needs(self, role):
        if ROLES.index(self.role) < ROLES.index(role):
            raise Refused(403, {"message": "403 Forbidden"})

    def read_project(self, request, path):
        self._find(path)
        return {"id": 42, "path_with_namespace": self.project, "default_branch": "main", **self.project_settings}

    def compare(self, request, path):
        self._find(path)
        base, head = request.query["from"], request.query["to"]
        if not self.has_branch(base) or not self.has_branch(head):
            raise Refused(404, {"message": "404 Ref Not Found"})
        commits = self._git("rev-list", f"refs/heads/{base}..refs/heads/{head}").split()
        return {"commit": {"id": commits[0]} if commits else None, "commits": [{"id": one, "short_id": one[:8]} for one in commits], "diffs": [],
                "compare_timeout": False, "compare_same_ref": base == head, "web_url": f"{self.url}/{path}/-/compare/{base}...{head}"}

    def list(self, request, path):
        self._find(path)
        wanted = {"source_branch": "head", "target_branch": "base"}
        found = [pull for pull in self.pulls.values() if all(getattr(pull, name) == request.query[key] for key, name in wanted.items() if key in request.query)]
        if request.query.get("state", "all") != "all":
            found = [pull for pull in found if self._state(pull) == request.query["state"]]
        found.sort(key=lambda pull: pull.number, reverse=request.query.get("sort", "desc") == "desc")
        return self.paged(request, [self._json(pull) for pull in found], default=20)

    def one(self, request, path, number):
        pull = self._request(path, number)
        self._reads[pull.number] = self._reads.get(pull.number, 0) + 1
        return self._json(pull)

    def create(self, request, path):
        self._find(path)
        self._needs("Developer")
        body = self.body_of(request)
        for key in ("title", "source_branch", "target_branch"):
            if not isinstance(body.get(key), str) or not body[key]:
                raise Refused(400, {"error": f"{key} is missing"})
        self._check_title(body["title"])
        if body["source_branch"] == body["target_branch"]:
            raise Refused(422, {"message": ["You can't use same project/branch for source and target"]})
        if not self.has_branch(body["source_branch"]):
            raise Refused(400, {"message": {"base": [f"Source branch \"{body['source_branch']}\" does not exist"]}})
        there = self.find_open(body["source_branch"], body["target_branch"])
        if there and not self.race:
            raise Refused(409, {"message": [f"Another open merge request already exists for this source branch: !{there.number}"]})
        pull = self.new_pull(head=body["source_branch"], base=body["target_branch"], title=body["title"], body=self._commands(body.get("description") or ""))
        pull.deletes_branch = body.get("remove_source_branch") is True
        self._set_title(pull, body["title"])
        return Answer(self._json(pull), 201)

    def _commands(self, text):
        """What GitLab would carry out instead of storing it."""
        for line in text.splitlines():
            assert not line.startswith("/"), f"a quick action: {line}"
        return text

    @staticmethod
    def _check_title(title):
        if len(title) > 255:
            raise Refused(400, {"message": {"title": ["is too long (maximum is 255 characters)"]}})

    @staticmethod
    def _set_title(pull, title):
        pull.title = title
        pull.draft = title.lower().startswith(("draft:", "[draft]", "(draft)"))

    def update(self, request, path, number):
        pull = self._request(path, number)
        self._needs("Developer")
        body = self.body_of(request)
        if not body:
            raise Refused(400, {"error": "title, description, ... are missing, at least one parameter must be provided"})
        if "title" in body:
            self._check_title(body["title"])
            self._set_title(pull, body["title"])
        if "description" in body:
            pull.body = self._commands(body["description"])
        for label in filter(None, body.get("add_labels", "").split(",")):
            if label not in pull.labels:
                pull.labels.append(label)
        if "reviewer_ids" in body:
            names = {id: name for name, id in self.users.items()}
            ids = [id for id in body["reviewer_ids"] if id in names]
            pull.reviewers = [names[id] for id in (ids if self.premium else ids[:1])]
        if "squash" in body:
            pull.more["squash"] = body["squash"]
        if body.get("state_event") == "close" and pull.state == "open":
            pull.state, pull.ended_by = "closed", self.user
        return self._json(pull)

    def accept(self, request, path, number):
        """Merges now or later; see `put ':id/merge_requests/:merge_request_iid/merge'` in GitLab's code."""
        pull = self._request(path, number)
        self._needs("Developer")
        body = self.body_of(request)
        if self.role != "Maintainer":
            raise Refused(401, {"message": "401 Unauthorized"})
        status = self._status(pull)
        auto = body.get("auto_merge") is True or body.get("merge_when_pipeline_succeeds") is True
        waits = auto and status in ("ci_still_running", "not_approved")
        if pull.state != "open" or (status != "mergeable" and not waits):
            raise Refused(422, {"message": "Branch cannot be merged"}) if status == "conflict" else Refused(405, {"message": "405 Method Not Allowed"})
        if body.get("sha") and body["sha"] != pull.head_commit:
            raise Refused(409, {"message": f"SHA does not match HEAD of source branch: {pull.head_commit}"})
        if body.get("squash"):
            pull.more["squash"] = True
        pull.deletes_branch = body.get("should_remove_source_branch") is True
        if waits:
            pull.auto_merge = self._method(pull)
        else:
            self.do_merge(pull, self._method(pull), by=self.user)
        return self._json(pull)

    def _method(self, pull):
        if pull.more.get("squash") or self.project_settings["squash_option"] == "always":
            return "squash"
        return "rebase" if self.project_settings["merge_method"] == "ff" else "merge"

    def find_user(self, request):
        name = request.query.get("username", "")
        return [self._user(one) for one in self.users if one.lower() == name.lower()]

    def _user(self, name):
        return {"id": self.users.get(name, 999), "username": name, "name": name.title(), "state": "active", "web_url": f"{self.url}/{name}"} if name else None

    @staticmethod
    def _state(pull):
        return "opened" if pull.state == "open" else pull.state

    def _status(self, pull):
        """detailed_merge_status"""
        if pull.state != "open":
            return "not_open"
        if self._reads.get(pull.number, 0) <= self.check_delay and self.check_delay:
            return "checking"
        if not self.has_branch(pull.head):
            return "commits_status"
        return {"": "mergeable", "draft": "draft_status", "conflict": "conflict", "checks pending": "ci_still_running", "checks failed": "ci_must_pass",
                "approval": "not_approved"}[self.obstacle(pull)]

    def _json(self, pull):
        merged = pull.state == "merged"
        squashed = merged and pull.squash_commit
        sha = pull.head_commit
        if self.lag > 0 and pull.state == "open" and self._shown.get(pull.number, sha) != sha:
            self.lag -= 1
            sha = self._shown[pull.number]
        self._shown[pull.number] = sha
        ff = self.project_settings["merge_method"] == "ff"
        return {"id": 1000 + pull.number, "iid": pull.number, "project_id": 42, "source_project_id": 42, "target_project_id": 42, "title": pull.title, "description": pull.body,
                "state": self._state(pull), "source_branch": pull.head, "target_branch": pull.base, "draft": pull.draft, "work_in_progress": pull.draft,
                "labels": pull.labels, "reviewers": [self._user(name) for name in pull.reviewers], "author": self._user(pull.author), "sha": sha,
                "merge_commit_sha": pull.merge_commit if merged and not ff and pull.merge_commit != pull.head_commit else None, "squash_commit_sha": pull.squash_commit if squashed else None,
                "squash": pull.more.get("squash", self.project_settings["squash_option"] == "default_on"),
                "merge_user": self._user(pull.ended_by) if merged else None, "merged_by": self._user(pull.ended_by) if merged else None,
                "closed_by": self._user(pull.ended_by) if pull.state == "closed" else None, "merge_when_pipeline_succeeds": bool(pull.auto_merge),
                "detailed_merge_status": self._status(pull), "has_conflicts": pull.state == "open" and self.has_branch(pull.head) and self.conflicts(pull), "merge_error": None,
                "force_remove_source_branch": pull.deletes_branch, "web_url": f"{self.url}/{self.project}/-/merge_requests/{pull.number}"}
