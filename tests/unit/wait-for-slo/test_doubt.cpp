// What must never become a verdict on the release: data that are missing, wrong, or somebody else's.
#include "catch.hpp"

#include "run.hpp"

#include <limits>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::played;

TEST_CASE("a new version that is gone before the end is no pass") {
    Run run;
    auto old = service("old:80", 10, 0);
    old.until = -5;
    auto next = service("new:80", 10, 0, -5);
    next.until = 30;
    next.series.push_back({"build_info", {{"commit", "new"}}, [](double) { return 1.0; }});
    run.prometheus.targets = {old, next};
    run.with({"--start-when", version}).go();
    CHECK(run.code == 4);
    CHECK(run.reason().find("the new version is not there any more since ") == 0);
}

TEST_CASE("a target that is not scraped any more is no pass") {
    Run run;
    auto target = service("a:80", 10, 0);
    SECTION("its scrapes fail") { target.up = [](double t) { return t < 30; }; }
    SECTION("it is not even tried") { target.until = 25; }
    run.prometheus.targets = {target};
    run.go();
    CHECK(run.code == 4);
    CHECK(run.reason() == "the newest successful scrape is 35s old: what happened since is not known");
}

TEST_CASE("a service whose every request fails is violated when the good selector is known to match") {
    Run run;
    auto old = service("old:80", 10, 0);
    old.until = -400;
    PlayedTarget target{.instance = "new:80", .from = -5};
    target.process_start = [](double) { return -6.0; };
    target.series = {{"requests_total", {{"code", "500"}}, growing(10, -5)}};
    run.prometheus.targets = {old, target};
    run.go();
    CHECK(run.code == 1);
    CHECK(run.reason().find("were bad (100 %)") != std::string::npos);
    CHECK(run.reason().find("no series matches the good selector now, as it did before") != std::string::npos);
}

TEST_CASE("a good selector that never matched is a mistake, not a bad release") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.arguments[3] = "requests_total{code=\"20O\"}";
    run.go();
    CHECK(run.code == 2);
    CHECK(run.json.at("verdict") == "error");
    CHECK(run.reason().find("the good selector matches nothing, neither now nor during the last day, while total counted ") == 0);
}

TEST_CASE("selectors that do not fit each other are an error, never a verdict") {
    Run run;
    auto target = service("a:80", 10, 0);
    SECTION("more good than total") {
        target.series.push_back({"handled_total", {}, growing(20)});
        run.arguments[3] = "handled_total";
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.reason().find("good events of ") != std::string::npos);
        CHECK(run.reason().find("cannot be: the selectors do not fit each other") != std::string::npos);
    }
    SECTION("from different targets") {
        PlayedTarget other{.instance = "b:80"};
        other.series = {{"handled_total", {}, growing(9)}};
        run.arguments[3] = "handled_total";
        run.prometheus.targets = {target, other};
        run.go();
        CHECK(run.reason().find("job=app, instance=b:80 has good events and no total") != std::string::npos);
    }
    SECTION("no number") {
        target.series.push_back({"requests_total", {{"code", "503"}}, [](double) { return std::numeric_limits<double>::quiet_NaN(); }});
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.reason().find("has a value that is no number") != std::string::npos);
    }
    CHECK(run.code == 3);
    CHECK(run.json.at("verdict") == "error");
    CHECK(run.reason().find("could not tell, 5 looks in a row failed: ") == 0);
}

TEST_CASE("what no later look can make good ends it at once") {
    Run run;
    auto target = service("a:80", 10, 0);
    SECTION("one target scraped twice") {
        auto twin = target;
        target.labels["replica"] = "1";
        twin.labels["replica"] = "2";
        run.prometheus.targets = {target, twin};
        run.go();
        CHECK(run.reason().find("every event would count twice: job=app, instance=a:80 is there more than once") != std::string::npos);
        CHECK(run.json.at("error").at("hint") == "choose one, for example with --where 'replica=\"2\"'");
    }
    SECTION("several processes behind one address") {
        target.process_start = [](double t) { return std::fmod(t, 10) == 0 ? -100.0 : -90.0; };
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.reason().find("cannot count job=app, instance=a:80: several processes answer in turn at this address") != std::string::npos);
    }
    SECTION("several buckets of a histogram") {
        for (const char* le : {"0.1", "0.5", "1", "+Inf"}) target.series.push_back({"latency_bucket", {{"le", le}}, growing(10)});
        run.arguments[3] = "{__name__=~\"latency_bucke.\"}";
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.reason().find("each event counts in several buckets of a histogram") != std::string::npos);
    }
    CHECK(run.code == 3);
    CHECK(run.json.at("verdict") == "error");
    CHECK(run.reason().find("could not tell: ") == 0);
    CHECK(run.json.at("seconds").get<double>() < 10);
}

TEST_CASE("series of which nobody says when they were scraped are an error") {
    Run run;
    auto target = service("a:80", 10, 0);
    SECTION("a job that up does not know") { target.series[0].labels["instance"] = "pushed"; }
    SECTION("no job at all") { target.series[0].labels["job"] = ""; }
    run.prometheus.targets = {target};
    run.go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("no series of up says when it was scraped") != std::string::npos);
}

