#include "wait-for-slo/sources/prometheus_source.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "wait-for-slo/queries/did_you_mean.hpp"
#include "wait-for-slo/sources/adding_up.hpp"
#include "wait-for-slo/sources/deploy_instant.hpp"
#include "wait-for-slo/sources/series_list.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <numeric>
#include <span>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

/// How long a replica that does not answer is left alone: each try takes as long as a query may.
constexpr std::chrono::seconds pause_for_a_replica{30};

/// A name by Prometheus' convention for what recording rules make.
bool may_be_recorded(const Selector& selector) { return selector.metric.find(':') != std::string::npos; }

std::vector<RecordedSelector> find_recorded(ServerView& view, const std::vector<Selector>& selectors) {
    if (std::none_of(selectors.begin(), selectors.end(), may_be_recorded)) return {};
    const auto answer = view.get_if_known(recording_rules_path);
    return answer ? RecordingRules(*answer).find_groups(selectors) : std::vector<RecordedSelector>{};
}

/// What may be meant by a selector that matches nothing.
std::string hint_for(const Selector& selector, const EventCount& total, ServerView& server) {
    std::vector<Labels> series;
    for (const auto& term : total) {
        for (auto& one : server.query_whatever(to_string(term.selector))) series.push_back(std::move(one.labels));
    }
    std::vector<std::string> metrics;
    if (const auto names = server.get_if_known("/api/v1/label/__name__/values"); names && names->is_array()) {
        for (const auto& name : *names) {
            if (name.is_string()) metrics.push_back(name.get<std::string>());
        }
    }
    const auto meant = did_you_mean(selector, metrics, series);
    if (!meant) return {};
    return meant->message + (meant->hint.empty() ? "" : "; " + meant->hint);
}

/// Why none of several servers answered: the failure that leaves most hope.
class Failures {
public:
    /// @pre called while `error` is being handled
    void add(const Error& error) {
        const int hope = dynamic_cast<const NotReady*>(&error) != nullptr ? 3 : dynamic_cast<const io::LastingError*>(&error) != nullptr ? 1 : 2;
        if (hope <= hope_) return;
        hope_ = hope;
        failure_ = std::current_exception();
    }
    /// @pre one was added
    [[noreturn]] void rethrow() const { std::rethrow_exception(failure_); }

private:
    std::exception_ptr failure_;
    int hope_ = 0;
};

} // namespace

PrometheusSource::PrometheusSource(std::vector<std::unique_ptr<ServerView>> views, std::unique_ptr<io::HttpClient> endpoint, Settings settings, cli::Context& context)
    : views_(std::move(views)), left_alone_until_(views_.size()), endpoint_(std::move(endpoint)), settings_(std::move(settings)), context_(context) {}

template <class Question> auto PrometheusSource::first_answer(Question question) -> decltype(question(std::declval<ServerView&>())) {
    const auto is_left_alone = [&](std::size_t i) { return context_.clock.steady() < left_alone_until_[i]; };
    std::vector<std::size_t> order(views_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return !is_left_alone(i); });
    Failures failures;
    for (const auto i : order) {
        try {
            return question(*views_[i]);
        } catch (const Error& error) {
            if (error.code() == ExitCode::misuse) throw;
            failures.add(error);
        }
    }
    failures.rethrow();
}

Timestamp PrometheusSource::now() {
    return first_answer([](ServerView& view) { return view.now(); });
}

std::string PrometheusSource::missing_of_start(Timestamp now) {
    const auto look = [&](std::span<ServerView* const> servers) { return missing_of(settings_.start, servers, now, endpoint_.get()); };
    if (settings_.servers == Servers::replicas) {
        return first_answer([&](ServerView& view) {
            auto* const one = &view;
            return look({&one, 1});
        });
    }
    std::vector<ServerView*> shards;
    for (const auto& view : views_) shards.push_back(view.get());
    return look(shards);
}

