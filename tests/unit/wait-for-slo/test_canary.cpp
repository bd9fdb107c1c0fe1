// Versions that are told apart: conditions, addresses, and a canary beside its baseline.
#include "catch.hpp"

#include "run.hpp"

#include <algorithm>
#include <string>

using namespace slipway;
using namespace slipway::played;

namespace {

PlayedTarget of_version(const std::string& instance, const std::string& name, double good_rate, double bad_rate) {
    auto target = service(instance, good_rate, bad_rate);
    for (auto& series : target.series) series.labels["version"] = name;
    return target;
}

struct Pair : Run {
    Pair(PlayedTarget canary, PlayedTarget baseline) {
        prometheus.targets = {std::move(canary), std::move(baseline)};
        with({"--where", "version=\"2\"", "--baseline", "version=\"1\""});
    }
};

} // namespace

TEST_CASE("canary and baseline, both well") {
    Pair run(of_version("new:80", "2", 10, 0.1), of_version("old:80", "1", 90, 0.9));
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 606);
    CHECK(run.json.at("objectives").at(0).at("baseline").at("total") == 5454);
    CHECK(run.reason() == "of 606 events 6 were bad (0.99 %), the objective allows 5 %; burn rate 0.2; of the baseline 54 of 5454 were bad (0.99 %)");
}

TEST_CASE("a canary that is worse than its baseline") {
    Pair run(of_version("new:80", "2", 8, 2), of_version("old:80", "1", 90, 0.9));
    run.go();
    CHECK(run.code == 1);
    CHECK(run.reason().find("; proven worse than the baseline, where ") != std::string::npos);
}

TEST_CASE("an outage that both share is no verdict") {
    Pair run(of_version("new:80", "2", 2, 8), of_version("old:80", "1", 20, 80));
    run.go();
    CHECK(run.code == 4);
    CHECK(run.reason().find("both had an outage, which says nothing about the release") != std::string::npos);
}

TEST_CASE("a baseline without traffic is nothing to compare with") {
    Pair run(of_version("new:80", "2", 10, 0), of_version("old:80", "1", 0, 0));
    run.go();
    CHECK(run.code == 4);
    CHECK(run.reason().find("the baseline had no events, so there is nothing to compare with") != std::string::npos);
}

TEST_CASE("a canary that fails every request is violated beside a baseline that serves") {
    Pair run(of_version("new:80", "2", 0, 10), of_version("old:80", "1", 90, 0));
    run.prometheus.targets[0].series.erase(run.prometheus.targets[0].series.begin());
    run.go();
    CHECK(run.code == 1);
    CHECK(run.reason().find("were bad (100 %)") != std::string::npos);
}

TEST_CASE("addresses that a pipeline hands over") {
    Run run;
    run.prometheus.targets = {service("new:80", 10, 0), service("old:80", 50, 0.5)};
    auto& environment = run.world.environment.variables;
    environment["SLIPWAY_CANARY_ADDRESSES"] = "new:80";
    SECTION("become conditions on instance") {
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 600);
        CHECK_FALSE(run.says("without --start-when and --where"));
    }
    SECTION("of both") {
        environment["SLIPWAY_BASELINE_ADDRESSES"] = "old:80,older:80";
        run.go();
        CHECK(run.code == 0);
        CHECK(run.json.at("objectives").at(0).at("baseline").at("total") == 3030);
    }
    SECTION("give way to --where, those of the baseline as well") {
        environment["SLIPWAY_BASELINE_ADDRESSES"] = "old:80";
        run.prometheus.targets[1].series[0].labels["version"] = "2";
        run.with({"--where", "version=\"2\""}).go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 3000);
        CHECK_FALSE(run.json.at("objectives").at(0).contains("baseline"));
    }
    SECTION("those of the baseline go with a --where of addresses") {
        environment["SLIPWAY_BASELINE_ADDRESSES"] = "old:80";
        run.with({"--where", "instance=\"new:80\""}).go();
        CHECK(run.code == 0);
        CHECK(run.json.at("objectives").at(0).at("baseline").at("total") == 3030);
    }
    SECTION("go with a --baseline of another label, which has other addresses") {
        for (auto& target : run.prometheus.targets) {
            for (auto& series : target.series) series.labels["version"] = "1";
        }
        run.with({"--baseline", "version=\"1\""}).go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 600);
        CHECK(run.json.at("objectives").at(0).at("baseline").at("total") == 3030);
    }
    SECTION("that are none are refused") {
        environment["SLIPWAY_CANARY_ADDRESSES"] = "new";
        run.go();
        CHECK(run.code == 2);
        CHECK(run.says("'new' is no address"));
    }
    SECTION("that are empty are none") {
        environment["SLIPWAY_CANARY_ADDRESSES"] = "";
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 3630);
    }
}

TEST_CASE("conditions that no series can fulfil are refused") {
    Run run;
    std::string said;
    SECTION("among themselves") {
        run.with({"--where", "version=\"1\"", "--where", "version=\"2\""});
        said = "cannot use --where: no series can have both version=\"1\" and version=\"2\"";
    }
    SECTION("with a selector") {
        run.with({"--where", "code=\"500\""});
        said = "cannot use --where code=\"500\": it can match no series of requests_total{code=\"200\"}, which asks for code=\"200\"";
    }
    SECTION("that are none") {
        run.with({"--where", "version"});
        said = "cannot use --where 'version'";
    }
    SECTION("a baseline without a canary") {
        run.with({"--baseline", "version=\"1\""});
        said = "cannot use --baseline alone: nothing tells the new version from it";
    }
    run.go();
    CHECK(run.code == 2);
    CHECK(run.says(said));
    CHECK(run.world.requests.empty());
}

TEST_CASE("old processes that dilute the new version's errors are named") {
    Run run;
    run.prometheus.targets = {service("old:80", 10, 0), service("new:80", 10, 0, 1)};
    SECTION("without anything that tells versions apart") {
        run.go();
        CHECK(run.says("warning: processes that began before 2026-11-24T12:07:00Z serve, too: job=app, instance=old:80\n"));
        CHECK(run.says("tell them apart with --where"));
    }
    SECTION("not when conditions tell them apart") {
        run.with({"--where", "instance=~\".+\""}).go();
        CHECK_FALSE(run.says("serve, too"));
    }
    CHECK(run.code == 0);
}
