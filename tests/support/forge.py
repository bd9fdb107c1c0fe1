"""What the stand-ins of forges have in common: pull requests of one real bare Git repository, kept in memory.

    forge.pulls[1]                  # PullRequest(number, head, base, title, state, ...), as Git and the API left it
    forge.only()                    # the one open request; fails when there are none or several
    forge.open_requests()
    forge.requests                  # [Request(method, path, query, headers, body)], everything that was sent
    forge.count("POST", r"/pulls$") # how many of them

What people do meanwhile:

    forge.needs_approval = True     # nothing merges before approve(); so do checks = "pending" or "failed"
    forge.approve(1), forge.close(1, by="ada"), forge.merge(1, method="squash", by="ada"), forge.reopen(1)

And what goes wrong, each fault once unless told otherwise, the first that fits:

    forge.faults.append(Fault("POST", r"/pulls$", status=502))
    forge.faults.append(Fault("POST", r"/pulls$", drop="after"))    # it is done, and the connection ends without an answer
    forge.faults.append(Fault("GET", r"/pulls", status=403, headers={"Retry-After": "1"}, body={"message": "slow down"}))
    forge.before = lambda request: ...  # called with each request before it is answered

A subclass has `routes`: [(method, regular expression of the whole path, name of a function that gets the request and the groups)]. It returns
what becomes JSON, or an Answer, or raises Refused. A request's head is the branch's newest commit, whoever pushed it; merging makes real commits.
"""

import json
import re
import shutil
import subprocess
import tempfile
import threading
import traceback
import urllib.parse
from dataclasses import dataclass, field

from gitops import ENVIRONMENT, git
from stand_in import StandIn

FORGE = {**ENVIRONMENT, "GIT_AUTHOR_NAME": "Forge", "GIT_AUTHOR_EMAIL": "forge@example.invalid", "GIT_COMMITTER_NAME": "Forge",
         "GIT_COMMITTER_EMAIL": "forge@example.invalid"}


@dataclass
class Request:
    method: str
    path: str  # as it was sent: %2F stays
    query: dict
    headers: dict  # names in lower case
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class PullRequest:
    number: int
    head: str
    base: str
    title: str
    body: str = ""
    state: str = "open"  # "closed", "merged"
    draft: bool = False
    labels: list = field(default_factory=list)  # names
    reviewers: list = field(default_factory=list)  # names
    head_commit: str = ""  # the newest of the branch while it is open
    merge_commit: str = ""
    squash_commit: str = ""
    ended_by: str = ""
    approved: bool = False
    auto_merge: str = ""  # the method
    deletes_branch: bool = False
    author: str = "ci-bot"
    more: dict = field(default_factory=dict)  # what only one forge knows


@dataclass
class Fault:
    method: str
    path: str  # a regular expression that is searched for
    status: int = 0
    body: object = None  # JSON, or bytes as they are
    headers: dict = field(default_factory=dict)
    drop: str = ""  # "before": nothing is done; "after": it is done; either way the connection ends without an answer
    times: int = 1


@dataclass
class Answer:
    json: object
    status: int = 200
    headers: dict = field(default_factory=dict)


class Refused(Exception):
    def __init__(self, status, body, headers=None):
        super().__init__(status, body)
        self.answer = Answer(body, status, headers or {})


class Conflict(Exception):
    """Two branches that do not merge."""


