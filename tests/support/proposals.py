"""update-gitops-values --mode pull-request against the stand-in of any forge; the tests that are the same on all of them are of it.

    with start_forge("gitlab", gitops.bare) as forge:   # or "github", "gitea"
        done = propose(gitops, forge, "--label", "deploy", tag="v2")    # begin=start: the running step
        forge.count("POST", OPENING)
"""

from gitea_forge import GiteaForge
from github_forge import GitHubForge
from gitlab_forge import GitLabForge
from gitops import FILE, STEP
from steps import run

FORGES = {"github": GitHubForge, "gitlab": GitLabForge, "gitea": GiteaForge}
OPENING = r"/(pulls|merge_requests)$"
REQUEST = r"/(pulls|merge_requests)/\d+$"


def start_forge(kind, bare, **settings):
    forge = FORGES[kind](bare, **settings)
    forge.kind = kind
    return forge


def propose(gitops, forge, *options, tag="v1", file=FILE, begin=run, env=None, **more):
    """Runs the step for one version of one target; `tag` None leaves the change to the options."""
    change = () if tag is None else ("--set", f"image.tag={tag}")
    return begin(STEP, "--repo", gitops.url, "--branch", "main", "--file", file, *change, "--mode", "pull-request", "--forge", forge.kind, "--forge-url", forge.api, *options,
                 env={"SLIPWAY_UPDATE_GITOPS_VALUES_FORGE_TOKEN": forge.token, **(env or {})}, **more)
