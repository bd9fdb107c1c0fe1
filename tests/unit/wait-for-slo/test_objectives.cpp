// Objectives from files, several at once, and selectors that never matched.
#include "catch.hpp"

#include "run.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace slipway;
using namespace slipway::played;

namespace {

/// An SLO file with one objective for each pair of a name and a metric.
std::string file_of(const std::vector<std::pair<std::string, std::string>>& objectives, const std::string& percent = "95") {
    std::string text = "version: prometheus/v1\nservice: shop\nslos:\n";
    for (const auto& [name, metric] : objectives) {
        const auto bad = metric.back() == '}' ? metric.substr(0, metric.size() - 1) + ",code=~\"5..\"}" : metric + "{code=~\"5..\"}";
        text += "  - name: " + name + "\n    objective: " + percent + "\n    sli:\n      events:\n        error_query: sum(rate(" + bad + "[{{.window}}]))\n        total_query: sum(rate(" + metric +
                "[{{.window}}]))\n    alerting:\n      page_alert: {disable: true}\n      ticket_alert: {disable: true}\n";
    }
    return text;
}

using Objectives = std::vector<std::pair<std::string, std::string>>;

struct FromFile : Run {
    explicit FromFile(const Objectives& objectives) {
        without("--good").without("--total").without("--objective");
        world.files.contents["slo.yaml"] = file_of(objectives);
        with({"--slo", "slo.yaml"});
    }
};

void add(PlayedTarget& target, const std::string& metric, double good_rate, double bad_rate) {
    target.series.push_back({metric, {{"code", "200"}}, growing(good_rate)});
    target.series.push_back({metric, {{"code", "500"}}, growing(bad_rate)});
}

std::string verdict_of(const Run& run, std::size_t objective) { return run.json.at("objectives").at(objective).at("verdict"); }

} // namespace

TEST_CASE("several objectives together") {
    FromFile run({{"orders", "orders_total"}, {"carts", "carts_total"}});
    PlayedTarget target{.instance = "a:80"};
    add(target, "orders_total", 10, 0.1);
    SECTION("all hold") {
        add(target, "carts_total", 20, 0);
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.code == 0);
        CHECK(run.reason() == "all 2 objectives; shop-orders: of 606 events 6 were bad (0.99 %), the objective allows 5 %; burn rate 0.2");
        CHECK(run.total_of(1) == 1200);
    }
    SECTION("one is violated") {
        add(target, "carts_total", 5, 5);
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.code == 1);
        CHECK(run.reason().find("shop-carts: of ") == 0);
        CHECK(verdict_of(run, 0) == "inconclusive");
        CHECK(run.json.at("objectives").at(0).at("reason") == "not decided when another objective was violated");
        CHECK(verdict_of(run, 1) == "violated");
    }
    SECTION("one has no traffic") {
        add(target, "carts_total", 0, 0);
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.code == 4);
        CHECK(run.reason() == "shop-carts: there were no events: nobody used what is being watched");
        CHECK(verdict_of(run, 0) == "holds");
    }
    SECTION("one does not exist") {
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.code == 4);
        CHECK(run.reason() == "shop-carts: no series matches the total selector: carts_total");
    }
    SECTION("one cannot be counted, and the other is violated before that is for good") {
        target.series.clear();
        add(target, "orders_total", 0, 100);
        add(target, "carts_total", 1, 0);
        target.series.back().value = [](double t) { return t > 0 ? std::numeric_limits<double>::quiet_NaN() : 1; };
        run.prometheus.targets = {target};
        run.with({"--max-errors", "20"}).go();
        CHECK(run.code == 1);
        CHECK(run.reason().find("shop-orders: ") == 0);
    }
    SECTION("one cannot be counted, and the other is fine") {
        add(target, "carts_total", 1, 0);
        target.series.back().value = [](double t) { return t > 0 ? std::numeric_limits<double>::quiet_NaN() : 1; };
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.code == 3);
        CHECK(run.reason().find("shop-carts: could not tell, 5 looks in a row failed: cannot count carts_total") == 0);
        CHECK(verdict_of(run, 0) == "inconclusive");
        CHECK(verdict_of(run, 1) == "error");
    }
    SECTION("one can never be counted: that ends at once") {
        add(target, "carts_total", 1, 0);
        auto twin = target;
        target.labels["replica"] = "1";
        twin.labels["replica"] = "2";
        run.prometheus.targets = {target, twin};
        run.go();
        CHECK(run.code == 3);
        CHECK(run.prometheus.now() < 1);
        CHECK(run.reason().find("shop-orders: could not tell: every event would count twice") == 0);
        CHECK(run.json.at("error").at("hint") == "choose one, for example with --where 'replica=\"2\"'");
    }
}

