#include "catch.hpp"

#include "run.hpp"

#include <limits>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::played;

TEST_CASE("a healthy release holds at the end of the watch") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    run.go();
    CHECK(run.code == 0);
    CHECK(run.json.at("verdict") == "holds");
    CHECK(run.reason() == "of 606 events 6 were bad (0.99 %), the objective allows 5 %; burn rate 0.2");
    CHECK(run.json.at("seconds") == 60);
    const auto& objective = run.json.at("objectives").at(0);
    CHECK(objective.at("good") == 600);
    CHECK(objective.at("total") == 606);
    CHECK(objective.at("error_rate").get<double>() == Approx(6.0 / 606));
    CHECK(objective.at("burn_rate").get<double>() == Approx(6.0 / 606 / 0.05));
    CHECK(objective.at("verdict") == "holds");
    CHECK(objective.at("name") == "95 % of requests_total");
    CHECK(run.json.at("error").is_null());
}

TEST_CASE("a bad release is violated long before the end of the watch") {
    Run run;
    run.prometheus.targets = {service("a:80", 8, 2)};
    run.go();
    CHECK(run.code == 1);
    CHECK(run.json.at("verdict") == "violated");
    CHECK(run.json.at("seconds").get<double>() <= 30);
    CHECK(run.reason().find("were bad (20 %), the objective allows 5 %; burn rate 4.0") != std::string::npos);
    CHECK(run.json.at("error").at("message").get<std::string>().find("violated: of ") == 0);
}

TEST_CASE("exactly at the objective it is within it") {
    Run run;
    run.prometheus.targets = {service("a:80", 19, 1)};
    run.go();
    CHECK(run.code == 0);
    CHECK(run.reason() == "of 1200 events 60 were bad (5 %), the objective allows 5 %; burn rate 1.0");
}

TEST_CASE("without traffic nothing is known") {
    Run run;
    run.prometheus.targets = {service("a:80", 0, 0)};
    run.go();
    CHECK(run.code == 4);
    CHECK(run.json.at("verdict") == "inconclusive");
    CHECK(run.reason() == "there were no events: nobody used what is being watched");
    CHECK(run.json.at("objectives").at(0).at("error_rate").is_null());
    CHECK(run.json.at("error").at("message") == "inconclusive: there were no events: nobody used what is being watched");
}

TEST_CASE("too few events are no verdict") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.with({"--objective", "99.9"});
    run.arguments.erase(run.arguments.begin() + 6, run.arguments.begin() + 8);
    run.go();
    CHECK(run.code == 4);
    CHECK(run.reason() == "of 600 events 0 were bad (0 %), the objective allows 0.1 %; burn rate 0.0: too few events to tell, 266 more without a bad one are needed");
}

TEST_CASE("more bad events than allowed that can be chance hold, as half of those exactly at the objective have more") {
    Run run;
    run.prometheus.targets = {service("a:80", 4, 0.25)};
    run.go();
    CHECK(run.code == 0);
    CHECK(run.reason() == "of 255 events 15 were bad (5.88 %), the objective allows 5 %; burn rate 1.2, not proven to be above 1");
}

TEST_CASE("a selector that matches nothing is no traffic") {
    Run run;
    run.go();
    CHECK(run.code == 4);
    CHECK(run.reason() == "no series matches the total selector: requests_total");
}

TEST_CASE("the watch begins when the new version serves, and the old one's past does not count") {
    Run run;
    auto before = service("old:80", 5, 5);
    before.until = 40;
    auto after = service("new:80", 10, 0, 42);
    after.series.push_back({"build_info", {{"commit", "new"}}, [](double) { return 1.0; }});
    run.prometheus.targets = {before, after};
    run.with({"--start-when", version}).go();
    CHECK(run.code == 0);
    CHECK(run.says("counting from 2026-11-24T12:07:51Z, by the server's clock"));
    CHECK(run.reason() == "of 600 events 0 were bad (0 %), the objective allows 5 %; burn rate 0.0");
    CHECK(run.json.at("seconds") == 60);
}

