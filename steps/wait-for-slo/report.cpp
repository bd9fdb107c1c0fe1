// What people and pipelines are told.
#include "wait_for_slo.hpp"

#include "ci/markdown.hpp"
#include "core/text.hpp"
#include "slo/objective.hpp"
#include "wait-for-slo/decision/wording.hpp"
#include "wait-for-slo/probes/record_text.hpp"
#include "wait-for-slo/reports/analysis_report.hpp"
#include "wait-for-slo/reports/answers.hpp"
#include "wait-for-slo/reports/mermaid_chart.hpp"
#include "wait-for-slo/reports/objective_json.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

/// Objectives in the summary's table, and charts below it: what a page can hold.
constexpr std::size_t most_rows = 50;
constexpr std::size_t most_charts = 3;

cli::Json ticks_of(const ObjectiveWatch& objective) {
    auto ticks = cli::Json::array();
    for (const auto& tick : objective.ticks()) {
        ticks.push_back({{"seconds", slo::rounded(static_cast<double>(tick.milliseconds) / 1000)}, {"good", tick.total - tick.bad}, {"total", tick.total}, {"evidence", number_or_null(!objective.objective().no_bad_event, std::exp(tick.log_evidence))}});
    }
    return ticks;
}

cli::Json in_full(const ObjectiveWatch& objective, const Finding& finding) {
    const auto& decision = objective.decision();
    const bool any = decision.counts().total() > 0;
    const auto range = decision.interval();
    const bool tested = !objective.objective().no_bad_event;
    auto json = to_json(objective, finding);
    json["reason"] = finding.reason;
    json["error_rate_low"] = number_or_null(any, range.low);
    json["error_rate_high"] = number_or_null(any, range.high);
    json["evidence"] = number_or_null(tested, decision.evidence());
    json["evidence_needed"] = number_or_null(tested, decision.needed());
    json["queries"] = {{objective.objective().numerator_kind, objective.objective().numerator}, {"total", objective.objective().total}};
    if (decision.has_baseline()) {
        json["baseline"] = {{"good", std::llround(decision.baseline().total() - decision.baseline().bad())}, {"total", std::llround(decision.baseline().total())}};
    }
    json["ticks"] = ticks_of(objective);
    return json;
}

cli::Json to_json(const CommandRecord& command) {
    cli::Json json = cli::Json::object();
    json["argv"] = command.argv;
    json["exit_code"] = command.exit_code;
    json["ended"] = command.ended;
    json["seconds"] = seconds(command.took);
    return json;
}

/// The objective that the verdict is about: the first with the verdict of all, null when there is none, as when a check decided.
const ObjectiveWatch* deciding(const Result& result) {
    const auto& objectives = result.found->objectives;
    for (std::size_t i = 0; i < objectives.size(); ++i) {
        if (result.outcome.objectives[i].verdict == result.outcome.verdict) return &objectives[i];
    }
    return nullptr;
}

std::string row_of(const ObjectiveWatch& objective, const Finding& finding) {
    const auto& decision = objective.decision();
    const auto& counts = decision.counts();
    const bool any = counts.total() > 0;
    const auto range = decision.interval();
    const bool tested = !objective.objective().no_bad_event;
    return "| " + ci::cell(objective.objective().name) + " | " + to_string(finding.verdict) + " | " + events(counts.total()) + " | " + events(counts.bad()) + " | " +
           (any ? percent(decision.error_rate()) + " (" + percent(range.low) + " to " + percent(range.high) + ')' : "") + " | " + (tested ? exact_percent(decision.policy().budget()) : "none") + " | " +
           (any && tested ? factor(decision.burn_rate()) : "") + " |\n";
}

