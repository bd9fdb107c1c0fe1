// How long is watched and how often, when it ends early, what cancels it, and what it is told by.
#include "catch.hpp"

#include "run.hpp"

#include <cmath>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::played;

TEST_CASE("an early pass") {
    Run run;
    run.prometheus.targets = {service("a:80", 100, 1)};
    run.set("--watch", "10m").with({"--early-pass"});
    SECTION("ends the watch when the data suffice") {
        run.go();
        CHECK(run.code == 0);
        CHECK(run.json.at("seconds") < 120);
        CHECK(run.json.at("seconds") > 1);
    }
    SECTION("is none when the new version is gone at that moment") {
        run.prometheus.targets[0].series.push_back({"build_info", {{"commit", "new"}}, [](double t) { return t < 3 ? std::optional(1.0) : std::nullopt; }});
        run.with({"--start-when", version}).go();
        CHECK(run.code == 4);
        CHECK(run.json.at("seconds") == 600);
    }
    SECTION("is none without traffic") {
        run.prometheus.targets = {service("a:80", 0, 0)};
        run.go();
        CHECK(run.code == 4);
        CHECK(run.json.at("seconds") == 600);
    }
    SECTION("is no verdict other than that: what was scraped once only is watched on") {
        // Its one scrape brings more than enough, and how old it may be is not known before the second.
        run.prometheus.targets = {service("a:80", 2000, 0, 1)};
        run.prometheus.targets[0].interval = 60;
        run.prometheus.targets[0].phase = 10;
        run.go();
        CHECK(run.code == 0);
        CHECK(run.json.at("seconds") >= 70);
    }
}

TEST_CASE("Wald's test") {
    Run run;
    run.with({"--method", "sprt"});
    SECTION("holds") {
        run.prometheus.targets = {service("a:80", 10, 0.1)};
        run.go();
        CHECK(run.code == 0);
    }
    SECTION("violated") {
        run.prometheus.targets = {service("a:80", 3, 7)};
        run.go();
        CHECK(run.code == 1);
        CHECK(run.json.at("seconds") < 60);
    }
    SECTION("too few events") {
        run.set("--objective", "99.99").prometheus.targets = {service("a:80", 1, 0)};
        run.go();
        CHECK(run.code == 4);
    }
}

TEST_CASE("fewer than --min-events are no pass") {
    Run run;
    run.prometheus.targets = {service("a:80", 1, 0)};
    run.set("--objective", "60");
    SECTION("one less") {
        run.with({"--min-events", "61"}).go();
        CHECK(run.code == 4);
        CHECK(run.reason().find("too few events to tell, 1 more without a bad one are needed") != std::string::npos);
    }
    SECTION("as many") {
        run.with({"--min-events", "60"}).go();
        CHECK(run.code == 0);
    }
}

TEST_CASE("burn rates") {
    Run run;
    run.prometheus.targets = {service("a:80", 8, 2)};
    SECTION("a higher one is allowed") {
        run.with({"--max-burn-rate", "5"}).go();
        CHECK(run.code == 0);
        CHECK(run.reason().find("burn rate 4.0 of at most 5") != std::string::npos);
    }
    SECTION("one that cannot be ruled out is no pass") {
        run.prometheus.targets = {service("a:80", 19, 1)};
        run.with({"--detectable-burn-rate", "1"}).set("--watch", "10s").go();
        CHECK(run.code == 4);
        CHECK(run.reason().find("burn rate 1.0: too few events to tell, ") != std::string::npos);
    }
    const auto refused = [&](const std::string& why) {
        CHECK(run.code == 2);
        CHECK(run.says(why));
        CHECK(run.world.requests.empty());
    };
    SECTION("that allow everything") {
        run.with({"--max-burn-rate", "20"}).go();
        refused("--max-burn-rate 20 would allow that every event is bad");
    }
    SECTION("that contradict each other") {
        run.with({"--max-burn-rate", "3", "--detectable-burn-rate", "2"}).go();
        refused("--detectable-burn-rate 2 is below --max-burn-rate 3");
    }
    SECTION("that are none") {
        run.with({"--max-burn-rate", "0"}).go();
        refused("--max-burn-rate is not above 0");
    }
    SECTION("an alpha that proves nothing") {
        run.with({"--alpha", "0.6"}).go();
        refused("--alpha is not between");
    }
}

