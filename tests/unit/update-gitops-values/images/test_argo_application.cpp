#include "catch.hpp"
#include "findings_text.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

std::string application(const std::string& source) { return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    repoURL: https://example.com/x.git\n" + source; }

std::string parameters(const std::string& list) { return application("    helm: {parameters: " + list + "}\n"); }

struct Case {
    std::string text;
    std::string argument;
    std::string expected; ///< below the source
};

template <std::size_t N> void check(const Case (&cases)[N], const SearchSettings& settings = {}) {
    for (const auto& [text, argument, expected] : cases) {
        INFO(text << "\n" << argument);
        auto found = found_in(text, argument, settings);
        std::string below;
        for (std::size_t at = 0; at < found.size();) {
            const auto end = found.find('\n', at) + 1;
            const std::string prefix = "spec.source.";
            below += found.compare(at, prefix.size(), prefix) == 0 ? found.substr(at + prefix.size(), end - at - prefix.size()) : found.substr(at, end - at);
            at = end;
        }
        CHECK(below == expected);
    }
}

} // namespace

TEST_CASE("argo applications: parameters of helm") {
    const Case cases[] = {
        {parameters("[{name: image.repository, value: app}, {name: image.tag, value: v1}]"), "app:v2", "helm.parameters[name=image.tag].value=v2\n"},
        {parameters("[{name: image.repository, value: app}, {name: image.tag, value: v1}]"), "app=new:v2", "helm.parameters[name=image.repository].value=new\nhelm.parameters[name=image.tag].value=v2\n"},
        {parameters("[{name: web.image.repository, value: app}, {name: web.image.tag, value: v1}, {name: web.image.digest, value: x}]"), "app:v2",
         "helm.parameters[name=web.image.tag].value=v2\nhelm.parameters[name=web.image.digest].value=\n"},
        {parameters("[{name: image.registry, value: ghcr.io}, {name: image.repository, value: team/app}, {name: image.tag, value: v1}]"), "ghcr.io/team/app:v2", "helm.parameters[name=image.tag].value=v2\n"},
        {parameters("[{name: web.repository, value: app}, {name: web.tag, value: v1}]"), "app:v2", "helm.parameters[name=web.tag].value=v2\n"},
        {parameters("[{name: image.name, value: app}, {name: image.tag, value: v1}]"), "app:v2", "helm.parameters[name=image.tag].value=v2\n"},
        {parameters("[{name: image, value: 'app:v1'}, {name: web.sidecarImage, value: app}]"), "app:v2", "helm.parameters[name=image].value=app:v2\nhelm.parameters[name=web.sidecarImage].value=app:v2\n"},
        {parameters("[{name: image.repository, value: app}]"), "app:v2", "helm.parameters[]={\"name\": \"image.tag\", \"value\": \"v2\", \"forceString\": true}\n"},
        // What --set would take for a number has to be forced.
        {parameters("[{name: image.repository, value: app}, {name: image.tag, value: v1}]"), "app:20240115", "helm.parameters[name=image.tag].value=20240115\nhelm.parameters[name=image.tag].forceString:=true\n"},
        {parameters("[{name: image.repository, value: app}, {name: image.tag, value: v1, forceString: true}]"), "app:20240115", "helm.parameters[name=image.tag].value=20240115\n"},
        // The last one of a name wins, and then they have no names of their own.
        {parameters("[{name: image.repository, value: app}, {name: image.tag, value: v0}, {name: image.tag, value: v1}]"), "app:v2", "helm.parameters[2].value=v2\n"},
        // The repository stands in the values.
        {application("    helm:\n      parameters: [{name: web.image.tag, value: v1}]\n      values: |\n        web:\n          image: {repository: app, tag: v0}\n"), "app:v2",
         "helm.parameters[name=web.image.tag].value=v2\nhelm.values|web.image.tag=v2\n"},
        {application("    helm:\n      parameters: [{name: image.tag, value: v1}]\n      valuesObject: {image: {repository: app}}\n"), "app:v2",
         "helm.parameters[name=image.tag].value=v2\nhelm.valuesObject.image.tag=v2 (new)\n"},
        {parameters("[{name: image.tag, value: v1}]"), "app:v2", ""},
        {parameters("[{name: chart.repository, value: app}, {name: replicas, value: '2'}]"), "app:v2", ""},
        {parameters("[{name: image.repository, value: app}, {name: image.tag, value: '{{tag}}'}]"), "app:v2", "x.yaml:6:25: cannot set the image 'app:{{tag}}': it is a template, or has blanks in it\n"},
        {parameters("[{name: image.repository}, {value: app}, app, ~, {name: [image], value: app}, {name: image, value: {a: app}}]"), "app:v2", ""},
        {parameters("{image.tag: v1}"), "app:v2", ""},
    };
    check(cases);
}

