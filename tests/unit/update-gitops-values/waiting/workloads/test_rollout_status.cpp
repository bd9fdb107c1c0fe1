#include "catch.hpp"

#include "update-gitops-values/waiting/workloads/rollout_status.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

using Json = nlohmann::json;
using State = Judgement::State;

Json rollout(const char* status, const char* spec = R"({"strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {"duration": 10}}, {"setWeight": 60}, {"pause": {}}]}}})") {
    return {{"metadata", {{"name", "web"}, {"namespace", "prod"}, {"generation", 2}}}, {"spec", Json::parse(spec)}, {"status", Json::parse(status)}};
}

std::string judged(const Json& object, std::optional<std::int64_t> workload = {}) {
    const auto judgement = judge_rollout(object, workload);
    constexpr const char* states[] = {"waiting", "arrived", "stuck", "failed"};
    return std::string(states[static_cast<std::size_t>(judgement.state)]) + ": " + judgement.words;
}

constexpr const char* unseen = "waiting: the change has come, its controller has not looked at it yet";
constexpr const char* blue_green = R"({"strategy": {"blueGreen": {"autoPromotionEnabled": false}}})";

} // namespace

TEST_CASE("rollout: how far it is") {
    CHECK(judged(rollout(R"({"observedGeneration": "1", "phase": "Healthy", "stableRS": "a", "currentPodHash": "a"})")) == unseen);
    CHECK(judged(rollout("{}")) == unseen);
    CHECK(judged(rollout(R"({"observedGeneration": "2", "phase": "Healthy", "stableRS": "a", "currentPodHash": "a"})")) == "arrived: healthy, all 4 steps done");
    CHECK(judged(rollout(R"({"observedGeneration": 2, "phase": "Healthy", "stableRS": "a", "currentPodHash": "a"})", blue_green)) == "arrived: healthy, with the new version alone");
    CHECK(judged(rollout(R"({"observedGeneration": "2", "phase": "Healthy", "stableRS": "a", "currentPodHash": "b", "currentStepIndex": 0})")) == "waiting: weight 20 %, step 1 of 4");
    CHECK(judged(rollout(R"({"observedGeneration": "2", "phase": "Paused", "message": "CanaryPauseStep", "currentStepIndex": 1, "pauseConditions": [{"reason": "CanaryPauseStep"}]})")) ==
          "waiting: weight 20 %, step 2 of 4: pause of 10s");
    CHECK(judged(rollout(R"({"observedGeneration": "2", "phase": "Progressing", "message": "more", "currentStepIndex": 2, "canary": {"weights": {"canary": {"weight": 45}}}})")) ==
          "waiting: weight 45 %, step 3 of 4; more");
    // What is read from a workload counts only when that was looked at as well.
    const auto by_workload = rollout(R"({"observedGeneration": "2", "workloadObservedGeneration": "6", "phase": "Healthy", "stableRS": "a", "currentPodHash": "a"})");
    CHECK(judged(by_workload, 7) == unseen);
    CHECK(judged(by_workload, 6) == "arrived: healthy, all 4 steps done");
}

TEST_CASE("rollout: versions before 1.0 wrote no phase, and a hash as generation") {
    CHECK(judged(rollout(R"({"observedGeneration": "5d4f8c", "stableRS": "a", "currentPodHash": "a", "updatedReplicas": 1, "availableReplicas": 1})")) == "arrived: healthy, all 4 steps done");
    CHECK(judged(rollout(R"({"observedGeneration": "5d4f8c", "stableRS": "a", "currentPodHash": "b"})")) == "waiting: weight 20 %, step 1 of 4");
    CHECK(judged(rollout(R"({"observedGeneration": "5d4f8c", "conditions": [{"type": "Progressing", "reason": "RolloutAborted", "message": "metric"}]})")) == "failed: is degraded: metric");
}

