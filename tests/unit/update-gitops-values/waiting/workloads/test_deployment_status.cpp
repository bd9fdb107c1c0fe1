#include "catch.hpp"

#include "update-gitops-values/waiting/workloads/deployment_status.hpp"
#include "update-gitops-values/waiting/workloads/pod_troubles.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

using Json = nlohmann::json;

std::string judged(const char* spec, const char* status) {
    const auto judgement = judge_deployment({{"metadata", {{"name", "web"}, {"namespace", "prod"}, {"generation", 2}}}, {"spec", Json::parse(spec)}, {"status", Json::parse(status)}});
    constexpr const char* states[] = {"waiting", "arrived", "stuck", "failed"};
    return std::string(states[static_cast<std::size_t>(judgement.state)]) + ": " + judgement.words;
}

} // namespace

TEST_CASE("deployment: how far it is") {
    const auto of_three = [](const char* status) { return judged(R"({"replicas": 3})", status); };
    CHECK(of_three(R"({"observedGeneration": 1, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 3})") == "waiting: the change has come, its controller has not looked at it yet");
    CHECK(of_three(R"({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 3})") == "arrived: 3 replicas are updated and available");
    CHECK(of_three(R"({"observedGeneration": 2, "updatedReplicas": 1, "replicas": 4, "availableReplicas": 3})") == "waiting: 1 of 3 replicas updated");
    CHECK(of_three(R"({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 4, "availableReplicas": 4})") == "waiting: 3 of 3 replicas updated, 1 of the version before to end");
    CHECK(of_three(R"({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 2})") == "waiting: 2 of 3 replicas available");
    CHECK(of_three(R"({"observedGeneration": 2, "conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}]})") ==
          "waiting: 0 of 3 replicas updated; FailedCreate: exceeded quota");
    CHECK(judged("{}", R"({"observedGeneration": 2, "updatedReplicas": 1, "replicas": 1, "availableReplicas": 1})") == "arrived: 1 replica is updated and available");
    CHECK(judged(R"({"replicas": 0})", R"({"observedGeneration": 2})") == "arrived: is scaled to 0: its template has the change, and nothing runs");
}

TEST_CASE("deployment: what ends the wait") {
    CHECK(judged(R"({"replicas": 1})", R"({"observedGeneration": 2, "updatedReplicas": 1, "replicas": 2, "conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "timed\nout"}]})") ==
          "failed: did not become available in time: ProgressDeadlineExceeded: timed | out");
    CHECK(judged(R"({"replicas": 2, "paused": true})", R"({"observedGeneration": 2})") == "stuck: is paused (spec.paused), with 0 of 2 replicas updated");
    CHECK(judged(R"({"paused": true})", R"({"observedGeneration": 2, "updatedReplicas": 1, "replicas": 1, "availableReplicas": 1})") == "arrived: 1 replica is updated and available");
}

TEST_CASE("deployment: objects of any form are read") {
    for (const char* text : {"null", "[]", "{}", R"({"status": 1, "spec": "x"})", R"({"metadata": {"generation": "x"}, "spec": {"replicas": -1}, "status": {"observedGeneration": 1e300, "updatedReplicas": -7, "conditions": "x"}})"}) {
        INFO(text);
        CHECK_FALSE(judge_deployment(Json::parse(text)).words.empty());
    }
}

TEST_CASE("deployment: why a pod does not run") {
    const auto trouble = [](const char* status) { return trouble_of({{"metadata", {{"name", "web-1"}}}, {"status", Json::parse(status)}}); };
    CHECK(trouble(R"({"containerStatuses": [{"name": "web", "state": {"running": {}}, "restartCount": 3}]})").empty());
    CHECK(trouble(R"({"containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "ContainerCreating"}}}]})").empty());
    CHECK(trouble(R"({"containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}, "restartCount": 1, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]})") ==
          "pod web-1: container web: CrashLoopBackOff: back-off (last exit code 137, OOMKilled), restarted 1 time");
    CHECK(trouble(R"({"initContainerStatuses": [{"name": "migrate", "state": {"terminated": {"exitCode": 2, "reason": "Error"}}}]})") == "pod web-1: container migrate: ended with exit code 2");
    CHECK(trouble(R"({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}]})") == "pod web-1: Unschedulable: 0/3 nodes are available");
    CHECK(trouble(R"({"phase": "Failed", "reason": "Evicted"})") == "pod web-1: Failed: Evicted");
    for (const char* odd : {"null", "[]", R"({"containerStatuses": [1, {"state": []}, {"state": {"waiting": {"reason": 1}}}], "conditions": {}})"}) CHECK(trouble(odd).empty());
}

TEST_CASE("deployment: a selector as a request has it") {
    CHECK(selector_text(Json::parse(R"({"matchLabels": {"app": "web", "odd": 1}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}, {"key": "old", "operator": "DoesNotExist"},
        {"key": "x", "operator": "NotIn", "values": ["y"]}, {"key": "z", "operator": "Exists"}]})")) == "app=web,tier in (a,b),!old,x notin (y),z");
    CHECK(selector_text(Json::parse("[1]")).empty());
}
