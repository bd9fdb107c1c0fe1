#include "wait_for_slo.hpp"

#include "core/text.hpp"
#include "wait-for-slo/sources/address_source.hpp"
#include "wait-for-slo/sources/several_sources.hpp"

#include <algorithm>
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

} // namespace

Result WaitForSlo::run(const Options& options, const Plan& plan, cli::Context& context) {
    auto settings = plan.watch;
    if (!settings.knows_version && !settings.objectives.empty()) {
        context.log.warning("without --start-when and --where, old and new version look the same: the verdict is about whatever serves now");
    }
    SeveralSources sources(context.clock);
    // The one that knows the start sign comes first.
    const auto& start = plan.source.start;
    if (!settings.objectives.empty() || !start.expression.empty()) {
        auto source = plan.source;
        source.began = context.clock.steady();
        auto views = connect(options, context);
        if (!plan.budgets.empty()) check_budgets(options, plan.budgets, views, context);
        sources.add(std::make_unique<PrometheusSource>(std::move(views), connect_to_endpoint(options, context), std::move(source), context), settings.objectives.size());
    } else if (start.wanted()) {
        sources.add(std::make_unique<AddressSource>(start, connect_to_endpoint(options, context), context.clock), 0);
    }
    Watch watch(sources, {}, std::move(settings), context);
    Result result{.outcome = watch.run(), .found = {}};
    result.outcome.code = chosen_code(options, result.outcome);
    auto found = watch.take_findings(result.outcome);
    // What is wrong with the command is wrong whatever the service says of it.
    if (found.command && found.command->exit_code != 0 && result.outcome.code == ExitCode::done) result.outcome.code = ExitCode::refused;
    result.found = std::make_shared<const Findings>(std::move(found));
    return result;
}

} // namespace slipway::wait_for_slo
