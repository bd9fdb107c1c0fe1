#pragma once

#include "catch.hpp"

#include "fakes.hpp"
#include "played_prometheus.hpp"
#include "wait-for-slo/wait_for_slo.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
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
    fake::PlayedPrometheus prometheus{world.clock}; ///< answers for every host that is not among `others`
    std::map<std::string, std::unique_ptr<fake::PlayedPrometheus>> others; ///< by host and port
    std::vector<std::string> arguments = {"--prometheus-url", "http://p:9090", "--good", good, "--total", total,
                                          "--objective", "95", "--watch", "60s", "--json"};
    /// Replaces answers; nothing: the played server answers.
    std::function<std::optional<io::Response>(const std::string& query)> instead = [](const std::string&) { return std::nullopt; };
    std::string endpoint; ///< URL of the service itself
    std::function<io::Response(double)> at_endpoint;
    int code = -1;
    nlohmann::json json;

    Run& with(const std::vector<std::string>& more) {
        arguments.insert(arguments.end(), more.begin(), more.end());
        return *this;
    }

    /// Gives an option another value.
    Run& set(const std::string& option, const std::string& value) {
        const auto found = std::find(arguments.begin(), arguments.end(), option);
        if (found == arguments.end()) return with({option, value});
        *std::next(found) = value;
        return *this;
    }

    Run& without(const std::string& option) {
        const auto found = std::find(arguments.begin(), arguments.end(), option);
        REQUIRE(found != arguments.end());
        arguments.erase(found, found + 2);
        return *this;
    }

    /// One more server, which --prometheus-url names as well.
    fake::PlayedPrometheus& another(const std::string& host) {
        with({"--prometheus-url", "http://" + host});
        return *others.emplace(host, std::make_unique<fake::PlayedPrometheus>(world.clock)).first->second;
    }

    fake::PlayedPrometheus& server_of(const std::string& url) {
        for (const auto& [host, server] : others) {
            if (url.rfind("http://" + host + '/', 0) == 0) return *server;
        }
        return prometheus;
    }

    Run& go() {
        world.on_request = [this](const io::Request& request) {
            if (!endpoint.empty() && request.url == endpoint) return at_endpoint(prometheus.now());
            auto& server = server_of(request.url);
            const auto asked = server.queries.size();
            auto answer = server.answer(request);
            if (server.queries.size() == asked) return answer;
            if (auto other = instead(server.queries.back())) return *other;
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
    /// The counts of an objective.
    double total_of(std::size_t objective = 0) const { return json.at("objectives").at(objective).at("total"); }
    double good_of(std::size_t objective = 0) const { return json.at("objectives").at(objective).at("good"); }
    bool says(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }
};

} // namespace slipway::played
