#include "catch.hpp"
#include "findings_text.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

struct Case {
    std::string yaml;
    std::string argument;
    std::string expected;
};

template <std::size_t N> void check(const Case (&cases)[N]) {
    for (const auto& [yaml, argument, expected] : cases) {
        INFO(yaml << "\n" << argument);
        CHECK(found_in(yaml, argument) == expected);
    }
}

} // namespace

TEST_CASE("helm values: tags and digests") {
    const std::string sum = digest.substr(7);
    const Case cases[] = {
        // As `helm create` makes them; a tag that is missing or empty is the chart's.
        {"image:\n  repository: app\n  tag: v1\n", "app:v2", "image.tag=v2\n"},
        {"image:\n  repository: app\n  tag: v2\n", "app:v2", "image.tag=v2\n"},
        {"image:\n  repository: app\n  tag: \"\"\n", "app:v2", "image.tag=v2\n"},
        {"image:\n  repository: app\n  tag:\n", "app:v2", "image.tag=v2\n"},
        {"image:\n  repository: app\n", "app:v2", "image.tag=v2 (new)\n"},
        {"image: {name: app}\n", "app:v2", "image.tag=v2 (new)\n"},
        {"image:\n  repository: app\n  tag: 1.10\n", "app:1.20", "image.tag=1.20\n"},
        // With a key for the digest.
        {"image: {repository: app, tag: v1, digest: " + old_digest + "}", "app:v2", "image.tag=v2\nimage.digest=\n"},
        {"image: {repository: app, tag: v1, digest: ''}", "app:v2", "image.tag=v2\n"},
        {"image: {repository: app, tag: v1, digest: }", "app:v2", "image.tag=v2\n"},
        {"image: {repository: app, tag: v1, digest: ''}", "app@" + digest, "image.tag=\nimage.digest=" + digest + "\n"},
        {"image: {repository: app, tag: v1, digest: ''}", "app:v2@" + digest, "image.tag=v2\nimage.digest=" + digest + "\n"},
        {"image: {repository: app, tag: v1, digest: ''}", "app:*@" + digest, "image.digest=" + digest + "\n"},
        {"image: {repository: app, tag: v1, digest: " + old_digest + "}", "app:v2@*", "image.tag=v2\n"},
        {"image: {repository: app, digest: " + old_digest + "}", "app@" + digest, "image.digest=" + digest + "\n"},
        {"image: {repository: app, digest: " + old_digest + "}", "app:v2", "image.tag=v2 (new)\nimage.digest=\n"},
        // Without one.
        {"image: {repository: app, tag: v1}", "app:v2@" + digest, "image.tag=v2@" + digest + "\n"},
        {"image: {repository: app, tag: v1}", "app@" + digest, "image.tag=v1@" + digest + "\n"},
        {"image: {repository: app, tag: v1}", "app:*@" + digest, "image.tag=v1@" + digest + "\n"},
        {"image: {repository: app, tag: 'v1@" + old_digest + "'}", "app@" + digest, "image.tag=v1@" + digest + "\n"},
        {"image: {repository: app, tag: 'v1@" + old_digest + "'}", "app:v2", "image.tag=v2\n"},
        {"image: {repository: app, tag: 'v1@" + old_digest + "'}", "app:v2@*", "image.tag=v2@" + old_digest + "\n"},
        {"image: {repository: app}", "app:v2@" + digest, "image.tag=v2@" + digest + " (new)\n"},
        {"image: {repository: app}", "app@" + digest, "x.yaml:1:21: cannot set the digest of 'app': there is no key for it, and no tag to put it behind\n"},
        // `sha`, without its algorithm.
        {"image: {repository: grafana/grafana, tag: v1, sha: " + sum + "}", "grafana/grafana:v2", "image.tag=v2\nimage.sha=\n"},
        {"image: {repository: grafana/grafana, tag: v1, sha: ''}", "grafana/grafana:v2@" + digest, "image.tag=v2\nimage.sha=" + sum + "\n"},
        {"image: {repository: app, tag: v1, sha: ''}", "app:v2@sha512:" + std::string(128, 'a'),
         "x.yaml:1:21: cannot set the digest 'sha512:" + std::string(128, 'a') + "': the key sha takes those of sha256\n"},
        // A new name alone leaves both.
        {"image: {repository: app, tag: v1, digest: " + old_digest + "}", "app=new", "image.repository=new\n"},
    };
    check(cases);
}

