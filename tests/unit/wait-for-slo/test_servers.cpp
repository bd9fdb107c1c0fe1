// Several servers: replicas, shards, Thanos' replicas; and what happens when one of them goes away.
#include "catch.hpp"

#include "run.hpp"

#include <algorithm>
#include <string>

using namespace slipway;
using namespace slipway::played;

namespace {

io::Response starting() { return {.status = 503, .headers = {}, .body = "Service Unavailable"}; }

std::size_t count_of_queries(const fake::PlayedPrometheus& server, const std::string& beginning) {
    return static_cast<std::size_t>(std::count_if(server.queries.begin(), server.queries.end(), [&](const auto& query) { return query.find(beginning) == 0; }));
}

/// Two replicas, q and p, which scrape the same service; the good-natured one and the one that a test treats badly.
struct Replicated : Run {
    fake::PlayedPrometheus& other = another("q:9090");

    explicit Replicated(const PlayedTarget& target) {
        prometheus.targets = {target};
        other.targets = {target};
    }
};

} // namespace

TEST_CASE("replicas are not summed") {
    Replicated run(service("a:80", 10, 0));
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 600);
}

TEST_CASE("one of two replicas that goes away changes nothing") {
    Replicated run(service("a:80", 10, 0.1));
    const auto away = [](double from, double to, io::Response answer) {
        return [=](double t) { return t >= from && t < to ? std::optional(answer) : std::nullopt; };
    };
    SECTION("the first, for good") { run.prometheus.failing = away(20, 1000, starting()); }
    SECTION("the second, for good") { run.other.failing = away(20, 1000, {.status = 502, .headers = {}, .body = "bad gateway"}); }
    SECTION("the first, from the beginning") { run.prometheus.failing = away(0, 1000, starting()); }
    SECTION("the second, from the beginning") { run.other.failing = away(0, 1000, {.status = 401, .headers = {}, .body = "no"}); }
    SECTION("the first, and it comes back") { run.prometheus.failing = away(10, 30, starting()); }
    SECTION("one after the other") {
        run.prometheus.failing = away(10, 25, starting());
        run.other.failing = away(40, 1000, starting());
    }
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 606);
    CHECK(run.says("is left out while it does not answer"));
}

TEST_CASE("a replica that does not answer is not asked at each look") {
    Replicated run(service("a:80", 10, 0));
    run.prometheus.failing = [](double) { return std::optional(io::Response{.status = 504, .headers = {}, .body = "slow"}); };
    int asked = 0;
    run.prometheus.failing = [&](double) {
        ++asked;
        return std::optional(io::Response{.status = 504, .headers = {}, .body = "slow"});
    };
    run.go();
    CHECK(run.code == 0);
    // At the beginning, and when its pauses of half a minute are over.
    CHECK(asked < 12);
}

TEST_CASE("two replicas that are both away for a while are waited for") {
    Replicated run(service("a:80", 10, 0));
    const auto starts = [](double t) { return t < 120 ? std::optional(starting()) : std::nullopt; };
    run.set("--watch", "5m");
    SECTION("both say so") {
        run.prometheus.failing = starts;
        run.other.failing = starts;
    }
    SECTION("one says so, the other does not answer at all") {
        run.prometheus.failing = starts;
        run.other.failing = [](double) { return std::optional(io::Response{.status = 502, .headers = {}, .body = "gone"}); };
    }
    SECTION("in the other order") {
        run.other.failing = starts;
        run.prometheus.failing = [](double) { return std::optional(io::Response{.status = 502, .headers = {}, .body = "gone"}); };
    }
    run.go();
    CHECK(run.code == 0);
    CHECK(run.says("the server is not ready yet, it is waited for"));
}

TEST_CASE("two replicas that both do not answer end in 'error'") {
    Replicated run(service("a:80", 10, 0));
    run.prometheus.failing = [](double t) { return t > 20 ? std::optional(io::Response{.status = 502, .headers = {}, .body = "p gone"}) : std::nullopt; };
    run.other.failing = [](double t) { return t > 20 ? std::optional(io::Response{.status = 401, .headers = {}, .body = "q gone"}) : std::nullopt; };
    run.go();
    CHECK(run.code == 3);
    CHECK(run.reason().find("could not tell, 5 looks in a row failed: ") == 0);
    CHECK(run.reason().find("status 502: p gone") != std::string::npos);
}

