#include "update-gitops-values/preflight/preflight.hpp"

#include "catch.hpp"
#include "core/text.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

std::string found(const std::string& before, const std::string& after) {
    return join(new_images({{.path = "x.yaml", .before = before, .after = after, .mode = "100644", .changes = {{.path = "a"}}}}), " ");
}

} // namespace

TEST_CASE("images that a change brings are complete as clients have it") {
    CHECK(found("image: nginx:1\n", "image: nginx:2\n") == "docker.io/library/nginx:2");
    CHECK(found("a: b\n", "image: team/app\n") == "docker.io/team/app:latest");
    CHECK(found("a: b\n", "image: {repository: r.io/app, tag: \"\"}\n").empty());
    CHECK(found("image: r.io/app:v1\n", "image: r.io/app:v1\nb: c\n").empty());
    CHECK(found("a: b\n", "image: \"app:${TAG}\"\n").empty());
    CHECK(found("a: b\n", "image: {tag: v1}\n").empty());
    CHECK(is_moving_tag("Latest"));
    CHECK_FALSE(is_moving_tag("v1"));
}

TEST_CASE("a file that is put as a whole, of a kind that nobody knows, names images by their versions") {
    const auto put = [](const std::string& text) { return join(new_images({{.path = "x.yaml", .before = {}, .after = text, .mode = "100644", .changes = {}}}), " "); };
    CHECK(put("image: avatar\n").empty());
    CHECK(put("image: app:v1\n") == "docker.io/library/app:v1");
    CHECK(put("no: [yaml\n").empty());
}