TEST_CASE("helm values: names and registries") {
    const Case cases[] = {
        {"image: {registry: ghcr.io, repository: team/app, tag: v1}", "ghcr.io/team/app:v2", "image.tag=v2\n"},
        {"image: {registry: ghcr.io/, repository: team/app, tag: v1}", "ghcr.io/team/app:v2", "image.tag=v2\n"},
        {"image: {registry: docker.io, repository: bitnami/nginx, tag: v1}", "bitnami/nginx:v2", "image.tag=v2\n"},
        {"image: {registry: docker.io, repository: library/nginx, tag: v1}", "nginx:v2", "image.tag=v2\n"},
        {"image: {registry: '', repository: team/app, tag: v1}", "team/app:v2", "image.tag=v2\n"},
        {"image: {registry: , repository: 'localhost:5000/app', tag: v1}", "localhost:5000/app:v2", "image.tag=v2\n"},
        {"image: {registry: 'localhost:5000', repository: app, tag: v1}", "localhost:5000/app:v2", "image.tag=v2\n"},
        {"image: {registry: ghcr.io, repository: team/app, tag: v1}", "team/app:v2", ""},
        {"image: {registry: quay.io, repository: team/app, tag: v1}", "ghcr.io/team/app:v2", ""},
        // New names.
        {"image: {repository: ghcr.io/team/app, tag: v1}", "ghcr.io/team/app=quay.io/team/app:v2", "image.repository=quay.io/team/app\nimage.tag=v2\n"},
        {"image: {repository: quay.io/team/app, tag: v1}", "ghcr.io/team/app=quay.io/team/app:v2", "image.tag=v2\n"},
        {"image: {registry: ghcr.io, repository: team/app, tag: v1}", "ghcr.io/team/app=ghcr.io/team/new:v2", "image.repository=team/new\nimage.tag=v2\n"},
        {"image: {registry: ghcr.io, repository: team/app, tag: v1}", "ghcr.io/team/app=quay.io/team/app:v2", "image.registry=quay.io\nimage.tag=v2\n"},
        {"image: {registry: ghcr.io, repository: team/app, tag: v1}", "ghcr.io/team/app=quay.io/x/new:v2", "image.registry=quay.io\nimage.repository=x/new\nimage.tag=v2\n"},
        {"image: {registry: ghcr.io/team, repository: app, tag: v1}", "ghcr.io/team/app=ghcr.io/team/new:v2", "image.repository=new\nimage.tag=v2\n"},
        {"image: {registry: '', repository: app, tag: v1}", "app=quay.io/x/new:v2", "image.registry=quay.io\nimage.repository=x/new\nimage.tag=v2\n"},
        {"image: {registry: '', repository: app, tag: v1}", "app=new:v2", "image.repository=new\nimage.tag=v2\n"},
        {"image: {registry: docker.io, repository: team/app, tag: v1}", "team/app=team/new:v2", "image.repository=team/new\nimage.tag=v2\n"},
        {"image: {registry: ghcr.io, repository: team/app, tag: v1}", "ghcr.io/team/app=team/new:v2",
         "x.yaml:1:40: cannot rename the image to 'team/new': it has no registry, and the key for it says 'ghcr.io'\n"},
        // A registry in front of all.
        {"global: {imageRegistry: mirror.example.com}\nimage: {registry: docker.io, repository: bitnami/nginx, tag: v1}", "mirror.example.com/bitnami/nginx:v2", "image.tag=v2\n"},
        {"global: {imageRegistry: mirror.example.com}\nimage: {registry: docker.io, repository: bitnami/nginx, tag: v1}", "bitnami/nginx:v2", "image.tag=v2\n"},
        {"global: {imageRegistry: mirror.example.com}\nimage: {repository: bitnami/nginx, tag: v1}", "mirror.example.com/bitnami/nginx=mirror.example.com/new:v2", "image.repository=new\nimage.tag=v2\n"},
        {"global: {imageRegistry: mirror.example.com}\nimage: {repository: bitnami/nginx, tag: v1}", "bitnami/nginx=bitnami/new:v2", "image.repository=bitnami/new\nimage.tag=v2\n"},
        {"global: {imageRegistry: mirror.example.com}\nimage: {registry: docker.io, repository: bitnami/nginx, tag: v1}", "bitnami/nginx=quay.io/new:v2",
         "x.yaml:2:42: cannot rename the image to 'quay.io/new': the global registry 'mirror.example.com' stands in front of it\n"},
        {"global: {imageRegistry: ''}\nimage: {repository: app, tag: v1}", "app:v2", "image.tag=v2\n"},
    };
    check(cases);
}

