#include "catch.hpp"

#include "update-gitops-values/promotion/requirement.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

using Texts = std::vector<std::string>;

const std::string digest = "sha256:" + std::string(64, 'a');
const std::string other_digest = "sha256:" + std::string(64, 'b');

std::string values(const std::string& tag, const std::string& replicas = "2") { return "image: {repository: r/app, tag: " + tag + "}\nreplicas: " + replicas + "\n"; }

/// What a change from the one to the other text asks for.
Requirement wanted(const std::string& before, const std::string& after, std::vector<yaml::Change> changes) {
    return requirement_of({{.path = "values.yaml", .before = before, .after = after, .mode = {}, .changes = std::move(changes)}}, {});
}

Requirement image(const std::string& tag) { return wanted(values("v1"), values(tag), {{.path = "image.tag", .value = tag, .new_json = '"' + tag + '"', .changed = true}}); }

Texts missing(const std::string& text, const Requirement& requirement) { return missing_in(text, "values.yaml", requirement, {}); }

} // namespace

TEST_CASE("what another environment must hold", "[promotion]") {
    const auto requirement = image("v2");
    REQUIRE(requirement.images.size() == 1);
    CHECK(requirement.values.empty());
    CHECK(in_words(requirement) == "r/app:v2");
    CHECK(missing(values("v2"), requirement).empty());
    CHECK(missing(values("v1"), requirement) == Texts{"it holds r/app:v1, not r/app:v2"});
    CHECK(missing("image: {repository: r/ap, tag: v2}\n", requirement) == Texts{"it has no image r/app with a version, but r/ap"});
    CHECK(missing("image: {repository: r/app, tag: '{{ .tag }}'}\n", requirement) == Texts{"a template stands for r/app there"});
}

TEST_CASE("a digest decides where both have one, else the tag", "[promotion]") {
    const auto requirement = image("v2@" + digest);
    CHECK(missing(values("v2"), requirement).empty());
    CHECK(missing(values("other@" + digest), requirement).empty());
    CHECK(missing(values("v2@" + other_digest), requirement) == Texts{"it holds r/app:v2@" + other_digest + ", not r/app:v2@" + digest});
}

TEST_CASE("values that are no part of an image are compared at their paths", "[promotion]") {
    const auto requirement = wanted(values("v1"), values("v1", "3"), {{.path = "replicas", .value = "3", .new_json = "3", .changed = true}});
    CHECK(requirement.images.empty());
    CHECK(in_words(requirement) == "this replicas");
    CHECK(missing(values("v9", "3"), requirement).empty());
    CHECK(missing(values("v9", "2"), requirement) == Texts{"replicas is 2 there, not 3"});
    CHECK(missing("a: 1\n", requirement) == Texts{"it has no replicas, which becomes 3"});
    CHECK(wanted(values("v1"), values("v1"), {}).empty());
}
