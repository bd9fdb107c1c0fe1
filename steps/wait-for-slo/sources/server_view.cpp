#include "wait-for-slo/sources/server_view.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "promql/print.hpp"
#include "wait-for-slo/source.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

/// How far before the deploy the last sample before it is looked for: a target may have been cut off for that long.
constexpr Duration lookback{300'000};
/// Looks overlap by at least this: a slow scrape shows late.
constexpr Duration shortest_overlap{30'000};
constexpr int scrapes_of_overlap = 3;

/// Notes on the query itself begin so; everything else that a server warns of means that data may be missing.
bool is_about_the_query(std::string_view warning) { return warning.substr(0, 7) == "PromQL "; }

/// Leaves of a counter the newest sample of those up to the deploy: the others say nothing, and there are thousands of series.
void forget_before(prometheus::Series& series, Milliseconds since) {
    auto& samples = series.samples;
    std::size_t old = 0;
    while (old + 1 < samples.size() && unix_milliseconds(samples[old + 1].time) <= since) ++old;
    samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(old));
    samples.shrink_to_fit();
}

/// Parts one look's answers by the value of the label that Thanos tells replicas by, and takes the label away.
std::map<std::string, TickAnswers> parted(TickAnswers answers, const std::string& label) {
    std::map<std::string, TickAnswers> parts;
    const auto part_of = [&](prometheus::Series& series) -> TickAnswers& {
        std::string replica;
        if (const auto found = series.labels.find(label); found != series.labels.end()) {
            replica = found->second;
            series.labels.erase(found);
        }
        return parts[replica];
    };
    for (auto& series : answers.up) part_of(series).up.push_back(std::move(series));
    for (auto& series : answers.starts) part_of(series).starts.push_back(std::move(series));
    for (auto& fetched : answers.counters) {
        auto& part = part_of(fetched.series);
        part.counters.push_back(std::move(fetched));
    }
    for (auto& [replica, part] : parts) {
        part.from = answers.from;
        part.time = answers.time;
        part.groups = answers.groups;
    }
    return parts;
}

} // namespace

std::string jobs_selector(const std::string& metric, const std::set<std::string>& jobs) {
    std::string regex;
    for (const auto& job : jobs) regex += (regex.empty() ? "" : "|") + regex_literal(job);
    return metric + "{job=~" + promql::quote(regex) + '}';
}

ServerView::ServerView(std::unique_ptr<io::HttpClient> client, Settings settings)
    : client_(std::move(client)), settings_(std::move(settings)), statuses_(*client_),
      // Looking again is this step's business, which counts how often it failed. Thanos hides a store that is away unless it is told
      // not to; the others know neither parameter.
      api_(statuses_, settings_.url, {.timeout = settings_.query_timeout, .attempts = 1}, settings_.replica_label.empty() ? "&partial_response=false&dedup=true" : "&partial_response=false&dedup=false") {}

void ServerView::rethrow(const Error& error) const {
    const auto status = statuses_.last_status();
    const auto& diagnostic = error.diagnostics().front();
    if (error.code() == ExitCode::world && status == 503) throw NotReady(diagnostic);
    // What is refused now is refused again.
    if (error.code() == ExitCode::world && (status == 401 || status == 403)) throw io::LastingError(diagnostic.message, diagnostic.hint);
    throw;
}

std::vector<prometheus::Series> ServerView::query(std::string_view expression, std::optional<Timestamp> time) {
    auto result = asked([&] { return api_.query(expression, time); });
    std::erase_if(result.warnings, is_about_the_query);
    if (!result.warnings.empty()) {
        throw world_failure("the answer may be incomplete, the server says: " + one_line(join(result.warnings, "; ")));
    }
    return std::move(result.series);
}

std::vector<prometheus::Series> ServerView::query_whatever(std::string_view expression, std::optional<Timestamp> time) {
    return asked([&] { return api_.query(expression, time); }).series;
}

std::optional<nlohmann::json> ServerView::get_if_known(const std::string& path) {
    return asked([&] { return api_.get_if_known(path); });
}

Timestamp ServerView::now() {
    const auto answer = query("time()");
    if (answer.size() != 1 || answer[0].samples.size() != 1 || !std::isfinite(answer[0].samples[0].value)) {
        throw world_failure("the server does not say what time it is");
    }
    return Timestamp(Duration{unix_milliseconds(answer[0].samples[0].value)});
}

