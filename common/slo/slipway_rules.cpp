// Rules under Slipway's own names: level "slo", what is counted, how.

#include "core/text.hpp"
#include "promql/functions.hpp"
#include "promql/parser.hpp"
#include "promql/print.hpp"
#include "promql/visit.hpp"
#include "slo/rule_text.hpp"

#include <algorithm>

namespace slipway::slo {

namespace {

constexpr Duration hour{3'600'000};
constexpr Duration day = 24 * hour;
/// How often the budget is computed, and slices of time are looked at when they are longer. Reading four weeks of samples at each of
/// the server's usual intervals helps nobody; and below the five minutes after which a sample counts as old.
constexpr Duration budget_interval{120'000};

const char* symbol_of(Comparison comparison) {
    switch (comparison) {
    case Comparison::less: return "<";
    case Comparison::less_equal: return "<=";
    case Comparison::greater: return ">";
    case Comparison::greater_equal: break;
    }
    return ">=";
}

/// The longest that one unit can be, as a range.
Duration longest(CalendarUnit unit) {
    switch (unit) {
    case CalendarUnit::day: return day;
    case CalendarUnit::week: return 7 * day;
    case CalendarUnit::month: return 31 * day;
    case CalendarUnit::quarter: return 92 * day;
    case CalendarUnit::year: break;
    }
    return 366 * day;
}

/// The number of the calendar unit that a time lies in.
///
/// @param seconds  a vector: Unix time
std::string unit_number(const Calendar& calendar, const std::string& seconds) {
    constexpr long seconds_of_a_day = 86'400;
    constexpr long seconds_of_a_week = 7 * seconds_of_a_day;
    constexpr int weekday_of_the_epoch = 4; // Thursday
    const auto offset = calendar.utc_offset.count() / 1000;
    const auto shifted = [&](long by) { return by == 0 ? seconds : '(' + seconds + (by < 0 ? " - " : " + ") + std::to_string(std::abs(by)) + ')'; };
    switch (calendar.unit) {
    case CalendarUnit::day: return "floor(" + shifted(offset) + " / " + std::to_string(seconds_of_a_day) + ')';
    case CalendarUnit::week: return "floor(" + shifted(offset + (weekday_of_the_epoch - calendar.first_weekday) * seconds_of_a_day) + " / " + std::to_string(seconds_of_a_week) + ')';
    case CalendarUnit::month: return "month(" + shifted(offset) + ')';
    case CalendarUnit::quarter: return "ceil(month(" + shifted(offset) + ") / 3)";
    case CalendarUnit::year: break;
    }
    return "year(" + shifted(offset) + ')';
}

/// Whether a query gives events per second, as rate() does, and not all those of its window, as increase() does.
bool is_per_second(const WindowedQuery& query) {
    const auto parsed = promql::parse(query.at("5m"));
    bool rates = false;
    bool amounts = false;
    if (parsed.expr) {
        promql::for_each_node(*parsed.expr, [&](const promql::Expr& node, promql::Path) {
            if (node.kind != promql::ExprKind::call) return;
            const std::string_view name = promql::as<promql::Call>(node).function->name;
            if (name == "rate" || name == "irate" || name == "deriv") rates = true;
            if (name == "increase" || name == "delta" || name == "changes" || name == "sum_over_time" || name == "count_over_time") amounts = true;
        });
    }
    return rates || !amounts;
}

/// Whether a query gives a number instead of series.
bool is_number(const WindowedQuery& query) {
    const auto parsed = promql::parse(query.at("5m"));
    return parsed.expr && parsed.expr->type == promql::ValueType::scalar;
}

class SlipwayRules {
public:
    SlipwayRules(const Objective& objective, const RuleSettings& settings)
        : objective_(objective), settings_(settings), period_(period_of(objective, settings)), base_(base_window(settings.windows)), series_(matchers({{"service", objective.service}, {"slo", objective.name}})) {}

    ObjectiveRules make() {
        windows_.name = "slo-" + objective_.id();
        windows_.place = objective_.place;
        budget_.name = windows_.name + "-budget";
        budget_.place = objective_.place;
        budget_.interval = budget_interval;
        if (in_slices()) slices();
        for (const auto window : settings_.windows.all()) ratio_of(window);
        if (settings_.windows.all().empty()) ratio_of(base_);
        facts();
        period_ratio();
        budget();
        if (settings_.min_events > 0 && objective_.indicator.counts_events()) per_second_ = is_per_second(objective_.indicator.total);
        if (settings_.alerts) alerts();
        return {.groups = {std::move(windows_), std::move(budget_)}, .problems = std::move(problems_)};
    }

private:
    bool in_slices() const { return objective_.indicator.kind == IndicatorKind::threshold || objective_.budgeting != Budgeting::occurrences; }

    ExpressionWriter expression() const { return ExpressionWriter(objective_.place); }

    void record(prometheus::Group& group, const std::string& name, ExpressionWriter& expr, const Labels& more = {}) {
        prometheus::Rule rule{.kind = prometheus::RuleKind::recording, .name = name};
        rule.labels = merged(merged(objective_.labels, settings_.labels), more);
        rule.labels["service"] = objective_.service;
        rule.labels["slo"] = objective_.name;
        rule.place = objective_.place;
        expr.into(rule);
        group.rules.push_back(std::move(rule));
    }

    void record(prometheus::Group& group, const std::string& name, const std::string& expr, const Labels& more = {}) {
        auto writer = expression();
        writer << expr;
        record(group, name, writer, more);
    }

    /// A recorded series of this objective.
    std::string recorded(const std::string& name) const { return name + series_; }
    bool counts_good() const { return objective_.indicator.kind == IndicatorKind::good_events; }
    std::string numerator_name() const { return counts_good() ? "slo:good_events:rate" : "slo:error_events:rate"; }

    /// Errors over events, where a service without a single error has no series of errors at all.
    std::string quotient(const std::string& numerator, const std::string& total) const {
        const auto share = "(" + numerator + "\n  or " + total + " * 0)\n/\n(" + total + " > 0)";
        return counts_good() ? "1 - (" + share + ")" : share;
    }

    std::string without_traffic(const std::string& total) const {
        switch (settings_.no_traffic) {
        case NoTraffic::absent: return {};
        case NoTraffic::good: return "\nor\n" + total + " * 0";
        case NoTraffic::bad: break;
        }
        return "\nor\n" + total + " * 0 + 1";
    }

    /// The events of one window, and their ratio.
    void events_of(prometheus::Group& group, const std::string& window, const std::string& ratio) {
        const auto& indicator = objective_.indicator;
        auto total = expression();
        total.query(indicator.total, window);
        record(group, "slo:events:rate" + window, total);
        auto numerator = expression();
        numerator.query(indicator.numerator, window);
        record(group, numerator_name() + window, numerator);
        const auto events = recorded("slo:events:rate" + window);
        record(group, ratio, quotient(recorded(numerator_name() + window), events) + without_traffic(events));
    }

    void raw_ratio_of(prometheus::Group& group, const std::string& window, const std::string& ratio) {
        auto expr = expression();
        const bool success = objective_.indicator.kind == IndicatorKind::success_ratio;
        // NaN, as 0 / 0 without events, would be the mean of the whole period.
        expr << (success ? "1 - ((" : "(");
        expr.query(objective_.indicator.numerator, window);
        expr << (is_number(objective_.indicator.numerator) ? ")" : ") >= -Inf") << (success ? ")" : "");
        record(group, ratio, expr);
    }

    /// Whether each slice of time was bad, or which share of its events. One evaluation is one slice; long slices overlap, since a sample
    /// that is older than five minutes is none.
    void slices() {
        windows_.interval = step();
        const auto& indicator = objective_.indicator;
        const std::string name = "slo:slice_errors:ratio";
        if (indicator.kind == IndicatorKind::threshold) {
            auto expr = expression();
            // The comparison with -Inf leaves out NaN, which is no value that could be good or bad.
            expr << "avg(1 - (((";
            expr.query(indicator.numerator, "");
            expr << ") >= -Inf) " << symbol_of(indicator.comparison) << " bool " << in_decimal(indicator.limit) << "))";
            return record(windows_, name, expr);
        }
        const auto window = window_name(objective_.slice);
        const auto ratio = "slo:slice_ratio:rate" + window;
        if (indicator.counts_events()) events_of(windows_, window, ratio);
        else raw_ratio_of(windows_, window, ratio);
        if (objective_.budgeting == Budgeting::ratio_timeslices) record(windows_, name, recorded(ratio));
        else record(windows_, name, recorded(ratio) + " > bool " + in_decimal(1 - objective_.slice_target));
    }

    void ratio_of(Duration window) {
        const auto name = window_name(window);
        const auto ratio = "slo:error_ratio:rate" + name;
        if (in_slices()) record(windows_, ratio, "avg_over_time(" + recorded("slo:slice_errors:ratio") + '[' + name + "])");
        else if (objective_.indicator.counts_events()) events_of(windows_, name, ratio);
        else raw_ratio_of(windows_, name, ratio);
    }

    void facts() {
        record(budget_, "slo:objective:ratio", "vector(" + in_decimal(objective_.target) + ')');
        record(budget_, "slo:error_budget:ratio", "vector(" + in_decimal(objective_.error_budget()) + ')');
        record(budget_, "slo:period:days", "vector(" + in_decimal(static_cast<double>(period_.length.count()) / static_cast<double>(day.count())) + ')');
        record(budget_, "slo:info", "vector(1)", {{"objective", in_decimal(objective_.target * 100)}, {"period", period_name(period_)}});
    }

    /// `sum_over_time` of a recorded series over the period; over a calendar unit, what lies before its beginning counts nothing.
    std::string sum_over_period(const std::string& function, const std::string& series) const {
        if (!period_.calendar) return function + '(' + series + '[' + window_name(period_.length) + "])";
        const auto& calendar = *period_.calendar;
        const auto now = "scalar(" + unit_number(calendar, "vector(time())") + ')';
        const auto current = "scalar(" + unit_number(calendar, "timestamp(" + recorded("slo:objective:ratio") + " @ end())") + ')';
        const auto weighed = function == "count_over_time" ? "(" + series + " * 0 + 1)" : series;
        return "sum_over_time((\n  " + weighed + "\n  * (" + now + " == bool " + current + ")\n)[" + window_name(longest(calendar.unit)) + ':' + window_name(step()) + "])";
    }

    Duration step() const { return in_slices() ? std::min(objective_.slice, budget_interval) : base_; }

    std::string period_record() const { return period_.calendar ? "slo:error_ratio:" + period_name(period_) : "slo:error_ratio:rate" + period_name(period_); }

    void period_ratio() {
        for (const auto window : settings_.windows.all()) {
            if (!period_.calendar && window == period_.length) return; // an alert has it already
        }
        const auto short_name = window_name(base_);
        const bool raw = settings_.long_windows == LongWindows::raw && !period_.calendar && !in_slices();
        if (raw && objective_.indicator.counts_events()) return events_of(budget_, period_name(period_), period_record());
        if (raw) return raw_ratio_of(budget_, period_name(period_), period_record());
        if (objective_.indicator.counts_events() && !in_slices() && settings_.long_windows == LongWindows::weighted) {
            const auto total = sum_over_period("sum_over_time", recorded("slo:events:rate" + short_name));
            return record(budget_, period_record(), quotient(sum_over_period("sum_over_time", recorded(numerator_name() + short_name)), total) + without_traffic(total));
        }
        const auto series = recorded(in_slices() ? "slo:slice_errors:ratio" : "slo:error_ratio:rate" + short_name);
        record(budget_, period_record(), sum_over_period("sum_over_time", series) + "\n/\n(" + sum_over_period("count_over_time", series) + " > 0)");
    }

    void budget() {
        const auto allowed = in_decimal(objective_.error_budget());
        record(budget_, "slo:burn_rate:current", recorded("slo:error_ratio:rate" + window_name(base_)) + " / " + allowed);
        record(budget_, "slo:burn_rate:period", recorded(period_record()) + " / " + allowed);
        record(budget_, "slo:error_budget_remaining:ratio", "1 - " + recorded("slo:burn_rate:period"));
    }

    void alerts() {
        alert("page", settings_.windows.page, objective_.page);
        alert("ticket", settings_.windows.ticket, objective_.ticket);
    }

    std::string condition(const BurnCondition& burn) const {
        const auto above = [&](Duration window) { return "    " + recorded("slo:error_ratio:rate" + window_name(window)) + " > " + in_decimal(burn.factor) + " * " + in_decimal(objective_.error_budget()); };
        auto text = above(burn.window.long_window) + "\n  and\n" + above(burn.window.short_window);
        if (settings_.min_events > 0 && objective_.indicator.counts_events() && !in_slices()) {
            const auto seconds = per_second_ ? " * " + in_decimal(static_cast<double>(burn.window.long_window.count()) / 1000) : std::string();
            text += "\n  and\n    " + recorded("slo:events:rate" + window_name(burn.window.long_window)) + seconds + " >= " + in_decimal(settings_.min_events);
        }
        return "(\n" + text + "\n)";
    }

    void alert(const char* severity, const std::vector<AlertWindow>& windows, const AlertSettings& own) {
        if (!own.enabled) return;
        std::string text;
        for (const auto& burn : conditions_of(windows, objective_, period_, severity, problems_)) text += (text.empty() ? "" : "\nor\n") + condition(burn);
        if (text.empty()) return;
        prometheus::Rule rule{.kind = prometheus::RuleKind::alerting, .name = objective_.alert_name.empty() ? "ErrorBudgetBurn" : objective_.alert_name};
        rule.place = objective_.place;
        rule.labels = merged(merged({{"severity", severity}, {"service", objective_.service}, {"slo", objective_.name}}, settings_.labels), merged(objective_.alert_labels, own.labels));
        rule.annotations = {
            {"summary", "{{ $labels.service }} burns the error budget of {{ $labels.slo }} too fast"},
            {"description", "{{ $value | humanizePercentage }} of the events are bad; the objective of " + in_decimal(objective_.target * 100) + " % allows " + in_decimal(objective_.error_budget() * 100) + " % over " + (period_.calendar ? "the " : "") + period_name(period_) + "."},
        };
        if (!settings_.runbook.empty()) rule.annotations["runbook_url"] = runbook_for(objective_, settings_.runbook);
        rule.annotations = merged(std::move(rule.annotations), merged(objective_.alert_annotations, own.annotations));
        auto expr = expression();
        expr << text;
        expr.into(rule);
        windows_.rules.push_back(std::move(rule));
    }

    const Objective& objective_;
    const RuleSettings& settings_;
    const Period period_;
    const Duration base_;
    const std::string series_;
    bool per_second_ = true; ///< what slo:events counts
    prometheus::Group windows_;
    prometheus::Group budget_;
    std::vector<Diagnostic> problems_;
};

} // namespace

ObjectiveRules slipway_rules(const Objective& objective, const RuleSettings& settings) { return SlipwayRules(objective, settings).make(); }

} // namespace slipway::slo
