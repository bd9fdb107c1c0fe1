"""ci-examples/github/environments.yml as people copy it: staging by a commit, production by a pull request of a GitHub App, each waited for.
GitHub's API, Argo CD and Flux's cluster are stand-ins."""

import threading

from argo_cd import ArgoCd
from cluster import Cluster
from delivery import Delivery
from flux import Flux
from github_forge import App, GitHubForge, make_app_keys
from github_runner import Runner
from gitops import Gitops
from steps import ROOT

EXAMPLE = ROOT / "ci-examples" / "github" / "environments.yml"
STAGING, PRODUCTION = "apps/myapp/staging/values.yaml", "apps/myapp/production/values.yaml"


def approve_when_asked(forge, stop):
    """What a person does."""
    while not stop.wait(0.2):
        for request in forge.open_requests():
            if request.auto_merge and request.reviewers:
                forge.approve(request.number)


def test_a_version_goes_to_staging_and_by_a_pull_request_to_production(slipway_image, tmp_path):
    make_app_keys(tmp_path)
    app = App("4711", tmp_path / "public.pem")
    user, password = "x-access-token", app.token  # of the registry as well, which is no part of this
    with Delivery(tmp_path / "delivery", credentials=(user, password)) as delivery:
        values = f'image:\n  repository: {delivery.registry.host}/demo/myapp\n  tag: "" # {{}}\nreplicas: 2\n'
        gitops = Gitops(delivery.git_server, {STAGING: values.format("staging"), PRODUCTION: values.format("production")})
        with GitHubForge(gitops.bare) as forge, ArgoCd(gitops.tip) as argocd, Cluster() as cluster:
            forge.app, forge.needs_approval = app, True
            argocd.add("myapp-staging", plan=["syncing", "synced", "progressing", "healthy"])
            Flux(cluster, gitops.tip).plan("fetched", "building", "applied")
            service = delivery.checkout(tmp_path / "service")
            # What is about this machine alone: plain HTTP.
            workflow = tmp_path / EXAMPLE.name
            workflow.write_text(EXAMPLE.read_text().replace("\nenv:\n", '\nenv:\n  SLIPWAY_ALLOW_INSECURE: "true"\n', 1))
            variables = {"GITOPS_REPOSITORY": gitops.url, "GITOPS_APP_ID": "4711", "ARGOCD_URL": argocd.url, "PRODUCTION_WAIT": "flux/prod/web", "REVIEWERS": "ada",
                         "STAGED_FOR": "1s", "BASE_IMAGE": delivery.base, "IMAGE": f"{delivery.registry.host}/demo/myapp", "REGISTRY_USER": user}
            secrets = {"GITOPS_APP_KEY": (tmp_path / "private.pem").read_text(), "ARGOCD_TOKEN": argocd.token, "REGISTRY_PASSWORD": password,
                       "KUBECONFIG": cluster.kubeconfig(tmp_path / "kubeconfig").read_text()}
            runner = Runner(tmp_path / "runner", slipway_image, service, variables, secrets, server=(gitops.url.removesuffix("/ops/gitops.git"), forge.api))
            stop = threading.Event()
            person = threading.Thread(target=approve_when_asked, args=(forge, stop))
            person.start()
            try:
                run = runner.run(workflow)
            finally:
                stop.set()
                person.join()
            print(run.text)
            assert run.conclusion == "success"
            staging, production = run.jobs["staging"].steps, run.jobs["production"].steps
            version = staging["image"].outputs["immutable_tag"]
            assert (staging["staging"].outputs["changed"], staging["staging"].outputs["new"], staging["staging"].outputs["applied"]) == ("true", version, "true")
            assert staging["How to reach the cluster, for Flux"].outcome == "skipped"

            outputs, request = production["production"].outputs, forge.pulls[1]
            assert (outputs["new"], outputs["merged"], outputs["applied"], outputs["request_number"]) == (version, "true", "true", "1")
            assert outputs["from_environment"] and outputs["commit"] == gitops.tip() == request.squash_commit
            assert (request.state, request.labels, request.reviewers) == ("merged", ["release"], ["ada"])
            for path in (STAGING, PRODUCTION):
                assert version in gitops.show(path).splitlines()[2]
            assert len(app.given) == len(app.revoked) == 2
            assert all(given["repositories"] == ["gitops"] for given in app.given)
            shown = "".join(step.log.shown() for job in run.jobs.values() for step in job.steps.values())
            assert "pull request 1 is merged" in shown and app.token not in shown and argocd.token not in shown
