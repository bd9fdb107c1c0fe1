#include "slo_options.hpp"

#include "core/text.hpp"
#include "options.hpp"
#include "promql/names.hpp"

#include <cmath>

namespace slipway::push_rules {

namespace {

slo::LongWindows long_windows_of(const SloOptions& options) {
    if (options.long_windows == "raw") return slo::LongWindows::raw;
    if (options.long_windows == "average" || (options.long_windows.empty() && options.names == "sloth")) return slo::LongWindows::average;
    return slo::LongWindows::weighted;
}

} // namespace

void declare(cli::OptionSet& set, SloOptions& options) {
    set.add_choice("slo-names", options.names, {"slipway", "sloth"}).fallback("slipway").help("How the rules that are made from objectives are named");
    set.add("slo-period", options.period).fallback("30d").help("The period of objectives that say none");
    set.add("slo-windows", options.windows).value_name("FILE").help("Alert windows of your own, in the form of Sloth's AlertWindows");
    set.add_choice("slo-long-windows", options.long_windows, {"weighted", "average", "raw"}).fallback_help("weighted; with Sloth's names average").help("How the ratio of the whole period comes about: from sums of events, as the mean of short windows, or by one query over all of it");
    set.add_choice("slo-no-traffic", options.no_traffic, {"absent", "good", "bad"}).fallback("absent").help("What a window without events counts as");
    set.add("min-events", options.min_events).value_name("NUMBER").fallback("0").help("Alerts of objectives need this many events in their long window");
    set.add("no-slo-alerts", options.no_alerts).help("Make no alerts from objectives, only recording rules");
    set.add("slo-runbook", options.runbook).value_name("URL").help("The runbook_url of alerts made from objectives; {service} and {slo} stand for their names");
    set.add("slo-labels", options.labels).value_name("NAME=VALUE").help("A label for all rules that are made from objectives");
}

void check(const SloOptions& options, std::vector<Diagnostic>& problems) {
    if (options.period <= Duration{0}) problems.push_back({.message = "cannot use --slo-period: it takes more than nothing"});
    if (options.min_events < 0 || !std::isfinite(options.min_events)) problems.push_back({.message = "cannot use --min-events: it takes a number of events, 0 or more"});
    if (options.names == "sloth") {
        const auto alone = [&](bool given, const char* name) {
            if (given) problems.push_back({.message = std::string("cannot use --") + name + " with --slo-names sloth: the rules that Sloth makes know nothing of it"});
        };
        alone(options.min_events > 0, "min-events");
        alone(options.no_traffic != "absent", "slo-no-traffic");
        alone(options.long_windows == "weighted", "slo-long-windows weighted");
    }
    check_labels(options.labels, "slo-labels", problems);
    for (const auto& [name, value] : labels_of(options.labels)) {
        if (!promql::is_label_name(name)) problems.push_back({.message = "cannot use --slo-labels: '" + visible(name) + "' is no label name"});
    }
}

slo::RuleSettings settings_of(const SloOptions& options, io::Files& files) {
    slo::RuleSettings settings{.names = options.names == "sloth" ? slo::Names::sloth : slo::Names::slipway, .period = options.period, .long_windows = long_windows_of(options)};
    settings.no_traffic = options.no_traffic == "good" ? slo::NoTraffic::good : options.no_traffic == "bad" ? slo::NoTraffic::bad : slo::NoTraffic::absent;
    settings.min_events = options.min_events;
    settings.alerts = !options.no_alerts;
    settings.runbook = options.runbook;
    settings.labels = labels_of(options.labels);
    if (!options.windows.empty()) settings.windows = slo::read_alert_windows(files.read(options.windows), options.windows);
    return settings;
}

prometheus::Labels labels_of(const std::vector<std::string>& assignments) {
    prometheus::Labels labels;
    for (const auto& assignment : comma_separated(assignments)) {
        const auto equals = assignment.find('=');
        if (equals != std::string::npos && equals != 0) labels[assignment.substr(0, equals)] = assignment.substr(equals + 1);
    }
    return labels;
}

void check_labels(const std::vector<std::string>& assignments, const char* option, std::vector<Diagnostic>& problems) {
    for (const auto& assignment : comma_separated(assignments)) {
        const auto equals = assignment.find('=');
        if (equals == std::string::npos || equals == 0) problems.push_back({.message = std::string("cannot use --") + option + ": '" + visible(assignment) + "' is no assignment", .hint = "such as team=web"});
    }
}

} // namespace slipway::push_rules
