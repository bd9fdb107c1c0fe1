#include "catch.hpp"

#include "kubernetes/owned_fields.hpp"

using namespace slipway::kubernetes;

namespace {

using Json = nlohmann::json;

/// A rule object: groups by name with an expression each, and the sets of fields of its managers.
Json object(const Json& groups, const Json& managed, const Json& labels = {{"app", "myapp"}}) {
    Json list = Json::array();
    for (const auto& [name, expression] : groups.items()) list.push_back({{"name", name}, {"rules", Json::array({{{"alert", "A"}, {"expr", expression}}})}});
    return {{"apiVersion", "monitoring.coreos.com/v1"},
            {"kind", "PrometheusRule"},
            {"metadata", {{"name", "myapp"}, {"namespace", "prod"}, {"labels", labels}, {"resourceVersion", "7"}, {"uid", "u"}, {"generation", 3}, {"managedFields", managed}}},
            {"spec", {{"groups", list}}}};
}

Json manager(const std::string& name, const Json& groups, const Json& labels = Json::object(), const std::string& operation = "Apply") {
    Json fields = {{"f:spec", {{"f:groups", Json::object()}}}};
    for (const auto& [group, inner] : groups.items()) fields["f:spec"]["f:groups"]["k:{\"name\":\"" + group + "\"}"] = inner;
    if (!labels.empty()) fields["f:metadata"]["f:labels"] = labels;
    return {{"manager", name}, {"operation", operation}, {"apiVersion", "monitoring.coreos.com/v1"}, {"fieldsType", "FieldsV1"}, {"fieldsV1", fields}};
}

const Json whole = {{".", Json::object()}, {"f:name", Json::object()}, {"f:rules", Json::object()}};
const Json without_rules = {{".", Json::object()}, {"f:name", Json::object()}};

Json groups_of(const Json& object) {
    Json found = Json::object();
    if (!object.contains("spec")) return found;
    for (const auto& group : object["spec"]["groups"]) found[group["name"].get<std::string>()] = group.contains("rules") ? group["rules"][0]["expr"] : Json();
    return found;
}

} // namespace

TEST_CASE("the part of an object that a manager owns") {
    const auto all = object({{"a", "1"}, {"b", "2"}, {"c", "3"}}, Json::array({manager("slipway", {{"c", whole}, {"a", whole}}, {{"f:app", Json::object()}}), manager("other", {{"b", whole}}), manager("slipway", {{"b", whole}}, {}, "Update")}),
                            {{"app", "myapp"}, {"team", "x"}});
    const auto ours = owned_by(all, "slipway");
    CHECK(ours == Json::parse(R"({"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": {"name": "myapp", "namespace": "prod", "labels": {"app": "myapp"}},
        "spec": {"groups": [{"name": "a", "rules": [{"alert": "A", "expr": "1"}]}, {"name": "c", "rules": [{"alert": "A", "expr": "3"}]}]}})"));
    CHECK(owned_by(all, "nobody") == Json::parse(R"({"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": {"name": "myapp", "namespace": "prod"}})"));
}

TEST_CASE("all kinds of path elements") {
    const auto part = [](const Json& spec, const Json& fields) {
        return owned_by({{"spec", spec}, {"metadata", {{"managedFields", Json::array({{{"manager", "m"}, {"operation", "Apply"}, {"fieldsV1", {{"f:spec", fields}}}}})}}}}, "m").value("spec", Json());
    };
    const Json leaf = Json::object();
    CHECK(part({{"set", {"x", "y", "z"}}}, {{"f:set", {{"v:\"z\"", leaf}, {"v:\"x\"", leaf}}}}) == Json({{"set", {"x", "z"}}}));
    CHECK(part({{"list", {1, 2, 3}}}, {{"f:list", {{"i:1", leaf}, {"i:9", leaf}}}}) == Json({{"list", {2}}}));
    CHECK(part({{"list", {1, 2, 3}}}, {{"f:list", leaf}}) == Json({{"list", {1, 2, 3}}}));
    CHECK(part({{"map", {{"a", 1}}}}, {{"f:map", {{".", leaf}}}}) == Json({{"map", Json::object()}}));
    CHECK(part({{"ports", {{{"port", 80}, {"name", "x"}}}}}, {{"f:ports", {{R"(k:{"port":80,"protocol":"TCP"})", {{"f:name", leaf}}}}}}) == Json({{"ports", {{{"port", 80}, {"protocol", "TCP"}, {"name", "x"}}}}}));
    CHECK(part({{"a", nullptr}}, {{"f:a", leaf}, {"f:gone", leaf}, {"x", leaf}, {"k:nonsense", leaf}}) == Json({{"a", nullptr}}));
    CHECK(part({{"a", 1}}, {{"f:gone", leaf}}).is_null());
    CHECK(part("text", {{"f:a", leaf}}).is_null());
}

TEST_CASE("restoring: an older value, a field that we added since, a field that we took by force") {
    const Json before = object({{"ours", "old"}, {"theirs", "old"}, {"free", "old"}}, Json::array({manager("slipway", {{"ours", whole}}), manager("other", {{"theirs", whole}})}));
    const Json now = object({{"ours", "new"}, {"theirs", "new"}, {"added", "new"}, {"free", "changed by others"}},
                            Json::array({manager("slipway", {{"ours", whole}, {"theirs", whole}, {"added", whole}}), manager("other", {{"theirs", without_rules}})}));
    const auto applied = restoring(before, now, "slipway");
    CHECK(groups_of(applied) == Json({{"ours", "old"}, {"theirs", "old"}}));
    CHECK_FALSE(applied["metadata"].contains("managedFields"));
    CHECK_FALSE(applied["metadata"].contains("resourceVersion"));
    CHECK_FALSE(applied["metadata"].contains("uid"));
}

TEST_CASE("restoring: an object that was not ours before") {
    const Json before = object({{"theirs", "old"}}, Json::array({manager("other", {{"theirs", whole}}, {}, "Update")}));
    const Json now = object({{"theirs", "old"}, {"ours", "new"}}, Json::array({manager("slipway", {{"ours", whole}})}));
    const auto applied = restoring(before, now, "slipway");
    CHECK(groups_of(applied).empty()); // applied, this takes "ours" away and nothing else
}

TEST_CASE("restoring: an object that is gone comes back with all that it held, and nothing of the server's") {
    auto before = object({{"ours", "old"}, {"theirs", "old"}}, Json::array({manager("slipway", {{"ours", whole}}), manager("other", {{"theirs", whole}})}));
    before["metadata"]["annotations"] = {{"note", "x"}};
    before["status"] = {{"bindings", Json::array()}};
    const auto content = content_of(before);
    CHECK(groups_of(content) == Json({{"ours", "old"}, {"theirs", "old"}}));
    CHECK(content["metadata"] == Json({{"name", "myapp"}, {"namespace", "prod"}, {"labels", {{"app", "myapp"}}}, {"annotations", {{"note", "x"}}}}));
    CHECK(content["kind"] == "PrometheusRule");
    CHECK_FALSE(content.contains("status"));
}

TEST_CASE("a manager owns an object that it has applied something to") {
    const auto both = object({{"a", "1"}, {"b", "1"}}, Json::array({manager("slipway", {{"a", whole}}), manager("kubectl-edit", {{"b", whole}}, {}, "Update")}));
    CHECK(is_owner(both, "slipway"));
    CHECK_FALSE(is_owner(both, "kubectl-edit"));
    CHECK_FALSE(is_owner(Json::object(), "slipway"));
}
