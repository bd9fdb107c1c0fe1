#include "slo/rules.hpp"

#include "core/text.hpp"
#include "promql/print.hpp"
#include "slo/rule_text.hpp"

namespace slipway::slo {

namespace {

constexpr Duration day{86'400'000};
constexpr Duration shortest_for_workbook = 14 * day;

const char* name_of(CalendarUnit unit) {
    switch (unit) {
    case CalendarUnit::day: return "day";
    case CalendarUnit::week: return "week";
    case CalendarUnit::month: return "month";
    case CalendarUnit::quarter: return "quarter";
    case CalendarUnit::year: break;
    }
    return "year";
}

/// `runbook` with the names of the objective in it.
std::string runbook_for(const Objective& objective, const std::string& runbook) {
    auto text = runbook;
    replace_all(text, "{service}", objective.service);
    replace_all(text, "{slo}", objective.name);
    return text;
}

} // namespace

ExpressionWriter& ExpressionWriter::operator<<(std::string_view text) {
    const auto& value = place_.value;
    place_.pieces.push_back({.offset = text_.size(), .line = value.line, .column = value.column, .fixed = true});
    text_ += text;
    place_.known = text_.size();
    return *this;
}

ExpressionWriter& ExpressionWriter::query(const WindowedQuery& query, std::string_view window) {
    const auto text = query.at(window);
    // A piece for each line, and for each part that was written at another place than what stands before it.
    std::size_t begin = 0;
    const auto piece_at = [&](std::size_t offset) {
        const auto place = query.place_at(offset, window);
        place_.pieces.push_back({.offset = text_.size() + offset, .line = place.line, .column = place.column, .fixed = false});
    };
    for (const auto& piece : query.pieces()) {
        const auto length = piece.hole ? window.size() : piece.text.size();
        if (length != 0) piece_at(begin);
        for (const auto& line : query.expression_place().pieces) {
            if (!piece.hole && line.offset > piece.source && line.offset < piece.source + length) piece_at(begin + line.offset - piece.source);
        }
        begin += length;
    }
    text_ += text;
    place_.known = text_.size();
    return *this;
}

void ExpressionWriter::into(prometheus::Rule& rule) {
    rule.expr = std::move(text_);
    rule.expr_place = std::move(place_);
}

std::string matchers(const Labels& labels) {
    std::string text = "{";
    for (const auto& [name, value] : labels) text += (text.size() > 1 ? ", " : "") + name + '=' + promql::quote(value);
    return text + '}';
}

std::vector<BurnCondition> conditions_of(const std::vector<AlertWindow>& windows, const Objective& objective, const Period& period, const char* severity, std::vector<Diagnostic>& problems) {
    std::vector<BurnCondition> conditions;
    for (const auto& window : windows) {
        const auto factor = burn_rate_factor(window.budget_fraction, window.long_window, period.length);
        if (factor * objective.error_budget() < 1) {
            conditions.push_back({window, factor});
            continue;
        }
        const auto alert = std::string("the ") + severity + " alert over " + window_name(window.long_window);
        const auto asked = in_decimal(factor * objective.error_budget() * 100) + " %";
        if (!problems.empty() && problems.back().id == "slo-never-fires") {
            problems.back().message += ", nor can " + alert + " (" + asked + ')';
            continue;
        }
        problems.push_back({.severity = Severity::warning, .message = "objective '" + visible(objective.name) + "': " + alert + " can never fire, since it asks for an error ratio of " + asked,
                            .place = objective.place, .hint = "it is left out; windows for an objective as low as this one go into a file for --slo-windows", .id = "slo-never-fires"});
    }
    return conditions;
}

Labels merged(Labels labels, const Labels& extra) {
    for (const auto& [name, value] : extra) labels[name] = value;
    return labels;
}

Duration base_window(const AlertWindows& windows) {
    const auto all = windows.all();
    return all.empty() ? Duration{300'000} : all.front();
}

RuleMaker::RuleMaker(const Objective& objective, const RuleSettings& settings, Labels identity)
    : objective_(objective), settings_(settings), period_(period_of(objective, settings)), identity_(std::move(identity)), series_(matchers(identity_)) {}

void RuleMaker::record(prometheus::Group& group, const std::string& name, ExpressionWriter& expr, const Labels& more) const {
    prometheus::Rule rule{.kind = prometheus::RuleKind::recording, .name = name};
    rule.labels = merged(merged(objective_.labels, settings_.labels), merged(more, identity_));
    rule.place = objective_.place;
    expr.into(rule);
    group.rules.push_back(std::move(rule));
}

void RuleMaker::record(prometheus::Group& group, const std::string& name, const std::string& expr, const Labels& more) const {
    auto writer = expression();
    writer << expr;
    record(group, name, writer, more);
}

void RuleMaker::alert(prometheus::Group& group, const std::string& severity, const std::vector<AlertWindow>& windows, const AlertSettings& own, const Labels& labels, const Labels& annotations) {
    if (!own.enabled) return;
    std::string text;
    for (const auto& burn : conditions_of(windows, objective_, period_, severity.c_str(), problems_)) text += (text.empty() ? "" : "\nor\n") + condition(burn);
    if (text.empty()) return;
    prometheus::Rule rule{.kind = prometheus::RuleKind::alerting, .name = objective_.alert_name.empty() ? "ErrorBudgetBurn" : objective_.alert_name};
    rule.place = objective_.place;
    rule.labels = merged(labels, merged(objective_.alert_labels, own.labels));
    rule.annotations = annotations;
    if (!settings_.runbook.empty()) rule.annotations["runbook_url"] = runbook_for(objective_, settings_.runbook);
    rule.annotations = merged(std::move(rule.annotations), merged(objective_.alert_annotations, own.annotations));
    auto expr = expression();
    expr << text;
    expr.into(rule);
    group.rules.push_back(std::move(rule));
}

Period period_of(const Objective& objective, const RuleSettings& settings) { return objective.period ? *objective.period : Period{settings.period, {}}; }

std::string period_name(const Period& period) { return period.calendar ? name_of(period.calendar->unit) : window_name(period.length); }

ObjectiveRules make_rules(const Objective& objective, const RuleSettings& settings) {
    auto rules = settings.names == Names::sloth ? sloth_rules(objective, settings) : slipway_rules(objective, settings);
    const auto period = period_of(objective, settings);
    if (settings.alerts && settings.windows.period == Duration{0} && period.length < shortest_for_workbook) {
        rules.problems.push_back({.severity = Severity::warning, .message = "objective '" + visible(objective.name) + "': the usual alert windows are meant for some four weeks, and this period has " + window_name(period.length), .place = objective.place,
                                  .hint = "windows for it go into a file for --slo-windows", .id = "slo-short-period"});
    }
    return rules;
}

} // namespace slipway::slo
