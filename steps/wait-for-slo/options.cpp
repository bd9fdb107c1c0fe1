#include "options.hpp"

#include "wait-for-slo/decision/policy.hpp"
#include "wait-for-slo/decision/verdict.hpp"
#include "wait-for-slo/queries/conditions.hpp"
#include "wait-for-slo/queries/event_count.hpp"
#include "policies.hpp"
#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "promql/parser.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

using Problems = std::vector<Diagnostic>;

void declare_servers(cli::OptionSet& set, Options& options) {
    set.section("Servers");
    cli::declare_servers(set, "prometheus", options.prometheus, options.urls, "Prometheus, or what speaks like it", cli::Tenants::yes).variable("PROMETHEUS_URL").help("Address of Prometheus, Thanos, Mimir, or what speaks like them; several are replicas of each other");
    set.add("shards", options.shards).help("The servers each see some of the targets, so that their counts are added up");
    set.add("replica-label", options.replica_label).value_name("LABEL").help("The label by which Thanos tells replicas apart: asks without deduplication, and takes one replica for each target");
    set.add("expand-rules", options.expand_rules).help("Count what recording rules are made from instead of their records");
    set.add("query-timeout", options.query_timeout).fallback("10s").help("Time for the answer to one query");
}

void declare_objectives(cli::OptionSet& set, Options& options) {
    set.section("What is watched");
    set.add("slo", options.slo).value_name("FILE").help("Objectives to watch: OpenSLO, Sloth, Backyards or Pyrra");
    set.add("only", options.only).value_name("PATTERN").help("Of these only those of this name, such as 'shop-*'");
    set.add("good", options.good).value_name("SELECTOR").help("Counter of the good events, such as requests_total{code!~\"5..\"}");
    set.add("bad", options.bad).value_name("SELECTOR").help("Counter of the bad events, in place of --good or --total");
    set.add("total", options.total).value_name("SELECTOR").help("Counter of all events");
    set.add("objective", options.objective).value_name("PERCENT").help("Share of the events that must be good, from 1 to less than 100, such as 99.9");
    set.add("where", options.where).value_name("LABELS").help("Conditions for all selectors, such as version=\"abc123\"");
    set.add("baseline", options.baseline).value_name("LABELS").help("Conditions of the version to compare with, such as version=\"old\": what both suffer from is nobody's fault");
    set.add("canary-addresses", options.canary_addresses).shared().value_name("HOST:PORT").help("Instances of the new version, in place of --where; also separated by commas");
    set.add("baseline-addresses", options.baseline_addresses).shared().value_name("HOST:PORT").help("Instances of the version to compare with, in place of --baseline; also separated by commas");
}

void declare_times(cli::OptionSet& set, Options& options) {
    set.section("When");
    set.add("since", options.since).shared().value_name("TIME").fallback_help("the start of the watch").help("The deploy instant, from which on events count: RFC 3339, or a duration before now");
    set.add("start-when", options.start_when).value_name("SELECTOR|URL").help("Begin when this expression gives something other than 0 for every target that is up, or this address answers: the new version serves");
    set.add("start-match", options.start_match).value_name("REGEX").help("What the answer of that address must contain");
    set.add("start-timeout", options.start_timeout).fallback("10m").help("How long to wait for that");
    set.add("watch", options.watch).fallback("10m").help("How long to watch before the objective may be said to hold");
    set.add("interval", options.interval).fallback_help("a third of the scrape interval, between 1s and 5s").help("Time between two looks");
}

void declare_judgement(cli::OptionSet& set, Options& options) {
    set.section("The decision");
    set.add("max-burn-rate", options.max_burn_rate).fallback("1").help("Violated means that errors are proven to be more than this many times what the objective allows");
    set.add("detectable-burn-rate", options.detectable_burn_rate).fallback("10").help("It holds only when errors of this many times what the objective allows are ruled out");
    set.add("alpha", options.alpha).fallback("0.01").help("Probability of calling a release violated that is not, up to 0.5");
    set.add("min-events", options.min_events).fallback("20").help("Fewest events with which it may hold");
    set.add("early-pass", options.early_pass).help("Say that it holds before the end of the watch, as soon as the data suffice");
    set.add_choice("method", options.method, {"betting", "sprt"}).fallback("betting").help("The sequential test: bets on many error rates, or Wald's probability ratio of two");
    set.add("max-errors", options.max_errors).fallback("5").help("Looks in a row that may fail before the verdict is 'error'");
    set.add("require-budget", options.require_budget).help("Refuse to start when the period's error budget is spent");
    set.add("warn-budget", options.warn_budget).help("Only warn then");
    set.add("period", options.period).fallback_help("that of the SLO file, else 30d").help("The period that the error budget is for");
    set.add("exit-code", options.exit_codes).value_name("VERDICT=N").help("Another exit code for a verdict, such as inconclusive=0");
}

