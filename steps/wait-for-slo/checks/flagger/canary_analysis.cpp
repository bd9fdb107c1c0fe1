#include "wait-for-slo/checks/flagger/canary_analysis.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

std::string checks(long count) { return count_of(static_cast<std::size_t>(count), "check"); }

bool has_commands(const CanaryCheck& check, std::string_view type) {
    return std::any_of(check.commands.begin(), check.commands.end(), [type](const CanaryCommand& command) { return command.type == type; });
}

} // namespace

CanaryAnalysis::CanaryAnalysis(CanaryCheck check, std::vector<ValueSource*> values, RunCanaryCommands run_commands, io::Clock& clock)
    : check_(std::move(check)), values_(std::move(values)), run_commands_(std::move(run_commands)), clock_(clock), rollout_began_(!has_commands(check_, "pre-rollout")),
      due_(rollout_began_ ? check_.interval : Duration{0}) {
    for (const auto& metric : check_.metrics) {
        metrics_.push_back({.name = metric.name, .query = metric.query, .condition = metric.condition->text(), .min = metric.min, .max = metric.max});
    }
}

void CanaryAnalysis::measure(Duration watched) {
    // As a ticker does: what takes longer than an interval delays the next check, and leaves out those between.
    due_ = check_.interval * (watched / check_.interval + 1);
    if (!rollout_began_) {
        auto failure = failed_command("pre-rollout");
        if (failure) take(std::move(failure));
        else rollout_began_ = true;
        return;
    }
    auto failure = failed_command("rollout");
    if (!failure) failure = failed_metric(watched);
    take(std::move(failure));
}

std::optional<CanaryAnalysis::Failure> CanaryAnalysis::failed_command(std::string_view type) const {
    if (!has_commands(check_, type)) return std::nullopt;
    auto why = run_commands_(check_.commands, type);
    if (!why) return std::nullopt;
    return Failure{.why = std::move(*why)};
}

std::optional<CanaryAnalysis::Failure> CanaryAnalysis::failed_metric(Duration watched) {
    const auto began = clock_.steady();
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
        const auto passed = std::chrono::duration_cast<Duration>(clock_.steady() - began);
        auto& measurements = metrics_[i].measurements;
        measurements.push_back(measure_once(check_.metrics[i], *values_[i], clock_, watched + passed));
        const auto& newest = measurements.back();
        if (newest.phase == Phase::successful) continue;
        return Failure{.why = metrics_[i].name + ": " + in_words(metrics_[i], newest), .by_metrics = newest.phase != Phase::failed || !newest.number};
    }
    return std::nullopt;
}

void CanaryAnalysis::take(std::optional<Failure> failure) {
    if (!failure) {
        ++passed_;
        if (check_.iterations && passed_ >= *check_.iterations) decided_ = Finding{Verdict::holds, passed_and_failed()};
    } else {
        ++failed_;
        if (failure->by_metrics) ++failed_without_value_;
        newest_failure_ = std::move(failure->why);
        if (failed_ >= check_.threshold) {
            auto reason = checks(failed_) + " failed, the threshold is " + std::to_string(check_.threshold) + "; the newest: " + newest_failure_;
            if (failed_without_value_ == failed_) reason += "; none of them for a value: this says that metrics could not be read, not that the release is bad";
            decided_ = Finding{Verdict::violated, std::move(reason)};
        }
    }
    if (decided_) due_ = std::nullopt;
}

std::string CanaryAnalysis::passed_and_failed() const {
    auto text = checks(passed_) + " passed, " + std::to_string(failed_) + " failed, of which " + std::to_string(check_.threshold) + " would be too many";
    if (failed_ > 0) text += "; the newest: " + newest_failure_;
    return text;
}

Finding CanaryAnalysis::at_end() const {
    if (decided_) return *decided_;
    if (passed_ + failed_ == 0) return {Verdict::inconclusive, "never checked"};
    if (check_.iterations) return {Verdict::inconclusive, passed_and_failed() + "; " + std::to_string(*check_.iterations) + " must pass, for which the watch was too short"};
    return {passed_ == 0 ? Verdict::inconclusive : Verdict::holds, passed_and_failed()};
}

} // namespace slipway::wait_for_slo
