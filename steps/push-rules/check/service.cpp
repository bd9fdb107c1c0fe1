#include "push-rules/check/service.hpp"

#include "core/text.hpp"
#include "promql/matching.hpp"

#include <algorithm>
#include <array>

namespace slipway::push_rules {

bool ExternalMetrics::covers(const std::string& metric) const {
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
        if (pattern == metric) return true;
        auto regex = pattern;
        const bool is_glob = pattern.find('*') != std::string::npos && pattern.find_first_of(".[](){}|+?^$\\") == std::string::npos;
        if (is_glob) replace_all(regex, "*", ".*");
        return promql::ValueMatcher({"__name__", promql::MatchOp::regex, regex, {}, false}, {}).matches(metric);
    });
}

bool is_made_by_prometheus(std::string_view metric) {
    constexpr std::array<std::string_view, 11> names = {"up", "ALERTS", "ALERTS_FOR_STATE", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added",
                                                        "scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes", "target_info"};
    return std::find(names.begin(), names.end(), metric) != names.end();
}

std::optional<promql::Shape> ServiceKnowledge::shape_of(const std::string& metric) const {
    const auto* found = service_.metrics.find(metric);
    if (found == nullptr) return std::nullopt;
    promql::Shape shape;
    if (found->is_gauge()) shape.nature = promql::Nature::gauge;
    else if (found->type == prometheus::MetricType::counter || found->role != prometheus::SeriesRole::plain) shape.nature = promql::Nature::counter;
    return shape;
}

} // namespace slipway::push_rules
