#include "catch.hpp"
#include "fakes.hpp"
#include "run-job/follow/allocation_state.hpp"
#include "run-job/follow/deployment_progress.hpp"
#include "run-job/follow/placement.hpp"
#include "run-job/follow/timeline.hpp"

using namespace slipway;
using namespace slipway::run_job;
using nomad::Json;

namespace {

/// What one allocation is: "complete", "failed -> b" (replaced), "running!" (should stop), "running?" (not healthy yet).
nomad::Allocation allocation(std::string text) {
    nomad::Allocation one;
    one.id = "0123456789";
    one.desired_status = "run";
    if (const auto arrow = text.find(" -> "); arrow != std::string::npos) {
        one.next_allocation = text.substr(arrow + 4);
        text.resize(arrow);
    }
    if (text.ends_with('!')) one.desired_status = "stop";
    if (text.ends_with('?')) one.healthy = false;
    while (text.ends_with('!') || text.ends_with('?')) text.pop_back();
    one.client_status = text;
    return one;
}

nomad::Evaluation evaluation(const std::string& status, std::uint64_t index, const Json& failed = nullptr) {
    return nomad::read_evaluation({{"ID", "e" + std::to_string(index)}, {"Status", status}, {"CreateIndex", index}, {"FailedTGAllocs", failed}});
}

const Json no_node = {{"web", {{"NodesEvaluated", 0u}}}};
const std::string no_node_words = "group web: no node was eligible: datacenters, node pool or node state";

} // namespace

TEST_CASE("allocations together are what the worst of them that is not replaced is") {
    using Is = AllocationState::Is;
    struct Row {
        std::vector<std::string> allocations;
        Purpose purpose;
        Is is;
        std::string words;
    };
    const Row rows[] = {
        {{}, Purpose::to_end, Is::none, ""},
        {{"failed -> b"}, Purpose::to_end, Is::none, ""},
        {{"failed -> b", "complete"}, Purpose::to_end, Is::reached, "1 complete"},
        {{"complete", "running", "pending"}, Purpose::to_end, Is::going_on, "1 complete, 1 pending, 1 running"},
        {{"complete", "unknown"}, Purpose::to_end, Is::going_on, "1 complete, 1 unknown"},
        {{"running", "failed"}, Purpose::to_end, Is::failed, "allocation 01234567 is failed"},
        {{"lost"}, Purpose::to_end, Is::failed, "allocation 01234567 is lost"},
        {{"complete!"}, Purpose::to_end, Is::stopped, "1 complete"},
        {{"failed!", "failed"}, Purpose::to_end, Is::failed, "allocation 01234567 is failed"},
        {{""}, Purpose::to_end, Is::going_on, "1 "},
        {{"running", "running"}, Purpose::to_run, Is::reached, "2 running"},
        {{"running", "running?"}, Purpose::to_run, Is::going_on, "2 running"},
        {{"complete"}, Purpose::to_run, Is::failed, "allocation 01234567 is complete"},
        {{"running!", "running"}, Purpose::to_run, Is::stopped, "2 running"},
        {{"evil\n\x1b[2J"}, Purpose::to_run, Is::going_on, "1 evil\\x0a\\x1b[2J"},
    };
    for (const auto& row : rows) {
        std::vector<nomad::Allocation> all;
        for (const auto& text : row.allocations) all.push_back(allocation(text));
        const auto state = state_of(all, row.purpose);
        CAPTURE(row.words);
        CHECK(state.is == row.is);
        CHECK(state.words == row.words);
    }
}

TEST_CASE("a failed allocation names the task that failed, and its last exit code") {
    auto failed = allocation("failed");
    failed.client_description = "Failed tasks";
    CHECK(state_of({failed}, Purpose::to_end).words == "allocation 01234567 is failed: Failed tasks");
    nomad::TaskState sidecar{.name = "proxy", .state = "dead", .failed = false, .restarts = 0, .started = {}, .finished = {}, .events = {{.type = "Terminated", .message = "", .exit_code = 143}}};
    nomad::TaskState task{.name = "migrate", .state = "dead", .failed = true, .restarts = 1, .started = {}, .finished = {}, .events = {}};
    failed.tasks = {sidecar, task};
    CHECK(state_of({failed}, Purpose::to_end).words == "task migrate of allocation 01234567 failed");
    failed.tasks[1].events = {{.type = "Terminated", .message = "", .exit_code = 1}, {.type = "Terminated", .message = "", .exit_code = 3}, {.type = "Not Restarting", .message = "", .exit_code = {}}};
    const auto state = state_of({failed}, Purpose::to_end);
    CHECK(state.exit_code == 3);
    CHECK(state.words == "task migrate of allocation 01234567 ended with exit code 3");
}

TEST_CASE("allocations of a version are in the order in which they were made") {
    std::vector<nomad::Allocation> all(3);
    all[0].job_version = 2, all[0].create_index = 9;
    all[1].job_version = 1, all[1].create_index = 1;
    all[2].job_version = 2, all[2].create_index = 5;
    const auto ours = of_version(all, 2);
    REQUIRE(ours.size() == 2);
    CHECK(ours[0].create_index == 5);
    CHECK(ours[1].create_index == 9);
}

