#include "rollout_status.hpp"

#include "core/text.hpp"
#include "update-gitops-values/waiting/object_fields.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;
using State = Judgement::State;

std::string words_at(const Json& object, std::string_view path) { return visible(one_line(field::text(object, path))); }

class Judge {
public:
    Judge(const Json& rollout, std::optional<std::int64_t> workload_generation)
        : rollout_(rollout), workload_generation_(workload_generation), steps_(field::list(rollout, "/spec/strategy/canary/steps")),
          step_(static_cast<std::size_t>(std::max<std::int64_t>(field::number(rollout, "/status/currentStepIndex").value_or(0), 0))) {}

    Judgement judge() const {
        if (is_unseen()) return {State::waiting, "the change has come, its controller has not looked at it yet"};
        if (auto why = failure(); !why.empty()) return {State::failed, std::move(why)};
        if (auto pause = pause_of_somebody()) return *pause;
        if (is_healthy()) return {State::arrived, "healthy, " + (steps_.empty() ? std::string("with the new version alone") : "all " + count_of(steps_.size(), "step") + " done")};
        return {State::waiting, line()};
    }

private:
    /// Versions before 1.0 wrote a hash instead of the generation, which tells nothing.
    bool is_unseen() const {
        const auto generation = field::number(rollout_, "/metadata/generation").value_or(1);
        const auto& status = field::at(rollout_, "/status");
        if (!status.is_object() || status.empty()) return true;
        const auto seen = field::number(status, "/observedGeneration");
        if (seen && *seen < generation) return true;
        const auto seen_workload = field::number(status, "/workloadObservedGeneration");
        return workload_generation_ && seen_workload && *seen_workload < *workload_generation_;
    }

    std::string phase() const { return field::text(rollout_, "/status/phase"); }

    std::string failure() const {
        if (const auto& invalid = field::condition(rollout_, "InvalidSpec"); field::text(invalid, "/status") == "True") return "is not valid: " + words_at(invalid, "/message");
        const bool is_aborted = field::is_set(rollout_, "/status/abort");
        if (!is_aborted && phase() != "Degraded" && !(phase().empty() && is_given_up())) return {};
        auto why = words_at(rollout_, "/status/message");
        if (why.empty()) why = words_at(field::condition(rollout_, "Progressing"), "/message");
        const bool tells_abort = why.find("RolloutAborted") != std::string::npos;
        return (is_aborted || tells_abort ? "was aborted, its traffic is back on the version before" : "is degraded") + (why.empty() ? "" : ": " + why);
    }

    /// Versions before 1.0 have no phase.
    bool is_given_up() const {
        const auto reason = field::text(field::condition(rollout_, "Progressing"), "/reason");
        return reason == "RolloutAborted" || reason == "ProgressDeadlineExceeded";
    }

    bool is_healthy() const {
        const auto stable = field::text(rollout_, "/status/stableRS");
        if (stable.empty() || stable != field::text(rollout_, "/status/currentPodHash")) return false;
        if (!phase().empty()) return phase() == "Healthy";
        const auto count = [&](const char* path, std::int64_t otherwise) { return field::number(rollout_, path).value_or(otherwise); };
        const auto wanted = count("/spec/replicas", 1);
        return count("/status/updatedReplicas", 0) >= wanted && count("/status/availableReplicas", 0) >= wanted;
    }

    std::string promote() const { return "kubectl argo rollouts promote " + words_at(rollout_, "/metadata/name") + " -n " + words_at(rollout_, "/metadata/namespace"); }

    Judgement stuck(const std::string& why) const { return {State::stuck, why, "go on with: " + promote()}; }

    std::optional<Judgement> pause_of_somebody() const {
        if (field::is_set(rollout_, "/spec/paused")) return stuck("is paused by hand (spec.paused)");
        for (const auto& pause : field::list(rollout_, "/status/pauseConditions")) {
            const auto reason = field::text(pause, "/reason");
            if (reason == "CanaryPauseStep" && is_endless(step())) return stuck("waits for its promotion: " + place() + " is a pause without an end");
            if (reason == "BlueGreenPause" && is_endless_preview()) return stuck("waits for its promotion: the new version is in preview, and autoPromotionEnabled is false");
            if (reason.starts_with("Inconclusive")) return stuck("waits for somebody to decide: its analysis was inconclusive (" + visible(one_line(reason)) + ')' + after_message());
        }
        return std::nullopt;
    }

    const Json& step() const {
        static const Json none;
        return step_ < steps_.size() ? steps_[step_] : none;
    }

