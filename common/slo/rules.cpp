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
        for (auto line = text.find('\n', begin); line < begin + length; line = text.find('\n', line + 1)) {
            const auto next = text.find_first_not_of(" \t\r\n", line);
            if (next < begin + length) piece_at(next);
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

std::string runbook_for(const Objective& objective, const std::string& runbook) {
    auto text = runbook;
    replace_all(text, "{service}", objective.service);
    replace_all(text, "{slo}", objective.name);
    return text;
}

Labels merged(Labels labels, const Labels& extra) {
    for (const auto& [name, value] : extra) labels[name] = value;
    return labels;
}

Duration base_window(const AlertWindows& windows) {
    const auto all = windows.all();
    return all.empty() ? Duration{300'000} : all.front();
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
