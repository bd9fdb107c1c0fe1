// A server that fails, is slow, starts anew or loses its data while it is asked.
#include "catch.hpp"

#include "run.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string>

using namespace slipway;
using namespace slipway::played;

namespace {

using Failing = std::function<std::optional<io::Response>(double)>;

Failing answers(int status, const std::string& body, double from, double to = fake::for_ever) {
    return [=](double t) { return t >= from && t < to ? std::optional(io::Response{.status = status, .headers = {}, .body = body}) : std::nullopt; };
}

const std::string service_unavailable = "Service Unavailable";

} // namespace

TEST_CASE("an outage shorter than --max-errors looks is survived with all counts") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    run.set("--watch", "2m");
    SECTION("it answers with an error") { run.prometheus.failing = answers(500, "oops", 30, 48); }
    SECTION("a login page") { run.prometheus.failing = answers(200, "<html>Sign in</html>", 30, 48); }
    SECTION("a proxy's own error, in a form of its own") { run.prometheus.failing = answers(502, R"({"status":"error","errorType":null,"error":{"message":"no upstream"}})", 30, 48); }
    SECTION("a cut answer") { run.prometheus.failing = answers(200, R"({"status":"success","data":{"resultType":"ma)", 30, 48); }
    SECTION("at the end of the watch") { run.prometheus.failing = answers(500, "oops", 115, 130); }
    SECTION("it is not reached") {
        run.prometheus.failing = [](double t) -> std::optional<io::Response> {
            if (t >= 30 && t < 48) throw world_failure("POST http://p:9090/api/v1/query: connection refused");
            return std::nullopt;
        };
    }
    SECTION("it starts anew, for longer than so many looks") { run.prometheus.failing = answers(503, service_unavailable, 20, 110); }
    SECTION("it is starting when the watch begins") { run.prometheus.failing = answers(503, service_unavailable, 0, 60); }
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() >= 1212);
    CHECK(run.json.at("objectives").at(0).at("error_rate").get<double>() == Approx(0.1 / 10.1).epsilon(0.1));
    CHECK(run.says("it answers again"));
}

TEST_CASE("a server that never is ready ends in 'error' when the watch is over") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    SECTION("from the beginning") {
        run.prometheus.failing = answers(503, service_unavailable, 0);
        run.go();
        CHECK(run.reason() == "could not tell: the server was not ready within 1m");
    }
    SECTION("in the middle") {
        run.prometheus.failing = answers(503, service_unavailable, 20);
        run.go();
        CHECK(run.reason() == "could not tell: the server was not ready at the end of the watch");
    }
    CHECK(run.code == 3);
    CHECK(run.json.at("verdict") == "error");
    CHECK(run.prometheus.now() <= 61);
}

TEST_CASE("--max-errors looks must fail in a row") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.with({"--max-errors", "2", "--interval", "2s"});
    int look = 0;
    SECTION("every second one does not matter") {
        run.instead = [&](const std::string& query) -> std::optional<io::Response> {
            if (query != "time()" || ++look % 2 == 0) return std::nullopt;
            return io::Response{.status = 500, .headers = {}, .body = "oops"};
        };
        run.go();
        CHECK(run.code == 0);
    }
    SECTION("two of three do") {
        run.instead = [&](const std::string& query) -> std::optional<io::Response> {
            if (query != "time()" || ++look % 3 == 1) return std::nullopt;
            return io::Response{.status = 500, .headers = {}, .body = "oops"};
        };
        run.go();
        CHECK(run.code == 3);
        CHECK(run.reason() == "could not tell, 2 looks in a row failed: POST http://p:9090/api/v1/query: status 500: oops");
    }
}

TEST_CASE("with --max-errors 1 the first failure is the last") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.prometheus.failing = answers(500, "oops", 20);
    run.with({"--max-errors", "1"}).go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("could not tell, 1 look in a row failed: ") == 0);
    CHECK(run.prometheus.now() < 25);
}

