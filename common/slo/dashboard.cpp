#include "slo/dashboard.hpp"

#include "core/sha256.hpp"
#include "slo/dashboard_layout.hpp"
#include "slo/dashboard_records.hpp"
#include "slo/indicator_series.hpp"
#include "slo/rule_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace slipway::slo {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* page_color = "red";
constexpr const char* ticket_color = "orange";
constexpr const char* good_color = "green";

/// A time range of a panel that shows the whole period; of a calendar unit, what is over of it.
std::string range_of(const Period& period) {
    if (!period.calendar) return window_name(period.length);
    switch (period.calendar->unit) {
    case CalendarUnit::day: return "now/d";
    case CalendarUnit::week: return "now/w";
    case CalendarUnit::month: return "now/M";
    case CalendarUnit::quarter: return "now/fQ";
    case CalendarUnit::year: break;
    }
    return "now/y";
}

std::string percent(double share) { return in_decimal(share * 100) + " %"; }

/// One objective, and what can be read of it.
struct Shown {
    const Objective* objective;
    Records records;
    Period period;
    std::string legend;
};

class Dashboard {
public:
    Dashboard(const std::vector<Objective>& objectives, const RuleSettings& settings) : settings_(settings), window_(window_name(base_window(settings.windows))) {
        for (const auto& objective : objectives) {
            if (make_rules(objective, settings).groups.empty()) continue;
            shown_.push_back({&objective, Records(objective, settings), period_of(objective, settings), fixed_text(objective.name)});
        }
    }

    Json panels() {
        if (shown_.empty()) return Json::array();
        budget();
        traffic();
        errors();
        latency();
        saturation();
        return layout_.take();
    }

private:
    template <class Expression> std::vector<PanelTarget> of_all(Expression expression) const {
        std::vector<PanelTarget> targets;
        for (const auto& one : shown_) targets.push_back({expression(one.records), one.legend});
        return targets;
    }

    void budget() {
        layout_.row("Error budget");
        const int height = shown_.size() > 4 ? 10 : 6;
        layout_.add({.kind = PanelKind::stat, .title = "Error budget remaining", .description = "Share of each objective's error budget that is left of its period; below 0 the objective is missed.", .unit = "percentunit",
                     .targets = of_all([](const Records& records) { return records.budget_remaining(); }), .steps = {{{}, page_color}, {0, ticket_color}, {0.25, good_color}}, .min = {}, .max = 1, .height = height});
        layout_.add({.kind = PanelKind::bargauge, .title = "Current burn rate", .description = "Over the last " + window_ + ". At 1 the error budget lasts exactly the period.",
                     .targets = of_all([](const Records& records) { return records.current_burn_rate(); }), .steps = {{{}, good_color}, {1, ticket_color}, {10, page_color}}, .width = 6, .height = height});
        layout_.add({.kind = PanelKind::bargauge, .title = "Burn rate of the period", .description = "Over each objective's whole period. Above 1 the error budget is used up.",
                     .targets = of_all([](const Records& records) { return records.period_burn_rate(); }), .steps = {{{}, good_color}, {0.75, ticket_color}, {1, page_color}}, .width = 6, .height = height});
        burn_down();
        for (const auto& one : shown_) burn_rates(one);
    }

    /// One panel for each length of a period, since a panel has one time range.
    void burn_down() {
        std::vector<std::string> done;
        for (const auto& first : shown_) {
            const auto name = period_name(first.period);
            if (std::find(done.begin(), done.end(), name) != done.end()) continue;
            done.push_back(name);
            Panel panel{.title = "Error budget burn down over " + std::string(first.period.calendar ? "the " : "") + name, .description = "What is left of the error budget. At 0 it is used up.", .unit = "percentunit", .targets = {},
                        .steps = {{{}, good_color}, {0, page_color}}, .min = {}, .max = 1, .time_from = range_of(first.period), .width = 24};
            for (const auto& one : shown_) {
                if (period_name(one.period) == name) panel.targets.push_back({one.records.budget_remaining(), one.legend});
            }
            layout_.add(panel);
        }
    }

