#include "catch.hpp"
#include "findings_text.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

SearchSettings creating() {
    SearchSettings settings;
    settings.create = true;
    return settings;
}

SearchSettings only_document(std::size_t number) {
    SearchSettings settings;
    settings.document = number;
    return settings;
}

SearchSettings at_paths(std::vector<yaml::KeyPath> paths) {
    SearchSettings settings;
    settings.paths = std::move(paths);
    return settings;
}

} // namespace

TEST_CASE("a release of Flux: values and renderers") {
    const std::string podinfo = R"(apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: podinfo
  namespace: default
spec:
  interval: 10m
  chart:
    spec:
      chart: podinfo
      version: 6.5.x
      sourceRef: {kind: HelmRepository, name: podinfo}
  values:
    replicaCount: 2
    image:
      repository: ghcr.io/stefanprodan/podinfo
      tag: 6.5.0 # {"$imagepolicy": "flux-system:podinfo:tag"}
    redis:
      enabled: true
      image: {repository: redis, tag: 7.0.7}
  postRenderers:
  - kustomize:
      images:
      - name: ghcr.io/stefanprodan/podinfo
        newTag: 6.5.0
      - name: redis
        newName: mirror.example.com/redis
)";
    CHECK(found_in(podinfo, "ghcr.io/stefanprodan/podinfo:6.6.0") == "spec.values.image.tag=6.6.0\nspec.postRenderers[0].kustomize.images[0].newTag=6.6.0 (new)\n");
    CHECK(found_in(podinfo, "docker.io/library/redis:7.2") == "spec.values.redis.image.tag=7.2\n");
    CHECK(found_in(podinfo, "redis:7.2", creating()) ==
          "spec.values.redis.image.tag=7.2\nspec.postRenderers[0].kustomize.images[1].newTag=7.2 (new)\n-spec.postRenderers[0].kustomize.images[1].newName\n");
    const std::string named = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  postRenderers:\n  - name: pin\n    kustomize:\n      images: [{name: app, newTag: v1}]\n";
    CHECK(found_in(named, "app:v2") == "spec.postRenderers[name=pin].kustomize.images[0].newTag=v2 (new)\n");
}

TEST_CASE("kustomizations are known by their type or their file's name") {
    const std::string images = "images: [{name: app, newTag: v1}]\n";
    const std::string found = "images[0].newTag=v2 (new)\n";
    for (const std::string file : {"kustomization.yaml", "apps/a/kustomization.yml", "apps/Kustomization"}) {
        INFO(file);
        CHECK(found_in(images, "app:v2", {}, file) == found);
        CHECK(found_in("apiVersion: kustomize.config.k8s.io/v1beta1\n" + images, "app:v2", {}, file) == found);
        CHECK(found_in("image: app\n", "app:v2", {}, file).empty());
    }
    CHECK(found_in("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n" + images, "app:v2") == found);
    CHECK(found_in("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n" + images, "app:v2") == found);
    CHECK(found_in("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  " + images, "app:v2", {}, "kustomization.yaml") == "spec." + found);
    CHECK(found_in(images, "app:v2", {}, "mykustomization.yaml").empty());
    CHECK(found_in("resources: [a.yaml]\n", "app:v2", creating(), "kustomization.yaml") == "images[]={\"name\":\"app\",\"newTag\":\"v2\"}\n");
}

TEST_CASE("a stream of several kinds") {
    const std::string stream = "# comment\n---\nimage: app:v1\n---\n---\napiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: app}]}\n...\n---\n- image: app\n---\napp\n---\nkind: x\nimage: app\n";
    CHECK(found_in(stream, "app:v2") == "0|image=app:v2\n2|spec.containers[name=a].image=app:v2\n5|image=app:v2\n");
    CHECK(found_in(stream, "app:v2", only_document(2)) == "2|spec.containers[name=a].image=app:v2\n");
    CHECK(found_in(stream, "app:v2", only_document(1)).empty());
    CHECK(found_in(stream, "app:v2", only_document(99)).empty());
    // With a single document a path says enough.
    CHECK(found_in("---\nimage: app:v1\n", "app:v2", only_document(0)) == "image=app:v2\n");
}

