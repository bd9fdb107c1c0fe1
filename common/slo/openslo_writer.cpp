#include "slo/openslo_writer.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdlib>
#include <string>
#include <utility>

namespace slipway::slo {

namespace {

using Json = nlohmann::ordered_json;

Json source_of(const WindowedQuery& query) { return {{"metricSource", {{"type", "Prometheus"}, {"spec", {{"query", query.at("{{.window}}")}}}}}}; }

Json indicator_of(const Objective& objective) {
    const auto& indicator = objective.indicator;
    Json spec;
    switch (indicator.kind) {
    case IndicatorKind::threshold: spec["thresholdMetric"] = source_of(indicator.numerator); break;
    case IndicatorKind::failure_ratio:
    case IndicatorKind::success_ratio: spec["ratioMetric"] = {{"counter", true}, {"rawType", indicator.kind == IndicatorKind::failure_ratio ? "failure" : "success"}, {"raw", source_of(indicator.numerator)}}; break;
    case IndicatorKind::good_events:
    case IndicatorKind::bad_events: spec["ratioMetric"] = {{"counter", true}, {indicator.kind == IndicatorKind::good_events ? "good" : "bad", source_of(indicator.numerator)}, {"total", source_of(indicator.total)}};
    }
    return {{"metadata", {{"name", objective.name}}}, {"spec", std::move(spec)}};
}

/// In OpenSLO's shorthand, which has no seconds.
std::string shorthand(Duration duration) {
    constexpr Duration minute{60'000};
    for (const auto& [length, unit] : {std::pair(1440 * minute, "d"), std::pair(60 * minute, "h")}) {
        if (duration % length == Duration{0}) return std::to_string(duration / length) + unit;
    }
    return std::to_string(std::max<long>(1, duration / minute)) + "m";
}

Json window_of(const Period& period) {
    if (!period.calendar) return {{"duration", shorthand(period.length)}, {"isRolling", true}};
    const auto& calendar = *period.calendar;
    constexpr std::array<const char*, 5> durations = {"1d", "1w", "1M", "1Q", "1Y"};
    // The first of January 2023 was a Sunday.
    const auto day = calendar.unit == CalendarUnit::week ? 1 + calendar.first_weekday : 1;
    const auto minutes = calendar.utc_offset.count() / 60'000;
    const auto two_digits = [](long number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    const auto zone = minutes == 0 ? "UTC" : (minutes < 0 ? '-' : '+') + two_digits(std::labs(minutes) / 60) + ':' + two_digits(std::labs(minutes) % 60);
    return {{"duration", durations.at(static_cast<std::size_t>(calendar.unit))}, {"isRolling", false}, {"calendar", {{"startTime", "2023-01-0" + std::to_string(day) + " 00:00:00"}, {"timeZone", zone}}}};
}

const char* op_of(Comparison comparison) {
    switch (comparison) {
    case Comparison::less: return "lt";
    case Comparison::less_equal: return "lte";
    case Comparison::greater: return "gt";
    case Comparison::greater_equal: break;
    }
    return "gte";
}

const char* method_of(Budgeting budgeting) {
    switch (budgeting) {
    case Budgeting::occurrences: return "Occurrences";
    case Budgeting::time_slices: return "Timeslices";
    case Budgeting::ratio_timeslices: break;
    }
    return "RatioTimeslices";
}

} // namespace

Json as_openslo(const Objective& objective, const RuleSettings& settings) {
    Json metadata = {{"name", objective.name}};
    if (!objective.labels.empty()) metadata["labels"] = objective.labels;
    Json goal = {{"target", objective.target}};
    if (objective.indicator.kind == IndicatorKind::threshold) {
        goal["op"] = op_of(objective.indicator.comparison);
        goal["value"] = objective.indicator.limit;
    }
    if (objective.budgeting != Budgeting::occurrences) goal["timeSliceWindow"] = shorthand(objective.slice);
    if (objective.budgeting == Budgeting::time_slices) goal["timeSliceTarget"] = objective.slice_target;
    Json spec = {{"service", objective.service}};
    if (!objective.description.empty()) spec["description"] = objective.description;
    spec["indicator"] = indicator_of(objective);
    spec["timeWindow"] = Json::array({window_of(period_of(objective, settings))});
    spec["budgetingMethod"] = method_of(objective.budgeting);
    spec["objectives"] = Json::array({std::move(goal)});
    return {{"apiVersion", "openslo/v1"}, {"kind", "SLO"}, {"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
}

} // namespace slipway::slo
