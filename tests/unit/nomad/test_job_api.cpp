#include "catch.hpp"

#include "core/text.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "nomad/job_api.hpp"

#include <deque>
#include <string>

using namespace slipway;
using namespace slipway::nomad;

namespace {

constexpr const char* deployment = R"({"ID": "d1", "Status": "running", "JobVersion": 3, "TaskGroups": {"web": {"DesiredTotal": 2}}})";

io::Response answer(std::string body, std::uint64_t index = 10, int status = 200) {
    return {status, {{"X-Nomad-Index", std::to_string(index)}}, std::move(body)};
}

/// A server that gives one answer after the other, the last again and again, each after a time. Status 0: the connection is refused.
struct Server {
    struct Play {
        io::Response response;
        Duration after{0};
    };
    fake::World world;
    std::deque<Play> plays;
    ConnectionOptions options;
    cli::Context context = world.context();
    Duration time_limit{60'000};

    explicit Server(std::deque<Play> all) : plays(std::move(all)) {
        options.server.url = "http://127.0.0.1:4646";
        world.on_request = [this](const io::Request&) {
            const auto play = plays.front();
            if (plays.size() > 1) plays.pop_front();
            world.clock.time += play.after;
            if (play.response.status == 0) throw world_failure("GET x: connection refused");
            return play.response;
        };
    }
    explicit Server(io::Response response) : Server(std::deque<Play>{{std::move(response)}}) {}

    template <class Call> auto operator()(Call call) {
        Http http(options, context);
        JobApi api(http, {"par/a b", "team"}, world.clock.steady() + time_limit, context);
        return call(api);
    }
    std::string path(std::size_t request) const { return world.requests.at(request).url.substr(options.server.url.size()); }
    std::size_t log_lines_with(std::string_view words) const {
        std::size_t count = 0;
        for (const auto line : lines(world.terminal.err)) count += line.find(words) != std::string_view::npos ? 1u : 0u;
        return count;
    }
};

auto read_deployment_d1(Newer newer) {
    return [newer](JobApi& api) { return api.deployment("d1", newer); };
}

constexpr Newer from_10{10, Duration{600'000}};

} // namespace

TEST_CASE("an outage is outlasted, and said once") {
    for (const auto& failing : std::vector<io::Response>{{0, {}, ""}, {500, {}, "No cluster leader"}, {503, {}, ""}, {504, {}, ""}, {429, {}, ""}, {404, {}, "404 page not found"},
                                                         {200, {}, "<html>Sign in"}, {200, {}, ""}}) {
        INFO(failing.status << ' ' << failing.body);
        Server server(std::deque<Server::Play>{{failing}, {failing}, {failing}, {failing}, {failing}, {answer(deployment)}});
        const auto read = server(read_deployment_d1({}));
        REQUIRE(read);
        CHECK(read->value.job_version == 3);
        CHECK(read->index == 10);
        CHECK(server.world.requests.size() == 6);
        CHECK(server.log_lines_with("Nomad does not answer: ") == 1);
        CHECK(server.log_lines_with("asking again for 1m") == 1);
        CHECK(server.log_lines_with("Nomad answers again after") == 1);
        const auto& sleeps = server.world.clock.sleeps;
        REQUIRE(sleeps.size() == 5);
        for (std::size_t i = 0; i < sleeps.size(); ++i) {
            const Duration longest = std::min(Duration{250} * (1 << i), Duration{2000});
            CHECK(sleeps[i] <= longest);
            CHECK(sleeps[i] >= longest / 2 - Duration{1});
        }
    }
}

TEST_CASE("at the deadline the last failure is thrown") {
    Server server(io::Response{500, {}, "No cluster leader"});
    server.time_limit = Duration{5'000};
    const auto begin = server.world.clock.time;
    CHECK(words_of(failure_of([&] { server(read_deployment_d1(from_10)); })) == "3 GET http://127.0.0.1:4646/v1/deployment/d1: status 500: No cluster leader");
    CHECK(server.world.clock.time - begin == Duration{5'000});
    // After it, everything is asked for once.
    Server late(io::Response{0, {}, ""});
    late.time_limit = Duration{-1};
    CHECK(failure_of([&] { late(read_deployment_d1(from_10)); }).code() == ExitCode::world);
    CHECK(late.world.requests.size() == 1);
    CHECK(late.path(0) == "/v1/deployment/d1?namespace=team"); // Nomad takes wait=0 for five minutes
}

TEST_CASE("what no repetition heals ends a read at once") {
    for (const int status : {401, 403, 302, 400, 501}) {
        INFO(status);
        Server server(io::Response{status, {}, "no"});
        CHECK(failure_of([&] { server(read_deployment_d1({})); }).code() == ExitCode::world);
        CHECK(server.world.requests.size() == 1);
        CHECK(server.world.terminal.err.empty());
    }
    const auto capability_of = [](auto call) { return failure_of([&] { Server(io::Response{403, {}, "Permission denied"})(call); }).diagnostics().at(0).hint; };
    const std::string hint = "give a token with NOMAD_TOKEN or --nomad-token-file; it needs the capability ";
    CHECK(capability_of([](JobApi& api) { return api.job(); }) == hint + "read-job in namespace 'team'");
    CHECK(capability_of([](JobApi& api) { return api.log_tail("a", "t", JobApi::LogStream::err, 9); }) == hint + "read-logs in namespace 'team'");
    CHECK(capability_of([](JobApi& api) { return api.promote("d"); }) == hint + "submit-job in namespace 'team'");
    CHECK(capability_of([](JobApi& api) { return api.dispatch({}, "", ""); }) == hint + "dispatch-job in namespace 'team'");
}

TEST_CASE("blocking reads wait as long as may be") {
    struct Row {
        Newer newer;
        Duration left;
        std::string query;
        Duration timeout;
    };
    for (const auto& row : std::vector<Row>{{{0, Duration{9'000}}, Duration{60'000}, "", Duration{15'000}},
                                            {{7, Duration{0}}, Duration{60'000}, "", Duration{15'000}},
                                            {{7, Duration{3'200}}, Duration{60'000}, "&index=7&wait=3200ms", Duration{18'400}},
                                            {{7, Duration{600'000}}, Duration{600'000}, "&index=7&wait=50000ms", Duration{68'125}},
                                            {{7, Duration{600'000}}, Duration{1'600}, "&index=7&wait=1600ms", Duration{16'700}}}) {
        INFO(row.query);
        Server server(answer(deployment));
        server.time_limit = row.left;
        server(read_deployment_d1(row.newer));
        CHECK(server.path(0) == "/v1/deployment/d1?namespace=team" + row.query);
        CHECK(server.world.requests.at(0).timeout == row.timeout);
        CHECK(server.world.clock.sleeps.empty());
    }
}

TEST_CASE("a gateway without patience is no outage") {
    Server server(std::deque<Server::Play>{{{504, {}, ""}, Duration{30'000}}, {{504, {}, ""}, Duration{5'000}}, {answer(deployment, 11)}});
    CHECK(server(read_deployment_d1(from_10)));
    CHECK(server.world.terminal.err.empty());
    CHECK(server.world.clock.sleeps.empty()); // what is new is known at once

    // Not even at the deadline, where it is asked without waiting.
    Server last(std::deque<Server::Play>{{{504, {}, ""}, Duration{60'000}}, {answer(deployment, 10)}});
    CHECK(last(read_deployment_d1(from_10)));
    CHECK(last.path(1) == "/v1/deployment/d1?namespace=team");

    // A server that hangs is an outage, and so is a gateway that has no server.
    for (const Server::Play& play : {Server::Play{{0, {}, ""}, Duration{30'000}}, Server::Play{{504, {}, ""}, Duration{4'999}}}) {
        Server out(std::deque<Server::Play>{play, {answer(deployment, 11)}});
        CHECK(out(read_deployment_d1(from_10)));
        CHECK(out.log_lines_with("Nomad does not answer") == 1);
    }
}

TEST_CASE("an index that goes backwards, or none, is no reason to hurry") {
    const auto index_after = [](io::Response response, Newer newer, std::size_t sleeps) {
        Server server(std::move(response));
        const auto read = server(read_deployment_d1(newer));
        CHECK(server.world.clock.sleeps.size() == sleeps);
        return read->index;
    };
    CHECK(index_after(answer(deployment, 11), from_10, 0) == 11);
    CHECK(index_after(answer(deployment, 10), from_10, 0) == 10);
    CHECK(index_after(answer(deployment, 3), from_10, 1) == 0); // a server that was restored
    CHECK(index_after({200, {}, deployment}, from_10, 1) == 0); // a proxy that drops headers
    CHECK(index_after({200, {}, deployment}, {0, Duration{1'000}}, 1) == 0);
    CHECK(index_after({200, {}, deployment}, {}, 0) == 0);
}

TEST_CASE("what Nomad does not know is nothing") {
    Server server(answer("job not found", 187, 404));
    server([](JobApi& api) {
        CHECK_FALSE(api.job());
        CHECK(api.versions().empty());
        CHECK(api.deployments().empty());
        CHECK_FALSE(api.latest_deployment());
        CHECK_FALSE(api.evaluation("e", from_10));
        CHECK_FALSE(api.deployment("d", from_10));
        CHECK(api.allocations(from_10).value.empty());
        CHECK(api.deployment_allocations("d").empty());
        CHECK(api.evaluations().empty());
        CHECK(api.children().empty());
        CHECK(api.allocation("a").is_null());
        CHECK(api.checks("a").empty());
        CHECK(api.services("web").empty());
        CHECK_FALSE(api.log_tail("a", "t", JobApi::LogStream::out, 9));
        return 0;
    });
    CHECK(server.world.terminal.err.empty());
}

TEST_CASE("answers of another shape are nothing, and break nothing") {
    const auto deep = std::string(100'000, '[') + std::string(100'000, ']');
    for (const std::string& odd : {std::string("null"), std::string("[]"), std::string("{}"), std::string("3"), std::string("\"x\""), std::string("[null, 3, [], {\"ID\": 3}]"),
                                   std::string(R"({"Versions": null, "TaskGroups": [1], "ID": {}})"), "{\"TaskGroups\":" + deep + "}", deep}) {
        INFO(odd.substr(0, 50));
        Server server(answer(odd));
        server([](JobApi& api) {
            CHECK(api.versions().empty());
            CHECK(api.children().empty());
            CHECK(api.services("web").empty());
            CHECK(api.deployments().size() <= 1);
            CHECK(api.evaluations().size() <= 1);
            CHECK(api.allocations().value.size() <= 1);
            if (const auto job = api.job()) CHECK(job->version == 0);
            if (const auto latest = api.latest_deployment()) CHECK(latest->id.empty());
            return 0;
        });
    }
}

TEST_CASE("lists come in order") {
    Server server(answer(R"([{"ID": "a", "JobVersion": 1, "ModifyIndex": 5}, {"ID": "b", "JobVersion": 3, "ModifyIndex": 6}, {"ID": "c", "JobVersion": 3, "ModifyIndex": 9}])"));
    const auto deployments = server([](JobApi& api) { return api.deployments(); });
    REQUIRE(deployments.size() == 3);
    CHECK(deployments[0].id + deployments[1].id + deployments[2].id == "cba");
    Server other(answer(R"({"Versions": [{"Version": 1}, {"Version": 4}, null]})"));
    const auto versions = other([](JobApi& api) { return api.versions(); });
    REQUIRE(versions.size() == 2);
    CHECK(versions[0].version == 4);
    Server jobs(answer(R"([{"ID": "par/a b/dispatch-1", "ParentID": "par/a b"}, {"ID": "par/a b/other", "ParentID": ""}, 3])"));
    CHECK(jobs([](JobApi& api) { return api.children(); }) == std::vector<std::string>{"par/a b/dispatch-1"});
    CHECK(jobs.path(0) == "/v1/jobs?namespace=team&prefix=par%2Fa%20b%2F");
}

TEST_CASE("a node that is gone is not waited for") {
    for (const auto& failing : std::vector<io::Response>{{0, {}, ""}, {500, {}, "No path to node"}, {404, {}, "Unknown allocation"}, {504, {}, ""}}) {
        Server server(failing);
        server([](JobApi& api) {
            CHECK_FALSE(api.log_tail("a", "t", JobApi::LogStream::err, 9));
            CHECK_FALSE(api.log_from("a", "t", JobApi::LogStream::err, 9));
            CHECK(api.checks("a").empty());
            return 0;
        });
        CHECK(server.world.requests.size() == 3);
        CHECK(server.world.requests.at(0).timeout <= Duration{10'000});
        CHECK(server.world.clock.sleeps.empty());
    }
    Server more(io::Response{200, {}, "0123456789"}); // than was asked for
    CHECK(more([](JobApi& api) { return api.log_tail("a", "t", JobApi::LogStream::out, 4); }) == "6789");
}

TEST_CASE("each request as Nomad wants it") {
    struct Row {
        std::function<void(JobApi&)> call;
        std::string method;
        std::string path;
        std::string body;
    };
    const Submission submission{.source = "job {}", .format = "hcl2", .flags = {{"a", "1"}}, .variables = "b = 2"};
    for (const auto& row : std::vector<Row>{
             {[](JobApi& api) { api.job(); }, "GET", "/v1/job/par%2Fa%20b", ""},
             {[](JobApi& api) { api.versions(); }, "GET", "/v1/job/par%2Fa%20b/versions", ""},
             {[](JobApi& api) { api.deployments(); }, "GET", "/v1/job/par%2Fa%20b/deployments", ""},
             {[](JobApi& api) { api.latest_deployment(); }, "GET", "/v1/job/par%2Fa%20b/deployment", ""},
             {[](JobApi& api) { api.evaluations(); }, "GET", "/v1/job/par%2Fa%20b/evaluations", ""},
             {[](JobApi& api) { api.of("x").allocations({7, Duration{1'000}}); }, "GET", "/v1/job/x/allocations?all=true&index=7&wait=1000ms", ""},
             {[](JobApi& api) { api.evaluation("../e"); }, "GET", "/v1/evaluation/..%2Fe", ""},
             {[](JobApi& api) { api.deployment_allocations("d"); }, "GET", "/v1/deployment/allocations/d", ""},
             {[](JobApi& api) { api.allocation("a"); }, "GET", "/v1/allocation/a", ""},
             {[](JobApi& api) { api.services("we?b"); }, "GET", "/v1/service/we%3Fb", ""},
             {[](JobApi& api) { api.checks("a"); }, "GET", "/v1/client/allocation/a/checks", ""},
             {[](JobApi& api) { api.log_tail("a", "t&", JobApi::LogStream::err, 9); }, "GET", "/v1/client/fs/logs/a?origin=end&offset=9&task=t%26&type=stderr&plain=true", ""},
             {[](JobApi& api) { api.log_from("a", "t", JobApi::LogStream::out, 0); }, "GET", "/v1/client/fs/logs/a?origin=start&offset=0&task=t&type=stdout&plain=true", ""},
             {[](JobApi& api) { api.register_job({{"ID", "x"}}, 0, {}); }, "PUT", "/v1/jobs", R"({"Job":{"ID":"x"},"EnforceIndex":true,"JobModifyIndex":0})"},
             {[&](JobApi& api) { api.register_job({}, 7, submission); }, "PUT", "/v1/jobs",
              R"({"Job":null,"EnforceIndex":true,"JobModifyIndex":7,"Submission":{"Source":"job {}","Format":"hcl2","VariableFlags":{"a":"1"},"Variables":"b = 2"}})"},
             {[](JobApi& api) { api.revert(1, 2); }, "PUT", "/v1/job/par%2Fa%20b/revert", R"({"JobID":"par/a b","JobVersion":1,"EnforcePriorVersion":2})"},
             {[](JobApi& api) { api.fail("d"); }, "PUT", "/v1/deployment/fail/d", R"({"DeploymentID":"d"})"},
             {[](JobApi& api) { api.promote("d"); }, "PUT", "/v1/deployment/promote/d", R"({"DeploymentID":"d","All":true})"},
             {[](JobApi& api) { api.dispatch({{"k", "v"}}, "hi", "t 1"); }, "PUT", "/v1/job/par%2Fa%20b/dispatch?idempotency_token=t%201", R"({"Meta":{"k":"v"},"Payload":"aGk="})"},
             {[](JobApi& api) { api.dispatch({}, "", ""); }, "PUT", "/v1/job/par%2Fa%20b/dispatch", R"({"Meta":{}})"},
             {[](JobApi& api) { api.force_periodic(); }, "PUT", "/v1/job/par%2Fa%20b/periodic/force", "{}"},
             {[](JobApi& api) { api.stop(JobApi::Purge::no); }, "DELETE", "/v1/job/par%2Fa%20b", ""},
             {[](JobApi& api) { api.stop(JobApi::Purge::yes); }, "DELETE", "/v1/job/par%2Fa%20b?purge=true", ""},
         }) {
        Server server(answer("{}"));
        server([&](JobApi& api) {
            row.call(api);
            return 0;
        });
        REQUIRE(server.world.requests.size() == 1);
        auto path = server.path(0);
        replace_all(path, "namespace=team&", "");
        replace_all(path, "?namespace=team", "");
        CHECK(path == row.path);
        CHECK(server.world.requests[0].method == row.method);
        const auto* body = std::get_if<std::string>(&server.world.requests[0].body);
        CHECK((body == nullptr ? "" : *body) == row.body);
    }
}

TEST_CASE("writes are sent once") {
    Server server(io::Response{0, {}, ""});
    server([](JobApi& api) {
        CHECK(api.promote("d").outcome == Written::Outcome::lost);
        CHECK(api.stop(JobApi::Purge::no).outcome == Written::Outcome::lost);
        return 0;
    });
    CHECK(server.world.requests.size() == 2);
    CHECK(server.world.clock.sleeps.empty());
}
