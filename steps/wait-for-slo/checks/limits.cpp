#include "wait-for-slo/checks/limits.hpp"

#include "core/text.hpp"
#include "wait-for-slo/checks/bounds.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

/// More would never end, and their results fill the memory.
constexpr long most_measurements = 1'000'000;

/// What a setting is called where it was given.
struct Words {
    const char* interval;
    const char* delay;
    const char* count;
    const char* failures;
    const char* inconclusive;
    const char* errors;
    const char* consecutive_failures;
    const char* consecutive_successes;
};

constexpr Words of_options{"--check-interval", "--check-delay", "--check-count", "--failure-limit", "the limit of inconclusive measurements", "the limit of errors", "--consecutive-failures", "--consecutive-successes"};
constexpr Words of_files{"interval", "initialDelay", "count", "failureLimit", "inconclusiveLimit", "consecutiveErrorLimit", "consecutiveFailureLimit", "consecutiveSuccessLimit"};

std::string with(const char* setting, long value) { return std::string(setting) + ' ' + std::to_string(value); }
std::string with(const char* setting, Duration value) { return std::string(setting) + ' ' + format_duration(value); }

class Limits {
public:
    Limits(Duration watch, std::vector<Diagnostic>& problems) : watch_(watch), problems_(problems) {}

    void look_at(const MetricCheck& check);
    void look_at(const CanaryCheck& check);

private:
    void look_at_times(const MetricCheck& check, const Words& words);
    void look_at_counts(const MetricCheck& check, const Words& words);
    void look_at_range(const std::string& name, const Place& place, const MetricCheck& check);
    long most_of(const MetricCheck& check) const;
    std::string watch() const { return "the watch of " + format_duration(watch_); }
    void refuse(const std::string& name, const Place& place, std::string message, std::string hint = {});

    Duration watch_;
    std::vector<Diagnostic>& problems_;
};

void Limits::refuse(const std::string& name, const Place& place, std::string message, std::string hint) {
    // The options are the same for all checks of the command line.
    if (!place.file.empty()) message = name + ": " + message;
    Diagnostic problem{.message = std::move(message), .place = place, .hint = std::move(hint)};
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end()) problems_.push_back(std::move(problem));
}

/// How many measurements there are. A count is waited for, else they end with the watch.
long Limits::most_of(const MetricCheck& check) const {
    if (check.count) return *check.count;
    if (check.initial_delay >= watch_) return 0;
    if (check.interval <= Duration{0}) return 1;
    return static_cast<long>((watch_ - check.initial_delay - Duration{1}) / check.interval) + 1;
}

void Limits::look_at_range(const std::string& name, const Place& place, const MetricCheck& check) {
    if (check.min && check.max && *check.min > *check.max) {
        refuse(name, place, "no value is both at least " + value_in_words(*check.min) + " and at most " + value_in_words(*check.max));
    }
}

void Limits::look_at_times(const MetricCheck& check, const Words& words) {
    const auto say = [&](std::string message, std::string hint = {}) { refuse(check.name, check.place, std::move(message), std::move(hint)); };
    if (check.interval < Duration{0}) say(std::string(words.interval) + " must not be negative");
    if (check.initial_delay < Duration{0}) say(std::string(words.delay) + " must not be negative");
    if (check.count && (*check.count < 1 || *check.count > most_measurements)) {
        say(std::string(words.count) + " must be from 1 to " + std::to_string(most_measurements));
    } else if (!check.count && check.initial_delay >= watch_) {
        say(with(words.delay, check.initial_delay) + " leaves no time to measure in " + watch(), "watch for longer: --watch");
    } else if (check.count && *check.count > 1 && check.interval == Duration{0}) {
        say(with(words.count, *check.count) + " needs an " + words.interval + ": the time between two measurements");
    }
}

