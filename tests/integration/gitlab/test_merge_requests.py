"""The GitLab example of two environments as people copy it, run by gitlab-ci-local in the image: staging by a commit, production by a merge request,
each waited for. GitLab's API, Argo CD and Flux's cluster are stand-ins."""

import pathlib
import shutil
import tempfile
import threading

import pytest

import gitlab_ci_local
from argo_cd import ArgoCd
from cluster import Cluster
from delivery import Delivery
from flux import Flux
from gitlab_ci_local import Project, Utilities
from gitlab_forge import GitLabForge
from gitops import Gitops
from servers import wait_for
from steps import ROOT

pytestmark = pytest.mark.skipif(not gitlab_ci_local.is_installed(), reason="gitlab-ci-local is not installed")

EXAMPLE = ROOT / "ci-examples" / "gitlab" / "environments.gitlab-ci.yml"
USER, PASSWORD = "oauth2", "glpat-s3same-0pen-the-door"
STAGING, PRODUCTION = "apps/myapp/staging/values.yaml", "apps/myapp/production/values.yaml"


class Scene:
    """A team's checkout of the service, and everything that its pipeline talks to."""

    def __init__(self, folder, delivery, image):
        values = f'image:\n  repository: {delivery.registry.host}/demo/myapp\n  tag: "" # {{}}\nreplicas: 2\n'
        self.gitops = Gitops(delivery.git_server, {STAGING: values.format("staging"), PRODUCTION: values.format("production")})
        self.forge = GitLabForge(self.gitops.bare, token=PASSWORD)
        self.argocd = ArgoCd(self.gitops.tip)
        self.cluster = Cluster()
        self.flux = Flux(self.cluster, self.gitops.tip)
        self.service = delivery.checkout(folder / "service")
        kubeconfig = self.cluster.kubeconfig(folder / "kubeconfig")
        registries = folder / "registries.conf"
        registries.write_text(f'[[registry]]\nlocation = "{delivery.registry.host}"\ninsecure = true\n')
        settings = {"GITOPS_REPOSITORY": self.gitops.url, "GITOPS_TOKEN": PASSWORD, "BASE_IMAGE": delivery.base, "ARGOCD_SERVER": self.argocd.url,
                    "ARGOCD_AUTH_TOKEN": self.argocd.token, "PRODUCTION_WAIT": "flux/prod/web", "KUBECONFIG": "/kubeconfig", "REVIEWERS": "ada", "STAGED_FOR": "1s"}
        machine = {"CI_REGISTRY": delivery.registry.host, "CI_REGISTRY_IMAGE": f"{delivery.registry.host}/demo/myapp", "CI_REGISTRY_USER": USER,
                   "CI_REGISTRY_PASSWORD": PASSWORD, "SLIPWAY_ALLOW_INSECURE": "true", "SLIPWAY_UPDATE_GITOPS_VALUES_FORGE": "gitlab",
                   "SLIPWAY_UPDATE_GITOPS_VALUES_FORGE_URL": self.forge.api}
        self.project = Project(self.service, image, {**settings, **machine}, volumes=(f"{kubeconfig}:/kubeconfig", f"{registries}:/etc/containers/registries.conf.d/insecure.conf"))
        shutil.copy(EXAMPLE, self.service / ".gitlab-ci.yml")
        self.commit = delivery.commit(self.service, "myapp: two environments")
        self.delivery = delivery

    def __enter__(self):
        for server in (self.forge, self.argocd, self.cluster):
            server.__enter__()
        return self

    def __exit__(self, *_):
        for server in (self.cluster, self.argocd, self.forge):
            server.__exit__(None, None, None)

    def tag(self, path):
        return next(line.split(":", 1)[1].split("#")[0].strip().strip('"') for line in self.gitops.show(path).splitlines() if "tag:" in line)


def test_a_version_goes_to_staging_and_by_a_merge_request_to_production(slipway_image, tmp_path):
    with tempfile.TemporaryDirectory(prefix="slipway-gitlab.", dir="/var/tmp") as name:
        folder = pathlib.Path(name)
        with Utilities(tmp_path), Delivery(folder / "delivery", credentials=(USER, PASSWORD)) as delivery, Scene(folder, delivery, slipway_image) as scene:
            scene.argocd.add("myapp-staging", plan=["syncing", "synced", "progressing", "healthy"])
            run = scene.project.run()
            print(run.text)
            assert run.status == {"build-image": "PASS", "staging": "PASS"}
            version = run.dotenv("build-image", "image.env")["immutable_tag"]
            assert (scene.tag(STAGING), scene.tag(PRODUCTION)) == (version, "")
            assert scene.gitops.show(STAGING).splitlines()[2].endswith("# staging"), "nothing but the value"
            assert f"serves main@{scene.gitops.tip()[:8]}" in run.log("staging") or "Healthy" in run.log("staging")
            assert not scene.forge.pulls

            # People approve; until then nothing is merged.
            scene.forge.needs_approval = True
            scene.flux.plan("fetched", "building", "applied")
            staged = scene.gitops.tip()
            process = scene.project.start("production")
            wait_for(lambda: scene.forge.pulls and scene.forge.only().auto_merge, "the merge request", 120)
            request = scene.forge.only()
            assert (request.labels, request.reviewers, scene.gitops.tip()) == (["release"], ["ada"], staged)
            threading.Timer(1, lambda: scene.forge.approve(request.number)).start()
            run = scene.project.finish(process)
            print(run.text)
            assert run.status == {"production": "PASS"}
            assert request.state == "merged" and scene.tag(PRODUCTION) == scene.tag(STAGING) == version
            assert scene.gitops.show(PRODUCTION).splitlines()[2].endswith("# production")
            assert f"Flux Kustomization prod/web: serves main@{scene.gitops.tip()[:8]}" in run.log("production")
            for secret in (PASSWORD, scene.argocd.token):
                assert secret not in run.text + run.log("production") + run.log("staging")