TEST_CASE("of replicas the one without gaps is believed") {
    Replicated run(service("a:80", 10, 0));
    auto& first = run.prometheus.targets[0];
    // A restart that the first replica could not see: 1 error before, 1 after.
    first.up = [](double t) { return t < 12 || t > 43; };
    run.go();
    CHECK(run.code == 0);
    CHECK(run.total_of() == 600);
}

TEST_CASE("a violation is found though only one replica answers") {
    // Every request fails, and whether the good selector ever matched must be asked of the one that answers.
    auto old = service("old:80", 10, 0);
    old.until = -400;
    PlayedTarget target{.instance = "new:80", .from = -5};
    target.process_start = [](double) { return -6.0; };
    target.series = {{"requests_total", {{"code", "500"}}, growing(10, -5)}};
    Replicated run(target);
    run.prometheus.targets.push_back(old);
    run.other.targets.push_back(old);
    const auto away = [](double) { return std::optional(io::Response{.status = 502, .headers = {}, .body = "gone"}); };
    SECTION("the first is away") { run.prometheus.failing = away; }
    SECTION("the second is away") { run.other.failing = away; }
    SECTION("the second is away, and the first does not know the past") {
        run.other.failing = away;
        run.prometheus.targets.pop_back();
        run.go();
        CHECK(run.code == 2);
        CHECK(run.json.at("verdict") == "error");
        return;
    }
    run.go();
    CHECK(run.code == 1);
    CHECK(run.reason().find("were bad (100 %)") != std::string::npos);
}

TEST_CASE("shards are added up") {
    Run run;
    auto& second = run.another("q:9090");
    run.prometheus.targets = {service("a:80", 10, 0)};
    second.targets = {service("b:80", 5, 0.1)};
    run.with({"--shards"});
    SECTION("both answer") {
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 600 + 306);
    }
    SECTION("one is away for some looks: they do not count") {
        second.failing = [](double t) { return t >= 20 && t < 24 ? std::optional(io::Response{.status = 500, .headers = {}, .body = "oops"}) : std::nullopt; };
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 600 + 306);
        CHECK(run.says("this look does not count (1 of at most 5 in a row)"));
    }
    SECTION("one is away for good") {
        second.failing = [](double t) { return t >= 20 ? std::optional(io::Response{.status = 500, .headers = {}, .body = "oops"}) : std::nullopt; };
        run.go();
        CHECK(run.code == 3);
        CHECK(run.json.at("verdict") == "error");
    }
    SECTION("the errors of one are not lost among the other's events") {
        second.targets = {service("b:80", 0, 5)};
        run.go();
        CHECK(run.code == 1);
    }
    SECTION("both scrape the same") {
        second.targets = run.prometheus.targets;
        run.go();
        CHECK(run.code == 3);
        CHECK(run.reason().find("every event would count twice: two shards have job=app, instance=a:80") != std::string::npos);
    }
    SECTION("an empty one") {
        second.targets.clear();
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 600);
    }
    SECTION("good events that one shard alone has ever seen are no mistake of the query") {
        run.prometheus.targets = {service("a:80", 0, 10)};
        run.prometheus.targets[0].series.erase(run.prometheus.targets[0].series.begin());
        auto old = service("old:80", 10, 0);
        old.until = -400;
        second.targets = {old};
        run.go();
        CHECK(run.code == 1);
    }
    SECTION("the new version must not lack on a target of any") {
        for (auto* server : {&run.prometheus, &second}) {
            const double since = server == &second ? 30 : -600;
            server->targets[0].series.push_back({"build_info", {{"commit", "new"}}, [=](double t) { return t < since ? std::nullopt : std::optional(1.0); }});
        }
        run.with({"--start-when", version}).go();
        CHECK(run.code == 0);
        CHECK(run.json.at("since") == run.prometheus.instant(30));
    }
}