class ForgeStandIn(StandIn):
    routes = []
    head_gone_closes = True  # a request whose head branch is deleted is closed
    not_found = {"message": "Not Found"}

    def __init__(self, bare, path="ops/gitops", certificate=None):
        self.bare = bare
        self.project = path
        self.pulls = {}
        self.requests = []
        self.faults = []
        self.before = lambda request: None
        self.needs_approval = False
        self.checks = "success"  # "pending", "failed"
        self.deletes_branches = False  # after every merge
        self.user = "ci-bot"  # whom the token is of
        self._lock = threading.RLock()
        super().__init__(certificate=certificate)

    # What tests ask for and do.

    def open_requests(self):
        with self._lock:
            self._follow_git()
            return [pull for pull in self.pulls.values() if pull.state == "open"]

    def only(self):
        [pull] = self.open_requests()
        return pull

    def count(self, method, path):
        return sum(one.method == method and re.search(path, one.path) is not None for one in list(self.requests))

    def approve(self, number):
        with self._lock:
            self.pulls[number].approved = True
            self._follow_git()

    def pass_checks(self):
        with self._lock:
            self.checks = "success"
            self._follow_git()

    def close(self, number, by="ada"):
        with self._lock:
            self._follow_git()
            assert self.pulls[number].state == "open"
            self.pulls[number].state, self.pulls[number].ended_by = "closed", by

    def reopen(self, number):
        with self._lock:
            self.pulls[number].state, self.pulls[number].ended_by = "open", ""

    def merge(self, number, method="merge", by="ada"):
        """As somebody does who may do so whatever the rules say; raises Conflict."""
        with self._lock:
            self._follow_git()
            assert self.pulls[number].state == "open", self.pulls[number]
            self.do_merge(self.pulls[number], method, by)

    # What subclasses build on.

    def new_pull(self, **facts):
        pull = PullRequest(number=len(self.pulls) + 1, author=self.user, **facts)
        pull.head_commit = self._tip(pull.head)
        self.pulls[pull.number] = pull
        return pull

    def find_open(self, head, base):
        return next((pull for pull in self.pulls.values() if (pull.head, pull.base, pull.state) == (head, base, "open")), None)

    def has_branch(self, name):
        return self._tip(name) != ""

    def differs(self, head, base):
        """Whether the head has commits that the base does not have."""
        return self._git("rev-list", "--max-count=1", f"refs/heads/{base}..refs/heads/{head}") != ""

    def do_merge(self, pull, method, by):
        """Merges it now; raises Conflict."""
        for _ in range(9):  # somebody may push to the base meanwhile
            before = self._tip(pull.base)
            tip = self._merged(pull, method)
            if subprocess.run(["git", "-C", str(self.bare), "-c", "safe.directory=*", "update-ref", f"refs/heads/{pull.base}", tip, before], env=FORGE, capture_output=True).returncode == 0:
                break
        else:
            raise Conflict("the base branch moves all the time")
        if method == "squash":
            pull.squash_commit = tip
        pull.state, pull.ended_by, pull.merge_commit = "merged", by, tip
        if pull.deletes_branch or self.deletes_branches:
            self._git("update-ref", "-d", f"refs/heads/{pull.head}", pull.head_commit)

    def head_moved(self, pull):
        """Somebody pushed to an open request's branch."""

    def conflicts(self, pull):
        done = subprocess.run(["git", "-C", str(self.bare), "-c", "safe.directory=*", "merge-tree", "--write-tree", f"refs/heads/{pull.base}", pull.head_commit],
                              env=FORGE, capture_output=True)
        assert done.returncode in (0, 1), done.stderr.decode()
        return done.returncode == 1

    def obstacle(self, pull):
        """Why it cannot be merged now; empty: it can."""
        if pull.draft:
            return "draft"
        if self.conflicts(pull):
            return "conflict"
        if self.checks != "success":
            return "checks " + self.checks
        return "approval" if self.needs_approval and not pull.approved else ""

    def paged(self, request, items, size_key="per_page", default=30, most=100):
        """A page of items, with the Link header to the others."""
        size = max(1, min(most, int(request.query.get(size_key, default))))
        page = max(1, int(request.query.get("page", 1)))
        last = max(1, -(-len(items) // size))
        links = [(name, number) for name, number in (("prev", page - 1), ("next", page + 1), ("first", 1), ("last", last)) if 1 <= number <= last and (page < last or name != "next")]
        address = lambda number: self.url + request.path + "?" + urllib.parse.urlencode({**request.query, "page": number, size_key: size})
        return Answer(items[(page - 1) * size:page * size], headers={
            "Link": ", ".join(f'<{address(number)}>; rel="{name}"' for name, number in links), "X-Total-Count": str(len(items)), "X-Total": str(len(items))})

    @staticmethod
    def body_of(request, required=()):
        """The request's JSON object."""
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not request.headers.get("content-type", "").startswith("application/json"):
            raise Refused(400, {"message": "Problems parsing JSON"})
        for key in required:
            if not isinstance(body.get(key), str):
                raise Refused(422, {"message": f"{key} is missing"})
        return body

    def authorize(self, request):
        """Raises Refused for whom the request is not from."""

    # Requests and answers.

    def respond(self, method, path, query, headers, body, peer):
        request = Request(method, path, query, headers, body)
        self.before(request)
        with self._lock:
            self.requests.append(request)
            fault = self._fault_of(request)
            if fault and fault.drop == "before":
                return None
            if fault and not fault.drop:
                return self._sent(Answer(fault.body, fault.status, fault.headers))
            try:
                answer = self._answer(request)
            except Refused as refused:
                answer = refused.answer
            except Exception as mistake:  # of this stand-in: without this, it would look as if the connection broke
                traceback.print_exc()
                answer = Answer({"message": f"stand-in failed: {mistake!r}"}, 500)
            return None if fault else self._sent(answer)

    def _fault_of(self, request):
        for fault in self.faults:
            if fault.times > 0 and fault.method == request.method and re.search(fault.path, request.path):
                fault.times -= 1
                return fault
        return None

    def _answer(self, request):
        self.authorize(request)
        self._follow_git()
        for method, pattern, name in self.routes:
            fits = re.fullmatch(pattern, request.path)
            if fits and method == request.method:
                done = getattr(self, name)(request, *map(urllib.parse.unquote, fits.groups()))
                return done if isinstance(done, Answer) else Answer(done)
        raise Refused(404, self.not_found)

    @staticmethod
    def _sent(answer):
        if isinstance(answer.json, bytes):
            kind, text = ("text/html" if answer.json.lstrip()[:1] == b"<" else "application/json"), answer.json
        else:
            kind, text = "application/json; charset=utf-8", b"" if answer.status == 204 else json.dumps(answer.json).encode()
        return answer.status, kind, text, answer.headers

    # What happens in Git.

    def _git(self, *arguments):
        return git(self.bare, *arguments)

    def _tip(self, branch):
        """The branch's newest commit; empty when there is none of that name."""
        return self._git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").partition("\n")[0]

    def _follow_git(self):
        """Open requests see what was pushed; those that may merge by themselves do."""
        for pull in self.pulls.values():
            if pull.state != "open":
                continue
            tip = self._tip(pull.head)
            if tip and tip != pull.head_commit:
                pull.head_commit = tip
                self.head_moved(pull)
            if not tip and self.head_gone_closes:
                pull.state, pull.ended_by = "closed", "ghost"
            elif tip and not self.differs(pull.head, pull.base):
                pull.state, pull.ended_by, pull.merge_commit = "merged", "ghost", tip  # somebody merged it by git
            elif tip and pull.auto_merge and not self.obstacle(pull):
                self.do_merge(pull, pull.auto_merge, by=pull.author)

    def _merged(self, pull, method):
        """The commit that the base gets."""
        folder = tempfile.mkdtemp(prefix="forge.")
        try:
            def work(*arguments):
                done = subprocess.run(["git", "-C", folder, "-c", "safe.directory=*", *arguments], env=FORGE, capture_output=True, text=True)
                if done.returncode != 0:
                    raise Conflict(done.stderr + done.stdout)
                return done.stdout.strip()

            work("clone", "--quiet", "--shared", "--branch", pull.base, str(self.bare), "work")
            folder += "/work"
            if method == "merge":
                work("merge", "--quiet", "--no-ff", "-m", f"Merge request {pull.number}: {pull.title}", pull.head_commit)
            elif method == "squash":
                work("merge", "--quiet", "--squash", pull.head_commit)
                work("commit", "--quiet", "-m", f"{pull.title} (#{pull.number})")
            else:
                work("rebase", "--quiet", f"origin/{pull.base}", pull.head_commit)
            commit = work("rev-parse", "HEAD")
            work("push", "--quiet", "origin", f"HEAD:refs/forge/{pull.number}")
            return commit
        finally:
            shutil.rmtree(folder.removesuffix("/work"))