TEST_CASE("the new version's pods that come later count from their first event") {
    Run run;
    auto first = service("new:1", 10, 0, -10);
    first.series.push_back({"build_info", {{"commit", "new"}}, [](double) { return 1.0; }});
    // Born at 21, first scraped at 25 with 80 events.
    auto second = service("new:2", 20, 0, 21);
    second.series.push_back(first.series.back());
    run.prometheus.targets = {first, second};
    run.with({"--start-when", version}).go();
    CHECK(run.code == 0);
    CHECK(run.json.at("objectives").at(0).at("total") == 600 + 20 * (60 - 21));
}

TEST_CASE("a new version that never comes is inconclusive") {
    Run run;
    run.prometheus.targets = {service("old:80", 10, 0)};
    run.with({"--start-when", version, "--start-timeout", "90s"}).go();
    CHECK(run.code == 4);
    CHECK(run.reason() == "the new version did not appear within 1m30s: build_info{commit=\"new\"}");
    CHECK(run.json.at("seconds") == 0);
}

TEST_CASE("a version that is there with the value 0 does not serve") {
    Run run;
    auto target = service("a:80", 10, 0);
    target.series.push_back({"build_info", {{"commit", "new"}}, [](double t) { return t < 30 ? 0.0 : 1.0; }});
    run.prometheus.targets = {target};
    run.with({"--start-when", version}).go();
    CHECK(run.code == 0);
    CHECK(run.says("counting from 2026-11-24T12:07:30Z"));
}

TEST_CASE("a restart in the middle is no loss") {
    Run run;
    auto target = service("a:80", 10, 0);
    target.process_start = [](double t) { return t < 31 ? -600.0 : 31.0; };
    target.series = {{"requests_total", {{"code", "200"}}, [](double t) { return std::floor(10 * (t < 31 ? t + 600 : t - 31)); }},
                     {"requests_total", {{"code", "500"}}, [](double t) { return std::optional(t < 31 ? 1.0 : 3.0); }}};
    run.prometheus.targets = {target};
    run.go();
    CHECK(run.code == 0);
    CHECK(run.json.at("objectives").at(0).at("total") == 300 + 290 + 3);
    CHECK(run.json.at("objectives").at(0).at("good") == 300 + 290);
}

TEST_CASE("conditions of --where are added to both selectors") {
    Run run;
    auto old = service("old:80", 0, 10);
    auto next = service("new:80", 10, 0);
    for (auto& series : old.series) series.labels["version"] = "1";
    for (auto& series : next.series) series.labels["version"] = "2";
    run.prometheus.targets = {old, next};
    run.with({"--where", "version=\"2\",zone!=\"x\"", "--where", "tier=~\"|web\""}).go();
    CHECK(run.code == 0);
    CHECK(run.json.at("objectives").at(0).at("total") == 600);
    CHECK_FALSE(run.says("without --start-when and --where"));
    const std::string asked = "requests_total{tier=~\"|web\",version=\"2\",zone!=\"x\"}";
    CHECK(std::find(run.prometheus.queries.begin(), run.prometheus.queries.end(), asked) != run.prometheus.queries.end());
}

TEST_CASE("without a sign of the new version it is said what cannot be known") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.go();
    CHECK(run.says("warning: without --start-when and --where, old and new version look the same"));
}

TEST_CASE("a release that goes wrong late says what proves it") {
    Run run;
    auto target = service("a:80", 0, 0);
    target.series[0].value = [](double t) { return std::floor((t + 600) * 100 - (t > 540 ? (t - 540) * 40 : 0)); };
    target.series[1].value = [](double t) { return t > 540 ? std::floor((t - 540) * 40) : 0; };
    run.prometheus.targets = {target};
    run.arguments[9] = "10m";
    run.go();
    CHECK(run.code == 1);
    CHECK(run.json.at("seconds").get<double>() < 600);
    CHECK(run.reason().find("of the last ") == 0);
    CHECK(run.reason().find("which the better ones before cannot make up for: of ") != std::string::npos);
}

