#include "catch.hpp"

#include "nomad/model.hpp"

#include <climits>
#include <string>

using namespace slipway;
using namespace slipway::nomad;

namespace {

// Answers of Nomad 2.0.5, without what nobody here reads.
const Json canary_deployment = Json::parse(R"({"CreateIndex": 204, "CreateTime": 1795319127350119822, "ID": "fb4d0a62-7761-50d8-2f23-4e3869e8edfd", "IsMultiregion": false,
    "JobCreateIndex": 194, "JobID": "sc", "JobModifyIndex": 203, "JobSpecModifyIndex": 203, "JobVersion": 1, "ModifyIndex": 204, "Status": "running",
    "StatusDescription": "Deployment is running but requires manual promotion",
    "TaskGroups": {"web": {"AutoPromote": false, "AutoRevert": false, "DesiredCanaries": 1, "DesiredTotal": 1, "HealthyAllocs": 0, "PlacedAllocs": 1,
        "PlacedCanaries": ["bae16071-57f8-de61-ae9b-29176c49230c"], "ProgressDeadline": 15000000000, "Promoted": false, "RequireProgressBy": "2026-11-22T03:45:42.350707163Z", "UnhealthyAllocs": 0}}})");

const Json blocked_evaluation = Json::parse(R"({"CreateIndex": 133, "FailedTGAllocs": {"web": {"ConstraintFiltered": {"${attr.kernel.name} = plan9": 1}, "NodesEvaluated": 1}},
    "ID": "949ba4e9-afce-8d7a-e6c4-674536ea83ca", "JobID": "pf", "JobModifyIndex": 132, "ModifyIndex": 133, "PreviousEval": "7e9e46e1-3e7b-3b3f-5e1a-1f522b0f9af2",
    "QueuedAllocations": {"web": 2}, "Status": "blocked", "StatusDescription": "created to place remaining allocations", "TriggeredBy": "queued-allocs", "Type": "service"})");

const Json listed_allocation = Json::parse(R"({"ClientDescription": "All tasks have completed", "ClientStatus": "complete", "CreateIndex": 145, "CreateTime": 1795319097718283970,
    "DeploymentStatus": null, "DesiredDescription": "", "DesiredStatus": "run", "EvalID": "5e88dd79-58fe-86c7-6140-cce2a93deb72", "FollowupEvalID": "",
    "ID": "25fb5742-cfc6-4854-2f2c-11e5001a6681", "JobID": "mig-ok", "JobType": "batch", "JobVersion": 4, "ModifyIndex": 148, "Name": "mig-ok.m[0]", "NextAllocation": "",
    "NodeID": "d15dcc1e-1406-9628-2b2d-8176b6b83e37", "NodeName": "vm", "RescheduleTracker": null, "TaskGroup": "m",
    "TaskStates": {"migrate": {"Events": [
        {"Details": {}, "DisplayMessage": "Task received by client", "ExitCode": 0, "Signal": 0, "Time": 1795319097735149995, "Type": "Received"},
        {"Details": {"exit_code": "137", "signal": "9", "oom_killed": "true"}, "DisplayMessage": "Exit Code: 137", "ExitCode": 137, "Signal": 9, "Time": 1795319099903032573, "Type": "Terminated"}],
        "Failed": false, "FinishedAt": "2026-11-22T03:44:59.910762578Z", "LastRestart": null, "Restarts": 2, "StartedAt": "2026-11-22T03:44:57.903894873Z", "State": "dead"},
      "a": {"Events": null, "FinishedAt": "0001-01-01T00:00:00Z", "StartedAt": null, "State": "pending"}}})");

const Json whole_allocation = Json::parse(R"({"AllocatedResources": {
        "Shared": {"Networks": [{"DynamicPorts": [{"HostNetwork": "default", "Label": "http", "To": 0, "Value": 25787}], "IP": "127.0.0.1"}], "Ports": [{"HostIP": "127.0.0.1", "Label": "http", "To": 0, "Value": 25787}]},
        "Tasks": {"app": {"Networks": null}}},
    "ClientStatus": "running", "DeploymentID": "fb4d0a62-7761-50d8-2f23-4e3869e8edfd", "DeploymentStatus": {"Canary": true, "Healthy": false, "ModifyIndex": 208},
    "ID": "bae16071-57f8-de61-ae9b-29176c49230c", "TaskGroup": "web",
    "Job": {"ID": "sc", "Version": 1, "TaskGroups": [{"Name": "other", "Services": [{"Name": "no", "PortLabel": "http"}]},
        {"Name": "web", "Services": [{"Address": "", "AddressMode": "auto", "CanaryTags": ["canary"], "Name": "web", "PortLabel": "http", "Provider": "nomad", "Tags": ["metrics", "v1"]}],
         "Tasks": [{"Name": "app", "Services": null}]}]}})");