    static bool is_endless(const Json& step) {
        const auto& pause = field::at(step, "/pause");
        return (pause.is_object() || (pause.is_null() && step.is_object() && step.contains("pause"))) && field::at(pause, "/duration").is_null();
    }

    bool is_endless_preview() const {
        const auto& enabled = field::at(rollout_, "/spec/strategy/blueGreen/autoPromotionEnabled");
        return enabled.is_boolean() && !enabled.get<bool>() && field::number(rollout_, "/spec/strategy/blueGreen/autoPromotionSeconds").value_or(0) <= 0;
    }

    /// Of traffic, where a router tells; else as the steps say.
    std::optional<std::int64_t> weight() const {
        if (const auto told = field::number(rollout_, "/status/canary/weights/canary/weight")) return told;
        std::optional<std::int64_t> weight;
        for (std::size_t i = 0; i < std::min(step_ + 1, steps_.size()); ++i) {
            if (const auto set = field::number(steps_[i], "/setWeight")) weight = set;
        }
        return weight;
    }

    /// "weight 20 %, step 3 of 8"
    std::string place() const {
        const auto share = weight();
        const auto number = step_ < steps_.size() ? "step " + std::to_string(step_ + 1) + " of " + std::to_string(steps_.size()) : "all " + count_of(steps_.size(), "step") + " done";
        return (share ? "weight " + std::to_string(*share) + " %, " : "") + number;
    }

    std::string what_step() const {
        const auto& now = step();
        if (now.is_object() && now.contains("pause")) {
            const auto& duration = field::at(now, "/pause/duration");
            if (duration.is_number()) return ": pause of " + duration.dump() + 's';
            if (duration.is_string()) {
                const auto text = words_at(now, "/pause/duration");
                return ": pause of " + text + (!text.empty() && text.back() >= '0' && text.back() <= '9' ? "s" : "");
            }
        }
        for (const char* kind : {"analysis", "experiment"}) {
            if (now.is_object() && now.contains(kind)) return std::string(": ") + kind;
        }
        return {};
    }

    std::string after_message() const {
        const auto message = words_at(rollout_, "/status/message");
        // Of pauses it is the reason's name only.
        return message.empty() || phase() == "Paused" ? "" : "; " + message;
    }

    std::string line() const {
        if (!steps_.empty()) return place() + what_step() + after_message();
        const auto message = words_at(rollout_, "/status/message");
        if (!message.empty()) return message;
        return phase().empty() ? "in progress" : lower(visible(one_line(phase())));
    }

    const Json& rollout_;
    std::optional<std::int64_t> workload_generation_;
    const Json& steps_;
    std::size_t step_; ///< from 0; the number of steps when all are done
};

bool is_bad(const std::string& phase) { return phase == "Failed" || phase == "Error" || phase == "Inconclusive"; }

std::string last_value(const Json& metric) {
    const auto& measurements = field::list(metric, "/measurements");
    if (measurements.empty()) return {};
    const auto value = words_at(measurements.back(), "/value");
    return value.empty() ? "" : " (last value " + value + ')';
}

} // namespace

Judgement judge_rollout(const Json& rollout, std::optional<std::int64_t> workload_generation) { return Judge(rollout, workload_generation).judge(); }

std::string failure_of_analysis(const Json& run) {
    const auto phase = field::text(run, "/status/phase");
    if (!is_bad(phase)) return {};
    auto text = "AnalysisRun " + words_at(run, "/metadata/name") + ' ' + phase;
    if (const auto message = words_at(run, "/status/message"); !message.empty()) text += ": " + message;
    for (const auto& metric : field::list(run, "/status/metricResults")) {
        const auto result = field::text(metric, "/phase");
        if (!is_bad(result)) continue;
        auto message = words_at(metric, "/message");
        const auto& measurements = field::list(metric, "/measurements");
        if (message.empty() && !measurements.empty()) message = words_at(measurements.back(), "/message");
        text += "; metric " + words_at(metric, "/name") + ' ' + result + (message.empty() ? "" : ": " + message) + last_value(metric);
    }
    return text;
}

std::vector<std::string> analysis_runs_in(const Json& rollout) {
    std::vector<std::string> names;
    for (const char* path : {"/status/canary/currentStepAnalysisRunStatus/name", "/status/canary/currentBackgroundAnalysisRunStatus/name",
                             "/status/blueGreen/prePromotionAnalysisRunStatus/name", "/status/blueGreen/postPromotionAnalysisRunStatus/name"}) {
        auto name = field::text(rollout, path);
        if (!name.empty()) names.push_back(std::move(name));
    }
    return names;
}

} // namespace slipway::update_gitops_values