TEST_CASE("one query of a look that fails voids the look, and no event is counted twice or lost") {
    // Each in turn: the clock, up, the starts, the counters.
    for (const std::string part : {"time()", "up{", "process_start_time_seconds{", "requests_total["}) {
        Run run;
        run.prometheus.targets = {service("a:80", 10, 0.1)};
        int asked = 0;
        run.instead = [&](const std::string& query) -> std::optional<io::Response> {
            if (query.find(part) != 0 || ++asked % 4 == 0) return std::nullopt;
            return asked < 3 ? std::nullopt : std::optional(io::Response{.status = 500, .headers = {}, .body = "oops"});
        };
        run.go();
        INFO(part);
        CHECK(run.code == 0);
        const auto seconds = run.json.at("seconds").get<double>();
        CHECK(run.total_of() <= 10.1 * seconds + 1);
        CHECK(run.total_of() >= 606);
        CHECK(run.json.at("objectives").at(0).at("error_rate").get<double>() == Approx(0.1 / 10.1).epsilon(0.15));
    }
}

TEST_CASE("a server that answers slowly only makes the looks fewer") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.prometheus.slowness = Duration{3'000};
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() >= 600);
    CHECK(run.total_of() <= 900);
    CHECK(run.good_of() == run.total_of());
}

TEST_CASE("a release without errors shows none, though its scrapes are slow") {
    // Good and total are read one after the other, and a scrape becomes visible between the two.
    for (const int milliseconds : {100, 300, 700, 1100}) {
        Run run;
        auto target = service("a:80", 50, 0);
        target.scrape_takes = 0.7;
        target.series.push_back({"handled_total", {}, growing(50)});
        run.prometheus.targets = {target};
        run.prometheus.slowness = Duration{milliseconds};
        run.set("--good", "handled_total").with({"--interval", "1s"}).go();
        CHECK(run.code == 0);
        CHECK(run.good_of() == run.total_of());
        for (const auto& tick : run.json.at("objectives").at(0).at("ticks")) CHECK(tick.at("good") == tick.at("total"));
    }
}

TEST_CASE("a server that refuses for good ends the watch at once, one that is busy does not") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    SECTION("a token that expires") {
        run.prometheus.failing = answers(403, "token expired", 20);
        run.go();
        CHECK(run.reason() == "POST http://p:9090/api/v1/query: the server refuses the credentials (status 403)");
        CHECK(run.prometheus.now() < 25);
    }
    SECTION("too many requests") {
        run.prometheus.failing = answers(429, "slow down", 20);
        run.go();
        CHECK(run.reason() == "could not tell, 5 looks in a row failed: POST http://p:9090/api/v1/query: status 429: slow down");
    }
    SECTION("an address that is none of Prometheus") {
        run.prometheus.failing = answers(404, "404 page not found", 0);
        run.go();
        CHECK(run.reason() == "could not tell, 5 looks in a row failed: POST http://p:9090/api/v1/query: status 404: 404 page not found");
    }
    SECTION("an answer without a time") {
        run.instead = [](const std::string& query) -> std::optional<io::Response> {
            if (query != "time()") return std::nullopt;
            return io::Response{.status = 200, .headers = {}, .body = R"({"status":"success","data":{"resultType":"matrix","result":[]}})"};
        };
        run.go();
        CHECK(run.reason() == "could not tell, 5 looks in a row failed: the server does not say what time it is");
    }
    CHECK(run.code == 3);
    CHECK(run.json.at("verdict") == "error");
}

TEST_CASE("a server that warns of missing data") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    SECTION("may be wrong") {
        run.prometheus.warnings = {"store s-1: deadline exceeded"};
        run.go();
        CHECK(run.code == 3);
        CHECK(run.reason() == "could not tell, 5 looks in a row failed: the answer may be incomplete, the server says: store s-1: deadline exceeded");
    }
    SECTION("of the query only") {
        run.prometheus.warnings = {"PromQL info: metric might not be a counter"};
        run.go();
        CHECK(run.code == 0);
    }
}