TEST_CASE("--only chooses") {
    FromFile run({{"orders", "orders_total"}, {"carts", "carts_total"}});
    PlayedTarget target{.instance = "a:80"};
    add(target, "orders_total", 10, 0);
    run.prometheus.targets = {target};
    SECTION("some") {
        run.with({"--only", "*-ord?rs"}).go();
        CHECK(run.code == 0);
        CHECK(run.json.at("objectives").size() == 1);
    }
    SECTION("none") {
        run.with({"--only", "shop-order"}).go();
        CHECK(run.code == 2);
        CHECK(run.says("there is no objective 'shop-order'"));
        CHECK(run.says("did you mean 'shop-orders'?"));
    }
}

TEST_CASE("what cannot be counted is refused before anything is asked") {
    FromFile run(Objectives{{"orders", "orders_total"}});
    run.world.files.contents["slo.yaml"] = "version: prometheus/v1\nservice: shop\nslos:\n  - name: slow\n    objective: 99\n    sli:\n      raw:\n        error_ratio_query: histogram_quantile(0.9, sum by (le) (rate(latency_bucket[{{.window}}])))\n";
    run.go();
    CHECK(run.code == 2);
    CHECK(run.says("slo.yaml:"));
    CHECK(run.says("cannot count objective 'shop-slow'"));
    CHECK(run.world.requests.empty());
}

TEST_CASE("a thousand objectives are asked for in few queries") {
    Objectives objectives;
    PlayedTarget target{.instance = "a:80", .from = -30};
    for (int i = 0; i < 1000; ++i) {
        const auto route = "r" + std::to_string(i);
        objectives.push_back({"o" + std::to_string(i), "requests_total{route=\"" + route + "\"}"});
        const double bad = i == 999 ? 20 : 0;
        target.series.push_back({"requests_total", {{"code", "200"}, {"route", route}}, growing(40 - bad)});
        target.series.push_back({"requests_total", {{"code", "500"}, {"route", route}}, growing(bad)});
    }
    FromFile run(objectives);
    run.prometheus.targets = {target};
    run.set("--watch", "40s").with({"--interval", "5s"}).go();
    CHECK(run.code == 1);
    CHECK(run.reason().find("shop-o999: of ") == 0);
    CHECK(run.json.at("objectives").size() == 1000);
    CHECK(run.json.at("objectives").at(0).at("evidence_needed") == 100'000);
    const auto looks = static_cast<std::size_t>(std::count(run.prometheus.queries.begin(), run.prometheus.queries.end(), "time()"));
    CHECK(looks >= 4);
    CHECK(run.prometheus.queries.size() / looks < 20);
}

TEST_CASE("a good selector that never matched says what may be meant") {
    struct Row {
        std::string good;
        std::string hint;
    };
    for (const auto& row : {Row{"request_total{code=\"200\"}", "the metric request_total does not exist; did you mean requests_total?"},
                            Row{"requests_total{status=\"200\"}", "no series of requests_total has a label `status`"},
                            Row{"requests_total{code=\"20\"}", "no series of requests_total has code=\"20\"; did you mean code=\"200\"?"},
                            Row{"requests_total{code=\"2..\"}", "no series of requests_total has code=\"2..\"; did you mean code=~\"2..\"?"}}) {
        Run run;
        run.prometheus.targets = {service("a:80", 10, 0.1)};
        run.set("--good", row.good).go();
        INFO(run.world.terminal.err);
        CHECK(run.code == 2);
        CHECK(run.json.at("verdict") == "error");
        CHECK(run.json.at("error").at("hint").get<std::string>().substr(0, row.hint.size()) == row.hint);
    }
}

TEST_CASE("a hint that the server does not help with is left out, and the mistake is said") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    run.instead = [](const std::string& query) -> std::optional<io::Response> {
        if (query.find("/api/v1/label/") == std::string::npos) return std::nullopt;
        return io::Response{.status = 500, .headers = {}, .body = "oops"};
    };
    run.set("--good", "handled_total").go();
    CHECK(run.code == 2);
    CHECK(run.reason().find("the good selector matches nothing, neither now nor during the last day, while total counted ") == 0);
    CHECK(run.json.at("error").at("hint") == "correct the selector; if it is right, every single event is bad and has been for a day");
}

TEST_CASE("a good selector that matched before the conditions is no mistake") {
    Run run;
    auto old = service("old:80", 10, 0);
    for (auto& series : old.series) series.labels["version"] = "1";
    PlayedTarget next{.instance = "new:80", .from = -5};
    next.process_start = [](double) { return -6.0; };
    next.series = {{"requests_total", {{"code", "500"}, {"version", "2"}}, growing(10, -5)}};
    run.prometheus.targets = {old, next};
    run.with({"--where", "version=\"2\""}).go();
    CHECK(run.code == 1);
    CHECK(run.reason().find("were bad (100 %)") != std::string::npos);
    CHECK(run.reason().find("no series matches the good selector now, as it did before") != std::string::npos);
}

