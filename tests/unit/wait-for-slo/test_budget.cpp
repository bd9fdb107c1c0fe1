// A release that begins when the period's error budget is spent.
#include "catch.hpp"

#include "run.hpp"

#include <string>

using namespace slipway;
using namespace slipway::played;

namespace {

struct WithBudget : Run {
    std::string asked; ///< the question about the period

    /// @param answer  the error rate of the period as the server writes it; empty: no events
    explicit WithBudget(const std::string& answer) {
        prometheus.targets = {service("a:80", 10, 0)};
        // The played server does not know divisions.
        prometheus.failing = [this, answer](double) -> std::optional<io::Response> {
            if (world.requests.back().method != "POST") return std::nullopt;
            const auto& form = std::get<std::string>(world.requests.back().body);
            if (form.find("30d") == std::string::npos && form.find("7d") == std::string::npos) return std::nullopt;
            asked = percent_decode(form);
            if (answer.empty()) return io::Response{.status = 200, .headers = {}, .body = R"({"status":"success","data":{"resultType":"vector","result":[]}})"};
            return io::Response{.status = 200, .headers = {}, .body = R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,")" + answer + "\"]}]}}"};
        };
    }
};

} // namespace

TEST_CASE("a spent error budget refuses the release") {
    WithBudget run("0.06");
    run.with({"--require-budget"}).go();
    CHECK(run.code == 1);
    CHECK(run.says("95 % of requests_total: 120 % of the error budget of 30d is spent"));
    CHECK(run.says("hint: release again when there is budget left"));
    CHECK(run.asked.find("30d") != std::string::npos);
    // Nothing was watched.
    CHECK(run.world.clock.sleeps.empty());
}

TEST_CASE("it is spent at its end") {
    WithBudget run("0.05");
    run.with({"--require-budget"}).go();
    CHECK(run.code == 1);
    CHECK(run.says("100 % of the error budget"));
}

TEST_CASE("a budget that is left lets the watch begin") {
    for (const std::string rate : {"0.0499", "0", "NaN", ""}) {
        WithBudget run(rate);
        INFO(rate);
        run.with({"--require-budget"}).go();
        CHECK(run.code == 0);
        CHECK_FALSE(run.asked.empty());
    }
}

TEST_CASE("--warn-budget only says so") {
    WithBudget run("0.1");
    run.with({"--warn-budget", "--period", "7d"}).go();
    CHECK(run.code == 0);
    CHECK(run.says("warning: 95 % of requests_total: 200 % of the error budget of 7d is spent"));
}

TEST_CASE("a budget that nobody tells") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    bool starting = false;
    int failures = 1000;
    run.prometheus.failing = [&](double) -> std::optional<io::Response> {
        const auto& request = run.world.requests.back();
        const bool is_budget = request.method == "POST" && std::get<std::string>(request.body).find("30d") != std::string::npos;
        if (!is_budget) return std::nullopt;
        if (failures-- <= 0) return io::Response{.status = 200, .headers = {}, .body = R"({"status":"success","data":{"resultType":"vector","result":[]}})"};
        return io::Response{.status = starting ? 503 : 500, .headers = {}, .body = "oops"};
    };
    SECTION("refuses the release when it is required") {
        run.with({"--require-budget"}).go();
        CHECK(run.code == 3);
        CHECK(run.says("status 500: oops"));
    }
    SECTION("is only said otherwise") {
        run.with({"--warn-budget"}).go();
        CHECK(run.code == 0);
        CHECK(run.says("warning: the error budget is not known: "));
    }
    SECTION("at first is asked for again") {
        starting = true;
        failures = 3;
        run.with({"--require-budget"}).go();
        CHECK(run.code == 0);
    }
    SECTION("by one replica is told by the other") {
        auto& other = run.another("q:9090");
        other.targets = run.prometheus.targets;
        other.failing = [&](double) -> std::optional<io::Response> {
            const auto& request = run.world.requests.back();
            if (request.method != "POST" || std::get<std::string>(request.body).find("30d") == std::string::npos) return std::nullopt;
            return io::Response{.status = 200, .headers = {}, .body = R"({"status":"success","data":{"resultType":"vector","result":[]}})"};
        };
        run.with({"--require-budget"}).go();
        CHECK(run.code == 0);
    }
}

TEST_CASE("both ways to ask for the budget contradict each other") {
    Run run;
    run.with({"--require-budget", "--warn-budget"}).go();
    CHECK(run.code == 2);
    CHECK(run.says("--require-budget and --warn-budget contradict each other"));
}
