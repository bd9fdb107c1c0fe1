#pragma once

#include "core/timestamp.hpp"
#include "prometheus/api.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// Milliseconds of Unix time: the resolution in which Prometheus keeps times, and in which they can be compared.
using Milliseconds = std::int64_t;

Milliseconds milliseconds(double seconds);

/// Something that is scraped, and when it was.
class Target {
public:
    /// @param up  a series of `up` with its samples
    explicit Target(const prometheus::Series& up);

    const std::map<std::string, std::string>& labels() const noexcept { return labels_; }
    /// "job=myapp, instance=10.0.0.1:8000"
    std::string name() const;

    /// Takes a series of `process_start_time_seconds`. A second one makes them useless: which of them is the process?
    void learn_starts(const prometheus::Series& starts);

    /// When the process began that answered this scrape, seconds of Unix time; nothing when nobody says.
    std::optional<double> start_at(Milliseconds scrape) const;
    bool was_scraped_at(Milliseconds time) const { return scrapes_.count(time) != 0; }
    /// The newest scrape that succeeded before a time.
    std::optional<Milliseconds> success_before(Milliseconds time) const;
    Milliseconds oldest() const { return scrapes_.begin()->first; }
    Milliseconds newest() const { return scrapes_.rbegin()->first; }
    std::optional<Milliseconds> newest_success() const { return success_before(newest() + 1); }
    /// Median time between two scrapes; nothing when there was one only.
    std::optional<Milliseconds> interval() const;

    /// Whether two processes answered in turn: the start time goes back.
    bool has_several_processes() const;

private:
    std::map<std::string, std::string> labels_; ///< without __name__
    std::map<Milliseconds, bool> scrapes_;      ///< whether it succeeded
    std::map<Milliseconds, double> starts_;
    int start_series_ = 0;
};

/// Finds the target that a series was scraped from.
class Targets {
public:
    /// @param up      series of `up`
    /// @param starts  series of `process_start_time_seconds`
    Targets(const std::vector<prometheus::Series>& up, const std::vector<prometheus::Series>& starts);

    /// The one whose labels, all of them, the series carries as well; the one with most labels when there are several.
    /// Null when there is none.
    const Target* of(const prometheus::Series& series) const;

private:
    std::optional<std::size_t> find(const prometheus::Series& series) const;

    std::vector<Target> targets_;
};

/// How much a counter has grown since `start`.
///
/// Growth is the sum of the differences between neighbouring samples, and no more than what the samples show; nothing is
/// extrapolated. Samples newer than the target's newest scrape do not count yet: they would belong to a scrape that other
/// series may not show so far. The last sample at or before `start` is where counting begins. From there:
///
/// - a smaller value, a new process start time, or a successful scrape in between that did not show the series: it began
///   anew at 0, and its value counts in full;
/// - a series that its target did not show before: the same;
/// - the first scrape of a target: in full when its process started after `start`, else this sample is where counting begins,
///   for the process may have counted for days before anybody scraped it;
/// - a gap of more than three scrapes around `start`: as a first scrape.
///
/// @param start  what happened before does not count
/// @throws Error (world failure) when the samples are no counts of events of one process: no whole numbers, falling again
///         and again, times that are no scrape's
double increase(const prometheus::Series& series, const Target& target, Milliseconds start);

/// "requests_total{code=\"200\"}", for messages.
std::string name_of(const prometheus::Series& series);

} // namespace slipway::wait_for_slo
