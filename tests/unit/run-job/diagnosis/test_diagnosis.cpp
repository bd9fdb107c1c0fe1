#include "run-job/diagnosis/cause.hpp"
#include "run-job/diagnosis/diagnosis.hpp"

#include "catch.hpp"
#include "core/text.hpp"
#include "fakes.hpp"
#include "nomad/http.hpp"

#include <algorithm>

using namespace slipway;
using namespace slipway::run_job;

namespace {

using nomad::Json;

const Timestamp noon = *parse_timestamp("2026-11-24T12:00:00Z");

Json event(const char* type, const std::string& message, int second, int exit_code = 0, int signal = 0, bool out_of_memory = false) {
    const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>((noon + std::chrono::seconds{second}).time_since_epoch()).count();
    return {{"Type", type}, {"DisplayMessage", message}, {"Time", static_cast<std::uint64_t>(time)}, {"ExitCode", static_cast<unsigned>(exit_code)}, {"Signal", static_cast<unsigned>(signal)}, {"Details", {{"oom_killed", out_of_memory ? "true" : "false"}}}};
}

Json task(const char* state, bool failed, unsigned restarts, const std::vector<Json>& events) {
    const bool started = std::any_of(events.begin(), events.end(), [](const auto& one) { return one["Type"] == "Started"; });
    return {{"State", state}, {"Failed", failed}, {"Restarts", restarts}, {"StartedAt", started ? Json("2026-11-24T12:00:01Z") : Json()}, {"Events", events}};
}

Json received() { return event("Received", "Task received by client", 0); }
Json begun(int second) { return event("Started", "Task started by client", second); }
Json ended(int second, int exit_code, int signal = 0) { return event("Terminated", "Exit Code: " + std::to_string(exit_code), second, exit_code, signal); }
Json killing(int second) { return event("Killing", "Sent interrupt. Waiting 5s before force killing", second); }

/// An allocation as the API lists it. @param more  laid over it
Json allocation(const char* status, Json tasks, const Json& more = Json::object()) {
    Json json = {{"ID", "a7216758-4e73-47ef-a9b8-b9f352aba6a8"}, {"TaskGroup", "web"}, {"NodeID", "77777777-aaaa"}, {"NodeName", "node-7"}, {"ClientStatus", status}, {"DesiredStatus", "run"}, {"CreateIndex", 10u}, {"TaskStates", std::move(tasks)}};
    json.update(more);
    return json;
}

const Json unhealthy = {{"DeploymentStatus", {{"Healthy", false}}}};

/// A Nomad whose nodes have logs and checks.
struct Nodes {
    fake::World world;
    cli::Context context = world.context();
    nomad::ConnectionOptions connection = [] {
        nomad::ConnectionOptions options;
        options.server.url = "http://nomad:4646";
        return options;
    }();
    nomad::Http http{connection, context};
    nomad::JobApi api{http, {"web", ""}, io::Steady(noon.time_since_epoch()) + std::chrono::minutes{5}, context};
    std::map<std::string, io::Response> answers; ///< by a part of the URL

    Nodes() {
        world.on_request = [this](const io::Request& request) -> io::Response {
            for (const auto& [part, answer] : answers) {
                if (request.url.find(part) != std::string::npos) return answer;
            }
            return {404, {}, "not found"};
        };
    }

    Diagnosis diagnose(const std::vector<Json>& allocations) {
        std::vector<nomad::Allocation> all;
        for (const auto& json : allocations) all.push_back(nomad::read_allocation(json));
        return run_job::diagnose(all, api, context);
    }
};

std::string all_of(const Diagnosis& diagnosis) { return join(lines_for_people(diagnosis), "\n") + '\n'; }

} // namespace

