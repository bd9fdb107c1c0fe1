#include "run-job/report.hpp"

#include "catch.hpp"
#include "ci/outputs.hpp"

#include <algorithm>

using namespace slipway;
using namespace slipway::run_job;

namespace {

const Timestamp noon = *parse_timestamp("2026-11-24T12:00:00Z");

nomad::Allocation allocation(const std::string& id) {
    nomad::Allocation allocation;
    allocation.id = id;
    allocation.name = "web.web[0]";
    allocation.group = "web";
    allocation.node_name = "node-7";
    allocation.client_status = "running";
    allocation.healthy = true;
    return allocation;
}

Outcome successful() {
    Outcome job;
    job.job = {"web", "team"};
    job.type = "service";
    job.version = 7;
    job.deployment = "1f604c66-0000-0000-0000-000000000000";
    job.status = "successful";
    job.changed = true;
    job.promoted = true;
    job.took = Duration{72'345};
    job.allocations = {allocation("a7216758-4e73")};
    job.services = {{.service = "web", .provider = "nomad", .address = "10.0.0.7:8000", .allocation = "a7216758-4e73", .tags = {"canary", "v2"}}};
    job.phases = {{.name = "evaluated", .begin = noon, .end = noon + Duration{250}}, {.name = "gate", .begin = noon + Duration{250}, .end = noon, .failed = true}};
    job.difference = "~ job \"web\"\n";
    return job;
}

Outcome failed_batch() {
    Outcome job;
    job.job = {"migrate", ""};
    job.type = "batch";
    job.version = 3;
    job.status = "failed";
    job.changed = true;
    job.exit_code = 3;
    job.took = Duration{1'900};
    job.code = ExitCode::refused;
    job.commands = {"nomad job status migrate"};
    job.diagnosis.allocations.resize(1);
    auto& failing = job.diagnosis.allocations[0];
    failing.id = "03931c69-ce60";
    failing.status = "failed";
    failing.group = "g";
    failing.node = "node-1";
    failing.why = "task migrate: exit code 3";
    failing.tasks.resize(1);
    failing.tasks[0].name = "migrate";
    failing.tasks[0].err = {"``` column exists already"};
    job.diagnostics = {{.severity = Severity::notice, .message = "a remark"}, {.message = "job migrate, version 3: 1 allocation failed: task migrate: exit code 3 on node-1"}};
    return job;
}

std::string output(const cli::Report& report, const std::string& name) {
    const auto found = std::find_if(report.outputs.begin(), report.outputs.end(), [&](const auto& one) { return one.name == name; });
    return found == report.outputs.end() ? "(none)" : found->value;
}

} // namespace

TEST_CASE("A deployment that ended well, in all forms") {
    const auto report = report_of(std::vector{successful()}, Duration{73'001});
    CHECK(report.code == ExitCode::done);
    CHECK(report.text == "team/web: version 7 is running: deployment 1f604c66 successful in 1m12s, promoted\n  service web at 10.0.0.7:8000 (nomad, tags canary, v2)\n");
    CHECK(report.json == cli::Json::parse(R"({"job":"web","namespace":"team","child":null,"version":7,"deployment":"1f604c66-0000-0000-0000-000000000000","status":"successful","changed":true,"promoted":true,
        "reverted_to":null,"superseded":false,"seconds":73.001,
        "allocations":[{"id":"a7216758-4e73","name":"web.web[0]","group":"web","node":"node-7","client_status":"running","healthy":true,"canary":false,"exit_code":null,"restarts":0}],
        "services":[{"service":"web","provider":"nomad","address":"10.0.0.7:8000","allocation":"a7216758-4e73","tags":["canary","v2"]}],
        "phases":[{"name":"evaluated","begin":"2026-11-24T12:00:00Z","end":"2026-11-24T12:00:00.250Z"},{"name":"gate","begin":"2026-11-24T12:00:00.250Z","end":"2026-11-24T12:00:00Z"}]})"));
    CHECK(report.summary == "### run-job: successful\n\n"
                            "| job | version | status | deployment | changed | promoted | taken back to | took |\n|---|--:|---|---|---|---|--:|--:|\n"
                            "| `team/web` | 7 | successful | `1f604c66` | yes | yes |  | 1m12s |\n\n"
                            "```mermaid\ngantt\n    dateFormat YYYY-MM-DDTHH:mm:ss.SSS\n    axisFormat %H:%M:%S\n    section team/web\n"
                            "    evaluated :done, 2026-11-24T12:00:00.000, 2026-11-24T12:00:00.250\n    gate :crit, 2026-11-24T12:00:00.250, 2026-11-24T12:00:00.250\n```\n\n"
                            "#### `team/web`\n\n- service `web` at `10.0.0.7:8000`, tags `canary, v2`\n\n"
                            "<details><summary>What was to change</summary>\n\n```diff\n~ job \"web\"\n```\n\n</details>\n\n");
    CHECK(report.diagnostics.empty());
    CHECK(output(report, "version") == "7");
    CHECK(output(report, "promoted") == "true");
    CHECK(output(report, "reverted_to").empty());
    CHECK(output(report, "allocations") == R"([{"id":"a7216758-4e73","status":"running"}])");
    const auto cases = report.cases();
    REQUIRE(cases.size() == 1);
    CHECK(cases[0].name == "team/web");
    CHECK(cases[0].failures.empty());
}

TEST_CASE("The job that failed decides, and why is said once and first") {
    auto before = successful();
    before.diagnostics = {{.severity = Severity::warning, .message = "of the first"}};
    const auto report = report_of(std::vector{before, failed_batch()}, Duration{80'000});
    CHECK(report.code == ExitCode::refused);
    CHECK(report.text.ends_with("\nmigrate: version 3 failed with exit code 3 after 1s\n  to go on: nomad job status migrate\n"));
    CHECK(report.json["job"] == "migrate");
    CHECK(report.json["namespace"].is_null());
    CHECK(report.json["jobs"].size() == 2);
    CHECK(report.json["jobs"][0]["job"] == "web");
    CHECK(report.json["jobs"][1]["seconds"].dump() == "1.9");
    REQUIRE(report.diagnostics.size() == 3);
    CHECK(report.diagnostics[0].message == "job migrate, version 3: 1 allocation failed: task migrate: exit code 3 on node-1");
    CHECK(report.diagnostics[1].message == "of the first");
    CHECK(report.summary.ends_with("#### `migrate`\n\nAllocation `03931c69` of group `g` on `node-1` (failed): `task migrate: exit code 3`\n\n"
                                   "````\n  task migrate\n    stderr:\n      ``` column exists already\n````\n\nTo go on:\n\n```sh\nnomad job status migrate\n```\n\n"));
    const auto cases = report.cases();
    REQUIRE(cases.size() == 2);
    CHECK(cases[1].failures == std::vector<std::string>{"job migrate, version 3: 1 allocation failed: task migrate: exit code 3 on node-1"});
    CHECK(cases[1].remarks == std::vector<std::string>{"a remark"});

    auto silent = failed_batch();
    silent.diagnostics.clear(); // nobody said why
    CHECK(report_of(std::vector{silent}, Duration{0}).diagnostics.at(0).message == "job migrate: 1 allocation failed: task migrate: exit code 3 on node-1");
}

TEST_CASE("Each way a job can end has its words") {
    struct Row {
        const char* status;
        bool has_deployment;
        const char* text;
    };
    const std::vector<Row> rows = {
        {"successful", true, "web: version 7 is running: deployment 1f604c66 successful in 1m12s, unchanged\n"},
        {"successful", false, "web: version 7 is running: successful in 1m12s, unchanged\n"},
        {"complete", false, "web: version 7 ran to its end in 1m12s\n"},
        {"failed", true, "web: version 7 failed: deployment 1f604c66 failed after 1m12s\n"},
        {"failed", false, "web: version 7 failed after 1m12s\n"},
        {"unplaced", true, "web: version 7 found no place in 1m12s\n"},
        {"superseded", true, "web: version 7 is superseded\n"},
        {"stopped", false, "web: version 7 was not running\n"},
        {"held", true, "web: version 7 waits for promotion: deployment 1f604c66 has healthy canaries after 1m12s\n"},
        {"timed_out", true, "web: version 7 was not over in 1m12s\n"},
        {"registered", false, "web: version 7 is registered\n"},
        {"unchanged", false, "web: version 7 is registered already\n"},
        {"error", true, "web: version 7 was not followed to its end\n"},
    };
    for (const auto& row : rows) {
        Outcome job;
        job.job = {"web", "default"};
        job.version = 7;
        job.status = row.status;
        job.took = Duration{72'345};
        if (row.has_deployment) job.deployment = "1f604c66-0000";
        CHECK(report_of(std::vector{job}, job.took).text == row.text);
    }
    Outcome job;
    job.job = {"web", ""};
    job.status = "error";
    job.code = ExitCode::world;
    const auto report = report_of(std::vector{job}, Duration{350});
    CHECK(report.text == "web: was not registered\n");
    CHECK(report.json["version"].is_null());
    CHECK(report.json["deployment"].is_null());
    CHECK(report.cases()[0].failures == std::vector<std::string>{"error"});
    job.child = "web/dispatch-1";
    job.status = "complete";
    job.took = Duration{350};
    CHECK(report_of(std::vector{job}, Duration{350}).text == "web: web/dispatch-1 ran to its end in 350ms\n");
    job.child.clear();
    job.version = 8;
    job.status = "failed";
    job.reverted_to = 6;
    CHECK(report_of(std::vector{job}, Duration{350}).text == "web: version 8 failed after 350ms, taken back to version 6\n");
    CHECK(output(report_of(std::vector{job}, Duration{350}), "reverted_to") == "6");
}

TEST_CASE("Foreign names break no chart, no table and no report") {
    auto job = successful();
    job.job = {"we:b;#|\n```%%{\x1b", ""};
    job.services[0].tags = {"a`b\x1b[0m\n"};
    job.allocations.clear();
    for (int i = 0; i < 100; ++i) job.allocations.push_back(allocation(std::string(1'000, 'x') + std::to_string(i)));
    const auto report = report_of(std::vector{job}, Duration{1});
    CHECK(report.summary.find("    section we-b") != std::string::npos);
    CHECK(report.summary.find('\x1b') == std::string::npos);
    CHECK(report.text.find('\x1b') == std::string::npos);
    const auto sections = report.summary.substr(report.summary.find("    section "));
    CHECK(sections.substr(12, sections.find('\n') - 12).find_first_of(":;#`%") == std::string::npos);
    std::size_t bytes = 0;
    for (const auto& one : report.outputs) {
        bytes += one.name.size() + one.value.size() + 2;
        CHECK(one.value.find('\n') == std::string::npos);
    }
    CHECK(bytes < 5 * 1024 - 1);
    CHECK(report.outputs.size() < 20);
}

TEST_CASE("A dry run tells the plans, and may refuse a change") {
    const auto planned = [](const char* id, const char* type) {
        PlannedJob job;
        job.file.key = {id, ""};
        job.changes = std::string(type) != "None";
        job.plan = {{"Diff", {{"ID", id}, {"Type", type}, {"TaskGroups", {{{"Name", "g"}, {"Type", type}, {"Updates", {{"create", 2}, {"ignore", 0}, {"odd", "x"}}}}, nullptr}}}}};
        job.plan["Diff"]["TaskGroups"][0]["Updates"]["create"] = 2u;
        return job;
    };
    auto web = planned("web", "Edited");
    web.unplaceable = {"group g: 1 node filtered by x = 1"};
    auto report = report_of(std::vector{web}, false);
    CHECK(report.code == ExitCode::done);
    CHECK(report.diagnostics.empty());
    CHECK(report.text == web.difference() + "no place now: group g: 1 node filtered by x = 1\n");
    CHECK(report.json["status"] == "planned");
    CHECK(report.json["changed"] == true);
    CHECK(report.json["version"].is_null());
    CHECK(report.json["jobs"] == cli::Json::parse(R"([{"job":"web","namespace":null,"changed":true,"unplaceable":["group g: 1 node filtered by x = 1"],"updates":{"g":{"create":2},"":{}}}])"));
    CHECK(report.summary.find("| `web` | yes | `group g: 1 node filtered by x = 1` |\n") != std::string::npos);
    CHECK(report.summary.find("<details><summary>What would change</summary>\n\n```diff\n~ job \"web\"\n") != std::string::npos);

    report = report_of(std::vector{web}, true);
    CHECK(report.code == ExitCode::refused);
    CHECK(report.diagnostics.at(0).message == "registering the job would change it");
    report = report_of(std::vector{web, planned("api", "None")}, true);
    CHECK(report.code == ExitCode::refused);
    REQUIRE(report.diagnostics.size() == 1);
    CHECK(report.diagnostics[0].message == "registering job web would change it");
    CHECK(report_of(std::vector{planned("api", "None")}, true).code == ExitCode::done);
    report = report_of(std::vector<PlannedJob>(), true);
    CHECK(report.json["job"].is_null());
    CHECK(report.code == ExitCode::done);
}