void ServerView::count_from(Milliseconds since, FetchPlan& plan, const std::vector<RecordedSelector>& recorded) {
    since_ = since;
    plan_ = &plan;
    recorded_.clear();
    for (const auto& one : recorded) {
        recorded_.push_back(one.selector);
        if (const auto id = plan.id_of(one.selector)) group_of_[*id] = one.group;
    }
}

std::vector<prometheus::Series> ServerView::targets(const std::string& metric, const std::string& range, Timestamp time) {
    if (jobs_.empty()) return {};
    auto all = query(jobs_selector(metric, jobs_) + range, time);
    // Thousands of targets, each with the same name.
    for (auto& series : all) {
        series.labels.erase("__name__");
        series.samples.shrink_to_fit();
    }
    return all;
}

/// Of the groups that record what is counted: asked before the counters, as `up` is.
std::vector<GroupTimeline> ServerView::evaluations() {
    std::vector<GroupTimeline> timelines;
    if (recorded_.empty()) return timelines;
    const auto rules = get_if_known(recording_rules_path);
    if (!rules) throw world_failure("the server does not show its rules any more, which tell when recorded metrics were evaluated");
    for (const auto& one : RecordingRules(*rules).find_groups(recorded_)) {
        if (!one.last_error.empty()) throw world_failure("the rule that records " + to_string(one.selector) + " fails: " + one_line(one.last_error));
        const bool known = std::any_of(timelines.begin(), timelines.end(), [&](const GroupTimeline& timeline) { return timeline.name == one.group; });
        if (!known) timelines.push_back({one.group, one.interval_ms, one.last_evaluation_ms.value_or(0)});
    }
    return timelines;
}

TickAnswers ServerView::ask_once(Timestamp time, Duration window) {
    const auto at = time.time_since_epoch().count();
    const auto range = '[' + format_duration(window) + ']';
    // up and the rule groups come first, see TickAnswers.
    auto groups = evaluations();
    auto up = targets("up", range, time);
    auto starts = targets("process_start_time_seconds", range, time);
    TickAnswers answers{.from = at - window.count(), .time = at, .up = std::move(up), .starts = std::move(starts), .counters = {}, .groups = std::move(groups)};
    for (std::size_t number = 0; number < plan_->fetches().size(); ++number) {
        for (auto& series : query(plan_->fetches()[number].selector + range, time)) {
            auto selectors = plan_->sort(number, series.labels);
            if (selectors.empty()) continue;
            forget_before(series, since_);
            const auto group = group_of_.find(selectors.front());
            answers.counters.push_back({std::move(series), std::move(selectors), group == group_of_.end() ? std::string() : group->second});
        }
    }
    return answers;
}

std::map<std::string, TickAnswers> ServerView::ask(Timestamp time) {
    const auto at = time.time_since_epoch().count();
    const auto overlap = std::max(interval_ * scrapes_of_overlap, shortest_overlap);
    const auto everything = Duration{std::max<Milliseconds>(at - since_, 0)} + lookback;
    auto window = taken_ ? std::min(Duration{std::max<Milliseconds>(at - *taken_, 0)} + overlap, everything) : everything;
    for (;;) {
        auto answers = ask_once(time, window);
        const auto known = jobs_.size();
        for (const auto& fetched : answers.counters) {
            const auto& labels = fetched.series.labels;
            if (const auto job = labels.find("job"); job != labels.end() && fetched.group.empty()) jobs_.insert(job->second);
        }
        if (jobs_.size() != known) {
            // The scrapes of a job that was not known before must be asked for before its counters, from the beginning on.
            window = everything;
            continue;
        }
        asked_ = at;
        if (!settings_.replica_label.empty()) return parted(std::move(answers), settings_.replica_label);
        std::map<std::string, TickAnswers> one;
        one.emplace(std::string(), std::move(answers));
        return one;
    }
}

void ServerView::take(std::map<std::string, TickAnswers> answers) {
    for (auto& [name, part] : answers) {
        auto replica = replicas_.find(name);
        if (replica == replicas_.end()) replica = replicas_.emplace(name, Replica{Tally(since_, plan_->selectors().size())}).first;
        replica->second.tally.take(std::move(part));
        replica->second.taken = asked_;
    }
    taken_ = asked_;
}

std::map<std::string, ServerView::Seen> ServerView::seen() const {
    std::map<std::string, Seen> all;
    for (const auto& [name, replica] : replicas_) all.emplace(name, Seen{&replica.tally, replica.taken == asked_});
    return all;
}

} // namespace slipway::wait_for_slo
