#include "catch.hpp"
#include "failure.hpp"
#include "fakes.hpp"

#include "run-job/services/scraped.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;

namespace {

std::string targets(const std::string& list) { return R"({"status":"success","data":{"activeTargets":)" + list + "}}"; }
std::string target(const std::string& address, const std::string& health, const std::string& error = "") {
    return R"({"scrapeUrl":"http://)" + address + R"(/metrics","health":")" + health + R"(","lastError":")" + error + "\"}";
}

/// Prometheus, whose answers come one after the other; the last one stays.
struct Watched {
    fake::World world;
    std::vector<nomad::ServiceAddress> addresses = {{"web", "nomad", "10.0.0.7:8000", "1f604c66-0000", {}}};

    std::vector<std::string> wait(std::vector<io::Response> answers, Duration timeout = Duration{5'000}) {
        world.on_request = [this, answers = std::move(answers)](const io::Request& request) {
            CHECK(request.url == "http://prometheus:9090/api/v1/targets?state=active");
            const auto answer = answers[std::min(world.requests.size(), answers.size()) - 1];
            if (answer.status == 0) throw world_failure("GET http://prometheus:9090: connection refused");
            return answer;
        };
        auto context = world.context();
        const auto client = context.http({});
        prometheus::Api prometheus(*client, "http://prometheus:9090");
        return wait_until_scraped(addresses, prometheus, timeout, context);
    }
    std::vector<std::string> wait(const std::string& list) { return wait({{200, {}, targets(list)}}); }
};

} // namespace

TEST_CASE("a target belongs to an allocation by its address, however it is told") {
    struct Row {
        const char* address;
        const char* target;
        bool own;
    };
    const std::vector<Row> rows = {
        {"10.0.0.7:8000", R"({"scrapeUrl":"http://10.0.0.7:8000/metrics?x=1"})", true},
        {"10.0.0.7:80", R"({"scrapeUrl":"http://10.0.0.7/metrics"})", true},
        {"Node-1:8000", R"({"scrapeUrl":"https://node-1:8000/"})", true},
        {"[2001:db8::7]:8000", R"({"scrapeUrl":"http://[2001:DB8::7]:8000/metrics"})", true},
        {"10.0.0.7:8000", R"({"scrapeUrl":"http://proxy:1/","labels":{"instance":"10.0.0.7:8000"}})", true},
        {"10.0.0.7:8000", R"({"scrapeUrl":"http://proxy:1/","labels":{"instance":"web-7"},"discoveredLabels":{"__address__":"10.0.0.7:8000"}})", true},
        {"10.0.0.7:8000", R"({"scrapeUrl":"http://10.0.0.7:80001/metrics"})", false},
        {"10.0.0.7:8000", R"({"scrapeUrl":"http://110.0.0.7:8000/metrics"})", false},
        {"10.0.0.7:8000", R"({"scrapeUrl":7,"labels":[],"discoveredLabels":null})", false},
        {"10.0.0.7:8000", R"({"scrapeUrl":"10.0.0.7:8000"})", false},
    };
    for (const auto& row : rows) {
        INFO(row.target);
        Watched watched;
        watched.addresses.front().address = row.address;
        auto target = std::string(row.target);
        target.insert(1, R"("health":"up",)");
        CHECK(watched.wait("[" + target + "]").empty() == row.own);
    }
}

TEST_CASE("what is not scraped in time is said with what Prometheus says") {
    const auto where = std::string("allocation 1f604c66 (10.0.0.7:8000)");
    struct Row {
        std::string targets;
        std::string problem;
    };
    const std::vector<Row> rows = {
        {"[]", " is no target of Prometheus"},
        {"null", " is no target of Prometheus"},
        {"[null,7,{}]", " is no target of Prometheus"},
        {"[" + target("10.0.0.8:8000", "up") + "]", " is no target of Prometheus"},
        {"[" + target("10.0.0.7:8000", "unknown") + "]", " is a target that was not scraped yet"},
        {"[" + target("10.0.0.7:8000", "down", "connection\\nrefused\\u001b") + "]", ": up is 0: connection | refused\\x1b"},
        {"[" + target("10.0.0.7:8000", "unknown") + "," + target("10.0.0.7:8000", "down") + "]", ": up is 0"},
    };
    for (const auto& row : rows) {
        INFO(row.targets);
        Watched watched;
        CHECK(watched.wait(row.targets) == std::vector<std::string>{where + row.problem});
        CHECK(watched.world.clock.sleeps == std::vector<Duration>(5, Duration{1'000}));
    }
}

TEST_CASE("one target that is up is enough for an allocation, and every allocation needs one") {
    Watched watched;
    watched.addresses.push_back({"admin", "nomad", "10.0.0.7:8001", "1f604c66-0000", {}});
    watched.addresses.push_back({"web", "nomad", "10.0.0.8:8000", "2b715d77-0000", {}});
    const auto one = target("10.0.0.7:8001", "up") + "," + target("10.0.0.7:8000", "down");
    CHECK(watched.wait({{200, {}, targets("[" + one + "]")}, {200, {}, targets("[" + one + "," + target("10.0.0.8:8000", "up") + "]")}}).empty());
    CHECK(watched.world.requests.size() == 2);
    CHECK(watched.world.terminal.err.find("2 allocations, of which Prometheus scrapes 1") != std::string::npos);
}

TEST_CASE("a Prometheus that does not answer in between is asked again, one that never does is a failure") {
    const io::Response up{200, {}, targets("[" + target("10.0.0.7:8000", "up") + "]")};
    const io::Response none{200, {}, targets("[]")};
    CHECK(Watched().wait({none, {503, {}, "starting"}, {502, {}, ""}, {0, {}, ""}, up}).empty());
    CHECK(Watched().wait({{404, {}, ""}, {200, {}, "<html>"}, up}).empty());
    Watched gone;
    CHECK(gone.wait({none, {503, {}, "starting"}}) == std::vector<std::string>{"allocation 1f604c66 (10.0.0.7:8000) is no target of Prometheus"});
    const auto& log = gone.world.terminal.err;
    CHECK(log.find("status 503: starting; asking again") == log.rfind("status 503: starting; asking again"));
    CHECK(words_of(failure_of([&] { Watched().wait({{503, {}, "starting"}}); })) == "3 GET http://prometheus:9090/api/v1/targets?...: status 503: starting");
    const auto unknown = failure_of([&] { Watched().wait({{404, {}, ""}}); });
    CHECK(words_of(unknown) == "3 GET http://prometheus:9090/api/v1/targets: it knows no targets | name the Prometheus that scrapes, not one that only answers queries");
}

TEST_CASE("without time Prometheus is asked once, and without addresses not at all") {
    Watched watched;
    CHECK(watched.wait({{200, {}, targets("[]")}}, Duration{0}).size() == 1);
    CHECK(watched.world.requests.size() == 1);
    watched.addresses.clear();
    CHECK(watched.wait("[]").empty());
    CHECK(watched.world.requests.size() == 1);
}
