#include "catch.hpp"

#include "update-gitops-values/waiting/workloads/canary_status.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

using Json = nlohmann::json;
using State = Judgement::State;

Json canary(const std::string& phase, Json status = Json::object(), Json spec = Json::object()) {
    status["phase"] = phase;
    return {{"metadata", {{"name", "web"}, {"namespace", "prod"}}}, {"spec", std::move(spec)}, {"status", std::move(status)}};
}

constexpr std::optional<bool> unknown;

} // namespace

TEST_CASE("canary: an end counts when it is of our version") {
    struct Row {
        const char* phase;
        CanarySurroundings around;
        State state;
    };
    const std::vector<Row> rows{
        // Flagger has not looked at the target's change yet.
        {"Succeeded", {false, true, false, false}, State::waiting},
        {"Succeeded", {unknown, true, false, false}, State::waiting},
        {"Failed", {false, true, false, false}, State::waiting},
        {"Failed", {unknown, true, false, false}, State::waiting},
        // It has.
        {"Succeeded", {true, true, true, false}, State::arrived},
        {"Succeeded", {unknown, true, true, false}, State::arrived},
        {"Succeeded", {false, true, true, false}, State::waiting},
        {"Failed", {false, true, true, false}, State::failed},
        {"Failed", {unknown, true, true, false}, State::failed},
        // Nobody saw it looking, and it would have by now.
        {"Succeeded", {unknown, false, false, true}, State::arrived},
        {"Succeeded", {false, false, false, true}, State::waiting},
        {"Failed", {false, false, false, true}, State::failed},
        {"Failed", {unknown, false, false, true}, State::failed},
        // The version was promoted before, and is back after another one failed.
        {"Failed", {true, true, false, false}, State::arrived},
        {"Failed", {true, true, true, false}, State::arrived},
        {"Failed", {true, false, false, true}, State::arrived},
        // The same image with other settings failed.
        {"Failed", {true, false, true, false}, State::failed},
        {"Initialized", {true, false, false, false}, State::arrived},
    };
    for (const auto& row : rows) {
        INFO(row.phase << " primary " << (row.around.primary_has_it ? *row.around.primary_has_it ? "has it" : "has it not" : "unknown") << ", change seen " << row.around.saw_target_change << ", news "
                       << row.around.is_news << ", settled " << row.around.has_settled);
        CHECK(judge_canary(canary(row.phase), row.around).state == row.state);
    }
}

TEST_CASE("canary: what is said while it goes on") {
    const auto words = [](const Json& object) { return judge_canary(object, {}).words; };
    const Json spec = {{"analysis", {{"threshold", 5}}}};
    CHECK(words(canary("Progressing", {{"canaryWeight", 20}, {"failedChecks", 1}}, spec)) == "weight 20 %, 1 of 5 failed checks");
    CHECK(words(canary("Progressing", {{"canaryWeight", 20}, {"failedChecks", 1}}, {{"canaryAnalysis", {{"threshold", 3}}}})) == "weight 20 %, 1 of 3 failed checks");
    CHECK(words(canary("Progressing", {{"iterations", 3}}, {{"analysis", {{"iterations", 10}}}})) == "iteration 3 of 10");
    CHECK(words(canary("Progressing", {}, {{"skipAnalysis", true}})) == "weight 0 %, without an analysis (skipAnalysis)");
    CHECK(words(canary("")) == "Flagger is making the primary");
    CHECK(words(canary("Waiting")) == "waits for a confirmation: the confirm-rollout webhook does not let it begin");
    CHECK(words(canary("Some\nthing\x1b")) == "some | thing\\x1b");
    CHECK(judge_canary(canary("Terminating"), {}).state == State::failed);
    const auto suspended = judge_canary(canary("Progressing", {}, {{"suspend", true}}), {});
    CHECK(suspended.state == State::stuck);
    CHECK(suspended.hint == R"(set spec.suspend to false, in Git or with: kubectl patch canary web -n prod --type merge -p '{"spec":{"suspend":false}}')");
}

TEST_CASE("canary: a mark changes with the phase, not with each look of Flagger") {
    const auto with = [](const char* since, const char* transition) {
        return canary("Failed", {{"lastTransitionTime", transition}, {"lastAppliedSpec", transition}, {"conditions", {{{"type", "Promoted"}, {"lastUpdateTime", since}}}}});
    };
    CHECK(mark_of(with("a", "1")) == mark_of(with("a", "2")));
    CHECK_FALSE(mark_of(with("a", "1")) == mark_of(with("b", "1")));
    CHECK(mark_of(canary("Failed", {{"lastTransitionTime", "1"}})) == mark_of(canary("Failed", {{"lastTransitionTime", "2"}})));
    CHECK_FALSE(mark_of(canary("Succeeded", {{"lastTransitionTime", "1"}})) == mark_of(canary("Succeeded", {{"lastTransitionTime", "2"}})));
}

TEST_CASE("canary: objects of any form are read") {
    for (const char* text : {"null", "[]", "1", "{}", R"({"status": []})", R"({"status": {"phase": 1, "conditions": {}}})", R"({"status": {"phase": "Progressing", "canaryWeight": "x", "failedChecks": []}, "spec": 1})",
                             R"({"spec": {"analysis": [1], "webhooks": {}}, "status": {"phase": "Waiting"}})", R"({"status": {"phase": "Failed", "conditions": [1, null, {"type": "Promoted", "message": {}}]}})"}) {
        INFO(text);
        CHECK_FALSE(judge_canary(Json::parse(text), {}).words.empty());
        CHECK(interval_of(Json::parse(text)) == Duration{60'000});
    }
    CHECK(interval_of(canary("", {}, {{"analysis", {{"interval", "30s"}}}})) == Duration{30'000});
    CHECK(interval_of(canary("", {}, {{"analysis", {{"interval", "1s"}}}})) == Duration{10'000});
}
