#pragma once

#include "fakes.hpp"
#include "prometheus/rule_file.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

// A Prometheus that reads its rules from the fake files of a test, and can lie.
namespace slipway::fake {

class RuleServer {
public:
    explicit RuleServer(World& world, std::string folder = "/rules") : world_(world), folder_(std::move(folder)) {
        world_.on_request = [this](const io::Request& request) { return answer(request); };
    }

    /// Asked first at each request; what it returns is the answer.
    std::function<std::optional<io::Response>(const io::Request&)> lie = [](const io::Request&) { return std::nullopt; };
    bool lifecycle = true;
    int reloads = 0;
    std::string config;  ///< what /api/v1/status/config shows; empty: nothing
    std::string metrics; ///< what /metrics shows; empty: nothing
    nlohmann::json evaluation = nlohmann::json::object(); ///< health, lastError and lastEvaluation of all rules

    /// What /-/reload does; false: there are files that it refuses.
    bool load() {
        auto groups = nlohmann::json::array();
        for (const auto& [path, text] : world_.files.contents) {
            if (path.compare(0, folder_.size() + 1, folder_ + '/') != 0) continue;
            if (text.find("BROKEN") != std::string::npos) return false;
            for (const auto& group : prometheus::read_rule_file(text, path).groups) groups.push_back(as_json(group, path));
        }
        loaded_ = std::move(groups);
        return true;
    }

    static io::Response success(nlohmann::json data) {
        return {.status = 200, .headers = {}, .body = nlohmann::json{{"status", "success"}, {"data", std::move(data)}}.dump()};
    }

private:
    io::Response answer(const io::Request& request) {
        const auto path = request.url.substr(request.url.find('/', 8));
        if (path == "/-/reload") ++reloads;
        if (auto lied = lie(request)) return *lied;
        if (path == "/api/v1/rules") return success({{"groups", with_evaluation()}});
        if (path == "/api/v1/status/config" && !config.empty()) return success({{"yaml", config}});
        if (path == "/metrics" && !metrics.empty()) return {.status = 200, .headers = {}, .body = metrics};
        if (path == "/api/v1/status/flags") return success({{"web.enable-lifecycle", lifecycle ? "true" : "false"}});
        if (path == "/api/v1/format_query") return formatted(std::get<std::string>(request.body));
        if (path == "/-/reload" && request.method == "POST") {
            if (!lifecycle) return {.status = 403, .headers = {}, .body = "Lifecycle API is not enabled."};
            if (load()) return {.status = 200, .headers = {}, .body = ""};
            return {.status = 500, .headers = {}, .body = "failed to reload config: one or more errors occurred"};
        }
        return {.status = 404, .headers = {}, .body = "404 page not found"};
    }

    nlohmann::json with_evaluation() const {
        auto groups = loaded_;
        for (auto& group : groups) {
            for (auto& rule : group["rules"]) rule.update(evaluation);
        }
        return groups;
    }

    static io::Response formatted(const std::string& form) {
        if (form.find("BROKEN") == std::string::npos) return success(form);
        return {.status = 400, .headers = {}, .body = R"({"status":"error","errorType":"bad_data","error":"1:3: parse error: unexpected BROKEN"})"};
    }

    static nlohmann::json as_json(const prometheus::Group& group, const std::string& path) {
        const auto seconds = [](Duration duration) { return static_cast<double>(duration.count()) / 1000; };
        auto rules = nlohmann::json::array();
        for (const auto& rule : group.rules) {
            nlohmann::json json = {{"name", rule.name}, {"query", rule.expr}, {"labels", rule.labels}};
            json["type"] = rule.kind == prometheus::RuleKind::alerting ? "alerting" : "recording";
            if (rule.kind == prometheus::RuleKind::alerting) {
                json["duration"] = seconds(rule.hold);
                json["annotations"] = rule.annotations;
            }
            rules.push_back(std::move(json));
        }
        return {{"name", group.name}, {"file", path}, {"interval", seconds(group.interval.value_or(Duration{60'000}))}, {"rules", std::move(rules)}};
    }

    World& world_;
    std::string folder_;
    nlohmann::json loaded_ = nlohmann::json::array();
};

} // namespace slipway::fake
