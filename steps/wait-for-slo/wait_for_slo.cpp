#include "wait_for_slo.hpp"

#include "core/text.hpp"
#include "policies.hpp"
#include "wait-for-slo/checks/flagger/canary_commands.hpp"
#include "wait-for-slo/checks/inline_check.hpp"
#include "wait-for-slo/checks/plan.hpp"
#include "wait-for-slo/checks/prometheus_values.hpp"
#include "wait-for-slo/google/burn_rate_values.hpp"
#include "wait-for-slo/google/cloud_monitoring_source.hpp"
#include "wait-for-slo/google/slocheck.hpp"
#include "wait-for-slo/probes/probe_source.hpp"
#include "wait-for-slo/reports/webhook.hpp"
#include "wait-for-slo/reports/write.hpp"
#include "wait-for-slo/sources/address_source.hpp"
#include "wait-for-slo/sources/several_sources.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

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

/// Where the values of the checks come from: a server each, made when it is needed.
class Values {
public:
    Values(const Options& options, Monitoring* monitoring, cli::Context& context) : options_(options), monitoring_(monitoring), context_(context) {}

    ValueSource& of(const MetricCheck& metric) {
        const bool is_google = is_google_query(metric.query);
        // --prometheus-url says where the server is reached from here; files name it as the cluster does.
        const auto address = is_google || !options_.urls.empty() ? std::string() : metric.address;
        auto& source = sources_[{is_google, address}];
        if (source) return *source;
        if (is_google) source = std::make_unique<BurnRateValues>(*monitoring_);
        else if (address.empty()) source = std::make_unique<PrometheusValues>(connect(options_, context_));
        else source = std::make_unique<PrometheusValues>(connect_without_login(address));
        return *source;
    }

private:
    std::vector<std::unique_ptr<ServerView>> connect_without_login(const std::string& address) {
        cli::ServerOptions server;
        server.url = address;
        std::vector<std::unique_ptr<ServerView>> views;
        views.push_back(std::make_unique<ServerView>(cli::connect(server, options_.tls, context_), ServerView::Settings{.url = cli::base_url(server), .query_timeout = options_.query_timeout}));
        return views;
    }

    const Options& options_;
    Monitoring* monitoring_;
    cli::Context& context_;
    std::map<std::pair<bool, std::string>, std::unique_ptr<ValueSource>> sources_;
};

bool needs_google(const Plan& plan) {
    const auto any = [](const std::vector<MetricCheck>& metrics) { return std::any_of(metrics.begin(), metrics.end(), [](const MetricCheck& metric) { return is_google_query(metric.query); }); };
    return !plan.google.empty() || any(plan.checks.metrics) || std::any_of(plan.checks.canaries.begin(), plan.checks.canaries.end(), [&](const CanaryCheck& canary) { return any(canary.metrics); });
}

/// Adds the objectives of Cloud Monitoring, which it is asked for.
/// @param began  when the step did; nothing: a start sign says when the new version serves
void add_google(SeveralSources& sources, WatchSettings& settings, const Options& options, const Plan& plan, Monitoring& monitoring, io::Clock& clock, std::optional<io::Steady> began) {
    const auto objectives = read_google_objectives(plan.google, monitoring);
    for (const auto& objective : objectives) {
        const auto policy = policy_of(options, objective.goal, plan.tested_objectives);
        if (const auto why = why_impossible(policy); !why.empty()) throw misuse(objective.name + ": " + why);
        settings.objectives.push_back({.name = objective.name, .policy = policy, .has_selectors = false, .total = counts_query(objective.slo), .numerator = counts_query(objective.slo), .numerator_kind = "bad"});
    }
    sources.add(std::make_unique<CloudMonitoringSource>(monitoring, objectives, CloudMonitoringSource::Settings{.since = plan.source.since, .ago = plan.source.ago, .began = began}, clock), objectives.size());
}

