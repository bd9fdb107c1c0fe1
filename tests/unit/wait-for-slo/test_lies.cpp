// Counters that do not say what they seem to: births, restarts, crash loops, series that end, several processes.
#include "catch.hpp"

#include "run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

using namespace slipway;
using namespace slipway::played;

namespace {

/// Nobody says when the process began.
fake::Metric without_start() {
    return [](double) { return std::optional<double>(); };
}

} // namespace

TEST_CASE("births") {
    Run run;
    auto old = service("old:80", 10, 0);
    run.prometheus.targets = {old};
    double more = 0;
    SECTION("a process that began after the deploy counts from its first event") {
        run.prometheus.targets.push_back(service("new:80", 10, 0, 12));
        more = 10 * (60 - 12);
    }
    SECTION("an old process that is discovered late counts from its first scrape") {
        auto late = service("late:80", 10, 0, -5000);
        late.from = 22;
        run.prometheus.targets.push_back(late);
        more = 10 * (60 - 25);
    }
    SECTION("a series that is new on a target that was scraped without it counts in full") {
        // Its first error is an error, though it was not there before.
        run.prometheus.targets[0].series[1].value = [](double t) { return t < 33 ? std::nullopt : std::optional(7.0); };
        more = 7;
    }
    SECTION("without a start time a young process counts in full") {
        auto young = service("young:80", 10, 0, 21);
        young.process_start = without_start();
        run.prometheus.targets.push_back(young);
        more = 10 * (60 - 21);
    }
    SECTION("without a start time a process with a long history counts from its first scrape") {
        auto late = service("late:80", 10, 0, -5000);
        late.from = 22;
        late.process_start = without_start();
        run.prometheus.targets.push_back(late);
        more = 10 * (60 - 25);
    }
    run.go();
    CHECK(run.total_of() == 600 + more);
    CHECK(run.code == 0);
}

TEST_CASE("restarts that values do not show") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    auto& target = run.prometheus.targets[0];
    SECTION("a crash loop: five errors, a restart, five errors") {
        // A new process each 10 s, which counts five errors at once.
        target.process_start = [](double t) { return std::floor((t + 600) / 10) * 10 - 600; };
        target.series[1].value = [](double) { return 5.0; };
        target.series[0].value = [](double t) { return std::floor(std::fmod(t + 600, 10)); };
        run.go();
        CHECK(run.code == 1);
        CHECK(run.json.at("objectives").at(0).at("error_rate") == 0.5);
    }
    SECTION("a series that was absent from a scrape in between") {
        target.process_start = [](double) { return std::optional<double>(); };
        target.series[1].value = [](double t) { return std::fmod(t, 10) == 0 ? std::optional(3.0) : std::nullopt; };
        target.series[0].value = [](double t) { return std::floor((t + 600) / 2); };
        run.set("--watch", "2m").go();
        CHECK(run.code == 1);
    }
    SECTION("a failed scrape in between is no restart") {
        target.up = [](double t) { return std::fmod(t, 15) != 0; };
        target.series[1].value = [](double) { return 30.0; };
        run.go();
        CHECK(run.code == 0);
        CHECK(run.good_of() == run.total_of());
    }
    SECTION("a restart while the server could not scrape it") {
        target = service("a:80", 10, 0);
        target.up = [](double t) { return t < 20 || t > 40; };
        target.process_start = [](double t) { return t < 30 ? -601.0 : 30.0; };
        // 6200 before, and more than that soon after.
        target.series[0].value = [](double t) { return t < 30 ? std::floor((t + 600) * 10) : std::floor((t - 30) * 1000); };
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 150 + 30'000);
    }
}

TEST_CASE("what a vanished series has counted stays") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0), service("b:80", 10, 0)};
    SECTION("the series ends, its target goes on") {
        run.prometheus.targets[1].series[0].value = [](double t) { return t > 30 ? std::nullopt : std::optional(std::floor((t + 600) * 10)); };
    }
    SECTION("the target is gone") { run.prometheus.targets[1].until = 30; }
    SECTION("the target is down") {
        run.prometheus.targets[1].up = [](double t) { return t <= 30; };
        run.go();
        CHECK(run.says("cannot be scraped at the moment: job=app, instance=b:80"));
        CHECK(run.total_of() == 900);
        return;
    }
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 900);
}

TEST_CASE("errors of pods that die with them are not forgotten") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0), service("b:80", 0, 10, 2)};
    run.prometheus.targets[1].until = 22;
    run.set("--objective", "99").go();
    CHECK(run.code == 1);
}

TEST_CASE("a pod that answers few of its scrapes counts in full nevertheless") {
    Run run;
    run.prometheus.targets = {service("a:80", 0, 10, 5)};
    SECTION("a bad one") {
        run.prometheus.targets[0].up = [](double t) { return std::fmod(t, 20) == 0; };
        run.go();
        CHECK(run.code == 1);
        CHECK(run.total_of() == 550);
    }
    SECTION("a good one") {
        run.prometheus.targets = {service("a:80", 10, 0)};
        run.prometheus.targets[0].up = [](double t) { return std::fmod(t, 10) == 0; };
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 600);
    }
    CHECK(run.says("cannot be scraped at the moment: job=app, instance=a:80"));
}

TEST_CASE("errors that show once a minute need three looks") {
    Run run;
    run.prometheus.targets = {service("a:80", 0, 10)};
    run.prometheus.interval = 60;
    run.set("--watch", "10m").go();
    CHECK(run.code == 1);
    CHECK(run.json.at("seconds") == 180);
}