TEST_CASE("argo applications: values within a text") {
    const Case cases[] = {
        {application("    helm:\n      values: |\n        # ours\n        image:\n          repository: app\n          tag: v1\n"), "app:v2", "helm.values|image.tag=v2\n"},
        {application("    helm: {values: \"image: app:v1\"}\n"), "app:v2", "helm.values|image=app:v2\n"},
        {application("    helm:\n      valuesObject:\n        image: {repository: app, tag: v1}\n"), "app:v2", "helm.valuesObject.image.tag=v2\n"},
        {application("    helm: {values: ''}\n"), "app:v2", ""},
        {application("    helm: {values: }\n"), "app:v2", ""},
        {application("    helm: {values: [app]}\n"), "app:v2", ""},
        {application("    helm: {values: '# nothing'}\n"), "app:v2", ""},
        // Places are those of the file.
        {application("    helm:\n      values: |\n        a: b\n        image: app:{{ .tag }}\n"), "app:v2", "x.yaml:9: cannot set the image 'app:{{ .tag }}': it is a template, or has blanks in it\n"},
        {application("    helm:\n      values: \"a: b\\nimage: app:$T\"\n"), "app:v2", "x.yaml:7:15: cannot set the image 'app:$T': it is a template, or has blanks in it\n"},
        // A text that is no YAML matters only when the image may be in it.
        {application("    helm:\n      values: |\n        {{ if x }}\n        image: app:v1\n"), "app:v2",
         "x.yaml:7:15: cannot look for the image in this text: it is no YAML: wrong YAML: did not find expected <document start>\n"},
        {application("    helm:\n      values: |\n        {{ if x }}\n        image: other:v1\n"), "app:v2", ""},
    };
    check(cases);
}

TEST_CASE("argo applications: images of kustomize") {
    const auto images = [](const std::string& list) { return application("    kustomize: {images: " + list + "}\n"); };
    const Case cases[] = {
        {images("['app:v1', 'other:v1']"), "app:v2", "kustomize.images[0]=app:v2\n"},
        {images("['app=new:v1']"), "app=new:v2", "kustomize.images[0]=app=new:v2\n"},
        {images("['app=new:v1']"), "app=*:v2", "kustomize.images[0]=app=new:v2\n"},
        {images("['app=new:v1']"), "app:v2", "kustomize.images[0]=app:v2\n"},
        {images("['app:v1']"), "app=localhost:5000/new:v2", "kustomize.images[0]=app=localhost:5000/new:v2\n"},
        {images("['app=localhost:5000/new:v1']"), "localhost:5000/new:v2", "kustomize.images[0]=app=localhost:5000/new:v2\n"},
        {images("['app=old:v1']"), "old=new:v2", "kustomize.images[0]=app=new:v2\n"},
        {images("['new:v1']"), "app=new:v2", "kustomize.images[0]=new:v2\n"},
        {images("['new=x:v1']"), "app=new:v2", ""},
        {images("['app:v1@" + old_digest + "']"), "app:v2", "kustomize.images[0]=app:v2\n"},
        {images("['app:v1']"), "app:*@" + digest, "kustomize.images[0]=app:v1@" + digest + "\n"},
        {images("['app:v1']"), "app=new", "kustomize.images[0]=app=new\n"},
        {images("['app=new:v1']"), "app=*", "kustomize.images[0]=app=new\n"},
        {images("['app:{{tag}}']"), "app:v2", "x.yaml:6:26: cannot set the image 'app:{{tag}}': it is a template, or has blanks in it\n"},
        {images("[{name: app}, [app], ~]"), "app:v2", ""},
        {images("[x:v1]"), "app:v2", ""},
        {images("app:v1"), "app:v2", ""},
    };
    check(cases);
    const Case created[] = {
        {images("[x:v1]"), "app=new:v2", "kustomize.images[]=\"app=new:v2\"\n"},
        {images("[app:v1]"), "app=new:v2", "kustomize.images[0]=app=new:v2\n"},
        {application("    kustomize: {namePrefix: x}\n"), "app:v2", "kustomize.images[]=\"app:v2\"\n"},
        {application("    path: x\n"), "app:v2", ""},
    };
    SearchSettings settings;
    settings.create = true;
    check(created, settings);
}

TEST_CASE("argo applications: several sources, sets and lists of applications") {
    const std::string sources = R"(  sources:
  - repoURL: https://charts.example.com
    chart: app
    helm:
      valueFiles: [$values/values.yaml]
      parameters:
      - {name: image.repository, value: app}
      - {name: image.tag, value: v1, forceString: true}
  - repoURL: https://example.com/x.git
    ref: values
  - kustomize:
      images: [app:v1]
)";
    const std::string head = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n";
    CHECK(found_in(head + sources, "app:v2") == "spec.sources[0].helm.parameters[name=image.tag].value=v2\nspec.sources[2].kustomize.images[0]=app:v2\n");

    const std::string set = R"(apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
spec:
  generators:
  - list: {elements: [{image: app, cluster: a}]}
  template:
    metadata: {name: '{{cluster}}-app'}
    spec:
      source:
        helm:
          valuesObject: {image: {repository: app, tag: v1}, host: '{{host}}'}
)";
    CHECK(found_in(set, "app:v2") == "spec.template.spec.source.helm.valuesObject.image.tag=v2\n");

    const std::string list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: argoproj.io/v1alpha1\n  kind: Application\n  spec: {source: {kustomize: {images: ['app:v1']}}}\n";
    CHECK(found_in(list, "app:v2") == "items[0].spec.source.kustomize.images[0]=app:v2\n");
}