TEST_CASE("places in custom resources") {
    const std::string resource = R"(apiVersion: monitoring.coreos.com/v1
kind: Prometheus
spec:
  image: app:v1
  parts: [{name: a, ref: app}, {name: b, image: {name: app, tag: v1}}]
  text: "image: app"
)";
    const auto at = [&](const std::string& path, const yaml::KeyPath& keys) {
        INFO(path);
        return found_in(resource, "app:v2", at_paths({keys}));
    };
    CHECK(found_in(resource, "app:v2").empty());
    CHECK(at("text", {"spec", "image"}) == "spec.image=app:v2\n");
    CHECK(at("number", {"spec", "parts", yaml::Index(0), "ref"}) == "spec.parts[0].ref=app:v2\n");
    CHECK(at("number from the end", {"spec", "parts", yaml::Index(-2), "ref"}) == "spec.parts[-2].ref=app:v2\n");
    CHECK(at("selector, in parts", {"spec", "parts", yaml::Selector{"name", "b"}, "image"}) == "spec.parts[name=b].image.tag=v2\n");
    CHECK(at("a list", {"spec", "parts"}) == "x.yaml:5:10: cannot set the image at spec.parts: a list stands there\n");
    CHECK(at("within a text", {"spec", "text", yaml::Within{}, "image"}) == "spec.text|image=app:v2\n");
    CHECK(at("within a text without it", {"spec", "text", yaml::Within{}, "tag"}).empty());
    CHECK(at("within no text", {"spec", "parts", yaml::Within{}, "image"}).empty());
    CHECK(at("not there", {"spec", "images"}).empty());
    CHECK(at("too far", {"spec", "parts", yaml::Index(2)}).empty());
    CHECK(at("too far from the end", {"spec", "parts", yaml::Index(-3)}).empty());
    CHECK(at("no such entry", {"spec", "parts", yaml::Selector{"name", "c"}}).empty());
    CHECK(at("no list", {"spec", yaml::Index(0)}).empty());
    CHECK(at("below a text", {"spec", "image", "tag"}).empty());
    // Beside the usual places, and once.
    CHECK(found_in("image: app\nx: app\n", "app:v2", at_paths({{"image"}, {"x"}})) == "image=app:v2\nx=app:v2\n");
}

TEST_CASE("a second run finds the new name and sets the same") {
    struct Case {
        std::string first;
        std::string second;
    };
    const Case cases[] = {
        {"image: old:v1", "image: registry.example.com/new:v2"},
        {"image: {repository: old, tag: v1}", "image: {repository: registry.example.com/new, tag: v2}"},
        {"image: {registry: '', repository: old, tag: v1}", "image: {registry: registry.example.com, repository: new, tag: v2}"},
        {"apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: old}]}", "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: 'registry.example.com/new:v2'}]}"},
    };
    for (const auto& [first, second] : cases) {
        INFO(first);
        const auto image = parse_image_argument("old=registry.example.com/new:v2");
        CHECK(find_images(first, "x.yaml", image, {}).places == 1);
        const auto again = find_images(second, "x.yaml", image, {});
        CHECK(again.places == 1);
        for (const auto& operation : again.operations) {
            INFO(to_text(operation));
            CHECK(second.find(operation.value) != std::string::npos);
        }
    }
}

TEST_CASE("files that are odd or hostile") {
    CHECK(found_in("", "app:v2").empty());
    CHECK(found_in("# nothing\n", "app:v2").empty());
    CHECK(found_in("---\n", "app:v2").empty());
    CHECK(found_in("~\n", "app:v2", {}, "kustomization.yaml").empty());
    CHECK(found_in("\xEF\xBB\xBFimage: app:v1\r\nb: c\r\n", "app:v2") == "image=app:v2\n");
    CHECK(found_in("image: \"app\\n:v1\"", "app:v2").empty());
    CHECK(found_in("image: \"app:v\\e[2J\"", "app:v2") == "image=app:v2\n");
    CHECK(found_in("image: \"app:\\e[2J\"", "app:v2@" + digest) == "image=app:v2@" + digest + "\n");
    CHECK(found_in("image: \"app:\\e[2J\"", "app:*@" + digest) == "x.yaml:1:8: cannot set the image 'app:\\x1b[2J': it keeps '\\x1b[2J', which is no tag\n");
    CHECK_THROWS_AS(find_images("image: [", "x.yaml", parse_image_argument("app:v2"), {}), Error);
    CHECK_THROWS_AS(find_images("image: \xFF", "x.yaml", parse_image_argument("app:v2"), {}), Error);
    CHECK(found_in("image: " + std::string(1'000'000, 'a'), "app:v2").empty());

    std::string deep;
    for (int i = 0; i < 190; ++i) deep += "{a: ";
    CHECK(found_in(deep + "{image: app}" + std::string(190, '}'), "app:v2").find(".a.image=app:v2\n") != std::string::npos);
    CHECK(found_in(std::string(100'000, '['), "app:v2").find("nested too deeply") != std::string::npos);

    // Aliases that multiply: nothing is visited more than once.
    std::string bomb = "a0: &a0 {image: app:v1}\n";
    for (int i = 1; i < 60; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {<<: [" + before + ", " + before + "], x: " + before + ", y: [" + before + ", " + before + "]}\n";
    }
    CHECK(found_in(bomb, "app:v2") == "a0.image=app:v2\n");
}

TEST_CASE("ten thousand containers") {
    std::string text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n";
    for (int i = 0; i < 10'000; ++i) text += "  - name: c" + std::to_string(i) + "\n    image: " + (i % 2 == 0 ? "app" : "other") + ":v1\n";
    const auto findings = find_images(text, "x.yaml", parse_image_argument("app:v2"), {});
    CHECK(findings.places == 5'000);
    CHECK(findings.operations.size() == 5'000);
    CHECK(to_text(findings.operations.back()) == "spec.containers[name=c9998].image=app:v2");
    CHECK(findings.names == std::vector<std::string>{"other"});
}
