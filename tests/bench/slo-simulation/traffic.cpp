#include "slo-simulation/traffic.hpp"

#include <algorithm>

namespace slipway::slo_simulation {

namespace {

double poisson(double mean, Random& random) {
    if (!(mean > 0)) return 0;
    return static_cast<double>(std::poisson_distribution<long>(mean)(random));
}

/// Bad events of so many that are expected.
double bad_events(double expected, double clump, Random& random) {
    if (clump <= 1) return poisson(expected, random);
    const auto groups = static_cast<long>(poisson(expected / clump, random));
    double sum = 0;
    for (long i = 0; i < groups; ++i) sum += 1 + static_cast<double>(std::geometric_distribution<long>(1 / clump)(random));
    return sum;
}

} // namespace

Trace play(const Service& service, double scrape_interval, double end, Random& random) {
    Trace trace(service.pods);
    const double each = service.events_per_second / static_cast<double>(service.pods);
    for (auto& pod : trace) {
        Sample now;
        double next = std::uniform_real_distribution<double>(0, scrape_interval)(random);
        for (double begin = 0; next <= end; next += scrape_interval) {
            for (std::size_t i = 0; i < service.phases.size(); ++i) {
                const auto& phase = service.phases[i];
                const double until = i + 1 < service.phases.size() ? std::min(next, service.phases[i + 1].from) : next;
                const double seconds = until - std::max(begin, phase.from);
                if (seconds <= 0) continue;
                const double bad = bad_events(each * seconds * phase.error_rate, service.clump, random);
                now.bad += bad;
                now.total += bad + poisson(each * seconds * (1 - phase.error_rate), random);
            }
            now.time = next;
            pod.push_back(now);
            begin = next;
        }
    }
    return trace;
}

Sample seen(const Trace& trace, double time) {
    Sample sum{.time = time};
    for (const auto& pod : trace) {
        const auto after = std::upper_bound(pod.begin(), pod.end(), time, [](double t, const Sample& sample) { return t < sample.time; });
        if (after == pod.begin()) continue;
        sum.bad += std::prev(after)->bad;
        sum.total += std::prev(after)->total;
    }
    return sum;
}

} // namespace slipway::slo_simulation
