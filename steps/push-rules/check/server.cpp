#include "push-rules/check/server.hpp"

#include "promql/duration.hpp"

#include <nlohmann/json.hpp>

namespace slipway::push_rules {

namespace {

std::string text_at(const nlohmann::json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

std::optional<promql::Version> version_of(prometheus::Api& api) {
    const auto info = api.get_if_known("/api/v1/status/buildinfo");
    return info ? promql::parse_version(text_at(*info, "version")) : std::nullopt;
}

void ask_server(prometheus::Api& api, Service& service) {
    if (const auto answer = api.get_if_known("/api/v1/targets?state=active"); answer && answer->is_object() && answer->contains("activeTargets")) {
        for (const auto& target : answer->at("activeTargets")) {
            if (!target.is_object() || !target.contains("labels") || !target.at("labels").is_object()) continue;
            for (const auto& [name, value] : target.at("labels").items()) {
                if (!value.is_string()) continue;
                service.target_labels.insert(name);
                service.targets[name].insert(value.get<std::string>());
            }
        }
    }
    if (const auto info = api.get_if_known("/api/v1/status/runtimeinfo")) {
        // "15d", or "15d or 10GiB", whichever comes first.
        const auto retention = text_at(*info, "storageRetention");
        service.retention = promql::read_duration(retention.substr(0, retention.find(' ')));
    }
}

} // namespace slipway::push_rules
