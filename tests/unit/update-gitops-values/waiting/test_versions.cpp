#include "catch.hpp"

#include "update-gitops-values/waiting/version_watch.hpp"
#include "update-gitops-values/waiting/versions.hpp"

#include "failure.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

using Texts = std::vector<std::string>;

const std::string digest = "sha256:" + std::string(64, 'a');
const std::string other_digest = "sha256:" + std::string(64, 'b');

/// "app:v2"
Texts named(const ImageVersions& versions) {
    Texts texts;
    for (const auto& version : versions.named) texts.push_back(version.name + ':' + version.text);
    return texts;
}

Texts set(const std::string& path, const std::string& value, yaml::Operation::Kind kind = yaml::Operation::Kind::set) {
    Request request;
    request.operations.push_back({.kind = kind, .path = yaml::parse_path(path), .value = value});
    return versions_of(request, {}).texts;
}

Texts changed(const std::string& path, const std::string& value, const std::string& json) {
    EditedFile file{.path = "f", .before = "a", .after = "b", .mode = {}, .changes = {}};
    file.changes.push_back({.path = path, .value = value, .new_json = json, .changed = true});
    return versions_of({}, {file}).texts;
}

} // namespace

TEST_CASE("versions: what is set by its path") {
    CHECK(set("image.tag", "v2") == Texts{"v2"});
    CHECK(set("image.tag", "v2@" + digest) == Texts{"v2", digest});
    CHECK(set("web.imageTag", "1.10") == Texts{"1.10"});
    CHECK(set("WEB_IMAGE_TAG", "v2") == Texts{"v2"});
    CHECK(set("image.digest", digest) == Texts{digest});
    CHECK(set("images[name=app].newTag", "v2") == Texts{"v2"});
    CHECK(set("spec.containers[0].image", "registry:5000/team/app:v2@" + digest) == Texts{"v2", digest});
    CHECK(set("spec.values|image.tag", "v2") == Texts{"v2"});
    CHECK(set("image.version", "v2") == Texts{"v2"});
    CHECK(set("image", R"({"repository": "r:5000/app", "tag": "v2", "pullPolicy": "Always"})", yaml::Operation::Kind::set_json) == Texts{"v2"});
    CHECK(set("image.tag", "\"v2\"", yaml::Operation::Kind::set_json) == Texts{"v2"});
    CHECK(set("anything", "r/app@" + digest) == Texts{digest});
    for (const auto& [path, value] : std::vector<std::pair<std::string, std::string>>{
             {"replicas", "3"}, {"stage", "v2"}, {"image.repository", "r:5000/app"}, {"image.pullPolicy", "Always"}, {"url", "http://a:80"}, {"image.tag", "{{ .Values.tag }}"}, {"image.tag", ""}, {"version", "1.2.3"}}) {
        INFO(path << '=' << value);
        CHECK(set(path, value).empty());
    }
}

TEST_CASE("versions: what became something else, and images by their names") {
    CHECK(changed("image.tag", "v2", "\"v2\"") == Texts{"v2"});
    CHECK(changed("image.tag", "1.10", "1.10") == Texts{"1.10"});
    CHECK(changed("job.web.group.app.task.server.config.image", "r/app:v2", "\"r/app:v2\"") == Texts{"v2"});
    CHECK(changed("IMAGE_TAG", "v2", "\"v2\"") == Texts{"v2"});
    CHECK(changed("replicas", "3", "3").empty());
    CHECK(changed("image.tag", "", "").empty());
    CHECK(changed("[[", "v2", "\"v2\"").empty());
    Request request;
    request.images.push_back(parse_image_argument("app=registry/app:v2@" + digest));
    request.policies.push_back(parse_policy_argument("flux-system:app=registry/app:v3"));
    request.operations.push_back({.kind = yaml::Operation::Kind::set, .path = yaml::parse_path("image.tag"), .value = "v2"});
    CHECK(versions_of(request, {}).texts == Texts{"v2", digest, "v3"});
    CHECK(named(versions_of(request, {})) == Texts{"app:v2", "app:" + digest, "app:v3"});
    // A kustomization may call it something else, which is known when it is changed alone.
    Request unchanged;
    unchanged.images.push_back(parse_image_argument("registry/app:v2"));
    CHECK(versions_of(unchanged, {}).texts == Texts{"v2"});
    CHECK(named(versions_of(unchanged, {})).empty());
}