TEST_CASE("all queries of a look are pinned to one time, and up is asked before the counters") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.go();
    // One query brings both: the good events are a part of all.
    std::vector<std::string> last(run.prometheus.queries.end() - 4, run.prometheus.queries.end());
    CHECK(last[0] == "time()");
    CHECK(last[1].find("up{job=~\"app\"}[") == 0);
    CHECK(last[2].find("process_start_time_seconds{job=~\"app\"}[") == 0);
    CHECK(last[3].find(total + '[') == 0);
    const auto time_of = [](const io::Request& request) {
        const auto& form = std::get<std::string>(request.body);
        return form.substr(form.find("&time="));
    };
    for (auto request = run.world.requests.end() - 3; request != run.world.requests.end(); ++request) {
        CHECK(time_of(*request) == time_of(run.world.requests.back()));
        CHECK(request->timeout == Duration{10'000});
        CHECK(request->retry.attempts == 1);
    }
}

TEST_CASE("the user's exit codes replace ours") {
    Run run;
    run.prometheus.targets = {service("a:80", 0, 0)};
    run.with({"--exit-code", "violated=7", "--exit-code", "inconclusive=0"}).go();
    CHECK(run.code == 0);
    CHECK(run.json.at("verdict") == "inconclusive");
    CHECK(run.json.at("error").is_null());
    CHECK(run.says("warning: inconclusive: there were no events"));
}

TEST_CASE("the look's rhythm follows the scrapes, and --interval") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    SECTION("scraped every 6 s: three looks for each scrape, as targets have phases of their own") {
        run.prometheus.interval = 6;
        run.go();
        CHECK(run.world.clock.sleeps == std::vector<Duration>(30, Duration{2000}));
    }
    SECTION("scraped each minute") {
        run.prometheus.interval = 60;
        run.with({"--watch", "5m"}).arguments.erase(run.arguments.begin() + 8, run.arguments.begin() + 10);
        run.go();
        CHECK(run.world.clock.sleeps == std::vector<Duration>(60, Duration{5000}));
    }
    SECTION("asked for") {
        run.with({"--interval", "25s"}).go();
        CHECK(run.world.clock.sleeps == std::vector<Duration>{Duration{25'000}, Duration{25'000}, Duration{10'000}});
    }
}

TEST_CASE("outputs and summary") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.with({"--outputs-dir", "out", "--summary", "s.md", "--where", "code=~\"200|500\""}).go();
    const auto& files = run.world.files.contents;
    CHECK(files.at("out/verdict") == "holds");
    CHECK(files.at("out/reason") == run.reason());
    CHECK(files.at("out/error_rate") == "0.0");
    CHECK(files.at("out/burn_rate") == "0.0");
    CHECK(files.at("out/total") == "600");
    CHECK(files.at("out/seconds") == "60.0");
    CHECK(files.at("s.md").find("### wait-for-slo: holds\n") == 0);
    CHECK(files.at("s.md").find("| 95 % of requests_total | holds | 600 | 0 | 0 % (0 % to 0.64 %) | 5 % | 0.0 |") != std::string::npos);
}

TEST_CASE("a dry run sends nothing") {
    Run run;
    run.with({"--dry-run", "--start-when", version}).arguments.erase(std::find(run.arguments.begin(), run.arguments.end(), "--json"));
    cli::Step<wait_for_slo::WaitForSlo> step;
    CHECK(run.world.run(step, run.arguments) == 0);
    CHECK(run.world.requests.empty());
    CHECK(run.world.terminal.out.find("would count good events: requests_total{code=\"200\"}\n") != std::string::npos);
}

TEST_CASE("cancelled while it watches") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.world.clock.on_sleep = [&] {
        run.world.cancellation.request(15);
        run.world.cancellation.check();
    };
    run.go();
    CHECK(run.code == 143);
}

TEST_CASE("a file's check without a server that can be asked is refused before anything is watched") {
    const auto [address, words] = GENERATE(std::pair{"", "p99 names no server to ask"}, std::pair{"prometheus:9090", "p99: the address 'prometheus:9090' is no http:// or https:// URL"});
    fake::World world;
    world.files.contents["analysis.yaml"] = std::string("apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: shop}\nspec:\n  metrics:\n    - name: p99\n      successCondition: result[0] < 1\n") +
                                          "      provider: {prometheus: {address: '" + address + "', query: up}}\n";
    cli::Step<wait_for_slo::WaitForSlo> step;
    CHECK(world.run(step, {"--analysis", "analysis.yaml"}) == 2);
    CHECK(world.terminal.err.find(words) != std::string::npos);
}