TEST_CASE("The likeliest reason is told in one line") {
    const auto checks_of = [](const char* output, unsigned code) {
        return Json{{"1", {{"Service", "web"}, {"Check", "alive"}, {"Status", "failure"}, {"Output", output}, {"StatusCode", code}}}, {"2", {{"Service", "web"}, {"Check", "other"}, {"Status", "success"}}}}.dump();
    };
    struct Row {
        const char* name;
        Json allocation;
        std::string checks;
        std::string why;
    };
    const std::vector<Row> rows = {
        // As recorded.
        {"auto-revert", allocation("failed", {{"app", task("dead", true, 0, {received(), begun(1), ended(2, 1), event("Not Restarting", "Policy allows no restarts", 2), event("Alloc Unhealthy", "Unhealthy because of failed task", 2)})}}, unhealthy), "", "task app: exit code 1"},
        {"batch", allocation("failed", {{"migrate", task("dead", true, 1, {received(), begun(1), ended(1, 4), event("Restarting", "Task restarting in 1.083018569s", 1), begun(2), ended(2, 4), event("Not Restarting", "Exceeded allowed attempts 1 in interval 24h0m0s and mode is \"fail\"", 2)})}}), "", "task migrate: exit code 4 (restarted once)"},
        {"service-checks", allocation("running", {{"app", task("running", false, 0, {received(), begun(1), event("Alloc Unhealthy", "Task not running for min_healthy_time of 2s by healthy_deadline of 12s", 13)})}}, unhealthy), checks_of("", 500), "check 'alive' of service web: status 500"},
        // As documented.
        {"out of memory", allocation("running", {{"app", task("running", false, 3, {begun(1), event("Terminated", "Exit Code: 137, Signal: 9, Exit Message: \"OOM Killed\"", 2, 137, 9, true), begun(3)})}}), "", "task app: exit code 137, out of memory (restarted 3 times)"},
        {"signal", allocation("failed", {{"app", task("dead", true, 0, {begun(1), ended(2, 139, 11)})}}), "", "task app: exit code 139, signal 11"},
        {"ended well", allocation("failed", {{"app", task("dead", true, 2, {begun(1), ended(2, 0)})}}), "", "task app: ended with exit code 0, though it should go on running (restarted 2 times)"},
        {"no image", allocation("failed", {{"app", task("dead", true, 0, {received(), event("Driver Failure", "Failed to pull `reg/app:1`: manifest unknown\nsee logs", 1)})}}), "", "task app: image could not be pulled: Failed to pull `reg/app:1`: manifest unknown | see logs"},
        {"no program", allocation("failed", {{"app", task("dead", true, 0, {event("Driver Failure", "failed to launch command: no such file", 1)})}}), "", "task app: could not be started: failed to launch command: no such file"},
        {"artifact", allocation("failed", {{"app", task("dead", true, 0, {event("Failed Artifact Download", "http://x: 404", 1)})}}), "", "task app: an artifact could not be downloaded: http://x: 404"},
        {"setup", allocation("failed", {{"app", task("dead", true, 0, {event("Setup Failure", "failed to setup alloc: vault", 1)})}}), "", "task app: could not be set up: failed to setup alloc: vault"},
        {"template", allocation("pending", {{"app", task("pending", false, 0, {received(), event("Template", "Missing: nomad.var.block(app)", 1)})}}, unhealthy), "", "task app: waits for its templates or secrets: Missing: nomad.var.block(app)"},
        {"slow image", allocation("pending", {{"app", task("pending", false, 0, {received(), event("Driver", "Downloading image", 1), event("Alloc Unhealthy", "x", 9)})}}, unhealthy), "", "task app has not started: Downloading image"},
        {"restarted for its check", allocation("running", {{"app", task("running", false, 1, {begun(1), event("Restart Signaled", "healthcheck: check \"alive\" unhealthy", 2), ended(3, 143, 15), begun(4)})}}, unhealthy), "", "task app: restarted by Nomad: healthcheck: check \"alive\" unhealthy (restarted once)"},
        {"and the check says why", allocation("running", {{"app", task("running", false, 1, {begun(1), event("Restart Signaled", "healthcheck: check \"alive\" unhealthy", 2), ended(3, 143, 15), begun(4)})}}, unhealthy), checks_of("nomad: 503 no database\n", 503), "check 'alive' of service web: nomad: 503 no database"},
        {"nobody knows", allocation("running", {{"app", task("running", false, 0, {begun(1), event("Alloc Unhealthy", "Services not healthy by deadline", 9)})}}, unhealthy), "", "not healthy in time: its tasks run, and no check that Nomad knows says why (Services not healthy by deadline)"},
        {"lost", allocation("lost", {{"app", task("running", false, 0, {begun(1)})}}, {{"ClientDescription", "alloc is lost since its node is down"}}), "", "its node node-7 is lost (alloc is lost since its node is down)"},
        {"no tasks", allocation("failed", nullptr, {{"ClientDescription", "failed to allocate volume"}}), "", "failed to allocate volume"},
        {"nothing at all", allocation("failed", "x"), "", "no task has begun"},
        // A task that was ended with another is not the reason.
        {"siblings", allocation("failed", {{"a-proxy", task("dead", true, 0, {begun(1), event("Sibling Task Failed", "Task's sibling \"app\" failed", 3), killing(3), ended(4, 137, 9)})}, {"app", task("dead", true, 0, {begun(1), ended(3, 2)})}}), "", "task app: exit code 2"},
        {"the first of two", allocation("failed", {{"a-proxy", task("dead", true, 0, {begun(1), ended(4, 1)})}, {"app", task("dead", true, 0, {begun(1), ended(3, 2)})}}), "", "task app: exit code 2"},
    };
    for (const auto& row : rows) {
        INFO(row.name);
        Nodes nodes;
        if (!row.checks.empty()) nodes.answers["/checks"] = {200, {}, row.checks};
        const auto diagnosis = nodes.diagnose({row.allocation});
        REQUIRE(diagnosis.allocations.size() == 1);
        CHECK(diagnosis.allocations[0].why == row.why);
    }
}

