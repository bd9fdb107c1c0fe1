#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "nomad/client.hpp"
#include "nomad/plan.hpp"

#include <string>

using namespace slipway;
using namespace slipway::nomad;

namespace {

/// A client whose server always answers the same.
struct Asked {
    fake::World world;
    ConnectionOptions options{.server = {.url = "http://127.0.0.1:4646"}};

    explicit Asked(int status, std::string body) {
        world.on_request = [status, body = std::move(body)](const io::Request&) { return io::Response{status, {}, body}; };
    }
    template <class Call> auto with_client(Call call) {
        auto context = world.context();
        Client client(options, context);
        return call(client);
    }
};

} // namespace

TEST_CASE("what Nomad says of a wrong job has a place") {
    // Texts of Nomad 2.0.5.
    const auto objection = read_objection("Failed to parse job: input.hcl:2,3-11: Unsupported argument; An argument named \"nonsense\" is not expected here.");
    CHECK(objection.message == "Unsupported argument; An argument named \"nonsense\" is not expected here.");
    CHECK(objection.line == 2);
    CHECK(objection.column == 3);
    CHECK(read_objection("Failed to parse job: input.hcl:9,1-13,1: Invalid character; This character").line == 9);
    const auto unset = read_objection("Failed to parse job: <nil>: Unset variable \"img\"; A used variable must be set");
    CHECK(unset.message == "Unset variable \"img\"; A used variable must be set");
    CHECK(unset.line == 0);
    CHECK(read_objection("Job spec is empty").message == "Job spec is empty");
    for (const char* odd : {"input.hcl:", "input.hcl:x,3: y", "input.hcl:2,: y", "input.hcl:2,3", "input.hcl:99999999999999999999,1-2: y", ""}) {
        INFO(odd);
        CHECK(read_objection(odd).message == odd);
    }
}

TEST_CASE("Nomad is asked in its own form") {
    Asked asked(200, R"({"ID": "a/b", "Name": "x"})");
    asked.options.name_space = "team a";
    asked.options.region = "eu";
    asked.options.server.token = Secret("0000-token");
    asked.with_client([&](Client& client) {
        const auto parsed = client.parse("job \"x\" {}");
        CHECK(parsed.objections.empty());
        client.plan(parsed.job);
        return 0;
    });
    REQUIRE(asked.world.requests.size() == 2);
    CHECK(asked.world.requests[0].method == "PUT");
    CHECK(asked.world.requests[0].url == "http://127.0.0.1:4646/v1/jobs/parse?namespace=team%20a&region=eu");
    CHECK(std::get<std::string>(asked.world.requests[0].body) == R"({"JobHCL":"job \"x\" {}","Canonicalize":true})");
    CHECK(asked.world.requests[1].url == "http://127.0.0.1:4646/v1/job/a%2Fb/plan?namespace=team%20a&region=eu");
    CHECK(std::get<std::string>(asked.world.requests[1].body) == R"({"Job":{"ID":"a/b","Name":"x"},"Diff":true})");
    REQUIRE(asked.world.connections.size() == 1);
    REQUIRE(asked.world.connections[0].secret_headers.size() == 1);
    CHECK(asked.world.connections[0].secret_headers[0].name == "X-Nomad-Token");
    CHECK(asked.world.connections[0].secret_headers[0].value == "0000-token");
}

TEST_CASE("variables of HCL2 are sent beside the text") {
    Asked asked(200, "{}");
    asked.with_client([](Client& client) { return client.parse("job {}", "a = 1"); });
    CHECK(std::get<std::string>(asked.world.requests.at(0).body) == R"({"JobHCL":"job {}","Canonicalize":true,"Variables":"a = 1"})");
}

TEST_CASE("the version of the agent") {
    const auto version = [](int status, const std::string& body) {
        return Asked(status, body).with_client([](Client& client) { return client.version(); }).value_or("not told");
    };
    CHECK(version(200, R"({"config": {"Version": {"Version": "1.6.2", "VersionPrerelease": ""}}, "member": {"Tags": {"build": "9"}}})") == "1.6.2");
    CHECK(version(200, R"({"config": {"Version": "x"}, "member": {"Tags": {"build": "2.0.5"}}})") == "2.0.5");
    for (const char* odd : {"{}", R"({"config": null, "member": [1]})", R"({"member": {"Tags": {"build": 1}}})"}) CHECK(version(200, odd) == "not told");
    CHECK(version(403, "Permission denied") == "not told");
    CHECK(failure_of([&] { version(502, ""); }).code() == ExitCode::world);
}

TEST_CASE("a socket of the file system") {
    Asked asked(200, "{}");
    asked.options.server.url = "unix:///run/nomad.sock";
    asked.with_client([](Client& client) { return client.parse("x"); });
    CHECK(asked.world.connections.at(0).unix_socket == "/run/nomad.sock");
    CHECK(asked.world.requests.at(0).url == "http://localhost/v1/jobs/parse");
}

