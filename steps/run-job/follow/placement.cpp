#include "run-job/follow/placement.hpp"

#include "core/duration.hpp"
#include "core/text.hpp"
#include "nomad/plan.hpp"

#include <algorithm>

namespace slipway::run_job {

std::vector<std::string> unplaced_in(const nomad::Evaluation& evaluation) {
    auto failures = nomad::placement_failures({{"FailedTGAllocs", evaluation.failed_groups}});
    if (failures.empty() && evaluation.status == "blocked") {
        failures.push_back(evaluation.description.empty() ? "an evaluation is blocked" : "an evaluation is blocked: " + one_line(evaluation.description));
    }
    return failures;
}

std::vector<std::string> unplaced_in(const std::vector<nomad::Evaluation>& evaluations) {
    std::vector<std::string> failures;
    const nomad::Evaluation* newest = nullptr;
    bool is_blocked = false;
    for (const auto& evaluation : evaluations) {
        if (newest == nullptr || evaluation.create_index > newest->create_index) newest = &evaluation;
        if (evaluation.status != "blocked") continue;
        is_blocked = true;
        const auto its = unplaced_in(evaluation);
        failures.insert(failures.end(), its.begin(), its.end());
    }
    if (!is_blocked && newest != nullptr) failures = unplaced_in(*newest);
    // A system job has a blocked evaluation for each node, and their order is not the same each time.
    std::sort(failures.begin(), failures.end());
    failures.erase(std::unique(failures.begin(), failures.end()), failures.end());
    return failures;
}

bool is_unsettled(const std::vector<nomad::Evaluation>& evaluations) {
    return std::any_of(evaluations.begin(), evaluations.end(), [](const auto& evaluation) { return evaluation.status == "pending" || evaluation.status == "blocked"; });
}

void Placement::update(const std::vector<std::string>& failures) {
    if (failures == failures_) return;
    failures_ = failures;
    if (failures.empty()) {
        since_.reset();
        log_.info("a place was found for everything");
        return;
    }
    if (!since_) since_ = clock_.steady();
    log_.warning("no place yet: " + words() + "; waiting " + format_duration(std::chrono::ceil<std::chrono::seconds>(std::max(*time_left(), Duration{0}))) + " for one");
}

std::optional<Duration> Placement::time_left() const {
    if (!since_) return std::nullopt;
    return timeout_ - std::chrono::duration_cast<Duration>(clock_.steady() - *since_);
}

std::string Placement::words() const { return join(failures_, "; "); }

} // namespace slipway::run_job