Result watch_all(const Options& options, const Plan& plan, cli::Context& context) {
    const auto began = context.clock.steady();
    auto settings = plan.watch;
    if (!settings.knows_version && !settings.objectives.empty()) {
        context.log.warning("without --start-when and --where, old and new version look the same: the verdict is about whatever serves now");
    }
    for (const auto& remark : plan.checks.remarks) context.log.warning(remark);
    const auto monitoring = needs_google(plan) ? std::make_unique<Monitoring>(options.google, options.tls, context) : nullptr;
    SeveralSources sources(context.clock);
    // The one that knows the start sign comes first.
    const auto& start = plan.source.start;
    if (!settings.objectives.empty() || !start.expression.empty()) {
        auto source = plan.source;
        source.began = began;
        auto views = connect(options, context);
        if (!plan.budgets.empty()) check_budgets(options, plan.budgets, views, context);
        sources.add(std::make_unique<PrometheusSource>(std::move(views), connect_to_endpoint(options, context), std::move(source), context), settings.objectives.size());
    } else if (start.wanted()) {
        sources.add(std::make_unique<AddressSource>(start, connect_to_endpoint(options, context), context.clock), 0);
    }
    if (!plan.google.empty()) add_google(sources, settings, options, plan, *monitoring, context.clock, start.wanted() ? std::nullopt : std::optional(began));
    ProbeSource* probes = nullptr;
    if (!plan.probes.empty()) {
        auto source = std::make_unique<ProbeSource>(options.probes, options.tls, context);
        probes = source.get();
        sources.add(std::move(source), plan.probes.size());
        settings.objectives.insert(settings.objectives.end(), plan.probes.begin(), plan.probes.end());
    }
    Values values(options, monitoring.get(), context);
    CanaryCommands commands(context);
    const auto run_commands = [&](const std::vector<CanaryCommand>& all, std::string_view type) { return commands.run(all, type); };
    auto analyses = make_analyses(plan.checks, [&](const MetricCheck& metric) -> ValueSource& { return values.of(metric); }, run_commands, context.clock);

    Watch watch(sources, std::move(analyses), std::move(settings), context);
    Result result{.outcome = watch.run(), .found = {}};
    result.outcome.code = chosen_code(options, result.outcome);
    auto found = watch.take_findings(result.outcome);
    if (probes != nullptr) {
        probes->stop();
        found.probes = probes->records();
    }
    // What is wrong with the command is wrong whatever the service says of it, also when that is not known.
    const auto code = result.outcome.code;
    const bool is_of_verdict = code != ExitCode::misuse && code != ExitCode::interrupted && code != ExitCode::terminated;
    if (found.command_failed() && is_of_verdict) result.outcome.code = ExitCode::refused;
    result.found = std::make_shared<const Findings>(std::move(found));
    return result;
}

} // namespace

Result WaitForSlo::run(const Options& options, const Plan& plan, cli::Context& context) {
    check_writable(options.reports, context.files);
    auto result = [&]() -> Result {
        if (options.is_slocheck()) return {.outcome = judge_slocheck(options.google, options.tls, context), .found = std::make_shared<const Findings>()};
        try {
            return watch_all(options, plan, context);
        } catch (const Error& error) {
            // Before the watch began; whoever reads reports wants to know it as well. A budget that is spent is no verdict.
            if (error.code() == ExitCode::refused) throw;
            const auto& all = error.diagnostics();
            Result failed{.outcome = {.verdict = Verdict::error, .code = error.code(), .reason = all.front().message, .hint = all.front().hint}, .found = std::make_shared<const Findings>()};
            failed.outcome.code = chosen_code(options, failed.outcome);
            failed.problems.assign(std::next(all.begin()), all.end());
            return failed;
        }
    }();
    const OwnForms own{.json = [&] { return cli::json_of(report(result), context.log); }, .junit = [&] { return cli::junit_of(report(result), std::string(info.name), context.log); }};
    const auto unwritten = write_reports(options.reports, result, own, context);
    result.problems.insert(result.problems.end(), unwritten.begin(), unwritten.end());
    if (!result.problems.empty() && result.outcome.code == ExitCode::done) result.outcome.code = ExitCode::world;
    notify(result, options.reports, options.tls, context);
    return result;
}

} // namespace slipway::wait_for_slo