TEST_CASE("What runs, ended well, or was ended with its job is no failure") {
    Nodes nodes;
    const Json healthy = {{"DeploymentStatus", {{"Healthy", true}}}};
    CHECK(nodes.diagnose({allocation("running", {{"app", task("running", false, 0, {begun(1)})}}, healthy)}).empty());
    CHECK(nodes.diagnose({allocation("complete", {{"app", task("dead", false, 0, {begun(1), killing(2), ended(3, 130, 2)})}}, healthy)}).empty());
    CHECK(nodes.diagnose({allocation("complete", {{"app", task("dead", false, 2, {begun(1), ended(3, 0)})}})}).empty()); // batch, at the third attempt
    CHECK(nodes.diagnose({}).empty());
    CHECK(in_one_line(Diagnosis{}).empty());
    CHECK(exit_code_of(nomad::read_allocation(allocation("complete", {{"app", task("dead", false, 0, {begun(1), ended(2, 3), begun(2), ended(3, 0)})}}))) == 0); // at the second attempt
    CHECK_FALSE(exit_code_of(nomad::read_allocation(Json::array())));
}

TEST_CASE("Canaries and new ones come first, three in full") {
    Nodes nodes;
    std::vector<Json> all;
    for (unsigned i = 0; i < 100; ++i) {
        all.push_back(allocation(i == 50 ? "pending" : "failed", {{"app", task("dead", true, 0, {begun(1), ended(2, 1)})}}, {{"ID", "id-" + std::to_string(i)}, {"CreateIndex", i}, {"DeploymentStatus", {{"Canary", i == 7}, {"Healthy", i == 50 ? Json() : Json(false)}}}}));
    }
    const auto diagnosis = nodes.diagnose(all);
    REQUIRE(diagnosis.allocations.size() == 3);
    CHECK(diagnosis.allocations[0].id == "id-7");
    CHECK(diagnosis.allocations[0].canary);
    CHECK(diagnosis.allocations[1].id == "id-99");
    CHECK(diagnosis.allocations[2].id == "id-98");
    CHECK(diagnosis.more == 96);
    CHECK(in_one_line(diagnosis) == "99 allocations failed: task app: exit code 1 on node-7");
    CHECK(in_one_line(nodes.diagnose({all[50]})) == "1 allocation did not start: task app: exit code 1 on node-7");
}