void Limits::look_at_counts(const MetricCheck& check, const Words& words) {
    const auto say = [&](std::string message, std::string hint = {}) { refuse(check.name, check.place, std::move(message), std::move(hint)); };
    bool negative = false;
    const auto at_least = [&](const char* setting, std::optional<long> value, long least) {
        if (!value || *value >= least) return;
        negative = true;
        say(std::string(setting) + " must be at least " + std::to_string(least));
    };
    at_least(words.failures, check.failure_limit, 0);
    at_least(words.inconclusive, check.inconclusive_limit, 0);
    at_least(words.errors, check.consecutive_error_limit, 0);
    at_least(words.consecutive_failures, check.consecutive_failures, 1);
    at_least(words.consecutive_successes, check.consecutive_successes, 1);
    if (!check.failure_limit && !check.consecutive_failures && !check.consecutive_successes) {
        say("it can never fail: neither " + std::string(words.failures) + " nor " + words.consecutive_successes + " is set");
    }
    const auto most = most_of(check);
    // A dry run decides nothing, whatever its limits are.
    if (negative || check.dry_run || most < 1) return;
    const bool is_counted = check.count || check.interval == Duration{0};
    const auto there_are = ": there " + std::string(most == 1 ? "is" : "are") + " only " + count_of(static_cast<std::size_t>(most), "measurement") + (is_counted ? "" : " in " + watch());
    const auto hint = is_counted ? "" : "watch for longer (--watch), or measure more often";
    const auto to_be_exceeded = [&](const char* setting, std::optional<long> limit) {
        if (limit && *limit >= most) say(with(setting, *limit) + " can never be exceeded" + there_are, hint);
    };
    const auto to_be_reached = [&](const char* setting, std::optional<long> limit) {
        if (limit && *limit > most) say(with(setting, *limit) + " can never be reached" + there_are, hint);
    };
    to_be_exceeded(words.failures, check.failure_limit);
    to_be_exceeded(words.inconclusive, check.inconclusive_limit);
    to_be_reached(words.consecutive_failures, check.consecutive_failures);
    to_be_reached(words.consecutive_successes, check.consecutive_successes);
    if (check.count && check.failure_limit && check.consecutive_successes && *check.failure_limit < most && *check.consecutive_successes <= most && *check.count - *check.failure_limit < *check.consecutive_successes) {
        say(with(words.count, *check.count) + " must be at least " + words.failures + " and " + words.consecutive_successes + " together (" + std::to_string(*check.failure_limit) + " + " + std::to_string(*check.consecutive_successes) + ')');
    }
}

void Limits::look_at(const MetricCheck& check) {
    const auto& words = check.place.file.empty() ? of_options : of_files;
    look_at_range(check.name, check.place, check);
    look_at_times(check, words);
    look_at_counts(check, words);
}

void Limits::look_at(const CanaryCheck& check) {
    const auto say = [&](std::string message, std::string hint = {}) { refuse(check.name, check.place, std::move(message), std::move(hint)); };
    for (const auto& metric : check.metrics) look_at_range(check.name + ": " + metric.name, metric.place.file.empty() ? check.place : metric.place, metric);
    if (check.threshold < 1) say("threshold must be at least 1");
    if (check.iterations && *check.iterations < 1) say("iterations must be at least 1");
    if (check.interval <= Duration{0}) {
        say("interval must be longer than nothing");
        return;
    }
    if (check.iterations) return; // which are waited for
    // The first check comes after an interval, and one may be due when the watch ends. Before it only pre-rollout commands can fail.
    const auto most = static_cast<long>(watch_ / check.interval);
    const bool has_pre_rollout = std::any_of(check.commands.begin(), check.commands.end(), [](const CanaryCommand& command) { return command.type == "pre-rollout"; });
    const auto there_are = ": with " + with("interval", check.interval) + " there is time for " + count_of(static_cast<std::size_t>(most), "check") + " in " + watch();
    if (most < 1) say("nothing would be checked" + there_are, "watch for longer: --watch");
    else if (check.threshold > most + (has_pre_rollout ? 1 : 0)) say(with("threshold", check.threshold) + " can never be reached" + there_are, "watch for longer: --watch");
}

} // namespace

std::vector<Diagnostic> impossible_limits(const CheckPlan& plan, Duration watch) {
    std::vector<Diagnostic> problems;
    Limits limits(watch, problems);
    for (const auto& metric : plan.metrics) limits.look_at(metric);
    for (const auto& canary : plan.canaries) limits.look_at(canary);
    return problems;
}

} // namespace slipway::wait_for_slo