/// Calls `parse`, and turns what it throws into a problem of this option.
template <class Parse> void check_text(const std::string& option, const std::string& text, Parse parse, Problems& problems) {
    try {
        parse(text);
    } catch (const Error& error) {
        problems.push_back({.message = "cannot use --" + option + " '" + visible(text) + "': " + error.what(), .hint = error.diagnostics().front().hint});
    }
}

void check_start(const Options& options, Problems& problems) {
    if (!options.start_match.empty()) {
        if (!options.start_is_url()) problems.push_back({.message = "cannot use --start-match: it belongs to a URL in --start-when"});
        const RE2 regex(options.start_match, RE2::Quiet);
        if (!regex.ok()) problems.push_back({.message = "cannot use --start-match '" + visible(options.start_match) + "': " + regex.error()});
    }
    if (!options.since.empty()) {
        if (!parse_timestamp(options.since) && !parse_duration(options.since)) {
            problems.push_back({.message = "cannot use --since: '" + visible(options.since) + "' is neither an instant nor a duration", .hint = "such as 2026-11-24T14:02:11Z or 2m"});
        }
    }
    if (!options.start_when.empty() && !options.probes.command.empty()) problems.push_back({.message = "cannot use --start-when with a command: the watch begins before the command does"});
    if (options.start_when.empty() || options.start_is_url()) return;
    const auto parsed = promql::parse(options.start_when);
    const auto refuse = [&](const std::string& why) { problems.push_back({.message = "cannot use --start-when '" + visible(options.start_when) + "': " + why}); };
    if (!parsed.expr) refuse(parsed.mistakes.front().message);
    else if (parsed.expr->type == promql::ValueType::matrix) refuse("a range of time also shows versions that are gone");
    else if (parsed.expr->type == promql::ValueType::string) refuse("a text is no number");
}

void check_objectives(const Options& options, Problems& problems) {
    const int given = !options.good.empty() + !options.bad.empty() + !options.total.empty();
    const auto is_expression = [](const std::string& text) { parse_event_count(text, Records::expanded); };
    const auto& google = options.google;
    const bool some_of_slocheck = !google.slocheck_project.empty() || !google.slocheck_threshold.empty() || !google.slocheck_slo.empty();
    if (!options.watches_anything() && some_of_slocheck && !google.has_slocheck()) {
        std::vector<std::string> missing;
        for (const auto& [name, value] : {std::pair{"TARGET_PROJECT", &google.slocheck_project}, std::pair{"THRESHOLD", &google.slocheck_threshold}, std::pair{"DEFINEDSLO", &google.slocheck_slo}}) {
            if (value->empty()) missing.emplace_back(name);
        }
        problems.push_back({.message = "TARGET_PROJECT, THRESHOLD and DEFINEDSLO come together: " + join(missing, " and ") + (missing.size() > 1 ? " are" : " is") + " missing"});
    } else if (!options.watches_anything() && !options.is_slocheck()) {
        problems.push_back({.message = "missing --slo: the file with the objectives", .hint = "or say what to count: --good SELECTOR --total SELECTOR --objective PERCENT; or give --google-slo, --probe, --check or --analysis"});
    }
    if (given == 1 || given == 3) problems.push_back({.message = given == 1 ? "two of --good, --bad and --total are needed: one says nothing about the others" : "give two of --good, --bad and --total: the third follows from them"});
    for (const auto& [option, text] : {std::pair{"good", &options.good}, std::pair{"bad", &options.bad}, std::pair{"total", &options.total}}) {
        if (!text->empty()) check_text(option, *text, is_expression, problems);
    }
    // The probes look after their own.
    const bool is_needed = given > 0 && options.slo.empty();
    if (!options.slo.empty() && (given > 0 || (options.objective != 0 && !options.probes.wanted()))) {
        problems.push_back({.message = "cannot use --slo with --good, --bad, --total or --objective: the file says what is counted"});
    } else if (options.objective != 0 && !is_needed && !options.probes.wanted()) {
        problems.push_back({.message = "cannot use --objective: it belongs to --good, --bad and --total, or to --probe"});
    }
    if (is_needed && (options.objective <= 0 || options.objective >= 100)) {
        problems.push_back({.message = options.objective == 0 ? "missing --objective: the share of the events that must be good, such as 99.9" : "--objective must be more than 0 and less than 100 percent",
                            .hint = options.objective == 0 ? "" : "100 would allow no bad event ever, which no number of events can show"});
    } else if (is_needed && options.objective < 1) {
        // OpenSLO writes 0.999. Taken as a percentage it would allow nearly every event to be bad, and any release would hold.
        problems.push_back({.message = "--objective is a percentage, and below 1 % nearly every event may be bad", .hint = "99.9 means that 99.9 % of the events must be good, not 0.999"});
    }
    if (options.slo.empty() && !options.only.empty()) problems.push_back({.message = "cannot use --only: it chooses among the objectives of --slo"});
}

