#pragma once

#include "catch.hpp"

#include "fakes.hpp"
#include "played_prometheus.hpp"
#include "wait-for-slo/wait_for_slo.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// A whole run of the step against a played Prometheus.
namespace slipway::played {

using fake::Metric;
using fake::PlayedTarget;

inline const std::string total = "requests_total";
inline const std::string good = "requests_total{code=\"200\"}";
inline const std::string version = "build_info{commit=\"new\"}";

/// A counter that began at `since` and grows by `rate` a second.
inline Metric growing(double rate, double since = -600) {
    return [=](double t) { return t < since ? std::nullopt : std::optional(std::floor((t - since) * rate)); };
}

/// A service with so many good and bad requests a second.
inline PlayedTarget service(const std::string& instance, double good_rate, double bad_rate, double since = -600) {
    PlayedTarget target{.instance = instance, .from = since};
    target.process_start = [since](double) { return since - 1; };
    target.series = {{"requests_total", {{"code", "200"}}, growing(good_rate, since)},
                     {"requests_total", {{"code", "500"}}, growing(bad_rate, since)}};
    return target;
}

struct Run {
    fake::World world;
    fake::PlayedPrometheus prometheus{world.clock};
    std::vector<std::string> arguments = {"--prometheus-url", "http://p:9090", "--good", good, "--total", total,
                                          "--objective", "95", "--watch", "60s", "--json"};
    /// Replaces answers; nothing: the played server answers.
    std::function<std::optional<io::Response>(const std::string& query)> instead = [](const std::string&) { return std::nullopt; };
    int code = -1;
    nlohmann::json json;

    Run& with(const std::vector<std::string>& more) {
        arguments.insert(arguments.end(), more.begin(), more.end());
        return *this;
    }

    Run& go() {
        world.on_request = [this](const io::Request& request) {
            auto answer = prometheus.answer(request);
            if (auto other = instead(prometheus.queries.back())) return *other;
            return answer;
        };
        cli::Step<wait_for_slo::WaitForSlo> step;
        code = world.run(step, arguments);
        INFO(world.terminal.out << world.terminal.err);
        json = nlohmann::json::parse(world.terminal.out);
        CHECK(json.at("exit_code") == code);
        return *this;
    }

    std::string reason() const { return json.at("reason"); }
    bool says(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }
};

} // namespace slipway::played