std::string text_of(const std::optional<Timestamp>& time) { return time ? format_timestamp(*time) : "none"; }

/// Everything that is read of an object.
void read_all(const Json& json) {
    CHECK(read_job(json).version < 1'000);
    CHECK(read_evaluation(json).job_modify_index < 1'000);
    const auto deployment = read_deployment(json);
    CHECK((!deployment.canaries_are_healthy() || deployment.waits_for_promotion()));
    const auto allocation = read_allocation(json);
    for (const auto& task : allocation.tasks) {
        for (const auto& event : task.events) CHECK((!event.exit_code || event.type == "Terminated"));
    }
    for (const auto& check : read_checks(json)) CHECK(check.status.size() < 100);
    for (const auto& service : read_services(json)) CHECK(service.address.find(':') != std::string::npos);
    for (const auto& service : addresses_of(json)) CHECK(service.address.find(':') != std::string::npos);
}

/// Reads an object with each of its values replaced, on every level, by each lie.
void lie(const Json& whole) {
    const auto flat = whole.flatten();
    std::vector<std::string> pointers;
    for (const auto& [pointer, value] : flat.items()) {
        for (auto at = pointer; !at.empty(); at.resize(at.rfind('/'))) pointers.push_back(at);
    }
    const std::vector<Json> lies{nullptr, true, -1, 1.5, "x", "", Json::array(), Json::object(), Json::array({nullptr, 3, Json::object()}), Json{{"a", nullptr}}, Json{{"b", {{"c", -3}}}}};
    for (const auto& pointer : pointers) {
        INFO(pointer);
        for (const auto& value : lies) {
            auto changed = whole;
            changed[Json::json_pointer(pointer)] = value;
            read_all(changed);
        }
    }
}

} // namespace

TEST_CASE("a deployment that waits for promotion") {
    const auto deployment = read_deployment(canary_deployment);
    CHECK(short_id(deployment.id) == "fb4d0a62");
    CHECK(deployment.job_version == 1);
    CHECK(deployment.spec_modify_index == 203);
    CHECK(deployment.status == "running");
    CHECK(text_of(deployment.created) == "2026-11-22T03:45:27.350Z");
    REQUIRE(deployment.groups.size() == 1);
    CHECK(deployment.groups[0].canaries == std::vector<std::string>{"bae16071-57f8-de61-ae9b-29176c49230c"});
    CHECK(deployment.groups[0].wanted() == 1);

    struct Row {
        const char* groups;
        bool waits, healthy, by_itself;
    };
    for (const auto& row : std::vector<Row>{
             {R"({"a": {"DesiredCanaries": 2, "HealthyAllocs": 1}})", true, false, false},
             {R"({"a": {"DesiredCanaries": 2, "HealthyAllocs": 2}})", true, true, false},
             {R"({"a": {"DesiredCanaries": 2, "HealthyAllocs": 2}, "b": {"DesiredCanaries": 1}})", true, false, false},
             {R"({"a": {"DesiredCanaries": 2, "HealthyAllocs": 2}, "b": {"DesiredCanaries": 1, "Promoted": true}, "c": {"DesiredTotal": 5}})", true, true, false},
             {R"({"a": {"DesiredCanaries": 1, "AutoPromote": true}, "c": {"DesiredTotal": 5}})", true, false, true},
             {R"({"a": {"DesiredCanaries": 1, "AutoPromote": true}, "c": {"DesiredCanaries": 5}})", true, false, false},
             {R"({"a": {"DesiredCanaries": 1, "HealthyAllocs": 1, "Promoted": true}})", false, false, false},
             {R"({"a": {"DesiredTotal": 1, "HealthyAllocs": 1}})", false, false, false},
             {"null", false, false, false},
         }) {
        INFO(row.groups);
        const auto read = read_deployment({{"TaskGroups", Json::parse(row.groups)}});
        CHECK(read.waits_for_promotion() == row.waits);
        CHECK(read.canaries_are_healthy() == row.healthy);
        CHECK(read.promotes_itself() == row.by_itself);
    }
}

TEST_CASE("an evaluation that found no place") {
    const auto evaluation = read_evaluation(blocked_evaluation);
    CHECK(evaluation.status == "blocked");
    CHECK(evaluation.description == "created to place remaining allocations");
    CHECK(evaluation.job_modify_index == 132);
    CHECK(evaluation.queued == std::map<std::string, std::uint64_t>{{"web", 2}});
    CHECK(evaluation.failed_groups.at("web").at("NodesEvaluated") == 1);
    CHECK(read_evaluation({{"FailedTGAllocs", Json::object()}}).failed_groups.is_null());
}

TEST_CASE("an allocation of a list") {
    const auto allocation = read_allocation(listed_allocation);
    CHECK(allocation.group == "m");
    CHECK(allocation.node_name == "vm");
    CHECK(allocation.job_version == 4);
    CHECK(allocation.is_over());
    CHECK_FALSE(allocation.canary);
    CHECK_FALSE(allocation.healthy);
    CHECK(text_of(allocation.created) == "2026-11-22T03:44:57.718Z");
    REQUIRE(allocation.tasks.size() == 2);
    CHECK(allocation.tasks[0].name == "a"); // by name
    CHECK(text_of(allocation.tasks[0].started) + text_of(allocation.tasks[0].finished) == "nonenone");
    const auto& task = allocation.tasks[1];
    CHECK(task.restarts == 2);
    CHECK(text_of(task.finished) == "2026-11-22T03:44:59.910Z");
    REQUIRE(task.events.size() == 2);
    CHECK_FALSE(task.events[0].exit_code);
    CHECK(task.events[1].exit_code == 137);
    CHECK(task.events[1].signal == 9);
    CHECK(task.events[1].out_of_memory);
    CHECK(format_timestamp(task.events[1].time) == "2026-11-22T03:44:59.903Z");
}

TEST_CASE("exit codes as servers and systems have them") {
    const auto exit_code = [](const char* event) {
        auto json = Json::parse(event);
        json["Type"] = "Terminated";
        const auto task = read_allocation({{"TaskStates", {{"t", {{"Events", Json::array({json})}}}}}}).tasks.at(0);
        return task.events.at(0).exit_code;
    };
    CHECK(exit_code(R"({"ExitCode": 0})") == 0);
    CHECK(exit_code(R"({"Details": {"exit_code": "3"}})") == 3);
    CHECK(exit_code(R"({"ExitCode": null, "Details": {"exit_code": "-1"}})") == -1);
    CHECK(exit_code(R"({"ExitCode": -1073741510})") == -1073741510);
    CHECK(exit_code(R"({"ExitCode": 3221225786})") == INT_MAX);
    for (const char* odd : {"{}", R"({"ExitCode": "x"})", R"({"ExitCode": 1.5})", R"({"Details": {"exit_code": "[1]"}})", R"({"Details": ["exit_code"]})"}) CHECK_FALSE(exit_code(odd));
}

TEST_CASE("the whole allocation tells where its services listen") {
    CHECK(read_allocation(whole_allocation).job_version == 1);
    CHECK(read_allocation(whole_allocation).healthy == false);
    CHECK(addresses_of(whole_allocation) == std::vector<ServiceAddress>{{"web", "nomad", "127.0.0.1:25787", "bae16071-57f8-de61-ae9b-29176c49230c", {"canary"}}});
    auto promoted = whole_allocation;
    promoted["DeploymentStatus"]["Canary"] = false;
    CHECK(addresses_of(promoted).at(0).tags == std::vector<std::string>{"metrics", "v1"});
}

TEST_CASE("addresses of services, by mode and port") {
    struct Row {
        const char* service;
        std::string address; ///< empty: none
    };
    for (const auto& row : std::vector<Row>{
             {R"({"PortLabel": "web"})", "10.0.0.7:20000"},
             {R"({"PortLabel": "web", "AddressMode": "host"})", "10.0.0.7:20000"},
             {R"({"PortLabel": "web", "AddressMode": "alloc"})", "[fd00::2]:8080"},
             {R"({"PortLabel": "web", "AddressMode": "driver"})", "[fd00::2]:8080"},
             {R"({"PortLabel": "plain", "AddressMode": "alloc"})", "[fd00::2]:20001"},
             {R"({"PortLabel": "web", "Address": "web.example"})", "web.example:20000"},
             {R"({"PortLabel": "web", "Address": "${attr.unique.hostname}"})", "10.0.0.7:20000"},
             {R"({"PortLabel": "own"})", "10.0.0.8:20002"},
             {R"({"PortLabel": "hidden"})", ""}, // of another task
             {R"({"PortLabel": "9090"})", "10.0.0.7:9090"},
             {R"({"PortLabel": "9090", "AddressMode": "alloc"})", "[fd00::2]:9090"},
             {R"({"PortLabel": "0"})", ""},
             {R"({"PortLabel": "65536"})", ""},
             {R"({"PortLabel": "-1"})", ""},
             {R"({"PortLabel": "9999999999999999999999"})", ""},
             {R"({"PortLabel": ""})", ""},
             {R"({"PortLabel": null})", ""},
         }) {
        INFO(row.service);
        auto allocation = Json::parse(R"({"ID": "a", "TaskGroup": "g", "NetworkStatus": {"Address": "fd00::2"}, "AllocatedResources": {
            "Shared": {"Ports": [{"Label": "web", "Value": 20000, "To": 8080, "HostIP": "10.0.0.7"}], "Networks": [{"IP": "10.0.0.7", "ReservedPorts": [{"Label": "plain", "Value": 20001}]}]},
            "Tasks": {"t": {"Networks": [{"IP": "10.0.0.8", "DynamicPorts": [{"Label": "own", "Value": 20002}]}]}, "u": {"Networks": [{"IP": "10.0.0.9", "DynamicPorts": [{"Label": "hidden", "Value": 1}]}]}}},
            "Job": {"TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Services": []}]}]}})");
        allocation["Job"]["TaskGroups"][0]["Tasks"][0]["Services"] = Json::array({Json::parse(row.service)});
        const auto addresses = addresses_of(allocation);
        CHECK((addresses.empty() ? "" : addresses[0].address) == row.address);
        if (!addresses.empty()) CHECK(addresses[0].provider == "consul"); // Nomad's default
    }
}

