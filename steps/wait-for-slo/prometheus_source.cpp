#include "prometheus_source.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

constexpr Duration shortest_lookback{30'000};
constexpr Duration longest_lookback{300'000};

std::string range(const std::string& selector, Duration window) { return selector + '[' + format_duration(window) + ']'; }

/// The same endpoint scraped twice, as pairs of servers do for each other, would count every event twice.
void refuse_twins(const std::set<const Target*>& targets) {
    std::map<std::string, const Target*> seen;
    for (const auto* target : targets) {
        const auto [other, is_new] = seen.emplace(target->name(), target);
        // One after the other is a new deployment whose labels changed.
        if (is_new || target->oldest() > other->second->newest() || other->second->oldest() > target->newest()) continue;
        std::string differing;
        for (const auto& [label, value] : target->labels()) {
            const auto theirs = other->second->labels().find(label);
            if (theirs == other->second->labels().end() || theirs->second != value) differing = label + "=\"" + value + '"';
        }
        throw world_failure("every event would count twice: " + target->name() + " is there more than once",
                            "choose one, for example with --where '" + differing + '\'');
    }
}

} // namespace

std::string jobs_selector(const std::string& metric, const std::set<std::string>& jobs) {
    std::string regex;
    for (const auto& job : jobs) regex += (regex.empty() ? "" : "|") + regex_literal(job);
    return to_string({metric, {{"job", "=~", promql_string(regex)}}});
}

std::vector<prometheus::Series> PrometheusSource::series(const std::string& expression, std::optional<Timestamp> time) {
    auto result = api_.query(expression, time);
    if (!result.warnings.empty()) {
        throw world_failure("the answer may be incomplete, the server says: " + one_line(join(result.warnings, "; ")));
    }
    return std::move(result.series);
}

Timestamp PrometheusSource::server_time() {
    const auto answer = series("time()", std::nullopt);
    if (answer.size() != 1 || answer[0].samples.size() != 1 || !std::isfinite(answer[0].samples[0].value)) {
        throw world_failure("the server does not say what time it is");
    }
    return Timestamp(Duration{milliseconds(answer[0].samples[0].value)});
}

bool PrometheusSource::serves(Timestamp now) {
    // A warning is no reason for doubt here: missing data make no version appear.
    const auto answer = api_.query(queries_.start_when, now).series;
    return std::any_of(answer.begin(), answer.end(), [](const prometheus::Series& one) {
        return !one.samples.empty() && one.samples.back().value != 0 && !std::isnan(one.samples.back().value);
    });
}

std::optional<Timestamp> PrometheusSource::new_version_serves() {
    const auto now = server_time();
    if (!selectors_are_known_) {
        // A selector that the server refuses is refused now, not when the new version serves some minutes later.
        series(to_string(queries_.good), now);
        series(to_string(queries_.total), now);
        selectors_are_known_ = true;
    }
    if (!queries_.start_when.empty() && !serves(now)) return std::nullopt;
    return now;
}

PrometheusSource::Answers PrometheusSource::ask(Timestamp start, Timestamp now) {
    const auto window = std::max(now - start, Duration{0}) + lookback_;
    for (;;) {
        Answers answers;
        if (!jobs_.empty()) {
            answers.up = series(range(jobs_selector("up", jobs_), window), now);
            answers.starts = series(range(jobs_selector("process_start_time_seconds", jobs_), window), now);
        }
        answers.good = series(range(to_string(queries_.good), window), now);
        answers.total = series(range(to_string(queries_.total), window), now);
        const auto known = jobs_.size();
        for (const auto* all : {&answers.good, &answers.total}) {
            for (const auto& one : *all) {
                if (const auto job = one.labels.find("job"); job != one.labels.end()) jobs_.insert(job->second);
            }
        }
        // The scrapes of a job that was not known before must be asked for before its counters.
        if (jobs_.size() == known) return answers;
    }
}

double PrometheusSource::add_up(const std::vector<prometheus::Series>& all, const Targets& targets, Milliseconds start,
                                std::set<const Target*>& used) {
    double sum = 0;
    std::set<std::string> buckets;
    for (const auto& one : all) {
        if (const auto le = one.labels.find("le"); le != one.labels.end() && buckets.insert(le->second).second && buckets.size() > 1) {
            throw world_failure("cannot count " + name_of(one) + ": each event counts in several buckets of a histogram",
                                "name one bucket, such as le=\"0.5\"");
        }
        if (one.samples.empty()) throw world_failure("cannot count " + name_of(one) + ": native histograms are not understood yet");
        const auto* target = targets.of(one);
        if (target == nullptr) {
            // At first that is only a new target, whose first scrape came between two of our queries.
            orphans_.insert(name_of(one));
            if (orphans_before_.count(name_of(one)) == 0) continue;
            throw world_failure("cannot count " + name_of(one) + ": no series of up says when it was scraped",
                                "recorded, pushed and federated metrics cannot be judged yet");
        }
        if (target->has_several_processes()) {
            throw world_failure("cannot count " + name_of(one) + ": several processes answer in turn at " + target->name(),
                                "let each process be scraped by itself");
        }
        sum += increase(one, *target, start);
        used.insert(target);
    }
    return sum;
}

void PrometheusSource::describe(const std::set<const Target*>& used, Milliseconds start, Timestamp now, Reading& reading) {
    std::optional<Milliseconds> newest;
    for (const auto* target : used) {
        if (const auto success = target->newest_success()) newest = std::max(newest.value_or(0), *success);
        reading.interval = std::max(reading.interval, Duration{target->interval().value_or(0)});
        if (target->newest() > start && target->newest_success() != target->newest()) reading.down.push_back(target->name());
    }
    if (newest) reading.since_newest = std::max(now.time_since_epoch() - Duration{*newest}, Duration{0});
}

Reading PrometheusSource::read(Timestamp start) {
    const auto now = server_time();
    const auto answers = ask(start, now);
    const Targets targets(answers.up, answers.starts);
    const auto begin = start.time_since_epoch().count();
    Reading reading{.good_matches = !answers.good.empty(), .total_matches = !answers.total.empty()};
    std::set<const Target*> good_from;
    std::set<const Target*> total_from;
    orphans_before_ = std::move(orphans_);
    orphans_.clear();
    reading.good = add_up(answers.good, targets, begin, good_from);
    reading.total = add_up(answers.total, targets, begin, total_from);
    for (const auto* target : good_from) {
        if (total_from.count(target) != 0) continue;
        throw world_failure("good and total do not belong together: " + target->name() + " has good events and no total",
                            "both must be scraped from the same targets, else they count different times");
    }
    refuse_twins(total_from);
    describe(total_from, begin, now, reading);
    if (reading.interval > Duration{0}) lookback_ = std::clamp(reading.interval * 20, shortest_lookback, longest_lookback);
    if (!queries_.start_when.empty()) reading.new_version = serves(now);
    return reading;
}

bool PrometheusSource::good_ever_matched() {
    return !series("count(count_over_time(" + to_string(queries_.good_everywhere) + "[1d]))", std::nullopt).empty();
}

} // namespace slipway::wait_for_slo
