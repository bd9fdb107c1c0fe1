// When the watch begins, and from which instant on events count.
#include "catch.hpp"

#include "run.hpp"

#include <string>

using namespace slipway;
using namespace slipway::played;

namespace {

/// Shows the new version from an instant on.
void show(PlayedTarget& target, double from, double value = 1) {
    target.series.push_back({"build_info", {{"commit", "new"}}, [=](double t) { return t < from ? std::nullopt : std::optional(value); }});
}

std::string since(const Run& run) { return run.json.at("since"); }

} // namespace

TEST_CASE("all targets of the job that are up must show the new version") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0), service("b:80", 10, 0)};
    show(run.prometheus.targets[0], 10);
    run.with({"--start-when", version, "--start-timeout", "2m"});
    SECTION("the second comes later") {
        show(run.prometheus.targets[1], 40);
        run.go();
        CHECK(run.code == 0);
        CHECK(since(run) >= run.prometheus.instant(40));
        CHECK(since(run) <= run.prometheus.instant(45));
        CHECK(run.total_of() == 1200);
    }
    SECTION("the second never has it") {
        run.go();
        CHECK(run.code == 4);
        CHECK(run.reason() == "the new version did not appear within 2m: build_info{commit=\"new\"} on 1 of 2 targets, not on b:80");
    }
    SECTION("the second is down") {
        run.prometheus.targets[1].up = [](double t) { return t < -100; };
        run.go();
        CHECK(run.code == 0);
    }
    SECTION("the second goes") {
        run.prometheus.targets[1].until = 50;
        run.go();
        CHECK(run.code == 0);
        CHECK(since(run) >= run.prometheus.instant(50));
    }
    SECTION("another job's targets need not") {
        run.prometheus.targets.erase(run.prometheus.targets.begin() + 1);
        auto other = service("c:80", 0, 0);
        other.labels = {{"job", "another"}};
        run.prometheus.targets.push_back(other);
        run.go();
        CHECK(run.code == 0);
    }
}

TEST_CASE("many targets that lack the new version are not all named") {
    Run run;
    for (const char* name : {"a:80", "b:80", "c:80", "d:80", "e:80"}) run.prometheus.targets.push_back(service(name, 10, 0));
    show(run.prometheus.targets[0], -100);
    run.with({"--start-when", version, "--start-timeout", "10s"}).go();
    CHECK(run.code == 4);
    CHECK(run.reason() == "the new version did not appear within 10s: build_info{commit=\"new\"} on 1 of 5 targets, not on b:80, c:80, d:80, ...");
}

TEST_CASE("with conditions on targets only these must show the new version") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0), service("b:80", 10, 0)};
    run.with({"--start-when", version, "--start-timeout", "1m"});
    SECTION("by address") {
        show(run.prometheus.targets[0], 20);
        run.with({"--canary-addresses", "a:80"}).go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 600);
    }
    SECTION("by a label of the target") {
        run.prometheus.targets[0].labels = {{"track", "canary"}};
        run.prometheus.targets[1].labels = {{"track", "stable"}};
        show(run.prometheus.targets[0], 20);
        run.with({"--where", "track=\"canary\""}).go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 600);
    }
    SECTION("those that are meant lack it, another has it") {
        show(run.prometheus.targets[1], 20);
        run.with({"--where", "instance=\"a:80\""}).go();
        CHECK(run.code == 4);
        CHECK(run.reason().find("not on a:80") != std::string::npos);
    }
    SECTION("those that are meant are not there yet") {
        show(run.prometheus.targets[1], 20);
        run.with({"--where", "instance=\"c:80\""}).go();
        CHECK(run.code == 4);
        CHECK(run.reason() == "the new version did not appear within 1m: build_info{commit=\"new\"} on a target that fulfils the conditions and is up");
    }
}

TEST_CASE("with conditions on labels that only metrics have, one target with the new version is enough") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0), service("b:80", 10, 0)};
    for (auto& series : run.prometheus.targets[0].series) series.labels["version"] = "new";
    for (auto& series : run.prometheus.targets[1].series) series.labels["version"] = "old";
    show(run.prometheus.targets[0], 20);
    run.with({"--start-when", version, "--where", "version=\"new\""}).go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 600);
}

