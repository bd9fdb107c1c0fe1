// What is watched, and how it will be judged.
#include "wait_for_slo.hpp"

#include "core/text.hpp"
#include "policies.hpp"
#include "slo/burn_rate.hpp"
#include "slo/documents.hpp"
#include "wait-for-slo/checks/analysis_files.hpp"
#include "wait-for-slo/checks/inline_check.hpp"
#include "wait-for-slo/checks/limits.hpp"
#include "wait-for-slo/checks/plan.hpp"
#include "wait-for-slo/decision/wording.hpp"
#include "wait-for-slo/google/burn_rate_values.hpp"
#include "wait-for-slo/probes/probe_source.hpp"
#include "wait-for-slo/queries/conditions.hpp"
#include "wait-for-slo/queries/objectives.hpp"
#include "wait-for-slo/reports/webhook.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

constexpr Duration usual_period{std::chrono::days{30}};

std::vector<ObjectiveQueries> objectives_of(const Options& options, cli::Context& context) {
    const auto records = options.expand_rules ? Records::expanded : Records::as_counters;
    if (options.slo.empty()) {
        auto objective = objective_of({.good = options.good, .bad = options.bad, .total = options.total, .objective_percent = options.objective}, records);
        objective.name = number(options.objective) + " % of " + to_string(objective.total_events());
        return {std::move(objective)};
    }
    slo::SloReader reader(widest_dialect());
    for (const auto& path : options.slo) reader.add(context.files.read(path), path);
    auto read = read_objectives(reader.finish(), records);
    choose(read, options.only);
    auto objectives = take_objectives(read);
    for (const auto& problem : read.problems) context.log.warning(to_line(problem));
    return objectives;
}

/// The versions that are told apart.
Conditions conditions_of(const Options& options) {
    const auto matchers_of = [](const std::vector<std::string>& texts) {
        std::vector<promql::Matcher> all;
        for (const auto& text : texts) {
            const auto more = parse_matchers(text);
            all.insert(all.end(), more.begin(), more.end());
        }
        return all;
    };
    Conditions conditions{matchers_of(options.where), matchers_of(options.baseline)};
    // Addresses that a pipeline hands over are of use only where nothing else is said: a --where of another label would hold for the
    // addresses of the baseline as well, which no series fulfils then.
    const auto has_instance = [](const std::vector<promql::Matcher>& matchers) { return std::any_of(matchers.begin(), matchers.end(), [](const promql::Matcher& matcher) { return matcher.name == "instance"; }); };
    if (conditions.where.empty() && !options.canary_addresses.empty()) {
        const auto canary = address_matcher(join(options.canary_addresses, ","));
        conditions.where = {canary};
        // Likewise the canary's addresses would hold for a --baseline of another label.
        if (!conditions.baseline.empty() && !has_instance(conditions.baseline)) {
            conditions.baseline.push_back(make_matcher(canary.name, canary.op == promql::MatchOp::equal ? promql::MatchOp::not_equal : promql::MatchOp::not_regex, canary.value));
        }
    }
    const bool by_address = has_instance(conditions.where);
    if (conditions.baseline.empty() && !options.baseline_addresses.empty() && by_address) conditions.baseline = {address_matcher(join(options.baseline_addresses, ","))};
    return conditions;
}

/// @param counts  with the conditions of the version that is watched
WatchedObjective watched(const ObjectiveQueries& counts, bool has_baseline, const Policy& policy) {
    const bool good = counts.good && counts.total;
    WatchedObjective objective{.name = counts.name, .policy = policy, .has_baseline = has_baseline};
    objective.total = counts.total ? to_string(*counts.total) : to_string(*counts.good) + " + " + to_string(*counts.bad);
    objective.numerator = to_string(good ? *counts.good : *counts.bad);
    objective.numerator_kind = good ? "good" : "bad";
    return objective;
}

StartSign start_sign_of(const Options& options, const Conditions& conditions) {
    StartSign sign;
    (options.start_is_url() ? sign.url : sign.expression) = options.start_when;
    sign.match = options.start_match;
    sign.conditions = conditions.where;
    return sign;
}

/// Requests to one address, as an objective.
WatchedObjective probed(const std::string& url, const Options& options, std::size_t objectives) {
    // Where no request may fail nothing is tested; the policy only says how many requests are needed.
    constexpr double unused = 0.999;
    const auto shown = io::url_for_people(url);
    const bool any = options.probes.zero_downtime;
    return {.name = "probe " + shown, .policy = policy_of(options, any ? unused : options.objective / 100, objectives), .has_selectors = false, .total = "requests to " + shown, .numerator = "good answers", .numerator_kind = "good", .no_bad_event = any};
}

