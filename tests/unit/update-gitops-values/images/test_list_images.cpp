#include "update-gitops-values/images/list_images.hpp"

#include "catch.hpp"
#include "core/text.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

/// Each image with the paths of its parts, one a line.
std::string listed(const std::string& text, const std::string& file = "x.yaml") {
    std::string lines;
    for (const auto& image : list_images(text, file)) lines += image.text() + (image.is_template ? " (template)" : "") + " at " + join(image.paths, " ") + '\n';
    return lines;
}

} // namespace

TEST_CASE("all images of a file are listed, with what holds their parts") {
    CHECK(listed("image: {registry: r.io, repository: app, tag: v1@sha256:aa}\n") == "r.io/app:v1@sha256:aa at image.registry image.repository image.tag\n");
    CHECK(listed("global: {imageRegistry: g.io}\nimage: {registry: r.io, repository: app, tag: v1}\n") == "g.io/app:v1 at image.registry image.repository image.tag\n");
    CHECK(listed("image: {tag: v1}\n") == ":v1 at image.tag\n");
    CHECK(listed("apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: \"app:{{ .tag }}\"}, {name: b, image: b@sha256:bb}]}\n") ==
          "app (template) at spec.containers[name=a].image\nb@sha256:bb at spec.containers[name=b].image\n");
    CHECK(listed("images: [{name: app, newName: r.io/app, newTag: v1}, {name: b}]\n", "kustomization.yaml") == "r.io/app:v1 at images[0].newName images[0].newTag\nb at \n");
    CHECK(listed("job \"w\" {\n group \"g\" {\n task \"t\" {\n config {\n image = \"docker://r.io/app:v1\"\n }\n }\n }\n}\n", "w.nomad") == "r.io/app:v1 at job.w.group.g.task.t.config.image\n");
    CHECK(listed("addr = \"db:5432\"\n", "v.hcl").empty());
    CHECK(listed("IMAGE=app:v1\n", ".env").empty());
}
