#include "wait-for-slo/checks/metric_analysis.hpp"

#include "core/text.hpp"
#include "promql/number.hpp"
#include "wait-for-slo/checks/bounds.hpp"

#include <algorithm>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

constexpr Duration pause_after_error{10'000};

/// As Argo writes it: "0.95" of a scalar, "[0.95,0.97]" of a vector.
std::string text_of(const QueryValue& value) {
    constexpr std::size_t most = 20;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < std::min(value.values.size(), most); ++i) texts.push_back(promql::write_number(value.values[i]));
    if (value.values.size() > most) texts.push_back("... " + std::to_string(value.values.size() - most) + " more");
    const auto text = join(texts, ",");
    return value.is_scalar ? text : '[' + text + ']';
}

std::string measurements(long count) { return count_of(static_cast<std::size_t>(count), "measurement"); }

} // namespace

Measurement measure_once(const MetricCheck& check, ValueSource& values, io::Clock& clock, Duration watched) {
    Measurement measurement{.started = clock.now(), .finished = {}, .watched = watched};
    try {
        const auto value = values.ask(check.query);
        auto judgement = check.condition->judge(value);
        measurement.phase = judgement.phase;
        measurement.message = std::move(judgement.message);
        measurement.value = text_of(value);
        measurement.number = worst_of(value.values, check.min, check.max);
    } catch (const Error& error) {
        if (error.code() == ExitCode::misuse) throw;
        measurement.message = error.what();
    }
    measurement.finished = clock.now();
    return measurement;
}

std::string in_words(const MetricRecord& metric, const Measurement& measurement) {
    if (!measurement.message.empty()) return measurement.message;
    return (measurement.number ? value_in_words(*measurement.number) : measurement.value) + ", wanted " + metric.condition;
}

MetricAnalysis::MetricAnalysis(MetricCheck check, ValueSource& values, io::Clock& clock)
    : check_(std::move(check)), values_(values), clock_(clock),
      metrics_{{.name = check_.name, .query = check_.query, .condition = check_.condition->text(), .min = check_.min, .max = check_.max, .dry_run = check_.dry_run}}, due_(check_.initial_delay) {
    if (check_.interval == Duration{0} && !check_.count) check_.count = 1;
}

void MetricAnalysis::measure(Duration watched) {
    const auto began = clock_.steady();
    auto measurement = measure_once(check_, values_, clock_, watched);
    const auto ended = watched + std::chrono::duration_cast<Duration>(clock_.steady() - began);
    const auto phase = measurement.phase;
    metrics_.front().measurements.push_back(std::move(measurement));
    count(phase);
    decided_ = assess();
    due_ = std::nullopt;
    if (!decided_) due_ = ended + (phase == Phase::error ? pause_after_error : check_.interval);
}

void MetricAnalysis::count(Phase phase) {
    counts_.errors_in_row = phase == Phase::error ? counts_.errors_in_row + 1 : 0;
    counts_.successes_in_row = phase == Phase::successful ? counts_.successes_in_row + 1 : 0;
    switch (phase) {
    case Phase::successful:
        ++counts_.successful;
        counts_.failures_in_row = 0;
        break;
    case Phase::failed:
        ++counts_.failed;
        ++counts_.failures_in_row;
        break;
    case Phase::inconclusive: ++counts_.inconclusive; break;
    case Phase::error: break;
    }
}

std::optional<Finding> MetricAnalysis::assess() const {
    if (auto crossed = crossed_limit()) return crossed;
    if (check_.consecutive_successes && counts_.successes_in_row >= *check_.consecutive_successes) {
        return finding(Verdict::holds, measurements(counts_.successes_in_row) + " in a row passed; " + newest());
    }
    if (check_.count && counts_.measured() >= *check_.count) return count_reached();
    return std::nullopt;
}

std::optional<Finding> MetricAnalysis::crossed_limit() const {
    if (check_.consecutive_failures && counts_.failures_in_row >= *check_.consecutive_failures) {
        return finding(Verdict::violated, measurements(counts_.failures_in_row) + " in a row failed; " + newest());
    }
    if (check_.failure_limit && counts_.failed > *check_.failure_limit) {
        return finding(Verdict::violated, share(counts_.failed) + " failed, the limit is " + std::to_string(*check_.failure_limit) + "; " + newest());
    }
    if (check_.inconclusive_limit && counts_.inconclusive > *check_.inconclusive_limit) {
        return finding(Verdict::inconclusive, share(counts_.inconclusive) + " said nothing, the limit is " + std::to_string(*check_.inconclusive_limit) + "; " + newest());
    }
    if (counts_.errors_in_row > check_.consecutive_error_limit) {
        return finding(Verdict::error, measurements(counts_.errors_in_row) + " in a row could not be made, the limit is " + std::to_string(check_.consecutive_error_limit) + "; " + newest());
    }
    return std::nullopt;
}

Finding MetricAnalysis::count_reached() const {
    if (!check_.consecutive_successes) return finding(Verdict::holds, share(counts_.successful) + " passed; " + newest());
    const auto never = "never " + std::to_string(*check_.consecutive_successes) + " in a row of " + measurements(counts_.measured()) + " passed";
    if (!can_fail()) return finding(Verdict::violated, never + "; " + newest());
    return finding(Verdict::inconclusive, never + ", but only " + std::to_string(counts_.failed) + " failed; " + newest());
}

std::optional<Finding> MetricAnalysis::decided() const { return decided_; }

Finding MetricAnalysis::at_end() const {
    if (decided_) return *decided_;
    if (metrics_.front().measurements.empty()) return finding(Verdict::inconclusive, "never measured");
    if (counts_.measured() == 0) return finding(Verdict::error, "no measurement could be made; " + newest());
    if (check_.count) return finding(Verdict::inconclusive, "only " + std::to_string(counts_.measured()) + " of " + measurements(*check_.count) + " were made; " + newest());
    if (check_.consecutive_successes) return count_reached();
    if (counts_.successful == 0) return finding(Verdict::inconclusive, "none of " + measurements(counts_.measured()) + " passed, " + std::to_string(counts_.failed) + " failed; " + newest());
    // Nobody said how many may be without a value. Where most are, the others say little about the release.
    if (!check_.inconclusive_limit && counts_.inconclusive >= counts_.successful) return finding(Verdict::inconclusive, share(counts_.inconclusive) + " said nothing; " + newest());
    return finding(Verdict::holds, share(counts_.successful) + " passed; " + newest());
}

Finding MetricAnalysis::finding(Verdict verdict, const std::string& reason) const {
    if (!check_.dry_run) return {verdict, reason};
    return {Verdict::holds, "a dry run, which decides nothing, would be " + to_string(verdict) + ": " + reason};
}

std::string MetricAnalysis::newest() const { return "the newest: " + in_words(metrics_.front(), metrics_.front().measurements.back()); }

std::string MetricAnalysis::share(long part) const { return std::to_string(part) + " of " + measurements(counts_.measured()); }

} // namespace slipway::wait_for_slo
