#include "wait_for_slo.hpp"

#include "core/text.hpp"
#include "single_try.hpp"

#include <cmath>
#include <cstdio>

namespace slipway::wait_for_slo {

namespace {

std::string percent_text(double number) {
    char buffer[32];
    const auto length = std::snprintf(buffer, sizeof buffer, "%.10g", number);
    return {buffer, static_cast<std::size_t>(length)};
}

/// The verdict's exit code, or the one that the user wants for it. A mistake of the user's stays one.
ExitCode chosen_code(const Options& options, const Outcome& outcome) {
    auto code = outcome.code;
    for (const auto& text : options.exit_codes) {
        const auto choice = parse_exit_code(text);
        if (choice.verdict == outcome.verdict && outcome.code != ExitCode::misuse) code = choice.code;
    }
    return code;
}

Outcome failed(const Error& error) {
    const auto& diagnostic = error.diagnostics().front();
    return {.verdict = Verdict::error, .code = error.code(), .reason = diagnostic.message, .hint = diagnostic.hint};
}

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

/// Text inside a cell of a Markdown table.
std::string cell(std::string text) {
    replace_all(text, "|", "\\|");
    return text;
}

std::string summary_of(const Result& result) {
    const auto& outcome = result.outcome;
    std::string text = "### wait-for-slo: " + to_string(outcome.verdict) + "\n\n" + outcome.reason + "\n\n";
    if (!outcome.counts) return text;
    const auto& counts = *outcome.counts;
    const double rate = error_rate(counts.good, counts.total);
    text += "| objective | events | bad | error rate | allowed | burn rate | watched |\n|---|---|---|---|---|---|---|\n";
    text += "| " + cell(result.name) + " | " + events(counts.total) + " | " + events(std::max(counts.total - counts.good, 0.0)) + " | " +
            (counts.total > 0 ? percent(rate) : "") + " | " + percent_text(100 - result.objective.percent) + " % | " +
            (counts.total > 0 ? factor(rate / result.objective.allowed()) : "") + " | " +
            format_duration(outcome.watched - outcome.watched % 1000) + " |\n\n";
    return text + "good: `" + result.good + "`, total: `" + result.total + "`\n";
}

} // namespace

Plan WaitForSlo::plan(const Options& options, cli::Context&) {
    Queries queries{parse_selector(options.good), parse_selector(options.total), parse_selector(options.good), options.start_when};
    for (const auto& where : options.where) {
        for (const auto& matcher : parse_matchers(where)) {
            queries.good.matchers.push_back(matcher);
            queries.total.matchers.push_back(matcher);
        }
    }
    Objective objective{.percent = options.objective, .alpha = options.alpha};
    objective.fewest = options.min_events > 0 ? static_cast<double>(options.min_events) : fewest_events(objective.allowed(), options.alpha);
    WatchSettings settings{.objective = objective,
                           .watch = options.watch,
                           .start_when = options.start_when,
                           .start_timeout = options.start_timeout,
                           .interval = options.interval,
                           .max_errors = options.max_errors,
                           .good = to_string(queries.good),
                           .total = to_string(queries.total)};
    return {std::move(queries), std::move(settings), io::url_for_people(cli::base_url(options.prometheus))};
}

Result WaitForSlo::run(const Options& options, const Plan& plan, cli::Context& context) {
    if (options.start_when.empty() && options.where.empty()) {
        context.log.warning("without --start-when and --where, old and new version look the same: the verdict is about whatever serves now");
    }
    Result result{.outcome = {},
                  .objective = plan.settings.objective,
                  .name = percent_text(options.objective) + " % of " + plan.settings.total,
                  .good = plan.settings.good,
                  .total = plan.settings.total};
    try {
        const auto client = cli::connect(options.prometheus, options.tls, context);
        SingleTry once(*client, options.query_timeout);
        prometheus::Api api(once, cli::base_url(options.prometheus));
        PrometheusSource source(api, plan.queries);
        result.outcome = Watch(source, plan.settings, context, [&] { return once.was_refused(); }).run();
    } catch (const Error& error) {
        result.outcome = failed(error);
    }
    result.outcome.code = chosen_code(options, result.outcome);
    return result;
}

cli::Report WaitForSlo::report(const Plan& plan) {
    const auto& settings = plan.settings;
    cli::Report report;
    report.json["queries"] = {{"good", settings.good}, {"total", settings.total}};
    if (!settings.start_when.empty()) report.json["queries"]["start_when"] = settings.start_when;
    report.json["watch"] = format_duration(settings.watch);
    report.json["min_events"] = std::llround(settings.objective.fewest);
    if (!settings.start_when.empty()) {
        report.text += "would wait up to " + format_duration(settings.start_timeout) + " for: " + settings.start_when + '\n';
    }
    report.text += "would watch for " + format_duration(settings.watch) + ", asking " + plan.url + '\n';
    report.text += "would count good events: " + settings.good + '\n';
    report.text += "would count all events: " + settings.total + '\n';
    report.text += "would ask for their scrapes: up and process_start_time_seconds of the same jobs\n";
    report.text += "would allow " + percent_text(100 - settings.objective.percent) + " % of the events to be bad, and judge no fewer than " +
                   events(settings.objective.fewest) + '\n';
    return report;
}

cli::Report WaitForSlo::report(const Result& result) {
    const auto& outcome = result.outcome;
    const auto word = to_string(outcome.verdict);
    const bool counted = outcome.counts && outcome.counts->total > 0;
    const double good = outcome.counts ? outcome.counts->good : 0;
    const double total = outcome.counts ? outcome.counts->total : 0;
    const cli::Json rate = counted ? cli::Json(error_rate(good, total)) : cli::Json(nullptr);
    const cli::Json burn = counted ? cli::Json(error_rate(good, total) / result.objective.allowed()) : cli::Json(nullptr);
    cli::Report report{.code = outcome.code, .text = word + '\n'};
    report.json["verdict"] = word;
    report.json["reason"] = outcome.reason;
    report.json["seconds"] = seconds(outcome.watched);
    report.json["objectives"] = {{{"name", result.name},
                                  {"good", std::llround(good)},
                                  {"total", std::llround(total)},
                                  {"error_rate", rate},
                                  {"burn_rate", burn},
                                  {"verdict", word}}};
    const auto text_of = [](const cli::Json& number) { return number.is_null() ? std::string() : number.dump(); };
    report.outputs = {{"verdict", word},
                      {"reason", outcome.reason},
                      {"error_rate", text_of(rate)},
                      {"burn_rate", text_of(burn)},
                      {"total", events(total)},
                      {"seconds", text_of(report.json["seconds"])}};
    report.summary = summary_of(result);
    const auto severity = outcome.verdict == Verdict::holds ? Severity::notice : outcome.code == ExitCode::done ? Severity::warning : Severity::error;
    const auto prefix = outcome.verdict == Verdict::error ? std::string() : word + ": ";
    report.diagnostics = {{.severity = severity, .message = prefix + outcome.reason, .hint = outcome.hint}};
    return report;
}

} // namespace slipway::wait_for_slo