Beginning PrometheusSource::begin() {
    const auto at = now();
    // A server that is not ready for minutes makes the deploy no later.
    const auto waited = std::chrono::duration_cast<Duration>(context_.clock.steady() - settings_.began);
    if (!plan_) prepare(at);
    if (settings_.since || settings_.ago || !settings_.start.wanted()) {
        const auto since = deploy_instant(settings_.since, settings_.ago, at - waited, at);
        return {.since = since, .ago = std::chrono::duration_cast<Duration>(at - since)};
    }
    auto missing = missing_of_start(at);
    if (!missing.empty()) return {.missing = std::move(missing)};
    return {.since = at};
}

/// Puts what recording rules read in the place of what they record.
void PrometheusSource::expand_rules() {
    const auto answer = first_answer([](ServerView& view) { return view.get_if_known(recording_rules_path); });
    if (!answer) throw misuse("cannot use --expand-rules: the server does not show its rules", "name the counters that the rules record");
    const RecordingRules rules(*answer);
    auto expanded = std::make_shared<std::vector<ObjectiveQueries>>();
    for (const auto& objective : *settings_.objectives) expanded->push_back(rules.expand(objective));
    settings_.objectives = std::move(expanded);
}

std::optional<NumberedCount> PrometheusSource::number(const std::optional<EventCount>& count) const {
    if (!count) return std::nullopt;
    NumberedCount numbered;
    for (const auto& term : *count) numbered.push_back({term.sign, plan_->id_of(term.selector).value()});
    return numbered;
}

NumberedCounts PrometheusSource::number(const ObjectiveQueries& queries) const {
    return {number(queries.good), number(queries.bad), number(queries.total)};
}

/// Settles what will be asked. A query that the server refuses is refused now, not when the new version serves some minutes later.
void PrometheusSource::prepare(Timestamp now) {
    if (settings_.expand_rules) expand_rules();
    std::vector<Selector> wanted;
    std::vector<ObjectiveQueries> versions; // of each objective the watched one, and the baseline when there is one
    for (const auto& objective : *settings_.objectives) {
        versions.push_back(canary_of(objective, settings_.conditions));
        if (!settings_.conditions.baseline.empty()) versions.push_back(baseline_of(objective, settings_.conditions));
    }
    for (const auto& version : versions) {
        const auto selectors = version.selectors();
        wanted.insert(wanted.end(), selectors.begin(), selectors.end());
    }
    FetchPlan plan(wanted);
    for (const auto& fetch : plan.fetches()) first_answer([&](ServerView& view) { return view.query_whatever(fetch.selector, now); });
    recorded_ = first_answer([&](ServerView& view) { return find_recorded(view, plan.selectors()); });
    plan_ = std::move(plan);
    for (std::size_t i = 0; i < versions.size(); ++i) {
        numbered_.push_back({number(versions[i]), {}});
        if (!settings_.conditions.baseline.empty()) numbered_.back().baseline = number(versions[++i]);
    }
}

void PrometheusSource::count_from(Timestamp since) {
    for (auto& view : views_) view->count_from(since.time_since_epoch().count(), *plan_, recorded_);
}

/// One look's answers of each server; of a replica that does not answer nothing.
std::vector<std::map<std::string, TickAnswers>> PrometheusSource::ask_all(Timestamp time) {
    std::vector<std::map<std::string, TickAnswers>> answers(views_.size());
    Failures failures;
    bool any = false;
    for (std::size_t i = 0; i < views_.size(); ++i) {
        const bool may_miss = settings_.servers == Servers::replicas && views_.size() > 1;
        const bool left_alone = context_.clock.steady() < left_alone_until_[i];
        // The last one is asked in any case when the others say nothing.
        if (may_miss && left_alone && (any || i + 1 < views_.size())) continue;
        try {
            answers[i] = views_[i]->ask(time);
            any = true;
            if (left_alone_until_[i] != io::Steady{}) context_.log.info(views_[i]->shown() + " answers again");
            left_alone_until_[i] = {};
        } catch (const Error& error) {
            if (!may_miss || error.code() == ExitCode::misuse) throw;
            if (left_alone_until_[i] == io::Steady{}) context_.log.warning(views_[i]->shown() + " is left out while it does not answer: " + error.what());
            left_alone_until_[i] = context_.clock.steady() + pause_for_a_replica;
            failures.add(error);
        }
    }
    if (any) return answers;
    // Nobody answered: all are asked next time.
    std::fill(left_alone_until_.begin(), left_alone_until_.end(), io::Steady{});
    failures.rethrow();
}