TEST_CASE("expressions that say the new version serves") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.with({"--start-when", version, "--start-timeout", "20s"});
    const auto answers = [&](const std::string& result) {
        run.instead = [=](const std::string& query) -> std::optional<io::Response> {
            if (query != version) return std::nullopt;
            return io::Response{.status = 200, .headers = {}, .body = R"({"status":"success","data":)" + result + "}"};
        };
    };
    SECTION("an aggregated one names no target") {
        answers(R"({"resultType":"vector","result":[{"metric":{},"value":[1,"3"]}]})");
        run.go();
        CHECK(run.code == 0);
    }
    SECTION("a scalar") {
        answers(R"({"resultType":"scalar","result":[1,"1"]})");
        run.go();
        CHECK(run.code == 0);
    }
    SECTION("a sum of 0") {
        answers(R"({"resultType":"vector","result":[{"metric":{},"value":[1,"0"]}]})");
        run.go();
        CHECK(run.code == 4);
    }
    SECTION("no number") {
        answers(R"({"resultType":"vector","result":[{"metric":{"job":"app","instance":"a:80"},"value":[1,"NaN"]}]})");
        run.go();
        CHECK(run.code == 4);
    }
}

TEST_CASE("an endpoint that says the new version serves") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.endpoint = "https://shop.example/version";
    run.with({"--start-when", run.endpoint, "--start-timeout", "1m"});
    SECTION("its answer must match") {
        run.at_endpoint = [](double t) { return io::Response{.status = 200, .headers = {}, .body = t < 30 ? "commit: old" : "commit: new"}; };
        run.with({"--start-match", "commit: n[e]w"}).go();
        CHECK(run.code == 0);
        CHECK(since(run) >= run.prometheus.instant(30));
    }
    SECTION("any success will do without --start-match") {
        run.at_endpoint = [](double t) { return io::Response{.status = t < 30 ? 404 : 204, .headers = {}, .body = ""}; };
        run.go();
        CHECK(run.code == 0);
        CHECK(since(run) >= run.prometheus.instant(30));
    }
    SECTION("it cannot be reached at first") {
        run.at_endpoint = [](double t) {
            if (t < 30) throw world_failure("GET https://shop.example/version: connection refused");
            return io::Response{.status = 200, .headers = {}, .body = ""};
        };
        run.go();
        CHECK(run.code == 0);
    }
    SECTION("it never can: the new version did not come, and Prometheus is not to blame") {
        run.at_endpoint = [](double) -> io::Response { throw world_failure("GET https://shop.example/version: connection refused"); };
        run.go();
        CHECK(run.code == 4);
        CHECK(run.reason() == "the new version did not appear within 1m: GET https://shop.example/version: connection refused");
    }
    SECTION("it never matches") {
        run.at_endpoint = [](double) { return io::Response{.status = 200, .headers = {}, .body = "commit: old"}; };
        run.with({"--start-match", "new"}).go();
        CHECK(run.code == 4);
        CHECK(run.reason() == "the new version did not appear within 1m: https://shop.example/version with an answer that matches 'new'");
    }
    SECTION("it goes back in the middle of the watch") {
        run.at_endpoint = [](double t) { return io::Response{.status = 200, .headers = {}, .body = t < 30 ? "new" : "old"}; };
        run.with({"--start-match", "new"}).go();
        CHECK(run.code == 4);
        CHECK(run.reason().find("the new version is not there any more since ") == 0);
    }
    SECTION("its last look but one failed") {
        run.at_endpoint = [](double t) { return io::Response{.status = t > 50 && t < 58 ? 502 : 200, .headers = {}, .body = ""}; };
        run.go();
        CHECK(run.code == 0);
    }
}

