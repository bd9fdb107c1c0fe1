#include "slo-simulation/rivals.hpp"

#include <algorithm>
#include <utility>

namespace slipway::slo_simulation {

namespace {

using Value = double (*)(const Sample&);
using Function = std::optional<double> (*)(const Pod&, Value, double, double);

double good_of(const Sample& sample) { return sample.total - sample.bad; }
double bad_of(const Sample& sample) { return sample.bad; }

/// The samples of the window in which the series exists. Counters of codes that never came are not there.
std::pair<Pod::const_iterator, Pod::const_iterator> samples(const Pod& pod, Value value, double time, double window) {
    const auto later = [](double t, const Sample& sample) { return t < sample.time; };
    auto first = std::upper_bound(pod.begin(), pod.end(), time - window, later);
    const auto last = std::upper_bound(pod.begin(), pod.end(), time, later);
    while (first != last && value(*first) <= 0) ++first;
    return {first, last};
}

/// Share of the good events as the query of both has it; nothing when Prometheus answers with nothing or NaN.
std::optional<double> success_rate(const Trace& trace, Function function, double time, double window) {
    double good = 0;
    double total = 0;
    bool any_good = false;
    for (const auto& pod : trace) {
        const auto of_good = function(pod, good_of, time, window);
        any_good = any_good || of_good;
        good += of_good.value_or(0);
        total += of_good.value_or(0) + function(pod, bad_of, time, window).value_or(0);
    }
    if (!any_good || total <= 0) return std::nullopt;
    return good / total;
}

} // namespace

std::optional<double> rate(const Pod& pod, Value value, double time, double window) {
    const auto range = samples(pod, value, time, window);
    const auto count = range.second - range.first;
    if (count < 2) return std::nullopt;
    const auto& first = *range.first;
    const auto& last = *std::prev(range.second);
    const double increase = value(last) - value(first);
    const double sampled = last.time - first.time;
    const double spacing = sampled / static_cast<double>(count - 1);
    double to_start = first.time - (time - window);
    double to_end = time - last.time;
    if (to_start >= spacing * 1.1) to_start = spacing / 2;
    if (to_end >= spacing * 1.1) to_end = spacing / 2;
    // A counter is not extrapolated below 0.
    if (increase > 0) to_start = std::min(to_start, sampled * value(first) / increase);
    return increase * (sampled + to_start + to_end) / sampled / window;
}

std::optional<double> irate(const Pod& pod, Value value, double time, double window) {
    const auto range = samples(pod, value, time, window);
    if (range.second - range.first < 2) return std::nullopt;
    const auto& last = *std::prev(range.second);
    const auto& before = *std::prev(range.second, 2);
    return (value(last) - value(before)) / (last.time - before.time);
}

TakenBack flagger(const Trace& trace, double end) {
    int failed = 0;
    int iterations = 0;
    for (double time = 60; time <= end && iterations < 10; time += 60) {
        if (failed >= 5) return time;
        const auto share = success_rate(trace, rate, time, 60);
        (share && *share * 100 >= 99 ? iterations : failed) += 1;
    }
    return std::nullopt;
}

TakenBack argo(const Trace& trace, double end) {
    int failures = 0;
    int errors = 0;
    for (double time = 0; time <= end; time += 300) {
        const auto share = success_rate(trace, irate, time, 300);
        errors = share ? 0 : errors + 1;
        failures += share && *share < 0.95 ? 1 : 0;
        if (failures > 3 || errors > 4) return time;
    }
    return std::nullopt;
}

} // namespace slipway::slo_simulation
