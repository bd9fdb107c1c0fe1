#include "catch.hpp"

#include "fakes.hpp"
#include "played_prometheus.hpp"
#include "wait-for-slo/wait_for_slo.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace slipway;

namespace {

using fake::Metric;
using fake::PlayedTarget;

const std::string total = "requests_total";
const std::string good = "requests_total{code=\"200\"}";
const std::string version = "build_info{commit=\"new\"}";

/// A counter that began at `since` and grows by `rate` a second.
Metric growing(double rate, double since = -600) {
    return [=](double t) { return t < since ? std::nullopt : std::optional(std::floor((t - since) * rate)); };
}

/// A service with so many good and bad requests a second.
PlayedTarget service(const std::string& instance, double good_rate, double bad_rate, double since = -600) {
    PlayedTarget target{.instance = instance, .from = since};
    target.process_start = [since](double) { return since - 1; };
    target.series = {{"requests_total", {{"code", "200"}}, growing(good_rate, since)}, {"requests_total", {{"code", "500"}}, growing(bad_rate, since)}};
    return target;
}

struct Run {
    fake::World world;
    fake::PlayedPrometheus prometheus{world.clock};
    std::vector<std::string> arguments = {"--prometheus-url", "http://p:9090", "--good", good, "--total", total, "--objective", "95", "--watch", "60s", "--json"};
    /// Replaces answers; nothing: the played server answers.
    std::function<std::optional<io::Response>(const std::string& query)> instead = [](const std::string&) { return std::nullopt; };
    int code = -1;
    nlohmann::json json;

    Run& with(const std::vector<std::string>& more) {
        arguments.insert(arguments.end(), more.begin(), more.end());
        return *this;
    }

    Run& go() {
        world.on_request = [this](const io::Request& request) {
            auto answer = prometheus.answer(request);
            if (auto other = instead(prometheus.queries.back())) return *other;
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
    bool says(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }
};

} // namespace

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
    CHECK(run.reason() == "of 600 events 0 were bad (0 %), the objective allows 0.1 %; burn rate 0.0: too few events to tell, 400 more without a bad one are needed");
}

TEST_CASE("more bad events than allowed that can be chance are no verdict") {
    Run run;
    run.prometheus.targets = {service("a:80", 4, 0.25)};
    run.go();
    CHECK(run.code == 4);
    CHECK(run.reason().find("were bad (5.88 %), the objective allows 5 %; burn rate 1.2: more than that, but so few that it can be chance") != std::string::npos);
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
    CHECK(run.says("counting from 2026-11-24T12:07:45Z, by the server's clock"));
    CHECK(run.reason() == "of 600 events 0 were bad (0 %), the objective allows 5 %; burn rate 0.0");
    CHECK(run.json.at("seconds") == 60);
}

TEST_CASE("the new version's pods that come later count from their first event") {
    Run run;
    auto first = service("new:1", 10, 0, -10);
    first.series.push_back({"build_info", {{"commit", "new"}}, [](double) { return 1.0; }});
    // Born at 21, first scraped at 25 with 80 events.
    run.prometheus.targets = {first, service("new:2", 20, 0, 21)};
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

TEST_CASE("a new version that is gone before the end is no pass") {
    Run run;
    auto old = service("old:80", 10, 0);
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
    CHECK(std::find(run.prometheus.queries.begin(), run.prometheus.queries.end(),
                    "requests_total{code=\"200\",version=\"2\",zone!=\"x\",tier=~\"|web\"}") != run.prometheus.queries.end());
}

TEST_CASE("without a sign of the new version it is said what cannot be known") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.go();
    CHECK(run.says("warning: without --start-when and --where, old and new version look the same"));
}

TEST_CASE("selectors that do not fit each other are an error, never a verdict") {
    Run run;
    auto target = service("a:80", 10, 0);
    SECTION("several buckets of a histogram") {
        for (const char* le : {"0.1", "0.5", "1", "+Inf"}) target.series.push_back({"latency_bucket", {{"le", le}}, growing(10)});
        run.arguments[5] = "{__name__=\"latency_bucket\"}";
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.reason().find("each event counts in several buckets of a histogram") != std::string::npos);
    }
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
    SECTION("one target scraped twice") {
        auto twin = target;
        target.labels["replica"] = "1";
        twin.labels["replica"] = "2";
        run.prometheus.targets = {target, twin};
        run.go();
        CHECK(run.reason().find("every event would count twice: job=app, instance=a:80 is there more than once") != std::string::npos);
        CHECK(run.json.at("error").at("hint") == "choose one, for example with --where 'replica=\"2\"'");
    }
    SECTION("no number") {
        target.series.push_back({"requests_total", {{"code", "503"}}, [](double) { return std::numeric_limits<double>::quiet_NaN(); }});
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.reason().find("has a value that is no number") != std::string::npos);
    }
    SECTION("several processes behind one address") {
        target.process_start = [](double t) { return std::fmod(t, 10) == 0 ? -100.0 : -90.0; };
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.reason().find("several processes answer in turn at job=app, instance=a:80") != std::string::npos);
    }
    CHECK(run.code == 3);
    CHECK(run.json.at("verdict") == "error");
    CHECK(run.reason().find("could not tell, 5 looks in a row failed: ") == 0);
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
        return io::Response{.status = 200, .headers = {}, .body = R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"latency"},"histograms":[[1,{"count":"3"}]]}]}})"};
    };
    run.go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("cannot count latency: native histograms are not understood yet") != std::string::npos);
}