    void burn_rates(const Shown& one) {
        const auto allowed = in_decimal(one.objective->error_budget());
        Panel panel{.title = "Burn rates: " + one.objective->name, .description = description_of(*one.objective) + "A burn rate of 1 spends exactly the error budget of " + allowed_in_words(one) + '.', .targets = {}, .steps = {{{}, good_color}},
                    .logarithmic = true, .width = widths()};
        for (const auto window : one.records.windows()) panel.targets.push_back({one.records.error_ratio(window) + " / " + allowed, window_name(window)});
        std::map<double, std::string> lines = {{1, "yellow"}};
        const auto add = [&](const std::vector<AlertWindow>& windows, const AlertSettings& own, const char* severity, const char* color) {
            if (!settings_.alerts || !own.enabled) return;
            std::vector<Diagnostic> said_with_the_rules;
            for (const auto& burn : conditions_of(windows, *one.objective, one.period, severity, said_with_the_rules)) {
                lines[burn.factor] = color;
                panel.description += "\n\nAbove " + in_decimal(burn.factor) + " in " + window_name(burn.window.long_window) + " and " + window_name(burn.window.short_window) + ": " + severity + '.';
            }
        };
        add(settings_.windows.ticket, one.objective->ticket, "ticket", ticket_color);
        add(settings_.windows.page, one.objective->page, "page", page_color);
        for (const auto& [factor, color] : lines) panel.steps.push_back({factor, color});
        panel.soft_max = lines.rbegin()->first * 1.1;
        layout_.add(panel);
    }

    static std::string description_of(const Objective& objective) { return objective.description.empty() ? "" : objective.description + "\n\n"; }

    static std::string allowed_in_words(const Shown& one) {
        return percent(one.objective->error_budget()) + " bad events over " + (one.period.calendar ? "the " : "") + period_name(one.period) + " (objective " + percent(one.objective->target) + ')';
    }

    /// Of panels that there is one of for each objective.
    int widths() const { return shown_.size() == 1 ? 24 : 12; }

    void traffic() {
        Panel panel{.title = "Events per second", .description = "All events that the objectives count, over the last " + window_ + '.', .unit = "reqps", .targets = {}, .width = 24};
        for (const auto& one : shown_) {
            if (const auto events = one.records.events()) panel.targets.push_back({*events, one.legend});
        }
        if (panel.targets.empty()) return;
        layout_.row("Traffic");
        layout_.add(panel);
    }

    void errors() {
        layout_.row("Errors");
        for (const auto& one : shown_) {
            const double allowed = one.objective->error_budget();
            Panel panel{.title = "Error ratio: " + one.objective->name, .description = description_of(*one.objective) + "Share of bad events by window; the line is what the objective allows: " + percent(allowed) + '.', .unit = "percentunit", .targets = {},
                        .steps = {{{}, good_color}, {allowed, page_color}}, .soft_max = allowed * 1.2, .width = widths()};
            const auto windows = one.records.windows();
            for (const auto window : windows) panel.targets.push_back({one.records.error_ratio(window), window_name(window)});
            const bool has_period = !one.period.calendar && std::find(windows.begin(), windows.end(), one.period.length) != windows.end();
            if (!has_period) panel.targets.push_back({one.records.period_error_ratio(), period_name(one.period)});
            layout_.add(panel);
            if (one.objective->indicator.kind == IndicatorKind::threshold) measured(one);
        }
        Panel panel{.title = "Error events per second", .description = "Bad events, over the last " + window_ + '.', .unit = "reqps", .targets = {}, .width = 24};
        for (const auto& one : shown_) {
            if (const auto events = one.records.error_events()) panel.targets.push_back({*events, one.legend});
        }
        if (!panel.targets.empty()) layout_.add(panel);
    }

    void measured(const Shown& one) {
        const auto& indicator = one.objective->indicator;
        const bool from_above = indicator.comparison == Comparison::less || indicator.comparison == Comparison::less_equal;
        layout_.add({.title = "Measured value: " + one.objective->name, .description = std::string("The value that is good ") + (from_above ? "below" : "above") + " the line, which is at " + in_decimal(indicator.limit) + '.', .unit = unit_of(indicator),
                     .targets = {{indicator.numerator.at(""), {}}}, .steps = {{{}, from_above ? good_color : page_color}, {indicator.limit, from_above ? page_color : good_color}}, .min = {}, .width = widths()});
    }

    /// One panel for each histogram, with the limits of all objectives that read it.
    void latency() {
        std::vector<HistogramSeries> histograms;
        for (const auto& one : shown_) {
            for (auto& series : histograms_of(one.objective->indicator)) {
                const auto known = std::find_if(histograms.begin(), histograms.end(), [&](const auto& other) { return other.selector == series.selector; });
                if (known == histograms.end()) histograms.push_back(std::move(series));
                else known->limits.merge(series.limits);
            }
        }
        if (histograms.empty()) return;
        layout_.row("Latency");
        for (const auto& series : histograms) {
            Panel panel{.title = "Quantiles of " + series.metric.substr(0, series.metric.rfind('_')), .description = "Over the last " + window_ + ", as near as the histogram's buckets allow.", .unit = unit_of(series.metric), .targets = {}, .steps = {{{}, good_color}},
                        .width = histograms.size() == 1 ? 24 : 12};
            for (const auto& [quantile, legend] : {std::pair("0.5", "p50"), std::pair("0.95", "p95"), std::pair("0.99", "p99")}) {
                panel.targets.push_back({std::string("histogram_quantile(") + quantile + ", sum by (le) (rate(" + series.selector + '[' + window_ + "])))", legend});
            }
            for (const double limit : series.limits) panel.steps.push_back({limit, page_color});
            if (!series.limits.empty()) {
                panel.soft_max = *series.limits.rbegin() * 1.2;
                panel.description += " A line is a limit of an objective.";
            }
            layout_.add(panel);
        }
    }

