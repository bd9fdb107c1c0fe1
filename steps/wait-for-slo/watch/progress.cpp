#include "wait-for-slo/watch/progress.hpp"

#include "core/text.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

constexpr int width_of_bar = 10;

/// Evidence grows by factors, so the bar shows its logarithm.
std::string bar(const Decision& decision) {
    const double share = std::log(std::max(decision.evidence(), 1.0)) / std::log(decision.needed());
    const auto full = std::clamp(static_cast<int>(share * width_of_bar), 0, width_of_bar);
    return '[' + std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(width_of_bar - full), '.') + ']';
}

std::string state_of(const ObjectiveWatch& objective) {
    const auto& decision = objective.decision();
    if (decision.counts().total() <= 0) return "no events yet";
    if (objective.objective().no_bad_event) return events(decision.counts().total()) + " requests, " + events(decision.counts().bad()) + " failed";
    const auto range = decision.interval();
    // The bar comes first: a narrow terminal shows the beginning of the line.
    return "evidence " + bar(decision) + ' ' + factor(decision.evidence()) + " of " + factor(decision.needed()) + ", " + events(decision.counts().total()) + " events, " +
           percent(decision.error_rate()) + " bad (" + percent(range.low) + " to " + percent(range.high) + "), burn rate " + factor(decision.burn_rate());
}

} // namespace

std::string progress_line(const std::vector<ObjectiveWatch>& objectives, Duration watched, Duration watch) {
    const auto left = std::max(watch - watched, Duration{0});
    auto line = left > Duration{0} ? "watching, " + format_duration(in_seconds(left)) + " left: " : std::string("waiting for what is counted late: ");
    const auto worst = std::max_element(objectives.begin(), objectives.end(), [](const auto& a, const auto& b) { return a.decision().evidence() < b.decision().evidence(); });
    if (worst == objectives.end()) return line;
    if (objectives.size() > 1) line += "of " + std::to_string(objectives.size()) + " objectives " + worst->objective().name + " is the worst: ";
    return line + state_of(*worst);
}

} // namespace slipway::wait_for_slo
