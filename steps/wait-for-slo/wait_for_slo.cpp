#include "wait_for_slo.hpp"

#include "core/text.hpp"
#include "policies.hpp"
#include "slo/burn_rate.hpp"
#include "slo/documents.hpp"
#include "wait-for-slo/decision/wording.hpp"
#include "wait-for-slo/queries/conditions.hpp"
#include "wait-for-slo/queries/objectives.hpp"

#include <algorithm>
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

std::vector<std::unique_ptr<ServerView>> connect(const Options& options, cli::Context& context) {
    std::vector<std::unique_ptr<ServerView>> views;
    auto server = options.prometheus;
    for (const auto& url : options.urls) {
        server.url = url;
        views.push_back(std::make_unique<ServerView>(cli::connect(server, options.tls, context),
                                                     ServerView::Settings{.url = cli::base_url(server), .query_timeout = options.query_timeout, .replica_label = options.replica_label}));
    }
    return views;
}

std::unique_ptr<io::HttpClient> connect_to_endpoint(const Options& options, cli::Context& context) {
    cli::ServerOptions endpoint;
    endpoint.url = options.start_when;
    return options.start_is_url() ? cli::connect(endpoint, options.tls, context) : nullptr;
}

/// The verdict's exit code, or the one that the user wants for it. A mistake of the user's stays one, and so does a cancellation.
ExitCode chosen_code(const Options& options, const Outcome& outcome) {
    auto code = outcome.code;
    if (code != exit_code_of(outcome.verdict)) return code;
    for (const auto& text : options.exit_codes) {
        const auto choice = parse_exit_code(text);
        if (choice.verdict == outcome.verdict) code = choice.code;
    }
    return code;
}

/// Of the first replica that answers. A server that is starting, or slow once, must not keep a release back.
std::vector<std::string> spent_budgets_of_any(const std::vector<BudgetQuestion>& questions, const std::vector<std::unique_ptr<ServerView>>& replicas, long tries, cli::Context& context) {
    constexpr Duration pause{5'000};
    for (long tried = 1;; ++tried) {
        for (const auto& replica : replicas) {
            try {
                return spent_budgets(questions, *replica);
            } catch (const Error& error) {
                const bool is_hopeless = replicas.size() == 1 && dynamic_cast<const io::LastingError*>(&error) != nullptr;
                const bool is_last = tried >= tries && &replica == &replicas.back();
                if (error.code() != ExitCode::world || is_hopeless || is_last) throw;
                context.log.warning(std::string("the error budget is asked for again: ") + error.what());
            }
        }
        context.clock.sleep_for(pause);
    }
}

/// @throws Error (refused) when budgets are spent and must not be
void check_budgets(const Options& options, const std::vector<BudgetQuestion>& questions, const std::vector<std::unique_ptr<ServerView>>& replicas, cli::Context& context) {
    std::vector<std::string> spent;
    try {
        spent = spent_budgets_of_any(questions, replicas, options.max_errors, context);
    } catch (const Error& error) {
        if (options.require_budget) throw;
        context.log.warning(std::string("the error budget is not known: ") + error.what());
    }
    if (spent.empty()) return;
    if (!options.require_budget) {
        for (const auto& one : spent) context.log.warning(one);
        return;
    }
    std::vector<Diagnostic> problems;
    for (auto& one : spent) problems.push_back({.message = std::move(one), .hint = "release again when there is budget left, or when this release brings it back, without --require-budget"});
    throw Error(ExitCode::refused, std::move(problems));
}

} // namespace

Plan WaitForSlo::plan(const Options& options, cli::Context& context) {
    auto objectives = objectives_of(options, context);
    const auto conditions = conditions_of(options);
    std::vector<Diagnostic> problems;
    Plan plan;
    for (const auto& queries : objectives) {
        const auto policy = policy_of(options, queries.target, objectives.size());
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
    plan.source.objectives = std::make_shared<const std::vector<ObjectiveQueries>>(std::move(objectives));
    plan.source.conditions = conditions;
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    plan.source.servers = options.shards ? Servers::shards : Servers::replicas;
    plan.source.expand_rules = options.expand_rules;
    plan.source.start = start_sign_of(options, conditions);
    if (options.start_when.empty()) {
        plan.source.since = parse_timestamp(options.since);
        if (!plan.source.since) plan.source.ago = parse_duration(options.since);
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
    for (const auto& url : options.urls) plan.servers.push_back(io::url_for_people(url));
    return plan;
}

Result WaitForSlo::run(const Options& options, const Plan& plan, cli::Context& context) {
    if (!plan.watch.knows_version) {
        context.log.warning("without --start-when and --where, old and new version look the same: the verdict is about whatever serves now");
    }
    auto settings = plan.source;
    settings.began = context.clock.steady();
    auto views = connect(options, context);
    if (!plan.budgets.empty()) check_budgets(options, plan.budgets, views, context);
    PrometheusSource source(std::move(views), connect_to_endpoint(options, context), std::move(settings), context);
    Watch watch(source, plan.watch, context);
    Result result{.outcome = watch.run(), .found = {}};
    result.outcome.code = chosen_code(options, result.outcome);
    result.found = std::make_shared<const Findings>(watch.take_findings());
    return result;
}

} // namespace slipway::wait_for_slo