TEST_CASE("helm values: where images stand") {
    const Case cases[] = {
        {"image: app:v1", "app:v2", "image=app:v2\n"},
        {"image: app", "app:v2", "image=app:v2\n"},
        {"image: localhost:5000/app:v1@" + old_digest, "localhost:5000/app:v2", "image=localhost:5000/app:v2\n"},
        {"sidecarImage: app:v1", "app:v2", "sidecarImage=app:v2\n"},
        {"a: {b: {sidecarImage: {repository: app}}}", "app:v2", "a.b.sidecarImage.tag=v2 (new)\n"},
        {"web: {repository: app, tag: v1}", "app:v2", "web.tag=v2\n"},
        {"repository: app\ntag: v1\n", "app:v2", "tag=v2\n"},
        {"images:\n- {repository: app, tag: v1}\n- {repository: other, tag: v1}\n", "app:v2", "images[0].tag=v2\n"},
        {"extraContainers:\n- name: a\n  image: app:v1\n- name: b\n  image: x\n", "app:v2", "extraContainers[name=a].image=app:v2\n"},
        {"image: {name: 'ruby:3.2', entrypoint: ['']}", "ruby:3.3", "image.name=ruby:3.3\n"},
        {"services:\n  web:\n    image: app:v1\n    ports: ['80:80']\n", "app:v2", "services.web.image=app:v2\n"}, // docker compose
        {R"({"Job": {"TaskGroups": [{"Name": "a", "Tasks": [{"Config": {"image": "app:v1"}}]}]}})", "app:v2", "Job.TaskGroups[0].Tasks[0].Config.image=app:v2\n"},
        {"a.b/c: {image: app}", "app:v2", "\"a.b/c\".image=app:v2\n"},
        // ingress-nginx
        {"controller:\n  image:\n    registry: registry.k8s.io\n    image: ingress-nginx/controller\n    tag: v1.9.4\n    digest: " + old_digest + "\n", "registry.k8s.io/ingress-nginx/controller:v1.9.5",
         "controller.image.tag=v1.9.5\ncontroller.image.digest=\n"},
        // Older charts have the tag beside the image.
        {"image: app\nimageTag: v1\n", "app:v2", "imageTag=v2\n"},
        {"image: app\ntag: v1\n", "app=new:v2", "image=new\ntag=v2\n"},
        {"registry: {enabled: true}\nimage: app\ntag: v1\n", "app:v2", "tag=v2\n"},
        {"initImage: app\ninitImageTag: v1\ntag: x\n", "app:v2", "initImageTag=v2\n"},
        {"initImage: app\ntag: x\n", "app:v2", "initImage=app:v2\n"},
        {"image: app:v1\ntag: ''\n", "app:v2", "image=app:v2\n"},
        // None of these is an image.
        {"chart: {repository: app}\nname: app\nsource: app:v1\nimages: [app]\nimage: [app]\nother: {name: app, tag: v1}\nimagePullSecrets: [{name: app}]\n", "app:v2", ""},
        {"image: {repository: [app], tag: v1}\n? [image]\n: app\n~: app\n", "app:v2", ""},
        {"image: '{{ .Values.registry }}/app:v1'", "app:v2", ""},
        {"image:\n", "app:v2", ""},
    };
    check(cases);
}

TEST_CASE("helm values: anchors, aliases and merge keys") {
    const Case cases[] = {
        // The anchor's place is enough.
        {"a: {image: &i app:v1}\nb: {image: *i}\n", "app:v2", "a.image=app:v2\n"},
        {"a: {image: &i {repository: app, tag: v1}}\nb: {image: *i}\nc: *i\n", "app:v2", "a.image.tag=v2\n"},
        {"a: {repository: app, tag: &t v1}\nb: {repository: app, tag: *t}\n", "app:v2", "a.tag=v2\n"},
        {"base: &b {image: {repository: app, tag: v1}}\nweb: {<<: *b}\nworker: {<<: [*b], replicas: 2}\n", "app:v2", "base.image.tag=v2\n"},
        {"base: &b {repository: app, tag: v1}\nweb: {image: {<<: *b, pullPolicy: Always}}\n", "app:v2", "base.tag=v2\n"},
        // What is only referred to is left to the caller's choice about aliases.
        {"x: &i app:v1\nimage: *i\nother: {image: *i}\n", "app:v2", "image=app:v2\nother.image=app:v2\n"},
        {"x: &i app:v2\nimage: *i\n", "app:v2", ""},
        {"x: &i {name: app, tag: v1}\nimage: *i\nother: {image: *i}\n", "app:v2", "image.tag=v2\n"},
        // A key of its own in front of a merged one.
        {"base: &b {repository: app, tag: v1}\nweb: {<<: *b, tag: v0}\n", "app:v2", "base.tag=v2\nweb.tag=v2\n"},
        {"base: &b {repository: app}\nimage: {<<: *b, tag: v0}\n", "app:v2", "image.tag=v2\n"},
        {"base: &b {tag: v1}\nimage: {<<: *b, repository: app}\n", "app:v2", "image.tag=v2\n"},
    };
    check(cases);

    SearchSettings following;
    following.aliases = yaml::OnAlias::follow;
    CHECK(found_in("x: &i app:v1\nimage: *i\nother: {image: *i}\n", "app:v2", following) == "image=app:v2\n");
}