TEST_CASE("what has no place is in blocked evaluations, else in the newest") {
    CHECK(unplaced_in(std::vector<nomad::Evaluation>{}).empty());
    CHECK(unplaced_in(std::vector{evaluation("complete", 1, no_node), evaluation("blocked", 2, no_node)}) == std::vector{no_node_words});
    CHECK(unplaced_in(std::vector{evaluation("complete", 1, no_node), evaluation("complete", 2)}).empty()); // it was placed later
    CHECK(unplaced_in(std::vector{evaluation("complete", 2, no_node), evaluation("complete", 1)}) == std::vector{no_node_words});
    CHECK(unplaced_in(std::vector{evaluation("blocked", 1)}) == std::vector<std::string>{"an evaluation is blocked"});
    CHECK(unplaced_in(std::vector{evaluation("blocked", 1, no_node), evaluation("blocked", 2, no_node)}).size() == 1); // a node each
    for (const Json& hostile : {Json(3), Json("x"), Json::array({1}), Json{{"web", nullptr}}}) CHECK(unplaced_in(evaluation("complete", 1, hostile)).size() == (hostile.is_object() ? 1u : 0u));
    CHECK(is_unsettled({evaluation("complete", 1), evaluation("pending", 2)}));
    CHECK(is_unsettled({evaluation("blocked", 2)}));
    CHECK_FALSE(is_unsettled({evaluation("complete", 1), evaluation("canceled", 2), evaluation("", 3)}));
}

TEST_CASE("a missing place is said once, said again when it changes, and outlasts the patience from when it was noticed first") {
    fake::World world;
    Placement placement(Duration{120'000}, world.clock, world.log);
    placement.update({});
    CHECK(world.terminal.err.empty());
    CHECK_FALSE(placement.time_left());
    placement.update({"group web: no node fits"});
    placement.update({"group web: no node fits"});
    CHECK(world.terminal.err.find("no place yet: group web: no node fits; waiting 2m for one") != std::string::npos);
    const auto said = world.terminal.err.size();
    world.clock.time += Duration{60'000};
    placement.update({"group web: no node fits"});
    CHECK(world.terminal.err.size() == said);
    placement.update({"group web: 1 node exhausted on memory"});
    CHECK(world.terminal.err.find("1 node exhausted on memory; waiting 1m for one") != std::string::npos);
    CHECK_FALSE(placement.is_overdue());
    world.clock.time += Duration{60'000};
    CHECK(placement.is_overdue());
    CHECK(placement.words() == "group web: 1 node exhausted on memory");
    placement.update({});
    CHECK_FALSE(placement.is_missing());
    CHECK(world.terminal.err.find("a place was found for everything") != std::string::npos);
    placement.update({"again"});
    CHECK(placement.time_left() == Duration{120'000});
}

TEST_CASE("a deployment's lines tell what changed") {
    const auto deployment = [](const std::string& status, std::uint64_t placed, std::uint64_t healthy, bool promoted) {
        return nomad::read_deployment({{"ID", "d1234567890"}, {"Status", status}, {"TaskGroups", {{"web", {{"DesiredTotal", 2u}, {"DesiredCanaries", 1u}, {"PlacedAllocs", placed}, {"HealthyAllocs", healthy}, {"Promoted", promoted}}}, {"db", {{"DesiredTotal", 1u}, {"PlacedAllocs", 1u}, {"UnhealthyAllocs", 1u}}}}}});
    };
    DeploymentProgress progress;
    using Lines = std::vector<std::string>;
    CHECK(progress.update(deployment("running", 1, 0, false)) == Lines{"group web: 1 placed, 0 of 2 healthy, canaries 0/1 healthy", "group db: 1 placed, 0 of 1 healthy, 1 unhealthy"});
    CHECK(progress.update(deployment("running", 1, 0, false)).empty());
    CHECK(progress.update(deployment("running", 1, 1, false)) == Lines{"group web: 1 placed, 1 of 2 healthy, canaries 1/1 healthy"});
    CHECK(progress.update(deployment("paused", 1, 1, true)) == Lines{"group web: 1 placed, 1 of 2 healthy", "deployment d1234567 is paused: somebody paused it: nothing goes on until it is resumed"});
    CHECK(progress.update(deployment("blocked", 1, 1, true)) == Lines{"deployment d1234567 is blocked: it waits for the other regions of the job"});
    CHECK(progress.update(deployment("running", 1, 1, true)) == Lines{"deployment d1234567 is running"});
    CHECK(progress.update(deployment("successful", 1, 1, true)).empty());
    CHECK(misses_allocations(deployment("running", 0, 0, false)));
    CHECK_FALSE(misses_allocations(deployment("running", 1, 0, false))); // the canary is all that is wanted
    CHECK(misses_allocations(deployment("running", 1, 1, true)));
}

TEST_CASE("phases follow each other") {
    fake::Clock clock;
    Timeline timeline(clock);
    clock.time += Duration{1'000};
    timeline.end_phase("evaluated");
    clock.time += Duration{2'000};
    timeline.end_phase("failed", true);
    REQUIRE(timeline.phases().size() == 2);
    CHECK(timeline.phases()[1].begin == timeline.phases()[0].end);
    CHECK(timeline.phases()[1].end - timeline.phases()[1].begin == Duration{2'000});
    CHECK(timeline.phases()[1].failed);
}
