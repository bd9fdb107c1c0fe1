#include "prometheus/rule_writer.hpp"

#include "core/text.hpp"
#include "promql/duration.hpp"
#include "yaml/writer.hpp"

#include <nlohmann/json.hpp>

namespace slipway::prometheus {

namespace {

using Json = nlohmann::ordered_json;

std::string duration_text(Duration duration) { return promql::write_duration(std::chrono::nanoseconds(duration).count()); }

Json rule_as_json(const Rule& rule) {
    const bool alert = rule.kind == RuleKind::alerting;
    Json json = {{alert ? "alert" : "record", rule.name}, {"expr", rule.expr}};
    if (rule.hold != Duration{0}) json["for"] = duration_text(rule.hold);
    if (rule.keep_firing != Duration{0}) json["keep_firing_for"] = duration_text(rule.keep_firing);
    if (!rule.labels.empty()) json["labels"] = rule.labels;
    if (!rule.annotations.empty()) json["annotations"] = rule.annotations;
    return json;
}

} // namespace

std::string write_rule_file(const std::vector<Group>& groups, const std::vector<std::string>& heading) {
    std::string text;
    for (const auto& comment : heading) text += "# " + visible(comment) + '\n';
    return text + yaml::write_document({{"groups", groups_as_json(groups)}});
}

Json groups_as_json(const std::vector<Group>& groups) {
    auto list = Json::array();
    for (const auto& group : groups) {
        Json json = {{"name", group.name}};
        if (group.interval) json["interval"] = duration_text(*group.interval);
        if (group.query_offset) json["query_offset"] = duration_text(*group.query_offset);
        if (group.limit) json["limit"] = *group.limit;
        if (!group.labels.empty()) json["labels"] = group.labels;
        for (const auto& [key, value] : group.extras) json[key] = Json::parse(value);
        json["rules"] = Json::array();
        for (const auto& rule : group.rules) json["rules"].push_back(rule_as_json(rule));
        list.push_back(std::move(json));
    }
    return list;
}

} // namespace slipway::prometheus
