// Reports of watches that are made up, on standard output:
//
//     report-samples html|svg|openmetrics SAMPLE [TICKS [OBJECTIVES]]
//
// Samples: violated (it goes wrong two thirds through), holds, inconclusive, hostile (names that would break out of any markup), none (nothing was counted),
// unbegun (the watch did not even begin), full (analyses, probes and a command as well).

#include "wait-for-slo/reports/html.hpp"
#include "wait-for-slo/reports/openmetrics.hpp"
#include "wait-for-slo/reports/svg.hpp"

#include "core/text.hpp"

#include <cmath>
#include <iostream>
#include <string>

namespace {

using namespace slipway;
using namespace slipway::wait_for_slo;

constexpr Duration spacing{5'000};

const std::string hostile = "<script>document.title='owned'</script>\"'><img src=http://127.0.0.1:9/x onerror=alert(1)>]]>--><!--&amp;\x01\x1b[31m\xff\xe2\x80\xae" "desrever\xe2\x80\x8b\n</title></style></svg>";

/// Counts that look like real ones, and are the same in each run.
class Traffic {
public:
    /// @return a number from 0 to 1
    double next() {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<double>(state_ >> 11) / 9007199254740992.0;
    }

private:
    unsigned long long state_ = 47;
};

struct Sample {
    Verdict verdict = Verdict::holds;
    std::size_t ticks = 0;
    double bad = 0;       ///< share of the events
    double bad_later = 0; ///< from two thirds on
    double events = 250;  ///< of a look
};

ObjectiveWatch watch_of(const std::string& name, const Sample& sample) {
    ObjectiveWatch watch({.name = name, .policy = {.objective = 0.999, .min_events = 20}, .total = "sum(requests_total)", .numerator = "sum(requests_total{code!~\"5..\"})", .numerator_kind = "good"}, 5);
    ObjectiveReading reading{.total_matches = true, .numerator_matches = true, .interval = spacing, .alive = true};
    Traffic traffic;
    for (std::size_t i = 1; i <= sample.ticks; ++i) {
        const double total = std::floor(sample.events * (0.8 + 0.4 * traffic.next()));
        const double share = i * 3 > sample.ticks * 2 ? sample.bad_later : sample.bad;
        double bad = 0;
        for (double event = 0; event < total; ++event) bad += traffic.next() < share;
        reading.counts.total += total;
        reading.counts.bad += bad;
        if (watch.violated()) break;
        watch.take(reading, spacing * static_cast<long>(i), static_cast<double>(i) / static_cast<double>(sample.ticks));
    }
    return watch;
}

Result result_of(const std::string& name, std::size_t ticks, std::size_t objectives) {
    Sample sample{.ticks = ticks};
    if (name == "violated" || name == "full") sample = {Verdict::violated, ticks, 0.0002, 0.02, 250};
    else if (name == "hostile") sample = {Verdict::violated, ticks, 0.02, 0.02, 250};
    else if (name == "inconclusive") sample = {Verdict::inconclusive, ticks, 0.004, 0.004, 10};
    else if (name == "holds") sample = {Verdict::holds, ticks, 0.0003, 0.0003, 400};
    else sample = {Verdict::inconclusive, 0, 0, 0, 0};
    const bool is_hostile = name == "hostile";
    Result result{.outcome = {.verdict = sample.verdict, .reason = is_hostile ? hostile : "the reason", .hint = is_hostile ? hostile : "", .watched = spacing * static_cast<long>(ticks)}, .found = {}};
    if (name != "unbegun") result.outcome.since = parse_timestamp("2026-11-24T14:02:11Z");
    auto found = std::make_shared<Findings>();
    found->watch = Duration{600'000};
    for (std::size_t i = 0; i < objectives; ++i) {
        const auto number = objectives > 1 ? " " + std::to_string(i) : std::string();
        found->objectives.push_back(watch_of(is_hostile ? hostile + std::string(100'000, 'x') : "shop: availability" + number, sample));
        const auto finding = ticks > 0 ? found->objectives.back().decision().at_end() : Finding{Verdict::inconclusive, "there were no events: nobody used what is being watched"};
        result.outcome.objectives.push_back(finding);
        std::vector<SeriesCount> series;
        for (int pod = 0; pod < 4; ++pod) series.push_back({"requests_total{instance=\"10.0.0." + std::to_string(pod) + (is_hostile ? hostile + std::string(100'000, 'x') : "") + ":8080\"}", 4000, pod == 0 ? 61.0 : 0.0});
        found->series.push_back(series);
    }
    if (objectives > 0 && ticks > 0 && !found->objectives[0].ticks().empty()) result.outcome.watched = Duration{found->objectives[0].ticks().back().milliseconds};
    if (objectives > 0 && !is_hostile) {
        result.outcome.verdict = result.outcome.objectives.front().verdict;
        result.outcome.reason = result.outcome.objectives.front().reason;
    }
    if (name == "full" || is_hostile) {
        const auto foreign = is_hostile ? hostile + std::string(100'000, 'y') : std::string("latency");
        MetricRecord metric{.name = foreign, .query = foreign, .condition = "<= 0.5", .max = 0.5, .measurements = {}};
        for (std::size_t i = 1; i <= ticks; ++i) {
            const double value = 0.3 + 0.3 * std::sin(static_cast<double>(i) / 5);
            const auto phase = i % 17 == 0 ? Phase::inconclusive : i % 29 == 0 ? Phase::error : value > 0.5 ? Phase::failed : Phase::successful;
            metric.measurements.push_back({.phase = phase, .started = *result.outcome.since, .finished = *result.outcome.since, .watched = spacing * static_cast<long>(i), .value = std::to_string(value), .number = phase == Phase::error ? std::nullopt : std::optional(value), .message = phase == Phase::error ? foreign : ""});
        }
        found->analyses.push_back({foreign, {Verdict::violated, foreign}, {metric, metric}});
        ProbeRecord probe{.url = "http://127.0.0.1/" + foreign, .requests = 1200, .failed = 3 * ticks, .failures = {}, .versions = {{foreign, 800, 0, *result.outcome.since, *result.outcome.since}, {"", 400, 3, *result.outcome.since, *result.outcome.since}}, .median = Duration{12}, .slowest = Duration{845}};
        for (std::size_t i = 0; i < 3 * ticks; ++i) probe.failures.push_back({*result.outcome.since + Duration{static_cast<long>(i) * 100 - 200}, Duration{5000}, i % 2 == 0 ? 502 : 0, i % 2 == 0 ? "status 502" : foreign});
        found->probes = {probe, probe};
        found->command = CommandRecord{.argv = {"nomad", "job", "run", foreign}, .exit_code = 3, .ended = "exit code 3", .took = Duration{41'000}};
    }
    result.found = found;
    return result;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string form = argv[1];
    const auto result = result_of(argv[2], argc > 3 ? std::stoul(argv[3]) : 36, argc > 4 ? std::stoul(argv[4]) : 1);
    const Redact redact = [](std::string_view text) { return std::string(text); };
    std::cout << (form == "html" ? html_report(result, redact) : form == "svg" ? svg_report(result, redact) : openmetrics_report(result, redact));
}