std::string summary_of(const Result& result) {
    const auto& outcome = result.outcome;
    std::string text = "### wait-for-slo: " + to_string(outcome.verdict) + "\n\n" + outcome.reason + "\n\n";
    if (!outcome.since) return text;
    text += "Watched for " + format_duration(in_seconds(outcome.watched)) + ", counting from " + format_timestamp(*outcome.since) + ".\n\n";
    if (const auto& command = result.found->command) text += "The command " + std::string(command->exit_code == 0 ? "succeeded" : "failed: " + command->ended) + ", after " + format_duration(command->took) + ".\n\n";
    if (!result.found->objectives.empty()) text += "| objective | verdict | events | bad | error rate (95 % confidence) | allowed | burn rate |\n|---|---|--:|--:|---|--:|--:|\n";
    const auto order = by_importance(result);
    for (std::size_t i = 0; i < std::min(order.size(), most_rows); ++i) text += row_of(result.found->objectives[order[i]], outcome.objectives[order[i]]);
    if (order.size() > most_rows) text += "\nand " + std::to_string(order.size() - most_rows) + " more\n";
    for (std::size_t i = 0; i < std::min(order.size(), most_charts); ++i) text += mermaid_chart(result.found->objectives[order[i]]);
    return text + summary_of(result.found->analyses) + markdown_of(result.found->probes);
}

} // namespace

cli::Report WaitForSlo::report(const Plan& plan) {
    const auto& watch = plan.watch;
    cli::Report report;
    report.json["watch"] = format_duration(watch.watch);
    report.json["objectives"] = cli::Json::array();
    if (watch.waits_for_start) {
        const auto& sign = plan.source.start;
        const auto what = sign.url.empty() ? sign.expression : io::url_for_people(sign.url);
        report.json["start_when"] = what;
        report.text += "would wait up to " + format_duration(watch.start_timeout) + " for: " + what + '\n';
    }
    report.text += "would watch for " + format_duration(watch.watch) + (plan.servers.empty() ? "" : ", asking " + join(plan.servers, ", ")) + '\n';
    if (!watch.objectives.empty()) report.text += "would ask for scrapes: up and process_start_time_seconds of the same jobs\n";
    for (const auto& objective : watch.objectives) {
        const auto& policy = objective.policy;
        report.text += objective.name + ":\n  would count " + objective.numerator_kind + " events: " + objective.numerator + "\n  would count all events: " + objective.total + '\n';
        report.text += "  would be violated when it is proven that more than " + exact_percent(policy.allowed()) + " of them are bad, and hold when " + exact_percent(policy.detectable()) + " is ruled out\n";
        report.json["objectives"].push_back({{"name", objective.name},
                                             {"objective", policy.objective},
                                             {"allowed_error_rate", policy.allowed()},
                                             {"detectable_error_rate", policy.detectable()},
                                             {"queries", {{objective.numerator_kind, objective.numerator}, {"total", objective.total}}}});
    }
    if (!plan.google.empty()) report.json["google_slos"] = plan.google;
    for (const auto& name : plan.google) report.text += "would ask Cloud Monitoring for the goal and the events of " + name + '\n';
    const auto say_check = [&](const MetricCheck& metric) {
        cli::Json check = cli::Json::object();
        check["name"] = metric.name;
        check["query"] = metric.query;
        check["condition"] = metric.condition->text();
        report.json["checks"].push_back(std::move(check));
        auto query = metric.query;
        replace_all(query, "\n", " "); // blanks mean nothing in it
        report.text += "would measure " + metric.name + ": " + query + ", wanted " + metric.condition->text() + '\n';
    };
    for (const auto& metric : plan.checks.metrics) say_check(metric);
    for (const auto& canary : plan.checks.canaries) {
        report.text += "would check " + canary.name + " every " + format_duration(canary.interval) + ", and call it violated when " + count_of(static_cast<std::size_t>(canary.threshold), "check") + " failed:\n";
        std::for_each(canary.metrics.begin(), canary.metrics.end(), say_check);
    }
    for (const auto& remark : plan.checks.remarks) report.text += remark + '\n';
    for (const auto& probe : plan.probes) {
        report.json["probes"].push_back(probe.total);
        report.text += "would send " + probe.total + '\n';
    }
    if (!watch.command.empty()) report.text += "would run: " + join(watch.command, " ") + '\n';
    for (const auto& budget : plan.budgets) report.text += "would ask for the error budget of " + budget.name + ": " + budget.error_rate + '\n';
    report.text += plan.webhooks;
    return report;
}