TEST_CASE("People read what happened, and the last lines of the logs") {
    Nodes nodes;
    std::string out;
    for (int i = 1; i <= 30; ++i) out += "line " + std::to_string(i) + '\n';
    nodes.answers["type=stdout"] = {200, {}, out};
    nodes.answers["type=stderr"] = {200, {}, "boom \x1b[2J ``` \xff\r\n"};
    const auto diagnosis = nodes.diagnose({allocation("failed", {{"app", task("dead", true, 0, {received(), begun(1), ended(2, 1)})}}, unhealthy)});
    std::string expected = "allocation a7216758 of group web on node-7 (failed): task app: exit code 1\n"
                           "  task app, dead\n    12:00:00 Received: Task received by client\n    12:00:01 Started: Task started by client\n    12:00:02 Terminated: exit code 1\n"
                           "    stderr:\n      boom \\x1b[2J ``` \\xff\n    stdout:\n";
    for (int i = 11; i <= 30; ++i) expected += "      line " + std::to_string(i) + '\n';
    CHECK(all_of(diagnosis) == expected);
    const auto markdown = markdown_of(diagnosis);
    CHECK(markdown.starts_with("Allocation `a7216758` of group `web` on `node-7` (failed): `task app: exit code 1`\n\n````\n  task app, dead\n"));
    CHECK(markdown.ends_with("      line 30\n````\n\n"));
    CHECK(nodes.world.requests.back().url == "http://nomad:4646/v1/client/fs/logs/a7216758-4e73-47ef-a9b8-b9f352aba6a8?origin=end&offset=8192&task=app&type=stdout&plain=true");
}