TEST_CASE("of Thanos' replicas one is believed for each target") {
    Run run;
    for (const char* name : {"r0", "r1"}) {
        auto target = service("a:80", 10, 0.1);
        target.labels = {{"replica", name}};
        run.prometheus.targets.push_back(target);
    }
    run.with({"--replica-label", "replica"});
    SECTION("both are there") {
        run.go();
        CHECK(run.total_of() == 606);
    }
    SECTION("one ends in the middle") {
        run.prometheus.targets[0].until = 30;
        run.go();
        CHECK(run.total_of() == 606);
    }
    SECTION("one begins in the middle") {
        run.prometheus.targets[1].from = 30;
        run.go();
        CHECK(run.total_of() == 606);
    }
    SECTION("one has gaps") {
        run.prometheus.targets[0].up = [](double t) { return t < 10 || t > 40; };
        run.go();
        CHECK(run.total_of() == 606);
    }
    CHECK(run.code == 0);
    // Deduplicated series would mix the samples of both.
    CHECK(std::all_of(run.world.requests.begin(), run.world.requests.end(), [](const io::Request& request) {
        return request.method != "POST" || std::get<std::string>(request.body).find("dedup=false") != std::string::npos;
    }));
}

TEST_CASE("Thanos' replicas without any series so far are no traffic") {
    Run run;
    run.with({"--replica-label", "replica"});
    SECTION("until the end") {
        run.go();
        CHECK(run.code == 4);
        CHECK(run.reason() == "no series matches the total selector: requests_total");
    }
    SECTION("at first") {
        auto target = service("a:80", 10, 0, 20);
        target.from = 20;
        target.labels = {{"replica", "r0"}};
        run.prometheus.targets = {target};
        run.go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 400);
    }
}

TEST_CASE("Mimir is asked for a tenant's data, and that it wants a tenant is no failed look but the end") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.set("--prometheus-url", "http://mimir:8080/prometheus");
    SECTION("with it") {
        run.with({"--tenant", "shop"}).go();
        CHECK(run.code == 0);
        CHECK(run.total_of() == 600);
        for (const auto& request : run.world.requests) CHECK(request.url.find("http://mimir:8080/prometheus/api/v1/") == 0);
        REQUIRE(!run.world.connections.empty());
        for (const auto& connection : run.world.connections) {
            REQUIRE(connection.headers.size() == 1);
            CHECK(connection.headers[0].name == "X-Scope-OrgID");
            CHECK(connection.headers[0].value == "shop");
        }
    }
    SECTION("without it") {
        run.prometheus.failing = [](double) { return std::optional(io::Response{.status = 401, .headers = {}, .body = "no org id\n"}); };
        run.go();
        CHECK(run.code == 3);
        CHECK(run.reason() == "POST http://mimir:8080/prometheus/api/v1/query: the server wants to know the tenant: no org id");
        CHECK(run.says("give it with --tenant"));
        CHECK(run.world.requests.size() == 1);
    }
}

TEST_CASE("Thanos is told not to hide stores that are away") {
    Run run;
    run.prometheus.targets = {service("a:80", 10, 0)};
    run.go();
    CHECK(run.code == 0);
    for (const auto& request : run.world.requests) {
        if (request.method == "POST") CHECK(std::get<std::string>(request.body).find("partial_response=false&dedup=true") != std::string::npos);
    }
    CHECK(count_of_queries(run.prometheus, "time()") > 10);
}

TEST_CASE("options that several servers do not go with") {
    Run run;
    std::string said;
    SECTION("shards of one") {
        run.with({"--shards"});
        said = "cannot use --shards: there is one --prometheus-url only";
    }
    SECTION("shards behind Thanos") {
        run.another("q:9090");
        run.with({"--shards", "--replica-label", "r"});
        said = "cannot use --shards with --replica-label";
    }
    SECTION("the budget of shards") {
        run.another("q:9090");
        run.with({"--shards", "--require-budget"});
        said = "cannot use --require-budget with --shards: no shard knows how much of the budget is spent on all of them";
    }
    run.go();
    CHECK(run.code == 2);
    CHECK(run.says(said));
    CHECK(run.world.requests.empty());
}