TEST_CASE("a value that is no number at all is not taken for 0") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.instead = [&](const std::string& query) -> std::optional<io::Response> {
        if (query.find(total + '[') != 0) return std::nullopt;
        auto answer = run.prometheus.answer(run.world.requests.back());
        const auto value = answer.body.find("\"]");
        answer.body.insert(value, "x");
        return answer;
    };
    run.go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("it has a value that is no number") != std::string::npos);
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

TEST_CASE("single looks that fail do not matter") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0.1)};
    int count = 0;
    run.instead = [&](const std::string& query) -> std::optional<io::Response> {
        if (query != "time()" || ++count % 3 != 0) return std::nullopt;
        return io::Response{.status = 503, .headers = {}, .body = "starting"};
    };
    run.go();
    CHECK(run.code == 0);
    // The last look may have failed, then it is the next that counts.
    CHECK(run.json.at("objectives").at(0).at("total").get<double>() >= 606);
    CHECK(run.says("warning: this look does not count (1 of at most 5 in a row): POST http://p:9090/api/v1/query: status 503: starting"));
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

TEST_CASE("a server that lost its samples is noticed") {
    Run run;
    auto target = service("a:80", 10, 0);
    run.prometheus.targets = {target};
    run.world.clock.on_sleep = [&] {
        if (run.prometheus.now() >= 30) run.prometheus.targets[0].from = 30;
    };
    run.go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("the server has lost samples of this watch") != std::string::npos);
}

TEST_CASE("all queries of a look are pinned to one time, and up is asked before the counters") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.go();
    std::vector<std::string> last(run.prometheus.queries.end() - 5, run.prometheus.queries.end());
    CHECK(last[0] == "time()");
    CHECK(last[1].find("up{job=~\"app\"}[") == 0);
    CHECK(last[2].find("process_start_time_seconds{job=~\"app\"}[") == 0);
    CHECK(last[3].find(good + '[') == 0);
    CHECK(last[4].find(total + '[') == 0);
    const auto time_of = [](const io::Request& request) {
        const auto& form = std::get<std::string>(request.body);
        return form.substr(form.find("&time="));
    };
    for (auto request = run.world.requests.end() - 4; request != run.world.requests.end(); ++request) {
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
    SECTION("scraped every 5 s") {
        run.go();
        CHECK(run.world.clock.sleeps == std::vector<Duration>(12, Duration{5000}));
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
    CHECK(files.at("s.md").find("| 95 % of requests_total{code=~\"200\\|500\"} | 600 | 0 | 0 % | 5 % | 0.0 | 1m |") != std::string::npos);
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