void check_conditions(const Options& options, Problems& problems) {
    const auto check_matchers = [&](const char* option, const std::vector<std::string>& texts) {
        for (const auto& text : texts) {
            const auto known = problems.size();
            check_text(option, text, parse_matchers, problems);
            if (problems.size() > known && problems.back().hint.empty()) problems.back().hint = std::string("a value stands in double quotes, which the shell must leave where they are: --") + option + " 'version=\"abc123\"'";
        }
    };
    check_matchers("where", options.where);
    check_matchers("baseline", options.baseline);
    const auto is_addresses = [](const std::string& text) { address_matcher(text); };
    for (const auto& address : options.canary_addresses) check_text("canary-addresses", address, is_addresses, problems);
    for (const auto& address : options.baseline_addresses) check_text("baseline-addresses", address, is_addresses, problems);
    const bool has_expression = !options.start_when.empty() && !options.start_is_url();
    if (!options.where.empty() && !options.counts_in_prometheus() && !has_expression) {
        problems.push_back({.message = "cannot use --where: nothing that Prometheus counts is watched", .hint = options.checks.wanted() ? "the expression of a check says itself which series it reads" : ""});
    }
    if (!options.baseline.empty() && options.where.empty() && options.canary_addresses.empty()) {
        problems.push_back({.message = "cannot use --baseline alone: nothing tells the new version from it", .hint = "say with --where which one is new, such as --where 'version=\"abc123\"'"});
    }
}

void check_numbers(const Options& options, Problems& problems) {
    const auto positive = [&](const char* option, Duration duration) {
        if (duration <= Duration{0}) problems.push_back({.message = std::string("--") + option + " must be longer than nothing"});
    };
    positive("watch", options.watch);
    positive("query-timeout", options.query_timeout);
    if (options.interval < Duration{0}) problems.push_back({.message = "--interval must not be negative"});
    if (options.start_timeout < Duration{0}) problems.push_back({.message = "--start-timeout must not be negative"});
    if (options.period < Duration{0}) problems.push_back({.message = "--period must not be negative"});
    if (options.interval > options.watch) problems.push_back({.message = "--interval is longer than --watch: nothing would be seen"});
    if (options.min_events < 0) problems.push_back({.message = "--min-events must not be negative"});
    if (options.max_errors < 1) problems.push_back({.message = "--max-errors must be at least 1"});
    if (options.shards && options.checks_budget()) {
        problems.push_back({.message = std::string("cannot use --") + (options.require_budget ? "require" : "warn") + "-budget with --shards: no shard knows how much of the budget is spent on all of them"});
    }
    if (options.checks_budget() && !options.counts_in_prometheus()) {
        problems.push_back({.message = std::string("cannot use --") + (options.require_budget ? "require" : "warn") + "-budget: the budget is asked of Prometheus, for the objectives of --slo, or of --good, --bad and --total"});
    }
    if (options.require_budget && options.warn_budget) problems.push_back({.message = "--require-budget and --warn-budget contradict each other"});
    // Without an objective of its own the policy is checked for those of the file, when that is read.
    auto policy = policy_of(options, options.objective > 0 && options.objective < 100 ? options.objective / 100 : 0.999, 1);
    policy.min_events = std::max(policy.min_events, 0.0); // said above
    if (const auto why = why_impossible(policy); !why.empty()) problems.push_back({.message = why});
}

} // namespace

void declare(cli::OptionSet& set, Options& options) {
    declare_servers(set, options);
    declare_objectives(set, options);
    declare(set, options.google);
    declare(set, options.probes);
    declare(set, options.checks);
    declare_times(set, options);
    declare_judgement(set, options);
    declare(set, options.reports);
    cli::declare_tls(set, options.tls);
}

void check(const Options& options, std::vector<Diagnostic>& problems) {
    auto server = options.prometheus;
    for (const auto& url : options.urls) {
        server.url = url;
        std::vector<Diagnostic> found;
        cli::check_server("prometheus", server, options.tls, found);
        for (auto& problem : found) {
            if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(std::move(problem));
        }
    }
    if (options.shards && options.urls.size() < 2) problems.push_back({.message = "cannot use --shards: there is one --prometheus-url only"});
    if (options.shards && !options.replica_label.empty()) problems.push_back({.message = "cannot use --shards with --replica-label: Thanos shows the targets of all shards"});
    if (options.shards && options.checks.wanted()) problems.push_back({.message = "cannot use --shards with --check or --analysis: no shard knows the whole value"});
    if (options.urls.empty() && options.needs_prometheus()) problems.push_back({.message = "missing --prometheus-url: the server that is asked", .hint = "give it as a flag, or as PROMETHEUS_URL"});
    check_objectives(options, problems);
    check_conditions(options, problems);
    check_start(options, problems);
    check_numbers(options, problems);
    check(options.google, problems);
    check(options.probes, options.objective, problems);
    check(options.checks, options.watch, problems);
    check(options.reports, problems);
    for (const auto& code : options.exit_codes) check_text("exit-code", code, parse_exit_code, problems);
}

} // namespace slipway::wait_for_slo