    void saturation() {
        std::vector<std::string> matchers;
        for (const auto& one : shown_) {
            auto text = process_matchers(one.objective->indicator);
            if (!text.empty() && std::find(matchers.begin(), matchers.end(), text) == matchers.end()) matchers.push_back(std::move(text));
        }
        if (matchers.empty()) return;
        layout_.row("Saturation");
        const auto with = [&](const auto& expression) {
            std::vector<PanelTarget> targets;
            for (const auto& text : matchers) targets.push_back({expression('{' + text + '}'), "{{job}} {{instance}}"});
            return targets;
        };
        layout_.add({.title = "CPU", .description = "Cores in use, by process.", .unit = "short", .targets = with([&](const std::string& series) { return "rate(process_cpu_seconds_total" + series + '[' + window_ + "])"; }), .width = 8});
        layout_.add({.title = "Memory", .description = "Resident memory, by process.", .unit = "bytes", .targets = with([](const std::string& series) { return "process_resident_memory_bytes" + series; }), .width = 8});
        layout_.add({.title = "File descriptors", .description = "Open ones, as a share of those that a process may open.", .unit = "percentunit",
                     .targets = with([](const std::string& series) { return "process_open_fds" + series + " / process_max_fds" + series; }), .steps = {{{}, good_color}, {0.8, ticket_color}, {0.9, page_color}}, .width = 8});
    }

    const RuleSettings& settings_;
    const std::string window_;
    std::vector<Shown> shown_;
    Layout layout_;
};

/// The one choice that a reader of the dashboard has.
Json datasource_variable(const DashboardSettings& settings) {
    const auto name = settings.datasource.empty() ? "default" : settings.datasource;
    return {{"current", {{"selected", false}, {"text", name}, {"value", name}}}, {"hide", 0}, {"includeAll", false}, {"label", "Data source"}, {"multi", false}, {"name", "datasource"}, {"options", Json::array()},
            {"query", "prometheus"}, {"refresh", 1}, {"regex", ""}, {"skipUrlSync", false}, {"type", "datasource"}};
}

/// What Grafana calls by this name shows the annotations of the dashboard itself, those of deployments among them.
Json own_annotations() {
    return {{"builtIn", 1}, {"datasource", {{"type", "grafana"}, {"uid", "-- Grafana --"}}}, {"enable", true}, {"hide", true}, {"iconColor", "rgba(0, 211, 255, 1)"}, {"name", "Annotations & Alerts"}, {"type", "dashboard"}};
}

} // namespace

std::string dashboard_uid(const std::string& service) {
    constexpr std::size_t most = 40;
    constexpr std::size_t digits = 10;
    const std::string prefix = "slo-";
    std::string plain;
    for (const char c : service) {
        const bool taken = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        plain += taken ? c : '-';
    }
    if (!service.empty() && plain == service && prefix.size() + plain.size() <= most) return prefix + plain;
    plain.resize(std::min(plain.size(), most - prefix.size() - digits - 1));
    return prefix + plain + '-' + sha256(service).substr(0, digits);
}

Json make_dashboard(const std::string& service, const std::vector<Objective>& objectives, const RuleSettings& settings, const DashboardSettings& dashboard_settings) {
    return {{"uid", dashboard_uid(service)},
            {"title", fixed_text(service) + ": service level objectives"},
            {"description", "Made from the objectives of " + fixed_text(service) + "; changes made here are overwritten by the next release."},
            {"tags", Json::array({"slo", service})},
            {"schemaVersion", 39},
            {"editable", true},
            {"graphTooltip", 1}, // one time line for all panels
            {"fiscalYearStartMonth", 0},
            {"timezone", "browser"},
            {"time", {{"from", "now-6h"}, {"to", "now"}}},
            {"timepicker", Json::object()},
            {"refresh", "1m"},
            {"annotations", {{"list", Json::array({own_annotations()})}}},
            {"templating", {{"list", Json::array({datasource_variable(dashboard_settings)})}}},
            {"links", Json::array()},
            {"panels", Dashboard(objectives, settings).panels()}};
}

} // namespace slipway::slo
