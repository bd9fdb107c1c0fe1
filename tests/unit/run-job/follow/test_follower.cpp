#include "catch.hpp"
#include "fakes.hpp"
#include "run-job/follow/follower.hpp"

#include <algorithm>

using namespace slipway;
using namespace slipway::run_job;
using nomad::Json;
using End = Followed::End;

namespace {

/// Nomad that says for each path what it is told to, one answer after the other, and the last one for ever.
struct Server {
    struct Script {
        std::vector<Json> answers;
        std::size_t next = 0;
    };

    std::map<std::string, Script> scripts;
    std::map<std::string, std::string> output; ///< of "ALLOCATION TASK TYPE"
    int requests = 0;
    fake::World world;
    Duration timeout{std::chrono::minutes{10}};
    FollowSettings settings;
    std::vector<std::string> phases;

    Server() {
        world.on_request = [this](const io::Request& request) { return answer(request); };
    }

    /// What says() is told for a path that is not there.
    static Json gone() { return "404"; }

    Server& says(const std::string& path, std::vector<Json> answers) {
        scripts[path] = {.answers = std::move(answers)};
        return *this;
    }

    template <class Work> Followed run(Work work) {
        auto context = world.context();
        nomad::ConnectionOptions options;
        options.server.url = "http://nomad:4646";
        nomad::Http http(options, context);
        nomad::JobApi api(http, {.id = "web", .name_space = {}}, world.clock.steady() + timeout, context);
        Timeline timeline(world.clock);
        Follower follower(api, settings, timeline, context);
        auto followed = work(follower);
        for (const auto& phase : timeline.phases()) phases.push_back((phase.failed ? "!" : "") + phase.name);
        return followed;
    }

    Followed follow(const std::string& type = "service", const std::string& evaluation = "e1") {
        const Registered registered{.key = {.id = "web", .name_space = {}}, .type = type, .version = 2, .job_modify_index = 50, .evaluation = evaluation, .changed = !evaluation.empty()};
        return run([&](Follower& follower) { return follower.follow(registered); });
    }

    bool said(const std::string& words) const { return world.terminal.err.find(words) != std::string::npos; }
    std::size_t times_said(const std::string& words) const {
        std::size_t times = 0;
        for (auto at = world.terminal.err.find(words); at != std::string::npos; at = world.terminal.err.find(words, at + 1)) ++times;
        return times;
    }

private:
    static std::string parameter(const std::string& url, const std::string& name) {
        const auto at = url.find(name + '=');
        return at == std::string::npos ? "" : url.substr(at + name.size() + 1, url.find('&', at) - at - name.size() - 1);
    }