/// The checks of the command line and of files, with limits that can be reached.
CheckPlan checks_of(const Options& options, io::Files& files) {
    auto plan = plan_of(options.checks);
    if (!options.checks.files.empty()) {
        auto read = read_analysis_files(options.checks.files, options.checks.args, options.checks.run_webhooks, files);
        std::move(read.metrics.begin(), read.metrics.end(), std::back_inserter(plan.metrics));
        plan.canaries = std::move(read.canaries);
        plan.remarks = std::move(read.remarks);
    }
    auto problems = impossible_limits(plan, options.watch);
    const auto check_server = [&](const MetricCheck& metric) {
        if (is_google_query(metric.query)) {
            try {
                parse_burn_rate_query(metric.query);
            } catch (const Error& error) {
                problems.insert(problems.end(), error.diagnostics().begin(), error.diagnostics().end());
            }
        } else if (options.urls.empty() && metric.address.empty()) {
            problems.push_back({.message = metric.name + " names no server to ask", .place = metric.place, .hint = "give --prometheus-url"});
        } else if (options.urls.empty() && !io::split_url(metric.address)) {
            problems.push_back({.message = metric.name + ": the address '" + visible(io::url_for_people(metric.address)) + "' is no http:// or https:// URL", .place = metric.place, .hint = "give --prometheus-url to ask another server"});
        }
    };
    std::for_each(plan.metrics.begin(), plan.metrics.end(), check_server);
    for (const auto& canary : plan.canaries) std::for_each(canary.metrics.begin(), canary.metrics.end(), check_server);
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    return plan;
}

} // namespace

Plan WaitForSlo::plan(const Options& options, cli::Context& context) {
    // Before a dry run says what each option is.
    hide_webhooks(options.reports, context);
    hide_credentials(options.probes, context);
    auto objectives = options.counts_in_prometheus() ? objectives_of(options, context) : std::vector<ObjectiveQueries>();
    const auto conditions = conditions_of(options);
    std::vector<Diagnostic> problems;
    Plan plan;
    plan.google = options.google.slos;
    // Where no request may fail nothing is tested.
    const auto tested_probes = options.probes.zero_downtime ? 0 : options.probes.urls.size();
    plan.tested_objectives = std::max<std::size_t>(1, objectives.size() + plan.google.size() + tested_probes);
    for (const auto& queries : objectives) {
        const auto policy = policy_of(options, queries.target, plan.tested_objectives);
        if (auto why = why_impossible(policy); !why.empty()) problems.push_back({.message = queries.name + ": " + why, .place = queries.place});
        try {
            if (!conditions.baseline.empty()) baseline_of(queries, conditions);
            plan.watch.objectives.push_back(watched(canary_of(queries, conditions), !conditions.baseline.empty(), policy));
        } catch (const Error& error) {
            problems.insert(problems.end(), error.diagnostics().begin(), error.diagnostics().end());
            continue;
        }
        if (!options.checks_budget()) continue;
        const auto period = options.period > Duration{0} ? options.period : queries.period ? queries.period->length : usual_period;
        // Of all versions, whatever conditions the watch has.
        plan.budgets.push_back({queries.name, queries.error_rate_query(slo::window_name(period)), policy.budget(), period});
    }
    plan.checks = checks_of(options, context.files);
    for (const auto& url : options.probes.urls) plan.probes.push_back(probed(url, options, plan.tested_objectives));
    plan.source.objectives = std::make_shared<const std::vector<ObjectiveQueries>>(std::move(objectives));
    plan.source.conditions = conditions;
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    plan.source.servers = options.shards ? Servers::shards : Servers::replicas;
    plan.source.expand_rules = options.expand_rules;
    plan.source.start = start_sign_of(options, conditions);
    if (options.start_when.empty()) {
        plan.source.since = parse_timestamp(options.since);
        if (!plan.source.since) plan.source.ago = parse_duration(options.since);
        const bool counts_back = options.counts_in_prometheus() || !options.google.slos.empty();
        if (!options.since.empty() && !counts_back) context.log.info("--since is not used: requests of its own, and values, are of the time of the watch");
    } else if (!options.since.empty()) {
        // A pipeline may hand it over to every step.
        context.log.info("--since is not used: counting begins when the new version serves, as --start-when says");
    }
    plan.watch.watch = options.watch;
    plan.watch.waits_for_start = plan.source.start.wanted();
    plan.watch.start_timeout = options.start_timeout;
    plan.watch.interval = options.interval;
    plan.watch.max_errors = options.max_errors;
    plan.watch.early_pass = options.early_pass;
    plan.watch.knows_version = plan.source.start.wanted() || !conditions.where.empty();
    plan.watch.command = options.probes.command;
    plan.webhooks = webhooks_for_people(options.reports);
    for (const auto& url : options.urls) plan.servers.push_back(io::url_for_people(url));
    return plan;
}

} // namespace slipway::wait_for_slo