TEST_CASE("options that cannot be are refused together") {
    Run run;
    run.with({"--watch", "0s", "--max-errors", "0", "--min-events", "-1", "--query-timeout", "0s", "--exit-code", "holds=300", "--exit-code", "bad=1", "--start-match", "x"});
    run.without("--watch").go();
    CHECK(run.code == 2);
    for (const char* why : {"--watch must be longer than nothing", "--max-errors must be at least 1", "--min-events must not be negative", "--query-timeout must be longer than nothing",
                            "cannot use --exit-code 'holds=300': an exit code is a number from 0 to 255", "cannot use --exit-code 'bad=1': it is no VERDICT=N", "cannot use --start-match: it belongs to a URL"}) {
        INFO(why);
        CHECK(run.says(why));
    }
}

TEST_CASE("a watch that is too short for a single scrape says so") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.prometheus.interval = 300;
    SECTION("no scrape") {
        run.go();
        CHECK(run.code == 4);
        CHECK(run.reason() == "nothing was scraped during the watch: it is too short for targets that are scraped every 5m");
    }
    SECTION("some") {
        run.set("--watch", "20m").go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 12'000);
    }
}

TEST_CASE("an interval longer than the watch would see nothing") {
    Run run;
    run.with({"--interval", "2m"}).go();
    CHECK(run.code == 2);
    CHECK(run.says("--interval is longer than --watch: nothing would be seen"));
}

TEST_CASE("the user's exit codes") {
    Run run;
    SECTION("of a violation") {
        run.prometheus.targets = {service("a:80", 5, 5)};
        run.with({"--exit-code", "violated=42"}).go();
        CHECK(run.code == 42);
        CHECK(run.json.at("verdict") == "violated");
    }
    SECTION("of what could not be told") {
        run.prometheus.failing = [](double) { return std::optional(io::Response{.status = 500, .headers = {}, .body = "oops"}); };
        run.with({"--exit-code", "error=4", "--exit-code", "error=0"}).go();
        CHECK(run.code == 0);
        CHECK(run.json.at("verdict") == "error");
    }
    SECTION("of a pass") {
        run.prometheus.targets = {service("a:80", 10, 0)};
        run.with({"--exit-code", "holds=9"}).go();
        CHECK(run.code == 9);
    }
    SECTION("not of a mistake") {
        run.prometheus.targets = {service("a:80", 10, 0)};
        run.set("--good", "request_total").with({"--exit-code", "error=0"}).go();
        CHECK(run.code == 2);
    }
    SECTION("not of a cancellation") {
        run.prometheus.targets = {service("a:80", 10, 0)};
        run.world.clock.on_sleep = [&] {
            run.world.cancellation.request(2);
            run.world.cancellation.check();
        };
        run.with({"--exit-code", "inconclusive=0"}).go();
        CHECK(run.code == 130);
    }
}

