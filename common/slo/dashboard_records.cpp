#include "slo/dashboard_records.hpp"

#include "slo/rule_text.hpp"

namespace slipway::slo {

namespace {

std::string series_of(const Objective& objective, const RuleSettings& settings) {
    if (settings.names == Names::sloth) return matchers({{"sloth_id", objective.id()}, {"sloth_service", objective.service}, {"sloth_slo", objective.name}});
    return matchers({{"service", objective.service}, {"slo", objective.name}});
}

} // namespace

Records::Records(const Objective& objective, const RuleSettings& settings)
    : objective_(objective), settings_(settings), period_(period_of(objective, settings)), series_(series_of(objective, settings)) {}

std::string Records::budget_remaining() const { return recorded(is_sloth() ? "slo:period_error_budget_remaining:ratio" : "slo:error_budget_remaining:ratio"); }
std::string Records::current_burn_rate() const { return recorded(is_sloth() ? "slo:current_burn_rate:ratio" : "slo:burn_rate:current"); }
std::string Records::period_burn_rate() const { return recorded(is_sloth() ? "slo:period_burn_rate:ratio" : "slo:burn_rate:period"); }

std::string Records::error_ratio(Duration window) const { return recorded((is_sloth() ? "slo:sli_error:ratio_rate" : "slo:error_ratio:rate") + window_name(window)); }

std::string Records::period_error_ratio() const {
    if (period_.calendar) return recorded("slo:error_ratio:" + period_name(period_));
    return error_ratio(period_.length);
}

std::vector<Duration> Records::windows() const {
    auto all = settings_.windows.all();
    if (all.empty()) all.push_back(base_window(settings_.windows));
    return all;
}

std::string Records::event_window() const { return window_name(in_slices() ? objective_.slice : base_window(settings_.windows)); }

std::optional<std::string> Records::events() const {
    const auto& indicator = objective_.indicator;
    if (!indicator.counts_events()) return std::nullopt;
    // Sloth records ratios only.
    if (is_sloth()) return indicator.total.at(event_window());
    return recorded("slo:events:rate" + event_window());
}

std::optional<std::string> Records::error_events() const {
    const auto& indicator = objective_.indicator;
    if (!indicator.counts_events()) return std::nullopt;
    const auto window = event_window();
    const bool good = indicator.kind == IndicatorKind::good_events;
    if (is_sloth()) {
        if (good) return "(" + indicator.total.at(window) + ") - (" + indicator.numerator.at(window) + ')';
        return indicator.numerator.at(window);
    }
    const auto total = recorded("slo:events:rate" + window);
    // A service without a single error has no series of errors, and one that only fails none of good events.
    const auto counted = "(" + recorded((good ? "slo:good_events:rate" : "slo:error_events:rate") + window) + " or " + total + " * 0)";
    return good ? total + " - " + counted : counted;
}

} // namespace slipway::slo
