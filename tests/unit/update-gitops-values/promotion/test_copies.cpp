#include "catch.hpp"

#include "failure.hpp"
#include "update-gitops-values/promotion/copies.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

std::string values(const std::string& tag, const std::string& name = "r:5000/team/app") { return "image:\n  repository: " + name + "\n  tag: " + tag + "\nreplicas: 2\n"; }

Copies copied(const std::string& source, const std::string& target, const Request& request = {}) { return copies_from({"staging:values.yaml", source}, "values.yaml", {{"values.yaml", target}}, request); }

Request of_images(std::vector<std::string> names) {
    Request request;
    request.image_names = std::move(names);
    return request;
}

Request of_paths(std::vector<std::string> paths) {
    Request request;
    request.rollback_paths = std::move(paths);
    return request;
}

} // namespace

TEST_CASE("versions of all common images are copied", "[promotion]") {
    const auto copies = copied(values("v2@" + digest), values("v1"));
    REQUIRE(copies.images.size() == 1);
    CHECK(copies.images[0].name == "r:5000/team/app");
    CHECK(copies.images[0].tag == NewPart{NewPart::Kind::given, "v2"});
    CHECK(copies.images[0].digest == NewPart{NewPart::Kind::given, digest});
    CHECK(copies.images[0].new_name.kind == NewPart::Kind::kept);
    CHECK(copies.what == "r:5000/team/app:v2@" + digest);
    REQUIRE(copies.sources.size() == 1);
    CHECK(copies.sources[0].is_new);
    CHECK_FALSE(copied(values("v1"), values("v1")).sources[0].is_new);
    CHECK(words_of(failure_of([&] { copied(values("v2"), values("v1", "r:5000/team/other")); })) ==
          "1 cannot copy from staging:values.yaml: it has no image with a version in common with values.yaml | it has r:5000/team/app; there are r:5000/team/other; --image names an image, --path a value to copy");
}

TEST_CASE("a named image is copied, or said to be missing", "[promotion]") {
    CHECK(copied(values("v2"), values("v1"), of_images({"r:5000/team/app"})).images.size() == 1);
    CHECK(words_of(failure_of([&] { copied(values("v2"), values("v1"), of_images({"r:5000/team/ap"})); })) ==
          "1 cannot copy the image r:5000/team/ap: it is not in staging:values.yaml | did you mean r:5000/team/app?");
    CHECK(words_of(failure_of([&] { copied(values("''"), values("v1"), of_images({"r:5000/team/app"})); })).find("gives it no tag and no digest") != std::string::npos);
    CHECK(words_of(failure_of([&] { copied(values("'{{ .tag }}'"), values("v1"), of_images({"r:5000/team/app"})); })).find("a template stands there") != std::string::npos);
    const auto twice = values("v2") + "sidecar:\n" + "  image: r:5000/team/app:v3\n";
    CHECK(words_of(failure_of([&] { copied(twice, values("v1"), of_images({"r:5000/team/app"})); })).find("it has several versions in staging:values.yaml") != std::string::npos);
}

TEST_CASE("values are copied by their paths, with their kind", "[promotion]") {
    const auto copies = copied("replicas: 3\nname: '3'\n", "replicas: 2\nname: x\n", of_paths({"replicas", "name"}));
    REQUIRE(copies.operations.size() == 2);
    CHECK(copies.operations[0].kind == yaml::Operation::Kind::set_json);
    CHECK(copies.operations[0].value == "3");
    CHECK(copies.operations[1].kind == yaml::Operation::Kind::set);
    CHECK(copies.operations[1].value == "3");
    CHECK(words_of(failure_of([&] { copied("a: 1\n", "a: 2\n", of_paths({"b"})); })).starts_with("1 staging:values.yaml"));
}