TEST_CASE("a mistyped good selector is a mistake as well when there are too few events to prove a violation") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.prometheus.targets[0].series[0].value = [](double t) { return t < 20 ? 100 : 101; };
    run.set("--good", "requests_total{code=\"20O\"}");
    SECTION("it never matched") {
        run.go();
        CHECK(run.code == 2);
        CHECK(run.reason().find("the good selector matches nothing, neither now nor during the last day, while total counted 1 events") == 0);
    }
    SECTION("nobody can say whether it did") {
        run.instead = [](const std::string& query) -> std::optional<io::Response> {
            if (query.find("count(count_over_time(") != 0) return std::nullopt;
            return io::Response{.status = 500, .headers = {}, .body = "oops"};
        };
        run.go();
        CHECK(run.code == 4);
        CHECK(run.reason().find("no series matches the good selector") != std::string::npos);
    }
}

TEST_CASE("a violation of one objective is not hidden by a mistake in another") {
    FromFile run(Objectives{{"orders", "orders_total"}});
    run.world.files.contents["slo.yaml"] = R"(version: prometheus/v1
service: shop
slos:
  - name: mistyped
    objective: 95
    sli:
      raw:
        error_ratio_query: 1 - sum(rate(orders_total{code="20O"}[{{.window}}])) / sum(rate(orders_total[{{.window}}]))
    alerting:
      page_alert: {disable: true}
      ticket_alert: {disable: true}
  - name: orders
    objective: 95
    sli:
      events:
        error_query: sum(rate(orders_total{code="500"}[{{.window}}]))
        total_query: sum(rate(orders_total[{{.window}}]))
    alerting:
      page_alert: {disable: true}
      ticket_alert: {disable: true}
)";
    PlayedTarget target{.instance = "a:80"};
    SECTION("both are found at once") {
        add(target, "orders_total", 0, 50);
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.code == 1);
        CHECK(run.reason().find("shop-orders: ") == 0);
        CHECK(verdict_of(run, 0) == "inconclusive");
        CHECK(verdict_of(run, 1) == "violated");
    }
    SECTION("without it the mistake is said, of its own objective") {
        add(target, "orders_total", 50, 0);
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.code == 2);
        CHECK(run.reason().find("shop-mistyped: the good selector matches nothing, neither now nor during the last day, while total counted ") == 0);
        CHECK(verdict_of(run, 0) == "error");
        CHECK(verdict_of(run, 1) == "inconclusive");
        CHECK(run.json.at("error").at("hint").get<std::string>().find("no series of orders_total has code=\"20O\"") == 0);
    }
}

TEST_CASE("of a bad selector that matched nothing it is said, as it may be mistyped") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.without("--good").with({"--bad", "requests_total{code=\"5OO\"}"}).go();
    CHECK(run.code == 0);
    CHECK(run.reason() == "of 600 events 0 were bad (0 %), the objective allows 5 %; burn rate 0.0; no series matches the bad selector");
}

TEST_CASE("good and bad without total") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    run.without("--total").with({"--bad", "requests_total{code=\"500\"}"}).go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 606);
    CHECK(run.good_of() == 600);
}

TEST_CASE("sums and differences of selectors") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    run.prometheus.targets[0].series.push_back({"health_total", {}, growing(1)});
    run.prometheus.targets[0].series.push_back({"jobs_total", {}, growing(2)});
    run.set("--good", "requests_total{code=\"200\"} - health_total + jobs_total").set("--total", "requests_total - health_total + jobs_total").go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 606 - 60 + 120);
    CHECK(run.good_of() == 600 - 60 + 120);
}

TEST_CASE("a log is not flooded by what is wrong with many objectives") {
    Objectives objectives;
    PlayedTarget target{.instance = "a:80"};
    for (int i = 0; i < 30; ++i) {
        const auto metric = "m" + std::to_string(i) + "_total";
        objectives.push_back({"o" + std::to_string(i), metric});
        add(target, metric, 10, 0);
        target.series.back().value = [](double t) { return t == 30 ? std::numeric_limits<double>::quiet_NaN() : 1; };
    }
    FromFile run(objectives);
    run.prometheus.targets = {target};
    run.go();
    CHECK(run.code == 0);
    std::size_t lines = 0;
    for (auto at = run.world.terminal.err.find("this look does not count"); at != std::string::npos; at = run.world.terminal.err.find("this look does not count", at + 1)) ++lines;
    CHECK(lines == 5);
    CHECK(run.says("warning: the same of 25 more objectives\n"));
}
