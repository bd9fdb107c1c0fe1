#include "options.hpp"

#include "selector.hpp"
#include "verdict.hpp"

namespace slipway::wait_for_slo {

void declare(cli::OptionSet& set, Options& options) {
    cli::declare_server(set, "prometheus", options.prometheus, "Prometheus, or what speaks like it", cli::Tenants::yes)
        .required()
        .variable("PROMETHEUS_URL");
    set.add("good", options.good).required().value_name("SELECTOR").help("Counter of the good events, such as requests_total{code!~\"5..\"}");
    set.add("total", options.total).required().value_name("SELECTOR").help("Counter of all events");
    set.add("objective", options.objective).required().value_name("PERCENT").help("Share of the events that must be good, such as 99.9");
    set.add("where", options.where).value_name("LABELS").help("Conditions for both selectors, such as version=\"abc123\"");
    set.add("watch", options.watch).fallback("10m").help("How long to watch before the objective may be said to hold");
    set.add("start-when", options.start_when)
        .value_name("SELECTOR")
        .help("Begin to count when this expression gives something that is not 0: the new version serves");
    set.add("start-timeout", options.start_timeout).fallback("10m").help("How long to wait for that");
    set.add("interval", options.interval).fallback_help("the scrape interval, between 1s and 15s").help("Time between two looks");
    set.add("min-events", options.min_events).fallback_help("as many as allow one bad event: 1000 for 99.9").help("Fewest events that are judged");
    set.add("alpha", options.alpha).fallback("0.01").help("Probability of calling a release violated that is not");
    set.add("max-errors", options.max_errors).fallback("5").help("Looks in a row that may fail before the verdict is 'error'");
    set.add("query-timeout", options.query_timeout).fallback("10s").help("Time for the answer to one query");
    set.add("exit-code", options.exit_codes).value_name("VERDICT=N").help("Another exit code for a verdict, such as inconclusive=0");
    cli::declare_tls(set, options.tls);
}

namespace {

/// Calls `parse`, and turns what it throws into a problem of this option.
template <class Parse> void check_text(const std::string& option, const std::string& text, Parse parse, std::vector<Diagnostic>& problems) {
    try {
        parse(text);
    } catch (const Error& error) {
        problems.push_back({.message = "cannot use --" + option + " '" + text + "': " + error.what(), .hint = error.diagnostics().front().hint});
    }
}

/// Reads a selector of counters, and refuses what the numbers alone would not show to be wrong.
void check_counter(const std::string& text) {
    if (!takes_all_buckets(parse_selector(text))) return;
    throw misuse("each event counts in several buckets of a histogram", "name one bucket, such as le=\"0.5\"; all events are in ..._count");
}

void check_times(const Options& options, std::vector<Diagnostic>& problems) {
    const auto positive = [&](const char* option, Duration duration) {
        if (duration <= Duration{0}) problems.push_back({.message = std::string("--") + option + " must be longer than nothing"});
    };
    positive("watch", options.watch);
    positive("query-timeout", options.query_timeout);
    if (options.interval < Duration{0}) problems.push_back({.message = "--interval must not be negative"});
    if (options.start_timeout < Duration{0}) problems.push_back({.message = "--start-timeout must not be negative"});
    if (options.interval > options.watch) problems.push_back({.message = "--interval is longer than --watch: nothing would be seen"});
}

} // namespace

void check(const Options& options, std::vector<Diagnostic>& problems) {
    cli::check_server("prometheus", options.prometheus, options.tls, problems);
    check_text("good", options.good, check_counter, problems);
    check_text("total", options.total, check_counter, problems);
    for (const auto& where : options.where) check_text("where", where, parse_matchers, problems);
    for (const auto& code : options.exit_codes) check_text("exit-code", code, parse_exit_code, problems);
    if (options.objective <= 0 || options.objective >= 100) {
        problems.push_back({.message = "--objective must be more than 0 and less than 100 percent",
                            .hint = "100 would allow no bad event ever, which no number of events can show"});
    }
    if (options.alpha <= 0 || options.alpha > 0.5) problems.push_back({.message = "--alpha must be more than 0 and at most 0.5"});
    if (options.min_events < 0) problems.push_back({.message = "--min-events must not be negative"});
    if (options.max_errors < 1) problems.push_back({.message = "--max-errors must be at least 1"});
    if (!options.start_when.empty() && options.start_when.find_last_not_of(" \t\r\n") != std::string::npos &&
        options.start_when[options.start_when.find_last_not_of(" \t\r\n")] == ']') {
        problems.push_back({.message = "cannot use --start-when '" + options.start_when + "': a range of time also shows versions that are gone"});
    }
    check_times(options, problems);
}

} // namespace slipway::wait_for_slo