TEST_CASE("helm values: images that cannot be changed are refused with their place") {
    const Case cases[] = {
        {"\n  image: 'app:{{ .Values.tag }}'", "app:v2", "x.yaml:2:10: cannot set the image 'app:{{ .Values.tag }}': it is a template, or has blanks in it\n"},
        {"image: app:${TAG:-v1}\n", "app:v2", "x.yaml:1:8: cannot set the image 'app:${TAG:-v1}': it is a template, or has blanks in it\n"},
        {"image: other${TAG:-v1}\nsidecarImage: ${REGISTRY}/app:v1\n", "app:v2", ""},
        {"image:\n  repository: app\n  tag: ${TAG}\n", "app:v2", "x.yaml:2:15: cannot set the image 'app:${TAG}': it is a template, or has blanks in it\n"},
        {"image: {repository: app, tag: [v1]}", "app:v2", "x.yaml:1:21: cannot set the image 'app': its key tag holds no text\n"},
        {"image: {repository: app, tag: v1, digest: {}}", "app:v2", "x.yaml:1:21: cannot set the image 'app': its key digest holds no text\n"},
        {"image: {repository: app@sha256, tag: abc}", "app:v2", "x.yaml:1:21: cannot set the image 'app@sha256': its repository has a tag or a digest, and there are keys for them as well\n"},
        {"a: {image: 'app:$T'}\nb: {image: 'app:<tag>'}\nc: {image: app:v1}", "app:v2",
         "x.yaml:1:12: cannot set the image 'app:$T': it is a template, or has blanks in it\nx.yaml:2:12: cannot set the image 'app:<tag>': it is a template, or has blanks in it\n"},
    };
    check(cases);
}

TEST_CASE("helm values as charts have them") {
    const std::string bitnami = R"(global:
  imageRegistry: ""
  ## E.g. imagePullSecrets: [myRegistryKeySecretName]
  imagePullSecrets: []
image:
  registry: docker.io
  repository: bitnami/postgresql
  tag: 16.1.0-debian-11-r15
  digest: ""
  pullPolicy: IfNotPresent
metrics:
  image:
    registry: docker.io
    repository: bitnami/postgres-exporter
    tag: 0.15.0-debian-11-r2
    digest: ""
volumePermissions:
  image: {registry: docker.io, repository: bitnami/os-shell, tag: 11-debian-11-r92, digest: ""}
)";
    CHECK(found_in(bitnami, "docker.io/bitnami/postgres-exporter:0.16.0") == "metrics.image.tag=0.16.0\n");
    CHECK(seen_in(bitnami, "bitnami/postgresql:16") == "1 docker.io/bitnami/os-shell docker.io/bitnami/postgres-exporter");

    const std::string kube_prometheus = R"(alertmanager:
  alertmanagerSpec:
    image:
      registry: quay.io
      repository: prometheus/alertmanager
      tag: v0.26.0
      sha: ""
prometheusOperator:
  admissionWebhooks:
    patch:
      image:
        registry: registry.k8s.io
        repository: ingress-nginx/kube-webhook-certgen
        tag: v20221220-controller-v1.5.1-58-g787ea74b6
        sha: ""
  thanosImage:
    registry: quay.io
    repository: thanos/thanos
    tag: v0.33.0
    sha: ""
prometheus:
  prometheusSpec:
    image: {registry: quay.io, repository: prometheus/prometheus, tag: v2.49.1, sha: ""}
    containers:
    - name: proxy
      image: quay.io/oauth2-proxy/oauth2-proxy:v7.5.1
)";
    CHECK(found_in(kube_prometheus, "quay.io/thanos/thanos:v0.34.0") == "prometheusOperator.thanosImage.tag=v0.34.0\n");
    CHECK(found_in(kube_prometheus, "quay.io/oauth2-proxy/oauth2-proxy:v7.6.0") ==
          "prometheus.prometheusSpec.containers[name=proxy].image=quay.io/oauth2-proxy/oauth2-proxy:v7.6.0\n");
    CHECK(seen_in(kube_prometheus, "prometheus:v3") == "0 quay.io/oauth2-proxy/oauth2-proxy quay.io/prometheus/alertmanager quay.io/prometheus/prometheus "
                                                       "quay.io/thanos/thanos registry.k8s.io/ingress-nginx/kube-webhook-certgen");
}