TEST_CASE("services and checks as Nomad has them") {
    const auto services = read_services(Json::parse(R"([{"Address": "127.0.0.1", "AllocID": "295ca601", "Port": 21556, "ServiceName": "web", "Tags": ["metrics", 3]},
        {"Address": "::1", "Port": 1, "Tags": null}, {"Address": "", "Port": 1}, {"Address": "x", "Port": 0}, null])"));
    CHECK(services == std::vector<ServiceAddress>{{"web", "nomad", "127.0.0.1:21556", "295ca601", {"metrics"}}, {"", "nomad", "[::1]:1", "", {}}});
    const auto checks = read_checks(Json::parse(R"({"a095": {"Check": "service: \"web\" check", "Output": "", "Service": "web", "Status": "failure", "StatusCode": 500}, "x": 3})"));
    REQUIRE(checks.size() == 1);
    CHECK(checks[0].check == "service: \"web\" check");
    CHECK(checks[0].status == "failure");
}

TEST_CASE("kinds of jobs") {
    const auto job = read_job(Json::parse(R"({"Version": 2, "Type": "service", "Status": "running", "Stable": true, "Stop": false, "Periodic": null, "ParameterizedJob": null,
        "JobModifyIndex": 46, "SubmitTime": 1795319127346211340})"));
    CHECK(job.version == 2);
    CHECK(job.stable);
    CHECK_FALSE((job.stopped || job.periodic || job.parameterized));
    CHECK(text_of(job.submitted) == "2026-11-22T03:45:27.346Z");
    CHECK(read_job(Json::parse(R"({"Periodic": {"Enabled": true}})")).periodic);
    CHECK(read_job(Json::parse(R"({"ParameterizedJob": {}, "Dispatched": false})")).parameterized);
    CHECK_FALSE(read_job(Json::parse(R"({"ParameterizedJob": {}, "Dispatched": true})")).parameterized); // a child keeps the block
    CHECK(text_of(read_job(Json::parse(R"({"SubmitTime": 18446744073709551615})")).submitted) == "none");
}

TEST_CASE("names are safe to show") {
    CHECK(to_string(JobKey{"web", ""}) == "web");
    CHECK(to_string(JobKey{"web", "default"}) == "web");
    CHECK(to_string(JobKey{"w\x1b", "te\nam"}) == "te\\x0aam/w\\x1b");
    CHECK(short_id("ab\x1b") == "ab\\x1b");
}

TEST_CASE("whatever a server says in place of a value, it is read") {
    for (const auto& whole : {canary_deployment, blocked_evaluation, listed_allocation, whole_allocation}) lie(whole);
    for (const Json& odd : {Json(), Json(3), Json("x"), Json::array(), Json::array({1}), Json::object()}) read_all(odd);
}