TEST_CASE("refusals and failures are told apart") {
    CHECK(Asked(400, "Failed to parse job: input.hcl:1,1-2: x; y").with_client([](Client& c) { return c.parse("j"); }).objections.size() == 1);
    CHECK(Asked(500, "2 errors occurred:\n\t* a\n\t* b\n").with_client([](Client& c) { return c.validate({}); }).errors.size() == 1);
    const auto both = Asked(200, R"({"ValidationErrors": ["a\n\t* b", "c"], "Warnings": "1 warning:\n\n* w"})").with_client([](Client& c) { return c.validate({}); });
    CHECK(both.errors.size() == 2);
    CHECK(both.warnings == std::vector<std::string>{"w"});
    CHECK(Asked(200, R"({"ValidationErrors": null, "Error": "", "Warnings": ""})").with_client([](Client& c) { return c.validate({}); }).errors.empty());

    const auto code = [](int status, const std::string& body) {
        return failure_of([&] { Asked(status, body).with_client([](Client& c) { return c.plan({{"ID", "x"}}); }); }).code();
    };
    CHECK(code(500, "1 error occurred: x") == ExitCode::refused);
    CHECK(code(500, "No cluster leader") == ExitCode::world);
    CHECK(code(500, "rpc error: No path to region") == ExitCode::world);
    CHECK(code(403, "Permission denied") == ExitCode::world);
    CHECK(code(500, "rpc error: 1 error occurred: x") == ExitCode::refused); // as a follower tells what the leader said
    CHECK(code(404, "") == ExitCode::world);
    CHECK(code(200, "<html>") == ExitCode::world);
    CHECK(code(200, "[1]") == ExitCode::world);
}

TEST_CASE("a plan for people") {
    const auto plan = nlohmann::ordered_json::parse(R"({"Diff": {"ID": "web", "Type": "Edited",
        "Fields": [{"Type": "Edited", "Name": "Meta[v]", "Old": "0", "New": "1\u001b[2J"}, {"Type": "None", "Name": "Region", "Old": "eu", "New": "eu"}],
        "Objects": null,
        "TaskGroups": [{"Type": "Edited", "Name": "api", "Updates": {"canary": 1, "ignore": 2},
            "Fields": [{"Type": "Added", "Name": "Count", "Old": "", "New": "2", "Annotations": ["forces create"]}],
            "Objects": [{"Type": "Deleted", "Name": "Network", "Fields": [{"Type": "Deleted", "Name": "Mode", "Old": "host", "New": ""}]}],
            "Tasks": [{"Type": "Edited", "Name": "server", "Annotations": ["forces create/destroy update"], "Fields": null,
                "Objects": [{"Type": "Edited", "Name": "Config", "Fields": [{"Type": "Edited", "Name": "image", "Old": "a:1", "New": "a:2"}]}]},
                {"Type": "None", "Name": "other"}]}]}})");
    CHECK(changes_anything(plan));
    CHECK(difference_for_people(plan) == "~ job \"web\"\n"
                                         "  ~ Meta[v]: \"0\" => \"1\\u001b[2J\"\n"
                                         "  ~ group \"api\" (1 canary, 2 ignore)\n"
                                         "    + Count: \"2\" (forces create)\n"
                                         "    - Network\n"
                                         "      - Mode: \"host\"\n"
                                         "    ~ task \"server\" (forces create/destroy update)\n"
                                         "      ~ Config\n"
                                         "        ~ image: \"a:1\" => \"a:2\"\n");
    CHECK(placement_failures(plan).empty());
}

TEST_CASE("plans without change, without difference, without sense") {
    CHECK_FALSE(changes_anything(Json::parse(R"({"Diff": {"Type": "None", "ID": "x"}})")));
    CHECK(difference_for_people(Json::parse(R"({"Diff": {"Type": "None", "ID": "x"}})")) == "no change to job \"x\"\n");
    CHECK(difference_for_people(Json::parse(R"({"Diff": null})")) == "Nomad tells no difference\n");
    for (const char* odd : {"{}", R"({"Diff": 3})", R"({"Diff": {"Type": "Edited", "Fields": 3, "TaskGroups": [1, {"Tasks": [2]}], "Objects": {"a": 1}}})",
                            R"({"FailedTGAllocs": {"a": 1, "b": {"NodesEvaluated": "x", "ConstraintFiltered": [1]}}})"}) {
        INFO(odd);
        CHECK_NOTHROW(difference_for_people(Json::parse(odd)));
        CHECK_NOTHROW(placement_failures(Json::parse(odd)));
    }
    const auto failed = Json::parse(R"({"FailedTGAllocs": {"web": {"ConstraintFiltered": {"${attr.kernel.name} = plan9": 1}, "DimensionExhausted": {"memory": 2}},
                                                            "db": {"NodesEvaluated": 0}}})");
    CHECK(placement_failures(failed) == std::vector<std::string>{"group web: 1 node filtered by ${attr.kernel.name} = plan9, 2 nodes exhausted on memory",
                                                                 "group db: no node was eligible: datacenters, node pool or node state"});
}