cli::Report WaitForSlo::report(const Result& result) {
    const auto& outcome = result.outcome;
    const auto word = to_string(outcome.verdict);
    cli::Report report{.code = outcome.code, .text = word + '\n'};
    report.json["verdict"] = word;
    report.json["reason"] = outcome.reason;
    report.json["seconds"] = seconds(outcome.watched);
    report.json["since"] = outcome.since ? cli::Json(format_timestamp(*outcome.since)) : cli::Json(nullptr);
    if (result.found->command) report.json["command"] = to_json(*result.found->command);
    // Of a thousand objectives that is a lot, and mostly nobody reads it.
    report.more_json = [found = result.found, findings = outcome.objectives](cli::Json& json) {
        json["objectives"] = cli::Json::array();
        for (std::size_t i = 0; i < findings.size(); ++i) json["objectives"].push_back(in_full(found->objectives[i], findings[i]));
        if (!found->analyses.empty()) {
            json["checks"] = cli::Json::array();
            for (const auto& analysis : found->analyses) json["checks"].push_back(to_json(analysis));
        }
        if (!found->probes.empty()) {
            json["probes"] = cli::Json::array();
            for (const auto& probe : found->probes) json["probes"].push_back(to_json(probe));
        }
    };
    report.cases = [found = result.found, findings = outcome.objectives] {
        std::vector<ci::TestCase> cases;
        for (std::size_t i = 0; i < findings.size(); ++i) {
            ci::TestCase one{.suite = "wait-for-slo", .name = found->objectives[i].objective().name};
            const auto text = to_string(findings[i].verdict) + ": " + findings[i].reason;
            (findings[i].verdict == Verdict::holds ? one.remarks : one.failures).push_back(text);
            cases.push_back(std::move(one));
        }
        for (const auto& analysis : found->analyses) {
            ci::TestCase one{.suite = "wait-for-slo", .name = analysis.name};
            (analysis.finding.verdict == Verdict::holds ? one.remarks : one.failures).push_back(to_string(analysis.finding.verdict) + ": " + analysis.finding.reason);
            cases.push_back(std::move(one));
        }
        return cases;
    };
    report.summary = summary_of(result);
    if (outcome.is_cancelled()) {
        report.diagnostics = {{.message = outcome.reason + ": there is no verdict"}};
        return report;
    }
    const auto* decided = deciding(result);
    const bool tested = decided != nullptr && !decided->objective().no_bad_event;
    const bool any = decided != nullptr && decided->decision().counts().total() > 0;
    const auto text_of = [](const cli::Json& number) { return number.is_null() ? std::string() : number.dump(); };
    report.outputs = {{"verdict", word},
                      {"reason", outcome.reason},
                      {"error_rate", any ? text_of(number_or_null(true, decided->decision().error_rate())) : ""},
                      {"burn_rate", any && tested ? text_of(number_or_null(true, decided->decision().burn_rate())) : ""},
                      {"total", decided == nullptr ? "" : events(decided->decision().counts().total())},
                      {"seconds", text_of(report.json["seconds"])}};
    const auto severity = outcome.verdict == Verdict::holds ? Severity::notice : outcome.code == ExitCode::done ? Severity::warning : Severity::error;
    const auto prefix = outcome.verdict == Verdict::error ? std::string() : word + ": ";
    report.diagnostics = {{.severity = severity, .message = prefix + outcome.reason, .hint = outcome.hint}};
    if (result.found->command_failed()) {
        const auto& command = result.found->command;
        report.diagnostics.insert(report.diagnostics.begin(), {.message = "the command failed: " + command->argv.front() + ": " + command->ended});
    }
    report.diagnostics.insert(report.diagnostics.end(), result.problems.begin(), result.problems.end());
    return report;
}

} // namespace slipway::wait_for_slo