TEST_CASE("the deploy instant") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    double counted_from = 0;
    SECTION("is now without --since") { counted_from = 0; }
    SECTION("a duration before now") {
        run.with({"--since", "2m"});
        counted_from = -120;
    }
    SECTION("by the server's clock, though it is seven minutes ahead") {
        run.with({"--since", run.prometheus.instant(-60)});
        counted_from = -60;
    }
    SECTION("in another zone of time") {
        // 11:06:00 by the server's clock.
        run.with({"--since", "2026-11-24T13:06:00+01:00"});
        counted_from = -60;
    }
    SECTION("from the environment") {
        run.world.environment.variables["SLIPWAY_SINCE"] = "90s";
        counted_from = -90;
    }
    SECTION("a little in the server's future") {
        run.with({"--since", run.prometheus.instant(3)});
        counted_from = 0;
    }
    SECTION("long before the server's data: what it has counts") {
        run.prometheus.targets[0] = service("a:80", 10, 0, -200);
        run.with({"--since", "1h"});
        // Its process began after the deploy, so all its events count.
        counted_from = -200;
    }
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 10 * (60 - counted_from));
}

TEST_CASE("a duration before now is one before the step began, though the server is not ready for minutes") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.prometheus.failing = [](double t) { return t < 200 ? std::optional(io::Response{.status = 503, .headers = {}, .body = "Service Unavailable"}) : std::nullopt; };
    run.set("--watch", "5m");
    std::string expected;
    SECTION("two minutes") {
        run.with({"--since", "2m"});
        expected = run.prometheus.instant(-120);
    }
    SECTION("none") { expected = run.prometheus.instant(0); }
    run.go();
    CHECK(run.code == 0);
    CHECK(since(run) == expected);
}

TEST_CASE("a deploy instant in the future is refused") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.with({"--since", run.prometheus.instant(60)}).go();
    CHECK(run.code == 2);
    CHECK(run.reason().find("cannot count from 2026-11-24T12:08:00Z: the server's clock says 2026-11-24T12:07:00Z, so that is in the future") == 0);
}

TEST_CASE("a deploy instant that is none is refused") {
    Run run;
    run.with({"--since", "yesterday"}).go();
    CHECK(run.code == 2);
    CHECK(run.says("cannot use --since: 'yesterday' is neither an instant nor a duration"));
}

TEST_CASE("a deploy instant that a pipeline hands over gives way to --start-when") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    show(run.prometheus.targets[0], 30);
    run.world.environment.variables["SLIPWAY_SINCE"] = "5m";
    run.with({"--start-when", version}).go();
    CHECK(run.code == 0);
    CHECK(since(run) >= run.prometheus.instant(30));
    CHECK(run.says("--since is not used: counting begins when the new version serves"));
}

TEST_CASE("the time that the new version takes does not count as watched, and neither do its events before") {
    Run run;
    run.prometheus.targets = {service("a:80", 0, 0)};
    auto& target = run.prometheus.targets[0];
    target.series[1].value = [](double t) { return std::floor(std::min(t, 300.0) + 600); };
    target.series[0].value = [](double t) { return t < 300 ? 0 : std::floor((t - 300) * 10); };
    show(target, 300);
    run.with({"--start-when", version}).go();
    CHECK(run.code == 0);
    CHECK(run.json.at("seconds") == 60);
    CHECK(run.good_of() == run.total_of());
}

TEST_CASE("failures while the new version is waited for") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    show(run.prometheus.targets[0], 60);
    run.with({"--start-when", version});
    SECTION("few in a row") {
        run.prometheus.failing = [](double t) { return t > 10 && t < 25 ? std::optional(io::Response{.status = 500, .headers = {}, .body = "oops"}) : std::nullopt; };
        run.go();
        CHECK(run.code == 0);
    }
    SECTION("too many") {
        run.prometheus.failing = [](double t) { return t > 10 ? std::optional(io::Response{.status = 500, .headers = {}, .body = "oops"}) : std::nullopt; };
        run.go();
        CHECK(run.code == 3);
        CHECK(run.reason().find("could not tell, 5 looks in a row failed") == 0);
    }
    SECTION("a server that is starting is waited for as long as the new version is") {
        run.prometheus.failing = [](double) { return std::optional(io::Response{.status = 503, .headers = {}, .body = "Service Unavailable"}); };
        run.with({"--start-timeout", "3m"}).go();
        CHECK(run.code == 3);
        CHECK(run.reason() == "could not tell: the server was not ready within 3m");
    }
}
