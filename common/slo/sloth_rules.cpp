// The rules that Sloth makes, under its names: the same in meaning, numbers in the form that people write.

#include "core/text.hpp"
#include "promql/duration.hpp"
#include "slo/rule_text.hpp"

#include <chrono>

namespace slipway::slo {

namespace {

constexpr double milliseconds_of_a_day = 86'400'000;

/// As Prometheus writes durations: 28 days are "4w", 36 hours "1d12h".
std::string sloth_window(Duration window) { return promql::write_duration(std::chrono::nanoseconds(window).count()); }

/// Its window of the current burn rate, and of the mean over the period: the short one of the first page alert.
Duration first_window(const AlertWindows& windows) { return windows.page.empty() ? base_window(windows) : windows.page.front().short_window; }

class SlothRules final : public RuleMaker {
public:
    SlothRules(const Objective& objective, const RuleSettings& settings)
        : RuleMaker(objective, settings, {{"sloth_id", objective.id()}, {"sloth_service", objective.service}, {"sloth_slo", objective.name}}), base_(first_window(settings.windows)) {}

    ObjectiveRules make() {
        if (const auto why = why_not(); !why.empty()) {
            return {.problems = {{.message = "objective '" + visible(objective_.name) + "' has no rules under Sloth's names: " + why, .place = objective_.place, .hint = "leave --slo-names sloth out", .id = "slo-names"}}};
        }
        ratios();
        facts();
        alerts();
        ObjectiveRules result{.problems = std::move(problems_)};
        for (auto* group : {&ratios_, &facts_, &alerts_}) {
            if (!group->rules.empty()) result.groups.push_back(std::move(*group));
        }
        return result;
    }

private:
    std::string why_not() const {
        if (objective_.indicator.kind == IndicatorKind::threshold) return "Sloth knows no thresholds";
        if (objective_.budgeting != Budgeting::occurrences) return "Sloth knows no time slices";
        if (period_.calendar) return "Sloth knows no calendar";
        return {};
    }

    static std::string ratio_name(const std::string& window) { return "slo:sli_error:ratio_rate" + window; }
    std::string ratio(Duration window) const { return ratio_name(sloth_window(window)) + series_; }

    void query_of(const std::string& window) {
        const auto& indicator = objective_.indicator;
        auto expr = expression();
        const bool good = indicator.kind == IndicatorKind::good_events || indicator.kind == IndicatorKind::success_ratio;
        if (good) expr << "1 - (\n";
        expr << "(";
        expr.query(indicator.numerator, window);
        expr << ")";
        if (indicator.counts_events()) {
            expr << "\n/\n(";
            expr.query(indicator.total, window);
            expr << ")";
        }
        if (good) expr << "\n)";
        record(ratios_, ratio_name(window), expr, {{"sloth_window", window}});
    }

    void ratios() {
        ratios_.name = "sloth-slo-sli-recordings-" + objective_.id();
        ratios_.place = objective_.place;
        for (const auto window : settings_.windows.all()) {
            if (window != period_.length) query_of(sloth_window(window)); // two rules of one series are one too many
        }
        if (settings_.windows.all().empty()) query_of(sloth_window(base_));
        const auto name = sloth_window(period_.length);
        if (settings_.long_windows == LongWindows::raw) return query_of(name);
        record(ratios_, ratio_name(name), "sum_over_time(" + ratio(base_) + '[' + name + "])\n/ ignoring (sloth_window)\ncount_over_time(" + ratio(base_) + '[' + name + "])", {{"sloth_window", name}});
    }

    void facts() {
        facts_.name = "sloth-slo-meta-recordings-" + objective_.id();
        facts_.place = objective_.place;
        const auto over_budget = [&](const std::string& series) { return series + "\n/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio" + series_; };
        record(facts_, "slo:objective:ratio", "vector(" + in_decimal(objective_.target) + ')');
        record(facts_, "slo:error_budget:ratio", "vector(" + in_decimal(objective_.error_budget()) + ')');
        record(facts_, "slo:time_period:days", "vector(" + in_decimal(static_cast<double>(period_.length.count()) / milliseconds_of_a_day) + ')');
        record(facts_, "slo:current_burn_rate:ratio", over_budget(ratio(base_)));
        record(facts_, "slo:period_burn_rate:ratio", over_budget(ratio(period_.length)));
        record(facts_, "slo:period_error_budget_remaining:ratio", "1 - slo:period_burn_rate:ratio" + series_);
        record(facts_, "sloth_slo_info", "vector(1)",
               {{"sloth_mode", "slipway"}, {"sloth_objective", in_decimal(objective_.target * 100)}, {"sloth_spec", objective_.language}, {"sloth_version", "slipway"}});
    }

    std::string condition(const BurnCondition& burn) const override {
        const auto above = [&](Duration window) { return "    max(" + ratio(window) + " > (" + in_decimal(burn.factor) + " * " + in_decimal(objective_.error_budget()) + ")) without (sloth_window)"; };
        return "(\n" + above(burn.window.short_window) + "\n    and\n" + above(burn.window.long_window) + "\n)";
    }

    void alerts() {
        if (!settings_.alerts) return;
        alerts_.name = "sloth-slo-alerts-" + objective_.id();
        alerts_.place = objective_.place;
        // The labels of all rules come with the series.
        for (const std::string severity : {"page", "ticket"}) {
            const bool page = severity == "page";
            alert(alerts_, severity, page ? settings_.windows.page : settings_.windows.ticket, page ? objective_.page : objective_.ticket, {{"sloth_severity", severity}},
                  {{"title", "(" + severity + ") {{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is too fast."},
                   {"summary", "{{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is over expected."}});
        }
    }

    const Duration base_;
    prometheus::Group ratios_;
    prometheus::Group facts_;
    prometheus::Group alerts_;
};

} // namespace

ObjectiveRules sloth_rules(const Objective& objective, const RuleSettings& settings) { return SlothRules(objective, settings).make(); }

} // namespace slipway::slo