TEST_CASE("somebody cancels") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    run.with({"--outputs-dir", "out", "--summary", "s.md"});
    double when = 0;
    run.world.clock.on_sleep = [&] {
        if (run.prometheus.now() < when) return;
        run.world.cancellation.request(15);
        run.world.cancellation.check();
    };
    const auto& files = run.world.files.contents;
    SECTION("while it watches: what was seen is told") {
        when = 31;
        run.go();
        CHECK(run.reason() == "cancelled after 29s");
        CHECK(run.total_of() == 252);
        CHECK(run.json.at("objectives").at(0).at("ticks").size() == 5);
        CHECK(files.at("s.md").find("| 95 % of requests_total | inconclusive | 252 | 2 |") != std::string::npos);
        CHECK(files.at("s.md").find("```mermaid") != std::string::npos);
    }
    SECTION("while it waits for the new version") {
        when = 20;
        run.with({"--start-when", version}).go();
        CHECK(run.reason() == "cancelled after 0s, before the watch began");
        CHECK(run.json.at("since").is_null());
        CHECK(run.json.at("objectives").at(0).at("total") == 0);
        CHECK(files.at("s.md").find("### wait-for-slo: inconclusive\n") == 0);
    }
    SECTION("while the server is starting") {
        run.prometheus.failing = [](double) { return std::optional(io::Response{.status = 503, .headers = {}, .body = "Service Unavailable"}); };
        when = 10;
        run.go();
        CHECK(run.reason() == "cancelled after 0s, before the watch began");
    }
    SECTION("while the server fails in the middle") {
        run.prometheus.failing = [](double t) { return t > 20 ? std::optional(io::Response{.status = 500, .headers = {}, .body = "oops"}) : std::nullopt; };
        when = 25;
        run.go();
        CHECK(run.total_of() >= 150);
    }
    CHECK(run.code == 143);
    CHECK(run.json.at("verdict") == "inconclusive");
    // There is no verdict that a later step of a pipeline could use.
    for (const auto& [path, text] : files) CHECK(path.find("out/") != 0);
    CHECK(run.json.at("error").at("message").get<std::string>().find(": there is no verdict") != std::string::npos);
}

TEST_CASE("a request that is cancelled is no failed look") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.prometheus.failing = [](double t) -> std::optional<io::Response> {
        if (t > 20) throw Cancelled(15);
        return std::nullopt;
    };
    run.go();
    CHECK(run.code == 143);
    CHECK_FALSE(run.says("this look does not count"));
    CHECK(run.total_of() == 150);
}

TEST_CASE("the rhythm of the looks") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    const auto sleeps = [&] { return run.world.clock.sleeps; };
    SECTION("a third of the scrape interval, and the last look is at the end") {
        run.prometheus.interval = 9;
        run.go();
        CHECK(sleeps() == std::vector<Duration>(20, Duration{3000}));
    }
    SECTION("not more often than each second") {
        run.prometheus.interval = 1;
        run.go();
        CHECK(sleeps() == std::vector<Duration>(60, Duration{1000}));
    }
    SECTION("at least each five seconds") {
        run.prometheus.interval = 30;
        run.set("--watch", "22s").go();
        CHECK(sleeps() == std::vector<Duration>{Duration{5000}, Duration{5000}, Duration{5000}, Duration{5000}, Duration{2000}});
    }
}

TEST_CASE("what a log is told while it watches") {
    Run run;
    run.prometheus.targets = {service("a:80", 9, 1)};
    run.set("--objective", "90").set("--watch", "2m").go();
    CHECK(run.code == 0);
    CHECK(run.says("watching, 2m left: no events yet\n"));
    CHECK(run.says("watching, 1m28s left: evidence ["));
    std::size_t beats = 0;
    for (auto at = run.world.terminal.err.find("watching, "); at != std::string::npos; at = run.world.terminal.err.find("watching, ", at + 1)) ++beats;
    // At the beginning, and each half minute.
    CHECK(beats >= 4);
    CHECK(beats <= 6);
}

TEST_CASE("what a terminal shows while it watches") {
    Run run;
    run.world.terminal.interactive = true;
    run.world.terminal.columns = 200;
    run.prometheus.targets = {service("a:80", 9, 1)};
    run.set("--objective", "98").go();
    CHECK(run.code == 1);
    CHECK(run.says("watching, 53s left: evidence [###.......] 4.3 of 100, 50 events, 10 % bad (4.35 % to 21.4 %), burn rate 5.0"));
}