TEST_CASE("rollout: what waits for somebody") {
    const auto paused = [](const char* reason, int step) { return R"({"observedGeneration": "2", "phase": "Paused", "currentStepIndex": )" + std::to_string(step) + R"(, "pauseConditions": [{"reason": ")" + reason + "\"}]}"; };
    const auto promotion = judge_rollout(rollout(paused("CanaryPauseStep", 3).c_str()), {});
    CHECK(promotion.state == State::stuck);
    CHECK(promotion.words == "waits for its promotion: weight 60 %, step 4 of 4 is a pause without an end");
    CHECK(promotion.hint == "go on with: kubectl argo rollouts promote web -n prod");
    CHECK(judged(rollout(paused("BlueGreenPause", 0).c_str(), blue_green)) == "stuck: waits for its promotion: the new version is in preview, and autoPromotionEnabled is false");
    CHECK(judged(rollout(paused("BlueGreenPause", 0).c_str(), R"({"strategy": {"blueGreen": {"autoPromotionEnabled": false, "autoPromotionSeconds": 30}}})")) == "waiting: paused");
    CHECK(judged(rollout(paused("InconclusiveAnalysisRun", 1).c_str())) == "stuck: waits for somebody to decide: its analysis was inconclusive (InconclusiveAnalysisRun)");
    CHECK(judged(rollout(R"({"observedGeneration": "2", "phase": "Paused"})", R"({"paused": true})")) == "stuck: is paused by hand (spec.paused)");
}

TEST_CASE("rollout: what has failed") {
    CHECK(judged(rollout(R"({"observedGeneration": "2", "phase": "Degraded", "abort": true, "message": "RolloutAborted: Rollout aborted update to revision 2"})")) ==
          "failed: was aborted, its traffic is back on the version before: RolloutAborted: Rollout aborted update to revision 2");
    CHECK(judged(rollout(R"({"observedGeneration": "2", "phase": "Degraded", "message": "ProgressDeadlineExceeded: timed out"})")) == "failed: is degraded: ProgressDeadlineExceeded: timed out");
    CHECK(judged(rollout(R"({"observedGeneration": "2", "phase": "Degraded", "conditions": [{"type": "InvalidSpec", "status": "True", "message": "no\nselector"}]})")) == "failed: is not valid: no | selector");
    // Of the version before.
    CHECK(judged(rollout(R"({"observedGeneration": "1", "phase": "Degraded", "abort": true})")) == unseen);
}

TEST_CASE("rollout: objects of any form are read") {
    for (const char* status : {"null", "[]", "1", R"({"phase": 1, "pauseConditions": {}, "currentStepIndex": "x"})", R"({"currentStepIndex": -5, "phase": "Paused", "pauseConditions": [1, null, {"reason": []}]})",
                               R"({"currentStepIndex": 18446744073709551615, "conditions": [[], {"type": "InvalidSpec", "status": true}]})"}) {
        for (const char* spec : {"null", "[]", R"({"strategy": {"canary": {"steps": [1, null, {"pause": 3}, {"pause": null}, {"setWeight": "x"}]}}})"}) {
            INFO(status << ' ' << spec);
            CHECK_FALSE(judge_rollout(rollout(status, spec), {}).words.empty());
        }
    }
}

TEST_CASE("rollout: what an analysis measured") {
    const auto run = Json::parse(R"({"metadata": {"name": "web-2"}, "status": {"phase": "Failed", "message": "why", "metricResults": [1, {"name": "good", "phase": "Successful"},
        {"name": "rate", "phase": "Failed", "measurements": [{"value": "[1]"}, {"value": "[0.4]"}]}, {"name": "odd", "phase": "Error", "message": "no data"}]}})");
    CHECK(failure_of_analysis(run) == "AnalysisRun web-2 Failed: why; metric rate Failed (last value [0.4]); metric odd Error: no data");
    CHECK(failure_of_analysis(Json::parse(R"({"status": {"phase": "Successful"}})")).empty());
    CHECK(failure_of_analysis(Json::parse("[]")).empty());
}