TEST_CASE("a server that lost its data keeps what was counted, and the new process that it sees is the old one") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    run.set("--watch", "2m");
    run.world.clock.on_sleep = [&] {
        if (run.prometheus.now() >= 60 && run.prometheus.now() < 70) run.prometheus.targets[0].from = 70;
    };
    run.go();
    CHECK(run.code == 0);
    // What happened between the last scrape that was seen and the first of the new life is not known.
    CHECK(run.total_of() <= 1212);
    CHECK(run.total_of() >= 1000);
}

TEST_CASE("a question about the past that is never answered ends in 'error', not in an endless watch") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.set("--good", "requests_total{code=\"20O\"}");
    int asked = 0;
    const auto never = [&](int status, const std::string& body) {
        run.instead = [=, &asked](const std::string& query) -> std::optional<io::Response> {
            if (query.find("count(count_over_time(") != 0) return std::nullopt;
            ++asked;
            return io::Response{.status = status, .headers = {}, .body = body};
        };
    };
    // A loop without end would fail the test instead of hanging it.
    run.world.clock.on_sleep = [&] { REQUIRE(run.prometheus.now() < 3600); };
    SECTION("too much to load") {
        never(422, R"({"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"})");
        run.go();
        CHECK(run.code == 3);
        CHECK(run.reason().find("could not tell, 5 looks in a row failed: POST http://p:9090/api/v1/query: the server could not answer: query processing would load too many samples") == 0);
        CHECK(asked == 5);
    }
    SECTION("not ready") {
        never(503, service_unavailable);
        run.go();
        CHECK(run.code == 3);
    }
    CHECK(run.json.at("verdict") == "error");
}

TEST_CASE("a question about the past changes nothing when the verdict is 'inconclusive' without its answer") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.prometheus.targets[0].series[0].value = [](double t) { return t < 20 ? 100 : 101; }; // one event proves nothing
    run.set("--good", "requests_total{code=\"20O\"}").with({"--max-errors", "1"});
    io::Response answer{.status = 500, .headers = {}, .body = "too much"};
    SECTION("no answer") {}
    SECTION("a query that the server takes for wrong") { answer = {.status = 400, .headers = {}, .body = R"({"status":"error","errorType":"bad_data","error":"too long"})"}; }
    run.instead = [&](const std::string& query) { return query.find("count_over_time") != std::string::npos ? std::optional(answer) : std::nullopt; };
    run.go();
    CHECK(run.code == 4);
    CHECK(run.reason().find("no series matches the good selector") != std::string::npos);
}

TEST_CASE("a watch of many objectives ends, though at every look another one is in doubt") {
    Run run;
    PlayedTarget target{.instance = "a:80"};
    for (const char* name : {"one_total", "two_total", "three_total"}) {
        target.series.push_back({name, {{"code", "200"}}, growing(100)});
    }
    // In turn they are no number.
    for (std::size_t i = 0; i < 3; ++i) {
        target.series.push_back({target.series[i].name, {{"code", "500"}}, [i](double t) {
                                     const auto scrape = static_cast<std::size_t>(std::llround((t + 600) / 5));
                                     return scrape % 3 == i && t > 0 ? std::numeric_limits<double>::quiet_NaN() : 1;
                                 }});
    }
    run.prometheus.targets = {target};
    run.without("--good").without("--total").without("--objective");
    run.world.files.contents["slo.yaml"] = R"(version: prometheus/v1
service: shop
slos:
)";
    for (const char* name : {"one", "two", "three"}) {
        run.world.files.contents["slo.yaml"] += std::string("  - name: ") + name + "\n    objective: 99\n    sli:\n      events:\n        error_query: sum(rate(" + name +
                                                "_total{code=\"500\"}[{{.window}}]))\n        total_query: sum(rate(" + name + "_total[{{.window}}]))\n    alerting:\n      page_alert: {disable: true}\n      ticket_alert: {disable: true}\n";
    }
    run.with({"--slo", "slo.yaml"});
    run.world.clock.on_sleep = [&] { REQUIRE(run.prometheus.now() < 3600); };
    run.go();
    CHECK(run.code == 0);
    CHECK(run.prometheus.now() < 90);
}