    io::Response answer(const io::Request& request) {
        if (++requests > 3000) throw std::runtime_error("asked without end");
        auto path = request.url.substr(std::string("http://nomad:4646").size());
        path.resize(std::min(path.size(), path.find('?')));
        if (const std::string logs = "/v1/client/fs/logs/"; path.starts_with(logs)) {
            const auto text = output.find(path.substr(logs.size()) + ' ' + parameter(request.url, "task") + ' ' + parameter(request.url, "type"));
            if (text == output.end()) return {.status = 404, .headers = {}, .body = "no such log"};
            if (text->second == "large") throw io::LastingError("the answer is too large");
            if (text->second == "silent") {
                world.clock.sleep_for(Duration{10'000});
                throw world_failure("no answer in 10 s");
            }
            if (text->second == "403") return {.status = 403, .headers = {}, .body = "Permission denied"};
            return {.status = 200, .headers = {}, .body = text->second.substr(std::min<std::size_t>(text->second.size(), std::stoul(parameter(request.url, "offset"))))};
        }
        const auto script = scripts.find(path);
        if (script == scripts.end()) return {.status = 200, .headers = {{"X-Nomad-Index", "7"}}, .body = path.ends_with("s") ? "[]" : "null"};
        auto& [answers, next] = script->second;
        const auto now = std::min(next++, answers.size() - 1);
        if (answers[now] == gone()) return {.status = 404, .headers = {}, .body = "not found"};
        // Compilers differ in whether braces around one object are a list of it.
        const bool is_lone = path.ends_with("s") && answers[now].is_object();
        return {.status = 200, .headers = {{"X-Nomad-Index", std::to_string(now + 10)}}, .body = is_lone ? '[' + answers[now].dump() + ']' : answers[now].dump()};
    }
};

Json evaluation(const std::string& status, const Json& more = Json::object()) {
    Json json = {{"ID", "e1"}, {"JobID", "web"}, {"Status", status}, {"CreateIndex", 50}};
    json.update(more);
    return json;
}

Json group(int total, int placed, int healthy, int canaries = 0, bool promoted = false, bool automatic = false) {
    return {{"DesiredTotal", total}, {"PlacedAllocs", placed}, {"HealthyAllocs", healthy}, {"DesiredCanaries", canaries}, {"Promoted", promoted}, {"AutoPromote", automatic}};
}

Json deployment(const std::string& status, const Json& web, const std::string& description = {}, int index = 50) {
    return {{"ID", "d1"}, {"JobID", "web"}, {"JobVersion", 2}, {"JobSpecModifyIndex", index}, {"Status", status}, {"StatusDescription", description}, {"TaskGroups", {{"web", web}}}};
}

Json job(int version, bool stopped = false, int count = 2, int parallel = 1) {
    return {{"ID", "web"}, {"Version", version}, {"Stop", stopped}, {"Type", "service"}, {"TaskGroups", {{{"Name", "web"}, {"Count", count}, {"Update", {{"MaxParallel", parallel}}}}}}};
}

Json allocation(const std::string& id, const std::string& status, const Json& more = Json::object()) {
    Json json = {{"ID", id}, {"JobVersion", 2}, {"TaskGroup", "web"}, {"ClientStatus", status}, {"DesiredStatus", "run"}, {"CreateIndex", 60}};
    json.update(more);
    return json;
}

Json failed_task(int code) {
    return {{"TaskStates", {{"migrate", {{"State", "dead"}, {"Failed", true}, {"StartedAt", "2026-11-24T12:00:00Z"}, {"Events", {{{"Type", "Terminated"}, {"ExitCode", code}}}}}}}}};
}

const std::string evaluation_path = "/v1/evaluation/e1";
const std::string evaluations_path = "/v1/job/web/evaluations";
const std::string deployments_path = "/v1/job/web/deployments";
const std::string deployment_path = "/v1/deployment/d1";
const std::string allocations_path = "/v1/job/web/allocations";
const std::string job_path = "/v1/job/web";

const Json no_place = {{"web", {{"NodesEvaluated", 1}, {"ConstraintFiltered", {{"${attr.kernel.name} = plan9", 1}}}}}};
const std::string no_place_words = "group web: 1 node filtered by ${attr.kernel.name} = plan9";

using Phases = std::vector<std::string>;

} // namespace

TEST_CASE("output that is too large, and nodes that do not answer, are given up and said once") {
    for (const std::string what : {"large", "silent"}) {
        INFO(what);
        Server server;
        server.settings.logs = true;
        const Json tasks = {{"TaskStates", {{"app", {{"State", "running"}, {"StartedAt", "2026-11-30T08:00:00Z"}}}, {"side", {{"State", "running"}, {"StartedAt", "2026-11-30T08:00:00Z"}}}}}};
        const auto running = Json::array({allocation("a1", "running", tasks)});
        server.says("/v1/evaluation/e1", {evaluation("complete")}).says("/v1/job/web/allocations", {running, running, running, Json::array({allocation("a1", "complete", tasks)})});
        server.output = {{"a1 app stdout", what}, {"a1 side stdout", "hello\n"}};
        CHECK(server.follow("batch").end == End::successful);
        CHECK(server.times_said(what == "large" ? "the output of task app is not shown from here on: the answer is too large" : "the output of allocation a1 is not shown: its node does not answer") == 1);
        CHECK(server.said("hello") == (what == "large"));
    }
}

TEST_CASE("what changes with every look is not looked at without a pause") {
    Server server;
    // Each answer has a higher index than the one before, and none has waited.
    std::vector<Json> restless(500, deployment("running", group(2, 2, 1)));
    server.timeout = Duration{10'000};
    server.says("/v1/evaluation/e1", {evaluation("complete")}).says("/v1/job/web/deployments", {Json::array({deployment("running", group(2, 2, 1))})}).says("/v1/deployment/d1", restless);
    CHECK(server.follow().end == End::out_of_time);
    CHECK(server.scripts["/v1/deployment/d1"].next > 20);
    CHECK(server.scripts["/v1/deployment/d1"].next < 250);

    Server unsettled;
    // The list calls an evaluation pending that is complete when it is asked for.
    unsettled.timeout = Duration{10'000};
    unsettled.says("/v1/evaluation/e1", {evaluation("complete")}).says("/v1/job/web/evaluations", {Json::array({evaluation("pending")})}).says("/v1/job/web/allocations", {Json::array({allocation("a1", "complete")})});
    CHECK(unsettled.follow("batch").end == End::out_of_time);
    CHECK(unsettled.requests < 1000);
}

TEST_CASE("a deployment is followed from its evaluation to its end") {
    Server server;
    server.says(evaluation_path, {evaluation("pending"), evaluation("pending"), evaluation("complete")})
        .says(deployments_path, {Json::array(), {deployment("running", group(2, 0, 0), "", 49)}, {deployment("running", group(2, 0, 0))}})
        .says(job_path, {job(2)})
        .says(deployment_path, {deployment("running", group(2, 1, 0)), deployment("running", group(2, 2, 1)), deployment("successful", group(2, 2, 2), "Deployment completed successfully")})
        .says("/v1/deployment/allocations/d1", {{allocation("a2", "running", {{"CreateIndex", 70}}), allocation("a1", "running"), nullptr, 3}});
    const auto followed = server.follow();
    CHECK(followed.end == End::successful);
    CHECK(followed.words == "Deployment completed successfully");
    REQUIRE(followed.deployment);
    CHECK(followed.deployment->id == "d1");
    REQUIRE(followed.allocations.size() == 2);
    CHECK(followed.allocations[0].id == "a1");
    CHECK(server.phases == Phases{"evaluated", "successful"});
    CHECK(server.times_said("group web: 2 placed, 1 of 2 healthy\n") == 1);
}

TEST_CASE("the ends of a deployment") {
    struct Row {
        const char* what;
        std::vector<Json> deployments;
        Json job_now;
        End end;
        std::string words;
        Phases phases;
    };
    const Row rows[] = {
        {"canaries", {deployment("running", group(2, 1, 0, 1)), deployment("running", group(2, 1, 1, 1))}, job(2), End::canaries_ready, "", {"evaluated", "canaries healthy"}},
        {"Nomad promotes", {deployment("running", group(2, 1, 1, 1, false, true)), deployment("running", group(2, 2, 1, 1, true, true)), deployment("successful", group(2, 2, 2, 1, true, true))}, job(2), End::successful, "", {"evaluated", "canaries healthy", "promoted", "successful"}},
        {"failed", {deployment("running", group(2, 2, 0)), deployment("failed", group(2, 2, 0), "Failed due to unhealthy allocations - rolling back to job version 0")}, job(3), End::failed, "Failed due to unhealthy allocations - rolling back to job version 0", {"evaluated", "!failed"}},
        {"failed without words", {deployment("failed", group(2, 2, 0))}, job(2), End::failed, "the deployment is failed", {"evaluated", "!failed"}},
        {"superseded", {deployment("cancelled", group(2, 1, 0, 1), "Cancelled due to newer version of job")}, job(3), End::superseded, "Cancelled due to newer version of job", {"evaluated", "!superseded"}},
        {"stopped", {deployment("cancelled", group(2, 2, 0), "Cancelled because job is stopped")}, job(3, true), End::stopped, "Cancelled because job is stopped", {"evaluated", "!stopped"}},
        {"purged", {deployment("running", group(2, 2, 0)), Server::gone()}, Server::gone(), End::stopped, "the job is not there any more", {"evaluated", "!stopped"}},
        {"collected after a newer one", {deployment("running", group(2, 2, 0)), Server::gone()}, job(4), End::superseded, "version 4 was registered", {"evaluated", "!superseded"}},
        {"paused, then resumed", {deployment("paused", group(1, 1, 0)), deployment("running", group(1, 1, 0)), deployment("successful", group(1, 1, 1))}, job(2), End::successful, "", {"evaluated", "successful"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Server server;
        server.says(evaluation_path, {evaluation("complete")}).says(deployments_path, {{deployment("running", group(2, 0, 0))}}).says(deployment_path, row.deployments).says(job_path, {row.job_now});
        const auto followed = server.follow();
        CHECK(followed.end == row.end);
        CHECK(followed.words == row.words);
        CHECK(server.phases == row.phases);
        CHECK((followed.end == End::superseded) == followed.newer_version.has_value());
    }
}

TEST_CASE("healthy canaries are no end for whoever follows until it is over") {
    Server server;
    server.says(deployment_path, {deployment("running", group(2, 1, 1, 1)), deployment("running", group(2, 1, 1, 1, true)), deployment("successful", group(2, 2, 2, 1, true))});
    const auto followed = server.run([](Follower& follower) { return follower.follow_deployment("d1", Follower::Until::over); });
    CHECK(followed.end == End::successful);
    CHECK(server.phases == Phases{"canaries healthy", "promoted", "successful"});
}

TEST_CASE("what cannot be placed is said at once and ends the deployment's following when the patience is over") {
    Server server;
    server.says(evaluation_path, {evaluation("complete", {{"FailedTGAllocs", no_place}, {"BlockedEval", "e2"}})})
        .says(evaluations_path, {{evaluation("complete", {{"FailedTGAllocs", no_place}}), evaluation("blocked", {{"CreateIndex", 51}, {"FailedTGAllocs", no_place}})}})
        .says(deployments_path, {{deployment("running", group(2, 0, 0))}})
        .says(deployment_path, {deployment("running", group(2, 0, 0))});
    const auto followed = server.follow();
    CHECK(followed.end == End::unplaced);
    CHECK(followed.words == no_place_words);
    CHECK(followed.deployment);
    CHECK(server.times_said("no place yet: " + no_place_words) == 1);
    CHECK(server.world.clock.time - *parse_timestamp("2026-11-24T12:00:00Z") >= Duration{120'000});
    CHECK(server.world.clock.time - *parse_timestamp("2026-11-24T12:00:00Z") < Duration{121'000});
    // Reads wait no longer than evaluations may stay unseen, nor longer than the patience.
    for (const auto& request : server.world.requests) {
        if (const auto at = request.url.find("wait="); at != std::string::npos && request.url.find("/v1/deployment/") != std::string::npos) CHECK(std::stol(request.url.substr(at + 5)) <= 10'000);
    }
}

TEST_CASE("a place that is found in time is said, and the deployment goes on") {
    Server server;
    server.says(evaluation_path, {evaluation("complete", {{"FailedTGAllocs", no_place}})})
        .says(evaluations_path, {{evaluation("blocked", {{"FailedTGAllocs", no_place}})}})
        .says(deployments_path, {{deployment("running", group(2, 0, 0))}})
        .says(deployment_path, {deployment("running", group(2, 1, 0)), deployment("running", group(2, 2, 0)), deployment("successful", group(2, 2, 2))});
    CHECK(server.follow().end == End::successful);
    CHECK(server.times_said("a place was found for everything") == 1);
}

TEST_CASE("the time for all ends what nothing else ends, with what is known") {
    Server server;
    server.timeout = Duration{60'000};
    server.says(evaluation_path, {evaluation("complete")}).says(deployments_path, {{deployment("running", group(2, 2, 1))}}).says(deployment_path, {deployment("running", group(2, 2, 1))});
    const auto followed = server.follow();
    CHECK(followed.end == End::out_of_time);
    CHECK(followed.words == "group web: 2 placed, 1 of 2 healthy");
    CHECK(followed.deployment);

    Server slow;
    slow.timeout = Duration{5'000};
    slow.says(evaluation_path, {evaluation("pending")});
    CHECK(slow.follow().words == "evaluation e1 is not complete");
}

TEST_CASE("evaluations that do not complete") {
    struct Row {
        const char* what;
        Json answer;
        Json job_now;
        End end;
        std::string words;
    };
    const Row rows[] = {
        {"failed", evaluation("failed", {{"StatusDescription", "maximum attempts reached (5)\nx"}}), job(2), End::failed, "the evaluation is failed: maximum attempts reached (5) | x"},
        {"canceled by a newer version", evaluation("canceled"), job(3), End::superseded, "version 3 was registered"},
        {"its own follow-up", evaluation("failed", {{"NextEval", "e1"}}), job(2), End::failed, "the evaluation is failed"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Server server;
        server.says(evaluation_path, {row.answer}).says(job_path, {row.job_now});
        const auto followed = server.follow();
        CHECK(followed.end == row.end);
        CHECK(followed.words == row.words);
    }
    Server retried;
    retried.says(evaluation_path, {evaluation("failed", {{"NextEval", "e9"}})}).says("/v1/evaluation/e9", {evaluation("complete")}).says(job_path, {job(2)})
        .says(deployments_path, {{deployment("successful", group(1, 1, 1))}}).says(deployment_path, {deployment("successful", group(1, 1, 1))});
    CHECK(retried.follow().end == End::successful);
    Server collected;
    collected.says(evaluation_path, {Server::gone()}).says(deployments_path, {{deployment("running", group(1, 1, 1))}}).says(deployment_path, {deployment("successful", group(1, 1, 1))});
    CHECK(collected.follow().end == End::successful);
}

TEST_CASE("what is registered already is taken as it stands") {
    for (const auto& [status, end] : {std::pair{"successful", End::successful}, std::pair{"failed", End::failed}}) {
        Server server;
        server.says(deployments_path, {{deployment(status, group(2, 2, 2), "as it stands", 44)}}).says(deployment_path, {deployment(status, group(2, 2, 2), "as it stands", 44)});
        const auto followed = server.follow("service", "");
        CHECK(followed.end == end);
        CHECK(followed.words == "as it stands");
        CHECK(server.world.clock.sleeps.empty());
    }
}

TEST_CASE("services and system jobs without a deployment are followed by their allocations") {
    const Json running = {{"DeploymentStatus", {{"Healthy", true}}}};
    struct Row {
        const char* what;
        std::vector<Json> allocations;
        Json job_now;
        End end;
        std::string words;
    };
    const Row rows[] = {
        {"running", {{allocation("a1", "pending")}, {allocation("a1", "running"), allocation("old", "running", {{"JobVersion", 1}})}}, job(2, false, 2, 0), End::successful, "1 running"},
        {"failed", {{allocation("a1", "pending")}, {allocation("a1", "failed", failed_task(7))}}, job(2, false, 2, 0), End::failed, "task migrate of allocation a1 ended with exit code 7"},
        {"count 0", {Json::array()}, job(2, false, 0), End::successful, "count 0: nothing to place"},
        {"stopped", {{allocation("a1", "running", {{"DesiredStatus", "stop"}})}}, job(3, true), End::stopped, "the job was stopped"},
        {"superseded", {{allocation("a1", "running")}, {allocation("a1", "running", {{"JobVersion", 3}})}}, job(3), End::superseded, "version 3 was registered"},
        {"nothing", {nullptr}, job(2, false, 2, 0), End::successful, "nothing to place: Nomad has no allocation of this version"},
        {"hostile", {{nullptr, 3, {{"ID", 5}, {"JobVersion", 2}, {"TaskStates", {{"t", {{"Events", "x"}}}}}, {"ClientStatus", "failed"}}}}, job(2, false, 2, 0), End::failed, "allocation  is failed"},
        {"drained", {{allocation("a1", "complete", {{"DesiredStatus", "stop"}}), allocation("a2", "running")}}, job(2, false, 2, 0), End::successful, "1 running"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Server server;
        server.says(evaluation_path, {evaluation("complete")}).says(allocations_path, row.allocations).says(job_path, {row.job_now});
        const auto followed = server.follow();
        CHECK(followed.end == row.end);
        CHECK(followed.words == row.words);
        CHECK_FALSE(followed.deployment);
    }
}

TEST_CASE("a batch job ends with its last allocation that is not replaced") {
    const auto delayed = allocation("a1", "failed", {{"FollowupEvalID", "e2"}});
    const auto replaced = allocation("a1", "failed", {{"NextAllocation", "a2"}});
    struct Row {
        const char* what;
        std::vector<Json> allocations;
        std::vector<Json> evaluations;
        End end;
        std::string words;
        std::optional<int> exit_code;
    };
    const Row rows[] = {
        {"complete", {{allocation("a1", "running")}, {allocation("a1", "complete")}}, {Json::array()}, End::successful, "1 complete", {}},
        {"failed for good", {{allocation("a1", "failed", failed_task(3))}}, {{evaluation("complete")}}, End::failed, "task migrate of allocation a1 ended with exit code 3", 3},
        {"rescheduled later", {{delayed}, {delayed}, {replaced, allocation("a2", "running")}, {replaced, allocation("a2", "complete")}}, {{evaluation("pending")}, {evaluation("pending")}, {evaluation("complete")}}, End::successful, "1 complete", {}},
        {"replaced between two reads", {{delayed}, {replaced, allocation("a2", "running")}, {replaced, allocation("a2", "failed", failed_task(9))}}, {{evaluation("complete")}}, End::failed, "task migrate of allocation a2 ended with exit code 9", 9},
        {"the other one has no place", {{allocation("a1", "complete")}}, {{evaluation("blocked", {{"FailedTGAllocs", no_place}})}}, End::unplaced, no_place_words, {}},
        {"lost, and no other", {{allocation("a1", "lost", {{"ClientDescription", "alloc is lost since its node is down"}})}}, {{evaluation("complete")}}, End::failed, "allocation a1 is lost: alloc is lost since its node is down", {}},
        {"nothing to do", {Json::array()}, {{evaluation("complete")}}, End::successful, "nothing to place: Nomad has no allocation of this version", {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Server server;
        server.says(evaluation_path, {evaluation("complete")}).says(allocations_path, row.allocations).says(evaluations_path, row.evaluations).says(job_path, {job(2)});
        const auto followed = server.follow("batch");
        CHECK(followed.end == row.end);
        CHECK(followed.words == row.words);
        CHECK(followed.exit_code == row.exit_code);
    }
}

TEST_CASE("a batch job that is registered already is judged by its allocations, which may come a moment later") {
    Server server;
    server.says(allocations_path, {Json::array(), Json::array(), {allocation("a1", "complete")}}).says(job_path, {job(2)});
    const auto followed = server.follow("batch", "");
    CHECK(followed.end == End::successful);
    CHECK(followed.words == "1 complete");
    CHECK(server.phases == Phases{"evaluated", "complete"});
}

TEST_CASE("what tasks print is shown by lines, each once, the rest at the end") {
    const auto with_tasks = [](const std::string& status, const std::string& state) {
        const Json task = {{"State", state}, {"StartedAt", "2026-11-24T12:00:00Z"}};
        return Json::array({allocation("a1", status, {{"NodeName", "n1"}, {"TaskStates", {{"migrate", task}, {"proxy", task}}}})});
    };
    Server server;
    server.settings.logs = true;
    server.output["a1 migrate stdout"] = "one\ntw";
    server.output["a1 proxy stderr"] = "\x1b[2Jerror";
    server.says(evaluation_path, {evaluation("complete")}).says(job_path, {job(2)}).says(allocations_path, {with_tasks("running", "running"), with_tasks("running", "running"), with_tasks("complete", "dead")});
    bool grown = false;
    const auto plain = server.world.on_request;
    server.world.on_request = [&](const io::Request& request) {
        if (server.scripts[allocations_path].next == 2 && !grown) server.output["a1 migrate stdout"] += "o\nthree", grown = true;
        return plain(request);
    };
    CHECK(server.follow("batch").end == End::successful);
    CHECK(server.times_said("output of allocation a1 on n1:") == 1);
    CHECK(server.times_said("  migrate: one\n") == 1);
    CHECK(server.times_said("  migrate: two\n") == 1);
    CHECK(server.times_said("  migrate: three\n") == 1);
    CHECK(server.times_said("  proxy: \\x1b[2Jerror\n") == 1);
    for (const auto& request : server.world.requests) {
        if (request.url.find("/allocations?") != std::string::npos && request.url.find("wait=") != std::string::npos) CHECK(request.url.find("wait=1000ms") != std::string::npos);
    }
}

TEST_CASE("who may not read output still learns how the job ends") {
    Server server;
    server.settings.logs = true;
    server.output["a1 migrate stdout"] = "403";
    server.says(evaluation_path, {evaluation("complete")}).says(job_path, {job(2)}).says(allocations_path, {{allocation("a1", "failed", failed_task(2))}});
    CHECK(server.follow("batch").exit_code == 2);
    CHECK(server.times_said("the output of the tasks is not shown") == 1);
    CHECK(server.said("read-logs"));
}

TEST_CASE("a cancellation passes through") {
    Server server;
    server.says(evaluation_path, {evaluation("complete")}).says(deployments_path, {{deployment("running", group(1, 1, 0))}}).says(deployment_path, {deployment("running", group(1, 1, 0))});
    server.world.clock.on_sleep = [] { throw Cancelled(15); };
    CHECK_THROWS_AS(server.follow(), Cancelled);
}