TEST_CASE("versions: whether an image is of one") {
    CHECK(is_of("r:5000/app:v2", {{"v2"}}));
    CHECK_FALSE(is_of("r:5000/app", {{"5000"}}));
    CHECK_FALSE(is_of("r/app:v1", {{"v2"}}));
    CHECK(is_of("r/app:v2@" + other_digest, {{"v2"}}));
    CHECK(is_of("r/app@" + digest, {{"v2", digest}}));
    // The tag was moved.
    CHECK_FALSE(is_of("r/app:v2@" + other_digest, {{"v2", digest}}));
    // Another image may have the same tag.
    CHECK(is_of("mirror.example.com/r/app:v2", {{"v2"}, {{"app", "v2"}}}));
    CHECK_FALSE(is_of("r/proxy:v2", {{"v2"}, {{"app", "v2"}}}));
    CHECK(images_of(nlohmann::json::parse(R"({"containers": [{"image": "a"}, {"image": 1}, 2, {"image": "a"}], "initContainers": [{"image": "b"}]})")) == Texts{"a", "b"});
    CHECK(images_of(nlohmann::json()).empty());
}

TEST_CASE("versions: the names of their images") {
    const auto edited = [](std::string before, std::string after, std::vector<yaml::Change> changes) {
        return EditedFile{.path = "values.yaml", .before = std::move(before), .after = std::move(after), .mode = {}, .changes = std::move(changes)};
    };
    const std::vector<yaml::Change> tag = {{.path = "image.tag", .value = "v2", .new_json = "\"v2\"", .changed = true}};
    const auto known = versions_of({}, {edited("image: {repository: r:5000/team/app, tag: v1}", "image: {repository: r:5000/team/app, tag: v2}", tag)});
    CHECK(known.texts == Texts{"v2"});
    CHECK(named(known) == Texts{"app:v2"});
    // The chart knows the name.
    const auto unnamed = versions_of({}, {edited("image: {tag: v1}", "image: {tag: v2}", tag)});
    CHECK(unnamed.texts == Texts{"v2"});
    CHECK(unnamed.named.empty());
    // A file that came as a whole.
    const std::string pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: 'r/web:";
    const auto put = versions_of({}, {edited(pod + "v1'}, {name: b, image: r/side:s1}]}", pod + "v2'}, {name: b, image: r/side:s1}]}", {})});
    CHECK(put.texts == Texts{"v2"});
    CHECK(named(put) == Texts{"web:v2"});
}

TEST_CASE("versions: what another image has is not an image's own") {
    // web had v5, which is the new version of api.
    const std::string before = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: 'r/web:v5'}, {name: b, image: 'r/api:v4'}]}\n";
    const std::string after = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: 'r/web:v6'}, {name: b, image: 'r/api:v5'}]}\n";
    const auto versions = versions_of({}, {EditedFile{.path = "pod.yaml", .before = before, .after = after, .mode = {}, .changes = {}}});
    CHECK(versions.texts == Texts{"v6", "v5"});
    CHECK_FALSE(is_of("r/web:v5", versions));
    CHECK_FALSE(is_of("r/api:v6", versions));
    CHECK(is_of("mirror/web:v6", versions));
    CHECK(is_of("r/api:v5", versions));
    // A digest that a cluster adds to one of them is not known because another one has a digest.
    const ImageVersions pinned{.texts = {"v6", digest}, .named = {{"web", "v6"}, {"api", digest}}};
    CHECK(is_of("r/web:v6@" + other_digest, pinned));
    CHECK_FALSE(is_of("r/api:v6@" + other_digest, pinned));
    CHECK_FALSE(is_of("r/api:v6", pinned));
}

TEST_CASE("versions: from one look to the next") {
    const Delivery delivery{.branch = "main", .commit = {}, .versions = {{"v2", digest}}, .rollback = "back", .is_in = {}};
    VersionWatch watch("Deployment prod/web", delivery);
    CHECK(watch.why_not_yet({"r/app:v1", "side:3"}, "prod/web") == "not applied yet: prod/web still has images r/app:v1, side:3");
    CHECK(watch.why_not_yet({}, "prod/web") == "not applied yet: prod/web still has no image");
    CHECK(watch.saw_another());
    CHECK_FALSE(watch.why_not_yet({"r/app:v2"}, "prod/web"));
    CHECK(words_of(failure_of([&] { watch.why_not_yet({"r/app:v1\x1b"}, "prod/web"); })) ==
          "1 Deployment prod/web does not have v2, sha256:aaaaaaaaaaaa any more: prod/web has image r/app:v1\\x1b now, so somebody rolled it back or released something else"
          " | main still says v2, sha256:aaaaaaaaaaaa; to take it back there: back");
    const Delivery of_app{.branch = "main", .commit = {}, .versions = {{"v2"}, {{"app", "v2"}}}, .rollback = {}, .is_in = {}};
    CHECK(VersionWatch("Deployment prod/web", of_app).why_not_yet({"r/app:v1", "r/proxy:v2"}, "prod/web") == "not applied yet: prod/web has images r/app:v1, r/proxy:v2, which is not app as in the change");
    const Delivery unknown;
    VersionWatch blind("Deployment prod/web", unknown);
    CHECK_FALSE(blind.why_not_yet({"r/app:v1"}, "prod/web"));
    CHECK(blind.reservation() == "; whether that is this change cannot be told: it sets no image's tag or digest");
}