TEST_CASE("Long lines and half lines are cut, half secrets never shown") {
    Nodes nodes;
    nodes.context.commands.mask(Secret("hunter22hunter22"));
    const std::string filler(9'000, '.');
    struct Row {
        std::string log;
        std::vector<std::string> shown;
    };
    const std::vector<Row> rows = {
        {"", {}},
        {"a\n\nb", {"a", "", "b"}},
        {filler + "\nlast\n", {"last"}},                                                       // the beginning of the first is not there
        {std::string(1'000'000, 'x'), {std::string(500, 'x')}},                                // no other line
        {"first\n" + std::string(4'000, 'x') + "\n", {"first", std::string(500, 'x') + "..."}}, // cut at its end
        {std::string(498, 'x') + "\xc3\xa9\xc3\xa9", {std::string(498, 'x') + "\xc3\xa9..."}},
        {std::string(499, 'x') + "\xc3\xa9\xc3\xa9", {std::string(499, 'x') + "..."}},
        {std::string(490, 'x') + "hunter22hunter22", {std::string(490, 'x') + "***"}}, // before it is cut in two
        {std::string("\0\x01", 2), {"\\x00\\x01"}},
    };
    for (const auto& row : rows) {
        INFO(row.log.substr(0, 100));
        nodes.answers["type=stderr"] = {200, {}, row.log};
        const auto diagnosis = nodes.diagnose({allocation("failed", {{"app", task("dead", true, 0, {begun(1), ended(2, 1)})}})});
        REQUIRE(diagnosis.allocations.size() == 1);
        CHECK(diagnosis.allocations[0].tasks.at(0).err == row.shown);
    }
}

TEST_CASE("Of many tasks those that failed are shown, and only their logs are asked for") {
    Nodes nodes;
    Json tasks;
    for (int i = 0; i < 10; ++i) tasks["side-" + std::to_string(i)] = task("dead", false, 0, {begun(1), killing(2), ended(3, 143, 15)});
    tasks["web"] = task("dead", true, 0, {begun(1), ended(2, 1)});
    nodes.answers["task=side"] = {200, {}, "bye\n"};
    auto diagnosis = nodes.diagnose({allocation("failed", tasks)});
    REQUIRE(diagnosis.allocations.at(0).tasks.size() == 3);
    CHECK(diagnosis.allocations[0].tasks[0].name == "web");
    CHECK(diagnosis.allocations[0].tasks[1].err.empty());
    CHECK(diagnosis.allocations[0].more_tasks == 8);
    CHECK(all_of(diagnosis).ends_with("  and 8 more tasks\n"));
    CHECK(exit_code_of(nomad::read_allocation(allocation("failed", tasks))) == 1);
    tasks.erase("web"); // nobody failed by itself: each may know why
    diagnosis = nodes.diagnose({allocation("running", tasks, unhealthy)});
    CHECK(diagnosis.allocations.at(0).tasks.at(1).err == std::vector<std::string>{"bye"});
}

TEST_CASE("What cannot be read is said once") {
    const std::vector<Json> two = {allocation("failed", {{"app", task("dead", true, 0, {begun(1), ended(2, 1)})}, {"b", task("dead", true, 0, {begun(1), ended(2, 1)})}}), allocation("failed", {{"app", task("dead", true, 0, {begun(1), ended(2, 1)})}}, {{"ID", "other"}})};
    SECTION("no permission") {
        Nodes nodes;
        nodes.answers["/v1/"] = {403, {}, "Permission denied"};
        const auto diagnosis = nodes.diagnose(two);
        CHECK(diagnosis.notes == std::vector<std::string>{"checks are not readable: give a token with NOMAD_TOKEN or --nomad-token-file; it needs the capability read-job", "the log of task app is not readable: give a token with NOMAD_TOKEN or --nomad-token-file; it needs the capability read-logs"});
        CHECK(diagnosis.allocations.size() == 2);
        CHECK(nodes.world.requests.size() == 3); // two for checks, one for logs
    }
    SECTION("a node that is gone holds nobody up") {
        Nodes nodes;
        nodes.world.on_request = [&](const io::Request& request) -> io::Response {
            nodes.world.clock.time += request.timeout;
            throw world_failure("GET x: timed out");
        };
        CHECK(nodes.diagnose(two).notes == std::vector<std::string>{"node node-7 does not answer: its logs and checks are not known"});
        CHECK(nodes.world.requests.size() == 1);
    }
    SECTION("a lost one is not asked") {
        Nodes nodes;
        const auto diagnosis = nodes.diagnose({allocation("lost", {{"app", task("running", false, 0, {begun(1)})}})});
        CHECK(in_one_line(diagnosis) == "1 allocation lost: its node node-7 is lost");
        CHECK(nodes.world.requests.empty());
    }
    SECTION("logs that were collected") {
        Nodes nodes;
        CHECK(nodes.diagnose(two).notes.empty());
    }
}

TEST_CASE("A server that sends anything else breaks nothing") {
    const std::vector<Json> strange = {nullptr, 3, "x", Json::array({1}), Json::object(), {{"ClientStatus", "failed"}}, {{"ClientStatus", "failed"}, {"TaskStates", nullptr}}, {{"ClientStatus", "failed"}, {"TaskStates", {{"app", nullptr}, {"\x1b", {{"Events", {nullptr, 1, {{"Type", 7}}, {{"Type", "Terminated"}, {"ExitCode", -1}, {"Time", "x"}}, Json::object()}}}}}}}, {{"DeploymentStatus", {{"Healthy", false}}}, {"NodeName", "a\nb\x1b"}}};
    for (const auto* checks : {"", "null", "[1]", "{\"a\":null,\"b\":{\"Status\":3}}", "{"}) {
        Nodes nodes;
        nodes.answers["/checks"] = {200, {}, checks};
        const auto diagnosis = nodes.diagnose(strange);
        CHECK(diagnosis.allocations.size() + diagnosis.more == 4);
        const auto text = all_of(diagnosis) + markdown_of(diagnosis) + in_one_line(diagnosis);
        CHECK(text.find('\x1b') == std::string::npos);
    }
}