TEST_CASE("native histograms are refused, not taken for silence") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.instead = [](const std::string& query) -> std::optional<io::Response> {
        if (query.find(total + '[') != 0) return std::nullopt;
        return io::Response{.status = 200, .headers = {}, .body = R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"requests_total","job":"app","instance":"a:80","code":"200"},"histograms":[[1,{"count":"3"}]]}]}})"};
    };
    run.go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("native histograms are not understood yet") != std::string::npos);
}

TEST_CASE("a value that is no number at all is not taken for 0") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.instead = [&](const std::string& query) -> std::optional<io::Response> {
        if (query.find(total + '[') != 0) return std::nullopt;
        auto answer = run.prometheus.answer(run.world.requests.back());
        replace_all(answer.body, "\"]", "x\"]");
        return answer;
    };
    run.go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("it has a value that is no number") != std::string::npos);
}

TEST_CASE("single looks that fail do not matter") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    int count = 0;
    run.instead = [&](const std::string& query) -> std::optional<io::Response> {
        if (query != "time()" || ++count % 3 != 0) return std::nullopt;
        return io::Response{.status = 500, .headers = {}, .body = "busy"};
    };
    run.go();
    CHECK(run.code == 0);
    // The last look may have failed, then it is the next that counts.
    CHECK(run.json.at("objectives").at(0).at("total").get<double>() >= 606);
    CHECK(run.says("warning: this look does not count (1 of at most 5 in a row): POST http://p:9090/api/v1/query: status 500: busy"));
    CHECK(run.says("it answers again"));
}

TEST_CASE("answers that are none end in 'error', never in another verdict") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    int after = 0;
    SECTION("from the beginning") { after = 0; }
    SECTION("in the middle") { after = 20; }
    struct Lie {
        std::string body;
        int status;
        std::string said;
    };
    const std::vector<Lie> lies = {
        {"<html>Sign in</html>", 200, "the answer is not the Prometheus API's: <html>Sign in</html>"},
        {R"({"status":"success","data":{"resultType":"matrix","resu)", 200, "the answer is not the Prometheus API's"},
        {R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,2]]}]}})", 200, "the answer is not the Prometheus API's"},
        {R"({"status":"success"})", 200, "the answer has no data"},
        {"", 200, "the answer is not the Prometheus API's"},
        {"oops", 500, "status 500: oops"},
        {R"({"status":"error","errorType":"execution","error":"too many samples"})", 422, "the server could not answer: too many samples"},
        {R"({"status":"success","warnings":["store a is down"],"data":{"resultType":"scalar","result":[1,"1"]}})", 200, "the answer may be incomplete, the server says: store a is down"},
    };
    for (const auto& lie : lies) {
        Run one;
        one.prometheus.targets = run.prometheus.targets;
        int count = 0;
        one.instead = [&](const std::string&) -> std::optional<io::Response> {
            if (++count <= after) return std::nullopt;
            return io::Response{.status = lie.status, .headers = {}, .body = lie.body};
        };
        one.go();
        INFO(one.reason());
        CHECK(one.code == 3);
        CHECK(one.json.at("verdict") == "error");
        CHECK(one.reason().find("could not tell, 5 looks in a row failed: ") == 0);
        CHECK(one.reason().find(lie.said) != std::string::npos);
    }
}

TEST_CASE("a wrong query ends it at once, before anybody waits for the new version") {
    Run run;
    run.instead = [](const std::string& query) -> std::optional<io::Response> {
        if (query == "time()") return std::nullopt;
        return io::Response{.status = 400, .headers = {}, .body = R"({"status":"error","errorType":"bad_data","error":"parse error"})"};
    };
    run.with({"--start-when", version}).go();
    CHECK(run.code == 2);
    CHECK(run.reason() == "the server refuses the query: parse error");
    CHECK(run.world.clock.sleeps.empty());
}

TEST_CASE("refused credentials end it at once") {
    Run run;
    run.instead = [](const std::string&) { return io::Response{.status = 401, .headers = {}, .body = "Unauthorized"}; };
    run.go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("the server refuses the credentials (status 401)") != std::string::npos);
    CHECK(run.world.clock.sleeps.empty());
}

TEST_CASE("what was counted stays when the server loses its samples") {
    Run run;
    auto target = service("a:80", 10, 1);
    run.prometheus.targets = {target};
    run.world.clock.on_sleep = [&] {
        if (run.prometheus.now() >= 30) run.prometheus.targets[0].from = 30;
    };
    run.with({"--objective", "80"});
    run.arguments.erase(run.arguments.begin() + 6, run.arguments.begin() + 8);
    run.go();
    CHECK(run.code == 0);
    CHECK(run.json.at("objectives").at(0).at("total") == 660);
    CHECK(run.json.at("objectives").at(0).at("good") == 600);
}