TEST_CASE("all pods gone after enough events are never a pass") {
    Run run;
    run.prometheus.targets = {service("a:80", 100, 0), service("b:80", 100, 0)};
    for (auto& target : run.prometheus.targets) target.until = 25;
    run.with({"--min-events", "10"}).go();
    CHECK(run.code == 4);
    CHECK(run.total_of() == 5000);
    CHECK(run.reason() == "the newest successful scrape is 35s old: what happened since is not known");
}

TEST_CASE("one pod of several that is gone does not matter") {
    Run run;
    run.prometheus.targets = {service("a:80", 100, 0), service("b:80", 100, 0)};
    run.prometheus.targets[0].until = 25;
    run.go();
    CHECK(run.code == 0);
}

TEST_CASE("targets with other intervals") {
    Run run;
    run.set("--watch", "5m");
    run.prometheus.targets = {service("a:80", 10, 0), service("b:80", 10, 0)};
    run.prometheus.targets[1].interval = 60;
    run.prometheus.targets[1].phase = 7;
    SECTION("both count") {
        run.go();
        CHECK(run.code == 0);
        // The second's newest scrape was at 247 s, its last before the deploy at -53 s.
        CHECK(run.total_of() == 3000 + 3000);
    }
    SECTION("the slow one's gaps are none") {
        run.prometheus.targets.erase(run.prometheus.targets.begin());
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 3000);
        CHECK(run.world.clock.sleeps[0] == Duration{5000});
    }
}

TEST_CASE("a value that is no number for one scrape is a doubt for so long") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.prometheus.targets[0].series[0].value = [](double t) { return t == 30 ? std::numeric_limits<double>::quiet_NaN() : std::floor((t + 600) * 10); };
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 600);
    CHECK(run.says("it has a value that is no number"));
}

TEST_CASE("several processes behind one address") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    auto& target = run.prometheus.targets[0];
    run.set("--watch", "3m");
    SECTION("start times that alternate") {
        target.process_start = [](double t) { return std::fmod(t, 10) == 0 ? -5000.0 : -3000.0; };
    }
    SECTION("counters that fall and climb above their old height") {
        target.process_start = without_start();
        target.series[0].value = [](double t) { return std::floor((t + 600) * 10) + (std::fmod(t, 10) == 0 ? 10'000 : 0); };
    }
    run.go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("several processes answer in turn at this address") != std::string::npos);
    CHECK(run.json.at("error").at("hint").get<std::string>().find("scrape each process by itself") == 0);
}

TEST_CASE("a service that stands still after it was counted holds, and the ticks say when events came") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.prometheus.targets[0].series[0].value = [](double t) { return std::floor(600 * 10 + std::clamp(t, 0.0, 20.0) * 10); };
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 200);
    double sum = 0;
    double before = -1;
    for (const auto& tick : run.json.at("objectives").at(0).at("ticks")) {
        sum += tick.at("total").get<double>();
        CHECK(tick.at("total") > 0);
        CHECK(tick.at("seconds") > before);
        before = tick.at("seconds");
    }
    CHECK(sum == 200);
}

TEST_CASE("recorded metrics") {
    Run run;
    PlayedTarget recorded{.instance = ""};
    recorded.is_scraped = false;
    recorded.interval = 10;
    recorded.series = {{"job:requests:sum", {{"code", "200"}}, growing(10)}, {"job:requests:sum", {{"code", "500"}}, growing(0.1)}};
    run.prometheus.targets = {recorded, service("a:80", 20, 0)};
    run.set("--good", "job:requests:sum{code=\"200\"}").set("--total", "job:requests:sum");
    const auto rules = [&](double t) -> nlohmann::json {
        const auto evaluated = run.prometheus.instant(std::floor(t / 10) * 10);
        return {{"groups",
                 {{{"name", "g"}, {"file", "r.yml"}, {"interval", 10}, {"lastEvaluation", evaluated},
                   {"rules", {{{"type", "recording"}, {"name", "job:requests:sum"}, {"query", "sum by (code) (requests_total)"}, {"labels", nlohmann::json::object()}, {"health", "ok"}, {"lastEvaluation", evaluated}}}}}}}};
    };
    SECTION("are read at the evaluations of their group") {
        run.prometheus.rules_at = rules;
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 606);
    }
    SECTION("or counted by their sources") {
        run.prometheus.rules_at = rules;
        run.with({"--expand-rules"}).go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 1200);
    }
    SECTION("one that falls lost a source") {
        run.prometheus.rules_at = rules;
        run.prometheus.targets[0].series[0].value = [](double t) { return t > 30 ? 1000 : std::floor((t + 600) * 10); };
        run.go();
        CHECK(run.code == 3);
        CHECK(run.reason().find("it is recorded and falls from 6300 to 1000, so one of its sources is lost") != std::string::npos);
    }
    SECTION("cannot be expanded without the rules") {
        run.with({"--expand-rules"}).go();
        CHECK(run.code == 2);
        CHECK(run.reason() == "cannot use --expand-rules: the server does not show its rules");
    }
    SECTION("cannot be judged when nobody says how they are made") {
        run.go();
        CHECK(run.code == 3);
        CHECK(run.reason().find("no series of up says when it was scraped") != std::string::npos);
    }
}
