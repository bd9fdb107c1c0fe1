#pragma once

#include <cstddef>
#include <random>
#include <vector>

/// A simulated release: what its pods serve, what is scraped of it, and when who would take it back.
namespace slipway::slo_simulation {

using Random = std::mt19937_64;

/// From this moment on, in seconds after the deploy, this share of the events is bad.
struct Phase {
    double from = 0;
    double error_rate = 0;
};

/// A service whose pods begin at the deploy and share its traffic evenly. Events come as a Poisson process.
struct Service {
    std::size_t pods = 4;
    double events_per_second = 10;
    std::vector<Phase> phases = {{}}; ///< the first from 0, rising
    /// Mean size of the groups, at one pod and one moment, that bad events come in; sizes are geometric. 1: each for itself.
    double clump = 1;
};

/// What a scrape shows: counters that began at the deploy with 0.
struct Sample {
    double time = 0; ///< seconds after the deploy
    double bad = 0;
    double total = 0;
};

/// The scrapes of one pod, in order.
using Pod = std::vector<Sample>;
using Trace = std::vector<Pod>;

/// Plays the service until the end, each pod scraped at a phase of its own.
Trace play(const Service& service, double scrape_interval, double end, Random& random);

/// Counts of all pods as their newest scrapes at this time show them.
Sample seen(const Trace& trace, double time);

} // namespace slipway::slo_simulation
