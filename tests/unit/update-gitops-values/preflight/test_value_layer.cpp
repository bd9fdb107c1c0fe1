#include "update-gitops-values/preflight/value_layer.hpp"

#include "catch.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

std::string hidden(const std::string& later, const std::string& key, const std::string& json) {
    auto tree = std::make_shared<const yaml::Tree>(later, "l.yaml");
    const auto root = tree->documents().front();
    const auto hiding = hiding_in({.file = "l.yaml", .name = "l.yaml", .tree = std::move(tree), .root = root}, yaml::parse_path(key), json);
    return hiding ? hiding->value : "";
}

std::string by_parameter(const std::string& name, const std::string& value, const std::string& key, const std::string& json) {
    const auto hiding = hiding_in({.file = {}, .name = "p", .parameters = {{name, value, {}}}}, yaml::parse_path(key), json);
    return hiding ? hiding->value : "";
}

} // namespace

TEST_CASE("what a later value file hides") {
    CHECK(hidden("image: {tag: v1}\n", "image.tag", "\"v2\"") == "'v1'");
    CHECK(hidden("image: {tag: v2}\n", "image.tag", "\"v2\"").empty());
    CHECK(hidden("image: {repository: x}\n", "image.tag", "\"v2\"").empty());
    CHECK(hidden("image: text\n", "image.tag", "\"v2\"") == "'text'");
    CHECK(hidden("image: ~\n", "image.tag", "\"v2\"") == "nothing (null)");
    CHECK(hidden("list: [1]\n", "list[0].tag", "\"v2\"") == "a list");
    CHECK(hidden("image: {tag: v1}\n", "image", R"({"repository":"x"})").empty());
    CHECK(hidden("image: {tag: v1}\n", "image", R"({"tag":"v2"})") == "'v1'");
    CHECK(hidden("base: &b {tag: v1}\nimage: {<<: *b}\n", "image.tag", "\"v2\"") == "'v1'");
    CHECK(hidden("image: {tag: v1}\n", "image.tag", "") == "'v1'");
}

TEST_CASE("what a parameter hides") {
    CHECK(by_parameter("image.tag", "v1", "image.tag", "\"v2\"") == "'v1'");
    CHECK(by_parameter("image.tag", "v2", "image.tag", "\"v2\"").empty());
    CHECK(by_parameter("image", "v1", "image.tag", "\"v2\"") == "'v1'");
    CHECK(by_parameter("a\\.b", "v1", "\"a.b\"", "\"v2\"") == "'v1'");
    CHECK(by_parameter("list[0].tag", "v1", "list[0].tag", "\"v2\"") == "'v1'");
    CHECK(by_parameter("other", "v1", "image.tag", "\"v2\"").empty());
}