std::vector<Replica> PrometheusSource::replicas() const {
    std::vector<std::map<std::string, ServerView::Seen>> seen;
    for (const auto& view : views_) seen.push_back(view->seen());
    std::vector<Replica> all;
    for (const auto& [view, name] : replica_names_) {
        const auto& replica = seen[view].at(name);
        all.push_back({replica.tally, replica.answered});
    }
    return all;
}

std::vector<SelectorReading> PrometheusSource::combined() {
    if (settings_.servers == Servers::shards) {
        std::vector<SelectorReading> sum;
        for (const auto& view : views_) {
            for (const auto& [name, seen] : view->seen()) add_shard(sum, wait_for_slo::read(*seen.tally));
        }
        return sum;
    }
    for (std::size_t i = 0; i < views_.size(); ++i) {
        for (const auto& [name, replica] : views_[i]->seen()) {
            const std::pair known(i, name);
            if (std::find(replica_names_.begin(), replica_names_.end(), known) == replica_names_.end()) replica_names_.push_back(known);
        }
    }
    const auto all = replicas();
    // Of Thanos' replicas none is known before there is a series.
    if (all.empty()) return std::vector<SelectorReading>(plan_->selectors().size());
    return replicas_.read(all);
}

Reading PrometheusSource::read() {
    const auto at = now();
    auto answers = ask_all(at);
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (!answers[i].empty()) views_[i]->take(std::move(answers[i]));
    }
    const auto selectors = combined();
    Duration interval{0};
    Reading reading;
    for (const auto& objective : numbered_) {
        reading.objectives.push_back(add_up(objective, selectors, at));
        interval = std::max(interval, reading.objectives.back().interval);
    }
    for (auto& view : views_) view->learn_interval(interval);
    if (settings_.start.wanted()) reading.new_version = missing_of_start(at).empty();
    return reading;
}

std::vector<SeriesCount> PrometheusSource::series_of(std::size_t objective) const {
    if (objective >= numbered_.size()) return {};
    const auto& counts = numbered_[objective].watched;
    const auto selectors = selectors_of(counts);
    if (settings_.servers == Servers::replicas) return list_series(counts, replicas_.series_of(replicas(), selectors));
    std::vector<SeriesShare> all;
    for (const auto& view : views_) {
        for (const auto& [name, seen] : view->seen()) {
            const auto shares = seen.tally->series_of(selectors);
            all.insert(all.end(), shares.begin(), shares.end());
        }
    }
    return list_series(counts, all);
}

std::optional<QueryMistake> PrometheusSource::mistake_in(std::size_t objective) {
    const auto& queries = (*settings_.objectives)[objective];
    const bool asks_good = queries.good && queries.total;
    const auto& asked = asks_good ? *queries.good : *queries.bad;
    const auto matched = [&](ServerView& view) {
        return std::any_of(asked.begin(), asked.end(), [&](const Term& term) { return !view.query_whatever("count(count_over_time(" + to_string(term.selector) + "[1d]))").empty(); });
    };
    // Any shard may know it; of replicas one that is away says nothing, as long as another answers.
    Failures failures;
    std::size_t answered = 0;
    for (const auto& view : views_) {
        try {
            if (matched(*view)) return std::nullopt;
            ++answered;
        } catch (const Error& error) {
            if (error.code() == ExitCode::misuse) throw;
            failures.add(error);
        }
    }
    if (settings_.servers == Servers::shards ? answered < views_.size() : answered == 0) failures.rethrow();
    QueryMistake mistake{std::string("the ") + (asks_good ? "good" : "bad") + " selector matches nothing, neither now nor during the last day", {}};
    if (asked.empty()) return mistake;
    try {
        mistake.hint = first_answer([&](ServerView& server) { return hint_for(asked.front().selector, queries.total_events(), server); });
    } catch (const Error& error) {
        context_.log.debug(std::string("it is not known what may be meant: ") + error.what());
    }
    return mistake;
}

} // namespace slipway::wait_for_slo
