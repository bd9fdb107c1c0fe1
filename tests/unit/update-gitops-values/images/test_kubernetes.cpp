#include "catch.hpp"
#include "findings_text.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

/// A manifest of this kind around a pod's specification, which is written in one line.
std::string manifest(const std::string& kind, const std::string& before, const std::string& pod, const std::string& behind) {
    return "apiVersion: apps/v1\nkind: " + kind + "\nspec: " + before + pod + behind + "\n";
}

} // namespace

TEST_CASE("manifests: containers wherever a pod stands") {
    const std::string pod = "{initContainers: [{name: i, image: app:v1}], containers: [{name: a, image: 'app:v1'}, {name: b, image: other}], ephemeralContainers: [{name: d, image: app}]}";
    struct Case {
        std::string text;
        std::string path;
    };
    const Case cases[] = {
        {manifest("Pod", "", pod, ""), "spec"},
        {manifest("Deployment", "{template: {spec: ", pod, "}}"), "spec.template.spec"},
        {manifest("CronJob", "{jobTemplate: {spec: {template: {spec: ", pod, "}}}}"), "spec.jobTemplate.spec.template.spec"},
        {manifest("Rollout", "{strategy: {}, template: {spec: ", pod, "}}"), "spec.template.spec"},
        {manifest("RayCluster", "{workerGroupSpecs: [{groupName: x, template: {spec: ", pod, "}}]}"), "spec.workerGroupSpecs[0].template.spec"},
        {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec: " + pod, "items[0].spec"},
        {"apiVersion: apps/v1\nkind: DeploymentList\nitems: [{spec: {template: {spec: " + pod + "}}}]", "items[0].spec.template.spec"},
        {"apiVersion: template.openshift.io/v1\nkind: Template\nobjects: [{kind: Pod, spec: " + pod + "}]", "objects[0].spec"},
    };
    for (const auto& [text, path] : cases) {
        INFO(text);
        CHECK(found_in(text, "app:v2") == path + ".initContainers[name=i].image=app:v2\n" + path + ".containers[name=a].image=app:v2\n" + path + ".ephemeralContainers[name=d].image=app:v2\n");
        CHECK(seen_in(text, "app:v2") == "3 other");
    }
}

TEST_CASE("manifests: paths, aliases, and what is no image") {
    const auto containers = [](const std::string& list) { return "apiVersion: v1\nkind: Pod\nspec:\n  containers: " + list + "\n"; };
    struct Case {
        std::string text;
        std::string expected;
    };
    const Case cases[] = {
        // By name only where all have one of their own.
        {containers("[{name: a, image: app}, {image: app}]"), "spec.containers[0].image=app:v2\nspec.containers[1].image=app:v2\n"},
        {containers("[{name: a, image: app}, {name: a, image: x}]"), "spec.containers[0].image=app:v2\n"},
        {containers("[{name: a, image: app}, {name: [b], image: app}]"), "spec.containers[0].image=app:v2\nspec.containers[1].image=app:v2\n"},
        {containers("[{name: &n a, image: app}, {name: *n, image: app}]"), "spec.containers[0].image=app:v2\nspec.containers[1].image=app:v2\n"},
        {containers("[{name: 'a]b', image: app}]"), "spec.containers[name=\"a]b\"].image=app:v2\n"},
        {containers("[{name: a, image: app:$T}]"), "x.yaml:4:33: cannot set the image 'app:$T': it is a template, or has blanks in it\n"},
        {containers("[{name: a, image: {repository: app}}, {name: b, image: [app]}, {name: c}, app, ~, [app]]"), ""},
        {containers("{a: {image: app}}"), ""},
        {containers("app"), ""},
        {containers(""), ""},
        // What stands in other texts, and under other keys, is none.
        {"apiVersion: v1\nkind: ConfigMap\nimage: app\ndata:\n  x: |\n    containers: [{image: app}]\n  image: app\n", ""},
        // Aliases.
        {containers("[{name: a, image: &i app}, {name: b, image: *i}]"), "spec.containers[name=a].image=app:v2\n"},
        {containers("&c [{name: a, image: app}]") + "  initContainers: *c\n", "spec.containers[name=a].image=app:v2\n"},
        {"apiVersion: v1\nkind: Pod\nx: &c [{name: a, image: app}]\nspec: {containers: *c, initContainers: *c}\n", "spec.containers[name=a].image=app:v2\n"},
        {containers("[&c {name: a, image: app}, {<<: *c, name: b}]"), "spec.containers[name=a].image=app:v2\n"},
        {"apiVersion: v1\nkind: Pod\nx: &c {image: app}\nspec: {containers: [{<<: *c, name: b}]}\n", "spec.containers[name=b].image=app:v2\n"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        CHECK(found_in(text, "app:v2") == expected);
    }
}
