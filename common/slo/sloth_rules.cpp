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

class SlothRules {
public:
    SlothRules(const Objective& objective, const RuleSettings& settings)
        : objective_(objective), settings_(settings), period_(period_of(objective, settings)), base_(first_window(settings.windows)),
          identity_({{"sloth_id", objective.id()}, {"sloth_service", objective.service}, {"sloth_slo", objective.name}}), series_(matchers(identity_)) {}

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

    ExpressionWriter expression() const { return ExpressionWriter(objective_.place); }

    void record(prometheus::Group& group, const std::string& name, ExpressionWriter& expr, const Labels& more = {}) {
        prometheus::Rule rule{.kind = prometheus::RuleKind::recording, .name = name};
        rule.labels = merged(merged(objective_.labels, settings_.labels), merged(identity_, more));
        rule.place = objective_.place;
        expr.into(rule);
        group.rules.push_back(std::move(rule));
    }

    void record(prometheus::Group& group, const std::string& name, const std::string& expr, const Labels& more = {}) {
        auto writer = expression();
        writer << expr;
        record(group, name, writer, more);
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

    std::string condition(const BurnCondition& burn) const {
        const auto above = [&](Duration window) { return "    max(" + ratio(window) + " > (" + in_decimal(burn.factor) + " * " + in_decimal(objective_.error_budget()) + ")) without (sloth_window)"; };
        return "(\n" + above(burn.window.short_window) + "\n    and\n" + above(burn.window.long_window) + "\n)";
    }

    void alerts() {
        if (!settings_.alerts) return;
        alerts_.name = "sloth-slo-alerts-" + objective_.id();
        alerts_.place = objective_.place;
        alert("page", settings_.windows.page, objective_.page);
        alert("ticket", settings_.windows.ticket, objective_.ticket);
    }

    void alert(const std::string& severity, const std::vector<AlertWindow>& windows, const AlertSettings& own) {
        if (!own.enabled) return;
        std::string text;
        for (const auto& burn : conditions_of(windows, objective_, period_, severity.c_str(), problems_)) text += (text.empty() ? "" : "\nor\n") + condition(burn);
        if (text.empty()) return;
        prometheus::Rule rule{.kind = prometheus::RuleKind::alerting, .name = objective_.alert_name.empty() ? "ErrorBudgetBurn" : objective_.alert_name};
        rule.place = objective_.place;
        // The labels of all rules come with the series.
        rule.labels = merged({{"sloth_severity", severity}}, merged(objective_.alert_labels, own.labels));
        rule.annotations = {{"title", "(" + severity + ") {{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is too fast."},
                            {"summary", "{{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is over expected."}};
        if (!settings_.runbook.empty()) rule.annotations["runbook_url"] = runbook_for(objective_, settings_.runbook);
        rule.annotations = merged(std::move(rule.annotations), merged(objective_.alert_annotations, own.annotations));
        auto expr = expression();
        expr << text;
        expr.into(rule);
        alerts_.rules.push_back(std::move(rule));
    }

    const Objective& objective_;
    const RuleSettings& settings_;
    const Period period_;
    const Duration base_;
    const Labels identity_;
    const std::string series_;
    prometheus::Group ratios_;
    prometheus::Group facts_;
    prometheus::Group alerts_;
    std::vector<Diagnostic> problems_;
};

} // namespace

ObjectiveRules sloth_rules(const Objective& objective, const RuleSettings& settings) { return SlothRules(objective, settings).make(); }

} // namespace slipway::slo
